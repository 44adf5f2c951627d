"""Finds the cheapest tools with which a line is quick enough: the fewest that its load allows, and those beside them that shorten its queues best.

The fewest by load are settled (``tool_counts``). What more tools of one group take off the cycle time hangs on the others, since lots that come more
evenly wait less: so the whole closed form says of every set of tools how quick it is, and what each group does by itself only says where to look.

- A first set that is quick enough comes of rules of thumb: more tools where most is waited for the money, or where the load is highest, and then one
  by one away again.
- Where few sets are cheaper than that, all of them are tried, the cheapest first: the first that is quick enough is the cheapest there is.
- Else an integer program (HiGHS) names the cheapest set that would be quick enough if groups did not hang on one another, as they act about the best
  set known, with some slack for what that leaves out. It is tried; if it is too slow it is left out, and the next is named, until none is cheaper. A
  better set is the next about which groups are looked at.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from procsim.closed_form.solve import ClosedForm, solve
from procsim.closed_form.tool_counts import MOST_TOOLS
from procsim.maths.arrays import Floats, Ints
from procsim.maths.choices import by_cost, cheapest
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan

FEW = 400
"""Sets of tools that are all tried, at most."""
TRIES, LOOKS = 30, 6
"""Sets that the integer program names to prove the best, and sets about which groups are looked at to find it, at most."""
REACH = 2
"""Tools of a group, beside those of the best set, that are looked at."""
SLACK = 2.0, 0.001
"""So many times what a set that was tried turned out quicker than the sum of its parts others are let be slower, to be tried; and the share of the
cycle time that they are at the least."""
LITTLE = 0.02
"""A tool that takes less than this share of the hours that are to go is not worth another, for the rule of thumb."""
STEPS = 400
"""Tools that a rule of thumb adds, at most."""
DEARER = 1.5
"""So many times what the other rule's tools cost one goes on adding."""
PLENTY = 4
"""So many times the fewest tools, and some, are as good as any number."""
NEVER_H, NEVER_USD = 1e9, 1e15
"""Hours that stand for a queue that grows without end; USD an hour that stand for a tool that cannot be had: named by its speed, or one too many."""
NEAR, ALIKE = 1e-9, 1e-4
"""Relative rounding; and the share of what tools cost by which a set has to be cheaper than another so as to be looked for."""


@dataclass(frozen=True, slots=True)
class Sized:
    """*count* (G,) tools, with the closed form of the line that has them; whether all cheaper sets are known to be too slow, *proven*, as far as
    *how* says; how many sets were *tried*, and of each of these the closed form, *sets*; and what each rule of thumb alone ends at, USD an hour,
    *rules*."""

    count: Ints
    closed: ClosedForm
    proven: bool
    how: str
    tried: int
    rules: dict[str, float] = field(default_factory=dict)
    sets: dict[tuple[int, ...], ClosedForm] = field(default_factory=dict, repr=False)


def search(plan: Plan, least: Ints, most_h: float = math.inf, prove: bool = True, most: Ints | None = None) -> Sized | None:
    """The tools that cost least by the hour, none fewer than *least* (G,) nor more than *most* (None: any number), with which the cycle time of
    *plan* is *most_h* at most; at equal cost, the fewest. None where no such tools are quick enough. What is not to be *proven* is found all the
    same."""
    line = _Line(plan, least, most_h, most)
    if math.isinf(most_h) or line.quick(least):
        return Sized(least, line.at(least), True, "each group has the fewest tools that its load allows", len(line.tried), sets=line.tried)
    if not line.quick(line.plenty):
        return None
    found = _thumbed(line)
    told = {name: float(line.hourly @ count) for name, count in found.items()}
    thumbed = min(found.values(), key=line.cost)
    best, how, proven = _enumerated(line, thumbed) if prove else (_improved(line, thumbed), "", False)
    return Sized(best, line.at(best), proven, how, len(line.tried), told, line.tried)


def plenty(plan: Plan, least: Ints) -> Ints:
    """Tools, (G,), that are as good as any number, where none fewer than *least* (G,) do; those named by their speeds stay as they are."""
    return np.where([bool(speeds) for speeds in plan.groups.duty.speeds], least, least * PLENTY + PLENTY)


class _Line:
    """The line of *plan*, with any tools but no fewer than *least* (G,) nor more than *most*, which is to be no slower than *most_h*. What was
    *tried* is remembered."""

    def __init__(self, plan: Plan, least: Ints, most_h: float, most: Ints | None = None) -> None:
        self.plan, self.least, self.most_h = plan, least, most_h
        self.most = np.full_like(least, MOST_TOOLS) if most is None else most
        self.plenty = np.minimum(plenty(plan, least), self.most)
        self.hourly = np.asarray(plan.money.hourly.sum(axis=1) / plan.groups.count)
        price = self.hourly + NEAR * float(self.hourly.sum()) if self.hourly.any() else np.ones(len(least))
        self.price = np.where([bool(speeds) for speeds in plan.groups.duty.speeds] | (self.most <= least), NEVER_USD, price)
        self.tried: dict[tuple[int, ...], ClosedForm] = {}

    def at(self, count: Ints) -> ClosedForm:
        """The closed form with so many tools."""
        key = tuple(count.tolist())
        if key not in self.tried:
            self.tried[key] = solve(with_counts(self.plan, count))
        return self.tried[key]

    def hours(self, count: Ints) -> float:
        """The cycle time."""
        found = self.at(count).time.cycle_h
        return found if found == found else NEVER_H

    def quick(self, count: Ints) -> bool:
        """Whether it is quick enough."""
        return self.hours(count) <= self.most_h * (1.0 + NEAR)

    def cost(self, count: Ints) -> float:
        """What the tools cost beside the fewest, USD an hour."""
        return float(self.price @ (count - self.least))

    def cheaper(self, count: Ints) -> float:
        """What cheaper tools than *count* cost at most."""
        return self.cost(count) - ALIKE * self.total(count)

    def total(self, count: Ints) -> float:
        """What *count* tools cost, USD an hour."""
        return float(self.hourly @ count) if self.hourly.any() else float(count.sum())

    def waiting(self, count: Ints) -> Floats:
        """Hours that a lot waits for each group, (G,); where some queue grows without end, its load."""
        closed = self.at(count)
        waited = closed.time.queue_h * closed.flow.visits
        if not np.isfinite(waited).all():
            return np.asarray(closed.tools.load)
        return np.asarray(np.bincount(self.plan.step_group, weights=waited, minlength=len(count)))


def _thumbed(line: _Line) -> dict[str, Ints]:
    """What rules of thumb end at, by their names: two ways to add tools, and each with what can go again taken away, one by one."""
    found = {}
    if (waits := _by_waiting(line)) is not None:
        found["by waiting"] = waits
    if (loads := _by_load(line, DEARER * line.cost(waits) if waits is not None else math.inf)) is not None:
        found["by load"] = loads
    if not found:
        found["plenty"] = line.plenty
    return found | {f"{name}, one by one": _fewer(line, count) for name, count in found.items()}


def _by_waiting(line: _Line) -> Ints | None:
    """Tool by tool, where most hours are waited for a USD, and a tool takes some away."""
    found, spent = line.least.copy(), np.zeros(len(line.least), dtype=bool)
    for _ in range(STEPS):
        before = line.hours(found)
        worth = np.where(spent | (found >= line.most), 0.0, line.waiting(found) / (line.price * found))
        g = int(worth.argmax())
        if not worth[g] > 0:
            return None
        found[g] += 1
        if line.quick(found):
            return found
        if before - line.hours(found) < LITTLE * (before - line.most_h):
            found[g] -= 1
            spent[g] = True
    return None


def _by_load(line: _Line, most: float) -> Ints | None:
    """Tool by tool, to the most loaded group, as long as they cost *most* at most."""
    found = line.least.copy()
    for _ in range(STEPS):
        if line.quick(found) or line.cost(found) > most:
            break
        free = (line.price < NEVER_USD) & (found < line.most)
        if not free.any():
            break
        found[int(np.where(free, line.at(found).tools.load, -1.0).argmax())] += 1
    return found if line.quick(found) else None


def _fewer(line: _Line, count: Ints) -> Ints:
    """*count* without the tools that can go, one by one, the dearest first."""
    found = count.copy()
    for g in np.argsort(-line.price, kind="stable").tolist():
        while found[g] > line.least[g]:
            found[g] -= 1
            if not line.quick(found):
                found[g] += 1
                break
    return found


def _enumerated(line: _Line, best: Ints) -> tuple[Ints, str, bool]:
    """The cheapest of all sets that are no dearer than *best*, the cheapest first, if they are ``FEW``; else as ``_programmed`` has it."""
    more = list(islice(by_cost(line.price, line.cost(best)), FEW + 1))
    if len(more) > FEW:
        return _programmed(line, best)
    sets = (line.least + np.array(add) for add in more)
    found = next((count for count in sets if (count <= line.most).all() and line.quick(count)), best)
    return found, "all sets that cost less were tried", True


def _programmed(line: _Line, best: Ints) -> tuple[Ints, str, bool]:
    """The cheapest of the sets that an integer program names: first as long as it finds better ones, and then to see that there are none."""
    while True:
        found = _improved(line, best)
        better, how, proven = _doubted(line, found)
        if how:
            return found, how, proven
        best = better


def _improved(line: _Line, best: Ints) -> Ints:
    """A cheaper set than *best*, if one is found: named by how groups act about a set near it, which the one that was named before is."""
    about, refused = best, [best]
    for _ in range(LOOKS):
        count = _parts(line, about, best).named(line.most_h, line.cheaper(best), refused)
        if count is None:
            break
        if line.quick(count):
            best = _fewer(line, count)
        else:
            refused.append(count)
        about = count
    return best


def _doubted(line: _Line, best: Ints) -> tuple[Ints, str, bool]:
    """A cheaper set than *best*, or *best* where none that may be quick enough is: as groups act about it, and with some slack for what that leaves
    out, all cheaper ones are tried, the cheapest first; if these are too many, how much cheaper the last one was."""
    parts, refused, slack, near = _parts(line, best, best), [best], SLACK[1] * line.most_h, best
    for _ in range(TRIES):
        count = parts.named(line.most_h + slack, line.cheaper(best), refused)
        if count is None:
            return best, f"an integer program over the groups names no set that costs less, by {100 * ALIKE:g} % of what tools cost", True
        if line.quick(count):
            return _fewer(line, count), "", False
        refused.append(count)
        slack, near = max(slack, SLACK[0] * (parts.foreseen(count) - line.hours(count))), count
    share = (line.cost(best) - line.cost(near)) / line.total(best)
    return best, f"not all cheaper sets were tried: one may cost less, by {100 * share:.2g} % of what tools cost at most", False


@dataclass(frozen=True, slots=True)
class _Parts:
    """Of each group, the *options* of how many tools it has, what they cost beside the fewest, and the cycle time with it and all others as they are
    in one set, whose own are *hours*."""

    options: list[Ints]
    costs: list[Floats]
    times: list[Floats]
    hours: float

    def named(self, most_h: float, below: float, refused: Sequence[Ints]) -> Ints | None:
        """The cheapest set, *below* a cost, that is foreseen to take *most_h* at most, and is not *refused*."""
        without = [np.array([int(np.searchsorted(some, n)) for some, n in zip(self.options, one.tolist(), strict=True)]) for one in refused
                   if self.holds(one)]
        found = cheapest(self.costs, [times - self.hours for times in self.times], most_h - self.hours, below, without)
        return None if found is None else np.array([some[k] for some, k in zip(self.options, found.tolist(), strict=True)])

    def holds(self, count: Ints) -> bool:
        """Whether *count* is among the options."""
        return all(some[0] <= n <= some[-1] for some, n in zip(self.options, count.tolist(), strict=True))

    def foreseen(self, count: Ints) -> float:
        """The cycle time of *count* tools as the sum of what each group does."""
        each = zip(self.options, self.times, count.tolist(), strict=True)
        return self.hours + sum(float(times[n - some[0]]) - self.hours for some, times, n in each)


def _parts(line: _Line, about: Ints, best: Ints) -> _Parts:
    """How groups act about the set *about*, as far as sets about that and the *best* one go."""
    options = [np.arange(low, min(max(one, two) + REACH, high) + 1)
               for low, one, two, high in zip(line.least.tolist(), about.tolist(), best.tolist(), line.most.tolist(), strict=True)]
    costs = [price * (some - some[0]) for price, some in zip(line.price.tolist(), options, strict=True)]
    room = line.cost(best)
    within = [some[cost <= room] for some, cost in zip(options, costs, strict=True)]
    times = [np.array([line.hours(_other(about, g, n)) for n in some.tolist()]) for g, some in enumerate(within)]
    return _Parts(within, [cost[cost <= room] for cost in costs], times, line.hours(about))


def _other(count: Ints, g: int, n: int) -> Ints:
    """*count* with *n* tools of group *g*."""
    found = count.copy()
    found[g] = n
    return found
