#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: MIT
"""hog.py - have a CPU for oneself in bursts, until SIGTERM, and say when

usage: hog.py CPU BURST_MS PERIOD_MS LOG

LOG has a row a burst: begin_ns and end_ns, CLOCK_MONOTONIC, between which it had that CPU, and no
thread of a lower real-time priority than 50; more_ns, for how long it had it as well until the next
one began, to go and to come there. As root.
"""
import os
import signal
import sys
import time

cpu, burst_ns, period_ns = int(sys.argv[1]), int(sys.argv[2]) * 10**6, int(sys.argv[3]) * 10**6
bursts = []


def end(*_):
    with open(sys.argv[4], "w", encoding="utf-8") as file:
        file.write("begin_ns,end_ns,more_ns\n" + "".join(f"{a},{b},{max(0, more)}\n" for a, b, more in bursts))
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
os.sched_setaffinity(0, {cpu})
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
while True:
    begin = now = time.monotonic_ns()
    if bursts:
        bursts[-1][2] += time.thread_time_ns()
    while now < begin + burst_ns:
        now = time.monotonic_ns()
    bursts.append([begin, now, -time.thread_time_ns()])
    time.sleep(max(0, begin + period_ns - time.monotonic_ns()) / 1e9)
