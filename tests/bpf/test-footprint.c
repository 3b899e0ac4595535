// SPDX-License-Identifier: MIT
/*
 * test-footprint.c - what the maps of a recording take, as the kernel has it: docs/boards.md
 *
 * Which programs are loaded does not matter for that: all maps are made.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/paths/vpipe.h"
#include "loader/trace/sizes.h"
#include "loader/trace/trace.h"

#define KIB 1024UL

static void no_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	(void)frame;
}

/* What one of our files is, as its fdinfo has it: bytes, and the map's id; 0: it is no map. */
static unsigned long look_at(const char *fd, unsigned int *id)
{
	unsigned long bytes = 0, value;
	char path[300], line[128];
	FILE *file;

	*id = 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %lu", &value) == 1)
			bytes = value;
		else
			sscanf(line, "map_id: %u", id);
	}
	if (file)
		fclose(file);
	return *id ? bytes : 0;
}

/* Of all maps that this process has, each once. */
static unsigned long maps_bytes(void)
{
	DIR *folder = opendir("/proc/self/fdinfo");
	unsigned int ids[128], n = 0, id, i;
	unsigned long sum = 0;
	struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		unsigned long bytes = look_at(entry->d_name, &id);

		for (i = 0; i < n && ids[i] != id; i++) {
		}
		if (!id || i < n)
			continue;
		assert_true(n < sizeof(ids) / sizeof(ids[0]));
		ids[n++] = id;
		sum += bytes;
	}
	closedir(folder);
	return sum;
}

static struct trace *open_for(const struct trace_device *device, struct trace_config config)
{
	struct trace_options options = {
		.path = &vpipe_path,
		.config = config,
		.devices = device,
		.frame = no_frame,
	};
	struct trace *trace = NULL;

	options.config.cycles = device;
	options.config.n_devices = device ? 1 : 0;
	options.config.source_minor = -1;
	options.config.ring_bytes = 1 << 20;
	options.config.adopt_users = true;
	assert_int_equal(trace_open(&trace, &options), 0);
	return trace;
}

static unsigned long bytes_for(const struct trace_device *device, struct trace_config config)
{
	struct trace *trace = open_for(device, config);
	unsigned long bytes = maps_bytes();

	trace_close(trace);
	return bytes;
}

/* But for what there is a CPU each, which is told apart. */
static unsigned long all_but_hists(const struct trace_device *device, struct trace_config config)
{
	return bytes_for(device, config) -
	       (unsigned long)sysconf(_SC_NPROCESSORS_CONF) * sizeof(struct vpipe_hists);
}

static const struct trace_device camera = {.kind = VPIPE_DEVICE_CAPTURE, .path = &vpipe_path};
static const struct trace_device codec = {.kind = VPIPE_DEVICE_M2M, .path = &vpipe_path};

/* How much of it is for thread ids, depends on the machine. */
static unsigned long ids_bytes(void)
{
	struct trace_options options = {.config.cycles = false};

	sizes_choose(&options);
	return sizes_shared(&options.config);
}

static void test_camera(void **state)
{
	unsigned long bytes = all_but_hists(&camera, (struct trace_config){0});

	(void)state;
	print_message("# a camera: %lu KiB, of them %lu for thread ids\n", bytes / KIB,
		      ids_bytes() / KIB);
	assert_in_range(bytes - ids_bytes(), 1, 2304 * KIB);
}

static void test_mem2mem(void **state)
{
	unsigned long bytes = all_but_hists(&codec, (struct trace_config){0});

	(void)state;
	assert_in_range(bytes - ids_bytes(), 1, 5400 * KIB);
}

/* Who asks for more gets as much more, and no less than that. */
static void test_room(void **state)
{
	unsigned long usual = bytes_for(&camera, (struct trace_config){0});
	unsigned long files = bytes_for(&camera, (struct trace_config){.max_contexts = 64});
	unsigned long threads = bytes_for(&camera, (struct trace_config){.max_threads = 200});

	(void)state;
	assert_in_range(files - usual, 119 * sizeof(struct vpipe_context),
			121 * sizeof(struct vpipe_context));
	assert_in_range(threads - usual, 167 * sizeof(struct vpipe_thread),
			169 * sizeof(struct vpipe_thread));
}

/* Where it is not known who will come there is room for all that can. */
static void test_our_node(void **state)
{
	(void)state;
	assert_true(bytes_for(NULL, (struct trace_config){0}) >
		    VPIPE_MAX_CONTEXTS * sizeof(struct vpipe_context));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_camera),
		cmocka_unit_test(test_mem2mem),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_our_node),
	};

	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	return cmocka_run_group_tests_name("footprint", tests, NULL, NULL);
}
