/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-job.h - the jobs of all open files, one at a time
 */
#ifndef VPIPE_JOB_H
#define VPIPE_JOB_H

#include <linux/fs.h>

#include "vpipe-ctx.h"

int vpipe_job_init(void);
void vpipe_job_exit(void);
int vpipe_job_open(struct vpipe_ctx *ctx);
void vpipe_job_close(struct vpipe_ctx *ctx, struct file *file);

#endif /* VPIPE_JOB_H */
