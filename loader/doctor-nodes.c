// SPDX-License-Identifier: MIT
/* doctor-nodes.c - see doctor-nodes.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/vpipe.h"
#include "lib/screen.h"
#include "lib/text.h"
#include "loader/doctor-nodes.h"
#include "loader/host/cards.h"
#include "loader/host/host.h"

#define INDENT 14

/* Broken between words where it would be too wide. */
static void print_line(const char *label, const char *text)
{
	size_t column = (size_t)printf("  %-*s", INDENT - 2, label);
	const char *between = "";

	while (*text) {
		size_t length = strcspn(text, " ");

		if (*between && column + 1 + length > screen_columns()) {
			printf("\n%*s", INDENT, "");
			column = INDENT;
			between = "";
		}
		column += (size_t)printf("%s%.*s", between, (int)length, text);
		between = " ";
		text += length + (text[length] == ' ');
	}
	putchar('\n');
}

/* "  LABEL       TEXT", or a member of @to, if that is not NULL. */
static void say(json_t *to, const char *label, const char *text)
{
	if (to)
		json_object_set_new(to, label, json_string(text));
	else
		print_line(label, text);
}

static void add_bytes(char line[HOST_WHY], const char *before, const char *bytes)
{
	char text[TEXT_ROOM(VIDEO_TEXT)];

	text_of(text, sizeof(text), bytes, NULL);
	if (*text)
		host_add(line, "%s%s", before, text);
}

const char *const node_answers[] = {
	[VIDEO_UNKNOWN] = "unknown", [VIDEO_NO] = "no", [VIDEO_YES] = "yes"};

bool node_is_own(const struct video *video)
{
	return !strcmp(video->facts.module, VPIPE_NAME);
}

/* What its frames' stages are known of; with what is lost, and why. */
static enum video_answer say_stages(const struct video *video, char line[HOST_WHY])
{
	const struct video_facts *facts = &video->facts;

	*line = '\0';
	if (video->err)
		host_add(line, "none: the node cannot be asked what it is");
	else if (facts->kind == VIDEO_OTHER)
		host_add(line, "none: it has no frames");
	else if (video->v4l2_btf == VIDEO_NO)
		host_add(line, "none: no BTF of videodev, which tells one node's calls from "
			       "another's");
	else if (facts->vb2 == VIDEO_NO && facts->kind == VIDEO_MEM2MEM)
		host_add(line, "none: its jobs are seen of drivers with videobuf2 only");
	else if (facts->vb2 == VIDEO_YES && video->vb2_btf == VIDEO_NO)
		host_add(line, "none: no BTF of videobuf2_common");
	if (*line)
		return VIDEO_NO;
	if (facts->vb2 == VIDEO_NO) {
		host_add(line,
			 "not vb2: from the writer's QBUF or write() to the reader's DQBUF "
			 "or read(), and who woke it; no lock, nothing of the driver's queue");
		return VIDEO_YES;
	}
	if (facts->vb2 == VIDEO_UNKNOWN)
		host_add(line, "all, if it is a vb2 node");
	else if (!strcmp(facts->module, "uvcvideo") && video->driver_btf == VIDEO_NO)
		host_add(line, "all but the copies of its worker: no BTF of uvcvideo");
	else
		host_add(line, "all");
	return facts->vb2;
}

enum video_answer node_has_stages(const struct video *video)
{
	char line[HOST_WHY];

	return say_stages(video, line);
}

static void print_error(json_t *to, int err)
{
	char why[HOST_WHY], line[2 * HOST_WHY];

	if (err == -ENOENT) {
		say(to, "error",
		    "the kernel has it, but its file is not in /dev here (a "
		    "container?)");
		return;
	}
	host_why_device(err, why);
	snprintf(line, sizeof(line), "it cannot be opened: %s%s%s", strerror(-err),
		 *why ? "; " : "", why);
	say(to, "error", line);
}

static void print_driver(json_t *to, const struct video *video)
{
	char line[HOST_WHY] = "";

	add_bytes(line, "", *video->facts.driver ? video->facts.driver : "not known");
	if (strcmp(video->facts.module, video->facts.driver) != 0)
		add_bytes(line, ", module ", video->facts.module);
	add_bytes(line, ", on ", video->facts.bus);
	say(to, "driver", line);
}

static void print_kind(json_t *to, const struct video *video)
{
	const struct video_facts *facts = &video->facts;
	char line[HOST_WHY] = "", format[VIDEO_TEXT];

	video_format(facts->fourcc, format);
	host_add(line, "%s%s", video_kind_name(facts->kind),
		 video->multiplanar ? ", multi-planar" : "");
	add_bytes(line, ", ", format);
	if (facts->width)
		host_add(line, " %ux%u", facts->width, facts->height);
	if (facts->fps > 0)
		host_add(line, ", %.6g fps", facts->fps);
	if (*video->media)
		host_add(line, ", of %s", video->media);
	say(to, "kind", line);
}

static void print_vb2(json_t *to, const struct video *video)
{
	const char *why = "";
	char line[HOST_WHY];

	if (video->facts.vb2 == VIDEO_UNKNOWN)
		why = *video->facts.module
			      ? ": videobuf2 is built in, and who uses it is not to be seen"
			      : ": which module has its driver is not to be seen";
	snprintf(line, sizeof(line), "%s%s", node_answers[video->facts.vb2], why);
	say(to, "vb2", line);
}

/* Of these modules the types are there, and of these they are not. */
static void print_btf(json_t *to, const struct video *video)
{
	const struct {
		const char *module;
		enum video_answer has;
	} all[] = {{video->facts.module, video->driver_btf},
		   {"videobuf2_common", video->vb2_btf},
		   {"videodev", video->v4l2_btf}};
	char yes[HOST_WHY] = "", no[HOST_WHY] = "", line[2 * HOST_WHY];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char *list = all[i].has == VIDEO_YES ? yes : no;

		if (all[i].has != VIDEO_UNKNOWN)
			add_bytes(list, *list ? ", " : "", all[i].module);
	}
	snprintf(line, sizeof(line), "%s%s%s%s", *yes || *no ? yes : "unknown",
		 *yes && *no ? "; " : "", *no ? "none of " : "", no);
	say(to, "BTF", line);
}

static void print_timestamps(json_t *to, const struct video *video, bool asked, int err)
{
	char line[HOST_WHY] = "", text[VIDEO_TEXT];

	video_timestamps(&video->facts, text);
	if (!asked)
		snprintf(line, sizeof(line), "seen of its buffers: doctor -d %s",
			 video->facts.path);
	else if (err == -EBUSY)
		host_add(line, "not known: somebody uses the node, it is left alone");
	else if (err)
		host_add(line, "not known: it gives no buffer, %s", strerror(-err));
	else
		host_add(line, "%s", text);
	say(to, "timestamps", line);
}

/* The line above the others: what it is called. */
static void say_head(json_t *to, const char *path, const char *name, const char *line)
{
	char text[TEXT_ROOM(VIDEO_TEXT)];

	if (!to) {
		puts(line);
		return;
	}
	text_of(text, sizeof(text), path, NULL);
	json_object_set_new(to, "node", json_string(text));
	text_of(text, sizeof(text), name, NULL);
	json_object_set_new(to, "name", json_string(text));
}

void node_print(const struct video *video, bool asked, int err, json_t *to)
{
	char line[HOST_WHY] = "";

	add_bytes(line, "", video->facts.path);
	add_bytes(line, "  ", video->facts.name);
	say_head(to, video->facts.path, video->facts.name, line);
	if (video->err)
		print_error(to, video->err);
	print_driver(to, video);
	if (!video->err)
		print_kind(to, video);
	print_vb2(to, video);
	print_btf(to, video);
	if (!video->err && video->facts.vb2 != VIDEO_NO)
		print_timestamps(to, video, asked, err);
	say_stages(video, line);
	say(to, "stages", line);
	if (video->facts.nodrop != VIDEO_UNKNOWN && video->facts.kind != VIDEO_METADATA)
		say(to, "nodrop",
		    video->facts.nodrop == VIDEO_YES ? "1: a bad frame is an error buffer"
						     : "0: a bad frame is a gap in the sequence");
}

/* What of the frames that it shows can be measured, and if nothing, why. */
static void say_display(const struct card *card, char line[HOST_WHY])
{
	*line = '\0';
	if (card->err)
		host_add(line, "none: the card cannot be asked what it is");
	else if (card->atomic == VIDEO_NO)
		host_add(line, "none: its driver has no atomic commits");
	else if (card->btf == VIDEO_NO)
		host_add(line, "none: no BTF of drm and drm_kms_helper");
	else
		host_add(line, "all, from the commit to the vblank event%s",
			 card->btf == VIDEO_YES ? "" : ", if its modules have BTF");
}

static void print_card(const struct card *card, json_t *to)
{
	const struct video_facts *facts = &card->facts;
	char line[HOST_WHY] = "", what[HOST_WHY] = "";

	add_bytes(what, "", facts->driver);
	if (facts->width)
		host_add(what, ", %ux%u", facts->width, facts->height);
	if (facts->fps > 0)
		host_add(what, ", %.6g Hz", facts->fps);
	add_bytes(what, ", connected: ", card->connector);
	add_bytes(line, "", facts->path);
	host_add(line, "  %s", what);
	say_head(to, facts->path, what, line);
	if (card->err)
		print_error(to, card->err);
	say_display(card, line);
	say(to, "stages", line);
}

void cards_print(json_t *to)
{
	struct card *all;
	size_t n;

	if (cards_find(&all, &n))
		return;
	if (n && !to)
		puts("\ncards");
	for (size_t i = 0; i < n; i++) {
		json_t *card = to ? json_object() : NULL;

		print_card(&all[i], card);
		if (to)
			json_array_append_new(to, card);
	}
	free(all);
}
