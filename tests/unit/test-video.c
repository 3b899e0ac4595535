// SPDX-License-Identifier: MIT
/* What is known of video nodes, by a sysfs tree of our own, and how it is said. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/videodev2.h>
#include <cmocka.h>

#include "loader/doctor-nodes.h"
#include "loader/host/video.h"

static char root[64];
static struct video *videos;
static size_t n_videos;

__attribute__((format(printf, 1, 2))) static void shell(const char *fmt, ...)
{
	char command[512];
	va_list ap;
	int used = snprintf(command, sizeof(command), "cd %s && ", root);

	va_start(ap, fmt);
	vsnprintf(command + used, sizeof(command) - (size_t)used, fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

/* A loaded module, which has types if @btf, and the modules that use it. */
static void add_module(const char *name, bool btf, const char *holders)
{
	shell("mkdir -p sys/module/%s/holders && echo live >sys/module/%s/initstate", name, name);
	if (btf)
		shell("touch sys/kernel/btf/%s", name);
	if (*holders)
		shell("cd sys/module/%s/holders && touch %s", name, holders);
}

/* A node of @driver, which is in @module; without it belongs to no device. */
static void add_node(const char *node, const char *name, const char *driver, const char *module)
{
	shell("mkdir -p sys/class/video4linux/%s && cd sys/class/video4linux/%s && "
	      "echo '%s' >name && echo 81:7 >dev",
	      node, node, name);
	if (!driver)
		return;
	shell("mkdir -p 'sys/bus/%s' && mkdir sys/class/video4linux/%s/device && "
	      "ln -sfn '../../../../bus/%s' sys/class/video4linux/%s/device/driver",
	      driver, node, driver, node);
	if (module)
		shell("ln -sfn ../../module/%s 'sys/bus/%s/module'", module, driver);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test-video-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	shell("mkdir -p sys/class/video4linux sys/module sys/kernel/btf && "
	      "touch sys/kernel/btf/vmlinux");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(videos);
	videos = NULL;
	shell("rm -rf %s", root);
	return 0;
}

static const struct video *find(const char *node)
{
	free(videos);
	assert_int_equal(videos_find_in(root, &videos, &n_videos), 0);
	for (size_t i = 0; i < n_videos; i++) {
		if (!strcmp(videos[i].facts.node, node))
			return &videos[i];
	}
	fail_msg("no %s", node);
	return NULL;
}

static void test_none(void **state)
{
	(void)state;
	assert_int_equal(videos_find_in(root, &videos, &n_videos), 0);
	assert_int_equal(n_videos, 0);
	free(videos);
	assert_int_equal(videos_find_in("/nonexistent", &videos, &n_videos), 0);
	assert_int_equal(n_videos, 0);
}

/* By their numbers, and nothing that is no video node. */
static void test_order(void **state)
{
	static const char *const nodes[] = {"video2", "video10", "vbi0", "video1x", "v4l-subdev0"};

	(void)state;
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		add_node(nodes[i], nodes[i], NULL, NULL);
	find("video2");
	assert_int_equal(n_videos, 2);
	assert_string_equal(videos[0].facts.path, "/dev/video2");
	assert_string_equal(videos[1].facts.path, "/dev/video10");
}

static void test_names(void **state)
{
	const struct video *video;

	(void)state;
	add_module("cx8800", false, "");
	add_node("video3", "cx88 board, \xe9", "cx 88", "cx8800");
	shell("mkdir sys/class/video4linux/video3/device/media2 "
	      "sys/class/video4linux/video3/device/mediator");
	video = find("video3");
	assert_string_equal(video->facts.name, "cx88 board, \xe9");
	assert_string_equal(video->facts.driver, "cx 88");
	assert_string_equal(video->facts.module, "cx8800");
	assert_string_equal(video->media, "media2");
	assert_int_equal(video->numbers[0], 81);
	assert_int_equal(video->numbers[1], 7);
	assert_int_equal(video->facts.kind, VIDEO_KIND_UNKNOWN);
}

/* The kernel cuts no name, but a folder may be anybody's. */
static void test_long(void **state)
{
	char name[128];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	add_module(name, false, "");
	add_node("video3", name, name, name);
	assert_int_equal(strlen(find("video3")->facts.module), VIDEO_TEXT - 1);
	assert_int_equal(strlen(find("video3")->facts.name), VIDEO_TEXT - 1);
}

static enum video_answer vb2_of(const char *module)
{
	static unsigned int n;
	char node[16];

	snprintf(node, sizeof(node), "video%u", n++);
	add_node(node, "a camera", module, module);
	return find(node)->facts.vb2;
}

static void test_vb2(void **state)
{
	(void)state;
	add_module("v4l2loopback", false, "");
	/* neither loaded nor built in */
	assert_int_equal(vb2_of("v4l2loopback"), VIDEO_NO);
	add_module("videobuf2_v4l2", true, "vivid v4l2_mem2mem saa7146_vv em28xx_v4l");
	add_module("v4l2_mem2mem", true, "vim2m");
	add_module("saa7146_vv", true, "hexium_gemini");
	add_module("em28xx", true, "em28xx_v4l em28xx_rc");
	add_module("lonely", true, "em28xx_rc");
	assert_int_equal(vb2_of("v4l2loopback"), VIDEO_NO);
	assert_int_equal(vb2_of("lonely"), VIDEO_NO);
	assert_int_equal(vb2_of("vivid"), VIDEO_YES);
	assert_int_equal(vb2_of("vim2m"), VIDEO_YES);
	assert_int_equal(vb2_of("hexium_gemini"), VIDEO_YES);
	/* its node is another module's, which uses it */
	assert_int_equal(vb2_of("em28xx"), VIDEO_YES);
}

static void test_vb2_unknown(void **state)
{
	(void)state;
	/* built in: it has parameters, but nobody who uses it */
	shell("mkdir -p sys/module/videobuf2_v4l2/parameters sys/module/videobuf2_common "
	      "sys/module/built_in");
	add_module("vivid", false, "");
	assert_int_equal(vb2_of("vivid"), VIDEO_UNKNOWN);
	assert_int_equal(vb2_of("built_in"), VIDEO_UNKNOWN);
	shell("rm -r sys/module/videobuf2_v4l2");
	add_module("videobuf2_v4l2", false, "vivid");
	add_node("video90", "of no device", NULL, NULL);
	assert_int_equal(find("video90")->facts.vb2, VIDEO_UNKNOWN);
	shell("rm -r sys/module");
	assert_int_equal(find("video90")->facts.vb2, VIDEO_UNKNOWN);
}

/* Modules never use each other in a circle, but what is read may be anything. */
static void test_circle(void **state)
{
	(void)state;
	add_module("videobuf2_v4l2", true, "a");
	add_module("a", true, "b c");
	add_module("b", true, "a c");
	add_module("c", true, "a b");
	add_module("vivid", true, "");
	assert_int_equal(vb2_of("vivid"), VIDEO_NO);
}

static void test_btf(void **state)
{
	const struct video *video;

	(void)state;
	add_module("videobuf2_v4l2", true, "uvcvideo");
	add_module("videobuf2_common", true, "videobuf2_v4l2 uvcvideo");
	add_module("uvcvideo", false, "");
	add_node("video0", "a camera", "uvcvideo", "uvcvideo");
	video = find("video0");
	assert_int_equal(video->driver_btf, VIDEO_NO);
	assert_int_equal(video->vb2_btf, VIDEO_YES);
	assert_int_equal(video->v4l2_btf, VIDEO_YES); /* built in: the kernel's own */
	add_module("videodev", false, "uvcvideo");
	assert_int_equal(find("video0")->v4l2_btf, VIDEO_NO);
	shell("rm sys/module/videodev/initstate sys/kernel/btf/vmlinux");
	assert_int_equal(find("video0")->v4l2_btf, VIDEO_NO);
	/* of videobuf2 nothing is said where it is not even loaded */
	shell("rm -r sys/module/videobuf2_* sys/kernel/btf/videobuf2_*");
	assert_int_equal(find("video0")->vb2_btf, VIDEO_UNKNOWN);
	shell("rm -r sys/kernel");
	assert_int_equal(find("video0")->driver_btf, VIDEO_UNKNOWN);
}

static void test_nodrop(void **state)
{
	static const struct {
		const char *text;
		enum video_answer nodrop;
	} texts[] = {{"0", VIDEO_NO}, {"1", VIDEO_YES}, {"N", VIDEO_NO}, {"Y", VIDEO_YES}};

	(void)state;
	add_module("uvcvideo", false, "");
	add_module("vivid", false, "");
	add_node("video0", "a camera", "uvcvideo", "uvcvideo");
	assert_int_equal(find("video0")->facts.nodrop, VIDEO_UNKNOWN);
	shell("mkdir sys/module/uvcvideo/parameters");
	add_node("video1", "not of it", "vivid", "vivid");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		shell("echo %s >sys/module/uvcvideo/parameters/nodrop", texts[i].text);
		assert_int_equal(find("video0")->facts.nodrop, texts[i].nodrop);
		assert_int_equal(find("video1")->facts.nodrop, VIDEO_UNKNOWN);
	}
}

static void test_kinds(void **state)
{
	static const struct {
		uint32_t caps;
		const char *name;
	} kinds[] = {
		{0, ""},
		{V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING, "capture"},
		{V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_META_CAPTURE, "capture"},
		{V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OUTPUT, "capture"},
		{V4L2_CAP_VIDEO_M2M, "mem2mem"},
		{V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING, "mem2mem"},
		{V4L2_CAP_VIDEO_OUTPUT_MPLANE, "output"},
		{V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING, "metadata"},
		{V4L2_CAP_META_OUTPUT, "metadata"},
		{V4L2_CAP_RADIO | V4L2_CAP_TUNER, "other"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_string_equal(video_kind_name(video_kind_of(kinds[i].caps)), kinds[i].name);
}

static void expect_format(uint32_t fourcc, const char *expected)
{
	char text[VIDEO_TEXT];

	video_format(fourcc, text);
	assert_string_equal(text, expected);
}

static void test_formats(void **state)
{
	(void)state;
	expect_format(0, "");
	expect_format(V4L2_PIX_FMT_YUYV, "YUYV");
	expect_format(V4L2_PIX_FMT_Y16, "Y16");
	expect_format(V4L2_PIX_FMT_Y16_BE, "Y16-BE");
}

static void test_timestamps(void **state)
{
	static const struct {
		uint32_t flags;
		const char *text;
	} clocks[] = {
		{V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC, "monotonic eof"},
		{V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_TSTAMP_SRC_SOE, "monotonic soe"},
		{V4L2_BUF_FLAG_TIMESTAMP_COPY, "copy"},
		{V4L2_BUF_FLAG_TIMESTAMP_COPY | V4L2_BUF_FLAG_TSTAMP_SRC_SOE, "copy"},
		{V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN, "unknown"},
	};
	struct video_facts facts = {0};
	char text[VIDEO_TEXT];

	(void)state;
	video_timestamps(&facts, text);
	assert_string_equal(text, "");
	facts.is_dated = true;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		facts.timestamp_flags = clocks[i].flags;
		video_timestamps(&facts, text);
		assert_string_equal(text, clocks[i].text);
	}
}

/* One of a kind of which all is known; then what is lacking. */
static void test_stages(void **state)
{
	const struct video whole = {
		.facts = {.module = "uvcvideo", .kind = VIDEO_CAPTURE, .vb2 = VIDEO_YES},
		.driver_btf = VIDEO_YES,
		.vb2_btf = VIDEO_YES,
		.v4l2_btf = VIDEO_YES,
	};
	struct video video = whole;

	(void)state;
	assert_int_equal(node_has_stages(&video), VIDEO_YES);
	video.driver_btf = VIDEO_NO;
	assert_int_equal(node_has_stages(&video), VIDEO_YES);
	video.vb2_btf = VIDEO_NO;
	assert_int_equal(node_has_stages(&video), VIDEO_NO);
	video = whole;
	video.v4l2_btf = VIDEO_NO;
	assert_int_equal(node_has_stages(&video), VIDEO_NO);
	video = whole;
	video.facts.vb2 = VIDEO_UNKNOWN;
	assert_int_equal(node_has_stages(&video), VIDEO_UNKNOWN);
	video.facts.vb2 = VIDEO_NO;
	assert_int_equal(node_has_stages(&video), VIDEO_YES);
	video.facts.kind = VIDEO_MEM2MEM;
	assert_int_equal(node_has_stages(&video), VIDEO_NO);
	video = whole;
	video.facts.kind = VIDEO_METADATA;
	assert_int_equal(node_has_stages(&video), VIDEO_YES);
	video.facts.kind = VIDEO_OTHER;
	assert_int_equal(node_has_stages(&video), VIDEO_NO);
	video = whole;
	video.err = -EACCES;
	assert_int_equal(node_has_stages(&video), VIDEO_NO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_none),
		TEST(test_order),
		TEST(test_names),
		TEST(test_long),
		TEST(test_vb2),
		TEST(test_vb2_unknown),
		TEST(test_circle),
		TEST(test_btf),
		TEST(test_nodrop),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_stages),
	};

	return cmocka_run_group_tests_name("video", tests, NULL, NULL);
}
