"""Defines the distributions that a recipe may name; each is frozen and knows its ``mean``, its ``scv`` and its quantile function.

*scv* is the squared coefficient of variation, variance / mean² (Factory Physics). ``quantile`` maps an array of uniforms in (0, 1) to draws of the
same shape: one uniform per draw, so that a draw can be keyed. They are equal bit for bit on every IEEE machine; only gamma and Erlang ask a library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.portable import exp, log, normal_quantile

MOST_CV = 1000.0
"""The largest coefficient of variation of a law: of one that varies more, no run is long enough to show the mean."""
LEAST_CV = 1e-6
"""The smallest one of a gamma law: below, its quantiles are not told apart."""
WEIBULL_SHAPES = (0.1, 1000.0)
"""Smallest and largest shape of a Weibull law whose moments are numbers: cv 430 and 0.0013."""


class Distribution(Protocol):
    """What the rest of procsim asks of a law."""

    @property
    def mean(self) -> float: ...
    @property
    def scv(self) -> float: ...
    def quantile(self, u: Floats) -> Floats: ...


def _require(ok: bool, message: str) -> None:
    if not ok:
        raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Constant:
    value: float

    def __post_init__(self) -> None:
        _require(self.value >= 0, f"value must be >= 0 (got {self.value:g})")

    @property
    def mean(self) -> float:
        return self.value

    @property
    def scv(self) -> float:
        return 0.0

    def quantile(self, u: Floats) -> Floats:
        return np.full_like(u, self.value)


@dataclass(frozen=True, slots=True)
class Exponential:
    mean: float

    def __post_init__(self) -> None:
        _require(self.mean > 0, f"mean must be > 0 (got {self.mean:g})")

    @property
    def scv(self) -> float:
        return 1.0

    def quantile(self, u: Floats) -> Floats:
        return -self.mean * log(1.0 - u)


@dataclass(frozen=True, slots=True)
class Uniform:
    low: float
    high: float

    def __post_init__(self) -> None:
        _require(0 <= self.low <= self.high, f"need 0 <= low <= high (got {self.low:g}, {self.high:g})")

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def scv(self) -> float:
        return (self.high - self.low) ** 2 / 12 / self.mean**2 if self.mean else 0.0

    def quantile(self, u: Floats) -> Floats:
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True, slots=True)
class Triangular:
    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _require(0 <= self.low <= self.mode <= self.high and self.low < self.high,
                 f"need 0 <= low <= mode <= high and low < high (got {self.low:g}, {self.mode:g}, {self.high:g})")

    @property
    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3

    @property
    def scv(self) -> float:
        a, c, b = self.low, self.mode, self.high
        return (a * a + b * b + c * c - a * b - a * c - b * c) / 18 / self.mean**2

    def quantile(self, u: Floats) -> Floats:
        a, c, b = self.low, self.mode, self.high
        rising = a + np.sqrt(u * ((b - a) * (c - a)))
        falling = b - np.sqrt((1 - u) * ((b - a) * (b - c)))
        return np.where(u < (c - a) / (b - a), rising, falling)


@dataclass(frozen=True, slots=True)
class Normal:
    """Normal with *mean* and standard deviation *sd* of the parent law, cut off below 0 (a time is never negative)."""

    parent_mean: float
    sd: float

    def __post_init__(self) -> None:
        _require(self.parent_mean > 0 and self.sd >= 0, f"need mean > 0 and sd >= 0 (got {self.parent_mean:g}, {self.sd:g})")

    @property
    def _cut(self) -> tuple[float, float, float]:
        """The standardised cut *a*, the chance of lying above it, and the inverse Mills ratio there."""
        a = -self.parent_mean / self.sd if self.sd else -40.0
        above = 0.5 * math.erfc(a / math.sqrt(2))
        return a, above, math.exp(-a * a / 2) / math.sqrt(2 * math.pi) / above

    @property
    def mean(self) -> float:
        return self.parent_mean + self.sd * self._cut[2]

    @property
    def scv(self) -> float:
        a, _, mills = self._cut
        return self.sd**2 * (1 + a * mills - mills * mills) / self.mean**2

    def quantile(self, u: Floats) -> Floats:
        below = 1.0 - self._cut[1]
        inside = np.clip(below + (1.0 - below) * u, 2.0**-53, 1.0 - 2.0**-53)
        return np.maximum(self.parent_mean + self.sd * normal_quantile(inside), 0.0)


@dataclass(frozen=True, slots=True)
class Lognormal:
    """*mean* and coefficient of variation *cv* are those of the variable, not of its logarithm."""

    mean: float
    cv: float

    def __post_init__(self) -> None:
        _require(self.mean > 0 and self.cv >= 0, f"need mean > 0 and cv >= 0 (got {self.mean:g}, {self.cv:g})")

    @property
    def scv(self) -> float:
        return self.cv**2

    @property
    def s2(self) -> float:
        """Variance of its logarithm."""
        return math.log1p(self.cv**2)

    def quantile(self, u: Floats) -> Floats:
        return lognormal(self.mean, self.s2, u)


def lognormal(mean: Floats | float, s2: Floats | float, u: Floats) -> Floats:
    """Quantiles of lognormal laws. There may be as many laws as *u* has rows: then *mean* and *s2*, the variance of the logarithm, are columns."""
    return mean * exp(np.sqrt(s2) * normal_quantile(u) - s2 / 2)


def normal_within(room: float, three_sd: float) -> float:
    """The chance that a normal deviation, whose standard deviation is a third of *three_sd*, stays within *room* to either side."""
    return math.erf(3 * room / (three_sd * math.sqrt(2))) if three_sd > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Gamma:
    mean: float
    cv: float

    def __post_init__(self) -> None:
        _require(self.mean > 0 and self.cv > 0, f"need mean > 0 and cv > 0 (got {self.mean:g}, {self.cv:g})")
        _require(self.cv >= LEAST_CV, f"a gamma law needs cv >= {LEAST_CV:g}; for less write a plain number (got {self.cv:g})")

    @property
    def scv(self) -> float:
        return self.cv**2

    def quantile(self, u: Floats) -> Floats:
        from scipy.special import gammaincinv  # here, since most recipes have no gamma and the import takes a third of a second

        shape = 1 / self.cv**2
        return np.asarray(gammaincinv(shape, u) * (self.mean / shape))


@dataclass(frozen=True, slots=True)
class Weibull:
    """Weibull with *mean* and *shape* (shape 1 is exponential)."""

    mean: float
    shape: float

    def __post_init__(self) -> None:
        _require(self.mean > 0, f"mean must be > 0 (got {self.mean:g})")
        low, high = WEIBULL_SHAPES
        _require(low <= self.shape <= high, f"shape must be from {low:g} to {high:g} (got {self.shape:g})")

    @property
    def scv(self) -> float:
        return math.gamma(1 + 2 / self.shape) / math.gamma(1 + 1 / self.shape) ** 2 - 1

    def quantile(self, u: Floats) -> Floats:
        scale = self.mean / math.gamma(1 + 1 / self.shape)
        return scale * exp(log(-log(1.0 - u)) / self.shape)


@dataclass(frozen=True, slots=True)
class Discrete:
    """One of *values* with chance proportional to its weight."""

    values: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        _require(len(self.values) > 0 and len(self.values) == len(self.weights), "values and weights need equal, non-zero length")
        _require(min(self.values) >= 0 and min(self.weights) >= 0 and sum(self.weights) > 0,
                 "values and weights must be >= 0, and some weight > 0")

    @property
    def mean(self) -> float:
        return sum(v * w for v, w in zip(self.values, self.weights, strict=True)) / sum(self.weights)

    @property
    def scv(self) -> float:
        square = sum(v * v * w for v, w in zip(self.values, self.weights, strict=True)) / sum(self.weights)
        return square / self.mean**2 - 1 if self.mean else 0.0

    def quantile(self, u: Floats) -> Floats:
        edges = np.cumsum(self.weights) / sum(self.weights)
        at = np.minimum(np.searchsorted(edges, u, side="left"), len(self.values) - 1)
        return np.asarray(self.values)[at]


def _cv(given: dict[str, Any]) -> float:
    _require(("cv" in given) != ("sd" in given), "give cv or sd, one of them")
    return float(given["cv"] if "cv" in given else given["sd"] / given["mean"])


def _erlang(mean: float, k: int) -> Gamma:
    _require(k >= 1 and k == int(k), f"k must be a whole number >= 1 (got {k:g})")
    return Gamma(mean, 1 / math.sqrt(k))


KINDS: dict[str, tuple[frozenset[str], Any]] = {
    "constant": (frozenset({"value"}), lambda p: Constant(p["value"])),
    "exponential": (frozenset({"mean"}), lambda p: Exponential(p["mean"])),
    "uniform": (frozenset({"low", "high"}), lambda p: Uniform(p["low"], p["high"])),
    "triangular": (frozenset({"low", "mode", "high"}), lambda p: Triangular(p["low"], p["mode"], p["high"])),
    "normal": (frozenset({"mean", "sd"}), lambda p: Normal(p["mean"], p["sd"])),
    "lognormal": (frozenset({"mean", "cv", "sd"}), lambda p: Lognormal(p["mean"], _cv(p))),
    "gamma": (frozenset({"mean", "cv", "sd"}), lambda p: Gamma(p["mean"], _cv(p))),
    "erlang": (frozenset({"mean", "k"}), lambda p: _erlang(p["mean"], p["k"])),
    "weibull": (frozenset({"mean", "shape"}), lambda p: Weibull(p["mean"], p["shape"])),
    "discrete": (frozenset({"values", "weights"}), lambda p: Discrete(tuple(p["values"]), tuple(p.get("weights") or [1.0] * len(p["values"])))),
}
"""Name in a recipe → the parameters it may take and how they become a distribution."""


def make(kind: str, parameters: dict[str, Any]) -> Distribution:
    """The distribution *kind* of a recipe. Raises ``ValueError`` with a plain reason when the parameters are wrong."""
    allowed, build = KINDS[kind]
    unknown = sorted(set(parameters) - allowed)
    _require(not unknown, f"{kind} has no parameter {unknown[0]!r}; it takes {', '.join(sorted(allowed))}" if unknown else "")
    try:
        law: Distribution = build(parameters)
    except KeyError as missing:
        raise ValueError(f"{kind} needs {missing.args[0]}") from None
    except ZeroDivisionError:
        raise ValueError("mean must be > 0 (got 0)") from None
    cv = _spread(law)
    _require(cv <= MOST_CV * (1 + 1e-9), f"{kind} varies too much: sd / mean must be <= {MOST_CV:g} (got {cv:.4g})")
    return law


def _spread(law: Distribution) -> float:
    """The coefficient of variation of *law*; infinite where its moments are no numbers."""
    try:
        return math.sqrt(max(law.scv, 0.0))
    except (OverflowError, ZeroDivisionError):
        return math.inf
