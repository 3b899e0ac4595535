// SPDX-License-Identifier: MIT
/*
 * vpipe-meta-drain - the rows of /dev/vpipe-meta as CSV
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kmod/vpipe.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/tool.h"

#define DEFAULT_CSV	OUTPUT_FOLDER "/meta-drain.csv"
#define DEFAULT_TIMEOUT (30 * NS_PER_SEC) /* of runs with a number of frames */
#define ROWS_PER_READ	256
#define HEADER                                                                                 \
	"seq,src_v4l2_sequence,buffer_index,timestamp_ns,bytesused,crc32,algo_id,algo_status," \
	"roi_left,roi_top,roi_width,roi_height,algo_value0,algo_value1,flags"

struct env {
	struct options_rows rows;
	const char *meta;
	int meta_fd; /* the device, open already; -1: it is not */
	int ready_fd; /* -1: nobody waits */
};

struct drain {
	int fd;
	struct csv *csv;
	uint64_t frames; /* stop after so many rows; 0: on a signal */
	uint64_t rows;
	uint64_t lost; /* rows that were overwritten before they were read */
	uint64_t next_seq;
};

enum { OPT_META = OPTIONS_OWN, OPT_META_FD, OPT_READY_FD };

static const struct argp_option table[] = {
	{"meta", OPT_META, "DEVICE", 0, "metadata device (default " VPIPE_META_PATH ")", 0},
	{"meta-fd", OPT_META_FD, "FD", 0, "it is open already, as FD", 0},
	{"ready-fd", OPT_READY_FD, "FD", 0,
	 "write one byte to FD once every row from now on will be seen", 0},
	{0},
};

static const char doc[] =
	"Write one CSV row for every frame that vpipe processes."
	"\v0 frames: until Ctrl-C or SIGTERM, after which the rows still there are read. "
	"What is left out has its default; the file is " DEFAULT_CSV ". The time limit is "
	"30 seconds, or none with 0 frames. Rows overwritten before they were read are "
	"counted as frames, and told of.\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-meta-drain                       300 rows\n"
	"  vpipe-meta-drain -f 0 -o bench/run.meta.csv      until Ctrl-C\n"
	"  vpipe-meta-drain /dev/vpipe-meta bench/run.meta.csv 1000\n"
	"\n"
	"Exit status: 0 good, 1 failed, 2 usage, 3 rows were lost, 130 Ctrl-C; the rows "
	"read so far are kept in any case.";

static bool set(void *data, int key, const char *text)
{
	struct env *env = data;

	switch (key) {
	case OPT_META:
		env->meta = text;
		return true;
	case OPT_META_FD:
		env->meta_fd = (int)options_parse_number("--meta-fd", text, 0, INT_MAX);
		return true;
	case OPT_READY_FD:
		env->ready_fd = (int)options_parse_number("--ready-fd", text, 0, INT_MAX);
		return true;
	}
	return options_rows_set(&env->rows, key, text);
}

static const char *way_out(int err)
{
	switch (-err) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "load the driver: modprobe vpipe";
	case EACCES:
	case EPERM:
		return "run it as root";
	}
	return NULL;
}

/*
 * Open the device unless it is @fd, and see that its rows are those this program
 * knows. Returns the fd or -errno.
 */
static int open_meta(const char *path, int fd)
{
	struct vpipe_meta_info info = {0};
	int err;

	if (fd < 0)
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* it may be a FIFO */
	if (fd < 0) {
		err = -errno;
		msg_errno(err, way_out(err), "cannot open %s", path);
		return err;
	}
	if (ioctl(fd, VPIPE_META_IOC_QUERY, &info)) {
		err = -errno;
		msg_errno(err, NULL, "%s is not vpipe's metadata device", path);
	} else if (info.version != VPIPE_META_VERSION ||
		   info.entry_size != sizeof(struct vpipe_meta_entry)) {
		err = -EPROTO;
		msg_error("%s has rows of version %u with %u bytes, known are version %u with %zu; "
			  "use the programs that were built with the driver",
			  path, info.version, info.entry_size, VPIPE_META_VERSION,
			  sizeof(struct vpipe_meta_entry));
	} else if (fcntl(fd, F_SETFL, 0)) { /* from here on, reads wait for rows */
		err = -errno;
		msg_errno(err, NULL, "cannot open %s", path);
	} else {
		return fd;
	}
	close(fd);
	return err;
}

static int tell_ready(int fd)
{
	int err;

	if (fd < 0)
		return 0;
	if (write(fd, "\n", 1) == 1 && close(fd) == 0)
		return 0;
	err = -errno;
	msg_errno(err, NULL, "cannot write to --ready-fd %d", fd);
	return err;
}

static int write_row(struct csv *csv, const struct vpipe_meta_entry *row)
{
	csv_u64(csv, row->seq);
	csv_u64(csv, row->src_v4l2_sequence);
	csv_u64(csv, row->buffer_index);
	csv_u64(csv, row->timestamp_ns);
	csv_u64(csv, row->bytesused);
	if (row->flags & VPIPE_META_F_NO_CRC)
		csv_empty(csv);
	else
		csv_u64(csv, row->crc32);
	csv_u64(csv, row->algo_id);
	csv_u64(csv, row->algo_status);
	csv_i64(csv, row->roi_left);
	csv_i64(csv, row->roi_top);
	csv_i64(csv, row->roi_width);
	csv_i64(csv, row->roi_height);
	csv_u64(csv, row->algo_value0);
	csv_u64(csv, row->algo_value1);
	csv_u64(csv, row->flags);
	return csv_end_row(csv);
}

static bool is_complete(const struct drain *drain)
{
	return drain->frames && drain->rows + drain->lost >= drain->frames;
}

static int take_row(struct drain *drain, const struct vpipe_meta_entry *row)
{
	if (row->version != VPIPE_META_VERSION || row->entry_size != sizeof(*row)) {
		msg_error("row %" PRIu64 " has version %u and %u bytes, expected are %u and %zu",
			  drain->rows, row->version, row->entry_size, VPIPE_META_VERSION,
			  sizeof(*row));
		return -EPROTO;
	}
	/* Before the first row there is nothing to count from: the flag says "some". */
	if (drain->rows && row->seq > drain->next_seq)
		drain->lost += row->seq - drain->next_seq;
	else if (row->flags & VPIPE_META_F_OVERRUN)
		drain->lost++;
	drain->next_seq = row->seq + 1;
	drain->rows++;
	return write_row(drain->csv, row);
}

/* One read(2). Returns its rows taken, or -errno; -EAGAIN: none there, -EINTR: a signal. */
static int take_rows(struct drain *drain)
{
	struct vpipe_meta_entry rows[ROWS_PER_READ];
	ssize_t size = read(drain->fd, rows, sizeof(rows));
	int taken = 0;

	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return -errno;
	if (size <= 0 || size % (ssize_t)sizeof(rows[0])) {
		int err = size < 0 ? -errno : -EPROTO;

		msg_errno(err, NULL, "cannot read whole rows");
		return err;
	}
	for (size_t i = 0; i < (size_t)size / sizeof(rows[0]) && !is_complete(drain); i++) {
		int err = take_row(drain, &rows[i]);

		if (err)
			return err;
		taken++;
	}
	return taken;
}

/* The rows that are there already, without waiting; a read that is not full was the last. */
static int take_rest(struct drain *drain)
{
	int ret;

	if (fcntl(drain->fd, F_SETFL, O_NONBLOCK))
		return -errno;
	do
		ret = take_rows(drain);
	while ((ret == ROWS_PER_READ && !is_complete(drain)) || ret == -EINTR);
	return ret == -EAGAIN || ret > 0 ? 0 : ret;
}

/* All rows. Returns 0, -EINTR after a signal, -ETIMEDOUT or another -errno. */
static int take_all(struct drain *drain, uint64_t timeout_ns)
{
	bool last = false;

	stop_limit(timeout_ns);
	while (!is_complete(drain)) {
		int ret;

		if (stop_signal()) {
			ret = take_rest(drain);
			return ret ? ret : is_complete(drain) ? 0 : -EINTR;
		}
		ret = take_rows(drain);
		if (ret > 0) {
			stop_limit(timeout_ns);
			last = false;
		} else if (ret != -EINTR) {
			return ret;
		} else if (!stop_again(&last)) {
			return -ETIMEDOUT;
		}
	}
	return 0;
}

/* Complete rows are kept, whatever happened after them. Returns the exit status. */
static int finish(const struct env *env, const struct drain *drain, int err)
{
	const char *path = env->rows.csv;
	bool asked = err == -EINTR && !drain->frames; /* a signal is how such a run ends */

	if (err == -ETIMEDOUT)
		msg_error("%s: no row for %.3f s, after %" PRIu64 " of %" PRIu64
			  "; is a program capturing through vpipe?",
			  env->meta, (double)env->rows.timeout_ns / NS_PER_SEC, drain->rows,
			  drain->frames);
	if (err && !asked && !drain->rows) {
		csv_abort(drain->csv);
		msg_note("there was no row: %s is not written", path);
	} else {
		if (output_commit(drain->csv, path))
			return EXIT_FAILED;
		if (err == -EINTR && !asked)
			msg_note("interrupted: %" PRIu64 " of %" PRIu64 " rows are in %s",
				 drain->rows, drain->frames, path);
	}
	if (drain->lost)
		msg_warning("%" PRIu64 " rows were overwritten before they were read", drain->lost);
	if (!env->rows.quiet && drain->rows)
		printf("%" PRIu64 " rows, %" PRIu64 " lost\n", drain->rows, drain->lost);
	if (err && err != -EINTR)
		return EXIT_FAILED;
	if (err && !asked)
		return 128 + stop_signal();
	return drain->lost ? EXIT_INCOMPLETE : EXIT_GOOD;
}

static int run(void *data)
{
	struct env *env = data;
	struct drain drain = {.frames = env->rows.frames};
	int err;

	if (!env->rows.timeout_given && env->rows.frames)
		env->rows.timeout_ns = DEFAULT_TIMEOUT;
	drain.fd = open_meta(env->meta, env->meta_fd);
	if (drain.fd < 0 || output_open(&drain.csv, env->rows.csv, env->rows.csv_given, HEADER))
		return EXIT_FAILED;
	if (tell_ready(env->ready_fd)) {
		csv_abort(drain.csv);
		return EXIT_FAILED;
	}
	err = take_all(&drain, env->rows.timeout_ns);
	stop_limit(0);
	close(drain.fd);
	return finish(env, &drain, err);
}

static const struct tool tool = {
	.doc = doc,
	.args_doc = "[META CSV FRAMES]",
	.arguments = (const int[]){OPT_META, OPTIONS_CSV, OPTIONS_FRAMES, 0},
	.tables = {table, options_rows_table},
	.set = set,
	.run = run,
};

int main(int argc, char **argv)
{
	struct env env = {
		.rows = {.csv = DEFAULT_CSV, .frames = 300, .min_frames = 0},
		.meta = VPIPE_META_PATH,
		.meta_fd = -1,
		.ready_fd = -1,
	};

	return tool_main(&tool, &env, argc, argv);
}
