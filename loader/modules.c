// SPDX-License-Identifier: MIT
/* modules.c - kernel modules by libkmod, see modules.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include <libkmod.h>

#include "loader/modules.h"
#include "user/lib/msg.h"

#define MAX_LOADED 64

struct modules {
	struct kmod_ctx *kmod;
	struct kmod_module *loaded[MAX_LOADED]; /* by us, in order */
	int n_loaded;
};

int modules_open(struct modules **out)
{
	struct modules *modules = calloc(1, sizeof(*modules));

	if (!modules)
		return -ENOMEM;
	modules->kmod = kmod_new(NULL, NULL);
	if (!modules->kmod) {
		free(modules);
		msg_errno(ENOMEM, NULL, "cannot read the module database");
		return -ENOMEM;
	}
	kmod_set_log_priority(modules->kmod, 0); /* what failed is said here, once */
	*out = modules;
	return 0;
}

static bool is_loaded(struct kmod_module *module)
{
	int state = kmod_module_get_initstate(module);

	return state == KMOD_MODULE_LIVE || state == KMOD_MODULE_BUILTIN;
}

/* Keep @module for the unloading if loading its dependant will bring it in. */
static void remember(struct modules *modules, struct kmod_module *module)
{
	if (!is_loaded(module) && modules->n_loaded < MAX_LOADED)
		modules->loaded[modules->n_loaded++] = kmod_module_ref(module);
}

static int say_missing(const char *name)
{
	struct utsname kernel;

	uname(&kernel);
	msg_error("module %s is not installed for kernel %s; %s", name, kernel.release,
		  strcmp(name, "vpipe") ? "install the kernel's module package that has it"
					: "build and install it: make && sudo make install");
	return -ENOENT;
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
	if (err) {
		const char *next = err == -EPERM || err == -EACCES ? "run it as root (sudo)"
								   : "dmesg tells more";

		msg_errno(err, next, "cannot load module %s", kmod_module_get_name(module));
	}
	return err;
}

int modules_load(struct modules *modules, const char *name, const char *options)
{
	struct kmod_list *found = NULL;
	struct kmod_module *module;
	int err = kmod_module_new_from_lookup(modules->kmod, name, &found);

	if (err || !found)
		return say_missing(name);
	module = kmod_module_get_module(found);
	if (!is_loaded(module))
		err = load(modules, module, options);
	kmod_module_unref(module);
	kmod_module_unref_list(found);
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
		size_t used = strlen(left);

		if (remove_patiently(module, &patience_ms))
			snprintf(left + used, sizeof(left) - used, " %s",
				 kmod_module_get_name(module));
		kmod_module_unref(module);
	}
	if (*left)
		msg_warning("somebody uses these modules, they stay loaded:%s", left);
	kmod_unref(modules->kmod);
	free(modules);
}
