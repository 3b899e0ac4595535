// SPDX-License-Identifier: MIT
/* counters.c - see counters.h */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/counters.h"

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} table[VPIPE_N_COUNTERS] = {
#define X(counter, kind, event) [VPIPE_COUNTER_##counter] = {#counter, PERF_TYPE_##kind, event},
	VPIPE_COUNTERS(X)
#undef X
};

const char *counter_name(unsigned int counter)
{
	return table[counter].name;
}

bool counter_is_hardware(unsigned int counter)
{
	return table[counter].type == PERF_TYPE_HARDWARE;
}

int counter_open(unsigned int counter, int cpu)
{
	struct perf_event_attr attr = {
		.type = table[counter].type,
		.size = sizeof(attr),
		.config = table[counter].config,
		.pinned = 1, /* always counting, or no value: never one of part of the time */
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static bool is_absent(int err)
{
	return err == -ENOENT || err == -ENODEV || err == -EOPNOTSUPP || err == -EINVAL;
}

const char *counter_why(int err)
{
	if (is_absent(err))
		return "this machine has none: virtual machines mostly don't";
	if (err == -EACCES || err == -EPERM)
		return "this process may not read them: that takes CAP_PERFMON";
	return strerror(abs(err));
}

static int try_open(unsigned int counter)
{
	int fd = counter_open(counter, 0);

	if (fd < 0)
		return is_absent(fd) ? -ENOENT : fd;
	close(fd);
	return 0;
}

/* Named twice it is read once. */
static int take(struct counters *counters, unsigned int counter)
{
	int err;

	for (unsigned int i = 0; i < counters->n; i++) {
		if (counters->which[i] == counter)
			return 0;
	}
	if (counters->n == VPIPE_MAX_COUNTERS)
		return -E2BIG;
	err = try_open(counter);
	if (!err)
		counters->which[counters->n++] = counter;
	return err;
}

/* All there are, or as many as can be read. */
static void take_hardware(struct counters *counters)
{
	for (unsigned int counter = 0; counter < VPIPE_N_COUNTERS; counter++) {
		if (counter_is_hardware(counter))
			take(counters, counter);
	}
}

static int take_one(struct counters *counters, const char *name)
{
	for (unsigned int counter = 0; counter < VPIPE_N_COUNTERS; counter++) {
		if (!strcmp(name, table[counter].name))
			return take(counters, counter);
	}
	return -EINVAL;
}

static void say_why(struct counters *counters)
{
	int err = try_open(VPIPE_COUNTER_cycles);

	counters->why = err ? counter_why(err) : "not asked for";
	for (unsigned int i = 0; i < counters->n; i++) {
		if (counter_is_hardware(counters->which[i]))
			counters->why = NULL;
	}
}

int counters_parse(struct counters *counters, const char *list, const char **wrong)
{
	static char name[64]; /* longer than any: a name that is cut off is none, either */
	int err = 0;

	*counters = (struct counters){0};
	*wrong = name;
	for (size_t size; *list && !err; list += size + (list[size] == ',')) {
		size = strcspn(list, ",");
		snprintf(name, sizeof(name), "%.*s", (int)size, list);
		if (!strcmp(name, "hardware"))
			take_hardware(counters);
		else if (*name && strcmp(name, "none"))
			err = take_one(counters, name);
	}
	say_why(counters);
	return err;
}
