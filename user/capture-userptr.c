// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-userptr - frames of a V4L2 source, in the memory of the program
 */
#include "user/lib/tool-source.h"

int main(int argc, char **argv)
{
	return tool_source(TOOL_SOURCE_USERPTR, argc, argv);
}
