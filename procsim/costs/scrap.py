"""Fates of a block in, how many live units each lot loses at each position out: what its scrap is credited for."""

from __future__ import annotations

import numpy as np

from procsim.records import Block, Floats


def scrapped(block: Block) -> Floats:
    """Units found bad or lost, (L, S); a lot that a failure or a limit of queue time spoils loses all that is left, and nothing after that."""
    fates, gone = block.fates, block.leavings()
    found = np.zeros_like(fates.removed)
    np.add.at(found, (gone.lot, gone.step), gone.found + gone.lost)
    for lot, cut in enumerate(block.scrapped_at):
        if cut >= 0:
            found[lot, cut:] = 0.0
            found[lot, cut] = fates.live[lot, cut]
    return found
