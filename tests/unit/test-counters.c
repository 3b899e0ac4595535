// SPDX-License-Identifier: MIT
/* Lists of counters, as --counters has them; read are those of the kernel, which all machines count. */
#include <errno.h>
#include <linux/perf_event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/trace/counters.h"

#define assert_says(why, text)                                  \
	do {                                                    \
		if (!strstr(why, text))                         \
			fail_msg("'%s' lacks '%s'", why, text); \
	} while (0)

/* The codes are perf's: cache, then what is done eight bits higher, then how it ends. */
static void test_names(void **state)
{
	static const struct {
		const char *name, *in_files;
		uint32_t type;
		uint64_t config;
	} names[] = {
		{"cycles", "cycles", PERF_TYPE_HARDWARE, 0},
		{"cpu-cycles", "cycles", PERF_TYPE_HARDWARE, 0},
		{"cache-misses", "cache_misses", PERF_TYPE_HARDWARE, 3},
		{"cache_misses", "cache_misses", PERF_TYPE_HARDWARE, 3},
		{"branch-instructions", "branches", PERF_TYPE_HARDWARE, 4},
		{"bus-cycles", "bus_cycles", PERF_TYPE_HARDWARE, 6},
		{"ref-cycles", "ref_cycles", PERF_TYPE_HARDWARE, 9},
		{"page-faults", "page_faults", PERF_TYPE_SOFTWARE, 2},
		{"cpu-migrations", "migrations", PERF_TYPE_SOFTWARE, 4},
		{"major-faults", "major_faults", PERF_TYPE_SOFTWARE, 6},
		{"L1-dcache-loads", "L1-dcache-loads", PERF_TYPE_HW_CACHE, 0x000000},
		{"L1-dcache-load-misses", "L1-dcache-load-misses", PERF_TYPE_HW_CACHE, 0x010000},
		{"l1_icache_prefetches", "L1-icache-prefetches", PERF_TYPE_HW_CACHE, 0x000201},
		{"LLC-load-misses", "LLC-load-misses", PERF_TYPE_HW_CACHE, 0x010002},
		{"dTLB-store-misses", "dTLB-store-misses", PERF_TYPE_HW_CACHE, 0x010103},
		{"iTLB-loads", "iTLB-loads", PERF_TYPE_HW_CACHE, 0x000004},
		{"branch-load-misses", "branch-load-misses", PERF_TYPE_HW_CACHE, 0x010005},
		{"node-stores", "node-stores", PERF_TYPE_HW_CACHE, 0x000106},
		{"r11", "r11", PERF_TYPE_RAW, 0x11},
		{"r00C5", "rc5", PERF_TYPE_RAW, 0xc5},
		{"rffffffffffffffff", "rffffffffffffffff", PERF_TYPE_RAW, UINT64_MAX},
	};
	struct counter counter;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(counter_named(names[i].name, &counter), 0);
		assert_string_equal(counter.name, names[i].in_files);
		assert_int_equal(counter.type, names[i].type);
		assert_int_equal(counter.config, names[i].config);
	}
}

static void test_no_names(void **state)
{
	static const char *const names[] = {
		"",
		"cycle",
		"cyclesx",
		"L1-dcache",
		"L1-dcache-",
		"LLC-loads-misses",
		"L1loads",
		"r",
		"rx",
		"r1g",
		"r-1",
		"r 1",
		"r0x11",
		"LLC--loads",
		"LLCloads",
		"R11",
		"cache\xadmisses",
		"r10000000000000000",
	};
	struct counter counter;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(counter_named(names[i], &counter), -EINVAL);
}

/* perf_event_paranoid may be in the way of others. */
static void need_root(void)
{
	if (geteuid()) {
		print_message("# it needs root\n");
		skip();
	}
}

static void test_lists(void **state)
{
	struct counters counters;
	char why[COUNTERS_WHY];

	(void)state;
	assert_int_equal(counters_parse(&counters, "none", why), 0);
	assert_int_equal(counters.n, 0);
	need_root();
	assert_int_equal(counters_parse(&counters, "page-faults,migrations", why), 0);
	assert_int_equal(counters.n, 2);
	assert_int_equal(counters_find(&counters, "page_faults"), 0);
	assert_int_equal(counters_find(&counters, "migrations"), 1);
	assert_int_equal(counters_find(&counters, "page-faults"), -1);
	assert_non_null(counters.why); /* none of them is the processor's */
}

/* Said twice it is there once, whatever it is called. */
static void test_twice(void **state)
{
	struct counters counters;
	char why[COUNTERS_WHY];

	(void)state;
	need_root();
	assert_int_equal(
		counters_parse(&counters, "migrations,hardware,cpu-migrations,hardware", why), 0);
	assert_in_range(counters.n, 1, 4);
	for (unsigned int i = 0; i < counters.n; i++)
		assert_int_equal(counters_find(&counters, counters.which[i].name), i);
}

static void test_too_many(void **state)
{
	struct counters counters;
	char why[COUNTERS_WHY];

	(void)state;
	need_root();
	assert_int_equal(
		counters_parse(&counters,
			       "page_faults,minor_faults,major_faults,migrations,task_clock", why),
		-E2BIG);
	assert_string_equal(why, "at most 4 are read in a run");
}

/* One that is too long is not cut to one that is good; what could be said is listed to the last. */
static void test_unknown(void **state)
{
	struct counters counters;
	char why[COUNTERS_WHY];
	char list[300] = "";

	(void)state;
	for (int i = 0; i < 51; i++)
		strcat(list, "none,");
	strcat(list, "nonsense");
	assert_int_equal(counters_parse(&counters, list, why), -EINVAL);
	assert_says(why, "there is no 'nonsense': hardware, none, cycles, ");
	assert_says(why, ", branch_misses, ");
	assert_says(why, ", CACHE-load-misses, ");
	assert_says(why, "CACHE being L1-dcache, ");
	assert_says(why, "or rHEX");
	assert_null(strchr(why, '\n'));
	memset(list, 'r', sizeof(list) - 1);
	assert_int_equal(counters_parse(&counters, list, why), -EINVAL);
}

/* What the processor lacks is named. No processor has this one. */
static void test_lacking(void **state)
{
	struct counters counters;
	char why[COUNTERS_WHY];

	(void)state;
	need_root();
	assert_int_equal(counters_parse(&counters, "page_faults,iTLB-store-misses", why), -ENOENT);
	assert_says(why, "does not count iTLB-store-misses");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),	 cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_lists),	 cmocka_unit_test(test_twice),
		cmocka_unit_test(test_too_many), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_lacking),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
