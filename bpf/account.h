/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * account.h - arithmetic of struct vpipe_account, the same in BPF and userspace
 */
#ifndef VPIPE_ACCOUNT_H
#define VPIPE_ACCOUNT_H

#include "vpipe-bpf.h"

/** The account at @ns of a thread that is in @mark's state since @mark->ns <= @ns. */
static inline void account_from(const struct vpipe_mark *mark, unsigned long long ns,
				struct vpipe_account *account)
{
	unsigned long long since = ns - mark->ns;

	*account = mark->account;
	switch (mark->state) {
	case VPIPE_THREAD_ONCPU:
		account->oncpu_ns += since;
		break;
	case VPIPE_THREAD_RUNQ:
		account->runq_ns += since;
		break;
	case VPIPE_THREAD_BLOCKED:
		account->blocked_ns += since;
		break;
	}
}

#endif /* VPIPE_ACCOUNT_H */
