"""Plain arrays in, estimates with intervals out. One value per replication; figures are ratios of totals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """*mean* with a confidence interval; *low* and *high* are nan with a single replication. *se* is its standard error."""

    mean: float
    low: float
    high: float
    se: float
    n: int

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def t_quantile(confidence: float, df: int) -> float:
    """Two-sided Student quantile: half-widths are this times the standard error."""
    from scipy.special import stdtrit  # here, since commands that do not simulate need no quantile and start faster without

    return float(stdtrit(df, 0.5 + confidence / 2))


def _estimate(mean: float, deviations: Floats, confidence: float) -> Estimate:
    n = len(deviations)
    if n < 2:
        return Estimate(mean, float("nan"), float("nan"), float("nan"), n)
    se = float(np.sqrt((deviations**2).sum() / (n * (n - 1))))
    half = t_quantile(confidence, n - 1) * se
    return Estimate(mean, mean - half, mean + half, se, n)


def mean(values: Floats, confidence: float = 0.95) -> Estimate:
    """Mean of independent *values* (n,) with a t interval (Law, Simulation Modeling and Analysis, 4.5)."""
    centre = float(np.mean(values)) if len(values) else float("nan")
    return _estimate(centre, np.asarray(values, dtype=float) - centre, confidence)


def ratio(above: Floats, below: Floats, confidence: float = 0.95) -> Estimate:
    """Σ*above* / Σ*below* over replications, its interval by the delta method (classical ratio estimator); nan where Σ*below* is 0."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    total = below.sum()
    if total == 0 or not len(below):
        return Estimate(float("nan"), float("nan"), float("nan"), float("nan"), len(below))
    centre = float(above.sum() / total)
    return _estimate(centre, (above - centre * below) / (total / len(below)), confidence)


def ratio_difference(above: tuple[Floats, Floats], below: tuple[Floats, Floats], confidence: float = 0.95) -> Estimate:
    """Difference (second less first) of two ratios of totals on the same random numbers: the paired delta method."""
    centres, parts = [], []
    for a, b in zip(above, below, strict=True):
        total = b.sum()
        if total == 0:
            return Estimate(float("nan"), float("nan"), float("nan"), float("nan"), len(b))
        centres.append(float(a.sum() / total))
        parts.append((a - centres[-1] * b) / (total / len(b)))
    return _estimate(centres[1] - centres[0], parts[1] - parts[0], confidence)


def paired(first: Floats, second: Floats, confidence: float = 0.95) -> Estimate:
    """Mean of *second* − *first*, replication by replication (paired t)."""
    return mean(np.asarray(second, dtype=float) - np.asarray(first, dtype=float), confidence)


@dataclass(frozen=True, slots=True)
class Warmup:
    """MSER-5's advice: cut the first *truncate* observations; *settled* is false where the minimum sits at the search limit."""

    truncate: int
    settled: bool


def mser5(series: Floats, batch: int = 5) -> Warmup:
    """MSER-5 (White 1997): the cut d of batch means that minimises Σ(b - mean)²/(n - d)², searched over the first half."""
    n = len(series) // batch
    if n < 4:
        return Warmup(0, False)
    means = np.asarray(series[: n * batch], dtype=float).reshape(n, batch).mean(axis=1)
    cuts = range(n // 2 + 1)
    scores = [float(((means[d:] - means[d:].mean()) ** 2).sum()) / (n - d) ** 2 for d in cuts]
    best = int(np.argmin(scores))
    return Warmup(best * batch, best < n // 2)


def quantile(values: Floats, p: float) -> float:
    """The *p* quantile of *values*; nan where there are none."""
    return float(np.quantile(values, p)) if len(values) else float("nan")
