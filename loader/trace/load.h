/* SPDX-License-Identifier: MIT */
/*
 * load.h - what loading BPF programs takes, and why it fails
 *
 * For objects.c, trace.c and doctor: nothing here knows a skeleton.
 */
#ifndef VPIPE_TRACE_LOAD_H
#define VPIPE_TRACE_LOAD_H

#include <stdbool.h>

#include "loader/host/host.h"
#include "loader/trace/options.h"

struct bpf_object;
struct btf;

/** May this process load BPF programs? Says nothing. */
bool trace_can_load(void);

/** Can BPF programs be loaded here at all? Returns 0 or -errno, having said why. */
int trace_check(void);

/** Let libbpf talk if @verbose; what it complains of is remembered for load_why(). */
void load_listen(bool verbose);

/** Forget it: another attempt begins. */
void load_forget(void);

/** May this process load BPF programs at all? 0, or -errno with the reason in *@why. */
int load_check_rights(char why[HOST_WHY]);

/** Is the kernel's own BTF there, which the programs are fitted to? Likewise. */
int load_check_btf(char why[HOST_WHY]);

/** Can programs read the kernel's memory, which lockdown=confidentiality refuses them? Likewise. */
int load_check_reading(char why[HOST_WHY]);

/** Can all files be opened that @obj takes, loaded and attached? Likewise. */
int load_check_files(const struct bpf_object *obj, char why[HOST_WHY]);

/** Where the types of videobuf2's buffers are. */
enum load_types {
	TYPES_IN_KERNEL,
	TYPES_IN_MODULE, /**< there to be read with HOST_MODULE_TYPES only */
	TYPES_NOT_LOADED, /**< its module is not loaded: not to be seen yet */
	TYPES_NOWHERE,
	TYPES_UNREAD, /**< it failed: no memory, no file to open */
};

enum load_types load_find_vb2(void);

/** Does the kernel itself have a @function that programs can be attached to? */
bool load_has_function(const char *function);

/** Are the types of @module, which is loaded, to be read? */
bool load_has_types(const char *module);

/** Are they in @btf? NULL: no. */
bool load_has_vb2(const struct btf *btf);

/** Loading has failed with @err: may it succeed with less? Not if files, memory or rights are short. */
bool load_may_be_less(int err);

/** Why loading has failed with @err just now: "error: what it was; the way out". */
void load_why(int err, char why[HOST_WHY]);

/** Something cannot be had: options.lacks() is told if there is one, else the user is. */
void load_lacks(const struct trace_options *options, enum trace_part part, const char *why);

/** strerror(), and behind it what host_why_refused() says of it. */
void load_why_error(int err, char why[HOST_WHY]);

#endif /* VPIPE_TRACE_LOAD_H */
