// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-id.c - the one place where ids of open files are given out
 *
 * The video node and the metadata device draw from the same counter, so that an
 * id in an event names one open file, whichever device's it is.
 */
#include <linux/atomic.h>

#include "vpipe-id.h"

static atomic_t last;

/**
 * vpipe_new_id() - the id of a newly opened file, of either device
 *
 * Return: never 0, never the same twice while the module is loaded.
 */
u32 vpipe_new_id(void)
{
	return atomic_inc_return(&last);
}
