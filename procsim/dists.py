"""Distributions: parameters in, a frozen law out that knows its ``mean``, its ``scv`` and its quantile function.

*scv* is the squared coefficient of variation, variance / mean² (Factory Physics). ``quantile`` maps an array of
uniforms in (0, 1) to draws of the same shape: one uniform per draw, so that a draw can be keyed. Logarithm,
exponential and normal quantile are built from + - × ÷ √ and exact scaling alone, hence equal bit for bit on every
IEEE machine; only gamma and Erlang ask a library.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # ln 2 in two parts (as in fdlibm)


def log(x: Floats) -> Floats:
    """Natural logarithm of positive *x*, within 2 ulp: 2·atanh((m-1)/(m+1)) after scaling m to [√½, √2)."""
    m, e = np.frexp(x)
    low = m < 0.7071067811865476
    m = np.where(low, 2.0 * m, m)
    e = np.where(low, e - 1, e).astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    series = np.zeros_like(s)
    for k in range(21, 1, -2):
        series = series * z + 1.0 / k
    return np.asarray(e * _LN2_HIGH + (2.0 * s + (2.0 * s * z * series + e * _LN2_LOW)))


def exp(x: Floats) -> Floats:
    """e^*x*, within 2 ulp: Taylor series after taking out the nearest multiple of ln 2."""
    k = np.rint(x / 0.6931471805599453)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    total = np.ones_like(r)
    for n in range(14, 0, -1):
        total = 1.0 + r * total / n
    return np.asarray(np.ldexp(total, k.astype(np.int64)))


def _ratio(r: Floats, top: tuple[float, ...], bottom: tuple[float, ...]) -> Floats:
    return np.asarray(np.polyval(top, r) / np.polyval(bottom, r))


def normal_quantile(u: Floats) -> Floats:
    """Standard normal quantile, algorithm AS 241 (Wichura, Applied Statistics 37, 1988), relative error 1e-16."""
    q = u - 0.5
    out = np.empty_like(q)
    centre = np.abs(q) <= 0.425
    r = 0.180625 - q[centre] * q[centre]
    out[centre] = q[centre] * _ratio(r, _A, _B)
    tail = ~centre
    if tail.any():
        r = np.sqrt(-log(np.minimum(u[tail], 1.0 - u[tail])))
        near = r <= 5.0
        far = np.where(near, _ratio(r - 1.6, _C, _D), _ratio(r - 5.0, _E, _F))
        out[tail] = np.where(q[tail] < 0, -far, far)
    return out


_A = (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
      13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608)
_B = (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
      5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0)
_C = (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
      3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734)
_D = (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
      0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0)
_E = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
      0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772)
_F = (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
      0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0)


class Distribution(Protocol):
    """What the rest of the house asks of a law."""

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
        """Standardised cut *a*, chance of lying above it, and the inverse Mills ratio there."""
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

    def quantile(self, u: Floats) -> Floats:
        s2 = math.log1p(self.cv**2)
        return self.mean * exp(math.sqrt(s2) * normal_quantile(u) - s2 / 2)


@dataclass(frozen=True, slots=True)
class Gamma:
    mean: float
    cv: float

    def __post_init__(self) -> None:
        _require(self.mean > 0 and self.cv > 0, f"need mean > 0 and cv > 0 (got {self.mean:g}, {self.cv:g})")

    @property
    def scv(self) -> float:
        return self.cv**2

    def quantile(self, u: Floats) -> Floats:
        shape = 1 / self.cv**2
        return np.asarray(gammaincinv(shape, u) * (self.mean / shape))


@dataclass(frozen=True, slots=True)
class Weibull:
    """Weibull with *mean* and *shape* (shape 1 is exponential)."""

    mean: float
    shape: float

    def __post_init__(self) -> None:
        _require(self.mean > 0 and self.shape > 0, f"need mean > 0 and shape > 0 (got {self.mean:g}, {self.shape:g})")

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
    return law
