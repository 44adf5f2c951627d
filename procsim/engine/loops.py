"""Runs the rules in SimPy's environment, by its public interface only: processes of others may share it.

What is to happen in the line stands in its own agenda, the first of it on SimPy's calendar too. Once that has happened, the line goes on by itself as
long as nobody else's event is to happen: until then nobody could tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from simpy.core import Environment
from simpy.events import Event

from procsim.engine.books import Books
from procsim.engine.draws import ToolDraws
from procsim.engine.events import Watch
from procsim.engine.rules.happen import run, settle, step
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import ALWAYS, ASK, DISPATCH, KIND_BIT, NEED
from procsim.engine.sources import Source
from procsim.engine.supply import Supply
from procsim.errors import StoppedError
from procsim.lots.records import Block
from procsim.maths.arrays import Ints
from procsim.planning.plan import Plan

ROUND = DISPATCH << KIND_BIT
"""The key of a round of dispatching."""


class Loop(Protocol):
    """Whoever runs the rules of a line; *faulty* says what is wrong."""

    faulty: Callable[[int], Exception]

    def supplied(self, plan: Plan, line: Line, draws: ToolDraws, stops: list[Ints], sources: list[Source], sink: Callable[[Block], None],
                 watch: Watch | None) -> tuple[Books, Supply]:
        """The books and the supply of the *line* of *plan*, which it will run."""

    def run(self, horizon: int) -> None:
        """All that happens before *horizon*."""


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

    def supplied(self, plan: Plan, line: Line, draws: ToolDraws, stops: list[Ints], sources: list[Source], sink: Callable[[Block], None],
                 watch: Watch | None) -> tuple[Books, Supply]:
        """The books and the supply of the *line* of *plan*, which it will run."""
        books = Books(plan, line, sources, sink)
        supply = Supply(plan, line, draws, stops, sources, books, watch)
        self.line, self.serve = line, supply.serve
        return books, supply

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

    def run(self, horizon: int) -> None:
        """All that happens before *horizon*."""
        self.ask()
        self.expect()
        self.env.run(until=horizon)
