"""Estimates elementary effects: what a function does where one of its inputs is moved and all others stay, wherever these happen to be.

Morris (Technometrics 33, 1991); μ* is that of Campolongo, Cariboni & Saltelli (Environmental Modelling & Software 22, 2007), and the design is radial
(Campolongo, Saltelli & Cariboni, Computer Physics Communications 182, 2011): every input is moved from the same place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Floats
from procsim.maths.statistics import mean

SHIFT = 0.5
"""How far an input is moved, as a share of its distribution: upwards in one half of it, downwards in the other."""


def shifted(u: Floats) -> Floats:
    """Where inputs at the quantiles *u* are moved to."""
    return (u + SHIFT) % 1.0


def effects(changes: Floats, steps: Floats) -> Floats:
    """Elementary effects (R, k) of *changes* (R, k) of the function by *steps* (R, k) of its inputs; nan where an input could not be moved."""
    return np.divide(changes, steps, out=np.full_like(changes, np.nan), where=steps != 0)


@dataclass(frozen=True, slots=True)
class Effects:
    """Of each of k inputs: the mean effect *mu*, that of its size *mu_star*, and its spread *sigma*, which is 0 where the function is linear in the
    input and knows no interaction of it with others; each (k,), with its standard error."""

    mu: Floats
    mu_se: Floats
    mu_star: Floats
    mu_star_se: Floats
    sigma: Floats
    sigma_se: Floats


def summed_up(found: Floats) -> Effects:
    """The Effects that elementary effects (R, k) tell of."""
    seen = [column[np.isfinite(column)] for column in found.T]
    means, sizes = [_mean(column) for column in seen], [_mean(np.abs(column)) for column in seen]
    spreads = [_spread(column) for column in seen]
    return Effects(*(np.array([pair[i] for pair in pairs]) for pairs in (means, sizes, spreads) for i in (0, 1)))


def _mean(values: Floats) -> tuple[float, float]:
    """Mean and its standard error; 0 of an input that never could be moved."""
    return (float(values.mean()), mean(values).se) if len(values) else (0.0, 0.0)


def _spread(values: Floats) -> tuple[float, float]:
    """Standard deviation and its standard error, by the jackknife."""
    n = len(values)
    if n < 3:
        return (float(values.std(ddof=1)) if n > 1 else 0.0), float("nan")
    off = values - values.mean()
    if np.abs(off).max() <= 1e-9 * np.abs(values).max():  # no more than the rounding of a difference of two figures
        return 0.0, 0.0
    square = float((off**2).sum())
    without = np.sqrt(np.maximum(square - off**2 * n / (n - 1), 0.0) / (n - 2))
    return float(np.sqrt(square / (n - 1))), float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))


def tied(found: Floats, order: Floats) -> Bools:
    """Whether each input of *order* (numbers of columns of *found*, (R, k), largest μ* first) may well be no larger than the next one: the 95 %
    interval of the difference, place by place, holds 0."""
    sizes = np.abs(np.nan_to_num(found))[:, order.astype(int)]
    return np.array([not mean(a - b).low > 0 for a, b in zip(sizes.T, sizes.T[1:], strict=False)] + [False], dtype=bool)[:len(order)]
