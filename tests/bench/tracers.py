# SPDX-License-Identifier: MIT
"""tracers.py - vpipe-trace and what people use today, run beside what a bench measures

A tracer has a folder of its own, is started, stopped, and then says what it has written and lost. A bench gives a
table of them, what makes each from its folder, and a function that tells what a frame takes.
"""
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("BUILD", "build")
BIN, TESTS = os.path.join(BUILD, "bin"), os.path.join(BUILD, "tests")
TRACEFS = "/sys/kernel/tracing"
SCHED = ["sched:sched_switch", "sched:sched_wakeup"]

UNTRACED, IDLE, SCHEDULER = "untraced", "idle programs", "the scheduler's programs alone"
FULL, HISTOGRAMS, TIMELINE = "vpipe-trace", "vpipe-trace --no-frames", "vpipe-trace --timeline"


def events_of(subsystem):
    events = sorted(os.listdir(f"{TRACEFS}/events/{subsystem}"))
    return [f"{subsystem}:{e}" for e in events if os.path.isdir(f"{TRACEFS}/events/{subsystem}/{e}")]


def wait_for(what, ready, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} is not ready after {seconds} s")
        time.sleep(0.05)


def is_on(event):
    with open(f"{TRACEFS}/events/{event.replace(':', '/')}/enable") as file:
        return file.read().strip().rstrip("*") == "1"


class Tracer:
    """One that is not there: what the others are held against."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = []  # of the command that is measured
        self.lost = None  # events; None: it does not say

    def start(self):
        pass

    def stop(self):
        pass

    def bytes(self):
        """What it has written to files."""
        return None


class Command(Tracer):
    """A tracer that runs beside, until SIGINT."""

    def run(self, argv, ready):
        self.log = open(f"{self.folder}/log", "w+")
        self.child = subprocess.Popen(argv, stdout=self.log, stderr=self.log)
        wait_for(argv[0], lambda: ready() or self.child.poll() is not None)
        if self.child.poll() is not None:
            raise RuntimeError(f"{argv[0]} ended: {self.text()}")

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.child.send_signal(signal.SIGINT)
        self.child.wait(120)


class VpipeTrace(Command):
    def __init__(self, folder, *options):
        super().__init__(folder)
        self.options = options

    def start(self):
        argv = [f"{BIN}/vpipe-trace", "record", "-o", f"{self.folder}/run", "--ring-size", "8192", *self.options]
        self.run(argv, lambda: "recording" in self.text())

    def stop(self):
        super().stop()
        if self.child.returncode not in (0, 3):
            raise RuntimeError(self.text())
        self.lost = 0 if self.child.returncode == 0 else 1

    def bytes(self):
        names = os.listdir(self.folder)
        return sum(os.path.getsize(f"{self.folder}/{n}") for n in names if n.startswith("run."))


class Scheduler(Tracer):
    """The scheduler's programs of vpipe-trace alone, which trace the command or another one."""

    def __init__(self, folder, which="traced"):
        super().__init__(folder)
        self.prefix = [f"{TESTS}/bench/trace-sched", which]


class Idle(VpipeTrace):
    """The floor: programs at the same events, with nothing of theirs to do. It complains that no frame passed."""

    def stop(self):
        Command.stop(self)


class TraceCmd(Command):
    def __init__(self, folder, events):
        super().__init__(folder)
        self.events = events

    def start(self):
        argv = ["trace-cmd", "record", "-o", f"{self.folder}/trace.dat"]
        argv += [a for e in self.events for a in ("-e", e)]
        self.run(argv, lambda: all(map(is_on, self.events)))
        time.sleep(1)

    def stop(self):
        super().stop()
        with open(f"{TRACEFS}/tracing_on", "w") as file:
            file.write("1")
        out = subprocess.run(["trace-cmd", "report", "--stat", f"{self.folder}/trace.dat"],
                             capture_output=True, text=True).stdout
        self.lost = sum(int(l.split(":")[1]) for l in out.splitlines() if "overrun" in l)

    def bytes(self):
        return os.path.getsize(f"{self.folder}/trace.dat")


class Perf(Command):
    def __init__(self, folder, events):
        super().__init__(folder)
        self.events = events

    def start(self):
        for name in ("control", "ack"):
            os.mkfifo(f"{self.folder}/{name}")
        argv = ["perf", "record", "-a", "-D", "-1", "-o", f"{self.folder}/perf.data", "-e", ",".join(self.events),
                "--control", f"fifo:{self.folder}/control,{self.folder}/ack"]
        self.run(argv, lambda: "Events disabled" in self.text())
        self.control = os.open(f"{self.folder}/control", os.O_RDWR)
        ack = os.open(f"{self.folder}/ack", os.O_RDWR)
        os.write(self.control, b"enable\n")
        os.read(ack, 16)
        os.close(ack)

    def stop(self):
        super().stop()
        os.close(self.control)
        out = subprocess.run(["perf", "report", "--stats", "-i", f"{self.folder}/perf.data"],
                             capture_output=True, text=True).stdout
        self.lost = sum(int(l.split(":")[1].split()[0]) for l in out.splitlines() if "LOST" in l)

    def bytes(self):
        return os.path.getsize(f"{self.folder}/perf.data")


BPFTRACE_SCHED = """
BEGIN { printf("ready\\n"); }
tracepoint:sched:sched_wakeup { @w[args->pid] = nsecs; }
tracepoint:sched:sched_switch /@w[args->next_pid]/ {
  @runq = hist(nsecs - @w[args->next_pid]); delete(@w[args->next_pid]); }
"""


class Bpftrace(Command):
    def __init__(self, folder, script):
        super().__init__(folder)
        self.script = BPFTRACE_SCHED + script

    def start(self):
        # Debian has the headers in two folders; bpftrace looks in one
        build = os.path.realpath(f"/lib/modules/{os.uname().release}/build")
        common = re.sub("-[a-z0-9]+$", "-common", build)
        if os.path.isdir(common):
            os.environ["BPFTRACE_KERNEL_SOURCE"] = common
            os.environ["BPFTRACE_KERNEL_BUILD"] = build
        self.run(["bpftrace", "-e", self.script], lambda: "ready" in self.text())
        time.sleep(1)

    def stop(self):
        """What it prints in the end nobody needs, and now and then it does not come to that."""
        self.child.kill()
        self.child.wait()


def measure(make, case, frame_times):
    """What a frame of @case takes under the tracer that @make makes: the median; bytes written; events lost."""
    with tempfile.TemporaryDirectory(prefix="vpipe-") as folder:
        tracer = make(folder)
        tracer.start()
        try:
            times = frame_times(case, folder, tracer.prefix)
        finally:
            tracer.stop()
        return statistics.median(times), tracer.bytes(), tracer.lost


class Found:
    """Of each tracer and case, what each round has found."""

    def __init__(self, tracers, cases, frame_times, rounds):
        """@cases: how many frames each is run for."""
        self.times = {(name, case): [] for name in tracers for case in cases}
        self.sizes = {key: [] for key in self.times}
        self.losses = {key: [] for key in self.times}
        names = list(tracers)
        for n in range(rounds):
            for name in names[n % len(names):] + names[:n % len(names)]:
                for case, frames in cases.items():
                    self.add((name, case), frames, *measure(tracers[name], case, frame_times))
            print(f"{os.path.basename(sys.argv[0])}: round {n + 1} of {rounds}", file=sys.stderr)

    def add(self, key, frames, ns, size, lost):
        self.times[key].append(ns)
        if size is not None:
            self.sizes[key].append(size / frames)
        if lost is not None:
            self.losses[key].append(lost)

    def against(self, name, base, case):
        """The median of the rounds' ratios."""
        return statistics.median(a / b for a, b in zip(self.times[name, case], self.times[base, case]))

    def added(self, name, case):
        """Nanoseconds that the tracer adds to a frame: the median of the rounds' differences."""
        return statistics.median(a - b for a, b in zip(self.times[name, case], self.times[UNTRACED, case]))

    def bytes(self, name, case):
        return statistics.median(self.sizes[name, case])

    def lost(self, name):
        return sum(sum(lost) for key, lost in self.losses.items() if key[0] == name)


def row(name, ours="", other="", goal="-", reason=""):
    """One of tests/bench/table."""
    cells = [f"{c:.6g}" if isinstance(c, float) else str(c) for c in (ours, other)]
    print(name, *cells, goal, reason, sep="\t")


def peer_rows(found, case, names, missing, recorders):
    """vpipe-trace beside the tracers @names; of the @recorders, files as well."""
    for name in missing:
        row(f"peers: {name}", "", "", "-", "it is not installed")
    for name in names:
        row(f"peers: {case}, {FULL} or {name}, ns added a frame", found.added(FULL, case), found.added(name, case))
    if names:
        best = min(names, key=lambda name: found.added(name, case))
        row(f"peers: {case}, {FULL} or the best of them ({best}), ns added a frame",
            found.added(FULL, case), found.added(best, case), "<=0.333")
    for name in (n for n in names if n in recorders):
        row(f"peers: {case}, {FULL} or {name}, bytes a frame", found.bytes(FULL, case), found.bytes(name, case),
            "<=0.25")
        row(f"peers: {case}, events lost by {name}", found.lost(name))
    row(f"peers: {case}, runs of {FULL} in which something was lost", found.lost(FULL), "", "=0")
