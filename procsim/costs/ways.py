"""Keeps the visits of the first lots that are released after the warm-up: the way of some lots through the line."""

from __future__ import annotations

import numpy as np

from procsim.costs.entry import Entry
from procsim.maths.arrays import Floats
from procsim.planning.plan import Plan

LOTS = 16
"""So many lots are followed, and of each release stream no more either."""
COLUMNS = ("released_us", "stream", "number", "position", "arrived_us", "start_us", "end_us")


def no_ways() -> Floats:
    """Of nothing."""
    return np.zeros((0, len(COLUMNS)))


class Ways:
    """Collects the visits of the first ``LOTS`` of each release stream that come after the *warmup_us*, block by block."""

    def __init__(self, plan: Plan) -> None:
        self.since = plan.warmup_us
        self.count = [0] * len(plan.streams)
        self.rows: list[Floats] = []

    def add(self, one: Entry) -> None:
        """Takes in those of a block."""
        stream, lots, visits = one.block.stream, one.lots, one.visits
        chosen = np.flatnonzero(lots.entered & (lots.released >= self.since))[:LOTS - self.count[stream]]
        if not len(chosen):
            return
        self.count[stream] += len(chosen)
        at = np.flatnonzero(np.isin(visits.lot, chosen))
        lot = visits.lot[at]
        self.rows.append(np.column_stack([
            lots.released[lot], np.full(len(at), stream), one.block.first + lot, one.own.positions[visits.step[at]], visits.arrived[at],
            visits.start[at], visits.end[at]]).astype(float))

    def close(self) -> Floats:
        """The visits of the first ``LOTS`` of all, as rows of ``COLUMNS``: lot by lot in order of release, visit by visit."""
        found = np.concatenate([no_ways(), *self.rows])
        found = found[np.lexsort(found.T[[6, 5, 4, 2, 1, 0]])]
        first = np.append(True, (np.diff(found[:, :3], axis=0) != 0).any(axis=1))[:len(found)]
        return found[np.cumsum(first) <= LOTS]
