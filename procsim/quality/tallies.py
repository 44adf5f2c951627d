"""Writes down what of a block's lots comes to each position: row by row for lots and, below them, for the parts in which they go."""

from __future__ import annotations

import numpy as np

from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan
from procsim.planning.split_span import rows_of


class Entering:
    """The tables of ``LotOutcomes`` that have a row for every lot and every part of one. Panels are all lots' first before all their second ones.
    In memory, columns stand one after the other, since they are written, and read for times, position by position."""

    def __init__(self, plan: Plan, rows: int) -> None:
        self.rows, self.each, self.size = rows, plan.lot_panels, len(plan.group_of)
        self.parts = list(zip(plan.route.stretches, rows_of(plan.route.stretches, rows), strict=True))
        deep = rows * (1 + sum(one.parts for one, _ in self.parts))
        self.table = {name: np.zeros((self.size + 1, deep)).T for name in ("lots", "panels", "live", "sites", "again", "repaired")}

    def note(self, p: int, there: Floats | float, alive: Floats, live: Floats, known: Floats) -> None:
        """What comes to position *p* of lots that are *there*: panels *alive*, and *live* and *known*-bad units on them."""
        panels = (alive, live, known)
        self._enter(p, slice(0, self.rows), there, [self.per_lot(of) for of in panels])
        for one, rows in self.parts:
            if one.first <= p < one.stop or p == (one.merge if one.merge >= 0 else self.size):
                here = np.tile(np.broadcast_to(there, self.rows), one.parts)
                self._enter(p, rows, here, [self._per_part(one.parts, of) for of in panels])

    def _enter(self, p: int, rows: slice, there: Floats | float, sums: list[Floats]) -> None:
        """Writes down what lots, or parts, bring to position *p*: the *sums* over them."""
        alive, live, known = sums
        self.table["panels"][rows, p], self.table["live"][rows, p] = alive * there, live * there
        self.table["sites"][rows, p] = (live + known) * there
        self.table["lots"][rows, p] = (alive > 0) * there

    def count(self, name: str, p: int, units: Floats) -> None:
        """What is done to *units*, by panel, at position *p*: to those of lots and, where these go in parts, of parts."""
        self.table[name][: self.rows, p] = self.per_lot(units)
        for one, rows in self.parts:
            if one.first <= p < one.stop:
                self.table[name][rows, p] = self._per_part(one.parts, units)

    def per_lot(self, panels: Floats) -> Floats:
        """Sums over each lot's panels, shape (rows,)."""
        return np.asarray(panels.reshape(self.each, self.rows).sum(axis=0))

    def _per_part(self, parts: int, panels: Floats) -> Floats:
        """Sums over the panels of each of a lot's *parts*, or its share of one panel, shape (parts · rows,)."""
        table = panels.reshape(self.each, self.rows)
        if parts > self.each:
            return np.asarray(np.repeat(table, parts // self.each, axis=0).ravel() * (self.each / parts))
        return np.asarray(table.reshape(parts, self.each // parts, self.rows).sum(axis=1).ravel())
