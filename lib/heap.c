// SPDX-License-Identifier: MIT
/* heap.c - buffers to share with drivers, see heap.h */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/heap.h"
#include "lib/v4l2.h"

static int open_heap(struct heap *heap, const char *path)
{
	heap->path = path;
	heap->is_udmabuf = !strcmp(path, HEAP_UDMABUF);
	heap->fd = open(path, O_RDWR | O_CLOEXEC);
	return heap->fd < 0 ? -errno : 0;
}

int heap_open(struct heap *heap, const char *path)
{
	int err;

	memset(heap, 0, sizeof(*heap));
	err = open_heap(heap, path);
	if (!err)
		return 0;
	if (err != -ENOENT || strcmp(path, HEAP_DEFAULT) != 0)
		return v4l2_fail(err, "cannot open the heap %s", path);
	err = open_heap(heap, HEAP_UDMABUF);
	if (err)
		return v4l2_fail(err, "there is no heap %s and cannot open %s", path, HEAP_UDMABUF);
	heap->fell_back = true;
	return 0;
}

void heap_close(struct heap *heap)
{
	if (heap->fd >= 0)
		close(heap->fd);
	heap->fd = -1;
}

static int alloc_from_heap(const struct heap *heap, size_t size)
{
	struct dma_heap_allocation_data data = {.len = size, .fd_flags = O_RDWR | O_CLOEXEC};

	return ioctl(heap->fd, DMA_HEAP_IOCTL_ALLOC, &data) ? -errno : (int)data.fd;
}

/* A memfd that can't shrink any more, which is what udmabuf asks for. */
static int alloc_from_udmabuf(const struct heap *heap, size_t size)
{
	struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC, .size = size};
	int memfd = memfd_create("vpipe-fixture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fd;

	if (memfd < 0)
		return -errno;
	create.memfd = (unsigned int)memfd;
	if (ftruncate(memfd, (off_t)size) || fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK)) {
		fd = -errno;
	} else {
		fd = ioctl(heap->fd, UDMABUF_CREATE, &create);
		if (fd < 0)
			fd = -errno;
	}
	close(memfd);
	return fd;
}

int heap_alloc(const struct heap *heap, size_t size, struct heap_buf *buf)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	*buf = (struct heap_buf){.fd = -1, .size = (size + page - 1) / page * page};
	buf->fd = heap->is_udmabuf ? alloc_from_udmabuf(heap, buf->size)
				   : alloc_from_heap(heap, buf->size);
	if (buf->fd == -ENOTTY || buf->fd == -EINVAL)
		return v4l2_fail(buf->fd, "%s is no DMA heap", heap->path);
	if (buf->fd < 0)
		return v4l2_fail(buf->fd, "cannot get %zu bytes from %s", buf->size, heap->path);
	buf->start = mmap(NULL, buf->size, PROT_READ | PROT_WRITE, MAP_SHARED, buf->fd, 0);
	if (buf->start == MAP_FAILED) {
		int err = -errno;

		buf->start = NULL;
		heap_free(buf);
		return v4l2_fail(err, "cannot map a buffer of %s", heap->path);
	}
	return 0;
}

void heap_free(struct heap_buf *buf)
{
	if (buf->start)
		munmap(buf->start, buf->size);
	if (buf->fd >= 0)
		close(buf->fd);
	*buf = (struct heap_buf){.fd = -1};
}

static int synchronise(const struct heap_buf *buf, unsigned int flags)
{
	const struct dma_buf_sync sync = {.flags = flags};
	int ret;

	do
		ret = ioctl(buf->fd, DMA_BUF_IOCTL_SYNC, &sync);
	while (ret && (errno == EINTR || errno == EAGAIN));
	return ret ? v4l2_fail(-errno, "cannot synchronise a heap buffer") : 0;
}

int heap_begin_write(const struct heap_buf *buf)
{
	return synchronise(buf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_WRITE);
}

int heap_end_write(const struct heap_buf *buf)
{
	return synchronise(buf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_WRITE);
}
