// SPDX-License-Identifier: MIT
/* The files of a run and the user's: in no order of events is anything lost that no run wrote. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/runs/identity.h"
#include "loader/runs/staging.h"

#define ALL ((1U << RUN_N_FILES) - 1)
/* of a run with a COMMAND, and of a recording */
#define COMMAND (ALL & ~(1U << RUN_FILE_CAPTURE))
#define RECORD	(COMMAND & ~(1U << RUN_FILE_META))

static char folder[64], prefix[80];

/*
 * Each step that changes what is called how, in place of the C library's: the one with the number
 * fail_at, from 1 on, fails, and that with kill_at kills, having done nothing.
 */
static int steps, fail_at, kill_at;

static bool is_stopped(void)
{
	steps++;
	if (steps == kill_at)
		_exit(0);
	errno = EIO;
	return steps == fail_at;
}

int rename(const char *from, const char *to)
{
	return is_stopped() ? -1 : renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlink(const char *path)
{
	return is_stopped() ? -1 : unlinkat(AT_FDCWD, path, 0);
}

static int setup(void **state)
{
	(void)state;
	steps = fail_at = kill_at = 0;
	strcpy(folder, "/tmp/test-staging-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(prefix, sizeof(prefix), "%s/y", folder);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const char *path_of(const char *suffix)
{
	static char paths[4][PATH_MAX];
	static unsigned int turn;
	char *path = paths[turn++ % 4];

	snprintf(path, PATH_MAX, "%s.%s", prefix, suffix);
	return path;
}

static void write_at(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void expect(const char *suffix, const char *text)
{
	char content[256] = "";
	FILE *file = fopen(path_of(suffix), "r");

	if (!file)
		print_message("# no %s\n", path_of(suffix));
	assert_non_null(file);
	assert_true(fread(content, 1, sizeof(content) - 1, file) < sizeof(content));
	fclose(file);
	assert_string_equal(content, text);
}

static void expect_none(const char *suffix)
{
	assert_int_equal(access(path_of(suffix), F_OK), -1);
}

/* What the run called @name writes into @file; counters.csv is the same in every run. */
static const char *text_of_run(const char *name, enum run_file file)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s of %s\n", run_file_suffix(file),
		 file == RUN_FILE_COUNTERS ? "all" : name);
	return text;
}

static void write_files(struct staging *staging, const char *name, unsigned int files)
{
	const char *paths[RUN_N_FILES];
	json_t *run = json_pack("{s:i, s:s, s:{}, s:s}", "format", RUN_FORMAT, "vpipe_trace", "0",
				"frames", "name", name);

	for (enum run_file file = 0; file < RUN_FILE_RUN; file++) {
		if (files & 1U << file)
			write_at(staging_path(staging, file), text_of_run(name, file));
	}
	for (enum run_file file = 0; file < RUN_N_FILES; file++)
		paths[file] = staging_path(staging, file);
	assert_int_equal(identity_add_files(run, paths), 0);
	assert_int_equal(identity_seal(run), 0);
	assert_int_equal(json_dump_file(run, staging_path(staging, RUN_FILE_RUN), 0), 0);
	json_decref(run);
}

static struct staging *begin(void)
{
	struct staging *staging = NULL;

	assert_int_equal(staging_open(&staging, prefix, 0), 0);
	return staging;
}

static void end(struct staging *staging, const char *name, unsigned int files)
{
	write_files(staging, name, files);
	assert_int_equal(staging_commit(staging), 0);
	for (enum run_file file = 0; file < RUN_N_FILES; file++)
		assert_int_equal(staging_wrote(staging, file), !!(files & 1U << file));
	staging_close(staging);
}

static void run(const char *name, unsigned int files)
{
	end(begin(), name, files);
}

/* The files are those of this run, each as it lists them. */
static void expect_run(const char *name, unsigned int files)
{
	json_t *json = identity_load(path_of("run.json"));

	assert_non_null(json);
	assert_true(identity_is_sealed(json));
	assert_string_equal(json_string_value(json_object_get(json, "name")), name);
	for (enum run_file file = 0; file < RUN_FILE_RUN; file++) {
		bool wrote = files & 1U << file;

		assert_int_equal(identity_lists(json, file), wrote);
		if (wrote) {
			expect(run_file_suffix(file), text_of_run(name, file));
			assert_int_equal(identity_check(json, file, path_of(run_file_suffix(file))),
					 0);
		}
	}
	json_decref(json);
}

/* The same of the run before. */
static void expect_old(const char *name, unsigned int files)
{
	size_t length = strlen(prefix);

	strcat(prefix, ".old");
	expect_run(name, files);
	prefix[length] = '\0';
}

/* Nothing else is there than those two runs. */
static void expect_no_more(unsigned int files, unsigned int old_files)
{
	unsigned int wanted =
		(unsigned int)(__builtin_popcount(files) + __builtin_popcount(old_files));
	unsigned int found = 0;
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		found += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	assert_int_equal(found, wanted);
}

static void test_old(void **state)
{
	static const unsigned int kinds[] = {ALL, COMMAND, RECORD};

	(void)state;
	for (int i = 0; i < 27; i++) {
		unsigned int first = kinds[i / 9], second = kinds[i / 3 % 3], third = kinds[i % 3];

		run("first", first);
		run("second", second);
		run("third", third);
		expect_run("third", third);
		expect_old("second", second);
		expect_no_more(third, second);
	}
}

/* Half of a run is not kept, nor does it take the place of one that is whole. */
static void test_old_half(void **state)
{
	(void)state;
	run("first", ALL);
	run("second", ALL);
	assert_int_equal(unlink(path_of("hist.csv")), 0);
	run("third", ALL);
	expect_run("third", ALL);
	expect_old("first", ALL);
	write_at(path_of("hist.csv"), "mine\n");
	run("fourth", ALL);
	expect_run("fourth", ALL);
	expect_old("first", ALL);
	expect("hist.csv.kept", "mine\n");
}

/* What is the user's in the place of the run before. */
static void test_old_in_the_way(void **state)
{
	struct staging *staging = NULL;

	(void)state;
	write_at(path_of("old.frames.csv"), "mine\n");
	write_at(path_of("old.run.json"), "mine, too\n");
	run("first", ALL);
	run("second", ALL);
	expect_run("second", ALL);
	expect_old("first", ALL);
	expect("old.frames.csv.kept", "mine\n");
	expect("old.run.json.kept", "mine, too\n");
	assert_int_equal(unlink(path_of("old.hist.csv")) || mkdir(path_of("old.hist.csv"), 0700),
			 0);
	assert_int_equal(staging_open(&staging, prefix, 0), -EISDIR);
}

/* A name that is as long as it can be: there is none for the run before. */
static void test_old_too_long(void **state)
{
	size_t length = strlen(prefix);
	char whole[PATH_MAX];

	(void)state;
	memcpy(whole, prefix, length);
	memset(whole + length, 'y', NAME_MAX);
	whole[length + NAME_MAX - strlen("/y.device-hist.csv")] = '\0';
	for (int i = 0; i < 2; i++) {
		struct staging *staging = NULL;

		assert_int_equal(staging_open(&staging, whole, 0), 0);
		end(staging, i ? "second" : "first", ALL);
	}
	expect_no_more(ALL, 0);
}

/* A run that is killed at any step of moving its files. Returns whether it came to step @step. */
static bool killed_at(const char *name, unsigned int files, int step)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct staging *staging = begin();

		write_files(staging, name, files);
		steps = 0;
		kill_at = step;
		_exit(staging_commit(staging) ? 2 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(status == 0 || WEXITSTATUS(status) == 1);
	return status == 0;
}

static void test_old_killed(void **state)
{
	static const unsigned int kinds[] = {ALL, RECORD};
	int killed = 0;

	(void)state;
	for (int i = 0; i < 8; i++) {
		unsigned int first = kinds[i / 4], second = kinds[i / 2 % 2], third = kinds[i % 2];

		for (int step = 1;; step++) {
			bool was;

			run("first", first);
			run("second", second);
			was = killed_at("third", third, step);
			if (!was)
				break;
			killed++;
			staging_close(begin());
			/* nothing was moved yet, or all is now */
			if (step == 1) {
				expect_run("second", second);
				expect_old("first", first);
				expect_no_more(second, first);
			} else {
				expect_run("third", third);
				expect_old("second", second);
				expect_no_more(third, second);
			}
		}
	}
	assert_true(killed > 8 * 20);
}

/* A step that fails: what comes next goes on from there. */
static void fail_each_step(unsigned int second, unsigned int third)
{
	int err = -1;

	for (int step = 1; err; step++) {
		struct staging *staging;

		run("first", ALL);
		run("second", second);
		staging = begin();
		write_files(staging, "third", third);
		steps = 0;
		fail_at = step;
		err = staging_commit(staging);
		fail_at = 0;
		staging_close(staging);
		staging_close(begin());
		if (step == 1 && err) {
			expect_run("second", second);
			expect_old("first", ALL);
		} else {
			expect_run("third", third);
			expect_old("second", second);
			expect_no_more(third, second);
		}
	}
}

static void test_old_fails(void **state)
{
	(void)state;
	fail_each_step(RECORD, ALL);
	fail_each_step(ALL, ALL);
	fail_each_step(ALL, RECORD);
}

static void test_earlier_runs(void **state)
{
	static const unsigned int kinds[] = {ALL, COMMAND, RECORD};
	char hidden[128];

	(void)state;
	for (int i = 0; i < 9; i++) {
		unsigned int first = kinds[i / 3], second = kinds[i % 3];

		run("first", first);
		expect_run("first", first);
		run("second", second);
		expect_run("second", second);
		/* what only the first one wrote could be taken for the second one's */
		if (!(second & 1U << RUN_FILE_CAPTURE))
			expect_none("csv");
		if (!(second & 1U << RUN_FILE_META))
			expect_none("meta.csv");
		expect_none("csv.kept");
		snprintf(hidden, sizeof(hidden), "%s/.y.partial", folder);
		assert_int_equal(access(hidden, F_OK), -1);
	}
}

/* `run -o y -- CMD`, and CMD writes y.csv; `record -o y` beside a y.csv and a y.meta.csv. */
static void test_not_in_the_way(void **state)
{
	struct staging *staging;

	(void)state;
	write_at(path_of("meta.csv"), "mine, from before\n");
	staging = begin();
	write_at(path_of("csv"), "mine\n");
	end(staging, "first", RECORD);
	expect("csv", "mine\n");
	expect("meta.csv", "mine, from before\n");
	run("second", RECORD);
	expect("csv", "mine\n");
	expect("meta.csv", "mine, from before\n");
	expect_run("second", RECORD);
}

/* The run before has written y.csv; now the command does, even if with the same rows. */
static void test_written_meanwhile(void **state)
{
	const char *texts[] = {"mine\n", "csv of first\n"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct staging *staging;

		unlink(path_of("csv"));
		run("first", ALL);
		staging = begin();
		usleep(20000); /* a file system's clock is not that fine */
		write_at(path_of("csv"), texts[i]);
		end(staging, "second", COMMAND);
		expect("csv", texts[i]);
		expect_run("second", COMMAND);
	}
}

static void test_in_the_way(void **state)
{
	(void)state;
	write_at(path_of("hist.csv"), "mine\n");
	write_at(path_of("run.json"), "{}\n");
	write_at(path_of("csv"), "mine, too\n");
	run("first", ALL);
	expect_run("first", ALL);
	expect("hist.csv.kept", "mine\n");
	expect("csv.kept", "mine, too\n");
	expect("run.json.kept", "{}\n");
	/* changed since by the user: the user's */
	write_at(path_of("hist.csv"), "hist.csv of FIRST\n"); /* as long as it was */
	write_at(path_of("meta.csv"), "changed, and not in the way\n");
	run("second", RECORD);
	expect_run("second", RECORD);
	expect("hist.csv.kept", "mine\n");
	expect("hist.csv.kept2", "hist.csv of FIRST\n");
	expect("meta.csv", "changed, and not in the way\n");
	expect_none("csv");
	expect_none("summary.csv.kept");
}

static void test_changed_json(void **state)
{
	json_t *json;

	(void)state;
	run("first", ALL);
	json = identity_load(path_of("run.json"));
	json_object_set_new(json, "name", json_string("forged"));
	assert_int_equal(json_dump_file(json, path_of("run.json"), 0), 0);
	json_decref(json);
	run("second", ALL);
	expect_run("second", ALL);
	assert_int_equal(access(path_of("run.json.kept"), F_OK), 0);
	expect_none("frames.csv.kept");
}

/* Links, FIFOs: not a run's, and kept as they are. */
static void test_other_kinds(void **state)
{
	struct staging *staging = NULL;
	char to[PATH_MAX] = "";
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo(path_of("frames.csv"), 0600), 0);
	write_at(path_of("precious"), "precious\n");
	assert_int_equal(symlink(path_of("precious"), path_of("sched.csv")), 0);
	alarm(20);
	run("first", ALL);
	alarm(0);
	expect_run("first", ALL);
	expect("precious", "precious\n");
	assert_int_equal(lstat(path_of("frames.csv.kept"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_true(readlink(path_of("sched.csv.kept"), to, sizeof(to) - 1) > 0);
	assert_string_equal(to, path_of("precious"));
	/* a folder is refused before anything is done */
	assert_int_equal(unlink(path_of("hist.csv")) || mkdir(path_of("hist.csv"), 0700), 0);
	assert_int_equal(staging_open(&staging, prefix, 0), -EISDIR);
}

/* A run of a version that listed no files. */
static void write_old(const char *transport)
{
	static const char *const texts[RUN_N_FILES] = {
		[RUN_FILE_CAPTURE] = "frame,src_sequence,x\n",
		[RUN_FILE_META] = "seq,src_v4l2_sequence,x\n",
		[RUN_FILE_FRAMES] = "frame,ctx,seq,src_seq,x\n",
		[RUN_FILE_HIST] = "stage,lower_ns,upper_ns,count\n",
		[RUN_FILE_SUMMARY] = "stage,cause,count,x\n",
		[RUN_FILE_CAUSES] = "cause,count,x\n",
		[RUN_FILE_COUNTERS] = "stage,counter,x\n",
		[RUN_FILE_SCHED] = "tid,comm,role,x\n",
	};
	char json[256];

	for (enum run_file file = 0; file < RUN_FILE_RUN; file++) {
		if (texts[file])
			write_at(path_of(run_file_suffix(file)), texts[file]);
	}
	snprintf(json, sizeof(json),
		 "{\"vpipe_trace\": \"0.1.0\", \"frames\": {}, \"command\": {}, "
		 "\"options\": {\"transport\": %s}}\n",
		 transport);
	usleep(20000);
	write_at(path_of("run.json"), json);
}

static void test_old_runs(void **state)
{
	static const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	(void)state;
	write_old("\"dmabuf\"");
	write_at(path_of("drops.csv"), "no run of then had one\n");
	assert_int_equal(utimensat(AT_FDCWD, path_of("drops.csv"), long_ago, 0), 0);
	run("first", RECORD);
	expect_run("first", RECORD);
	expect("drops.csv.kept", "no run of then had one\n");
	expect_none("csv");
	expect_none("meta.csv");
	expect_none("frames.csv.kept");
	expect_none("run.json.kept");
	/* its COMMAND's own y.csv, a file of other columns, one that was written later */
	write_old("null");
	usleep(20000);
	write_at(path_of("hist.csv"), "stage,lower_ns,upper_ns,count\nmine\n");
	write_at(path_of("sched.csv"), "x,y\n");
	assert_int_equal(utimensat(AT_FDCWD, path_of("sched.csv"), long_ago, 0), 0);
	run("second", RECORD);
	expect_run("second", RECORD);
	expect("csv", "frame,src_sequence,x\n");
	expect("hist.csv.kept", "stage,lower_ns,upper_ns,count\nmine\n");
	expect("sched.csv.kept", "x,y\n");
	expect_none("frames.csv.kept");
}

/* A run that is killed when it has moved @moved of its files. */
static void killed_run(const char *name, unsigned int files, int moved)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct staging *staging = begin();

		write_files(staging, name, files);
		for (enum run_file file = 0; file < RUN_FILE_RUN; file++) {
			if (files & 1U << file && moved-- > 0 &&
			    rename(staging_path(staging, file), path_of(run_file_suffix(file))))
				_exit(1);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_killed(void **state)
{
	struct staging *staging;

	(void)state;
	for (int moved = 0; moved <= RUN_FILE_RUN; moved++) {
		run("first", ALL);
		killed_run("second", RECORD, moved);
		staging = begin();
		/* one of the two, whole, before the next has written anything */
		if (moved)
			expect_run("second", RECORD);
		else
			expect_run("first", ALL);
		if (moved)
			expect_none("csv");
		expect_none("frames.csv.kept");
		staging_close(staging);
		run("third", ALL);
		expect_run("third", ALL);
		expect_none("frames.csv.kept");
	}
	expect_none("csv.kept");
}

/* A file that cannot be moved: something holds its place. */
static void test_no_way(void **state)
{
	struct staging *staging;

	(void)state;
	run("first", ALL);
	staging = begin();
	write_files(staging, "second", ALL);
	steps = 0;
	fail_at = 6;
	assert_int_equal(staging_commit(staging), -EIO);
	staging_close(staging);
	staging = begin();
	expect_run("second", ALL);
	staging_close(staging);
}

/* The folder of a killed run with something in it that is not its own. */
static void test_hidden_folder(void **state)
{
	char hidden[128], foreign[160];

	(void)state;
	snprintf(hidden, sizeof(hidden), "%s/.y.partial", folder);
	snprintf(foreign, sizeof(foreign), "%s/thesis.txt", hidden);
	assert_int_equal(mkdir(hidden, 0700), 0);
	write_at(foreign, "all of it\n");
	run("first", ALL);
	expect_run("first", ALL);
	assert_int_equal(access(foreign, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_earlier_runs),
		TEST(test_not_in_the_way),
		TEST(test_written_meanwhile),
		TEST(test_in_the_way),
		TEST(test_changed_json),
		TEST(test_other_kinds),
		TEST(test_old_runs),
		TEST(test_killed),
		TEST(test_no_way),
		TEST(test_hidden_folder),
		TEST(test_old),
		TEST(test_old_half),
		TEST(test_old_in_the_way),
		TEST(test_old_too_long),
		TEST(test_old_killed),
		TEST(test_old_fails),
	};

	return cmocka_run_group_tests_name("staging", tests, NULL, NULL);
}
