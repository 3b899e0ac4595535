/* SPDX-License-Identifier: MIT */
/*
 * doctor-nodes.h - what doctor says of a video node, and of a card
 */
#ifndef VPIPE_DOCTOR_NODES_H
#define VPIPE_DOCTOR_NODES_H

#include <stdbool.h>

#include <jansson.h>

#include "loader/host/video.h"

/** An answer in a word. */
extern const char *const node_answers[];

/** Is it the one of our own module? */
bool node_is_own(const struct video *video);

/** Can the stages of its frames be measured, as far as it depends on the node? */
enum video_answer node_has_stages(const struct video *video);

/**
 * A short block on stdout. @asked: it is the one that doctor was asked about, so its buffers were
 * looked at, with @err if that failed. With @to, which is an object, each line is a member of that.
 */
void node_print(const struct video *video, bool asked, int err, json_t *to);

/** All cards on stdout, if there are any; with @to, an array, an object each in that. */
void cards_print(json_t *to);

#endif /* VPIPE_DOCTOR_NODES_H */
