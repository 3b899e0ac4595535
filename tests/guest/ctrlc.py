# SPDX-License-Identifier: MIT
"""ctrlc - run a command as typed on a terminal of its own, and press Ctrl-C

usage: ctrlc.py WHEN SECONDS COMMAND

Ctrl-C is pressed SECONDS after COMMAND said WHEN, a regular expression, or, of @NAME,..., a process of such a name was
there, or, of <FILE, that file had something in it; and again 20 s later; another 20 s later COMMAND is killed, status
137. It may end before, and WHEN is waited for 90 s at most. What it says comes to stdout.
"""

import glob
import os
import pty
import re
import select
import sys
import time


def names():
    """Of all processes"""
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                yield file.read().strip()
        except OSError: # it has ended
            pass


def is_time(when, said):
    if when[:1] == "@":
        return not set(when[1:].split(",")).isdisjoint(names())
    if when[:1] == "<":
        return os.path.exists(when[1:]) and os.path.getsize(when[1:])
    return re.search(when.encode(), said)


when, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3]
pid, terminal = pty.fork()
if not pid:
    os.environ.update(TERM="xterm", LINES="24", COLUMNS="80")
    os.execvp("bash", ["bash", "-o", "pipefail", "-c", "stty rows 24 cols 80; " + command])

began, pressed, due, all_said = time.monotonic(), 0, None, b""
while True:
    now = time.monotonic()
    if due is None and (now - began > 90 or is_time(when, all_said)):
        due = now + seconds
    if due is not None and now >= due:
        if pressed == 2:
            os.kill(pid, 9)
        else:
            os.write(terminal, b"\x03")
        pressed, due = pressed + 1, now + 20
    if select.select([terminal], [], [], .2)[0]:
        try:
            said = os.read(terminal, 65536)
        except OSError: # it has ended
            break
        all_said += said
        sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(128 - status if status < 0 else status)
