/* SPDX-License-Identifier: MIT */
/*
 * host.h - what this process may do on this machine, and what keeps it from the rest
 *
 * A call that is refused says "Operation not permitted", whatever the cause. Here the
 * causes are looked at one by one, so that a message names the true one.
 */
#ifndef VPIPE_HOST_HOST_H
#define VPIPE_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>

/** Room for any reason. */
#define HOST_WHY 512

/** "" in *@why, or more of it: like snprintf(), behind what is there already. */
void host_add(char why[HOST_WHY], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * From now on this process takes no huge pages: what is free between what is used would be in memory, too, up
 * to 2 MiB of the heap.
 */
void host_take_small_pages(void);

/** In a child, before its exec: it takes again what pages it would have taken without us. */
void host_take_any_pages(void);

enum host_answer {
	HOST_NO,
	HOST_YES,
	HOST_UNKNOWN, /**< where it could be seen is not there: no /proc, no /sys */
};

/** Is this the machine's own user namespace? In another one root is root of that only. */
enum host_answer host_first_user_namespace(void);

/** What a call of the kernel's may ask for. */
enum host_right {
	HOST_BPF, /**< load and attach BPF programs */
	HOST_MODULE_TYPES, /**< have libbpf read the types of modules */
	HOST_MODULES, /**< load and unload modules */
	HOST_COUNTERS, /**< count for a whole CPU */
};

/**
 * Has this process what @right takes? If not, *@why says what it lacks and the way to get it: "it
 * takes CAP_BPF, which this process lacks: run it as root (sudo)".
 */
bool host_may(enum host_right right, char why[HOST_WHY]);

/** Why a call was refused with @err that host_may() allows; "" if nothing is known of it. */
void host_why_refused(int err, char why[HOST_WHY]);

/** Why a device file could not be opened, and the way out; "" if nothing is known of @err. */
void host_why_device(int err, char why[HOST_WHY]);

/** "none", "integrity", "confidentiality"; NULL: securityfs or the lock is not there to be seen. */
const char *host_lockdown(void);

/** Major version of the kernel that runs, 6 of 6.12.117; 0: uname() does not tell. */
unsigned int host_kernel_major(void);

/** Is module @name loaded, or built in with parameters? */
enum host_answer host_module(const char *name);

/** Limit of open files, as ulimit -n shows it. */
unsigned long host_max_files(void);

/**
 * Can @n files be opened beside those that are? 0, -EMFILE, -ENFILE or -ENOMEM, which is asked before
 * it matters: libbpf takes a file too many for a feature that the kernel lacks.
 */
int host_room_for_files(unsigned int n);

/** First line of the file at @path, "" if there is none. Returns 0 or -errno. */
int host_read_line(const char *path, char *line, size_t size);

#endif /* VPIPE_HOST_HOST_H */
