"""A block in, its lots out as arrays: when they came and left, whether they count, and what they began with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.lots.records import Block
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.plan.plan import Plan
from procsim.plan.wip import NEVER


@dataclass(frozen=True, slots=True)
class Lots:
    """The lots of one block, as arrays (L,): *released*, *left* (the horizon, where still in the line), *gone*: has left;
    *cohort*: left inside the window; *cut*: the step at which a failure spoiled the lot, P where none did;
    *due*: when it is due, NEVER where nothing says so; *panels* it began with, of which *bought* are in the books."""

    released: Ints
    left: Ints
    entered: Bools
    gone: Bools
    cohort: Bools
    cut: Ints
    due: Ints
    panels: Ints
    bought: Ints


def lots_of(plan: Plan, block: Block) -> Lots:
    """The lots of *block*, as the window of *plan* sees them."""
    released, left, cut, due = (np.array(times, dtype=np.int64) for times in (block.released_us, block.left_us, block.scrapped_at, block.due_us))
    gone = left >= 0
    left = np.where(gone, left, plan.horizon_us)
    return Lots(released, left, released > NEVER, gone, gone & (left >= plan.warmup_us), np.where(cut >= 0, cut, len(plan.group_of)), due,
                block.panels, block.panels * (block.at is None))


def rows(block: Block, lots: Lots, spent: Floats, size: int) -> Floats:
    """A row for each lot that entered, (n, len(LOT_COLUMNS)); *spent*: USD by lot, *size*: positions of the route."""
    outcomes, number = block.outcomes, len(lots.gone)
    table = np.column_stack([np.full(number, block.stream), block.first + np.arange(number), lots.released, block.left_us,
                             lots.panels, outcomes.good, outcomes.escapes, outcomes.removed.sum(axis=1),
                             outcomes.scrapped.sum(axis=1), spent, lots.due]).astype(float)
    broken = lots.cut < size
    table[broken, 8] += table[broken, 5] + table[broken, 6]
    table[broken, 5:7] = 0.0
    table[~lots.gone, 5:9] = 0.0
    return np.asarray(table[lots.entered])
