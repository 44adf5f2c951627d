"""Puts distributions into other units: a law in seconds or hours becomes one in ticks of the clock; and draws many such laws at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Floats, Ints
from procsim.maths.distributions import Distribution, Lognormal, lognormal

NEVER_US = 1e18
"""What is longer than any horizon and still a whole number: 31 000 years."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """*law* times *factor*."""

    law: Distribution
    factor: float

    @property
    def mean(self) -> float:
        return self.law.mean * self.factor

    @property
    def scv(self) -> float:
        return self.law.scv

    def quantile(self, u: Floats) -> Floats:
        return self.law.quantile(u) * self.factor


def ticks(time: Floats) -> Ints:
    """*time*, which is lost, in whole µs; what is longer than any horizon is cut to what the clock holds."""
    if not time.any():
        return np.zeros(time.shape, dtype=np.int64)
    np.minimum(time, NEVER_US, out=time)
    return np.rint(time, out=time).astype(np.int64, order="C")


def together(laws: Sequence[Distribution], u: Floats) -> Floats:
    """Row i of *u* through the quantile function of law i. Lognormal laws, which most laws of times are, go as one: numpy takes nearly
    as long for a thousand numbers as for five thousand."""
    found = np.empty_like(u)
    alike = [(i, law.law, law.factor) for i, law in enumerate(laws) if isinstance(law, Scaled) and isinstance(law.law, Lognormal)]
    for i in set(range(len(laws))) - {i for i, _, _ in alike}:
        found[i] = laws[i].quantile(u[i])
    if alike:
        rows = [i for i, _, _ in alike]
        mean, s2, factor = np.array([(law.mean, law.s2, factor) for _, law, factor in alike]).T[:, :, None]
        found[rows] = lognormal(mean, s2, u[rows]) * factor
    return found
