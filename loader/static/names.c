// SPDX-License-Identifier: MIT
/*
 * names.c - of the program that is linked statically alone: users are looked up in files
 *
 * What else nsswitch.conf may name is a shared library, and of another libc than ours.
 */
#include <nss.h>

#include "loader/host/privileges.h"

void privileges_names_from_files(void)
{
	__nss_configure_lookup("passwd", "files");
	__nss_configure_lookup("group", "files");
	__nss_configure_lookup("initgroups", "files");
}
