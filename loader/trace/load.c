// SPDX-License-Identifier: MIT
/* load.c - see load.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "loader/trace/load.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/host/video.h"

#define BTF_FOLDER  "/sys/kernel/btf"
#define SPARE_FILES 32 /* the ring's, the probes', those that libbpf opens in between */

static bool verbose;
static char complaint[256]; /* the first one of libbpf, or the verifier's verdict */
static bool has_verdict;

/* The line of a verifier's log that says what it did not like: the last but statistics. */
static void take_verdict(const char *log, const char *end)
{
	static const char *const statistics[] = {"processed ", "verification time", "stack depth"};
	const char *best = log;
	size_t length;

	for (const char *line = log; line < end; line += strcspn(line, "\n") + 1) {
		bool skip = *line == '\n' || *line == ';';

		for (size_t i = 0; i < sizeof(statistics) / sizeof(statistics[0]); i++)
			skip |= !strncmp(line, statistics[i], strlen(statistics[i]));
		if (!skip)
			best = line;
	}
	length = strcspn(best, "\n");
	has_verdict = true;
	snprintf(complaint + strlen(complaint), sizeof(complaint) - strlen(complaint), ": %.*s",
		 (int)length, best);
}

/* "libbpf: prog 'NAME': -- BEGIN PROG LOAD LOG --\n...-- END PROG LOAD LOG --\n", or anything. */
static void remember(const char *text)
{
	const char *log = strstr(text, "-- BEGIN PROG LOAD LOG --\n");
	const char *end = strstr(text, "-- END PROG LOAD LOG --");
	char raw[sizeof(complaint)];

	if (!strncmp(text, "libbpf: ", 8))
		text += 8;
	if (log && end && !has_verdict) {
		snprintf(complaint, sizeof(complaint), "%.*s",
			 (int)(strcspn(text, ":") < 64 ? strcspn(text, ":") : 64), text);
		take_verdict(strchr(log, '\n') + 1, end);
	} else if (!*complaint) {
		snprintf(complaint, sizeof(complaint), "%.*s", (int)strcspn(text, "\n"), text);
	}
	memcpy(raw, complaint, sizeof(raw));
	text_of(complaint, sizeof(complaint), raw, NULL);
}

__attribute__((format(printf, 2, 0))) static int listen(enum libbpf_print_level level,
							const char *fmt, va_list ap)
{
	va_list again;
	char *text;

	if (level == LIBBPF_WARN) {
		va_copy(again, ap);
		if (vasprintf(&text, fmt, again) >= 0) {
			if (!strstr(text, "Retrying without BTF")) /* of a map: nobody misses it */
				remember(text);
			free(text);
		}
		va_end(again);
	}
	return verbose && level <= LIBBPF_INFO ? vfprintf(stderr, fmt, ap) : 0;
}

void load_listen(bool talk)
{
	verbose = talk;
	libbpf_set_print(listen);
	load_forget();
}

void load_forget(void)
{
	*complaint = '\0';
	has_verdict = false;
}

static int try_load(const struct bpf_insn *program, size_t n)
{
	int fd =
		bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "vpipe_check", "GPL", program, n, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int load_nothing(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return try_load(program, sizeof(program) / sizeof(program[0]));
}

/* bpf_probe_read_kernel(stack, 8, 0) */
static int load_reader(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_1, .imm = -8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = 8},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return try_load(program, sizeof(program) / sizeof(program[0]));
}

void load_why_error(int err, char why[HOST_WHY])
{
	char refused[HOST_WHY];

	*why = '\0';
	host_why_refused(err, refused);
	host_add(why, "%s%s%s", strerror(abs(err)), *refused ? "; " : "", refused);
}

/* Nothing but a load shows whether this process may. */
int load_check_rights(char why[HOST_WHY])
{
	char lacks[HOST_WHY];
	int err = load_nothing();

	*why = '\0';
	if (!err)
		return 0;
	if ((err == -EPERM || err == -EACCES) && !host_may(HOST_BPF, lacks))
		host_add(why, "%s; %s", strerror(-err), lacks);
	else
		load_why_error(err, why);
	return err;
}

int load_check_reading(char why[HOST_WHY])
{
	const char *mode = host_lockdown();
	int err = load_reader();

	*why = '\0';
	if (!err || load_nothing())
		return 0; /* or it is something else */
	host_add(why,
		 "the kernel is locked down%s%s: BPF programs may not read its memory; boot it "
		 "without lockdown=confidentiality",
		 mode ? ", lockdown=" : "", mode ?: "");
	return err;
}

int load_check_btf(char why[HOST_WHY])
{
	int err = access(BTF_FOLDER "/vmlinux", R_OK) ? -errno : 0;

	*why = '\0';
	if (!err)
		return 0;
	host_add(why, "%s; ", strerror(-err));
	if (err != -ENOENT)
		host_add(why, "this user may not read it");
	else if (access("/sys/kernel", F_OK))
		host_add(why, "/sys is not mounted here");
	else
		host_add(why, "boot a kernel that is built with CONFIG_DEBUG_INFO_BTF");
	return err;
}

/* libbpf opens the types of all modules while it loads. */
static unsigned int count_btf(void)
{
	DIR *folder = opendir(BTF_FOLDER);
	unsigned int n = 0;

	while (folder && readdir(folder))
		n++;
	if (folder)
		closedir(folder);
	return n;
}

int load_check_files(const struct bpf_object *obj, char why[HOST_WHY])
{
	unsigned int n = SPARE_FILES + count_btf();
	struct bpf_program *program;
	struct bpf_map *map;
	int err;

	bpf_object__for_each_program(program, obj) {
		n += bpf_program__autoload(program) ? 2 : 0; /* itself and what it is attached by */
	}
	bpf_object__for_each_map(map, obj)
	{
		n++;
	}
	err = host_room_for_files(n);
	*why = '\0';
	if (err == -EMFILE)
		host_add(why,
			 "%s; it takes up to %u beside those that are open, and ulimit -n is %lu",
			 strerror(-err), n, host_max_files());
	else if (err)
		load_why_error(err, why);
	return err;
}

bool load_has_vb2(const struct btf *btf)
{
	return btf && btf__find_by_name_kind(btf, "vb2_buffer", BTF_KIND_STRUCT) > 0;
}

/* All names that the kernel's types have, one behind the other, in *@size bytes to be freed. NULL: no. */
static char *read_names(size_t *size)
{
	int fd = open(BTF_FOLDER "/vmlinux", O_RDONLY | O_CLOEXEC);
	struct btf_header head;
	size_t got = 0;
	char *names;

	if (fd < 0 || read(fd, &head, sizeof(head)) != sizeof(head)) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	names = malloc(head.str_len);
	while (names && got < head.str_len) {
		ssize_t n = pread(fd, names + got, head.str_len - got,
				  (off_t)(head.hdr_len + head.str_off + got));

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	close(fd);
	*size = got;
	return names;
}

/*
 * Only whether the name is there: to take all types apart costs half as much as loading all programs
 * does, and what is asked for is called as nothing else is.
 */
bool load_has_function(const char *function)
{
	size_t size = 0, length = strlen(function) + 1;
	char *names = read_names(&size);
	bool has = false;

	for (char *at = names; names && !has && at;) {
		at = memmem(at, size - (size_t)(at - names), function, length);
		has = at && at > names && !at[-1]; /* the whole of a name */
		at = at ? at + 1 : NULL;
	}
	free(names);
	return has;
}

bool load_has_types(const char *module)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), BTF_FOLDER "/%s", module);
	return !access(path, F_OK);
}

/* Its module's BTF, where there is one, has them: to read it all would cost each run as much again. */
enum load_types load_find_vb2(void)
{
	enum load_types where = TYPES_NOT_LOADED;
	struct btf *kernel;

	if (!access(BTF_FOLDER "/" VIDEO_VB2_TYPES, F_OK))
		return host_module(VIDEO_VB2) == HOST_NO ? TYPES_NOT_LOADED : TYPES_IN_MODULE;
	kernel = btf__load_vmlinux_btf();
	if (!kernel)
		where = TYPES_UNREAD;
	else if (load_has_vb2(kernel))
		where = TYPES_IN_KERNEL;
	else if (host_module(VIDEO_VB2_TYPES) == HOST_YES)
		where = TYPES_NOWHERE;
	btf__free(kernel);
	return where;
}

bool load_may_be_less(int err)
{
	char why[HOST_WHY];

	return err != -EMFILE && err != -ENFILE && err != -ENOMEM && !load_check_reading(why);
}

/* libbpf looks in several places for the kernel's types, and says of the last that they are not there. */
static int true_error(int err)
{
	struct btf *btf;

	if (err != -ESRCH)
		return err;
	btf = btf__parse(BTF_FOLDER "/vmlinux", NULL);
	if (!btf) {
		err = -errno;
		load_forget();
	}
	btf__free(btf);
	return err;
}

void load_why(int err, char why[HOST_WHY])
{
	char lacks[HOST_WHY];

	if (load_check_rights(why) || load_check_reading(why))
		return;
	err = true_error(err);
	*why = '\0';
	if (strstr(complaint, "BTF object") && !host_may(HOST_MODULE_TYPES, lacks)) {
		host_add(why, "the types of modules cannot be read: %s", lacks);
		return;
	}
	if (has_verdict)
		host_add(why, "%s; the verifier on %s", strerror(abs(err)), complaint);
	else
		load_why_error(err, why);
	if (!has_verdict && *complaint)
		host_add(why, "; libbpf: %s", complaint);
	if (!verbose)
		host_add(why, " (--verbose shows more)");
}

bool trace_can_load(void)
{
	char why[HOST_WHY];

	load_listen(false);
	return !load_check_rights(why);
}

int trace_check(void)
{
	char why[HOST_WHY];
	int err = load_check_btf(why);

	if (err) {
		msg_error("cannot read the kernel's BTF: %s", why);
		return err;
	}
	load_listen(false);
	err = load_check_rights(why) ?: load_check_reading(why);
	if (err)
		msg_error("cannot load BPF programs: %s", why);
	return err;
}

void load_lacks(const struct trace_options *options, enum trace_part part, const char *why)
{
	if (options->lacks) {
		options->lacks(options->arg, part, why);
		return;
	}
	switch (part) {
	case TRACE_LOADED:
		msg_error("cannot load the BPF programs: %s", why);
		break;
	case TRACE_EVENTS:
		msg_error("%s", why);
		break;
	case TRACE_SOURCE:
		msg_warning("%s; the source stages stay empty", why);
		break;
	case TRACE_ASKED:
		msg_warning("no kprobe on vb2_core_dqbuf: %s; when the application asked the "
			    "source is not known",
			    why);
		break;
	case TRACE_COPIES:
		msg_warning("cannot attach to the probes of %s: %s; its copies count as the "
			    "application's time",
			    options->copy_probes, why);
		break;
	case TRACE_JOBS:
		msg_warning("the jobs of a mem2mem node are not seen, its frames begin when they "
			    "are done: %s",
			    why);
		break;
	case TRACE_INTERRUPTS: /* many kernels lack it: see docs/attribution.md */
	case TRACE_N_PARTS:
		break;
	}
}
