"""Lays out the terms of all times of a Plan as arrays, which the closed form multiplies with what comes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints
from procsim.maths.same import FLOWS, of_the_same
from procsim.planning.plan import HOUR, PANEL, UNIT, WORK, Plan, Times


@dataclass(frozen=True, slots=True)
class Terms:
    """Of T terms, (T,): the position *at* which each stands, its *basis* and *phase*, its *amount*, of which it draws *each* or all in one, the mean
    *hours* of that amount on a tool of the group's mean speed, and the squared coefficient of variation *scv* of its law."""

    at: Ints
    basis: Ints
    phase: Ints
    amount: Floats
    each: Bools
    hours: Floats
    scv: Floats

    def by_position(self, values: Floats, size: int) -> Floats:
        """Sums of *values* (T,) over the terms of each of *size* positions."""
        return np.bincount(self.at, weights=values, minlength=size).astype(float)


@of_the_same(FLOWS, lambda plan: (plan.times, plan.groups.duty, plan.group_of))  # a closed form asks for them five times
def terms(plan: Plan) -> Terms:
    """Those of *plan*."""
    found, slow = _at_speed_1(plan.times), plan.groups.duty.slowness()
    hours = np.where(found.phase == WORK, found.hours * slow[plan.group_of[found.at]], found.hours)
    return Terms(found.at, found.basis, found.phase, found.amount, found.each, hours, found.scv)


@lru_cache(maxsize=64)  # a closed form asks for them ten times, and the points of a sweep share them
def _at_speed_1(times: Times) -> Terms:
    """Those of *times*, on tools of speed 1."""
    known = times.terms
    at, basis, phase = (np.array([getattr(term, name) for term in known], dtype=np.int64) for name in ("step", "basis", "phase"))
    return Terms(at, basis, phase, np.array([term.amount for term in known], dtype=float), np.array([term.each for term in known], dtype=bool),
                 np.array([term.law.mean * term.amount / HOUR for term in known]), np.array([term.law.scv for term in known], dtype=float))


def visit_scv(plan: Plan, visit: Floats, setup: Floats) -> Floats:
    """Squared coefficient of variation of the time of a visit to each position, (P,), of *visit* (P,) hours, *setup* (P,) being what setups add to
    its variance."""
    known, panels = terms(plan), plan.lot_panels / plan.route.parts
    items = np.where((known.basis == PANEL) | (known.basis == UNIT), panels[known.at], 1.0) * np.where(known.basis == UNIT, plan.units_per_panel, 1.0)
    square = (known.hours * items) ** 2
    alone = known.scv * np.where(known.each, square / np.maximum(known.amount * items, 1e-300), square)
    variance, square = setup + known.by_position(alone, len(visit)), visit**2  # 0 also of times that are as good as none
    return np.divide(variance, square, out=np.zeros_like(variance), where=square > 0)
