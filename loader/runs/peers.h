/* SPDX-License-Identifier: MIT */
/*
 * peers.h - who woke a thread, or took its CPU, as a cell of sched.csv
 *
 * "NAME/TID COUNT; ...", the most frequent first; empty: nobody did. Who is no task has a name alone;
 * those that found no place are "others". A ';' in a name is written as \x3b: the cell can be cut at
 * each "; ", and a piece at its last '/'.
 */
#ifndef VPIPE_RUNS_PEERS_H
#define VPIPE_RUNS_PEERS_H

#include "bpf/abi.h"
#include "lib/text.h"

/** Room for such a cell. */
#define PEERS_ROOM ((VPIPE_MAX_PEERS + 1) * (TEXT_ROOM(VPIPE_COMM_LEN + 1) + 32))

void peers_to_text(char text[PEERS_ROOM], const struct vpipe_peers *peers);

/** Returns 0, or -EINVAL: @text is no such cell. */
int peers_from_text(struct vpipe_peers *peers, const char *text);

#endif /* VPIPE_RUNS_PEERS_H */
