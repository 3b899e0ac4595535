// SPDX-License-Identifier: MIT
/* test-display.c - frames of a display: alone, and at the end of a chain */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/probes/capture.h"
#include "bpf/probes/display.h"
#include "loader/model/costs.h"
#include "loader/model/cycle.h"
#include "loader/model/video.h"
#include "loader/paths/chain.h"

#define READER 77
#define MEMORY 0xface

extern const struct kind capture_kind, display_kind;

static const int no_counters[COUNTER_COLUMNS] = {-1, -1, -1, -1};

static struct chain_path path;
static struct device_sums sums[2];
static struct frame row;
static unsigned int n_rows;

/* Committed at 2000, the card's at 2300, of which its thread slept 50 and waited 20, shown at 9000. */
static struct vpipe_frame shown(void)
{
	struct vpipe_frame record = {
		.ns = {2000, 2300, 9000},
		.ctx = 5,
		.device = 1,
		.seq = 12,
		.split = 1U << DISPLAY_STAGE_commit,
		.splits = {[DISPLAY_STAGE_commit] = {.runq_ns = 20, .blocked_ns = 50}},
		.cycle = {.given_ns = 2300,
			  .timestamp_ns = 8990,
			  .memory = MEMORY,
			  .has_input = true,
			  .input = {.memory = MEMORY, .tid = READER, .since_ns = 1500}},
	};

	return record;
}

/* A camera's frame, done at 1000, dequeued at 1500. */
static struct vpipe_frame captured(void)
{
	struct vpipe_frame record = {
		.ns = {0, 1000, 1100, 1200, 1300, 1500},
		.asked_ns = 900,
		.ctx = 3,
		.seq = 40,
		.cycle = {.given_ns = 100, .memory = MEMORY, .reader = READER},
	};

	return record;
}

static void test_costs(void **state)
{
	struct vpipe_frame record = shown();
	struct frame frame;

	(void)state;
	frame_from_record(&frame, display_kind.path, &record, no_counters);
	assert_int_equal(frame.start_ns, 2000);
	assert_int_equal(frame.e2e_ns, 7000);
	assert_int_equal(frame.stages[DISPLAY_STAGE_commit].ns, 300);
	assert_int_equal(frame.stages[DISPLAY_STAGE_flip].ns, 6700);
	assert_int_equal(frame.costs[COST_device], 6700);
	assert_int_equal(frame.costs[COST_jitter], 20);
	assert_int_equal(frame.costs[COST_queueing], 50);
	assert_int_equal(frame.costs[COST_transport], 230);
	assert_int_equal(frame.costs[COST_unattributed], 0);
}

/* Nobody dequeues it: it is done, and at its end, when it is shown. */
static void test_cycle(void **state)
{
	struct vpipe_frame record = shown();
	struct cycle cycle;

	(void)state;
	cycle_from_record(&cycle, display_kind.path, &record);
	assert_int_equal(cycle.given_ns, 2300);
	assert_int_equal(cycle.done_ns, 9000);
	assert_int_equal(cycle.taken_ns, 9000);
	assert_int_equal(cycle.timestamp_ns, 8990);
	assert_int_equal(cycle.sequence, 12);
}

static void on_row(void *arg, struct frame *frame)
{
	(void)arg;
	frame->number = n_rows++; /* as a run gives it */
	row = *frame;
}

static void on_drop(void *arg, const struct drop *drop)
{
	(void)arg;
	(void)drop;
	fail_msg("there are no drops");
}

static unsigned int stage_of(const char *name)
{
	for (unsigned int i = 0; i < path.path.n_stages; i++) {
		if (!strcmp(path.path.stages[i].name, name))
			return i;
	}
	fail_msg("there is no stage %s", name);
	return 0;
}

/* What a row of a camera's frame and a display's comes to, if they are linked. */
static void chain_of(const struct vpipe_frame *from, const struct vpipe_frame *to)
{
	static const struct kind *const of[] = {&capture_kind, &display_kind};
	const struct chain_listener listener = {.row = on_row, .drop = on_drop};
	struct chain *chain;

	memset(sums, 0, sizeof(sums));
	n_rows = 0;
	assert_int_equal(chain_path_init(&path, of, NULL, 2), 0);
	assert_true(path_is_chain(&path.path));
	chain = chain_new(&path.path, path.devices, 2, sums, &listener);
	assert_non_null(chain);
	chain_add(chain, from, VPIPE_RULE_none, no_counters);
	chain_add(chain, to, VPIPE_RULE_none, no_counters);
	chain_free(chain);
	assert_int_equal(n_rows, 1);
}

static void test_chain(void **state)
{
	struct vpipe_frame from = captured(), to = shown();
	uint64_t stages = 0, of_costs = 0;

	(void)state;
	chain_of(&from, &to);
	assert_int_equal(sums[1].links.linked[VPIPE_RULE_dmabuf], 1);
	assert_int_equal(row.start_ns, 1000);
	assert_int_equal(row.e2e_ns, 8000);
	assert_int_equal(row.source_sequence, 40);
	assert_int_equal(row.stages[stage_of("display_handoff")].ns, 500);
	assert_int_equal(row.stages[stage_of("display_handoff")].rule, VPIPE_RULE_dmabuf);
	assert_int_equal(row.stages[stage_of("display_flip")].ns, 6700);
	for (unsigned int i = 0; i < path.path.n_stages; i++)
		stages += row.stages[i].ns;
	for (unsigned int i = 0; i < N_COSTS; i++)
		of_costs += row.costs[i];
	assert_int_equal(stages, row.e2e_ns);
	assert_int_equal(of_costs, row.e2e_ns);
}

/* A copy in the card's own memory is known by who has dequeued the frame before. */
static void test_copy(void **state)
{
	struct vpipe_frame from = captured(), to = shown();

	(void)state;
	to.cycle.memory = to.cycle.input.memory = 0;
	chain_of(&from, &to);
	assert_int_equal(sums[1].links.linked[VPIPE_RULE_thread], 1);
	to.cycle.input.tid = READER + 1;
	chain_of(&from, &to);
	assert_int_equal(links_linked(&sums[1].links), 0);
	assert_int_equal(row.start_ns, 2000);
}

/* No frame goes on from a display. */
static void test_last(void **state)
{
	static const struct kind *const wrong[] = {&display_kind, &capture_kind};

	(void)state;
	assert_int_equal(chain_path_init(&path, wrong, NULL, 2), 0);
	assert_false(path_is_chain(&path.path));
}

static void test_timestamps(void **state)
{
	const struct video_facts facts = {
		.kind = VIDEO_DISPLAY, .is_dated = true, .timestamp_flags = 0x2000};
	char text[VIDEO_TEXT];

	(void)state;
	video_timestamps(&facts, text);
	assert_string_equal(text, "monotonic vblank");
	assert_string_equal(video_kind_name(facts.kind), "display");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_costs), cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_chain), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_last),  cmocka_unit_test(test_timestamps),
	};

	return cmocka_run_group_tests_name("display", tests, NULL, NULL);
}
