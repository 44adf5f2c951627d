"""Adds up values of visits by the step that they were made at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints


def by_step(step: Ints, values: Floats | Ints, size: int) -> Floats:
    """Sums of *values* (n,), each at its *step*, over *size* steps."""
    return np.asarray(np.bincount(step, weights=values, minlength=size), dtype=float)


def sums(step: Ints, counted: Bools, values: Sequence[Floats | Ints], size: int) -> Iterator[Floats]:
    """Sums, over *size* steps, of each of *values* (n,), of those that are *counted*."""
    some = np.flatnonzero(counted)
    if 4 * len(some) < len(counted):
        yield from (by_step(step[some], one[some], size) for one in values)
        return
    step = np.where(counted, step, size)  # the others are summed where nobody looks: quicker than picking many out of all values
    yield from (by_step(step, one, size + 1)[:-1] for one in values)
