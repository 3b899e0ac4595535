// SPDX-License-Identifier: MIT
/* peers.c - see peers.h */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "loader/model/frame.h"
#include "loader/runs/peers.h"

#define OTHERS "others"

/* The most frequent first; those that are as frequent stay in order. */
static void sort(struct vpipe_peer top[VPIPE_MAX_PEERS])
{
	for (unsigned int i = 1; i < VPIPE_MAX_PEERS; i++) {
		struct vpipe_peer peer = top[i];
		unsigned int at = i;

		for (; at && top[at - 1].count < peer.count; at--)
			top[at] = top[at - 1];
		top[at] = peer;
	}
}

void peers_to_text(char text[PEERS_ROOM], const struct vpipe_peers *peers)
{
	struct vpipe_peer top[VPIPE_MAX_PEERS];
	size_t used = 0;

	memcpy(top, peers->top, sizeof(top));
	sort(top);
	*text = '\0';
	for (int i = 0; i < VPIPE_MAX_PEERS && top[i].count; i++) {
		const char *kind = frame_peer_kind(top[i].tid), *between = used ? "; " : "";
		char comm[VPIPE_COMM_LEN + 1], name[TEXT_ROOM(sizeof(comm))];

		snprintf(comm, sizeof(comm), "%.16s", top[i].comm);
		text_of(name, sizeof(name), comm, ";");
		used += (size_t)(kind ? snprintf(text + used, PEERS_ROOM - used, "%s%s %u", between,
						 kind, top[i].count)
				      : snprintf(text + used, PEERS_ROOM - used, "%s%s/%u %u",
						 between, name, top[i].tid, top[i].count));
	}
	if (peers->others)
		snprintf(text + used, PEERS_ROOM - used, "%s" OTHERS " %u", used ? "; " : "",
			 peers->others);
}

/* The number that @text is, up to its end or to @until, behind which *@end is then. */
static int read_number(const char *text, char until, unsigned int *value, const char **end)
{
	uint64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9' && number <= UINT32_MAX; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	if (at == text || *at != until || number > UINT32_MAX)
		return -EINVAL;
	*value = (unsigned int)number;
	*end = at + (until != '\0');
	return 0;
}

/* "NAME/TID COUNT" */
static int read_task(struct vpipe_peer *peer, char *text, char *slash)
{
	char comm[VPIPE_COMM_LEN + 1];
	const char *at;

	*slash = '\0';
	if (text_bytes(comm, sizeof(comm), text) || read_number(slash + 1, ' ', &peer->tid, &at) ||
	    frame_peer_kind(peer->tid))
		return -EINVAL;
	memset(peer->comm, 0, sizeof(peer->comm));
	memcpy(peer->comm, comm, strlen(comm));
	return read_number(at, '\0', &peer->count, &at);
}

/* "KIND COUNT", which is none of a task, or those that are not told apart */
static int read_kind(struct vpipe_peers *peers, struct vpipe_peer *peer, char *text)
{
	static const unsigned int kinds[] = {VPIPE_PEER_IDLE, VPIPE_PEER_INTERRUPT};
	char *space = strchr(text, ' ');
	const char *at;

	if (!space)
		return -EINVAL;
	*space = '\0';
	if (!strcmp(text, OTHERS))
		return read_number(space + 1, '\0', &peers->others, &at);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(text, frame_peer_kind(kinds[i]))) {
			peer->tid = kinds[i];
			return read_number(space + 1, '\0', &peer->count, &at);
		}
	}
	return -EINVAL;
}

/* One more of them, behind the @n that are there. */
static int read_piece(struct vpipe_peers *peers, unsigned int n, char *text)
{
	struct vpipe_peer peer = {0};
	char *slash = strrchr(text, '/');
	int err = slash ? read_task(&peer, text, slash) : read_kind(peers, &peer, text);

	/* none is there without a count, or behind one that is less; the others are the last ones */
	if (err || n > VPIPE_MAX_PEERS || (!peer.count && !peers->others) ||
	    (peer.count && (peers->others || n == VPIPE_MAX_PEERS ||
			    (n && peer.count > peers->top[n - 1].count))))
		return -EINVAL;
	if (peer.count)
		peers->top[n] = peer;
	return 0;
}

int peers_from_text(struct vpipe_peers *peers, const char *text)
{
	char copy[PEERS_ROOM], *next = copy;
	int err = strlen(text) < sizeof(copy) ? 0 : -EINVAL;

	memset(peers, 0, sizeof(*peers));
	if (err || !*text)
		return err;
	strcpy(copy, text);
	for (unsigned int n = 0; !err && next; n++) {
		char *piece = next, *end = strstr(piece, "; ");

		next = end ? end + 2 : NULL;
		if (end)
			*end = '\0';
		err = peers->others ? -EINVAL : read_piece(peers, n, piece);
	}
	return err;
}
