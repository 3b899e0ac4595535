/* SPDX-License-Identifier: MIT */
/*
 * doctor-say.h - what doctor has found, a line each, or a member of JSON
 *
 * In each function @to is an object that gets it, or NULL: it is printed.
 */
#ifndef VPIPE_LOADER_DOCTOR_SAY_H
#define VPIPE_LOADER_DOCTOR_SAY_H

#include <jansson.h>

#include "loader/host/host.h"

/* How much the lack of it hurts. */
enum severity {
	UNUSED, /* nothing is lost */
	WANTED, /* something stays unknown without it */
	NEEDED, /* nothing works without it */
};

enum outcome {
	THERE,
	UNSEEN, /* could not be looked at */
	LACKING,
};

struct finding {
	enum outcome outcome;
	char why[HOST_WHY]; /* or, of what is there, what it is */
};

/** Of which kernel all else is said. */
void doctor_say_kernel(json_t *to, const char *release, const char *machine);

/** A check; @without is what is lost if it fails, or NULL. */
void doctor_say_check(json_t *to, const char *name, const char *without, enum severity severity,
		      const struct finding *finding);

/** Whether @verb can @work here, of @node if that is not NULL. */
void doctor_say_verdict(json_t *to, const char *verb, const char *node, const struct finding *work);

#endif /* VPIPE_LOADER_DOCTOR_SAY_H */
