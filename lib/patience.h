/* SPDX-License-Identifier: MIT */
/*
 * patience.h - how long to wait before something is said to hang
 *
 * Time on the wall proves nothing: a process that waits may have been stopped (SIGSTOP,
 * a debugger, the freezer, a paused virtual machine) or starved, and so may what it waits
 * for. So it looks at the clock again and again, and no more than the step that it meant
 * to take counts, however long it was. (While the machine is suspended CLOCK_MONOTONIC
 * stands still.)
 */
#ifndef VPIPE_LIB_PATIENCE_H
#define VPIPE_LIB_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

struct patience {
	uint64_t left_ns; /**< 0: it is over */
	uint64_t step_ns; /**< how long a step takes, from one look to the next */
	uint64_t looked_ns;
};

/** Begin to wait for @ns at most, in steps of @step_ns. */
static inline struct patience patience_begin(uint64_t ns, uint64_t step_ns)
{
	return (struct patience){.left_ns = ns, .step_ns = step_ns, .looked_ns = clock_ns()};
}

/** After each step: true once it has been enough of them. */
static inline bool patience_over(struct patience *patience)
{
	uint64_t now = clock_ns(), took = now - patience->looked_ns;

	if (took > patience->step_ns)
		took = patience->step_ns;
	patience->left_ns -= took < patience->left_ns ? took : patience->left_ns;
	patience->looked_ns = now;
	return !patience->left_ns;
}

#endif /* VPIPE_LIB_PATIENCE_H */
