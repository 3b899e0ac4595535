/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-crc.h - the CRC of a frame
 */
#ifndef VPIPE_CRC_H
#define VPIPE_CRC_H

#include <linux/types.h>

int vpipe_crc_init(void);
void vpipe_crc_exit(void);
u32 vpipe_crc(const u8 *data, size_t size);

#endif /* VPIPE_CRC_H */
