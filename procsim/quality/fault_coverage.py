"""Works out the chance that an inspection misses a bad unit: exact for every source of faults, clustered or not.

A unit that stays good with the chance s on its panel has Poisson faults of mean μ = -ln s there. An inspection finds each fault with the chance c.
A unit first made bad by a source, which has at least one of its faults, is missed if all of them are, and all that later sources made:

    (e^(-cμ) - e^(-μ)) / (1 - e^(-μ))  ×  Π over later sources of e^(-cμ')

What it misses has Poisson faults of mean (1 - c)μ, and so on (Williams & Brown, IEEE Trans. Computers C-30, 1981, panel by panel). A
source without a mean, such as a spoiled repair, makes one fault.

A unit that is looked at again has the same faults. With k of them a look misses it with the chance x = (1 - c)^k, and E_j = E[x^j], that j
looks all miss it, is what one look of the coverage 1 - (1 - c)^j would miss. Of those that t looks have found, the next one then misses

    E[(1 - x)^t x] / E[(1 - x)^t]  =  Σ_j (-1)^j C(t, j) E_(j+1)  /  Σ_j (-1)^j C(t, j) E_j

For inspections behind this one, what it passes is taken as passed at its first look.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from procsim.maths.arrays import Bools, Floats
from procsim.maths.yield_laws import Spread, missed
from procsim.quality.defect_sources import Sources


class PanelFaults:
    """Of units that are bad and not found: mean faults by source, panel by panel, (N, n)."""

    def __init__(self, known: Sources, panels: int) -> None:
        self.known, self.mean = known, np.zeros((len(known.cause), panels))

    def make(self, row: int, mean: Floats, there: Floats | float) -> None:
        """The source *row* makes faults of *mean* on each panel that is *there* (0 or 1)."""
        self.mean[row] = mean * there

    def miss(self, coverage: float, seen: Bools, there: Floats | float, looks: int = 1) -> Floats:
        """Chances that a bad unit is missed, (N, n), by the source that first made it bad, or (N, n, *looks*) by each of so many looks after those
        before have found it; the state is then that after the inspection."""
        found = again(lambda c: self._missed(c, seen), coverage, looks)
        self.mean[seen] *= 1.0 - coverage * np.asarray(there)
        return found

    def _missed(self, coverage: float, seen: Bools) -> Floats:
        found = np.ones_like(self.mean)
        later = np.ones(self.mean.shape[1])
        for row in self.known.order[::-1].tolist():
            found[row] = later
            if seen[row]:
                found[row] = later * missed(self.mean[row], coverage)
                later = later * np.exp(-coverage * self.mean[row])
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

    def miss(self, coverage: float, seen: Bools, there: float, looks: int = 1) -> Floats:
        """As ``PanelFaults.miss``, for the mean panel, (N,) or (N, *looks*)."""
        found = again(lambda c: self._missed(c, seen), coverage, looks)
        for row in self.spread:
            if seen[row]:
                self.own[row], self.later[row] = (_after(state[row], coverage, there) for state in (self.own, self.later))
        return found

    def _missed(self, coverage: float, seen: Bools) -> Floats:
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
        return found


def again(missed_by: Callable[[float], Floats], coverage: float, looks: int) -> Floats:
    """Chances that a bad unit is missed by each of so many *looks* after those before have found it, on a last axis where there are several; one
    look of a coverage misses the share *missed_by* it. No later look misses more than one before, and none of what is left below rounding; after
    ``LOOKS`` of them the sums would lose their digits, and further ones, which few units come to, are as the last."""
    if looks == 1:
        return missed_by(coverage)
    together = [missed_by(1.0 - (1.0 - coverage) ** (j + 1)) for j in range(min(looks, LOOKS))]
    rejected, found = np.ones_like(together[0]), [together[0]]
    passes = together[0]
    for t in range(1, len(together)):
        rejected = rejected - passes
        passes = np.sum([(-1) ** j * math.comb(t, j) * together[j] for j in range(t + 1)], axis=0)
        share = np.divide(passes, rejected, out=np.zeros_like(passes), where=rejected > ROUNDING)
        found.append(np.clip(share, 0.0, found[-1]))
    return np.stack(found + found[-1:] * (looks - len(found)), axis=-1)


Looked = dict[float, float]
"""How many units there would be, if none was found, by the share of their faults that was looked for."""
SHARES = 64
"""Shares that are told apart, at most."""
LOOKS, ROUNDING = 16, 1e-9
"""Looks at a unit that are told apart, at most, and a share of units that is none."""


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
