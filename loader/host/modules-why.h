/* SPDX-License-Identifier: MIT */
/*
 * modules-why.h - why a kernel module cannot be loaded, by whatever it would be
 */
#ifndef VPIPE_HOST_MODULES_WHY_H
#define VPIPE_HOST_MODULES_WHY_H

#include "loader/host/host.h"

/** That module @name is not installed, and how to get it, in *@why. */
void modules_why_missing(const char *name, char why[HOST_WHY]);

/** What keeps this process from loading any module; "": nothing that is known. */
void modules_why_none(char why[HOST_WHY]);

#endif /* VPIPE_HOST_MODULES_WHY_H */
