"""Finds what can never be done: work longer than any shift, operators who are never there, lots that no tool gives back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, LOT, PANEL, RUN, UNIT, WORK, Plan
from procsim.planning.shifts import FINISH, NO_START, meet

QUICKEST = 1e-9
"""Share of draws that are shorter than the shortest, or longer than the longest, that are thought of."""


def infeasible(plan: Plan) -> tuple[str, ...]:
    """Every step that no lot gets through, each with its tool group, what is missing and what would mend it; and lots for which no time passes."""
    timed = any(shift.at_end == NO_START for shift in plan.groups.duty.shifts) or any(b.scrap for b in plan.groups.breakdowns)
    least, out = _least(plan) if timed else np.zeros((2, len(plan.group_of)))  # which nobody asks for then
    return tuple(dict.fromkeys([*_too_long(plan, least + out), *_alone(plan), *_spoiled(plan, least, out), *_at_once(plan)]))


def _visited(plan: Plan) -> Iterator[tuple[int, int, str, str]]:
    """Positions that lots come to, with the index and the name of their tool group and the name of their step."""
    for p in np.flatnonzero(plan.route.share > 0).tolist():
        g = int(plan.group_of[p])
        yield p, g, plan.groups.names[g], plan.steps[plan.route.step[p]]


def _least(plan: Plan) -> tuple[Floats, Floats]:
    """µs that the smallest and fastest run holds the fastest tool at each position, (P,): no run is shorter; and that it then is on its way out
    of an in-line tool."""
    found, out = np.zeros((2, len(plan.group_of)))
    whole = bool((plan.losses.panel >= 1.0).all())
    for term in plan.times.terms:
        s = term.step
        panels = plan.lot_panels / plan.route.parts[s] if whole else min(1.0, plan.lot_panels / plan.route.parts[s])
        units = 0.0 if plan.losses.skips[s] else panels * plan.units.min()
        items = {RUN: 1.0, LOT: 1.0, PANEL: panels / plan.times.inline[s], UNIT: units}.get(term.basis, 0.0)  # no repair is sure
        fast = max(plan.groups.duty.speeds[plan.group_of[s]] or (1.0,)) if term.phase == WORK else 1.0
        each = float(term.law.quantile(np.array([QUICKEST]))[0]) * term.amount / fast
        found[s] += each * items
        out[s] += each * (1.0 - 1.0 / plan.times.inline[s]) if term.basis == PANEL else 0.0
    return found, out


def _too_long(plan: Plan, least: Floats) -> Iterator[str]:
    """Work that is to start only where it ends within the shift, and is longer than all of them."""
    duty = plan.groups.duty
    for p, g, tool, step in _visited(plan):
        shift = duty.shifts[duty.shift[g]] if duty.shift[g] >= 0 else None
        if shift is not None and shift.at_end == NO_START and least[p] > shift.longest_us + 1:
            yield (f"step {step} takes {least[p] / HOUR:.4g} h at {tool}, and no shift of {shift.name} is longer than "
                   f"{shift.longest_us / HOUR:.4g} h: with at_end: no_start it never starts; lengthen the shift, or let it say suspend or finish")


def _alone(plan: Plan) -> Iterator[str]:
    """Work that needs an operator who is never there when the tool is on. (In overtime a tool waits for him.)"""
    duty = plan.groups.duty
    phases = {(term.step, term.phase) for term in plan.times.terms if term.law.mean * term.amount > 0}
    for p, g, tool, step in _visited(plan):
        for phase, pool in enumerate(duty.attended[g].tolist()):
            if pool < 0 or duty.shift[g] < 0 or duty.pools[pool].shift < 0 or (p, phase) not in {*phases, (p, WORK)}:
                continue
            one, two = duty.shifts[duty.shift[g]], duty.shifts[duty.pools[pool].shift]
            if one.at_end != FINISH and not meet(one, two, plan.horizon_us):
                yield (f"step {step} at {tool} needs an operator of {duty.pools[pool].name}, and their shift {two.name} is never on when {one.name}, "
                       f"that of {tool}, is: it is never done; let the shifts meet")


def _spoiled(plan: Plan, least: Floats, out: Floats) -> Iterator[str]:
    """Work that is longer than its tool ever goes without a failure that scraps it."""
    for b in (one for one in plan.groups.breakdowns if one.scrap):
        longest = float(b.to_fail.quantile(np.array([1.0 - QUICKEST]))[0])
        for p, g, tool, step in _visited(plan):
            time = least[p] + (0.0 if b.busy_clock else out[p])
            if g == b.group and time > longest + 1:
                yield (f"step {step} takes {time / HOUR:.4g} h at {tool}, which fails every {longest / HOUR:.4g} h at most ({b.name}) and then "
                       f"scraps its work: every lot is lost there; raise mtbf of {b.name}, or say work: resume")


def _at_once(plan: Plan) -> Iterator[str]:
    """Lots of a constant WIP that leave as soon as they come, so that the next ones do, for ever."""
    timed = {term.step for term in plan.times.terms if term.law.mean * term.amount > 0}
    for stream, reached in zip(plan.streams, plan.route.reached, strict=True):
        visited = np.flatnonzero(reached > 0).tolist()
        moved = plan.times.transport is not None and len({int(plan.group_of[p]) for p in visited}) > 1
        if stream.conwip and not stream.limit and not (moved or timed & set(visited)):
            what = "takes time" if visited else "is there for them to do (sample, route)"
            yield f"lots of {stream.name} leave as soon as they come, since nothing {what}: under a constant WIP ever more would follow at once"
