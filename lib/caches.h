/* SPDX-License-Identifier: MIT */
/*
 * caches.h - what can be done to the caches before a job, in words
 */
#ifndef VPIPE_LIB_CACHES_H
#define VPIPE_LIB_CACHES_H

/** By enum vpipe_cache, with NULL behind the last one: of --cache, and in run.json. */
extern const char *const cache_names[];

#endif /* VPIPE_LIB_CACHES_H */
