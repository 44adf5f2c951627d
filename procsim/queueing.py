"""Plan, visit times and loads in, estimated waiting at each step out.

Wq = (ca² + ce²)/2 · u^(√(2(m+1))-1) / (m(1-u)) · te (Kingman; Sakasegawa 1977; Hopp & Spearman, Factory Physics, ch. 8), with the
variability of arrivals handed on from step to step.
"""

from __future__ import annotations

import math

import numpy as np

from procsim.plan.duty import Shift
from procsim.plan.shape import HOUR, PANEL, UNIT, WORK, Bools, Floats, Ints, Plan


def queues(plan: Plan, visit: Floats, batch: Floats, rate: float, taken: Floats, share: Floats, setup: Floats,
           manned: Floats) -> Floats:
    """Estimated waiting hours of a visit, position by position; *taken* (G,) is utilisation with repairs, *share* (P,) of lots come (each
    part of one counts), *setup* (P,) is the variance that setups add to a visit, *manned* (G,) as of ``Duty``. Where work is begun in a shift only,
    waiting goes on in the time off, and lots that come in at any time, from elsewhere than that shift, wait for it as of ``tide``.

    Batches wait as of ``bulk_queue``, what is more than waiting for company scaled from exponential times by (ca²/k + ce²)/(1/k + 1): a
    run takes k lots of those that come, between the fewest and the mean. A lot waits for company of its kind, unless that comes with it: lots that
    ran together come to the next batch one after the other, as tools between let them. Of several kinds it also waits for the turn of its own, while
    all tools are busy: for a quarter of the runs of the others (a fit to simulations of three and eight kinds). Batches that the chain does not know
    wait for their members, and as runs do. A batch sends its lots on in a bulk of k: the time between them then has k·scv + k - 1. So has that
    between the parts of lots, whose waiting for one another where they merge is left out."""
    groups, size = len(plan.groups.names), len(plan.group_of)
    scv = visit_scv(plan, visit, setup)
    te, second = moments(plan, visit, scv, share / batch)
    ce = np.divide(second, te**2, out=np.ones(groups), where=te > 0) - 1
    for b in plan.groups.breakdowns:
        g, down = b.group, b.to_repair.mean / b.to_fail.mean
        a, mttr = 1 / (1 + down), b.to_repair.mean / HOUR
        if te[g] > 0:
            ce[g] += (1 + b.to_repair.scv) * a * (1 - a) * mttr / te[g]
            te[g] /= a
    duty = plan.groups.duty
    clock, last = duty.clock(), -1
    te = te / np.maximum(duty.on() * manned, 1e-12)
    ca, before, parts = arrival_scv(plan), 1, plan.route.parts.tolist()
    bulk, apart = float(min(s.at_once for s in plan.streams)), 0.0  # lots that come one after the other, so many hours apart
    found = np.zeros(size)
    for s in np.flatnonzero(share > 0).tolist():
        g = int(plan.group_of[s])
        if parts[s] != before:
            ca = parts[s] * (ca / before + 1) - 1 if parts[s] > 1 else ca / before
            before = parts[s]
        u, m = min(taken[g], 0.999), float(plan.groups.count[g])
        into = ca / batch[s]
        least, most, kinds = together(plan, s, share > 0)
        lots = rate * float(share[plan.group_of == g].sum())
        if most > 1 and te[g] > 0 and 0 < lots * te[g] < most * m:
            own = kinds * (least - 1) / (2 * lots)  # for company of its kind
            found[s] = min(own, (least - 1) / 2 * apart) if bulk >= least else own
            found[s] += _for_a_tool(lots, te[g], int(m), (least, most), ca, ce[g])
            found[s] += (kinds - 1) / (4 * m) * te[g] * u ** math.sqrt(2 * (m + 1))
        else:
            found[s] = (into + ce[g]) / 2 * u ** (math.sqrt(2 * (m + 1)) - 1) / (m * (1 - u)) * te[g] if te[g] > 0 and rate > 0 else 0.0
            if batch[s] > 1 and rate > 0:
                found[s] += (batch[s] - 1) / (2 * rate * share[s])
        if clock[g] not in (-1, last) and rate > 0:
            found[s] += tide(duty.shifts[clock[g]], u) / HOUR
        last = clock[g]
        bulk, apart = (batch[s], 0.0) if batch[s] > 1 else (bulk, max(apart, te[g] / m))
        runs = 1 + (1 - u**2) * (into - 1) + u**2 * (ce[g] - 1) / math.sqrt(m)
        ca = max(batch[s] * runs + batch[s] - 1, 0.0)
    return np.maximum(found, 0.0)


def _for_a_tool(lots: float, te: float, m: int, batch: tuple[int, int], ca: float, ce: float) -> float:
    """Hours that *lots*, so many an hour, wait beyond company for one of *m* tools; runs take *te* hours, and the fewest and the most of *batch*."""
    least, most = batch
    wait, size = bulk_queue(lots, te, m, least, most)
    k = (least + size) / 2
    return (wait - (least - 1) / (2 * lots)) * (ca / k + ce) / (1 / k + 1)


def moments(plan: Plan, visit: Floats, scv: Floats, runs: Floats) -> tuple[Floats, Floats]:
    """Mean hours of a run of each group, (G,), and mean of their squares; *visit* (P,) hours with squared coefficient of variation *scv*, *runs* (P,)
    of them."""
    number, first, second = (np.bincount(plan.group_of, weights=of, minlength=len(plan.groups.names))
                             for of in (runs, runs * visit, runs * visit**2 * (1 + scv)))
    some = np.where(number > 0, number, 1.0)
    return np.asarray(first / some), np.asarray(second / some)


TURNS = 1000
"""Cycles of a shift after which its queue is as it will be."""


def tide(shift: Shift, u: float) -> float:
    """Mean wait, in µs, of lots that flow in at any time into a queue that flows out in *shift* only, of whose time they take the share *u*: what
    stands before its tools, over the inflow, once every cycle is like the last."""
    inflow, height, area, end = u * shift.share, 0.0, 0.0, 0.0
    for _ in range(TURNS):
        begun, area = height, 0.0
        for turn, span in enumerate(shift.spans):
            slope = inflow - ((turn % 2 == 0) == shift.on)
            end = height + slope * span
            area += (height + end) / 2 * span if end >= 0 else height**2 / -slope / 2
            height = max(end, 0.0)
        if height <= begun:
            break
    return area / (inflow * sum(shift.spans)) if inflow > 0 else 0.0


STATES = 400
"""States of an idle group that ``bulk_queue`` solves at most: a moment's work; beyond, batches are estimated as others are."""


def together(plan: Plan, s: int, visited: Bools) -> tuple[int, int, int]:
    """The fewest and the most lots that run together at position *s*, and how many kinds of them are kept apart; (1, 1, 1) where nobody shares a run,
    or the chain of ``bulk_queue`` does not say how: where a batch goes when patience ends, where some lots run with all others, or there are more
    than ``STATES`` states. *visited* (P,) are the positions that lots come to."""
    g = int(plan.group_of[s])
    panels = plan.lot_panels / plan.route.parts[s]
    most = max(math.floor(plan.groups.batch_max[g] / panels + 1e-9), 1)
    least = min(max(math.ceil(plan.groups.batch_min[g] / panels - 1e-9), 1), most)
    known = int(plan.groups.count[g]) * least <= STATES and (least == 1 or plan.groups.wait_us[g] < 0)
    if not known or (plan.discipline.guests[g] >= 0).any():
        return 1, 1, 1
    return least, most, len(_kinds(plan, np.flatnonzero((plan.group_of == g) & visited)))


def _kinds(plan: Plan, at: Ints) -> set[tuple[int, str]]:
    """What keeps lots apart that come to the positions *at*: the batch key and, where that asks for it, the product."""
    return {(int(plan.batch_key[p]), stream.product if plan.batch_product[p] else "")
            for p in at.tolist() for stream, reached in zip(plan.streams, plan.route.reached[:, p], strict=True) if reached > 0}


def bulk_queue(rate: float, takes: float, tools: int, least: int, most: int) -> tuple[float, float]:
    """Mean wait, and mean size of a run, where lots come by chance, *rate* of them per unit of time, and each of so many *tools* runs *least* to
    *most* of them together in a time that is exponential with the mean *takes*: M/M[a,b]/m. Needs rate · takes < most · tools.

    With all tools busy, n lots wait with a chance of C·rⁿ, r being the root below 1 of λ + mμ·r^(b+1) = (λ + mμ)·r; while some are idle, fewer than
    a wait, and the chances of these few states solve their balance equations (Neuts' general bulk service rule; Medhi, Stochastic Models in
    Queueing Theory, ch. 4, for one tool)."""
    work, r = 1.0 / takes, _root(rate, tools / takes, most)
    size = tools * least  # (busy tools j < m, waiting lots n < a) at j·a + n; last: C
    balance, right = np.zeros((size + 1, size + 1)), np.zeros(size + 1)
    for j in range(tools):
        for n in range(least):
            row = j * least + n
            balance[row, row] -= rate + j * work
            if row > 0:
                balance[row, row - 1] += rate  # one lot more waits, or, where n is 0, completes a batch that an idle tool takes: from (j - 1, a - 1)
            if j + 1 < tools:
                balance[row, row + least] += (j + 1) * work
            else:
                balance[row, size] += tools * work * r**n
    balance[size], right[size] = np.append(np.ones(size), 1.0 / (1.0 - r)), 1.0
    chance = np.linalg.solve(balance, right)
    waiting = float(chance[:size] @ (np.arange(size) % least)) + float(chance[size]) * r / (1.0 - r) ** 2
    starts = rate * float(chance[least - 1 : size : least].sum()) + tools * work * float(chance[size]) * r**least / (1.0 - r)
    return waiting / rate, rate / starts


def _root(rate: float, work: float, most: int) -> float:
    """The r below 1 with rate + work · r^(most + 1) = (rate + work) · r."""
    low, high = 0.0, 1.0 - 1e-12
    for _ in range(80):
        r = (low + high) / 2
        low, high = (r, high) if rate + work * r ** (most + 1) > (rate + work) * r else (low, r)
    return low


SELDOM = 0.01
"""Chance up to which a full buffer is thought never to be met."""


def may_fill(room: Ints, load: Floats) -> Bools:
    """Groups that have *room* for so many lots to wait (-1: for any number) and whose *load* is such that it may be full: as of exponential
    times, a lot more than room waits or is worked on with the chance load^(room + 1)."""
    return np.asarray((room >= 0) & (np.clip(load, 0.0, 1.0) ** (np.maximum(room, 0) + 1.0) > SELDOM))


def best_case(wip: Floats, rate: float, raw: float) -> Floats:
    """Throughput of a line that holds *wip* lots and never waits in vain: min(w/T0, rb), with rb the bottleneck's *rate* and T0 the
    *raw* process time (Hopp & Spearman, Factory Physics, ch. 7). Cycle time is *wip* over throughput (Little), here and below."""
    return np.minimum(np.asarray(wip, dtype=float) / raw, rate)


def practical_worst_case(wip: Floats, rate: float, raw: float) -> Floats:
    """Throughput w/(W0 + w - 1) · rb, with W0 = rb·T0: a balanced line of single machines as variable as an exponential."""
    lots = np.asarray(wip, dtype=float)
    return np.asarray(rate * lots / (max(rate * raw, 1.0) + lots - 1.0))


def worst_case(wip: Floats, raw: float) -> Floats:
    """Throughput 1/T0: all lots wait for one another at every station."""
    return np.full(len(wip), 1.0 / raw)


def relaxation(wait: float, u: float, m: int) -> float:
    """Time constant, in the unit of *wait*, with which a queue of load *u* at *m* machines forgets how it began; *wait* is its steady mean.

    τ = (ca² + ce²)·te / (2.8·m·(1 - √u)²) (Odoni & Roth, Operations Research 31, 1983), with the variability read back out of the wait.
    """
    if not 0 < u < 1:
        return math.inf if u >= 1 else 0.0
    spread = 2 * wait * (1 - u) / math.pow(u, math.sqrt(2 * (m + 1)) - 1)  # (ca² + ce²)·te / m
    return spread / (2.8 * (1 - math.sqrt(u)) ** 2)


def arrival_scv(plan: Plan) -> float:
    """Squared coefficient of variation of the time between releases; bulk release of k adds k - 1."""
    clocks = [s for s in plan.streams if s.interval is not None]
    if not clocks:
        return 1.0
    total = sum(s.at_once / s.interval.mean for s in clocks if s.interval is not None)
    return float(sum((s.interval.scv * s.at_once + s.at_once - 1) * s.at_once / s.interval.mean / total for s in clocks if s.interval is not None))


def visit_scv(plan: Plan, visit: Floats, setup: Floats) -> Floats:
    """Squared coefficient of variation of each step's time, *setup* being what setups add to its variance."""
    variance = setup.copy()
    slow, panels = plan.groups.duty.slowness()[plan.group_of], plan.lot_panels / plan.route.parts
    for term in plan.times.terms:
        amount = term.amount * (panels[term.step] if term.basis in (PANEL, UNIT) else 1) * (plan.units_per_panel if term.basis == UNIT else 1)
        mean = term.law.mean / HOUR * amount * (slow[term.step] if term.phase == WORK else 1.0)
        variance[term.step] += term.law.scv * (mean**2 / max(amount, 1e-300) if term.each else mean**2)
    square = visit**2  # 0 also of times that are as good as none
    return np.divide(variance, square, out=np.zeros_like(variance), where=square > 0)
