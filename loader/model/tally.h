/* SPDX-License-Identifier: MIT */
/*
 * tally.h - figures of runs added up, as a monitor wants them: sums that only grow
 *
 * A run that goes on can be added again and again to a copy of what was before it. Devices come and
 * go: each has sums of its own by its name, which go on where they were if it comes back; of those
 * that are gone the last ones are kept. Names are copied. Memory is bounded by devices, not by time.
 */
#ifndef VPIPE_MODEL_TALLY_H
#define VPIPE_MODEL_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/run.h"

#define TALLY_NAME    64 /* of a device, a stage, a cost, with the 0 behind it */
#define TALLY_DEVICES (2 * VPIPE_MAX_DEVICES) /* those that are there, and as many that are gone */

/** Is it there, and since when not? */
struct tally_presence {
	char device[TALLY_NAME]; /**< "": it is not one device's */
	bool there; /**< it was of the last run that was added: else it is gone */
	uint64_t used; /**< by which run last, by the number of that */
};

/** What frames took on one path: through a device, or several. */
struct tally_times {
	struct tally_presence is;
	unsigned int n_stages;
	char stages[MAX_STAGES][TALLY_NAME];
	struct vpipe_hist *hists; /**< of the stages, and of e2e behind them */
	uint64_t period_ns; /**< of our own node, as asked for; 0: not known */
};

/** What else is known of a device. */
struct tally_device {
	struct tally_presence is;
	uint64_t period_ns; /**< from frame to frame; 0: not known */
	bool has_drops; /**< they are known */
	uint64_t drops[DROP_CAUSE_COUNT];
	char name[VIDEO_TEXT], driver[VIDEO_TEXT]; /**< what it is called; "": not known */
};

struct tally {
	uint64_t runs; /**< that were added */
	unsigned int n_times, n_devices;
	struct tally_times times[TALLY_DEVICES];
	struct tally_device devices[TALLY_DEVICES];
	unsigned int n_costs;
	struct tally_cost {
		char name[TALLY_NAME];
		uint64_t ns;
	} costs[MAX_COSTS];
	struct counts counts;
	char version[TALLY_NAME], kernel[TALLY_NAME]; /**< of the last run */
	char path[TALLY_NAME]; /**< likewise; "": nothing is traced */
};

/** Add a @run, whose figures are there: run_finish(), or session_look(). Returns 0 or -ENOMEM. */
int tally_add(struct tally *tally, const struct run *run);

/** Before the first run, which says it itself: what measures (@version NULL: this program), on which @kernel. */
void tally_measures(struct tally *tally, const char *version, const char *kernel);

/** Nothing is traced from now on, until the next run is added: all devices are gone. */
void tally_rest(struct tally *tally);

/** @copy, which may hold something already, becomes the same as @tally. Returns 0 or -ENOMEM. */
int tally_copy(struct tally *copy, const struct tally *tally);

/** How many devices are there. */
unsigned int tally_devices(const struct tally *tally);

/** Free what it holds; all zero it is as new. */
void tally_free(struct tally *tally);

#endif /* VPIPE_MODEL_TALLY_H */
