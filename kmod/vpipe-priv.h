/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * vpipe-priv.h - what the driver's files have in common
 */
#ifndef VPIPE_PRIV_H
#define VPIPE_PRIV_H

#include <linux/types.h>
#include <media/videobuf2-core.h>

#include "vpipe.h"

/* The id of a newly opened file, of either device: never 0, never used twice while loaded. */
u32 vpipe_new_id(void);

int vpipe_meta_init(void);
void vpipe_meta_exit(void);
void vpipe_meta_publish(struct vpipe_meta_entry *row);

int vpipe_crc_init(void);
void vpipe_crc_exit(void);
u32 vpipe_crc(const u8 *data, size_t size);

bool vpipe_cache_can_flush(void);
u32 vpipe_cache_flush(u32 cache, struct vb2_buffer *src, struct vb2_buffer *dst, u32 bytes);

#endif /* VPIPE_PRIV_H */
