// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-job.c - device_run: what is done to a frame, when, and by which thread
 *
 * An OUTPUT frame goes in; a CAPTURE frame of the same size comes out, its
 * region of interest thresholded if asked for, and a row of metadata beside it.
 * The work is done where the mem2mem core calls device_run(): in the QBUF that
 * made a job ready, or in the core's worker if jobs were waiting. Loaded with
 * exec=worker, it is done in a thread of its own instead: the difference is the
 * price of the context switch.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/dma-buf.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include <media/v4l2-mem2mem.h>

#include "vpipe-cache.h"
#include "vpipe-compat.h"
#include "vpipe-crc.h"
#include "vpipe-ctx.h"
#include "vpipe-cv.h"
#include "vpipe-events.h"
#include "vpipe-job.h"
#include "vpipe-meta.h"
#include "vpipe-queue.h"
#include "vpipe.h"

/* Where jobs are done. */
static const char *const vpipe_exec_names[] = {"inline", "worker"};
enum { EXEC_INLINE, EXEC_WORKER };

static char *exec = "inline";
module_param(exec, charp, 0444);
MODULE_PARM_DESC(exec,
		 "where frames are processed: inline (in QBUF's caller) or worker (a thread)");

static struct v4l2_m2m_dev *m2m_dev;
static struct kthread_worker *worker; /* NULL: exec=inline */

/**
 * struct vpipe_times - when the steps of a job ended, for vpipe_job; 0: nobody traces it
 * @run: it began
 * @copy: the rest of the frame is copied
 * @cv: the region is processed
 * @crc: the checksum is known
 * @meta: the row is published
 */
struct vpipe_times {
	u64 run;
	u64 copy;
	u64 cv;
	u64 crc;
	u64 meta;
};

static u64 job_ns(void)
{
	return vpipe_trace_ns(trace_vpipe_job_enabled());
}

/* Is there a whole frame in @src, and room for one in @dst? */
static bool frame_fits(struct vpipe_ctx *ctx, struct vb2_buffer *src, struct vb2_buffer *dst)
{
	u32 bytes = vpipe_frame_bytes(&ctx->format);

	return vb2_get_plane_payload(src, 0) >= bytes && vb2_plane_size(src, 0) >= bytes &&
	       vb2_plane_size(dst, 0) >= bytes;
}

/*
 * Let the CPU at a buffer's memory. That of an imported DMABUF is its
 * exporter's, who has to know.
 */
static u8 *begin_access(struct vb2_buffer *vb, enum dma_data_direction direction)
{
	u8 *frame = vb2_plane_vaddr(vb, 0);

	if (!frame || vb->memory != VB2_MEMORY_DMABUF)
		return frame;
	return dma_buf_begin_cpu_access(vb->planes[0].dbuf, direction) ? NULL : frame;
}

static int end_access(struct vb2_buffer *vb, enum dma_data_direction direction)
{
	if (vb->memory != VB2_MEMORY_DMABUF)
		return 0;
	return dma_buf_end_cpu_access(vb->planes[0].dbuf, direction);
}

/*
 * Before the job begins, and so in the time that its frame is queued: it is no part of the work
 * on the frame, and the steps that are, are to be told what they cost without it. DMABUF access
 * begins later: who copies memory there (swiotlb) makes it warm again.
 */
static u32 flush_frame(struct vpipe_ctx *ctx, u32 cache, struct vb2_buffer *src,
		       struct vb2_buffer *dst)
{
	const u32 bytes = vpipe_frame_bytes(&ctx->format);
	u64 began_ns;
	u32 flushed;

	if (cache == VPIPE_CACHE_AS_IS || !frame_fits(ctx, src, dst))
		return 0;
	began_ns = vpipe_trace_ns(trace_vpipe_flush_enabled());
	flushed = vpipe_cache_flush(cache, src, dst, bytes);
	trace_vpipe_flush(ctx->id, src->index, dst->index, hweight32(flushed) * bytes, began_ns);
	return flushed;
}

/*
 * The three steps on a frame, each with its event. A frame that can't be read or
 * written (@src or @dst is NULL) fails, but goes through the same events.
 */
static void process_frame(struct vpipe_ctx *ctx, const struct vpipe_params *params, u8 *dst,
			  const u8 *src, struct vpipe_meta_entry *row, struct vpipe_times *times)
{
	const struct vpipe_rect roi = {row->roi_left, row->roi_top, row->roi_width,
				       row->roi_height};
	const u32 width = ctx->format.width, height = ctx->format.height;
	const bool threshold = params->algo == VPIPE_ALGO_THRESHOLD;
	const bool good = src && dst;
	u32 copied = 0;

	if (good)
		copied = vpipe_cv_copy_outside(dst, width, src, width, width, height,
					       threshold ? &roi : &(struct vpipe_rect){});
	times->copy = job_ns();
	vpipe_event(copy_done, ctx->id, copied);

	if (good && threshold) {
		struct vpipe_counts counts =
			vpipe_cv_threshold(dst, width, src, width, &roi, params->threshold);

		row->algo_value0 = counts.white;
		row->algo_value1 = counts.black;
	}
	row->algo_status = good ? VPIPE_ALGO_OK : VPIPE_ALGO_FAILED;
	times->cv = job_ns();
	vpipe_event(cv_done, ctx->id, row->algo_id, row->algo_status, row->algo_value0,
		    row->algo_value1);

	if (good) {
		row->bytesused = vpipe_frame_bytes(&ctx->format);
		if (params->crc) {
			row->crc32 = vpipe_crc(dst, row->bytesused);
			row->flags &= ~VPIPE_META_F_NO_CRC;
		}
	}
	times->crc = job_ns();
	vpipe_event(crc_done, ctx->id, row->bytesused, row->crc32);
}

/* Make the frame accessible, process it, give it back. */
static void process_buffers(struct vpipe_ctx *ctx, const struct vpipe_params *params,
			    struct vb2_buffer *dst, struct vb2_buffer *src,
			    struct vpipe_meta_entry *row, struct vpipe_times *times)
{
	u8 *to = NULL, *from = NULL;

	if (frame_fits(ctx, src, dst)) {
		from = begin_access(src, DMA_FROM_DEVICE);
		/* written, then read for the CRC */
		to = begin_access(dst, DMA_BIDIRECTIONAL);
	}
	process_frame(ctx, params, to, from, row, times);
	if (to && end_access(dst, DMA_BIDIRECTIONAL))
		row->algo_status = VPIPE_ALGO_FAILED;
	if (from && end_access(src, DMA_FROM_DEVICE))
		row->algo_status = VPIPE_ALGO_FAILED;
	if (row->algo_status != VPIPE_ALGO_OK) {
		row->bytesused = 0;
		row->crc32 = 0;
		row->flags |= VPIPE_META_F_NO_CRC;
	}
	vb2_set_plane_payload(dst, 0, row->bytesused);
}

static DEFINE_SPINLOCK(done_lock);

/*
 * The frame first: who waits for it need not wait for OUTPUT's waiters to be woken. But who is
 * woken must not preempt us between the two: it would find its OUTPUT buffer still missing, and
 * clients that expect both at once, as hardware's interrupt handlers give them, get out of step.
 * Nobody waits for this lock, since there is one job at a time: it keeps preemption off. (Not on
 * PREEMPT_RT, but preempt_disable() would forbid the locks of videobuf2 there.)
 */
static void job_buffers_done(struct vpipe_ctx *ctx, struct vb2_v4l2_buffer *dst,
			     struct vb2_v4l2_buffer *src, enum vb2_buffer_state state)
{
	spin_lock(&done_lock);
	vpipe_buf_done(ctx, dst, state);
	vpipe_buf_done(ctx, src, state);
	spin_unlock(&done_lock);
}

static void run_job(struct vpipe_ctx *ctx)
{
	struct vb2_v4l2_buffer *src = v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx);
	struct vb2_v4l2_buffer *dst = v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
	const struct vpipe_buffer *queued = to_vpipe_buffer(src);
	const struct vpipe_params *params = &queued->params;
	const u32 flushed = flush_frame(ctx, params->cache, &src->vb2_buf, &dst->vb2_buf);
	struct vpipe_times times = {.run = job_ns()};
	struct vpipe_meta_entry row = {
		.flags = VPIPE_META_F_NO_CRC | flushed,
		.src_v4l2_sequence = params->src_seq,
		.buffer_index = dst->vb2_buf.index,
		.timestamp_ns = src->vb2_buf.timestamp,
		.algo_id = params->algo,
	};
	enum vb2_buffer_state state = VB2_BUF_STATE_DONE;
	struct vpipe_rect roi;

	if (queued->tid != current->pid)
		vpipe_event(runner, ctx->id, src->vb2_buf.index, queued->tid, times.run);
	vpipe_event(run, ctx->id, src->vb2_buf.index, dst->vb2_buf.index, params->src_seq,
		    params->algo, vpipe_frame_bytes(&ctx->format));

	roi = vpipe_cv_clamp_roi(params->roi, ctx->format.width, ctx->format.height);
	row.roi_left = roi.left;
	row.roi_top = roi.top;
	row.roi_width = roi.width;
	row.roi_height = roi.height;
	src->sequence = ctx->sequence[0]++;
	dst->sequence = ctx->sequence[1]++;
	vpipe_copy_metadata(src, dst);

	process_buffers(ctx, params, &dst->vb2_buf, &src->vb2_buf, &row, &times);
	vpipe_meta_publish(&row);
	times.meta = job_ns();
	vpipe_event(meta_write, ctx->id, row.seq, row.seq + 1, row.src_v4l2_sequence,
		    row.buffer_index);

	if (row.algo_status != VPIPE_ALGO_OK)
		state = VB2_BUF_STATE_ERROR;
	if (trace_vpipe_job_enabled())
		vpipe_event(job, ctx->id, src->vb2_buf.index, row.buffer_index, row.bytesused,
			    row.seq, times.run, times.copy, times.cv, times.crc, times.meta,
			    job_ns());
	/* After vpipe_job: the next vpipe_submit of that OUTPUT buffer must not overtake it. */
	job_buffers_done(ctx, dst, src, state);
	v4l2_m2m_job_finish(m2m_dev, ctx->fh.m2m_ctx);

	/* vpipe_job_close() waits for this: job_finish works on the context after waking it */
	if (atomic_dec_and_test(&ctx->jobs))
		wake_up_var(&ctx->jobs);
}

static void run_job_work(struct kthread_work *work)
{
	run_job(container_of(work, struct vpipe_ctx, work));
}

static void vpipe_device_run(void *priv)
{
	struct vpipe_ctx *ctx = priv;

	atomic_inc(&ctx->jobs);
	if (worker)
		kthread_queue_work(worker, &ctx->work);
	else
		run_job(ctx);
}

/*
 * No job_abort: a running job ends by itself, soon, and the core waits for it.
 * No job_ready: a frame in and a buffer for it is all that a job needs.
 */
static const struct v4l2_m2m_ops vpipe_m2m_ops = {
	.device_run = vpipe_device_run,
};

/**
 * vpipe_job_open() - let a newly opened file have jobs: its two queues are what they come from
 * @ctx: whose file handle and @ctx->lock are initialised
 *
 * Return: 0 or a negative error code, with nothing to close.
 */
int vpipe_job_open(struct vpipe_ctx *ctx)
{
	kthread_init_work(&ctx->work, run_job_work);
	ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(m2m_dev, ctx, vpipe_queue_init);
	return PTR_ERR_OR_ZERO(ctx->fh.m2m_ctx);
}

/**
 * vpipe_job_close() - wait for the file's running job; the others don't take place
 * @ctx: of @file; the caller holds @ctx->lock
 * @file: that is being closed
 *
 * All its buffers are given back, and its queues are gone.
 */
void vpipe_job_close(struct vpipe_ctx *ctx, struct file *file)
{
	struct v4l2_m2m_ctx *m2m_ctx = ctx->fh.m2m_ctx;

	/* ends the running job and all those waiting */
	v4l2_m2m_streamoff(file, m2m_ctx, V4L2_BUF_TYPE_VIDEO_OUTPUT);
	v4l2_m2m_streamoff(file, m2m_ctx, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	/* and here device_run() no longer uses the context that is freed next */
	wait_var_event(&ctx->jobs, !atomic_read(&ctx->jobs));
	v4l2_m2m_ctx_release(m2m_ctx);
}

static void flushed(struct work_struct *work)
{
}

static DECLARE_WORK(flush_work_item, flushed);

/*
 * The mem2mem core schedules a work item at the end of each job and does not
 * wait for it when its device is released. Once no file is open it finds nothing
 * to do, but it does look: let every CPU get past it.
 */
static void flush_m2m_work(void)
{
	int cpu;

	cpus_read_lock();
	for (cpu = cpumask_first(cpu_online_mask); cpu < nr_cpu_ids;
	     cpu = cpumask_next(cpu, cpu_online_mask)) {
		schedule_work_on(cpu, &flush_work_item);
		flush_work(&flush_work_item);
	}
	cpus_read_unlock();
}

static int start_worker(void)
{
	int mode = match_string(vpipe_exec_names, ARRAY_SIZE(vpipe_exec_names), exec);

	if (mode < 0) {
		pr_err("vpipe: exec=%s is neither inline nor worker\n", exec);
		return -EINVAL;
	}
	if (mode == EXEC_INLINE)
		return 0;
	worker = vpipe_run_worker(VPIPE_NAME "-worker");
	return PTR_ERR_OR_ZERO(worker);
}

static void stop_worker(void)
{
	if (worker)
		kthread_destroy_worker(worker);
}

/**
 * vpipe_job_init() - be ready for jobs, in the way that exec= says
 *
 * Return: 0 or a negative error code; -EINVAL: exec= is none of its values.
 */
int vpipe_job_init(void)
{
	int ret = start_worker();

	if (ret)
		return ret;
	m2m_dev = v4l2_m2m_init(&vpipe_m2m_ops);
	if (IS_ERR(m2m_dev))
		stop_worker();
	return PTR_ERR_OR_ZERO(m2m_dev);
}

/**
 * vpipe_job_exit() - undo vpipe_job_init(); no file is open any more
 */
void vpipe_job_exit(void)
{
	flush_m2m_work();
	v4l2_m2m_release(m2m_dev);
	stop_worker();
}

VPIPE_IMPORT_NS_DMA_BUF;
