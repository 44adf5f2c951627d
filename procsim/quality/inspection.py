"""Says what an inspection makes of the units that come to it: passed, rejected, repaired and looked at again.

Every look at a unit is made anew: a good one is rejected with the chance of a false reject, a bad one with that of being found, the same at each
look, or, where faults are looked for, the higher the more looks have found it (see ``fault_coverage``). What is rejected is looked at
again up to *retest*
times, and stays rejected only if every look says so. Of that the diagnosable share is repaired and comes back to the inspection, up to the limit of
repairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, repeat

import numpy as np

from procsim.maths.arrays import Floats, Ints
from procsim.planning.quality import Losses

BAD, GOOD, SPOILED = range(3)
Draw = Callable[[int, int, Floats, Floats | float], Floats]
"""(whose, which draw, units, chance) → of how many units that comes true."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an inspection looks: chance of a false reject, looks again, and its repairs: success, damage, limit, diagnosable share; *spoiled* is the
    chance that a unit spoiled by a repair is found."""

    false_reject: float
    retest: int
    mend: tuple[float, float, float, float]
    spoiled: float

    @property
    def most(self) -> int:
        """How often a unit is looked at, at most."""
        return (self.retest + 1) * (int(self.mend[2]) + 1)


def look_at(losses: Losses, p: int) -> Look:
    """The inspection at position *p*."""
    success, damage, limit, diagnosable = losses.mend[p].tolist()
    return Look(float(losses.false_reject[p]), int(losses.retest[p]), (success, damage, limit, diagnosable), float(losses.coverage[p]))


@dataclass(frozen=True, slots=True)
class Inspected:
    """Of m pairs of panel and source, and of n panels: *rejected* for good, by what the units are; *cured* (m,) bad ones made good by a repair;
    *good* (n,) and *spoiled* (n,) that pass; looks *again* and units *repaired* (n,)."""

    rejected: tuple[Floats, Floats, Floats]
    cured: Floats
    good: Floats
    spoiled: Floats
    again: Floats
    repaired: Floats


def inspect(look: Look, bad: Floats, found: Floats | float, panel: Ints, good: Floats, draw: Draw) -> Inspected:
    """Of the *bad* units (m,) on the panels *panel* (m,), each found with the chance *found*, of all looks or (m, looks) of each, and the *good* ones
    (n,) on all panels."""
    success, damage, limit, diagnosable = look.mend
    inside = [bad, good, np.zeros_like(good)]
    by_look = iter(found.T if isinstance(found, np.ndarray) and found.ndim == 2 else repeat(found))
    lost, cured = [np.zeros_like(units) for units in inside], np.zeros_like(bad)
    passed_good, passed_spoiled, again, repaired = (np.zeros_like(good) for _ in range(4))
    numbers = count()

    def summed(units: list[Floats]) -> Floats:
        return np.asarray(np.bincount(panel, weights=units[BAD], minlength=len(good)) + units[GOOD] + units[SPOILED], dtype=float)

    for turn in range(int(limit) + 1):
        rejected = inside
        for time in range(look.retest + 1):
            again = again + summed(rejected) if time else again
            number, chances = next(numbers), (next(by_look), look.false_reject, look.spoiled)
            rejected = [draw(who, number, units, chance) for who, (units, chance) in enumerate(zip(rejected, chances, strict=True))]
        passed_good = passed_good + inside[GOOD] - rejected[GOOD]
        passed_spoiled = passed_spoiled + inside[SPOILED] - rejected[SPOILED]
        if turn == limit:
            lost = [a + b for a, b in zip(lost, rejected, strict=True)]
            break
        number = next(numbers)
        mended = [draw(who, number, units, diagnosable) for who, units in enumerate(rejected)]
        lost = [a + b - c for a, b, c in zip(lost, rejected, mended, strict=True)]
        again, repaired = again + summed(mended), repaired + summed(mended)
        number = next(numbers)
        healed = [draw(BAD, number, mended[BAD], success), mended[GOOD], draw(SPOILED, number, mended[SPOILED], success)]
        cured = cured + healed[BAD]
        whole = summed(healed)
        hurt = draw(GOOD, number, whole, damage)
        inside = [mended[BAD] - healed[BAD], whole - hurt, mended[SPOILED] - healed[SPOILED] + hurt]
    return Inspected((lost[BAD], lost[GOOD], lost[SPOILED]), cured, passed_good, passed_spoiled, again, repaired)
