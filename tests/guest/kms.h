/* SPDX-License-Identifier: MIT */
/*
 * kms.h - a display of DRM, for the tests' clients
 *
 * Functions that can fail return 0 or -errno, described by v4l2_error(). One thread at a time.
 */
#ifndef TEST_KMS_H
#define TEST_KMS_H

#include <stdint.h>

#include "lib/heap.h"
#include "lib/v4l2.h"

/** The ways to show a framebuffer. */
enum kms_way {
	KMS_FLIP, /**< PAGE_FLIP, with an event */
	KMS_ATOMIC, /**< ATOMIC that does not block, with an event */
	KMS_BLOCK, /**< ATOMIC that returns when it is shown */
	KMS_PLANE, /**< SETPLANE, likewise */
	KMS_N_WAYS,
};

/** A card's first display, as its first CRTC shows it. */
struct kms {
	int fd; /**< -1: closed */
	uint32_t crtc, connector, plane; /**< ids; the plane is the CRTC's primary one */
	uint32_t fb_property; /**< id of that of the plane which is called FB_ID */
	unsigned int width, height; /**< pixels */
};

/** What DRM says of a flip. */
struct kms_event {
	uint32_t sequence; /**< of the vblank */
	uint64_t ns; /**< CLOCK_MONOTONIC, to the microsecond */
};

/** Open the card of @driver that has a display with a mode of that size. */
int kms_open(struct kms *kms, const char *driver, unsigned int width, unsigned int height);

/** Close it; its framebuffers are gone. A closed one is left alone. */
void kms_close(struct kms *kms);

/** Memory of the card's own, mapped, of @bytes_per_pixel; *@pitch is bytes a line. With a dma_buf. */
int kms_allocate(const struct kms *kms, unsigned int bytes_per_pixel, struct heap_buf *buf,
		 uint32_t *pitch);

/** Make the framebuffer *@fb of @fourcc (DRM_FORMAT_*) of a dma_buf. */
int kms_add(const struct kms *kms, int dmabuf, uint32_t fourcc, uint32_t pitch, uint32_t *fb);

/** Set the mode, and show @fb. */
int kms_set_mode(struct kms *kms, uint32_t fb, struct vstamps *stamps);

/** Show @fb. */
int kms_show(const struct kms *kms, enum kms_way way, uint32_t fb, struct vstamps *stamps);

/** Show a pointer that was not shown before. */
int kms_point(const struct kms *kms);

/** Wait for the event of a flip: around the read(2) that has it. -ETIMEDOUT: for 5 seconds. */
int kms_wait(const struct kms *kms, struct kms_event *event, struct vstamps *stamps);

#endif /* TEST_KMS_H */
