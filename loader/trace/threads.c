// SPDX-License-Identifier: MIT
/* threads.c - the table of traced threads, and who is not in it any more */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "bpf/account.h"
#include "loader/trace/inside.h"
#include "loader/trace/trace.h"
#include "loader/model/merge.h"

static unsigned int max_threads(const struct trace *trace)
{
	return trace->options.config.max_threads;
}

/* Of the table: entry 0 is nobody's. */
static size_t threads_size(const struct trace *trace)
{
	return (max_threads(trace) + 1) * sizeof(struct vpipe_thread);
}

int threads_map(struct trace *trace)
{
	struct vpipe_thread *threads = mmap(NULL, threads_size(trace), PROT_READ | PROT_WRITE,
					    MAP_SHARED, bpf_map__fd(trace->skel->maps.threads), 0);

	if (threads == MAP_FAILED)
		return -errno;
	trace->threads = threads + 1;
	return 0;
}

void threads_unmap(struct trace *trace)
{
	free(trace->dead);
	if (trace->threads)
		munmap(trace->threads - 1, threads_size(trace));
}

/* A wakeup that was asked for and did not come before the end is not counted: nor is its waker. */
static void uncount_waking(struct vpipe_peers *wakers, unsigned int waking)
{
	if (waking == VPIPE_WAKING_OTHERS)
		wakers->others--;
	else if (waking)
		wakers->top[waking - 1].count--;
}

/* The account of a thread that lives reaches up to @end_ns. */
static void take_thread(const struct vpipe_thread *slot, uint64_t end_ns, struct thread *thread)
{
	*thread = (struct thread){
		.tid = slot->tid,
		.role = slot->role,
		.dead = slot->now.state == VPIPE_THREAD_DEAD,
		.began_ns = slot->began_ns,
		.ended_ns = slot->now.ns,
		.account = slot->now.account,
		.runq = latency_of(&slot->runq),
		.wakers = slot->wakers,
		.preemptors = slot->preemptors,
	};
	memcpy(thread->comm, slot->comm, VPIPE_COMM_LEN);
	uncount_waking(&thread->wakers, slot->waking);
	if (!thread->dead && end_ns > slot->now.ns) {
		account_from(&slot->now, end_ns, &thread->account);
		thread->ended_ns = end_ns;
	}
}

/* Until when it is known what the thread in @slot did: as in its account. */
static uint64_t end_of(const struct trace *trace, const struct vpipe_thread *slot)
{
	return trace->ended_ns > slot->now.ns ? trace->ended_ns : slot->now.ns;
}

void trace_spans(struct trace *trace)
{
	for (unsigned int i = 0; trace->options.config.timeline && i < max_threads(trace); i++) {
		const struct vpipe_thread *slot = &trace->threads[i];
		struct vpipe_span span = slot->span;

		if (!slot->tid || slot->now.state == VPIPE_THREAD_UNKNOWN ||
		    slot->now.state == VPIPE_THREAD_DEAD || end_of(trace, slot) == span.start_ns)
			continue;
		span.end_ns = end_of(trace, slot);
		span.tid = slot->tid;
		span.cpu = slot->now.cpu;
		span.state = (unsigned char)slot->now.state;
		trace->options.span(trace->options.arg, &span);
	}
}

static int remember(struct trace *trace, const struct vpipe_thread *slot)
{
	struct thread *dead = reallocarray(trace->dead, trace->n_dead + 1, sizeof(*dead));

	if (!dead)
		return -ENOMEM;
	trace->dead = dead;
	take_thread(slot, trace->ended_ns, &dead[trace->n_dead++]);
	return 0;
}

int threads_bury(struct trace *trace)
{
	for (unsigned int i = 0; i < max_threads(trace); i++) {
		struct vpipe_thread *slot = &trace->threads[i];

		if (!slot->tid ||
		    __atomic_load_n(&slot->now.state, __ATOMIC_ACQUIRE) != VPIPE_THREAD_DEAD)
			continue;
		if (!trace->options.forget_dead && remember(trace, slot))
			return -ENOMEM;
		merge_hist(&trace->dead_runq, &slot->runq);
		memset(&slot->tid + 1, 0, sizeof(*slot) - sizeof(slot->tid));
		__atomic_store_n(&slot->tid, 0, __ATOMIC_RELEASE);
	}
	return 0;
}

/* Of the run-queue waits each thread has its own, the dead's are put together. */
void threads_waits(const struct trace *trace, struct vpipe_hist *sum)
{
	*sum = trace->dead_runq;
	for (unsigned int i = 0; i < max_threads(trace); i++) {
		if (trace->threads[i].tid)
			merge_hist(sum, &trace->threads[i].runq);
	}
}

int trace_thread(struct trace *trace, unsigned int index, struct thread *thread)
{
	int err = index ? 0 : threads_bury(trace);

	if (err)
		return err;
	if (index < trace->n_dead) {
		*thread = trace->dead[index];
		return 0;
	}
	index -= trace->n_dead;
	for (unsigned int i = 0; i < max_threads(trace); i++) {
		if (trace->threads[i].tid && !index--) {
			take_thread(&trace->threads[i], trace->ended_ns, thread);
			return 0;
		}
	}
	return -ENOENT;
}

unsigned int trace_living(struct trace *trace, uint64_t ns,
			  struct thread threads[VPIPE_MAX_THREADS])
{
	unsigned int n = 0;

	adopt_names(trace);
	for (unsigned int i = 0; i < max_threads(trace); i++) {
		const struct vpipe_thread *slot = &trace->threads[i];

		if (slot->tid && slot->now.state != VPIPE_THREAD_UNKNOWN &&
		    slot->now.state != VPIPE_THREAD_DEAD)
			take_thread(slot, ns, &threads[n++]);
	}
	return n;
}
