/* SPDX-License-Identifier: MIT */
/*
 * figure.h - the figures of a run, each with a name
 *
 * What can be claimed of a run (claim.h), and what two runs can be compared by. Of each it is said
 * whether it was measured: what is not known is neither 0 nor true.
 */
#ifndef VPIPE_MODEL_FIGURE_H
#define VPIPE_MODEL_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/model/dropped.h"
#include "loader/model/run.h"

/** What a figure is. */
enum figure_kind {
	FIGURE_TIME, /**< ns */
	FIGURE_COUNT,
	FIGURE_SHARE, /**< of a whole: 0 to 1 */
	FIGURE_RATE, /**< a second */
};

struct figure {
	char *name; /**< "stage.queue.p50" */
	char *also; /**< what else it is called, as tables have it, or NULL */
	enum figure_kind kind;
	bool known; /**< the value is; else @why it is not */
	uint64_t whole; /**< of a time or a count */
	double real; /**< of a share or a rate */
	const char *why;
};

/** What only the rows of a run tell, one after the other: all zero at first. */
struct figure_rows {
	struct dropped dropped; /**< frames of the source that no frame was made from */
	uint64_t frames; /**< but for the warm-up's, as first_ns and last_ns */
	uint64_t errors; /**< that came back with the error flag */
	uint64_t first_ns, last_ns; /**< when the first and the last one of them ended */
};

/** A row of @run came. */
void figure_rows_add(struct figure_rows *rows, const struct frame *frame);

/** There are no more. */
void figure_rows_finish(struct figure_rows *rows);

/** Frames a second, from the end of the first to that of the last one. False: it is not known. */
bool figure_rows_rate(const struct figure_rows *rows, double *fps);

/** All the figures of a run. */
struct figures {
	struct figure *all;
	size_t n;
};

/**
 * Those of @run, finished or read back, and of its @rows; before that, with no rows (NULL), only
 * their names are of use. Returns 0 or -ENOMEM; figures_free() in any case.
 */
int figures_init(struct figures *figures, const struct run *run, const struct figure_rows *rows);

/** Free them. */
void figures_free(struct figures *figures);

/**
 * That with @name, in which "cost." or "stage." before it may be left out. NULL: there is none, or
 * there are two (*@ambiguous).
 */
const struct figure *figures_find(const struct figures *figures, const char *name, bool *ambiguous);

/** The name of the figure that is the most like @name; NULL: none is. */
const char *figures_nearest(const struct figures *figures, const char *name);

/** Room for a value in words. */
#define FIGURE_TEXT 48

/** A time, likewise. */
void figure_time_text(uint64_t ns, char text[FIGURE_TEXT]);

/** Its value, in a unit that fits, without rounding a time: "4.213 ms"; "-" if it is not known. */
void figure_text(const struct figure *figure, char text[FIGURE_TEXT]);

#endif /* VPIPE_MODEL_FIGURE_H */
