/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-cache.h - frames out of the caches, where there is a way
 */
#ifndef VPIPE_CACHE_H
#define VPIPE_CACHE_H

#include <linux/types.h>
#include <media/videobuf2-core.h>

bool vpipe_cache_can_flush(void);
u32 vpipe_cache_flush(u32 cache, struct vb2_buffer *src, struct vb2_buffer *dst, u32 bytes);

#endif /* VPIPE_CACHE_H */
