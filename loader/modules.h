/* SPDX-License-Identifier: MIT */
/*
 * modules.h - load the kernel modules a run needs, and unload just those after it
 */
#ifndef VPIPE_MODULES_H
#define VPIPE_MODULES_H

#include <stdbool.h>

struct modules;

/** Start with nothing loaded by us. Returns 0 or -errno, having said why. */
int modules_open(struct modules **out);

/**
 * Load @name and what it depends on unless it is there, with the parameters
 * @options ("a=1 b=2", may be NULL). Returns 0 or -errno, having said why.
 */
int modules_load(struct modules *modules, const char *name, const char *options);

/** Has modules_load() brought in anything that is to be unloaded? NULL: no. */
bool modules_any(const struct modules *modules);

/** Unload what modules_load() brought in, in reverse; NULL is allowed. */
void modules_close(struct modules *modules);

#endif /* VPIPE_MODULES_H */
