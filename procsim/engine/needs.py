"""Plan, luck and fates in, the whole µs that each lot of a block needs at each step out.

Time does not depend on when things happen either, so it is drawn for a block of lots at once, as its fates are.
"""

from __future__ import annotations

import numpy as np

from procsim.engine.presence import Presence
from procsim.luck import LOTS, Keys, Luck
from procsim.plan.shape import LOAD, LOT, PANEL, REPAIR, RUN, WORK, Floats, Plan, Term
from procsim.records import Fates, Ints, Needs

NEVER_US = 1e18
"""What is longer than any horizon and still a whole number: 31 000 years."""


def needs(plan: Plan, luck: Luck | None, salt: int, first_lot: int, fates: Fates, who: Presence | None = None) -> Needs:
    """Times of the lots *first_lot* onwards, who visit what *who* says; with *luck* None every draw is its mean."""
    rows, size = len(fates.good), len(plan.group_of)
    numbers = first_lot + np.arange(rows, dtype=np.int64)
    lots = luck.entities(LOTS, numbers, salt) if luck is not None else None
    run, own, tail = (np.zeros((rows, size)) for _ in range(3))
    split = plan.groups.duty.split[plan.group_of]
    load, unload = (np.zeros((2, rows, size if split.any() else 0)) for _ in range(2))
    for term in plan.times.terms:
        s = term.step
        amount = _amount(plan, fates, term)
        time = _total(term, amount, lots, numbers)
        cells = plan.times.inline[s]
        if split[s] and term.phase != WORK:
            (load if term.phase == LOAD else unload)[int(term.basis != RUN), :, s] += time
        if term.basis == RUN:
            run[:, s] += time
        elif term.basis == PANEL and cells > 1:
            panels = fates.panels[:, s]
            each = np.divide(time, panels, out=np.zeros(rows), where=panels > 0)
            own[:, s] += time / cells
            tail[:, s] += each * (1.0 - 1.0 / cells) * fates.lots[:, s]
        else:
            own[:, s] += time
    return Needs(_ticks(run), _ticks(own), _ticks(tail), _moves(plan, lots, rows, who), _ticks(load), _ticks(unload))


def _amount(plan: Plan, fates: Fates, term: Term) -> Floats:
    """Items of the term at its step, for each lot."""
    s = term.step
    if term.basis in (RUN, LOT):
        return fates.lots[:, s] * term.amount
    if term.basis == PANEL:
        return fates.panels[:, s] * term.amount
    if term.basis == REPAIR:
        return fates.repaired[:, s] * term.amount
    return ((fates.live if plan.losses.skips[s] else fates.sites)[:, s] + fates.again[:, s]) * term.amount


def _total(term: Term, amount: Floats, lots: Keys | None, numbers: Ints) -> Floats:
    """Time of *amount* items: one draw for all of them, or, where the term says each, a draw for every item."""
    if lots is None or term.law.scv == 0.0:
        return amount * term.law.mean
    if not term.each:
        return amount * term.law.quantile(Luck.uniforms(lots, term.key))
    total = np.zeros(len(numbers))
    for row, lot in enumerate(lots):
        count = round(amount[row])
        if count:
            items = np.arange(count, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95) + np.uint64(term.key)
            total[row] = term.law.quantile(Luck.uniforms(np.full(count, lot), items)).sum()
    return total


def _ticks(time: Floats) -> Ints:
    return np.asarray(np.rint(np.minimum(time, NEVER_US)), dtype=np.int64)


def _moves(plan: Plan, lots: Keys | None, rows: int, who: Presence | None) -> Ints:
    """Transport to a step from the one visited before, where they stand at different tool groups."""
    size = len(plan.group_of)
    found = np.zeros((rows, size))
    law = plan.times.transport
    if law is None:
        return _ticks(found)
    before = np.full(rows, plan.group_of[0]) if who is None else np.full(rows, -1)
    for s in range(size):
        group = int(plan.group_of[s])
        there = np.ones(rows) if who is None else who.there[:, s]
        moved = (before != group) & (before >= 0) & (there > 0)
        if moved.any():
            time = law.mean if lots is None else law.quantile(Luck.uniforms(lots, int(plan.times.transport_keys[s])))
            found[:, s] = np.where(moved, time, 0.0)
        before = np.where(there > 0, group, before)
    return _ticks(found)
