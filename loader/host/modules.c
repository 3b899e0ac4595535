// SPDX-License-Identifier: MIT
/* modules.c - kernel modules by libkmod, see modules.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libkmod.h>

#include "loader/host/modules.h"
#include "loader/host/modules-why.h"
#include "lib/msg.h"

#define MAX_LOADED     64
#define DATABASE_FILES 16

struct modules {
	struct kmod_ctx *kmod;
	struct kmod_module *loaded[MAX_LOADED]; /* by us, in order */
	int n_loaded;
};

/* libkmod takes a file that it cannot open for one that is not there: see first that it can. */
static int open_database(struct kmod_ctx **kmod)
{
	int err = host_room_for_files(DATABASE_FILES);

	*kmod = err ? NULL : kmod_new(NULL, NULL);
	if (*kmod)
		kmod_set_log_priority(*kmod, 0); /* what failed is said here, once */
	else if (!err)
		err = -ENOMEM;
	return err;
}

int modules_open(struct modules **out)
{
	struct modules *modules = calloc(1, sizeof(*modules));
	int err = modules ? open_database(&modules->kmod) : -ENOMEM;
	char why[HOST_WHY];

	if (err) {
		host_why_refused(err, why);
		msg_errno(err, why, "cannot read the module database");
		free(modules);
		return err;
	}
	*out = modules;
	return 0;
}

static bool is_loaded(struct kmod_module *module)
{
	int state = kmod_module_get_initstate(module);

	return state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN;
}

const char *modules_note(void)
{
	return "";
}

/* Keep @module for the unloading if loading its dependant will bring it in. */
static void remember(struct modules *modules, struct kmod_module *module)
{
	if (!is_loaded(module) && modules->n_loaded < MAX_LOADED)
		modules->loaded[modules->n_loaded++] = kmod_module_ref(module);
}

/* 0 in *@found: there is none. Returns 0 or -errno. */
static int look_up(struct kmod_ctx *kmod, const char *name, struct kmod_module **found)
{
	struct kmod_list *list = NULL;
	int err = kmod_module_new_from_lookup(kmod, name, &list);

	*found = !err && list ? kmod_module_get_module(list) : NULL;
	kmod_module_unref_list(list);
	return err == -ENOENT || err == -ENOSYS ? 0 : err;
}

static bool is_signed(const struct kmod_module *module)
{
	struct kmod_list *info = NULL, *item;
	bool has = false;

	if (kmod_module_get_info(module, &info) < 0)
		return true; /* not to be seen */
	kmod_list_foreach(item, info)
	{
		has |= !strcmp(kmod_module_info_get_key(item), "sig_id");
	}
	kmod_module_info_free_list(info);
	return has;
}

static const char *locked_down(void)
{
	const char *mode = host_lockdown();

	return mode && strcmp(mode, "none") != 0 ? mode : NULL;
}

static void why_unsigned(const char *mode, char why[HOST_WHY])
{
	host_add(why,
		 "the kernel is locked down, lockdown=%s: it takes modules only that are signed "
		 "with a key it knows; sign it, or boot without lockdown",
		 mode);
}

/* Why @module, which is installed, could not be loaded; "": it could, for all that can be seen. */
static void why_not_loadable(const struct kmod_module *module, char why[HOST_WHY])
{
	const char *mode = locked_down();

	modules_why_none(why);
	if (!*why && mode && !is_signed(module))
		why_unsigned(mode, why);
}

enum module_state modules_look(const char *name, char why[HOST_WHY])
{
	struct kmod_module *module = NULL;
	struct kmod_ctx *kmod;
	bool loaded = host_module(name) == HOST_YES;
	int err = open_database(&kmod) ?: look_up(kmod, name, &module);

	*why = '\0';
	loaded |= module && is_loaded(module);
	if (!loaded && err)
		host_add(why, "the module database cannot be read: %s", strerror(-err));
	else if (!loaded && !module)
		modules_why_missing(name, why);
	else if (!loaded)
		why_not_loadable(module, why);
	kmod_module_unref(module);
	kmod_unref(kmod);
	return loaded ? MODULE_LOADED : *why ? MODULE_MISSING : MODULE_LOADABLE;
}

static int say_not_loaded(int err, const char *name)
{
	char why[HOST_WHY] = "";

	switch (err) {
	case -EPERM:
	case -EACCES:
		modules_why_none(why);
		if (!*why && locked_down())
			why_unsigned(locked_down(), why);
		else if (!*why)
			host_why_refused(err, why);
		break;
	case -EKEYREJECTED:
	case -ENOKEY:
		host_add(why, "this kernel takes modules only that are signed with a key it knows");
		break;
	case -ENOEXEC:
		host_add(why, "it is built for another kernel, or damaged: build it for this one");
		break;
	default:
		host_why_refused(err, why);
	}
	msg_errno(err, *why ? why : "dmesg may tell more", "cannot load module %s", name);
	return err;
}

static int load(struct modules *modules, struct kmod_module *module, const char *options)
{
	struct kmod_list *dependencies = kmod_module_get_dependencies(module);
	struct kmod_list *item;
	int err;

	kmod_list_foreach(item, dependencies)
	{
		struct kmod_module *dependency = kmod_module_get_module(item);

		remember(modules, dependency);
		kmod_module_unref(dependency);
	}
	kmod_module_unref_list(dependencies);
	remember(modules, module);
	err = kmod_module_probe_insert_module(module, 0, options, NULL, NULL, NULL);
	return err ? say_not_loaded(err, kmod_module_get_name(module)) : 0;
}

int modules_load(struct modules *modules, const char *name, const char *options)
{
	struct kmod_module *module;
	int err = look_up(modules->kmod, name, &module);
	char why[HOST_WHY];

	if (err) {
		msg_errno(err, NULL, "cannot look for module %s", name);
		return err;
	}
	if (!module) {
		modules_why_missing(name, why);
		msg_error("module %s is %s", name, why);
		return -ENOENT;
	}
	if (!is_loaded(module))
		err = load(modules, module, options);
	kmod_module_unref(module);
	return err;
}

bool modules_any(const struct modules *modules)
{
	return modules && modules->n_loaded;
}

/* A node that was closed just now may still hold its module for a moment. */
static int remove_patiently(struct kmod_module *module, int *patience_ms)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	int err;

	for (;;) {
		err = is_loaded(module) ? kmod_module_remove_module(module, KMOD_REMOVE_NOLOG) : 0;
		if ((err != -EAGAIN && err != -EBUSY) || *patience_ms <= 0)
			return err;
		nanosleep(&pause, NULL);
		*patience_ms -= 20;
	}
}

void modules_close(struct modules *modules)
{
	char left[512] = "";
	int patience_ms = 2000;

	if (!modules)
		return;
	while (modules->n_loaded) {
		struct kmod_module *module = modules->loaded[--modules->n_loaded];
		int err = remove_patiently(module, &patience_ms);
		size_t used = strlen(left);

		if (err == -EAGAIN || err == -EBUSY)
			snprintf(left + used, sizeof(left) - used, " %s",
				 kmod_module_get_name(module));
		else if (err && err != -ENOENT)
			msg_warning("cannot unload module %s: %s", kmod_module_get_name(module),
				    strerror(-err));
		kmod_module_unref(module);
	}
	if (*left)
		msg_warning("somebody uses these modules, they stay loaded:%s", left);
	kmod_unref(modules->kmod);
	free(modules);
}
