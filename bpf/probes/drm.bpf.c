// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * drm.bpf.c - the frames of a display, by DRM's atomic commits: from the ioctl until they are shown
 *
 * A frame is a framebuffer that a plane did not have before. Whatever ioctl it comes by, it is in an
 * atomic state, which becomes the device's when nothing can fail any more; and the event of its CRTC,
 * which the kernel makes itself where the application wants none, is sent at the vblank from which on
 * it is shown. A context is a plane, with the frames that are on their way to it.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "probes/display.h"
#include "probes/drm.h"
#include "probes/inputs.bpf.h"
#include "probes/queues.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define MAX_PLANES 32 /* of a card; planes and CRTCs are bits in the kernel's masks */
#define DRM_MAJOR  226
#define EBUSY	   16

/* Of the ioctls that commit frames. */
#define NUMBER_OF_SETCRTC  0xa2
#define NUMBER_OF_CURSOR   0xa3
#define NUMBER_OF_FLIP	   0xb0
#define NUMBER_OF_SETPLANE 0xb7
#define NUMBER_OF_CURSOR2  0xbb
#define NUMBER_OF_ATOMIC   0xbc

/* By device: behind the last of its planes that had frames. */
__u32 vpipe_planes[VPIPE_MAX_DEVICES] SEC(".data");

/* What to do with the frames of a state. */
enum what {
	FRAMES_BEGIN,
	FRAMES_REFUSED,
	FRAMES_UNSYNCED,
};

/* An atomic state, whose frames are gone through. Numbers, as bpf_loop() takes them. */
struct commit {
	__u64 card; /* its drm_device */
	__u64 planes;
	__u64 crtcs;
	__u64 ns;
	__u32 device; /* plus 1 */
	__u32 what;
};

/* A framebuffer that is new to its plane. */
struct flip {
	struct drm_framebuffer___any *fb;
	__u32 plane; /* index */
	__u32 crtc;
};

static __always_inline bool is_commit(__u32 command)
{
	switch (command & 0xff) {
	case NUMBER_OF_SETCRTC:
	case NUMBER_OF_CURSOR:
	case NUMBER_OF_FLIP:
	case NUMBER_OF_SETPLANE:
	case NUMBER_OF_CURSOR2:
	case NUMBER_OF_ATOMIC:
		return true;
	}
	return false;
}

/* The device of an open file of a card, plus 1; 0: it is not traced. */
static __always_inline __u32 device_of_drm_file(const struct file *file)
{
	__u32 number = file->f_inode->i_rdev;

	return number >> 20 == DRM_MAJOR ? device_of_card(number & ((1 << 20) - 1)) : 0;
}

static __always_inline __u32 device_of_drm(const void *card)
{
	const struct drm_device___any *drm = card;

	return device_of_card(BPF_CORE_READ(drm, primary, index));
}

/* Of @device, plus 1, which is in bounds, and the verifier must see it. */
static __always_inline __u32 *planes_of(__u32 device)
{
	__u64 place = device - 1;

	asm volatile("%0 &= %1" : "+r"(place) : "i"(VPIPE_MAX_DEVICES - 1));
	return &vpipe_planes[place];
}

static __always_inline int ioctl_entered(const struct file *file, __u32 command)
{
	struct vpipe_thread *thread;
	__u32 device;

	if (!is_commit(command))
		return 0;
	device = device_of_drm_file(file);
	thread = device ? user_touches(device) : NULL;
	if (thread)
		thread->user.qbuf_ns = now_ns();
	return 0;
}

PAIR("fentry/drm_ioctl", vpipe_drmin, ioctl_entered, ARGS(struct file *file, unsigned int command),
     file, command)

/* What the kernel commits by itself when a file is closed or a console comes back, is no frame of it. */
static __always_inline int ioctl_left(const struct file *file, __u32 command)
{
	struct vpipe_thread *thread;

	if (!is_commit(command) || !device_of_drm_file(file))
		return 0;
	thread = thread_find(current_tid());
	if (thread)
		thread->user.qbuf_ns = 0;
	return 0;
}

PAIR("fexit/drm_ioctl", vpipe_drmout, ioctl_left,
     ARGS(struct file *file, unsigned int command, unsigned long arg, long ret), file, command)

/* A plane's key: no queue has it, whose highest bits are 0. */
static __always_inline __u64 key_of_plane(__u64 card, __u32 plane)
{
	return card << 5 | plane;
}

/* The context of a plane of @device, plus 1, which may be new. NULL: there is no room. */
static __always_inline struct vpipe_context *plane_context(__u64 key, __u32 device)
{
	struct vpipe_context *context = context_find(key);

	if (context)
		return context;
	context = context_claim(key);
	if (!context) {
		count(VPIPE_LOSS_no_context);
		return NULL;
	}
	context->device = device - 1;
	context->kind = VPIPE_DEVICE_DISPLAY;
	context->frames = true;
	context->committed = 0;
	context->id = __sync_fetch_and_add(&vpipe_queues, 1) + 1;
	return context;
}

/* What of @fb tells an importer of its memory, or its exporter: see vpipe_cycle. */
static __always_inline __u64 memory_of_framebuffer(const struct drm_framebuffer___any *fb)
{
	struct drm_gem_object___any *object = BPF_CORE_READ(fb, obj[0]);
	struct dma_buf___any *dmabuf = BPF_CORE_READ(object, import_attach, dmabuf);

	if (!dmabuf) /* its own memory, which a camera may fill */
		return (__u64)BPF_CORE_READ(object, dma_buf);
	return memory_of_dmabuf(BPF_CORE_READ(dmabuf, exp_name), (__u64)BPF_CORE_READ(dmabuf, priv),
				(__u64)dmabuf);
}

/* The thread that commits the frame in @slot is in the ioctl since its first point. */
static __always_inline void carry_commit(struct vpipe_slot *slot, struct vpipe_thread *thread)
{
	struct vpipe_frame *frame = &slot->frame;
	__u64 commit_ns = frame->ns[DISPLAY_POINT_COMMIT];
	const __u32 rows = vpipe_config.rows;

	if (rows == VPIPE_ROWS_CARRIED)
		carried(frame, thread, DISPLAY_STAGE_commit, DISPLAY_STAGE_commit + 1);
	if (rows == VPIPE_ROWS_NONE || ran_since(thread, commit_ns))
		return;
	if (carry_from(slot, thread, commit_ns))
		carry_to(slot, thread, DISPLAY_STAGE_commit, frame->ns[DISPLAY_POINT_HANDED]);
	else
		frame->unknown = 1 << DISPLAY_STAGE_commit;
}

/* A slot of @plane for a frame that is shown at @event. A third one cannot be on its way. */
static __always_inline struct vpipe_slot *slot_for(struct vpipe_context *plane, __u64 event)
{
	__u32 place = plane->slots[0].state == VPIPE_SLOT_QUEUED;

	slot_drop(&plane->slots[place], VPIPE_LOSS_incomplete);
	plane->events[place] = event;
	return &plane->slots[place];
}

/* @flip is a frame that the current thread, @thread, commits: it is shown when @event comes. */
static __always_inline void frame_committed(const struct commit *commit, const struct flip *flip,
					    struct vpipe_thread *thread, __u64 event)
{
	struct vpipe_context *plane =
		plane_context(key_of_plane(commit->card, flip->plane), commit->device);
	const struct drm_framebuffer___any *fb = flip->fb;
	__u32 *planes = planes_of(commit->device);
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;

	if (!plane)
		return;
	if (*planes <= flip->plane)
		*planes = flip->plane + 1;
	slot = slot_for(plane, event);
	frame = &slot->frame;
	frame_begin(slot, plane->id, 0);
	frame->device = plane->device;
	frame->cap_index = flip->plane;
	frame->algo_id = 0;
	frame->asked_ns = 0;
	frame->bytesused = BPF_CORE_READ(fb, obj[0], size);
	frame->seq = frame->src_seq = plane->committed++;
	frame->ns[DISPLAY_POINT_COMMIT] = thread->user.qbuf_ns;
	frame->ns[DISPLAY_POINT_HANDED] = commit->ns;
	__builtin_memset(&frame->cycle, 0, sizeof(frame->cycle));
	frame->cycle.given_ns = commit->ns;
	frame->cycle.flags = TIMESTAMP_MONOTONIC;
	frame->cycle.memory = memory_of_framebuffer(fb);
	frame->cycle.has_input = true;
	input_given(&frame->cycle.input, frame->cycle.memory, 0, thread,
		    frame->ns[DISPLAY_POINT_COMMIT]);
	carry_commit(slot, thread);
}

/* The event that is sent when what is committed for @crtc is shown; 0: there will be none. */
static __always_inline __u64 event_of(const struct commit *commit, __u32 crtc)
{
	const struct __drm_crtcs_state___any *state =
		(void *)commit->crtcs + crtc * bpf_core_type_size(struct __drm_crtcs_state___any);

	return (__u64)BPF_CORE_READ(state, new_state, event);
}

/* What @state has for a plane; false: no framebuffer, or the one that the plane has. */
static __always_inline bool is_flip(const struct __drm_planes_state___any *state, struct flip *flip)
{
	struct drm_plane_state___any *after = BPF_CORE_READ(state, new_state);
	struct drm_crtc___any *crtc = BPF_CORE_READ(after, crtc);

	flip->fb = BPF_CORE_READ(after, fb);
	if (!BPF_CORE_READ(state, ptr) || !crtc || !flip->fb ||
	    flip->fb == BPF_CORE_READ(state, old_state, fb))
		return false;
	flip->plane = BPF_CORE_READ(state, ptr, index);
	flip->crtc = BPF_CORE_READ(crtc, index);
	return flip->plane < MAX_PLANES && flip->crtc < MAX_PLANES;
}

/*
 * Plane number @i of what is committed. Part of the program, not called by bpf_loop(): types of modules
 * that are read in functions of their own are looked for whenever anything is loaded.
 */
static __always_inline void commit_plane(__u32 i, const struct commit *commit)
{
	const struct __drm_planes_state___any *state =
		(void *)commit->planes + i * bpf_core_type_size(struct __drm_planes_state___any);
	struct vpipe_thread *thread = user_here();
	struct flip flip;
	__u64 event;

	if (!thread || !is_flip(state, &flip))
		return;
	event = commit->what == FRAMES_BEGIN ? event_of(commit, flip.crtc) : 0;
	if (event)
		frame_committed(commit, &flip, thread, event);
	else
		count(commit->what == FRAMES_REFUSED ? VPIPE_LOSS_refused : VPIPE_LOSS_unsynced);
}

/* What is to be committed; it has had two names. */
static __always_inline __u32 read_state(const void *state, struct commit *commit)
{
	const struct drm_atomic_commit___any *by_new = state;
	const struct drm_atomic_state___any *by_old = state;
	struct drm_device___any *card;

	if (bpf_core_type_exists(struct drm_atomic_commit___any)) {
		card = BPF_CORE_READ(by_new, dev);
		commit->planes = (__u64)BPF_CORE_READ(by_new, planes);
		commit->crtcs = (__u64)BPF_CORE_READ(by_new, crtcs);
	} else {
		card = BPF_CORE_READ(by_old, dev);
		commit->planes = (__u64)BPF_CORE_READ(by_old, planes);
		commit->crtcs = (__u64)BPF_CORE_READ(by_old, crtcs);
	}
	commit->card = (__u64)card;
	commit->device = device_of_drm(card);
	return BPF_CORE_READ(card, mode_config.num_total_plane);
}

/*
 * The current thread commits @state, with frames of which it is known @what becomes of them. There is
 * one to an ioctl; what comes by none is the kernel's own.
 */
static __always_inline int frames_of(const void *state, __u32 what)
{
	struct vpipe_thread *thread = user_here();
	struct commit commit = {.what = what};
	__u32 planes;

	if (!thread || !thread->user.qbuf_ns)
		return 0;
	planes = read_state(state, &commit);
	if (!commit.device || commit.device != thread->user.device)
		return 0;
	commit.ns = now_ns();
	for (__u32 i = 0; i < MAX_PLANES && i < planes; i++)
		commit_plane(i, &commit);
	thread->user.qbuf_ns = 0;
	return 0;
}

/* From here on it cannot fail: what is left is the hardware's, and of who brings it there. */
static __always_inline int state_swapped(const void *state, int ret)
{
	return ret ? 0 : frames_of(state, FRAMES_BEGIN);
}

PAIR("fexit/drm_atomic_helper_swap_state", vpipe_commit, state_swapped,
     ARGS(void *state, bool stall, int ret), state, ret)

/* A commit that is not to wait is refused as long as the one before is not shown. */
static __always_inline int state_set_up(const void *state, int ret)
{
	return ret == -EBUSY ? frames_of(state, FRAMES_REFUSED) : 0;
}

PAIR("fexit/drm_atomic_helper_setup_commit", vpipe_busy, state_set_up,
     ARGS(void *state, bool nonblock, int ret), state, ret)

/* It takes the place of what may not be shown yet, and no event tells when it is itself. */
PAIR("fentry/drm_atomic_helper_async_commit", vpipe_async, frames_of, ARGS(void *card, void *state),
     state, FRAMES_UNSYNCED)

/* An event that is sent. */
struct shown {
	__u64 card;
	__u64 event;
	__u64 timestamp_ns; /* of its vblank */
	__u64 ns;
};

static __always_inline void frame_shown(struct vpipe_context *plane, __u32 place,
					const struct shown *shown)
{
	struct vpipe_slot *slot = &plane->slots[place];

	if (slot->state != VPIPE_SLOT_QUEUED || plane->events[place] != shown->event)
		return;
	slot->frame.ns[DISPLAY_POINT_SHOWN] = shown->ns;
	slot->frame.cycle.timestamp_ns = shown->timestamp_ns;
	slot->frame.cycle.owned = plane->slots[!place].state == VPIPE_SLOT_QUEUED;
	frame_record(slot, DISPLAY_POINT_COMMIT, DISPLAY_POINT_SHOWN, DISPLAY_POINT_SHOWN, 0);
}

static long show_plane(__u32 i, struct shown *shown)
{
	struct vpipe_context *plane = context_find(key_of_plane(shown->card, i));

	if (!plane)
		return 0;
	frame_shown(plane, 0, shown);
	frame_shown(plane, 1, shown);
	return 0;
}

/* Just behind the trace event drm_vblank_event_delivered, which does not say of which card it is. */
static __always_inline int event_sent(const void *card, const void *event, __s64 timestamp_ns)
{
	struct shown shown = {
		.card = address_of(card),
		.event = address_of(event),
		.timestamp_ns = timestamp_ns,
	};
	__u32 device = device_of_drm(card);

	if (!device)
		return 0;
	shown.ns = now_ns();
	bpf_loop(*planes_of(device), show_plane, &shown, 0);
	return 0;
}

PAIR("fentry/drm_send_event_timestamp_locked", vpipe_shown, event_sent,
     ARGS(void *card, void *event, __s64 timestamp_ns), card, event, timestamp_ns)
