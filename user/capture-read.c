// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-read - frames of a V4L2 source, copied by read(2)
 */
#include "user/lib/tool-source.h"

int main(int argc, char **argv)
{
	return tool_source(TOOL_SOURCE_READ, argc, argv);
}
