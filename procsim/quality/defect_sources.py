"""Lists every way in which a unit becomes bad unseen, and in what order these come."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints, Keys
from procsim.maths.keyed_random import key_of
from procsim.planning.quality import Losses

MADE, ARRIVED, SHOWN, DAMAGED, REJECTED, PANEL_LOST, LIMIT, FAILURE, QUEUE_TIME = range(9)
KINDS = ("made", "arrived", "shown", "damaged", "rejected", "panel", "limit", "failure", "queue time")
"""Kinds of loss: a unit made bad by a step, arrived with a bad die, part or place on the panel, weak and brought out by burn-in, spoiled
by a repair; rejected though good; good but lost with its panel, or with its lot: reworked once too often,
spoiled by a failure, kept waiting for too long. The first four travel unseen."""
BEFORE = -1
"""Where the starting panel comes in: before the first position."""
INCOMING_KEY = 0x9FB21C651E98DF25
"""The key of the draw of what comes in bad."""


@dataclass(frozen=True, slots=True)
class Sources:
    """N ways to become bad over P positions. Row p < P is what step p itself makes. *cause* is the step that is charged (P: incoming), *kind*
    one of ``KINDS``, *order* (N,) the rows as they come one after the other on the way; *keys* name their random numbers.

    *panel* is the row of units whose place on the starting panel is bad. *arrival*, *damaged* (P,) and *shown* (pairs of weak-making position and
    row, by position of the burn-in) say which row a step's other bad units go to.
    """

    cause: Ints
    kind: Ints
    order: Ints
    keys: Keys
    panel: int
    arrival: Ints
    damaged: Ints
    shown: dict[int, tuple[tuple[int, int], ...]]

    def seen(self, losses: Losses, p: int) -> Bools:
        """Which rows the inspection at *p* can find: those of the causes it sees, and what its own repairs spoil."""
        found = losses.sees[p][self.cause]
        if self.damaged[p] >= 0:
            found[self.damaged[p]] = True
        return np.asarray(found)


    def on(self, at: Ints) -> Sources:
        """Those that lots can meet who visit the positions *at* only, by number among these; what comes in keeps its row, and its key."""
        size, end = len(self.damaged), len(at)
        own = np.full(size + 1, -1)
        own[at], own[size] = np.arange(end), end
        kept = np.zeros(len(self.cause), dtype=bool)
        kept[at], kept[self.arrival[at]], kept[self.panel] = True, True, True
        kept[self.damaged[at][self.damaged[at] >= 0]] = True
        shown = {b: [(k, row) for k, row in self.shown[b] if own[k] >= 0] for b in at.tolist() if b in self.shown}
        kept[[row for rows in shown.values() for _, row in rows]] = True
        new = np.where(kept, np.cumsum(kept) - 1, -1)
        return Sources(
            own[self.cause[kept]], self.kind[kept], new[self.order][kept[self.order]], self.keys[kept], int(new[self.panel]), new[self.arrival[at]],
            np.where(self.damaged[at] >= 0, new[self.damaged[at]], -1),
            {int(own[b]): tuple((int(own[k]), int(new[row])) for k, row in rows) for b, rows in shown.items()})


@lru_cache(maxsize=64)  # every block of lots asks for them
def sources(losses: Losses) -> Sources:
    """All sources. What comes in, with the panel and at different steps, is one source where no inspection asks for faults, else one for each of
    these."""
    if losses.whole is not None:
        return sources(losses.whole.losses).on(losses.whole.at)
    size = len(losses.panel)
    rows = [(p, MADE, p) for p in range(size)]
    arrivals = np.flatnonzero(losses.incoming < 1.0).tolist() if losses.by_fault.any() else []
    arrival = np.full(size, size)
    for p in arrivals or [0]:
        arrival[p:] = len(rows)
        rows.append((p, ARRIVED, size))
    panel = size
    if losses.by_fault.any() and (losses.panel_good < 1.0).any():
        panel = len(rows)
        rows.append((BEFORE, ARRIVED, size))
    shown: dict[int, tuple[tuple[int, int], ...]] = {}
    for b in np.flatnonzero(losses.burn_in > 0.0).tolist():
        weak = np.flatnonzero(losses.infant[:b + 1] > 0.0).tolist()
        shown[b] = tuple((k, len(rows) + i) for i, k in enumerate(weak))
        rows += [(b, SHOWN, k) for k in weak]
    damaged = np.full(size, -1)
    for p in np.flatnonzero(losses.mend[:, 2] > 0.0).tolist():
        damaged[p] = len(rows)
        rows.append((p, DAMAGED, p))
    rank = {ARRIVED: 0, MADE: 1, SHOWN: 2, DAMAGED: 3}
    order = sorted(range(len(rows)), key=lambda row: (rows[row][0], rank[rows[row][1]]))
    cause, kind = (np.array([row[i] for row in rows], dtype=np.int64) for i in (2, 1))
    return Sources(cause, kind, np.array(order, dtype=np.int64), _keys(losses.keys, rows, size), panel, arrival, damaged, shown)


def _keys(own: Keys, rows: list[tuple[int, int, int]], size: int) -> Keys:
    """The key of each row's draws; the first arrival as where all are one."""
    names, first = [], True
    for at, kind, cause in rows:
        if kind == MADE:
            names.append(int(own[at]))
        elif kind == ARRIVED and first:
            names.append(INCOMING_KEY)
            first = False
        else:
            names.append(key_of("source", KINDS[kind], str(own[at]) if at != BEFORE else "", str(own[cause]) if cause < size else ""))
    return np.array(names, dtype=np.uint64)


def faults_of(survival: Floats | float) -> Floats:
    """Mean faults of a unit that stays good with the chance *survival*, faults being Poisson: -ln; at most 700."""
    return np.asarray(-np.log(np.maximum(survival, 1e-304)))
