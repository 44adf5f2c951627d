"""Works out how lots follow one another on their way round a line of constant WIP: how regularly they come, and how they gather to batches.

Variability of arrivals goes round as of the queueing network analyser (Whitt, Bell System Technical Journal 62, 1983), but that what leaves a
group of several tools is as regular as what comes and is done: where nothing varies, nothing does behind it either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.batch_size import STATES, Forming, bounds, formed
from procsim.maths.arrays import Bools, Floats
from procsim.maths.markov import bulk_queue
from procsim.planning.plan import HOUR, Plan


@dataclass(frozen=True, slots=True)
class Going:
    """*rate* lots start an hour, of *number* in the line. By position, (P,), so many of a lot are *there*, *batch* of them in a run, and one takes
    *moves* hours to it. By group, (G,), a run takes *te* hours, with the squared coefficient of variation *done*, and keeps a tool for *service*
    hours."""

    rate: float
    there: Floats
    batch: Floats
    moves: Floats
    te: Floats
    done: Floats
    service: Floats
    number: float


def regularity(plan: Plan, going: Going, service: Floats, done: Floats, own: float) -> Floats:
    """(ca² + ce²) / 2 of each group, (G,): ca² once what leaves the line is as regular as what comes into it. Runs keep a tool for *service* (G,)
    hours, and *done* (G,) is ce²; a lot takes *own* hours besides waiting."""
    size = len(service)
    runs = np.bincount(plan.group_of, weights=going.there / going.batch, minlength=size)
    each = runs * service / plan.groups.count
    rate = min(going.number / own, 1.0 / float(each.max()))
    load = np.minimum(rate * each, 1.0)
    first, second = (_round(plan, going, c, done, load, rate)[0] for c in (0.0, 1.0))
    again = first / (1.0 - second + first) if second - first < 1.0 - 1e-9 else 0.0
    come = _round(plan, going, again, done, load, rate)[1]
    there = np.bincount(plan.group_of, weights=going.there, minlength=size)
    mean = np.bincount(plan.group_of, weights=going.there * come, minlength=size) / np.where(there > 0, there, 1.0)
    return np.asarray((mean + done) / 2)


def _round(plan: Plan, going: Going, coming: float, done: Floats, load: Floats, rate: float) -> tuple[float, Floats]:
    """Squared coefficient of variation of the time between lots at the end of the line, if it is *coming* at its start, and between runs at each
    position, (P,); *done* (G,) is that of the time of a run. Lots that visit a position by chance are split from the others, and join them; a random
    transport makes lots under way come at random."""
    come, random = np.zeros(len(plan.group_of)), plan.times.transport
    for s in np.flatnonzero(going.there > 0).tolist():
        g, goes = int(plan.group_of[s]), min(float(plan.route.share[s]), 1.0)
        if random is not None and going.moves[s] > 0:
            under = rate * float(going.moves[s])
            coming += min(random.scv, 1.0) * under / (1.0 + under) * (1.0 - coming)
        mine = goes * coming + 1.0 - goes
        come[s] = mine / going.batch[s]
        kept = float(load[g]) ** 2 / math.sqrt(plan.groups.count[g])
        gone = (1.0 - kept) * mine + kept * going.batch[s] * float(done[g])
        coming = goes * gone + (1.0 - goes) * ((1.0 - goes) * coming + goes)
    return coming, come


@dataclass(frozen=True, slots=True)
class Gathered:
    """Hours that lots *wait*, (P,), in bulks that came out of a batch, and for batches that grow. By group: a batch forms once so many others are
    there as are *awaited*, which come *apart* hours from one another where they come together; whether its batches *grow* with the lots that wait,
    and *most* lots in one."""

    wait: Floats
    awaited: Floats
    apart: Floats
    grows: Bools
    most: Floats


def gathered(plan: Plan, going: Going) -> Gathered:
    """Once round to know how lots come to the first group, and once more. Lots that come out of a batch of k follow one another at the pace of the
    slowest tool since; a group that is visited again gathers as slowly as at the visit at which they come least together."""
    size = len(going.te)
    found = Gathered(np.zeros(len(plan.group_of)), np.zeros(size), np.zeros(size), np.zeros(size, dtype=bool), np.ones(size))
    at = np.flatnonzero(going.there > 0).tolist()
    bulk, since = 1.0, 0.0
    for _ in range(2 if plan.groups.batch_max[plan.group_of[at]].any() else 0):
        found.apart[:] = 0.0
        for s in at:
            bulk, since = _past(plan, going, s, bulk, since, found)
    return found


def _past(plan: Plan, going: Going, s: int, bulk: float, since: float, found: Gathered) -> tuple[float, float]:
    """How many lots come together, and how far apart, after position *s*, if so many do before it; what they wait for there goes into *found*."""
    g, batch = int(plan.group_of[s]), float(going.batch[s])
    pace = float(going.te[g]) / int(plan.groups.count[g])
    forms = _formed(plan, going, s)
    if forms.most > 1:
        grows = forms.least < forms.most
        apart = since / forms.kinds if bulk >= forms.least else math.inf
        found.grows[g], found.most[g] = grows, forms.most
        found.apart[g] = max(apart, float(found.apart[g]))
        found.awaited[g] = 0.0 if grows else forms.kinds * (forms.least - 1.0) / 2
        if grows:
            found.wait[s] = _growing(plan, going, s, forms, apart)
    elif bulk > 1:
        found.wait[s] = (bulk - 1.0) / 2 * max(pace - since, 0.0)
    return (batch, 0.0) if batch > 1 else (bulk, max(since, pace))


def _formed(plan: Plan, going: Going, s: int) -> Forming:
    """How batches form at position *s*: of no more lots than patience, and the lots in the line, let come together."""
    g = int(plan.group_of[s])
    if not plan.groups.batch_max[g]:
        return Forming()
    least, most = bounds(plan, s)
    most = min(most, max(int(going.number), 1))
    least = min(least, most)
    if plan.groups.wait_us[g] >= 0:
        least = min(least, math.floor(1.0 + _coming(plan, going, s) * int(plan.groups.wait_us[g]) / HOUR))
    return Forming(least, most, formed(plan, s, going.there > 0).kinds)


def _coming(plan: Plan, going: Going, s: int) -> float:
    """Lots an hour that come to the group of position *s*."""
    return going.rate * float(going.there[plan.group_of == plan.group_of[s]].sum())


def _growing(plan: Plan, going: Going, s: int, forms: Forming, apart: float) -> float:
    """Hours that a lot waits for a tool whose runs take more lots the more there are: as of exponential times, what is more than waiting for the
    forming of a batch as of their variability."""
    g = int(plan.group_of[s])
    tools, te = int(plan.groups.count[g]), float(going.service[g])
    lots = min(_coming(plan, going, s), 0.999 * forms.most * tools / te) if te > 0 else 0.0
    if lots <= 0:
        return 0.0
    least = max(min(forms.least, STATES // tools), 1)
    wait, size = bulk_queue(lots, te, tools, least, forms.most)
    alone = (least - 1) / (2 * lots)
    k, done = (least + size) / 2, float(going.done[g])
    return min(forms.kinds * alone, forms.kinds * (least - 1) / 2 * apart) + max(wait - alone, 0.0) * (done / k + done) / (1 / k + 1)
