"""Works out how many good units come to each step: those that some step made bad, or lost, are good until then.

A lot's units end as good, or are charged to one cause. So of those that it began with, all that no earlier cause is charged with are good when it
comes to a step, and dies that arrive bad are no good from the beginning.
"""

from __future__ import annotations

import numpy as np

from procsim.records import Floats, Ints


def good_in(began: Floats, lot: Ints, cause: Ints, units: Floats, there: Floats | None, size: int) -> Floats:
    """Good units that come to each of *size* positions, summed over lots that *began* (L,) with so many: *units* of a *lot* were lost by a *cause*
    (*size*: incoming). Lots are *there*, (L, size), or all of them everywhere."""
    rows, key = (len(began), lot * (size + 1) + cause) if there is not None else (1, cause)
    lost = np.bincount(key, weights=units, minlength=rows * (size + 1)).reshape(rows, size + 1).astype(float)
    first = (began if there is not None else began.sum(keepdims=True))[:, None] - lost[:, -1:]
    before = np.maximum(first - np.cumsum(lost[:, :-1], axis=1) + lost[:, :-1], 0.0)
    return np.asarray((before * there).sum(axis=0) if there is not None else before[0])
