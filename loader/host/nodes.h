/* SPDX-License-Identifier: MIT */
/*
 * nodes.h - the video nodes that the verbs work on
 */
#ifndef VPIPE_HOST_NODES_H
#define VPIPE_HOST_NODES_H

#define NODE_PATH 64

/**
 * The node @name, a path or a sysfs name, which has one of the capabilities @caps, or else one of
 * @other (0: none). Its path goes to @path. @module is what has it, or NULL: whether that is loaded
 * is told where there is none. Returns 0 or -errno, having said why.
 */
int node_find(const char *name, const char *module, unsigned int caps, unsigned int other,
	      char path[NODE_PATH]);

/** The sysfs name of the node at @path, "" if it is none. Returns 0 or -errno. */
int node_name(const char *path, char name[NODE_PATH]);

/** Minor number of the node at @path, -1 if it is none. */
int node_minor(const char *path);

#endif /* VPIPE_HOST_NODES_H */
