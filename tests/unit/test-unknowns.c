// SPDX-License-Identifier: MIT
/* test-unknowns.c - what was not measured is said, of those frames that lack it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loader/model/unknowns.h"
#include "loader/paths/kind.h"

extern const struct kind m2m_kind, capture_kind;

/* How many frames lack @what; -1: that is not spoken of on @path. */
static long lack(const struct path *path, const struct unknowns *unknowns, const char *what)
{
	static struct run run;
	struct unknown unknown;

	run.path = path;
	for (unsigned int i = 0; unknowns_get(unknowns, &run, i, &unknown); i++) {
		if (!strcmp(unknown.what, what))
			return (long)unknown.frames;
	}
	return -1;
}

/* A frame of which only the stages behind done are known, between others. */
static void test_job(void **state)
{
	const struct path *paths[] = {m2m_kind.path, capture_kind.path};

	(void)state;
	for (int camera = 0; camera < 2; camera++) {
		struct unknowns unknowns = {0};
		struct frame frame = {.known = (1U << paths[camera]->n_stages) - 1};

		for (int i = 0; i < 5; i++)
			unknowns_add(&unknowns, &frame, paths[camera]);
		assert_int_equal(lack(paths[camera], &unknowns, "queue and job"), 0);
		frame.known &= ~7U;
		unknowns_add(&unknowns, &frame, paths[camera]);
		assert_int_equal(lack(paths[camera], &unknowns, "queue and job"), !camera);
	}
	assert_int_equal(lack(m2m_kind.path, &(struct unknowns){0}, "nothing"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
