// SPDX-License-Identifier: MIT
/* video.c - see video.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/msg.h"
#include "loader/host/host.h"
#include "loader/host/sysfs.h"
#include "loader/host/video.h"

#define CLASS	     "/sys/class/video4linux"
#define MAX_DEPTH    8 /* of modules that use each other */
#define V4L2_TYPES   "videodev"
#define WITHOUT_NODE "v4l2-ctl --list-devices shows what there is"

static int is_video(const struct dirent *entry)
{
	return sysfs_is_numbered(entry->d_name, "video");
}

/* Does module @who use module @of, itself or by others? */
static bool uses(const char *root, const char *who, const char *of, int depth)
{
	char path[PATH_MAX];
	struct dirent *holder;
	bool found = false;
	DIR *holders;

	if (!strcmp(who, of))
		return true;
	holders = depth ? opendir(sysfs_path(path, "%s/sys/module/%s/holders", root, of)) : NULL;
	while (holders && !found && (holder = readdir(holders))) {
		if (*holder->d_name != '.')
			found = uses(root, who, holder->d_name, depth - 1);
	}
	if (holders)
		closedir(holders);
	return found;
}

/* em28xx has the device, and em28xx_v4l, which uses it, the node. */
static bool is_used_with_vb2(const char *root, const char *module)
{
	char path[PATH_MAX];
	DIR *holders = opendir(sysfs_path(path, "%s/sys/module/%s/holders", root, module));
	struct dirent *holder;
	bool found = false;

	while (holders && !found && (holder = readdir(holders))) {
		if (*holder->d_name != '.')
			found = uses(root, holder->d_name, VIDEO_VB2, MAX_DEPTH);
	}
	if (holders)
		closedir(holders);
	return found;
}

/* A module that is built in has no holders to be seen; one that is not there, none. */
static enum video_answer has_vb2(const char *root, const char *module)
{
	if (!sysfs_exists("%s/sys/module", root))
		return VIDEO_UNKNOWN;
	if (!sysfs_exists("%s/sys/module/" VIDEO_VB2, root))
		return VIDEO_NO;
	if (!*module || !sysfs_exists("%s/sys/module/" VIDEO_VB2 "/holders", root))
		return VIDEO_UNKNOWN;
	return uses(root, module, VIDEO_VB2, MAX_DEPTH) || is_used_with_vb2(root, module)
		       ? VIDEO_YES
		       : VIDEO_NO;
}

/* "1" or "Y", by the kernel's version. */
static enum video_answer read_nodrop(const char *root)
{
	char path[PATH_MAX], line[16];

	if (host_read_line(sysfs_path(path, "%s/sys/module/uvcvideo/parameters/nodrop", root), line,
			   sizeof(line)))
		return VIDEO_UNKNOWN;
	return *line == '0' || *line == 'N' ? VIDEO_NO : VIDEO_YES;
}

static void find_media(const char *device, char *media, size_t size)
{
	DIR *folder = opendir(device);
	struct dirent *entry;

	while (folder && !*media && (entry = readdir(folder))) {
		if (sysfs_is_numbered(entry->d_name, "media"))
			sysfs_take(media, size, entry->d_name);
	}
	if (folder)
		closedir(folder);
}

/* What follows from the module that has the driver. */
static void look_at_module(const char *root, struct video *video)
{
	struct video_facts *facts = &video->facts;

	facts->vb2 = has_vb2(root, facts->module);
	video->driver_btf = sysfs_has_btf(root, facts->module);
	if (facts->vb2 != VIDEO_NO) /* else it may not be loaded at all */
		video->vb2_btf = sysfs_has_btf(root, VIDEO_VB2_TYPES);
	video->v4l2_btf = sysfs_has_btf(root, V4L2_TYPES);
	if (!strcmp(facts->module, "uvcvideo"))
		facts->nodrop = read_nodrop(root);
}

/* What sysfs says of @node, "video0". */
static void read_sysfs(const char *root, const char *node, struct video *video)
{
	struct video_facts *facts = &video->facts;
	char folder[PATH_MAX - 32], path[PATH_MAX], line[32];

	*video = (struct video){0};
	snprintf(folder, sizeof(folder), "%s" CLASS "/%s", root, node);
	sysfs_take(facts->node, sizeof(facts->node), node);
	snprintf(facts->path, sizeof(facts->path), "/dev/%s", facts->node);
	host_read_line(sysfs_path(path, "%s/name", folder), facts->name, sizeof(facts->name));
	host_read_line(sysfs_path(path, "%s/dev", folder), line, sizeof(line));
	sscanf(line, "%9u:%9u", &video->numbers[0], &video->numbers[1]);
	sysfs_link(sysfs_path(path, "%s/device/driver", folder), facts->driver,
		   sizeof(facts->driver));
	sysfs_link(sysfs_path(path, "%s/device/driver/module", folder), facts->module,
		   sizeof(facts->module));
	find_media(sysfs_path(path, "%s/device", folder), video->media, sizeof(video->media));
	look_at_module(root, video);
}

/* v4l2loopback's node belongs to no device that has a driver; it is called "v4l2 loopback". */
static void guess_module(struct video *video)
{
	char name[VIDEO_TEXT], *to = name;

	for (const char *from = video->facts.driver; *from; from++) {
		if (*from != ' ')
			*to++ = *from;
	}
	*to = '\0';
	if (!*name || strchr(name, '/') || !sysfs_exists("/sys/module/%s", name))
		return;
	memcpy(video->facts.module, name, sizeof(name));
	look_at_module("", video);
}

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

/* The file of @video, of its own, which does not wait; -ENOENT if that is another device's. */
static int open_node(const struct video *video)
{
	struct stat st;
	int fd = open(video->facts.path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISCHR(st.st_mode) && major(st.st_rdev) == video->numbers[0] &&
	    minor(st.st_rdev) == video->numbers[1])
		return fd;
	close(fd);
	return -ENOENT;
}

static int ask_capabilities(int fd, struct video *video)
{
	struct video_facts *facts = &video->facts;
	struct v4l2_capability cap = {0};
	int err = call(fd, VIDIOC_QUERYCAP, &cap);

	if (err)
		return err;
	video->caps =
		(cap.capabilities & V4L2_CAP_DEVICE_CAPS) ? cap.device_caps : cap.capabilities;
	video->multiplanar =
		video->caps & (V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_OUTPUT_MPLANE |
			       V4L2_CAP_VIDEO_M2M_MPLANE);
	facts->kind = video_kind_of(video->caps);
	facts->reads = (video->caps & V4L2_CAP_READWRITE) ? VIDEO_YES : VIDEO_NO;
	snprintf(facts->driver, sizeof(facts->driver), "%.16s", (char *)cap.driver);
	snprintf(facts->bus, sizeof(facts->bus), "%.32s", (char *)cap.bus_info);
	snprintf(video->card, sizeof(video->card), "%.32s", (char *)cap.card);
	return 0;
}

/* Of the queue whose frames are counted: the one that they leave the driver by, if it has one. */
static enum v4l2_buf_type queue_of(const struct video *video)
{
	switch (video->facts.kind) {
	case VIDEO_OUTPUT:
		return video->multiplanar ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
					  : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	case VIDEO_METADATA:
		return (video->caps & V4L2_CAP_META_CAPTURE) ? V4L2_BUF_TYPE_META_CAPTURE
							     : V4L2_BUF_TYPE_META_OUTPUT;
	default:
		return video->multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
					  : V4L2_BUF_TYPE_VIDEO_CAPTURE;
	}
}

static void ask_format(int fd, struct video *video)
{
	struct v4l2_format format = {.type = queue_of(video)};
	struct video_facts *facts = &video->facts;

	if (call(fd, VIDIOC_G_FMT, &format))
		return;
	if (facts->kind == VIDEO_METADATA) {
		facts->fourcc = format.fmt.meta.dataformat;
	} else if (video->multiplanar) {
		facts->fourcc = format.fmt.pix_mp.pixelformat;
		facts->width = format.fmt.pix_mp.width;
		facts->height = format.fmt.pix_mp.height;
	} else {
		facts->fourcc = format.fmt.pix.pixelformat;
		facts->width = format.fmt.pix.width;
		facts->height = format.fmt.pix.height;
	}
}

static void ask_rate(int fd, struct video *video)
{
	struct v4l2_streamparm parm = {.type = queue_of(video)};
	/* Both queue types have timeperframe in the same place of the union. */
	const struct v4l2_fract *interval = &parm.parm.capture.timeperframe;

	if (!call(fd, VIDIOC_G_PARM, &parm) && interval->numerator && interval->denominator)
		video->facts.fps = (double)interval->denominator / interval->numerator;
}

/* Each open file of a mem2mem node has formats of its own: those of ours say nothing. */
static void ask_node(struct video *video)
{
	int fd = open_node(video);

	video->err = fd < 0 ? fd : ask_capabilities(fd, video);
	if (!video->err && video->facts.kind != VIDEO_MEM2MEM && video->facts.kind != VIDEO_OTHER) {
		ask_format(fd, video);
		ask_rate(fd, video);
	}
	if (fd >= 0)
		close(fd);
	if (!*video->facts.module)
		guess_module(video);
}

static void read_one(const char *root, const char *node, void *one)
{
	read_sysfs(root, node, one);
}

int videos_find_in(const char *root, struct video **all, size_t *n)
{
	void *found;
	int err = sysfs_list(root, CLASS, is_video, sizeof(**all), read_one, &found, n);

	*all = found;
	return err;
}

int videos_find(struct video **all, size_t *n)
{
	int err = videos_find_in("", all, n);

	for (size_t i = 0; i < *n; i++)
		ask_node(&(*all)[i]);
	return err;
}

/* What a file is that is no video node's: @mode, and what the kernel calls its device, if it is one. */
static const char *other_thing(mode_t mode, const char *node)
{
	static const struct {
		const char *prefix, *what;
	} others[] = {
		{"vbi", "a VBI node"},		 {"radio", "a radio"},
		{"swradio", "a software radio"}, {"v4l-touch", "a touch device"},
		{"v4l-subdev", "a subdevice"},	 {"media", "a media device"},
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (sysfs_is_numbered(node, others[i].prefix))
			return others[i].what;
	}
	if (S_ISCHR(mode))
		return "another device";
	return S_ISDIR(mode) ? "a folder" : S_ISREG(mode) ? "a file" : "something else";
}

/* What the kernel calls the device whose file is @path. Returns 0, or -errno: it is no video node. */
static int name_node(const char *path, char node[VIDEO_NODE], mode_t *mode)
{
	char link[PATH_MAX];
	struct stat st;

	*node = '\0';
	*mode = 0;
	if (stat(path, &st))
		return -errno;
	*mode = st.st_mode;
	if (!S_ISCHR(st.st_mode))
		return -ENOTTY;
	sysfs_link(sysfs_path(link, "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev)),
		   node, VIDEO_NODE);
	return sysfs_is_numbered(node, "video") && sysfs_exists(CLASS "/%s", node) ? 0 : -ENOTTY;
}

int video_name(const char *path, char node[VIDEO_NODE])
{
	mode_t mode;
	int err = name_node(path, node, &mode);

	if (err == -ENOTTY && S_ISCHR(mode) && !sysfs_exists("/sys/class"))
		msg_error("%s is no video node that is known: /sys is not mounted here", path);
	else if (err == -ENOTTY)
		msg_error("%s is no video node, it is %s; " WITHOUT_NODE, path,
			  other_thing(mode, node));
	else if (err)
		msg_errno(err, WITHOUT_NODE, "%s", path);
	return err;
}

int video_look(const char *path, struct video *video)
{
	char node[VIDEO_NODE];
	int err = video_name(path, node);

	if (err)
		return err;
	read_sysfs("", node, video);
	sysfs_take(video->facts.path, sizeof(video->facts.path), path);
	ask_node(video);
	return 0;
}

enum video_answer video_has_vb2(const char *path)
{
	char node[VIDEO_NODE];
	struct video video;
	mode_t mode;

	if (name_node(path, node, &mode))
		return VIDEO_UNKNOWN;
	read_sysfs("", node, &video);
	if (!*video.facts.module)
		ask_node(&video);
	return video.facts.vb2;
}

static int query_buffer(int fd, struct video *video, enum v4l2_buf_type type)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buf = {.type = type, .memory = V4L2_MEMORY_MMAP};
	int err;

	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buf.m.planes = planes;
		buf.length = VIDEO_MAX_PLANES;
	}
	err = call(fd, VIDIOC_QUERYBUF, &buf);
	if (err)
		return err;
	video->facts.is_dated = true;
	video->facts.timestamp_flags =
		buf.flags & (V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
	return 0;
}

int video_look_at_buffer(struct video *video)
{
	struct v4l2_requestbuffers some = {
		.count = 1, .type = queue_of(video), .memory = V4L2_MEMORY_MMAP};
	struct v4l2_requestbuffers none = {.type = some.type, .memory = some.memory};
	int fd = open_node(video);
	int err = fd < 0 ? fd : call(fd, VIDIOC_REQBUFS, &some);

	if (!err) {
		err = query_buffer(fd, video, some.type);
		call(fd, VIDIOC_REQBUFS, &none);
	}
	if (fd >= 0)
		close(fd);
	return err;
}
