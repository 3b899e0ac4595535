// SPDX-License-Identifier: MIT
/* joining.c - see joining.h */
#include <errno.h>
#include <signal.h>

#include "loader/host/privileges.h"
#include "loader/joining.h"
#include "lib/msg.h"

#define SPACE_BYTES (1024 * 1024)

static int prepare(struct joined *joined, struct session *session,
		   const struct run_options *options)
{
	struct trace_options trace = {
		.config = options->config,
		.counters = options->counters,
		.verbose = options->verbose,
	};
	int err = session_open(session, joined->route.path, options->output, SPACE_BYTES,
			       options->quiet);

	if (!err && options->pid && kill((pid_t)options->pid, 0) && errno == ESRCH) {
		msg_error("there is no process %d here: ids are those of this PID namespace",
			  (int)options->pid);
		return -ESRCH;
	}
	if (!err)
		err = joined->route.kinds[0]->find_nodes(&options->request, &joined->nodes);
	if (!err)
		err = route_check(&joined->route, &options->config);
	kinds_to_options(joined->route.kinds, &joined->nodes, joined->devices, &trace);
	if (joined->route.is_chain)
		session_chain(session, &joined->route.chain);
	if (!err)
		err = session_start(session, &trace);
	if (!err)
		err = privileges_drop(false);
	return err;
}

/* From here on everything is seen, also what the process that is asked for starts. */
static int begin(struct session *session, const struct run_options *options)
{
	session_begin(session);
	if (!options->pid)
		return 0;
	return trace_adopt_family(session->trace, (pid_t)options->pid);
}

int join(struct joined *joined, struct session *session, struct run_options *options)
{
	int err = route_expand(&joined->route, &options->request, true);

	session->signals = -1;
	if (!err)
		err = route_find(&joined->route, &options->request);
	if (!err)
		err = prepare(joined, session, options);
	if (!err)
		err = begin(session, options);
	if (err)
		return err;
	request_to_facts(&options->request, &joined->nodes, &session->run.facts);
	session->run.facts.duration_ns = options->duration_ns;
	return 0;
}
