// SPDX-License-Identifier: MIT
/*
 * modules-exec.c - kernel modules without libkmod, which has no static library: see modules.h
 *
 * What there is, is read from the lists that depmod makes; modprobe loads, and the kernel unloads.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/host/modules.h"
#include "loader/host/modules-why.h"
#include "lib/msg.h"

#define MAX_LOADED  64
#define MAX_OPTIONS 16
#define NAME_SIZE   64

typedef char module_name[NAME_SIZE];

struct modules {
	module_name loaded[MAX_LOADED]; /* by us, in order */
	int n_loaded;
};

int modules_open(struct modules **out)
{
	*out = calloc(1, sizeof(**out));
	if (*out)
		return 0;
	msg_errno(ENOMEM, NULL, "cannot load modules");
	return -ENOMEM;
}

/* NULL: there is none. */
static const char *modprobe(void)
{
	static const char *const places[] = {"/sbin/modprobe", "/usr/sbin/modprobe",
					     "/bin/modprobe", "/usr/bin/modprobe"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!access(places[i], X_OK))
			return places[i];
	}
	return NULL;
}

const char *modules_note(void)
{
	return "; by modprobe: this program is built without libkmod";
}

/* The module that the file at @path has, as the kernel calls it: up to the dot of its last name. */
static void name_of(const char *path, size_t length, module_name name)
{
	const char *end = path + length, *last = path;
	size_t n = 0;

	for (const char *c = path; c < end; c++) {
		if (*c == '/')
			last = c + 1;
	}
	while (last + n < end && last[n] != '.' && n < NAME_SIZE - 1) {
		name[n] = (char)(last[n] == '-' ? '_' : last[n]);
		n++;
	}
	name[n] = '\0';
}

/*
 * The line of module @name in one of depmod's lists, "path/name.ko: path/other.ko ...", to be freed.
 * NULL: it has none, or there is no list.
 */
static char *find_line(const char *list, const char *name)
{
	char path[256], *line = NULL;
	struct utsname kernel;
	size_t size = 0;
	FILE *file;

	uname(&kernel);
	snprintf(path, sizeof(path), "/lib/modules/%s/%s", kernel.release, list);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0) {
		module_name its;

		line[strcspn(line, "\n")] = '\0';
		name_of(line, strcspn(line, ":"), its);
		if (!strcmp(its, name)) {
			fclose(file);
			return line;
		}
	}
	if (file)
		fclose(file);
	free(line);
	return NULL;
}

static bool is_loaded(const char *name)
{
	char *line;
	bool is_built_in;

	if (host_module(name) == HOST_YES)
		return true;
	line = find_line("modules.builtin", name);
	is_built_in = line;
	free(line);
	return is_built_in;
}

enum module_state modules_look(const char *name, char why[HOST_WHY])
{
	char *line = find_line("modules.dep", name);

	*why = '\0';
	if (is_loaded(name)) {
		free(line);
		return MODULE_LOADED;
	}
	if (!line)
		modules_why_missing(name, why);
	else if (!modprobe())
		host_add(why, "there is no modprobe here, and this program is built without "
			      "libkmod: load it by hand (insmod)");
	else
		modules_why_none(why);
	free(line);
	return *why ? MODULE_MISSING : MODULE_LOADABLE;
}

/* Keep module @name for the unloading if loading its dependant will bring it in. */
static void remember(struct modules *modules, const char *name)
{
	if (!is_loaded(name) && modules->n_loaded < MAX_LOADED)
		memcpy(modules->loaded[modules->n_loaded++], name, strlen(name) + 1);
}

/* What the module of that @line depends on, the last one first, as they are loaded; then itself. */
static void remember_all(struct modules *modules, char *line)
{
	size_t own = strcspn(line, ":");
	module_name name;
	char *path;

	while ((path = strrchr(line + own, ' '))) {
		name_of(path + 1, strlen(path + 1), name);
		if (*name)
			remember(modules, name);
		*path = '\0';
	}
	name_of(line, own, name);
	remember(modules, name);
}

/* Returns its exit status, or -errno. */
static int run_modprobe(const char *name, const char *options)
{
	char *words = strdup(options ?: ""), *rest = words, *empty[] = {NULL};
	char *argv[MAX_OPTIONS + 4] = {"modprobe", (char *)name};
	int n = 2, status, err;
	pid_t pid;

	if (!words)
		return -ENOMEM;
	while (n < MAX_OPTIONS + 3 && (argv[n] = strtok_r(n > 2 ? NULL : words, " ", &rest)))
		n++;
	err = posix_spawn(&pid, modprobe(), NULL, NULL, argv, empty);
	free(words);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int modules_load(struct modules *modules, const char *name, const char *options)
{
	char why[HOST_WHY], *line;
	int err;

	switch (modules_look(name, why)) {
	case MODULE_LOADED:
		return 0;
	case MODULE_MISSING:
		msg_error("module %s: %s", name, why);
		return -ENOENT;
	case MODULE_LOADABLE:
		break;
	}
	line = find_line("modules.dep", name);
	if (line)
		remember_all(modules, line);
	free(line);
	err = run_modprobe(name, options);
	if (err)
		msg_error("cannot load module %s: %s %s; dmesg may tell more", name, modprobe(),
			  err < 0 ? strerror(-err) : "failed");
	return err > 0 ? -EIO : err;
}

bool modules_any(const struct modules *modules)
{
	return modules && modules->n_loaded;
}

/* A node that was closed just now may still hold its module for a moment. */
static int remove_patiently(const char *name, int *patience_ms)
{
	const struct timespec pause = {.tv_nsec = 20000000};

	while (host_module(name) == HOST_YES && syscall(SYS_delete_module, name, O_NONBLOCK)) {
		if ((errno != EAGAIN && errno != EBUSY) || *patience_ms <= 0)
			return errno == ENOENT ? 0 : -errno;
		nanosleep(&pause, NULL);
		*patience_ms -= 20;
	}
	return 0;
}

void modules_close(struct modules *modules)
{
	int patience_ms = 2000;

	while (modules && modules->n_loaded) {
		const char *name = modules->loaded[--modules->n_loaded];
		int err = remove_patiently(name, &patience_ms);

		if (err)
			msg_warning("cannot unload module %s: %s", name, strerror(-err));
	}
	free(modules);
}
