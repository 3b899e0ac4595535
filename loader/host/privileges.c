// SPDX-License-Identifier: MIT
/* privileges.c - see privileges.h */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "loader/host/privileges.h"
#include "lib/args.h"
#include "lib/msg.h"

#define MAX_GROUPS 256

static struct {
	bool other; /* than the user this runs as, which is root then */
	uid_t uid;
	gid_t gid;
	const struct passwd *user; /* NULL: there is no entry */
} caller;

/* A number that sudo has put into the environment. */
static int read_id(const char *name, unsigned int *id)
{
	const char *text = getenv(name);
	char why[ARGS_WHY];
	uint64_t number;

	if (!text)
		return -ENOENT;
	if (args_parse_u64(name, text, 0, UINT_MAX - 1, &number, why)) {
		msg_error("%s, though sudo has set it", why);
		return -EINVAL;
	}
	*id = (unsigned int)number;
	return 0;
}

int privileges_init(void)
{
	int err;

	caller.uid = geteuid();
	caller.gid = getegid();
	if (caller.uid)
		return 0;
	err = read_id("SUDO_UID", &caller.uid);
	if (!err && caller.uid)
		err = read_id("SUDO_GID", &caller.gid);
	if (err == -ENOENT) {
		caller.uid = 0;
		return 0;
	}
	if (err)
		return err;
	caller.other = caller.uid;
	if (privileges_names_from_files)
		privileges_names_from_files();
	caller.user = getpwuid(caller.uid);
	return 0;
}

bool privileges_for_other(void)
{
	return caller.other;
}

void privileges_files(bool as_caller)
{
	if (!caller.other)
		return;
	setfsgid(as_caller ? caller.gid : getegid());
	setfsuid(as_caller ? caller.uid : geteuid()); /* takes root's file capabilities along */
}

/* All ids and groups of the caller; needs root. */
static int set_ids(const gid_t *groups, int n_groups)
{
	gid_t all[MAX_GROUPS];
	int n = MAX_GROUPS - n_groups;

	if (!caller.user)
		all[0] = caller.gid, n = 1;
	else if (getgrouplist(caller.user->pw_name, caller.gid, all, &n) < 0)
		n = MAX_GROUPS - n_groups; /* more than that nobody needs */
	for (int i = 0; i < n_groups; i++)
		all[n++] = groups[i];
	if (setgroups((size_t)n, all) || setresgid(caller.gid, caller.gid, caller.gid) ||
	    setresuid(caller.uid, caller.uid, caller.uid))
		return -errno;
	return 0;
}

/* Effective, permitted and nothing else: what is not named here is gone for good. */
static int set_capabilities(const cap_value_t *keep, int n)
{
	cap_t caps = cap_init();
	int err = caps ? 0 : -errno;

	if (!err && n &&
	    (cap_set_flag(caps, CAP_PERMITTED, n, keep, CAP_SET) ||
	     cap_set_flag(caps, CAP_EFFECTIVE, n, keep, CAP_SET)))
		err = -errno;
	if (!err && cap_set_proc(caps))
		err = -errno;
	cap_free(caps);
	return err;
}

static void set_environment(void)
{
	if (!caller.user)
		return;
	setenv("HOME", caller.user->pw_dir, 1);
	setenv("USER", caller.user->pw_name, 1);
	setenv("LOGNAME", caller.user->pw_name, 1);
}

int privileges_become_caller(bool as_root, const gid_t *groups, int n_groups)
{
	int err = 0;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (!caller.other || as_root)
		return 0;
	err = set_ids(groups, n_groups);
	if (!err)
		set_environment();
	return err;
}

/* Those of @wanted that we have. */
static int only_permitted(cap_value_t *wanted, int n)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t has;
	int kept = 0;

	for (int i = 0; caps && i < n; i++) {
		if (!cap_get_flag(caps, wanted[i], CAP_PERMITTED, &has) && has == CAP_SET)
			wanted[kept++] = wanted[i];
	}
	cap_free(caps);
	return kept;
}

int privileges_drop(bool modules)
{
	cap_value_t keep[4];
	int n = 0, err = 0;

	keep[n++] = CAP_KILL; /* the command may be one that changes its user: sudo, say */
	if (modules)
		keep[n++] = CAP_SYS_MODULE;
	if (!caller.uid) { /* root writes where root may */
		keep[n++] = CAP_DAC_OVERRIDE;
		keep[n++] = CAP_FOWNER;
	}
	n = only_permitted(keep, n);

	if (caller.other) {
		prctl(PR_SET_KEEPCAPS, 1);
		err = set_ids(NULL, 0);
	}
	if (!err)
		err = set_capabilities(keep, n);
	if (err)
		msg_errno(err, NULL, "cannot give up privileges");
	return err;
}
