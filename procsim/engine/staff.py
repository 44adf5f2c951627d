"""Operators: a pool of them, whom tools call for loading, attended runs, repairs and maintenance. First called, first served."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from procsim.engine.line import Line


class Caller(Protocol):
    """A tool, or its failure or maintenance."""

    def granted(self, now: int) -> None:
        """An operator comes; the caller gives him back when the work is done."""


class Pool:
    """The operators of one kind: *busy* of them are at work, *calls* wait. Those called at one instant are served in the order of its
    events. An operator whose shift ends finishes what he has begun."""

    __slots__ = ("busy", "called", "calls", "hours", "law", "line", "shift", "since", "there")

    def __init__(self, line: Line, number: int) -> None:
        self.line, self.law = line, line.plan.groups.duty.pools[number]
        self.shift = line.shifts[self.law.shift] if self.law.shift >= 0 else None
        self.there = self.law.count if self.shift is None or self.shift.on else 0
        if self.shift is not None:
            self.shift.pools.append(self)
        self.busy, self.called = 0, 0
        self.calls: deque[Caller] = deque()
        self.hours = [0, 0, 0]
        self.since = 0

    def count(self, now: int) -> None:
        """Keeps µs at work, on duty, and of callers' waiting."""
        time, hours = now - self.since, self.hours
        self.since = now
        hours[0] += self.busy * time
        hours[1] += self.there * time
        if self.calls:
            hours[2] += len(self.calls) * time

    def open_window(self, now: int) -> None:
        """Everything is counted from here."""
        self.count(now)
        self.hours[:] = [0, 0, 0]
        self.called = 0

    def call(self, caller: Caller, now: int) -> bool:
        """True: an operator comes at once. False: the *caller* waits, and is told."""
        if now != self.since:
            self.count(now)
        self.called += 1
        if self.busy < self.there and (self.shift is None or now < self.shift.until):
            self.busy += 1
            return True
        self.calls.append(caller)
        return False

    def give_back(self, now: int) -> None:
        """An operator is free again."""
        if now != self.since:
            self.count(now)
        self.busy -= 1
        if self.calls:
            self._serve(now)

    def withdraw(self, caller: Caller, now: int) -> None:
        """*caller* no longer waits."""
        self.count(now)
        self.calls.remove(caller)

    def change(self, on: bool, now: int) -> None:
        """A shift begins or ends."""
        self.count(now)
        self.there = self.law.count if on else 0
        self._serve(now)

    def _free(self, now: int) -> bool:
        """Whether an operator may begin something; none does at the instant at which his shift ends."""
        return self.busy < self.there and (self.shift is None or now < self.shift.until)

    def _serve(self, now: int) -> None:
        while self.calls and self._free(now):
            self.busy += 1
            self.calls.popleft().granted(now)
