/* SPDX-License-Identifier: MIT */
/*
 * doctor-nodes.h - what doctor says of a video node, and of a card
 */
#ifndef VPIPE_DOCTOR_NODES_H
#define VPIPE_DOCTOR_NODES_H

#include <stdbool.h>

#include "loader/host/video.h"

/** Is it the one of our own module? */
bool node_is_own(const struct video *video);

/** Can the stages of its frames be measured, as far as it depends on the node? */
enum video_answer node_has_stages(const struct video *video);

/**
 * A short block on stdout. @asked: it is the one that doctor was asked about, so its buffers were
 * looked at, with @err if that failed.
 */
void node_print(const struct video *video, bool asked, int err);

/** All cards on stdout, if there are any. */
void cards_print(void);

#endif /* VPIPE_DOCTOR_NODES_H */
