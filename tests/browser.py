# SPDX-License-Identifier: MIT
"""browser.py - a page in a real browser: Debian's chromium, driven through two pipes

Nothing but Python's own library; the DevTools' protocol, a JSON message each, ended by a NUL.
"""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

ARGUMENTS = (
    "--headless --disable-gpu --no-first-run --no-default-browser-check --disable-background-networking"
    " --disable-component-update --disable-sync --disable-extensions --disable-default-apps --hide-scrollbars"
    " --mute-audio --force-color-profile=srgb --remote-debugging-pipe --disable-dev-shm-usage"
).split()


def high(descriptor):
    """The same one, above those that the browser wants to have."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


class Browser:
    """A browser with one page at a time; what that says and asks for is kept."""

    def __init__(self, width=1280, height=900, dark=False):
        self.folder = tempfile.mkdtemp(prefix="vpipe-browser.")
        (to_read, self.to_write), (self.from_read, from_write) = (map(high, os.pipe()) for _ in range(2))
        arguments = ["chromium", *ARGUMENTS, f"--user-data-dir={self.folder}", "about:blank"]
        if os.getuid() == 0:
            arguments.insert(1, "--no-sandbox")
        # descriptors 3 and 4 are the browser's ends
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec 3<&{to_read} 4>&{from_write} {to_read}<&- {from_write}>&-; exec "$@"', "-", *arguments],
            pass_fds=(to_read, from_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": self.folder},
        )
        os.close(to_read)
        os.close(from_write)
        self.pending = b""
        self.events = []
        self.last = 0
        self.session = None
        self.errors = []
        self.requests = []
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(f"{domain}.enable")
        self.look(width, height, dark)

    def close(self):
        """End it, and whatever it has written."""
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def receive(self, seconds):
        """The next message, or None."""
        end = time.monotonic() + seconds
        while b"\0" not in self.pending:
            ready, _, _ = select.select([self.from_read], [], [], max(0, end - time.monotonic()))
            if not ready:
                return None
            got = os.read(self.from_read, 1 << 20)
            if not got:
                raise RuntimeError("the browser has ended")
            self.pending += got
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def note(self, message):
        """What the page says, and what it asks for."""
        method, of = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = of["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and of["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in of["args"]))
        elif method == "Log.entryAdded" and of["entry"]["level"] in ("error", "warning"):
            self.errors.append(of["entry"]["text"])
        elif method == "Audits.issueAdded" and of["issue"]["code"] == "ContentSecurityPolicyIssue":
            self.errors.append(json.dumps(of["issue"]["details"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(of["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.errors.append(f"a dialog: {of['message']}")
            self.call("Page.handleJavaScriptDialog", accept=False)

    def call(self, method, **params):
        """Have the browser do something; its answer."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        wanted = self.last
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to_write, data) :]
        while True:
            answer = self.receive(60)
            if answer is None:
                raise RuntimeError(f"{method}: no answer")
            if answer.get("id") == wanted:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.note(answer)

    def look(self, width, height=900, dark=False, scale=1):
        """The size of its window, and its colours."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )

    def open(self, path):
        """Load the page in the file @path; when it is drawn, how many seconds that took."""
        self.errors, self.requests = [], []
        begin = time.monotonic()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while not self.value("document.documentElement?.dataset.drawn || (document.readyState === 'complete' && 'no')"):
            if time.monotonic() - begin > 60:
                raise RuntimeError(f"{path} is not drawn")
        # two frames later it is on the screen
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
        return time.monotonic() - begin

    def processor_seconds(self):
        """The time on a processor of all its processes."""
        session, self.session = self.session, None
        processes = self.call("SystemInfo.getProcessInfo")["processInfo"]
        self.session = session
        return sum(process["cpuTime"] for process in processes)

    def value(self, expression):
        """What the page makes of @expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']['exception']['description']}")
        return result["result"].get("value")

    def key(self, key, modifiers=0):
        """A key is pressed, and let go. Modifiers: 1 alt, 2 control, 8 shift."""
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, modifiers=modifiers, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=modifiers)

    def drag(self, x, y, to_x, to_y):
        """Press the button of the mouse at one place, and let go at another."""
        for kind, at in (("mouseMoved", (x, y)), ("mousePressed", (x, y)), ("mouseMoved", (to_x, to_y)), ("mouseReleased", (to_x, to_y))):
            self.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", buttons=int(kind != "mouseReleased"), clickCount=1)

    def picture(self, path, whole=True, clip=None):
        """What it looks like, as PNG."""
        params = {}
        if whole or clip:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            x, y, width, height = clip or (0, 0, size["width"], size["height"])
            params = {"captureBeyondViewport": True, "clip": {"x": x, "y": y, "width": width, "height": height, "scale": 1}}
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png", **params)["data"]))

    def paper(self, path):
        """How it prints, as PDF."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"]))
