/* SPDX-License-Identifier: MIT */
/*
 * attach.h - programs that are loaded get their events, or it is known why not
 */
#ifndef VPIPE_TRACE_ATTACH_H
#define VPIPE_TRACE_ATTACH_H

#include "loader/host/host.h"

struct bpf_link;
struct bpf_object;
struct bpf_program;

/** What is attached, to be detached again. All 0: nothing. */
struct links {
	struct bpf_link **all;
	unsigned int n;
};

/** Detach everything. */
void links_detach(struct links *links);

/** Detach everything and give the memory back. */
void links_free(struct links *links);

/** The trace event of a program that has one, and is loaded; NULL: it is none. */
const char *event_of(const struct bpf_program *program);

/**
 * Attach the programs of all events whose name begins with @prefix. Returns 0, or -errno of the first
 * that cannot be, with the reason in *@why: all events that are missing, by name.
 */
int attach_events(struct links *links, const struct bpf_object *obj, const char *prefix,
		  char why[HOST_WHY]);

/**
 * Attach the programs of kprobes that are loaded to their functions. Returns 0, or -errno of the first
 * that cannot be, with the reason in *@why.
 */
int attach_kprobes(struct links *links, const struct bpf_object *obj, char why[HOST_WHY]);

/** Attach @program, of a kprobe, to the function at @address. Returns 0, or -errno with the reason in *@why. */
int attach_address(struct links *links, const struct bpf_program *program, uint64_t address,
		   char why[HOST_WHY]);

/**
 * Attach @program to the USDT probe vpipe:@name of the program @file, as execvp() finds it. Returns 1 if
 * it is, 0 if there is no such probe, or -errno with the reason in *@why.
 */
int attach_usdt(struct links *links, const struct bpf_program *program, const char *file,
		const char *name, char why[HOST_WHY]);

#endif /* VPIPE_TRACE_ATTACH_H */
