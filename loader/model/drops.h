/* SPDX-License-Identifier: MIT */
/*
 * drops.h - source frames that no frame was made from, by the sequences of those that were
 *
 * A source numbers its frames. Rows come in the order in which frames left, of whatever
 * file: so a sequence may come late, or twice. What is missing is known once it is too late
 * for it. Memory does not grow with the length of the run.
 */
#ifndef VPIPE_MODEL_DROPS_H
#define VPIPE_MODEL_DROPS_H

#include <stdbool.h>
#include <stdint.h>

#define DROPS_WINDOW  1024 /* how late a sequence may come; a power of two */
#define DROPS_SOURCES 64

struct drops_source {
	bool used;
	bool retired; /* the first sequences are judged already */
	bool last_seen; /* was the last one that was judged seen? */
	uint64_t minor;
	uint64_t highest_ns; /* when the highest one was done */
	uint32_t highest;
	uint32_t n; /* not judged yet, up to the highest */
	uint8_t seen[DROPS_WINDOW]; /* by sequence modulo the size */
	uint64_t done_ns[DROPS_WINDOW]; /* likewise, of those that were seen */
	uint32_t gap_first, gap; /* so many from there on were judged last, and not seen */
};

struct drops {
	uint64_t frames; /**< whose sequence is known */
	uint64_t missing; /**< sequences between the first and the last that no frame has */
	uint64_t gaps; /**< of how many neighbours they are */
	uint64_t repeats; /**< frames of a source frame that another one was made from before */
	uint64_t restarts; /**< how often a source began anew */
	uint64_t late; /**< frames too late to be judged by */
	uint64_t not_followed; /**< frames of more sources than there is room for */
	/**
	 * Called for each of the gaps, if it is set: @n sequences from @first on are missing, and the
	 * next one was done at @behind_ns.
	 */
	void (*gap)(void *arg, uint64_t minor, uint32_t first, uint32_t n, uint64_t behind_ns);
	void *arg;
	struct drops_source sources[DROPS_SOURCES];
};

/** A frame was made from that one with @sequence of the source @minor, done at @done_ns. */
void drops_add(struct drops *drops, uint64_t minor, uint32_t sequence, uint64_t done_ns);

/** All frames have been added: judge what is left. */
void drops_finish(struct drops *drops);

#endif /* VPIPE_MODEL_DROPS_H */
