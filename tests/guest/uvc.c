// SPDX-License-Identifier: MIT
/*
 * uvc.c - what a camera says of itself, see uvc.h
 *
 * The names are those of "USB Device Class Definition for Video Devices", 1.1, which
 * linux/usb/video.h has as well.
 */
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/usb/video.h>

#include "tests/guest/uvc.h"

#define VENDOR	0x1d6b /* the Linux Foundation, */
#define PRODUCT 0x0102 /* which has this for cameras made by Linux */

/* The two interfaces, and the setting of the second in which it streams. */
enum { CONTROL, STREAMING, N_INTERFACES };
enum { IDLE, STREAM };

enum { CAMERA = 1, OUTPUT }; /* terminals */
enum { NO_STRING, STRING_NAME };

#define ENDPOINT   (USB_DIR_IN | 1)
#define VERSION	   0x0100 /* of the class: the last in which the negotiation has 26 bytes */
#define PROBE_SIZE 26

/* "YUY2", and what makes a GUID of it. */
#define GUID_YUYV                                                                        \
	{                                                                                \
		'Y', 'U', 'Y', '2', 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71 \
	}

DECLARE_UVC_HEADER_DESCRIPTOR(1);
DECLARE_UVC_INPUT_HEADER_DESCRIPTOR(1, 1);
DECLARE_UVC_FRAME_UNCOMPRESSED(1);

/* What belongs to the interfaces themselves, each behind the descriptor of its interface. */
struct control_part {
	struct UVC_HEADER_DESCRIPTOR(1) header;
	struct uvc_camera_terminal_descriptor camera;
	struct uvc_output_terminal_descriptor output;
} __attribute__((packed));

struct streaming_part {
	struct UVC_INPUT_HEADER_DESCRIPTOR(1, 1) header;
	struct uvc_format_uncompressed format;
	struct UVC_FRAME_UNCOMPRESSED(1) frame;
	struct uvc_color_matching_descriptor color;
} __attribute__((packed));

struct configuration {
	struct usb_config_descriptor head;
	struct usb_interface_assoc_descriptor both;
	struct usb_interface_descriptor control;
	struct control_part control_part;
	struct usb_interface_descriptor idle;
	struct streaming_part streaming_part;
	struct usb_interface_descriptor stream;
	struct usb_endpoint_descriptor endpoint; /* its last two bytes are for audio only */
} __attribute__((packed));

#define CONFIGURATION_SIZE (offsetof(struct configuration, endpoint) + USB_DT_ENDPOINT_SIZE)

_Static_assert(sizeof(struct configuration) <= UVC_ANSWER, "the longest answer");

/* In units of 100 ns */
static uint32_t frame_interval(const struct uvc *uvc)
{
	return 10000000 / uvc->fps;
}

static struct usb_device_descriptor device(void)
{
	return (struct usb_device_descriptor){
		.bLength = sizeof(struct usb_device_descriptor),
		.bDescriptorType = USB_DT_DEVICE,
		.bcdUSB = htole16(0x0200),
		.bDeviceClass = USB_CLASS_MISC, /* these three: see the association */
		.bDeviceSubClass = 2,
		.bDeviceProtocol = 1,
		.bMaxPacketSize0 = 64,
		.idVendor = htole16(VENDOR),
		.idProduct = htole16(PRODUCT),
		.iProduct = STRING_NAME,
		.bNumConfigurations = 1,
	};
}

static struct usb_interface_descriptor interface(uint8_t number, uint8_t setting,
						 uint8_t n_endpoints)
{
	return (struct usb_interface_descriptor){
		.bLength = sizeof(struct usb_interface_descriptor),
		.bDescriptorType = USB_DT_INTERFACE,
		.bInterfaceNumber = number,
		.bAlternateSetting = setting,
		.bNumEndpoints = n_endpoints,
		.bInterfaceClass = USB_CLASS_VIDEO,
		.bInterfaceSubClass =
			number == CONTROL ? UVC_SC_VIDEOCONTROL : UVC_SC_VIDEOSTREAMING,
		.bInterfaceProtocol = UVC_PC_PROTOCOL_UNDEFINED,
	};
}

/* A camera that has nothing to set, and the USB that it puts out to. */
static struct control_part control_part(void)
{
	return (struct control_part){
		.header = {.bLength = sizeof(struct UVC_HEADER_DESCRIPTOR(1)),
			   .bDescriptorType = USB_DT_CS_INTERFACE,
			   .bDescriptorSubType = UVC_VC_HEADER,
			   .bcdUVC = htole16(VERSION),
			   .wTotalLength = htole16(sizeof(struct control_part)),
			   .dwClockFrequency = htole32(48000000),
			   .bInCollection = 1,
			   .baInterfaceNr = {STREAMING}},
		.camera = {.bLength = sizeof(struct uvc_camera_terminal_descriptor),
			   .bDescriptorType = USB_DT_CS_INTERFACE,
			   .bDescriptorSubType = UVC_VC_INPUT_TERMINAL,
			   .bTerminalID = CAMERA,
			   .wTerminalType = htole16(UVC_ITT_CAMERA),
			   .bControlSize = sizeof(
				   ((struct uvc_camera_terminal_descriptor *)0)->bmControls)},
		.output = {.bLength = sizeof(struct uvc_output_terminal_descriptor),
			   .bDescriptorType = USB_DT_CS_INTERFACE,
			   .bDescriptorSubType = UVC_VC_OUTPUT_TERMINAL,
			   .bTerminalID = OUTPUT,
			   .wTerminalType = htole16(UVC_TT_STREAMING),
			   .bSourceID = CAMERA},
	};
}

static struct UVC_FRAME_UNCOMPRESSED(1) frame(const struct uvc *uvc)
{
	const uint32_t bits = UVC_FRAME_SIZE * 8 * uvc->fps;

	return (struct UVC_FRAME_UNCOMPRESSED(1)){
		.bLength = sizeof(struct UVC_FRAME_UNCOMPRESSED(1)),
		.bDescriptorType = USB_DT_CS_INTERFACE,
		.bDescriptorSubType = UVC_VS_FRAME_UNCOMPRESSED,
		.bFrameIndex = 1,
		.wWidth = htole16(UVC_WIDTH),
		.wHeight = htole16(UVC_HEIGHT),
		.dwMinBitRate = htole32(bits),
		.dwMaxBitRate = htole32(bits),
		.dwMaxVideoFrameBufferSize = htole32(UVC_FRAME_SIZE),
		.dwDefaultFrameInterval = htole32(frame_interval(uvc)),
		.bFrameIntervalType = 1,
		.dwFrameInterval = {htole32(frame_interval(uvc))},
	};
}

static struct streaming_part streaming_part(const struct uvc *uvc)
{
	return (struct streaming_part){
		.header = {.bLength = sizeof(struct UVC_INPUT_HEADER_DESCRIPTOR(1, 1)),
			   .bDescriptorType = USB_DT_CS_INTERFACE,
			   .bDescriptorSubType = UVC_VS_INPUT_HEADER,
			   .bNumFormats = 1,
			   .wTotalLength = htole16(sizeof(struct streaming_part)),
			   .bEndpointAddress = ENDPOINT,
			   .bTerminalLink = OUTPUT,
			   .bControlSize = 1},
		.format = {.bLength = sizeof(struct uvc_format_uncompressed),
			   .bDescriptorType = USB_DT_CS_INTERFACE,
			   .bDescriptorSubType = UVC_VS_FORMAT_UNCOMPRESSED,
			   .bFormatIndex = 1,
			   .bNumFrameDescriptors = 1,
			   .guidFormat = GUID_YUYV,
			   .bBitsPerPixel = 16,
			   .bDefaultFrameIndex = 1},
		.frame = frame(uvc),
		.color = {.bLength = sizeof(struct uvc_color_matching_descriptor),
			  .bDescriptorType = USB_DT_CS_INTERFACE,
			  .bDescriptorSubType = UVC_VS_COLORFORMAT,
			  .bColorPrimaries = UVC_COLOR_PRIMARIES_BT_709_SRGB,
			  .bTransferCharacteristics = UVC_TRANSFER_CHARACTERISTICS_BT_709,
			  .bMatrixCoefficients = UVC_MATRIX_COEFFICIENTS_SMPTE_170M},
	};
}

static struct configuration configuration(const struct uvc *uvc)
{
	return (struct configuration){
		.head = {.bLength = sizeof(struct usb_config_descriptor),
			 .bDescriptorType = USB_DT_CONFIG,
			 .wTotalLength = htole16(CONFIGURATION_SIZE),
			 .bNumInterfaces = N_INTERFACES,
			 .bConfigurationValue = 1,
			 .bmAttributes = USB_CONFIG_ATT_ONE,
			 .bMaxPower = 50},
		.both = {.bLength = sizeof(struct usb_interface_assoc_descriptor),
			 .bDescriptorType = USB_DT_INTERFACE_ASSOCIATION,
			 .bFirstInterface = CONTROL,
			 .bInterfaceCount = N_INTERFACES,
			 .bFunctionClass = USB_CLASS_VIDEO,
			 .bFunctionSubClass = UVC_SC_VIDEO_INTERFACE_COLLECTION},
		.control = interface(CONTROL, 0, 0),
		.control_part = control_part(),
		.idle = interface(STREAMING, IDLE, 0),
		.streaming_part = streaming_part(uvc),
		.stream = interface(STREAMING, STREAM, 1),
		.endpoint = {.bLength = USB_DT_ENDPOINT_SIZE,
			     .bDescriptorType = USB_DT_ENDPOINT,
			     .bEndpointAddress = ENDPOINT,
			     .bmAttributes = USB_ENDPOINT_XFER_ISOC | USB_ENDPOINT_SYNC_ASYNC,
			     .wMaxPacketSize = htole16(UVC_PACKET_SIZE),
			     .bInterval = 1},
	};
}

/*
 * What it is asked
 */

static int bytes(uint8_t *answer, const void *from, size_t size)
{
	memcpy(answer, from, size);
	return (int)size;
}

/* The languages that there are, or the name in the only one of them. */
static int string(unsigned int index, uint8_t *answer)
{
	static const uint8_t languages[] = {4, USB_DT_STRING, 0x09, 0x04}; /* English */
	static const char name[] = UVC_NAME;

	if (index == NO_STRING)
		return bytes(answer, languages, sizeof(languages));
	if (index != STRING_NAME)
		return -EPIPE;
	answer[0] = 2 + 2 * strlen(name);
	answer[1] = USB_DT_STRING;
	for (unsigned int i = 0; name[i]; i++) { /* UTF-16 */
		answer[2 + 2 * i] = (uint8_t)name[i];
		answer[3 + 2 * i] = 0;
	}
	return answer[0];
}

static int descriptor(const struct uvc *uvc, unsigned int type, unsigned int index, uint8_t *answer)
{
	const struct usb_device_descriptor of_device = device();
	const struct configuration of_all = configuration(uvc);

	switch (type) {
	case USB_DT_DEVICE:
		return bytes(answer, &of_device, sizeof(of_device));
	case USB_DT_CONFIG:
		return bytes(answer, &of_all, CONFIGURATION_SIZE);
	case USB_DT_STRING:
		return string(index, answer);
	}
	return -EPIPE;
}

/* To the device, an interface or the endpoint */
static int standard(struct uvc *uvc, const struct usb_ctrlrequest *setup, uint8_t *answer)
{
	const unsigned int value = le16toh(setup->wValue);

	switch (setup->bRequest) {
	case USB_REQ_GET_DESCRIPTOR:
		return descriptor(uvc, value >> 8, value & 0xff, answer);
	case USB_REQ_GET_STATUS:
		return bytes(answer, &(uint16_t){0}, sizeof(uint16_t));
	case USB_REQ_SET_INTERFACE:
		if (le16toh(setup->wIndex) == STREAMING)
			uvc->streaming = value == STREAM;
		return 0;
	case USB_REQ_SET_CONFIGURATION:
	case USB_REQ_SET_FEATURE:
	case USB_REQ_CLEAR_FEATURE:
		return 0;
	}
	return -EPIPE;
}

/* The negotiation: whatever the host proposes, there is one way to stream. */
static int negotiate(const struct uvc *uvc, unsigned int request, uint8_t *answer)
{
	const struct uvc_streaming_control only = {
		.bFormatIndex = 1,
		.bFrameIndex = 1,
		.dwFrameInterval = htole32(frame_interval(uvc)),
		.dwMaxVideoFrameSize = htole32(UVC_FRAME_SIZE),
		.dwMaxPayloadTransferSize = htole32(UVC_PACKET_SIZE),
	};

	switch (request) {
	case UVC_SET_CUR:
		return 0;
	case UVC_GET_CUR:
	case UVC_GET_MIN:
	case UVC_GET_MAX:
	case UVC_GET_DEF:
		return bytes(answer, &only, PROBE_SIZE);
	}
	return -EPIPE;
}

int uvc_control(struct uvc *uvc, const struct usb_ctrlrequest *setup, uint8_t answer[UVC_ANSWER])
{
	const unsigned int selector = le16toh(setup->wValue) >> 8;

	switch (setup->bRequestType & USB_TYPE_MASK) {
	case USB_TYPE_STANDARD:
		return standard(uvc, setup, answer);
	case USB_TYPE_CLASS:
		if (le16toh(setup->wIndex) == STREAMING &&
		    (selector == UVC_VS_PROBE_CONTROL || selector == UVC_VS_COMMIT_CONTROL))
			return negotiate(uvc, setup->bRequest, answer);
	}
	return -EPIPE;
}
