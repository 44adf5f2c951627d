"""Works out how long lots wait for tools that are down: also where no lot is at work there, since all are in repair or being serviced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.effective_times import Service
from procsim.closed_form.outages import BUSY, CALENDAR, UP, Outage, outages, planned
from procsim.maths.arrays import Floats
from procsim.maths.markov import Failing, breaking_down
from procsim.maths.queues import by_chance
from procsim.planning.plan import Plan

STATES = 80
"""States of a group whose tools break down that are solved for at most: a moment's work."""


@dataclass(frozen=True, slots=True)
class DownWait:
    """What outages make of waiting for the tools of one group, in hours: *idle* for tools in repair while nobody is at work there, *serviced* for
    planned maintenance by the calendar; waiting but for that is *times* what formulas say, since tools fail."""

    idle: float = 0.0
    times: float = 1.0
    serviced: float = 0.0


def down_waits(plan: Plan, served: Service, taken: Floats) -> list[DownWait]:
    """Of every tool group, by utilisation *taken* (G,).

    With availability A by the calendar, all m tools are down with the chance (1 - A)^m, and the first is up after m_r·(1 + c_r²)/2m: exact for one
    tool. For several, what that and variability make of M/M/m is corrected to what the chain of such tools says, as far as it is small."""
    by_group = [list[Outage]() for _ in range(len(taken))]
    for one in outages(plan):
        by_group[one.group].append(one)
    count, work, away = plan.groups.count.tolist(), served.work.tolist(), planned(plan).tolist()
    several = {g: fails for g, m in enumerate(count) if m > 1 and work[g] > 0 and taken[g] > 0
               and (fails := [one for one in by_group[g] if one.counted in (BUSY, UP)])}
    times = _by_chain({g: _chain(fails, count[g], work[g], float(taken[g])) for g, fails in several.items()}, count)
    return [DownWait(_idle(own, m), times.get(g, 1.0), _serviced(own, m, off, u * (1.0 - off)))
            for g, (own, m, u, off) in enumerate(zip(by_group, count, taken.tolist(), away, strict=True))]


def _idle(own: Sequence[Outage], count: int) -> float:
    """Hours that a lot waits for *count* tools of which all are in repair while nobody is at work there."""
    at_rest = [one for one in own if one.counted == UP]
    stays, residual = sum(one.ratio for one in at_rest), sum(one.ratio * one.residual for one in at_rest)
    return (stays / (1.0 + stays)) ** count * residual / stays / count if stays > 0 else 0.0


def _chain(fails: Sequence[Outage], m: int, work: float, u: float) -> Failing:
    """The chain of *m* tools that have such failures and are taken for the share *u* of the time by runs of *work* hours."""
    often, idle = (sum(1.0 / one.every for one in of) for of in (fails, [one for one in fails if one.counted == UP]))
    mends = sum(one.ratio for one in fails) / often
    return Failing(u * m / (work * (1.0 + often * mends)), work, often, idle, mends)


def _by_chain(chains: Mapping[int, Failing], count: Sequence[int]) -> dict[int, float]:
    """What the chain of each group says of M/M/m with failures over what formulas say; nothing of those that have more than ``STATES`` states."""
    alike: dict[tuple[int, bool], list[int]] = {}
    for g, one in chains.items():
        m, busy = count[g], (count[g] + 1) * (count[g] + 2) // 2
        if (busy * (m + 3) // 3 + busy if one.breaks_idle > 0 else busy + m + 1) <= STATES:
            alike.setdefault((m, one.breaks_idle > 0), []).append(g)
    found = {}
    for (m, _), groups in alike.items():
        for g, wait in zip(groups, breaking_down(m, tuple(chains[g] for g in groups)), strict=True):
            formula = _formula(chains[g], m)
            found[g] = wait / formula if formula > 0 else 1.0
    return found


def _formula(of: Failing, m: int) -> float:
    """What formulas say of the wait for *m* such tools."""
    longer = of.takes * (1.0 + of.breaks * of.mends)
    varied = (longer**2 + of.takes * of.breaks * 2 * of.mends**2) / longer**2
    down = of.breaks_idle * of.mends / (1.0 + of.breaks_idle * of.mends)
    return (1.0 + varied) / 2 * by_chance(of.rate * longer / m, m, {1.0: 1.0})[0] * longer + down**m * of.mends / m


def _serviced(own: Sequence[Outage], m: int, away: float, works: float) -> float:
    """Hours that a lot waits on average for planned maintenance by the calendar of *m* tools, which are *away* for it for a share of the time that
    they are on, and work for a share *works*.

    Maintenance that takes σ of the time does not stop a lot, so that a tool which does not work is down for σ/(1 - ρ) of that time. What flows in
    meanwhile is more than m - 1 tools can do by a = 1 - m(1 - ρ), and waits σ·t/2 · a/(mρ(1 - ρ)) on average. Tools that are
    all down together are like one."""
    return sum(_for_service(one, away, works, 1 if one.together else m) for one in own if one.counted == CALENDAR)


def _for_service(one: Outage, away: float, works: float, m: int) -> float:
    """Mean hours of waiting for maintenance of one of *m* tools that work for a share *works* of the clock, and are planned to be *away* for
    another."""
    flows = max(1.0 - m * (1.0 - works), 0.0) / (m * works) if works > 0 and m > 1 else 1.0 if m == 1 else 0.0
    varied = one.scv / max(1.0 - works - away, 1e-3)
    gathers = one.away * one.hours / 2 * flows * (1.0 / (1.0 - works) + varied)
    return max(gathers, (one.away / (1.0 - works)) ** m * one.residual / m)


def at_rest(groups: int, by: Sequence[Outage]) -> tuple[Floats, Floats]:
    """Chance that a tool of each of so many *groups* that has nothing to do is down, (G,), and how many hours it then still is."""
    there, hours, weight = np.ones(groups), np.zeros(groups), np.zeros(groups)
    for one in by:
        if one.meets_idle:
            there[one.group] *= max(1.0 - one.away, 0.0)
            hours[one.group] += one.away * one.residual
            weight[one.group] += one.away
    return 1.0 - there, np.divide(hours, weight, out=np.zeros(groups), where=weight > 0)
