"""Holds the state of a line in arrays, for compiled rules: taken over from a line's objects when it begins to run, and given back at the end."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from procsim.engine.fast.shape import DTYPES, FIELDS, NARROW, RECORDS, SLOTS, TABLES, WIDE, declared
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import ALWAYS
from procsim.maths.arrays import Ints

OF_LOTS = ("path", "work", "move", "panels", "fills", "shared", "load", "unload", "shared_load", "shared_unload", "tail", "book", "memory", "clocks")
"""Columns that have a row for each lot."""
BY_LEG = OF_LOTS[:11]
SPARE = 64
"""Places for lots that are added at a time, at least."""
BLANK_LOT = np.array([tuple(getattr(RECORDS["Lot"](), name) for name in declared("Lot"))], dtype=DTYPES["lots"])


class Arrays:
    """The arrays of a line by name, and their *addresses* and sizes, as compiled rules find them. *lots* of the places are in use, or were."""

    def __init__(self, line: Line, least: Mapping[str, int]) -> None:
        self.addresses = np.zeros(SLOTS * len(FIELDS), dtype=np.int64)
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
        at = SLOTS * FIELDS.index(name)
        self.addresses[at : at + 1 + table.ndim] = [table.ctypes.data, *table.shape]

    def _take_events(self, line: Line) -> None:
        """What is to happen, in order, which is a heap."""
        found = []
        while line.agenda.soonest() < ALWAYS:
            one = line.agenda.take()
            found.append(tuple(getattr(one, name) for name in declared("Event")))
        self["events"], self["taken"] = np.array(found, dtype=DTYPES["events"]), np.zeros(1, dtype=DTYPES["taken"])
        self["calendar"][:] = len(found), line.agenda.put_down

    def room_for_events(self, more: int) -> None:
        """The calendar takes as many again, and so many *more*, before it needs room."""
        have = self["events"]
        self["events"] = np.concatenate([have, np.zeros(2 * more + len(have), dtype=have.dtype)])

    def widen(self, width: int, *names: str) -> None:
        """Rows of lots are at least so wide in the columns *names*."""
        for name in names:
            have = self[name]
            if have.shape[1] < width:
                table = np.zeros((len(have), width), dtype=np.int64)
                table[:, : have.shape[1]] = have
                self[name] = table

    def more_lots(self, count: int) -> range:
        """The numbers of so many new places for lots."""
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

    def give_back(self, line: Line, free: set[int]) -> None:
        """What rules have changed of the line goes to its objects again. Of the way of a lot, no more than where it is; of its book nothing. Places
        that are *free* hold nothing."""
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
        lots = self["lots"]["leg"][: self.lots]
        for name in BY_LEG:
            table = self[name]
            at = np.minimum(lots, max(table.shape[1] - 1, 0))
            setattr(line, name, table[np.arange(self.lots), at][:, None].tolist() if table.shape[1] else [[] for _ in lots])
        line.book = [[0, 0, 0] for _ in lots]
        line.lots = [RECORDS["Lot"]() for _ in lots]
        for l, row in enumerate(self["lots"][: self.lots].tolist()):
            if l not in free:
                lot = line.lots[l]
                _give(lot, "Lot", row)
                lot.leg, lot.visits = 0, 0

    def row(self, name: str, i: int) -> Any:
        """Record *i* of a table, with the names of its fields."""
        return self[name].view(np.recarray)[i]


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

