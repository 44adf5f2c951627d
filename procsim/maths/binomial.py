"""Draws binomial numbers by inversion, each from one keyed uniform."""

from __future__ import annotations

import numpy as np

from procsim.maths.arrays import Floats, Keys
from procsim.maths.keyed_random import KeyedRandom
from procsim.maths.portable import exp, log, normal_quantile

NORMAL_ABOVE = 400.0
"""Variance above which a binomial is drawn as a rounded normal: inversion would need the terms of e^-400 and beyond."""


def binomial(n: Floats, p: Floats | float, u: Floats, none: Floats | None = None) -> Floats:
    """Binomial(*n*, *p*) of arrays *n* and *u* of one shape; *p* is one chance or an array of that shape.

    *none* may hold (1 - p)^k for k = 0, 1, … and the largest *n* (one *p* only), which saves the powers. Only + - × ÷ √ and exact scaling are used.
    """
    if isinstance(p, float):
        if p > 0.5:
            return n - binomial(n, 1.0 - p, 1.0 - u)
        if n.size and float(n.max()) * p * (1.0 - p) > NORMAL_ABOVE:
            return _mixed(n, np.full_like(n, p), u)
        if none is None:
            return _inversion(n, p / (1.0 - p), exp(n * float(log(np.array([1.0 - p]))[0])), u)
        some = np.flatnonzero(u > none[-1])  # where p is small most have none, whatever n is
        found = np.zeros_like(n)
        found[some] = _inversion(n[some], p / (1.0 - p), none[n[some].astype(np.int64)], u[some])
        return found
    flip = p > 0.5
    q = np.where(flip, 1.0 - p, p)
    out = _mixed(n, q, np.where(flip, 1.0 - u, u))
    return np.where(flip, n - out, out)


def part_of(units: Floats, chance: Floats | float, entities: Keys | None, key: int) -> Floats:
    """How many of *units* meet an event that has this *chance*; *entities* says whose draw it is (None: the mean is returned) and *key* for what."""
    if entities is None or not units.any() or (isinstance(chance, float) and chance == 0.0):
        return units * chance
    return binomial(units, chance, KeyedRandom.uniforms(entities, key % 2**64))


def _mixed(n: Floats, q: Floats, u: Floats) -> Floats:
    """Draws by inversion where the variance is small and by a rounded normal where it is large; *q* is at most a half."""
    variance = n * q * (1.0 - q)
    large = variance > NORMAL_ABOVE
    if not large.any():
        return _inversion(n, q / (1.0 - q), exp(n * log(1.0 - q)), u)
    out = np.zeros_like(n)
    small = ~large
    out[small] = _inversion(n[small], q[small] / (1.0 - q[small]), exp(n[small] * log(1.0 - q[small])), u[small])
    drawn = n[large] * q[large] + np.sqrt(variance[large]) * normal_quantile(u[large])
    out[large] = np.clip(np.rint(drawn), 0.0, n[large])
    return out


def _inversion(n: Floats, odds: Floats | float, chance: Floats, u: Floats) -> Floats:
    """The smallest k whose cumulative chance reaches *u*; *chance* is that of k = 0. Entries that are done are dropped from the work once there are
    many."""
    out = np.zeros_like(n)
    at = np.flatnonzero((u > chance) & (n > 0))
    n, u, chance = n[at], u[at], chance[at]
    each = odds[at] if isinstance(odds, np.ndarray) else odds
    total, found, k = chance.copy(), np.ones(len(at)), 0.0
    while len(at):
        chance *= each
        chance *= n - k
        k += 1.0
        chance /= k
        total += chance
        more = (u > total) & (n > k) & (chance > 0.0)
        going = np.flatnonzero(more)
        if 3 * len(going) < 2 * len(at):
            out[at] = found
            at, n, u, chance, total, found = at[going], n[going], u[going], chance[going], total[going], found[going]
            each = each[going] if isinstance(each, np.ndarray) else each
            found += 1.0
        else:
            found += more
    return out


def powers(base: float, most: int) -> Floats:
    """The powers *base*^0 to *base*^*most*, by multiplication."""
    return np.cumprod(np.concatenate([[1.0], np.full(most, base)]))
