#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""relay.py - hands frames of a source on to a mem2mem node, as clients of other people do

usage: relay.py SOURCE FRAMES [OPTION...] [+ OPTION...]...

SOURCE is how its node's name begins. Knows nothing of vpipe's controls. Behind each + are the
options of another client, a process of its own, which begins when the one before it has ended.
  --dmabuf        hands the source's buffers on; else it copies them
  --date HOW      timestamps of the OUTPUT buffers: copy (default), own, zero
  --twice         queues each source frame twice
  --late N        hands a frame on when the source has given N more
  --early         copies a frame as it comes, and gives its buffer back before it queues
  --later         queues while OUTPUT is stopped; another thread starts it
  --drop N        gives every Nth frame back at once
  --also NAME     dequeues a frame of that node, too, each time, behind the source's
  --threads       dequeues in one thread, queues in another
  --through NAME  the mem2mem node, by how its name begins (default vpipe)
  --then NAME     what that gives is copied to this one, with its timestamp
  --also-to NAME  each frame is handed on to this one as well
  --format FOURCC of all queues (default GREY)
  --fd N          vpipe's node is open already, as file descriptor N
  --socket PATH   somebody sends it over this socket
  --say FILE      the sequence of each frame that it queued, as soon as it did, of client N in FILE.N
"""
import argparse
import fcntl
import glob
import mmap
import os
import socket
import struct
import sys
import threading
import time

CAPTURE, OUTPUT, CAPTURE_MPLANE = 1, 2, 9
MMAP, DMABUF = 1, 4
WIDTH, HEIGHT = 640, 480
# struct v4l2_buffer: index type bytesused flags field, timestamp, timecode, sequence memory m length
BUFFER = struct.Struct("5I4x2q16x2IQI12x")


def ioctl(direction, number, size):
    return direction << 30 | size << 16 | ord("V") << 8 | number


S_FMT, REQBUFS, EXPBUF = ioctl(3, 5, 208), ioctl(3, 8, 20), ioctl(3, 16, 64)
QUERYBUF, QBUF, DQBUF = (ioctl(3, n, BUFFER.size) for n in (9, 15, 17))
STREAMON, STREAMOFF = ioctl(1, 18, 4), ioctl(1, 19, 4)
QUERYCAP = ioctl(2, 0, 104)


def find(name):
    nodes = glob.glob("/sys/class/video4linux/video*/name")
    for path in sorted(nodes, key=lambda path: int(path.split("/video")[2].split("/")[0])):
        if open(path).read().startswith(name):
            return "/dev/" + path.split("/")[-2]
    raise SystemExit(f"relay: no node {name}")


class Queue:
    """One queue of an open node; four buffers, of one plane."""

    def __init__(self, fd, kind, fourcc="GREY", memory=MMAP):
        self.fd, self.kind, self.memory, self.planes = fd, kind, memory, None
        if kind == CAPTURE and struct.unpack_from("I", self.call(QUERYCAP, bytes(104)), 88)[0] & 0x1000:
            self.kind = CAPTURE_MPLANE
            self.planes = bytearray(64)
            self.address = memory_of(self.planes)
            self.bytes = WIDTH * HEIGHT
        else:
            wanted = struct.pack("I4x2I4s2I", kind, WIDTH, HEIGHT, fourcc.encode(), 1, 0)
            self.bytes = struct.unpack_from("I", self.call(S_FMT, wanted.ljust(208, b"\0")), 28)[0]
        self.call(REQBUFS, struct.pack("3I8x", 4, self.kind, memory))
        self.maps = []
        for index in range(4 if memory == MMAP and not self.planes else 0):
            offset, length = self.buffer(QUERYBUF, index)[9:11]
            self.maps.append(mmap.mmap(fd, length, offset=offset))

    def call(self, request, data):
        data = bytearray(data)
        while True:
            try:
                fcntl.ioctl(self.fd, request, data)
                return data
            except InterruptedError:
                pass

    def buffer(self, request, index=0, used=0, date=(0, 0), m=0):
        length = 0
        if self.planes:
            m, length = self.address, 1
        elif self.memory == DMABUF:
            length = self.bytes
        packed = BUFFER.pack(index, self.kind, used, 0, 1, *date, 0, self.memory, m, length)
        return BUFFER.unpack(self.call(request, packed))

    def queue(self, index, **more):
        self.buffer(QBUF, index, **more)

    def dequeue(self):
        """Index, timestamp, sequence."""
        got = self.buffer(DQBUF)
        return got[0], got[5:7], got[7]

    def start(self):
        self.call(STREAMON, struct.pack("I", self.kind))

    def stop(self):
        self.call(STREAMOFF, struct.pack("I", self.kind))

    def export(self, index):
        flags = os.O_RDWR | os.O_CLOEXEC
        return struct.unpack_from("i", self.call(EXPBUF, struct.pack("5I44x", self.kind, index, 0, flags, 0)), 16)[0]


def memory_of(array):
    import ctypes

    return ctypes.addressof((ctypes.c_char * len(array)).from_buffer(array))


def open_source(name, fourcc):
    source = Queue(os.open(find(name), os.O_RDWR), CAPTURE, fourcc)
    for index in range(4):
        source.queue(index)
    source.start()
    return source


class Node:
    """A mem2mem node that makes a frame of each."""

    def __init__(self, fd, fourcc, memory=MMAP):
        self.out, self.cap = Queue(fd, OUTPUT, fourcc, memory), Queue(fd, CAPTURE, fourcc)
        for index in range(4):
            self.cap.queue(index)
        self.cap.start()
        self.out.start()

    def fill(self, index, pixels):
        self.out.maps[index][: self.out.bytes] = pixels

    def finish(self):
        """The timestamp of the frame that it has made, and its pixels."""
        index, date, _ = self.cap.dequeue()
        pixels = bytes(self.cap.maps[index][: self.out.bytes])
        self.cap.queue(index)
        self.out.dequeue()
        return date, pixels


def open_node(args):
    if args.socket:
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(args.socket)
            return socket.recv_fds(peer, 1, 1)[1][0]
    return args.fd if args.fd is not None else os.open(find(args.through), os.O_RDWR)


def date_of(args, date):
    if args.date == "zero":
        return (0, 0)
    if args.date == "own":
        now = time.time_ns() // 1000
        return (now // 10**6, now % 10**6)
    return date


def in_thread(what, *args):
    thread = threading.Thread(target=what, args=args)
    thread.start()
    thread.join()


class Relay:
    def __init__(self, args, said):
        self.args, self.said = args, said
        self.handed_on, self.taken = 0, 0
        self.source = open_source(args.source, args.format)
        self.also = open_source(args.also, args.format) if args.also else None
        memory = DMABUF if args.dmabuf else MMAP
        self.through = Node(open_node(args), args.format, memory)
        self.also_to = Node(os.open(find(args.also_to), os.O_RDWR), args.format, memory) if args.also_to else None
        self.then = Node(os.open(find(args.then), os.O_RDWR), args.format) if args.then else None
        self.exported = [self.source.export(i) for i in range(4)] if args.dmabuf else None

    def take(self):
        index, date, sequence = self.source.dequeue()
        size = self.source.bytes
        got = (index, date, sequence, bytes(self.source.maps[index][:size]) if self.source.maps else bytes(size))
        self.taken += 1
        if self.args.drop and self.taken % self.args.drop == 0:
            self.source.queue(index)
            return self.take()
        if self.args.early:
            self.source.queue(index)
        if self.also:
            self.also.queue(self.also.dequeue()[0])
        return got

    def put_in(self, node, frame):
        index, date, _, pixels = frame
        more = {"m": self.exported[index]} if self.args.dmabuf else {}
        if not self.args.dmabuf:
            node.fill(index, pixels)
        node.out.queue(index, used=node.out.bytes, date=date_of(self.args, date), **more)

    def hand_on(self, frame):
        if self.args.later:
            self.through.out.stop()
        self.put_in(self.through, frame)
        if self.also_to:
            self.put_in(self.also_to, frame)
        if self.args.later:
            in_thread(self.through.out.start)
        self.handed_on += 1
        print(frame[2], file=self.said, flush=True)
        date, pixels = self.through.finish()
        if self.also_to:
            self.also_to.finish()
        if self.then:
            self.then.fill(frame[0], pixels)
            self.then.out.queue(frame[0], used=self.then.out.bytes, date=date)
            self.then.finish()

    def step(self, held):
        held.append(self.take())
        if len(held) <= self.args.late:
            return
        frame = held.pop(0)
        for _ in range(2 if self.args.twice else 1):
            if self.args.threads:
                in_thread(self.hand_on, frame)
            else:
                self.hand_on(frame)
        if not self.args.early:
            self.source.queue(frame[0])

    def run(self):
        held = []
        while self.handed_on < self.args.frames:
            self.step(held)


def options():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("source")
    parser.add_argument("frames", type=int)
    parser.add_argument("--date", choices=["copy", "own", "zero"], default="copy")
    for number in ("--late", "--drop"):
        parser.add_argument(number, type=int, default=0)
    for flag in ("--dmabuf", "--twice", "--threads", "--early", "--later"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--fd", type=int)
    for text in ("--also", "--also-to", "--then", "--socket", "--say"):
        parser.add_argument(text)
    parser.add_argument("--through", default="vpipe")
    parser.add_argument("--format", default="GREY")
    return parser


def relay(args, number):
    with open(f"{args.say}.{number}" if args.say else os.devnull, "w") as said:
        Relay(args, said).run()


def main():
    common, *others = " ".join(sys.argv[1:]).split("+")
    words = common.split()
    if not others:
        return relay(options().parse_args(words), 1)
    for number, more in enumerate([""] + others, 1):
        pid = os.fork()
        if not pid:
            relay(options().parse_args(words[:2] + (more.split() + say(words) if number > 1 else words[2:])), number)
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            sys.exit(1)


def say(words):
    """Every client says what it does, if the first one does."""
    return words[words.index("--say") :][:2] if "--say" in words else []


main()
