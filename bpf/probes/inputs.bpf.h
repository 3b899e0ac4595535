/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * inputs.bpf.h - what tells which frame of another device a buffer has, or a framebuffer
 */
#ifndef VPIPE_INPUTS_BPF_H
#define VPIPE_INPUTS_BPF_H

#include "core/threads.bpf.h"

/* Is it the name of vb2's exporters? */
static __always_inline bool is_of_vb2(const char *exporter)
{
	static const char vb2[] = "videobuf2";
	char name[sizeof(vb2)] = "";

	bpf_probe_read_kernel_str(name, sizeof(name), exporter);
	for (unsigned int i = 0; i < sizeof(vb2) - 1; i++) {
		if (name[i] != vb2[i])
			return false;
	}
	return true;
}

/*
 * What tells an importer of the dma_buf at @address, of @exporter, that it is the memory of another
 * buffer: see vpipe_cycle. The @private pointer of another exporter may have been one of vb2's.
 */
static __always_inline __u64 memory_of_dmabuf(const char *exporter, __u64 private, __u64 address)
{
	return is_of_vb2(exporter) ? private : address;
}

/* Where that @memory comes from, which @thread has given to a device, in a call since @given_ns. */
static __always_inline void input_given(struct vpipe_input *input, __u64 memory, __u64 timestamp_ns,
					struct vpipe_thread *thread, __u64 given_ns)
{
	const struct vpipe_user *user = &thread->user;
	struct vpipe_account account;

	input->memory = memory;
	input->timestamp_ns = timestamp_ns;
	input->tid = thread->tid;
	input->since_ns = user->taken_ns;
	input->since_known = false;
	if (!user->taken_ns || !account_at(thread, given_ns, &account))
		return;
	input->since.runq_ns = account.runq_ns - user->taken_split.runq_ns;
	input->since.blocked_ns = account.blocked_ns - user->taken_split.blocked_ns;
	input->since_known = true;
}

#endif /* VPIPE_INPUTS_BPF_H */
