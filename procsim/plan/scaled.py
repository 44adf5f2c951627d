"""A distribution in another unit: how a law in seconds or hours becomes one in ticks of the clock."""

from __future__ import annotations

from dataclasses import dataclass

from procsim.dists import Distribution, Floats


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
