"""Solves a Plan in closed form: its yields, costs, loads and an estimate of its cycle time, in milliseconds.

Yield, direct cost, load and raw process time are exact means (with batches of fixed size); waiting is an estimate, as is how many lots a constant WIP
lets start. ``exactness`` says which figure of a plan is which.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from procsim.closed_form import constant_wip
from procsim.closed_form.capacity import OperatorLoads, ToolLoads, bottleneck_per_h, operator_loads, tool_loads
from procsim.closed_form.constant_wip import Steady
from procsim.closed_form.cycle_time import CycleTime, cycle_time, untimed
from procsim.closed_form.demand import demand
from procsim.closed_form.lot_cost import Costs, at_prices, costs
from procsim.closed_form.mean_flow import Flow, MeanFlow, flow, mean_flow
from procsim.closed_form.starts import Starts, half_clocked, released_per_h, starts
from procsim.maths.arrays import Floats
from procsim.planning.plan import HOUR, Plan
from procsim.quality.learning import Stay


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """What the closed form knows of a line: how many lots start, what becomes of one and what it costs, how loaded tools and operators are, and where
    its time goes. nan is what has no closed form."""

    starts: Starts
    flow: Flow
    costs: Costs
    tools: ToolLoads
    operators: OperatorLoads
    time: CycleTime

    @property
    def direct(self) -> float:
        """Direct cost per good unit, USD."""
        return self.costs.total / self.flow.good if self.flow.good > 0 else np.nan

    @property
    def loaded(self) -> float:
        """Fully loaded cost per good unit, USD: all that is paid by the hour, used or not."""
        good, lots_per_h = self.flow.good, self.starts.lots_per_h
        return self.costs.loaded(lots_per_h) / good if good > 0 and lots_per_h > 0 else np.nan

    @property
    def price(self) -> float:
        """Price per good unit, USD: the fully loaded cost and, below the line, the margin."""
        return self.loaded / (1.0 - self.costs.margin)

    @property
    def loads(self) -> Floats:
        """Of every tool group and, behind these, pool of operators, in the order of ``resource_names``."""
        return np.append(self.tools.load, self.operators.load)

    @property
    def steady(self) -> Floats:
        """Those loads as a long run has them."""
        return np.append(self.tools.steady, self.operators.steady)


def solve(plan: Plan, stay: Stay | None = None, *, timed: bool = True, lot: MeanFlow | None = None) -> ClosedForm:
    """All of it, from the Plan alone, or from what becomes of its mean *lot*, where that is known; if not *timed*, without ``time``, which takes most
    of the work. Where something is learned, lots leave as *stay* says, or else, lot by lot, after their own cycle time."""
    learns = stay is None and bool(plan.losses.learns.any())
    found = _solve(plan, stay or Stay(), timed or learns, lot)  # its cycle time says when the window's lots were released
    if learns:
        found = _solve(plan, stay_of(found), timed)
    return _of_unknown_mix(found, plan) if half_clocked(plan) else found


def _solve(plan: Plan, stay: Stay, timed: bool, known: MeanFlow | None = None) -> ClosedForm:
    """Where lots *stay* so long, *timed* or not; of the mean lot, where that is *known*."""
    rate, steady = released_per_h(plan), None
    if rate == 0.0:  # constant WIP: lots start as fast as others leave
        plan, steady = constant_wip.of_mix(plan, partial(_steady, stay=stay))
        rate = steady.rate
    lot = mean_flow(plan, stay) if known is None else known
    asked = demand(plan, lot, rate)
    most = bottleneck_per_h(plan, asked)
    if steady is not None:
        asked = replace(asked, rate=min(rate, most))
    tools, operators = tool_loads(plan, asked), operator_loads(plan, asked)
    return ClosedForm(starts(plan, asked.rate, most, tools.load), flow(plan, lot), costs(plan, lot, asked.takes), tools, operators,
                      cycle_time(plan, asked, tools, operators, steady) if timed else untimed(plan))


def _steady(plan: Plan, stay: Stay) -> Steady:
    """A constant WIP, with its releases in the mix of *plan*."""
    return constant_wip.steady(plan, mean_flow(plan, stay))


Part = TypeVar("Part", Starts, Flow, Costs, ToolLoads, OperatorLoads, CycleTime)


def _of_unknown_mix(closed: ClosedForm, plan: Plan) -> ClosedForm:
    """*closed* without what has no closed form where nobody knows how many lots of each release come: what is by the hour, and, where releases go
    different ways, what is of a lot. (What one visit takes is known all the same.)"""
    found = ClosedForm(
        _without(closed.starts, "lots_per_h"), closed.flow, closed.costs, _without(closed.tools, "load", "available", "needed"),
        _without(closed.operators, "load", "for_lots", "must", "room"),
        _without(closed.time, "queue_h", "stands_h", "release_h", "wait_h", "repair_h", "wip"))
    if (plan.route.reached == plan.route.reached[0]).all():
        return found
    return replace(
        found, starts=_without(found.starts, "bottleneck_per_h"), flow=_without(closed.flow, "finished", "good", "escapes", "infant", "lost"),
        costs=_without(closed.costs, "per_lot", "items", "amounts", "known_bad", "known_bad_usd", "skipped_usd"),
        time=_without(found.time, "raw_process_h", "move_h"))


def _without(part: Part, *figures: str) -> Part:
    """*part* with nan for its *figures*."""
    unknown: dict[str, Any] = {name: getattr(part, name) * np.nan for name in figures}
    return replace(part, **unknown)


def stay_of(closed: ClosedForm, evenly: bool = False) -> Stay:
    """How long lots stay in the line that *closed* describes: its cycle time, or, where that has none, the work alone."""
    return Stay(HOUR * (closed.time.cycle_h if closed.time.cycle_h > 0 else closed.time.raw_process_h), evenly)


def starting(closed: ClosedForm, lots_per_h: float) -> ClosedForm:
    """*closed* where so many lots start an hour; loads and waiting stay those of the lots that it was found of."""
    return replace(closed, starts=replace(closed.starts, lots_per_h=lots_per_h))


def repriced(closed: ClosedForm, plan: Plan) -> ClosedForm:
    """*closed* with the money of *plan*, which is otherwise the plan that it was found of."""
    return replace(closed, costs=at_prices(plan, closed.costs, closed.starts.mix, closed.tools.held_h))
