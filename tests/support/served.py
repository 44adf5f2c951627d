"""Serves a what-if page in a thread of the test, over a tree of its own, and talks to it through a socket."""

from __future__ import annotations

import http.client
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from procsim.serve.start import Listening, started
from procsim.serve.tree import Tree
from procsim.serve.works import Asked, worked

ROOT = Path(__file__).resolve().parents[2]
OWN = {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
"""What the page says of itself when it sends an edit."""
ENDLESS = "endless"
"""A word in an edit over which ``held`` never comes to an end."""


@dataclass(frozen=True)
class Answered:
    """What came back: *status*, *headers* by small letters, and the *text*."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True)
class Client:
    """Asks the page at *address*."""

    address: str

    @property
    def authority(self) -> str:
        return urlsplit(self.address).netloc

    def asks(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Answered:
        host, _, port = self.authority.rpartition(":")
        connection = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=60)
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return Answered(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()

    def gets(self, path: str = "/", piece: bool = False, **headers: str) -> Answered:
        return self.asks("GET", path, None, {**({"HX-Request": "true"} if piece else {}), **headers})

    def posts(self, path: str, pairs: Sequence[tuple[str, str]] | Mapping[str, str], **headers: str) -> Answered:
        return self.asks("POST", path, urlencode(pairs).encode(), {**OWN, **headers})


def held(tree: Tree, flow: str, work: str, asked: Asked, *more: Any) -> Any:
    """As ``worked``, in the same processes; but what holds the word ``ENDLESS`` keeps its process at work for ever."""
    while ENDLESS in asked.words.get("yaml", ""):
        sum(range(10_000))
    return worked(tree, flow, work, asked, *more)


def tree(folder: Path) -> Path:
    """A copy of the shipped flows in *folder*."""
    return Path(shutil.copytree(ROOT / "flows", folder / "flows"))


@contextmanager
def served(flow: Path, **where: Any) -> Iterator[Client]:
    """A client of the page of *flow*, which is served while the block lasts."""
    with started(flow, Listening(**where)) as page:
        thread = threading.Thread(target=page.runs, daemon=True)
        thread.start()
        try:
            yield Client(page.address)
        finally:
            page.stops()
            thread.join(20)
