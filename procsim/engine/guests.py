"""Lots that wait for a batch, of which some are guests: they run with any others of their step, and with no more of their own than is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from procsim.engine.lot import Lot
from procsim.engine.queues import InBatches
from procsim.engine.rules import Rank

if TYPE_CHECKING:
    from procsim.engine.tool import Tool


class WithGuests(InBatches):
    """By release stream: *room* for so many lots of its product in a run (-1: they are no guests), and the number of that product, its *kind*. Batch
    keys of lots that may run together but for their product are alike modulo *size*; guests wait under -1 less that, and run alone where nobody
    else waits at their step."""

    __slots__ = ("kind", "room", "size")

    def __init__(self, least: int, most: int, patience: int, rank: Rank, moving: bool, room: Sequence[int], kind: Sequence[int], size: int) -> None:
        super().__init__(least, most, patience, rank, moving)
        self.room, self.kind, self.size = room, kind, size

    def put_back(self, lot: Lot) -> None:
        if self.room[lot.stream] >= 0 and lot.batch_key >= 0:
            lot.batch_key = -1 - lot.batch_key % self.size
        super().put_back(lot)

    def take(self, now: int, tool: Tool) -> list[Lot]:
        run: list[tuple[float, int, Lot]] = []
        self.due = -1
        if self.moving:
            for entries in self.lots.values():
                entries[:] = sorted((self.rank(lot, now, tool), turn, lot) for _, turn, lot in entries)
        hosts = {-1 - key % self.size for key, entries in self.lots.items() if key >= 0 and entries}
        for key, entries in self.lots.items():
            if entries and key not in hosts:
                together = self._together(key)
                if (not run or together[0] < run[0]) and (ready := self._ready(together, now)):
                    run = together[:ready]
        for entry in run:
            self.lots[entry[2].batch_key].remove(entry)
        return [entry[2] for entry in run]

    def joined(self, lot: Lot, now: int) -> list[Lot]:
        del lot
        return self.take(now, cast("Tool", None))  # ranks do not move, and nobody asks for the tool

    def _together(self, key: int) -> list[tuple[float, int, Lot]]:
        """Those of a batch key and their guests, in order; of guests no more than there is room for."""
        guests = self.lots.get(-1 - key % self.size, []) if key >= 0 else self.lots[key]
        there: Counter[int] = Counter()
        found = []
        for entry in sorted([*self.lots[key], *guests]) if key >= 0 else guests:
            room, kind = self.room[entry[2].stream], self.kind[entry[2].stream]
            if room < 0 or there[kind] < room:
                there[kind] += 1
                found.append(entry)
        return found
