// SPDX-License-Identifier: MIT
/* page.c - see page.h */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/clock.h"
#include "lib/duration.h"
#include "loader/top/page.h"
#include "loader/top/page-tables.h"

#define HEAD_ROWS 4 /* above the tables */

static const char *const orders[PAGE_N_ORDERS] = {"share", "last second", "path"};

/* "1:02:03" */
static void put_clock(struct canvas *canvas, enum style style, uint64_t ns)
{
	uint64_t seconds = ns / NS_PER_SEC;

	canvas_put(canvas, style, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600,
		   seconds / 60 % 60, seconds % 60);
}

/* The devices, as they are passed; of our own node, which is none of these, its path. */
static void put_devices(struct canvas *canvas, const struct run *run)
{
	const struct run_facts *facts = &run->facts;
	const char *between = path_is_chain(run->path) ? " > " : ", ";

	if (!run->n_devices) {
		canvas_name(canvas, STYLE_TITLE, facts->vpipe ? facts->vpipe : "vpipe", 24);
		return;
	}
	for (unsigned int i = 0; i < run->n_devices; i++) {
		if (i)
			canvas_put(canvas, STYLE_TITLE, "%s", between);
		canvas_name(canvas, STYLE_TITLE, run->devices[i].node, 16);
		if (canvas->column + 28 > canvas->columns && i + 1 < run->n_devices) {
			canvas_put(canvas, STYLE_TITLE, " and %u more", run->n_devices - i - 1);
			break;
		}
	}
}

static void draw_title(struct canvas *canvas, const struct view *view)
{
	const struct run *run = view->live->run;

	canvas_at(canvas, 0, 1);
	canvas_put(canvas, STYLE_TITLE, "vpipe-trace top  ");
	put_devices(canvas, run);
	canvas_put(canvas, STYLE_TITLE, "  ");
	put_clock(canvas, STYLE_TITLE, view->now - run->facts.start_ns);
	if (view->paused)
		canvas_put(canvas, STYLE_TITLE, "  PAUSED");
	if (view->has_keys) {
		canvas_at(canvas, 0, canvas->columns - 15);
		canvas_put(canvas, STYLE_TITLE, "h help  q quit");
	}
	canvas_row_style(canvas, 0, STYLE_TITLE);
}

static enum style bad_if(bool bad)
{
	return bad ? STYLE_BAD : STYLE_PLAIN;
}

/* How many were under way, on the average of the last seconds: by Little's law the sum of their times. */
static void put_depth(struct canvas *canvas, const struct path *path, const struct live_sums *last,
		      unsigned int seconds)
{
	unsigned int queue = path_queue(path);
	double ns = (double)seconds * NS_PER_SEC;

	canvas_put(canvas, STYLE_PLAIN, "%.2f frames", (double)last->e2e_ns / ns);
	if (queue < path->n_stages)
		canvas_put(canvas, STYLE_PLAIN, ", in the queue %.2f",
			   (double)last->stages[queue].ns / ns);
}

/* How many frames came, in the last seconds and since the reset. */
static void draw_frames(struct canvas *canvas, const struct view *view)
{
	const struct live *live = view->live;
	uint64_t lost = live->lost - live->lost_before;
	struct live_sums last;
	bool known = live_sum(live, view->now, 0, view->seconds, &last);

	canvas_at(canvas, 1, 1);
	if (known)
		canvas_put(canvas, STYLE_STRONG, "%.1f frames/s",
			   (double)last.frames / view->seconds);
	else
		canvas_put(canvas, STYLE_STRONG, "- frames/s");
	canvas_put(canvas, STYLE_PLAIN, "   %" PRIu64 " in ", live->frames);
	put_clock(canvas, STYLE_PLAIN, view->now - live->since_ns);
	canvas_put(canvas, bad_if(lost), "   lost %" PRIu64, lost);
	canvas_put(canvas, STYLE_PLAIN, "   depth ");
	if (known)
		put_depth(canvas, live->run->path, &last, view->seconds);
	else
		canvas_put(canvas, STYLE_PLAIN, "-");
}

/* What never came, and why, and how near that is; nothing of our own node, which numbers no frames. */
static void draw_drops(struct canvas *canvas, const struct view *view)
{
	const struct live *live = view->live;
	const char *between = ": ";
	struct live_sums last;
	uint64_t all = 0;

	if (!live->run->n_devices)
		return;
	for (enum drop_cause cause = 0; cause < DROP_CAUSE_COUNT; cause++)
		all += live->drops[cause];
	canvas_at(canvas, 2, 1);
	canvas_put(canvas, bad_if(live->late > live->late_before), "late %" PRIu64,
		   live->late - live->late_before);
	canvas_put(canvas, bad_if(all), "   dropped %" PRIu64, all);
	for (enum drop_cause cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
		if (!live->drops[cause])
			continue;
		canvas_put(canvas, STYLE_PLAIN, "%s%s %" PRIu64, between, drop_cause_name(cause),
			   live->drops[cause]);
		between = ", ";
	}
	live_sum(live, view->now, 0, view->seconds, &last);
	if (!last.cycles)
		return;
	canvas_put(canvas, STYLE_PLAIN, "   buffers left %.1f, ",
		   (double)last.left / (double)last.cycles);
	canvas_put(canvas, bad_if(!last.least), "least %" PRIu64, last.least);
}

/* The longest frame of each second of the last minute, or of each few where there is no room. */
static void put_minute(struct canvas *canvas, const struct view *view)
{
	unsigned int room = canvas->columns - canvas->column; /* PAGE_COLUMNS leave some */
	unsigned int each = (LIVE_MINUTE + room - 1) / room, n = LIVE_MINUTE / each;
	struct live_sums sums;
	uint64_t top;

	live_sum(view->live, view->now, 0, LIVE_MINUTE, &sums);
	top = sums.max_ns;
	canvas->column += room - n;
	while (n--) {
		live_sum(view->live, view->now, n * each, each, &sums);
		if (sums.frames)
			canvas_spark(canvas, sums.drops ? STYLE_BAD : STYLE_HUES + 1, sums.max_ns,
				     top);
		else
			canvas->column++;
	}
}

static void put_time(struct canvas *canvas, const char *what, const struct latency *e2e,
		     uint64_t ns)
{
	char text[DURATION_TEXT] = "-";

	canvas_put(canvas, STYLE_PLAIN, " %s ", what);
	page_right(canvas, STYLE_STRONG, e2e->count ? duration_text(ns, text) : text,
		   DURATION_COLUMNS);
}

static void draw_e2e(struct canvas *canvas, const struct view *view)
{
	struct latency e2e = latency_of(live_e2e(view->live));

	canvas_at(canvas, 3, 0);
	put_time(canvas, "end to end p50", &e2e, e2e.p50_ns);
	put_time(canvas, " p99", &e2e, e2e.p99_ns);
	put_time(canvas, " max", &e2e, e2e.max_ns);
	canvas->column++;
	put_minute(canvas, view);
}

/* Each table its rows; where there is no room for all, one after the other gets one more. */
static bool share_rows(struct page_table tables[PAGE_N_TABLES], unsigned int room)
{
	unsigned int used = PAGE_N_TABLES, before;
	bool all = true;

	for (int i = 0; i < PAGE_N_TABLES; i++) {
		tables[i].rows = tables[i].has < tables[i].least ? tables[i].has : tables[i].least;
		used += tables[i].rows;
	}
	do {
		before = used;
		for (int i = 0; i < PAGE_N_TABLES; i++) {
			if (used < room && tables[i].rows < tables[i].has) {
				tables[i].rows++;
				used++;
			}
		}
	} while (used > before);
	for (int i = 0; i < PAGE_N_TABLES; i++)
		all &= tables[i].rows == tables[i].has;
	return all && used + PAGE_N_TABLES <= room; /* with an empty row before each */
}

static void draw_tables(struct canvas *canvas, const struct view *view)
{
	struct page_table tables[PAGE_N_TABLES];
	unsigned int row = HEAD_ROWS;
	bool airy;

	page_tables(view, tables);
	airy = share_rows(tables, canvas->rows - HEAD_ROWS - view->has_keys);
	for (int i = 0; i < PAGE_N_TABLES; i++) {
		if (!tables[i].rows)
			continue;
		row += airy;
		canvas_at(canvas, row, 0);
		tables[i].draw(canvas, view, &tables[i]);
		row += 1 + tables[i].rows;
	}
}

/* Nothing can be said, yet. */
static void draw_empty(struct canvas *canvas)
{
	canvas_at(canvas, HEAD_ROWS + 1, 1);
	canvas_put(canvas, STYLE_PLAIN,
		   "No frame has come yet: nothing streams there, or those that "
		   "do were queued before.");
}

static void draw_keys(struct canvas *canvas, const struct view *view)
{
	canvas_at(canvas, canvas->rows - 1, 1);
	if (*view->message)
		canvas_put(canvas, STYLE_STRONG, "%s", view->message);
	else
		canvas_put(canvas, STYLE_FAINT,
			   "s sort: %-11s  p %s  r reset  Up Down choose  w save frame",
			   orders[view->order], view->paused ? "go on" : "pause");
}

static void draw_help(struct canvas *canvas)
{
	static const char *const lines[] = {
		"q Ctrl-C     quit                p space  pause: the figures stand still, while",
		"h ?          this                         tracing goes on",
		"s            costs and stages by share, by the last second, or along the path",
		"r            reset: all but the last minute begins anew",
		"Up Down k j  choose one of the slowest frames     w  write it to a file",
		"",
		"frames/s     in the last second; behind it: all since the reset, which was when",
		"lost         what could not be recorded since then, for whatever reason",
		"late         frames more than 1.5 periods behind the one before, none missing",
		"dropped      frames that never came, or came in vain, and why",
		"depth        frames under way, on the average of the last second",
		"buffers left to the driver when a frame was done: at 0 it may drop the next",
		"end to end   since the reset; behind it the longest frame of each second of the",
		"             last minute, from nothing to the longest of all; red: some dropped",
		"LAST SEC     mean of the frames of the last second",
		"P50 P99      of all since the reset; SHARE of their time from end to end",
		"THREAD       what each did since the last look, and who woke it most often",
		"SLOWEST      since the reset: the largest cost of each, and in which stage that",
		"             was most; AGO: when it ended",
	};

	for (unsigned int i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		canvas_at(canvas, 2 + i, 1);
		canvas_put(canvas, STYLE_PLAIN, "%s", lines[i]);
	}
}

static void draw_too_small(struct canvas *canvas)
{
	canvas_put(canvas, STYLE_PLAIN, "vpipe-trace top needs %dx%d,", PAGE_COLUMNS, PAGE_ROWS);
	canvas_at(canvas, 1, 0);
	canvas_put(canvas, STYLE_PLAIN, "this terminal has %ux%u.", canvas->columns, canvas->rows);
	canvas_at(canvas, 2, 0);
	canvas_put(canvas, STYLE_PLAIN, "q quits");
}

void page_draw(struct canvas *canvas, const struct view *view)
{
	canvas_clear(canvas);
	if (canvas->rows < PAGE_ROWS || canvas->columns < PAGE_COLUMNS) {
		draw_too_small(canvas);
		return;
	}
	draw_title(canvas, view);
	if (view->help) {
		draw_help(canvas);
		return;
	}
	draw_frames(canvas, view);
	draw_drops(canvas, view);
	draw_e2e(canvas, view);
	if (view->live->run->rows)
		draw_tables(canvas, view);
	else
		draw_empty(canvas);
	if (view->has_keys)
		draw_keys(canvas, view);
}
