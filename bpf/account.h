/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * account.h - arithmetic of struct vpipe_account, the same in BPF and userspace
 */
#ifndef VPIPE_ACCOUNT_H
#define VPIPE_ACCOUNT_H

#include "abi.h"

/** Add @ns in @state, an enum vpipe_thread_state. */
static inline void account_add(struct vpipe_account *account, unsigned int state,
			       unsigned long long ns)
{
	switch (state) {
	case VPIPE_THREAD_ONCPU:
		account->oncpu_ns += ns;
		break;
	case VPIPE_THREAD_RUNQ:
		account->runq_ns += ns;
		break;
	case VPIPE_THREAD_BLOCKED:
		account->blocked_ns += ns;
		break;
	}
}

/** The account at @ns of a thread that is in @mark's state since @mark->ns <= @ns. */
static inline void account_from(const struct vpipe_mark *mark, unsigned long long ns,
				struct vpipe_account *account)
{
	*account = mark->account;
	account_add(account, mark->state, ns - mark->ns);
}

#endif /* VPIPE_ACCOUNT_H */
