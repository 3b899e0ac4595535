// SPDX-License-Identifier: MIT
/*
 * fixed-node.c - a library to preload: vpipe's node as a module with only the fixed UAPI has it
 *
 * Controls from VPIPE_CID_BASE + 16 (FIXED_NODE_CONTROLS=N: + N) and ioctls of the metadata
 * device from 0x10 are not there.
 */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kmod/vpipe.h"

int ioctl(int fd, unsigned long request, ...);

static bool is_added(uint32_t id)
{
	const char *controls = getenv("FIXED_NODE_CONTROLS");
	uint32_t first = controls ? (uint32_t)strtoul(controls, NULL, 10) : 16;

	return id >= VPIPE_CID_BASE + first && id < VPIPE_CID_BASE + 0x100;
}

/* One that is not there: S_EXT_CTRLS names none, and sets none. */
static bool has_added(struct v4l2_ext_controls *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		if (is_added(set->controls[i].id)) {
			set->error_idx = set->count;
			return true;
		}
	}
	return false;
}

/* errno of a call that such a module refuses, or 0. */
static int refusal(unsigned long request, void *arg)
{
	switch (request) {
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
	case VIDIOC_G_CTRL:
	case VIDIOC_QUERYMENU:
	case VIDIOC_S_CTRL: /* all of them begin with the id */
		return is_added(*(uint32_t *)arg) ? EINVAL : 0;
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		return has_added(arg) ? EINVAL : 0;
	}
	return _IOC_TYPE(request) == 'p' && _IOC_NR(request) >= 0x10 ? ENOTTY : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;
	int err;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	err = refusal(request, arg);
	if (err) {
		errno = err;
		return -1;
	}
	return (int)syscall(SYS_ioctl, fd, request, arg);
}
