/* SPDX-License-Identifier: MIT */
/*
 * view.h - what is looked at, and how
 */
#ifndef VPIPE_TOP_VIEW_H
#define VPIPE_TOP_VIEW_H

#include "loader/model/live.h"

/** In which order costs and stages come. */
enum page_order {
	PAGE_BY_SHARE, /**< of all since the reset */
	PAGE_BY_LAST, /**< of the last second */
	PAGE_BY_PATH, /**< as they are passed */
	PAGE_N_ORDERS,
};

/** What is looked at, and how. */
struct view {
	const struct live *live;
	uint64_t now; /**< the figures are those of that moment */
	unsigned int seconds; /**< the last so many are "the last" */
	enum page_order order;
	bool has_keys; /**< they are said, and which frame is chosen */
	bool has_chosen; /**< one is; else it is the slowest, whichever that comes to be */
	uint64_t chosen; /**< its number */
	bool paused;
	bool help; /**< what all of it means, instead of the figures */
	char message[160]; /**< instead of the keys; "": none */
};

#endif /* VPIPE_TOP_VIEW_H */
