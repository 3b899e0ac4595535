/* SPDX-License-Identifier: MIT */
/*
 * video.h - what this machine knows of its video nodes
 *
 * It comes from sysfs, and from a node that is opened and asked: its capabilities, format
 * and frame interval. Nothing changes by that, and nobody who streams is disturbed.
 */
#ifndef VPIPE_HOST_VIDEO_H
#define VPIPE_HOST_VIDEO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/model/video.h"

/** The modules of videobuf2: its part for V4L2, with the events; and its core, with the types, which DVB's take alone. */
#define VIDEO_VB2	"videobuf2_v4l2"
#define VIDEO_VB2_TYPES "videobuf2_common"

/** A node; strings are as in video_facts. */
struct video {
	struct video_facts facts;
	int err; /**< why it could not be asked, -errno; -ENOENT: its file is not in /dev */
	uint32_t caps; /**< V4L2_CAP_* of the node */
	bool multiplanar; /**< by its capabilities */
	unsigned int numbers[2]; /**< major and minor of its device number */
	char card[VIDEO_TEXT]; /**< as VIDIOC_QUERYCAP has it */
	char media[16]; /**< the media device that it belongs to: "media0"; "": none */
	enum video_answer driver_btf; /**< are there types of its module, */
	enum video_answer vb2_btf; /**< of videobuf2, */
	enum video_answer v4l2_btf; /**< of V4L2's core? */
};

/**
 * All nodes, by the number N of /dev/videoN, into *@all, to be freed: *@n of them. sysfs says which
 * there are. Returns 0 or -errno.
 */
int videos_find(struct video **all, size_t *n);

/** The same by the sysfs and the nodes below the folder @root, none of which is asked: for tests. */
int videos_find_in(const char *root, struct video **all, size_t *n);

/** What the kernel calls the video node whose file is @path: "video0". Returns 0; or -errno, having said why. */
int video_name(const char *path, char node[VIDEO_NODE]);

/** The node whose file is @path. Returns 0; or -errno, having said why: it is none. */
int video_look(const char *path, struct video *video);

/** Has the node whose file is @path queues of videobuf2? VIDEO_UNKNOWN: that is not to be seen. */
enum video_answer video_has_vb2(const char *path);

/**
 * Learn from a buffer what the timestamps are: it is allocated on a file of our own, and freed. A
 * node that somebody uses is left alone, -EBUSY. Returns 0 or -errno.
 */
int video_look_at_buffer(struct video *video);

#endif /* VPIPE_HOST_VIDEO_H */
