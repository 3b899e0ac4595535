// SPDX-License-Identifier: MIT
/* fuzz.c - what the fuzz targets have in common, see fuzz.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "lib/text.h"

uint8_t fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static uint64_t take_bytes(struct fuzz_input *in, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | fuzz_u8(in);
	return value;
}

uint32_t fuzz_u32(struct fuzz_input *in)
{
	return (uint32_t)take_bytes(in, 4);
}

uint64_t fuzz_u64(struct fuzz_input *in)
{
	return take_bytes(in, 8);
}

uint32_t fuzz_below(struct fuzz_input *in, uint32_t n)
{
	return (uint32_t)take_bytes(in, n > 256 ? 4 : 1) % n;
}

uint64_t fuzz_number(struct fuzz_input *in)
{
	uint8_t kind = fuzz_u8(in);

	switch (kind >> 6) {
	case 0:
		return kind;
	case 1:
		return take_bytes(in, 3); /* a time in a stage */
	case 2:
		return (1ULL << (kind & 63)) + fuzz_u8(in) - 128;
	default:
		return (kind & 1 ? UINT64_MAX : INT64_MAX) - fuzz_u8(in);
	}
}

/* Not by stdio, which may be listened to. */
void fuzz_fail(const char *file, int line, const char *truth, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(STDERR_FILENO, "\n%s:%d: broken: %s:%s\n", file, line, truth, text);
	abort();
}

const char *fuzz_file(struct fuzz_file *file, const void *data, size_t size)
{
	if (!file->fd) {
		file->fd = memfd_create("vpipe-fuzz", MFD_CLOEXEC);
		snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
	}
	FUZZ_CHECK(file->fd > 0 && !ftruncate(file->fd, 0));
	FUZZ_CHECK(pwrite(file->fd, data, size, 0) == (ssize_t)size);
	return file->path;
}

static struct fuzz_said heard;
static FILE *real_stdout, *real_stderr;

/* With glibc these are variables. */
void fuzz_listen(void)
{
	real_stdout = stdout;
	real_stderr = stderr;
	stdout = open_memstream(&heard.out, &heard.out_size);
	stderr = open_memstream(&heard.err, &heard.err_size);
	FUZZ_CHECK(stdout && stderr);
}

struct fuzz_said fuzz_heard(void)
{
	fclose(stdout);
	fclose(stderr);
	stdout = real_stdout;
	stderr = real_stderr;
	return heard;
}

void fuzz_said_free(struct fuzz_said *said)
{
	free(said->out);
	free(said->err);
	*said = (struct fuzz_said){0};
}

void fuzz_check_text(const char *said, size_t size)
{
	for (size_t i = 0, length; i < size; i += length) {
		length = said[i] == '\n' ? 1 : text_plain(said + i);
		FUZZ_CHECK(length, "byte %#x at %zu of what was printed:\n%s", said[i], i, said);
	}
}

unsigned int fuzz_count_lines(const char *said, const char *kind)
{
	unsigned int lines = 0;

	while (*said) {
		lines += !strncmp(said, kind, strlen(kind));
		said += strcspn(said, "\n");
		said += *said == '\n';
	}
	return lines;
}
