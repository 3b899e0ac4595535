// SPDX-License-Identifier: MIT
/* identity.c - see identity.h */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "loader/runs/identity.h"
#include "lib/msg.h"
#include "lib/regular.h"

/* What identifies a file. */
struct sum {
	json_int_t bytes;
	char crc32[9]; /* hexadecimal */
};

static int sum_of(struct sum *sum, const char *path)
{
	static unsigned char part[256 * 1024];
	char why[REGULAR_WHY];
	int fd = regular_open(path, why);
	unsigned long crc = crc32(0, NULL, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	sum->bytes = 0;
	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		crc = crc32(crc, part, (unsigned int)n);
		sum->bytes += n;
	}
	n = n < 0 ? -errno : 0;
	close(fd);
	snprintf(sum->crc32, sizeof(sum->crc32), "%08lx", crc);
	return (int)n;
}

int identity_add_files(json_t *run, const char *const paths[RUN_N_FILES])
{
	json_t *files = json_object();

	for (enum run_file file = 0; file < RUN_FILE_RUN; file++) {
		struct sum sum;
		int err = sum_of(&sum, paths[file]);

		if (err == -ENOENT)
			continue; /* not every run has every file */
		if (err) {
			msg_errno(err, NULL, "cannot read %s again", paths[file]);
			json_decref(files);
			return err;
		}
		json_object_set_new(
			files, run_file_suffix(file),
			json_pack("{s:I, s:s}", "bytes", sum.bytes, "crc32", sum.crc32));
	}
	return json_object_set_new(run, "files", files) ? -ENOMEM : 0;
}

/* However it is laid out in its file. */
void identity_sum(const json_t *run, char crc[9])
{
	json_t *bare = json_copy((json_t *)(uintptr_t)run);
	char *text = NULL;

	*crc = '\0';
	json_object_del(bare, "crc32");
	if (bare)
		text = json_dumps(bare, JSON_COMPACT | JSON_SORT_KEYS);
	if (text)
		snprintf(crc, 9, "%08lx",
			 crc32(0, (const unsigned char *)text, (unsigned int)strlen(text)));
	free(text);
	json_decref(bare);
}

int identity_seal(json_t *run)
{
	char crc[9];

	identity_sum(run, crc);
	return *crc && !json_object_set_new(run, "crc32", json_string(crc)) ? 0 : -ENOMEM;
}

bool identity_is_sealed(const json_t *run)
{
	const char *sealed = json_string_value(json_object_get(run, "crc32"));
	char crc[9];

	identity_sum(run, crc);
	return sealed && *crc && !strcmp(sealed, crc);
}

static const json_t *listed(const json_t *run, enum run_file file)
{
	return json_object_get(json_object_get(run, "files"), run_file_suffix(file));
}

bool identity_lists(const json_t *run, enum run_file file)
{
	return listed(run, file) != NULL;
}

int identity_check(const json_t *run, enum run_file file, const char *path)
{
	const json_t *wanted = listed(run, file);
	const char *crc = json_string_value(json_object_get(wanted, "crc32"));
	struct stat st;
	struct sum sum;
	int err;

	/* most changes need no reading */
	if (!stat(path, &st) && S_ISREG(st.st_mode) &&
	    st.st_size != json_integer_value(json_object_get(wanted, "bytes")))
		return -ESTALE;
	err = sum_of(&sum, path);
	return err ? err : crc && !strcmp(crc, sum.crc32) ? 0 : -ESTALE;
}

json_t *identity_load(const char *path)
{
	char why[REGULAR_WHY];
	int fd = regular_open(path, why);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	json_t *run = NULL;
	struct stat st;

	if (file && !fstat(fd, &st) && st.st_size <= RUN_JSON_MAX)
		run = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
	if (file)
		fclose(file);
	else if (fd >= 0)
		close(fd);
	/* has any version of ours written it? */
	if (json_is_string(json_object_get(run, "vpipe_trace")) &&
	    json_is_object(json_object_get(run, "frames")))
		return run;
	json_decref(run);
	return NULL;
}

/* The first columns of each file that such a run may have, which are the same since there are runs. */
static bool has_columns(enum run_file file, const char *path)
{
	static const char *const columns[RUN_N_FILES] = {
		[RUN_FILE_CAPTURE] = "frame,src_sequence,",
		[RUN_FILE_META] = "seq,src_v4l2_sequence,",
		[RUN_FILE_FRAMES] = "frame,ctx,seq,src_seq,",
		[RUN_FILE_HIST] = "stage,lower_ns,upper_ns,",
		[RUN_FILE_SUMMARY] = "stage,cause,count,",
		[RUN_FILE_CAUSES] = "cause,count,",
		[RUN_FILE_COUNTERS] = "stage,counter,",
		[RUN_FILE_SCHED] = "tid,comm,role,",
	};
	char line[64] = "", why[REGULAR_WHY];
	int fd = columns[file] ? regular_open(path, why) : -1;
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	return n > 0 && columns[file] && !strncmp(line, columns[file], strlen(columns[file]));
}

/* What a run that lists no files has written, as far as can be told. */
static bool old_owns(const json_t *run, const char *json_path, enum run_file file, const char *path)
{
	const json_t *options = json_object_get(run, "options");
	struct stat st, last;

	if (file == RUN_FILE_CAPTURE && !json_is_string(json_object_get(options, "transport")))
		return false; /* a COMMAND's, if anybody's */
	if (file == RUN_FILE_META && !json_is_object(json_object_get(run, "command")))
		return false; /* recorded */
	if (lstat(path, &st) || !S_ISREG(st.st_mode) || stat(json_path, &last))
		return false;
	if (st.st_mtim.tv_sec > last.st_mtim.tv_sec ||
	    (st.st_mtim.tv_sec == last.st_mtim.tv_sec && st.st_mtim.tv_nsec > last.st_mtim.tv_nsec))
		return false;
	return has_columns(file, path);
}

bool identity_owns(const json_t *run, const char *json_path, enum run_file file, const char *path)
{
	bool is_old = run && !json_object_get(run, "format");
	struct stat st;

	if (!run || lstat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	if (file == RUN_FILE_RUN)
		return is_old || identity_is_sealed(run);
	return is_old ? old_owns(run, json_path, file, path) : !identity_check(run, file, path);
}
