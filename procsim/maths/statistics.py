"""Estimates figures from replications, with their confidence intervals. There is one value per replication; figures are ratios of totals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from procsim.maths.arrays import Floats

ROUNDING = 1e-12
"""Deviations that are smaller, as a share of what they are deviations of, are rounding: the values are equal."""


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
        return max(self.high - self.mean, self.mean - self.low)

    def within(self, low: float, high: float) -> Estimate:
        """The part of the interval that lies between *low* and *high*, outside of which the figure cannot be: this part holds it as surely."""
        return replace(self, low=max(self.low, min(low, self.mean)), high=min(self.high, max(high, self.mean))) if self.n > 1 else self


def t_quantile(confidence: float, df: float) -> float:
    """The two-sided Student quantile: a half-width is this times the standard error."""
    from scipy.special import stdtrit  # here, since commands that do not simulate need no quantile and start faster without

    return float(stdtrit(df, 0.5 + confidence / 2))


def _estimate(mean: float, deviations: Floats, confidence: float, scale: float) -> Estimate:
    """The estimate from *n* *deviations* of figures as large as *scale*."""
    n = len(deviations)
    if n < 2:
        return Estimate(mean, float("nan"), float("nan"), float("nan"), n)
    if np.abs(deviations).max() <= ROUNDING * scale:
        deviations = np.zeros(n)
    se = float(np.sqrt((deviations**2).sum() / (n * (n - 1))))
    half = t_quantile(confidence, n - 1) * se
    return Estimate(mean, mean - half, mean + half, se, n)


def mean(values: Floats, confidence: float = 0.95) -> Estimate:
    """Mean of independent *values* (n,) with a t interval (Law, Simulation Modeling and Analysis, 4.5)."""
    centre = float(np.mean(values)) if len(values) else float("nan")
    return _estimate(centre, np.asarray(values, dtype=float) - centre, confidence, abs(centre))


def ratio(above: Floats, below: Floats, confidence: float = 0.95) -> Estimate:
    """Σ*above* / Σ*below* over replications, its interval by the delta method (classical ratio estimator); nan where Σ*below* is 0."""
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    total = below.sum()
    if total == 0 or not len(below):
        return Estimate(float("nan"), float("nan"), float("nan"), float("nan"), len(below))
    centre = float(above.sum() / total)
    return _estimate(centre, (above - centre * below) / (total / len(below)), confidence, abs(centre))


def ratio_difference(above: tuple[Floats, Floats], below: tuple[Floats, Floats], confidence: float = 0.95) -> Estimate:
    """Difference (second less first) of two ratios of totals on the same random numbers: the paired delta method."""
    centres, parts = [], []
    for a, b in zip(above, below, strict=True):
        total = b.sum()
        if total == 0:
            return Estimate(float("nan"), float("nan"), float("nan"), float("nan"), len(b))
        centres.append(float(a.sum() / total))
        parts.append((a - centres[-1] * b) / (total / len(b)))
    return _difference(centres[0], centres[1], parts[1] - parts[0], confidence)


def _difference(first: float, second: float, deviations: Floats, confidence: float) -> Estimate:
    """*second* less *first*, which is 0 where it is only rounding."""
    scale, apart = max(abs(first), abs(second)), second - first
    return _estimate(0.0 if abs(apart) <= ROUNDING * scale else apart, deviations, confidence, scale)


def replications_needed(found: Estimate, half_width: float, confidence: float = 0.95) -> int:
    """The least n, not below the *found.n* at hand, with t(n - 1) · s / √n ≤ *half_width* (Law, Simulation Modeling and Analysis, 9.4.1).

    s comes from *found* and is taken as it is. Raises ValueError where there is no s, or where no n is enough.
    """
    if not (found.n >= 2 and half_width >= 0 and math.isfinite(found.se)) or (half_width == 0 < found.se):
        raise ValueError(f"no number of replications gives a half-width of {half_width:g} from {found}")
    deviation = found.se * math.sqrt(found.n)

    def enough(n: int) -> bool:
        return t_quantile(confidence, n - 1) * deviation <= half_width * math.sqrt(n) * (1 + 1e-12)

    low = high = found.n
    while not enough(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return low if enough(low) else high


def paired(first: Floats, second: Floats, confidence: float = 0.95) -> Estimate:
    """Mean of *second* − *first*, replication by replication (paired t)."""
    before, after = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    apart = after - before
    return _difference(float(before.mean()), float(after.mean()), apart - apart.mean(), confidence)


def deviation(values: Floats) -> float:
    """Standard deviation of all *values* (n,); 0 where they are equal but for rounding."""
    found = float(values.std())
    return found if found > ROUNDING * float(np.abs(values).max(initial=0.0)) else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """*mean* of a difference with its interval, standard error and degrees of freedom, which need not be whole."""

    mean: float
    low: float
    high: float
    se: float
    df: float

    @property
    def t(self) -> float:
        return self.mean / self.se

    @property
    def p(self) -> float:
        """Chance of a difference at least so far from 0, either way, where there is none."""
        return p_value(self.t, self.df)


def welch(first: Floats, second: Floats, confidence: float = 0.95) -> Difference:
    """Mean of *second* less mean of *first*, samples that do not share their random numbers and whose variances may differ.

    Welch (1947): se² = s₁²/n₁ + s₂²/n₂, and se⁴ / Σ (sᵢ²/nᵢ)²/(nᵢ - 1) degrees of freedom (Satterthwaite). On the same random numbers use ``paired``.
    """
    samples = [np.asarray(x, dtype=float) for x in (first, second)]
    shares = [float(x.var(ddof=1)) / len(x) for x in samples]
    square = sum(shares)
    df = square**2 / sum(v**2 / (len(x) - 1) for v, x in zip(shares, samples, strict=True)) if square > 0 else float("inf")
    centre, se = float(samples[1].mean() - samples[0].mean()), math.sqrt(square)
    half = t_quantile(confidence, df) * se if square > 0 else 0.0
    return Difference(centre, centre - half, centre + half, se, df)


def p_value(t: float, df: float) -> float:
    """Two-sided p of Student's *t*; for a pair, that of mean / se with n - 1."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def batch_means(series: Floats, batches: int, confidence: float = 0.95) -> Estimate:
    """Mean of one long, correlated, settled *series* by the means of *batches* equal stretches, taken as independent (Law, 9.5.3).

    What does not divide is left out at the beginning. Batches must be long against the correlation: see ``autocorrelation`` of theirs.
    """
    length = len(series) // batches
    if batches < 2 or length < 1:
        raise ValueError(f"{len(series)} observations do not make {batches} batches")
    return mean(np.asarray(series, dtype=float)[len(series) - batches * length :].reshape(batches, length).mean(axis=1), confidence)


def autocorrelation(series: Floats, lag: int = 1) -> float:
    """Σ (xᵢ - m)(xᵢ₊ₗ - m) / Σ (xᵢ - m)²; nan for a constant series."""
    apart = np.asarray(series, dtype=float) - np.mean(series)
    below = float((apart**2).sum())
    return float((apart[:-lag] * apart[lag:]).sum()) / below if below > 0 else float("nan")


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
    scores = mser_scores(means)
    same = (1e-12 * float(np.abs(means).max())) ** 2  # rounding: of cuts that are equally good, the first
    best = int(np.flatnonzero(scores <= scores.min() + same)[0])
    return Warmup(best * batch, best < n // 2)


def mser_scores(means: Floats) -> Floats:
    """Σ(b - mean)² / (n - d)² of what is left of *means* (n,) after each cut d = 0 … n // 2; by sums from the end, so in one pass."""
    n = len(means)
    apart = means - means.mean()
    left = n - np.arange(n // 2 + 1)
    sums, squares = (np.cumsum(x[::-1])[::-1][: n // 2 + 1] for x in (apart, apart**2))
    return np.asarray(np.maximum(squares - sums**2 / left, 0.0) / left**2)


def quantile(values: Floats, p: float) -> float:
    """The *p* quantile of *values*; nan where there are none."""
    return float(np.quantile(values, p)) if len(values) else float("nan")


def quantile_interval(values: Floats, p: float, confidence: float = 0.95) -> tuple[float, float]:
    """An interval for the *p* quantile from independent *values*, whatever their law: two of the values themselves, by rank.

    With B binomial (n, *p*), value number l (from 1) is the last with P(B < l) ≤ α/2 and number u the first with P(B ≥ u) ≤ α/2
    (Hahn & Meeker, Statistical Intervals, 5.2). nan where the sample is too small to have such a value. Cycle times of
    one run are not independent: for those, take the quantile of each replication and ``mean`` over replications.
    """
    from scipy.special import bdtr

    ordered, tail = np.sort(np.asarray(values, dtype=float)), (1 - confidence) / 2
    below = np.asarray(bdtr(np.arange(len(ordered)), len(ordered), p))  # P(B ≤ k)
    l, u = int(np.searchsorted(below, tail, side="right")), int(np.searchsorted(below, 1 - tail, side="left")) + 1  # noqa: E741
    return float(ordered[l - 1]) if l >= 1 else float("nan"), float(ordered[u - 1]) if u <= len(ordered) else float("nan")


def ranks(values: Floats) -> Floats:
    """Rank of each of *values* (n,), from 1; equal ones share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[which], dtype=float)


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's r of two series (n,); nan where one of them is constant. Of their ``ranks`` it is Spearman's."""
    a, b = np.asarray(one, dtype=float) - np.mean(one), np.asarray(other, dtype=float) - np.mean(other)
    below = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / below if below > 0 else float("nan")


def regression_shares(x: Floats, y: Floats) -> tuple[Floats, float]:
    """Squared standardised coefficients of the least-squares plane of *y* (n,) over *x* (n, k), scaled to sum to 1, and the plane's R².

    Where the columns of *x* are independent and the plane fits, a share is that column's part of the variance of *y* (Saltelli and
    others, Global Sensitivity Analysis, 1.2.5). n must be well above k. A constant column has the share 0, and all are nan
    where *y* is constant.
    """
    apart, spread = x - x.mean(axis=0), x.std(axis=0)
    unit = np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0)
    left = y - y.mean()
    weights = np.linalg.lstsq(unit, left, rcond=None)[0]
    total, around = float((left**2).sum()), float(((left - unit @ weights) ** 2).sum())
    squares = weights**2
    if not total > 0 or not squares.sum() > 0:
        return np.full(len(squares), float("nan")), float("nan")
    return np.asarray(squares / squares.sum()), 1 - around / total
