"""Drives a headless Chromium through its debugging pipe: opens pages at any width, light or dark, and asks them what they look like."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (found := shutil.which(name))), None)
SILENT = ("--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-background-networking",
          "--disable-component-update", "--disable-sync", "--no-default-browser-check", "--remote-debugging-pipe", "--disable-dev-shm-usage")

LOOK = """(() => {
  const shine = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126*r + 0.7152*g + 0.0722*b; };
  const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length && (c.length < 4 || c[3] > 0)) return c.slice(0, 3); } return [255, 255, 255]; };
  const seen = {}, faint = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || ["SCRIPT", "STYLE"].includes(e.tagName) || e.closest(".skip") || !e.getClientRects().length) continue;
    const style = getComputedStyle(e), ink = e instanceof SVGElement ? style.fill : style.color, back = ground(e instanceof SVGElement ? e.closest("div") : e);
    if (e instanceof SVGElement && e.getAttribute("fill") === "#ffffff" || ink === "white") continue;  // stands on a bar
    const key = ink + back; if (seen[key]) continue; seen[key] = 1;
    const [a, b] = [shine(rgb(ink).slice(0, 3)), shine(back)].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push([e.tagName, e.textContent.slice(0, 40), ink, back.join(), ratio.toFixed(2)]);
  }
  return faint;
})()"""
"""Texts whose contrast with what they stand on is below 4.5, by colour, as WCAG 2 has it."""
WIDE = """(() => [document.documentElement.scrollWidth, innerWidth])()"""
"""How wide the page is, and its window."""


class Tab:
    """One tab. *said* are messages of its console and of its security policy, *asked* the addresses that it wanted."""

    def __init__(self, read: int, write: int) -> None:
        self.read, self.write, self.rest, self.number = read, write, b"", 0
        self.said: list[str] = []
        self.asked: list[str] = []
        self.loaded = False
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    session: str = ""

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """What the browser answers to a command."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params, **({"sessionId": self.session} if self.session else {})}
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            found = self._next()
            if found.get("id") == self.number:
                assert "error" not in found, (method, found["error"])
                return dict(found["result"])
            self._notice(found)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            more = os.read(self.read, 1 << 16)
            assert more, "Chromium has ended"
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return dict(json.loads(text))

    def _notice(self, event: dict[str, Any]) -> None:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled":
            self.said.append(str(params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.said.append(str(params["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.said.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def open(self, path: Path, script: bool = True) -> None:
        """Opens the file *path*, with or without its script, and waits until it is there."""
        self.visit(path.resolve().as_uri(), script)

    def visit(self, address: str, script: bool = True) -> None:
        """Opens an *address*, and waits until the page is there."""
        self.said, self.asked, self.loaded = [], [], False
        self.ask("Emulation.setScriptExecutionDisabled", value=not script)
        self.ask("Page.navigate", url=address)
        while not self.loaded:
            self._notice(self._next())

    def until(self, expression: str, seconds: float = 30.0) -> Any:
        """The value of a JavaScript *expression* once it is true; of an element, that there is one."""
        end = time.monotonic() + seconds
        while not (found := self.tells(f"(found => found instanceof Node ? true : found)({expression})")):
            if time.monotonic() > end:
                seen = self.tells("[location.href, document.activeElement?.outerHTML?.slice(0, 200), document.querySelector('#says')?.textContent?.slice(0, 400)]")
                raise AssertionError(f"{expression} is not true after {seconds:g} s: {seen}")
            time.sleep(0.03)
        return found

    def looks(self, width: int, height: int = 900, dark: bool = False) -> None:
        """From now on the page is so wide, and dark or light."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def tells(self, expression: str) -> Any:
        """The value of a JavaScript *expression*."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def picture(self, path: Path, whole: bool = True) -> None:
        """A screenshot of all of the page as PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=whole)["data"]))

    def paper(self, path: Path) -> None:
        """The page as it is printed, as PDF."""
        path.write_bytes(base64.b64decode(self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]))


@contextmanager
def browser(profile: Path) -> Iterator[Tab]:
    """A tab of a Chromium of one's own, which keeps what it must in the folder *profile* and ends with the block."""
    assert CHROMIUM is not None
    theirs, ours = os.pipe(), os.pipe()
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []

    def pipes() -> None:
        """What it reads is to be its file 3, what it writes its file 4."""
        fds = os.dup(theirs[0]), os.dup(ours[1])
        os.dup2(fds[0], 3)
        os.dup2(fds[1], 4)

    command = [CHROMIUM, *SILENT, *root, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(theirs[0])
    os.close(ours[1])
    try:
        yield Tab(ours[0], theirs[1])
    finally:
        process.terminate()
        process.wait(20)
        os.close(theirs[1])
        os.close(ours[0])
