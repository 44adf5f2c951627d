"""Lots past the entrance of an in-line tool: they come out one after the other, and stand while the tool is down."""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import TYPE_CHECKING

from procsim.engine.calendar import DONE, Entry, Tick, priority
from procsim.engine.lot import Lot
from procsim.lots.records import INSIDE, STANDBY

if TYPE_CHECKING:
    from procsim.engine.tool import Tool


class Row:
    """*lots* in *tool*, each with the time at which it is out: nobody before the lot ahead. While the tool is down, or keeps the one that was first,
    they stand, *since* when (else -1). Where it *drains*, its entrance is closed until they are out: maintenance is due, or its shift is over."""

    __slots__ = ("drains", "lots", "since", "tick", "tool")

    def __init__(self, tool: Tool) -> None:
        self.tool, self.since, self.drains = tool, -1, False
        self.lots: deque[tuple[int, Lot]] = deque()
        self.tick = self._new_tick()

    def __len__(self) -> int:
        return len(self.lots)

    def _new_tick(self) -> Tick:
        return Tick(self.tool.line.env, self.tool.line.passed, self)

    def _front(self) -> Entry:
        """What the calendar is to hold."""
        out, lot = self.lots[0]
        tick = self.tick
        return out, priority(DONE, lot.number), tick.turn, tick

    def enter(self, lot: Lot, now: int) -> Entry | None:
        """*lot* is past the entrance: what the calendar is to hold, where nobody is ahead of it. The tool is at work as long as it is in it."""
        tail = lot.of(lot.columns.tail)
        if self.tool.speed != 1.0:
            tail = self.through(lot)
            lot.block.tails.extend((lot.row, lot.step, tail))
        out = (now if self.since < 0 else self.since) + tail
        if self.tool.state == STANDBY:
            self.tool.become(INSIDE, now)
        self.lots.append((max(out, self.lots[-1][0]) if self.lots else out, lot))
        return self._front() if len(self.lots) == 1 and self.since < 0 else None

    def through(self, lot: Lot) -> int:
        """µs from the entrance to the exit, were nobody ahead."""
        tail = lot.of(lot.columns.tail)
        return tail if self.tool.speed == 1.0 else round(tail / self.tool.speed)

    def put(self, lot: Lot, out: int) -> Entry:
        """*lot* is in the row at time 0, and out of it at *out*: what the calendar is to hold now, *tick* being a new one."""
        insort(self.lots, (out, lot), key=lambda one: one[0])
        self.tick.cancel()
        self.tick = self._new_tick()
        if self.tool.state == STANDBY:
            self.tool.become(INSIDE, 0)
        return self._front()

    def leave(self, now: int) -> tuple[Lot, Entry | None]:
        """The first one is out: it, and what the calendar is to hold of those behind it. With the last the tool has nothing in it, unless its
        entrance is taken."""
        _, lot = self.lots.popleft()
        if self.lots:
            return lot, self._front()
        tool = self.tool
        if tool.state == INSIDE:
            tool.become(STANDBY, now)
        return lot, None

    def halt(self, now: int) -> None:
        """The tool goes down, or keeps a lot."""
        if self.since >= 0:
            return
        self.since = now
        if self.lots:
            self.tick.cancel()
            self.tick = self._new_tick()

    def go(self, now: int) -> Entry | None:
        """The tool is up and keeps nobody: what the calendar is to hold."""
        if self.since < 0:
            return None
        stood, self.since = now - self.since, -1
        self.lots = deque((out + stood, lot) for out, lot in self.lots)
        return self._front() if self.lots else None

    def remaining(self, now: int) -> list[tuple[Lot, int]]:
        """Every lot with the µs until it is out, were the tool up."""
        return [(lot, out - (now if self.since < 0 else self.since)) for out, lot in self.lots]

    def clear(self) -> list[Lot]:
        """All that stand in it, who leave it now."""
        lots = [lot for _, lot in self.lots]
        self.lots.clear()
        return lots
