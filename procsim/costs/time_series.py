"""Keeps the course of one replication over time, from the empty line to the horizon: WIP by the hour and cycle times in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.costs.entry import Entry
from procsim.maths.arrays import Floats, Ints
from procsim.planning.plan import HOUR

TOGETHER = 5
"""Lots that finish one after another and are told of by their mean: MSER-5 wants no more."""
FEWEST, MOST = 100, 10_000
"""Bins of a course: hours, but never fewer nor more than this."""


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """*wip* (B,): mean lots in the line in each of B bins of *bin_h* hours, warm-up included. *cycles* (n, 2): of each five lots that
    finished one after another, the hour at which the last of them left and their mean cycle time in hours."""

    bin_h: float
    wip: Floats
    cycles: Floats


class Diary:
    """Takes lots as they come, block by block; what it keeps does not grow with them but for the times of those that finished."""

    def __init__(self, horizon_us: int) -> None:
        self.bins = min(max(-(-horizon_us // HOUR), FEWEST), MOST)
        self.width = horizon_us / self.bins
        self.step, self.part = np.zeros(self.bins + 1), np.zeros(self.bins + 1)
        self.finished: list[tuple[Ints, Ints]] = []

    def add(self, entry: Entry) -> None:
        """Takes in the lots of a block that came, and which of them were finished."""
        lots = entry.lots
        released, left = lots.released[lots.entered], lots.left[lots.entered]  # the latter the horizon, where still in the line
        finished = (lots.gone & ~lots.spoiled & entry.shipped)[lots.entered]
        if not len(released):
            return
        at = np.concatenate([np.maximum(released, 0), left]) / self.width
        sign = np.repeat([1.0, -1.0], len(released))
        bins = np.minimum(at.astype(np.int64), self.bins)
        first = int(bins.min())
        where = slice(first, int(bins.max()) + 1)
        self.step[where] += np.bincount(bins - first, weights=sign)
        self.part[where] += np.bincount(bins - first, weights=sign * (1.0 - (at - bins)))
        self.finished.append((left[finished], (left - released)[finished]))

    def close(self) -> TimeSeries:
        """The whole course."""
        before = np.cumsum(self.step) - self.step
        none = np.zeros(0, dtype=np.int64)
        left, cycle = (np.concatenate([none, *(pair[i] for pair in self.finished)]) for i in (0, 1))
        order = np.argsort(left, kind="stable")[: len(left) // TOGETHER * TOGETHER]
        times, last = cycle[order].reshape(-1, TOGETHER).mean(axis=1), left[order][TOGETHER - 1 :: TOGETHER]
        return TimeSeries(self.width / HOUR, (before + self.part)[:-1], np.column_stack([last, times]) / HOUR)
