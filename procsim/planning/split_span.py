"""Knows the stretches of a route on which lots go in parts, and where the rows of those parts are in a block of lots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from procsim.maths.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class Stretch:
    """Positions *first* … *stop* - 1, which a lot passes as *parts* lots; at the position *merge* (-1: never) it goes on as one."""

    first: int
    stop: int
    merge: int
    parts: int


def parts_at(stretches: Sequence[Stretch], size: int) -> Ints:
    """In how many parts lots are at each position, shape (size,)."""
    found = np.ones(size, dtype=np.int64)
    for one in stretches:
        found[one.first : one.stop] = one.parts
    return found


def rows_of(stretches: Sequence[Stretch], lots: int) -> list[slice]:
    """The rows of each stretch's parts in a block: whole lots come first, then all first parts of the first stretch, all second ones, …

    So row modulo *lots* is the lot.
    """
    ends = lots * np.cumsum([1, *(one.parts for one in stretches)])
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def walkers(stretches: Sequence[Stretch], lots: int, size: int) -> list[slice]:
    """The rows that pass each position: those of whole lots, or of parts."""
    found = [slice(0, lots)] * size
    for one, rows in zip(stretches, rows_of(stretches, lots), strict=True):
        found[one.first : one.stop] = [rows] * (one.stop - one.first)
    return found


def weights(stretches: Sequence[Stretch], lots: int) -> Floats:
    """What a row counts for where lots are counted: a part is 1/n of one."""
    return np.concatenate([np.ones(lots), *(np.full(lots * one.parts, 1.0 / one.parts) for one in stretches)])
