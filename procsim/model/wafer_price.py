"""Prices a die by its wafer: how many dies it holds, how many of these are good, and what one that has passed its probe costs.

*diameter* is the usable one in mm (edge exclusion taken off), *wide* and *long* are a die's sides with the scribe line beside it, in mm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from procsim.maths.grids import best_grid, refuse_too_fine
from procsim.maths.yield_laws import Spread, passed


def by_area(diameter: float, wide: float, long: float, _scribe: float = 0.0) -> float:
    """πd²/4A - πd/√(2A): the wafer's area over the die's, less the dies that its rim cuts; no whole number.

    De Vries, IEEE Trans. Semiconductor Manufacturing 18, 2005, compares such formulas; Chiplet Actuary (Feng and Ma, DAC 2022) counts so.
    """
    area = wide * long
    return math.pi * diameter**2 / (4 * area) - math.pi * diameter / math.sqrt(2 * area)


def by_area_down(diameter: float, wide: float, long: float, _scribe: float = 0.0) -> float:
    """``by_area`` rounded down, as RapidChiplet does."""
    return math.floor(by_area(diameter, wide, long))


def by_grid(diameter: float, wide: float, long: float, scribe: float = 0.0) -> float:
    """Dies that lie wholly inside the circle, whose scribe lines may hang over its rim, on the best of all grids that a saw can cut."""
    return float(best_grid(diameter / 2, wide - scribe, long - scribe, scribe).count)


def by_grid_catch(diameter: float, wide: float, long: float, scribe: float = 0.0) -> float:
    """The same on the best of fewer grids, as CATCH (UCLA NanoCAD, 2025) counts: rows lie evenly about the middle, and the grid is shifted
    so that a block of 1, 2, 3 … dies of a column touches the rim."""
    r = diameter / 2
    refuse_too_fine(r, wide, long)
    best, block = 0, 1
    while (half := block * long / 2 - scribe / 2) < r:
        best = max(best, _on_grid(r, wide, long, scribe, -math.sqrt(r**2 - half**2), block % 2))
        block += 1
    return float(best)


def _on_grid(r: float, wide: float, long: float, scribe: float, left: float, odd: int) -> int:
    """Dies inside a circle of radius *r* on a grid with a column that begins at *left*; a row lies on the middle where *odd*."""
    high = (np.arange(int(r / long) + 2) + (0.5 if odd else 1.0)) * long - scribe / 2
    reach = np.sqrt(r**2 - high[high <= r] ** 2)
    first, last = np.ceil((-reach - left) / wide - 1e-9), np.floor((reach - left + scribe) / wide + 1e-9)
    rows = np.maximum(last - first, 0.0)
    return int(2 * rows.sum() - (rows[:1].sum() if odd else 0.0))


def by_area_google(diameter: float, wide: float, long: float, _scribe: float = 0.0) -> float:
    """(D - 6 mm) π (D/4A - 1/√(2A)) to the nearest whole number, *diameter* being the whole wafer's: gross dies per wafer of Google's
    chiplets-cost-model (2022), which has its own edge of 3 mm."""
    area = wide * long
    return float(round((diameter - 6) * math.pi * (diameter / (4 * area) - 1 / math.sqrt(2 * area))))


COUNTS: dict[str, Callable[[float, float, float, float], float]] = {
    "grid": by_grid, "grid_catch": by_grid_catch, "area": by_area, "area_down": by_area_down, "area_google": by_area_google,
}
"""Ways to count dies per wafer: of (usable diameter, width and length of a die with its scribe line, scribe line), all in mm."""


@dataclass(frozen=True, slots=True)
class KnownGood:
    """From wafer to known-good die: *dies* on a wafer, *yield_* of them, *passed* (share that passes the probe), *raw_usd* of a die
    before it, *price_usd* of a die that passed, and *good*: the chance that such a die is good."""

    dies: float
    yield_: float
    passed: float
    raw_usd: float
    price_usd: float
    good: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The test of every die on the wafer, at *usd* a die: *coverage* is the chance that it finds a bad die, or, *by_faults*, a fault."""

    coverage: float = 1.0
    usd: float = 0.0
    by_faults: bool = False

    def passed(self, faults: Spread) -> float:
        """Share of dies that pass, of those with such *faults*: where it finds faults, dies of which none is found (Williams and Brown 1981), Y(c·m)
        of the law that faults follow, which is Y^c where they are Poisson."""
        return faults.power(self.coverage) if self.by_faults else passed(faults.power(1.0), self.coverage)


def known_good(wafer_usd: float, dies: float, faults: Spread, probe: Probe, finish_usd: float = 0.0) -> KnownGood:
    """(wafer / dies + test) / passed + finish: every die is probed, and those that pass carry the cost of those that do not. *finish_usd* is
    spent on dies that passed (bumps, thinning)."""
    good, share, raw = faults.power(1.0), probe.passed(faults), wafer_usd / dies
    return KnownGood(dies, good, share, raw, (raw + probe.usd) / share + finish_usd, min(good / share, 1.0))
