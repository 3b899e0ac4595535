# SPDX-License-Identifier: MIT
"""ctrlc - run a command as typed on a terminal of its own, and press Ctrl-C

usage: ctrlc.py WHEN SECONDS COMMAND

Ctrl-C is pressed SECONDS after WHEN, a command of the shell, has succeeded, and again 20 s later; another 20 s later
COMMAND is killed, status 137. It may end before. WHEN is asked for 90 s at most. What it says comes to stdout.
"""

import os
import pty
import select
import subprocess
import sys
import time

when, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3]
pid, terminal = pty.fork()
if not pid:
    os.environ.update(TERM="xterm", LINES="24", COLUMNS="80")
    os.execvp("bash", ["bash", "-o", "pipefail", "-c", "stty rows 24 cols 80; " + command])

began, pressed, due = time.monotonic(), 0, None
while True:
    now = time.monotonic()
    if due is None and (now - began > 90 or subprocess.run(["bash", "-c", when], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0):
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
        sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(128 - status if status < 0 else status)
