/* SPDX-License-Identifier: MIT */
/*
 * chains.h - records of several devices, and the rows that become of them, for tests of chains
 *
 * Records are made by hand, with times that are easy to add up: a stage of stage number N takes N + 1
 * us, so whatever is left out or counted twice shows in the sums, which hold in every row.
 */
#ifndef TEST_CHAINS_H
#define TEST_CHAINS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/probes/capture.h"
#include "bpf/probes/m2m.h"
#include "loader/model/costs.h"
#include "loader/model/record.h"
#include "loader/paths/chain.h"

#define US    1000ULL
#define MS    (1000 * US)
#define START (1000000 * MS)
#define ROWS  4096

/* Threads, and where a device's memory is. */
enum { READER = 4711, OTHER };
#define MEMORY(device, index) (0xffff000000000000ULL + ((device) << 16) + (index) + 1)

extern const struct kind capture_kind, m2m_kind, output_kind;

static struct chain_path path;
static struct chain *chain;
static struct device_sums sums[VPIPE_MAX_DEVICES];
static struct frame rows[ROWS];
static struct drop drops[ROWS];
static unsigned int n_rows, n_drops;
static const int no_counters[COUNTER_COLUMNS] = {-1, -1, -1, -1};

/* Stages and costs of every row add up, and nothing is known of a stage that has no time. */
static inline void check_sums(const struct frame *row)
{
	uint64_t stages = 0, of_costs = 0;

	for (unsigned int i = 0; i < MAX_STAGES; i++) {
		const struct frame_stage *stage = &row->stages[i];

		stages += stage->ns;
		assert_true(row->known & 1U << i || !stage->ns);
		assert_true(stage->runq_ns + stage->blocked_ns + stage->dwell_ns <= stage->ns);
	}
	for (unsigned int i = 0; i < N_COSTS; i++)
		of_costs += row->costs[i];
	assert_int_equal(stages, row->e2e_ns);
	assert_int_equal(of_costs, row->e2e_ns);
}

static inline void on_row(void *arg, struct frame *row)
{
	assert_ptr_equal(arg, &path);
	check_sums(row);
	rows[n_rows++ % ROWS] = *row;
}

static inline void on_drop(void *arg, const struct drop *drop)
{
	assert_ptr_equal(arg, &path);
	assert_int_equal(drop->cause, DROP_NOT_HANDED_ON);
	drops[n_drops++ % ROWS] = *drop;
}

/*
 * The nodes that chains are made of: camera, mem2mem and output device; raw input and image of an ISP
 * and of another one; statistics.
 */
static const struct {
	char letter;
	const struct kind *kind;
	enum isp_role role;
	unsigned int isp;
} letters[] = {
	{'c', &capture_kind, ISP_NONE, 0},   {'m', &m2m_kind, ISP_NONE, 0},
	{'o', &output_kind, ISP_NONE, 0},    {'r', &output_kind, ISP_INPUT, 0},
	{'i', &capture_kind, ISP_OUTPUT, 0}, {'R', &output_kind, ISP_INPUT, 1},
	{'I', &capture_kind, ISP_OUTPUT, 1}, {'s', &capture_kind, ISP_BESIDE, 0},
};

static inline unsigned int letter_of(char letter)
{
	unsigned int i = 0;

	while (letters[i].letter != letter)
		i++;
	return i;
}

/* The devices of a chain: "cmo" is a camera, a mem2mem device and an output device. */
static inline void begin(const char *devices)
{
	struct isp_node nodes[VPIPE_MAX_DEVICES];
	const struct chain_listener listener = {.row = on_row, .drop = on_drop, .arg = &path};
	const struct kind *of[VPIPE_MAX_DEVICES];
	unsigned int n = 0;

	for (; devices[n]; n++)
		of[n] = letters[letter_of(devices[n])].kind;
	for (unsigned int i = 0; i < n; i++)
		nodes[i] = (struct isp_node){.role = letters[letter_of(devices[i])].role,
					     .isp = letters[letter_of(devices[i])].isp};
	assert_int_equal(chain_path_init(&path, of, nodes, n), 0);
	memset(sums, 0, sizeof(sums));
	n_rows = n_drops = 0;
	chain_free(chain);
	chain = chain_new(&path.path, path.devices, n, sums, &listener);
	assert_non_null(chain);
}

static inline int teardown(void **state)
{
	(void)state;
	chain_free(chain);
	chain = NULL;
	return 0;
}

/* Where a stage is in the path. */
static inline unsigned int stage_of(const char *name)
{
	unsigned int i = 0;

	while (i < path.path.n_stages && strcmp(path.path.stages[i].name, name))
		i++;
	assert_true(i < path.path.n_stages);
	return i;
}

static inline bool knows(const struct frame *row, const char *name)
{
	return row->known & 1U << stage_of(name);
}

static inline const struct frame_stage *stage(const struct frame *row, const char *name)
{
	return &row->stages[stage_of(name)];
}

/* Stages @first to @last of it, the last of which ends at @end_ns: each takes as many us as its number + 1. */
static inline void lay_out(struct vpipe_frame *record, unsigned int first, unsigned int last,
			   uint64_t end_ns)
{
	record->ns[last + 1] = end_ns;
	for (unsigned int i = last + 1; i-- > first;)
		record->ns[i] = record->ns[i + 1] - (i + 1) * US;
}

/* A camera's frame, dequeued by READER at @taken_ns, in the buffer that has its sequence, modulo 4. */
static inline struct vpipe_frame shot(unsigned int device, unsigned int sequence, uint64_t taken_ns)
{
	struct vpipe_frame record = {
		.ctx = device + 1,
		.cap_index = sequence % 4,
		.device = device,
		.seq = sequence,
		.cycle = {.timestamp_ns = taken_ns - MS,
			  .given_ns = taken_ns - 500 * US,
			  .reader = READER,
			  .memory = MEMORY(device, sequence % 4)},
	};

	lay_out(&record, CAPTURE_STAGE_wake, CAPTURE_STAGE_pickup, taken_ns);
	record.asked_ns = record.ns[CAPTURE_POINT_DONE];
	return record;
}

#define JOB_US 28 /* all stages of it: 1 + 2 + ... + 7 */

/*
 * What a mem2mem device made, queued at @qbuf_ns by READER, which had dequeued nothing; it says nothing
 * of where it comes from.
 */
static inline struct vpipe_frame job(unsigned int device, unsigned int sequence, uint64_t qbuf_ns)
{
	struct vpipe_frame record = {
		.ctx = device + 1,
		.cap_index = sequence % 4,
		.device = device,
		.seq = sequence,
		.cycle = {.reader = READER,
			  .memory = MEMORY(device, sequence % 4),
			  .has_input = 1,
			  .input = {.tid = READER}},
	};

	lay_out(&record, M2M_STAGE_submit, M2M_STAGE_pickup, qbuf_ns + JOB_US * US);
	record.asked_ns = record.ns[M2M_POINT_DONE];
	return record;
}

/* The same by its thread, its memory or its timestamp: of @from, or all of them. */
static inline struct vpipe_frame made(struct vpipe_frame record, const struct vpipe_frame *from)
{
	const struct path *own = from->cycle.input.tid ? m2m_kind.path : capture_kind.path;

	record.cycle.input.memory = from->cycle.memory;
	record.cycle.input.timestamp_ns = record.cycle.timestamp_ns = from->cycle.timestamp_ns;
	record.cycle.input.since_ns = record_end(own, from);
	record.cycle.input.since_known = 1;
	return record;
}

static inline void add(struct vpipe_frame record)
{
	assert_int_equal(record_mend(path.devices[record.device].path, &record), 0);
	chain_add(chain, &record, VPIPE_RULE_none, no_counters);
}

/* The row that came last begins with that one, by that rule. */
static inline void check_link(unsigned int device, unsigned int sequence, enum vpipe_rule rule,
			      const char *handoff)
{
	const struct frame *row = &rows[n_rows - 1];

	assert_true(n_rows);
	assert_true(row->has & FRAME_HAS_SOURCE);
	assert_int_equal(row->source_device, device);
	assert_int_equal(row->source_sequence, sequence);
	assert_int_equal(stage(row, handoff)->rule, rule);
	assert_true(knows(row, handoff));
}

static inline void check_alone(const char *handoff)
{
	const struct frame *row = &rows[n_rows - 1];

	assert_true(n_rows);
	assert_false(row->has & FRAME_HAS_SOURCE);
	assert_false(knows(row, handoff));
	assert_int_equal(stage(row, handoff)->rule, VPIPE_RULE_none);
}

#endif /* TEST_CHAINS_H */
