/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * config.bpf.h - the settings of all programs, and their clock
 *
 * Definitions in headers are weak: the linker keeps one of each.
 */
#ifndef VPIPE_CONFIG_BPF_H
#define VPIPE_CONFIG_BPF_H

#include "abi.h"

__weak const volatile struct trace_config vpipe_config = {};

__weak __u64 vpipe_test_ns SEC(".data") = 0; /* the time, by_hand */

static __always_inline __u64 now_ns(void)
{
	return vpipe_config.by_hand ? vpipe_test_ns : bpf_ktime_get_ns();
}

#endif /* VPIPE_CONFIG_BPF_H */
