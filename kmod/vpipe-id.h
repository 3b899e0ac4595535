/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-id.h - whose events these are: ids of open files
 */
#ifndef VPIPE_ID_H
#define VPIPE_ID_H

#include <linux/types.h>

u32 vpipe_new_id(void);

#endif /* VPIPE_ID_H */
