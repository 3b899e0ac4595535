// SPDX-License-Identifier: MIT
/* flush.c - see flush.h */
#include <stdint.h>

#include "tests/bench/flush.h"

#if defined(__x86_64__)
#include <cpuid.h>

#define FEATURES_CLFLUSH    (1U << 19) /* leaf 1, EDX */
#define FEATURES_CLFLUSHOPT (1U << 23) /* leaf 7, EBX */

/* Bytes of a line; 0: there is no CLFLUSH. */
static size_t line_size(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(d & FEATURES_CLFLUSH))
		return 0;
	return (b >> 8 & 0xff) * 8;
}

/* The kernel takes it where it is there; CLFLUSH waits for the one before it. */
static bool has_clflushopt(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & FEATURES_CLFLUSHOPT;
}

const char *flush_way(void)
{
	if (!line_size())
		return NULL;
	return has_clflushopt() ? "clflushopt" : "clflush";
}

static void flush_lines(uintptr_t line, uintptr_t end, size_t step)
{
	if (has_clflushopt()) {
		for (; line < end; line += step)
			__asm__ volatile("clflushopt (%0)" : : "r"(line) : "memory");
	} else {
		for (; line < end; line += step)
			__asm__ volatile("clflush (%0)" : : "r"(line) : "memory");
	}
}

static void fence(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

#elif defined(__aarch64__)

static size_t line_size(void)
{
	uint64_t ctr;

	__asm__("mrs %0, ctr_el0" : "=r"(ctr));
	return 4U << (ctr >> 16 & 15);
}

const char *flush_way(void)
{
	return "dc civac";
}

static void flush_lines(uintptr_t line, uintptr_t end, size_t step)
{
	for (; line < end; line += step)
		__asm__ volatile("dc civac, %0" : : "r"(line) : "memory");
}

static void fence(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

#else

static size_t line_size(void)
{
	return 1;
}

const char *flush_way(void)
{
	return NULL;
}

static void flush_lines(uintptr_t line, uintptr_t end, size_t step)
{
	(void)line;
	(void)end;
	(void)step;
}

static void fence(void)
{
}

#endif

void flush(const void *start, size_t size)
{
	const size_t step = line_size();
	uintptr_t from = (uintptr_t)start;

	fence();
	flush_lines(from & ~(step - 1), from + size, step);
	fence();
}
