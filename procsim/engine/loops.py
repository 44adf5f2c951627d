"""Runs the rules under SimPy's own loop, by its public interface only: processes of others may share the environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simpy.core import Environment
from simpy.events import Event

from procsim.engine.rules.happen import advance, left_over, settle
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import ASK, DISPATCH, KIND_BIT, NEED
from procsim.errors import StoppedError

ROUND = DISPATCH << KIND_BIT
"""The key of a round of dispatching."""


class Tick(Event):
    """An event of SimPy's that is decided when made, and on its calendar again and again."""

    __slots__ = ("kept", "key", "stamp", "when", "who")

    def __init__(self, env: Environment, call: Callable[[Any], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None  # as SimPy's own Timeout does
        self.kept = [call]
        self.key = self.who = self.stamp = self.when = 0


class OnSimpy:
    """Puts events on SimPy's calendar, lets them happen, and has the line settle when nothing else happens at their instant.

    *serve* does what rules need from outside, *faulty* says what is wrong, *over* whether it is enough.
    """

    def __init__(self, env: Environment, over: Callable[[], bool]) -> None:
        self.env, self.over, self.schedule, self.peek = env, over, env.schedule, env.peek
        self.spare: list[Tick] = []
        self.now, self.scheduled = int(env.now), False
        self.round = Tick(env, self.begin_round)
        self.serve: Callable[[int], None]
        self.line: Line
        self.faulty: Callable[[int], Exception]

    def put(self, when: int, key: int, who: int, stamp: int) -> None:
        """At *when* an event with *key* is to happen to *who*."""
        tick = self.spare.pop() if self.spare else Tick(self.env, self.ring)
        tick.when, tick.key, tick.who, tick.stamp, tick.callbacks = when, key, who, stamp, tick.kept
        self.schedule(tick, key, when - self.now)  # type: ignore[arg-type]

    def ring(self, tick: Tick) -> None:
        """An event happens."""
        self.now = now = tick.when
        self.spare.append(tick)
        left = advance(self.line, now, tick.key, tick.who, tick.stamp, int(self.peek()))
        if left:
            self.go_on(now, left)

    def go_on(self, now: int, left: int) -> None:
        """What is *left* is done: first what rules need; then rounds of dispatching, as soon as nothing else happens now."""
        clock = self.line.clock[0]
        while left:
            if left & NEED:
                self.help(now)
            if not clock.round:
                if not clock.dirty or self.scheduled:
                    return
                if self.peek() <= now:
                    self.later(now)
                    return
            left = settle(self.line, now)

    def help(self, now: int) -> None:
        """Does what rules cannot do; raises what is wrong."""
        clock = self.line.clock[0]
        while clock.needs and not clock.error:
            if clock.needs & ASK:
                clock.needs &= ~ASK
                self.ask()
            self.serve(now)
        if clock.error:
            raise self.faulty(now)

    def ask(self) -> None:
        """Raises StoppedError where it is enough."""
        if self.over():
            raise StoppedError("stopped before the horizon")

    def act(self, rule: Callable[[Line, int, int], None], who: int) -> None:
        """A *rule* is done to *who* now, asked for by a process that shares the environment; what follows from it follows."""
        self.now = now = int(self.env.now)
        rule(self.line, who, now)
        left = left_over(self.line)
        if left:
            self.go_on(now, left)

    def later(self, now: int) -> None:
        """A round comes when all else that happens now has happened."""
        self.scheduled = True
        self.round.when, self.round.callbacks = now, self.round.kept
        self.schedule(self.round, ROUND, now - self.now)  # type: ignore[arg-type]

    def begin_round(self, tick: Tick) -> None:
        """The round comes."""
        self.now, self.scheduled = tick.when, False
        self.go_on(tick.when, settle(self.line, tick.when))

    def run(self, horizon: int) -> None:
        """All that happens before *horizon*."""
        self.ask()
        self.env.run(until=horizon)
