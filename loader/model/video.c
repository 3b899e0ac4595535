// SPDX-License-Identifier: MIT
/* video.c - see video.h */
#include <linux/videodev2.h>
#include <stddef.h>
#include <stdio.h>

#include "loader/model/video.h"

#define FOURCC_BE (1U << 31) /* of v4l2_fourcc_be() */

enum video_kind video_kind_of(uint32_t caps)
{
	static const struct {
		uint32_t caps;
		enum video_kind kind;
	} kinds[] = {
		{V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE, VIDEO_MEM2MEM},
		{V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE, VIDEO_CAPTURE},
		{V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE, VIDEO_OUTPUT},
		{V4L2_CAP_META_CAPTURE | V4L2_CAP_META_OUTPUT, VIDEO_METADATA},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (caps & kinds[i].caps)
			return kinds[i].kind;
	}
	return caps ? VIDEO_OTHER : VIDEO_KIND_UNKNOWN;
}

const char *video_kind_name(enum video_kind kind)
{
	static const char *const names[VIDEO_N_KINDS] = {
		[VIDEO_KIND_UNKNOWN] = "",     [VIDEO_CAPTURE] = "capture",
		[VIDEO_MEM2MEM] = "mem2mem",   [VIDEO_OUTPUT] = "output",
		[VIDEO_METADATA] = "metadata", [VIDEO_DISPLAY] = "display",
		[VIDEO_OTHER] = "other",
	};

	return names[kind];
}

void video_format(uint32_t fourcc, char text[VIDEO_TEXT])
{
	char *end = text;

	for (int i = 0; i < 4; i++)
		*end++ = (char)((fourcc & ~FOURCC_BE) >> 8 * i);
	while (end > text && (!end[-1] || end[-1] == ' ')) /* "Y16 " is filled up */
		end--;
	snprintf(end, VIDEO_TEXT - 4, "%s", fourcc & FOURCC_BE ? "-BE" : "");
}

void video_timestamps(const struct video_facts *facts, char text[VIDEO_TEXT])
{
	bool soe = (facts->timestamp_flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK) ==
		   V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	const char *clock = "unknown";

	switch (facts->timestamp_flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) {
	case V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC:
		clock = facts->kind == VIDEO_DISPLAY ? "monotonic vblank"
			: soe			     ? "monotonic soe"
						     : "monotonic eof";
		break;
	case V4L2_BUF_FLAG_TIMESTAMP_COPY:
		clock = "copy";
		break;
	}
	snprintf(text, VIDEO_TEXT, "%s", facts->is_dated ? clock : "");
}
