// SPDX-License-Identifier: MIT
/*
 * How long a recording takes to begin and to end: all programs that are for our node are loaded, and
 * those of the scheduler's events, which this machine has, attached and detached.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "tests/bench/bench.h"
#include "lib/clock.h"

#define ROUNDS 7

static void no_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	(void)frame;
}

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double ms_since(uint64_t ns)
{
	return (double)(clock_ns() - ns) / 1e6;
}

struct times {
	struct bench_series start, cpu, end, close;
};

static int one_round(struct times *times)
{
	const struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = 1 << 20,
		.frame = no_frame,
	};
	double cpu = cpu_ms();
	struct trace *trace;
	uint64_t ns = clock_ns();
	int err = trace_open(&trace, &options);

	if (err)
		return err;
	err = trace_attach_sched(trace);
	bench_add(&times->start, ms_since(ns));
	bench_add(&times->cpu, cpu_ms() - cpu);
	ns = clock_ns();
	trace_detach(trace);
	bench_add(&times->end, ms_since(ns));
	ns = clock_ns();
	trace_close(trace);
	bench_add(&times->close, ms_since(ns));
	return err;
}

int main(void)
{
	static struct times times;
	int err = 0;

	for (int i = 0; !err && i < ROUNDS; i++)
		err = one_round(&times);
	if (err) {
		bench_unmeasured("start: programs loaded and attached, ms", "<=300",
				 strerror(-err));
		return 0;
	}
	bench_value("start: programs loaded and attached, ms", bench_median(&times.start), "<=300");
	bench_value("start: of that on a CPU, ms", bench_median(&times.cpu), "-");
	bench_value("end: all are off, ms", bench_median(&times.end), "<=300");
	bench_value("end: detached and unloaded, ms", bench_median(&times.close), "<=300");
	return 0;
}
