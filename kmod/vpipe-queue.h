/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-queue.h - the queues of an open file
 */
#ifndef VPIPE_QUEUE_H
#define VPIPE_QUEUE_H

#include <media/videobuf2-core.h>

int vpipe_queue_init(void *priv, struct vb2_queue *src, struct vb2_queue *dst);

#endif /* VPIPE_QUEUE_H */
