"""Chooses one option of each of several things so that the whole is cheapest within a limit: a multiple-choice knapsack, solved exactly by HiGHS."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

import numpy as np

from procsim.maths.arrays import Floats, Ints

NEAR = 1e-9
"""Relative rounding of HiGHS that is let pass."""


def cheapest(costs: Sequence[Floats], takes: Sequence[Floats], most: float, below: float = np.inf, without: Sequence[Ints] = ()) -> Ints | None:
    """The option of each thing, (G,), with the least sum of *costs*, *below* a bound, of which the sum of what each *takes* is *most* at most,
    leaving out the choices *without*; None where there is none. Option k of thing g costs ``costs[g][k]`` and takes ``takes[g][k]``."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    first = np.cumsum([0, *(len(one) for one in costs)])
    size = int(first[-1])
    one_of_each = np.zeros((len(costs), size))
    for g in range(len(costs)):
        one_of_each[g, first[g]:first[g + 1]] = 1.0
    rules = [LinearConstraint(one_of_each, 1.0, 1.0), LinearConstraint(np.concatenate(takes)[None, :], -np.inf, most + NEAR * abs(most)),
             LinearConstraint(np.concatenate(costs)[None, :], -np.inf, below)]
    if len(without):
        left_out = np.zeros((len(without), size))
        for row, choice in zip(left_out, without, strict=True):
            row[first[:-1] + choice] = 1.0
        rules.append(LinearConstraint(left_out, -np.inf, len(costs) - 1.0))
    whole = np.ones(size, dtype=np.int64)
    found = milp(np.concatenate(costs), constraints=rules, integrality=whole, bounds=Bounds(0, 1), options={"mip_rel_gap": NEAR})
    if found.x is None:
        return None
    return np.array([int(found.x[first[g]:first[g + 1]].argmax()) for g in range(len(costs))], dtype=np.int64)


def by_cost(prices: Floats, most: float) -> Iterator[tuple[int, ...]]:
    """How many of each of several things may be added, (G,), the cheapest first, none of it above *most*: *prices* (G,) are of one, above 0."""
    order = np.argsort(prices, kind="stable")
    sorted_prices = prices[order]
    start = (0,) * len(prices)
    heap: list[tuple[float, tuple[int, ...], int]] = [(0.0, start, 0)]
    while heap:
        cost, counts, last = heapq.heappop(heap)
        found = [0] * len(prices)
        for at, count in zip(order.tolist(), counts, strict=True):
            found[at] = count
        yield tuple(found)
        for g in range(last, len(prices)):
            dearer = cost + float(sorted_prices[g])
            if dearer > most:
                break
            heapq.heappush(heap, (dearer, (*counts[:g], counts[g] + 1, *counts[g + 1:]), g))
