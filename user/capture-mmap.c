// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-mmap - frames of a V4L2 source, read where the driver put them
 */
#include "user/lib/tool-source.h"

int main(int argc, char **argv)
{
	return tool_source(TOOL_SOURCE_MMAP, argc, argv);
}
