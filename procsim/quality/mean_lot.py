"""Works out what becomes of the mean lot on its way: what comes to each position, and how and where the rest is lost.

All of it is linear in what is on its way, so that at every fork a lot divides in the shares of its course, and its parts add up behind: exact means
however losses, inspections and rework follow on each other. Only that *all* units of a panel are known-bad is taken of the mean panel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.lots.branching import Branching
from procsim.maths.arrays import Floats
from procsim.maths.yield_laws import Spread
from procsim.planning.plan import Plan
from procsim.quality.defect_sources import DAMAGED, KINDS, LIMIT, PANEL_LOST, REJECTED, Sources, sources
from procsim.quality.fault_coverage import MeanFaults
from procsim.quality.inspection import BAD, GOOD, SPOILED, inspect, look_at
from procsim.quality.learning import spread
from procsim.quality.step_effects import StepEffects


@dataclass(frozen=True, slots=True)
class Loss:
    """What stops being live at the position *step*: the units *bad* (N,) by their source, and the *good* ones that it loses itself, by a *kind* of
    loss; *found* bad, or else lost with their panel."""

    step: int
    bad: Floats
    kind: int
    good: float
    found: bool


@dataclass(frozen=True, slots=True)
class MeanLot:
    """Of every panel, or unit, of a lot that starts, what comes to each position and to the end, (P + 1,): *lots* not scrapped whole, *panels*,
    *live* units and *sites*; and what happens at each position, (P,): *panels_lost*, known-bad units *removed*, live ones *scrapped* whole, units
    looked at *again* and *repaired*. At the end units are *good*, bad and not found (*latent*, (N,), by source), or weak (*infant*).
    *losses* are in order."""

    lots: Floats
    panels: Floats
    live: Floats
    sites: Floats
    panels_lost: Floats
    removed: Floats
    scrapped: Floats
    again: Floats
    repaired: Floats
    good: float
    latent: Floats
    infant: float
    losses: tuple[Loss, ...]
    known: Sources

    def by_cause(self, rows: Floats) -> Floats:
        """Units by source, (N,), added up by the step that is charged and, last, what came in bad, (P + 1,)."""
        return np.asarray(np.bincount(self.known.cause, weights=rows, minlength=len(self.lots)), dtype=float)

    def by_kind(self, rows: Floats) -> Floats:
        """The same, also told apart by kind of loss, (P + 1, K)."""
        at = self.known.cause * len(KINDS) + self.known.kind
        return np.asarray(np.bincount(at, weights=rows, minlength=len(self.lots) * len(KINDS)), dtype=float).reshape(-1, len(KINDS))


def mean_lot(plan: Plan, stream: int, way: Branching, learned: Floats | None = None, *, begun: bool = False) -> MeanLot:
    """Of the mean lot of *stream* on its *way*, at whose steps densities are *learned* (P,) times what is written. One that has *begun* is in the
    line at time 0, with units that are all good."""
    walk = _Walk(plan, float(plan.units[stream]), way, learned)
    if not begun:
        walk.arrive(walk.ways.panel, float(plan.losses.panel_good[stream]), 1.0)
    return walk.walk()


class _Walk(StepEffects):
    """What is on its way, of a panel or unit that started: *lots* not scrapped whole, *panels* and those taken out as all bad since the last
    removal (*dead*); *good*, *known*-bad and (by source) *latent* units; and the chance, by the step that makes it so, that a good unit is *weak*.
    *aside* passes the position by, *waiting* is behind the loops."""

    def __init__(self, plan: Plan, units: float, way: Branching, learned: Floats | None) -> None:
        self.losses, self.route, self.units, self.way, self.learned = plan.losses, plan.route, units, way, learned
        size = len(plan.group_of)
        self.ways = sources(plan.losses)
        self.lots, self.panels, self.dead, self.good, self.known = 1.0, 1.0, 0.0, 1.0, 0.0
        self.latent, self.weak = np.zeros(len(self.ways.cause)), np.zeros(size)
        self.faults = MeanFaults(self.ways) if plan.losses.by_fault.any() else None
        self.there = way.there() if self.faults is not None else np.ones(size)
        self.table: dict[str, list[float]] = {name: [] for name in ("lots", "panels", "live", "sites")}
        self.visits, self.opens, self.closes = way.visits.tolist(), way.opens.tolist(), way.closes.tolist()
        self.present, self.incoming = self.there.tolist(), plan.losses.incoming.tolist()
        self.done = {name: np.zeros(size) for name in ("panels_lost", "removed", "scrapped", "again", "repaired")}
        self.lost: list[Loss] = []
        self.aside: Floats | None = None
        self.waiting: list[Floats] = []

    def walk(self) -> MeanLot:
        size = len(self.weak)
        for p in range(size):
            self._come(p)
            self._note()
            if self.visits[p] > 0:
                self.at_step(p)
            self._go(p)
        if self.closes[size]:
            self._come(size)
        self._note()
        if size:
            self.done["removed"][-1] += self.known
        come = {name: np.array(much) for name, much in self.table.items()}
        return MeanLot(**come, **self.done, good=self.good, latent=self.latent, infant=self.good * float(1.0 - np.prod(1.0 - self.weak)),
                       losses=tuple(self.lost), known=self.ways)

    def _masses(self) -> Floats:
        return np.concatenate([(self.lots, self.panels, self.dead, self.good, self.known), self.latent, self.weak * self.good])

    def _take(self, masses: Floats) -> None:
        """*masses* are on their way from here."""
        self.lots, self.panels, self.dead, self.good, self.known = masses[:5].tolist()
        self.latent, weak = np.split(masses[5:], [len(self.latent)])
        self.weak = weak / self.good if self.good > 0 else np.zeros(len(weak))

    def _come(self, p: int) -> None:
        """Loops close before position *p*, and who does not visit it steps aside."""
        for _ in range(self.closes[p]):
            self._take(self._masses() + self.waiting.pop())
        self.aside = None
        if p < len(self.visits) and self.visits[p] < 1.0:
            masses = self._masses()
            self.aside = masses * (1.0 - self.visits[p])
            self._take(masses - self.aside)

    def _go(self, p: int) -> None:
        """Who has visited position *p* takes the loop behind it, or waits there; who has not joins the others."""
        if self.aside is None and not self.opens[p]:
            return
        masses = self._masses()
        if self.opens[p]:
            entering = self.way.again[p] * (masses if self.visits[p] > 0 or self.aside is None else self.aside)
            self.waiting.append((masses if self.aside is None else masses + self.aside) - entering)
            masses = entering
        elif self.aside is not None:
            masses = masses + self.aside
        self._take(masses)

    def _note(self) -> None:
        """What comes to the next position."""
        live = self.good + float(self.latent.sum())
        for row, much in zip(self.table.values(), (self.lots, self.panels, live, live + self.known), strict=True):
            row.append(much)

    def bring_in(self, p: int) -> None:
        if self.incoming[p] < 1.0:
            self.arrive(int(self.ways.arrival[p]), self.incoming[p], self.present[p])

    def damage(self, p: int) -> None:
        survival = self.losses.spreads[p] if self.learned is None else spread(self.losses, p, float(self.learned[p]))
        self._spoil(p, survival, self.present[p])

    def lose_panels(self, p: int) -> None:
        self._scrap(p, 1.0 - float(self.losses.panel[p]), PANEL_LOST)

    def remove_known_bad(self, p: int) -> None:
        self.done["removed"][p] += self.known
        self.known = self.dead = 0.0

    def scrap_lots(self, p: int) -> None:
        if self.route.final[p] and self.route.fails[p] > 0:
            share = float(self.route.fails[p])
            self._scrap(p, share, LIMIT)
            self.lots *= 1.0 - share

    def arrive(self, row: int, good: float, there: float) -> None:
        """Something comes in that is *good* for a unit with that chance, in lots that are *there*; else it is bad by the source *row*."""
        self._spoil(row, Spread(fixed=good), there)

    def _spoil(self, row: int, survival: Spread, there: float) -> None:
        """Units are bad by the source *row* unless they survive."""
        self._turn_bad(row, self.good * (1.0 - survival.power(1.0)))
        if self.faults is not None:
            self.faults.make(row, survival, there)

    def _turn_bad(self, row: int, units: float) -> None:
        """Good *units* are bad by the source *row* from here."""
        self.good -= units
        self.latent[row] += units

    def weaken(self, p: int) -> None:
        if self.losses.infant[p] > 0.0:
            self.weak[p] = self.losses.infant[p]
        for k, row in self.ways.shown.get(p, ()):
            chance = float(self.weak[k] * self.losses.burn_in[p])
            self._turn_bad(row, self.good * chance)
            self.weak[k] = (self.weak[k] - chance) / (1.0 - chance) if chance < 1.0 else 0.0

    def _scrap(self, p: int, share: float, kind: int) -> None:
        """A *share* of all panels leaves the line, with all units on them."""
        loss = Loss(p, self.latent * share, kind, self.good * share, False)
        self.lost.append(loss)
        self.done["panels_lost"][p] += self.panels * share
        self.done["removed"][p] += self.known * share
        self.done["scrapped"][p] += float(loss.bad.sum()) + loss.good
        left = 1.0 - share
        self.panels, self.dead, self.good, self.known = self.panels * left, self.dead * left, self.good * left, self.known * left
        self.latent = self.latent * left

    def inspect(self, p: int) -> None:
        look, seen = look_at(self.losses, p), self.ways.seen(self.losses, p)
        hit = np.where(seen, self.losses.coverage[p], 0.0)
        if self.losses.by_fault[p] and self.faults is not None:
            hit = 1.0 - self.faults.miss(float(self.losses.coverage[p]), seen, float(self.there[p]), look.most)
        said = inspect(look, self.latent, hit, np.zeros(len(self.latent), dtype=np.int64), np.array([self.good]),
                       lambda _who, _number, units, chance: units * chance)
        found, rejected, spoiled = said.rejected[BAD], float(said.rejected[GOOD][0]), float(said.rejected[SPOILED][0])
        self.latent = self.latent - found - said.cured
        if self.ways.damaged[p] >= 0:
            self.latent[self.ways.damaged[p]] += said.spoiled[0]
        self.good = float(said.good[0])
        self.known += float(found.sum()) + rejected + spoiled
        self.lost += [Loss(p, found, REJECTED, rejected, True), Loss(p, np.zeros_like(found), DAMAGED, spoiled, True)]
        self.done["again"][p], self.done["repaired"][p] = said.again[0], said.repaired[0]

    def take_out_dead(self, p: int) -> None:
        """Panels on which every unit is known-bad leave the line at once, units being independent: a unit is known-bad with chance k, and k^n of
        all panels are then dead, of which some have left before."""
        sites, panels = self.good + float(self.latent.sum()) + self.known, self.panels + self.dead
        if sites <= 0.0 or self.panels <= 0.0:
            return
        before = self.dead / panels
        now = (before + (1.0 - before) * self.known / sites) ** self.units
        gone = self.panels * min((now - before) / (1.0 - before), 1.0) if before < 1.0 else 0.0
        self.done["panels_lost"][p] += gone
        self.done["removed"][p] += gone
        self.known -= gone
        self.panels -= gone
        self.dead += gone
