// SPDX-License-Identifier: MIT
/*
 * vpipe-fixture-feed - an image through vpipe once, for its result
 */
#include "user/lib/tool-fixture.h"

int main(int argc, char **argv)
{
	return tool_fixture(TOOL_FIXTURE_FEED, argc, argv);
}
