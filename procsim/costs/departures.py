"""Says which units left lots that count, before the end of the route: where, how many, and what made them bad."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.costs.lots import Lots
from procsim.lots.records import Block
from procsim.maths.arrays import Floats, Ints
from procsim.quality.defect_sources import FAILURE, QUEUE_TIME


@dataclass(frozen=True, slots=True)
class Departures:
    """Arrays (n,): so many *units* of a *lot* leave *at* a step, made bad by the step *cause* in the way *kind* (``defect_sources.KINDS``)."""

    lot: Ints
    at: Ints
    cause: Ints
    kind: Ints
    units: Floats


def found_or_lost(block: Block, lots: Lots) -> tuple[Departures, Floats]:
    """Units that were found bad or lost with their panel on the way of their lot; and how many of each row were found."""
    gone = block.leavings()
    kept = lots.cohort[gone.lot] & (gone.step < lots.cut[gone.lot])
    return Departures(gone.lot[kept], gone.step[kept], gone.cause[kept], gone.kind[kept], (gone.found + gone.lost)[kept]), gone.found[kept]


def scrapped_with_lot(block: Block, lots: Lots, live: Floats) -> Departures:
    """The *live* units (L, P) of lots that a failure or a limit of queue time scrapped whole."""
    lot = np.flatnonzero(lots.cohort & lots.spoiled)
    at = lots.cut[lot]
    return Departures(lot, at, at, np.where(np.isin(lot, block.unstarted), QUEUE_TIME, FAILURE), live[lot, at])
