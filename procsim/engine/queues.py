"""Which lots run next: one queue per tool group, a rule each for single lots by turn, by priority, and in batches."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import Protocol

from procsim.engine.lot import Lot


class Queue(Protocol):
    """What the line asks of a queue."""

    def put(self, lot: Lot) -> None: ...
    def take(self, now: int) -> list[Lot]:
        """The lots of the next run, or none if none may start *now*."""

    def back(self, lots: list[Lot]) -> None:
        """*lots*, taken last, do not start: they are first again."""

    def waiting(self) -> list[Lot]: ...


class Fifo:
    """First come, first served; ties were settled when they came."""

    __slots__ = ("lots",)

    def __init__(self) -> None:
        self.lots: deque[Lot] = deque()

    def put(self, lot: Lot) -> None:
        self.lots.append(lot)

    def take(self, now: int) -> list[Lot]:
        del now
        return [self.lots.popleft()] if self.lots else []

    def back(self, lots: list[Lot]) -> None:
        self.lots.extendleft(reversed(lots))

    def waiting(self) -> list[Lot]:
        return list(self.lots)


class ByPriority:
    """The lowest priority number first, then first come, first served."""

    __slots__ = ("first", "heap", "turn")

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Lot]] = []
        self.turn = self.first = 0

    def put(self, lot: Lot) -> None:
        self.turn += 1
        heappush(self.heap, (lot.priority, self.turn, lot))

    def take(self, now: int) -> list[Lot]:
        del now
        return [heappop(self.heap)[2]] if self.heap else []

    def back(self, lots: list[Lot]) -> None:
        for lot in reversed(lots):
            self.first -= 1
            heappush(self.heap, (lot.priority, self.first, lot))

    def waiting(self) -> list[Lot]:
        return [entry[2] for entry in sorted(self.heap, key=lambda e: e[:2])]


class InBatches:
    """Lots that may run together, by batch key. A run may start with *least* panels; when the next lot no longer fits into
    *most*; or, with fewer, once its first member has waited *patience* µs (-1: for ever). The oldest head goes first."""

    __slots__ = ("by_priority", "first", "least", "lots", "most", "patience", "turn")

    def __init__(self, least: int, most: int, patience: int, by_priority: bool) -> None:
        self.least, self.most, self.patience, self.by_priority = least, most, patience, by_priority
        self.lots: dict[int, list[tuple[int, int, Lot]]] = {}
        self.turn = self.first = 0

    def put(self, lot: Lot) -> None:
        self.turn += 1
        entries = self.lots.setdefault(lot.batch_key, [])
        entries.append((lot.priority if self.by_priority else 0, self.turn, lot))
        if self.by_priority:
            entries.sort(key=lambda e: e[:2])

    def take(self, now: int) -> list[Lot]:
        best: tuple[int, int] | None = None
        chosen: tuple[int, int] = (0, 0)
        for key, entries in self.lots.items():
            if entries and (best is None or entries[0][:2] < best):
                count = self._ready(entries, now)
                if count:
                    best, chosen = entries[0][:2], (key, count)
        if best is None:
            return []
        entries = self.lots[chosen[0]]
        run, self.lots[chosen[0]] = entries[: chosen[1]], entries[chosen[1] :]
        return [entry[2] for entry in run]

    def back(self, lots: list[Lot]) -> None:
        for lot in reversed(lots):
            self.first -= 1
            self.lots[lot.batch_key].insert(0, (lot.priority if self.by_priority else 0, self.first, lot))

    def _ready(self, entries: list[tuple[int, int, Lot]], now: int) -> int:
        """How many of *entries*, from the first, may start a run now; 0 if they must wait."""
        panels, count, full = 0.0, 0, False
        for _, _, lot in entries:
            if panels + lot.panels > self.most + 1e-9:
                full = True
                break
            panels += lot.panels
            count += 1
        waited = self.patience >= 0 and now - min(e[2].arrived for e in entries[:count]) >= self.patience
        return count if full or panels >= self.least - 1e-9 or waited else 0

    def waiting(self) -> list[Lot]:
        return [entry[2] for key in sorted(self.lots) for entry in self.lots[key]]
