// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-dmabuf - vpipe-capture-m2m that never copies a frame
 */
#include "user/lib/tool-m2m.h"

int main(int argc, char **argv)
{
	return tool_m2m(TOOL_M2M_DMABUF, argc, argv);
}
