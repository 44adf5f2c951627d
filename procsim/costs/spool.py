"""Puts rows of lots in the order in which the lots started, and keeps them on disk: they come block by block as blocks are finished.

What waits in memory is the blocks that finished before an earlier one of their stream, so memory does not grow with the horizon.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from heapq import merge
from itertools import islice
from pathlib import Path

import numpy as np

from procsim.maths.arrays import Floats

LOT_COLUMNS = ("stream", "number", "released_us", "left_us", "panels", "good", "escapes", "removed", "scrapped", "cost_usd", "due_us")
STREAM_AT, NUMBER_AT, RELEASED_AT, DUE_AT = (LOT_COLUMNS.index(name) for name in ("stream", "number", "released_us", "due_us"))
STRETCH = 4096
"""Rows that are read and handed on at a time."""


class Spool:
    """Files in *folder*, one for each release stream, with the rows (``LOT_COLUMNS``) of its lots by number; those that were in the line at
    time 0, so many of each stream as *begun* says, have numbers below 0 and come by time of release. Where they cannot be written (a full
    disk), the run goes on without: then *folder* is gone."""

    def __init__(self, folder: Path, begun: Sequence[int] = ()) -> None:
        self.folder, self.gone = folder, False
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
        self.next = {stream: -count for stream, count in enumerate(begun)}
        self.early: dict[tuple[int, int], tuple[int, Floats]] = {}
        self.begun: dict[int, dict[int, Floats]] = {}

    def add(self, stream: int, first: int, size: int, rows: Floats) -> None:
        """The *rows* of a block of *size* lots, *first* onwards; fewer rows where not all were released."""
        if self.gone:
            return
        if first < 0:  # all of these come at once
            begun, size = self.begun.setdefault(stream, {}), -self.next[stream]
            begun[first] = rows
            if sum(map(len, begun.values())) < size:
                return
            rows = np.concatenate([begun[number] for number in sorted(begun)])
            first, rows = -size, rows[np.argsort(rows[:, RELEASED_AT], kind="stable")]
            del self.begun[stream]
        self.early[stream, first] = size, rows
        at = self.next.get(stream, 0)
        while (stream, at) in self.early:
            size, rows = self.early.pop((stream, at))
            self._write(stream, rows)
            at += size
        self.next[stream] = at

    def _write(self, stream: int, rows: Floats) -> None:
        try:
            with _file(self.folder, stream).open("ab") as file:
                file.write(np.ascontiguousarray(rows, dtype=np.float64).tobytes())
        except OSError:
            self.gone = True
            shutil.rmtree(self.folder, ignore_errors=True)


def spooled(folder: Path, names: Sequence[str]) -> Iterator[Floats]:
    """The rows of all streams, *names* being theirs: by time of release, then by name and number."""
    streams = [_rows(_file(folder, stream)) for stream in range(len(names)) if _file(folder, stream).exists()]
    if len(streams) == 1:
        yield from streams[0]
        return
    every = merge(*((row for rows in stream for row in rows.tolist()) for stream in streams),
                  key=lambda row: (row[RELEASED_AT], names[int(row[STREAM_AT])], row[NUMBER_AT]))
    while stretch := list(islice(every, STRETCH)):
        yield np.array(stretch)


def _file(folder: Path, stream: int) -> Path:
    return folder / f"lots_{stream}.f64"


def _rows(path: Path) -> Iterator[Floats]:
    width = len(LOT_COLUMNS)
    with path.open("rb") as file:
        while found := file.read(STRETCH * width * 8):
            yield np.frombuffer(found).reshape(-1, width)
