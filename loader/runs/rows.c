// SPDX-License-Identifier: MIT
/* rows.c - see rows.h */
#include "loader/model/span.h"
#include "loader/runs/rows.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A column called @called, of member @member of the struct that a row is. */
#define COLUMN(called, of, member, text) .name = called, .at = offsetof(of, member), .what = text

#define DROP(called, member, text) COLUMN(called, struct drop, member, text)

static bool is_starved(const void *drop)
{
	return drop_is_starved(drop);
}

static bool holder_oncpu(const void *drop, uint64_t *ns)
{
	return drop_oncpu(drop, ns);
}

static const struct column drop_columns[] = {
	{DROP("device", device, "node of the device"), .cell = CELL_DEVICE},
	{DROP("queue", queue, "its queue, by its id in this run"), .cell = CELL_SMALL},
	{DROP("sequence", sequence, "number of the frame: v4l2_buffer.sequence"),
	 .cell = CELL_SMALL},
	{DROP("due_ns", due_ns, "when it would have been done, or was, in vain"),
	 .known = KNOWN_NOT_ZERO},
	{DROP("cause", cause, "why it did not come, or in vain"), .cell = CELL_NAME,
	 .names = drop_causes, .n_names = DROP_CAUSE_COUNT},
	{DROP("starved_ns", starved_ns, "since when the driver had no buffer"), .known = KNOWN_IF,
	 .known_if = is_starved},
	{DROP("refilled_ns", refilled_ns, "when it was given one again"), .known = KNOWN_IF,
	 .known_if = is_starved},
	{DROP("buffers", buffers, "how many buffers the stream is known to have"),
	 .cell = CELL_SMALL, .known = KNOWN_NOT_ZERO},
	{DROP("waiting", waiting, "of these: done, and not dequeued when the frame was due"),
	 .cell = CELL_SMALL, .known = KNOWN_IF, .known_if = is_starved},
	{DROP("held", held, "of these: in the hands of the application then"), .cell = CELL_SMALL,
	 .known = KNOWN_IF, .known_if = is_starved},
	{DROP("holder_tid", holder.tid, "the thread that gave the driver a buffer again"),
	 .cell = CELL_SMALL, .known = KNOWN_NOT_ZERO},
	{DROP("holder_since_ns", holder.since_ns, "when that had dequeued a buffer last"),
	 .known = KNOWN_NOT_ZERO},
	{.name = "holder_oncpu_ns",
	 .cell = CELL_DERIVED,
	 .derive = holder_oncpu,
	 .what = "how long it was on a CPU since then, until it gave the buffer"},
	{DROP("holder_runq_ns", holder.runq_ns, "how long it waited for one"), .known = KNOWN_YES,
	 .known_at = offsetof(struct drop, holder.accounted)},
	{DROP("holder_blocked_ns", holder.blocked_ns, "and how long it slept"), .known = KNOWN_YES,
	 .known_at = offsetof(struct drop, holder.accounted)},
};

#define CYCLE(called, member, text) COLUMN(called, struct cycle, member, text)

static bool was_taken(const void *row)
{
	const struct cycle *cycle = row;

	return cycle->taken_ns;
}

/* What was handed back is no frame. */
static bool has_sequence(const void *row)
{
	const struct cycle *cycle = row;

	return cycle->taken_ns && !cycle->unnumbered;
}

static bool has_owned(const void *row)
{
	const struct cycle *cycle = row;

	return cycle->done_ns && cycle->owned != VPIPE_OWNED_UNKNOWN;
}

static const struct cycle blank_cycle = {.owned = VPIPE_OWNED_UNKNOWN};

static const struct column cycle_columns[] = {
	{CYCLE("device", device, "node of the device"), .cell = CELL_DEVICE},
	{CYCLE("queue", queue, "its queue, by its id in this run"), .cell = CELL_SMALL},
	{CYCLE("index", index, "number of the buffer"), .cell = CELL_SMALL, .known = KNOWN_UNLESS,
	 .known_at = offsetof(struct cycle, unnumbered)},
	{CYCLE("sequence", sequence, "v4l2_buffer.sequence"), .cell = CELL_SMALL, .known = KNOWN_IF,
	 .known_if = has_sequence},
	{CYCLE("error", error, "it came back with an error"), .cell = CELL_YES, .known = KNOWN_IF,
	 .known_if = was_taken},
	{CYCLE("given_ns", given_ns, "when the driver got it"), .known = KNOWN_NOT_ZERO},
	{CYCLE("wait_ns", times.wait_ns, "from then until the driver came to it"),
	 .known = KNOWN_YES, .known_at = offsetof(struct cycle, times.has_fill)},
	{CYCLE("fill_ns", times.fill_ns, "from then until it was done"), .known = KNOWN_YES,
	 .known_at = offsetof(struct cycle, times.has_fill)},
	{CYCLE("done_ns", done_ns, "when it was done"), .known = KNOWN_NOT_ZERO},
	{CYCLE("taken_ns", taken_ns, "when it was dequeued; empty: it was handed back unused"),
	 .known = KNOWN_NOT_ZERO},
	{CYCLE("owned", owned, "how many buffers the driver had left when it was done"),
	 .cell = CELL_SMALL, .known = KNOWN_IF, .known_if = has_owned},
	{CYCLE("timestamp_ns", timestamp_ns, "v4l2_buffer.timestamp"), .known = KNOWN_NOT_ZERO},
	{CYCLE("held_ns", times.held_ns, "how long the application had it before it gave it"),
	 .known = KNOWN_YES, .known_at = offsetof(struct cycle, times.has_held)},
	{CYCLE("is_input", is_input, "of an OUTPUT queue of a mem2mem device: it is no frame"),
	 .cell = CELL_YES, .optional = true},
};

#define THREAD(called, member, text) COLUMN(called, struct thread, member, text)

const char *const thread_roles[] = {
	[VPIPE_ROLE_CLIENT] = "client",
	[VPIPE_ROLE_RUNNER] = "runner",
};

static const struct column thread_columns[] = {
	{THREAD("tid", tid, "the thread, by its id"), .cell = CELL_SMALL},
	{THREAD("comm", comm, "its name"), .cell = CELL_BYTES, .room = VPIPE_COMM_LEN + 1},
	{THREAD("role", role, "client: of what was traced; runner: it ran device_run for that"),
	 .cell = CELL_NAME, .names = thread_roles, .n_names = N_OF(thread_roles)},
	{THREAD("nvcsw", account.switches.nvcsw, "how often it left its CPU of its own will"),
	 .cell = CELL_SMALL},
	{THREAD("nivcsw", account.switches.nivcsw, "and how often against it"), .cell = CELL_SMALL},
	{THREAD("wakeups", account.switches.wakeups, "how often it was woken"), .cell = CELL_SMALL},
	{THREAD("migrations", account.switches.migrations, "how often it came onto another CPU"),
	 .cell = CELL_SMALL},
	{THREAD("oncpu_ns", account.oncpu_ns, "how long it was on a CPU")},
	{THREAD("runq_ns", account.runq_ns, "how long it waited for one")},
	{THREAD("blocked_ns", account.blocked_ns, "and how long it slept")},
	{THREAD("runq_p50_ns", runq.p50_ns, "its waits for a CPU: the median"), .known = KNOWN_SOME,
	 .known_at = offsetof(struct thread, runq.count)},
	{THREAD("runq_p99_ns", runq.p99_ns, "the 99th percentile"), .known = KNOWN_SOME,
	 .known_at = offsetof(struct thread, runq.count)},
	{THREAD("runq_max_ns", runq.max_ns, "the longest"), .known = KNOWN_SOME,
	 .known_at = offsetof(struct thread, runq.count)},
	{THREAD("wakers", wakers, "who woke it, and how often: NAME/TID COUNT; ..."),
	 .cell = CELL_PEERS, .optional = true},
	{THREAD("preemptors", preemptors, "who took its CPU, likewise"), .cell = CELL_PEERS,
	 .optional = true},
};

#define SPAN(called, member, text) COLUMN(called, struct span, member, text)

static const struct column span_columns[] = {
	{SPAN("tid", tid, "the thread, by its id"), .cell = CELL_SMALL},
	{SPAN("state", state, "oncpu: it ran; runq: it waited for a CPU; blocked: it slept"),
	 .cell = CELL_NAME, .names = span_states, .n_names = SPAN_STATES},
	{SPAN("start_ns", start_ns, "from then on, in ns of CLOCK_MONOTONIC")},
	{SPAN("end_ns", end_ns, "until then")},
	{SPAN("cpu", cpu, "the CPU that it ran on, waited for, or fell asleep on"),
	 .cell = CELL_SMALL, .known = KNOWN_YES, .known_at = offsetof(struct span, has_cpu)},
	{SPAN("by", peer, "who made it wait: a thread's id, \"idle\" or \"interrupt\""),
	 .cell = CELL_PEER, .known = KNOWN_YES, .known_at = offsetof(struct span, has_peer)},
	{SPAN("preempted", preempted, "1: by took its CPU; 0: by woke it"), .cell = CELL_YES,
	 .known = KNOWN_YES, .known_at = offsetof(struct span, has_peer)},
	{SPAN("by_comm", peer_comm, "the name of by, if that is a thread"), .cell = CELL_BYTES,
	 .room = VPIPE_COMM_LEN + 1},
};

const struct schema drop_schema = {
	.columns = drop_columns, .n = N_OF(drop_columns), .size = sizeof(struct drop)};
const struct schema cycle_schema = {.columns = cycle_columns,
				    .n = N_OF(cycle_columns),
				    .size = sizeof(struct cycle),
				    .blank = &blank_cycle};
const struct schema thread_schema = {
	.columns = thread_columns, .n = N_OF(thread_columns), .size = sizeof(struct thread)};
const struct schema span_schema = {
	.columns = span_columns, .n = N_OF(span_columns), .size = sizeof(struct span)};
