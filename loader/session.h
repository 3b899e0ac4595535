/* SPDX-License-Identifier: MIT */
/*
 * session.h - one tracing from its first frame to its files
 *
 * What `run` and `record` have in common: the programs, the rows as they come,
 * the signals, the status line, the files and the table. The verbs differ in
 * what they trace and in what ends it.
 */
#ifndef VPIPE_SESSION_H
#define VPIPE_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/utsname.h>

#include "loader/flight.h"
#include "loader/intake.h"
#include "loader/model/run.h"
#include "loader/paths/chain.h"
#include "loader/runs/staging.h"
#include "loader/trace/trace.h"

struct session {
	bool quiet;
	const struct sink *const
		*sinks; /**< who wants its frames; NULL before session_open(): its files */
	struct sink_place place; /**< for these */
	struct staging *staging;
	struct trace *trace;
	struct run run;
	struct intake intake; /**< of its records */
	struct flight *flight; /**< that has them before; NULL: nothing has */
	struct counters counters; /**< whose names the run has */
	struct utsname kernel; /**< likewise */
	int signals; /**< signalfd; -1: signals are not ours yet */
	int input; /**< that ends a wait, too, when it is readable; -1: none */
	uint64_t status_ns; /**< when the status line is due */
};

/**
 * Can this be done here at all? Then take over the signals and prepare the
 * files of run @output, on @path, @bytes long at a guess; NULL: it has no files. session_close() must
 * be called in any case. Returns 0 or -errno, having said why; so do the others.
 */
int session_open(struct session *session, const struct path *path, const char *output,
		 uint64_t bytes, bool quiet);

/** The path is @chain's, through several devices, which will be those of the options. It is kept. */
void session_chain(struct session *session, const struct chain_path *chain);

/** Load the programs and attach them; each frame from now on gets its row. */
int session_start(struct session *session, const struct trace_options *options);

/** What is to be traced begins now: the clock of the run starts. */
void session_begin(struct session *session);

/**
 * Wait for @timeout_ms at most, take the rows that came, show where we are.
 * @on_signal is called for each signal (SIGINT, SIGTERM, SIGHUP, SIGCHLD) that
 * came; @from_terminal: the whole foreground process group got it.
 */
void session_wait(struct session *session, int timeout_ms,
		  void (*on_signal)(void *arg, int signal, bool from_terminal), void *arg);

/**
 * Take what came so far, and what was counted: the figures of a run that goes on. What can be told at
 * the end only is 0 in them. Returns 0 or -errno, having said why.
 */
int session_look(struct session *session);

/** Stop tracing; the clock of the run stands still from here on. */
void session_stop(struct session *session);

/** After session_stop(): take the last rows and everything that was counted. */
int session_read(struct session *session);

/** True if no frame was seen at all, not even one that was lost. */
bool session_is_empty(const struct session *session);

/** Say so, and what passed instead; @filter is whose frames were wanted: "COMMAND". */
void session_say_empty(const struct session *session, const char *filter);

/** Write the files, put them into place. */
int session_write(struct session *session);

/**
 * Print the table. Returns EXIT_GOOD; EXIT_INCOMPLETE if something was lost, or
 * EXIT_FAILED if frames are missing that were not counted as lost, having said so.
 */
int session_print(const struct session *session);

/** Unload the programs, remove what is not in place, give everything back. */
void session_close(struct session *session);

#endif /* VPIPE_SESSION_H */
