// SPDX-License-Identifier: MIT
/* child.c - see child.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/host/child.h"
#include "loader/host/host.h"
#include "loader/host/privileges.h"
#include "lib/patience.h"

static void __attribute__((noreturn)) give_up(int err, int error_fd)
{
	if (write(error_fd, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static void __attribute__((noreturn))
become(char *const argv[], const struct child_setup *setup, pid_t parent, int go_fd, int error_fd)
{
	sigset_t none;
	char go;
	int err = privileges_become_caller(setup->as_root, setup->groups, setup->n_groups);

	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a change of the user would have taken it back */
	if (getppid() != parent)
		_exit(127); /* gone before we asked to be told */
	if (setup->group == CHILD_BACKGROUND)
		setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (setup->err_fd >= 0)
		dup2(setup->err_fd, STDERR_FILENO);
	if (read(go_fd, &go, 1) != 1)
		_exit(127); /* called off */
	if (err)
		give_up(-err, error_fd);
	host_take_any_pages();
	execvp(argv[0], argv);
	give_up(errno, error_fd);
}

int child_fork(struct child *child, char *const argv[], const struct child_setup *setup)
{
	int go[2], error[2];
	pid_t parent = getpid();
	int err = 0;

	*child = (struct child){.go_fd = -1, .error_fd = -1};
	if (pipe2(go, O_CLOEXEC))
		return -errno;
	if (pipe2(error, O_CLOEXEC)) {
		err = -errno;
		goto close_go;
	}
	child->pid = fork();
	if (!child->pid) {
		close(go[1]); /* or our death would not end the read */
		become(argv, setup, parent, go[0], error[1]);
	}
	if (child->pid < 0) {
		err = -errno;
		child->pid = 0;
		goto close_error;
	}
	close(go[0]);
	close(error[1]);
	child->go_fd = go[1];
	child->error_fd = error[0];
	return 0;

close_error:
	close(error[0]);
	close(error[1]);
close_go:
	close(go[0]);
	close(go[1]);
	return err;
}

int child_start(struct child *child)
{
	ssize_t got = -1;
	int err = 0;

	if (write(child->go_fd, "", 1) == 1) {
		do
			got = read(child->error_fd, &err, sizeof(err));
		while (got < 0 && errno == EINTR);
	}
	close(child->go_fd);
	close(child->error_fd);
	child->go_fd = -1;
	child->error_fd = -1;
	return got == sizeof(err) ? -err : got ? -EIO : 0;
}

bool child_ended(struct child *child)
{
	if (child->pid && !child->ended &&
	    wait4(child->pid, &child->status, WNOHANG, &child->usage) == child->pid)
		child->ended = true;
	return !child->pid || child->ended;
}

/* Waiting for a process is done in steps of this. */
#define STEP_NS (5000 * NS_PER_US)

static void wait_a_step(void)
{
	const struct timespec step = ns_timespec(STEP_NS);

	nanosleep(&step, NULL);
}

static struct patience patience_of(int timeout_ms)
{
	return patience_begin((uint64_t)timeout_ms * 1000 * NS_PER_US, STEP_NS);
}

/* One that is stopped goes on, or it would not hear of it. */
static void tell(pid_t pid, int signal)
{
	if (!kill(pid, signal) && signal && signal != SIGKILL)
		kill(pid, SIGCONT);
}

void child_finish(struct child *child, int timeout_ms)
{
	struct patience patience = patience_of(timeout_ms);

	if (child->go_fd >= 0) { /* never started: closing calls it off */
		close(child->go_fd);
		close(child->error_fd);
		child->go_fd = -1;
	}
	while (!child_ended(child) && !patience_over(&patience))
		wait_a_step();
	if (child_ended(child))
		return;
	kill(child->pid, SIGKILL);
	while (wait4(child->pid, &child->status, 0, &child->usage) < 0 && errno == EINTR)
		;
	child->ended = true;
}

void child_signal(const struct child *child, int signal)
{
	if (child->pid && !child->ended)
		tell(child->pid, signal);
}

void children_adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

struct process {
	pid_t pid;
	pid_t parent;
};

/* From /proc/PID/stat, whose second field is a name that may hold anything. 0: it is gone. */
static pid_t parent_of(pid_t pid)
{
	char path[64], stat[512], *name_end;
	int fd, parent = 0;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[size > 0 ? size : 0] = '\0';
	name_end = strrchr(stat, ')');
	if (!name_end || sscanf(name_end + 1, " %*c %d", &parent) != 1)
		return 0;
	return parent;
}

/*
 * All processes, to be freed. Not every kernel has /proc/PID/task/TID/children
 * (CONFIG_PROC_CHILDREN). Returns how many.
 */
static size_t read_processes(struct process **processes)
{
	size_t n = 0, room = 0;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	*processes = NULL;
	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct process *larger;

		if (pid <= 0)
			continue;
		if (n == room) {
			room += 1024;
			larger = reallocarray(*processes, room, sizeof(**processes));
			if (!larger)
				break;
			*processes = larger;
		}
		(*processes)[n++] = (struct process){pid, parent_of(pid)};
	}
	if (proc)
		closedir(proc);
	return n;
}

int children_signal(int signal, const struct child *spared)
{
	struct process *processes;
	size_t all = read_processes(&processes);
	pid_t pids[1024] = {getpid()};
	int n = 1;

	/* the list grows while it is walked: children, theirs, and so on */
	for (int i = 0; i < n; i++) {
		for (size_t j = 0; j < all && n < 1024; j++) {
			if (processes[j].parent == pids[i] && processes[j].pid != spared->pid)
				pids[n++] = processes[j].pid;
		}
	}
	for (int i = 1; i < n; i++)
		tell(pids[i], signal);
	free(processes);
	return n - 1;
}

/* Take the dead away; how @spared has ended is kept. */
static void reap(struct child *spared)
{
	siginfo_t dead = {0};

	while (!waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) && dead.si_pid) {
		if (dead.si_pid == spared->pid)
			child_ended(spared);
		else
			waitpid(dead.si_pid, NULL, WNOHANG);
		dead.si_pid = 0;
	}
}

int children_end(int timeout_ms, struct child *spared)
{
	struct patience patience = patience_of(timeout_ms);
	int left = children_signal(SIGTERM, spared), rest = left;

	while (rest && !patience_over(&patience)) {
		wait_a_step();
		reap(spared);
		rest = children_signal(0, spared);
	}
	/* again, for what one of them started just before it was killed */
	for (int tries = 0; rest && tries < 20; tries++) {
		rest = children_signal(SIGKILL, spared);
		wait_a_step();
		reap(spared);
	}
	return left;
}
