// SPDX-License-Identifier: MIT
/* page-tables.c - costs, stages, threads and the slowest frames, see page-tables.h */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/clock.h"
#include "lib/duration.h"
#include "loader/sinks/table.h"
#include "loader/top/page-tables.h"

#define NAME	  20 /* columns of the first one */
#define TIME	  (DURATION_COLUMNS + 2)
#define PERCENT	  8
#define BEHIND	  (1 + NAME + 3 * TIME + PERCENT + 2) /* where a bar begins */
#define BAR	  40
#define CHARGED	  20
#define MAX_LINES MAX_STAGES

_Static_assert(MAX_COSTS <= MAX_LINES, "there is a line for each");

/* A line of costs or stages. */
struct line {
	const char *name;
	const char *charged_to; /* of a stage */
	const struct vpipe_hist *hist; /* since the reset */
	uint64_t last_ns, last_frames;
	enum style style;
	unsigned int number; /* as it is passed */
};

struct lines {
	struct line all[MAX_LINES];
	unsigned int n;
};

void page_right(struct canvas *canvas, enum style style, const char *text, unsigned int columns)
{
	unsigned int width = 0;

	for (const char *at = text; *at; at++)
		width += (*at & 0xc0) != 0x80; /* a byte within a character has no column */
	if (width < columns)
		canvas->column += columns - width;
	canvas_put(canvas, style, "%s", text);
}

static void put_percent(struct canvas *canvas, double part, double of)
{
	char text[16] = "-";

	if (of > 0)
		snprintf(text, sizeof(text), "%.1f%%", part / of * 100);
	page_right(canvas, STYLE_PLAIN, text, PERCENT);
}

static void put_time(struct canvas *canvas, uint64_t ns, bool known)
{
	char text[DURATION_TEXT] = "-";

	page_right(canvas, STYLE_PLAIN, known ? duration_text(ns, text) : text, TIME);
}

/* The colour of a cost, the same as in tables. */
static enum style hue(const struct path *path, unsigned int cost)
{
	enum screen_style style = table_hue(path, cost);

	return style < SCREEN_HUES ? STYLE_FAINT : STYLE_HUES + (style - SCREEN_HUES);
}

/* Does @line come before @other? */
static bool is_before(const struct line *line, const struct line *other, enum page_order order)
{
	uint64_t ns = line->hist->range.total_ns, other_ns = other->hist->range.total_ns;

	if (order == PAGE_BY_LAST) {
		ns = line->last_ns;
		other_ns = other->last_ns;
	}
	if (order == PAGE_BY_PATH || ns == other_ns)
		return line->number < other->number;
	return ns > other_ns;
}

static void add_line(struct lines *lines, const struct line *line, enum page_order order)
{
	unsigned int at = lines->n;

	if (!line->hist->range.total_ns && !line->last_ns)
		return; /* no frame has it */
	for (; at && is_before(line, &lines->all[at - 1], order); at--)
		lines->all[at] = lines->all[at - 1];
	lines->all[at] = *line;
	lines->n++;
}

static void find_costs(const struct view *view, struct lines *lines)
{
	const struct path *path = view->live->run->path;
	struct live_sums last;

	lines->n = 0;
	live_sum(view->live, view->now, 0, view->seconds, &last);
	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		add_line(lines,
			 &(struct line){.name = path->costs[cost].name,
					.hist = live_cost(view->live, cost),
					.last_ns = last.cost_ns[cost],
					.last_frames = last.frames,
					.style = hue(path, cost),
					.number = cost},
			 view->order);
}

static void find_stages(const struct view *view, struct lines *lines)
{
	const struct path *path = view->live->run->path;
	struct live_sums last;

	lines->n = 0;
	live_sum(view->live, view->now, 0, view->seconds, &last);
	for (unsigned int stage = 0; stage < path->n_stages; stage++)
		add_line(lines,
			 &(struct line){.name = path->stages[stage].name,
					.charged_to = path->stages[stage].charged_to,
					.hist = live_stage(view->live, stage),
					.last_ns = last.stages[stage].ns,
					.last_frames = last.stages[stage].frames,
					.style = hue(path, path->stages[stage].running),
					.number = stage},
			 view->order);
}

/* The head of a table, whose rows that do not fit are said. */
static void draw_head(struct canvas *canvas, const struct page_table *table, const char *name,
		      const char *rest)
{
	char first[40];

	snprintf(first, sizeof(first), "%s", name);
	if (table->rows < table->has)
		snprintf(first, sizeof(first), "%s (%u of %u)", name, table->rows, table->has);
	canvas_at(canvas, canvas->row, 1);
	canvas_put(canvas, STYLE_HEAD, "%-*s%s", NAME, first, rest);
	canvas_row_style(canvas, canvas->row, STYLE_HEAD);
}

static void draw_line(struct canvas *canvas, const struct view *view, const struct line *line)
{
	struct latency latency = latency_of(line->hist);
	double all = (double)live_e2e(view->live)->range.total_ns;
	unsigned int room = canvas->columns - BEHIND - 1;

	canvas_at(canvas, canvas->row + 1, 1);
	canvas_name(canvas, STYLE_PLAIN, line->name, NAME);
	canvas->column = 1 + NAME;
	put_time(canvas, line->last_frames ? line->last_ns / line->last_frames : 0,
		 line->last_frames);
	put_time(canvas, latency.p50_ns, latency.count);
	put_time(canvas, latency.p99_ns, latency.count);
	put_percent(canvas, (double)latency.total_ns, all);
	canvas->column = BEHIND;
	if (line->charged_to) {
		canvas_name(canvas, STYLE_FAINT, line->charged_to, CHARGED);
		canvas->column = BEHIND + CHARGED;
		room = room > CHARGED + 8 ? room - CHARGED : 0;
	}
	if (all > 0)
		canvas_bar(canvas, line->style, (double)latency.total_ns / all,
			   room < BAR ? room : BAR);
}

static void draw_lines(struct canvas *canvas, const struct view *view,
		       const struct page_table *table, const struct lines *lines)
{
	for (unsigned int i = 0; i < table->rows && i < lines->n; i++)
		draw_line(canvas, view, &lines->all[i]);
}

/* The heads of the columns of times. */
static void put_times_head(struct canvas *canvas, const struct view *view,
			   const struct page_table *table, const char *name, const char *behind)
{
	char last[24] = "LAST SEC", text[80];

	if (view->seconds > 1)
		snprintf(last, sizeof(last), "LAST %u S", view->seconds);
	snprintf(text, sizeof(text), "%*s%*s%*s%*s  %s", TIME, last, TIME, "P50", TIME, "P99",
		 PERCENT, "SHARE", behind);
	draw_head(canvas, table, name, text);
}

static void draw_costs(struct canvas *canvas, const struct view *view,
		       const struct page_table *table)
{
	struct lines lines;

	find_costs(view, &lines);
	put_times_head(canvas, view, table, "COST", "");
	draw_lines(canvas, view, table, &lines);
}

static void draw_stages(struct canvas *canvas, const struct view *view,
			const struct page_table *table)
{
	struct lines lines;

	find_stages(view, &lines);
	put_times_head(canvas, view, table, "STAGE", "CHARGED TO");
	draw_lines(canvas, view, table, &lines);
}

/* "interrupt", "idle", a name, or "thread 4711" */
static void put_peer(struct canvas *canvas, const struct live *live, unsigned int tid)
{
	const char *kind = frame_peer_kind(tid);
	char name[VPIPE_COMM_LEN + 1] = "";

	if (!kind)
		live_name(live, tid, name);
	if (kind)
		canvas_put(canvas, STYLE_PLAIN, "%s", kind);
	else if (*name)
		canvas_name(canvas, STYLE_PLAIN, name, VPIPE_COMM_LEN);
	else
		canvas_put(canvas, STYLE_PLAIN, "thread %u", tid);
}

static void draw_thread(struct canvas *canvas, const struct view *view,
			const struct live_thread *thread)
{
	double share = 0;
	const struct vpipe_peer *waker = live_waker(&thread->thread, &share);
	char tid[16];

	canvas_at(canvas, canvas->row + 1, 1);
	canvas_name(canvas, STYLE_PLAIN, thread->thread.comm, VPIPE_COMM_LEN);
	snprintf(tid, sizeof(tid), "%u", thread->thread.tid);
	canvas->column = 1 + VPIPE_COMM_LEN;
	page_right(canvas, STYLE_FAINT, tid, 9);
	put_percent(canvas, (double)thread->oncpu_ns, (double)thread->ns);
	put_percent(canvas, (double)thread->runq_ns, (double)thread->ns);
	put_percent(canvas, (double)thread->blocked_ns, (double)thread->ns);
	canvas_put(canvas, STYLE_PLAIN, "  ");
	if (!waker)
		return;
	put_peer(canvas, view->live, waker->tid);
	canvas_put(canvas, STYLE_PLAIN, " %.0f%%", share * 100);
}

/* Who runs most is the first. Returns how many there are. */
static unsigned int find_threads(const struct live *live,
				 const struct live_thread *found[VPIPE_MAX_THREADS])
{
	for (unsigned int i = 0; i < live->n_threads; i++) {
		const struct live_thread *thread = &live->threads[i];
		unsigned int at = i;

		for (; at && found[at - 1]->oncpu_ns < thread->oncpu_ns; at--)
			found[at] = found[at - 1];
		found[at] = thread;
	}
	return live->n_threads;
}

static void draw_threads(struct canvas *canvas, const struct view *view,
			 const struct page_table *table)
{
	const struct live_thread *threads[VPIPE_MAX_THREADS];
	unsigned int n = find_threads(view->live, threads);
	char text[80];

	snprintf(text, sizeof(text), "%*s%*s%*s%*s  %s", VPIPE_COMM_LEN + 9 - NAME, "TID", PERCENT,
		 "ON CPU", PERCENT, "WAITING", PERCENT, "ASLEEP", "WOKEN BY");
	draw_head(canvas, table, "THREAD", text);
	for (unsigned int i = 0; i < table->rows && i < n; i++)
		draw_thread(canvas, view, threads[i]);
}

/* Where the largest cost of @frame was, and who woke whom it waited for. */
static void put_cause(struct canvas *canvas, const struct view *view, const struct frame *frame)
{
	const struct path *path = view->live->run->path;
	unsigned int cost = frame_largest_cost(frame, path);
	struct part part = frame_part(frame, path, cost);
	const struct vpipe_wake *wake;

	canvas_put(canvas, hue(path, cost), "%s", path->costs[cost].name);
	canvas_put(canvas, STYLE_PLAIN, " %.0f%%",
		   frame->e2e_ns ? (double)frame->costs[cost] / (double)frame->e2e_ns * 100 : 0);
	if (part.stage >= path->n_stages)
		return;
	canvas_put(canvas, STYLE_PLAIN, ", %s", path->stages[part.stage].name);
	if (part.kind != PART_WHOLE)
		canvas_put(canvas, STYLE_PLAIN, ", %s", table_part_text(frame, path, &part));
	wake = &frame->stages[part.stage].wake;
	if (!wake->seen || canvas->column + 40 > canvas->columns)
		return;
	canvas_put(canvas, STYLE_PLAIN, ", woken by ");
	put_peer(canvas, view->live, wake->waker);
	canvas_put(canvas, STYLE_PLAIN, " on CPU %u", wake->cpu_after);
}

static void draw_slow(struct canvas *canvas, const struct view *view, unsigned int i)
{
	const struct frame *frame = worst_get(&view->live->slowest, i);
	uint64_t end_ns = frame->start_ns + frame->e2e_ns;
	char text[24];

	canvas_at(canvas, canvas->row + 1, 0);
	canvas_put(canvas, STYLE_STRONG, "%s",
		   view->has_keys && i == page_chosen(view) ? ">" : " ");
	snprintf(text, sizeof(text), "%" PRIu64, frame->number);
	canvas_put(canvas, STYLE_PLAIN, "%-9s", text);
	put_time(canvas, frame->e2e_ns, true);
	snprintf(text, sizeof(text), "%" PRIu64 " s",
		 (uint64_t)(view->now > end_ns ? (view->now - end_ns) / NS_PER_SEC : 0));
	page_right(canvas, STYLE_PLAIN, text, 8);
	canvas_put(canvas, STYLE_PLAIN, "  ");
	put_cause(canvas, view, frame);
}

unsigned int page_chosen(const struct view *view)
{
	const struct worst *slowest = &view->live->slowest;

	for (unsigned int i = 0; view->has_chosen && i < slowest->n; i++) {
		if (worst_get(slowest, i)->number == view->chosen)
			return i;
	}
	return 0;
}

/* The chosen one is among those that are drawn. */
static void draw_slowest(struct canvas *canvas, const struct view *view,
			 const struct page_table *table)
{
	unsigned int chosen = page_chosen(view);
	unsigned int first = chosen >= table->rows ? chosen + 1 - table->rows : 0;
	char text[80];

	snprintf(text, sizeof(text), "%*s  %s", 9 + TIME + 8 - NAME, "AGO", "LARGEST COST");
	draw_head(canvas, table, "SLOWEST", text);
	for (unsigned int i = 0; i < table->rows; i++)
		draw_slow(canvas, view, first + i);
}

void page_tables(const struct view *view, struct page_table tables[PAGE_N_TABLES])
{
	struct lines lines;

	memset(tables, 0, PAGE_N_TABLES * sizeof(tables[0]));
	find_costs(view, &lines);
	tables[PAGE_COSTS] = (struct page_table){.has = lines.n, .least = 4, .draw = draw_costs};
	find_stages(view, &lines);
	tables[PAGE_STAGES] = (struct page_table){.has = lines.n, .least = 4, .draw = draw_stages};
	tables[PAGE_THREADS] =
		(struct page_table){.has = view->live->n_threads, .least = 2, .draw = draw_threads};
	tables[PAGE_SLOWEST] =
		(struct page_table){.has = view->live->slowest.n, .least = 3, .draw = draw_slowest};
}
