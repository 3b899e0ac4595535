// SPDX-License-Identifier: MIT
/* host.c - see host.h */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "loader/host/host.h"

#define FIRST_USER_NS "user:[4026531837]" /* PROC_USER_INIT_INO, include/linux/proc_ns.h */

void host_add(char why[HOST_WHY], const char *fmt, ...)
{
	size_t used = strlen(why);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why + used, HOST_WHY - used, fmt, ap);
	va_end(ap);
}

static bool took_small_pages; /* and would have taken others */

void host_take_small_pages(void)
{
	if (!prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0))
		took_small_pages = !prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

void host_take_any_pages(void)
{
	if (took_small_pages)
		prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

int host_read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	int err = 0;

	*line = '\0';
	if (!file)
		return -errno;
	if (!fgets(line, (int)size, file))
		err = -EIO;
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return err;
}

enum host_answer host_first_user_namespace(void)
{
	char name[64];
	ssize_t length = readlink("/proc/self/ns/user", name, sizeof(name) - 1);

	if (length < 0) /* a kernel without user namespaces has one only */
		return access("/proc/self/ns", F_OK) ? HOST_UNKNOWN : HOST_YES;
	name[length] = '\0';
	return strcmp(name, FIRST_USER_NS) ? HOST_NO : HOST_YES;
}

static const struct {
	const char *what;
	struct {
		cap_value_t value;
		const char *name;
	} caps[2];
} rights[] = {
	[HOST_BPF] = {"BPF programs take", {{CAP_BPF, "CAP_BPF"}, {CAP_PERFMON, "CAP_PERFMON"}}},
	[HOST_MODULE_TYPES] = {"that takes", {{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}}},
	[HOST_MODULES] = {"modules take", {{CAP_SYS_MODULE, "CAP_SYS_MODULE"}}},
	[HOST_COUNTERS] = {"counters of a CPU take", {{CAP_PERFMON, "CAP_PERFMON"}}},
};

static bool has(cap_t caps, cap_value_t value)
{
	cap_flag_value_t flag = CAP_CLEAR;

	return !cap_get_flag(caps, value, CAP_EFFECTIVE, &flag) && flag == CAP_SET;
}

/* CAP_SYS_ADMIN stands for those that were once a part of it. */
static bool has_or_admin(cap_t caps, cap_value_t value)
{
	return has(caps, value) || (value != CAP_SYS_MODULE && has(caps, CAP_SYS_ADMIN));
}

static bool has_capabilities(enum host_right right, char why[HOST_WHY])
{
	cap_t caps = cap_get_proc();
	int lacking = 0;

	for (int i = 0; caps && i < 2 && rights[right].caps[i].name; i++) {
		if (!has_or_admin(caps, rights[right].caps[i].value))
			host_add(why, "%s %s", lacking++ ? " and" : rights[right].what,
				 rights[right].caps[i].name);
	}
	cap_free(caps);
	if (!lacking)
		return true;
	host_add(why, ", which %s: run it as root (sudo)%s",
		 geteuid() ? "this user lacks" : "this root was left without",
		 geteuid() ? "" : " with all capabilities");
	return false;
}

bool host_may(enum host_right right, char why[HOST_WHY])
{
	*why = '\0';
	if (host_first_user_namespace() != HOST_NO)
		return has_capabilities(right, why);
	if (geteuid())
		host_add(why,
			 "this is a user namespace (a container?), in which nobody has %s: "
			 "run it outside, as root",
			 rights[right].caps[0].name);
	else
		host_add(why,
			 "this is root of a user namespace only (a container?): run it outside, "
			 "as root of the machine");
	return false;
}

/* "none [integrity] confidentiality" */
const char *host_lockdown(void)
{
	static const char *const modes[] = {"none", "integrity", "confidentiality"};
	char line[128], marked[32];

	if (host_read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return NULL;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		snprintf(marked, sizeof(marked), "[%s]", modes[i]);
		if (strstr(line, marked))
			return modes[i];
	}
	return NULL;
}

/* Does a filter look at this process's system calls? A container mostly has one. */
static bool is_filtered(void)
{
	char line[256];
	bool filtered = false;
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		filtered |= !strncmp(line, "Seccomp:\t2", 10);
	if (file)
		fclose(file);
	return filtered;
}

static void why_no_memory(char why[HOST_WHY])
{
	struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

	getrlimit(RLIMIT_AS, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		host_add(why, "make room in the machine's memory, or in this process's cgroup");
	else
		host_add(why, "ulimit -v is %lu KiB: raise it",
			 (unsigned long)limit.rlim_cur / 1024);
}

void host_why_refused(int err, char why[HOST_WHY])
{
	*why = '\0';
	switch (abs(err)) {
	case EMFILE:
		host_add(why, "ulimit -n is %lu: raise it", host_max_files());
		break;
	case ENFILE:
		host_add(why, "the machine has as many files open as fs.file-max allows");
		break;
	case ENOMEM:
		why_no_memory(why);
		break;
	case ENOSYS:
		host_add(why, "this kernel is built without it");
		break;
	case EPERM:
	case EACCES:
		if (is_filtered())
			host_add(why, "this process has the capabilities, but a seccomp filter, as "
				      "containers have it: run it outside");
		else
			host_add(why,
				 "this process has the capabilities, but the kernel's security "
				 "policy refuses it: dmesg or the audit log may tell more");
		break;
	}
}

void host_why_device(int err, char why[HOST_WHY])
{
	*why = '\0';
	switch (abs(err)) {
	case EACCES:
		if (host_first_user_namespace() == HOST_NO)
			host_add(why, "in this user namespace (a container?) the file is somebody "
				      "else's: run it outside");
		else if (geteuid())
			host_add(why, "this user may not open it: join the group that may (ls -l "
				      "shows it), or run it as root (sudo)");
		else
			host_add(why, "root may not open it: where it is mounted devices are not "
				      "allowed, or a security policy forbids it");
		break;
	case EPERM:
		host_add(why, "the control group of this process may not use the device (a "
			      "container?): run it outside");
		break;
	case EBUSY:
		host_add(why, "somebody else uses it");
		break;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		host_why_refused(err, why);
		break;
	}
}

unsigned int host_kernel_major(void)
{
	struct utsname kernel;

	return uname(&kernel) ? 0 : (unsigned int)strtoul(kernel.release, NULL, 10);
}

enum host_answer host_module(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	if (!access(path, F_OK))
		return HOST_YES;
	return access("/sys/module", F_OK) ? HOST_UNKNOWN : HOST_NO;
}

unsigned long host_max_files(void)
{
	struct rlimit limit = {0};

	getrlimit(RLIMIT_NOFILE, &limit);
	return (unsigned long)limit.rlim_cur;
}

int host_room_for_files(unsigned int n)
{
	int *fds = calloc(n, sizeof(*fds));
	unsigned int opened = 0;
	int err = fds ? 0 : -ENOMEM;

	while (!err && opened < n) {
		fds[opened] = eventfd(0, EFD_CLOEXEC);
		if (fds[opened] < 0)
			err = -errno;
		else
			opened++;
	}
	while (opened)
		close(fds[--opened]);
	free(fds);
	return err;
}
