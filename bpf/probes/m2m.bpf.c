// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * m2m.bpf.c - the jobs of a mem2mem node: which OUTPUT buffer goes into which CAPTURE buffer
 *
 * A job takes the oldest OUTPUT buffer that its file has given and that is not done; CAPTURE buffers
 * that are done meanwhile are made from it.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "probes/m2m.h"
#include "probes/queues.bpf.h"
#include "probes/readers.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* By device: of which file its last job was that has ended, and when. */
__u64 vpipe_last_job[VPIPE_MAX_DEVICES] SEC(".data");
__u64 vpipe_last_end[VPIPE_MAX_DEVICES] SEC(".data");

/* By device: the address of its driver's device_run; 0: it is not known. */
__u64 vpipe_device_run[VPIPE_MAX_DEVICES] SEC(".data");

/* @device, which is in bounds, and the verifier must see it. */
static __always_inline __u64 place_of_device(__u32 device)
{
	__u64 place = device;

	asm volatile("%0 &= %1" : "+r"(place) : "i"(VPIPE_MAX_DEVICES - 1));
	return place;
}

/*
 * The oldest buffer of @output that the driver has. NULL: none, or one that was given too early. What
 * is done stays in the fifo, and may have been given once more: then it has another place behind it.
 */
static __always_inline struct vpipe_slot *fifo_oldest(struct vpipe_context *output, __u32 *index)
{
	if (output->ahead)
		return NULL;
	for (__u32 i = 0; i < sizeof(output->fifo) && output->fifo_first != output->fifo_next;
	     i++) {
		struct vpipe_slot *slot;

		*index = output->fifo[output->fifo_first % sizeof(output->fifo)];
		slot = slot_of_buffer(output, *index);
		if (slot && slot->state == VPIPE_SLOT_GIVEN &&
		    slot->frame.out_index == output->fifo_first)
			return slot;
		output->fifo_first++;
	}
	return NULL;
}

/* Attached to the address of a driver's device_run, which is called with what the jobs go by. */
SEC("?kprobe")
int BPF_KPROBE(vpipe_jobrun, void *priv)
{
	struct job *job = vpipe_shared.on ? job_find((__u64)priv) : NULL;
	struct vpipe_context *output = job ? context_find(job->output) : NULL;
	struct vpipe_slot *slot;
	__u64 device;

	if (!output)
		return 0;
	job->run_ns = 0;
	slot = fifo_oldest(output, &job->out_index);
	if (!slot)
		return 0;
	device = place_of_device(job->device);
	job->input = slot->frame.cycle.input;
	job->input.own_end_ns = job->end_ns;
	job->input.other_end_ns =
		vpipe_last_job[device] == (__u64)priv ? 0 : vpipe_last_end[device];
	job->qbuf_ns = slot->frame.ns[M2M_POINT_QBUF];
	job->given_ns = slot->frame.ns[M2M_POINT_GIVEN];
	job->unknown = slot->frame.unknown;
	job->submit = (struct vpipe_split){};
	if (slot->frame.split) {
		job->submit = slot->frame.splits[M2M_STAGE_submit];
		job->switches = slot->frame.switches;
	}
	job->run_ns = now_ns();
	return 0;
}

static __always_inline int job_ended(const struct v4l2_m2m_ctx___any *context)
{
	__u64 key = (__u64)context->priv;
	struct job *job = job_find(key);
	__u64 device;

	if (!job)
		return 0;
	device = place_of_device(job->device);
	job->end_ns = vpipe_last_end[device] = now_ns();
	vpipe_last_job[device] = key;
	return 0;
}

PAIR("fentry/v4l2_m2m_job_finish", vpipe_jobend, job_ended,
     ARGS(void *device, struct v4l2_m2m_ctx___any *context), context)
PAIR("fentry/v4l2_m2m_buf_done_and_job_finish", vpipe_jobdone, job_ended,
     ARGS(void *device, struct v4l2_m2m_ctx___any *context), context)

/* These nodes have a poll() of their own, which looks at both queues: who wants a frame reads one. */
static __always_inline int m2m_polled(const struct file *file,
				      const struct v4l2_m2m_ctx___any *context,
				      const struct poll_table_struct___any *wait)
{
	struct vpipe_thread *thread = user_touches(device_of_file(file));
	struct job *job = thread ? job_find((__u64)context->priv) : NULL;

	if (job && job->capture)
		reader_polls(thread, job->capture, wait);
	return 0;
}

PAIR("fentry/v4l2_m2m_poll", vpipe_m2mpoll, m2m_polled,
     ARGS(struct file *file, struct v4l2_m2m_ctx___any *context,
	  struct poll_table_struct___any *wait),
     file, context, wait)

/* Run by the loader, which has opened the devices: where their drivers' device_run are. */
SEC("?iter/task_file")
int vpipe_files(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct v4l2_fh___any *fh;
	__u32 device;

	if (!file || file->f_inode->i_rdev >> 20 != 81)
		return 0;
	device = device_of_file(file) - 1;
	if (device >= VPIPE_MAX_DEVICES || vpipe_kinds[device] != VPIPE_DEVICE_M2M)
		return 0;
	fh = file->private_data;
	vpipe_device_run[place_of_device(device)] =
		(__u64)BPF_CORE_READ(fh, m2m_ctx, m2m_dev, m2m_ops, device_run);
	return 0;
}
