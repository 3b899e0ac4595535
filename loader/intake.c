// SPDX-License-Identifier: MIT
/* intake.c - see intake.h */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>

#include "bpf/hist.h"
#include "loader/intake.h"

/* What its buffers say of their timestamps; an open node does not. */
static void take_timestamps(struct video_facts *video, unsigned int flags)
{
	video->is_dated = true;
	video->timestamp_flags =
		flags & (V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
}

/* So many records found no room so far: some of them before this one? */
static void take_loss(struct intake *intake, unsigned int lost)
{
	if (lost != intake->lost) {
		run_lose_cycles(intake->run);
		if (intake->chain) {
			isps_flush(intake->isps);
			chain_lost(intake->chain);
		}
	}
	intake->lost = lost;
}

/* What became of the buffer that the frame of @record was in. */
static void take_cycle(struct intake *intake, const struct vpipe_frame *record)
{
	struct cycle cycle;

	take_loss(intake, record->lost);
	cycle_from_record(&cycle, intake->devices[record->device].path, record);
	take_timestamps(&intake->videos[record->device], record->cycle.flags);
	run_add_cycle(intake->run, &cycle);
	sinks_cycle(intake->files, &cycle);
}

void intake_take_buffer(struct intake *intake, const struct vpipe_buffer *buffer)
{
	struct cycle cycle;

	take_loss(intake, buffer->lost);
	cycle_from_buffer(&cycle, buffer);
	run_add_cycle(intake->run, &cycle);
	sinks_cycle(intake->files, &cycle);
}

void intake_take_span(struct intake *intake, const struct vpipe_span *record)
{
	struct span span;

	span_from_record(&span, record);
	sinks_span(intake->files, &span);
}

static void on_drop(void *arg, const struct drop *drop)
{
	const struct intake *intake = arg;

	sinks_drop(intake->files, drop);
}

static int add_devices(struct intake *intake, const struct trace_options *options)
{
	struct run_facts *facts = &intake->run->facts;
	const char *nodes[VPIPE_MAX_DEVICES];
	int err;

	facts->videos = intake->videos;
	facts->n_videos = options->config.n_devices;
	intake->devices = options->devices;
	for (unsigned int i = 0; i < options->config.n_devices; i++) {
		intake->videos[i] = *options->devices[i].video;
		nodes[i] = intake->videos[i].node;
	}
	err = run_add_devices(intake->run, nodes, options->config.n_devices, on_drop, intake);
	for (unsigned int i = 0; i < intake->run->n_devices; i++)
		intake->run->devices[i].leaves_out = intake->videos[i].nodrop == VIDEO_NO;
	return err;
}

static void take_frame(struct intake *intake, struct frame *frame)
{
	if (run_is_of_rows(intake->run) && !frame_is_warmup(frame))
		frame_count(frame, intake->run->path, intake->run->hists);
	run_add_frame(intake->run, frame);
	sinks_frame(intake->files, frame);
}

static void on_row(void *arg, struct frame *row)
{
	struct intake *intake = arg;
	const struct run *run = intake->run;

	row->flags &= ~(uint64_t)VPIPE_FRAME_WARMUP; /* that is of the device it came from last */
	/* of the last rows of a flight none is among the first, or all are there */
	if (run->rows < run->facts.config.warmup && !run->records.let_go)
		row->flags |= VPIPE_FRAME_WARMUP;
	take_frame(intake, row);
}

static void on_chain_drop(void *arg, const struct drop *drop)
{
	struct intake *intake = arg;

	run_add_drop(intake->run, drop);
}

static void on_record(void *arg, const struct vpipe_frame *record, enum vpipe_rule job)
{
	struct intake *intake = arg;

	chain_add(intake->chain, record, job, intake->columns);
}

static void on_input(void *arg, const struct vpipe_frame *record)
{
	struct intake *intake = arg;

	chain_input(intake->chain, record);
}

/* The devices are those of the run by now. */
static int open_chain(struct intake *intake)
{
	const struct chain_listener listener = {
		.row = on_row, .drop = on_chain_drop, .arg = intake};
	const struct isps_listener parts = {.record = on_record, .input = on_input, .arg = intake};
	struct run *run = intake->run;

	if (!intake->chain_devices)
		return 0;
	intake->chain = chain_new(run->path, intake->chain_devices, run->n_devices, run->devices,
				  &listener);
	intake->isps = isps_new(intake->nodes, run->n_devices, &parts);
	return intake->chain && intake->isps ? 0 : -ENOMEM;
}

int intake_open(struct intake *intake, const struct trace_options *options)
{
	if (!intake->run->path->cycles)
		return 0;
	return add_devices(intake, options) ?: open_chain(intake);
}

/* Where there are several, each has histograms of its own: room for them. */
static int add_device_hists(struct intake *intake)
{
	struct run *run = intake->run;

	for (unsigned int i = 0; run->n_devices > 1 && i < run->n_devices; i++) {
		struct device_sums *device = &run->devices[i];

		if (device->hists)
			continue;
		device->path = intake->devices[i].path;
		device->hists = calloc(path_e2e(device->path) + 1, sizeof(device->hists[0]));
		if (!device->hists)
			return -ENOMEM;
	}
	return 0;
}

/* Of the device alone, as the programs count. */
static void count_for_device(const struct intake *intake, const struct vpipe_frame *record)
{
	const struct device_sums *device = &intake->run->devices[record->device];
	struct frame frame;

	frame_from_record(&frame, device->path, record, intake->columns);
	if (!frame_is_warmup(&frame))
		frame_count(&frame, device->path, device->hists);
}

int intake_by_rows(struct intake *intake)
{
	intake->by_rows = true;
	return add_device_hists(intake);
}

void intake_take(struct intake *intake, const struct vpipe_frame *record)
{
	intake->run->records.came++;
	if (intake->run->path->cycles)
		take_cycle(intake, record);
	if (intake->by_rows && intake->run->n_devices > 1)
		count_for_device(intake, record);
	if (intake->chain) {
		isps_add(intake->isps, record);
		return;
	}
	frame_from_record(&intake->frame, intake->run->path, record, intake->columns);
	take_frame(intake, &intake->frame);
}

/* What was counted of each; of one, the run's histograms are its own. */
static int read_device(struct intake *intake, struct trace *trace, unsigned int number)
{
	struct device_sums *device = &intake->run->devices[number];
	unsigned int e2e = path_e2e(device->path);
	int err = 0;

	for (unsigned int which = 0; !err && which <= e2e; which++)
		err = trace_device_hist(trace, number,
					which == e2e ? (unsigned int)VPIPE_HIST_E2E : which,
					&device->hists[which]);
	return err;
}

static int read_devices(struct intake *intake, struct trace *trace)
{
	unsigned int n = intake->run->n_devices;
	int err;

	if (intake->by_rows)
		return 0;
	err = add_device_hists(intake);
	for (unsigned int i = 0; !err && n > 1 && i < n; i++)
		err = read_device(intake, trace, i);
	return err;
}

static void on_buffer(void *arg, unsigned int device, uint64_t given_ns)
{
	struct run *run = arg;

	if (device < run->n_devices)
		gaps_left(&run->devices[device], given_ns, run->facts.end_ns);
}

/* What the programs call histogram @which of @path. */
static unsigned int hist_number(const struct path *path, unsigned int which)
{
	if (which == path_e2e(path))
		return VPIPE_HIST_E2E;
	return which == path_runq(path) ? (unsigned int)VPIPE_HIST_RUNQ : which;
}

static int read_hists(struct intake *intake, struct trace *trace)
{
	struct run *run = intake->run;
	int err = 0;

	for (unsigned int which = 0; !err && which < path_n_hists(run->path); which++)
		err = trace_hist(trace, hist_number(run->path, which), &run->hists[which]);
	return err;
}

/* Histograms are those of the rows; but for what no row has, and whether the sums agree. */
static int read_counted(struct intake *intake, struct trace *trace)
{
	struct run *run = intake->run;
	struct vpipe_hist *all = calloc(1, sizeof(*all));
	int err = all ? trace_hist(trace, VPIPE_HIST_E2E, all) : -ENOMEM;

	if (!err) {
		run->records.counted = hist_total(all);
		err = trace_hist(trace, VPIPE_HIST_RUNQ, &run->hists[path_runq(run->path)]);
	}
	free(all);
	return err;
}

/* @over: no frame comes that may show some of them to be none that is lost; what was counted stays. */
static void count_unlinked(struct run *run, bool over)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		const struct link_sums *links = &run->devices[i].links;

		if (over || !links_may_be_early(links))
			run->counts.of[VPIPE_LOSS_no_source] += links_unlinked(links);
	}
}

/* The chain is at its end. */
static void finish_chain(struct intake *intake)
{
	isps_flush(intake->isps);
	chain_finish(intake->chain);
	count_unlinked(intake->run, true);
}

int intake_look(struct intake *intake, struct trace *trace)
{
	run_settle_cycles(intake->run);
	if (intake->chain)
		count_unlinked(intake->run, false);
	if (run_is_of_rows(intake->run))
		return 0;
	return read_hists(intake, trace) ?: read_devices(intake, trace);
}

int intake_read(struct intake *intake, struct trace *trace)
{
	struct run *run = intake->run;
	int err = run_is_of_rows(run) ? read_counted(intake, trace) : read_hists(intake, trace);

	run_settle_cycles(run);
	if (!err && intake->chain)
		finish_chain(intake);
	if (!err)
		err = read_devices(intake, trace);
	if (!err && run->path->cycles)
		err = trace_buffers(trace, on_buffer, run);
	return err;
}

void intake_close(struct intake *intake)
{
	isps_free(intake->isps);
	chain_free(intake->chain);
}
