// SPDX-License-Identifier: MIT
/* claim.c - see claim.h */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/args.h"
#include "loader/model/claim.h"

#define SHOWN 60 /* bytes of what was given that are said back */
#define NANO  1000000000ULL
#define SAME  0.5e-9 /* less than this between them, and all nine decimals are the same */

/* Longer ones first: "<=" begins as "<" does. */
static const struct {
	const char *sign;
	enum claim_op op;
} operators[CLAIM_N_OPS] = {
	{"<=", CLAIM_AT_MOST},	 {">=", CLAIM_AT_LEAST}, {"==", CLAIM_EQUAL},
	{"!=", CLAIM_NOT_EQUAL}, {"<", CLAIM_LESS},	 {">", CLAIM_MORE},
};

const char *claim_sign(enum claim_op op)
{
	size_t i = 0;

	while (operators[i].op != op)
		i++;
	return operators[i].sign;
}

static int fail(char why[CLAIM_WHY], const char *text, const char *problem)
{
	snprintf(why, CLAIM_WHY,
		 "'%.*s' %s: a claim is a figure, an operator and a value, such as e2e.p99<5ms",
		 SHOWN, text, problem);
	return -EINVAL;
}

static const char *skip_spaces(const char *text)
{
	return text + strspn(text, " \t");
}

/* In the smallest unit that it has: nothing is rounded. */
static int scale(struct claim *claim, uint64_t by)
{
	uint64_t behind = claim->nano * by; /* < 1e18 */

	if (claim->whole > INT64_MAX / by - 1)
		return -EINVAL;
	claim->whole = claim->whole * by + behind / NANO;
	claim->nano = behind % NANO;
	return 0;
}

/* Its unit is of @length bytes. */
static int take_unit(struct claim *claim, const char *unit, size_t length)
{
	uint64_t ns = args_unit_ns(unit, length);

	claim->unit = ns ? CLAIM_TIME : length ? CLAIM_PERCENT : CLAIM_NUMBER;
	if (claim->unit == CLAIM_PERCENT && (length != 1 || *unit != '%'))
		return -EINVAL;
	return scale(claim, ns ?: 1);
}

static int take_value(struct claim *claim, const char *text)
{
	size_t length;

	if (!args_take_decimal(&text, &claim->whole, &claim->nano))
		return -EINVAL;
	text = skip_spaces(text);
	length = strcspn(text, " \t");
	return *skip_spaces(text + length) ? -EINVAL : take_unit(claim, text, length);
}

/* Where the operator begins: names may be anything, values have none in them. NULL: nowhere. */
static const char *find_operator(const char *text, enum claim_op *op, size_t *length)
{
	const char *at = text + strlen(text);

	while (at > text && !strchr("<>=!", at[-1]))
		at--;
	for (size_t i = 0; i < CLAIM_N_OPS; i++) {
		*length = strlen(operators[i].sign);
		if ((size_t)(at - text) < *length ||
		    strncmp(at - *length, operators[i].sign, *length) != 0)
			continue;
		*op = operators[i].op;
		return at - *length;
	}
	return NULL;
}

/* May @figure be the name of one? It may be anything that ends neither in an operator nor in a value. */
static bool is_name(const char *figure)
{
	struct claim claim;
	size_t length;
	const char *sign = find_operator(figure, &claim.op, &length);

	if (strchr("<>=!", figure[strlen(figure) - 1]))
		return false;
	return !sign || take_value(&claim, skip_spaces(sign + length));
}

int claim_parse(struct claim *claim, const char *text, char why[CLAIM_WHY])
{
	const char *begin = skip_spaces(text), *sign;
	size_t length, name;

	memset(claim, 0, sizeof(*claim));
	claim->text = text;
	sign = find_operator(text, &claim->op, &length);
	if (!sign)
		return fail(why, text, "has no operator (< <= > >= == !=)");
	name = sign > begin ? (size_t)(sign - begin) : 0;
	while (name && strchr(" \t", begin[name - 1]))
		name--;
	if (!name)
		return fail(why, text, "names no figure");
	if (name >= sizeof(claim->figure))
		return fail(why, text, "has too long a name");
	memcpy(claim->figure, begin, name);
	if (!is_name(claim->figure))
		return fail(why, text, "has two operators");
	if (take_value(claim, skip_spaces(sign + length)))
		return fail(why, text,
			    "has no value that can be read (5ms, 0.25us, 10%, 300; up to nine "
			    "decimals)");
	return 0;
}

static const char *kind_needs(enum figure_kind kind)
{
	switch (kind) {
	case FIGURE_TIME:
		return "a time: give it a unit, ns, us, ms or s";
	case FIGURE_SHARE:
		return "a share: give it in percent, as in 10%";
	case FIGURE_COUNT:
		return "a count: give a number without a unit";
	case FIGURE_RATE:
		break;
	}
	return "a rate, a second: give a number without a unit";
}

int claim_fits(const struct claim *claim, const struct figure *figure, char why[CLAIM_WHY])
{
	static const enum claim_unit unit_of[] = {
		[FIGURE_TIME] = CLAIM_TIME,
		[FIGURE_SHARE] = CLAIM_PERCENT,
		[FIGURE_COUNT] = CLAIM_NUMBER,
		[FIGURE_RATE] = CLAIM_NUMBER,
	};
	bool is_zero = claim->unit == CLAIM_NUMBER && !claim->whole && !claim->nano;

	if (is_zero || claim->unit == unit_of[figure->kind])
		return 0;
	snprintf(why, CLAIM_WHY, "'%.*s': %.60s is %s", SHOWN, claim->text, figure->name,
		 kind_needs(figure->kind));
	return -EINVAL;
}

/* Is the figure less (< 0), equal (0) or more (> 0)? */
static int compare(const struct claim *claim, const struct figure *figure)
{
	bool is_whole = figure->kind == FIGURE_TIME || figure->kind == FIGURE_COUNT;
	double value = (double)claim->whole + (double)claim->nano / NANO;
	double real = figure->kind == FIGURE_SHARE ? figure->real * 100 : figure->real;

	if (!is_whole) /* neither 0.9 nor 9 of 1000 is exactly what its double is */
		return (real > value + SAME) - (real < value - SAME);
	if (figure->whole != claim->whole)
		return figure->whole > claim->whole ? 1 : -1;
	return claim->nano ? -1 : 0;
}

enum claim_verdict claim_judge(const struct claim *claim, const struct figure *figure)
{
	int order;
	bool holds = false;

	if (!figure->known)
		return CLAIM_UNKNOWN;
	order = compare(claim, figure);
	switch (claim->op) {
	case CLAIM_LESS:
		holds = order < 0;
		break;
	case CLAIM_AT_MOST:
		holds = order <= 0;
		break;
	case CLAIM_MORE:
		holds = order > 0;
		break;
	case CLAIM_AT_LEAST:
		holds = order >= 0;
		break;
	case CLAIM_EQUAL:
		holds = !order;
		break;
	case CLAIM_NOT_EQUAL:
	case CLAIM_N_OPS:
		holds = order;
		break;
	}
	return holds ? CLAIM_HOLDS : CLAIM_FAILS;
}
