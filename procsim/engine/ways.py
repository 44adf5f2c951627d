"""Finds the way of each lot of a block, and of each part of one: the positions that it visits, in order, until nothing is left of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from procsim.engine.rules.words import PANEL
from procsim.lots.records import LotOutcomes, Needs
from procsim.lots.routing import Presence
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.planning.plan import Plan
from procsim.planning.split_span import rows_of


@dataclass(frozen=True, slots=True)
class Ways:
    """Of N rows, which are lots or parts of the stretch *stretch* (-1: lots): *legs* (N,) of each, and the positions (N, P) that it visits, in
    *order*, then the others. Of the legs they know *most* beforehand."""

    stretch: int
    legs: Ints
    order: Ints
    most: int = sys.maxsize

    @property
    def width(self) -> int:
        """The most legs that are known."""
        return min(int(self.legs.max(initial=0)), self.most)

    @property
    def known(self) -> Ints:
        """The positions of these legs, (N, width)."""
        return self.order[:, : self.width]

    def along(self, table: Any, rows: Ints) -> Any:
        """What *rows* (N,) of *table* hold for each leg that is known, (N, width)."""
        return table[rows[:, None], self.known]

    def of(self, which: Ints) -> Ways:
        """Those of some of the rows; where all rows are the same, they are there once."""
        order = self.order[which] if self.order.strides[0] else np.broadcast_to(self.order[0], (len(which), self.order.shape[1]))
        return replace(self, legs=self.legs[which], order=order)

    def behind(self, legs: int) -> Ways:
        """What is left of them behind so many."""
        return replace(self, legs=self.legs - legs, order=self.order[:, legs:])


def whole_ways(plan: Plan, panels: Floats, who: Presence | None, lots: int, split: bool, most: int) -> Ways:
    """Ways of *lots* of which so many *panels* (rows, P + 1) are left before each position, and who visit what *who* says; with *split* they go
    in parts on the stretches of the route, which the lot itself passes as a whole. They know *most* legs beforehand."""
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
    return Ways(-1, _legs(panels[:lots], order, count, within), order, most)


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


def cells(ways: Ways, rows: Ints, outcome: LotOutcomes, need: Needs, mean: bool, asked: frozenset[str]) -> dict[str, Ints]:
    """The columns of the *rows* of a block, packed or not, along their *ways*, (rows, width), of those that are *asked* for: batches, panels, split,
    inline, move. Panels are counted in parts. With mean values (*mean*) a batch must have room for those of a lot that is there, though that is a
    chance."""

    def along(*tables: Any) -> Ints:
        found = [ways.along(table, rows).astype(np.int64, copy=False) for table in tables]
        return np.asarray(found[0] if len(found) == 1 else found[0] + found[1])

    found = {"work": along(need.run, need.own)}
    if "move" in asked:
        found["move"] = along(need.move)
    if "batches" in asked:
        found["shared"] = along(need.run)
    if "split" in asked and need.load.shape[2] > 0:  # lots that visit no such tool group have no such times
        found |= {"load": along(*need.load), "unload": along(*need.unload)}
        found |= {"shared_load": along(need.load[0]), "shared_unload": along(need.unload[0])}
    if "inline" in asked:
        found["tail"] = along(need.tail)
    if asked & {"panels", "batches"}:
        panels = ways.along(outcome.panels, rows).astype(np.float64, copy=False)
        fills = panels
        if mean:
            lots = ways.along(outcome.lots, rows)
            fills = np.divide(panels, lots, out=np.zeros_like(panels), where=lots > 0)
        if "panels" in asked:
            found["panels"] = _parts(panels)
        if "batches" in asked:
            found["fills"] = found["panels"] if fills is panels and "panels" in asked else _parts(fills)
    return found


def _parts(panels: Floats) -> Ints:
    """*panels* in parts."""
    return np.asarray(np.rint(panels * PANEL), dtype=np.int64)
