"""Plan and luck in, the Fates of a block of lots out: which panels and units are lost, found and shipped.

Yield does not depend on when things happen, so it is worked out for many lots at once, before they start. A panel's luck
is keyed by its serial number, so that an edit of the lot size leaves it alone. With luck off, every draw is its mean and
panels and units are fractions.
"""

from __future__ import annotations

import numpy as np

from procsim import dists
from procsim.luck import PANELS, Keys, Luck
from procsim.plan.shape import Floats, Losses, Plan
from procsim.records import Fates, Ints, Leavings

_INCOMING, _CLUSTER, _UNIT, _PANEL, _FOUND, _REJECT = (0x9FB21C651E98DF25 * (2 * i + 1) % 2**64 for i in range(6))
"""Purposes of a panel's draws at one step."""

NORMAL_ABOVE = 400.0
"""Variance above which a binomial is drawn as a rounded normal: inversion would need the terms of e^-400 and beyond."""


def binomial(n: Floats, p: Floats, u: Floats) -> Floats:
    """Binomial(*n*, *p*) by inversion of one uniform *u* each; arrays of one shape. Only + - × ÷ and exact scaling are used."""
    flip = p > 0.5
    q = np.where(flip, 1.0 - p, p)
    v = np.where(flip, 1.0 - u, u)
    out = np.zeros_like(n)
    variance = n * q * (1.0 - q)
    small = (variance <= NORMAL_ABOVE) & (n > 0) & (q > 0)
    if small.any():
        out[small] = _inversion(n[small], q[small], v[small])
    large = variance > NORMAL_ABOVE
    if large.any():
        drawn = n[large] * q[large] + np.sqrt(variance[large]) * dists.normal_quantile(v[large])
        out[large] = np.clip(np.rint(drawn), 0.0, n[large])
    return np.where(flip, n - out, out)


def _inversion(n: Floats, q: Floats, v: Floats) -> Floats:
    odds = q / (1.0 - q)
    chance = dists.exp(n * dists.log(1.0 - q))
    total = chance.copy()
    k = np.zeros_like(n)
    going = (v > total) & (k < n)
    while going.any():
        chance = np.where(going, chance * odds * (n - k) / (k + 1.0), chance)
        k = np.where(going, k + 1.0, k)
        total = np.where(going, total + chance, total)
        going = (v > total) & (k < n) & (chance > 0.0)
    return k


class _Panels:
    """State of all panels of the block on their way: good units, latent-bad ones by cause, known-bad ones."""

    def __init__(self, plan: Plan, rows: int, each: int, luck: Keys | None) -> None:
        self.losses: Losses = plan.losses
        self.keys: list[int] = plan.losses.keys.tolist()
        self.size = len(plan.steps)
        self.rows, self.each, self.luck = rows, each, luck
        self.units = float(plan.units_per_panel)
        panels = rows * each
        self.alive = np.ones(panels)
        self.good = np.full(panels, self.units)
        self.latent = np.zeros((self.size + 1, panels))
        self.bad = np.zeros(panels)
        self.known = np.zeros(panels)
        self.dead = 0.0

    def draw(self, n: Floats, p: Floats | float, step: int, purpose: int, where: Keys | None = None) -> Floats:
        """How many of *n* things happen with chance *p*: a draw, or with luck off the mean."""
        if self.luck is None:
            return n * p
        u = Luck.uniforms(self.luck if where is None else where, self.key(step, purpose))
        return binomial(n, np.broadcast_to(np.asarray(p, dtype=float), n.shape), u)

    def key(self, step: int, purpose: int) -> int:
        """The key of one purpose at one step."""
        return (self.keys[step] + purpose) % 2**64

    def per_lot(self, panels: Floats) -> Floats:
        """Sums over each lot's panels, shape (rows,)."""
        return np.asarray(panels.reshape(self.rows, self.each).sum(axis=1))

    def live(self) -> Floats:
        return np.asarray(self.good + self.bad)

    def spoil(self, step: int) -> None:
        """Units become bad, unseen."""
        losses = self.losses
        if losses.incoming[step] < 1.0:
            self._turn(self.draw(self.good, 1.0 - losses.incoming[step], step, _INCOMING), self.size)
        cells = losses.cells[losses.start[step] : losses.start[step + 1]]
        if len(cells) > 1 and self.luck is not None:
            u = Luck.uniforms(self.luck, self.key(step, _CLUSTER))
            self._turn(self.draw(self.good, 1.0 - cells[(u * len(cells)).astype(np.int64)], step, _UNIT), step)
        elif cells.min() < 1.0:
            self._turn(self.draw(self.good, 1.0 - float(cells.mean()), step, _UNIT), step)

    def _turn(self, spoiled: Floats, cause: int) -> None:
        self.good -= spoiled
        self.latent[cause] += spoiled
        self.bad += spoiled

    def lose(self, step: int) -> tuple[Floats, Floats, Floats]:
        """Panels lost whole at *step*: (panels, live units by cause (S + 1, panels), known-bad units) that go with them."""
        p = self.losses.panel[step]
        gone = np.zeros_like(self.alive)
        if p < 1.0:
            if self.luck is None:
                gone = np.full_like(self.alive, 1.0 - p)
            else:
                u = Luck.uniforms(self.luck, self.key(step, _PANEL))
                gone = ((u < 1.0 - p) & (self.alive > 0)).astype(float)
        return self._take(gone, step)

    def _take(self, share: Floats, step: int) -> tuple[Floats, Floats, Floats]:
        """Takes the *share* of every panel out of the line."""
        lost = self.latent * share
        lost[step] += self.good * share
        known = self.known * share
        panels = self.alive * share
        keep = 1.0 - share
        for state in (self.good, self.bad, self.known, self.alive):
            state *= keep
        self.latent *= keep
        return panels, lost, known


def fates(plan: Plan, luck: Luck | None, salt: int, first_lot: int, rows: int) -> Fates:
    """Fates of the lots *first_lot* … *first_lot* + *rows* of a stream with the key *salt*; *luck* None is luck off."""
    each = plan.lot_panels
    serials = first_lot * each + np.arange(rows * each, dtype=np.int64)
    panels = _Panels(plan, rows, each, None if luck is None else luck.entities(PANELS, serials, salt))
    return _Walk(plan, panels).walk()


class _Walk:
    """One pass of a block of panels through all steps, keeping what the ledger and the engine need."""

    def __init__(self, plan: Plan, panels: _Panels) -> None:
        self.plan, self.p = plan, panels
        size, rows = len(plan.steps), panels.rows
        self.table = {name: np.zeros((rows, size + 1)) for name in ("lots", "panels", "live", "sites")}
        self.by_step = {name: np.zeros((rows, size)) for name in ("panels_lost", "removed", "scrapped")}
        self.rows: list[tuple[Ints, int, Ints, Floats, bool]] = []

    def walk(self) -> Fates:
        p, losses = self.p, self.plan.losses
        for s in range(len(self.plan.steps)):
            self._note(s)
            p.spoil(s)
            panels, lost, known = p.lose(s)
            self._gone(s, panels, lost, known)
            if losses.inspects[s]:
                self._inspect(s)
            if losses.removes[s]:
                self.by_step["removed"][:, s] += p.per_lot(p.known)
                p.known[:] = 0.0
                p.dead = 0.0
        last = len(self.plan.steps)
        self._note(last)
        self.by_step["removed"][:, -1] += p.per_lot(p.known)
        return Fates(**self.table, **self.by_step, leavings=self._leavings(), good=p.per_lot(p.good), escapes=p.per_lot(p.bad),
                     escape_causes=p.latent.reshape(last + 1, p.rows, p.each).sum(axis=2).T)

    def _note(self, s: int) -> None:
        p = self.p
        live = p.per_lot(p.live())
        alive = p.per_lot(p.alive)
        self.table["panels"][:, s] = alive
        self.table["live"][:, s] = live
        self.table["sites"][:, s] = live + p.per_lot(p.known)
        if p.luck is None:  # the chance that some panel of the lot is left: panels are lost independently
            self.table["lots"][:, s] = 1.0 - (1.0 - alive / p.each) ** p.each
        else:
            self.table["lots"][:, s] = alive > 0

    def _gone(self, s: int, panels: Floats, lost: Floats, known: Floats) -> None:
        if not panels.any():
            return
        self.by_step["panels_lost"][:, s] += self.p.per_lot(panels)
        self.by_step["scrapped"][:, s] += self.p.per_lot(lost.sum(axis=0))
        self.by_step["removed"][:, s] += self.p.per_lot(known)
        self._leave(s, lost, False)

    def _leave(self, s: int, units: Floats, found: bool) -> None:
        cause, panel = np.nonzero(units)
        self.rows.append((panel // self.p.each, s, cause, units[cause, panel], found))

    def _inspect(self, s: int) -> None:
        """Known-bad units are marked; panels with no live unit left are taken out."""
        p, losses = self.p, self.plan.losses
        found = np.zeros_like(p.latent)
        seen = np.flatnonzero(losses.sees[s])
        at, panel = np.nonzero(p.latent[seen])
        cause = seen[at]
        units = p.latent[cause, panel]
        if p.luck is None:
            found[cause, panel] = units * losses.coverage[s]
        elif len(units):
            names = np.append(losses.keys, np.uint64(_INCOMING))
            found[cause, panel] = p.draw(units, losses.coverage[s], s, _FOUND, p.luck[panel] + names[cause])
        p.latent -= found
        p.bad -= found.sum(axis=0)
        if losses.false_reject[s] > 0.0:
            rejected = p.draw(p.good, losses.false_reject[s], s, _REJECT)
            p.good -= rejected
            found[s] += rejected
        p.known += found.sum(axis=0)
        self._leave(s, found, True)
        self._dead(s)

    def _dead(self, s: int) -> None:
        """Panels on which every unit is known-bad leave the line at once."""
        p = self.p
        share = self._newly_dead() if p.luck is None else ((p.alive > 0) & (p.live() < 0.5)).astype(float)
        if not share.any():
            return
        units = p.units * p.alive if p.luck is None else p.known
        self.by_step["panels_lost"][:, s] += p.per_lot(p.alive * share)
        self.by_step["removed"][:, s] += p.per_lot(units * share)
        p.known -= units * share
        p.alive *= 1.0 - share

    def _newly_dead(self) -> Floats:
        """With luck off: the share of panels alive on which all n units are known-bad, units being independent.

        A unit is known-bad with chance k; k^n of all panels are then dead, of which the share *dead* has left before.
        """
        p = self.p
        sites = p.live() + p.known
        share = np.divide(p.known, sites, out=np.zeros_like(sites), where=sites > 0)
        before = p.dead
        now = (before + (1.0 - before) * share) ** p.units
        p.dead = float(now[0])
        return np.asarray((now - before) / (1.0 - before) if before < 1.0 else np.zeros_like(now))

    def _leavings(self) -> Leavings:
        if not self.rows:
            none = np.zeros(0, dtype=np.int64)
            return Leavings(none, none, none, np.zeros(0), np.zeros(0))
        lot = np.concatenate([r[0] for r in self.rows])
        step = np.concatenate([np.full(len(r[0]), r[1], dtype=np.int64) for r in self.rows])
        cause = np.concatenate([r[2] for r in self.rows])
        units = np.concatenate([r[3] for r in self.rows])
        found = np.concatenate([np.full(len(r[0]), r[4]) for r in self.rows])
        return Leavings(lot, step, cause, np.where(found, units, 0.0), np.where(found, 0.0, units))
