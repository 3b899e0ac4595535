// SPDX-License-Identifier: MIT
/* test-reasons.c - why programs cannot be loaded or attached */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cmocka.h>

#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "loader/trace/load.h"

#define assert_says(why, text)                                  \
	do {                                                    \
		if (!strstr(why, text))                         \
			fail_msg("'%s' lacks '%s'", why, text); \
	} while (0)

static struct btf *with_struct(struct btf *btf, const char *name)
{
	assert_non_null(btf);
	assert_true(btf__add_struct(btf, name, 8) > 0);
	return btf;
}

/* Built into the kernel, videobuf2 has no BTF of its own: its types are in the kernel's. */
static void test_where_types_are(void **state)
{
	struct btf *plain = with_struct(with_struct(btf__new_empty(), "vb2_queue"), "vb2_buffers");
	struct btf *whole = with_struct(with_struct(btf__new_empty(), "vb2_queue"), "vb2_buffer");

	(void)state;
	assert_true(load_has_vb2(whole));
	assert_false(load_has_vb2(plain));
	assert_false(load_has_vb2(NULL));
	btf__free(whole);
	btf__free(plain);
}

/* What libbpf prints reaches what load_listen() has set. */
__attribute__((format(printf, 1, 2))) static void libbpf_says(const char *fmt, ...)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);
	va_list ap;

	va_start(ap, fmt);
	print(LIBBPF_WARN, fmt, ap);
	va_end(ap);
	libbpf_set_print(print);
}

#define LOG(prog, log)                                              \
	"libbpf: prog '" prog "': -- BEGIN PROG LOAD LOG --\n" log  \
	"processed 3 insns (limit 1000000) max_states_per_insn 0\n" \
	"-- END PROG LOAD LOG --\n"

/* Of all that is said, the verifier's last word on the first program it refuses. */
static void test_verdict(void **state)
{
	char why[HOST_WHY];

	(void)state;
	if (geteuid()) { /* then that is the reason */
		print_message("# it needs root\n");
		skip();
	}
	load_listen(false);
	libbpf_says("libbpf: prog '%s': BPF program load failed: %s\n", "vpipe_one",
		    "Permission denied");
	libbpf_says(LOG("%s", "0: (b7) r0 = 0\n; return r0;\nR1 type=scalar expected=fp\n"),
		    "vpipe_one");
	libbpf_says(LOG("%s", "something else\n"), "vpipe_two");
	load_why(-EACCES, why);
	assert_says(
		why,
		"Permission denied; the verifier on prog 'vpipe_one': R1 type=scalar expected=fp");
	assert_null(strstr(why, "policy"));
	assert_null(strstr(why, "CAP_"));
	load_forget();
	load_why(-E2BIG, why);
	assert_string_equal(why, "Argument list too long (--verbose shows more)");
	assert_true(load_may_be_less(-E2BIG));
}

/* What is no fault of the programs: less of them would not do either. */
static void test_shortage(void **state)
{
	static const int shortages[] = {-EMFILE, -ENFILE, -ENOMEM};
	static const char *const named[] = {"ulimit -n", "fs.file-max", "memory"};
	char why[HOST_WHY];

	(void)state;
	load_forget();
	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++) {
		assert_false(load_may_be_less(shortages[i]));
		load_why_error(shortages[i], why);
		assert_says(why, strerror(-shortages[i]));
		assert_says(why, named[i]);
	}
}

static void no_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	(void)frame;
}

/* What this process has attached. */
static int count_links(void)
{
	DIR *fds = opendir("/proc/self/fdinfo");
	const struct dirent *fd;
	char line[128];
	int n = 0;

	assert_non_null(fds);
	while ((fd = readdir(fds))) {
		int info = openat(dirfd(fds), fd->d_name, O_RDONLY | O_CLOEXEC);
		FILE *file = info < 0 ? NULL : fdopen(info, "r");

		while (file && fgets(line, sizeof(line), file))
			n += !strncmp(line, "link_type:", 10);
		if (file)
			fclose(file);
	}
	closedir(fds);
	return n;
}

/* Attached once more, and once more: all of it is kept, to be detached in the end. */
static void test_attached_often(void **state)
{
	const struct trace_options options = {
		.path = &vpipe_path, .config.ring_bytes = 4096, .frame = no_frame};
	struct trace *trace;
	int once;

	(void)state;
	if (!trace_can_load()) {
		print_message("# BPF programs cannot be loaded\n");
		skip();
	}
	assert_int_equal(trace_open(&trace, &options), 0);
	assert_int_equal(trace_attach_sched(trace), 0);
	once = count_links();
	assert_in_range(once, 5, 10);
	for (int times = 2; times < 20; times++) {
		assert_int_equal(trace_attach_sched(trace), 0);
		assert_int_equal(count_links(), times * once);
	}
	trace_detach(trace);
	for (int tries = 0; count_links() && tries < 1000; tries++)
		usleep(10000); /* it goes on beside us */
	assert_int_equal(count_links(), 0);
	trace_close(trace);
}

static char lacking[TRACE_N_PARTS][HOST_WHY];

static void on_lack(void *arg, enum trace_part part, const char *why)
{
	(void)arg;
	snprintf(lacking[part], HOST_WHY, "%s", why);
}

/* Does the event @event have a program, if @programs are those of the path? */
static int fire_of(const struct trace_program *programs, const char *event)
{
	const struct trace_options options = {.programs = programs,
					      .config.ring_bytes = 4096,
					      .config.by_hand = true,
					      .frame = no_frame,
					      .lacks = on_lack};
	const uint64_t args[12] = {0};
	struct trace *trace;
	int err = trace_open(&trace, &options);

	if (err)
		return err;
	err = trace_fire(trace, event, 1, args, 12);
	trace_close(trace);
	return err;
}

/* Of the programs of paths none is loaded but those that the path names. */
static void test_only_those_of_the_path(void **state)
{
	static const struct trace_program one[] = {{"vpipe_close", TRACE_ALWAYS},
						   {"vpipe_job", TRACE_FOR_SOURCE},
						   {NULL, TRACE_ALWAYS}};
	static const struct trace_program unknown[] = {{"vpipe_none", TRACE_ALWAYS},
						       {NULL, TRACE_ALWAYS}};

	(void)state;
	if (!trace_can_load()) {
		print_message("# BPF programs cannot be loaded\n");
		skip();
	}
	assert_int_equal(fire_of(NULL, "vpipe_close"), -ENOENT);
	assert_int_equal(fire_of(one, "vpipe_close"), 0);
	assert_int_equal(fire_of(one, "vpipe_submit"), -ENOENT);
	assert_int_equal(fire_of(one, "vpipe_job"), -ENOENT); /* there is no source */
	assert_int_equal(fire_of(unknown, "vpipe_close"), -ENOENT);
	assert_says(lacking[TRACE_LOADED], strerror(ENOENT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where_types_are),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_shortage),
		cmocka_unit_test(test_attached_often),
		cmocka_unit_test(test_only_those_of_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
