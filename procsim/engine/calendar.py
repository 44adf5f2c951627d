"""SimPy's calendar with a stated order: events at one instant happen by (kind, entity number), never by insertion."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from typing import Any, Protocol

from simpy.core import Environment
from simpy.events import Event

Entry = tuple[int, int, int, Any]
"""What SimPy's calendar holds: when, in which order at one instant, a number that no other entry shares, and the event."""

RESET, UP, DONE, DOWN, SHIFT, ARRIVE, TIMER, RELEASE, DISPATCH = range(9)
"""Kinds of event, in the order in which they happen at one instant: what ends as its tool fails, or its shift ends, has ended in time."""


def priority(kind: int, number: int) -> int:
    """What SimPy orders events of one instant by; numbers below 0 come first of their kind."""
    return (kind << 44) + number


class Clock(Protocol):
    """A SimPy Environment whose time is whole µs."""

    _queue: list[Entry]

    @property
    def now(self) -> int: ...


class Tick(Event):
    """An event of SimPy's that is decided when made, may be put on the calendar again and again, and may be called off.

    When its time comes the engine's loop makes its *call*, which may hand back an entry for the calendar, and leaves its callbacks as
    they are. *turn* is the number of its entries: it is never on the calendar twice. *order* is its priority, where that is always the same.
    """

    __slots__ = ("call", "order", "owner", "turn")
    order: int
    turn: int

    def __init__(self, env: Clock, call: Callable[[Any], Entry | None], owner: Any = None, order: int = 0) -> None:
        assert isinstance(env, Environment)
        super().__init__(env)
        self._ok = True
        self._value = None
        self.call: Callable[[Any], Entry | None] = call
        self.turn = next(env._eid)
        self.owner = owner
        self.order = order

    def set(self, delay: int, kind: int, number: int) -> None:
        """Puts it on the calendar *delay* µs from now, as the *kind* of event of entity *number*: what ``Environment.schedule`` does."""
        env: Any = self.env
        heappush(env._queue, (env._now + delay, (kind << 44) + number, self.turn, self))

    def cancel(self) -> None:
        """Makes it happen without effect; a new Tick must take its place."""
        self.call = _nothing


def _nothing(tick: Any) -> None:
    """What an event does that was called off."""


def once(env: Clock, delay: int, kind: int, number: int, call: Callable[[Any], Entry | None], owner: Any = None) -> Tick:
    """A Tick for a single use."""
    tick = Tick(env, call, owner)
    tick.set(delay, kind, number)
    return tick
