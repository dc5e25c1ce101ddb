"""Chromium without a window, told what to do through its DevTools pipe, and listened to: requests, the console, faults."""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

program = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)


class Browser:
    def __init__(self, *switches):
        self.folder = tempfile.TemporaryDirectory(prefix="ferm-browser-", ignore_cleanup_errors=True)
        (to_read, self.to) = os.pipe()
        (self.back, to_write) = os.pipe()
        # Chromium reads commands from 3 and writes answers to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "chromium", program, "--headless=new", "--no-sandbox", "--disable-gpu",
             "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--remote-debugging-pipe", "--lang=en",
             f"--user-data-dir={self.folder.name}", *switches, "about:blank"],
            pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.buffer, self.events, self.asked, self.session = b"", [], 0, None
        target = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        # Workers are listened to as well.
        self.ask("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)
        for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
            self.ask(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        os.close(self.to)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.back)
        self.folder.cleanup()

    def _message(self, deadline):
        while b"\0" not in self.buffer:
            if not select.select([self.back], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser says nothing")
            got = os.read(self.back, 1 << 20)
            if not got:
                raise EOFError("the browser is gone")
            self.buffer += got
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def _send(self, method, parameters, session):
        self.asked += 1
        message = {"id": self.asked, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self.to, json.dumps(message).encode() + b"\0")
        return self.asked

    def ask(self, method, timeout=120, **parameters):
        asked = self._send(method, parameters, self.session)
        deadline = time.monotonic() + timeout
        while True:
            answer = self._message(deadline)
            if answer.get("id") == asked:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)
                if answer["method"] == "Target.attachedToTarget":
                    for domain in ("Runtime", "Network"):
                        self._send(f"{domain}.enable", {}, answer["params"]["sessionId"])

    def run(self, script, timeout=120):
        """The value of an expression, awaited."""
        answer = self.ask("Runtime.evaluate", timeout, expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition, timeout=180):
        """Waits until an expression is true, and gives its value."""
        deadline = time.monotonic() + timeout
        while not (value := self.run(condition)):
            assert time.monotonic() < deadline, f"not within {timeout} seconds: {condition}; {self.run('document.body?.innerText')}"
            time.sleep(0.1)
        return value

    def open(self, url, width=1280, height=900, dark=False):
        self.view(width, height, dark)
        self.ask("Page.navigate", url=url)
        self.until("location.href != 'about:blank' && document.readyState == 'complete'")

    def view(self, width, height=900, dark=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def choose(self, selector, *paths):
        """Gives files to an <input>, as a person does."""
        node = self.ask("DOM.querySelector", nodeId=self.ask("DOM.getDocument")["root"]["nodeId"], selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", files=[str(path) for path in paths], nodeId=node)

    def key(self, key, code=0):
        text = {"text": "\r"} if key == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self.ask("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def requests(self):
        """What the page and its workers asked for, whether or not they got it."""
        self.run("0")
        return [event["params"]["request"]["url"][:200] for event in self.events if event["method"] == "Network.requestWillBeSent"]

    def said(self):
        """What stands on the console, and faults that nobody caught."""
        self.run("0")
        kinds = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [event["params"] for event in self.events if event["method"] in kinds]
