"""Runs the rules in SimPy's environment, by its public interface only: processes of others may share it.

What is to happen in the line stands in its own agenda, the first of it on SimPy's calendar too. Once that has happened, the line goes on by itself as
long as nobody else's event is to happen: until then nobody could tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from simpy.core import Environment
from simpy.events import Event

from procsim.engine.rules.happen import run, settle, step
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import ALWAYS, ASK, DISPATCH, KIND_BIT, NEED
from procsim.engine.supply import Supply
from procsim.errors import StoppedError

ROUND = DISPATCH << KIND_BIT
"""The key of a round of dispatching."""


class Loop(Protocol):
    """Whoever runs the rules of a line; *faulty* says what is wrong."""

    faulty: Callable[[int], Exception]

    def run(self, supply: Supply, horizon: int) -> None:
        """All that happens before *horizon* in the line that is served by *supply*."""


class Tick(Event):
    """An event of SimPy's that is decided when made, and on its calendar again and again."""

    __slots__ = ("kept", "key")

    def __init__(self, env: Environment, call: Callable[[Any], None]) -> None:
        super().__init__(env)
        self._ok, self._value = True, None  # as SimPy's own Timeout does
        self.kept = [call]
        self.key = 0


class OnSimpy:
    """Has the *line* go on when its time comes.

    *serve* does what rules need from outside, *faulty* says what is wrong, *over* whether it is enough.
    """

    def __init__(self, env: Environment, over: Callable[[], bool]) -> None:
        self.env, self.over = env, over
        self.tick = Tick(env, self.ring)
        self.serve: Callable[[int], None]
        self.line: Line
        self.faulty: Callable[[int], Exception]

    def expect(self) -> None:
        """What is next in the line is on SimPy's calendar: an event, or a round when all else that happens now has happened."""
        clock, agenda = self.line.clock[0], self.line.agenda
        when = agenda.soonest()
        news = clock.dirty > 0 and clock.now < when
        if news or when < ALWAYS:
            self.tick.key, self.tick.callbacks = ROUND if news else agenda.key(), self.tick.kept
            self.env.schedule(self.tick, self.tick.key, (clock.now if news else when) - int(self.env.now))  # type: ignore[arg-type]

    def ring(self, tick: Tick) -> None:
        """It is time, unless something came before it."""
        if tick is not self.tick:
            return
        if tick.key == ROUND:
            settle(self.line, self.line.clock[0].now)
        else:
            step(self.line)
        self.go_on()

    def go_on(self) -> None:
        """All that follows happens until something else is to happen in the environment."""
        while run(self.line, int(self.env.peek())) & NEED:
            self.help(self.line.clock[0].now)
        self.expect()

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
        clock = self.line.clock[0]
        clock.now = int(self.env.now)
        rule(self.line, who, clock.now)
        self.tick = Tick(self.env, self.ring)  # what is next may come before what was
        self.go_on()

    def run(self, supply: Supply, horizon: int) -> None:
        """All that happens before *horizon* in the line that is served by *supply*."""
        self.line, self.serve = supply.line, supply.serve
        self.ask()
        self.expect()
        self.env.run(until=horizon)
