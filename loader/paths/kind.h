/* SPDX-License-Identifier: MIT */
/*
 * kind.h - a kind of device: the path of its frames, and what a run through it takes
 *
 * The verbs know no device: they ask its kind. A kind is a table in a file of this folder, and a
 * row in kinds.c.
 */
#ifndef VPIPE_PATHS_KIND_H
#define VPIPE_PATHS_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/host/child.h"
#include "loader/host/modules.h"
#include "loader/host/nodes.h"
#include "loader/model/path.h"
#include "loader/model/run.h"
#include "loader/model/video.h"
#include "loader/trace/options.h"

/** What a run is asked for: its nodes, and what the default command does with them. */
struct request {
	bool has_command; /**< the user's own: the rest of it is not for the default one */
	const char
		*source; /**< node or sysfs name; NULL: the kind's default, if anything needs it */
	const char *vpipe; /**< node or sysfs name; NULL: the kind's default */
	const char *devices[VPIPE_MAX_DEVICES]; /**< all that were named, vpipe is the first */
	unsigned int n_devices;
	bool follow; /**< all mem2mem nodes, too, that frames of these may come to */
	const char *display; /**< the card that shows them: cards.h; NULL: none */
	uint64_t frames;
	const char *transport; /**< "dmabuf" or "mmap" */
	const char *algo; /**< "none" or "threshold" */
	uint64_t threshold;
	unsigned int size[2]; /**< width, height */
	uint64_t fps;
	unsigned int cache; /**< enum vpipe_cache */
	uint64_t
		deadline_ns; /**< of each frame, whoever makes them; 0: the frame period, if known */
};

/** The nodes that were found for it. */
struct nodes {
	char source[NODE_PATH]; /**< "": none */
	char vpipe[NODE_PATH];
	char devices[VPIPE_MAX_DEVICES][NODE_PATH]; /**< vpipe is the first */
	struct video_facts videos[VPIPE_MAX_DEVICES]; /**< what is known of these */
	unsigned int n_devices;
};

/** Arguments of a default command at most, and the NULL behind them. */
#define KIND_ARGS 24

/** Functions return 0 or -errno, having said why; those that a kind has no need of are NULL. */
struct kind {
	const struct path *path;
	const struct trace_program *programs; /**< that follow a frame on it */
	bool without_vb2; /**< of nodes whose driver does without videobuf2, and of no others */
	/** Is a video node of this kind that sysfs calls @name and that has the capabilities @caps? */
	bool (*is)(const char *name, unsigned int caps);
	bool has_source; /**< its frames come from another device */
	enum vpipe_device_kind device; /**< if its path has cycles: what it does with its queues, */
	bool takes; /**< frames of other devices, ... */
	bool gives; /**< ... and its own to others */
	/** Load the modules that the nodes of a @request need, where they are missing. */
	int (*load_modules)(const struct request *request, struct modules *modules);
	/** Find the nodes of a @request, and whether they can do what it asks. */
	int (*find_nodes)(const struct request *request, struct nodes *nodes);
	/**
	 * Start what runs beside the command, which writes @csv; what it has to say goes to
	 * @err_fd. It has begun its work when this returns.
	 */
	int (*start_helper)(struct child *helper, const char *csv, int err_fd);
	const char *helper; /**< how that is called */
	const char *tool; /**< the program of the default command, one of ours */
	/** The command line of that: all but the first are to be freed. It writes @csv. */
	int (*default_command)(const struct request *request, const struct nodes *nodes,
			       const char *csv, char *argv[KIND_ARGS]);
};

/**
 * Which kind of device the node @name is, a path or a sysfs name; NULL: it is of none. The first, if
 * that cannot be seen, and if @name is NULL.
 */
const struct kind *kind_of(const char *name);

/** @kind, as one of a device of any driver: our own node is a mem2mem node, too. */
const struct kind *kind_of_any(const struct kind *kind);

/**
 * What tracing takes for @nodes, which is added to @options; those keep both @nodes and @devices. @of:
 * the kind of each of their devices, which all have the programs of the first; of a node that is none
 * of these, the first alone.
 */
void kinds_to_options(const struct kind *const of[], const struct nodes *nodes,
		      struct trace_device devices[VPIPE_MAX_DEVICES],
		      struct trace_options *options);

/** An ISP whose input and outputs are nodes of other kinds: it is no kind of a node. */
extern const struct kind isp_kind;

/** All of them; ends with NULL. The first one is meant where nothing else is said. */
extern const struct kind *const kinds[];

/** What the @request and its @nodes are for the files of a run. Strings live as long as those. */
void request_to_facts(const struct request *request, const struct nodes *nodes,
		      struct run_facts *facts);

#endif /* VPIPE_PATHS_KIND_H */
