/* SPDX-License-Identifier: MIT */
/*
 * modules.h - load the kernel modules a run needs, and unload just those after it
 *
 * By libkmod (modules.c), or, built with LIBKMOD=0, by modprobe (modules-exec.c).
 */
#ifndef VPIPE_HOST_MODULES_H
#define VPIPE_HOST_MODULES_H

#include <stdbool.h>

#include "loader/host/host.h"

struct modules;

enum module_state {
	MODULE_LOADED, /**< or a part of the kernel */
	MODULE_LOADABLE, /**< as far as can be seen without loading it */
	MODULE_MISSING,
};

/** How it stands with module @name, without touching it. MODULE_MISSING: with the reason in *@why. */
enum module_state modules_look(const char *name, char why[HOST_WHY]);

/** What is to be said of one that is MODULE_LOADABLE: "", or "; " and by what it is loaded. */
const char *modules_note(void);

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

#endif /* VPIPE_HOST_MODULES_H */
