"""Finds the way of each lot of a block, and of each part of one: the positions that it visits, in order, until nothing is left of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from mypy_extensions import i64

from procsim.lots.records import LotOutcomes, Needs
from procsim.lots.routing import Presence
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.planning.plan import Plan
from procsim.planning.split_span import rows_of


@dataclass(frozen=True, slots=True)
class Ways:
    """Of N rows, which are lots or parts of the stretch *stretch* (-1: lots): *legs* (N,) of each, and the positions (N, P) that it visits, in
    *order*, then the others."""

    stretch: int
    legs: Ints
    order: Ints

    @property
    def width(self) -> int:
        """The most legs."""
        return int(self.legs.max(initial=0))

    def along(self, table: Ints) -> Ints:
        """What *table* (N, P or more) holds for each leg, (N, width)."""
        return np.take_along_axis(table, self.order[:, : self.width], axis=1)


def whole_ways(plan: Plan, panels: Floats, who: Presence | None, lots: int, split: bool) -> Ways:
    """Ways of *lots* of which so many *panels* (rows, P + 1) are left before each position, and who visit what *who* says; with *split* they go
    in parts on the stretches of the route, which the lot itself passes as a whole."""
    size = panels.shape[1] - 1
    there = who.there > 0 if who is not None else np.ones((lots, size), dtype=bool)
    inside = np.full(size, -1)
    for k, one in enumerate(plan.route.stretches if split else ()):
        inside[one.first : one.stop] = k
    order, count = _ordered(there)
    kinds = inside[order]
    within = np.zeros(order.shape, dtype=bool)  # parts tell what is left there
    within[:, 1:] = (kinds[:, 1:] >= 0) & (kinds[:, 1:] == kinds[:, :-1])
    within[:, :1] = True  # a lot that comes visits its first step
    return Ways(-1, _legs(panels[:lots], order, count, within), order)


def ways_of_parts(plan: Plan, panels: Floats, who: Presence | None, lots: int) -> list[tuple[slice, Ways]]:
    """For each stretch, the rows of its parts in a block of *lots*, and their ways, the last leg of which is where they are one again."""
    size, found = panels.shape[1] - 1, []
    for k, (one, rows) in enumerate(zip(plan.route.stretches, rows_of(plan.route.stretches, lots), strict=True)):
        there = who.there > 0 if who is not None else np.ones((lots, size), dtype=bool)
        mine = np.zeros((rows.stop - rows.start, size), dtype=bool)
        upto = one.stop + (one.merge >= 0)
        mine[:, one.first : upto] = np.tile(there[:, one.first : upto], (one.parts, 1))
        order, count = _ordered(mine)
        found.append((rows, Ways(k, _legs(panels[rows], order, count, np.zeros(order.shape, dtype=bool)), order)))
    return found


def _ordered(there: Bools) -> tuple[Ints, Ints]:
    """The positions that each row visits, in order and then the others, and how many these are."""
    if there.all():
        rows, size = there.shape
        return np.broadcast_to(np.arange(size), there.shape), np.full(rows, size)
    return np.argsort(~there, axis=1, kind="stable"), there.sum(axis=1)


def _legs(panels: Floats, order: Ints, count: Ints, kept: Bools) -> Ints:
    """How many positions each row visits before nothing is left of it; where *kept*, that is not asked."""
    if (panels[:, -1] > 0).all():
        return count
    dead = (np.take_along_axis(panels, order, axis=1) <= 0) & ~kept & (np.arange(order.shape[1]) < count[:, None])
    return np.where(dead.any(axis=1), dead.argmax(axis=1), count)


@dataclass(frozen=True, slots=True)
class Columns:
    """By row and leg, as lists: what ``rules.state.Line`` holds of lots. Those that nobody asks for are empty."""

    work: list[list[i64]]
    move: list[list[i64]]
    panels: list[list[i64]]
    fills: list[list[i64]]
    shared: list[list[i64]]
    load: list[list[i64]]
    unload: list[list[i64]]
    shared_load: list[list[i64]]
    shared_unload: list[list[i64]]
    tail: list[list[i64]]


def columns(ways: Ways, rows: slice, outcome: LotOutcomes, need: Needs, fills: Floats | None, unit: int, asked: frozenset[str]) -> Columns:
    """The columns of the *rows* of a block along their *ways*; panels are counted in parts, *unit* to one. *asked*: batches, panels, split,
    inline, move."""
    empty: list[list[i64]] = [[]] * len(ways.legs)
    none: list[list[i64]] = [[0] * ways.width] * len(ways.legs)

    def lists(table: Ints, on: bool = True) -> list[list[i64]]:
        found: list[list[i64]] = ways.along(table[rows]).tolist() if on else empty
        return found

    def parts(table: Floats, on: bool) -> list[list[i64]]:
        return _few(ways.along(np.rint(table[rows] * unit).astype(np.int64))) if on else empty

    split = "split" in asked and need.load.shape[2] > 0  # lots that visit no such tool group have no such times
    load, unload = need.load if split else (need.run, need.run), need.unload if split else (need.run, need.run)
    panels = parts(outcome.panels, "panels" in asked or ("batches" in asked and fills is None))
    return Columns(
        work=lists(need.run + need.own), move=lists(need.move) if "move" in asked else none, panels=panels,
        fills=panels if fills is None else parts(fills, "batches" in asked), shared=lists(need.run, "batches" in asked),
        load=lists(load[0] + load[1], split), unload=lists(unload[0] + unload[1], split), shared_load=lists(load[0], split),
        shared_unload=lists(unload[0], split), tail=lists(need.tail, "inline" in asked))


def _few(table: Ints) -> list[list[i64]]:
    """*table* as lists, in which equal numbers are one object: few of them differ."""
    numbers, at = np.unique(table, return_inverse=True)
    found: list[list[i64]] = numbers.astype(object)[at.reshape(table.shape)].tolist()
    return found
