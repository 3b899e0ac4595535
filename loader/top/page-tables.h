/* SPDX-License-Identifier: MIT */
/*
 * page-tables.h - the tables of the live view: costs, stages, threads, the slowest frames
 */
#ifndef VPIPE_TOP_PAGE_TABLES_H
#define VPIPE_TOP_PAGE_TABLES_H

#include "loader/top/canvas.h"
#include "loader/top/view.h"

/** What a table has, and how many rows of it are drawn. */
struct page_table {
	unsigned int has; /**< rows */
	unsigned int least; /**< of them, where there is little room */
	unsigned int rows; /**< that it gets */
	/** Draw its head and its rows, from the canvas's row on. */
	void (*draw)(struct canvas *canvas, const struct view *view,
		     const struct page_table *table);
};

enum { PAGE_COSTS, PAGE_STAGES, PAGE_THREADS, PAGE_SLOWEST, PAGE_N_TABLES };

/** All of them, but for the rows that they get. */
void page_tables(const struct view *view, struct page_table tables[PAGE_N_TABLES]);

/** Which of the slowest frames is chosen, from 0 on; one that is no longer among them is not. */
unsigned int page_chosen(const struct view *view);

/** @text, which is @columns wide when it is put, with spaces before it. */
void page_right(struct canvas *canvas, enum style style, const char *text, unsigned int columns);

#endif /* VPIPE_TOP_PAGE_TABLES_H */
