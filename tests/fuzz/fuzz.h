/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the fuzz targets have in common
 *
 * Each fuzz-NAME.c is a libFuzzer program of its own. An input is either a file
 * as it is, or a row of numbers that decide what is done: see fuzz_u8() and on.
 */
#ifndef VPIPE_TESTS_FUZZ_H
#define VPIPE_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** libFuzzer calls it with each input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** What is left of an input. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

/** The next number of the input; 0 when it is used up. */
uint8_t fuzz_u8(struct fuzz_input *in);
uint32_t fuzz_u32(struct fuzz_input *in);
uint64_t fuzz_u64(struct fuzz_input *in);

/** From 0 to @n - 1. */
uint32_t fuzz_below(struct fuzz_input *in, uint32_t n);

/** Any number: mostly a small one, else close to a power of two or to the largest. */
uint64_t fuzz_number(struct fuzz_input *in);

/** Is @truth? If not say what is broken, and die, which is a find. */
#define FUZZ_CHECK(truth, ...)                                                  \
	do {                                                                    \
		if (!(truth))                                                   \
			fuzz_fail(__FILE__, __LINE__, #truth, " " __VA_ARGS__); \
	} while (0)

void fuzz_fail(const char *file, int line, const char *truth, const char *fmt, ...)
	__attribute__((format(printf, 4, 5), noreturn));

/** A file in memory that has a name to open. */
struct fuzz_file {
	int fd; /**< 0: not made yet */
	char path[32];
};

/** Make the file, or make it anew, of @size bytes. Returns its path. */
const char *fuzz_file(struct fuzz_file *file, const void *data, size_t size);

/** What a program under test printed, each with a NUL behind it. */
struct fuzz_said {
	char *out, *err; /**< stdout and stderr */
	size_t out_size, err_size;
};

/** From now on stdout and stderr go to memory. */
void fuzz_listen(void);

/** Until now; the text is freed by fuzz_said_free(). */
struct fuzz_said fuzz_heard(void);

void fuzz_said_free(struct fuzz_said *said);

/** @said is lines of text: nothing that could upset a terminal. */
void fuzz_check_text(const char *said, size_t size);

/** How many lines of @said begin with @kind ("error: "). */
unsigned int fuzz_count_lines(const char *said, const char *kind);

#endif /* VPIPE_TESTS_FUZZ_H */
