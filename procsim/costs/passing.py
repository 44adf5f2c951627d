"""Works out how many good units come to each step: those that some step made bad, or lost, are good until then.

A lot's units end as good, or are charged to one cause. So of those that it began with, all that no earlier cause is charged with are good when it
comes to a step, and dies that arrive bad are no good from the beginning.
"""

from __future__ import annotations

import numpy as np

from procsim.costs.lots import Lots
from procsim.lots.records import Block
from procsim.maths.arrays import Floats, Ints
from procsim.planning.plan import Plan


def passing(plan: Plan, block: Block, lots: Lots, ways: Ints, lost: tuple[Ints, Ints, Floats]) -> Floats:
    """Good units that come to each position, (P,), of lots of *block* that left. On their way they *lost* units, as (lot, cause, units); escapes,
    by source, are charged to the causes *ways*."""
    size = len(plan.group_of)
    whole = np.flatnonzero(lots.whole)
    began, escaped = np.where(lots.cohort, lots.panels * float(plan.units[block.stream]), 0.0), block.outcomes.escaped[whole]
    there = None
    if plan.route.plain_for(block.stream) and block.at is None:  # all come everywhere: their sums are enough
        whole, escaped = whole[:1], escaped.sum(axis=0, keepdims=True)[: len(whole)]
    else:
        steps = np.arange(size)
        there = block.outcomes.there * (steps <= lots.cut[:, None]) * (1 if block.at is None else steps >= block.at[:, None])
        there = np.where(steps == lots.cut[:, None], 1.0, there)  # a mean lot that is scrapped at a step which some visit was there whole
    charged = (np.repeat(whole, len(ways)), np.tile(ways, len(whole)), escaped)
    lot, cause, units = (np.append(one, other) for one, other in zip(lost, charged, strict=True))
    return good_in(began, lot, cause, units, there, size)


def good_in(began: Floats, lot: Ints, cause: Ints, units: Floats, there: Floats | None, size: int) -> Floats:
    """Good units that come to each of *size* positions, summed over lots that *began* (L,) with so many: *units* of a *lot* were lost by a *cause*
    (*size*: incoming). Lots are *there*, (L, size), or all of them everywhere."""
    rows, key = (len(began), lot * (size + 1) + cause) if there is not None else (1, cause)
    lost = np.bincount(key, weights=units, minlength=rows * (size + 1)).reshape(rows, size + 1).astype(float)
    first = (began if there is not None else began.sum(keepdims=True))[:, None] - lost[:, -1:]
    before = np.maximum(first - np.cumsum(lost[:, :-1], axis=1) + lost[:, :-1], 0.0)
    return np.asarray((before * there).sum(axis=0) if there is not None else before[0])
