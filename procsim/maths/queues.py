"""Holds the formulas of one queue: how long customers wait for one of several tools, and what a line that holds so many can do.

Times are in mean times of service unless said otherwise; u is the load of a tool, and m how many there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints


def by_chance(u: float, m: int, bulks: Mapping[float, float]) -> tuple[float, float]:
    """The mean wait, and the share of time in which all *m* tools are busy, for Poisson bulks and exponential times: M^[X]/M/m, which is M/M/m
    (Erlang's C) for bulks of one. *bulks* has the share of customers by how many come together; a size between whole numbers stands for both
    neighbours.

    The chances of n < m customers follow from the flow over the cut between n and n + 1. Their scale follows from the share (1 - u) of the tools that
    is idle, and the mean from the derivative of the generating function at 1 (Chaudhry & Templeton, A First Course in Bulk Queues, 1983)."""
    sizes = _whole(bulks)
    rate = m * u
    if sizes.keys() == {1}:
        return _one_by_one(u, m)
    longer = np.zeros(max(sizes) + 1)  # rate of bulks of more than so many
    for k, share in sizes.items():
        longer[:k] += rate * share / k
    chance = np.zeros(m)
    chance[0] = 1.0
    for n in range(1, m):
        reach = chance[max(n - len(longer) + 1, 0) : n]
        chance[n] = float(reach[::-1] @ longer[: len(reach)]) / n
        if chance[n] > 1e200:
            chance *= 1e-200
    idle = m - np.arange(m)
    chance *= m * (1.0 - u) / float(idle @ chance)
    behind = sum(share * (k + 1) / 2 for k, share in sizes.items())
    inside = (float((idle * np.arange(m)) @ chance) + rate * behind) / (m * (1.0 - u))
    return max(inside / rate - 1.0, 0.0), max(1.0 - float(chance.sum()), 0.0)


def _one_by_one(u: float, m: int) -> tuple[float, float]:
    """The same of customers that come one by one, M/M/m: B(n) = ρB(n - 1) / (n + ρB(n - 1)) is Erlang's loss, and C = B(m) / (1 - u·(1 - B(m))) the
    share of time in which all are busy, in which the mean wait is 1 / (m·(1 - u))."""
    lost = 1.0
    for n in range(1, m + 1):
        lost = m * u * lost / (n + m * u * lost)
    busy = lost / (1.0 - u * (1.0 - lost))
    return busy / (m * (1.0 - u)), busy


def _whole(bulks: Mapping[float, float]) -> dict[int, float]:
    found: dict[int, float] = {}
    for size, share in bulks.items():
        low = max(math.floor(size), 1)
        for k, part in ((low, 1.0 - (size - low)), (low + 1, size - low)):
            if part > 0.0:
                found[k] = found.get(k, 0.0) + share * part
    return found


def in_bulk(k: float, m: int) -> float:
    """The mean wait of one of *k* customers that come together for those of them who go first, where all *m* tools are idle and times are
    exponential."""
    return (k - m) * (k - m + 1) / (2 * m * k) if k > m else 0.0


def lean(ca: float, ce: float, u: float, m: int, k: float = 1.0) -> float:
    """The factor by which the wait of (ca² + ce²)/2 times the exponential one is to be multiplied. Regular arrivals at one tool wait less (Krämer &
    Langenbach-Belz 1976); at several tools regular times or arrivals wait more or less (Cosmetatos 1976, as in Whitt 1993). It is 1 for M/G/1 and
    M/M/m. Customers may come in bulks of *k*, with ca² between these."""
    several = min(0.24, (1 - u) * (m - 1) * (math.sqrt(4 + 5 * m) - 2) / (16 * m * u)) if u > 0 else 0.0
    found = 1.0 + several * max(1 - ce, 0.0) * min(ca, 1.0)
    if ca < 1:
        found *= 1.0 - 4 * several * (1 - ca) * min(ce, 1.0)
        found *= math.exp(-2 * (1 - u) / (3 * u) * (1 - ca) ** 2 / (ca + ce / k)) if ca + ce > 0 and u > 0 else 0.0
    return found


SELDOM = 0.01
"""Chance up to which a full buffer is thought never to be met."""


def may_fill(room: Ints, load: Floats) -> Bools:
    """The groups with *room* for so many lots to wait (-1: for any number) whose *load* is such that they may be full: with exponential times, one
    lot more than there is room for waits or is worked on with the chance load^(room + 1)."""
    return np.asarray((room >= 0) & (np.clip(load, 0.0, 1.0) ** (np.maximum(room, 0) + 1.0) > SELDOM))


def best_case(wip: Floats, rate: float, raw: float) -> Floats:
    """The throughput of a line that holds *wip* lots and never waits in vain: min(w/T0, rb), with the bottleneck's *rate* rb and the *raw* process
    time T0 (Hopp & Spearman, Factory Physics, ch. 7). Here and below, the cycle time is *wip* over throughput (Little)."""
    return np.minimum(np.asarray(wip, dtype=float) / raw, rate)


def practical_worst_case(wip: Floats, rate: float, raw: float) -> Floats:
    """The throughput w/(W0 + w - 1) · rb, with W0 = rb·T0, of a balanced line of single machines that is as variable as an exponential."""
    lots = np.asarray(wip, dtype=float)
    return np.asarray(rate * lots / (max(rate * raw, 1.0) + lots - 1.0))


def worst_case(wip: Floats, raw: float) -> Floats:
    """The throughput 1/T0 of a line in which all lots wait for one another at every station."""
    return np.full(len(wip), 1.0 / raw)


def relaxation(wait: float, u: float, m: int) -> float:
    """The time constant, in the unit of *wait*, with which a queue of load *u* at *m* machines forgets how it began; *wait* is its steady mean.

    τ = (ca² + ce²)·te / (2.8·m·(1 - √u)²) (Odoni & Roth, Operations Research 31, 1983), with the variability read back out of the wait."""
    if not 0 < u < 1:
        return math.inf if u >= 1 else 0.0
    spread = 2 * wait / (m * by_chance(u, m, {1.0: 1.0})[0])  # (ca² + ce²)·te / m
    return spread / (2.8 * (1 - math.sqrt(u)) ** 2)
