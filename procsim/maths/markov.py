"""Solves Markov chains of one queue for which there is no formula: runs of several customers, and tools that break down.

All times are exponential. A few states of an idle group are solved for; behind them queues are geometric.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from procsim.maths.arrays import Floats

State = tuple[int, ...]


@lru_cache(maxsize=10_000)  # sweeps and elasticities ask for the same tools again and again
def breaking_down(rate: float, takes: float, tools: int, fails: tuple[float, float], mends: float) -> float:
    """The mean wait where Poisson customers, *rate* of them per unit of time, come to *tools* that work on each for a time with the mean *takes*. The
    tools break down with the rates *fails*, as they work and as they stand idle; a repair takes *mends*, and the customer in the tool stays there
    until his work is done. Needs rate · takes · (1 + fails[0] · mends) < tools.

    While anybody waits, the tools are down with a customer (i of them), down without one (j), or at work. This is a quasi-birth-and-death process,
    whose chances of n waiting are those of n - 1 times a matrix (Neuts, Matrix-Geometric Solutions in Stochastic Models, 1981; Latouche & Ramaswami
    1993)."""
    most = tools if fails[1] > 0 else 0
    busy = [(i, j) for i in range(tools + 1) for j in range(min(tools - i, most) + 1)]
    free = [(i, j, b) for i, j in busy for b in range(tools - i - j + 1)]
    at, at_free = {state: n for n, state in enumerate(busy)}, {state: n for n, state in enumerate(free)}
    here, down = np.zeros((len(busy), len(busy))), np.zeros((len(busy), len(busy)))
    begin, first, last = np.zeros((len(free), len(free))), np.zeros((len(free), len(busy))), np.zeros((len(busy), len(free)))
    work, mend = 1.0 / takes, 1.0 / mends
    for (i, j), n in at.items():
        b = tools - i - j
        for onto, often in (((i, j), b * work), ((i, j - 1), j * mend)):  # a tool takes the next
            if often > 0:
                down[n, at[onto]] += often
                last[n, at_free[(*onto, tools - sum(onto))]] += often
        for onto, often in (((i + 1, j), b * fails[0]), ((i - 1, j), i * mend)):
            if often > 0:
                here[n, at[onto]] += often
    for (i, j, b), n in at_free.items():
        idle = tools - i - j - b
        if idle == 0:
            first[n, at[i, j]] += rate
        for state, often in (((i, j, b + 1), rate if idle else 0.0), ((i, j, b - 1), b * work), ((i + 1, j, b - 1), b * fails[0]),
                             ((i, j + 1, b), idle * fails[1]), ((i - 1, j, b + 1), i * mend), ((i, j - 1, b), j * mend)):
            if often > 0:
                begin[n, at_free[state]] += often
    begin -= np.diag(begin.sum(axis=1) + first.sum(axis=1))
    here -= np.diag(here.sum(axis=1) + down.sum(axis=1) + rate)
    return _waiting(begin, first, last, here, down, rate) / rate


def _waiting(begin: Floats, first: Floats, last: Floats, here: Floats, down: Floats, rate: float) -> float:
    """The mean number that waits. The rates *begin* lead among the states in which nobody waits, *first* and *last* to and from those in which one
    does; *here* leads among the states with as many that wait, *down* to those with one less, and *rate* to those with one more."""
    size, free = len(here), len(begin)
    up, eye = rate * np.eye(size), np.eye(size)
    more, less = np.linalg.solve(-here, up), np.linalg.solve(-here, down)
    fewer, path = less.copy(), more.copy()  # fewer: by which state one less waits, for the first time
    for _ in range(60):
        both = more @ less + less @ more
        more, less = np.linalg.solve(eye - both, more @ more), np.linalg.solve(eye - both, less @ less)
        fewer += path @ less
        path = path @ more
        if path.max() < 1e-14:
            break
    ratio = up @ np.linalg.inv(-(here + up @ fewer))
    behind = np.linalg.inv(eye - ratio)
    balance = np.block([[begin, first], [last, here + ratio @ down]])
    balance[:, 0] = np.concatenate([np.ones(free), behind.sum(axis=1)])
    chance = np.linalg.solve(balance.T, np.eye(free + size)[0])
    return float(chance[free:] @ behind @ behind @ np.ones(size))


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
