#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""flip.py - shows frames on a KMS device, each by a page flip

usage: flip.py DRIVER FRAMES

Takes the first connected connector of that driver's card, in its smallest mode, and two dumb
buffers by turns. Ends with status 1 and a sentence if a flip does not come within 5 seconds.
"""
import ctypes
import fcntl
import glob
import os
import select
import struct
import sys

CONNECTED = 1
FLIP_EVENT, FLIP_COMPLETE = 1, 2  # DRM_MODE_PAGE_FLIP_EVENT, DRM_EVENT_FLIP_COMPLETE
# of <drm/drm.h> and <drm/drm_mode.h>: the number of each ioctl, and its argument
VERSION = 0x00, struct.Struct("3i4x6Q")  # version, name_len name date_len date desc_len desc
GET_RESOURCES = 0xA0, struct.Struct("4Q8I")  # fbs crtcs connectors encoders, their counts, limits
SET_CRTC = 0xA2, struct.Struct("Q7I68s")  # connectors, count crtc fb x y gamma mode_valid, mode
GET_CONNECTOR = 0xA7, struct.Struct("4Q12I")  # encoders modes properties values, their counts, ...
ADD_FB = 0xAE, struct.Struct("7I")  # fb width height pitch bpp depth handle
PAGE_FLIP = 0xB0, struct.Struct("4IQ")  # crtc fb flags reserved user_data
CREATE_DUMB = 0xB2, struct.Struct("6IQ")  # height width bpp flags handle pitch size
MODE = struct.Struct("I10H3I32s")  # clock hdisplay ... vdisplay ...


def call(card, request, *values):
    """The ioctl, and its argument's fields as the kernel leaves them."""
    number, layout = request
    argument = bytearray(layout.pack(*values))
    fcntl.ioctl(card, 3 << 30 | layout.size << 16 | ord("d") << 8 | number, argument)
    return layout.unpack(argument)


def driver_of(card):
    name = ctypes.create_string_buffer(32)
    call(card, VERSION, 0, 0, 0, len(name) - 1, ctypes.addressof(name), 0, 0, 0, 0)
    return name.value.decode()


def card_of(driver):
    for path in sorted(glob.glob("/dev/dri/card*")):
        card = os.open(path, os.O_RDWR)
        if driver_of(card) == driver:
            return card
        os.close(card)
    raise SystemExit(f"flip: no card of {driver}")


def resources(card):
    """Ids of the CRTCs and of the connectors."""
    counts = call(card, GET_RESOURCES, *[0] * 12)[4:8]
    crtcs, connectors = (ctypes.c_uint32 * n for n in counts[1:3])
    crtcs, connectors = crtcs(), connectors()
    call(card, GET_RESOURCES, 0, ctypes.addressof(crtcs), ctypes.addressof(connectors), 0, 0, *counts[1:3], 0, 0, 0, 0, 0)
    return list(crtcs), list(connectors)


def modes(card, connector):
    """What a connector can show, as struct drm_mode_modeinfo; nothing, if it is not connected."""
    # Asked for no mode, the kernel looks for new ones first.
    found = call(card, GET_CONNECTOR, *[0] * 8, connector, *[0] * 7)
    count, connection = found[4], found[11]
    if connection != CONNECTED:
        return []
    table = (ctypes.c_char * (MODE.size * count))()
    call(card, GET_CONNECTOR, 0, ctypes.addressof(table), 0, 0, count, 0, 0, 0, connector, *[0] * 7)
    return [table.raw[i : i + MODE.size] for i in range(0, len(table.raw), MODE.size)]


def size(mode):
    fields = MODE.unpack(mode)
    return fields[1], fields[6]


def framebuffer(card, width, height):
    *_, handle, pitch, _ = call(card, CREATE_DUMB, height, width, 32, 0, 0, 0, 0)
    return call(card, ADD_FB, 0, width, height, pitch, 32, 24, handle)[0]


def flip(card, crtc, fb):
    call(card, PAGE_FLIP, crtc, fb, FLIP_EVENT, 0, 0)
    if not select.select([card], [], [], 5)[0]:
        raise SystemExit("flip: no event within 5 s")
    kind = struct.unpack_from("I", os.read(card, 1024))[0]
    if kind != FLIP_COMPLETE:
        raise SystemExit(f"flip: an event of type {kind}")


def main():
    driver, frames = sys.argv[1], int(sys.argv[2])
    card = card_of(driver)
    crtcs, connectors = resources(card)
    connector = next((c for c in connectors if modes(card, c)), None)
    if not crtcs or connector is None:
        raise SystemExit(f"flip: {driver} has {len(crtcs)} CRTCs, and no connector that is connected")
    mode = min(modes(card, connector), key=size)
    buffers = [framebuffer(card, *size(mode)) for _ in range(2)]
    of = (ctypes.c_uint32 * 1)(connector)
    call(card, SET_CRTC, ctypes.addressof(of), 1, crtcs[0], buffers[0], 0, 0, 0, 1, mode)
    for i in range(frames):
        flip(card, crtcs[0], buffers[(i + 1) % 2])
    print(f"{frames} flips of {size(mode)[0]}x{size(mode)[1]} on {driver}")


if __name__ == "__main__":
    main()
