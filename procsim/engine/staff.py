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
    """The operators of one kind: *there* are on duty, *busy* of them at work, *calls* wait. Those called at one instant are served in the order
    of its events. An operator whose shift ends finishes what he has begun.

    µs at work, on duty (overtime included) and of callers' waiting are sums of ends less sums of starts: *worked*, *duty* and *waited*, to
    which ``hours`` adds now for each that is not over."""

    __slots__ = ("busy", "called", "calls", "duty", "law", "line", "shift", "there", "waited", "worked")

    def __init__(self, line: Line, number: int) -> None:
        self.line, self.law = line, line.plan.groups.duty.pools[number]
        self.shift = line.shifts[self.law.shift] if self.law.shift >= 0 else None
        self.there = self.law.count if self.shift is None or self.shift.on else 0
        if self.shift is not None:
            self.shift.pools.append(self)
        self.busy = self.called = self.worked = self.duty = self.waited = 0
        self.calls: deque[Caller] = deque()

    def hours(self, now: int) -> tuple[int, int, int]:
        """µs at work, on duty, and of callers' waiting."""
        return self.worked + self.busy * now, self.duty + self._present() * now, self.waited + len(self.calls) * now

    def _present(self) -> int:
        """Operators who are on duty, or finish what they have begun after that."""
        return max(self.there, self.busy)

    def open_window(self, now: int) -> None:
        """Everything is counted from here."""
        self.worked, self.duty, self.waited = -self.busy * now, -self._present() * now, -len(self.calls) * now
        self.called = 0

    def call(self, caller: Caller, now: int) -> bool:
        """True: an operator comes at once. False: the *caller* waits, and is told."""
        self.called += 1
        if self.busy < self.there and (self.shift is None or now < self.shift.until):
            self.busy += 1
            self.worked -= now
            return True
        self.calls.append(caller)
        self.waited -= now
        return False

    def give_back(self, now: int) -> None:
        """An operator is free again, and goes home where his shift is over."""
        self.duty += (self.busy > self.there) * now
        self.busy -= 1
        self.worked += now
        if self.calls:
            self._serve(now)

    def withdraw(self, caller: Caller, now: int) -> None:
        """*caller* no longer waits."""
        self.calls.remove(caller)
        self.waited += now

    def change(self, on: bool, now: int) -> None:
        """A shift begins or ends."""
        before, self.there = self._present(), self.law.count if on else 0
        self.duty -= (self._present() - before) * now
        self._serve(now)

    def _free(self, now: int) -> bool:
        """Whether an operator may begin something; none does at the instant at which his shift ends."""
        return self.busy < self.there and (self.shift is None or now < self.shift.until)

    def _serve(self, now: int) -> None:
        while self.calls and self._free(now):
            self.busy += 1
            self.worked -= now
            self.waited += now
            self.calls.popleft().granted(now)
