"""A block in, its visits out as arrays: whose, where and when, and what each is charged for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from procsim.costs.scrap import scrapped
from procsim.plan.shape import HOUR, LOT, PANEL, REPAIR, RUN, SCRAPPED, UNIT, Plan
from procsim.records import SHARED, Block, Floats, Ints

Bools = NDArray[np.bool_]
HOURS = SCRAPPED + 1
"""The row of ``Visits.parts`` after those of the bases: hours of tool time."""


@dataclass(frozen=True, slots=True)
class Visits:
    """n visits, of which *lot* (and whose *row*, where it is in parts): *parts* (7, n) holds items of each basis and, last, hours of tool
    time. *done* is false for a visit that the horizon cut short, or that did not take place; *over* for the former only, since a lot that is
    scrapped before it starts is scrap."""

    lot: Ints
    row: Ints
    step: Ints
    arrived: Ints
    start: Ints
    end: Ints
    held: Floats
    tail: Floats
    parts: Floats
    done: Bools
    over: Bools


def visits_of(plan: Plan, block: Block) -> Visits:
    """The visits of *block*'s lots."""
    row, step, arrived, start, end = block.table().T
    fates, needs, size = block.fates, block.needs, len(plan.group_of)
    narrow = row * size + step
    wide = narrow + row

    def at(table: Floats | Ints) -> Floats:
        """The values of a table by row and position, (rows, S) or (rows, S + 1), for each visit."""
        return np.asarray(table.ravel().take(narrow if table.shape[1] == size else wide), dtype=float)

    lot = row % len(fates.good)
    parts = np.empty((HOURS + 1, len(row)))
    parts[RUN] = parts[LOT] = at(fates.lots)
    parts[PANEL] = at(fates.panels)
    parts[UNIT] = at(fates.worked(plan.losses.skips))
    parts[REPAIR] = at(fates.repaired) if fates.repaired.any() else 0.0
    held = at(needs.run + needs.own)
    parts[SCRAPPED] = _scrapped(plan, block, lot, step) if plan.money.direct[:, SCRAPPED].any() else 0.0
    parts[HOURS] = held / HOUR
    if block.runs:
        _together(block, narrow, held, parts)
    tail = at(needs.tail) if needs.tail.any() else np.zeros(len(row))
    return Visits(lot, row, step, arrived, start, end, held, tail, parts, _done(plan, block, lot, step, end), end < plan.horizon_us)


def _scrapped(plan: Plan, block: Block, lot: Ints, step: Ints) -> Floats:
    """Units that visits are credited for: those that the lot loses there, shared by its parts."""
    key = lot * len(plan.group_of) + step
    return np.asarray(scrapped(block, float(plan.units[block.stream]))[lot, step] / np.bincount(key)[key] if len(key) else np.zeros(0))


def _together(block: Block, narrow: Ints, held: Floats, parts: Floats) -> None:
    """Lots that shared a run share its time, and what it used, by their panels."""
    row, step, time, together = np.array(block.runs, dtype=float).reshape(-1, len(SHARED)).T
    rows, size = block.needs.run.shape
    visit = np.full(rows * size, -1, dtype=np.int64)
    visit[narrow] = np.arange(len(narrow))
    which = visit[row.astype(np.int64) * size + step.astype(np.int64)]
    share = np.divide(parts[PANEL, which], together, out=np.zeros(len(which)), where=together > 0)
    held[which] = time
    parts[RUN, which] = share * parts[LOT, which]
    parts[HOURS, which] = time * share / HOUR


def _done(plan: Plan, block: Block, lot: Ints, step: Ints, end: Ints) -> Bools:
    """Which visits have ended by the horizon and were some: a lot that waited too long was not worked on."""
    done = end < plan.horizon_us
    if block.unstarted:
        done &= ~(np.isin(lot, block.unstarted) & (step == np.array(block.scrapped_at)[lot]) & (end == np.array(block.left_us)[lot]))
    return np.asarray(done)
