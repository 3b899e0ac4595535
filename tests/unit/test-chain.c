// SPDX-License-Identifier: MIT
/* test-chain.c - frames on their way through several devices: which row each record goes into */
#include "loader/intake.h"
#include "tests/unit/chains.h"

static void the_path_has_the_stages_of_each_device_and_the_hand_offs(void **state)
{
	static const char *const names[] = {
		"capture_transfer", "capture_wake", "capture_react", "capture_lock",
		"capture_pickup",   "capture_copy", "m2m1_handoff",  "m2m1_submit",
		"m2m1_queue",	    "m2m1_job",	    "m2m1_wake",     "m2m1_react",
		"m2m1_lock",	    "m2m1_pickup",  "m2m2_handoff",  "m2m2_submit",
		"m2m2_queue",	    "m2m2_job",	    "m2m2_wake",     "m2m2_react",
		"m2m2_lock",	    "m2m2_pickup",
	};
	const struct kind *many[] = {&m2m_kind, &m2m_kind, &m2m_kind, &m2m_kind};

	(void)state;
	begin("cmm");
	assert_int_equal(path.path.n_stages, sizeof(names) / sizeof(names[0]));
	for (unsigned int i = 0; i < path.path.n_stages; i++)
		assert_string_equal(path.path.stages[i].name, names[i]);
	assert_string_equal(path.path.points[0].name, "capture_STAMPED");
	assert_string_equal(path.path.points[6].name, "m2m1_HANDOFF");
	assert_string_equal(path.path.points[6].text,
			    "read() has copied it, or the application has it");
	assert_string_equal(path.path.points[22].name, "m2m2_TAKEN");
	assert_true(path_is_chain(&path.path));
	assert_false(path_is_chain(m2m_kind.path));
	assert_int_equal(chain_path_init(&path, many, NULL, 4), -E2BIG);
	assert_int_equal(chain_path_init(&path, many, NULL, 2),
			 0); /* nothing is before the first one */
	assert_string_equal(path.path.stages[0].name, "m2m1_submit");
	assert_false(path.devices[0].takes);
}

/* By its memory: each number of the row, worked out by hand. */
static void a_row_has_all_stages_of_both_devices(void **state)
{
	struct vpipe_frame from = shot(0, 7, START), to = made(job(1, 3, START + 5 * MS), &from);
	const struct frame *row = rows;

	(void)state;
	begin("cm");
	from.split = 1 << CAPTURE_STAGE_wake;
	from.splits[CAPTURE_STAGE_wake] = (struct vpipe_split){500, 700};
	from.switches = (struct vpipe_switches){1, 2, 3, 4};
	to.split = 1 << M2M_STAGE_wake;
	to.splits[M2M_STAGE_wake] = (struct vpipe_split){1000, 2000};
	to.switches = (struct vpipe_switches){10, 20, 30, 40};
	from.flags = 1U << (VPIPE_FRAME_CARRIED + CAPTURE_STAGE_wake);
	from.carriers[CAPTURE_STAGE_wake] = (struct vpipe_carrier){READER, 2};
	to.flags = 1U << (VPIPE_FRAME_CARRIED + M2M_STAGE_wake);
	to.carriers[M2M_STAGE_wake] = (struct vpipe_carrier){OTHER, VPIPE_CPU_UNKNOWN};
	add(from);
	assert_int_equal(n_rows, 0);
	add(to);
	assert_int_equal(n_rows, 1);
	check_link(0, 7, VPIPE_RULE_dmabuf, "m2m_handoff");
	assert_int_equal(row->device, 1);
	assert_int_equal(row->seq, 3);
	assert_int_equal(row->start_ns, START - (2 + 3 + 4 + 5) * US);
	assert_int_equal(row->e2e_ns, 14 * US + 5 * MS + 28 * US);
	assert_int_equal(stage(row, "capture_wake")->ns, 2 * US);
	assert_int_equal(stage(row, "m2m_handoff")->ns, 5 * MS);
	assert_int_equal(stage(row, "m2m_job")->ns, 3 * US);
	assert_false(knows(row, "capture_transfer") || knows(row, "capture_copy"));
	assert_int_equal(row->costs[COST_application], 5 * MS + 3 * US + 5 * US);
	assert_int_equal(row->costs[COST_device], 3 * US);
	assert_int_equal(row->costs[COST_jitter], 1500);
	assert_int_equal(row->costs[COST_switches], 2700);
	assert_int_equal(row->costs[COST_unattributed], 0);
	assert_true(row->has & FRAME_HAS_ACCOUNT && row->has & FRAME_HAS_SWITCHES);
	assert_int_equal(row->runq_ns, 1500);
	assert_int_equal(row->blocked_ns, 2700);
	assert_int_equal(row->nvcsw, 11);
	assert_int_equal(row->migrations, 44);
	assert_int_equal(row->carried, 1U << stage_of("capture_wake") |
					       1U << stage_of("m2m_handoff") |
					       1U << stage_of("m2m_wake"));
	assert_int_equal(row->placed, 1U << stage_of("capture_wake"));
	assert_int_equal(stage(row, "capture_wake")->cpu, 2);
	assert_int_equal(stage(row, "m2m_handoff")->tid, READER);
	assert_int_equal(stage(row, "m2m_wake")->tid, OTHER);
	chain_finish(chain);
	assert_int_equal(n_rows, 1);
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[1].links.linked[VPIPE_RULE_dmabuf], 1);
	assert_int_equal(sums[0].links.handed_on, 1);
}

/* What is part of a stage stays with it, and what the driver copied is known of either device. */
static void dwells_and_copies_go_with_their_device(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), to = made(job(1, 0, START + MS), &from);

	(void)state;
	begin("cm");
	from.asked_ns = from.ns[CAPTURE_POINT_DONE] + 700;
	to.asked_ns = to.ns[M2M_POINT_DONE] + 900;
	from.ns[CAPTURE_POINT_STAMPED] = from.ns[CAPTURE_POINT_DONE] - 5 * US;
	from.cycle.arrived_ns = from.ns[CAPTURE_POINT_DONE] - 2 * US;
	add(from);
	add(to);
	assert_int_equal(rows[0].dwells,
			 1U << stage_of("capture_wake") | 1U << stage_of("m2m_wake"));
	assert_int_equal(stage(rows, "capture_wake")->dwell_ns, 700);
	assert_int_equal(stage(rows, "m2m_wake")->dwell_ns, 900);
	assert_true(rows[0].has & FRAME_HAS_DEVICE_COPY);
	assert_int_equal(rows[0].device_copy_ns, 2 * US);
	assert_int_equal(rows[0].costs[COST_copies], 2 * US);
	assert_int_equal(rows[0].e2e_ns, 5 * US + 14 * US + MS + JOB_US * US);
}

/* What it waited for in the queues of all devices. */
static void waits_add_up(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), one = made(job(1, 0, START + MS), &from);
	struct vpipe_frame two = made(job(2, 0, START + 2 * MS), &one);

	(void)state;
	begin("cmm");
	one.cycle.given_ns = one.ns[M2M_POINT_GIVEN] + 600;
	two.cycle.given_ns = two.ns[M2M_POINT_GIVEN] + 300;
	add(from);
	add(one);
	add(two);
	assert_true(rows[0].has & FRAME_HAS_WAITS);
	assert_int_equal(rows[0].waits[WAIT_no_buffer], 900);
	assert_int_equal(rows[0].waits[WAIT_start], 2 * 2 * US - 900);
}

/* Its thread waited and slept: that is the hand-off's; how often, is not known. */
static void a_hand_off_in_one_thread_has_its_split(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), to = made(job(1, 0, START + MS), &from);
	const struct frame *row = rows;

	(void)state;
	begin("cm");
	to.cycle.input.since = (struct vpipe_split){200 * US, 300 * US};
	add(from);
	add(to);
	assert_true(row->accounted & 1U << stage_of("m2m_handoff"));
	assert_int_equal(stage(row, "m2m_handoff")->runq_ns, 200 * US);
	assert_int_equal(stage(row, "m2m_handoff")->blocked_ns, 300 * US);
	assert_int_equal(row->costs[COST_jitter], 200 * US);
	assert_int_equal(row->costs[COST_application], 808 * US);
	assert_true(row->has & FRAME_HAS_ACCOUNT);
	assert_false(row->has & FRAME_HAS_SWITCHES);
	assert_int_equal(row->runq_ns, 200 * US);
	assert_int_equal(row->nvcsw, 0);
}

static void from_thread_to_thread_the_hand_off_is_the_applications(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), to = made(job(1, 0, START + MS), &from);
	const struct frame *row = rows;

	(void)state;
	begin("cm");
	to.cycle.input.tid = OTHER;
	to.cycle.input.since = (struct vpipe_split){200 * US, 300 * US}; /* since another one */
	to.cycle.input.since_ns = START - MS;
	add(from);
	add(to);
	check_link(0, 0, VPIPE_RULE_dmabuf, "m2m_handoff");
	assert_true(row->accounted & 1U << stage_of("m2m_handoff"));
	assert_false(row->carried & 1U << stage_of("m2m_handoff"));
	assert_int_equal(stage(row, "m2m_handoff")->runq_ns, 0);
	assert_int_equal(row->costs[COST_unattributed], 0);
	assert_int_equal(row->costs[COST_application], MS + 8 * US);
	assert_true(row->has & FRAME_HAS_ACCOUNT && row->has & FRAME_HAS_SWITCHES);
}

static void what_its_thread_did_with_another_frame_in_hand_is_not_known(void **state)
{
	static const struct {
		uint64_t since_ns;
		unsigned int known;
		struct vpipe_split since;
	} inputs[] = {
		{START + 500 * US, 1, {0}}, /* another frame */
		{START, 0, {0}},
		{START, 1, {MS, 1}}, /* longer than it took */
		{START, 1, {-1ULL, 2}},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		struct vpipe_frame from = shot(0, 0, START),
				   to = made(job(1, 0, START + MS), &from);

		begin("cm");
		to.cycle.input.since_ns = inputs[i].since_ns;
		to.cycle.input.since_known = inputs[i].known;
		to.cycle.input.since = inputs[i].since;
		add(from);
		add(to);
		check_link(0, 0, VPIPE_RULE_dmabuf, "m2m_handoff");
		assert_false(rows[0].accounted & 1U << stage_of("m2m_handoff"));
		assert_int_equal(rows[0].costs[COST_unattributed], MS);
		assert_false(rows[0].has & (FRAME_HAS_ACCOUNT | FRAME_HAS_SWITCHES));
		assert_int_equal(rows[0].runq_ns, 0);
	}
}

static void without_a_qbuf_the_hand_off_ends_when_the_driver_has_it(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), to = made(job(1, 0, START + MS), &from);

	(void)state;
	begin("cm");
	to.ns[M2M_POINT_QBUF] = 0;
	add(from);
	add(to);
	assert_int_equal(stage(rows, "m2m_handoff")->ns, MS + US);
	assert_false(knows(rows, "m2m_submit"));
	assert_int_equal(rows[0].e2e_ns, 14 * US + MS + JOB_US * US);
}

/* What is unknown of one device is of the whole, and that of the other is still there. */
static void an_unknown_part_leaves_the_account_unknown(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), to = made(job(1, 0, START + MS), &from);

	(void)state;
	begin("cm");
	from.unknown = 1 << CAPTURE_STAGE_wake;
	add(from);
	add(to);
	assert_false(rows[0].has & FRAME_HAS_ACCOUNT);
	assert_int_equal(rows[0].costs[COST_unattributed], 2 * US);
	assert_false(rows[0].accounted & 1U << stage_of("capture_wake"));
	assert_true(rows[0].accounted & 1U << stage_of("m2m_wake"));
}

/* An encoder and a display have the same frame: each has its row, from the camera on. */
static void a_frame_may_be_the_beginning_of_several(void **state)
{
	(void)state;
	begin("cmm");
	for (unsigned int i = 0; i < 6; i++) {
		struct vpipe_frame from = shot(0, i, START + i * MS);
		struct vpipe_frame encoded = job(1, i, START + i * MS + 100 * US);
		struct vpipe_frame shown = job(2, i, START + i * MS + 100 * US + i % 2 * 400 * US);

		encoded.cycle.input.memory = shown.cycle.input.memory = MEMORY(0, i % 4);
		add(from);
		add(encoded);
		add(shown);
		check_link(0, i, VPIPE_RULE_dmabuf, "m2m2_handoff");
		assert_false(knows(&rows[n_rows - 1], "m2m1_handoff"));
		assert_false(knows(&rows[n_rows - 1], "m2m1_job"));
		assert_true(knows(&rows[n_rows - 1], "capture_wake"));
	}
	chain_finish(chain); /* those that end at the first of both */
	assert_int_equal(n_rows, 12);
	for (unsigned int i = 6; i < 12; i++) {
		assert_int_equal(rows[i].device, 1);
		assert_int_equal(rows[i].source_sequence, i - 6);
		assert_true(knows(&rows[i], "m2m1_job") && !knows(&rows[i], "m2m2_handoff"));
	}
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[0].links.handed_on, 12);
}

/* With timestamps only: each device hands on what it was given. */
static void through_three_devices_a_timestamp_is_that_of_the_last(void **state)
{
	(void)state;
	begin("cmm");
	for (unsigned int i = 0; i < 5; i++) {
		uint64_t ns = START + i * MS, timestamp = ns - MS;
		struct vpipe_frame one = job(1, i, ns + 10 * US), two = job(2, i, ns + 100 * US);
		const struct frame *row;

		one.cycle.input.timestamp_ns = one.cycle.timestamp_ns = timestamp;
		two.cycle.input.timestamp_ns = two.cycle.timestamp_ns = timestamp;
		add(shot(0, i, ns));
		if (i != 3) /* one leaves the first device out */
			add(one);
		add(two);
		row = &rows[n_rows - 1];
		check_link(0, i, VPIPE_RULE_timestamp, "m2m2_handoff");
		assert_int_equal(row->known >> stage_of("m2m1_handoff") & 1, i != 3);
		assert_int_equal(row->e2e_ns, (14 + 100 + JOB_US) * US);
		assert_int_equal(stage(row, "m2m2_handoff")->ns,
				 i == 3 ? 100 * US : (100 - 10 - JOB_US) * US);
	}
	chain_finish(chain);
	assert_int_equal(n_rows, 5);
	assert_int_equal(n_drops, 0);
}

static void a_frame_that_is_not_handed_on_is_a_drop(void **state)
{
	(void)state;
	begin("cm");
	for (unsigned int i = 0; i < 10; i++) {
		struct vpipe_frame from = shot(0, i, START + i * MS);

		add(from);
		if (i % 3 != 1 && i < 8)
			add(made(job(1, i, START + i * MS + US), &from));
	}
	assert_int_equal(n_drops, 0); /* they still may be */
	chain_finish(chain);
	assert_int_equal(n_rows, 5);
	assert_int_equal(n_drops, 2);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(drops[i].device, 0);
		assert_int_equal(drops[i].queue, 1);
		assert_int_equal(drops[i].sequence, 1 + 3 * i);
		assert_int_equal(drops[i].due_ns, START + (1 + 3 * i) * MS - 14 * US);
	}
	assert_int_equal(sums[0].links.open, 3); /* 7 to 9 may have been on their way */
}

/* They are told when too many came behind them, and the last ones no less. */
static void the_length_of_a_run_does_not_matter(void **state)
{
	const unsigned int n = 3 * LINK_WINDOW;

	(void)state;
	begin("cm");
	for (unsigned int i = 0; i < n; i++) {
		struct vpipe_frame from = shot(0, i, START + i * MS);

		add(from);
		if (i % 5 == 0 && i < n / 2)
			add(made(job(1, i, START + i * MS + US), &from));
		if (i == LINK_WINDOW + 99)
			assert_int_equal(n_drops, 100 - 20);
	}
	chain_finish(chain);
	assert_int_equal(n_rows, (n / 2 + 4) / 5);
	assert_int_equal(sums[0].links.open, LINK_WINDOW);
	assert_int_equal(n_drops, n - n_rows - LINK_WINDOW);
}

/* If no frame of a device is handed on, none is dropped: it is where they end. */
static void where_nothing_is_linked_all_rows_are_there(void **state)
{
	(void)state;
	begin("cm");
	for (unsigned int i = 0; i < 5; i++) {
		struct vpipe_frame to = job(1, i, START + i * MS + US);

		to.cycle.input.tid = i % 2 ? OTHER : 0;
		add(shot(0, i, START + i * MS));
		add(to);
		check_alone("m2m_handoff");
	}
	chain_finish(chain);
	assert_int_equal(n_rows, 10);
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[1].links.early, 0);
	assert_int_equal(sums[1].links.unlinked[LINK_not_seen], 3);
	assert_int_equal(sums[1].links.unlinked[LINK_no_match], 2);
	assert_int_equal(links_unlinked(&sums[1].links), 5);
}

static void what_was_in_hand_when_the_run_began_is_not_missing(void **state)
{
	(void)state;
	for (unsigned int early = VPIPE_MAX_BUFFERS; early <= VPIPE_MAX_BUFFERS + 1; early++) {
		struct vpipe_frame from = shot(0, 0, START);

		begin("cm");
		for (unsigned int i = 0; i < early; i++)
			add(job(1, i, START - MS + i * US));
		add(from);
		add(made(job(1, early, START + MS), &from));
		add(job(1, early + 1, START + 90 * MS));
		chain_finish(chain);
		assert_int_equal(sums[1].links.early, early > VPIPE_MAX_BUFFERS ? 0 : early);
		assert_int_equal(links_unlinked(&sums[1].links),
				 1 + (early > VPIPE_MAX_BUFFERS ? early : 0));
	}
}

/* What is said to be lost so far. */
static uint64_t lost_so_far(void)
{
	struct run run = {.path = &path.path, .devices = sums, .n_devices = 2};
	struct intake intake = {.run = &run, .chain = chain};

	assert_int_equal(intake_look(&intake, NULL), 0);
	return run.counts.of[VPIPE_LOSS_no_source];
}

static void what_is_lost_so_far_never_gets_less(void **state)
{
	(void)state;
	for (unsigned int early = VPIPE_MAX_BUFFERS; early <= VPIPE_MAX_BUFFERS + 1; early++) {
		unsigned int sure = early > VPIPE_MAX_BUFFERS ? early : 0;
		struct vpipe_frame from = shot(0, 0, START);

		begin("cm");
		for (unsigned int i = 0; i < early; i++)
			add(job(1, i, START - MS + i * US));
		assert_int_equal(lost_so_far(), sure);
		add(from);
		add(made(job(1, early, START + MS), &from));
		assert_int_equal(lost_so_far(), sure);
		add(job(1, early + 1, START + 90 * MS));
		assert_int_equal(lost_so_far(), sure + 1);
	}
}

/* A buffer may have gone round unseen, and what was made of a frame may not have come. */
static void lost_records_leave_it_open(void **state)
{
	(void)state;
	begin("cm");
	for (unsigned int i = 0; i < 4; i++) {
		struct vpipe_frame from = shot(0, i, START + i * MS);

		add(from);
		if (i == 0)
			add(made(job(1, i, START + i * MS + US), &from));
	}
	chain_lost(chain);
	/* in the memory of frame 2, but it may be that of frame 6, which was lost */
	struct vpipe_frame to = job(1, 6, START + 20 * MS);

	to.cycle.input.memory = MEMORY(0, 2);
	to.cycle.input.timestamp_ns = START + 19 * MS;
	to.cycle.input.tid = OTHER;
	add(to);
	check_alone("m2m_handoff");
	/* its timestamp tells all the same */
	to.cycle.input.timestamp_ns = START + 2 * MS;
	add(to);
	check_link(0, 3, VPIPE_RULE_timestamp, "m2m_handoff");
	/* from then on all is known again */
	add(shot(0, 7, START + 30 * MS));
	struct vpipe_frame from = shot(0, 8, START + 31 * MS);

	add(from);
	add(made(job(1, 8, START + 31 * MS + US), &from));
	check_link(0, 8, VPIPE_RULE_dmabuf, "m2m_handoff");
	chain_finish(chain);
	assert_int_equal(n_drops, 1);
	assert_int_equal(drops[0].sequence, 7);
}

/* One that is not linked may be made from any of those that were there. */
static void nor_is_one_a_drop_that_another_may_be_made_from(void **state)
{
	struct vpipe_frame from = shot(0, 0, START), last = shot(0, 3, START + 3 * MS), to;

	(void)state;
	begin("cm");
	add(from);
	add(made(job(1, 0, START + US), &from));
	add(shot(0, 1, START + MS));
	to = job(1, 1, START + MS + US);
	to.cycle.input.tid = 0;
	add(to);
	add(shot(0, 2, START + 2 * MS));
	add(last);
	add(made(job(1, 3, START + 3 * MS + US), &last));
	chain_finish(chain);
	assert_int_equal(sums[0].links.open, 1);
	assert_int_equal(n_drops, 1);
	assert_int_equal(drops[0].sequence, 2);
}

/* Whatever comes, the sums hold: on_row() looks at each. */
static void whatever_comes_the_sums_hold(void **state)
{
	uint64_t ns = START;

	(void)state;
	srandom(20);
	begin("ccm");
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int device = (unsigned int)random() % 3;
		struct vpipe_frame record;

		ns += (uint64_t)random() % MS;
		record = device < 2 ? shot(device, i, ns) : job(device, i, ns);
		record.unknown = random() % 4 ? 0 : (unsigned int)random() & 0x3f;
		record.cycle.given_ns = random() % 2 ? 0 : ns - (uint64_t)random() % (4 * MS);
		if (device == 2) {
			record.cycle.input = (struct vpipe_input){
				.memory = MEMORY((uint64_t)random() % 2, (uint64_t)random() % 5),
				.timestamp_ns = random() % 2 ? 0 : ns - MS,
				.tid = READER + (unsigned int)random() % 3 - 1,
				.since_ns = ns - (uint64_t)random() % MS,
				.since_known = random() % 2,
				.since = {(uint64_t)random() % MS, (uint64_t)random() % MS},
			};
			if (random() % 8 == 0)
				record.ns[M2M_POINT_QBUF] = 0;
		}
		if (random() % 500 == 0)
			chain_lost(chain);
		chain_add(chain, &record, VPIPE_RULE_none, no_counters);
	}
	chain_finish(chain);
	assert_true(links_linked(&sums[2].links) > 4000);
	assert_true(sums[0].links.open > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_has_the_stages_of_each_device_and_the_hand_offs),
		cmocka_unit_test(a_row_has_all_stages_of_both_devices),
		cmocka_unit_test(dwells_and_copies_go_with_their_device),
		cmocka_unit_test(waits_add_up),
		cmocka_unit_test(a_hand_off_in_one_thread_has_its_split),
		cmocka_unit_test(from_thread_to_thread_the_hand_off_is_the_applications),
		cmocka_unit_test(what_its_thread_did_with_another_frame_in_hand_is_not_known),
		cmocka_unit_test(without_a_qbuf_the_hand_off_ends_when_the_driver_has_it),
		cmocka_unit_test(an_unknown_part_leaves_the_account_unknown),
		cmocka_unit_test(a_frame_may_be_the_beginning_of_several),
		cmocka_unit_test(through_three_devices_a_timestamp_is_that_of_the_last),
		cmocka_unit_test(a_frame_that_is_not_handed_on_is_a_drop),
		cmocka_unit_test(the_length_of_a_run_does_not_matter),
		cmocka_unit_test(where_nothing_is_linked_all_rows_are_there),
		cmocka_unit_test(what_is_lost_so_far_never_gets_less),
		cmocka_unit_test(what_was_in_hand_when_the_run_began_is_not_missing),
		cmocka_unit_test(lost_records_leave_it_open),
		cmocka_unit_test(nor_is_one_a_drop_that_another_may_be_made_from),
		cmocka_unit_test(whatever_comes_the_sums_hold),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
