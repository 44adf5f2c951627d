"""Estimates how long lots of each release wait in queues, at each position of their route.

How lots come is worked out in ``arrivals``, how tools work in ``effective_times``, what they are down in ``down_tools``, and what lots wait in one
queue in ``customers``; what batches wait, and what lots wait for a shift, stands here. Rules that ask for due dates, setups or work left are taken to
serve as lots come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.arrivals import Arrivals, arrivals
from procsim.closed_form.batch_size import Forming, formed
from procsim.closed_form.capacity import ToolLoads
from procsim.closed_form.customers import CLASSES, Customers, as_they_come, in_turn, interrupting, shortest_first
from procsim.closed_form.demand import Demand
from procsim.closed_form.down_tools import DownWait, down_waits
from procsim.closed_form.effective_times import Runs, Service, service
from procsim.maths.arrays import Floats, Ints
from procsim.maths.distributions import Gamma
from procsim.maths.markov import bulk_queue
from procsim.maths.queues import by_chance, lean
from procsim.planning.plan import HOUR, Plan
from procsim.planning.shifts import Shift

FULL = 0.999
"""Load that a queue is thought to have at most."""


def queues(plan: Plan, asked: Demand, tools: ToolLoads) -> Floats:
    """Estimated waiting hours of a visit, (R, P), for what is *asked* of *tools*. Where work is begun in a shift only, waiting goes on in the time
    off, and lots that come in at any time, from elsewhere than that shift, wait for it as of ``shift_wait``. What the parts of a lot wait for one
    another where they merge is left out."""
    found = np.zeros((len(plan.streams), len(plan.group_of)))
    if asked.rate <= 0:
        return found
    line = _line(plan, asked, tools)
    release, at = np.nonzero(line.coming > 0)  # who comes where, group by group
    order = np.argsort(plan.group_of[at], kind="stable")
    release, at = release[order], at[order]
    come, ends = _come(line, release, at), np.searchsorted(plan.group_of[at], np.arange(len(line.taken) + 1)).tolist()
    for g in np.flatnonzero((line.served.te > 0) & (line.taken > 0)).tolist():
        mine = slice(ends[g], ends[g + 1])
        if ends[g] == ends[g + 1]:
            continue
        if plan.groups.batch_max[g]:
            here = np.unique(at[mine])
            found[:, here] = _in_batches(line, g, here)
        else:
            found[release[mine], at[mine]] = _one_by_one(line, g, release[mine], at[mine], come[:, mine])
    return np.maximum(np.where(line.coming > 0, found + _for_shifts(plan, line.coming, line.taken), 0.0), 0.0)


@dataclass(frozen=True, slots=True)
class _Line:
    """What is known of the whole line: lots *coming* (R, P) an hour, of which *runs* take several, how these are *served*, and how lots arrive,
    *known*; tools are *taken* (G,) of their time, at most ``FULL``, and *down* so much, of each group."""

    plan: Plan
    coming: Floats
    runs: Runs
    served: Service
    known: Arrivals
    taken: Floats
    down: list[DownWait]


def _line(plan: Plan, asked: Demand, tools: ToolLoads) -> _Line:
    """Of a line that so much is *asked* of."""
    route, runs, taken = plan.route, asked.entrances(plan), np.minimum(tools.utilisation, FULL)
    served = service(plan, runs, plan.groups.duty.on() * tools.manned, tools.utilisation)
    left = np.divide(asked.there, route.share, out=np.zeros(len(asked.there)), where=route.share > 0)
    coming = asked.rate * route.mix[:, None] * route.reached * left
    return _Line(plan, coming, runs, served, arrivals(plan, coming, served, tools.utilisation, runs.lots), taken, down_waits(plan, served, taken))


def _come(line: _Line, release: Ints, at: Ints) -> Floats:
    """What the queues know of lots of each *release* (N,) that come to positions *at* (N,): the first six columns of ``Customers``, (6, N)."""
    rate, hours, g = line.coming[release, at], line.served.own[at], line.plan.group_of[at]
    work = rate * hours
    load = line.taken[g] * work / np.maximum(np.bincount(g, weights=work, minlength=len(line.taken)), 1e-300)[g]
    return np.array([rate, hours, line.served.second[at], line.known.bulk[release, at], line.known.scv[release, at], load])


def _one_by_one(line: _Line, g: int, release: Ints, at: Ints, come: Floats) -> Floats:
    """Of lots of each *release* (N,) that run alone at group *g*, at its positions *at* (N,), and *come* so, (6, N)."""
    plan, rule = line.plan, line.plan.discipline.rule[g]
    rate, hours, second, bulk, scv, load = come
    who = Customers(rate, hours, second, bulk, scv, load, int(plan.groups.count[g]), float(line.known.own[g]), line.down[g])
    if rule == "priority":
        priority = np.array([float(stream.priority) for stream in plan.streams])[release]
        return (interrupting if plan.discipline.preempt[g] else in_turn)(who, priority)
    if rule == "spt":
        return shortest_first(who, np.array([_times(line, p) for p in at.tolist()]))
    return as_they_come(who)


def _times(line: _Line, p: int) -> Floats:
    """``CLASSES`` times of a visit to position p that are as likely as each other, over their mean: by its law, where only one of its terms varies,
    or else as of a gamma of that variability."""
    terms = [term for term in line.plan.times.terms if term.step == p]
    vary = [term for term in terms if term.law.scv > 0 and term.law.mean * term.amount > 0]
    scv, at = float(line.runs.scv[p]), (np.arange(CLASSES) + 0.5) / CLASSES
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

    What is more than waiting for the forming of a batch is scaled from exponential times by (ca²/k + ce²)/(1/k + 1): a run takes k lots of those that
    come, between the fewest and the mean. A lot waits for others of its kind, unless they come with it: lots that ran together come to the next batch
    one after the other, as tools between let them. Of several kinds it also waits for the turn of its own, while all tools are busy: for a quarter of
    the runs of the others (a fit to simulations of three and eight kinds). Batches that the chain does not know wait for their members, and as runs
    do."""
    plan, te, ce = line.plan, float(line.served.te[g]), float(line.served.ce[g])
    u, m, ca = float(line.taken[g]), int(line.plan.groups.count[g]), float(line.known.total[g])
    lots, visited = float(line.coming[:, at].sum()), np.asarray((line.coming > 0).any(axis=0))
    found = np.zeros((len(line.coming), len(at)))
    for i, p in enumerate(at.tolist()):
        forms = formed(plan, p, visited)
        k = float(line.runs.lots[p])
        if forms.most > 1 and 0 < lots * te < forms.most * m:
            alone, mates = forms.kinds * (forms.least - 1) / (2 * lots), line.known.mates[:, p]
            found[:, i] = np.where(mates >= forms.least, np.minimum(alone, (forms.least - 1) / 2 * line.known.apart[:, p]), alone)
            found[:, i] += _for_a_tool(lots, te, m, forms, ca, ce) + (forms.kinds - 1) / (4 * m) * te * u ** math.sqrt(2 * (m + 1))
        else:
            runs = by_chance(u, m, {1.0: 1.0})[0] * te * (ca / k + ce) / 2 * lean(ca / k, ce, u, m)
            found[:, i] = runs + (k - 1) / (2 * float(line.coming[:, p].sum()))
    return found + (line.down[g].idle + line.down[g].serviced)


def _for_a_tool(lots: float, te: float, m: int, forms: Forming, ca: float, ce: float) -> float:
    """Hours that *lots*, so many an hour, wait beyond the forming of batches for one of *m* tools; runs take *te* hours, and so many lots as a batch
    *forms* of."""
    wait, size = bulk_queue(lots, te, m, forms.least, forms.most)
    k = (forms.least + size) / 2
    return (wait - (forms.least - 1) / (2 * lots)) * (ca / k + ce) / (1 / k + 1)


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
