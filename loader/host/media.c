// SPDX-License-Identifier: MIT
/* media.c - see media.h */
#include <fcntl.h>
#include <linux/media.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "loader/host/media.h"

/* Its graph: entities, whose pads are linked to those of others. Nodes are the interfaces of some. */
struct graph {
	unsigned int n_interfaces, n_pads, n_links;
	struct media_v2_interface *interfaces;
	struct media_v2_pad *pads;
	struct media_v2_link *links;
};

static void graph_free(struct graph *graph)
{
	free(graph->interfaces);
	free(graph->pads);
	free(graph->links);
}

/* How large it is is asked first. False: it cannot be read. */
static bool read_topology(int fd, struct graph *graph)
{
	struct media_v2_topology topology = {0};

	if (ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &topology))
		return false;
	graph->n_interfaces = topology.num_interfaces;
	graph->n_pads = topology.num_pads;
	graph->n_links = topology.num_links;
	graph->interfaces = calloc(graph->n_interfaces + 1, sizeof(graph->interfaces[0]));
	graph->pads = calloc(graph->n_pads + 1, sizeof(graph->pads[0]));
	graph->links = calloc(graph->n_links + 1, sizeof(graph->links[0]));
	if (!graph->interfaces || !graph->pads || !graph->links)
		return false;
	topology.ptr_entities = 0;
	topology.ptr_interfaces = (uintptr_t)graph->interfaces;
	topology.ptr_pads = (uintptr_t)graph->pads;
	topology.ptr_links = (uintptr_t)graph->links;
	return !ioctl(fd, MEDIA_IOC_G_TOPOLOGY, &topology);
}

static bool graph_read(const char *media, struct graph *graph)
{
	char path[64];
	bool read;
	int fd;

	*graph = (struct graph){0};
	snprintf(path, sizeof(path), "/dev/%s", media);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	read = read_topology(fd, graph);
	close(fd);
	return read;
}

static bool is_link(const struct media_v2_link *link, uint32_t type)
{
	return (link->flags & MEDIA_LNK_FL_LINK_TYPE) == type;
}

/* Whose interface the node is: the id of an entity; 0: none. */
static uint32_t entity_of(const struct graph *graph, const struct video *video)
{
	uint32_t interface = 0;

	for (unsigned int i = 0; i < graph->n_interfaces; i++) {
		const struct media_v2_intf_devnode *node = &graph->interfaces[i].devnode;

		if (node->major == video->numbers[0] && node->minor == video->numbers[1])
			interface = graph->interfaces[i].id;
	}
	for (unsigned int i = 0; interface && i < graph->n_links; i++) {
		const struct media_v2_link *link = &graph->links[i];

		if (is_link(link, MEDIA_LNK_FL_INTERFACE_LINK) && link->source_id == interface)
			return link->sink_id;
	}
	return 0;
}

static struct media_v2_pad *pad_of(const struct graph *graph, uint32_t id)
{
	for (unsigned int i = 0; i < graph->n_pads; i++) {
		if (graph->pads[i].id == id)
			return &graph->pads[i];
	}
	return NULL;
}

/* Can data come to @to from @from, over @links more links at most? In between, from any pad to any. */
static bool leads(const struct graph *graph, uint32_t from, uint32_t to, unsigned int links)
{
	for (unsigned int i = 0; links && i < graph->n_links; i++) {
		const struct media_v2_link *link = &graph->links[i];
		const struct media_v2_pad *source, *sink;

		if (!is_link(link, MEDIA_LNK_FL_DATA_LINK))
			continue;
		source = pad_of(graph, link->source_id);
		sink = pad_of(graph, link->sink_id);
		if (!source || !sink || source->entity_id != from)
			continue;
		if (sink->entity_id == to || leads(graph, sink->entity_id, to, links - 1))
			return true;
	}
	return false;
}

#define MAX_LINKS 8 /* from one node to the other */

static bool is_from(const struct graph *graph, const struct video *from, const struct video *to)
{
	uint32_t first = entity_of(graph, from), last = entity_of(graph, to);

	return first && last && leads(graph, first, last, MAX_LINKS);
}

static bool is_of(const struct video *video, enum video_kind kind, const char *media)
{
	return video->facts.kind == kind && !strcmp(video->media, media);
}

/*
 * What @input is by those that data go to from it, which are of the ISP number @isp then: beside it, if
 * another one was its input already.
 */
static enum isp_role take_outputs(const struct graph *graph, const struct video *videos,
				  unsigned int n, unsigned int input, struct isp_node *nodes,
				  unsigned int isp)
{
	enum isp_role role = ISP_NONE;

	for (unsigned int i = 0; i < n; i++) {
		if (!is_of(&videos[i], VIDEO_CAPTURE, videos[input].media) ||
		    !is_from(graph, &videos[input], &videos[i]))
			continue;
		role = nodes[i].role == ISP_OUTPUT ? ISP_BESIDE : ISP_INPUT;
		if (role == ISP_INPUT)
			nodes[i] = (struct isp_node){.role = ISP_OUTPUT, .isp = isp};
	}
	return role;
}

void media_find_isps(const struct video *videos, unsigned int n, struct isp_node *nodes)
{
	unsigned int isps = 0;

	for (unsigned int i = 0; i < n; i++)
		nodes[i] = (struct isp_node){
			.role = videos[i].facts.kind == VIDEO_METADATA ? ISP_BESIDE : ISP_NONE};
	for (unsigned int i = 0; i < n && isps < VPIPE_MAX_DEVICES; i++) {
		struct graph graph;

		if (videos[i].facts.kind != VIDEO_OUTPUT || !*videos[i].media)
			continue;
		if (graph_read(videos[i].media, &graph))
			nodes[i] = (struct isp_node){
				.role = take_outputs(&graph, videos, n, i, nodes, isps),
				.isp = isps};
		isps += nodes[i].role == ISP_INPUT;
		graph_free(&graph);
	}
}
