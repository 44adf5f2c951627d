"""Plan and luck in, the Fates of a block of lots out: which panels and units are lost, found and shipped.

Yield does not depend on when things happen, so it is worked out for many lots at once, before they start. A panel's luck
is keyed by its serial number, so that an edit of the lot size leaves it alone. With luck off, every draw is its mean and
panels and units are fractions.
"""

from __future__ import annotations

import numpy as np

from procsim.engine.binomial import binomial, powers
from procsim.engine.presence import Presence
from procsim.luck import PANELS, Keys, Luck
from procsim.plan.shape import Floats, Losses, Plan
from procsim.plan.stretch import rows_of
from procsim.records import Fates, Ints, Leavings

_INCOMING, _CLUSTER, _UNIT, _PANEL, _FOUND, _REJECT = (0x9FB21C651E98DF25 * (2 * i + 1) % 2**64 for i in range(6))
"""Purposes of a panel's draws at one step."""

def fates(plan: Plan, luck: Luck | None, stream: int, first_lot: int, rows: int, who: Presence | None = None, panels: Ints | None = None) -> Fates:
    """Fates of the lots *first_lot* … *first_lot* + *rows* of *stream*, who visit what *who* says (None: all
    of it) and begin with so many *panels* (None: those of a lot), all good; *luck* None is luck off."""
    if luck is None and who is not None and panels is not None:
        return _one_by_one(plan, stream, who, panels)
    if luck is None:
        return _copies(_Walk(plan, stream, 1, None, who).walk(), rows)
    each = plan.lot_panels
    serials = first_lot * each + np.arange(rows * each, dtype=np.int64).reshape(rows, each).T.ravel()
    return _Walk(plan, stream, rows, luck.entities(PANELS, serials, plan.streams[stream].key), who, panels).walk()


def _one_by_one(plan: Plan, stream: int, who: Presence, panels: Ints) -> Fates:
    """With luck off, the fates of lots that are not all alike."""
    each = [_Walk(plan, stream, 1, None, who.row(i), panels[i:i + 1]).walk() for i in range(len(panels))]
    tables = {name: np.concatenate([getattr(one, name) for one in each]) for name in Fates.__dataclass_fields__ if name != "leavings"}
    lots = np.repeat(np.arange(len(each)), [len(one.leavings.lot) for one in each])
    rest = {name: np.concatenate([getattr(one.leavings, name) for one in each]) for name in ("step", "cause", "found", "lost")}
    return Fates(**tables, leavings=Leavings(lots, **rest))


def _copies(one: Fates, rows: int) -> Fates:
    """The fates of *rows* lots that are all like *one*."""
    tables = {name: np.repeat(getattr(one, name), rows, axis=0) for name in Fates.__dataclass_fields__ if name != "leavings"}
    gone = one.leavings
    lots = np.repeat(np.arange(rows, dtype=np.int64), len(gone.lot))
    leavings = Leavings(lots, np.tile(gone.step, rows), np.tile(gone.cause, rows), np.tile(gone.found, rows), np.tile(gone.lost, rows))
    return Fates(**tables, leavings=leavings)


class _Walk:
    """One pass of a block's panels through all steps. Arrays over panels, all lots' first panels before all their second ones:
    *good*, *bad* (latent) and *known* bad units, and *alive*, which are the rows of *state*; *latent* (P + 1, panels) splits the bad
    ones by cause. *kept* is the chance that the lot as a whole is not scrapped yet, where luck is off. *begin* (rows,): panels that
    each lot begins with."""

    def __init__(self, plan: Plan, stream: int, rows: int, luck: Keys | None, who: Presence | None, begin: Ints | None = None) -> None:
        self.plan, self.rows, self.each, self.luck = plan, rows, plan.lot_panels, luck
        self.losses: Losses = plan.losses
        self.keys: list[int] = plan.losses.keys.tolist()
        self.units = float(plan.units[stream])
        self.who, self.kept = who, 1.0
        size, panels = len(plan.group_of), rows * plan.lot_panels
        self.row = np.tile(np.arange(rows, dtype=np.int64), plan.lot_panels)
        self.begin = np.full(rows, self.each) if begin is None else begin
        self.state = np.zeros((4, panels))
        self.good, self.bad, self.known, self.alive = self.state
        self.alive += np.repeat(np.arange(self.each), rows) < self.begin[self.row]
        self.good += self.units * self.alive
        self.latent = np.zeros((size + 1, panels))
        self.dead = 0.0
        self.parts = list(zip(plan.route.stretches, rows_of(plan.route.stretches, rows), strict=True))
        deep = rows * (1 + sum(one.parts for one, _ in self.parts))
        self.table = {name: np.zeros((deep, size + 1)) for name in ("lots", "panels", "live", "sites")}
        self.by_step = {name: np.zeros((rows, size)) for name in ("panels_lost", "removed", "scrapped")}
        self.left: list[tuple[Ints, int, Ints, Floats, bool]] = []

    def walk(self) -> Fates:
        size = len(self.plan.group_of)
        for s in range(size):
            self._note(s)
            if self.who is not None and not self.who.there[: self.rows, s].any():
                continue
            self._spoil(s)
            if self.losses.panel[s] < 1.0:
                self._lose(s)
            if self.losses.inspects[s]:
                self._inspect(s)
            if self.losses.removes[s]:
                there = self._there(s)
                self._count("removed", s, slice(None), self.known * there)
                self.known *= 1.0 - there
                self.dead = 0.0
            if self.who is not None and self.who.spoiled[: self.rows, s].any():
                self._scrap_lots(s)
        self._note(size)
        self._count("removed", size - 1, slice(None), self.known)
        causes = self.latent.reshape(size + 1, self.each, self.rows).sum(axis=1).T
        return Fates(**self.table, **self.by_step, leavings=self._leavings(), good=self._per_lot(self.good), escapes=self._per_lot(self.bad),
                     escape_causes=causes)

    def _per_lot(self, panels: Floats) -> Floats:
        """Sums over each lot's panels, shape (rows,)."""
        return np.asarray(panels.reshape(self.each, self.rows).sum(axis=0))

    def _count(self, name: str, s: int, at: Ints | slice, values: Floats) -> None:
        """Adds *values* of the panels *at* to their lots' tally."""
        np.add.at(self.by_step[name][:, s], self.row[at], values)

    def _there(self, s: int) -> Floats | float:
        """1 for the panels whose lot visits position *s* (its chance, where luck is off)."""
        return 1.0 if self.who is None else self.who.there[self.row, s]

    def _note(self, s: int) -> None:
        """What comes to position *s*: nothing of a lot that does not visit it."""
        there = 1.0 if self.who is None or s == self.who.there.shape[1] else self.who.there[: self.rows, s]
        self._enter(s, slice(0, self.rows), self.begin, there, self.state.reshape(4, self.each, self.rows).sum(axis=1))
        for one, rows in self.parts:
            if one.first <= s < one.stop or s == (one.merge if one.merge >= 0 else len(self.plan.group_of)):
                self._enter(s, rows, self.each / one.parts, np.tile(np.broadcast_to(there, self.rows), one.parts), self._in_parts(one.parts))

    def _enter(self, s: int, rows: slice, each: Floats | Ints | float, there: Floats | float, state: Floats) -> None:
        """Writes down what lots, or parts, of *each* panels bring to position *s*: their *state*, summed over panels."""
        good, bad, known, alive = state
        live = good + bad
        self.table["panels"][rows, s], self.table["live"][rows, s] = alive * there, live * there
        self.table["sites"][rows, s] = (live + known) * there
        if self.luck is None:  # the chance that some panel of the lot is left: panels are lost independently
            share = alive / each / self.kept if self.kept > 0 else alive
            self.table["lots"][rows, s] = self.kept * (1.0 - (1.0 - share) ** np.maximum(each, 1.0)) * there
        else:
            self.table["lots"][rows, s] = (alive > 0) * there

    def _in_parts(self, parts: int) -> Floats:
        """*state* summed over the panels of each of a lot's *parts*, or its share of one panel, shape (4, parts · rows)."""
        table = self.state.reshape(4, self.each, self.rows)
        if parts > self.each:
            return np.asarray(np.repeat(table, parts // self.each, axis=1).reshape(4, -1) * (self.each / parts))
        return np.asarray(table.reshape(4, parts, self.each // parts, self.rows).sum(axis=2).reshape(4, -1))

    def _key(self, s: int, purpose: int) -> int:
        return (self.keys[s] + purpose) % 2**64

    def _spoil(self, s: int) -> None:
        """Units become bad, unseen."""
        losses = self.losses
        cells = losses.cells[losses.start[s] : losses.start[s + 1]]
        for cause, survival, purpose in ((len(self.keys), float(losses.incoming[s]), _INCOMING), (s, float(cells.mean()), _UNIT)):
            if survival >= 1.0:
                continue
            if self.luck is None:
                spoiled = self.good * (1.0 - survival)
            else:
                u = Luck.uniforms(self.luck, self._key(s, purpose))
                if purpose == _UNIT and len(cells) > 1:
                    which = Luck.uniforms(self.luck, self._key(s, _CLUSTER)) * len(cells)
                    spoiled = binomial(self.good, 1.0 - cells[which.astype(np.int64)], u)
                else:
                    spoiled = binomial(self.good, 1.0 - survival, u, powers(survival, int(self.units)))
            spoiled = spoiled * self._there(s)
            self.good -= spoiled
            self.bad += spoiled
            self.latent[cause] += spoiled

    def _lose(self, s: int) -> None:
        """Panels are lost whole, with the units on them."""
        chance = (1.0 - self.losses.panel[s]) * self._there(s)
        if self.luck is None:
            self._take(s, np.arange(len(self.alive)), float(np.max(chance)))
        else:
            self._take(s, np.flatnonzero((Luck.uniforms(self.luck, self._key(s, _PANEL)) < chance) & (self.alive > 0)), 1.0)

    def _scrap_lots(self, s: int) -> None:
        """Lots that failed once too often are lost whole, at the step that found it."""
        assert self.who is not None
        spoiled = self.who.spoiled[self.row, s]
        if self.luck is None:
            self._take(s, np.arange(len(self.alive)), float(spoiled[0]))
            self.kept *= 1.0 - float(spoiled[0])
        else:
            self._take(s, np.flatnonzero((spoiled > 0) & (self.alive > 0)), 1.0)

    def _take(self, s: int, at: Ints, share: float) -> None:
        """The *share* of the panels *at* leaves the line, with all units on them."""
        if not at.size:
            return
        lost = self.latent[:, at] * share
        lost[s] += self.good[at] * share
        self._count("panels_lost", s, at, self.alive[at] * share)
        self._count("scrapped", s, at, lost.sum(axis=0))
        self._count("removed", s, at, self.known[at] * share)
        cause, panel = np.nonzero(lost)
        self.left.append((self.row[at[panel]], s, cause, lost[cause, panel], False))
        for state in (self.good, self.bad, self.known, self.alive):
            state[at] *= 1.0 - share
        self.latent[:, at] *= 1.0 - share

    def _inspect(self, s: int) -> None:
        """Bad units are found, good ones may be rejected; both are known-bad from here."""
        losses = self.losses
        cause, panel = np.divmod(np.flatnonzero(self.latent.ravel() > 0.0), len(self.row))  # np.nonzero of two dimensions is ten times slower
        seen = losses.sees[s][cause]
        cause, panel = cause[seen], panel[seen]
        units = self.latent[cause, panel]
        if self.luck is None:
            found = units * losses.coverage[s] * self._there_of(s, panel)
        else:
            names = np.append(losses.keys, np.uint64(_INCOMING))
            u = Luck.uniforms(self.luck[panel] + names[cause], self._key(s, _FOUND)) if len(units) else units
            found = binomial(units, float(losses.coverage[s]), u) * self._there_of(s, panel)
        self.latent[cause, panel] -= found
        marked = np.asarray(np.bincount(panel, weights=found, minlength=len(self.good)), dtype=float)
        self.bad -= marked
        self.left.append((self.row[panel], s, cause, found, True))
        if losses.false_reject[s] > 0.0:
            chance = float(losses.false_reject[s])
            rejected = self.good * chance if self.luck is None else binomial(self.good, chance, Luck.uniforms(self.luck, self._key(s, _REJECT)))
            rejected = rejected * self._there(s)
            self.good -= rejected
            marked += rejected
            self.left.append((self.row, s, np.full(len(self.row), s), rejected, True))
        self.known += marked
        self._take_out_dead(s)

    def _there_of(self, s: int, panel: Ints) -> Floats | float:
        return 1.0 if self.who is None else self.who.there[self.row[panel], s]

    def _take_out_dead(self, s: int) -> None:
        """Panels on which every unit is known-bad leave the line at once."""
        if self.luck is None:
            at, share = np.arange(len(self.alive)), self._newly_dead()
            units = self.units * self.alive * share
        else:
            at = np.flatnonzero((self.alive > 0) & (self.good + self.bad < 0.5))
            share, units = np.ones(len(at)), self.known[at]
        self._count("panels_lost", s, at, self.alive[at] * share)
        self._count("removed", s, at, units)
        self.known[at] -= units
        self.alive[at] *= 1.0 - share

    def _newly_dead(self) -> Floats:
        """With luck off: the share of panels alive on which all n units are known-bad, units being independent.

        A unit is known-bad with chance k; k^n of all panels are then dead, of which the share *dead* has left before.
        """
        sites = self.good + self.bad + self.known
        share = np.divide(self.known, sites, out=np.zeros_like(sites), where=sites > 0)
        before = self.dead
        now = (before + (1.0 - before) * share) ** self.units
        self.dead = float(now[0])
        return np.asarray((now - before) / (1.0 - before) if before < 1.0 else np.zeros_like(now))

    def _leavings(self) -> Leavings:
        rows = [(lot, np.full(len(lot), s), cause, units, np.full(len(lot), found)) for lot, s, cause, units, found in self.left]
        if not rows:
            none = np.zeros(0, dtype=np.int64)
            return Leavings(none, none, none, np.zeros(0), np.zeros(0))
        lot, step, cause, units, found = (np.concatenate(column) for column in zip(*rows, strict=True))
        kept = units > 0
        return Leavings(lot[kept], step[kept], cause[kept], np.where(found, units, 0.0)[kept], np.where(found, 0.0, units)[kept])
