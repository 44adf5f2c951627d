"""Coverage of faults in, the chance that an inspection misses a bad unit out: exact for every source of faults, clustered or not.

A unit that stays good with the chance s on its panel has Poisson faults of mean μ = -ln s there. An inspection finds each fault with the chance c.
A unit first made bad by a source, which has at least one of its faults, is missed if all of them are, and all that later sources made:

    (e^(-cμ) - e^(-μ)) / (1 - e^(-μ))  ×  Π over later sources of e^(-cμ')

What it misses has Poisson faults of mean (1 - c)μ, and so on (Williams & Brown, IEEE Trans. Computers C-30, 1981, panel by panel). A
source without a mean, such as a spoiled repair, makes one fault.
"""

from __future__ import annotations

import numpy as np

from procsim.plan.shape import Bools, Floats
from procsim.plan.sources import Sources
from procsim.yields import missed


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
    """The same on the mean over panels: each source keeps its cells, with weights for units that it made bad first and for units that were bad
    before. Exact where a lot passes an inspection or does not (see ``Course.apart``); between, who does is taken at random for each source anew."""

    def __init__(self, known: Sources) -> None:
        self.known = known
        self.own: dict[int, tuple[Floats, Floats]] = {}
        self.later: dict[int, tuple[Floats, Floats]] = {}

    def make(self, row: int, means: Floats, there: float) -> None:
        """The source *row* makes faults of one of *means*, which are equally likely, in lots that are *there* (a chance)."""
        share = np.full(len(means), there / len(means))
        first = share * -np.expm1(-means)
        if first.sum() > 0:
            self.own[row] = (means, first / first.sum())
            self.later[row] = (np.append(means, 0.0), np.append(share, 1.0 - there))

    def miss(self, coverage: float, seen: Bools, there: float) -> Floats:
        """As ``PanelFaults.miss``, for the mean panel, (N,)."""
        found = np.ones(len(self.known.cause))
        later = 1.0
        for row in self.known.order[::-1].tolist():
            found[row] = later
            if seen[row]:
                found[row] = later * _look(self.own, row, coverage, there, first=True)
                later *= _look(self.later, row, coverage, there, first=False)
        return found


def _look(state: dict[int, tuple[Floats, Floats]], row: int, coverage: float, there: float, first: bool) -> float:
    """Chance that the faults of one source are missed; *state* is then of units of which they were."""
    if row not in state:
        return 1.0 - coverage if first else 1.0
    means, weights = state[row]
    each = missed(means, coverage) if first else np.exp(-coverage * means)
    chance = float(weights @ each)
    kept = 1.0 - there + there * each
    left = weights * kept
    if left.sum() > 0:
        met = np.divide(there * each, kept, out=np.zeros_like(each), where=kept > 0)
        state[row] = (means * (1.0 - coverage * met), left / left.sum())
    return chance
