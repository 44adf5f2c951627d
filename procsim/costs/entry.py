"""Makes of a block of lots what all books take in: its lots, its visits, and who left on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from procsim.costs.departures import Departures, found_or_lost, scrapped_with_lot
from procsim.costs.lots import Lots, lots_of
from procsim.costs.scrap import held
from procsim.costs.visits import Visits, visits_of
from procsim.lots.records import Block
from procsim.maths.arrays import Bools, Floats
from procsim.planning.own_route import OwnRoute


@dataclass(frozen=True, slots=True)
class Entry:
    """A *block* of lots with so many *units* on a panel, in whose arrays P are the positions of its stream's *own* route: its *lots* and *visits*;
    *live* units (not known-bad) that each lot brings to each position, (L, P); those that *left* one by one or by panels, of which *found* (n,) were
    found bad, and those that were *scrapped* with their lot."""

    own: OwnRoute
    block: Block
    units: float
    lots: Lots
    visits: Visits
    live: Floats
    left: Departures
    found: Floats
    scrapped: Departures

    @property
    def shipped(self) -> Bools:
        """Lots of which something is left at the end of the route, (L,)."""
        return np.asarray(self.block.outcomes.good + self.block.outcomes.escapes > 0)


def entry(own: OwnRoute, block: Block, bases: Sequence[int]) -> Entry:
    """What *block*, whose lots take their *own* route, brings to the books; *bases* are those of which something is paid for."""
    plan = own.plan
    units = float(plan.units[block.stream])
    lots, live = lots_of(plan, block), held(block, units)
    left, found = found_or_lost(block, lots)
    return Entry(own, block, units, lots, visits_of(plan, block, bases), live, left, found, scrapped_with_lot(block, lots, live))
