/* SPDX-License-Identifier: MIT */
/*
 * page.h - what the live view shows, on a canvas
 */
#ifndef VPIPE_TOP_PAGE_H
#define VPIPE_TOP_PAGE_H

#include "loader/top/canvas.h"
#include "loader/top/view.h"

/** The least that it fits on. */
#define PAGE_ROWS    24
#define PAGE_COLUMNS 80

/** Draw it; where the canvas is too small, that is said. */
void page_draw(struct canvas *canvas, const struct view *view);

#endif /* VPIPE_TOP_PAGE_H */
