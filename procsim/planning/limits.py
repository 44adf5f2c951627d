"""Makes the limits of queue time: which steps they span, what becomes of a lot that is over, and whether anybody can keep them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from procsim.errors import Problem
from procsim.maths.arrays import Floats, Ints
from procsim.model.durations import in_unit
from procsim.model.waiting import QueueTimeLimit
from procsim.planning.plan import HOUR, Route
from procsim.planning.shop import Shop
from procsim.planning.traffic import Limit
from procsim.recipe.recipe import Placed, Recipe


@dataclass(frozen=True, slots=True)
class Span:
    """The limit *given* under *name*, from the end of the step *first* to the start of the step *last*."""

    name: str
    given: QueueTimeLimit
    first: int
    last: int

    @property
    def limit_us(self) -> int:
        value, unit = in_unit(self.given, "limit") or (0.0, 1)
        return round(value * unit)

    @property
    def address(self) -> str:
        return f"line.queue_time_limits.{self.name}"

    def loop(self, recipe: Recipe) -> list[int]:
        """Steps of the way back of a lot that is over: by steps of its own, the next instance of each, and from the last instance of that to
        which it leads on again."""
        again, steps = self.given.again, recipe.steps
        assert again is not None
        via: list[int] = []
        for name in again.via:
            alike: dict[str, list[int]] = {}
            for s in recipe.names.all(name):
                alike.setdefault(steps[s].base, []).append(s)
            via += (next((s for s in mine if s > self.first), mine[-1]) for mine in alike.values())
        back = self.first
        if again.to is not None:
            found = recipe.names.all(again.to)
            back = next((s for s in reversed(found[:bisect_right(found, self.first)]) if again.to in (steps[s].id, steps[s].base)), back)
        return [*via, *(s for s in range(back, self.last + 1) if not steps[s].step.rework_only)]


def spans(recipe: Recipe) -> tuple[list[Span], list[Problem]]:
    """All limits, one per instance of a repeated step, each up to the next instance of the other; and names that lead nowhere."""
    found: list[Span] = []
    problems: list[Problem] = []
    known = _names(recipe.steps) if recipe.document.line.queue_time_limits else {}
    for name, given in recipe.document.line.queue_time_limits.items():
        address = f"line.queue_time_limits.{name}"
        ends = {"from": known.get(given.from_, []), "to": known.get(given.to, [])}
        wrong = [key for key in ends if not ends[key]]
        for key in wrong:
            step = given.from_ if key == "from" else given.to
            problems.append(Problem(recipe.no_step(step), recipe.place(f"{address}.{key}"), f"{address}.{key}"))
        mine = [] if wrong else [Span(name, given, *pair) for pair in _pairs(ends["from"], ends["to"])]
        if not mine and not wrong:
            problems.append(Problem(f"'{given.to}' does not come after '{given.from_}'", recipe.place(f"{address}.to"), f"{address}.to"))
        found += mine
    return found, problems


def _names(steps: Sequence[Placed]) -> dict[str, list[int]]:
    """What each name means: the step with that id, or, where it is that of a repeated step, all its instances."""
    found: dict[str, list[int]] = {}
    for s, placed in enumerate(steps):
        for name in {placed.id, placed.base}:
            found.setdefault(name, []).append(s)
    return found


def _pairs(firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each first step with the next last one, if no other first one comes between."""
    for first in firsts:
        last = next((s for s in lasts if s > first), None)
        if last is not None and not any(first < s < last for s in firsts):
            yield first, last


@dataclass(frozen=True)
class Between:
    """What stands between two steps of a *route* if a lot never waits: *times* (P,) in µs, a *move* from tool group to tool group
    (*group_of*, by step). Steps that not every lot visits do not count."""

    route: Route
    times: Floats
    move: float
    group_of: Ints

    @cached_property
    def sure(self) -> Ints:
        """Positions that every lot visits."""
        route = self.route
        return np.flatnonzero(route.streams.all(axis=0) & (route.after < 0) & (route.loop < 0) & (route.sample >= 1) & (route.every == 0))

    def us(self, first: int, last: int) -> float:
        """µs from the end of one step to the start of the other."""
        at = self.sure[(self.route.step[self.sure] > first) & (self.route.step[self.sure] < last)]
        stops = [first, *self.route.step[at].tolist(), last]
        return float(self.times[at].sum() + self.move * sum(self.group_of[a] != self.group_of[b] for a, b in pairwise(stops)))


def make_limits(shop: Shop, between: Between) -> tuple[list[Limit], list[Problem]]:
    """The Limits of *shop*, in the order of ``spans``; *between* knows the fastest lot."""
    recipe = shop.recipe
    found, problems = spans(recipe)
    ids = [placed.id for placed in recipe.steps]
    limits = []
    for span in found:
        least = between.us(span.first, span.last)
        if span.limit_us < least:
            problems.append(Problem(f"the limit of {span.limit_us / HOUR:g} h from {ids[span.first]} to {ids[span.last]} is shorter than work and "
                                    f"transport between, {least / HOUR:g} h", recipe.place(span.address), span.address))
        again = span.given.again
        if again is not None:
            problems += _no_room(shop, span)
        limits.append(Limit(span.name, span.first, span.last, span.limit_us, again is not None,
                            again.after_limit == "scrap" if again is not None else span.given.action == "scrap"))
    return limits, problems


def _no_room(shop: Shop, span: Span) -> Iterator[Problem]:
    """A lot that goes back out of a queue must find room in another one."""
    again = span.given.again
    assert again is not None
    first = span.loop(shop.recipe)[0]
    name, tool = shop.doing(first)
    if tool.buffer_lots is not None:
        yield Problem(f"a lot over its limit goes back to {shop.recipe.steps[first].id}, whose queue may be full: leave buffer_lots of {name} out",
                      shop.recipe.place(span.address), span.address)
