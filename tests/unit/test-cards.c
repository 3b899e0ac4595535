// SPDX-License-Identifier: MIT
/* test-cards.c - what is known of cards, by a sysfs tree of our own */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/host/cards.h"

static char root[64];
static struct card *cards;
static size_t n_cards;

static void shell(const char *what)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd %s && %s", root, what);
	assert_int_equal(system(command), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(root, "/tmp/test-cards-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	shell("mkdir -p sys/class/drm sys/kernel/btf sys/module && touch sys/kernel/btf/vmlinux");
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	free(cards);
	cards = NULL;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void find(void)
{
	free(cards);
	assert_int_equal(cards_find_in(root, &cards, &n_cards), 0);
}

static void test_none(void **state)
{
	(void)state;
	find();
	assert_int_equal(n_cards, 0);
	assert_int_equal(cards_find_in("/nonexistent", &cards, &n_cards), 0);
	assert_int_equal(n_cards, 0);
}

/* By their numbers; connectors and render nodes are no cards. */
static void test_order(void **state)
{
	(void)state;
	shell("cd sys/class/drm && mkdir card2 card10 card2-HDMI-A-1 renderD128 version");
	find();
	assert_int_equal(n_cards, 2);
	assert_string_equal(cards[0].facts.path, "/dev/dri/card2");
	assert_string_equal(cards[1].facts.node, "card10");
	assert_int_equal(cards[0].facts.kind, VIDEO_DISPLAY);
}

static void test_driver(void **state)
{
	(void)state;
	shell("mkdir -p sys/module/i915 sys/bus/i915 sys/devices/0000:00:02.0 sys/class/drm/card0 "
	      "sys/class/drm/card1 && "
	      "ln -s ../../module/i915 sys/bus/i915/module && "
	      "ln -s ../../bus/i915 sys/devices/0000:00:02.0/driver && "
	      "ln -s ../../../devices/0000:00:02.0 sys/class/drm/card0/device");
	find();
	assert_string_equal(cards[0].facts.driver, "i915");
	assert_string_equal(cards[0].facts.module, "i915");
	assert_string_equal(cards[0].facts.bus, "0000:00:02.0");
	assert_string_equal(cards[1].facts.driver, "");
}

/* That of another card is not its own, whose name goes on. */
static void test_connector(void **state)
{
	(void)state;
	shell("cd sys/class/drm && mkdir -p card1/card1-DP-1 card1/card1-HDMI-A-2 "
	      "card10/card10-DP-1 && "
	      "echo disconnected >card1/card1-DP-1/status && "
	      "echo connected >card1/card1-HDMI-A-2/status && "
	      "echo unknown >card10/card10-DP-1/status");
	find();
	assert_string_equal(cards[0].connector, "HDMI-A-2");
	assert_string_equal(cards[1].connector, "");
}

/* Of what is built in the kernel has the types; of modules each must have its own. */
static void test_btf(void **state)
{
	(void)state;
	shell("mkdir sys/class/drm/card0");
	find();
	assert_int_equal(cards[0].btf, VIDEO_YES);
	shell("mkdir -p sys/module/drm sys/module/drm_kms_helper && touch sys/module/drm/initstate "
	      "sys/module/drm_kms_helper/initstate sys/kernel/btf/drm");
	find();
	assert_int_equal(cards[0].btf, VIDEO_NO);
	shell("touch sys/kernel/btf/drm_kms_helper");
	find();
	assert_int_equal(cards[0].btf, VIDEO_YES);
	shell("rm -r sys/kernel");
	find();
	assert_int_equal(cards[0].btf, VIDEO_UNKNOWN);
}

/* 1080p, VGA, and what has no mode. */
static void test_rate(void **state)
{
	(void)state;
	assert_true(card_rate(148500, 2200, 1125) == 60);
	assert_int_equal((int)(card_rate(25175, 800, 525) * 1000), 59940);
	assert_true(card_rate(0, 0, 0) == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_none),      TEST(test_order), TEST(test_driver),
		TEST(test_connector), TEST(test_btf),	cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests_name("cards", tests, NULL, NULL);
}
