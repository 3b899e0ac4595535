// SPDX-License-Identifier: MIT
/* counters.c - see counters.h */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/model/frame.h"
#include "loader/trace/counters.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What has a name of its own, and perf's other one for it. */
static const struct event {
	const char *name;
	const char *alias;
	uint32_t type;
	uint64_t config;
} events[] = {
#define HARDWARE(name, alias, event)                                   \
	{                                                              \
		name, alias, PERF_TYPE_HARDWARE, PERF_COUNT_HW_##event \
	}
#define SOFTWARE(name, alias, event)                                   \
	{                                                              \
		name, alias, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_##event \
	}
	HARDWARE("cycles", "cpu_cycles", CPU_CYCLES),
	HARDWARE("instructions", NULL, INSTRUCTIONS),
	HARDWARE("cache_references", NULL, CACHE_REFERENCES),
	HARDWARE("cache_misses", NULL, CACHE_MISSES),
	HARDWARE("branches", "branch_instructions", BRANCH_INSTRUCTIONS),
	HARDWARE("branch_misses", NULL, BRANCH_MISSES),
	HARDWARE("bus_cycles", NULL, BUS_CYCLES),
	HARDWARE("ref_cycles", NULL, REF_CPU_CYCLES),
	HARDWARE("stalled_cycles_frontend", "idle_cycles_frontend", STALLED_CYCLES_FRONTEND),
	HARDWARE("stalled_cycles_backend", "idle_cycles_backend", STALLED_CYCLES_BACKEND),
	SOFTWARE("page_faults", "faults", PAGE_FAULTS),
	SOFTWARE("minor_faults", NULL, PAGE_FAULTS_MIN),
	SOFTWARE("major_faults", NULL, PAGE_FAULTS_MAJ),
	SOFTWARE("migrations", "cpu_migrations", CPU_MIGRATIONS),
	SOFTWARE("task_clock", "cpu_clock", CPU_CLOCK), /* of a CPU: both are its clock */
#undef HARDWARE
#undef SOFTWARE
};

/* The rest of what perf calls "hardware cache events": NAME-WHAT. */
static const struct {
	const char *name;
	unsigned int id;
} caches[] = {
	{"L1-dcache", PERF_COUNT_HW_CACHE_L1D}, {"L1-icache", PERF_COUNT_HW_CACHE_L1I},
	{"LLC", PERF_COUNT_HW_CACHE_LL},	{"dTLB", PERF_COUNT_HW_CACHE_DTLB},
	{"iTLB", PERF_COUNT_HW_CACHE_ITLB},	{"branch", PERF_COUNT_HW_CACHE_BPU},
	{"node", PERF_COUNT_HW_CACHE_NODE},
};

static const struct {
	const char *what;
	unsigned int op, result;
} cache_events[] = {
#define CACHE(what, op, result)                                                        \
	{                                                                              \
		what, PERF_COUNT_HW_CACHE_OP_##op, PERF_COUNT_HW_CACHE_RESULT_##result \
	}
	CACHE("loads", READ, ACCESS),	       CACHE("load-misses", READ, MISS),
	CACHE("stores", WRITE, ACCESS),	       CACHE("store-misses", WRITE, MISS),
	CACHE("prefetches", PREFETCH, ACCESS), CACHE("prefetch-misses", PREFETCH, MISS),
#undef CACHE
};

int counters_find(const struct counters *counters, const char *name)
{
	for (unsigned int i = 0; i < counters->n; i++) {
		if (!strcmp(counters->which[i].name, name))
			return (int)i;
	}
	return -1;
}

bool counter_is_hardware(const struct counter *counter)
{
	return counter->type != PERF_TYPE_SOFTWARE;
}

static int counter_open(const struct counter *counter, int cpu)
{
	struct perf_event_attr attr = {
		.type = counter->type,
		.size = sizeof(attr),
		.config = counter->config,
		.pinned = 1, /* always counting, or no value: never one of part of the time */
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int try_open(const struct counter *counter)
{
	int fd = counter_open(counter, 0);

	if (fd < 0) {
		if (fd == -ENODEV || fd == -EOPNOTSUPP || fd == -EINVAL)
			return -ENOENT;
		return fd == -EACCES ? -EPERM : fd;
	}
	close(fd);
	return 0;
}

static void make(struct counter *counter, const struct event *event)
{
	counter->type = event->type;
	counter->config = event->config;
	snprintf(counter->name, sizeof(counter->name), "%s", event->name);
}

/* Is there any counter of the processor's? 0, or -errno. */
static int try_hardware(void)
{
	int first = 0;

	for (size_t i = 0; i < N_OF(events) && events[i].type == PERF_TYPE_HARDWARE; i++) {
		struct counter counter;
		int err;

		make(&counter, &events[i]);
		err = try_open(&counter);
		if (!err)
			return 0;
		first = first ?: err;
	}
	return first;
}

/* perf writes '-' where the columns have '_', and means the same by "LLC" and "llc". */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		int one = *a == '_' ? '-' : (unsigned char)*a;
		int other = *b == '_' ? '-' : (unsigned char)*b;

		if (tolower(one) != tolower(other))
			return false;
	}
	return *a == *b;
}

static bool find_event(const char *name, struct counter *counter)
{
	for (size_t i = 0; i < N_OF(events); i++) {
		if (same_name(name, events[i].name) ||
		    (events[i].alias && same_name(name, events[i].alias))) {
			make(counter, &events[i]);
			return true;
		}
	}
	return false;
}

static bool find_cache(const char *name, struct counter *counter)
{
	counter->type = PERF_TYPE_HW_CACHE;
	for (size_t i = 0; i < N_OF(caches) * N_OF(cache_events); i++) {
		size_t cache = i / N_OF(cache_events), event = i % N_OF(cache_events);

		snprintf(counter->name, sizeof(counter->name), "%s-%s", caches[cache].name,
			 cache_events[event].what);
		counter->config = caches[cache].id | cache_events[event].op << 8 |
				  cache_events[event].result << 16;
		if (same_name(name, counter->name))
			return true;
	}
	return false;
}

/* "r1b": the code that the processor's manual has for the event */
static bool find_raw(const char *name, struct counter *counter)
{
	if (*name != 'r' || !name[1] ||
	    strspn(name + 1, "0123456789abcdefABCDEF") != strlen(name + 1))
		return false;
	errno = 0;
	counter->type = PERF_TYPE_RAW;
	counter->config = strtoull(name + 1, NULL, 16);
	snprintf(counter->name, sizeof(counter->name), "r%" PRIx64, counter->config);
	return !errno;
}

int counter_named(const char *name, struct counter *counter)
{
	return find_event(name, counter) || find_cache(name, counter) || find_raw(name, counter)
		       ? 0
		       : -EINVAL;
}

/* Named twice it is read once. */
static int take(struct counters *counters, const struct counter *counter)
{
	int err;

	for (unsigned int i = 0; i < counters->n; i++) {
		if (counters->which[i].type == counter->type &&
		    counters->which[i].config == counter->config)
			return 0;
	}
	if (counters->n == VPIPE_MAX_COUNTERS)
		return -E2BIG;
	err = try_open(counter);
	if (!err)
		counters->which[counters->n++] = *counter;
	return err;
}

/* All that have a column, or as many of them as can be read. */
static void take_columns(struct counters *counters)
{
	for (unsigned int i = 0; i < COUNTER_COLUMNS; i++) {
		struct counter counter;

		if (find_event(frame_counters[i], &counter))
			take(counters, &counter);
	}
}

static void list_names(FILE *out)
{
	fputs("hardware, none", out);
	for (size_t i = 0; i < N_OF(events); i++)
		fprintf(out, ", %s", events[i].name);
	for (size_t i = 0; i < N_OF(cache_events); i++)
		fprintf(out, ", CACHE-%s", cache_events[i].what);
	for (size_t i = 0; i < N_OF(caches); i++)
		fprintf(out, "%s%s", i ? ", " : "; CACHE being ", caches[i].name);
	fputs("; or rHEX, the processor's own code of an event", out);
}

static const char *why_no_hardware(int err)
{
	if (err == -ENOENT)
		return "this machine has none: virtual machines mostly don't";
	if (err == -EPERM)
		return "this process may not read them: that takes CAP_PERFMON";
	return strerror(abs(err));
}

/* Why @name, of that @counter, could not be taken. */
static void explain(FILE *out, int err, const char *name, const struct counter *counter)
{
	if (err == -EINVAL) {
		fprintf(out, "there is no '%.40s': ", name);
		list_names(out);
	} else if (err == -E2BIG) {
		fprintf(out, "at most %d are read in a run", VPIPE_MAX_COUNTERS);
	} else if (err != -ENOENT) {
		fprintf(out, "cannot read %s: %s", counter->name,
			err == -EPERM ? why_no_hardware(err) : strerror(-err));
	} else if (counter_is_hardware(counter) && try_hardware()) {
		fprintf(out,
			"this machine does not count %s, nor anything else in hardware: "
			"virtual machines mostly don't",
			counter->name);
	} else {
		fprintf(out, "this processor does not count %s", counter->name);
	}
}

static void say_why(struct counters *counters, bool asked)
{
	int err = try_hardware();

	counters->why = err	? why_no_hardware(err)
			: asked ? "this processor counts none of those with a column"
				: "not asked for";
	for (unsigned int i = 0; i < counters->n; i++) {
		if (counter_is_hardware(&counters->which[i]))
			counters->why = NULL;
	}
}

static int take_one(struct counters *counters, const char *name, struct counter *counter)
{
	if (!*name || !strcmp(name, "none"))
		return 0;
	if (!strcmp(name, "hardware")) {
		take_columns(counters);
		return 0;
	}
	return counter_named(name, counter) ?: take(counters, counter);
}

int counters_parse(struct counters *counters, const char *list, char why[COUNTERS_WHY])
{
	char name[64] = ""; /* longer than any: a name that is cut off is none, either */
	struct counter counter;
	FILE *out;
	int err = 0;

	*counters = (struct counters){0};
	*why = '\0';
	for (size_t size; *list && !err; list += size + (list[size] == ',')) {
		size = strcspn(list, ",");
		snprintf(name, sizeof(name), "%.*s", (int)size, list);
		err = take_one(counters, name, &counter);
	}
	say_why(counters, strstr(list, "hardware"));
	out = err ? fmemopen(why, COUNTERS_WHY, "w") : NULL;
	if (out) {
		explain(out, err, name, &counter);
		fclose(out);
	}
	return err;
}

/* A CPU that is offline has no counter, and counts nothing. The map keeps the event. */
static int put(const struct counter *counter, int map, unsigned int index, unsigned int cpu)
{
	int fd = counter_open(counter, (int)cpu), err;

	if (fd < 0)
		return fd == -ENODEV ? 0 : fd;
	err = bpf_map_update_elem(map, &index, &fd, BPF_ANY);
	close(fd);
	return err;
}

int counters_open(const struct counters *counters, int map, unsigned int cpus)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < counters->n * cpus; i++)
		err = put(&counters->which[i / cpus], map, i, i % cpus);
	return err;
}
