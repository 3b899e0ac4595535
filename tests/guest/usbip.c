// SPDX-License-Identifier: MIT
/*
 * usbip.c - a USB device in userspace, see usbip.h
 *
 * The protocol is in the kernel's Documentation/usb/usbip_protocol.rst.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/guest/usbip.h"

#define VHCI_ATTACH "/sys/devices/platform/vhci_hcd.0/attach"
/* It means something only where the device is another machine's: bus 1, device 1 there. */
#define DEVICE_ID (1 << 16 | 1)

/* More than any host asks for at once. */
#define MAX_LENGTH  (1 << 20)
#define MAX_PACKETS 1024

enum command { CMD_SUBMIT = 1, CMD_UNLINK, RET_SUBMIT, RET_UNLINK };

/* What each message begins with: big-endian words, but for the setup, which is as on the bus. */
struct header {
	uint32_t command;
	uint32_t id;
	uint32_t device;
	uint32_t in;
	uint32_t endpoint;
	uint32_t words[5];
	struct usb_ctrlrequest setup;
};

/* The words that matter here, of each command. */
enum { SUBMIT_LENGTH = 1, SUBMIT_N_PACKETS = 3 }; /* of the latter 0 or -1 where there are none */
enum { DONE_STATUS = 0, DONE_ACTUAL = 1, DONE_N_PACKETS = 3 };
enum { UNLINK_ID = 0 };

_Static_assert(sizeof(struct header) == 48, "a header of USB/IP");
_Static_assert(sizeof(struct usbip_packet) == 16, "a packet of USB/IP");

#define HEADER_WORDS (offsetof(struct header, setup) / sizeof(uint32_t))

/* There and back: the two are the same. */
static void swap_words(void *words, size_t n)
{
	uint32_t *word = words;

	for (size_t i = 0; i < n; i++)
		word[i] = htobe32(word[i]);
}

static void swap_packets(struct usbip_transfer *transfer)
{
	swap_words(transfer->packets,
		   transfer->n_packets * sizeof(transfer->packets[0]) / sizeof(uint32_t));
}

/*
 * The port, and the cable
 */

/* In the first free port that has this speed. Returns 0 or -errno. */
static int attach(int attribute, int fd, enum usb_device_speed speed)
{
	for (unsigned int port = 0;; port++) {
		if (dprintf(attribute, "%u %d %d %d", port, fd, DEVICE_ID, (int)speed) > 0)
			return 0;
		if (errno == EINVAL && port)
			return -EBUSY; /* there is no such port: all others are taken */
		if (errno != EBUSY)
			return -errno;
	}
}

int usbip_plug(enum usb_device_speed speed)
{
	int attribute = open(VHCI_ATTACH, O_WRONLY | O_CLOEXEC);
	int ends[2];
	int err;

	if (attribute < 0)
		return -errno;
	err = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ? -errno : 0;
	if (!err) {
		err = attach(attribute, ends[0], speed);
		close(ends[0]); /* the kernel has its own hold of it */
		if (err)
			close(ends[1]);
	}
	close(attribute);
	return err ? err : ends[1];
}

static int errno_of_cable(void)
{
	return errno == EPIPE || errno == ECONNRESET ? -ENODEV : -errno;
}

static int read_all(int fd, void *to, size_t size)
{
	uint8_t *rest = to;

	while (size) {
		ssize_t got = read(fd, rest, size);

		if (!got)
			return -ENODEV;
		if (got < 0 && errno != EINTR)
			return errno_of_cable();
		if (got > 0) {
			rest += got;
			size -= (size_t)got;
		}
	}
	return 0;
}

static int write_all(int fd, const void *from, size_t size)
{
	const uint8_t *rest = from;

	while (size) {
		ssize_t put = write(fd, rest, size);

		if (put < 0 && errno != EINTR)
			return errno_of_cable();
		if (put > 0) {
			rest += put;
			size -= (size_t)put;
		}
	}
	return 0;
}

/*
 * What the host wants
 */

/* With room for its data and its packets. Returns 0 or -errno. */
static int make_transfer(struct usbip_transfer **out, const struct header *header)
{
	uint32_t n = header->words[SUBMIT_N_PACKETS], length = header->words[SUBMIT_LENGTH];
	struct usbip_transfer *transfer;

	if (n == UINT32_MAX)
		n = 0;
	if (length > MAX_LENGTH || n > MAX_PACKETS)
		return -EMSGSIZE;
	transfer = calloc(1, sizeof(*transfer) + n * sizeof(transfer->packets[0]));
	if (!transfer)
		return -ENOMEM;
	transfer->data = calloc(1, length + 1); /* there may be none */
	if (!transfer->data) {
		free(transfer);
		return -ENOMEM;
	}
	transfer->id = header->id;
	transfer->in = header->in;
	transfer->length = length;
	transfer->setup = header->setup;
	transfer->n_packets = n;
	*out = transfer;
	return 0;
}

static bool packets_fit(const struct usbip_transfer *transfer)
{
	for (unsigned int i = 0; i < transfer->n_packets; i++) {
		const struct usbip_packet *packet = &transfer->packets[i];

		if (packet->offset > transfer->length ||
		    packet->length > transfer->length - packet->offset)
			return false;
	}
	return true;
}

static int receive_transfer(int fd, struct usbip_transfer **out, const struct header *header)
{
	struct usbip_transfer *transfer;
	int err = make_transfer(&transfer, header);

	if (err)
		return err;
	if (!transfer->in)
		err = read_all(fd, transfer->data, transfer->length);
	if (!err)
		err = read_all(fd, transfer->packets,
			       transfer->n_packets * sizeof(transfer->packets[0]));
	swap_packets(transfer);
	if (!err && !packets_fit(transfer))
		err = -EPROTO;
	if (err)
		usbip_free(transfer);
	else
		*out = transfer;
	return err;
}

int usbip_receive(int fd, struct usbip_request *request)
{
	struct header header;
	int err = read_all(fd, &header, sizeof(header));

	if (err)
		return err;
	swap_words(&header, HEADER_WORDS);
	*request = (struct usbip_request){.id = header.id};
	switch (header.command) {
	case CMD_SUBMIT:
		return receive_transfer(fd, &request->transfer, &header);
	case CMD_UNLINK:
		request->unwanted = header.words[UNLINK_ID];
		return 0;
	}
	return -EPROTO;
}

/*
 * What it gets
 */

/* Packets that are not full have no gaps behind them on the wire. Returns the bytes of all. */
static uint32_t close_gaps(struct usbip_transfer *transfer)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < transfer->n_packets; i++) {
		const struct usbip_packet *packet = &transfer->packets[i];

		memmove(transfer->data + sum, transfer->data + packet->offset, packet->actual);
		sum += packet->actual;
	}
	return sum;
}

static int send_header(int fd, struct header *header)
{
	swap_words(header, HEADER_WORDS);
	return write_all(fd, header, sizeof(*header));
}

int usbip_complete(int fd, struct usbip_transfer *transfer, int status, uint32_t actual)
{
	struct header header = {.command = RET_SUBMIT, .id = transfer->id};
	int err;

	if (transfer->n_packets)
		actual = close_gaps(transfer);
	header.words[DONE_STATUS] = (uint32_t)status;
	header.words[DONE_ACTUAL] = actual;
	header.words[DONE_N_PACKETS] = transfer->n_packets;
	err = send_header(fd, &header);
	if (!err && transfer->in)
		err = write_all(fd, transfer->data, actual);
	swap_packets(transfer);
	if (!err)
		err = write_all(fd, transfer->packets,
				transfer->n_packets * sizeof(transfer->packets[0]));
	usbip_free(transfer);
	return err;
}

int usbip_give_up(int fd, const struct usbip_request *request, bool given_up)
{
	struct header header = {.command = RET_UNLINK, .id = request->id};

	header.words[DONE_STATUS] = given_up ? (uint32_t)-ECONNRESET : 0;
	return send_header(fd, &header);
}

void usbip_free(struct usbip_transfer *transfer)
{
	free(transfer->data);
	free(transfer);
}
