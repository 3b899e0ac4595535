// SPDX-License-Identifier: MIT
/* caches.c - see caches.h */
#include <stddef.h>

#include "kmod/vpipe.h"
#include "lib/caches.h"

const char *const cache_names[] = {
	[VPIPE_CACHE_AS_IS] = "as-is",
	[VPIPE_CACHE_SOURCE] = "source",
	[VPIPE_CACHE_BOTH] = "both",
	NULL,
};
