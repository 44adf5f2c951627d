"""Solves Markov chains of one queue for which there is no formula: runs of several customers, and tools that break down.

All times are exponential. A few states of an idle group are solved for; behind them queues are geometric.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from procsim.maths.arrays import Floats


@dataclass(frozen=True, slots=True)
class Failing:
    """A group of tools that break down: *rate* Poisson customers come per unit of time, and a tool works on each for a time with the mean *takes*.
    Tools break down with the rate *breaks* as they work, and *breaks_idle* as they stand idle; a repair takes *mends*, and the customer in the tool
    stays there until his work is done. It has a steady state where rate · takes · (1 + breaks · mends) < tools."""

    rate: float
    takes: float
    breaks: float
    breaks_idle: float
    mends: float


@lru_cache(maxsize=1000)  # what moves no time asks for the same tools again and again
def breaking_down(tools: int, groups: tuple[Failing, ...]) -> tuple[float, ...]:
    """The mean wait of customers of each of some *groups* of so many *tools* each; all of them break down also as they stand idle, or none does.

    While anybody waits, the tools are down with a customer (i of them), down without one (j), or at work. This is a quasi-birth-and-death process,
    whose chances of n waiting are those of n - 1 times a matrix (Neuts, Matrix-Geometric Solutions in Stochastic Models, 1981; Latouche & Ramaswami
    1993)."""
    moves, rate = _moves(tools, tools if groups[0].breaks_idle > 0 else 0), np.array([one.rate for one in groups])
    begin, first, last, here, down = moves.at(np.array([(one.rate, 1.0 / one.takes, one.breaks, one.breaks_idle, 1.0 / one.mends) for one in groups]))
    begin -= _diagonal(begin.sum(axis=2) + first.sum(axis=2))
    here -= _diagonal(here.sum(axis=2) + down.sum(axis=2) + rate[:, None])
    return tuple((_waiting(begin, first, last, here, down, rate) / rate).tolist())


def _diagonal(values: Floats) -> Floats:
    """Matrices with *values* (N, n) on their diagonals, (N, n, n)."""
    return values[:, None] * np.eye(values.shape[1])


COMES, WORKS, BREAKS, BREAKS_IDLE, MENDS = range(5)
"""What may happen to tools that break down."""
BEGIN, FIRST, LAST, HERE, DOWN = range(5)
"""Where that leads: among the states in which nobody waits; from these to those in which one does, and back; among those with as many that wait, and
to those with one less."""


@dataclass(frozen=True, slots=True)
class _Moves:
    """How often what happens leads from state to state, per unit of its rate: row k of *often* is of the k-th of what may happen, and holds a matrix
    of each of these *shapes* after the other."""

    often: Floats
    shapes: tuple[tuple[int, int], ...]

    def at(self, rates: Floats) -> list[Floats]:
        """The matrices of rates, N of each, where what may happen has the *rates* (N, 5)."""
        ends = np.cumsum([rows * columns for rows, columns in self.shapes]).tolist()
        parts = np.split(rates @ self.often, ends[:-1], axis=1)
        return [part.reshape(-1, *shape) for part, shape in zip(parts, self.shapes, strict=True)]


@lru_cache(maxsize=64)
def _moves(tools: int, most: int) -> _Moves:
    """Those of so many *tools*, of which at *most* so many break down as they stand idle. While anybody waits, i tools are down with a customer and j
    without one; while nobody does, b are at work, too."""
    busy = [(i, j) for i in range(tools + 1) for j in range(min(tools - i, most) + 1)]
    free = [(i, j, b) for i, j in busy for b in range(tools - i - j + 1)]
    at, at_free = {state: n for n, state in enumerate(busy)}, {state: n for n, state in enumerate(free)}
    sizes = {BEGIN: (len(free), len(free)), FIRST: (len(free), len(busy)), LAST: (len(busy), len(free))}
    found = [np.zeros((5, *sizes.get(k, (len(busy), len(busy))))) for k in range(5)]
    for (i, j), n in at.items():
        b = tools - i - j
        for onto, what, often in (((i, j), WORKS, b), ((i, j - 1), MENDS, j)):  # a tool takes the next
            if often > 0:
                found[DOWN][what, n, at[onto]] += often
                found[LAST][what, n, at_free[(*onto, tools - sum(onto))]] += often
        for onto, what, often in (((i + 1, j), BREAKS, b), ((i - 1, j), MENDS, i)):
            if often > 0:
                found[HERE][what, n, at[onto]] += often
    for (i, j, b), n in at_free.items():
        idle = tools - i - j - b
        if idle == 0:
            found[FIRST][COMES, n, at[i, j]] += 1.0
        for state, what, often in (((i, j, b + 1), COMES, min(idle, 1)), ((i, j, b - 1), WORKS, b), ((i + 1, j, b - 1), BREAKS, b),
                                   ((i, j + 1, b), BREAKS_IDLE, idle if j < most else 0), ((i - 1, j, b + 1), MENDS, i), ((i, j - 1, b), MENDS, j)):
            if often > 0:
                found[BEGIN][what, n, at_free[state]] += often
    return _Moves(np.hstack([part.reshape(5, -1) for part in found]), tuple(part.shape[1:] for part in found))


def _waiting(begin: Floats, first: Floats, last: Floats, here: Floats, down: Floats, rate: Floats) -> Floats:
    """The mean number that waits, (N,), in N chains of a kind. The rates *begin* (N, …) lead among the states in which nobody waits, *first* and
    *last* to and from those in which one does; *here* leads among the states with as many that wait, *down* to those with one less, and *rate*
    (N,) to those with one more."""
    chains, size, free = len(here), here.shape[1], begin.shape[1]
    eye, up = np.eye(size), rate[:, None, None] * np.eye(size)
    steps = np.linalg.solve(-here, np.stack([up, down]))  # (2, N, size, size): one more waits, or one less
    fewer, path = steps[1].copy(), steps[0].copy()  # fewer: by which state one less waits, for the first time
    for _ in range(60):
        steps = np.linalg.solve(eye - (steps @ steps[::-1]).sum(axis=0), steps @ steps)
        fewer += path @ steps[1]
        path = path @ steps[0]
        if path.max() < 1e-14:
            break
    ratio = up @ np.linalg.inv(-(here + up @ fewer))
    behind = np.linalg.inv(eye - ratio)
    balance = np.block([[begin, first], [last, here + ratio @ down]])
    balance[:, :, 0] = np.hstack([np.ones((chains, free)), behind.sum(axis=2)])
    chance = np.linalg.solve(balance.transpose(0, 2, 1), np.eye(free + size)[:, :1])[:, free:, 0]
    return np.asarray((chance[:, None] @ behind @ behind).sum(axis=(1, 2)))


def bulk_queue(rate: float, takes: float, tools: int, least: int, most: int) -> tuple[float, float]:
    """The mean wait and the mean size of a run where Poisson lots, *rate* of them per unit of time, come to *tools* of which each runs *least* to
    *most* lots together, in a time that is exponential with the mean *takes*: M/M[a,b]/m. Needs rate · takes < most · tools.

    With all tools busy, n lots wait with the chance C·rⁿ, where r is the root below 1 of λ + mμ·r^(b+1) = (λ + mμ)·r. While some tools are idle,
    fewer than a lots wait, and the chances of these few states solve their balance equations (Neuts' general bulk service rule; Medhi, Stochastic
    Models in Queueing Theory, ch. 4, for one tool)."""
    work, r = 1.0 / takes, _root(rate, tools / takes, most)
    size = tools * least  # (busy tools j < m, waiting lots n < a) at j·a + n; last: C
    balance, right = np.zeros((size + 1, size + 1)), np.zeros(size + 1)
    for j in range(tools):
        for n in range(least):
            row = j * least + n
            balance[row, row] -= rate + j * work
            if row > 0:
                balance[row, row - 1] += rate  # one lot more waits, or, where n is 0, completes a batch that an idle tool takes: from (j - 1, a - 1)
            if j + 1 < tools:
                balance[row, row + least] += (j + 1) * work
            else:
                balance[row, size] += tools * work * r**n
    balance[size], right[size] = np.append(np.ones(size), 1.0 / (1.0 - r)), 1.0
    chance = np.linalg.solve(balance, right)
    waiting = float(chance[:size] @ (np.arange(size) % least)) + float(chance[size]) * r / (1.0 - r) ** 2
    starts = rate * float(chance[least - 1 : size : least].sum()) + tools * work * float(chance[size]) * r**least / (1.0 - r)
    return waiting / rate, rate / starts


def _root(rate: float, work: float, most: int) -> float:
    """The r below 1 with rate + work · r^(most + 1) = (rate + work) · r."""
    low, high = 0.0, 1.0 - 1e-12
    for _ in range(80):
        r = (low + high) / 2
        low, high = (r, high) if rate + work * r ** (most + 1) > (rate + work) * r else (low, r)
    return low
