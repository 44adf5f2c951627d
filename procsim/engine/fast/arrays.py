"""Holds the state of a line in arrays, for compiled rules: taken over from a line's objects when it begins to run, and given back at the end."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from procsim.engine.draws import AT_ONCE, ToolDraws
from procsim.engine.fast.calendar import COUNT
from procsim.engine.fast.shape import DTYPES, FIELDS, NARROW, RECORDS, SLOTS, TABLES, WIDE, declared
from procsim.engine.rules import words
from procsim.engine.rules.marks import FEW
from procsim.engine.rules.state import Line
from procsim.engine.store import BY_LEG, GONE, OF_LOTS, Objects, clocks_of
from procsim.maths.arrays import Ints

SPARE = 64
"""Places for lots that are added at a time, at least."""
BLANK_LOT = np.array([tuple(getattr(RECORDS["Lot"](), name) for name in declared("Lot"))], dtype=DTYPES["lots"])


class Arrays:
    """The arrays of the line of *objects* by name, and their *addresses* and sizes, as compiled rules find them, of which *act* is the way in. So
    many places as *lots* says are in use, or were."""

    def __init__(self, objects: Objects, act: Callable[[int, int, int, int], int]) -> None:
        line, self.act = objects.line, act
        least = {"drawn": AT_ONCE + FEW, "memory": objects.memories, "clocks": clocks_of(line)}
        self.addresses = np.zeros(SLOTS * len(FIELDS), dtype=np.int64)
        self.address = self.addresses.ctypes.data
        self.held: dict[str, np.ndarray[Any, Any]] = {}
        for name, record in TABLES.items():
            fields = attrgetter(*declared(record))
            self[name] = np.array([fields(one) for one in getattr(line, name)], dtype=DTYPES[name])
        for name in WIDE:
            self[name] = _table(getattr(line, name), least.get(name, 0))
            if name in OF_LOTS:
                setattr(line, name, [])  # which takes room
        for name, kind in NARROW.items():
            self[name] = np.array(getattr(line, name) if name != "calendar" else [0, 0], dtype=kind)
        self.lots = len(self["lots"])
        self._take_events(line)
        self.room_for_events(len(self["tools"]) + len(self["breaks"]) + len(self["upkeeps"]) + SPARE)
        self.clock = self["clock"].view(np.recarray)[0]

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        return self.held[name]

    def __setitem__(self, name: str, table: np.ndarray[Any, Any]) -> None:
        self.held[name] = table = np.ascontiguousarray(table)
        if name == "lots":
            self.of_gone, self.noted = table[list(GONE)], table["visits"]
        at = SLOTS * FIELDS.index(name)
        self.addresses[at : at + 1 + table.ndim] = [table.ctypes.data, *table.shape]

    def _take_events(self, line: Line) -> None:
        """What is to happen, in order, which is a heap."""
        found = []
        while line.agenda.soonest() < words.ALWAYS:
            one = line.agenda.take()
            found.append(tuple(getattr(one, name) for name in declared("Event")))
        self["events"], self["taken"] = np.array(found, dtype=DTYPES["events"]), np.zeros(1, dtype=DTYPES["taken"])
        self["calendar"][:] = len(found), line.agenda.put_down

    def room_for_events(self, more: int) -> None:
        """The calendar takes as many again, and so many *more*, before it needs room."""
        have = self["events"]
        self["events"] = np.concatenate([have, np.zeros(2 * more + len(have), dtype=have.dtype)])

    def _widen(self, width: int, names: Sequence[str]) -> None:
        """Rows of lots are at least so wide in the columns *names*."""
        for name in names:
            have = self[name]
            if have.shape[1] < width:
                table = np.zeros((len(have), width), dtype=np.int64)
                table[:, : have.shape[1]] = have
                self[name] = table

    # what ``store.Store`` asks for ---------------------------------------------------------------------------------------

    def stream(self, r: int) -> Any:
        """The record of stream *r*."""
        return self["streams"].view(np.recarray)[r]

    def lot(self, l: int) -> Any:
        """The record of lot *l*."""
        return self["lots"].view(np.recarray)[l]

    def gone(self, l: int) -> tuple[int, ...]:
        """What lot *l* says of ``store.GONE``."""
        found: tuple[int, ...] = self.of_gone[l].item()
        return found

    def position(self, l: int) -> int:
        """Where lot *l* is."""
        return int(self["stops"]["position"][self["path"][l, self["lots"]["leg"][l]]])

    def far(self) -> list[int]:
        """Lots that have come half way through what they know of theirs, and know not all of it; places that are free may be among them."""
        lots = self["lots"][: self.lots]
        found: list[int] = np.flatnonzero((lots["leg"] >= words.LEGS // 2) & (lots["legs"] > self["path"].shape[1])).tolist()
        return found

    def get(self, name: str, lots: Sequence[int]) -> list[int]:
        """The field called *name* of each of the *lots*."""
        found: list[int] = self["lots"][name][lots].tolist()
        return found

    def put(self, lots: Sequence[int], fields: Mapping[str, Sequence[int]]) -> None:
        """Gives each of the *lots* its own of every field."""
        for name, values in fields.items():
            self["lots"][name][lots] = values

    def add(self, count: int) -> range:
        """So many new places."""
        first, self.lots = self.lots, self.lots + count
        have = len(self["lots"])
        if self.lots > have:
            more = max(self.lots - have, SPARE, have // 8)
            self["lots"] = np.concatenate([self["lots"], np.repeat(BLANK_LOT, more)])
            for name in OF_LOTS:
                table = np.zeros((have + more, self[name].shape[1]), dtype=np.int64)
                table[:have] = self[name]
                self[name] = table
        return range(first, self.lots)

    def begin(self, lots: Sequence[int], fields: Mapping[str, Sequence[int]]) -> None:
        """New *lots* are there, of which these *fields* are known."""
        self["lots"][lots] = BLANK_LOT[0]
        self["memory"][lots], self["clocks"][lots] = words.NONE, words.NEVER
        self.put(lots, fields)

    def lay(self, lots: Sequence[int], path: Ints, cells: Mapping[str, Ints]) -> None:
        """From now on the *lots* go along these stops, *path* (lots, legs), where they need what the columns of *cells* say, of the same shape."""
        width = path.shape[1]
        self._widen(width, ("path", "move", *cells))
        self._widen(3 * width, ("book",))
        self["path"][lots, :width] = path
        for name, table in cells.items():
            self[name][lots, :width] = table

    def visits(self, l: int, into: array[int]) -> None:
        """Moves what lot *l* has noted of its visits to the end of *into*."""
        into.frombytes(self["book"][l, : 3 * int(self.noted[l])].tobytes())
        self.noted[l] = 0

    def notes(self) -> list[int]:
        """Takes all notes over."""
        clock = self.clock
        notes: list[int] = self["notes"][: int(clock.notes)].tolist()
        clock.notes = 0
        return notes

    def room(self) -> None:
        """Has room for more events than there are."""
        if 2 * self["calendar"][COUNT] > len(self["events"]):
            self.room_for_events(0)

    def draw(self, draws: ToolDraws) -> None:
        """More *draws* where they run out."""
        rows, table = self["draws"], self["drawn"]
        for d in np.flatnonzero((rows["fixed"] == 0) & (rows["at"] + FEW >= rows["stop"])).tolist():
            row = [*table[d, int(rows["at"][d]) : int(rows["stop"][d])].tolist(), *draws.next_of(d)]
            table[d, : len(row)] = row
            rows["at"][d], rows["stop"][d] = 0, len(row)

    def do(self, what: int, who: int, when: int) -> int:
        """Has the rules do what is asked for, as of ``requests``, and answer so."""
        return int(self.act(self.address, what, who, when))

    # the end -------------------------------------------------------------------------------------------------------------

    def give_back(self, line: Line, free: set[int]) -> None:
        """What rules have changed of the line goes to its objects again. Of the way of a lot, no more than where it is; its book is taken over before
        that. Places that are *free* hold nothing."""
        for name, record in TABLES.items():
            if name not in ("lots", "stops", "limits", "draws"):
                for one, row in zip(getattr(line, name), self[name].tolist(), strict=True):
                    _give(one, record, row)
        for name in ("memory", "clocks", "seen", "dirty", "round"):
            setattr(line, name, self[name].tolist())
        notes = self["notes"][: int(self.clock.notes)].tolist()
        line.notes[: len(notes)] = notes
        self._give_back_lots(line, free)

    def _give_back_lots(self, line: Line, free: set[int]) -> None:
        """Lots in their places; in all that are *free* the same one, of which nothing is known."""
        used = np.array([l for l in range(self.lots) if l not in free], dtype=np.int64)
        rows = self["lots"][used]
        for name in BY_LEG:
            table = self[name]
            column: list[list[int]] = [[]] * self.lots
            if table.shape[1]:
                here = table[used, np.minimum(rows["leg"], table.shape[1] - 1)]
                for l, number in zip(used.tolist(), here.tolist(), strict=True):
                    column[l] = [number]
            setattr(line, name, column)
        line.book = [[0, 0, 0]] * self.lots
        line.lots = [RECORDS["Lot"]()] * self.lots
        for l, row in zip(used.tolist(), rows.tolist(), strict=True):
            line.book[l], line.lots[l] = [0, 0, 0], RECORDS["Lot"]()
            lot = line.lots[l]
            _give(lot, "Lot", row)
            lot.leg, lot.legs = 0, lot.legs - lot.leg


def _give(one: Any, record: str, row: tuple[Any, ...]) -> None:
    """The fields of a *record* as they are in its *row*."""
    for (name, kind), value in zip(declared(record).items(), row, strict=True):
        setattr(one, name, value if kind == "i64" else value.tolist())


def _table(rows: list[list[int]], least: int) -> Ints:
    """*rows* in a table of their greatest width, which is *least* so much."""
    found = np.zeros((len(rows), max([least, *map(len, rows)])), dtype=np.int64)
    for i, row in enumerate(rows):
        found[i, : len(row)] = row
    return found

