"""Works out where the time of a lot goes: work, waiting, transport, and what its tools are down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.closed_form import operators
from procsim.closed_form.capacity import OperatorLoads, ToolLoads
from procsim.closed_form.constant_wip import Steady
from procsim.closed_form.demand import Demand
from procsim.closed_form.mean_flow import transport_h
from procsim.closed_form.outages import off_per_hour
from procsim.closed_form.starts import clocked, lasting, level
from procsim.closed_form.waiting import queues
from procsim.maths.arrays import Floats
from procsim.maths.queues import may_fill
from procsim.planning.plan import Plan


@dataclass(frozen=True, slots=True)
class CycleTime:
    """Hours of a lot that is finished: *visit_h* (S,) of one visit to a step, *queue_h* (S,) that it waits for it, an estimate, and *stands_h* (S,)
    for operators, or in a tool that is in repair or off; on the whole way *raw_process_h* at work, *wait_h* in queues, *move_h* in transport, and
    *repair_h* as *stands_h*; in all *release_h* (R,), of each release. *wip* is in lots."""

    visit_h: Floats
    queue_h: Floats
    stands_h: Floats
    release_h: Floats
    raw_process_h: float
    wait_h: float
    move_h: float
    repair_h: float
    wip: float

    @property
    def cycle_h(self) -> float:
        """Estimated cycle time; nan where a queue grows without end, or a full buffer may block."""
        return self.raw_process_h + self.wait_h + self.move_h + self.repair_h


@dataclass(frozen=True, slots=True)
class _Delays:
    """Hours besides work, by position: a visit's *queue* (P,), of each release *each* (R, P), and *repairs* (P,), time off and waiting for operators
    in it; *moves* (R, P) to the position on the whole way."""

    each: Floats
    queue: Floats
    repairs: Floats
    moves: Floats


def untimed(plan: Plan) -> CycleTime:
    """Of a line whose times nobody asks for: nan throughout."""
    unknown = float("nan")
    by_step, by_release = np.full(len(plan.step_group), unknown), np.full(len(plan.streams), unknown)
    return CycleTime(by_step, by_step, by_step, by_release, unknown, unknown, unknown, unknown, unknown)


def cycle_time(plan: Plan, asked: Demand, tools: ToolLoads, pools: OperatorLoads, steady: Steady | None) -> CycleTime:
    """Of what is *asked* of the line, whose tools and operators are so loaded; waiting as *steady* says, where that is."""
    route, takes = plan.route, asked.takes
    delays = _delays(plan, asked, tools, pools, steady)
    if steady is not None:
        delays = _of_level(plan, asked, delays)
    passes, queue, repairs = np.maximum(route.by_step(route.share), 1e-300), delays.queue, delays.repairs
    cycle = (route.reached * (delays.each + takes.visit + repairs) + delays.moves).sum(axis=1)
    whole, moves = asked.there / route.parts, route.mix @ delays.moves
    wip = asked.rate * float((whole * (takes.visit + queue + repairs)).sum() + (_kept(plan, whole) * moves).sum())
    return CycleTime(
        visit_h=route.by_step(takes.visit * route.share) / passes, queue_h=route.by_step(queue * route.share) / passes,
        stands_h=route.by_step(repairs * route.share) / passes, release_h=cycle, raw_process_h=float(takes.visit @ route.share),
        wait_h=float(queue @ route.share), move_h=float(moves.sum()), repair_h=float(repairs @ route.share),
        wip=wip if lasting(plan, asked.rate) else np.nan)


def _delays(plan: Plan, asked: Demand, tools: ToolLoads, pools: OperatorLoads, steady: Steady | None) -> _Delays:
    route, down = plan.route, asked.down
    if steady is not None:
        each, called = np.tile(steady.queue, (len(plan.streams), 1)), steady.called
    else:
        each, called = queues(plan, asked, tools), operators.waiting(plan, asked.visits(plan), asked.takes.changes.hours, pools.load)
    if _endless(plan, tools, pools):
        each = np.full(each.shape, np.nan)
    queue = np.divide(route.mix @ (route.reached * each), route.share, out=np.zeros(len(called)), where=route.share > 0)
    repairs = asked.takes.visit * (down.busy + down.calendar + off_per_hour(plan))[plan.group_of] + called
    return _Delays(each, queue, repairs, transport_h(plan))


def _endless(plan: Plan, tools: ToolLoads, pools: OperatorLoads) -> bool:
    """Whether a queue grows without end, or a full buffer may block."""
    busiest = max((tools.load / np.maximum(tools.manned, 1e-12)).max(initial=0.0), (pools.load / pools.room).max(initial=0.0))
    return bool((clocked(plan) and busiest >= 1) or may_fill(plan.discipline.buffer, tools.load).any())


def _of_level(plan: Plan, asked: Demand, delays: _Delays) -> _Delays:
    """*delays* with waiting such that Little's law holds of the figures as they are printed, with as many lots in the line as constant WIP keeps."""
    whole, moves = asked.there / plan.route.parts, plan.route.mix @ delays.moves
    busy = float((asked.takes.visit + delays.repairs) @ whole + _kept(plan, whole) @ moves)
    spare = level(plan) / asked.rate - busy if asked.rate > 0 else 0.0
    waits = float(delays.queue @ whole)
    times = max(spare, 0.0) / waits if waits > 0 else 1.0
    return _Delays(delays.each * times, delays.queue * times, delays.repairs, delays.moves)


def _kept(plan: Plan, whole: Floats) -> Floats:
    """Share of the lots that would visit each position which is left when they do, (P,): *whole* (P,) of a lot started."""
    share = plan.route.share
    return np.divide(whole, share, out=np.zeros(len(whole)), where=share > 0)
