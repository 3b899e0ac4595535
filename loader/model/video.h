/* SPDX-License-Identifier: MIT */
/*
 * video.h - what is known of a video node, as a run says it
 */
#ifndef VPIPE_MODEL_VIDEO_H
#define VPIPE_MODEL_VIDEO_H

#include <stdbool.h>
#include <stdint.h>

enum video_answer {
	VIDEO_UNKNOWN,
	VIDEO_NO,
	VIDEO_YES,
};

/** By what a node can do. */
enum video_kind {
	VIDEO_KIND_UNKNOWN,
	VIDEO_CAPTURE,
	VIDEO_MEM2MEM,
	VIDEO_OUTPUT,
	VIDEO_METADATA,
	VIDEO_DISPLAY, /**< a card of DRM, and no video node */
	VIDEO_OTHER, /**< overlays, radio */
	VIDEO_N_KINDS,
};

/** Room for what a function here says, and for a path or a name. */
#define VIDEO_TEXT 64

/** Room for what the kernel calls a node. */
#define VIDEO_NODE 16

/** A node, or a card. Strings are bytes, "" where they are not known; numbers are 0 then. */
struct video_facts {
	char node[VIDEO_NODE]; /**< what the kernel calls it: "video0" */
	char path[VIDEO_TEXT]; /**< its file */
	char name[VIDEO_TEXT]; /**< sysfs name */
	char driver[VIDEO_TEXT]; /**< as VIDIOC_QUERYCAP has it, else as sysfs */
	char bus[VIDEO_TEXT]; /**< bus_info of VIDIOC_QUERYCAP */
	char module[VIDEO_TEXT]; /**< that has the driver, as in /sys/module */
	enum video_kind kind;
	enum video_answer vb2; /**< its queues are videobuf2's */
	enum video_answer
		reads; /**< it can be read() or written, without buffers of the application's */
	uint32_t fourcc; /**< V4L2_PIX_FMT_*, or of metadata */
	unsigned int width, height; /**< pixels */
	double fps; /**< frames a second, by its frame interval */
	bool is_dated; /**< timestamp_flags are known */
	uint32_t timestamp_flags; /**< V4L2_BUF_FLAG_TIMESTAMP_* and _TSTAMP_SRC_* of its buffers */
	enum video_answer nodrop; /**< of uvcvideo: bad frames are delivered, with the error flag */
};

/** What a node with the capabilities @caps (V4L2_CAP_*) is; 0: not known. */
enum video_kind video_kind_of(uint32_t caps);

/** "capture"; "": not known. */
const char *video_kind_name(enum video_kind kind);

/** A pixel format, as V4L2's fourcc: "YUYV", "Y16-BE"; "": not known. */
void video_format(uint32_t fourcc, char text[VIDEO_TEXT]);

/**
 * The clock of the buffers' timestamps, and what they are the time of: "monotonic eof" (end of
 * frame), "monotonic soe" (start of exposure), "monotonic vblank" (of a display), "copy" (of the
 * OUTPUT buffer's), "unknown" (the driver does not say); "": not known.
 */
void video_timestamps(const struct video_facts *facts, char text[VIDEO_TEXT]);

#endif /* VPIPE_MODEL_VIDEO_H */
