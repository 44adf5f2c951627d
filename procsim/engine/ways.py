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


def tables(ways: Ways, rows: slice, outcome: LotOutcomes, need: Needs, fills: Floats | None, unit: int, asked: frozenset[str]) -> dict[str, Ints]:
    """The columns of the *rows* of a block along their *ways*, (rows, width); panels are counted in parts, *unit* to one. *asked*: batches, panels,
    split, inline, move; what nobody asks for is left out."""
    found = {"work": need.run + need.own}
    if "move" in asked:
        found["move"] = need.move
    if "batches" in asked:
        found["shared"] = need.run
    if "split" in asked and need.load.shape[2] > 0:  # lots that visit no such tool group have no such times
        found |= {"load": need.load[0] + need.load[1], "unload": need.unload[0] + need.unload[1], "shared_load": need.load[0],
                  "shared_unload": need.unload[0]}
    if "inline" in asked:
        found["tail"] = need.tail
    made = {name: ways.along(table[rows]) for name, table in found.items()}
    if "panels" in asked or ("batches" in asked and fills is None):
        made["panels"] = ways.along(np.rint(outcome.panels[rows] * unit).astype(np.int64))
    if "batches" in asked:
        made["fills"] = made["panels"] if fills is None else ways.along(np.rint(fills[rows] * unit).astype(np.int64))
    return made


PANELS = ("panels", "fills")
"""Columns that count panels."""


def columns(ways: Ways, found: dict[str, Ints]) -> Columns:
    """What ``tables`` *found*, as lists."""
    empty: list[list[i64]] = [[]] * len(ways.legs)
    lists: dict[str, list[list[i64]]] = {name: found[name].tolist() if name in found and name not in PANELS else empty for name in Columns.__slots__}
    for name in PANELS:
        if name in found:
            lists[name] = lists["panels"] if name == "fills" and found["fills"] is found.get("panels") else _few(found[name])
    if "move" not in found:
        lists["move"] = [[0] * ways.width] * len(ways.legs)
    return Columns(**lists)


def _few(table: Ints) -> list[list[i64]]:
    """*table* as lists, in which equal numbers are one object: few of them differ."""
    numbers, at = np.unique(table, return_inverse=True)
    found: list[list[i64]] = numbers.astype(object)[at.reshape(table.shape)].tolist()
    return found
