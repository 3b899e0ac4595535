/* SPDX-License-Identifier: MIT */
/*
 * tool-m2m.h - the program behind vpipe-capture-m2m and vpipe-capture-dmabuf
 */
#ifndef VPIPE_TOOL_M2M_H
#define VPIPE_TOOL_M2M_H

/** Which of them. */
enum tool_m2m {
	TOOL_M2M, /**< either transport */
	TOOL_M2M_DMABUF, /**< DMABUF transport only */
};

/** Run it. Returns the exit status. */
int tool_m2m(enum tool_m2m which, int argc, char **argv);

#endif /* VPIPE_TOOL_M2M_H */
