/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-meta.h - /dev/vpipe-meta, and how a row gets there
 */
#ifndef VPIPE_META_H
#define VPIPE_META_H

#include "vpipe.h"

int vpipe_meta_init(void);
void vpipe_meta_exit(void);
void vpipe_meta_publish(struct vpipe_meta_entry *row);

#endif /* VPIPE_META_H */
