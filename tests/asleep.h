/* SPDX-License-Identifier: MIT */
/*
 * asleep.h - has a thread gone to sleep, and in which call?
 */
#ifndef TEST_ASLEEP_H
#define TEST_ASLEEP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <cmocka.h>

/**
 * Is @tid, of this or another process, off its CPU, and its switch accounted? The state in /proc/PID/stat
 * is that of a sleeper already on the way there, while this file waits for the switch, or says "running".
 * *@call is the number of the system call that it sleeps in, -1: in none.
 */
static inline bool is_asleep(pid_t tid, long *call)
{
	char path[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)tid);
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	*call = strtol(line, NULL, 10); /* of words 0 */
	return strncmp(line, "running", strlen("running")) != 0;
}

#endif /* TEST_ASLEEP_H */
