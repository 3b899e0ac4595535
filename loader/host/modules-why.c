// SPDX-License-Identifier: MIT
/* modules-why.c - see modules-why.h */
#include <stdbool.h>
#include <string.h>
#include <sys/utsname.h>

#include "loader/host/modules-why.h"

void modules_why_missing(const char *name, char why[HOST_WHY])
{
	struct utsname kernel;

	uname(&kernel);
	*why = '\0';
	host_add(why, "not installed for kernel %s; %s", kernel.release,
		 strcmp(name, "vpipe") ? "install the kernel's module package that has it"
				       : "build and install it: make && sudo make install");
}

static bool are_disabled(void)
{
	char line[16];

	return !host_read_line("/proc/sys/kernel/modules_disabled", line, sizeof(line)) &&
	       *line == '1';
}

void modules_why_none(char why[HOST_WHY])
{
	*why = '\0';
	if (host_may(HOST_MODULES, why) && are_disabled())
		host_add(why,
			 "kernel.modules_disabled is set: none can be loaded until the machine "
			 "is booted anew");
}
