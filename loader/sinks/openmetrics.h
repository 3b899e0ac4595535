/* SPDX-License-Identifier: MIT */
/*
 * openmetrics.h - figures as OpenMetrics text, for Prometheus and the like
 *
 * Of a run (`export --metrics`), or of all that passed so far (`record --interval`). There are no
 * times in it, so that node_exporter takes it, too, which reads Prometheus' older format: what that
 * does not know is a comment there.
 */
#ifndef VPIPE_SINKS_OPENMETRICS_H
#define VPIPE_SINKS_OPENMETRICS_H

#include <stdint.h>
#include <stdio.h>

#include "loader/model/tally.h"

/** What a tracer that goes on says of itself. */
struct openmetrics_self {
	uint64_t cpu_ns; /**< that it took, in user mode and in the kernel */
	uint64_t writes_failed; /**< of what it is to write */
};

/** All of @tally that is there, and of @self, if that is not NULL. Errors stay with @out. */
void openmetrics_print(FILE *out, const struct tally *tally, const struct openmetrics_self *self);

#endif /* VPIPE_SINKS_OPENMETRICS_H */
