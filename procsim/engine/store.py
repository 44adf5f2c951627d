"""Says what those who serve the rules ask of the place where a line's numbers stand, and has them in the line's own objects."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from mypy_extensions import i64

from procsim.engine.draws import ToolDraws
from procsim.engine.rules import words
from procsim.engine.rules.columns import Lot, Stream
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.requests import do
from procsim.engine.rules.state import Clock, Line
from procsim.maths.arrays import Ints

BY_LEG = ("path", "work", "move", "panels", "fills", "shared", "load", "unload", "shared_load", "shared_unload", "tail")
"""Columns of a line that have a number for each leg of each lot."""
OF_LOTS = (*BY_LEG, "book", "memory", "clocks")
"""Columns of a line that have a row for each lot."""
GONE = ("released", "due", "taken", "whole", "parts", "next_part")
"""What is to be known of a lot that has left."""
PANELS = ("panels", "fills")
"""Columns that count panels."""


class Store(Protocol):
    """Where the numbers of a line stand. Lots are known by their places; records have the fields that rules know."""

    @property
    def clock(self) -> Any:
        """The record of the clock."""

    def stream(self, r: int) -> Any:
        """The record of stream *r*."""

    def lot(self, l: int) -> Any:
        """The record of lot *l*."""

    def gone(self, l: int) -> tuple[int, ...]:
        """What lot *l* says of ``GONE``."""

    def position(self, l: int) -> int:
        """Where lot *l* is."""

    def far(self) -> list[int]:
        """Lots that have come half way through what they know of theirs, and know not all of it; places that are free may be among them."""

    def get(self, name: str, lots: Sequence[int]) -> list[int]:
        """The field called *name* of each of the *lots*."""

    def put(self, lots: Sequence[int], fields: Mapping[str, Sequence[int]]) -> None:
        """Gives each of the *lots* its own of every field."""

    def add(self, count: int) -> range:
        """So many new places."""

    def begin(self, lots: Sequence[int], fields: Mapping[str, Sequence[int]]) -> None:
        """New *lots* are there, of which these *fields* are known."""

    def lay(self, lots: Sequence[int], path: Ints, cells: Mapping[str, Ints]) -> None:
        """From now on the *lots* go along these stops, *path* (lots, legs), where they need what the columns of *cells* say, of the same shape."""

    def visits(self, l: int, into: array[int]) -> None:
        """Moves what lot *l* has noted of its visits to the end of *into*."""

    def notes(self) -> list[int]:
        """Takes all notes over."""

    def room(self) -> None:
        """Has room for more events than there are."""

    def draw(self, draws: ToolDraws) -> None:
        """More *draws* where they run out."""

    def do(self, what: int, who: int, when: int) -> int:
        """Has the rules do what is asked for, as of ``requests``, and answer so."""


class Objects:
    """The numbers of a *line* in its own objects. Lots remember so many tools as they have *memories*."""

    def __init__(self, line: Line, memories: int) -> None:
        self.line, self.memories = line, memories
        self.numbers = np.arange(len(line.stops)).astype(object)  # each is there once
        self.of_gone = attrgetter(*GONE)

    @property
    def clock(self) -> Clock:
        """The record of the clock."""
        return self.line.clock[0]

    def stream(self, r: int) -> Stream:
        """The record of stream *r*."""
        return self.line.streams[r]

    def lot(self, l: int) -> Lot:
        """The record of lot *l*."""
        return self.line.lots[l]

    def gone(self, l: int) -> tuple[int, ...]:
        """What lot *l* says of ``GONE``."""
        found: tuple[int, ...] = self.of_gone(self.line.lots[l])
        return found

    def position(self, l: int) -> int:
        """Where lot *l* is."""
        return stop_of(self.line, l).position

    def far(self) -> list[int]:
        """Lots that have come half way through what they know of theirs, and know not all of it; places that are free may be among them."""
        line = self.line
        return [l for l, lot in enumerate(line.lots) if lot.leg >= words.LEGS // 2 and lot.legs > len(line.path[l])]

    def get(self, name: str, lots: Sequence[int]) -> list[int]:
        """The field called *name* of each of the *lots*."""
        return [getattr(self.line.lots[l], name) for l in lots]

    def put(self, lots: Sequence[int], fields: Mapping[str, Sequence[int]]) -> None:
        """Gives each of the *lots* its own of every field."""
        records = [self.line.lots[l] for l in lots]
        for name, values in fields.items():
            for lot, value in zip(records, values, strict=True):
                setattr(lot, name, value)

    def add(self, count: int) -> range:
        """So many new places."""
        line = self.line
        first = len(line.lots)
        line.lots.extend(Lot() for _ in range(count))
        for name in OF_LOTS:
            getattr(line, name).extend([] for _ in range(count))
        return range(first, first + count)

    def begin(self, lots: Sequence[int], fields: Mapping[str, Sequence[int]]) -> None:
        """New *lots* are there, of which these *fields* are known."""
        line, clocks = self.line, clocks_of(self.line)
        for l in lots:
            line.lots[l] = Lot()
            line.memory[l], line.clocks[l] = [words.NONE] * self.memories, [words.NEVER] * clocks
        self.put(lots, fields)

    def lay(self, lots: Sequence[int], path: Ints, cells: Mapping[str, Ints]) -> None:
        """From now on the *lots* go along these stops, *path* (lots, legs), where they need what the columns of *cells* say, of the same shape."""
        line, width = self.line, path.shape[1]
        still = [[0] * width] * len(lots)
        lists: dict[str, list[list[i64]]] = {"path": self._stops(path), "move": still}
        for name, table in cells.items():
            same = name == "fills" and table is cells.get("panels")
            lists[name] = lists["panels"] if same else _few(table) if name in PANELS else table.tolist()
        for name, rows in lists.items():
            column = getattr(line, name)
            for l, row in zip(lots, rows, strict=True):
                column[l] = row
        for l in lots:
            if len(line.book[l]) < 3 * width:
                line.book[l] = [0] * (3 * width)

    def _stops(self, path: Ints) -> list[list[i64]]:
        """*path* as lists; lots that all go the same way share one."""
        if len(path) and not path.strides[0]:
            return [self.numbers[path[0]].tolist()] * len(path)
        found: list[list[i64]] = self.numbers[path].tolist()
        return found

    def visits(self, l: int, into: array[int]) -> None:
        """Moves what lot *l* has noted of its visits to the end of *into*."""
        lot = self.line.lots[l]
        into.fromlist(self.line.book[l][: 3 * lot.visits])
        lot.visits = 0

    def clear(self) -> None:
        """No lot needs its row any more."""
        for name in OF_LOTS:
            getattr(self.line, name).clear()

    def notes(self) -> list[int]:
        """Takes all notes over."""
        clock = self.clock
        notes, clock.notes = self.line.notes[: clock.notes], 0
        return notes

    def room(self) -> None:
        """Nothing: an agenda grows."""

    def draw(self, draws: ToolDraws) -> None:
        """More *draws* where they run out."""
        draws.serve()

    def do(self, what: int, who: int, when: int) -> int:
        """Has the rules do what is asked for, as of ``requests``, and answer so."""
        return do(self.line, what, who, when)


def clocks_of(line: Line) -> int:
    """Clocks of queue time that lots have."""
    return 1 + max((limit.clock for limit in line.limits), default=-1)


def _few(table: Ints) -> list[list[i64]]:
    """*table* as lists, in which equal numbers are one object: few of them differ."""
    numbers, at = np.unique(table, return_inverse=True)
    found: list[list[i64]] = numbers.astype(object)[at.reshape(table.shape)].tolist()
    return found
