// SPDX-License-Identifier: MIT
/*
 * vpipe-bench-fixture - an image in a heap buffer through vpipe, again and again
 */
#include "user/lib/tool-fixture.h"

int main(int argc, char **argv)
{
	return tool_fixture(TOOL_FIXTURE_BENCH, argc, argv);
}
