/* SPDX-License-Identifier: MIT */
/*
 * html-longest.h - the longest frames of a run, with all that is known of them, for its page
 */
#ifndef VPIPE_SINKS_HTML_LONGEST_H
#define VPIPE_SINKS_HTML_LONGEST_H

#include <jansson.h>

#include "loader/model/path.h"
#include "loader/model/run.h"
#include "loader/model/span.h"

struct longest;

/** Of a run on @path that began at @from_ns; NULL: no memory. */
struct longest *longest_new(const struct path *path, uint64_t from_ns);

/** NULL is allowed. */
void longest_free(struct longest *longest);

/** A frame came. */
void longest_add(struct longest *longest, const struct frame *frame);

/**
 * All frames came, and now what threads did meanwhile: it is kept with each frame that the thread
 * carried then. Returns 0 or -ENOMEM.
 */
int longest_span(struct longest *longest, const struct span *span);

/** An array of them, the longest first; times from the beginning of the run, of spans of the frame. */
json_t *longest_to_json(const struct longest *longest);

#endif /* VPIPE_SINKS_HTML_LONGEST_H */
