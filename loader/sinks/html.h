/* SPDX-License-Identifier: MIT */
/*
 * html.h - runs as a page that opens by itself: no request leaves it
 *
 * The page is in loader/sinks/page/, which is a part of the program, with what is known of one run
 * or two in elements that a browser neither shows nor runs:
 *
 *     html_begin(), of each run sinks_*() with sink_html, and html_json() for the rest, html_end()
 *
 * Numbers are whole, and exact: those that a double of the browser cannot hold are text. Whatever bytes
 * a name has, it ends no element: '<' is written as JSON does, and all that is not ASCII.
 */
#ifndef VPIPE_SINKS_HTML_H
#define VPIPE_SINKS_HTML_H

#include <jansson.h>

#include "loader/sinks/sink.h"

/** What is known of a run's frames and figures: elements figures, and frames, or slices and cells. */
extern const struct sink sink_html;

/** The page up to its data. */
void html_begin(FILE *out);

/** @json as an element that is called @name, for the page to find. Takes it; returns 0 or -ENOMEM. */
int html_json(FILE *out, const char *name, json_t *json);

/** The rest of the page. */
void html_end(FILE *out);

#endif /* VPIPE_SINKS_HTML_H */
