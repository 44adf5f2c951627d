"""SimPy's calendar with a stated order: events at one instant happen by (kind, entity number), never by insertion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simpy.core import Environment
from simpy.events import Event

RESET, UP, DOWN, DONE, ARRIVE, TIMER, RELEASE, DISPATCH = range(8)
"""Kinds of event, in the order in which they happen at one instant."""


class Tick(Event):
    """An event of SimPy's that is decided when made, may be put on the calendar again and again, and may be called off."""

    def __init__(self, env: Environment, call: Callable[[Any], None], owner: Any = None) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self.calls = [call]
        self.owner = owner

    def set(self, delay: int, kind: int, number: int) -> None:
        """Puts it on the calendar *delay* µs from now, as the *kind* of event of entity *number*."""
        self.callbacks = self.calls
        self.env.schedule(self, (kind << 44) | number, delay)

    def cancel(self) -> None:
        """Makes it happen without effect; a new Tick must take its place."""
        self.calls = []
        self.callbacks = []


def once(env: Environment, delay: int, kind: int, number: int, call: Callable[[Any], None], owner: Any = None) -> Tick:
    """A Tick for a single use."""
    tick = Tick(env, call, owner)
    tick.set(delay, kind, number)
    return tick
