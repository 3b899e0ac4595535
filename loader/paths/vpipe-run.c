// SPDX-License-Identifier: MIT
/* vpipe-run.c - what a run through our own node takes: modules, nodes, the drain, the capture tool */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmod/vpipe.h"
#include "lib/caches.h"
#include "lib/msg.h"
#include "lib/node.h"
#include "loader/host/host.h"
#include "loader/host/programs.h"
#include "loader/host/video.h"
#include "loader/paths/kind.h"
#include "loader/paths/vpipe.h"

#define MODULE		 "vpipe"
#define SOURCE_MODULE	 "vivid" /* the default source, and how it is called */
#define VIVID_PARAMETERS "n_devs=1 node_types=0x1" /* one capture node */
#define DRAIN		 "vpipe-meta-drain"
#define TOOL		 "vpipe-capture-m2m"

/* A node that is called after its module, or not named at all, may have to be loaded. */
static bool may_load(const char *node, const char *module)
{
	return !node || !strncmp(node, module, strlen(module));
}

/* Is a source needed: by the default command, or one that was named? */
static bool wants_source(const struct request *request)
{
	return request->source || !request->has_command;
}

static int load_modules(const struct request *request, struct modules *modules)
{
	int err = 0;

	if (may_load(request->vpipe, MODULE))
		err = modules_load(modules, MODULE, NULL);
	if (!err && wants_source(request) && may_load(request->source, SOURCE_MODULE))
		err = modules_load(modules, SOURCE_MODULE, VIVID_PARAMETERS);
	return err;
}

static int check_is_vpipe(const char *path)
{
	char name[NODE_PATH];

	node_name(path, name);
	if (!strcmp(name, VPIPE_NAME))
		return 0;
	msg_error("%s is not the vpipe node, it is '%s'; leave out --device to have it found", path,
		  name);
	return -ENODEV;
}

/*
 * Can the node flush caches as the request says? A run must not say that they were flushed when
 * they were not.
 */
static int check_cache(const char *path, unsigned int cache)
{
	struct node_excuse excuse;
	struct vdev dev;
	int can;

	if (cache == VPIPE_CACHE_AS_IS)
		return 0;
	can = vdev_open(&dev, path, V4L2_CAP_VIDEO_M2M);
	if (!can) {
		can = node_can_flush(&dev, cache, &excuse);
		vdev_close(&dev);
	}
	if (can < 0)
		msg_errno(can, NULL, "%s", v4l2_error());
	else if (!can)
		msg_error("--cache: the driver of %s cannot flush caches (%s)%s", path, excuse.why,
			  excuse.way_out);
	return can < 0 ? can : can ? 0 : -EOPNOTSUPP;
}

static int find_nodes(const struct request *request, struct nodes *nodes)
{
	const char *name = request->vpipe ?: VPIPE_NAME;
	char source[VIDEO_NODE];
	int err = node_find(name, strcmp(name, VPIPE_NAME) ? NULL : MODULE, V4L2_CAP_VIDEO_M2M, 0,
			    nodes->vpipe);

	if (!err)
		err = check_is_vpipe(nodes->vpipe);
	if (!err && wants_source(request))
		err = node_find(request->source ?: SOURCE_MODULE, NULL, V4L2_CAP_VIDEO_CAPTURE,
				V4L2_CAP_VIDEO_CAPTURE_MPLANE, nodes->source)
			      ?: video_name(nodes->source, source);
	return err ?: check_cache(nodes->vpipe, request->cache);
}

/* The metadata device for the drain, which may not be allowed to open it itself. */
static int open_meta(void)
{
	int fd = open(VPIPE_META_PATH, O_RDONLY);
	int err = -errno;
	char why[HOST_WHY];

	if (fd >= 0)
		return fd;
	host_why_device(err, why);
	msg_errno(err, *why ? why : NULL, VPIPE_META_PATH);
	return err;
}

/* The drain must see the first row, so it says when it is ready. */
static int start_drain(struct child *drain, const char *csv, int err_fd)
{
	const struct child_setup setup = {.group = CHILD_BACKGROUND, .err_fd = err_fd};
	char path[PATH_MAX], fd[32], meta[32], ready;
	char *argv[] = {
		(char *)program_tool(DRAIN, path),
		(char *)"--quiet",
		(char *)"--frames=0",
		(char *)"--timeout=0",
		(char *)"--csv",
		(char *)csv,
		(char *)"--ready-fd",
		fd,
		(char *)"--meta-fd",
		meta,
		NULL,
	};
	int pipe_fds[2];
	int meta_fd = open_meta();
	int err;

	if (meta_fd < 0)
		return meta_fd;
	if (pipe(pipe_fds)) {
		err = -errno;
		close(meta_fd);
		msg_errno(err, NULL, "cannot run %s", argv[0]);
		return err;
	}
	fcntl(pipe_fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(fd, sizeof(fd), "%d", pipe_fds[1]);
	snprintf(meta, sizeof(meta), "%d", meta_fd);
	err = child_fork(drain, argv, &setup);
	close(pipe_fds[1]);
	close(meta_fd);
	if (!err)
		err = child_start(drain);
	if (err)
		msg_errno(err,
			  err == -ENOENT ? "it is neither beside vpipe-trace nor in PATH" : NULL,
			  "cannot run %s", argv[0]);
	else if (read(pipe_fds[0], &ready, 1) != 1)
		err = -EIO; /* it has said why */
	close(pipe_fds[0]);
	return err;
}

static int capture_command(const struct request *request, const struct nodes *nodes,
			   const char *csv, char *argv[KIND_ARGS])
{
	static char tool[PATH_MAX];
	int n = 0, missing = 0;

	argv[n++] = (char *)program_tool(TOOL, tool);
#define ARG(...)                                             \
	do {                                                 \
		if (asprintf(&argv[n++], __VA_ARGS__) < 0) { \
			argv[--n] = NULL;                    \
			missing++;                           \
		}                                            \
	} while (0)
	ARG("--quiet");
	ARG("--source=%s", nodes->source);
	ARG("--vpipe=%s", nodes->vpipe);
	ARG("--csv=%s", csv);
	ARG("--frames=%" PRIu64, request->frames);
	ARG("--transport=%s", request->transport);
	ARG("--algo=%s", request->algo);
	ARG("--threshold=%" PRIu64, request->threshold);
	ARG("--size=%ux%u", request->size[0], request->size[1]);
	ARG("--fps=%" PRIu64, request->fps);
	ARG("--cache=%s", cache_names[request->cache]);
#undef ARG
	return missing ? -ENOMEM : 0;
}

static bool is_vpipe(const char *name, unsigned int caps)
{
	return !strcmp(name, VPIPE_NAME) && caps & V4L2_CAP_VIDEO_M2M;
}

const struct kind vpipe_kind = {
	.is = is_vpipe,
	.has_source = true,
	.path = &vpipe_path,
	.programs = vpipe_programs,
	.load_modules = load_modules,
	.find_nodes = find_nodes,
	.start_helper = start_drain,
	.helper = DRAIN,
	.tool = TOOL,
	.default_command = capture_command,
};
