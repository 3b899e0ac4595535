// SPDX-License-Identifier: MIT
/*
 * cmd-doctor.c - vpipe-trace doctor: what can be measured here, and how to get the rest
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libkmod.h>

#include "kmod/vpipe.h"
#include "loader/commands.h"
#include "loader/trace.h"
#include "user/lib/args.h"
#include "user/lib/devices.h"

/* How much the lack of it hurts. */
enum severity {
	NEEDED, /* nothing works without it */
	WANTED, /* something stays unknown without it */
};

struct check {
	const char *name;
	enum severity severity;
	bool (*there)(void);
	const char *without; /* what is lost, and the way to get it */
};

static bool has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

static bool can_load(void)
{
	return trace_can_load();
}

static bool is_installed(const char *name)
{
	struct kmod_ctx *kmod = kmod_new(NULL, NULL);
	struct kmod_list *found = NULL;
	bool installed;

	if (!kmod)
		return false;
	kmod_set_log_priority(kmod, 0);
	installed = !kmod_module_new_from_lookup(kmod, name, &found) && found;
	kmod_module_unref_list(found);
	kmod_unref(kmod);
	return installed;
}

static bool has_vpipe(void)
{
	char path[64];

	return !device_find(VPIPE_NAME, 0, path, sizeof(path)) || is_installed("vpipe");
}

static bool has_vivid(void)
{
	return is_installed("vivid");
}

static bool has_vb2_btf(void)
{
	return !access("/sys/kernel/btf/videobuf2_common", R_OK) ||
	       access("/sys/module/videobuf2_common", F_OK); /* not loaded: not known yet */
}

static bool has_kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe", F_OK);
}

static bool has_uprobes(void)
{
	return !access("/sys/bus/event_source/devices/uprobe", F_OK);
}

static bool has_heap(void)
{
	return !access("/dev/dma_heap/system", F_OK) || !access("/dev/udmabuf", F_OK);
}

static bool has_meta(void)
{
	return access("/sys/module/vpipe", F_OK) || !access(VPIPE_META_PATH, R_OK);
}

/* A hardware counter that can be opened counts, too. */
static bool has_counters(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_CPU_CYCLES,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return false;
	close((int)fd);
	return true;
}

static const struct check checks[] = {
	{"kernel BTF", NEEDED, has_btf, "boot a kernel with CONFIG_DEBUG_INFO_BTF"},
	{"loading BPF programs", NEEDED, can_load, "run as root; is the kernel locked down?"},
	{"module vpipe", NEEDED, has_vpipe, "make && sudo make install"},
	{"module vivid", WANTED, has_vivid, "no test source: name a camera with --source"},
	{"BTF of videobuf2", WANTED, has_vb2_btf,
	 "the source stages stay empty: use Debian's kernel"},
	{"kprobes", WANTED, has_kprobes, "the source's dwell is not known: CONFIG_KPROBES"},
	{"uprobes", WANTED, has_uprobes,
	 "the application's copies count as its own: CONFIG_UPROBES"},
	{VPIPE_META_PATH, WANTED, has_meta, "no metadata rows: run as root"},
	{"DMA heap or udmabuf", WANTED, has_heap, "no fixtures: modprobe udmabuf"},
	{"hardware counters", WANTED, has_counters,
	 "cache columns stay empty: virtual machines mostly have none"},
};

int cmd_doctor(int argc, char **argv)
{
	struct utsname kernel;
	bool missing = false;

	(void)argv;
	if (argc > 1)
		args_fail("doctor takes no arguments");
	uname(&kernel);
	printf("Linux %s, %s\n\n", kernel.release, kernel.machine);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		const struct check *check = &checks[i];
		bool there = check->there();

		printf("%-8s %-22s %s\n",
		       there			   ? "ok"
		       : check->severity == NEEDED ? "MISSING"
						   : "without",
		       check->name, there ? "" : check->without);
		missing |= !there && check->severity == NEEDED;
	}
	printf("\n%s\n",
	       missing ? "vpipe-trace run cannot work here." : "vpipe-trace run can work here.");
	return missing ? EXIT_FAILED : EXIT_GOOD;
}
