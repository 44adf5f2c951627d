"""Coverage of faults in, the chance that an inspection misses a bad unit out: exact for every source of faults, clustered or not.

A unit that stays good with the chance s on its panel has Poisson faults of mean μ = -ln s there. An inspection finds each fault with the chance c.
A unit first made bad by a source, which has at least one of its faults, is missed if all of them are, and all that later sources made:

    (e^(-cμ) - e^(-μ)) / (1 - e^(-μ))  ×  Π over later sources of e^(-cμ')

What it misses has Poisson faults of mean (1 - c)μ, and so on (Williams & Brown, IEEE Trans. Computers C-30, 1981, panel by panel). A
source without a mean, such as a spoiled repair, makes one fault.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from procsim.plan.shape import Bools, Floats
from procsim.plan.sources import Sources
from procsim.yields import Spread, missed


class PanelFaults:
    """Of units that are bad and not found: mean faults by source, panel by panel, (N, n)."""

    def __init__(self, known: Sources, panels: int) -> None:
        self.known, self.mean = known, np.zeros((len(known.cause), panels))

    def make(self, row: int, mean: Floats, there: Floats | float) -> None:
        """The source *row* makes faults of *mean* on each panel that is *there* (0 or 1)."""
        self.mean[row] = mean * there

    def miss(self, coverage: float, seen: Bools, there: Floats | float) -> Floats:
        """Chances that a bad unit is missed, (N, n), by the source that first made it bad; the state is then that after the inspection."""
        found = np.ones_like(self.mean)
        later = np.ones(self.mean.shape[1])
        for row in self.known.order[::-1].tolist():
            found[row] = later
            if seen[row]:
                found[row] = later * missed(self.mean[row], coverage)
                later = later * np.exp(-coverage * self.mean[row])
        self.mean[seen] *= 1.0 - coverage * np.asarray(there)
        return found


class MeanFaults:
    """The same on the mean over panels, exactly, by the transform L(c) = E[e^(-cμ)] of the law that each source's faults follow. Of units of which
    the share e of faults was looked for, and none found, there are L(e) where another source made them bad, and L(e) - L(1) where this one did; a
    look with coverage c makes e into e + (1 - e)c. Where only some lots pass an inspection, units differ in e (see ``Course.apart``); beyond
    ``SHARES`` of them their mean stands for all."""

    def __init__(self, known: Sources) -> None:
        self.known = known
        self.spread: dict[int, Spread] = {}
        self.own: dict[int, Looked] = {}
        self.later: dict[int, Looked] = {}
        self.absent: dict[int, float] = {}

    def make(self, row: int, spread: Spread, there: float) -> None:
        """The source *row* makes faults, spread like that, in lots that are *there* (a chance)."""
        if there > 0 and spread.power(1.0) < 1.0:
            self.spread[row], self.absent[row] = spread, 1.0 - there
            self.own[row], self.later[row] = {0.0: 1.0}, {0.0: there}

    def miss(self, coverage: float, seen: Bools, there: float) -> Floats:
        """As ``PanelFaults.miss``, for the mean panel, (N,)."""
        found = np.ones(len(self.known.cause))
        later = 1.0
        for row in self.known.order[::-1].tolist():
            found[row] = later
            if seen[row] and row not in self.spread:
                found[row] = later * (1.0 - coverage)
            elif seen[row]:
                power = self.spread[row].power
                found[row] = later * _chance(self.own[row], coverage, power, -power(1.0))
                later *= _chance(self.later[row], coverage, power, self.absent[row])
                self.own[row], self.later[row] = (_after(state[row], coverage, there) for state in (self.own, self.later))
        return found


Looked = dict[float, float]
"""How many units there would be, if none was found, by the share of their faults that was looked for."""
SHARES = 64
"""Shares that are told apart, at most."""


def _chance(units: Looked, coverage: float, left: Callable[[float], float], other: float) -> float:
    """Chance that a look misses units, where of those of whose faults the share e was looked for L(e) are *left*, and *other* (perhaps less than 0)
    come to these; 1 - coverage, as of a single fault, where too few are left to be told from rounding."""
    before = other + sum(number * left(e) for e, number in units.items())
    after = other + sum(number * left(_looked(e, coverage)) for e, number in units.items())
    return min(max(after / before, 0.0), 1.0) if before > 0 else 1.0 - coverage


def _looked(e: float, coverage: float) -> float:
    return round(e + (1.0 - e) * coverage, 15)


def _after(units: Looked, coverage: float, there: float) -> Looked:
    """*units* after the look, which only those that are *there* (a chance) were given."""
    found: Looked = {}
    for e, number in units.items():
        for at, share in ((e, 1.0 - there), (_looked(e, coverage), there)):
            if share > 0:
                found[at] = found.get(at, 0.0) + share * number
    if len(found) > SHARES:
        total = sum(found.values())
        found = {sum(e * number for e, number in found.items()) / total: total}
    return found
