// SPDX-License-Identifier: MIT
/* kms.c - see kms.h */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libdrm/drm.h>
#include <libdrm/drm_fourcc.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "tests/guest/kms.h"

#define MAX_OF	    32 /* CRTCs, connectors, planes, properties */
#define MAX_MODES   128
#define POINTER	    64 /* pixels, in square */
#define PATIENCE_MS 5000

static uint64_t address(const void *memory)
{
	return (uintptr_t)memory;
}

/* 0 or -errno; where a signal comes it is called again, as libdrm does it. */
static int call(const struct kms *kms, unsigned long request, void *arg, const char *what)
{
	int err;

	do
		err = ioctl(kms->fd, request, arg) ? -errno : 0;
	while (err == -EINTR || err == -EAGAIN);
	return err ? v4l2_fail(err, "cannot %s the card", what) : 0;
}

static bool is_of(int fd, const char *driver)
{
	char name[32] = "";
	struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};

	return !ioctl(fd, DRM_IOCTL_VERSION, &version) && !strcmp(name, driver);
}

static int open_card(struct kms *kms, const char *driver)
{
	glob_t cards;

	kms->fd = -1;
	if (glob("/dev/dri/card*", 0, NULL, &cards))
		return v4l2_fail(-ENODEV, "there is no card");
	for (size_t i = 0; kms->fd < 0 && i < cards.gl_pathc; i++) {
		int fd = open(cards.gl_pathv[i], O_RDWR | O_CLOEXEC);

		if (fd >= 0 && is_of(fd, driver))
			kms->fd = fd;
		else if (fd >= 0)
			close(fd);
	}
	globfree(&cards);
	return kms->fd < 0 ? v4l2_fail(-ENODEV, "there is no card of %s", driver) : 0;
}

/* The mode of @connector that has the size of @kms. */
static int find_mode(const struct kms *kms, uint32_t connector, struct drm_mode_modeinfo *mode)
{
	static struct drm_mode_modeinfo modes[MAX_MODES];
	struct drm_mode_get_connector it = {.connector_id = connector};
	int err = call(kms, DRM_IOCTL_MODE_GETCONNECTOR, &it, "look for modes of");

	if (err)
		return err;
	it = (struct drm_mode_get_connector){
		.connector_id = connector, .modes_ptr = address(modes), .count_modes = MAX_MODES};
	err = call(kms, DRM_IOCTL_MODE_GETCONNECTOR, &it, "ask for modes of");
	for (unsigned int i = 0; !err && i < it.count_modes && i < MAX_MODES; i++) {
		*mode = modes[i];
		if (mode->hdisplay == kms->width && mode->vdisplay == kms->height)
			return 0;
	}
	return err ? err : -ENOENT;
}

static int find_display(struct kms *kms, struct drm_mode_modeinfo *mode)
{
	uint32_t crtcs[MAX_OF], connectors[MAX_OF];
	struct drm_mode_card_res res = {.crtc_id_ptr = address(crtcs),
					.count_crtcs = MAX_OF,
					.connector_id_ptr = address(connectors),
					.count_connectors = MAX_OF};
	int err = call(kms, DRM_IOCTL_MODE_GETRESOURCES, &res, "ask for displays of");

	if (err)
		return err;
	for (unsigned int i = 0; res.count_crtcs && i < res.count_connectors; i++) {
		if (find_mode(kms, connectors[i], mode))
			continue;
		kms->crtc = crtcs[0];
		kms->connector = connectors[i];
		return 0;
	}
	return v4l2_fail(-ENODEV, "no display has a mode of %ux%u", kms->width, kms->height);
}

static int set_cap(const struct kms *kms, uint64_t cap)
{
	struct drm_set_client_cap it = {.capability = cap, .value = 1};

	return call(kms, DRM_IOCTL_SET_CLIENT_CAP, &it, "have atomic commits of");
}

int kms_open(struct kms *kms, const char *driver, unsigned int width, unsigned int height)
{
	struct drm_mode_modeinfo mode;
	int err = open_card(kms, driver);

	kms->width = width;
	kms->height = height;
	if (!err)
		err = set_cap(kms, DRM_CLIENT_CAP_UNIVERSAL_PLANES);
	if (!err)
		err = set_cap(kms, DRM_CLIENT_CAP_ATOMIC);
	return err ? err : find_display(kms, &mode);
}

void kms_close(struct kms *kms)
{
	if (kms->fd >= 0)
		close(kms->fd);
	kms->fd = -1;
}

static int map_dumb(const struct kms *kms, uint32_t handle, struct heap_buf *buf)
{
	struct drm_mode_map_dumb map = {.handle = handle};
	int err = call(kms, DRM_IOCTL_MODE_MAP_DUMB, &map, "map memory of");

	if (err)
		return err;
	buf->start = mmap(NULL, buf->size, PROT_READ | PROT_WRITE, MAP_SHARED, kms->fd,
			  (off_t)map.offset);
	if (buf->start != MAP_FAILED)
		return 0;
	buf->start = NULL;
	return v4l2_fail(-errno, "cannot map memory of the card");
}

static int make_dumb(const struct kms *kms, unsigned int width, unsigned int height,
		     unsigned int bytes_per_pixel, struct drm_mode_create_dumb *dumb)
{
	*dumb = (struct drm_mode_create_dumb){
		.width = width, .height = height, .bpp = 8 * bytes_per_pixel};
	return call(kms, DRM_IOCTL_MODE_CREATE_DUMB, dumb, "get memory of");
}

int kms_allocate(const struct kms *kms, unsigned int bytes_per_pixel, struct heap_buf *buf,
		 uint32_t *pitch)
{
	struct drm_prime_handle prime = {.flags = DRM_CLOEXEC | DRM_RDWR};
	struct drm_mode_create_dumb dumb;
	int err = make_dumb(kms, kms->width, kms->height, bytes_per_pixel, &dumb);

	*buf = (struct heap_buf){.fd = -1};
	if (err)
		return err;
	*pitch = dumb.pitch;
	buf->size = dumb.size;
	prime.handle = dumb.handle;
	err = map_dumb(kms, dumb.handle, buf);
	if (!err)
		err = call(kms, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime, "share memory of");
	if (!err)
		buf->fd = prime.fd;
	return err;
}

int kms_add(const struct kms *kms, int dmabuf, uint32_t fourcc, uint32_t pitch, uint32_t *fb)
{
	struct drm_prime_handle prime = {.fd = dmabuf};
	struct drm_mode_fb_cmd2 add = {.width = kms->width,
				       .height = kms->height,
				       .pixel_format = fourcc,
				       .pitches = {pitch}};
	int err = call(kms, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime, "have memory of others for");

	add.handles[0] = prime.handle;
	if (!err)
		err = call(kms, DRM_IOCTL_MODE_ADDFB2, &add, "make a framebuffer of");
	*fb = add.fb_id;
	return err;
}

/* The id of the plane's property @name; 0: it has none. */
static uint32_t find_property(const struct kms *kms, const char *name)
{
	uint32_t ids[MAX_OF];
	uint64_t values[MAX_OF];
	struct drm_mode_obj_get_properties all = {.obj_id = kms->plane,
						  .obj_type = DRM_MODE_OBJECT_PLANE,
						  .props_ptr = address(ids),
						  .prop_values_ptr = address(values),
						  .count_props = MAX_OF};

	if (call(kms, DRM_IOCTL_MODE_OBJ_GETPROPERTIES, &all, "ask for properties of"))
		return 0;
	for (unsigned int i = 0; i < all.count_props && i < MAX_OF; i++) {
		struct drm_mode_get_property it = {.prop_id = ids[i]};

		if (!call(kms, DRM_IOCTL_MODE_GETPROPERTY, &it, "ask for a property of") &&
		    !strcmp(it.name, name))
			return it.prop_id;
	}
	return 0;
}

/* The plane that shows @fb. */
static int find_plane(struct kms *kms, uint32_t fb)
{
	uint32_t ids[MAX_OF];
	struct drm_mode_get_plane_res res = {.plane_id_ptr = address(ids), .count_planes = MAX_OF};
	int err = call(kms, DRM_IOCTL_MODE_GETPLANERESOURCES, &res, "ask for planes of");

	for (unsigned int i = 0; !err && i < res.count_planes && i < MAX_OF; i++) {
		struct drm_mode_get_plane plane = {.plane_id = ids[i]};

		if (!call(kms, DRM_IOCTL_MODE_GETPLANE, &plane, "ask for a plane of") &&
		    plane.fb_id == fb)
			kms->plane = ids[i];
	}
	kms->fb_property = kms->plane ? find_property(kms, "FB_ID") : 0;
	return err || kms->fb_property ? err : v4l2_fail(-ENODEV, "no plane shows the frame");
}

int kms_set_mode(struct kms *kms, uint32_t fb, struct vstamps *stamps)
{
	struct drm_mode_crtc set = {.set_connectors_ptr = address(&kms->connector),
				    .count_connectors = 1,
				    .crtc_id = kms->crtc,
				    .fb_id = fb,
				    .mode_valid = 1};
	int err = find_mode(kms, kms->connector, &set.mode);

	stamps->enter = clock_ns();
	if (!err)
		err = call(kms, DRM_IOCTL_MODE_SETCRTC, &set, "set the mode of");
	stamps->leave = clock_ns();
	return err ? err : find_plane(kms, fb);
}

static int show_flip(const struct kms *kms, uint32_t fb)
{
	struct drm_mode_crtc_page_flip flip = {
		.crtc_id = kms->crtc, .fb_id = fb, .flags = DRM_MODE_PAGE_FLIP_EVENT};

	return call(kms, DRM_IOCTL_MODE_PAGE_FLIP, &flip, "flip");
}

static int show_atomic(const struct kms *kms, uint32_t fb, uint32_t flags)
{
	uint32_t count = 1;
	uint64_t value = fb;
	struct drm_mode_atomic commit = {.flags = flags,
					 .count_objs = 1,
					 .objs_ptr = address(&kms->plane),
					 .count_props_ptr = address(&count),
					 .props_ptr = address(&kms->fb_property),
					 .prop_values_ptr = address(&value)};

	return call(kms, DRM_IOCTL_MODE_ATOMIC, &commit, "commit to");
}

static int show_plane(const struct kms *kms, uint32_t fb)
{
	struct drm_mode_set_plane set = {.plane_id = kms->plane,
					 .crtc_id = kms->crtc,
					 .fb_id = fb,
					 .crtc_w = kms->width,
					 .crtc_h = kms->height,
					 .src_w = kms->width << 16,
					 .src_h = kms->height << 16};

	return call(kms, DRM_IOCTL_MODE_SETPLANE, &set, "set a plane of");
}

int kms_show(const struct kms *kms, enum kms_way way, uint32_t fb, struct vstamps *stamps)
{
	int err = -EINVAL;

	stamps->enter = clock_ns();
	switch (way) {
	case KMS_FLIP:
		err = show_flip(kms, fb);
		break;
	case KMS_ATOMIC:
		err = show_atomic(kms, fb, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT);
		break;
	case KMS_BLOCK:
		err = show_atomic(kms, fb, 0);
		break;
	case KMS_PLANE:
		err = show_plane(kms, fb);
		break;
	case KMS_N_WAYS:
		break;
	}
	stamps->leave = clock_ns();
	return err;
}

int kms_point(const struct kms *kms)
{
	struct drm_mode_create_dumb dumb;
	struct drm_mode_cursor cursor = {.flags = DRM_MODE_CURSOR_BO,
					 .crtc_id = kms->crtc,
					 .width = POINTER,
					 .height = POINTER};
	int err = make_dumb(kms, POINTER, POINTER, 4, &dumb);

	cursor.handle = dumb.handle;
	return err ? err : call(kms, DRM_IOCTL_MODE_CURSOR, &cursor, "set the pointer of");
}

int kms_wait(const struct kms *kms, struct kms_event *event, struct vstamps *stamps)
{
	struct pollfd card = {.fd = kms->fd, .events = POLLIN};
	struct drm_event_vblank got;
	ssize_t n;

	if (poll(&card, 1, PATIENCE_MS) != 1)
		return v4l2_fail(-ETIMEDOUT, "the card tells no vblank");
	stamps->enter = clock_ns();
	n = read(kms->fd, &got, sizeof(got));
	stamps->leave = clock_ns();
	if (n != sizeof(got) || got.base.type != DRM_EVENT_FLIP_COMPLETE)
		return v4l2_fail(-EPROTO, "the card tells something else than a flip");
	event->sequence = got.sequence;
	event->ns = (got.tv_sec * 1000000ULL + got.tv_usec) * 1000;
	return 0;
}
