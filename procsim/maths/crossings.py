"""Finds every place where a function of one number changes its sign, also where it jumps past nought, and also two that lie close together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

EXACT = 1e-9
"""Share of the whole way within which a crossing is known."""
GOLDEN = (math.sqrt(5) - 1) / 2
TURNS = 40
"""Steps of the search for a dip between two places."""
SMOOTH = 1e-3
"""Two values on either side of a crossing that differ by more than this share of what the function spans do so by a jump."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """At *at* the function changes its sign, from *before* to *after* where it *jumps*; between *low* and *high*, which lie apart where it is known
    at whole numbers only, or has no value between."""

    at: float
    jumps: bool
    before: float
    after: float
    low: float
    high: float


def crossings(of: Callable[[float], float], places: Sequence[float], whole: bool = False) -> list[Crossing]:
    """All crossings of *of* between neighbours of *places*, which rise; nan where there is no value: neighbours are those that have one. With
    *whole*, places are whole numbers and so is everything in between."""
    known = [(x, of(x)) for x in places]
    known = _dipped(of, known) if not whole else known
    spans = [y for _, y in known if math.isfinite(y)]
    reach = (max(spans) - min(spans) if spans else 0.0) * SMOOTH
    found = []
    for (a, fa), (b, fb) in pairwise((x, y) for x, y in known if not math.isnan(y)):
        if (fa > 0) == (fb > 0):
            continue
        width = 1.0 if whole else EXACT * (places[-1] - places[0])
        low, f_low, high, f_high = _halved(of, a, fa, b, fb, width)
        jumps = whole or abs(f_high - f_low) > reach or math.isnan(of((low + high) / 2))
        found.append(Crossing(_between(low, f_low, high, f_high), jumps, f_low, f_high, low, high))
    return found


def _halved(of: Callable[[float], float], a: float, fa: float, b: float, fb: float, width: float) -> tuple[float, float, float, float]:
    """The two ends, with their values, of a piece no wider than *width* in which the sign changes."""
    while b - a > width:
        middle = math.floor((a + b) / 2) if width == 1.0 else (a + b) / 2
        if middle in (a, b):
            break
        value = of(middle)
        if math.isnan(value):
            break
        a, fa, b, fb = (middle, value, b, fb) if (value > 0) == (fa > 0) else (a, fa, middle, value)
    return a, fa, b, fb


def _between(a: float, fa: float, b: float, fb: float) -> float:
    return a if fa == fb else a + (b - a) * fa / (fa - fb)


def _dipped(of: Callable[[float], float], known: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """*known* with a place more wherever the function, without a change of sign at its neighbours, dips through nought between them."""
    more = []
    for (a, fa), (_, fb), (c, fc) in zip(known, known[1:], known[2:], strict=False):
        if any(map(math.isnan, (fa, fb, fc))) or not ((fa > 0) == (fb > 0) == (fc > 0)) or not abs(fb) <= min(abs(fa), abs(fc)):
            continue
        x, value = _lowest(of, a, c, 1.0 if fb > 0 else -1.0)
        if not math.isnan(value) and (value > 0) != (fb > 0):
            more.append((x, value))
    return sorted({**dict(known), **dict(more)}.items())


def _lowest(of: Callable[[float], float], a: float, c: float, sign: float) -> tuple[float, float]:
    """The lowest value of *sign* times the function between *a* and *c*, by golden section; the first that is below nought."""
    one, two = c - GOLDEN * (c - a), a + GOLDEN * (c - a)
    f_one, f_two = sign * of(one), sign * of(two)
    for _ in range(TURNS):
        for x, value in ((one, f_one), (two, f_two)):
            if value < 0:
                return x, sign * value
        if f_one <= f_two:
            c, two, f_two = two, one, f_one
            one = c - GOLDEN * (c - a)
            f_one = sign * of(one)
        else:
            a, one, f_one = one, two, f_two
            two = a + GOLDEN * (c - a)
            f_two = sign * of(two)
    return one, sign * f_one
