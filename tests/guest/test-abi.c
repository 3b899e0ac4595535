// SPDX-License-Identifier: MIT
/*
 * test-abi.c - what programs are built against: layouts, numbers, controls, formats
 *
 * The numbers here are meant to be written out: programs compiled long ago have them.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "tests/guest/m2m.h"

struct field {
	const char *name;
	size_t offset, size;
	size_t want_offset, want_size;
};

#define FIELD(type, name, at, bytes)                                                            \
	{                                                                                       \
#name, offsetof(struct type, name), sizeof(((struct type *)0)->name), at, bytes \
	}

static void check_fields(const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fields[i].offset != fields[i].want_offset ||
		    fields[i].size != fields[i].want_size)
			fail_msg("%s is at %zu with %zu bytes, not at %zu with %zu", fields[i].name,
				 fields[i].offset, fields[i].size, fields[i].want_offset,
				 fields[i].want_size);
	}
}

static void row_layout(void **state)
{
	static const struct field fields[] = {
		FIELD(vpipe_meta_entry, version, 0, 2),
		FIELD(vpipe_meta_entry, entry_size, 2, 2),
		FIELD(vpipe_meta_entry, flags, 4, 4),
		FIELD(vpipe_meta_entry, seq, 8, 8),
		FIELD(vpipe_meta_entry, src_v4l2_sequence, 16, 4),
		FIELD(vpipe_meta_entry, buffer_index, 20, 4),
		FIELD(vpipe_meta_entry, timestamp_ns, 24, 8),
		FIELD(vpipe_meta_entry, bytesused, 32, 4),
		FIELD(vpipe_meta_entry, crc32, 36, 4),
		FIELD(vpipe_meta_entry, algo_id, 40, 4),
		FIELD(vpipe_meta_entry, algo_status, 44, 4),
		FIELD(vpipe_meta_entry, roi_left, 48, 4),
		FIELD(vpipe_meta_entry, roi_top, 52, 4),
		FIELD(vpipe_meta_entry, roi_width, 56, 4),
		FIELD(vpipe_meta_entry, roi_height, 60, 4),
		FIELD(vpipe_meta_entry, algo_value0, 64, 8),
		FIELD(vpipe_meta_entry, algo_value1, 72, 8),
	};

	(void)state;
	check_fields(fields, COUNT(fields));
	assert_int_equal(sizeof(struct vpipe_meta_entry), 80);
}

static void info_and_stats_layout(void **state)
{
	static const struct field fields[] = {
		FIELD(vpipe_meta_info, version, 0, 2),
		FIELD(vpipe_meta_info, entry_size, 2, 2),
		FIELD(vpipe_meta_info, ring_entries, 4, 4),
		FIELD(vpipe_meta_info, flags, 8, 4),
		FIELD(vpipe_meta_info, reserved, 12, 16),
		FIELD(vpipe_meta_stats, published, 0, 8),
		FIELD(vpipe_meta_stats, dropped, 8, 8),
		FIELD(vpipe_meta_stats, reserved, 16, 16),
	};

	(void)state;
	check_fields(fields, COUNT(fields));
	assert_int_equal(sizeof(struct vpipe_meta_info), 28);
	assert_int_equal(sizeof(struct vpipe_meta_stats), 32);
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(VPIPE_META_IOC_QUERY, 0x801c7000);
	assert_int_equal(VPIPE_META_IOC_GET_STATS, 0x80207001);
	assert_int_equal(VPIPE_META_VERSION, 1);
	assert_int_equal(VPIPE_META_F_OVERRUN, 1);
	assert_int_equal(VPIPE_META_F_HW_TS, 2);
	assert_int_equal(VPIPE_META_F_NO_CRC, 4);
	assert_int_equal(VPIPE_META_F_SRC_FLUSHED, 8);
	assert_int_equal(VPIPE_META_F_DST_FLUSHED, 16);
	assert_int_equal(VPIPE_ALGO_NONE, 0);
	assert_int_equal(VPIPE_ALGO_THRESHOLD, 1);
	assert_int_equal(VPIPE_CACHE_AS_IS, 0);
	assert_int_equal(VPIPE_CACHE_SOURCE, 1);
	assert_int_equal(VPIPE_CACHE_BOTH, 2);
	assert_string_equal(VPIPE_NAME, "vpipe");
	assert_string_equal(VPIPE_META_PATH, "/dev/vpipe-meta");
}

/*
 * Controls
 */

static const struct {
	uint32_t id;
	uint32_t type;
	int max;
	int initial;
	const char *name; /* programs know them by this, too: source_v4l2_sequence in v4l2-ctl */
} controls[] = {
	{0x00981900, V4L2_CTRL_TYPE_INTEGER, INT_MAX, 0, "Source V4L2 Sequence"},
	{0x00981901, V4L2_CTRL_TYPE_MENU, 1, 0, "Algorithm"},
	{0x00981902, V4L2_CTRL_TYPE_INTEGER, 4096, 0, "ROI Left"},
	{0x00981903, V4L2_CTRL_TYPE_INTEGER, 4096, 0, "ROI Top"},
	{0x00981904, V4L2_CTRL_TYPE_INTEGER, 4096, 640, "ROI Width"},
	{0x00981905, V4L2_CTRL_TYPE_INTEGER, 4096, 480, "ROI Height"},
	{0x00981906, V4L2_CTRL_TYPE_INTEGER, 255, 127, "Threshold"},
	{0x00981910, V4L2_CTRL_TYPE_BOOLEAN, 1, 1, "CRC"},
	{0x00981911, V4L2_CTRL_TYPE_MENU, 2, 0, "Cache"},
	{0x00981912, V4L2_CTRL_TYPE_BOOLEAN, 1, 0, "Source V4L2 Sequence Bit 31"},
};

static int get_control(const struct m2m *m, uint32_t id)
{
	struct v4l2_control control = {.id = id};

	must(m2m_ioctl(m->dev.fd, VIDIOC_G_CTRL, &control));
	return control.value;
}

static int set_control(const struct m2m *m, uint32_t id, int value)
{
	struct v4l2_control control = {.id = id, .value = value};

	return m2m_ioctl(m->dev.fd, VIDIOC_S_CTRL, &control);
}

static void control_ids(void **state)
{
	(void)state;
	assert_int_equal(VPIPE_CID_SRC_SEQUENCE, controls[0].id);
	assert_int_equal(VPIPE_CID_ALGO, controls[1].id);
	assert_int_equal(VPIPE_CID_ROI_LEFT, controls[2].id);
	assert_int_equal(VPIPE_CID_ROI_TOP, controls[3].id);
	assert_int_equal(VPIPE_CID_ROI_WIDTH, controls[4].id);
	assert_int_equal(VPIPE_CID_ROI_HEIGHT, controls[5].id);
	assert_int_equal(VPIPE_CID_THRESHOLD, controls[6].id);
	assert_int_equal(VPIPE_CID_CRC, controls[7].id);
	assert_int_equal(VPIPE_CID_CACHE, controls[8].id);
	assert_int_equal(VPIPE_CID_SRC_SEQUENCE_BIT_31, controls[9].id);
}

#define HAS_WHICH_MIN_MAX 0x1000U /* V4L2_CTRL_FLAG_..., newer than our headers */

/* Enumerated, they are these and no others. */
static void control_ranges(void **state)
{
	struct v4l2_query_ext_ctrl query = {.id = V4L2_CID_USER_BASE};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	for (size_t i = 0; i < COUNT(controls); i++) {
		query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
		must(m2m_ioctl(m.dev.fd, VIDIOC_QUERY_EXT_CTRL, &query));
		assert_int_equal(query.id, controls[i].id);
		assert_int_equal(query.type, controls[i].type);
		assert_string_equal(query.name, controls[i].name);
		assert_int_equal(query.minimum, 0);
		assert_int_equal(query.maximum, controls[i].max);
		assert_int_equal(query.step, 1);
		assert_int_equal(query.default_value, controls[i].initial);
		/* 6.14 and later say that they can be asked for limits of single elements */
		assert_int_equal(query.flags & ~HAS_WHICH_MIN_MAX, 0);
		assert_int_equal(get_control(&m, query.id), controls[i].initial);
	}
	query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_QUERY_EXT_CTRL, &query), -EINVAL);
	m2m_close(&m);
}

static void check_menu(uint32_t id, const char *const *names, size_t count)
{
	struct v4l2_querymenu menu = {.id = id};
	struct m2m m;

	m2m_open(&m, V4L2_MEMORY_MMAP);
	for (menu.index = 0; menu.index < count; menu.index++) {
		must(m2m_ioctl(m.dev.fd, VIDIOC_QUERYMENU, &menu));
		assert_string_equal((const char *)menu.name, names[menu.index]);
	}
	assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_QUERYMENU, &menu), -EINVAL);
	m2m_close(&m);
}

static void control_menus(void **state)
{
	static const char *const algos[] = {"none", "threshold"};
	static const char *const caches[] = {"as-is", "source", "both"};

	(void)state;
	check_menu(VPIPE_CID_ALGO, algos, COUNT(algos));
	check_menu(VPIPE_CID_CACHE, caches, COUNT(caches));
}

/* V4L2 moves numbers into the range; a menu item that is not there is an error. */
static void control_limits(void **state)
{
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	for (size_t i = 0; i < COUNT(controls); i++) {
		must(set_control(&m, controls[i].id, controls[i].max));
		assert_int_equal(get_control(&m, controls[i].id), controls[i].max);
		if (controls[i].type == V4L2_CTRL_TYPE_MENU) {
			assert_int_equal(set_control(&m, controls[i].id, controls[i].max + 1),
					 -ERANGE);
			assert_int_equal(set_control(&m, controls[i].id, -1), -ERANGE);
			continue;
		}
		must(set_control(&m, controls[i].id, -1));
		/* to a boolean, all but 0 is true */
		assert_int_equal(get_control(&m, controls[i].id),
				 controls[i].type == V4L2_CTRL_TYPE_BOOLEAN);
		if (controls[i].max == INT_MAX)
			continue;
		must(set_control(&m, controls[i].id, controls[i].max + 1));
		assert_int_equal(get_control(&m, controls[i].id), controls[i].max);
	}
	m2m_close(&m);
}

/* Several at once are set, or none. */
static void control_sets(void **state)
{
	struct v4l2_ext_control set[] = {
		{.id = VPIPE_CID_SRC_SEQUENCE, .value = 99},
		{.id = VPIPE_CID_THRESHOLD, .value = 1},
		{.id = VPIPE_CID_ALGO, .value = VPIPE_ALGO_THRESHOLD + 1},
	};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	assert_int_not_equal(vdev_set_controls(&m.dev, set, COUNT(set)), 0);
	assert_int_equal(get_control(&m, VPIPE_CID_SRC_SEQUENCE), 0);
	assert_int_equal(get_control(&m, VPIPE_CID_THRESHOLD), 127);
	set[2].value = VPIPE_ALGO_THRESHOLD;
	must(vdev_set_controls(&m.dev, set, COUNT(set)));
	for (size_t i = 0; i < COUNT(set); i++)
		assert_int_equal(get_control(&m, set[i].id), set[i].value);
	m2m_close(&m);
}

static void controls_belong_to_the_open_file(void **state)
{
	struct m2m a, b;

	(void)state;
	m2m_open(&a, V4L2_MEMORY_MMAP);
	m2m_open(&b, V4L2_MEMORY_MMAP);
	must(set_control(&a, VPIPE_CID_THRESHOLD, 3));
	assert_int_equal(get_control(&a, VPIPE_CID_THRESHOLD), 3);
	assert_int_equal(get_control(&b, VPIPE_CID_THRESHOLD), 127);
	m2m_close(&a);
	m2m_close(&b);
}

/*
 * The node and its formats
 */

static void capabilities(void **state)
{
	struct v4l2_capability cap;
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(m2m_ioctl(m.dev.fd, VIDIOC_QUERYCAP, &cap));
	assert_string_equal((const char *)cap.driver, VPIPE_NAME);
	assert_string_equal((const char *)cap.card, VPIPE_NAME);
	assert_int_equal(cap.device_caps & ~V4L2_CAP_EXT_PIX_FORMAT,
			 V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING);
	m2m_close(&m);
}

/* VIDIOC_{G,TRY,S}_FMT; what @type is asked to be is in *@pix, and what it became. */
static int format(const struct m2m *m, unsigned long request, uint32_t type,
		  struct v4l2_pix_format *pix)
{
	struct v4l2_format fmt = {.type = type, .fmt.pix = *pix};
	int err = m2m_ioctl(m->dev.fd, request, &fmt);

	*pix = fmt.fmt.pix;
	return err;
}

static int set_size(const struct m2m *m, uint32_t type, unsigned int width, unsigned int height)
{
	struct v4l2_pix_format pix = {
		.width = width, .height = height, .pixelformat = V4L2_PIX_FMT_GREY};

	return format(m, VIDIOC_S_FMT, type, &pix);
}

static void check_size(const struct v4l2_pix_format *pix, unsigned int width, unsigned int height)
{
	assert_int_equal(pix->width, width);
	assert_int_equal(pix->height, height);
	assert_int_equal(pix->bytesperline, width);
	assert_int_equal(pix->sizeimage, width * height);
	assert_int_equal(pix->pixelformat, V4L2_PIX_FMT_GREY);
	assert_int_equal(pix->field, V4L2_FIELD_NONE);
}

/* Both queues have this size now. */
static void check_sizes(const struct m2m *m, unsigned int width, unsigned int height)
{
	struct v4l2_pix_format pix;

	must(format(m, VIDIOC_G_FMT, V4L2_BUF_TYPE_VIDEO_OUTPUT, &pix));
	check_size(&pix, width, height);
	must(format(m, VIDIOC_G_FMT, V4L2_BUF_TYPE_VIDEO_CAPTURE, &pix));
	check_size(&pix, width, height);
}

static void one_format_any_size(void **state)
{
	static const uint32_t types[] = {V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct v4l2_frmsizeenum size = {.pixel_format = V4L2_PIX_FMT_GREY};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct v4l2_fmtdesc desc = {.type = types[i]};

		must(m2m_ioctl(m.dev.fd, VIDIOC_ENUM_FMT, &desc));
		assert_int_equal(desc.pixelformat, V4L2_PIX_FMT_GREY);
		desc.index = 1;
		assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_ENUM_FMT, &desc), -EINVAL);
	}
	must(m2m_ioctl(m.dev.fd, VIDIOC_ENUM_FRAMESIZES, &size));
	assert_int_equal(size.stepwise.min_width, 1);
	assert_int_equal(size.stepwise.min_height, 1);
	assert_int_equal(size.stepwise.max_width, 4096);
	assert_int_equal(size.stepwise.max_height, 4096);
	assert_int_equal(size.stepwise.step_width, 1);
	assert_int_equal(size.stepwise.step_height, 1);
	m2m_close(&m);
}

static void sizes_are_clamped(void **state)
{
	static const unsigned int asked[][4] = {
		{0, 9999, 1, 4096},	  {9999, 0, 4096, 1}, {1, 1, 1, 1},
		{4096, 4096, 4096, 4096}, {4097, 1, 4096, 1}, {UINT_MAX, UINT_MAX, 4096, 4096},
		{333, 7, 333, 7},
	};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	check_sizes(&m, VPIPE_DEFAULT_WIDTH, VPIPE_DEFAULT_HEIGHT);
	for (size_t i = 0; i < COUNT(asked); i++) {
		must(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, asked[i][0], asked[i][1]));
		check_sizes(&m, asked[i][2], asked[i][3]);
	}
	m2m_close(&m);
}

/* A format that is not there becomes GREY; strides and sizes asked for are not taken. */
static void other_formats_become_grey(void **state)
{
	struct v4l2_pix_format pix = {.width = 64,
				      .height = 32,
				      .pixelformat = V4L2_PIX_FMT_YUYV,
				      .field = V4L2_FIELD_INTERLACED,
				      .bytesperline = 9999,
				      .sizeimage = 1};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(format(&m, VIDIOC_S_FMT, V4L2_BUF_TYPE_VIDEO_OUTPUT, &pix));
	check_size(&pix, 64, 32);
	m2m_close(&m);
}

/* CAPTURE's size chooses OUTPUT's only as long as nobody has chosen that. */
static void output_decides(void **state)
{
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(set_size(&m, V4L2_BUF_TYPE_VIDEO_CAPTURE, 320, 240));
	check_sizes(&m, 320, 240);
	must(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, 100, 50));
	check_sizes(&m, 100, 50);
	must(set_size(&m, V4L2_BUF_TYPE_VIDEO_CAPTURE, 30, 30));
	check_sizes(&m, 100, 50);
	m2m_close(&m);
}

static void colours_go_from_output_to_capture(void **state)
{
	struct v4l2_pix_format pix = {.width = 8,
				      .height = 8,
				      .pixelformat = V4L2_PIX_FMT_GREY,
				      .priv = V4L2_PIX_FMT_PRIV_MAGIC,
				      .colorspace = V4L2_COLORSPACE_REC709,
				      .ycbcr_enc = V4L2_YCBCR_ENC_709,
				      .quantization = V4L2_QUANTIZATION_LIM_RANGE,
				      .xfer_func = V4L2_XFER_FUNC_709};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(format(&m, VIDIOC_S_FMT, V4L2_BUF_TYPE_VIDEO_OUTPUT, &pix));
	memset(&pix, 0, sizeof(pix));
	must(format(&m, VIDIOC_G_FMT, V4L2_BUF_TYPE_VIDEO_CAPTURE, &pix));
	assert_int_equal(pix.colorspace, V4L2_COLORSPACE_REC709);
	assert_int_equal(pix.ycbcr_enc, V4L2_YCBCR_ENC_709);
	assert_int_equal(pix.quantization, V4L2_QUANTIZATION_LIM_RANGE);
	assert_int_equal(pix.xfer_func, V4L2_XFER_FUNC_709);
	m2m_close(&m);
}

static void try_changes_nothing(void **state)
{
	struct v4l2_pix_format pix = {.width = 30, .height = 40};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(format(&m, VIDIOC_TRY_FMT, V4L2_BUF_TYPE_VIDEO_OUTPUT, &pix));
	check_size(&pix, 30, 40);
	check_sizes(&m, VPIPE_DEFAULT_WIDTH, VPIPE_DEFAULT_HEIGHT);
	m2m_close(&m);
}

/* Buffers fix the format of their queue, and the size of both. */
static void busy_while_there_are_buffers(void **state)
{
	struct v4l2_pix_format pix = {.width = 64, .height = 64};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, 100, 50));
	must(vqueue_request(&m.cap, 2));
	assert_int_equal(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, 64, 64), -EBUSY);
	must(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, 100, 50));
	assert_int_equal(set_size(&m, V4L2_BUF_TYPE_VIDEO_CAPTURE, 100, 50), -EBUSY);
	must(vqueue_request(&m.out, 2));
	assert_int_equal(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, 100, 50), -EBUSY);
	must(format(&m, VIDIOC_TRY_FMT, V4L2_BUF_TYPE_VIDEO_OUTPUT, &pix));
	check_sizes(&m, 100, 50);
	vqueue_release(&m.out);
	vqueue_release(&m.cap);
	must(set_size(&m, V4L2_BUF_TYPE_VIDEO_OUTPUT, 64, 64));
	check_sizes(&m, 64, 64);
	m2m_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(row_layout),
		cmocka_unit_test(info_and_stats_layout),
		cmocka_unit_test(numbers),
		cmocka_unit_test(control_ids),
		cmocka_unit_test(control_ranges),
		cmocka_unit_test(control_menus),
		cmocka_unit_test(control_limits),
		cmocka_unit_test(control_sets),
		cmocka_unit_test(controls_belong_to_the_open_file),
		cmocka_unit_test(capabilities),
		cmocka_unit_test(one_format_any_size),
		cmocka_unit_test(sizes_are_clamped),
		cmocka_unit_test(other_formats_become_grey),
		cmocka_unit_test(output_decides),
		cmocka_unit_test(colours_go_from_output_to_capture),
		cmocka_unit_test(try_changes_nothing),
		cmocka_unit_test(busy_while_there_are_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
