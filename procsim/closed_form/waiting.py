"""Plan, visits and loads in, estimated waiting of each release stream at each position out.

How lots come is of ``arrivals``, how tools work of ``effective_times``, what they wait in one queue of
``customers``; and in this file what batches wait,
and what lots wait for a shift. Rules that ask for due dates, setups or work left are taken to serve as lots come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.arrivals import Arrivals, arrivals
from procsim.closed_form.batch_size import together
from procsim.closed_form.customers import CLASSES, Customers, in_turn, interrupting, shortest_first
from procsim.closed_form.effective_times import Service, failing, maintained, service, visit_scv
from procsim.maths.arrays import Floats, Ints
from procsim.maths.distributions import Gamma
from procsim.maths.markov import bulk_queue
from procsim.maths.queues import by_chance, lean
from procsim.plan.plan import HOUR, Plan
from procsim.plan.shifts import Shift

FULL = 0.999
"""Load that a queue is thought to have at most."""


def queues(plan: Plan, visit: Floats, batch: Floats, rate: float, taken: Floats, there: Floats, setup: Floats, manned: Floats) -> Floats:
    """Estimated waiting hours of a visit, (R, P), where lots come at *rate* an hour; *there* (P,) of each started come to a position, parts counted
    one by one, for visits of so many hours, *batch* (P,) of them in a run. *taken* (G,) is utilisation with repairs, *setup* (P,) the variance that
    setups add to a visit, *manned* (G,) as of ``Duty``. Where work is begun in a shift only, waiting goes on in the time off, and lots that come in
    at any time, from elsewhere than that shift, wait for it as of ``shift_wait``. What the parts of a lot wait for one another where they merge is
    left out."""
    route, found = plan.route, np.zeros((len(plan.streams), len(plan.group_of)))
    if rate <= 0:
        return found
    scv = visit_scv(plan, visit, setup)
    served = service(plan, visit, scv, there / batch, plan.lot_panels / route.parts * batch, plan.groups.duty.on() * manned, taken)
    left = np.divide(there, route.share, out=np.zeros(len(there)), where=route.share > 0)
    coming = rate * route.mix[:, None] * route.reached * left
    line = _Line(plan, coming, batch, scv, served, arrivals(plan, coming, served, taken, batch), np.minimum(taken, FULL),
                 *failing(plan, served, np.minimum(taken, FULL)), maintained(plan, np.minimum(taken, FULL)))
    for g in np.flatnonzero(served.te > 0).tolist():
        at = np.flatnonzero((plan.group_of == g) & (coming > 0).any(axis=0))
        if len(at) and line.taken[g] > 0:
            found[:, at] = _in_batches(line, g, at) if plan.groups.batch_max[g] else _one_by_one(line, g, at)
    return np.maximum(np.where(coming > 0, found + _for_shifts(plan, coming, line.taken), 0.0), 0.0)


@dataclass(frozen=True, slots=True)
class _Line:
    """What is known of the whole line: lots *coming* (R, P) an hour, *batch* (P,) of them in a run, *scv* (P,) of visits, *taken* (G,); what
    failures make of waiting by formula, as of ``failing``: *idle* and *times*, and the waiting for maintenance, *kept*, (G,)."""

    plan: Plan
    coming: Floats
    batch: Floats
    scv: Floats
    served: Service
    known: Arrivals
    taken: Floats
    idle: Floats
    times: Floats
    kept: Floats


def _one_by_one(line: _Line, g: int, at: Ints) -> Floats:
    """Of lots that run alone at group *g*, whose positions are *at*, (R, len(at))."""
    r, i = np.nonzero(line.coming[:, at])
    p = at[i]
    plan, rate, hours, scv = line.plan, line.coming[r, p], line.served.own[p], line.known.scv[r, p]
    load = line.taken[g] * rate * hours / float(rate @ hours)
    who = Customers(rate, hours, line.served.second[p], line.known.bulk[r, p], scv, load, int(plan.groups.count[g]), float(line.known.own[g]),
                    float(line.idle[g]), float(line.times[g]), float(line.kept[g]))
    rule, priority = plan.discipline.rule[g], np.array([float(plan.streams[n].priority) for n in r.tolist()])
    found = np.zeros((len(line.coming), len(at)))
    if rule == "priority":
        found[r, i] = (interrupting if plan.discipline.preempt[g] else in_turn)(who, priority)
    elif rule == "spt":
        found[r, i] = shortest_first(who, np.array([_times(line, n) for n in p.tolist()]))
    else:
        found[r, i] = in_turn(who, np.zeros(len(r)))
    return found


def _times(line: _Line, p: int) -> Floats:
    """``CLASSES`` times of a visit to position p that are as likely as each other, over their mean: by its law, where only one of its terms varies,
    or else as of a gamma of that variability."""
    terms = [term for term in line.plan.times.terms if term.step == p]
    vary = [term for term in terms if term.law.scv > 0 and term.law.mean * term.amount > 0]
    scv, at = float(line.scv[p]), (np.arange(CLASSES) + 0.5) / CLASSES
    if scv <= 0:
        return np.ones(CLASSES)
    if len(vary) == 1 and not vary[0].each:
        found = 1.0 + (vary[0].law.quantile(at) / vary[0].law.mean - 1.0) * math.sqrt(scv / vary[0].law.scv)
    else:
        found = Gamma(1.0, math.sqrt(scv)).quantile(at)
    found = np.maximum(found, 0.0)
    return np.asarray(found / found.mean())


def _in_batches(line: _Line, g: int, at: Ints) -> Floats:
    """Of lots that share the runs of group *g*, whose positions are *at*, (R, len(at)).

    What is more than waiting for company is scaled from exponential times by (ca²/k + ce²)/(1/k + 1): a run takes k lots of those that come, between
    the fewest and the mean. A lot waits for company of its kind, unless that comes with it: lots that ran together come to the next batch one after
    the other, as tools between let them. Of several kinds it also waits for the turn of its own, while all tools are busy: for a quarter of the
    runs of the others (a fit to simulations of three and eight kinds). Batches that the chain does not know wait for their members, and as runs
    do."""
    plan, te, ce = line.plan, float(line.served.te[g]), float(line.served.ce[g])
    u, m, ca = float(line.taken[g]), int(line.plan.groups.count[g]), float(line.known.total[g])
    lots, visited = float(line.coming[:, at].sum()), np.asarray((line.coming > 0).any(axis=0))
    found = np.zeros((len(line.coming), len(at)))
    for i, p in enumerate(at.tolist()):
        least, most, kinds = together(plan, p, visited)
        k = float(line.batch[p])
        if most > 1 and 0 < lots * te < most * m:
            alone, mates = kinds * (least - 1) / (2 * lots), line.known.mates[:, p]
            found[:, i] = np.where(mates >= least, np.minimum(alone, (least - 1) / 2 * line.known.apart[:, p]), alone)
            found[:, i] += _for_a_tool(lots, te, m, (least, most), ca, ce) + (kinds - 1) / (4 * m) * te * u ** math.sqrt(2 * (m + 1))
        else:
            runs = by_chance(u, m, {1.0: 1.0})[0] * te * (ca / k + ce) / 2 * lean(ca / k, ce, u, m)
            found[:, i] = runs + (k - 1) / (2 * float(line.coming[:, p].sum()))
    return found + float(line.idle[g] + line.kept[g])


def _for_a_tool(lots: float, te: float, m: int, batch: tuple[int, int], ca: float, ce: float) -> float:
    """Hours that *lots*, so many an hour, wait beyond company for one of *m* tools; runs take *te* hours, and the fewest and the most of *batch*."""
    least, most = batch
    wait, size = bulk_queue(lots, te, m, least, most)
    k = (least + size) / 2
    return (wait - (least - 1) / (2 * lots)) * (ca / k + ce) / (1 / k + 1)


def _for_shifts(plan: Plan, coming: Floats, taken: Floats) -> Floats:
    """Hours that lots which come from elsewhere wait for the shift in which work on them is begun, (R, P)."""
    duty, found = plan.groups.duty, np.zeros(coming.shape)
    clock, waits = duty.clock(), {}
    for r, row in enumerate(coming > 0):
        last = -1
        for p in np.flatnonzero(row).tolist():
            g = int(plan.group_of[p])
            if clock[g] not in (-1, last):
                if g not in waits:
                    waits[g] = shift_wait(duty.shifts[clock[g]], float(taken[g])) / HOUR
                found[r, p] = waits[g]
            last = clock[g]
    return found


TURNS = 1000
"""Cycles of a shift after which its queue is as it will be."""


def shift_wait(shift: Shift, u: float) -> float:
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
