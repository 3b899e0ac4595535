/* SPDX-License-Identifier: MIT */
/*
 * merge.h - histograms put together: of several CPUs, of several threads; and whole runs
 */
#ifndef VPIPE_MODEL_MERGE_H
#define VPIPE_MODEL_MERGE_H

#include "bpf/abi.h"
#include "loader/model/run.h"

/** Add to @sum what is in @buckets and their @range. */
void merge_buckets(struct vpipe_hist *sum, const struct vpipe_range *range,
		   const unsigned long long *buckets);

/** Add @part to @sum. */
void merge_hist(struct vpipe_hist *sum, const struct vpipe_hist *part);

/** Why @run can't be added to one with the path @path, in words behind its name; NULL: it can. */
const char *merge_refuses(const struct path *path, const struct run *run);

/**
 * Add @run to @sum, which run_init() began on the same path: what can be added up exactly, histograms,
 * costs and counts. What is of one run alone (rows, threads, what is measured between two frames of a
 * device) is not there. @missing: frames that never came; @has_missing: it is known how many. Returns 0,
 * -ENOMEM or -E2BIG: its devices would be more than VPIPE_MAX_DEVICES. merge_free() in any case.
 */
int merge_run(struct run *sum, const struct run *run, bool has_missing, uint64_t missing);

/** All are in @sum: its figures. */
void merge_finish(struct run *sum);

/** Free what @sum holds. */
void merge_free(struct run *sum);

#endif /* VPIPE_MODEL_MERGE_H */
