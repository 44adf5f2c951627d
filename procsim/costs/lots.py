"""Tells of each lot of a block when it came and left, whether it counts, and what it began with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.lots.records import Block
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.planning.plan import Plan
from procsim.planning.wip import NEVER


@dataclass(frozen=True, slots=True)
class Lots:
    """The lots of one block, as arrays (L,): *released*, *left* (the horizon, where still in the line), *gone*: has left;
    *spoiled*: scrapped whole, at the step *cut* (P for others); *cohort*: left inside the window, *whole*: that and not spoiled;
    *due*: when it is due, NEVER where nothing says so; *panels* it began with, of which *bought* are in the books."""

    released: Ints
    left: Ints
    entered: Bools
    gone: Bools
    spoiled: Bools
    cut: Ints
    cohort: Bools
    whole: Bools
    due: Ints
    panels: Ints
    bought: Ints


def lots_of(plan: Plan, block: Block) -> Lots:
    """The lots of *block*, as the window of *plan* sees them."""
    released, left, cut, due = (np.array(times, dtype=np.int64) for times in (block.released_us, block.left_us, block.scrapped_at, block.due_us))
    gone, cut = left >= 0, np.where(cut >= 0, block.column(cut), -1)
    left = np.where(gone, left, plan.horizon_us)
    cohort, spoiled = gone & (left >= plan.warmup_us), cut >= 0
    return Lots(released, left, released > NEVER, gone, spoiled, np.where(spoiled, cut, len(plan.group_of)), cohort, cohort & ~spoiled, due,
                block.panels, block.panels * (block.at is None))


def rows(block: Block, lots: Lots, spent: Floats) -> Floats:
    """A row for each lot that entered, (n, len(LOT_COLUMNS)); *spent*: USD by lot."""
    outcomes, number = block.outcomes, len(lots.gone)
    table = np.column_stack([np.full(number, block.stream), block.first + np.arange(number), lots.released, block.left_us,
                             lots.panels, outcomes.good, outcomes.escapes, outcomes.removed.sum(axis=1),
                             outcomes.scrapped.sum(axis=1), spent, lots.due]).astype(float)
    table[lots.spoiled, 8] += table[lots.spoiled, 5] + table[lots.spoiled, 6]
    table[lots.spoiled, 5:7] = 0.0
    table[~lots.gone, 5:9] = 0.0
    return np.asarray(table[lots.entered])
