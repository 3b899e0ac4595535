/* SPDX-License-Identifier: MIT */
/*
 * m2m.h - what the guest's tests do to vpipe's node and its metadata device
 *
 * Functions without a result fail the test if what they do fails.
 */
#ifndef TEST_M2M_H
#define TEST_M2M_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kmod/vpipe.h"
#include "lib/node.h"
#include "user/lib/ref.h"
#include "lib/v4l2.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** The call has to return 0; if not, say what went wrong. */
#define must(call) must_succeed(call, #call, __FILE__, __LINE__)
void must_succeed(int err, const char *call, const char *file, int line);

/** The node and its two queues. */
struct m2m {
	struct vdev dev;
	struct vqueue out;
	struct vqueue cap;
	struct node_sequence sequence;
};

/** Both buffers of a frame, as dequeued. */
struct m2m_frame {
	struct v4l2_buffer out;
	struct v4l2_buffer cap;
};

/** ioctl(): 0 or -errno. */
int m2m_ioctl(int fd, unsigned long request, void *arg);

/** Open the node; @memory is that of both queues, which have no buffers yet. */
void m2m_open(struct m2m *m, enum v4l2_memory memory);

/** Open it with @count MMAP buffers of @width x @height in each queue, and start both. */
void m2m_start(struct m2m *m, unsigned int width, unsigned int height, unsigned int count);

void m2m_close(struct m2m *m);

/** Bytes of a frame. */
size_t m2m_bytes(const struct m2m *m);

/** Set what is done from the next QBUF on. */
void m2m_set(struct m2m *m, uint32_t sequence, const struct node_cv *cv);

/** Queue a whole frame, or a place for one. Returns 0 or -errno. */
int m2m_queue(const struct vqueue *queue, unsigned int index);

/** The next buffer of a queue that has one done. */
struct v4l2_buffer m2m_dequeue(const struct vqueue *queue);

/** Queue both buffers @index, and wait for both. */
struct m2m_frame m2m_process(struct m2m *m, unsigned int index);

/** m2m_process() @count times with buffer 0. */
void m2m_process_many(struct m2m *m, unsigned int count);

/** Fill OUTPUT buffer @index with noise; the same for the same @seed. */
void m2m_fill(const struct m2m *m, unsigned int index, unsigned int seed);

/** What the reference makes of OUTPUT buffer @index is in CAPTURE buffer @cap. */
bool m2m_is_reference(const struct m2m *m, unsigned int index, unsigned int cap,
		      const struct node_cv *cv, struct ref_result *result);

/** m2m_start() with queues of @count DMABUFs each. */
void m2m_start_dmabuf(struct m2m *m, unsigned int width, unsigned int height, unsigned int count);

/** Queue DMABUF @fd as buffer @index. Returns 0 or -errno. */
int m2m_queue_dmabuf(const struct vqueue *queue, unsigned int index, int fd);

/** A frame from the DMABUF @from to @to, by the buffers 0. */
void m2m_process_dmabuf(struct m2m *m, int from, int to);

/** A frame passes, in a context of its own, comes out as it should, and has its row. */
void m2m_works(void);

/** Open the metadata device with O_RDONLY | @flags. */
int meta_open(int flags);

/** Read up to @max rows; their number, 0 if there is none (O_NONBLOCK). */
size_t meta_read(int fd, struct vpipe_meta_entry *rows, size_t max);

/** The only row there is. */
struct vpipe_meta_entry meta_read_one(int fd);

struct vpipe_meta_stats meta_stats(int fd);

#endif /* TEST_M2M_H */
