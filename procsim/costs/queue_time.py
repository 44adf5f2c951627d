"""Visits of a block in, how many lots kept each limit of queue time out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from procsim.maths.arrays import Floats, Ints
from procsim.plan.traffic import Limit


def clocked(limits: tuple[Limit, ...], row: Ints, step: Ints, start: Ints, end: Ints, window: tuple[int, int],
            clocks: Mapping[int, Mapping[int, int]]) -> Floats:
    """Lots checked and lots over, one row per limit, (L, 2): each lot's own clock from the end of one step to the next start of the
    other, where that start is inside the *window*. Visits are in the order in which they ended; *clocks* ran before them, by row and step."""
    found = np.zeros((len(limits), 2))
    for i, limit in enumerate(limits):
        since = {lot: ran[limit.first] for lot, ran in clocks.items() if limit.first in ran}
        mine = np.flatnonzero((step == limit.first) | (step == limit.last))
        for lot, at, begun, over in zip(row[mine].tolist(), step[mine].tolist(), start[mine].tolist(), end[mine].tolist(), strict=True):
            if at == limit.first:
                since[lot] = over
            elif lot in since:
                elapsed = begun - since.pop(lot)
                if window[0] <= begun < window[1]:
                    found[i] += (1, elapsed > limit.limit_us)
    return found
