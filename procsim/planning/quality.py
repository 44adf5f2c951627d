"""Defines Losses: every chance of a panel, a unit or a die, step by step, that the engine and the closed form read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Bools, Floats, Ints, Keys
from procsim.maths.yield_laws import Spread


@dataclass(frozen=True, slots=True)
class Whole:
    """What is cut from *losses* of a whole plan, at the positions *at*."""

    losses: Losses
    at: Ints


@dataclass(frozen=True, slots=True, eq=False)  # told apart as the object it is, so that what follows from it can be kept
class Losses:
    """Chances per step. A unit may be lost to any of S + 1 causes: the S steps and, last, what came in bad.

    *spreads* (S,) say how a unit's survival of each step is spread from panel to panel; of that the factor *fixed* is never learned away and the rest
    falls along *learning* (S, 4), as of ``Learning.curve``. *incoming* is the chance that all that a step brings in, dies and ready-made parts, is
    good for a unit, and *panel_good* (R,), by release stream, that a unit's place on the panel that the line starts with is. *sees* says, by the step
    of an inspection, which causes it can find, (S + 1,); where *by_fault*, its coverage is of faults. It looks again at what it rejects, *retest*
    times, and *mend* (S, 4) holds success, damage, limit and diagnosable share of its repairs (limit 0: none). *infant* is the share of units that a
    step makes weak, *burn_in* the share of weak ones that it brings out. Those of a stream's own route come from the *whole*. """

    panel: Floats
    spreads: tuple[Spread, ...]
    incoming: Floats
    panel_good: Floats
    coverage: Floats
    false_reject: Floats
    inspects: Bools
    sees: Mapping[int, Bools]
    removes: Bools
    skips: Bools
    keys: Keys
    fixed: Floats
    learning: Floats
    by_fault: Bools
    retest: Ints
    mend: Floats
    infant: Floats
    burn_in: Floats
    whole: Whole | None = None

    def own(self, s: int) -> Floats:
        """Unit survivals of step *s*, as written, on equally likely panels (one where panels do not differ)."""
        return self.spreads[s].cells

    @property
    def learns(self) -> Bools:
        """Which steps learn, (S,)."""
        return np.asarray((self.learning[:, 0] < 1.0) | (self.learning[:, 2] > 0.0))

    def unit(self) -> Floats:
        """Mean unit survival at each step, shape (S,), without what came in bad."""
        return np.array([spread.cells.mean() for spread in self.spreads])


ALONE = ("panel", "incoming", "coverage", "false_reject", "inspects", "removes", "skips", "fixed", "learning", "by_fault", "retest", "mend",
         "infant", "burn_in")
"""Fields of Losses with one row for each step that means the same wherever the step stands."""
