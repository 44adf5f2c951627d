"""Works out how long those wait who come to one tool group, by the rule that it serves them.

A customer finds work of those before it, waits for it, and for those that come later and go first. Under first come, first served, a moment at random
finds V = R + Σ ρ_j·W_j: a residual R of what is under way, and the work of those that wait. A customer finds W_i = V + β_i: in a bulk it waits
for those ahead of it, and one that comes more regularly than by chance finds fewer of its own stream, by (1 - c²)/2 (of the renewal function), each
with its work, as far as all tools are busy. With priorities each class waits for R, for who is ahead of it, and for those that come later and go
first (Cobham, Operations Research 2, 1954, where β is 0; Kella & Yechiali 1985 for several tools). R is such that first come, first served has the
mean wait of the GI/G/m queue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import mul

import numpy as np

from procsim.closed_form.down_tools import DownWait
from procsim.maths.arrays import Bools, Floats
from procsim.maths.queues import by_chance, in_bulk, lean

UP = DownWait()
"""Of tools that are never down."""


@dataclass(frozen=True, slots=True)
class Customers:
    """Of N kinds, (N,): *rate* an hour, mean *hours* of service and the mean of their squares *second*; so many come in a *bulk*, and the time
    between bulks has the squared coefficient of variation *scv*. *load* is their share of the time of *tools*; *own* which part of how much
    they differ from chance is left when they are superposed, and *down* what outages of the tools make of waiting."""

    rate: Floats
    hours: Floats
    second: Floats
    bulk: Floats
    scv: Floats
    load: Floats
    tools: int
    own: float
    down: DownWait = UP

    def only(self, these: Bools) -> Customers:
        """*these* (N,), as if the others were not there."""
        return replace(self, rate=self.rate[these], hours=self.hours[these], second=self.second[these], bulk=self.bulk[these],
                       scv=self.scv[these], load=self.load[these])


def as_they_come(who: Customers) -> Floats:
    """Hours that each of N kinds waits, (N,), under first come, first served."""
    mean, beta = _first_come(who)
    return _of_all(mean, beta, who.load)


def in_turn(who: Customers, rank: Floats) -> Floats:
    """Hours that each of N kinds waits, (N,), where the lowest *rank* (N,) goes first, equals as they come, and nobody is interrupted."""
    mean, beta = _first_come(who)
    return _by_class(mean, beta, who.load, rank)


def _by_class(mean: float, beta: Floats, load: Floats, rank: Floats) -> Floats:
    """The same of a *mean* wait in the order of arrival, to which each kind's own way of coming adds *beta* (N,)."""
    if (rank == rank[0]).all():
        return _of_all(mean, beta, load)
    found, u = np.zeros(len(rank)), float(load.sum())
    shift = float(load @ beta) / u
    ahead = (1.0 - u) * mean - shift  # what is under way, and waits and goes first
    above = 0.0
    for level in np.unique(rank).tolist():
        mine = rank == level
        loaded = float(load[mine].sum())
        own = beta[mine] * np.sqrt((above + loaded) / u)  # it comes at tools that are free for it more often: half way between all and its own load
        waits = (loaded * ahead + float(load[mine] @ own)) / (1.0 - above - loaded)
        found[mine] = (ahead + waits + own) / (1.0 - above)
        ahead, above = ahead + waits, above + loaded
    return np.maximum(found, 0.0)


def _of_all(mean: float, beta: Floats, load: Floats) -> Floats:
    """The same where nobody goes first."""
    return np.asarray(np.maximum(mean - float(load @ beta) / float(load.sum()) + beta, 0.0))


CLASSES = 64
"""Classes of process times that are told apart where the shortest goes first."""


def shortest_first(who: Customers, times: Floats) -> Floats:
    """Hours that each of N kinds waits, (N,), where the shortest goes first (Phipps 1956): *times* (N, ``CLASSES``) are as likely as each other,
    with a mean of 1 in each row."""
    mean, beta = _first_come(who)
    load = (who.load[:, None] * times / times.shape[1]).ravel()
    rank = (who.hours[:, None] * times).ravel()
    return np.asarray(_by_class(mean, np.repeat(beta, times.shape[1]), load, rank).reshape(times.shape).mean(axis=1))


def interrupting(who: Customers, rank: Floats) -> Floats:
    """Hours that each of N kinds waits, (N,), interruptions included, where the lowest *rank* (N,) goes first and work that it interrupts is resumed:
    with one tool, as if those behind were not there, made longer by all that goes first; with several, as much as those behind add to what all up to
    them wait (exact for M/M/m of one mean time)."""
    found, above, before = np.zeros(len(rank)), 0.0, 0.0
    for level in np.unique(rank).tolist():
        up_to, mine = who.only(rank <= level), rank == level
        waits = in_turn(up_to, np.zeros(len(up_to.rate)))
        if who.tools == 1:
            found[mine] = (waits[mine[rank <= level]] + who.hours[mine] * above) / (1.0 - above)
        else:
            waiting = float(up_to.rate @ waits)
            own = waits[mine[rank <= level]]
            share = who.rate[mine] / who.rate[mine].sum()
            found[mine] = max(waiting - before, 0.0) / who.rate[mine].sum() + own - share @ own
            before = waiting
        above += float(who.load[mine].sum())
    return np.maximum(found, 0.0)


def _first_come(who: Customers) -> tuple[float, Floats]:
    """Mean wait of an hour of work, in the order of arrival, and what each kind's way of coming adds, (N,).

    That of M^[X]/M/m but for who is ahead in the same bulk, times the variability of the work that comes, over that of chance; corrected as of
    ``queues.lean``. Exact where bulks come by chance to one tool (M^[X]/G/1), and for M/M/m."""
    rate, hours, second, k, scv, load = (of.tolist() for of in (who.rate, who.hours, who.second, who.bulk, who.scv, who.load))
    u, m, total = sum(load), who.tools, sum(rate)  # few kinds, for which lists are quicker than arrays
    share = [one / total for one in rate]
    te = _dot(share, hours)
    ce = max(_dot(share, second) / te**2 - 1.0, 0.0)
    weight = [part * (each / te) ** 2 for part, each in zip(share, hours, strict=True)]
    bulks: dict[float, float] = {}
    for size, part in zip(k, share, strict=True):
        bulks[size] = bulks.get(size, 0.0) + part
    markov, busy = by_chance(u, m, bulks)
    ahead = [in_bulk(size, m) for size in k]
    per = te * max(markov - _dot(share, ahead), 0.0) / (1.0 + _dot(share, k))
    unlike = [size * (one - 1.0) for size, one in zip(k, scv, strict=True)]
    chance, differs, many = 1.0 + ce + _dot(weight, [size - 1.0 for size in k]), _dot(weight, unlike), _dot(weight, k)
    random = per * chance * lean(1.0, ce, u, m)
    renewal = per * max(chance + differs, 0.0) * lean(max(1.0 + differs / many, 0.0), ce, u, m, _dot(share, k))
    queue, down = random + who.own * (renewal - random), who.down
    before = [place * each for place, each in zip(ahead, hours, strict=True)]
    mean = _dot(load, before) / u + down.times * (queue + down.idle) + down.serviced
    found = [place + who.own * busy * each * one / (2 * m) for place, each, one in zip(before, hours, unlike, strict=True)]
    return mean, np.array(found)


def _dot(one: list[float], two: list[float]) -> float:
    return float(sum(map(mul, one, two)))
