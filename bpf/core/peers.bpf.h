/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * peers.bpf.h - who wakes and preempts the traced threads
 */
#ifndef VPIPE_PEERS_BPF_H
#define VPIPE_PEERS_BPF_H

#include "core/shared.bpf.h"

/*
 * Count @tid, whose name is that of @task, or of the current task if that is NULL. Returns where:
 * 1 more than its number in `top`, or VPIPE_WAKING_OTHERS.
 */
static __always_inline __u32 peer_count(struct vpipe_peers *peers, __u32 tid,
					struct task_struct *task)
{
	for (int i = 0; i < VPIPE_MAX_PEERS; i++) {
		struct vpipe_peer *peer = &peers->top[i];

		if (peer->count && peer->tid != tid)
			continue;
		/* 6.1: a new kernel thread wakes who made it before it is named; look once more */
		if (peer->count++ < 2) {
			peer->tid = tid;
			if (task)
				BPF_CORE_READ_STR_INTO(&peer->comm, task, comm);
			else if (tid != VPIPE_PEER_INTERRUPT)
				bpf_get_current_comm(peer->comm, sizeof(peer->comm));
		}
		return i + 1;
	}
	peers->others++;
	return VPIPE_WAKING_OTHERS;
}

/*
 * @waker is about to wake @thread. Known at sched_waking, where the waker is current; sched_wakeup
 * may come from the CPU that the task will run on, which often is idle.
 */
static __always_inline void thread_waking(struct vpipe_thread *thread, __u32 waker)
{
	thread->wake.waker = waker;
	thread->waking = peer_count(&thread->wakers, waker, NULL);
}

#endif /* VPIPE_PEERS_BPF_H */
