// SPDX-License-Identifier: MIT
/* cmd-top.c - vpipe-trace top: look at what runs, as it runs */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/newfile.h"
#include "loader/commands.h"
#include "loader/joining.h"
#include "loader/top/page.h"
#include "loader/top/page-tables.h"
#include "loader/top/terminal.h"

#define BATCH_ROWS 200 /* of a screen that is printed: more than there ever are */

struct cmd_top {
	struct run_options options;
	const char *output; /* what files of frames begin with */
	struct session session;
	struct joined joined;
	struct live live;
	struct live still; /* the figures of a pause */
	struct thread threads[VPIPE_MAX_THREADS];
	struct view view;
	struct canvas canvas;
	uint64_t screens; /* that were shown */
	uint64_t next_ns; /* when the next is due */
	bool draws; /* on the terminal */
	bool quit;
};

static void on_signal(void *arg, int signal, bool from_terminal)
{
	struct cmd_top *top = arg;

	(void)from_terminal;
	top->quit |= signal != SIGCHLD;
}

/*
 * A frame that is saved
 */

static void name_file(char *text, size_t size, const struct cmd_top *top, uint64_t frame)
{
	time_t began = (time_t)(top->session.run.facts.start_realtime_ns / NS_PER_SEC);
	char when[32] = "";
	struct tm tm;

	if (localtime_r(&began, &tm))
		strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm);
	snprintf(text, size, "%s%s-%s-%" PRIu64 ".jsonl", strchr(top->output, '/') ? "" : "bench/",
		 top->output, when, frame);
}

/* What export --jsonl would write of it. NULL: no memory. */
static char *json_of(const struct run *run, const struct frame *frame, size_t *size)
{
	static const struct sink *const list[] = {&sink_jsonl, NULL};
	struct sink_place place = {0};
	struct sinks *sinks;
	char *text = NULL;
	bool failed;

	place.out = open_memstream(&text, size);
	if (!place.out)
		return NULL;
	failed = sinks_open(&sinks, list, run, &place);
	if (!failed) {
		sinks_frame(sinks, frame);
		failed = sinks_finish(sinks, run);
	}
	failed |= fclose(place.out) != 0;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_file(const char *path, const char *text, size_t size)
{
	struct newfile file = {.fd = -1};
	int err = newfile_open(&file, path);

	if (err)
		return err;
	err = newfile_write(&file, text, size);
	if (!err)
		return newfile_commit(&file);
	newfile_abort(&file);
	return err;
}

static void save(struct cmd_top *top)
{
	const struct frame *frame = worst_get(&top->view.live->slowest, page_chosen(&top->view));
	char path[PATH_MAX];
	size_t size = 0;
	char *text;
	int err;

	if (!frame)
		return;
	name_file(path, sizeof(path), top, frame->number);
	text = json_of(&top->session.run, frame, &size);
	if (!strchr(top->output, '/'))
		mkdir("bench", 0777);
	err = text ? write_file(path, text, size) : -ENOMEM;
	free(text);
	if (err)
		snprintf(top->view.message, sizeof(top->view.message), "cannot write %.80s: %s",
			 path, strerror(-err));
	else
		snprintf(top->view.message, sizeof(top->view.message),
			 "frame %" PRIu64 " is in %.100s", frame->number, path);
}

/*
 * Keys
 */

static void pause_or_go_on(struct cmd_top *top)
{
	top->view.paused = !top->view.paused;
	if (top->view.paused)
		live_copy(&top->still, &top->live);
	top->view.live = top->view.paused ? &top->still : &top->live;
	if (!top->view.paused)
		top->next_ns = 0;
}

static void reset(struct cmd_top *top)
{
	if (top->view.paused)
		pause_or_go_on(top);
	live_reset(&top->live, trace_now(top->session.trace));
	top->view.has_chosen = false;
	top->next_ns = 0;
}

/* The one that is @step further down, and stays the chosen one wherever it comes to be. */
static void choose(struct cmd_top *top, int step)
{
	struct view *view = &top->view;
	unsigned int i = page_chosen(view);
	const struct frame *frame;

	if (step < 0 && i)
		i--;
	else if (step > 0 && i + 1 < view->live->slowest.n)
		i++;
	frame = worst_get(&view->live->slowest, i);
	view->has_chosen = frame;
	view->chosen = frame ? frame->number : 0;
}

static void on_key(struct cmd_top *top, int key)
{
	*top->view.message = '\0';
	if (top->view.help && key != 'q' && key != KEY_OF_SIZE) {
		top->view.help = false;
		return;
	}
	switch (key) {
	case 'q':
	case 'Q':
		top->quit = true;
		break;
	case 'h':
	case '?':
		top->view.help = true;
		break;
	case 'p':
	case ' ':
		pause_or_go_on(top);
		break;
	case 's':
		top->view.order = (top->view.order + 1) % PAGE_N_ORDERS;
		break;
	case 'r':
		reset(top);
		break;
	case 'w':
		save(top);
		break;
	case KEY_OF_UP:
	case 'k':
		choose(top, -1);
		break;
	case KEY_OF_DOWN:
	case 'j':
		choose(top, 1);
		break;
	}
}

/* Returns whether there were any. */
static bool take_keys(struct cmd_top *top)
{
	bool any = false;
	int key;

	while (!top->quit && (key = terminal_key()) != KEY_OF_NONE) {
		on_key(top, key);
		any = true;
	}
	return any;
}

/*
 * Screens
 */

/* The figures as they are by now; of a second that is over all frames have come. */
static int look(struct cmd_top *top)
{
	struct counts counts = {0};
	uint64_t now = trace_now(top->session.trace);
	int err = trace_drain(top->session.trace);

	if (err < 0)
		return err;
	err = trace_losses(top->session.trace, counts.of, &counts.missed_events);
	if (err)
		return err;
	live_lost(&top->live, counts_lost(&counts));
	live_threads(&top->live, top->threads, trace_living(top->session.trace, now, top->threads));
	if (!top->view.paused)
		top->view.now = now;
	return 0;
}

static int fit_canvas(struct cmd_top *top, unsigned int rows, unsigned int columns)
{
	if (top->canvas.cells && top->canvas.rows == rows && top->canvas.columns == columns)
		return 0;
	canvas_free(&top->canvas);
	return canvas_init(&top->canvas, rows, columns, terminal_is_utf8());
}

static int draw(struct cmd_top *top)
{
	unsigned int rows, columns;
	int err;

	terminal_size(&rows, &columns);
	err = fit_canvas(top, rows, columns);
	if (err)
		return err;
	page_draw(&top->canvas, &top->view);
	terminal_show(&top->canvas);
	return 0;
}

static int print(struct cmd_top *top)
{
	const struct canvas *canvas = &top->canvas;
	int err = fit_canvas(top, BATCH_ROWS, screen_columns());

	if (err)
		return err;
	page_draw(&top->canvas, &top->view);
	if (top->screens > 1)
		putchar('\n');
	for (unsigned int row = 0; row < canvas_used(canvas); row++) {
		for (unsigned int column = 0; column < canvas_width(canvas, row); column++) {
			const char *text = canvas_cell(canvas, row, column)->text;

			fputs(*text ? text : " ", stdout);
		}
		putchar('\n');
	}
	fflush(stdout);
	top->quit |= top->screens == top->options.screens || ferror(stdout);
	return 0;
}

/* At each whole interval since tracing began, so that the last second is the one just over. */
static bool is_due(struct cmd_top *top)
{
	uint64_t interval = top->options.interval * NS_PER_SEC;
	uint64_t start_ns = top->session.run.facts.start_ns, now = clock_ns();

	if (now < top->next_ns)
		return false;
	top->next_ns = start_ns + ((now - start_ns) / interval + 1) * interval;
	return true;
}

static int wait_ms(const struct cmd_top *top)
{
	uint64_t now = clock_ns();

	return top->next_ns > now ? (int)((top->next_ns - now) / 1000000) + 1 : 0;
}

/* One turn: until something is to be done, and that. */
static int turn(struct cmd_top *top)
{
	bool ours = top->draws && terminal_is_ours(), changed = false, due;
	int err = 0;

	top->session.input = ours ? STDIN_FILENO : -1;
	session_wait(&top->session, wait_ms(top), on_signal, top);
	ours = top->draws && terminal_is_ours();
	if (ours) {
		changed = take_keys(top);
		top->quit |= terminal_is_gone();
	}
	due = is_due(top);
	if (top->quit)
		return 0;
	if (due) {
		top->screens++;
		err = look(top);
	}
	if (!err && ours && (due || changed))
		err = draw(top);
	else if (!err && !top->draws && due)
		err = print(top);
	return err;
}

static int follow(struct cmd_top *top)
{
	int err = top->draws ? terminal_open() : 0;

	if (err)
		return err;
	live_reset(&top->live, top->session.run.facts.start_ns);
	/* with a first look there is something to see; what is printed has a whole interval */
	top->view.now = top->live.since_ns;
	top->next_ns = top->draws ? 0 : top->live.since_ns + top->options.interval * NS_PER_SEC;
	while (!err && !top->quit)
		err = turn(top);
	terminal_close();
	if (err)
		msg_errno(err, NULL, "cannot look at what was counted");
	return err;
}

static void close_top(struct cmd_top *top)
{
	session_close(&top->session);
	live_free(&top->live);
	live_free(&top->still);
	canvas_free(&top->canvas);
}

static int look_on(struct cmd_top *top)
{
	int err = live_init(&top->still, &top->session.run);

	if (err)
		msg_errno(err, NULL, "cannot look on");
	else
		err = follow(top);
	session_stop(&top->session);
	if (err || session_read(&top->session))
		return EXIT_FAILED;
	return session_print(&top->session);
}

int cmd_top(int argc, char **argv)
{
	static const struct sink *const sinks[] = {&sink_live, NULL};
	struct cmd_top *top = calloc(1, sizeof(*top));
	int status = EXIT_FAILED;

	if (!top) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	top_options_parse(&top->options, argc, argv);
	top->output = top->options.output ? top->options.output : "top";
	top->options.output = NULL; /* there are no files of a run */
	setlocale(LC_CTYPE, "");
	top->draws = !top->options.screens;
	top->session.sinks = sinks;
	top->session.place.live = &top->live;
	top->view = (struct view){.live = &top->live,
				  .seconds = (unsigned int)top->options.interval,
				  .has_keys = top->draws};
	if ((!top->draws || !terminal_check()) && !join(&top->joined, &top->session, &top->options))
		status = look_on(top);
	close_top(top);
	free(top);
	return status;
}
