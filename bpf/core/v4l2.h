/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * v4l2.h - what is read of V4L2's UAPI: vmlinux.h need not have it
 */
#ifndef VPIPE_V4L2_H
#define VPIPE_V4L2_H

/* enum v4l2_buf_type */
#define CAPTURE	       1
#define OUTPUT	       2
#define CAPTURE_MPLANE 9
#define OUTPUT_MPLANE  10
#define META_CAPTURE   13

static __always_inline bool is_output(__u32 type)
{
	return type == OUTPUT || type == OUTPUT_MPLANE;
}

/* Of the ioctls VIDIOC_QBUF and VIDIOC_DQBUF. */
#define NUMBER_OF_QBUF	15
#define NUMBER_OF_DQBUF 17

#define MEMORY_DMABUF 4 /* V4L2_MEMORY_DMABUF */

/* enum vb2_buffer_state, whose numbers are the same from 6.1 to 7.3 */
enum vb2_buffer_state___any {
	STATE_QUEUED = 3, /* when it is done: the driver gave it back unused, it could not start */
	STATE_ACTIVE, /* the driver has it */
	STATE_ERROR = 6,
};

#define TIMESTAMP_COPY 0x4000 /* V4L2_BUF_FLAG_TIMESTAMP_COPY */

/* v4l2_buffer.flags: the last one, mostly empty; one with an error; the clock of its timestamp, and of which moment it is */
#define BUFFER_LAST	    0x100000
#define BUFFER_ERROR	    0x40
#define TIMESTAMP_MASK	    0xe000
#define TIMESTAMP_MONOTONIC 0x2000
#define STAMPED_MASK	    0x70000
#define STAMPED_AT_START    0x10000 /* V4L2_BUF_FLAG_TSTAMP_SRC_SOE */

/* struct v4l2_buffer of the UAPI on 64-bit machines, as far as it is read. */
struct uapi_v4l2_buffer {
	__u32 index;
	__u32 type;
	__u32 bytesused;
	__u32 flags;
	__u32 field;
	__u32 pad;
	__s64 tv_sec;
	__s64 tv_usec;
	__u8 timecode[16];
	__u32 sequence;
};

#endif /* VPIPE_V4L2_H */
