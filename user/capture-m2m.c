// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-m2m - frames from a V4L2 source through vpipe, timed one by one
 */
#include "user/lib/tool-m2m.h"

int main(int argc, char **argv)
{
	return tool_m2m(TOOL_M2M, argc, argv);
}
