"""Which lots run next: one queue per tool group, of single lots by turn or by rank, or of lots that run in batches."""

from __future__ import annotations

from bisect import insort
from collections import deque
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Protocol

from procsim.engine.lot import Lot
from procsim.engine.rules import Rank

if TYPE_CHECKING:
    from procsim.engine.tool import Tool


Ranked = tuple[float, bool, int, Lot]
"""Rank, whether the lot was not interrupted, its turn, and the lot."""


class Queue(Protocol):
    """What the line asks of a queue."""

    def put(self, lot: Lot) -> None: ...
    def take(self, now: int, tool: Tool) -> list[Lot]:
        """The lots of the next run of *tool*, or none if none may start *now*."""

    def back(self, lots: list[Lot]) -> None:
        """*lots*, taken last, do not start: they are first again."""

    def waiting(self) -> list[Lot]: ...
    def __len__(self) -> int:
        """How many lots wait."""


class Fifo:
    """First come, first served; ties were settled when they came."""

    __slots__ = ("lots",)

    def __init__(self) -> None:
        self.lots: deque[Lot] = deque()

    def put(self, lot: Lot) -> None:
        self.lots.append(lot)

    def take(self, now: int, tool: Tool) -> list[Lot]:
        del now, tool
        return [self.lots.popleft()] if self.lots else []

    def back(self, lots: list[Lot]) -> None:
        self.lots.extendleft(reversed(lots))

    def waiting(self) -> list[Lot]:
        return list(self.lots)

    def __len__(self) -> int:
        return len(self.lots)


class ByRank:
    """The lowest *rank* first, then first come, first served; a lot that was interrupted goes ahead of its equals."""

    __slots__ = ("first", "heap", "rank", "turn")

    def __init__(self, rank: Rank) -> None:
        self.rank = rank
        self.heap: list[Ranked] = []
        self.turn = self.first = 0

    def put(self, lot: Lot) -> None:
        self.turn += 1
        heappush(self.heap, (self.rank(lot, 0, None), lot.rest < 0, self.turn, lot))

    def take(self, now: int, tool: Tool) -> list[Lot]:
        del now, tool
        return [heappop(self.heap)[3]] if self.heap else []

    def back(self, lots: list[Lot]) -> None:
        for lot in reversed(lots):
            self.first -= 1
            heappush(self.heap, (self.rank(lot, 0, None), lot.rest < 0, self.first, lot))

    def ahead_of(self, rank: float) -> list[Lot]:
        """Those that wait with a lower *rank*, in order."""
        if not self.heap or self.heap[0][0] >= rank:
            return []
        return [entry[3] for entry in sorted(self.heap, key=lambda e: e[:3]) if entry[0] < rank]

    def remove(self, lot: Lot) -> None:
        """*lot* no longer waits."""
        self.heap[:] = [entry for entry in self.heap if entry[3] is not lot]
        heapify(self.heap)

    def waiting(self) -> list[Lot]:
        return [entry[3] for entry in sorted(self.heap, key=lambda e: e[:3])]

    def __len__(self) -> int:
        return len(self.heap)


class Choosing:
    """Lots that are looked through at each take: their rank has changed since they came, or only one tool will do for them. Such a lot is ranked
    at that tool, and passed over while it is taken; the others are ranked at the tool that asks."""

    __slots__ = ("lots", "rank", "turn")

    def __init__(self, rank: Rank) -> None:
        self.rank = rank
        self.lots: list[Lot] = []
        self.turn = 0

    def put(self, lot: Lot) -> None:
        self.turn = lot.turn = self.turn + 1
        self.lots.append(lot)

    def take(self, now: int, tool: Tool) -> list[Lot]:
        idle, tools = tool.idle, tool.line.tools[tool.group]
        fit = [lot for lot in self.lots if lot.wanted < 0 or lot.wanted in idle]
        if not fit:
            return []
        # who was interrupted goes ahead of his equals, and of these the first: they stand by turn
        best = min(fit, key=lambda lot: (self.rank(lot, now, tool if lot.wanted < 0 else tools[lot.wanted]), lot.rest < 0))
        self.lots.remove(best)
        return [best]

    def back(self, lots: list[Lot]) -> None:
        for lot in lots:
            insort(self.lots, lot, key=lambda one: one.turn)

    def ahead_of(self, rank: float) -> list[Lot]:
        """Those that wait with a lower *rank*, which is one that does not move, in order."""
        return sorted((lot for lot in self.lots if self.rank(lot, 0, None) < rank), key=lambda lot: (self.rank(lot, 0, None), lot.rest < 0))

    def remove(self, lot: Lot) -> None:
        """*lot* no longer waits."""
        self.lots.remove(lot)

    def waiting(self) -> list[Lot]:
        return list(self.lots)

    def __len__(self) -> int:
        return len(self.lots)


class InBatches:
    """Lots that may run together, by batch key. A run may start with *least* panels; when the next lot no longer fits into
    *most*; or, with fewer, once its first member has waited *patience* µs (-1: for ever). The batch whose head has the lowest
    rank goes first, ties to the oldest head. *due* is when patience ends next, where the last ``take`` found no run that may start (else -1)."""

    __slots__ = ("due", "least", "lots", "most", "moving", "patience", "rank", "turn")

    def __init__(self, least: int, most: int, patience: int, rank: Rank, moving: bool) -> None:
        self.least, self.most, self.patience, self.rank, self.moving = least, most, patience, rank, moving
        self.lots: dict[int, list[tuple[float, int, Lot]]] = {}
        self.turn, self.due = 0, -1

    def put(self, lot: Lot) -> None:
        self.turn = lot.turn = self.turn + 1
        self.put_back(lot)

    def put_back(self, lot: Lot) -> None:
        """The lot takes the place that it had."""
        entries = self.lots.setdefault(lot.batch_key, [])
        entries.append((self.rank(lot, 0, None), lot.turn, lot))  # no two have one turn, so that lots are never compared
        if len(entries) > 1 and entries[-1] < entries[-2]:
            entries.sort()

    def take(self, now: int, tool: Tool) -> list[Lot]:
        best: tuple[float, int, Lot] | None = None
        count = 0
        self.due = -1
        for entries in self.lots.values():
            if self.moving:
                entries[:] = sorted((self.rank(lot, now, tool), turn, lot) for _, turn, lot in entries)
            if entries and (best is None or entries[0] < best) and (ready := self._ready(entries, now)):
                best, count = entries[0], ready
        return self._start(best[2].batch_key, count) if best is not None else []

    def joined(self, lot: Lot, now: int) -> list[Lot]:
        """As ``take``, where nobody could start before *lot* came just now, and ranks do not move: only those it may run with can start by that."""
        count = self._ready(self.lots[lot.batch_key], now)
        return self._start(lot.batch_key, count) if count else []

    def _start(self, key: int, count: int) -> list[Lot]:
        """The first *count* lots of a batch key, who wait no longer."""
        entries = self.lots[key]
        self.lots[key] = entries[count:]
        return [entry[2] for entry in entries[:count]]

    def back(self, lots: list[Lot]) -> None:
        for lot in lots:
            self.put_back(lot)

    def _ready(self, entries: list[tuple[float, int, Lot]], now: int) -> int:
        """How many of *entries*, from the first, may start a run now; 0 if they must wait."""
        panels, count, full, oldest = 0.0, 0, False, now
        for _, _, lot in entries:
            more = panels + lot.fills[lot.step]
            if more > self.most + 1e-9:
                full = True
                break
            panels = more
            count += 1
            if lot.arrived < oldest:
                oldest = lot.arrived
        if full or panels >= self.least - 1e-9:
            return count
        if self.patience < 0:
            return 0
        if now - oldest >= self.patience:
            return count
        due = oldest + self.patience
        self.due = due if self.due < 0 else min(self.due, due)
        return 0

    def waiting(self) -> list[Lot]:
        return [entry[2] for key in sorted(self.lots) for entry in self.lots[key]]

    def __len__(self) -> int:
        return sum(map(len, self.lots.values()))
