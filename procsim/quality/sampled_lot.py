"""Draws the outcomes of a block of lots: which panels and units are lost, found and shipped.

Yield does not depend on when things happen, so it is worked out for many lots at once, before they start. A panel's random numbers
are keyed by its serial number, so that an edit of the lot size leaves it alone.
"""

from __future__ import annotations

import numpy as np

from procsim.lots.records import LotOutcomes, LotRange
from procsim.lots.routing import Presence
from procsim.maths.arrays import Bools, Floats, Ints, Keys
from procsim.maths.binomial import binomial, part_of, powers
from procsim.maths.keyed_random import PANELS, KeyedRandom, key_of
from procsim.planning.plan import Plan
from procsim.planning.quality import Losses
from procsim.quality.defect_sources import DAMAGED, LIMIT, PANEL_LOST, REJECTED, faults_of, sources
from procsim.quality.fault_coverage import PanelFaults
from procsim.quality.inspection import BAD, GOOD, SPOILED, Draw, inspect, look_at
from procsim.quality.learning import factors, survivals
from procsim.quality.losses import Gone, copies, leavings, stacked
from procsim.quality.mean_block import average
from procsim.quality.step_effects import StepEffects
from procsim.quality.tallies import Entering

_STEP = 0x9FB21C651E98DF25
_INCOMING, _CLUSTER, _UNIT, _PANEL, _FOUND, _REJECT, _SPOILED, _SHOWN, _WEAK = (_STEP * (2 * i + 1) % 2**64 for i in range(9))
"""Purposes of a panel's draws at one step."""
_PLACE = key_of("yield", "(incoming)")
"""Purpose of the draw of which places of a panel come in bad."""


def outcomes(plan: Plan, random: KeyedRandom | None, lots: LotRange, who: Presence | None = None) -> LotOutcomes:
    """Outcomes of *lots*, who visit what *who* says (None: all of it); *random* None stands for mean values. What those that are in the line already
    have behind them is good, their panel too."""
    stream, rows, begun = lots.stream, lots.count, lots.at is not None
    learned = factors(plan, stream, lots.numbers)
    each = plan.lot_panels
    if random is None:
        if learned is None and lots.panels is None:
            return copies(average(plan, stream, who, None, each, begun), rows)
        left = [each] * rows if lots.panels is None else lots.panels.tolist()
        return stacked([average(plan, stream, who and who.row(i), None if learned is None else learned[i], left[i], begun) for i in range(rows)])
    serials = lots.first * each + np.arange(rows * each, dtype=np.int64).reshape(rows, each).T.ravel()
    panels = np.full(rows, each) if lots.panels is None else lots.panels
    walk = _Walk(plan, stream, panels, random.entities(PANELS, serials, plan.streams[stream].key), who, learned)
    if not begun:
        walk.begin(float(plan.losses.panel_good[stream]))
    return walk.walk()


class _Walk(StepEffects):
    """One pass of a block's panels through all steps. Arrays over panels, all lots' first panels before all their second ones:
    *good*, *bad* (latent) and *known* bad units, and *alive*; *latent* (N, panels) splits the bad ones by
    their source, whose *faults* are kept where some inspection asks for them; *weak* is the chance, by the step that makes it so, that a
    good unit is weak; *here* are the panels that are at the step. *learned* (rows, P) is what is left of densities; each lot
    begins with so many of *panels* (rows,)."""

    def __init__(self, plan: Plan, stream: int, panels: Ints, entities: Keys, who: Presence | None, learned: Floats | None) -> None:
        rows = len(panels)
        self.plan, self.rows, self.each, self.entities = plan, rows, plan.lot_panels, entities
        self.losses: Losses = plan.losses
        self.keys: list[int] = plan.losses.keys.tolist()
        self.units = float(plan.units[stream])
        self.who = who
        self.scraps = who is not None and bool(who.spoiled[:rows].any())
        size, count = len(plan.group_of), rows * plan.lot_panels
        self.row = np.tile(np.arange(rows, dtype=np.int64), plan.lot_panels)
        self.good, self.bad, self.known, self.alive = np.zeros((4, count))
        self.alive += np.repeat(np.arange(self.each), rows) < panels[self.row]
        self.good += self.units * self.alive
        self.ways = sources(plan.losses)
        self.latent = np.zeros((len(self.ways.cause), count))
        self.learned = learned
        self.faults = PanelFaults(self.ways, count) if plan.losses.by_fault.any() else None
        self.weak: dict[int, Floats] = {}
        self.here: Ints | slice = slice(None)
        self.entering = Entering(plan, rows)
        self.by_step = {name: np.zeros((rows, size)) for name in ("panels_lost", "removed", "scrapped")}
        self.left: list[Gone] = []

    def walk(self) -> LotOutcomes:
        size = len(self.plan.group_of)
        for p in range(size):
            self._note(p)
            self.here = self._here(p)
            if isinstance(self.here, np.ndarray) and not self.here.size:
                continue
            self.at_step(p)
        self._note(size)
        self._count("removed", size - 1, slice(None), self.known)
        escaped = self.latent.reshape(len(self.latent), self.each, self.rows).sum(axis=1).T
        per_lot = self.entering.per_lot
        return LotOutcomes(**self.entering.table, **self.by_step, leavings=leavings(self.left), good=per_lot(self.good), escapes=per_lot(self.bad),
                     escaped=escaped, infant=per_lot(self._shipped_weak()), panel_good=self.good.reshape(self.each, self.rows).T.copy(),
                     there=np.ones((self.rows, size)) if self.who is None else self.who.there[: self.rows])

    def begin(self, good: float) -> None:
        """Panels come in, on which a unit's place is *good* with that chance."""
        if good < 1.0:
            row = self.ways.panel
            self._turn_bad(row, binomial(self.good, 1.0 - good, KeyedRandom.uniforms(self.entities, _PLACE), powers(good, int(self.units))))
            if self.faults is not None:
                self.faults.make(row, faults_of(np.array([good])), 1.0)

    def _count(self, name: str, p: int, at: Ints | slice, values: Floats) -> None:
        """Adds *values* of the panels *at* to their lots' tally."""
        np.add.at(self.by_step[name][:, p], self.row[at], values)

    def _there(self, p: int) -> Floats | float:
        """1 for the panels whose lot visits position *p*."""
        return 1.0 if self.who is None else self.who.there[self.row, p]

    def _here(self, p: int) -> Ints | slice:
        """The panels whose lot visits position *p*."""
        if self.who is None or self.who.there[: self.rows, p].all():
            return slice(None)
        return np.flatnonzero(np.tile(self.who.there[: self.rows, p], self.each))

    def _note(self, p: int) -> None:
        """What comes to position *p*: nothing of a lot that does not visit it."""
        there = 1.0 if self.who is None or p == self.who.there.shape[1] else self.who.there[: self.rows, p]
        self.entering.note(p, there, self.alive, self.good + self.bad, self.known)

    def _key(self, p: int, purpose: int) -> int:
        return (self.keys[p] + purpose) % 2**64

    def bring_in(self, p: int) -> None:
        self._spoil(p, int(self.ways.arrival[p]), self.losses.incoming[p : p + 1], _INCOMING)

    def damage(self, p: int) -> None:
        self._spoil(p, p, self._cells(p), _UNIT)

    def remove_known_bad(self, p: int) -> None:
        there = self._there(p)
        self._count("removed", p, slice(None), self.known * there)
        self.known *= 1.0 - there

    def _spoil(self, p: int, row: int, cells: Floats, purpose: int) -> None:
        """Good units that do not survive, of panels in *cells* of equal chances, are bad by the source *row*."""
        if float(cells[0] if len(cells) == 1 else cells.mean()) >= 1.0:
            return
        self._turn_bad(row, self._spoiled(p, cells, self._key(p, purpose)))
        if self.faults is not None:
            self.faults.make(row, faults_of(cells), self._there(p))

    def _spoiled(self, p: int, cells: Floats, key: int) -> Floats:
        """Good units, by panel, that do not survive position *p*: all panels at one chance, or each at its own."""
        if len(cells) > 1:
            return binomial(self.good, 1.0 - cells, KeyedRandom.uniforms(self.entities, key)) * self._there(p)
        here, survival, found = self.here, float(cells[0]), np.zeros(len(self.good))
        found[here] = binomial(self.good[here], 1.0 - survival, KeyedRandom.uniforms(self.entities[here], key), powers(survival, int(self.units)))
        return found

    def _cells(self, p: int) -> Floats:
        """Unit survivals of step *p*: one, or one for each panel where they differ."""
        own, which = self.losses.own(p), None
        if len(own) > 1:
            which = (KeyedRandom.uniforms(self.entities, self._key(p, _CLUSTER)) * len(own)).astype(np.int64)
        if self.learned is None or not self.losses.learns[p]:
            return own if which is None else own[which]
        return survivals(self.losses, p, self.learned[self.row, p], np.zeros(len(self.row), dtype=np.int64) if which is None else which)

    def _turn_bad(self, row: int, units: Floats) -> None:
        """Good *units*, by panel, are bad by the source *row* from here."""
        self.good -= units
        self.bad += units
        self.latent[row] += units

    def weaken(self, p: int) -> None:
        if not (self.losses.infant[p] > 0.0 or p in self.ways.shown):
            return
        there = np.ones(len(self.row)) * self._there(p)
        if self.losses.infant[p] > 0.0:
            self.weak[p] = self.losses.infant[p] * there
        for k, row in self.ways.shown.get(p, ()):
            if k not in self.weak:
                continue
            chance = self.weak[k] * self.losses.burn_in[p] * there
            self._turn_bad(row, part_of(self.good, chance, self.entities, int(self.ways.keys[row]) + _SHOWN))
            self.weak[k] = np.divide(self.weak[k] - chance, 1.0 - chance, out=np.zeros_like(chance), where=chance < 1.0)

    def _shipped_weak(self) -> Floats:
        """Good units that are weak when they are shipped, by panel."""
        strong = np.ones(len(self.row))
        for chance in self.weak.values():
            strong = strong * (1.0 - chance)
        last = int((self.losses.whole.losses if self.losses.whole is not None else self.losses).keys[-1])
        return part_of(self.good, 1.0 - strong, self.entities, (last + _WEAK) % 2**64) if self.weak else np.zeros(len(self.row))

    def lose_panels(self, p: int) -> None:
        here = self.here
        lost = KeyedRandom.uniforms(self.entities[here], self._key(p, _PANEL)) < 1.0 - self.losses.panel[p]
        at = np.flatnonzero(lost)  # few of them
        at = at if isinstance(here, slice) else here[at]
        self._take(p, at[self.alive[at] > 0], PANEL_LOST)

    def scrap_lots(self, p: int) -> None:
        if self.who is not None and self.scraps:
            self._take(p, np.flatnonzero((self.who.spoiled[self.row, p] > 0) & (self.alive > 0)), LIMIT)

    def _take(self, p: int, at: Ints, kind: int) -> None:
        """The panels *at* leave the line, with all units on them; the good ones are lost to a *kind* of loss of the step."""
        if not at.size:
            return
        lost, whole = self.latent[:, at], self.good[at]
        self._count("panels_lost", p, at, self.alive[at])
        self._count("scrapped", p, at, lost.sum(axis=0) + whole)
        self._count("removed", p, at, self.known[at])
        way, panel = np.nonzero(lost)
        self._leave(p, at[panel], way, lost[way, panel], False)
        self._leave_good(p, at, kind, whole, False)
        for state in (self.good, self.bad, self.known, self.alive):
            state[at] = 0.0
        self.latent[:, at] = 0.0

    def inspect(self, p: int) -> None:
        look, seen = look_at(self.losses, p), self.ways.seen(self.losses, p)
        hit = self._hit(p, seen, look.most)
        there = np.ones(len(self.row)) * self._there(p)
        way, panel = self._latent(np.flatnonzero(seen) if isinstance(hit, float) else np.arange(len(seen)), there > 0.0)
        chance = hit if isinstance(hit, float) else hit[way, panel]
        said = inspect(look, self.latent[way, panel] * there[panel], chance, panel, self.good * there, self._drawn(p, way, panel))
        self.latent[way, panel] -= said.rejected[BAD] + said.cured
        self.good += said.good - self.good * there
        if self.ways.damaged[p] >= 0:
            self.latent[self.ways.damaged[p]] += said.spoiled
        self._leave(p, panel, way, said.rejected[BAD], True)
        for kind, units in ((REJECTED, said.rejected[GOOD]), (DAMAGED, said.rejected[SPOILED])):
            some = np.flatnonzero(units)
            self._leave_good(p, some, kind, units[some], True)
        gone = np.bincount(panel, weights=said.rejected[BAD] + said.cured, minlength=len(self.good))
        self.bad += said.spoiled - gone
        self.known += gone - np.bincount(panel, weights=said.cured, minlength=len(self.good)) + said.rejected[GOOD] + said.rejected[SPOILED]
        for name, units in (("again", said.again), ("repaired", said.repaired)):
            self.entering.count(name, p, units)

    def _latent(self, rows: Ints, there: Bools) -> tuple[Ints, Ints]:
        """Pairs of source, one of *rows*, and panel that is *there*, where some units are bad: row by row, which is quicker than all at once."""
        each = [np.flatnonzero((self.latent[row] != 0.0) & there) for row in rows]
        return np.repeat(rows, [len(panels) for panels in each]), np.concatenate([np.zeros(0, dtype=np.int64), *each])

    def _hit(self, p: int, seen: Bools, looks: int) -> Floats | float:
        """Chance that the inspection at *p* finds a bad unit, of all or (N, panels) by its source, and (…, *looks*) by each of several looks."""
        coverage = float(self.losses.coverage[p])
        if not self.losses.by_fault[p] or self.faults is None:
            return coverage
        return 1.0 - self.faults.miss(coverage, seen, self._there(p), looks)

    def _drawn(self, p: int, way: Ints, panel: Ints) -> Draw:
        """The random numbers of the inspection at *p*: of the pairs of source *way* and *panel*, and of all panels."""
        whose = {BAD: (self.entities[panel] + self.ways.keys[way], _FOUND), GOOD: (self.entities, _REJECT), SPOILED: (self.entities, _SPOILED)}

        def draw(who: int, number: int, units: Floats, chance: Floats | float) -> Floats:
            entities, purpose = whose[who]
            return part_of(units, chance, entities, self.keys[p] + purpose + number * _STEP * 64)

        return draw

    def _leave(self, p: int, panel: Ints, way: Ints, units: Floats, found: bool) -> None:
        """Bad *units* leave the lots of their *panel*, by their source *way*: *found*, or lost with the panel."""
        self.left.append((self.row[panel], p, self.ways.cause[way], self.ways.kind[way], units, found))

    def _leave_good(self, p: int, panel: Ints, kind: int, units: Floats, found: bool) -> None:
        """Units that were good until the step *p* itself lost them."""
        self.left.append((self.row[panel], p, np.full(len(panel), p), np.full(len(panel), kind), units, found))

    def take_out_dead(self, p: int) -> None:
        at = np.flatnonzero((self.alive > 0) & (self.good + self.bad < 0.5))
        self._count("panels_lost", p, at, self.alive[at])
        self._count("removed", p, at, self.known[at])
        self.known[at] = self.alive[at] = 0.0
