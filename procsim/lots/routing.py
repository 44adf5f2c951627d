"""Says which steps each lot of a block visits, by the positions of the route that it passes."""

from __future__ import annotations

import numpy as np

from procsim.lots.records import LotRange
from procsim.maths.arrays import Bools, Floats, Ints, Keys
from procsim.maths.keyed_random import LOTS, KeyedRandom
from procsim.planning.plan import Plan
from procsim.planning.split_span import walkers

_SAMPLE, _FAIL = 0x9FB21C651E98DF25, 0xD1B54A32D192ED03


class Presence:
    """Of L lots: *there* (L, P), 1 where a lot visits a position, *failed* (L, P), 1 where it fails there (their chances, with mean values),
    *spoiled* (L, P), where that is for the last time, so that it is scrapped, and *came* (L, P): it comes to the position, though it may have been
    turned back there."""

    __slots__ = ("came", "failed", "spoiled", "there")

    def __init__(self, there: Floats, failed: Floats, spoiled: Floats, came: Bools) -> None:
        self.there, self.failed, self.spoiled, self.came = there, failed, spoiled, came

    def row(self, i: int) -> Presence:
        """Of one lot."""
        return Presence(self.there[i:i + 1], self.failed[i:i + 1], self.spoiled[i:i + 1], self.came[i:i + 1])

    def onward(self) -> Ints:
        """For each lot and position the next one that it visits, P where there is none; last column: the first one. (L, P + 1)."""
        rows, size = self.there.shape
        found = np.empty((rows, size + 1), dtype=np.int64)
        ahead = np.full(rows, size)
        for p in range(size - 1, -1, -1):
            found[:, p] = ahead
            ahead = np.where(self.there[:, p] > 0, p, ahead)
        found[:, size] = ahead
        return found


def path(plan: Plan, who: Presence | None, lots: int) -> Ints | None:
    """The positions that each lot, and each part of one, comes to, in order and then the others, (rows, P); None where all lots visit all."""
    stretches, size = plan.route.stretches, len(plan.group_of)
    if who is None and not stretches:
        return None
    came = who.came if who is not None else np.ones((lots, size), dtype=bool)
    own = np.zeros(((1 + sum(one.parts for one in stretches)) * lots, size), dtype=bool)
    for p, rows in enumerate(walkers(stretches, lots, size)):
        own[rows, p] = np.tile(came[:, p], (rows.stop - rows.start) // lots)
    return np.asarray(np.argsort(~own, axis=1, kind="stable"))


def presence(plan: Plan, random: KeyedRandom | None, lots: LotRange) -> Presence | None:
    """Whether *lots* visit each position; None where all visit all. Those that are in the line already visit the position that they are at, and none
    before."""
    route, rows, at, stream = plan.route, lots.count, lots.at, lots.stream
    if route.plain_for(stream) and at is None:
        return None
    size, numbers = len(route.step), lots.numbers
    keys = random.entities(LOTS, numbers, plan.streams[stream].key) if random is not None else None
    there, failed, spoiled = (np.zeros((rows, size)) for _ in range(3))
    late, taken = [position for position, _ in lots.turns], [loop for _, loop in lots.turns]
    behind = _behind(route.after, at) if at is not None else None
    for p in range(size):
        here = np.full(rows, float(route.streams[stream, p]))
        if route.after[p] >= 0:
            here *= failed[:, route.after[p]]
        here *= _sampled(plan, keys, numbers, p)
        if route.loop[p] >= 0 and route.loop[p] not in taken:
            here *= 0.0 if at is None else route.loop[at] == route.loop[p]
        if p in late:
            here *= 0.0
        if at is not None:
            here = np.where(at == p, 1.0, np.where(at > p, 0.0, here))
        there[:, p] = here
        if route.fails[p] > 0:
            key = (int(route.keys[p]) + _FAIL) % 2**64
            failed[:, p] = here * (route.fails[p] if keys is None else KeyedRandom.uniforms(keys, key) < route.fails[p])
            if route.final[p]:
                spoiled[:, p] = failed[:, p]
        if behind is not None:
            failed[behind[:, p], p] = 1.0  # they are where they are since they failed there
    came = there > 0
    came[:, late] = True
    return Presence(there, failed, spoiled, came)


def _behind(after: Ints, at: Ints) -> Bools:
    """For lots that are *at* a position, where they failed on their way there, (L, P): loops may stand in loops."""
    found = np.zeros((len(at), len(after)), dtype=bool)
    rows, there = np.arange(len(at)), after[at]
    while len(rows := rows[there >= 0]):
        there = there[there >= 0]
        found[rows, there] = True
        there = after[there]
    return found


def _sampled(plan: Plan, lots: Keys | None, numbers: Ints, p: int) -> Floats:
    """1 for the lots whose turn it is at position *p* (a chance, with mean values)."""
    route = plan.route
    if route.every[p]:
        return np.full(len(numbers), 1.0 / route.every[p]) if lots is None else np.asarray(numbers % route.every[p] == 0, dtype=np.float64)
    if route.sample[p] >= 1 or lots is None:
        return np.full(len(numbers), float(route.sample[p]))
    return np.asarray(KeyedRandom.uniforms(lots, (int(route.keys[p]) + _SAMPLE) % 2**64) < route.sample[p], dtype=np.float64)
