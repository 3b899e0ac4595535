// SPDX-License-Identifier: MIT
/* joining.c - see joining.h */
#include <errno.h>
#include <signal.h>

#include "loader/host/privileges.h"
#include "loader/joining.h"
#include "lib/msg.h"

#define SPACE_BYTES (1024 * 1024)

static int check_pid(const struct run_options *options)
{
	if (!options->pid || !kill((pid_t)options->pid, 0) || errno != ESRCH)
		return 0;
	msg_error("there is no process %d here: ids are those of this PID namespace",
		  (int)options->pid);
	return -ESRCH;
}

static int find_nodes(struct joined *joined, const struct run_options *options)
{
	return joined->route.kinds[0]->find_nodes(&options->request, &joined->nodes)
		       ?: route_check(&joined->route, &options->config);
}

static int start(struct joined *joined, struct session *session, const struct run_options *options)
{
	struct trace_options trace = {
		.config = options->config,
		.counters = options->counters,
		.verbose = options->verbose,
		.forget_dead = options->interval_s,
	};

	kinds_to_options(joined->route.kinds, &joined->nodes, joined->devices, &trace);
	if (joined->route.is_chain)
		session_chain(session, &joined->route.chain);
	return session_start(session, &trace);
}

static int open_session(const struct joined *joined, struct session *session,
			const struct run_options *options)
{
	return session_open(session, joined->route.path, options->output, SPACE_BYTES,
			    options->quiet);
}

/* From here on everything is seen, also what the process that is asked for starts. */
static int begin(struct session *session, const struct run_options *options)
{
	session_begin(session);
	if (!options->pid)
		return 0;
	return trace_adopt_family(session->trace, (pid_t)options->pid);
}

static void take_facts(const struct joined *joined, struct session *session,
		       const struct run_options *options)
{
	request_to_facts(&options->request, &joined->nodes, &session->run.facts);
	session->run.facts.duration_ns = options->duration_ns;
}

int join(struct joined *joined, struct session *session, struct run_options *options)
{
	int err = route_expand(&joined->route, &options->request, true);

	session->signals = -1;
	if (!err)
		err = route_find(&joined->route, &options->request);
	if (!err)
		err = open_session(joined, session, options);
	if (!err)
		err = check_pid(options);
	if (!err)
		err = find_nodes(joined, options);
	if (!err)
		err = start(joined, session, options);
	if (!err)
		err = privileges_drop(false);
	if (!err)
		err = begin(session, options);
	if (!err)
		take_facts(joined, session, options);
	return err;
}

int join_find(struct joined *joined, struct run_options *options)
{
	return route_expand(&joined->route, &options->request, true)
		       ?: route_find(&joined->route, &options->request)
		       ?: find_nodes(joined, options);
}

int join_found(struct joined *joined, struct session *session, const struct run_options *options)
{
	int err;

	session->signals = -1;
	err = open_session(joined, session, options)
		      ?: start(joined, session, options)
		      ?: begin(session, options);
	if (!err)
		take_facts(joined, session, options);
	return err;
}
