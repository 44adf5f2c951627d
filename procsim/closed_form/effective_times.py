"""Plan in, effective process times out: how long a run takes with all that stops its tool, how much that varies, and what a tool that does nothing is
down (Hopp & Spearman, Factory Physics, ch. 8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.markov import breaking_down
from procsim.maths.queues import by_chance
from procsim.plan.plan import HOUR, PANEL, UNIT, WORK, Plan


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


def moments(plan: Plan, visit: Floats, scv: Floats, runs: Floats) -> tuple[Floats, Floats]:
    """Mean hours of a run of each group, (G,), and mean of their squares; *visit* (P,) hours with squared coefficient of variation *scv*, *runs* (P,)
    of them."""
    number, first, second = (np.bincount(plan.group_of, weights=of, minlength=len(plan.groups.names))
                             for of in (runs, runs * visit, runs * visit**2 * (1 + scv)))
    some = np.where(number > 0, number, 1.0)
    return np.asarray(first / some), np.asarray(second / some)


@dataclass(frozen=True, slots=True)
class Service:
    """Mean hours *te* of a run of each group, with all that stops its tool, and their squared coefficient of variation *ce*, (G,), *work* being the
    hours without that; the same of a visit to each position, (P,): hours *own* and the mean of their squares *second*."""

    work: Floats
    te: Floats
    ce: Floats
    own: Floats
    second: Floats


def service(plan: Plan, visit: Floats, scv: Floats, runs: Floats, panels: Floats, share: Floats, taken: Floats) -> Service:
    """Of runs of *visit* (P,) hours with squared coefficient of variation *scv*, *runs* (P,) of them of so many *panels* each, on tools that
    their shifts and operators are there for a *share* (G,) of the time, of which they are *taken* (G,) so much.

    A failure every m_f hours of work takes m_r: it adds m_r/m_f to an hour of work, and (c_f² + c_r²)·m_r²/m_f to its variance; maintenance every N
    panels comes after a run of n with the chance n/N; it comes so regularly that a busy tool's queue sees no more of that than the mean. (Failures
    by the calendar are like that while the tool works.)"""
    groups = len(plan.groups.names)
    te, second = moments(plan, visit, scv, runs)
    stretch, spread, after, varied = np.ones(groups), np.zeros(groups), np.zeros(groups), np.zeros(groups)
    for b in plan.groups.breakdowns:
        often, mttr = te[b.group] / (b.to_fail.mean / HOUR) if b.to_fail.mean > 0 else 0.0, b.to_repair.mean / HOUR
        stretch[b.group] += b.to_repair.mean / b.to_fail.mean if b.to_fail.mean > 0 else 0.0
        spread[b.group] += often * mttr**2 * (b.to_fail.scv + b.to_repair.scv)
    mean_panels = moments(plan, panels, np.zeros(len(panels)), runs)[0]
    for u in plan.groups.upkeep:
        if not u.every_us:
            often, takes = mean_panels[u.group] / u.every_panels, u.takes.mean / HOUR
            after[u.group] += often * takes
            varied[u.group] += takes**2 * (often % 1 * (1 - often % 1) * max(1.0 - taken[u.group], 0.0) + often * u.takes.scv)
    mean = te * stretch + after
    variance = (second - te**2) * stretch**2 + spread + varied
    ce = np.divide(variance, mean**2, out=np.zeros(groups), where=mean > 0)
    part = np.divide(visit, te[plan.group_of], out=np.zeros(len(visit)), where=te[plan.group_of] > 0)
    own = visit * stretch[plan.group_of] + after[plan.group_of]
    squares = own**2 + (visit * stretch[plan.group_of]) ** 2 * scv + part * spread[plan.group_of] + varied[plan.group_of]
    there = np.maximum(share, 1e-12)
    return Service(te, mean / there, np.maximum(ce, 0.0), own / there[plan.group_of], squares / there[plan.group_of] ** 2)


STATES = 80
"""States of a group whose tools break down that are solved for at most: a moment's work."""


def failing(plan: Plan, served: Service, taken: Floats) -> tuple[Floats, Floats]:
    """Hours that a lot waits for tools that are down while nobody is there, and by what all that lots wait where tools fail is to be multiplied,
    (G,); by utilisation *taken* (G,).

    With availability A by the calendar, all m tools are down with the chance (1 - A)^m, and the first is up after m_r·(1 + c_r²)/2m: exact for one
    tool. For several, what that and variability make of M/M/m is corrected to what the chain of such tools says, as far as it is small."""
    groups, count = len(plan.groups.names), plan.groups.count.astype(float)
    often, idle, down, residual, stays = (np.zeros(groups) for _ in range(5))  # failures an hour of work, and of standing idle; hours of repair
    for b in plan.groups.breakdowns:
        if b.to_fail.mean > 0:
            rate, mttr = HOUR / b.to_fail.mean, b.to_repair.mean / HOUR
            often[b.group] += rate
            down[b.group] += rate * mttr
            if not b.busy_clock:
                idle[b.group] += rate
                stays[b.group] += rate * mttr
                residual[b.group] += rate * mttr**2 * (1 + b.to_repair.scv) / 2
    waits = (stays / (1.0 + stays)) ** count * np.divide(residual, stays, out=np.zeros(groups), where=stays > 0) / count
    times = np.ones(groups)
    for g in np.flatnonzero((down > 0) & (count > 1) & (served.work > 0) & (taken > 0)).tolist():
        times[g] = _by_chain(float(served.work[g]), int(count[g]), float(taken[g]), (float(often[g]), float(idle[g])), float(down[g] / often[g]))
    return waits, times


def _by_chain(work: float, m: int, u: float, fails: tuple[float, float], mends: float) -> float:
    """What the chain says of M/M/m with failures over what formulas say; 1 where it has more than ``STATES`` states."""
    busy = (m + 1) * (m + 2) // 2
    if (busy * (m + 3) // 3 + busy if fails[1] > 0 else busy + m + 1) > STATES:
        return 1.0
    te = work * (1.0 + fails[0] * mends)
    varied = (work**2 * (1.0 + fails[0] * mends) ** 2 + work * fails[0] * 2 * mends**2) / te**2
    down = fails[1] * mends / (1.0 + fails[1] * mends)
    formula = (1.0 + varied) / 2 * by_chance(u, m, {1.0: 1.0})[0] * te + down**m * mends / m
    return breaking_down(u * m / te, work, m, fails, mends) / formula if formula > 0 else 1.0


def maintained(plan: Plan, taken: Floats) -> Floats:
    """Hours that a lot waits for planned maintenance by the clock, (G,), on average; *taken* (G,) is utilisation.

    Maintenance that takes σ of the time does not stop a lot, so that a tool which does not work is down for σ/(1 - ρ) of that time. What flows in
    meanwhile is more than m - 1 tools can do by a = 1 - m(1 - ρ), and waits σ·t/2 · a/(mρ(1 - ρ)) on average. Tools that are
    all down together are like one."""
    found, count = np.zeros(len(plan.groups.names)), plan.groups.count
    away = planned(plan)
    works = taken * (1.0 - away)
    for u in plan.groups.upkeep:
        if u.every_us:
            g = u.group
            found[g] += _maintained(u.takes.mean / u.every_us, float(away[g]), u.takes.mean / HOUR, u.takes.scv, float(works[g]),
                                    1 if u.together else int(count[g]))
    return found


def _maintained(share: float, away: float, takes: float, scv: float, works: float, m: int) -> float:
    """Mean hours of waiting for maintenance of *takes* hours, a *share* of the clock, of one of *m* tools that work for a share *works* of it, and
    are planned to be *away* for another."""
    flows = max(1.0 - m * (1.0 - works), 0.0) / (m * works) if works > 0 and m > 1 else 1.0 if m == 1 else 0.0
    varied = scv / max(1.0 - works - away, 1e-3)
    gathers = share * takes / 2 * flows * (1.0 / (1.0 - works) + varied)
    return max(gathers, (share / (1.0 - works)) ** m * takes * (1.0 + scv) / (2 * m))


def planned(plan: Plan) -> Floats:
    """Share of the time that a tool is on which maintenance by the clock takes, (G,)."""
    found = np.zeros(len(plan.groups.names))
    for u in plan.groups.upkeep:
        if u.every_us:
            found[u.group] += u.takes.mean / u.every_us
    return np.asarray(np.minimum(found / plan.groups.duty.on(), 1.0))
