"""Chooses the drawn heights of a package's layers: thin films become visible, nothing changes its order, and what is flush stays flush.

Each interval between successive levels is drawn as high as the square root of its thickness. A step is drawn with its own levels and those
of every other step, up to the height below which nothing was uncovered between the two: so whatever lasts is as high in all pictures of
one orientation, and a thick carrier is not stretched by the films that take its place once it is gone.

    resist ▔▔▔▔▔ 1348.5            ┄┄┄┄┄ 1338.5, the top after the strip: above it, the two steps share no levels
    dielectric ── 1333      strip →    ──── 1333
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import sqrt

from procsim.model.steps import Flip, Step
from procsim.section.build import Built
from procsim.section.section import EPS, Section

THINNEST = 0.026
"""Drawn height of the thinnest interval, as a share of the sum of square roots of the tallest picture."""


@dataclass(frozen=True, slots=True)
class Heights:
    """Rising *levels* (µm) and the *drawn* height of each; *full* is the tallest drawn height of the flow, *least* that of its thinnest interval.
    *true* heights are to scale."""

    levels: tuple[float, ...]
    drawn: tuple[float, ...]
    full: float
    least: float
    true: bool = False

    def at(self, height: float) -> float:
        """Drawn height of *height*: between two levels in a straight line, above the last one like one more interval."""
        j = max(bisect_right(self.levels, height + EPS) - 1, 0)
        beyond = height - self.levels[j]
        if beyond <= EPS:
            return self.drawn[j]
        if j + 1 == len(self.levels):
            return self.drawn[j] + (beyond if self.true else max(sqrt(beyond), self.least))
        return self.drawn[j] + beyond / (self.levels[j + 1] - self.levels[j]) * (self.drawn[j + 1] - self.drawn[j])

    def lifted(self, by: float) -> Heights:
        """The same drawing of what has come to lie higher *by* so many µm."""
        return replace(self, levels=tuple(height + by for height in self.levels))

    def upside_down(self, top: float) -> Heights:
        """The same drawing of what lies below *top*, turned over."""
        kept = [*(height for height in self.levels if height < top - EPS), top]
        return replace(self, levels=tuple(top - height for height in reversed(kept)),
                       drawn=tuple(self.at(top) - self.at(height) for height in reversed(kept)))


def turns(step: Step) -> bool:
    """Whether *step* gives heights a new origin or direction: the panel is turned over, or a part or film is put on below it or taken off there."""
    return isinstance(step, Flip) or getattr(step, "side", "above") == "below"


def levels(section: Section) -> list[float]:
    """Every height at which something begins or ends, each once, from 0 upwards."""
    return apart([0.0, *(h for column in section.columns for slab in column.stack for h in (slab.bottom, slab.top))])


def heights(built: Sequence[Built], true: bool = False) -> tuple[Heights, ...]:
    """The mapping of the starting panel and of the package after each step; all have one scale, the *true* one where that is asked for."""
    orientations: list[list[Section]] = [[built[0].before]]
    for one in built:
        if turns(one.step):
            orientations.append([])
        orientations[-1].append(one.after)
    found = [shared for run in orientations for shared in _shared(run)]
    if true:
        full = max(one[-1] for one in found)
        return tuple(Heights(tuple(one), tuple(one), full, THINNEST * full, true=True) for one in found)
    least = THINNEST * max(sum(sqrt(t) for t in _intervals(one)) for one in found)
    drawn = [tuple(accumulate((max(sqrt(t), least) for t in _intervals(one)), initial=0.0)) for one in found]
    full = max(one[-1] for one in drawn)
    return tuple(Heights(tuple(a), b, full, least) for a, b in zip(found, drawn, strict=True))


def _shared(run: Sequence[Section]) -> list[list[float]]:
    """For each section of one orientation its own levels and those that it shares with the others."""
    own = [levels(section) for section in run]
    found: list[list[float]] = []
    for n, section in enumerate(run):
        if found and section.columns == run[n - 1].columns:
            found.append(found[-1])
            continue
        heard = set(own[n])
        for others in (range(n + 1, len(run)), range(n - 1, -1, -1)):
            low = section.top
            for i in others:
                low = min(low, run[i].top)
                heard.update(height for height in own[i] if height <= low + EPS)
        found.append(apart(heard))
    return found


def apart(some: Iterable[float]) -> list[float]:
    """Rising, without those that are nearly equal to the one before."""
    found: list[float] = []
    for height in sorted(some):
        if not found or height > found[-1] + EPS:
            found.append(height)
    return found


def _intervals(rising: Sequence[float]) -> list[float]:
    return [high - low for low, high in pairwise(rising)]
