"""Estimates Sobol indices: what share of a figure's variance comes from each input, or group of inputs, alone and with all that it interacts with.

Two independent samples A and B, and each of their points once more with one group taken from the other sample. An index is then the mean of products
of two differences that the group alone makes, so that small indices have small errors (as in Liu & Owen, J. Am. Stat. Assoc. 101, 2006, and Owen,
ACM Trans. Model. Comput. Simul. 23, 2013); the total index is Jansen's (Comput. Phys. Commun. 117, 1999), of both samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.statistics import Estimate, ratio


@dataclass(frozen=True, slots=True)
class Indices:
    """*first* and *total* indices of each group; *variance* (n,) and its parts, *alone* and *wholly* (n, G), of which they are ratios of means;
    *mean* is the figure's."""

    first: tuple[Estimate, ...]
    total: tuple[Estimate, ...]
    variance: Floats
    alone: Floats
    wholly: Floats
    mean: float

    @property
    def spread(self) -> float:
        """Standard deviation of the figure."""
        return float(np.sqrt(self.variance.mean()))

    def apart(self, one: int, other: int) -> Estimate:
        """By how much the total index of group *one* is above that of the *other*, on the same points."""
        return ratio(self.wholly[:, one] - self.wholly[:, other], self.variance)


def indices(of_a: Floats, of_b: Floats) -> Indices:
    """Indices of *of_a* (n, 1 + G), the figure at each point of A and there with each group from B, and *of_b*, the same the other way round.
    Standard errors are those of ratios of means (delta method). Points at which the figure is not known are left out."""
    whole = np.isfinite(of_a).all(axis=1) & np.isfinite(of_b).all(axis=1)
    a, b = of_a[whole], of_b[whole]
    plain = np.concatenate([a[:, 0], b[:, 0]])
    centre, freedom = plain.mean(), len(plain) / max(len(plain) - 1, 1)
    variance = freedom * ((a[:, 0] - centre) ** 2 + (b[:, 0] - centre) ** 2) / 2
    here, there = a[:, :1] - a[:, 1:], b[:, :1] - b[:, 1:]
    alone, wholly = -here * there / 2, (here**2 + there**2) / 4
    first, total = (tuple(ratio(column, variance) for column in parts.T) for parts in (alone, wholly))
    return Indices(first, total, variance, alone, wholly, float(centre))
