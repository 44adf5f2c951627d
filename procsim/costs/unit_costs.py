"""Adds up what units have cost when they leave the line: good, as escapes or as scrap, and who made the scrap and who found it.

A visit is booked when it ends. Its cost is shared equally by the lot's live units (those not known-bad); a unit that is found
bad or lost leaves with what it carries by then, less what its scrap brings, which is credited at the same time.
"""

from __future__ import annotations

import numpy as np

from procsim.costs.by_step import by_step
from procsim.costs.departures import Departures
from procsim.costs.entry import Entry
from procsim.costs.rates import Rates
from procsim.maths.arrays import Floats
from procsim.planning.own_route import OwnRoute
from procsim.planning.plan import Plan


class UnitCosts:
    """USD of units of one replication that left the line at *rates*: *value* (3,) of good ones, escapes and scrap, *caused* and *found* (P + 1,) of
    scrap by step, and *by_stream* (R,) of all of them."""

    def __init__(self, plan: Plan, rates: Rates) -> None:
        self.rates, size = rates, len(plan.group_of)
        self.value = np.zeros(3)
        self.caused, self.found = (np.zeros(size + 1) for _ in range(2))
        self.by_stream = np.zeros(len(plan.streams))

    def add(self, entry: Entry, cost: Floats) -> None:
        """Takes in the units of a block, of which each visit had that *cost* (n,)."""
        before, carried = self.value.sum(), self._carried(entry, cost)
        outcomes, whole = entry.block.outcomes, entry.lots.whole
        self.value[0] += float((outcomes.good * carried[:, -1])[whole].sum())
        self.value[1] += float((outcomes.escapes * carried[:, -1])[whole].sum())
        for departed in (entry.left, entry.scrapped):
            self._scrap(entry.own, departed, carried)
        self.by_stream[entry.block.stream] += self.value.sum() - before

    def _carried(self, entry: Entry, cost: Floats) -> Floats:
        """What a live unit carries after each position, (L, P): all live units that a lot has share what a visit cost, with mean values also those
        that did not need it."""
        block, v, number, size = entry.block, entry.visits, len(entry.lots.gone), entry.own.size
        at = v.lot * size + v.step
        live = entry.live.ravel().take(at)
        shared = (live > 0) & v.done
        each = np.where(shared, cost, 0.0) / np.where(shared, live, 1.0)
        carried = np.bincount(at, weights=each, minlength=number * size).reshape(-1, size).astype(float)
        carried[:, 0] += self.rates.panel[block.stream] / entry.units * (block.at is None)
        return np.asarray(np.cumsum(carried, axis=1))

    def _scrap(self, own: OwnRoute, departed: Departures, carried: Floats) -> None:
        worth = departed.units * (carried[departed.lot, departed.at] + self.rates.credit[own.with_end[departed.at]])
        self.value[2] += float(worth.sum())
        self.caused[own.with_end] += by_step(departed.cause, worth, own.size + 1)
        self.found[own.with_end] += by_step(departed.at, worth, own.size + 1)
