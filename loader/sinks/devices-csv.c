// SPDX-License-Identifier: MIT
/* devices-csv.c - RUN.devices.csv: a row a node, if the run was of others than ours */
#include "loader/runs/figures.h"
#include "loader/sinks/run-csv.h"

static void text_cell(struct csv *csv, const char *bytes)
{
	if (*bytes)
		csv_str(csv, bytes);
	else
		csv_empty(csv);
}

static void answer_cell(struct csv *csv, enum video_answer answer)
{
	run_csv_number(csv, answer == VIDEO_YES, answer != VIDEO_UNKNOWN);
}

static void device_row(struct csv *csv, const struct video_facts *facts)
{
	const char *const names[] = {facts->node,   facts->path, facts->name,
				     facts->driver, facts->bus,	 facts->module};
	char text[VIDEO_TEXT];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		text_cell(csv, names[i]);
	text_cell(csv, video_kind_name(facts->kind));
	answer_cell(csv, facts->vb2);
	video_format(facts->fourcc, text);
	text_cell(csv, text);
	run_csv_number(csv, facts->width, facts->width);
	run_csv_number(csv, facts->height, facts->height);
	if (facts->fps > 0)
		csv_double(csv, facts->fps, 3);
	else
		csv_empty(csv);
	video_timestamps(facts, text);
	text_cell(csv, text);
	answer_cell(csv, facts->nodrop);
	csv_end_row(csv);
}

static int finish_devices(void *state, const struct run *run, const struct sink_place *place)
{
	struct csv *csv;
	int err;

	(void)state;
	if (!run->facts.n_videos)
		return 0;
	err = run_csv_open(&csv, place, RUN_FILE_DEVICES, &devices_schema);
	if (err)
		return err;
	for (unsigned int i = 0; i < run->facts.n_videos; i++)
		device_row(csv, &run->facts.videos[i]);
	return run_csv_commit(csv, place, RUN_FILE_DEVICES);
}

const struct sink sink_devices_csv = {.finish = finish_devices};
