// SPDX-License-Identifier: MIT
/* kinds.c - see kind.h */
#include <stddef.h>

#include "lib/caches.h"
#include "loader/paths/kind.h"

#define KINDS(X) X(vpipe)

#define X(name) extern const struct kind name##_kind;
KINDS(X)
#undef X

const struct kind *const kinds[] = {
#define X(name) &name##_kind,
	KINDS(X)
#undef X
		NULL,
};

void request_to_facts(const struct request *request, const struct nodes *nodes,
		      struct run_facts *facts)
{
	facts->vpipe = nodes->vpipe;
	facts->source = *nodes->source ? nodes->source : NULL;
	if (request->has_command)
		return; /* what that does is its own affair */
	facts->size[0] = request->size[0];
	facts->size[1] = request->size[1];
	facts->fps = request->fps;
	facts->transport = request->transport;
	facts->algo = request->algo;
	facts->threshold = (unsigned int)request->threshold;
	facts->cache = cache_names[request->cache];
	facts->frames = request->frames;
}
