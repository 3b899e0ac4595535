/* SPDX-License-Identifier: MIT */
/*
 * heap.h - buffers to share with drivers, from a DMA heap or from udmabuf
 *
 * Failures are described by v4l2_error().
 */
#ifndef VPIPE_LIB_HEAP_H
#define VPIPE_LIB_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/** The heap that every kernel with DMA heaps has. */
#define HEAP_DEFAULT "/dev/dma_heap/system"
/** What makes a DMABUF of a memfd: takes the place of HEAP_DEFAULT where that is missing. */
#define HEAP_UDMABUF "/dev/udmabuf"

/** An open heap. */
struct heap {
	int fd; /**< -1: closed */
	const char *path; /**< of what is open */
	bool is_udmabuf;
	bool fell_back; /**< HEAP_DEFAULT was asked for, is missing, and this is HEAP_UDMABUF */
};

/** A buffer and its mapping. */
struct heap_buf {
	int fd; /**< the DMABUF, -1: none */
	void *start; /**< NULL: none */
	size_t size; /**< bytes, whole pages */
};

/** Open a heap; @path must outlive it. Returns 0 or -errno. */
int heap_open(struct heap *heap, const char *path);

/** Close a heap; its buffers live on. A closed one is left alone. */
void heap_close(struct heap *heap);

/** Get a buffer of at least @size bytes and map it. Returns 0 or -errno. */
int heap_alloc(const struct heap *heap, size_t size, struct heap_buf *buf);

/** Unmap and close a buffer; one without anything (fd -1) is left alone. */
void heap_free(struct heap_buf *buf);

/** Before the processor writes to a buffer. Returns 0 or -errno. */
int heap_begin_write(const struct heap_buf *buf);

/** After the processor has written to it: drivers may have it. Returns 0 or -errno. */
int heap_end_write(const struct heap_buf *buf);

#endif /* VPIPE_LIB_HEAP_H */
