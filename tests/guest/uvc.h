/* SPDX-License-Identifier: MIT */
/*
 * uvc.h - what a camera of the USB video class says of itself: one format, one size, one rate
 */
#ifndef TEST_UVC_H
#define TEST_UVC_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/usb/ch9.h>

/** Its name, which is also the video device's. */
#define UVC_NAME "guest-usbcam"

/** YUYV */
#define UVC_WIDTH      320
#define UVC_HEIGHT     240
#define UVC_FRAME_SIZE (UVC_WIDTH * UVC_HEIGHT * 2)

/** Bytes in an isochronous packet, of which there is one in each microframe of the bus. */
#define UVC_PACKET_SIZE	  1024
#define UVC_MICROFRAME_NS 125000

/** More don't pass through the bus. */
#define UVC_MAX_FPS 50

/** Room for the answer to any request. */
#define UVC_ANSWER 256

struct uvc {
	unsigned int fps;
	bool streaming; /**< the host has asked for frames, and not for their end */
};

/**
 * A control request: what the host sent with it may be ignored, the answer is written to
 * @answer. Returns how many bytes it has, or -EPIPE if this camera knows no such request.
 */
int uvc_control(struct uvc *uvc, const struct usb_ctrlrequest *setup, uint8_t answer[UVC_ANSWER]);

#endif /* TEST_UVC_H */
