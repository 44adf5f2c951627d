"""Tells of each visit of a block whose it was, where and when, and what it is charged for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from procsim.costs.scrap import scrapped
from procsim.lots.records import SHARED, Block
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.planning.plan import HOUR, LOT, PANEL, REPAIR, RUN, SCRAPPED, UNIT, Plan

HOURS = SCRAPPED + 1
"""The row of ``Visits.parts`` after those of the bases: hours of tool time."""


@dataclass(frozen=True, slots=True)
class Visits:
    """n visits, of which *lot* (and whose *row*, where it is in parts), and at which *step*, by positions of their own route: *parts* (7, n) holds
    items of each basis (0 where they were not asked for) and, last, hours of tool time. *done* is false for a visit that the horizon cut short, or
    that did not take place; *over* for the former only, since a lot that is scrapped before it starts is scrap."""

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


def priced(plan: Plan) -> list[int]:
    """Bases of which something is paid for, or used."""
    money = plan.money
    return [basis for basis in range(SCRAPPED) if money.direct[:, basis].any() or any(use.basis == basis for use in money.uses)]


def visits_of(plan: Plan, block: Block, bases: Sequence[int]) -> Visits:
    """The visits of *block*'s lots, with items of the *bases*, of lots and of panels."""
    row, position, arrived, start, end = block.table().T
    step = block.column(position)
    outcomes, needs, size = block.outcomes, block.needs, len(plan.group_of)
    narrow = row * size + step
    wide = narrow + row

    def at(table: Floats | Ints) -> Floats:
        """The values of a table by row and position, (rows, S) or (rows, S + 1), for each visit."""
        return np.asarray(table.ravel().take(narrow if table.shape[1] == size else wide), dtype=float)

    lot = row % len(outcomes.good) if plan.route.stretches else row
    parts = np.zeros((HOURS + 1, len(row)))  # what is not written to costs nothing
    parts[LOT], parts[PANEL] = at(outcomes.lots), at(outcomes.panels)
    if RUN in bases:
        parts[RUN] = parts[LOT]
    if UNIT in bases:
        parts[UNIT] = at(outcomes.worked(plan.losses.skips))
    if REPAIR in bases:
        parts[REPAIR] = at(outcomes.repaired)
    held = at(needs.run + needs.own)
    if plan.money.direct[:, SCRAPPED].any():
        parts[SCRAPPED] = _scrapped(plan, block, lot, step)
    parts[HOURS] = held / HOUR
    tail = at(needs.tail) if needs.tail.any() else np.zeros(len(row))
    if block.runs:
        _together(block, narrow, held, parts)
    if block.sizes is not None:  # but for runs that went on at time 0, which are what is left of them
        _of_fixed_runs(np.where(at(needs.run) > 0, np.nan, block.sizes[step]), at(needs.own), held, parts)
    if block.tails:
        which, (time,) = _told(block, narrow, block.tails, 3)
        tail[which] = time
    return Visits(lot, row, step, arrived, start, end, held, tail, parts, _done(plan, block, lot, position, end), end < plan.horizon_us)


def _of_fixed_runs(size: Floats, own: Floats, held: Floats, parts: Floats) -> None:
    """With mean values each lot pays its *own* part of runs of so many lots, whoever was there: a run *held* its tool for that of all of them."""
    at = np.flatnonzero(size > 0)
    parts[RUN, at] = parts[LOT, at] / size[at]
    parts[HOURS, at] = own[at] / HOUR
    held[at] = size[at] * own[at]


def _scrapped(plan: Plan, block: Block, lot: Ints, step: Ints) -> Floats:
    """Units that visits are credited for: those that the lot loses there, shared by its parts."""
    key = lot * len(plan.group_of) + step
    return np.asarray(scrapped(block, float(plan.units[block.stream]))[lot, step] / np.bincount(key)[key] if len(key) else np.zeros(0))


def _together(block: Block, narrow: Ints, held: Floats, parts: Floats) -> None:
    """Lots that shared a run share its time, and what it used, by their panels."""
    which, (time, together) = _told(block, narrow, block.runs, len(SHARED))
    share = np.divide(parts[PANEL, which], together, out=np.zeros(len(which)), where=together > 0)
    held[which] = time
    parts[RUN, which] = share * parts[LOT, which]
    parts[HOURS, which] = time * share / HOUR


def _told(block: Block, narrow: Ints, rows: Sequence[float], width: int) -> tuple[Ints, Floats]:
    """Which visits the *rows* (row, position, …) of that *width* are of, (n,), and their other columns, (width - 2, n). *narrow* tells visits
    apart."""
    table = np.array(rows, dtype=float).reshape(-1, width).T
    row, position = table[:2].astype(np.int64)
    lots, size = block.needs.run.shape
    visit = np.full(lots * size, -1, dtype=np.int64)
    visit[narrow] = np.arange(len(narrow))
    return visit[row * size + block.column(position)], table[2:]


def _done(plan: Plan, block: Block, lot: Ints, position: Ints, end: Ints) -> Bools:
    """Which visits have ended by the horizon and were some: a lot that waited too long was not worked on."""
    done = end < plan.horizon_us
    if block.unstarted:
        done &= ~(np.isin(lot, block.unstarted) & (position == np.array(block.scrapped_at)[lot]) & (end == np.array(block.left_us)[lot]))
    return np.asarray(done)
