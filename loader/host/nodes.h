/* SPDX-License-Identifier: MIT */
/*
 * nodes.h - the video nodes that the verbs work on
 */
#ifndef VPIPE_HOST_NODES_H
#define VPIPE_HOST_NODES_H

#define NODE_PATH 64

/**
 * The vpipe node: @name (a path, or a sysfs name), or the one called vpipe.
 * Returns 0 or -errno, having said why.
 */
int node_find_vpipe(const char *name, char path[NODE_PATH]);

/** A source: @name, or the first vivid capture node. Likewise. */
int node_find_source(const char *name, char path[NODE_PATH]);

/**
 * Can the vpipe node at @path flush caches as @cache (enum vpipe_cache) says? A run must not
 * say that they were flushed when they were not. Returns 0 or -errno, having said why.
 */
int node_check_cache(const char *path, unsigned int cache);

/** Minor number of the node at @path, -1 if it is none. */
int node_minor(const char *path);

#endif /* VPIPE_HOST_NODES_H */
