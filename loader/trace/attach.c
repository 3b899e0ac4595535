// SPDX-License-Identifier: MIT
/* attach.c - see attach.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/perf_event.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "kmod/vpipe.h"
#include "loader/host/programs.h"
#include "loader/trace/attach.h"
#include "loader/trace/load.h"
#include "lib/args.h"

void links_detach(struct links *links)
{
	while (links->n)
		bpf_link__destroy(links->all[--links->n]);
}

void links_free(struct links *links)
{
	links_detach(links);
	free(links->all);
	*links = (struct links){0};
}

/* Takes @link, of libbpf's making: NULL is the error that errno has. */
static int keep(struct links *links, struct bpf_link *link)
{
	struct bpf_link **all;

	if (!link)
		return -errno;
	all = reallocarray(links->all, links->n + 1, sizeof(struct bpf_link *));
	if (!all) {
		bpf_link__destroy(link);
		return -ENOMEM;
	}
	links->all = all;
	links->all[links->n++] = link;
	return 0;
}

const char *event_of(const struct bpf_program *program)
{
	static const char *const kinds[] = {"raw_tp/", "tp_btf/", "fentry/", "fexit/"};
	const char *section = bpf_program__section_name(program);

	section += *section == '?';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strncmp(section, kinds[i], strlen(kinds[i])) && bpf_program__fd(program) >= 0)
			return section + strlen(kinds[i]);
	}
	return NULL;
}

static struct bpf_link *attach_event(const struct bpf_program *program, const char *event)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_RAW_TRACEPOINT)
		return bpf_program__attach_raw_tracepoint(program, event);
	return bpf_program__attach_trace(program);
}

static bool is_ours(const char *event)
{
	return !strncmp(event, VPIPE_NAME "_", strlen(VPIPE_NAME "_"));
}

/* Behind the names of events of the module: what their lack means. */
static void say_of_module(int err, char why[HOST_WHY])
{
	switch (host_module("vpipe")) {
	case HOST_NO:
		host_add(why, ": the module vpipe is not loaded; load it (modprobe vpipe)");
		break;
	case HOST_UNKNOWN:
		host_add(why,
			 ": without /sys it cannot be seen whether the module vpipe is loaded");
		break;
	case HOST_YES:
		host_add(why, err == -ENOENT
				      ? ": the module vpipe that is loaded is another one, or "
					"built without trace events"
				      : ": those of the module vpipe that is loaded have "
					"fewer arguments");
		host_add(why, "; install the one of vpipe-trace %s and load it anew",
			 VPIPE_VERSION);
		break;
	}
}

/* Adds @event to the names in *@why, all for the same reason. */
static void name_event(const char *event, int err, bool first, char why[HOST_WHY])
{
	if (first && err == -ENOENT)
		host_add(why, "no trace event ");
	else if (first && err == -EINVAL)
		host_add(why, "other arguments than expected of trace event ");
	else if (first)
		host_add(why, "cannot attach to trace event ");
	host_add(why, "%s%s", first ? "" : ", ", event);
}

static void say_of_events(int err, bool ours, char why[HOST_WHY])
{
	char error[HOST_WHY];

	if (ours && (err == -ENOENT || err == -EINVAL)) {
		say_of_module(err, why);
	} else if (err == -ENOENT) {
		host_add(why, ": this kernel has none of that name");
	} else {
		load_why_error(err, error);
		host_add(why, ": %s", error);
	}
}

int attach_events(struct links *links, const struct bpf_object *obj, const char *prefix,
		  char why[HOST_WHY])
{
	struct bpf_program *program;
	bool ours = false;
	int first = 0;

	*why = '\0';
	bpf_object__for_each_program(program, obj) {
		const char *event = event_of(program);
		int err;

		if (!event || strncmp(event, prefix, strlen(prefix)))
			continue;
		err = keep(links, attach_event(program, event));
		if (!err || (first && (err != first || ours != is_ours(event))))
			continue;
		name_event(event, err, !first, why);
		ours = is_ours(event);
		first = err;
	}
	if (first)
		say_of_events(first, ours, why);
	return first;
}

static int attach_kprobe(struct links *links, const struct bpf_program *program, char why[HOST_WHY])
{
	int err = keep(links, bpf_program__attach(program));
	const char *mode = host_lockdown();

	*why = '\0';
	if (!err)
		return 0;
	if (access("/sys/bus/event_source/devices/kprobe", F_OK))
		host_add(why, access("/sys/bus", F_OK)
				      ? "/sys is not mounted here"
				      : "this kernel is built without CONFIG_KPROBE_EVENTS");
	else if (err == -ENOENT)
		host_add(why, "this kernel has no such function to probe");
	else if (err == -EPERM && mode && !strcmp(mode, "confidentiality"))
		host_add(why, "the kernel is locked down, lockdown=%s", mode);
	else
		load_why_error(err, why);
	return err;
}

/* What the kernel calls its kprobes among the perf events; -1: it has none. */
static int kprobe_type(void)
{
	char line[16];

	return host_read_line("/sys/bus/event_source/devices/kprobe/type", line, sizeof(line))
		       ? -1
		       : atoi(line);
}

int attach_address(struct links *links, const struct bpf_program *program, uint64_t address,
		   char why[HOST_WHY])
{
	struct perf_event_attr attr = {.size = sizeof(attr), .config2 = address};
	int type = kprobe_type(), fd, err;

	*why = '\0';
	if (type < 0) {
		host_add(why, "this kernel is built without CONFIG_KPROBE_EVENTS, or /sys is not "
			      "mounted");
		return -ENOENT;
	}
	attr.type = (__u32)type;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	err = fd < 0 ? -errno : keep(links, bpf_program__attach_perf_event(program, fd));
	if (!err)
		return 0;
	load_why_error(err, why);
	if (fd >= 0)
		close(fd);
	return err;
}

static bool is_kprobe(const struct bpf_program *program)
{
	return strstr(bpf_program__section_name(program), "kprobe/") &&
	       bpf_program__fd(program) >= 0;
}

int attach_kprobes(struct links *links, const struct bpf_object *obj, char why[HOST_WHY])
{
	struct bpf_program *program;

	*why = '\0';
	bpf_object__for_each_program(program, obj) {
		int err = is_kprobe(program) ? attach_kprobe(links, program, why) : 0;

		if (err)
			return err;
	}
	return 0;
}

/* Why libbpf did not take a probe that is there. */
static void why_no_usdt(int err, char why[HOST_WHY])
{
	if (access("/sys/bus/event_source/devices/uprobe", F_OK))
		host_add(why, access("/sys/bus", F_OK)
				      ? "/sys is not mounted here"
				      : "this kernel is built without CONFIG_UPROBE_EVENTS");
	else
		load_why_error(err, why);
}

int attach_usdt(struct links *links, const struct bpf_program *program, const char *file,
		const char *name, char why[HOST_WHY])
{
	char path[PATH_MAX];
	int err = program_find(file, path), has;

	*why = '\0';
	if (err)
		return 0; /* who starts it will say so */
	has = program_probe(path, VPIPE_NAME, name);
	if (has == PROGRAM_NO_PROBE)
		return 0;
	if (has == PROGRAM_PROBE_32) {
		host_add(why, "it is a 32-bit program");
		return -EOPNOTSUPP;
	}
	if (has < 0) {
		host_add(why, "cannot read it: %s", strerror(-has));
		return has;
	}
	err = keep(links, bpf_program__attach_usdt(program, -1, path, VPIPE_NAME, name, NULL));
	if (!err)
		return 1;
	why_no_usdt(err, why);
	return err;
}
