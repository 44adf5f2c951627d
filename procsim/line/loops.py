"""Runs the rules under SimPy's own loop, by its public interface only: processes of others may share the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simpy.core import Environment
from simpy.events import Event

from procsim.errors import StoppedError
from procsim.line.rules.happen import happen, settle
from procsim.line.rules.state import Line
from procsim.line.rules.words import DISPATCH, KIND_BIT

EVENTS = 4096
"""Events between two questions whether it is enough: some milliseconds, so that asking costs nothing and a stop is felt at once."""
ROUND = DISPATCH << KIND_BIT
"""The key of a round of dispatching."""


class Tick(Event):
    """An event of SimPy's that is decided when made, and on its calendar again and again."""

    __slots__ = ("kept", "key", "stamp", "who")

    def __init__(self, env: Environment, call: Callable[[Any], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None  # as SimPy's own Timeout does
        self.kept = [call]
        self.key = self.who = self.stamp = 0


class OnSimpy:
    """Puts events on SimPy's calendar, lets them happen, and has the line settle when nothing else happens at their instant."""

    def __init__(self, env: Environment, over: Callable[[], bool]) -> None:
        self.env, self.over = env, over
        self.spare: list[Tick] = []
        self.events, self.scheduled = 0, False
        self.serve: Callable[[int], None]
        self.line: Line
        self.faulty: Callable[[int], Exception]

    def put(self, when: int, key: int, who: int, stamp: int) -> None:
        """At *when* an event with *key* is to happen to *who*."""
        tick = self.spare.pop() if self.spare else Tick(self.env, self.ring)
        tick.key, tick.who, tick.stamp, tick.callbacks = key, who, stamp, tick.kept
        env = self.env
        env.schedule(tick, key, when - env.now)  # type: ignore[arg-type]

    def ring(self, tick: Tick) -> None:
        """An event happens."""
        now: Any = self.env.now
        self.spare.append(tick)
        clock = self.line.clock[0]
        if tick.key == ROUND:
            self.scheduled = False
            self.settle(now)
        else:
            happen(self.line, now, tick.key, tick.who, tick.stamp)
            if clock.needs:
                self.serve(now)
            if clock.dirty and not self.scheduled:
                self.news(now)
        if clock.error:
            raise self.faulty(now)
        self.events += 1
        if self.events >= EVENTS:
            self.events = 0
            if self.over():
                raise StoppedError("stopped before the horizon")

    def news(self, now: int) -> None:
        """Rounds of dispatching follow, once nothing else happens now."""
        if self.env.peek() > now:
            self.settle(now)
        else:
            self.later(now)

    def later(self, now: int) -> None:
        """A round comes when all else that happens now has happened."""
        self.scheduled = True
        self.put(now, ROUND, 0, 0)

    def settle(self, now: int) -> None:
        """One round; and more, unless something else happens before."""
        clock = self.line.clock[0]
        settle(self.line, now)
        while clock.needs and not clock.error:
            self.serve(now)
            if clock.round:
                settle(self.line, now)
        if clock.dirty and not self.scheduled and not clock.error:
            self.news(now)

    def run(self, horizon: int) -> None:
        """All that happens before *horizon*."""
        if self.over():
            raise StoppedError("stopped before the horizon")
        self.env.run(until=horizon)
