/* SPDX-License-Identifier: MIT */
/*
 * inject.h - make the kernel's allocations and copies fail, one at a time
 *
 * Counts what can fail from here on in this thread: slab objects, pages, and
 * copies from and to user space. Needs a kernel with fault injection.
 */
#ifndef TEST_INJECT_H
#define TEST_INJECT_H

#include <stdbool.h>

/** Set it up, quietly. Returns false if this kernel can't. */
bool inject_init(void);

/** From now on let fail only what @function of the kernel, or whom it calls, asks for; NULL: all. */
void inject_under(const char *function);

/** The next number @nth, from 1 on, fails. */
void inject_arm(unsigned int nth);

/** Nothing fails any more. Returns false if there were fewer than that. */
bool inject_disarm(void);

#endif /* TEST_INJECT_H */
