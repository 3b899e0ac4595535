/* SPDX-License-Identifier: MIT */
/*
 * page.h - one run or two as a page (sinks/html.h), from their files
 *
 * page_begin(), page_add() of each run, page_add_json() if there is more, page_end(); page_close() in any
 * case. Functions return 0 or -errno and have said why.
 */
#ifndef VPIPE_PAGE_H
#define VPIPE_PAGE_H

#include "loader/outfile.h"
#include "loader/runs/read.h"

struct page {
	char *name; /**< of its file; NULL: stdout */
	struct outfile output;
};

/** The FILE of --html, or NULL where none is given; a usage error if it is empty. */
const char *page_arg(const char *arg);

/**
 * Start one in the file @name, which "-" is stdout, and NULL a file beside those of the run @a:
 * A.report.html, or A-B.diff.html if it is of two. It may be none of a run's own files.
 */
int page_begin(struct page *page, const char *name, const struct run_files *a,
	       const struct run_files *b);

/** Read a run that is open, and add it; each frame goes to @on_frame, too, if that is not NULL. */
int page_add(struct page *page, struct run_files *files,
	     void (*on_frame)(void *arg, const struct frame *frame), void *arg);

/** What else the page shows, as an element that is called @name. Takes @json. */
int page_add_json(struct page *page, const char *name, json_t *json);

/** Write the rest, and put it in its place, which is said on stdout. */
int page_end(struct page *page);

void page_close(struct page *page);

#endif /* VPIPE_PAGE_H */
