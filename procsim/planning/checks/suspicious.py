"""Warns of what is suspicious about a plan: batches that never fill, and times that are forgotten, without effect, or other than one might think."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from procsim.maths.distributions import Distribution, Normal
from procsim.planning.batches import never_fills
from procsim.planning.plan import HOUR, LOAD, LOT, PANEL, RUN, SETUP, UNLOAD, WORK, Plan
from procsim.planning.raw_times import late_on_average
from procsim.planning.shifts import NO_START

QUANTILES = (np.arange(1000) + 0.5) / 1000
"""Draws that stand for all, of all terms of a time alike."""
MOVED = 0.001
"""Share by which a mean is moved from which on it is told."""


def suspicious(plan: Plan) -> tuple[str, ...]:
    """All that is suspicious about *plan*, in words."""
    return (*never_fills(plan), *late_on_average(plan), *_times(plan))


def _times(plan: Plan) -> tuple[str, ...]:
    """Steps that take no time at their tool, in-line tools whose steps do nothing panel by panel, normal times of which much lies below 0, and times
    that are longer than the shift in which they are to end, and operators who stand by while nothing takes any time."""
    return tuple(dict.fromkeys([*_timeless(plan), *_not_in_line(plan), *_cut(plan), *_too_long(plan), *_nothing_to_attend(plan)]))


def _names(plan: Plan, p: int) -> tuple[str, str]:
    """The step at position *p* and its tool group."""
    return plan.steps[plan.route.step[p]], plan.groups.names[plan.group_of[p]]


def _timeless(plan: Plan) -> Iterator[str]:
    """Steps that ask for a tool and take no time there, or only that of loading it: likely somebody forgot it."""
    timed = {int(plan.route.step[term.step]) for term in plan.times.terms if term.phase == WORK and term.law.mean * term.amount > 0}
    for s, name in enumerate(plan.steps):
        if s not in timed:
            yield f"step {name} at {plan.groups.names[plan.step_group[s]]} takes no time: give it time_min (or _h, _s)"


def _not_in_line(plan: Plan) -> Iterator[str]:
    """An in-line tool takes the next panel before the last is out: of time that is not per panel nothing is shared."""
    panelwise = {term.step for term in plan.times.terms if term.basis == PANEL and term.law.mean * term.amount > 0}
    for p, cells in enumerate(plan.times.inline.tolist()):
        if cells > 1 and p not in panelwise and any(term.step == p for term in plan.times.terms):
            step, tool = _names(plan, p)
            yield (f"step {step} has no time per panel, so that {tool}, an in-line tool, does one lot after the other: "
                   "write time_min: {per_panel: …}")


def _nothing_to_attend(plan: Plan) -> Iterator[str]:
    """Operators who stand by a phase that takes no time at a tool: likely somebody forgot it."""
    duty = plan.groups.duty
    timed = {(int(plan.group_of[term.step]), term.phase) for term in plan.times.terms if term.law.mean * term.amount > 0}
    timed |= {(g, SETUP) for g, setup in enumerate(duty.setups) if setup is not None}
    for phase, word in ((LOAD, "load"), (UNLOAD, "unload"), (SETUP, "setup")):
        for g in np.flatnonzero(duty.attended[:, phase] >= 0).tolist():
            if (g, phase) not in timed:
                mend = "setup: {by: product, time_min: …}" if phase == SETUP else f"{word}_min (or _h, _s)"
                pool = duty.pools[duty.attended[g, phase]].name
                yield f"operators of {pool} attend the {word} of {plan.groups.names[g]}, which takes no time: give it {mend}"


def _too_long(plan: Plan) -> Iterator[str]:
    """Work that begins only where it ends within the shift, and is by chance longer than any."""
    duty = plan.groups.duty
    for p, g in enumerate(plan.group_of.tolist()):
        if duty.shift[g] < 0 or duty.shifts[duty.shift[g]].at_end != NO_START or plan.route.share[p] <= 0:
            continue
        mine, longest = [term for term in plan.times.terms if term.step == p], duty.shifts[duty.shift[g]].longest_us
        panels, cells = plan.lot_panels / float(plan.route.parts[p]), float(plan.times.inline[p])
        items = {RUN: 1.0, LOT: 1.0, PANEL: panels / cells + 1.0 - 1.0 / cells}  # in a row: all enter, and the last one passes
        fast = max(duty.speeds[g] or (1.0,))
        each = [term.amount * items.get(term.basis, panels * plan.units_per_panel) / (fast if term.phase == WORK else 1.0) for term in mine]
        times = sum((amount * term.law.quantile(QUANTILES) for amount, term in zip(each, mine, strict=True)), np.zeros(len(QUANTILES)))
        share = float((times > longest).mean())
        if 0.0 < share < 1.0:
            step, tool = _names(plan, p)
            yield (f"step {step}: about {100 * share:.2g} % of its times at {tool} are longer than its longest shift ({longest / HOUR:.4g} h), and "
                   "with at_end: no_start such a lot never starts; say suspend or finish")


def _cut(plan: Plan) -> Iterator[str]:
    """Normal laws of which so much lies below 0 that, cut off there, they have another mean."""
    laws: list[tuple[str, Distribution]] = [(f"step {_names(plan, term.step)[0]}", term.law) for term in plan.times.terms]
    laws += [(f"{what} of {one.name} at {plan.groups.names[one.group]}", law) for one in plan.groups.breakdowns
             for what, law in (("mtbf", one.to_fail), ("mttr", one.to_repair))]
    laws += [(f"{one.name} at {plan.groups.names[one.group]}", one.takes) for one in plan.groups.upkeep]
    laws += [(f"release {one.name}", one.interval) for one in plan.streams if one.interval is not None]
    laws += [("transport", plan.times.transport)] if plan.times.transport is not None else []
    for what, law in laws:
        inner = getattr(law, "law", law)  # of a multiple of another
        if isinstance(inner, Normal) and inner.mean > (1.0 + MOVED) * inner.parent_mean:
            yield (f"{what}: a normal time is cut off below 0, and its mean is then {inner.mean / inner.parent_mean:.4g} times what is written; "
                   "a lognormal or gamma law has the mean that is written")
