/* SPDX-License-Identifier: MIT */
/*
 * claim.h - what is said of a run that it holds or does not: "e2e.p99<5ms"
 *
 * A figure (figure.h), one of < <= > >= == !=, and a value: a time with its unit (ns, us, ms, s), a
 * share in percent (%), a count or a rate as a plain number; 0 needs no unit. Values are exact;
 * a share or a rate is equal to one if it is in all nine decimals that a value can have.
 */
#ifndef VPIPE_MODEL_CLAIM_H
#define VPIPE_MODEL_CLAIM_H

#include "loader/model/figure.h"

enum claim_op {
	CLAIM_LESS,
	CLAIM_AT_MOST,
	CLAIM_MORE,
	CLAIM_AT_LEAST,
	CLAIM_EQUAL,
	CLAIM_NOT_EQUAL,
	CLAIM_N_OPS,
};

/** What a value is, by its unit. */
enum claim_unit {
	CLAIM_TIME,
	CLAIM_PERCENT,
	CLAIM_NUMBER, /**< it has none */
};

#define CLAIM_NAME 160
#define CLAIM_WHY  256

struct claim {
	const char *text; /**< as it was given */
	char figure[CLAIM_NAME];
	enum claim_op op;
	enum claim_unit unit;
	uint64_t whole; /**< the value: ns of a time */
	uint64_t nano; /**< and what is behind the point, in 1e-9 */
};

/** Whether it holds. */
enum claim_verdict {
	CLAIM_HOLDS,
	CLAIM_FAILS,
	CLAIM_UNKNOWN, /**< what it is about was not measured */
};

/** Read @text, which is kept. Returns 0, or -EINVAL with a sentence in @why. */
int claim_parse(struct claim *claim, const char *text, char why[CLAIM_WHY]);

/** The sign of an operator: "<=". */
const char *claim_sign(enum claim_op op);

/** Is its value of the kind that @figure is? If not, why. Returns 0 or -EINVAL. */
int claim_fits(const struct claim *claim, const struct figure *figure, char why[CLAIM_WHY]);

/** Does it hold of @figure, which it fits? */
enum claim_verdict claim_judge(const struct claim *claim, const struct figure *figure);

#endif /* VPIPE_MODEL_CLAIM_H */
