// SPDX-License-Identifier: MIT
/* figure.c - see figure.h */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/nearest.h"
#include "loader/model/deadline.h"
#include "loader/model/figure.h"

#define NAME_ROOM 256
#define NO_CYCLES "that is known of devices whose buffers are followed (record -d)"

/* What a list is made with: where it grows, and of what. */
struct making {
	struct figures *figures;
	const struct run *run;
	const struct figure_rows *rows;
	int err;
};

void figure_rows_add(struct figure_rows *rows, const struct frame *frame)
{
	uint64_t end_ns = frame->start_ns + frame->e2e_ns;

	dropped_add(&rows->dropped, frame);
	rows->errors += frame->flags & VPIPE_FRAME_ERROR;
	if (frame_is_warmup(frame))
		return;
	if (!rows->frames || end_ns < rows->first_ns)
		rows->first_ns = end_ns;
	if (end_ns > rows->last_ns)
		rows->last_ns = end_ns;
	rows->frames++;
}

void figure_rows_finish(struct figure_rows *rows)
{
	dropped_finish(&rows->dropped);
}

bool figure_rows_rate(const struct figure_rows *rows, double *fps)
{
	if (rows->frames < 2 || rows->last_ns <= rows->first_ns)
		return false;
	*fps = (double)(rows->frames - 1) * NS_PER_SEC / (double)(rows->last_ns - rows->first_ns);
	return true;
}

/* One more, to be filled in; its name is @of, a point, and @what, if there is that. */
static struct figure *add(struct making *making, const char *of, const char *what,
			  enum figure_kind kind)
{
	struct figures *figures = making->figures;
	struct figure *all = reallocarray(figures->all, figures->n + 1, sizeof(all[0]));
	static struct figure none; /* there is no memory: what is filled in is lost with the rest */

	if (all)
		figures->all = all;
	if (!all || making->err) {
		making->err = -ENOMEM;
		return &none;
	}
	all += figures->n;
	*all = (struct figure){.kind = kind};
	if (asprintf(&all->name, "%s%s%s", of, what ? "." : "", what ?: "") < 0) {
		making->err = -ENOMEM;
		return &none;
	}
	figures->n++;
	for (char *at = all->name; !strcmp(of, "drops") && *at; at++) { /* "drops.not dequeued" */
		if (*at == ' ')
			*at = '_';
	}
	return all;
}

static void add_count(struct making *making, const char *of, const char *what, uint64_t count,
		      const char *why)
{
	struct figure *figure = add(making, of, what, FIGURE_COUNT);

	figure->known = !why;
	figure->whole = count;
	figure->why = why;
}

/* @part of @whole; of nothing there is no share. */
static void add_share(struct making *making, const char *of, double part, double whole,
		      const char *why)
{
	struct figure *figure = add(making, of, "share", FIGURE_SHARE);

	figure->known = !why && whole > 0;
	figure->real = figure->known ? part / whole : 0;
	figure->why = why ?: "there is nothing of which it would be a share";
}

/* Frames of a warm-up are in no time: if there are some, others may have had it all the same. */
static const char *why_no_times(const struct run *run)
{
	return run->counts.of[VPIPE_COUNT_WARMUP] ? "no frame behind the warm-up has it"
						  : "no frame of the run has it";
}

/*
 * The figures of a latency, which is a part of @whole_ns, or of nothing: names begin with @of, and
 * also with @also, if that is not NULL.
 */
static void add_latency(struct making *making, const char *of, const char *also,
			const struct latency *latency, uint64_t whole_ns, const char *why)
{
	const struct {
		const char *name;
		uint64_t ns;
	} times[] = {
		{"min", latency->min_ns},   {"p50", latency->p50_ns},	  {"p95", latency->p95_ns},
		{"p99", latency->p99_ns},   {"p999", latency->p999_ns},	  {"max", latency->max_ns},
		{"mean", latency->mean_ns}, {"total", latency->total_ns},
	};
	size_t first = making->figures->n;

	add_count(making, of, "count", latency->count, why);
	if (!why && !latency->count)
		why = why_no_times(making->run);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct figure *figure = add(making, of, times[i].name, FIGURE_TIME);

		figure->known = !why;
		figure->whole = times[i].ns;
		figure->why = why;
	}
	add_share(making, of, (double)latency->total_ns, (double)whole_ns, why);
	for (size_t i = first; also && i < making->figures->n; i++) {
		struct figure *figure = &making->figures->all[i];

		if (asprintf(&figure->also, "%s%s", also, figure->name + strlen(of)) < 0) {
			figure->also = NULL;
			making->err = -ENOMEM;
		}
	}
}

static void add_stages(struct making *making)
{
	const struct run *run = making->run;
	const struct path *path = run->path;
	uint64_t whole_ns = run->latencies[path_e2e(path)].total_ns;
	char of[NAME_ROOM];

	add_latency(making, "e2e", NULL, &run->latencies[path_e2e(path)], whole_ns, NULL);
	add_latency(making, "runq", NULL, &run->latencies[path_runq(path)], 0, NULL);
	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		snprintf(of, sizeof(of), "stage.%s", path->stages[stage].name);
		add_latency(making, of, NULL, &run->latencies[stage], whole_ns, NULL);
	}
}

/* A cost is called as its column, "queueing" of queueing_ns, and as the tables have it. */
static void add_costs(struct making *making)
{
	const struct run *run = making->run;
	uint64_t whole_ns = 0;
	char of[NAME_ROOM], also[NAME_ROOM];

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++)
		whole_ns += run->costs[cost].total_ns;
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		const char *column = run->path->costs[cost].column, *why = NULL;
		size_t length = strlen(column);

		if (length > 3 && !strcmp(column + length - 3, "_ns"))
			length -= 3;
		snprintf(of, sizeof(of), "cost.%.*s", (int)length, column);
		snprintf(also, sizeof(also), "cost.%s", run->path->costs[cost].name);
		if (!run_has_costs(run))
			why = run->merged.runs ? RUN_NOT_ALL : run_why_no_rows(run);
		else if (!path_charges(run->path, cost))
			why = "nothing on the path of its frames is charged to it";
		else if (!run_knows_cost(run, cost))
			why = "of no frame a stage is known that is charged to it";
		add_latency(making, of, also, &run->costs[cost], whole_ns, why);
	}
}

static void add_lost(struct making *making)
{
	const struct counts *counts = &making->run->counts;

	add_count(making, "lost", NULL, counts_lost(counts), NULL);
	for (unsigned int i = 0; i < N_LOSSES; i++) {
		if (losses[i].kind == LOSS)
			add_count(making, "lost", losses[i].name, counts_at(counts, i), NULL);
	}
}

/* Drops of the source, where that is another device than the one that is traced. */
static void add_source_drops(struct making *making)
{
	static const struct figure_rows none;
	const struct run *run = making->run;
	const struct dropped *dropped = &(making->rows ?: &none)->dropped;
	uint64_t missing = dropped_missing(dropped, run);
	const char *why = dropped_why(dropped, run);

	add_count(making, "drops", NULL, missing, why);
	add_share(making, "drops", (double)missing, (double)(missing + dropped->drops.frames),
		  run_why_no_rows(run) ?: why);
	add_count(making, "missing", NULL, missing, why);
	for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++)
		add_count(making, "drops", drop_cause_name(cause), 0, NO_CYCLES);
	add_count(making, "late", NULL, 0, NO_CYCLES);
}

/* Those of all devices together. */
static void add_device_drops(struct making *making)
{
	const struct run *run = making->run;
	const char *why = dropped_why(NULL, run);
	uint64_t causes[DROP_CAUSE_COUNT] = {0}, drops = 0, late = 0, frames = 0;
	uint64_t missing = dropped_missing(NULL, run);

	for (unsigned int i = 0; i < run->n_devices; i++) {
		for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
			uint64_t of = run->devices[i].drops[cause];

			causes[cause] += of;
			drops += of;
		}
		frames += run->devices[i].frames;
		late += run->devices[i].late;
	}
	add_count(making, "drops", NULL, drops, why);
	add_share(making, "drops", (double)drops, (double)(frames + missing), why);
	add_count(making, "missing", NULL, missing, why);
	for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++)
		add_count(making, "drops", drop_cause_name(cause), causes[cause], why);
	add_count(making, "late", NULL, late, why);
}

static void add_rate(struct making *making)
{
	const struct figure_rows *rows = making->rows;
	struct figure *fps = add(making, "fps", NULL, FIGURE_RATE);

	fps->known = rows && figure_rows_rate(rows, &fps->real);
	fps->why = run_why_no_rows(making->run);
	if (!fps->why)
		fps->why = making->run->warmup_rows
				   ? "there are less than two frames behind the warm-up"
				   : "there are less than two frames";
}

static void add_over(struct making *making)
{
	const struct run *run = making->run;
	const char *why = run_why_no_rows(run);

	if (!why && !run->facts.deadline_ns)
		why = "the run has no deadline: --deadline gives it one";
	else if (!why && !deadline_frames(run))
		why = run->warmup_rows ? "there is no frame behind the warm-up"
				       : "there is no frame";
	add_count(making, "over", NULL, run->over, why);
	add_share(making, "over", (double)run->over, (double)deadline_frames(run), why);
}

static void add_frames(struct making *making)
{
	const struct run *run = making->run;

	add_count(making, "frames", NULL, run_frames(run), NULL);
	add_count(making, "started", NULL, run->counts.of[VPIPE_COUNT_STARTED], NULL);
	add_rate(making);
	add_over(making);
	add_count(making, "errors", NULL, making->rows ? making->rows->errors : 0,
		  run_why_no_rows(run));
}

int figures_init(struct figures *figures, const struct run *run, const struct figure_rows *rows)
{
	struct making making = {.figures = figures, .run = run, .rows = rows};

	*figures = (struct figures){0};
	add_frames(&making);
	add_lost(&making);
	if (run->path->cycles)
		add_device_drops(&making);
	else
		add_source_drops(&making);
	add_stages(&making);
	add_costs(&making);
	return making.err;
}

void figures_free(struct figures *figures)
{
	for (size_t i = 0; i < figures->n; i++) {
		free(figures->all[i].name);
		free(figures->all[i].also);
	}
	free(figures->all);
	*figures = (struct figures){0};
}

/* Is @name the @whole one, or that without its first part? 2: the whole one. */
static unsigned int match(const char *whole, const char *name)
{
	if (!whole)
		return 0;
	if (!strcmp(whole, name))
		return 2;
	if (strncmp(whole, "cost.", 5) != 0 && strncmp(whole, "stage.", 6) != 0)
		return 0;
	return !strcmp(strchr(whole, '.') + 1, name);
}

const struct figure *figures_find(const struct figures *figures, const char *name, bool *ambiguous)
{
	const struct figure *found = NULL;

	*ambiguous = false;
	for (size_t i = 0; i < figures->n; i++) {
		const struct figure *figure = &figures->all[i];
		unsigned int is = match(figure->name, name), as = match(figure->also, name);

		if (is == 2 || as == 2) {
			*ambiguous = false;
			return figure;
		}
		if (!is && !as)
			continue;
		*ambiguous = found;
		found = figure;
	}
	return *ambiguous ? NULL : found;
}

const char *figures_nearest(const struct figures *figures, const char *name)
{
	const char **names = calloc(2 * figures->n + 1, sizeof(names[0]));
	const char *found;
	size_t n = 0;

	if (!names)
		return NULL;
	for (size_t i = 0; i < figures->n; i++) {
		const char *whole = figures->all[i].name;

		names[n++] = whole;
		if (match(whole, strchr(whole, '.') ? strchr(whole, '.') + 1 : whole) == 1)
			names[n++] = strchr(whole, '.') + 1;
	}
	found = nearest(name, names, n);
	free(names);
	return found;
}

/* @whole of a unit of @parts, without the zeros at the end. */
static void time_text(char text[FIGURE_TEXT], uint64_t ns, uint64_t parts, int digits,
		      const char *unit)
{
	char number[FIGURE_TEXT - 4];
	size_t length = (size_t)snprintf(number, sizeof(number), "%" PRIu64 ".%0*" PRIu64,
					 ns / parts, digits, ns % parts);

	while (number[length - 1] == '0')
		length--;
	if (number[length - 1] == '.')
		length--;
	snprintf(text, FIGURE_TEXT, "%.*s %s", (int)length, number, unit);
}

void figure_time_text(uint64_t ns, char text[FIGURE_TEXT])
{
	if (ns < NS_PER_US)
		snprintf(text, FIGURE_TEXT, "%" PRIu64 " ns", ns);
	else if (ns < 1000 * NS_PER_US)
		time_text(text, ns, NS_PER_US, 3, "us");
	else if (ns < NS_PER_SEC)
		time_text(text, ns, 1000 * NS_PER_US, 6, "ms");
	else
		time_text(text, ns, NS_PER_SEC, 9, "s");
}

void figure_text(const struct figure *figure, char text[FIGURE_TEXT])
{
	if (!figure->known)
		snprintf(text, FIGURE_TEXT, "-");
	else if (figure->kind == FIGURE_COUNT)
		snprintf(text, FIGURE_TEXT, "%" PRIu64, figure->whole);
	else if (figure->kind == FIGURE_SHARE)
		snprintf(text, FIGURE_TEXT, "%.3f %%", figure->real * 100);
	else if (figure->kind == FIGURE_RATE)
		snprintf(text, FIGURE_TEXT, "%.3f", figure->real);
	else
		figure_time_text(figure->whole, text);
}
