"""Keeps what long work has found in a folder, part by part, so that the same work goes on where it ended, however that came.

The folder is the state: ``sweep.json`` says whose it is, each part is a file that is there whole or not at all, and one process at a time works
in it. Parts stand in the order of their numbers, whoever made them and when.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procsim import report
from procsim.errors import Problem, RecipeError

try:
    import fcntl
except ImportError:  # Windows has no such locks: two that work in one folder may meet there
    fcntl = None  # type: ignore[assignment]

STATE, PARTS = "sweep.json", "parts"
WORDS = {"recipes": "is of another recipe, or of one that has been edited since", "points": "is of other points", "options": "is of other options",
         "made_by": "was begun by another version of procsim"}
"""What tells two kinds of work apart, and how a user is told."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Work in *folder* that makes so many lines in each part, *sizes*."""

    folder: Path
    sizes: Sequence[int]

    def missing(self) -> list[int]:
        """Numbers of the parts that are still to be made; what is there by half is not there."""
        return [number for number, size in enumerate(self.sizes) if not self._whole(number, size)]

    def put(self, number: int, text: bytes) -> None:
        """Writes a part. Raises OSError."""
        report.save_file(self._path(number), text)

    def text(self) -> Iterator[bytes]:
        """All parts in their order."""
        return (self._path(number).read_bytes() for number in range(len(self.sizes)))

    def done(self) -> bool:
        """Whether the report is there, and so nothing is left to be done."""
        return (self.folder / report.RECORD).is_file()

    def clear(self) -> None:
        """Removes the parts, once the report is there."""
        shutil.rmtree(self.folder / PARTS, ignore_errors=True)

    def _path(self, number: int) -> Path:
        return self.folder / PARTS / f"{number:06d}.csv"

    def _whole(self, number: int, size: int) -> bool:
        try:
            text = self._path(number).read_bytes()
        except FileNotFoundError:
            return False
        return text.endswith(b"\n") and text.count(b"\n") == size


def identity(said: Mapping[str, Any]) -> str:
    """A short name for work of which all this is *said*."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


@contextmanager
def opened(folder: Path, said: Mapping[str, Any], sizes: Sequence[int]) -> Iterator[Parts]:
    """The parts of the work of which all this is *said*, in *folder*, which is new, empty, or that of the same work. While the block lasts nobody
    else works in it.

    Raises RecipeError where the folder is of other work, holds other things, or cannot be made, and OSError where a part cannot be written.
    """
    _refuse(folder, said)
    try:
        (folder / PARTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _wrong(folder, f"cannot be written: {error.strerror or error}") from None
    with _alone(folder):
        _refuse(folder, said)
        if not (folder / STATE).is_file():
            report.save_file(folder / STATE, (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
        for left in (folder / PARTS).glob(".*"):
            left.unlink(missing_ok=True)
        yield Parts(folder, sizes)


def _refuse(folder: Path, said: Mapping[str, Any]) -> None:
    """Raises RecipeError where *folder* is not for this work."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise _wrong(folder, "is a file, not a folder")
    there = _state(folder)
    if there is None:
        if any(not one.name.startswith(".") and one.name not in (PARTS, "lost+found") for one in folder.iterdir()):
            raise _wrong(folder, "is a folder with other things in it; name a new one, or that of the same sweep")
        if any((folder / PARTS).glob("[!.]*")):
            raise _wrong(folder, f"holds {PARTS}, but no {STATE} that says of what; name a new one")
        return
    if differing := [key for key in said if there.get(key) != said[key]]:
        told = "; ".join(_difference(key, there.get(key), said[key]) for key in differing)
        raise _wrong(folder, f"{told}: nothing is mixed; name another folder, or remove this one")


def _difference(key: str, there: Any, wanted: Any) -> str:
    """How two kinds of work differ in what is said of *key*."""
    words = WORDS.get(key, f"has another {key}")
    if isinstance(there, dict) and isinstance(wanted, dict):
        names = [name for name in sorted({*there, *wanted}) if there.get(name) != wanted.get(name)]
        return f"{words} ({', '.join(names)})"
    return words


def _state(folder: Path) -> Mapping[str, Any] | None:
    """What the folder says that it is; None where it says nothing."""
    try:
        found = json.loads((folder / STATE).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("kind") != "sweep":
        raise _wrong(folder, f"holds a {STATE} that is no sweep's")
    return found


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keeps others out of *folder*, until the block or this process ends. Raises OSError where somebody is in it."""
    held = os.open(folder / PARTS, os.O_RDONLY) if fcntl is not None else -1
    try:
        if held >= 0:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OSError(errno.EAGAIN, "another procsim is at this sweep", str(folder)) from None
            except OSError:  # a file system without such locks
                pass
        yield
    finally:
        if held >= 0:
            os.close(held)


def _wrong(folder: Path, why: str) -> RecipeError:
    return RecipeError(Problem(f"--out {folder}: {why}"))
