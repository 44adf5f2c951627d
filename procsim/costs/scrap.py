"""Works out how many live units each lot still has, and loses, at each position: what work and scrap are shared by."""

from __future__ import annotations

import numpy as np

from procsim.lots.records import Block
from procsim.maths.arrays import Floats, Ints


def leaving(block: Block) -> Floats:
    """Units that stop being live, found bad or lost, (L, S), whatever may cut the lot's way short."""
    gone = block.leavings()
    found = np.zeros_like(block.outcomes.removed)
    np.add.at(found, (gone.lot, gone.step), gone.found + gone.lost)
    return found


def held(block: Block, units: float) -> Floats:
    """Live units that a lot brings to each position, (L, S), whether it is one of those that visit it or not. It began with *units* on each
    panel, all of them live."""
    return np.maximum(_began(block, units)[:, None] - _before(leaving(block)), 0.0)


def known(block: Block, units: float, live: Floats, lots: Ints, at: Ints) -> Floats:
    """Units known to be bad that *lots* bring to the positions *at*, beside those that are *live*."""
    gone = _before(block.outcomes.removed[lots] + block.outcomes.scrapped[lots])
    return np.maximum(_began(block, units)[lots] - live[lots, at] - gone[np.arange(len(lots)), at], 0.0)


def _began(block: Block, units: float) -> Floats:
    return np.asarray(block.panels, dtype=float) * units


def _before(table: Floats) -> Floats:
    """Sums over all positions before each, of a table (L, S)."""
    return np.asarray(np.cumsum(table, axis=1) - table)


def scrapped(block: Block, units: float) -> Floats:
    """Units found bad or lost, (L, S); a lot that a failure or a limit of queue time spoils loses all that is left, and nothing after that."""
    found = leaving(block)
    spoiled = [(lot, int(block.column(np.array(cut)))) for lot, cut in enumerate(block.scrapped_at) if cut >= 0]
    live = held(block, units) if spoiled else found
    for lot, cut in spoiled:
        found[lot, cut:] = 0.0
        found[lot, cut] = live[lot, cut]
    return found
