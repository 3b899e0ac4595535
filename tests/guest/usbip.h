/* SPDX-License-Identifier: MIT */
/*
 * usbip.h - a USB device in userspace, in a port of the stock module vhci-hcd
 *
 * vhci-hcd is a host controller whose devices are at the other end of a socket that speaks
 * USB/IP. Here that is a socket pair, and the device this program. The functions return
 * -ENODEV once the host has let go of the device.
 */
#ifndef TEST_USBIP_H
#define TEST_USBIP_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/usb/ch9.h>

/** One packet of an isochronous transfer, as on the wire but for the byte order. */
struct usbip_packet {
	uint32_t offset; /**< in the transfer's buffer, bytes */
	uint32_t length; /**< how many bytes the host has room for */
	uint32_t actual; /**< how many there are */
	int32_t status; /**< 0 or -errno, in Linux's numbers */
};

/** What the host wants to be done, until it is completed or given up. */
struct usbip_transfer {
	struct usbip_transfer *next; /**< for whoever keeps it */
	uint32_t id;
	bool in; /**< to the host */
	uint32_t length; /**< of the data, in bytes */
	struct usb_ctrlrequest setup; /**< of a control transfer */
	uint8_t *data; /**< what came from the host, or room for what goes there */
	unsigned int n_packets; /**< 0: not isochronous */
	struct usbip_packet packets[];
};

/** What came from the host: a transfer, or the wish that one end. */
struct usbip_request {
	struct usbip_transfer
		*transfer; /**< new, to be completed or freed; NULL: it is the other */
	uint32_t id; /**< of the request itself */
	uint32_t unwanted; /**< the transfer to give up */
};

/** Plug a device in. Returns its end of the cable, to be closed to unplug it, or -errno. */
int usbip_plug(enum usb_device_speed speed);

/** Wait for what the host wants. Returns 0 or -errno. */
int usbip_receive(int fd, struct usbip_request *request);

/**
 * The transfer is over, and freed: @status is 0 or -errno, and @actual bytes of its data, or as
 * many as its packets say, go to the host. Returns 0 or -errno.
 */
int usbip_complete(int fd, struct usbip_transfer *transfer, int status, uint32_t actual);

/** Answer a request to give a transfer up: was it @given_up, or over already? Returns 0 or -errno. */
int usbip_give_up(int fd, const struct usbip_request *request, bool given_up);

void usbip_free(struct usbip_transfer *transfer);

#endif /* TEST_USBIP_H */
