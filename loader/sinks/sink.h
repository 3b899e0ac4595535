/* SPDX-License-Identifier: MIT */
/*
 * sink.h - who wants a run: its beginning, each frame, its end
 *
 * A file of a run, the table on a terminal and an export are sinks: each in a file of its own,
 * called in one loop, whether the run is traced just now or read back from its files.
 */
#ifndef VPIPE_SINKS_SINK_H
#define VPIPE_SINKS_SINK_H

#include <stddef.h>
#include <stdio.h>

#include "loader/model/live.h"
#include "loader/model/run.h"
#include "loader/model/span.h"
#include "loader/runs/staging.h"

struct json_t; /* jansson's */

/** Where it goes: each sink takes what it needs. */
struct sink_place {
	struct staging *staging; /**< of the files of a run */
	FILE *out; /**< for what is none of them */
	const char *stage; /**< the one that it is of, which the path has; NULL: all */
	bool some; /**< frames are left out between others: what takes all of them can't be told */
	struct live *live; /**< of who looks on */
	struct json_t
		*said; /**< members of run.json instead of what this machine says; NULL: none */
};

struct sink {
	size_t size; /**< of its state, all zero at first; 0: it has none */
	/** The run begins: what it is made of is known. Returns 0 or -errno, having said why. */
	int (*open)(void *state, const struct run *run, const struct sink_place *place);
	/** A frame came. What goes wrong here is told by finish(). */
	void (*frame)(void *state, const struct frame *frame);
	/** A cycle of a buffer came, with its times, where facts.cycles. As frame(). */
	void (*cycle)(void *state, const struct cycle *cycle);
	/** A frame of a device is missing, or failed. As frame(). */
	void (*drop)(void *state, const struct drop *drop);
	/** A thread did one thing for a time, where the run has a timeline. As frame(). */
	void (*span)(void *state, const struct span *span);
	/** All is known. Returns 0 or -errno, having said why; nothing is left open then. */
	int (*finish)(void *state, const struct run *run, const struct sink_place *place);
	/** Instead of finish(), or before open() is through: leave nothing behind. */
	void (*abort)(void *state);
};

/** What a format is of. */
enum sink_format {
	SINK_FRAMES, /**< frames, as text */
	SINK_BINARY, /**< frames, for no terminal */
	SINK_FIGURES, /**< figures of the whole run */
};

/** X(format, of what, what it is): what `vpipe-trace export --FORMAT` writes, by sink_FORMAT. */
#define SINK_FORMATS(X)                                                                \
	X(jsonl, SINK_FRAMES, "a frame a line, as JSON; times in ns, unknown is null") \
	X(perfetto, SINK_BINARY, "a trace for ui.perfetto.dev: all on a time axis")    \
	X(hgrm, SINK_FIGURES, "percentiles, for the plotters of HdrHistogram")         \
	X(metrics, SINK_FIGURES, "OpenMetrics text, for Prometheus")

#define X(file, suffix, name) extern const struct sink sink_##name;
RUN_FILES(X)
#undef X
#define X(name, ...) extern const struct sink sink_##name;
SINK_FORMATS(X)
#undef X

/** Into the figures of a run that goes on, place.live, which is of that run from open() on. */
extern const struct sink sink_live;

/** Some of them, which are called together. */
struct sinks;

/**
 * Open each of @list, which ends with NULL; members that a sink lacks are not called. On an error
 * those that are open are aborted. Returns 0 or -errno, having said why.
 */
int sinks_open(struct sinks **out, const struct sink *const list[], const struct run *run,
	       const struct sink_place *place);

/** A frame came. */
void sinks_frame(struct sinks *sinks, const struct frame *frame);

/** A cycle of a buffer came. */
void sinks_cycle(struct sinks *sinks, const struct cycle *cycle);

/** A frame of a device is missing, or failed. */
void sinks_drop(struct sinks *sinks, const struct drop *drop);

/** A thread did one thing for a time. */
void sinks_span(struct sinks *sinks, const struct span *span);

/** Finish them one after the other, up to the first that fails; the rest is aborted. Frees @sinks. */
int sinks_finish(struct sinks *sinks, const struct run *run);

/** Abort all of them, and free @sinks; NULL is allowed. */
void sinks_abort(struct sinks *sinks);

/** Those of the files of a run, in the order of RUN_FILES. */
extern const struct sink *const sinks_of_run[];

#endif /* VPIPE_SINKS_SINK_H */
