/* SPDX-License-Identifier: MIT */
/*
 * cards.h - the cards of DRM, which have displays
 *
 * sysfs says which there are; each is opened for a moment and asked. That takes no right to set its
 * modes: who comes to it for lack of anybody else gives it back at once.
 */
#ifndef VPIPE_HOST_CARDS_H
#define VPIPE_HOST_CARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "loader/host/nodes.h"
#include "loader/model/video.h"

/** Instead of a card's name: the first that has a display. */
#define CARD_ANY ""

/** A card; strings are as in video_facts, whose size and rate are those of what is shown now. */
struct card {
	struct video_facts facts;
	int err; /**< why it could not be asked, -errno */
	char connector[32]; /**< the first that something is connected to: "HDMI-A-1"; "": none */
	enum video_answer atomic; /**< its driver commits atomic states */
	enum video_answer btf; /**< are there types of DRM's modules? */
};

/**
 * All cards, by the number N of /dev/dri/cardN, into *@all, to be freed: *@n of them. Returns 0 or
 * -errno.
 */
int cards_find(struct card **all, size_t *n);

/** The same by the sysfs below the folder @root, none of which is asked: for tests. */
int cards_find_in(const char *root, struct card **all, size_t *n);

/** Is the file @path that of a card? */
bool card_is(const char *path);

/**
 * The card @name, a path, the name of its driver or CARD_ANY. Its path goes to @path. Returns 0 or
 * -errno, having said why.
 */
int card_find(const char *name, char path[NODE_PATH]);

/**
 * What is known of the card whose file is @path, whose frames must be there to be followed. Returns 0
 * or -errno, having said why.
 */
int card_look(const char *path, struct video_facts *facts);

/** Frames a second of what has pixels by @clock_khz, @htotal by @vtotal of them a frame; 0: none. */
double card_rate(unsigned int clock_khz, unsigned int htotal, unsigned int vtotal);

#endif /* VPIPE_HOST_CARDS_H */
