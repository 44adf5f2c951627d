"""Works out how variable the arrivals of each release are at each position of its route.

As in Whitt's queueing network analyser (Bell System Technical Journal 62, 1983): releases that come together are superposed, some lots of a
release turn off, and what leaves a tool group is between what came and how its tools work. A release keeps some of its own variability where it
passes a group with others (Bitran & Tirupati, Management Science 34, 1988). A queue that changes slowly sees of those before it only what lasts: a
group's tools smooth or roughen what comes for as long as its own queue remembers, and in the long run as many lots leave as have come (Whitt,
Variability functions for parametric-decomposition approximations, Management Science 41, 1995). All of that is linear in the variability of what
comes to each group, so that it is written down for one group after the other on every route, and then solved: nothing hangs on the order in which
steps are written.

Variability is that of how many lots come: the variance of their number over its mean. Lots that come k at once, in bulks with the squared
coefficient of variation c², have k·c².
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form.effective_times import Service
from procsim.maths.arrays import Floats, Ints
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Of each release at each position, (R, P): lots come *bulk* at once, with a variability of *spread*. (A *scv* of 1 comes by chance.) Those that
    ran with *mates* in their last batch come so many hours *apart*. *total* (G,) is the variability of all that comes to a group, and *own* (G,)
    which part of how much it differs from chance its releases keep when they are superposed."""

    bulk: Floats
    spread: Floats
    mates: Floats
    apart: Floats
    total: Floats
    own: Floats

    @property
    def scv(self) -> Floats:
        """Squared coefficient of variation of the time between bulks, (R, P)."""
        return self.spread / self.bulk


def arrival_scv(plan: Plan) -> float:
    """Squared coefficient of variation of the time between releases; bulk release of k adds k - 1."""
    clocks = [s for s in plan.streams if s.interval is not None]
    if not clocks:
        return 1.0
    total = sum(s.at_once / s.interval.mean for s in clocks if s.interval is not None)
    return float(sum((s.interval.scv * s.at_once + s.at_once - 1) * s.at_once / s.interval.mean / total for s in clocks if s.interval is not None))


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """What is on its way, of each release, its lots in so many *parts*: *spread* (R, G, 1 + G), as each group would see it, is a number and what
    comes to it with the variability at each group; *behind* (R, G + R) the share that was last at each group, or is of each release; others as of
    ``Arrivals``, (R,)."""

    spread: Floats
    bulk: Floats
    mates: Floats
    apart: Floats
    behind: Floats
    parts: int

    def thinned(self, share: Floats, by_number: bool) -> _UnderWay:
        """The *share* (R,) of it, by chance or *by_number*."""
        if (share == 1.0).all():
            return self
        spread = self.spread * share[:, None, None]
        if not by_number:
            spread[:, :, 0] += 1.0 - share[:, None]
        bulk = np.maximum(self.bulk * share, 1.0) if by_number else 1.0 + (self.bulk - 1.0) * share
        return replace(self, spread=spread, bulk=bulk, mates=1.0 + (self.mates - 1.0) * share)

    def parted(self, parts: int) -> _UnderWay:
        """The same lots in so many *parts*."""
        if parts == self.parts:
            return self
        by = parts / self.parts
        bulk, mates = (np.maximum(many * by, 1.0) for many in (self.bulk, self.mates))
        return replace(self, spread=self.spread * by, bulk=bulk, mates=mates, parts=parts)

    def of(self, who: Ints) -> _UnderWay:
        """That of the releases *who* alone."""
        if len(who) == len(self.bulk):
            return self
        return _UnderWay(self.spread[who], self.bulk[who], self.mates[who], self.apart[who], self.behind[who], self.parts)

    def put(self, who: Ints, other: _UnderWay) -> _UnderWay:
        """This, with *other* in the place of the releases *who*; it is no longer what it was."""
        if len(who) == len(self.bulk):
            return other
        for name in ("spread", "bulk", "mates", "apart", "behind"):
            getattr(self, name)[who] = getattr(other, name)
        return self

    def copied(self) -> _UnderWay:
        """Another like it."""
        return _UnderWay(self.spread.copy(), self.bulk.copy(), self.mates.copy(), self.apart.copy(), self.behind.copy(), self.parts)

    def beside(self, other: _UnderWay, share: Floats) -> _UnderWay:
        """A *share* (R,) of this, together with what is left of *other*."""
        if (share == 1.0).all():
            return self

        def mixed(one: Floats, two: Floats) -> Floats:
            part = share.reshape(-1, *[1] * (one.ndim - 1))
            return np.asarray(part * one + (1.0 - part) * two)
        return _UnderWay(mixed(self.spread, other.spread), mixed(self.bulk, other.bulk), mixed(self.mates, other.mates),
                    mixed(self.apart, other.apart), mixed(self.behind, other.behind), self.parts)


def arrivals(plan: Plan, coming: Floats, served: Service, taken: Floats, batch: Floats) -> Arrivals:
    """Of *coming* (R, P) lots an hour, parts counted one by one, to tools that are *taken* (G,) of their time; runs take *batch* (P,) lots."""
    found = _Network(plan, coming, served, taken, batch, np.ones(len(taken))).solved()  # how long queues remember hangs on how variable they are
    return _Network(plan, coming, served, taken, batch, found.total).solved()


class _Network:
    """*share* (R, P) of what comes to a group; what else comes to each position, as it is found, of which *spread* (N, 1 + G) is of the releases
    *who* (N,) at the positions *at* (N,) only that visit them; *sources* (G, G + R) is the share of what comes to a group that was last at each
    other, or is of each release. Of what a group does to the lots that leave it, another sees the part *seen* (G, G), by how long either queue
    remembers, if what comes to it is about so *variable* (a fit to simulations of two tools in a row, of loads from 0.5 to 0.9); *many* (G, G) is the
    part of what makes the runs of several tools look like chance, which a queue sees that remembers no longer than they take."""

    def __init__(self, plan: Plan, coming: Floats, served: Service, taken: Floats, batch: Floats, variable: Floats) -> None:
        self.plan, self.served, self.batch = plan, served, batch
        groups, (releases, size) = len(plan.groups.names), coming.shape
        self.u, self.tools = np.clip(taken, 0.0, 0.999), plan.groups.count.astype(float)
        whole = np.bincount(plan.group_of, weights=coming.sum(axis=0), minlength=groups)
        self.share = coming / np.where(whole > 0, whole, 1.0)[plan.group_of]
        self.chances = self._chances()
        self.at, self.who = np.nonzero(self.chances.T > 0)
        self.ends = np.searchsorted(self.at, np.arange(size + 1)).tolist()
        self.spread = np.zeros((len(self.at), 1 + groups))
        self.bulk, self.mates, self.apart = np.ones((releases, size)), np.ones((releases, size)), np.zeros((releases, size))
        self.sources = np.zeros((groups, groups + releases))
        te = np.maximum(served.te, 1e-12)
        memory = np.maximum(variable + served.ce, 1e-3) * te / self.tools / (1.0 - self.u) ** 2
        self.seen = 1.0 / (1.0 + 0.76 * (self.u**3)[:, None] * (memory / memory[:, None]) ** 0.85)
        self.many = (1.0 - 1.0 / np.sqrt(self.tools))[:, None] / (1.0 + memory / (2.0 * te[:, None]))
        self.kept, self.given = (1.0 - self.share) ** 2, self.share * (2.0 - self.share - (self.u**2)[plan.group_of])
        self.behind = np.eye(groups, groups + releases)
        self.lasts = 1.0 - self.seen  # what a queue sees of what is before the group
        self.rough = self.seen * (self.u**2)[:, None] * (1.0 + (served.ce - 1.0)[:, None] * (1.0 - self.many))  # what it sees of the tools

    def _chances(self) -> Floats:
        """The share of what is on its way to each position that visits it, (R, P)."""
        route = self.plan.route
        onto = np.where(route.after >= 0, (route.reached * route.fails)[:, route.after], 1.0)
        return np.divide(route.reached, onto, out=np.zeros(onto.shape), where=onto > 0)

    def _walk(self) -> None:
        """Along the routes: what comes to each position, and what leaves it for the main way or the loop that it stands in."""
        route, chances = self.plan.route, self.chances
        loops, parts, everyone = set(route.after.tolist()), route.parts.tolist(), (chances == 1.0).all(axis=0).tolist()
        main, within, failed = self._released(), dict[int, _UnderWay](), dict[int, _UnderWay]()
        for p in np.flatnonzero(route.loop < 0).tolist():
            after = int(route.after[p])
            before = main if after < 0 else within.get(after) or failed.get(after)
            if before is None:  # rework of lots that were late, which has no closed form
                continue
            before, who = before.parted(parts[p]), self.who[self.ends[p] : self.ends[p + 1]]
            chance, came = chances[who, p], before.of(who)
            left = self._visited(p, who, came if everyone[p] else came.thinned(chance, bool(route.every[p])))
            if p in loops:
                failed[p] = before.copied().put(who, left.thinned(np.full(len(who), float(route.fails[p])), False)).copied()
            left = before.put(who, left if everyone[p] else left.beside(came, chance))
            if after < 0:
                main = left
            else:
                within[after] = left

    def _released(self) -> _UnderWay:
        releases, groups = self.plan.streams, len(self.tools)
        bulk = np.array([float(s.at_once) for s in releases])
        spread = np.zeros((len(releases), groups, 1 + groups))
        spread[:, :, 0] = np.array([s.interval.scv * s.at_once if s.interval is not None else 1.0 for s in releases])[:, None]
        return _UnderWay(spread, bulk, bulk.copy(), np.zeros(len(releases)), np.eye(len(releases), groups + len(releases), k=groups), 1)

    def _visited(self, p: int, who: Ints, came: _UnderWay) -> _UnderWay:
        """What *came* to position p, of the releases *who*, as it leaves."""
        g = int(self.plan.group_of[p])
        self.spread[self.ends[p] : self.ends[p + 1]] = came.spread[:, g]
        self.bulk[who, p], self.mates[who, p], self.apart[who, p] = came.bulk, came.mates, came.apart
        self.sources[g] += self.share[who, p] @ came.behind
        behind = np.repeat(self.behind[None, g], len(who), axis=0)
        if self.served.te[g] <= 0:
            return replace(came, behind=behind)
        k, m, q = float(self.batch[p]), self.tools[g], self.share[who, p]
        left = self.kept[who, p][:, None] * came.spread[:, g]  # (R, 1 + G); of the runs come what all lots and the tools give
        left[:, 1 + g] += self.given[who, p]
        spread = came.spread * self.lasts[g, :, None]
        spread += self.seen[g, :, None] * left[:, None, :]
        spread[:, :, 0] += (q * k)[:, None] * self.rough[g]
        if k > 1:
            bulk, mates, apart = np.full_like(came.bulk, k), np.full_like(came.mates, k), np.zeros_like(came.apart)
        else:
            bulk = np.minimum(came.bulk, m) if self.served.ce[g] == 0 else np.ones(len(q))
            mates, apart = came.mates, np.maximum(came.apart, self.served.te[g] / m)
        return _UnderWay(spread, bulk, mates, apart, behind, came.parts)

    def solved(self) -> Arrivals:
        """Each group's own variability, and with these all others."""
        self._walk()
        groups = len(self.tools)
        many = np.square(self.sources).sum(axis=1)
        own = 1.0 / (1.0 + (1.0 - self.u) ** 2 * (1.0 / np.where(many > 0, many, 1.0) - 1.0))
        mean, chance = np.zeros((groups, 1 + groups)), np.zeros(groups)
        visited, first = np.unique(self.at, return_index=True)
        if len(first):
            weighed = np.add.reduceat(self.share[self.who, self.at][:, None] * self.spread, first, axis=0)
            np.add.at(mean, self.plan.group_of[visited], weighed)
        np.add.at(chance, self.plan.group_of, (self.share * self.bulk).sum(axis=0))
        right = own * mean[:, 0] + (1.0 - own) * np.where(many > 0, chance, 1.0)
        total = np.maximum(np.linalg.solve(np.eye(groups) - own[:, None] * mean[:, 1:], right), 0.0)
        spread = np.zeros(self.share.shape)
        spread[self.who, self.at] = np.maximum(self.spread @ np.append(1.0, total), 0.0)
        return Arrivals(self.bulk, spread, self.mates, self.apart, total, own)
