// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-events.c - the one place where the events' code is made
 */
#define CREATE_TRACE_POINTS
#include "vpipe-events.h"
