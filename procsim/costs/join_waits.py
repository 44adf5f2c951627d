"""Works out how long parts of lots waited for the others of their lot, position by position."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from procsim.maths.arrays import Floats


def waits(joined: Sequence[tuple[int, int, int, int]], count: Floats, size: int, window: tuple[int, int]) -> tuple[Floats, Floats]:
    """Lot-µs inside the *window*, and µs of the waits that ended in it; of each (row, step, since, until) a row's share *count* of a lot.

    (size + 1,) each: the last for lots whose parts meet only at the end of the route.
    """
    if not joined:
        return np.zeros(size + 1), np.zeros(size + 1)
    row, step, since, until = np.array(joined, dtype=np.int64).T
    ended = (until >= window[0]) & (until < window[1])
    inside = np.clip(until, *window) - np.clip(since, *window)
    area, whole = (np.bincount(step, weights=times * count[row], minlength=size + 1) for times in (inside, np.where(ended, until - since, 0)))
    return np.asarray(area, dtype=float), np.asarray(whole, dtype=float)
