"""Recipe in, its limits of queue time out: which steps they span, what becomes of a lot that is over, and whether anybody can keep them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from procsim.errors import Problem, did_you_mean
from procsim.model.base import in_unit
from procsim.model.line import Tool
from procsim.model.waiting import QueueTimeLimit
from procsim.plan.shape import HOUR, Floats, Ints
from procsim.plan.traffic import Limit
from procsim.recipe.load import Placed, Recipe


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


def spans(recipe: Recipe) -> tuple[list[Span], list[Problem]]:
    """All limits, one per instance of a repeated step, each up to the next instance of the other; and names that lead nowhere."""
    found: list[Span] = []
    problems: list[Problem] = []
    ids = [placed.id for placed in recipe.steps]
    for name, given in recipe.document.line.queue_time_limits.items():
        address = f"line.queue_time_limits.{name}"
        ends = {"from": _named(recipe.steps, given.from_), "to": _named(recipe.steps, given.to)}
        wrong = [key for key in ends if not ends[key]]
        for key in wrong:
            step = given.from_ if key == "from" else given.to
            problems.append(Problem(f"no step '{step}'{did_you_mean(step, ids)}", recipe.place(f"{address}.{key}"), f"{address}.{key}"))
        mine = [] if wrong else [Span(name, given, *pair) for pair in _pairs(ends["from"], ends["to"])]
        if not mine and not wrong:
            problems.append(Problem(f"'{given.to}' does not come after '{given.from_}'", recipe.place(f"{address}.to"), f"{address}.to"))
        found += mine
    return found, problems


def _named(steps: Sequence[Placed], name: str) -> list[int]:
    """Steps with the id *name*, or, where it is that of a repeated step, all its instances."""
    return [s for s, placed in enumerate(steps) if name in (placed.id, placed.base)]


def _pairs(firsts: Sequence[int], lasts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Each first step with the next last one, if no other first one comes between."""
    for first in firsts:
        last = next((s for s in lasts if s > first), None)
        if last is not None and not any(first < s < last for s in firsts):
            yield first, last


def make_limits(recipe: Recipe, raw: Floats, move: float, group_of: Ints, tools: Sequence[Tool]) -> tuple[list[Limit], list[Problem]]:
    """The Limits of the line, in the order of ``spans``; *raw* µs that a lot is sure to be worked on at each step, *move* from group to group."""
    found, problems = spans(recipe)
    ids = [placed.id for placed in recipe.steps]
    limits = []
    for span in found:
        between = [s for s in range(span.first + 1, span.last) if raw[s] > 0]
        stops = [span.first, *between, span.last]
        least = sum(raw[s] for s in between) + move * sum(group_of[a] != group_of[b] for a, b in pairwise(stops))
        if span.limit_us < least:
            problems.append(Problem(f"the limit of {span.limit_us / HOUR:g} h from {ids[span.first]} to {ids[span.last]} is shorter than work and "
                                    f"transport between, {least / HOUR:g} h", recipe.place(span.address), span.address))
        again = span.given.again
        if again is not None:
            problems += _no_room(recipe, span, group_of, tools)
        limits.append(Limit(span.name, span.first, span.last, span.limit_us, again is not None,
                            again.after_limit == "scrap" if again is not None else span.given.action == "scrap"))
    return limits, problems


def _no_room(recipe: Recipe, span: Span, group_of: Ints, tools: Sequence[Tool]) -> Iterator[Problem]:
    """A lot that goes back out of a queue must find room in another one."""
    again = span.given.again
    assert again is not None
    back = [s for name in (*again.via, again.to or span.given.from_) for s in _named(recipe.steps, name)]
    if back and tools[group_of[back[0]]].buffer_lots is not None:
        yield Problem(f"a lot over its limit goes back to {recipe.steps[back[0]].id}, whose queue may be full: leave buffer_lots of "
                      f"{recipe.steps[back[0]].step.tool} out", recipe.place(span.address), span.address)
