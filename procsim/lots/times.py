"""Works out the whole µs that each lot of a block, or part of one, needs at each step.

Time does not depend on when things happen either, so it is drawn for a block of lots at once, as its outcomes are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from procsim.lots.branching import branching
from procsim.lots.records import LotOutcomes, LotRange, Needs
from procsim.lots.routing import Presence
from procsim.maths.arrays import Floats, Ints, Keys
from procsim.maths.keyed_random import LOTS, PARTS, KeyedRandom
from procsim.planning.plan import LOAD, LOT, PANEL, REPAIR, RUN, WORK, Plan, Term
from procsim.planning.scaled import ticks, together
from procsim.planning.split_span import rows_of, walkers

_MOST_PARTS = 4096
"""More than there are parts of a lot; a part is known by the number of its lot times this, and its own."""

DRAWS_AT_ONCE = 8192
"""Draws of several terms that are made at once: as many as stay in the cache."""


def needs(plan: Plan, random: KeyedRandom | None, lots: LotRange, outcomes: LotOutcomes, who: Presence | None = None,
          sizes: Floats | None = None) -> Needs:
    """Times of *lots*, who visit what *who* says; with *random* None every draw is its mean. Where *sizes* (P,) says how many lots share a run, what
    is for all of them is part of what each needs itself, so that one that is there by a chance takes its part of the time."""
    rows, size = len(outcomes.panels), len(plan.group_of)
    keys = _keys(plan, random, lots) if random is not None else None
    run, own, tail = (np.zeros((size, rows)).T for _ in range(3))  # columns in one piece, since they are added to one by one
    split = plan.groups.duty.split[plan.group_of]
    load, unload = (np.zeros((2, rows, size if split.any() else 0)) for _ in range(2))
    for term, at, time in _drawn(plan, outcomes, keys):
        s = term.step
        cells = plan.times.inline[s]
        if split[s] and term.phase != WORK:
            (load if term.phase == LOAD else unload)[int(term.basis != RUN), at, s] += time
        if term.basis == RUN:
            run[at, s] += time
        elif term.basis == PANEL and cells > 1:
            panels = outcomes.panels[at, s]
            each = np.divide(time, panels, out=np.zeros(len(panels)), where=panels > 0)
            own[at, s] += time / cells
            tail[at, s] += each * (1.0 - 1.0 / cells) * outcomes.lots[at, s]
        else:
            own[at, s] += time
    if sizes is not None:
        _shared_out(sizes, run, own)
        if split.any():
            _shared_out(sizes, *load)
            _shared_out(sizes, *unload)
    return Needs(ticks(run), ticks(own), ticks(tail), _moves(plan, keys, lots.count, rows, who), ticks(load), ticks(unload))


def _shared_out(sizes: Floats, run: Floats, own: Floats) -> None:
    """Makes each lot's part of what is for a *run* its *own*."""
    at = np.flatnonzero(sizes > 0)
    own[:, at] += run[:, at] / sizes[at]
    run[:, at] = 0.0


def _keys(plan: Plan, random: KeyedRandom, lots: LotRange) -> Keys:
    """The random numbers of each row: that of the lot, or of the lot's part by its number."""
    numbers, salt = lots.numbers, plan.streams[lots.stream].key
    parts = [random.entities(PARTS, numbers * _MOST_PARTS + j, salt) for one in plan.route.stretches for j in range(one.parts)]
    return np.concatenate([random.entities(LOTS, numbers, salt), *parts])


def _amount(plan: Plan, outcomes: LotOutcomes, term: Term, at: slice) -> Floats:
    """Items of the term at its step, for each of the rows *at*."""
    s = term.step
    if term.basis in (RUN, LOT):
        return outcomes.lots[at, s] * term.amount
    if term.basis == PANEL:
        return outcomes.panels[at, s] * term.amount
    if term.basis == REPAIR:
        return outcomes.repaired[at, s] * term.amount
    return ((outcomes.live if plan.losses.skips[s] else outcomes.sites)[at, s] + outcomes.again[at, s]) * term.amount


def _drawn(plan: Plan, outcomes: LotOutcomes, keys: Keys | None) -> Iterator[tuple[Term, slice, Floats]]:
    """Each term, the rows that it is for, and its time for each of them."""
    here = walkers(plan.route.stretches, len(outcomes.good), len(plan.group_of))
    for at, terms in groupby(plan.times.terms, key=lambda term: here[term.step]):
        ours, count = keys[at] if keys is not None else None, at.stop - at.start
        for some in _batched(list(terms), max(DRAWS_AT_ONCE // count, 1)):
            for term, draw in zip(some, _draws(some, ours, count), strict=True):
                amount = _amount(plan, outcomes, term, at)
                yield term, at, amount * draw if ours is None or not term.each else _item_by_item(term, amount, ours)


def _batched(terms: Sequence[Term], most: int) -> Iterator[Sequence[Term]]:
    for first in range(0, len(terms), most):
        yield terms[first : first + most]


def _draws(terms: Sequence[Term], keys: Keys | None, rows: int) -> Floats:
    """Every row's draw of each term, (n, rows); the mean where it is not random, or drawn item by item."""
    found = np.repeat([[term.law.mean] for term in terms], rows, axis=1)
    varied = [i for i, term in enumerate(terms) if term.law.scv > 0.0 and not term.each]
    if keys is not None and varied:
        names = np.array([[terms[i].key] for i in varied], dtype=np.uint64)
        found[varied] = together([terms[i].law for i in varied], KeyedRandom.uniforms(keys, names))
    return found


def _item_by_item(term: Term, amount: Floats, lots: Keys) -> Floats:
    """Time of *amount* items, a draw for every item, the last by its share."""
    if term.law.scv == 0.0:
        return amount * term.law.mean
    total = np.zeros(len(amount))
    for row, lot in enumerate(lots):
        count = math.ceil(round(amount[row], 9))
        if count:
            items = np.arange(count, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95) + np.uint64(term.key)
            drawn = term.law.quantile(KeyedRandom.uniforms(np.full(count, lot), items))
            drawn[-1] *= 1.0 - (count - round(amount[row], 9))
            total[row] = drawn.sum()
    return total


def _moves(plan: Plan, keys: Keys | None, lots: int, rows: int, who: Presence | None) -> Ints:
    """Transport to a step from the one visited before, where they stand at different tool groups; parts go to where they merge themselves."""
    size, stretches, law = len(plan.group_of), plan.route.stretches, plan.times.transport
    found = np.zeros((rows, size))
    if law is None:
        return found.astype(np.int64)
    if keys is None and who is not None:
        return ticks(_mean_moves(plan, law.mean, rows, who))
    here = walkers(stretches, lots, size)
    merging = {one.merge: part for one, part in zip(stretches, rows_of(stretches, lots), strict=True)}
    before = np.full(lots, plan.group_of[0]) if who is None else np.full(lots, -1)
    for s in range(size):
        group = int(plan.group_of[s])
        there = np.ones(lots, dtype=bool) if who is None else who.came[:, s]
        moved = (before != group) & (before >= 0) & there
        if moved.any():
            for at in [here[s], merging[s]] if s in merging else [here[s]]:
                time = law.mean if keys is None or law.scv == 0.0 else law.quantile(KeyedRandom.uniforms(keys[at], int(plan.times.transport_keys[s])))
                found[at, s] = np.where(np.tile(moved, (at.stop - at.start) // lots), time, 0.0)
        before = np.where(there, group, before)
    return ticks(found)


def _mean_moves(plan: Plan, mean: float, rows: int, who: Presence) -> Floats:
    """µs of transport to each step, (rows, P), of lots that are there by a chance: *mean* for those that come from another tool group."""
    each = [branching(plan.route.after, there, failed).moved(plan.group_of) for there, failed in zip(who.there, who.failed, strict=True)]
    return mean * np.tile(np.array(each), (rows // len(each), 1))
