// SPDX-License-Identifier: MIT
/*
 * meter.c - see meter.h
 *
 * What is traced is fixed when the programs are loaded. So when the devices are others than before,
 * one session ends and the next begins; what passes in between is not seen.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "kmod/vpipe.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "loader/host/cards.h"
#include "loader/host/present.h"
#include "loader/host/privileges.h"
#include "loader/joining.h"
#include "loader/meter.h"
#include "loader/trace/load.h"

#define LOOK_MS	 1000 /* from one look at the devices to the next; the ring is emptied then, too */
#define AGAIN_NS (60 * NS_PER_SEC) /* what could not be started is tried again */
#define CALM_NS \
	(3 * NS_PER_SEC) /* from one session to the next: a loose cable is no reason for more */
#define SAID 512

/* What is recorded, or would be. */
struct scene {
	struct run_options options; /* as they are for the devices that are there */
	struct joined joined;
	uint64_t ids[VPIPE_MAX_DEVICES];
};

struct left_on {
	const struct run_options *options; /* as they were given */
	struct meter meter;
	struct scene *scene, *next; /* what is recorded, and room for what may be */
	struct session session;
	bool recording; /* a session goes on */
	uint64_t began_ns; /* when the last one began; 0: there was none */
	uint64_t mark; /* of the devices when they were looked for */
	uint64_t again_ns; /* when they are looked for anyway; 0: not before they change */
	uint64_t start_ns, due_ns; /* when it began, and when the file is to be written */
	char said[SAID]; /* why nothing is recorded, as it was said last; "": something is */
	bool ended; /* by a signal */
};

int meter_write(struct meter *meter, struct session *session)
{
	int err = session ? session_look(session) : 0;

	if (!err)
		err = tally_copy(&meter->all, &meter->before);
	if (!err && session)
		err = tally_add(&meter->all, &session->run);
	if (!err)
		meter_file_write(&meter->file, &meter->all);
	return err;
}

int meter_keep(struct meter *meter, const struct session *session)
{
	return tally_add(&meter->before, &session->run);
}

void meter_free(struct meter *meter)
{
	tally_free(&meter->before);
	tally_free(&meter->all);
	meter_file_close(&meter->file);
}

/*
 * What there is
 */

/*
 * Leave out of the request what is not there: the others are recorded meanwhile. Returns which one, if
 * any. Where nothing is named and there is no node of ours it is all cameras.
 */
static const char *leave_out_absent(struct request *request)
{
	const char *absent = NULL;
	unsigned int n = request->n_devices;
	char card[NODE_PATH];

	request->n_devices = 0;
	for (unsigned int i = 0; i < n; i++) {
		const char *name = request->devices[i];

		if (!strcmp(name, ROUTE_ANY) || present_named(name))
			request->devices[request->n_devices++] = name;
		else
			absent = name;
	}
	if (request->display && card_find(request->display, card)) {
		absent = *request->display ? request->display : "a display";
		request->display = NULL;
	}
	if (!n && !request->display && !absent && !present_named(VPIPE_NAME))
		request->devices[request->n_devices++] = ROUTE_ANY;
	request->vpipe = request->n_devices ? request->devices[0] : NULL;
	return absent;
}

static int find_devices(const struct left_on *on, struct scene *scene)
{
	const char *absent;
	int err;

	*scene = (struct scene){.options = *on->options};
	scene->options.quiet = true; /* no line of its own on the terminal */
	absent = leave_out_absent(&scene->options.request);
	if (absent && !scene->options.request.n_devices && !scene->options.request.display) {
		msg_error("there is no %s", absent);
		return -ENODEV;
	}
	err = join_find(&scene->joined, &scene->options);
	for (unsigned int i = 0; !err && i < scene->joined.nodes.n_devices; i++)
		scene->ids[i] = present_id(scene->joined.nodes.devices[i]);
	if (!err && !scene->joined.nodes.n_devices)
		scene->ids[0] = present_id(scene->joined.nodes.vpipe);
	return err;
}

static bool is_same(const struct scene *one, const struct scene *other)
{
	const struct nodes *nodes = &one->joined.nodes;

	if (nodes->n_devices != other->joined.nodes.n_devices ||
	    memcmp(one->ids, other->ids, sizeof(one->ids)) != 0)
		return false;
	for (unsigned int i = 0; i < nodes->n_devices; i++) {
		if (strcmp(nodes->devices[i], other->joined.nodes.devices[i]))
			return false;
	}
	return true;
}

/*
 * Sessions
 */

static void say_recording(const struct left_on *on)
{
	const struct nodes *nodes = &on->scene->joined.nodes;

	msg_note("recording %s%s", nodes->vpipe,
		 nodes->n_devices > 1 ? ", and others of those that were named" : "");
}

/* Why nothing is, or can be: once, until something else is the reason. */
static void say_waiting(struct left_on *on, const char *why)
{
	if (strcmp(on->said, why) != 0)
		msg_note("waiting for devices: %s", why);
	snprintf(on->said, sizeof(on->said), "%s", why);
}

/* What it counted stays. A session that cannot be read any more ends it all. */
static int end_session(struct left_on *on)
{
	int err;

	if (!on->recording)
		return 0;
	on->recording = false;
	session_stop(&on->session);
	err = session_read(&on->session);
	if (!err)
		err = meter_keep(&on->meter, &on->session);
	session_close(&on->session);
	return err;
}

static int begin_session(struct left_on *on)
{
	static const struct sink *const none[] = {NULL};
	int err;

	on->session = (struct session){.sinks = none};
	err = join_found(&on->scene->joined, &on->session, &on->scene->options);
	if (err) {
		session_close(&on->session);
		return err;
	}
	on->recording = true;
	on->began_ns = clock_ns();
	*on->said = '\0';
	say_recording(on);
	return 0;
}

static void take_next(struct left_on *on)
{
	struct scene *scene = on->scene;

	on->scene = on->next;
	on->next = scene;
}

/* May it be otherwise a moment later? Not what was asked for, nor whether this machine can do it. */
static bool may_come(int err)
{
	return err == -ENODEV || err == -ENOENT || err == -ENXIO || err == -EACCES || err == -EIO ||
	       err == -EBUSY;
}

/* What is wrong from the beginning ends it, with @why; what goes wrong later is waited for. */
static int wait_for(struct left_on *on, int err, const char *why)
{
	if (!on->began_ns && !may_come(err) && present_mark() == on->mark) {
		msg_error("%s", why);
		return err;
	}
	say_waiting(on, why);
	tally_rest(&on->meter.before);
	on->again_ns = clock_ns() + AGAIN_NS;
	return 0;
}

static int start_next(struct left_on *on)
{
	char why[SAID];
	int err = end_session(on);

	if (err)
		return err;
	take_next(on);
	msg_keep(why, sizeof(why));
	err = begin_session(on);
	msg_keep(NULL, 0);
	return err ? wait_for(on, err, why) : 0;
}

/* The devices may be others: look for them, and record those that there are. */
static int follow_devices(struct left_on *on)
{
	char why[SAID];
	int err;

	on->mark = present_mark();
	on->again_ns = 0;
	on->due_ns = 0; /* series begin and end at once */
	msg_keep(why, sizeof(why));
	err = find_devices(on, on->next);
	msg_keep(NULL, 0);
	if (!err && on->recording && is_same(on->scene, on->next))
		return 0;
	if (!err)
		return start_next(on);
	return end_session(on) ?: wait_for(on, err, why);
}

/*
 * Its time
 */

static void on_signal(void *arg, int signal, bool from_terminal)
{
	struct left_on *on = arg;

	(void)from_terminal;
	on->ended |= signal != SIGCHLD;
}

static void set_of_ends(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* A session takes them by itself; between two they wait. */
static void block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is an error of write() */
	signal(SIGINT, SIG_DFL); /* a shell's background job has it ignored */
	set_of_ends(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void wait_without_session(struct left_on *on, int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
	sigset_t set;

	set_of_ends(&set);
	if (sigtimedwait(&set, NULL, &time) > 0)
		on->ended = true;
}

static bool is_over(const struct left_on *on, uint64_t now)
{
	return on->ended ||
	       (on->options->duration_ns && now >= on->start_ns + on->options->duration_ns);
}

static int write_if_due(struct left_on *on, uint64_t now)
{
	uint64_t interval = on->options->interval_s * NS_PER_SEC;

	if (now < on->due_ns)
		return 0;
	on->due_ns = on->start_ns + ((now - on->start_ns) / interval + 1) * interval;
	return meter_write(&on->meter, on->recording ? &on->session : NULL);
}

static bool is_changed(const struct left_on *on, uint64_t now)
{
	if (on->began_ns && now < on->began_ns + CALM_NS)
		return false;
	return present_mark() != on->mark || (on->again_ns && now >= on->again_ns);
}

/* Until something is to be done, ms. */
static int time_left(const struct left_on *on)
{
	uint64_t now = clock_ns(), until = now + LOOK_MS * (NS_PER_SEC / 1000);
	uint64_t end = on->start_ns + on->options->duration_ns;

	if (until > on->due_ns)
		until = on->due_ns;
	if (on->options->duration_ns && until > end)
		until = end;
	return until > now ? (int)((until - now) / (NS_PER_SEC / 1000)) + 1 : 0;
}

/* One turn: a second, and what is to be done then. */
static int turn(struct left_on *on)
{
	uint64_t now = clock_ns();
	int err = is_changed(on, now) ? follow_devices(on) : 0;

	if (!err)
		err = write_if_due(on, now);
	if (err || on->ended)
		return err;
	if (on->recording)
		session_wait(&on->session, time_left(on), on_signal, on);
	else
		wait_without_session(on, time_left(on));
	return 0;
}

/* With a time of its own it is a measurement, whose result is left; else it would look alive. */
static int finish(struct left_on *on)
{
	int err = end_session(on);

	if (err || on->ended)
		meter_file_remove(&on->meter.file);
	else
		err = meter_write(&on->meter, NULL);
	return err ?: on->meter.file.err;
}

static int begin(struct left_on *on)
{
	int err = privileges_init();
	struct utsname kernel;

	if (on->options->quiet)
		msg_quiet();
	if (!uname(&kernel))
		tally_measures(&on->meter.before, NULL, kernel.release);
	if (!err)
		err = meter_file_open(&on->meter.file, on->options->metrics);
	if (!err)
		err = trace_check();
	block_signals();
	on->start_ns = clock_ns();
	return err ?: follow_devices(on);
}

static int stay(struct left_on *on)
{
	int err = begin(on);

	while (!err && !is_over(on, clock_ns()))
		err = turn(on);
	if (!err)
		return finish(on);
	if (on->recording)
		session_close(&on->session);
	meter_file_remove(&on->meter.file);
	return err;
}

int meter_run(const struct run_options *options)
{
	struct left_on *on = calloc(1, sizeof(*on));
	int err = -ENOMEM;

	if (on) {
		on->options = options;
		on->meter.file.folder = -1;
		on->scene = calloc(1, sizeof(*on->scene));
		on->next = calloc(1, sizeof(*on->next));
	}
	if (on && on->scene && on->next)
		err = stay(on);
	else
		msg_errno(ENOMEM, NULL, "no memory");
	if (on) {
		meter_free(&on->meter);
		free(on->scene);
		free(on->next);
	}
	free(on);
	return err ? EXIT_FAILED : EXIT_GOOD;
}
