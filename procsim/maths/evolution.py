"""Searches a cube for the least of a function by differential evolution, as SciPy has it: whole generations at a time, so that who works them out
changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from procsim.maths.arrays import Floats

LEAST, MOST = 20, 60
"""Members of a generation, at least and at most; else three for each dimension."""
LONG = 100_000
"""Generations that are never reached."""
STEP, MIXED = (0.5, 1.0), 0.7
"""Between what the step towards the best varies, and the share of coordinates that take it."""


def evolve(values: Callable[[Floats], Floats], start: Sequence[float], seed: int, done: Callable[[], bool]) -> None:
    """Asks for *values* (n,) of points (n, d) of the cube from 0 to 1, a generation at a time, until it is *done* or all members are alike. Smaller
    is better; no value may be nan. *start* (d,) is one of the first generation, which is a Latin hypercube else.

    Storn and Price, "Differential evolution", Journal of Global Optimization 11 (1997) 341-359, with the best member as the base (best/1/bin).
    """
    from scipy.optimize import Bounds, differential_evolution

    size = min(max(3 * len(start), LEAST), MOST)
    random = np.random.default_rng(seed)
    rows = np.array([random.permutation(size - 1) for _ in start]).T
    first = np.vstack([start, (rows + random.random(rows.shape)) / (size - 1)])

    def columns(points: Any) -> Any:
        return values(np.atleast_2d(points.T))

    def told(*_: Any, **__: Any) -> Any:
        return done()

    differential_evolution(columns, Bounds(0.0, np.ones(len(start))), vectorized=True, updating="deferred", polish=False, init=first, tol=0.0,
                           atol=0.0, maxiter=LONG, mutation=STEP, recombination=MIXED, rng=random, callback=told)
