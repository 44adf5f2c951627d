"""Narrows paired differences by quantities whose means are known (control variates), and tells several differences apart with care."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.statistics import ROUNDING, Difference, t_quantile

POWER = 0.8
"""How sure a number of replications is to tell a difference that is as large as it looks."""
MOST = 1_000_000
"""Replications beyond which nobody would go to tell a difference."""
SPARE = 3
"""Degrees of freedom that controls must leave: with fewer the quantile of t is so wide that they rarely pay."""


def controlled(apart: float, deviations: Floats, scale: float, confidence: float, controls: Floats | None = None) -> Difference:
    """A difference *apart* of figures as large as *scale*, from its *deviations* (n,) by replication; where there are *controls* (n, k), each of
    which is 0 in the mean, less what they explain of it.

    The coefficients are those of least squares from the same replications, which costs as many degrees of freedom as controls are independent;
    the standard error counts how far these are from 0 (Lavenberg and Welch, Management Science 27, 1981). Exact where all is normal.
    """
    n, spare = len(deviations), 1
    if n < 2:
        return Difference(apart, math.nan, math.nan, math.nan, math.nan)
    if np.abs(deviations).max() <= ROUNDING * scale:
        deviations = np.zeros(n)
    far = 0.0
    if controls is not None and deviations.any():
        centre = controls.mean(axis=0)
        unit = np.maximum(np.abs(controls).max(axis=0), 1e-300)
        inside, centre = (controls - centre) / unit, centre / unit
        solved, _, rank, _ = np.linalg.lstsq(inside, deviations, rcond=1e-9)
        spread = np.linalg.pinv(inside.T @ inside, rcond=1e-12, hermitian=True)
        apart, deviations = apart - float(centre @ solved), deviations - inside @ solved
        spare, far = 1 + int(rank), float(centre @ spread @ centre)
    df = n - spare
    se = math.sqrt(float((deviations**2).sum()) / df * (1 / n + far))
    return at_confidence(Difference(0.0 if abs(apart) <= ROUNDING * scale else apart, math.nan, math.nan, se, df), confidence)


def at_confidence(found: Difference, confidence: float) -> Difference:
    """*found* with the interval of another *confidence*."""
    half = t_quantile(confidence, found.df) * found.se if found.se > 0 else found.se
    return replace(found, low=found.mean - half, high=found.mean + half)


def chance(found: Difference) -> float:
    """Chance of a difference at least so large where there is none; of one without any noise 1 or 0, nan without an interval."""
    if found.se > 0:
        return found.p
    return math.nan if math.isnan(found.se) else float(found.mean == 0)


def replications_to_tell(found: Difference, n: int, confidence: float, power: float = POWER) -> float:
    """About so many replications, not fewer than the *n* at hand, tell a difference as large as *found* from 0 with the chance *power*; inf where no
    sensible number does, nan where the spread is not known."""
    from scipy.special import stdtrit  # here, since commands that do not simulate need no quantile and start faster without

    if math.isnan(found.se):
        return math.nan
    if found.mean == 0:
        return math.inf if found.se else float(n)
    deviation, lost = found.se * math.sqrt(n), n - found.df

    def enough(count: int) -> bool:
        df = count - lost
        return (t_quantile(confidence, df) + float(stdtrit(df, power))) * deviation <= abs(found.mean) * math.sqrt(count)

    low = high = n
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST:
            return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return float(low if enough(low) else high)


def holm(chances: Sequence[float]) -> list[float]:
    """*chances* (p) of as many comparisons, corrected so that with all of them together one error is no more likely than a single p says (Holm 1979);
    nan stays and does not count."""
    known = sorted((p, i) for i, p in enumerate(chances) if p == p)
    found, least = [math.nan] * len(chances), 0.0
    for rank, (p, i) in enumerate(known):
        least = max(least, min(1.0, (len(known) - rank) * p))
        found[i] = least
    return found


def together(confidence: float, comparisons: int) -> float:
    """The confidence of each of so many *comparisons* with which all hold together (Bonferroni)."""
    return 1 - (1 - confidence) / max(comparisons, 1)
