"""Holds the yield laws: the chance that a unit has no fault where it has *m* = area × density of them on average.

Every law is a Poisson law whose mean is itself spread from panel to panel; ``clusters`` gives that spread as equally
likely multipliers of *m*, so that a run shows the same clustering that the closed form averages over.
Sources: Murphy 1964 (triangular spread), Seeds 1967 (exponential), Stapper 1973 (gamma: negative binomial);
Bose-Einstein over *n* layers equals a gamma spread of shape *n*.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.distributions import Distribution, Exponential, Gamma, Triangular, Uniform

CELLS = 1024
"""Number of equally likely multipliers that stand for a clustering law; its variance is then right to about 0.2 %."""


@dataclass(frozen=True, slots=True)
class YieldLaw:
    """A law: the *mean_yield* (m, shape) that it gives; how the density is spread from panel to panel, as a distribution of mean 1 for a shape (None:
    all panels are alike); and the key of a recipe that holds the shape, where the law has one."""

    mean_yield: Callable[[float, float], float]
    spread: Callable[[float], Distribution] | None = None
    parameter: str | None = None

    def __call__(self, m: float, shape: float = 0.0) -> float:
        return self.mean_yield(m, shape)


def poisson(m: float, _shape: float = 0.0) -> float:
    """e^-m: faults fall independently."""
    return math.exp(-m)


def murphy(m: float, _shape: float = 0.0) -> float:
    """((1 - e^-m) / m)²: the density is triangular between 0 and twice its mean."""
    return 1.0 if m == 0 else (-math.expm1(-m) / m) ** 2


def uniform(m: float, _shape: float = 0.0) -> float:
    """(1 - e^-2m) / 2m: the density is uniform between 0 and twice its mean."""
    return 1.0 if m == 0 else -math.expm1(-2 * m) / (2 * m)


def seeds(m: float, _shape: float = 0.0) -> float:
    """1 / (1 + m): the density is exponential. (Not Moore's exp(-√m), which some texts give that name.)"""
    return 1.0 / (1.0 + m)


def negative_binomial(m: float, shape: float) -> float:
    """(1 + m/a)^-a with clustering a = *shape*: Seeds at a = 1, Poisson as a grows."""
    return math.exp(-shape * math.log1p(m / shape))


def bose_einstein(m: float, shape: float) -> float:
    """(1 / (1 + m/n))^n over n = *shape* equally dense layers; *m* is the mean over all of them."""
    return math.exp(-shape * math.log1p(m / shape))


def _gamma(shape: float) -> Distribution:
    return Gamma(1.0, 1.0 / math.sqrt(shape))


LAWS: dict[str, YieldLaw] = {
    "poisson": YieldLaw(poisson),
    "murphy": YieldLaw(murphy, lambda _: Triangular(0.0, 1.0, 2.0)),
    "uniform": YieldLaw(uniform, lambda _: Uniform(0.0, 2.0)),
    "seeds": YieldLaw(seeds, lambda _: Exponential(1.0)),
    "negative_binomial": YieldLaw(negative_binomial, _gamma, "clustering"),
    "bose_einstein": YieldLaw(bose_einstein, _gamma, "layers"),
}
"""Name in a recipe → the law. This is the only list of them: the model, a run and the closed form look here."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a unit's survival s is spread from panel to panel: *fixed* on all of them, times e^-x of faults whose mean x follows a *law*."""

    law: str = "poisson"
    mean: float = 0.0
    shape: float = 0.0
    fixed: float = 1.0

    def power(self, share: float) -> float:
        """E[s^c]: the chance that a unit has none of a *share* c of its faults, which is the law at c times the mean."""
        return float(self.fixed**share) * LAWS[self.law](share * self.mean, self.shape)

    @property
    def cells(self) -> Floats:
        """The survival on each of equally likely panels, as of ``clusters``."""
        return self.fixed * clusters(self.law, self.mean, self.shape)


def passed(yield_: float, coverage: float) -> float:
    """1 - (1 - Y)·c: share that passes a test which finds each bad unit with the chance *coverage*, as ``coverage`` in a recipe does."""
    return 1.0 - (1.0 - yield_) * coverage


def escapes(yield_: float, coverage: float) -> float:
    """(1 - Y)(1 - c) / (1 - (1 - Y)·c): share of bad units among those passed, where each bad unit is found with the chance *coverage*."""
    return (1.0 - yield_) * (1.0 - coverage) / passed(yield_, coverage)


def passed_by_faults(yield_: float, fault_coverage: float) -> float:
    """Y^c: share that passes a test which finds each *fault* with the chance *fault_coverage*, faults being Poisson on the unit."""
    return float(yield_**fault_coverage)


def williams_brown(yield_: float, fault_coverage: float) -> float:
    """1 - Y^(1 - c): share of bad units among those passed (the defect level), where each *fault* is found with the chance
    *fault_coverage*. Williams & Brown, IEEE Trans. Computers C-30, 1981. Bad units have a fault or more, so a test finds more of
    them than of faults: see ``unit_coverage``."""
    return -math.expm1((1.0 - fault_coverage) * math.log(yield_))


def unit_coverage(yield_: float, fault_coverage: float) -> float:
    """(1 - Y^c) / (1 - Y): the ``coverage`` of a recipe, per bad unit, to which a fault coverage c comes; in the limit Y = 1 it is c."""
    return (1.0 - passed_by_faults(yield_, fault_coverage)) / (1.0 - yield_) if yield_ < 1.0 else fault_coverage


def missed(m: Floats, fault_coverage: float) -> Floats:
    """(e^-cm - e^-m) / (1 - e^-m): the chance that none of the faults of a unit that has some is found, where each is found with the chance c and
    faults are Poisson with the mean *m*; 1 - c where *m* is 0, which stands for one fault."""
    some = -np.expm1(-m)
    none = -np.expm1(-(1.0 - fault_coverage) * m) * np.exp(-fault_coverage * m)
    return np.asarray(np.divide(none, some, out=np.full_like(some, 1.0 - fault_coverage), where=some > 0))


@lru_cache(maxsize=256)
def _multipliers(law: str, shape: float) -> Floats:
    """The density's multiplier on each of ``CELLS`` equally likely panels."""
    spread = LAWS[law].spread
    return spread(shape).quantile((np.arange(CELLS) + 0.5) / CELLS) if spread is not None else np.ones(CELLS)


@lru_cache(maxsize=1024)  # a run asks for those of a step at every block of lots
def clusters(law: str, m: float, shape: float) -> Floats:
    """Unit survival on each of ``CELLS`` equally likely panels (shape (CELLS,), or (1,) where panels do not differ).

    The cells' mean is scaled to equal ``LAWS[law](m, shape)`` exactly, so that a run's mean yield is the law's.
    """
    found = _clusters(law, m, shape)
    found.setflags(write=False)
    return found


def _clusters(law: str, m: float, shape: float) -> Floats:
    exact = LAWS[law](m, shape)
    if LAWS[law].spread is None or m == 0:
        return np.array([exact])
    faults = m * _multipliers(law, shape)
    survival = np.exp(-faults)
    for _ in range(4):  # Newton on one factor that makes the mean exact and keeps every survival in (0, 1]
        error = survival.mean() - exact
        step = error / max((faults * survival).mean(), 1e-300)
        faults = faults * (1 + min(max(step, -0.9), 9.0))  # so many faults that hardly a cell survives lead it astray
        survival = np.exp(-faults)
    mean = survival.mean()
    if mean <= 0.1 * exact:  # a rarer lot of panels than there are cells: all that is known is the mean
        return np.full(CELLS, exact)
    return np.asarray(np.minimum(survival * (exact / mean), 1.0))
