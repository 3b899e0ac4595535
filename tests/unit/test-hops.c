// SPDX-License-Identifier: MIT
/* test-hops.c - devices of a chain that are more than one node, or its end: ISPs, output devices */
#include "tests/unit/chains.h"

/* What an output device shows, queued at @qbuf_ns: its points are those of a mem2mem device. */
static struct vpipe_frame shown(unsigned int device, unsigned int sequence, uint64_t qbuf_ns)
{
	struct vpipe_frame record = job(device, sequence, qbuf_ns);

	record.cycle.memory = MEMORY(0, 0); /* an importer's is the exporter's */
	return record;
}

/* A frame ends there: nothing is made of what an output device gives back. */
static void an_output_device_is_the_end_of_a_chain(void **state)
{
	(void)state;
	begin("com");
	assert_string_equal(path.path.stages[6].name, "output_handoff");
	assert_string_equal(path.path.stages[9].name, "output_show");
	assert_false(path.devices[1].gives);
	for (unsigned int i = 0; i < 5; i++) {
		uint64_t ns = START + i * MS;
		struct vpipe_frame from = shot(0, i, ns), to = made(shown(1, i, ns + US), &from);
		struct vpipe_frame coded = job(2, i, ns + 50 * US);

		add(from);
		add(to);
		check_link(0, i, VPIPE_RULE_dmabuf, "output_handoff");
		assert_int_equal(rows[n_rows - 1].device, 1);
		/* both have had it: it is the camera's, which its thread took before the other */
		coded.cycle.input.memory = MEMORY(0, i % 4);
		coded.cycle.input.since_ns = record_end(output_kind.path, &to);
		add(coded);
		check_link(0, i, VPIPE_RULE_dmabuf, "m2m_handoff");
		assert_false(knows(&rows[n_rows - 1], "output_show"));
	}
	chain_finish(chain);
	assert_int_equal(n_rows, 10);
	assert_int_equal(n_drops, 0);
}

static void nothing_is_before_what_gives_no_frames(void **state)
{
	const struct kind *of[] = {&output_kind, &m2m_kind};

	(void)state;
	assert_int_equal(chain_path_init(&path, of, NULL, 2), 0);
	assert_false(path.devices[0].takes || path.devices[1].takes);
	assert_false(path_is_chain(&path.path));
}

/* Whatever nodes it has, they are one hop: each stage is there once, for all that comes out. */
static void an_isp_is_one_hop(void **state)
{
	static const char *const names[] = {
		"capture_copy", "isp_handoff", "isp_submit", "isp_queue",  "isp_job",
		"isp_wake",	"isp_react",   "isp_lock",   "isp_pickup", "m2m_handoff",
	};

	(void)state;
	begin("crisim");
	assert_int_equal(path.path.n_stages, 6 + 8 + 8);
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(path.path.stages[5 + i].name, names[i]);
	assert_int_equal(path.devices[2].first, 7);
	assert_int_equal(path.devices[4].first, 7);
	assert_true(path.devices[4].takes && path.devices[4].gives);
	assert_false(path.devices[1].takes || path.devices[1].gives);
	assert_false(path.devices[3].takes || path.devices[3].gives);
	assert_ptr_equal(path.nodes[1].path, output_kind.path);
	assert_ptr_equal(path.nodes[2].path, capture_kind.path);
	assert_ptr_equal(path.nodes[2].joined, isp_kind.path);
	begin("criRIi");
	assert_int_equal(path.path.n_stages, 6 + 8 + 8);
	assert_string_equal(path.path.stages[7].name, "isp1_submit");
	assert_string_equal(path.path.stages[15].name, "isp2_submit");
	assert_int_equal(path.devices[5].first, 7);
}

/* What an ISP made of @from at node @device, put together (isp.h). */
static struct vpipe_frame processed(unsigned int device, unsigned int sequence, uint64_t qbuf_ns,
				    const struct vpipe_frame *from)
{
	return made(job(device, sequence, qbuf_ns), from);
}

static void add_processed(struct vpipe_frame record, enum vpipe_rule rule)
{
	assert_int_equal(record_mend(isp_kind.path, &record), 0);
	chain_add(chain, &record, rule, no_counters);
}

/* A frame comes out twice, and two go in of which none does: those were handed on, too. */
static void frames_of_an_isp_begin_with_what_went_in(void **state)
{
	(void)state;
	begin("crii");
	for (unsigned int i = 0; i < 6; i++) {
		uint64_t ns = START + i * MS;
		struct vpipe_frame from = shot(0, i, ns), in = made(shown(1, i, ns + US), &from);

		add(from);
		if (i == 4)
			continue; /* that one is not */
		chain_input(chain, &in);
		if (i == 2 || i == 5)
			continue;
		add_processed(processed(2, i, ns + US, &from), VPIPE_RULE_job);
		check_link(0, i, VPIPE_RULE_dmabuf, "isp_handoff");
		assert_int_equal(stage(&rows[n_rows - 1], "isp_job")->rule, VPIPE_RULE_job);
		add_processed(processed(3, i, ns + US, &from), VPIPE_RULE_timestamp);
		check_link(0, i, VPIPE_RULE_dmabuf, "isp_handoff");
		assert_int_equal(stage(&rows[n_rows - 1], "isp_job")->rule, VPIPE_RULE_timestamp);
		assert_true(knows(&rows[n_rows - 1], "capture_wake"));
	}
	chain_finish(chain);
	assert_int_equal(n_rows, 6);
	assert_int_equal(n_drops, 1);
	assert_int_equal(drops[0].sequence, 4);
	assert_int_equal(sums[2].links.jobs[VPIPE_RULE_job], 3);
	assert_int_equal(sums[3].links.jobs[VPIPE_RULE_timestamp], 3);
	assert_int_equal(sums[1].links.linked[VPIPE_RULE_dmabuf], 0);
}

static void without_its_job_a_frame_of_an_isp_is_alone(void **state)
{
	struct vpipe_frame alone = job(2, 0, START);

	(void)state;
	begin("cri");
	alone.cycle.has_input = 0;
	alone.cycle.input.tid = 0;
	memset(alone.ns, 0, M2M_POINT_DONE * sizeof(alone.ns[0]));
	add_processed(alone, VPIPE_RULE_none);
	check_alone("isp_handoff");
	assert_int_equal(sums[2].links.unlinked[LINK_no_job], 1);
	assert_int_equal(links_unlinked(&sums[2].links), 1);
}

/* By itself its frames begin with what went in, wherever that came from. */
static void an_isp_without_a_camera_is_no_less(void **state)
{
	struct vpipe_frame in = shown(0, 0, START), out = job(1, 0, START);

	(void)state;
	begin("ri");
	assert_true(path_is_chain(&path.path));
	assert_string_equal(path.path.stages[0].name, "isp_submit");
	chain_input(chain, &in);
	add_processed(out, VPIPE_RULE_job);
	assert_int_equal(n_rows, 1);
	assert_int_equal(rows[0].e2e_ns, JOB_US * US);
	assert_int_equal(links_unlinked(&sums[1].links), 0);
	add_processed(out, VPIPE_RULE_none);
	assert_int_equal(sums[1].links.unlinked[LINK_no_job], 1);
}

/* How often who queued it left its CPU, only the record of its OUTPUT buffer has. */
static void switches_of_two_records_are_not_known(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), one = processed(2, 0, START + US, &from);

	(void)state;
	begin("cri");
	one.split = 1 << M2M_STAGE_submit;
	one.splits[M2M_STAGE_submit] = (struct vpipe_split){100, 200};
	add(from);
	add_processed(one, VPIPE_RULE_job);
	assert_true(rows[0].has & FRAME_HAS_ACCOUNT);
	assert_false(rows[0].has & FRAME_HAS_SWITCHES);
	assert_int_equal(rows[0].costs[COST_queue_lock], 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_output_device_is_the_end_of_a_chain),
		cmocka_unit_test(nothing_is_before_what_gives_no_frames),
		cmocka_unit_test(an_isp_is_one_hop),
		cmocka_unit_test(frames_of_an_isp_begin_with_what_went_in),
		cmocka_unit_test(without_its_job_a_frame_of_an_isp_is_alone),
		cmocka_unit_test(an_isp_without_a_camera_is_no_less),
		cmocka_unit_test(switches_of_two_records_are_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
