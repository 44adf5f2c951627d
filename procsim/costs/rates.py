"""Says what one visit costs, what a panel costs as it starts, and what is credited for a unit of scrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.costs.entry import Entry
from procsim.costs.visits import HOURS, Visits
from procsim.maths.arrays import Floats
from procsim.planning.own_route import OwnRoute
from procsim.planning.plan import PANEL, SCRAPPED, Plan


@dataclass(frozen=True, slots=True)
class Rates:
    """USD: *item* (P + 1, bases) of each item at each position, *hour* (P,) of tool time there, *panel* (R,) of one that starts, by stream."""

    item: Floats
    hour: Floats
    panel: Floats

    @property
    def credit(self) -> Floats:
        """What a unit that is scrapped costs (less than 0: it brings something), (P + 1,)."""
        return self.item[:, SCRAPPED]

    def cost(self, own: OwnRoute, v: Visits) -> Floats:
        """USD of each visit on their *own* route, without the credit for what is scrapped."""
        at = v.step if isinstance(own.at, slice) else own.positions[v.step]
        cost = v.parts[HOURS] * self.hour[at]
        for basis in range(SCRAPPED):
            if self.item[:-1, basis].any():
                cost += v.parts[basis] * self.item[:, basis].take(at)
        return np.asarray(cost)

    def spent(self, entry: Entry, cost: Floats) -> Floats:
        """USD that each lot has cost so far, (L,), *cost* being that of its visits."""
        v, lots = entry.visits, entry.lots
        net = np.where(v.done, cost, 0.0) + np.where(v.over, v.parts[SCRAPPED] * self.credit[entry.own.positions[v.step]], 0.0)
        return np.asarray(np.bincount(v.lot, weights=net, minlength=len(lots.gone)) + self.panel[entry.block.stream] * lots.bought)


def rates(plan: Plan) -> Rates:
    """What things cost by *plan*."""
    item = plan.money.direct.sum(axis=2)
    return Rates(item, plan.money.rate.sum(axis=1)[plan.group_of], item[-1, PANEL] + plan.money.tooling.sum(axis=1))
