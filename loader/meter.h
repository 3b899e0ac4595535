/* SPDX-License-Identifier: MIT */
/*
 * meter.h - record, left on: figures of all that passes, for as long as it runs
 *
 * Devices come and go, and streams with them; sums only grow. Nothing is kept of a frame but where it
 * was counted, so memory and the file do not grow with time.
 */
#ifndef VPIPE_METER_H
#define VPIPE_METER_H

#include "loader/meter-file.h"
#include "loader/model/tally.h"
#include "loader/options.h"
#include "loader/session.h"

/** What was counted, and where it goes. */
struct meter {
	struct tally before; /**< of all sessions that are over */
	struct tally all; /**< and of the one that goes on */
	struct meter_file file;
};

/**
 * Write the figures so far, of @session too, which goes on; NULL: there is none. What cannot be
 * written is said, and tried again next time. Returns 0; or -errno, having said why: nothing can be
 * read any more.
 */
int meter_write(struct meter *meter, struct session *session);

/** The @session is over, and was read: what it counted stays, and its devices until the next. Returns 0 or -ENOMEM. */
int meter_keep(struct meter *meter, const struct session *session);

/** Free what it holds. */
void meter_free(struct meter *meter);

/** Do what @options say until a signal comes, or their time is over. Returns the exit status. */
int meter_run(const struct run_options *options);

#endif /* VPIPE_METER_H */
