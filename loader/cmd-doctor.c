// SPDX-License-Identifier: MIT
/*
 * cmd-doctor.c - vpipe-trace doctor: what can be measured here, and how to get the rest
 *
 * It does what a run does, as far as that changes nothing: loads the programs, attaches
 * them, opens what a run opens. What it cannot look at that way it does not call good.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kmod/vpipe.h"
#include "loader/commands.h"
#include "loader/doctor-nodes.h"
#include "loader/doctor-say.h"
#include "loader/host/host.h"
#include "loader/host/modules.h"
#include "loader/host/nodes.h"
#include "loader/host/programs.h"
#include "loader/host/video.h"
#include "loader/paths/device.h"
#include "loader/paths/vpipe.h"
#include "loader/print-json.h"
#include "loader/trace/trace.h"
#include "loader/trace/load.h"
#include "lib/args.h"
#include "lib/devices.h"
#include "lib/heap.h"
#include "lib/msg.h"

/* What may work here. */
enum work {
	RUN, /* vpipe-trace run */
	RECORD_OWN, /* vpipe-trace record, of our node */
	RECORD, /* of any other */
	N_WORKS,
};

struct doctor {
	bool verbose;
	json_t *json; /* all that is said; NULL: it is said in text */
	const char *device; /* the node that is asked about; NULL: a run */
	enum work work; /* that is asked about */
	struct video *videos;
	size_t n_videos;
	int buffer_err; /* the asked node gave no buffer */
	bool tried; /* to load and attach the programs */
	struct finding parts[TRACE_N_PARTS]; /* what became of it */
	struct finding device_programs; /* of those for devices of any driver */
	struct finding counters;
};

struct check {
	const char *name;
	enum severity severity[N_WORKS];
	void (*look)(const struct doctor *doctor, struct finding *finding);
	const char *without; /* what is lost */
};

static void set(struct finding *finding, enum outcome outcome, const char *why)
{
	finding->outcome = outcome;
	snprintf(finding->why, sizeof(finding->why), "%s", why);
}

static void look_rights(const struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	if (!host_may(HOST_BPF, finding->why))
		finding->outcome = LACKING;
	else if (host_first_user_namespace() == HOST_UNKNOWN)
		set(finding, UNSEEN,
		    "without /proc a user namespace cannot be told from the machine's");
	else
		set(finding, THERE, geteuid() ? "CAP_BPF, CAP_PERFMON" : "root");
}

static bool is_securityfs_mounted(void)
{
	struct statfs fs;

	return !statfs("/sys/kernel/security", &fs) && fs.f_type == SECURITYFS_MAGIC;
}

/* The mode is for people: whether programs may read memory is tried. */
static void look_lockdown(const struct doctor *doctor, struct finding *finding)
{
	const char *mode = host_lockdown();

	(void)doctor;
	if (load_check_reading(finding->why))
		finding->outcome = LACKING;
	else if (mode && !strcmp(mode, "none"))
		set(finding, THERE, "none");
	else if (mode)
		host_add(finding->why, "%s: it takes signed modules only", mode);
	else if (!is_securityfs_mounted())
		set(finding, UNSEEN,
		    "securityfs is not mounted: mount -t securityfs none "
		    "/sys/kernel/security");
	else
		set(finding, THERE, "this kernel has none");
}

static void look_btf(const struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	if (load_check_btf(finding->why))
		finding->outcome = LACKING;
}

static void look_part(const struct doctor *doctor, enum trace_part part, struct finding *finding)
{
	if (!doctor->tried ||
	    (part != TRACE_LOADED && doctor->parts[TRACE_LOADED].outcome != THERE))
		set(finding, UNSEEN, "the programs are not loaded");
	else
		*finding = doctor->parts[part];
}

static void look_programs(const struct doctor *doctor, struct finding *finding)
{
	if (doctor->tried)
		look_part(doctor, TRACE_LOADED, finding);
	else if (load_check_rights(finding->why))
		finding->outcome = LACKING;
	else
		set(finding, UNSEEN, "not tried without the kernel's BTF");
}

static void look_module(const char *name, struct finding *finding)
{
	switch (modules_look(name, finding->why)) {
	case MODULE_LOADED:
		set(finding, THERE, "loaded");
		break;
	case MODULE_LOADABLE:
		set(finding, THERE, "installed, not loaded");
		host_add(finding->why, "%s", modules_note());
		break;
	case MODULE_MISSING:
		finding->outcome = LACKING;
		break;
	}
}

static void look_vpipe(const struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	look_module("vpipe", finding);
}

static void look_vivid(const struct doctor *doctor, struct finding *finding)
{
	(void)doctor;
	look_module("vivid", finding);
}

/* What the module brings is not there before it is. */
static bool comes_later(struct finding *finding)
{
	char why[HOST_WHY];

	if (modules_look("vpipe", why) == MODULE_LOADED)
		return false;
	set(finding, UNSEEN, "seen once the module vpipe is loaded: sudo modprobe vpipe");
	return true;
}

static void look_events(const struct doctor *doctor, struct finding *finding)
{
	if (!comes_later(finding))
		look_part(doctor, TRACE_EVENTS, finding);
}

static void look_node(const struct doctor *doctor, struct finding *finding)
{
	char path[64], why[HOST_WHY];
	int err;

	(void)doctor;
	if (comes_later(finding))
		return;
	err = device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, path, sizeof(path));
	if (!err) {
		set(finding, THERE, path);
		return;
	}
	finding->outcome = LACKING;
	host_why_device(err, why);
	host_add(finding->why, "%s%s%s", strerror(-err), *why ? "; " : "", why);
}

static void look_meta(const struct doctor *doctor, struct finding *finding)
{
	char why[HOST_WHY];
	int fd, err;

	(void)doctor;
	if (comes_later(finding))
		return;
	fd = open(VPIPE_META_PATH, O_RDONLY | O_CLOEXEC);
	err = errno;
	if (fd >= 0) {
		close(fd);
		return;
	}
	finding->outcome = LACKING;
	host_why_device(err, why);
	host_add(finding->why, "%s%s%s", strerror(err), *why ? "; " : "", why);
}

static void look_tools(const struct doctor *doctor, struct finding *finding)
{
	static const char *const tools[] = {"vpipe-capture-m2m", "vpipe-meta-drain"};
	char tool[PATH_MAX], path[PATH_MAX];

	(void)doctor;
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		int err = program_find(program_tool(tools[i], tool), path);

		if (!err)
			continue;
		finding->outcome = LACKING;
		host_add(finding->why, "%s%s: %s", *finding->why ? "; " : "", tools[i],
			 err == -ENOENT ? "neither beside vpipe-trace nor in PATH"
					: strerror(-err));
	}
}

/* As long as nobody has loaded videobuf2, its types and events are not there to be looked at. */
static bool is_without_vb2(struct finding *finding)
{
	if (load_find_vb2() != TYPES_NOT_LOADED)
		return false;
	set(finding, UNSEEN, "seen once videobuf2 is loaded, by any camera's driver");
	return true;
}

static void look_source(const struct doctor *doctor, struct finding *finding)
{
	if (!is_without_vb2(finding))
		look_part(doctor, TRACE_SOURCE, finding);
}

/* There are nodes, and none whose driver uses it: what is traced are V4L2's own events. */
static bool needs_no_vb2(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_videos; i++) {
		if (doctor->videos[i].facts.vb2 != VIDEO_NO)
			return false;
	}
	return doctor->n_videos;
}

static void look_device(const struct doctor *doctor, struct finding *finding)
{
	if (!needs_no_vb2(doctor) && is_without_vb2(finding))
		return;
	if (doctor->tried)
		*finding = doctor->device_programs;
	else
		set(finding, UNSEEN, "the programs are not loaded");
}

static void look_asked(const struct doctor *doctor, struct finding *finding)
{
	if (is_without_vb2(finding))
		return;
	look_part(doctor, TRACE_SOURCE, finding);
	if (finding->outcome != LACKING)
		look_part(doctor, TRACE_ASKED, finding);
}

static void look_copies(const struct doctor *doctor, struct finding *finding)
{
	look_part(doctor, TRACE_COPIES, finding);
}

static void look_interrupts(const struct doctor *doctor, struct finding *finding)
{
	look_part(doctor, TRACE_INTERRUPTS, finding);
}

static void look_heap(const struct doctor *doctor, struct finding *finding)
{
	static const char *const paths[] = {HEAP_DEFAULT, HEAP_UDMABUF};
	char why[HOST_WHY];

	(void)doctor;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int err = access(paths[i], R_OK | W_OK) ? errno : 0;

		if (!err) {
			set(finding, THERE, paths[i]);
			return;
		}
		finding->outcome = LACKING;
		host_why_device(err, why);
		host_add(finding->why, "%s%s: %s%s%s", i ? "; " : "", paths[i], strerror(err),
			 *why ? "; " : "", why);
	}
	if (modules_look("udmabuf", why) == MODULE_LOADABLE)
		host_add(finding->why, "; modprobe udmabuf");
}

static void look_hardware(const struct doctor *doctor, struct finding *finding)
{
	char why[COUNTERS_WHY];
	struct counters counters;

	(void)doctor;
	counters_parse(&counters, "hardware", why);
	if (!counters.n)
		set(finding, LACKING, counters.why);
	for (unsigned int i = 0; i < counters.n; i++)
		host_add(finding->why, "%s%s", i ? ", " : "", counters.which[i].name);
}

static void look_counters(const struct doctor *doctor, struct finding *finding)
{
	look_part(doctor, TRACE_LOADED, finding);
	if (finding->outcome == THERE)
		*finding = doctor->counters;
}

static const struct check checks[] = {
	{"rights", {NEEDED, NEEDED, NEEDED}, look_rights, NULL},
	{"kernel lockdown", {NEEDED, NEEDED, NEEDED}, look_lockdown, NULL},
	{"kernel BTF", {NEEDED, NEEDED, NEEDED}, look_btf, NULL},
	{"BPF programs", {NEEDED, NEEDED, NEEDED}, look_programs, NULL},
	{"module vpipe", {NEEDED, NEEDED, UNUSED}, look_vpipe, NULL},
	{"trace events", {NEEDED, NEEDED, UNUSED}, look_events, NULL},
	{"vpipe's node", {NEEDED, NEEDED, UNUSED}, look_node, NULL},
	{VPIPE_META_PATH, {NEEDED, UNUSED, UNUSED}, look_meta, NULL},
	{"capture tools", {NEEDED, UNUSED, UNUSED}, look_tools, NULL},
	{"V4L2 events", {UNUSED, UNUSED, NEEDED}, look_device, NULL},
	{"module vivid",
	 {WANTED, UNUSED, UNUSED},
	 look_vivid,
	 "no test source, name a camera with --source"},
	{"source stages", {WANTED, WANTED, UNUSED}, look_source, "they stay empty"},
	{"asking a source", {WANTED, WANTED, UNUSED}, look_asked, "its dwell is not known"},
	{"copies (probes)",
	 {WANTED, UNUSED, UNUSED},
	 look_copies,
	 "the application's copies count as its own time"},
	{"interrupts as wakers",
	 {WANTED, WANTED, WANTED},
	 look_interrupts,
	 "taken for the tasks that they interrupt"},
	{"DMA heap or udmabuf", {WANTED, UNUSED, UNUSED}, look_heap, "no fixtures"},
	{"counters", {WANTED, WANTED, WANTED}, look_counters, "--counters none only"},
	{"hardware counters", {WANTED, WANTED, WANTED}, look_hardware, "their columns stay empty"},
};

#define N_CHECKS (sizeof(checks) / sizeof(checks[0]))

static void on_lack(void *arg, enum trace_part part, const char *why)
{
	struct doctor *doctor = arg;

	set(&doctor->parts[part], LACKING, why);
}

static void no_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	(void)frame;
}

/* Load all programs, those for the counters if @counted, and attach them: they see nothing. */
static int try_programs(struct doctor *doctor, bool counted)
{
	static char tool[PATH_MAX];
	struct trace_options options = {
		.programs = vpipe_programs,
		.config.want_source = true,
		.config.source_minor = -1,
		.copy_probes = program_tool("vpipe-capture-m2m", tool),
		.config.ring_bytes = 1 << 20,
		.verbose = doctor->verbose,
		.frame = no_frame,
		.lacks = on_lack,
		.arg = doctor,
	};
	struct trace *trace;
	char why[COUNTERS_WHY];
	int err;

	memset(doctor->parts, 0, sizeof(doctor->parts));
	counters_parse(&options.counters, counted ? "page_faults" : "none", why);
	err = trace_open(&trace, &options);
	if (err)
		return err;
	trace_attach(trace);
	trace_close(trace);
	return 0;
}

static void on_device_lack(void *arg, enum trace_part part, const char *why)
{
	struct doctor *doctor = arg;

	(void)part;
	set(&doctor->device_programs, LACKING, why);
}

/* The same of those for devices of any driver, as far as there are any. */
static void try_device(struct doctor *doctor)
{
	const struct trace_options options = {
		.programs = needs_no_vb2(doctor) ? novb2_programs : device_programs,
		.config.cycles = true,
		.config.source_minor = -1,
		.config.ring_bytes = 1 << 20,
		.verbose = doctor->verbose,
		.frame = no_frame,
		.lacks = on_device_lack,
		.arg = doctor,
	};
	struct trace *trace;

	if (!needs_no_vb2(doctor) && load_find_vb2() == TYPES_NOT_LOADED)
		return;
	if (trace_open(&trace, &options))
		return;
	doctor->device_programs =
		(struct finding){.outcome = THERE}; /* interrupts are a check of their own */
	trace_attach(trace);
	trace_close(trace);
}

/* If it fails with the counters, is it because of them? */
static void try_all(struct doctor *doctor)
{
	char why[HOST_WHY];

	if (load_check_btf(why) || load_check_rights(why))
		return;
	doctor->tried = true;
	try_device(doctor);
	if (!try_programs(doctor, true))
		return;
	doctor->counters = doctor->parts[TRACE_LOADED];
	try_programs(doctor, false);
}

/* What @findings come to for each of @works; of one that is lacking, why has the names. */
static void judge(const struct finding *findings, struct finding works[N_WORKS])
{
	for (size_t i = 0; i < N_CHECKS; i++) {
		enum outcome outcome = findings[i].outcome;

		for (enum work work = 0; work < N_WORKS; work++) {
			struct finding *it = &works[work];

			if (checks[i].severity[work] != NEEDED)
				continue;
			if (outcome == LACKING)
				host_add(it->why, "%s%s", *it->why ? ", " : " without ",
					 checks[i].name);
			if (outcome > it->outcome)
				it->outcome = outcome;
		}
	}
}

/* The best that one of the nodes comes to: the one asked about, or any that is not ours. */
static void judge_nodes(const struct doctor *doctor, struct finding *record)
{
	enum video_answer best = VIDEO_NO;
	unsigned int n = 0;

	for (size_t i = 0; i < doctor->n_videos; i++) {
		enum video_answer has = node_has_stages(&doctor->videos[i]);

		if (!doctor->device && node_is_own(&doctor->videos[i]))
			continue;
		best = has == VIDEO_YES || best == VIDEO_NO ? has : best;
		n++;
	}
	if (best == VIDEO_NO && record->outcome != LACKING)
		set(record, LACKING,
		    doctor->device ? ": see its stages"
		    : n		   ? ": see the nodes' stages"
				   : ": there is no node of another driver than vpipe");
	else if (best == VIDEO_UNKNOWN && record->outcome == THERE)
		record->outcome = UNSEEN;
}

static void say_nodes(const struct doctor *doctor)
{
	json_t *all = doctor->json ? json_array() : NULL;

	if (!all)
		puts(doctor->n_videos ? "\nnodes" : "\nnodes: none");
	for (size_t i = 0; i < doctor->n_videos; i++) {
		json_t *node = all ? json_object() : NULL;

		node_print(&doctor->videos[i], doctor->device, doctor->buffer_err, node);
		if (all)
			json_array_append_new(all, node);
	}
	if (all)
		json_object_set_new(doctor->json, "nodes", all);
}

static void say_cards(const struct doctor *doctor)
{
	json_t *all = doctor->json ? json_array() : NULL;

	if (!doctor->device)
		cards_print(all);
	if (all)
		json_object_set_new(doctor->json, "cards", all);
}

static int examine(const struct doctor *doctor)
{
	static const int statuses[] = {
		[THERE] = EXIT_GOOD, [UNSEEN] = EXIT_INCOMPLETE, [LACKING] = EXIT_FAILED};
	static struct finding findings[N_CHECKS], works[N_WORKS];

	for (size_t i = 0; i < N_CHECKS; i++) {
		checks[i].look(doctor, &findings[i]);
		if (checks[i].severity[doctor->work] != UNUSED)
			doctor_say_check(doctor->json, checks[i].name, checks[i].without,
					 checks[i].severity[doctor->work], &findings[i]);
	}
	say_nodes(doctor);
	say_cards(doctor);
	judge(findings, works);
	judge_nodes(doctor, &works[doctor->device ? doctor->work : RECORD]);
	if (!doctor->json)
		putchar('\n');
	if (doctor->device) {
		doctor_say_verdict(doctor->json, "record", doctor->videos->facts.path,
				   &works[doctor->work]);
	} else {
		doctor_say_verdict(doctor->json, "run", NULL, &works[RUN]);
		doctor_say_verdict(doctor->json, "record", "NODE", &works[RECORD]);
	}
	return statuses[works[doctor->work].outcome];
}

enum {
	OPT_JSON = 256,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct doctor *doctor = state->input;

	switch (key) {
	case 'd':
		if (!*arg)
			args_fail("--device: the name of the node is empty");
		if (doctor->device)
			args_fail("--device: one node, or without it all of them");
		doctor->device = arg;
		return 0;
	case 'v':
		doctor->verbose = true;
		return 0;
	case OPT_JSON:
		if (!doctor->json)
			doctor->json = json_object();
		return 0;
	case ARGP_KEY_ARG:
		args_fail("doctor takes no arguments, not '%.40s'", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option options_table[] = {
	{"device", 'd', "NODE", 0, "this node only, a path or the beginning of its sysfs name", 0},
	{"verbose", 'v', NULL, 0, "show what libbpf and the verifier say", 0},
	{"json", OPT_JSON, NULL, 0, "the same for programs", 0},
	{0},
};

static const struct argp argp = {
	.options = options_table,
	.parser = parse,
	.doc = "Say what this machine can measure, and how to get what it can't. It tries what a "
	       "run does: loads and attaches all BPF programs, opens what a run opens. Nothing is "
	       "traced, and no module is loaded. Each video node is opened and asked what it is: "
	       "who streams from it is not disturbed. With -d it is asked for a buffer as well, "
	       "if nobody uses it."
	       "\vFIELDS of a check\n"
	       "  ok       it is there\n"
	       "  MISSING  a run needs it; the line says why it is not there, and the way out\n"
	       "  without  a run works, less is known; the line says what\n"
	       "  unknown  it could not be looked at; the line says why\n"
	       "\n"
	       "  With -d it is a recording of that node that needs it.\n"
	       "\n"
	       "FIELDS of a node, a few lines each\n"
	       "  vb2         whether videobuf2 has its buffers: stages are told by its events\n"
	       "  timestamps  their clock, and of what: soe start of exposure, eof end of it\n"
	       "  stages      what of its frames can be measured\n"
	       "  nodrop      what uvcvideo makes of a bad frame: its module's parameter\n"
	       "\n"
	       "  And two lines a card that has displays: record --display.\n"
	       "\n"
	       "EXAMPLES\n"
	       "  vpipe-trace doctor --json | jq '.verdicts[] | {verb, can}'\n"
	       "  sudo vpipe-trace doctor               what a run by root finds here\n"
	       "  vpipe-trace doctor                    what one by this user would\n"
	       "  sudo vpipe-trace doctor -d /dev/video0\n"
	       "                                        can that camera be recorded?\n"
	       "  sudo modprobe -a vpipe vivid && sudo vpipe-trace doctor\n"
	       "                                        with all that modules bring\n"
	       "\n"
	       "Exit status: 0 a run can work here, 1 it cannot, 2 usage, 3 what it needs\n"
	       "could not all be looked at. With -d it is about a recording of that node,\n"
	       "which takes no module of vpipe's; without, it never is: the last line says\n"
	       "whether there is a node that can be recorded.",
};

/* The node that is asked about, or all. Returns 0 or -errno, having said why. */
static int find_nodes(struct doctor *doctor)
{
	char path[NODE_PATH];
	int err;

	if (!doctor->device) {
		err = videos_find(&doctor->videos, &doctor->n_videos);
		if (err)
			msg_errno(err, NULL, "cannot look for video nodes");
		return err;
	}
	err = node_find(doctor->device, NULL, 0, 0, path);
	if (err)
		return err;
	doctor->videos = calloc(1, sizeof(*doctor->videos));
	if (!doctor->videos) {
		msg_errno(ENOMEM, NULL, "cannot look at %s", path);
		return -ENOMEM;
	}
	err = video_look(path, doctor->videos);
	if (err)
		return err;
	doctor->n_videos = 1;
	doctor->work = node_is_own(doctor->videos) ? RECORD_OWN : RECORD;
	if (doctor->videos->facts.vb2 !=
	    VIDEO_NO) /* buffers of others are shared by all its files */
		doctor->buffer_err = video_look_at_buffer(doctor->videos);
	return 0;
}

int cmd_doctor(int argc, char **argv)
{
	static struct doctor doctor;
	struct utsname kernel;
	int status = EXIT_FAILED;

	args_run(&argp, argc, argv, &doctor);
	uname(&kernel);
	if (!find_nodes(&doctor)) {
		doctor_say_kernel(doctor.json, kernel.release, kernel.machine);
		try_all(&doctor);
		status = examine(&doctor);
		if (doctor.json && print_json(json_incref(doctor.json), "what was found"))
			status = EXIT_FAILED;
	}
	json_decref(doctor.json);
	free(doctor.videos);
	return status;
}
