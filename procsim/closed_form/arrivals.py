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

from dataclasses import dataclass

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


_Corner = tuple[slice, slice]


@dataclass(slots=True)
class _UnderWay:
    """What is on its way, of one release, its lots in so many *parts*: *spread* (V, 1 + V), as each of the V groups that it visits would see it, is a
    number and what comes to it with the variability at each of these; *behind* (G + R,) the share that was last at each group, or is of each
    release; others as of ``Arrivals``. Of the spread only a *corner* counts: who still sees it, and, of where it has been, the rest being zeros."""

    spread: Floats
    bulk: float
    mates: float
    apart: float
    behind: Floats
    parts: int

    def thinned(self, share: float, by_number: bool, corner: _Corner) -> _UnderWay:
        """Another, of the *share* of it, by chance or *by_number*."""
        spread = np.zeros(self.spread.shape)
        spread[corner] = self.spread[corner] * share
        if share == 1.0:
            return _UnderWay(spread, self.bulk, self.mates, self.apart, self.behind, self.parts)
        if not by_number:
            spread[:, 0] += 1.0 - share
        bulk = max(self.bulk * share, 1.0) if by_number else 1.0 + (self.bulk - 1.0) * share
        return _UnderWay(spread, bulk, 1.0 + (self.mates - 1.0) * share, self.apart, self.behind, self.parts)

    def part(self, parts: int) -> None:
        """From now on, the same lots in so many *parts*."""
        if parts != self.parts:
            by = parts / self.parts
            self.spread *= by
            self.bulk, self.mates, self.parts = max(self.bulk * by, 1.0), max(self.mates * by, 1.0), parts

    def join(self, other: _UnderWay, share: float, corner: _Corner) -> None:
        """From now on, what is left of this together with a *share* of the *other*."""
        rest = 1.0 - share
        self.spread[corner] *= rest
        self.spread[corner] += share * other.spread[corner]
        self.bulk, self.mates = share * other.bulk + rest * self.bulk, share * other.mates + rest * self.mates
        self.apart, self.behind = share * other.apart + rest * self.apart, share * other.behind + rest * self.behind


class _Course:
    """The N positions at which a release visits V *groups*. As those who see what comes, these are *ahead*, (V,): who sees most of it, to the last,
    stands first. As those whence it comes they are *of* it, (V,), in the order in which it comes to them. At each position, (N,), it is with the
    *row*-th of those ahead and the *column*-th of those of it; when it goes on, it has *been* to so many, and so many are still *to_come*."""

    def __init__(self, groups: Ints) -> None:
        here = np.arange(len(groups))
        self.of, first, self.column = _in_order(groups)
        self.been = np.searchsorted(first, here, side="right")
        self.ahead, last, row = _in_order(groups[::-1])
        self.row, self.to_come = row[::-1], np.searchsorted(last, here)[::-1]

    def corner(self, i: int) -> _Corner:
        """What counts of a spread from the i-th position on: all who are there, or still to come, of all from which something may have come."""
        return slice(self.to_come[i] + 1), slice(self.been[i] + 1)


def _in_order(groups: Ints) -> tuple[Ints, Ints, Ints]:
    """The *groups* (N,), each once, in the order in which they come first; where that is; and which of these each of the N is."""
    names, first, which = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(first)
    return names[order], first[order], np.argsort(order)[which]


@dataclass(frozen=True, slots=True)
class _Between:
    """What the V groups that a release visits do to what others of them see, (V, V, 1) each, by the group that it leaves: the part that *lasts* of
    what comes, the part *seen* of what leaves, and, (V, V), how *rough* its tools make it; all by the rows of their ``_Course``."""

    lasts: Floats
    seen: Floats
    rough: Floats


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
        self.row = np.zeros(coming.shape, dtype=np.int64)
        self.row[self.who, self.at] = np.arange(len(self.at))
        self.spread = np.zeros((len(self.at), 1 + groups))
        self.bulk, self.mates, self.apart = np.ones((releases, size)), np.ones((releases, size)), np.zeros((releases, size))
        self.sources = np.zeros((groups, groups + releases))
        te = np.maximum(served.te, 1e-12)
        memory = np.maximum(variable + served.ce, 1e-3) * te / self.tools / (1.0 - self.u) ** 2
        self.seen = 1.0 / (1.0 + 0.76 * (self.u**3)[:, None] * (memory / memory[:, None]) ** 0.85)
        self.many = (1.0 - 1.0 / np.sqrt(self.tools))[:, None] / (1.0 + memory / (2.0 * te[:, None]))
        self.kept, self.given = (1.0 - self.share) ** 2, self.share * (2.0 - self.share - (self.u**2)[plan.group_of])
        self.behind, self.loops = np.eye(groups, groups + releases), set(plan.route.after.tolist())
        self.lasts = 1.0 - self.seen  # what a queue sees of what is before the group
        self.rough = self.seen * (self.u**2)[:, None] * (1.0 + (served.ce - 1.0)[:, None] * (1.0 - self.many))  # what it sees of the tools

    def _chances(self) -> Floats:
        """The share of what is on its way to each position that visits it, (R, P)."""
        route = self.plan.route
        onto = np.where(route.after >= 0, (route.reached * route.fails)[:, route.after], 1.0)
        return np.divide(route.reached, onto, out=np.zeros(onto.shape), where=onto > 0)

    def _along(self, r: int) -> None:
        """Along the route of release *r*: what comes to each position, and what leaves it for the main way or the loop that it stands in."""
        route, loops = self.plan.route, self.loops
        at = np.flatnonzero((self.chances[r] > 0) & (route.loop < 0))
        course = _Course(self.plan.group_of[at])
        pick = np.ix_(course.ahead, course.ahead)
        between = _Between(self.lasts[pick][:, :, None], self.seen[pick][:, :, None], self.rough[pick])
        main, within, failed = self._released(r, len(course.of)), dict[int, _UnderWay](), dict[int, _UnderWay]()
        spread, behind = np.zeros((len(at), 1 + len(course.of))), np.zeros((len(at), self.sources.shape[1]))
        ways = zip(at.tolist(), course.row.tolist(), course.column.tolist(), route.after[at].tolist(), route.parts[at].tolist(),
                   self.chances[r, at].tolist(), route.every[at].tolist(), strict=True)
        for i, (p, row, column, after, parts, chance, every) in enumerate(ways):
            before = main if after < 0 else within.get(after) or failed.get(after)
            if before is None:  # rework of lots that were late, which has no closed form
                continue
            before.part(parts)
            corner = course.corner(i)
            some = before if chance == 1.0 else before.thinned(chance, every, corner)
            spread[i], behind[i] = some.spread[row], some.behind
            self._visit(r, p, row, column, some, between, corner)
            if p in loops:
                failed[p] = some.thinned(float(route.fails[p]), False, corner)
            if some is not before:
                before.join(some, chance, corner)
            if after >= 0:
                within[after] = before
        self.spread[np.ix_(self.row[r, at], [0, *(1 + course.of).tolist()])] = spread
        np.add.at(self.sources, self.plan.group_of[at], self.share[r, at][:, None] * behind)

    def _released(self, r: int, groups: int) -> _UnderWay:
        """What is released of *r*, which visits so many *groups*."""
        stream, behind = self.plan.streams[r], np.zeros(self.sources.shape[1])
        behind[len(self.tools) + r] = 1.0
        spread = np.zeros((groups, 1 + groups))
        spread[:, 0] = stream.interval.scv * stream.at_once if stream.interval is not None else 1.0
        return _UnderWay(spread, float(stream.at_once), float(stream.at_once), 0.0, behind, 1)

    def _visit(self, r: int, p: int, row: int, column: int, way: _UnderWay, between: _Between, corner: _Corner) -> None:
        """Makes of what comes to position p on its *way*, of release *r*, what leaves it; its group has that *row* and *column* of the spread, of
        which the *corner* counts."""
        g = int(self.plan.group_of[p])
        self.bulk[r, p], self.mates[r, p], self.apart[r, p] = way.bulk, way.mates, way.apart
        way.behind = self.behind[g]
        te = float(self.served.te[g])
        if te <= 0:
            return
        k, m = float(self.batch[p]), float(self.tools[g])
        spread, who = way.spread[corner], corner[0]
        left = self.kept[r, p] * way.spread[row, corner[1]]  # of the runs come what all lots and the tools give
        left[1 + column] += self.given[r, p]
        spread *= between.lasts[row, who]
        spread += between.seen[row, who] * left
        spread[:, 0] += self.share[r, p] * k * between.rough[row, who]
        if k > 1:
            way.bulk, way.mates, way.apart = k, k, 0.0
        else:
            way.bulk = min(way.bulk, m) if self.served.ce[g] == 0 else 1.0
            way.apart = max(way.apart, te / m)

    def solved(self) -> Arrivals:
        """Each group's own variability, and with these all others."""
        for r in range(len(self.share)):
            self._along(r)
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
