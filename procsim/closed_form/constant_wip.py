"""Works out how fast the lots of a constant WIP go round, and where they wait.

The line is a closed queueing network: as many lots start as leave. ``network_stations`` says what its stations are, ``closed_network`` solves it.
Dispatch rules, and parts of lots that wait for one another, are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form.demand import demand
from procsim.closed_form.mean_flow import MeanFlow
from procsim.closed_form.network_stations import stations
from procsim.closed_form.setups import avoiding
from procsim.maths import closed_network
from procsim.maths.arrays import Floats
from procsim.planning.batches import never_fills
from procsim.planning.plan import Plan

NEAR, TURNS = 1e-7, 60
"""How near the rates must be that agree, and how often they are tried at most."""


@dataclass(frozen=True, slots=True)
class Steady:
    """*rates* (R,) lots of each release that start an hour; by position, (P,), hours of a visit in a *queue*, and of waiting for operators,
    *called*."""

    rates: Floats
    queue: Floats
    called: Floats

    @property
    def rate(self) -> float:
        """Lots that start an hour."""
        return float(self.rates.sum())


def steady(plan: Plan, lot: MeanFlow) -> Steady:
    """Of the line of *plan*, with a mean *lot*. Where what a lot takes depends on how many come, batches that grow and
    setups that are avoided, the rate is that at which both agree: between one at which more would go round and one at which fewer would (regula
    falsi)."""

    def at(rate: float) -> tuple[Steady, float]:
        found = _if(plan, lot, rate)
        return found, found.rate - rate

    if never_fills(plan):
        return _none(plan)
    found, over = at(0.0)
    if not _elastic(plan) or not 0 < over < math.inf:
        return found
    low, high = 0.0, over
    found, more = at(high)
    while more > NEAR * high:  # where batches grow, more go round than with the smallest
        low, high, over = high, 2.0 * high, more
        found, more = at(high)
    under = -more
    for turn in range(TURNS if under > NEAR * high else 0):
        middle = low + (high - low) * (over / (over + under) if turn % 3 else 0.5)
        found, more = at(middle)
        if abs(more) <= NEAR * middle:
            break
        low, high, over, under = (middle, high, more, under) if more > 0 else (low, middle, over, -more)
    return found


def _elastic(plan: Plan) -> bool:
    """Whether what a lot takes depends on how many come."""
    return bool((plan.groups.batch_min < plan.groups.batch_max).any() or avoiding(plan).any())


def _none(plan: Plan) -> Steady:
    """No lot goes round: all wait for ever."""
    return Steady(np.zeros(len(plan.streams)), np.full(len(plan.group_of), math.nan), np.zeros(len(plan.group_of)))


def _if(plan: Plan, lot: MeanFlow, rate: float) -> Steady:
    """If what a lot takes were that of so many lots an hour."""
    line = stations(plan, demand(plan, lot, rate))
    if not line.solvable:
        return _none(plan)
    net = line.network(still=False)
    found = closed_network.solve(net)
    lost, up = line.lost()
    if lost > 0 or up < 1:
        found = closed_network.slowed(found, closed_network.solve(line.network(still=True)), net, lost, up)
    rates, share = found.rates * line.on, found.rates / found.rates.sum()
    each = np.array([float(s.conwip) for s in plan.streams])
    rates = rates[0] * each / each.sum() if len(rates) < len(each) else rates
    return Steady(rates, *line.by_position(share @ found.wait + found.forming))


def of_mix(plan: Plan, solve: Callable[[Plan], Steady]) -> tuple[Plan, Steady]:
    """*plan* with its releases in the mix in which they go round, where they go different ways, and what *solve* finds of it."""
    found = solve(plan)
    if (plan.route.reached == plan.route.reached[0]).all() or not found.rate > 0:
        return plan, found
    for _ in range(TURNS):
        mix = found.rates / found.rate
        near = float(np.abs(mix - plan.route.mix).max()) < NEAR
        plan = replace(plan, route=replace(plan.route, mix=mix))
        if near:
            break
        found = solve(plan)
    return plan, found
