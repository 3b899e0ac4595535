/* SPDX-License-Identifier: MIT */
/*
 * media.h - how the nodes of a media device belong together, by its graph
 */
#ifndef VPIPE_HOST_MEDIA_H
#define VPIPE_HOST_MEDIA_H

#include "loader/host/video.h"
#include "loader/model/isp.h"

/**
 * What each of the @n @videos is to an ISP among them, into @nodes: role and number. An output node
 * from which data go to capture nodes of the same media device is the input of one; where there are
 * several, the first is, and the others are beside it, as nodes of metadata are. A media device that
 * cannot be asked has no ISP.
 */
void media_find_isps(const struct video *videos, unsigned int n, struct isp_node *nodes);

#endif /* VPIPE_HOST_MEDIA_H */
