// SPDX-License-Identifier: MIT
/* cards.c - see cards.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libdrm/drm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/msg.h"
#include "loader/host/cards.h"
#include "loader/host/host.h"
#include "loader/host/sysfs.h"

#define CLASS	  "/sys/class/drm"
#define FOLDER	  "/dev/dri"
#define DRM_MAJOR 226
#define MAX_CRTCS 32 /* of a card */

/* DRM's modules: the events, and the commits. */
static const char *const modules[] = {"drm", "drm_kms_helper"};

/*
 * sysfs
 */

static int is_card(const struct dirent *entry)
{
	return sysfs_is_numbered(entry->d_name, "card");
}

/* "card0-HDMI-A-1" is a connector of card0. */
static bool is_connector_of(const char *name, const char *card)
{
	size_t length = strlen(card);

	return !strncmp(name, card, length) && name[length] == '-';
}

static void find_connector(const char *root, struct card *card)
{
	const char *node = card->facts.node;
	char path[PATH_MAX], status[16];
	struct dirent *entry;
	DIR *folder = opendir(sysfs_path(path, "%s" CLASS "/%s", root, node));

	while (folder && !*card->connector && (entry = readdir(folder))) {
		if (is_connector_of(entry->d_name, node) &&
		    !host_read_line(
			    sysfs_path(path, "%s" CLASS "/%s/%s/status", root, node, entry->d_name),
			    status, sizeof(status)) &&
		    !strcmp(status, "connected"))
			sysfs_take(card->connector, sizeof(card->connector),
				   entry->d_name + strlen(node) + 1);
	}
	if (folder)
		closedir(folder);
}

static enum video_answer have_btf(const char *root)
{
	enum video_answer all = VIDEO_YES;

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		enum video_answer has = sysfs_has_btf(root, modules[i]);

		all = has < all ? has : all;
	}
	return all;
}

/* What sysfs says of @node, "card0". */
static void read_sysfs(const char *root, const char *node, struct card *card)
{
	struct video_facts *facts = &card->facts;
	char path[PATH_MAX];

	*card = (struct card){.facts = {.kind = VIDEO_DISPLAY, .vb2 = VIDEO_NO, .reads = VIDEO_NO}};
	sysfs_take(facts->node, sizeof(facts->node), node);
	snprintf(facts->path, sizeof(facts->path), FOLDER "/%s", facts->node);
	sysfs_link(sysfs_path(path, "%s" CLASS "/%s/device", root, node), facts->bus,
		   sizeof(facts->bus));
	sysfs_link(sysfs_path(path, "%s" CLASS "/%s/device/driver", root, node), facts->driver,
		   sizeof(facts->driver));
	sysfs_link(sysfs_path(path, "%s" CLASS "/%s/device/driver/module", root, node),
		   facts->module, sizeof(facts->module));
	find_connector(root, card);
	card->btf = have_btf(root);
}

/*
 * What the card says itself
 */

static int call(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

/* Its driver is not told by sysfs where the device has none, as vkms. */
static void ask_driver(int fd, struct card *card)
{
	char name[VIDEO_TEXT] = "";
	struct drm_version version = {.name = name, .name_len = sizeof(name) - 1};
	struct video_facts *facts = &card->facts;

	if (call(fd, DRM_IOCTL_VERSION, &version))
		return;
	memcpy(facts->driver, name, sizeof(name));
	memcpy(facts->name, name, sizeof(name));
	if (!*facts->module && *name && !strchr(name, '/') && sysfs_exists("/sys/module/%s", name))
		memcpy(facts->module, name, sizeof(name));
}

static void ask_atomic(int fd, struct card *card)
{
	struct drm_set_client_cap cap = {.capability = DRM_CLIENT_CAP_ATOMIC, .value = 1};
	int err = call(fd, DRM_IOCTL_SET_CLIENT_CAP, &cap);

	card->atomic = !err ? VIDEO_YES : err == -EOPNOTSUPP ? VIDEO_NO : VIDEO_UNKNOWN;
}

double card_rate(unsigned int clock_khz, unsigned int htotal, unsigned int vtotal)
{
	return htotal && vtotal ? 1000.0 * clock_khz / htotal / vtotal : 0;
}

/* Of two fields a frame a mode is told by its frames, but shown by its fields. */
static double rate_of(const struct drm_mode_modeinfo *mode)
{
	double rate = card_rate(mode->clock, mode->htotal, mode->vtotal);

	if (mode->flags & DRM_MODE_FLAG_INTERLACE)
		rate *= 2;
	if (mode->flags & DRM_MODE_FLAG_DBLSCAN)
		rate /= 2;
	return mode->vscan > 1 ? rate / mode->vscan : rate;
}

/* The mode of the first CRTC that has one. */
static void ask_mode(int fd, struct card *card)
{
	uint32_t crtcs[MAX_CRTCS] = {0};
	struct drm_mode_card_res res = {.crtc_id_ptr = (uintptr_t)crtcs, .count_crtcs = MAX_CRTCS};

	if (call(fd, DRM_IOCTL_MODE_GETRESOURCES, &res))
		return;
	for (unsigned int i = 0; i < res.count_crtcs && i < MAX_CRTCS; i++) {
		struct drm_mode_crtc crtc = {.crtc_id = crtcs[i]};

		if (call(fd, DRM_IOCTL_MODE_GETCRTC, &crtc) || !crtc.mode_valid)
			continue;
		card->facts.width = crtc.mode.hdisplay;
		card->facts.height = crtc.mode.vdisplay;
		card->facts.fps = rate_of(&crtc.mode);
		return;
	}
}

static void ask_card(struct card *card)
{
	int fd = open(card->facts.path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	card->err = fd < 0 ? -errno : 0;
	if (fd < 0)
		return;
	/* the first to open a card may set its modes, and then nobody else may */
	ioctl(fd, DRM_IOCTL_DROP_MASTER, 0);
	ask_driver(fd, card);
	ask_atomic(fd, card);
	ask_mode(fd, card);
	close(fd);
}

static void read_one(const char *root, const char *node, void *one)
{
	read_sysfs(root, node, one);
}

int cards_find_in(const char *root, struct card **all, size_t *n)
{
	void *found;
	int err = sysfs_list(root, CLASS, is_card, sizeof(**all), read_one, &found, n);

	*all = found;
	return err;
}

int cards_find(struct card **all, size_t *n)
{
	int err = cards_find_in("", all, n);

	for (size_t i = 0; i < *n; i++)
		ask_card(&(*all)[i]);
	return err;
}

/*
 * The one that is named
 */

/* "card0", whose file is @path; "": it is no card. */
static void name_card(const char *path, char node[VIDEO_NODE])
{
	char link[PATH_MAX];
	struct stat st;

	*node = '\0';
	if (stat(path, &st) || !S_ISCHR(st.st_mode) || major(st.st_rdev) != DRM_MAJOR)
		return;
	sysfs_link(sysfs_path(link, "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev)),
		   node, VIDEO_NODE);
	if (!sysfs_is_numbered(node, "card"))
		*node = '\0';
}

bool card_is(const char *path)
{
	char node[VIDEO_NODE];

	name_card(path, node);
	return *node;
}

static bool has_name(const struct card *card, const char *name)
{
	return *name ? !strcmp(card->facts.driver, name) : *card->connector;
}

/* There is none of the name, among @n others; each has one. */
static void say_no_card(const char *name, const struct card *all, size_t n)
{
	if (!n)
		msg_error("there is no card in " CLASS "%s: its driver brings one",
			  host_module("drm") == HOST_NO ? ", the module drm is not loaded" : "");
	else if (!*name)
		msg_error("no card has a display that is connected: name one, %s", all->facts.path);
	else
		msg_error("no card has the driver %s: %s has %s", name, all->facts.path,
			  *all->facts.driver ? all->facts.driver : "one that is not known");
}

int card_find(const char *name, char path[NODE_PATH])
{
	struct card *all;
	size_t n, i = 0;
	int err;

	if (strchr(name, '/')) {
		snprintf(path, NODE_PATH, "%.*s", NODE_PATH - 1, name);
		err = access(path, F_OK) ? -errno : card_is(path) ? 0 : -ENOTTY;
		if (err == -ENOTTY)
			msg_error("%s is no card", path);
		else if (err)
			msg_errno(err, "ls " FOLDER " shows what there is", "%s", path);
		return err;
	}
	err = cards_find(&all, &n);
	if (err) {
		msg_errno(err, NULL, "cannot look for cards");
		return err;
	}
	while (i < n && !has_name(&all[i], name))
		i++;
	if (i < n)
		snprintf(path, NODE_PATH, "%s", all[i].facts.path);
	else
		say_no_card(name, all, n);
	free(all);
	return i < n ? 0 : -ENODEV;
}

static int check(const struct card *card)
{
	const char *path = card->facts.path;
	char why[HOST_WHY];

	if (card->err) {
		host_why_device(card->err, why);
		msg_errno(card->err, *why ? why : NULL, "%s", path);
		return card->err;
	}
	if (card->atomic == VIDEO_NO)
		msg_error(
			"%s: its driver, %s, has no atomic commits: its frames cannot be followed",
			path, card->facts.driver);
	else if (card->btf == VIDEO_NO)
		msg_error("%s: this kernel has no BTF of the modules drm and drm_kms_helper, by "
			  "which its frames are followed",
			  path);
	else
		return 0;
	return -EOPNOTSUPP;
}

int card_look(const char *path, struct video_facts *facts)
{
	char node[VIDEO_NODE];
	struct card card;

	name_card(path, node);
	read_sysfs("", node, &card);
	sysfs_take(card.facts.path, sizeof(card.facts.path), path);
	ask_card(&card);
	*facts = card.facts;
	return check(&card);
}
