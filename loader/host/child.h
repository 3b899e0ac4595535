/* SPDX-License-Identifier: MIT */
/*
 * child.h - the programs that a run starts
 */
#ifndef VPIPE_HOST_CHILD_H
#define VPIPE_HOST_CHILD_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

struct child {
	pid_t pid; /**< 0: none */
	int go_fd; /**< a byte here lets it start; -1: it has started */
	int error_fd; /**< errno of a failed exec comes from here */
	int status; /**< wait status once child_ended() */
	bool ended;
	struct rusage usage; /**< of it and what it waited for, once ended */
};

/** How a child is set apart from us. */
enum child_group {
	CHILD_FOREGROUND, /**< gets the terminal's signals as we do */
	CHILD_BACKGROUND, /**< gets only the signals we send */
};

/** What distinguishes it from us. */
struct child_setup {
	enum child_group group;
	int err_fd; /**< its stderr; -1: ours */
	bool as_root; /**< it does not become whoever called sudo */
	gid_t groups[2]; /**< supplementary ones, besides that user's own */
	int n_groups;
};

/**
 * Fork @argv, held before its exec until child_start(), so that it can be
 * traced from its first instruction. It is told to end if we die. Returns 0 or -errno.
 */
int child_fork(struct child *child, char *const argv[], const struct child_setup *setup);

/** Let it run. Returns 0, or -errno of the exec. */
int child_start(struct child *child);

/** True once it has ended; reaps it. */
bool child_ended(struct child *child);

/** Wait at most @timeout_ms for its end (see patience.h), then kill it. */
void child_finish(struct child *child, int timeout_ms);

/** Send @signal if it has not ended; if it is stopped, it goes on. */
void child_signal(const struct child *child, int signal);

/** From now on what our children leave behind becomes our child. */
void children_adopt_orphans(void);

/**
 * Send @signal to our children and theirs, all the way down, but not to @spared
 * nor what it started; those that are stopped go on. Returns how many there are.
 */
int children_signal(int signal, const struct child *spared);

/** End what is left of them: SIGTERM, @timeout_ms later SIGKILL. Returns how many there were. */
int children_end(int timeout_ms, struct child *spared);

#endif /* VPIPE_HOST_CHILD_H */
