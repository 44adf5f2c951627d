"""Enumerates every outcome of a small flow with its probability: a second answer to what yield does, which shares nothing with the first.

A lot of a few panels with a few units goes through steps one after the other. Nothing of the package under test is imported here: all rules are written
down again, as its README tells them. States are merged where they are alike, and nothing is left out or drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache
from itertools import product

INCOMING = -1
"""The cause of units that come in bad."""
GOOD, KNOWN = "good", "known bad"
Unit = str | tuple[str, int]
"""``GOOD``, ``KNOWN`` (found bad and still on the panel), or ("bad", cause) and, in the visit in which that happens, ("new", cause)."""
Panel = tuple[Unit, ...] | None
"""Its units, or None where it has left."""
Lots = dict[tuple[Panel, ...], float]
"""Probabilities of what a lot is like."""


@dataclass(frozen=True)
class Step:
    """*panel* and *unit* survive a visit with these chances; an inspection has a *coverage*, rejects good units by mistake (*reject*), looks up to
    *retest* times again at what it rejects, and repairs (*repairs* times at most, where *diagnosable*; *success*, *damage*). It sees the causes *sees*
    (None: all that came before). After it a lot fails with the chance *fails* and goes back to the step *back*, *limit* times at most, and is then
    scrapped or (*passes*) goes on."""

    panel: float = 1.0
    unit: float = 1.0
    coverage: float | None = None
    reject: float = 0.0
    retest: int = 0
    repairs: int = 0
    diagnosable: float = 1.0
    success: float = 0.0
    damage: float = 0.0
    sees: frozenset[int] | None = None
    fails: float = 0.0
    back: int = 0
    limit: int = 0
    passes: bool = False


@dataclass
class Outcome:
    """Expected numbers of a lot: units *good*, *escapes*, *removed* once found bad, *scrapped* with panels or lots; units *lost* by cause, escapes
    included; and *visits* of lots, of which a panel is left, to each step."""

    good: float = 0.0
    escapes: float = 0.0
    removed: float = 0.0
    scrapped: float = 0.0
    lost: dict[int, float] = field(default_factory=dict)
    visits: dict[int, float] = field(default_factory=dict)

    def lose(self, cause: int, chance: float) -> None:
        self.lost[cause] = self.lost.get(cause, 0.0) + chance

    def add(self, other: Outcome, chance: float) -> None:
        """What *other* tells happens with a *chance*."""
        self.removed += chance * other.removed
        self.scrapped += chance * other.scrapped
        for cause, units in other.lost.items():
            self.lose(cause, chance * units)

    def leave(self, panel: Panel, blamed: int, chance: float) -> None:
        """A panel leaves with all that is on it; its good units are lost to the step that is *blamed*."""
        for unit in panel or ():
            if unit == KNOWN:
                self.removed += chance
            else:
                self.scrapped += chance
                self.lose(blamed if unit == GOOD else int(unit[1]), chance)


def enumerate_flow(steps: list[Step], panels: int, units: int, comes_good: float = 1.0) -> Outcome:
    """What becomes of a lot of so many *panels* of so many *units*, each of which *comes_good* with that chance."""
    found = Outcome()
    lots: Lots = {}
    for states in product((GOOD, ("bad", INCOMING)), repeat=panels * units):
        bad = sum(state != GOOD for state in states)
        lot = _sorted(tuple(states[p * units:(p + 1) * units] for p in range(panels)))
        _add(lots, lot, comes_good ** (panels * units - bad) * (1 - comes_good) ** bad)
    for s, step in enumerate(steps):
        lots = _visit(steps, s, lots, found)
        waiting, coming = _split(lots, step.fails)
        for turn in range(step.limit if step.fails else 0):
            for other in range(step.back, s + 1):
                coming = _visit(steps, other, coming, found)
            passed, coming = _split(coming, step.fails)
            waiting = _joined(waiting, passed)
            if turn == step.limit - 1:
                break
        if step.fails:
            lots = _joined(waiting, coming) if step.passes else waiting
            if not step.passes:
                for lot, chance in coming.items():
                    for panel in lot:
                        found.leave(panel, s, chance)
    for lot, chance in lots.items():
        for unit in (unit for panel in lot for unit in panel or ()):
            if unit == GOOD:
                found.good += chance
            elif unit == KNOWN:
                found.removed += chance
            else:
                found.escapes += chance
                found.lose(int(unit[1]), chance)
    return found


def _visit(steps: list[Step], s: int, lots: Lots, found: Outcome) -> Lots:
    """One visit to the step *s* of lots of which a panel is left."""
    after = Lots()
    for lot, chance in lots.items():
        if any(panel is not None for panel in lot):
            found.visits[s] = found.visits.get(s, 0.0) + chance
        ends = []
        for panel in lot:
            end, told = _panel(steps[s], s, panel)
            found.add(told, chance)
            ends.append(end.items())
        for outcome in product(*ends):
            _add(after, _sorted(tuple(panel for panel, _ in outcome)), chance * math.prod(share for _, share in outcome))
    return after


@cache
def _panel(step: Step, s: int, panel: Panel) -> tuple[dict[Panel, float], Outcome]:
    """What becomes of a panel at step *s*, with probabilities, and what is lost on average."""
    ends: dict[Panel, float] = {}
    told = Outcome()
    if panel is None:
        return {None: 1.0}, told
    made = [[(unit, 1.0)] if unit != GOOD else [(GOOD, step.unit), (("new", s), 1 - step.unit)] for unit in panel]
    for units in product(*made):
        share = math.prod(chance for _, chance in units)
        before = tuple(unit for unit, _ in units)
        told.leave(before, s, share * (1 - step.panel))
        ends[None] = ends.get(None, 0.0) + share * (1 - step.panel)
        for seen in product(*(_look(step, s, unit) for unit in before)):
            weight = share * step.panel * math.prod(chance for _, chance, _ in seen)
            after = tuple(sorted((("bad", int(unit[1])) if unit[0] == "new" else unit for unit, _, _ in seen), key=str))
            for _, _, cause in seen:
                if cause is not None:
                    told.lose(cause, weight)
            dead = step.coverage is not None and all(unit == KNOWN for unit in after)
            told.removed += len(after) * weight * dead
            end = None if dead else after
            ends[end] = ends.get(end, 0.0) + weight
    return ends, told


def _look(step: Step, s: int, unit: Unit) -> list[tuple[Unit, float, int | None]]:
    """What an inspection makes of a unit, with probabilities and, where it is found bad, the cause."""
    if unit == KNOWN or step.coverage is None:
        return [(unit, 1.0, None)]
    ends: dict[tuple[Unit, int | None], float] = {}
    _look_again(step, s, unit, 1.0, step.repairs, ends)
    return [(state, chance, cause) for (state, cause), chance in ends.items()]


def _look_again(step: Step, s: int, unit: Unit, chance: float, left: int, ends: dict[tuple[Unit, int | None], float]) -> None:
    """Looks, with so many repairs *left*: what is rejected at every look is repaired, if that can be, and looked at once more."""
    assert step.coverage is not None
    spoiled = unit == ("spoiled", s)
    cause = s if unit == GOOD or spoiled else int(unit[1])
    sees = spoiled or (unit[0] == "bad" and (step.sees is None or cause in step.sees))
    once = step.reject if unit == GOOD else step.coverage if sees else 0.0
    rejected = chance * once ** (step.retest + 1)
    passed = ("bad", s) if spoiled else unit
    ends[passed, None] = ends.get((passed, None), 0.0) + chance - rejected
    mended = rejected * step.diagnosable if left else 0.0
    ends[KNOWN, cause] = ends.get((KNOWN, cause), 0.0) + rejected - mended
    if mended:
        healed = mended if unit == GOOD else mended * step.success
        _look_again(step, s, GOOD, healed * (1 - step.damage), left - 1, ends)
        _look_again(step, s, ("spoiled", s), healed * step.damage, left - 1, ends)
        if unit != GOOD:
            _look_again(step, s, unit, mended - healed, left - 1, ends)


def _split(lots: Lots, fails: float) -> tuple[Lots, Lots]:
    """Lots that go on, and those that fail: of lots of which something is left."""
    on = {lot: chance * (1 - fails if any(panel is not None for panel in lot) else 1.0) for lot, chance in lots.items()}
    return on, {lot: chance - on[lot] for lot, chance in lots.items() if chance > on[lot]}


def _joined(one: Lots, other: Lots) -> Lots:
    found = dict(one)
    for lot, chance in other.items():
        _add(found, lot, chance)
    return found


def _add(lots: Lots, lot: tuple[Panel, ...], chance: float) -> None:
    if chance > 0:
        lots[lot] = lots.get(lot, 0.0) + chance


def _sorted(lot: tuple[Panel, ...]) -> tuple[Panel, ...]:
    """*lot* with its panels, and their units, in one order: which is which does not matter."""
    return tuple(sorted((None if panel is None else tuple(sorted(panel, key=str)) for panel in lot), key=str))
