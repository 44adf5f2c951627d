"""Adds up what visits are charged for: apart for lots that left, for the window, and for the lots in the line at either end of it."""

from __future__ import annotations

import numpy as np

from procsim.costs.by_step import sums
from procsim.costs.entry import Entry
from procsim.costs.visits import HOURS
from procsim.maths.arrays import Bools, Floats
from procsim.planning.own_route import OwnRoute
from procsim.planning.plan import SCRAPPED, Plan

_TALLIES = ("left", "window", "before", "after")


class Charges:
    """What lots of one replication are charged for: by stream *counts* (P, HOURS + 1), at positions of its *own* route, of items by basis and of
    hours of tools, and panels *bought* (R,), in four tallies: "left", of lots that left in the window; "window", of visits that ended in it; "before"
    and "after", of lots that were in the line at its beginning and at its end. *bases* are those of which something is paid for."""

    def __init__(self, plan: Plan, bases: list[int]) -> None:
        self.plan, self.own = plan, dict[int, OwnRoute]()
        self.parts, self.credits = [*bases, HOURS], bool(plan.money.direct[:, SCRAPPED].any())
        self.counts: dict[str, dict[int, Floats]] = {name: {} for name in _TALLIES}
        self.bought = {name: np.zeros(len(plan.streams)) for name in _TALLIES}

    def add(self, entry: Entry) -> None:
        """Takes in what a block is charged for."""
        if entry.block.stream not in self.own:
            self.own[entry.block.stream] = entry.own
            for tally in self.counts.values():
                tally[entry.block.stream] = np.zeros((entry.own.size, HOURS + 1))
        self._count(entry, self._ended(entry), self.parts)
        if self.credits:
            self._count(entry, self._credited(entry), [SCRAPPED])
        for name, began in self._began(entry).items():
            self.bought[name][entry.block.stream] += float(entry.lots.bought[began].sum())

    def _count(self, entry: Entry, counted: dict[str, Bools], parts: list[int]) -> None:
        """Adds the *parts* of the visits that are *counted* to each tally."""
        v = entry.visits
        for name, mine in counted.items():
            if mine.any():
                for part, found in zip(parts, sums(v.step, mine, [v.parts[part] for part in parts], entry.own.size), strict=True):
                    self.counts[name][entry.block.stream][:, part] += found

    def _ended(self, entry: Entry) -> dict[str, Bools]:
        """Visits of each tally, (n,)."""
        v, lots, start = entry.visits, entry.lots, self.plan.warmup_us
        return {"left": lots.cohort[v.lot] & v.done, "window": v.done & (v.end >= start), "after": v.done & ~lots.gone[v.lot],
                "before": v.done & (v.end < start) & (lots.left[v.lot] >= start)}

    def _credited(self, entry: Entry) -> dict[str, Bools]:
        """Visits of each tally whose scrap is credited: also of a lot that is scrapped before it starts."""
        v, lots, start = entry.visits, entry.lots, self.plan.warmup_us
        before = v.end < start
        return {"left": lots.cohort[v.lot] & v.over, "window": v.over & ~before, "after": v.over & ~lots.gone[v.lot],
                "before": v.over & before & (lots.left[v.lot] >= start)}

    def _began(self, entry: Entry) -> dict[str, Bools]:
        """Lots of each tally, (L,), whose panels are charged."""
        lots, start = entry.lots, self.plan.warmup_us
        return {"left": lots.cohort, "window": lots.entered & (lots.released >= start), "after": lots.entered & ~lots.gone,
                "before": lots.entered & (lots.released < start) & (lots.left >= start)}

    def priced(self, name: str) -> Floats:
        """USD by step and category of one tally, (P + 1, C)."""
        money, counts = self.plan.money, self._counted(name)
        cost = money.charged(counts[:, :HOURS], self.bought[name])
        cost[:-1] += counts[:, HOURS:] * money.rate[self.plan.group_of]
        return cost

    def _counted(self, name: str) -> Floats:
        """Counts of one tally over all streams, by position of the whole route, (P, HOURS + 1)."""
        found = np.zeros((len(self.plan.group_of), HOURS + 1))
        for r in sorted(self.own):
            found[self.own[r].at] += self.counts[name][r]
        return found

    def hours(self, name: str) -> Floats:
        """Hours of tools that each stream pays for by one tally, (R, G)."""
        found = np.zeros((len(self.plan.streams), len(self.plan.groups.names)))
        for r, one in self.counts[name].items():
            found[r] = np.bincount(self.own[r].plan.group_of, weights=one[:, HOURS], minlength=found.shape[1])
        return found

    def amounts(self) -> Floats:
        """How much of each ``Money.uses`` lots that left took."""
        counts = self._counted("left")
        return np.array([use.amount * counts[use.step, use.basis] for use in self.plan.money.uses])
