/* SPDX-License-Identifier: MIT */
/*
 * flush.h - memory out of the caches, by the instruction that the driver uses
 */
#ifndef VPIPE_TESTS_BENCH_FLUSH_H
#define VPIPE_TESTS_BENCH_FLUSH_H

#include <stdbool.h>
#include <stddef.h>

/** What flushes, in words; NULL: this processor has nothing that a program may use. */
const char *flush_way(void);

/** Write back and drop @size bytes from @start on, as kmod/vpipe-cache.c does. */
void flush(const void *start, size_t size);

#endif /* VPIPE_TESTS_BENCH_FLUSH_H */
