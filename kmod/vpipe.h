/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * vpipe.h - userspace API of the vpipe mem2mem node and of /dev/vpipe-meta
 *
 * Everything here is fixed. New controls get ids from VPIPE_CID_BASE + 16,
 * new ioctls numbers from 0x10, new flags new bits; nothing is renumbered.
 */
#ifndef VPIPE_H
#define VPIPE_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/v4l2-controls.h>

/** Driver, card and video device name: how tools find the node in sysfs. */
#define VPIPE_NAME "vpipe"

/** The metadata device. */
#define VPIPE_META_NAME "vpipe-meta"
#define VPIPE_META_PATH "/dev/" VPIPE_META_NAME

/** Frame geometry limits and the default, in pixels (GREY: also in bytes). */
#define VPIPE_MIN_SIZE	     1
#define VPIPE_MAX_SIZE	     4096
#define VPIPE_DEFAULT_WIDTH  640
#define VPIPE_DEFAULT_HEIGHT 480

/*
 * Controls. All of them are per open file and are snapshotted when an OUTPUT
 * buffer is queued: a change made later never touches a frame already queued.
 * They form one cluster: one VIDIOC_S_EXT_CTRLS is seen whole or not at all.
 */
#define VPIPE_CID_BASE (V4L2_CID_USER_BASE + 0x1000)
/** int, 0..INT_MAX: sequence of the source frame, copied to the metadata row. A control
 * has 31 bits for it: the last one is VPIPE_CID_SRC_SEQUENCE_BIT_31.
 */
#define VPIPE_CID_SRC_SEQUENCE (VPIPE_CID_BASE + 0)
/** menu, enum vpipe_algo: what is done with the region of interest. */
#define VPIPE_CID_ALGO (VPIPE_CID_BASE + 1)
/** int, 0..4096, pixels: region of interest. A width or height of 0 means the
 * full frame; otherwise the region is clamped to the frame: left and top to its
 * last column and row, width and height to what remains from there. So at least
 * one pixel is always processed.
 */
#define VPIPE_CID_ROI_LEFT   (VPIPE_CID_BASE + 2)
#define VPIPE_CID_ROI_TOP    (VPIPE_CID_BASE + 3)
#define VPIPE_CID_ROI_WIDTH  (VPIPE_CID_BASE + 4)
#define VPIPE_CID_ROI_HEIGHT (VPIPE_CID_BASE + 5)
/** int, 0..255, default 127: a pixel becomes 255 where pixel > threshold, else 0. */
#define VPIPE_CID_THRESHOLD (VPIPE_CID_BASE + 6)
/** bool, default 1: 0 leaves the CRC of the frame out (VPIPE_META_F_NO_CRC). */
#define VPIPE_CID_CRC (VPIPE_CID_BASE + 16)
/** menu, enum vpipe_cache: what is flushed from the caches before the job. Where the
 * driver knows no way to flush them it takes VPIPE_CACHE_AS_IS only (EINVAL).
 */
#define VPIPE_CID_CACHE (VPIPE_CID_BASE + 17)
/** bool: the highest bit of the source frame's sequence, which V4L2 counts in 32 bits. */
#define VPIPE_CID_SRC_SEQUENCE_BIT_31 (VPIPE_CID_BASE + 18)

/** Values of VPIPE_CID_ALGO and of vpipe_meta_entry.algo_id. */
enum vpipe_algo {
	VPIPE_ALGO_NONE = 0, /**< copy the frame unchanged */
	VPIPE_ALGO_THRESHOLD = 1, /**< binarise the region of interest, copy the rest */
};

/** Values of VPIPE_CID_CACHE. Flushed is: written back to memory, and in no cache any more. */
enum vpipe_cache {
	VPIPE_CACHE_AS_IS = 0, /**< leave the caches alone */
	VPIPE_CACHE_SOURCE = 1, /**< the frame of the OUTPUT buffer is flushed */
	VPIPE_CACHE_BOTH = 2, /**< that, and the place for it in the CAPTURE buffer */
};

/** Values of vpipe_meta_entry.algo_status. */
enum vpipe_algo_status {
	VPIPE_ALGO_OK = 0,
	/** The frame could not be processed; the CAPTURE buffer carries V4L2_BUF_FLAG_ERROR. */
	VPIPE_ALGO_FAILED = 1,
};

/** Version of struct vpipe_meta_entry. */
#define VPIPE_META_VERSION 1

/** vpipe_meta_entry.flags: this reader lost rows just before this one. */
#define VPIPE_META_F_OVERRUN 0x1U
/** vpipe_meta_entry.flags: timestamp_ns was taken by hardware. Never set by
 * this driver, whose timestamps are those of the OUTPUT buffers.
 */
#define VPIPE_META_F_HW_TS 0x2U
/** vpipe_meta_entry.flags: crc32 was not computed and is 0 (VPIPE_CID_CRC, or a failed frame). */
#define VPIPE_META_F_NO_CRC 0x4U
/** vpipe_meta_entry.flags: the frame of the OUTPUT buffer was flushed from the caches before its
 * job (VPIPE_CID_CACHE).
 */
#define VPIPE_META_F_SRC_FLUSHED 0x8U
/** vpipe_meta_entry.flags: so was its place in the CAPTURE buffer. */
#define VPIPE_META_F_DST_FLUSHED 0x10U

/** One processed frame, as read(2) returns it from VPIPE_META_PATH. */
struct vpipe_meta_entry {
	__u16 version; /**< VPIPE_META_VERSION */
	__u16 entry_size; /**< sizeof(struct vpipe_meta_entry): 80 */
	__u32 flags; /**< VPIPE_META_F_* */
	__u64 seq; /**< row number since the module was loaded, from 0, without gaps */
	__u32 src_v4l2_sequence; /**< VPIPE_CID_SRC_SEQUENCE as of QBUF, with ..._BIT_31 */
	__u32 buffer_index; /**< index of the CAPTURE buffer */
	/** CLOCK_MONOTONIC, ns, the CAPTURE buffer's timestamp (copied from the OUTPUT buffer) */
	__u64 timestamp_ns;
	__u32 bytesused; /**< CAPTURE payload, bytes */
	/** of the CAPTURE payload: reflected polynomial 0xEDB88320, seed ~0, no final inversion */
	__u32 crc32;
	__u32 algo_id; /**< enum vpipe_algo, as of QBUF */
	__u32 algo_status; /**< enum vpipe_algo_status */
	__s32 roi_left; /**< the region as clamped, pixels */
	__s32 roi_top;
	__s32 roi_width;
	__s32 roi_height;
	__u64 algo_value0; /**< threshold: pixels of the region that became white (255) */
	__u64 algo_value1; /**< threshold: pixels of the region that became black (0) */
};

/** VPIPE_META_IOC_QUERY: what this device delivers. */
struct vpipe_meta_info {
	__u16 version; /**< VPIPE_META_VERSION */
	__u16 entry_size; /**< bytes a row */
	__u32 ring_entries; /**< rows held: a reader further behind is overrun */
	__u32 flags; /**< 0 */
	__u32 reserved[4]; /**< 0 */
};

/** VPIPE_META_IOC_GET_STATS: since the module was loaded. */
struct vpipe_meta_stats {
	__u64 published; /**< rows written */
	__u64 dropped; /**< rows lost to overruns, summed over all readers */
	__u32 reserved[4]; /**< 0 */
};

#define VPIPE_META_IOC_QUERY	 _IOR('p', 0x00, struct vpipe_meta_info)
#define VPIPE_META_IOC_GET_STATS _IOR('p', 0x01, struct vpipe_meta_stats)

#endif /* VPIPE_H */
