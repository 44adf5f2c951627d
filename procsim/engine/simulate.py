"""Plan, seed and replication in, Run out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

import numpy as np
from simpy.core import Environment

from procsim.engine.begin import state
from procsim.engine.calendar import Clock
from procsim.engine.line import Line
from procsim.engine.lot import Lot
from procsim.engine.staged import Staged
from procsim.engine.watch import run_to
from procsim.errors import BalanceError, InfeasibleError
from procsim.lots.records import BLOCKED, INSIDE, PRODUCTIVE, SCHEDULED, SETTING_UP, STANDBY, STATES, Block, Run, ToolTimes
from procsim.maths.arrays import Floats
from procsim.maths.keyed_random import KeyedRandom
from procsim.planning.plan import HOUR, Plan
from procsim.planning.shifts import NO_START


def simulate(plan: Plan, replication: int, sink: Callable[[Block], None], *, variable: bool = True, env: Environment | None = None,
             seed: int | None = None, over: Callable[[], bool] = lambda: False) -> Run:
    """One replication of *plan* to its horizon.

    Every block of lots goes to *sink* when all its lots have left, the rest at the end. With *variable* off every draw is
    its mean. *env* may hold other processes of the caller's. Raises InfeasibleError where the line comes to a stand, and
    StoppedError where *over*, asked every few milliseconds, says that it is enough.
    """
    random = KeyedRandom(plan.seed if seed is None else seed, replication) if variable else None
    env = Environment() if env is None else env
    with _uncollected():
        line = Line(plan, random, cast(Clock, env), sink)
        run_to(env, plan.horizon_us, over)
        stalled, wip = _stall(line), state(line)
        _write_down_waiting(line)
        for source in line.sources:
            source.close()
    seen = np.array(line.sampling.seen, dtype=float)
    return Run(replication, _tool_times(line), _wip(line), line.released, line.lost, _pools(line), wip, seen, stalled)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's cycle collector, which would look through all lots again and again for cycles that are not there, until
    the books have taken them in."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _write_down_waiting(line: Line) -> None:
    """Lots that wait or are worked on at the horizon leave a visit that has not ended, so that no waiting goes missing."""
    now = line.plan.horizon_us
    for queue in line.queues:
        for lot in queue.waiting():
            lot.visits += lot.arrived, now if lot.rest < 0 else lot.start, now
    for group in line.tools:
        for tool in group:
            for lot in [*tool.runs, *([lot for _, lot in tool.passing.lots] if tool.passing is not None else [])]:
                lot.visits += lot.arrived, lot.start, now
    if line.buffers is not None:
        line.buffers.close(now)
    if line.parts is not None:
        line.parts.close(now)


def _wip(line: Line) -> float:
    """∫ WIP dt over the window, in lot-hours."""
    line.count_wip(0, line.env.now)
    return line.wip_area / HOUR


def _tool_times(line: Line) -> ToolTimes:
    tools = [tool for group in line.tools for tool in group]
    window = line.plan.horizon_us - line.plan.warmup_us
    for tool in tools:
        tool.become(tool.state, line.env.now)
        if sum(tool.acc) != window:
            raise BalanceError(f"states of {line.plan.groups.names[tool.group]} {tool.number} sum to {sum(tool.acc)} of {window} µs")
    hours = np.array([tool.acc for tool in tools], dtype=float).reshape(len(tools), INSIDE + 1) / HOUR
    hours[:, SCHEDULED] += hours[:, SETTING_UP]
    hours[:, STANDBY] += hours[:, BLOCKED]
    hours[:, PRODUCTIVE] += hours[:, INSIDE]
    setups = [tool.setup.count if isinstance(tool, Staged) and tool.setup is not None else 0 for tool in tools]
    group, failures = (np.array([getattr(tool, name) for tool in tools], dtype=np.int64) for name in ("group", "failures"))
    return ToolTimes(hours[:, : len(STATES)], group, failures, hours[:, SETTING_UP], np.array(setups, dtype=np.int64), hours[:, BLOCKED],
                     hours[:, INSIDE])


def _pools(line: Line) -> Floats:
    """What ``Run.pools`` holds."""
    return np.array([[*(us / HOUR for us in pool.hours(line.env.now)), pool.called] for pool in line.pools], dtype=float).reshape(-1, 4)


def _stall(line: Line) -> str:
    """Why nothing more can happen though lots wait and tools stand free, or '' where all is well."""
    if line.wip == 0 or any(tool.runs or tool.down for group in line.tools for tool in group):
        return ""
    found = []
    for g, queue in enumerate(line.queues):
        lots = queue.waiting()
        if lots and line.idle[g]:
            name = line.plan.groups.names[g]
            if _picky(line, g):
                found += _no_shift_for(line, g, lots[0])
                continue
            if not line.batches[g]:
                continue
            panels = sum(lot.fills[lot.step] for lot in lots)
            step = line.plan.steps[line.plan.route.step[lots[0].step]]
            found.append(f"{len(lots)} lots ({panels:g} panels) wait at {name} for step {step}, whose batch needs "
                         f"{int(line.plan.groups.batch_min[g])} panels")
    if not found:
        return ""
    message = "; ".join(found)
    if all(source.stream.conwip for source in line.sources):
        raise InfeasibleError(f"the line starves: {message}; with a constant WIP of "
                              f"{sum(s.stream.conwip for s in line.sources)} lots no more will come. Raise conwip_lots or lower batch.min_panels")
    return message


def _picky(line: Line, g: int) -> bool:
    """Whether a group starts nothing that would not end within its shift."""
    duty = line.plan.groups.duty
    return bool(duty.shift[g] >= 0) and duty.shifts[duty.shift[g]].at_end == NO_START


def _no_shift_for(line: Line, g: int, lot: Lot) -> list[str]:
    """Why a lot waits for ever at such a group, where it does."""
    duty = line.plan.groups.duty
    able = [tool for tool in line.tools[g] if isinstance(tool, Staged) and lot.wanted in (-1, tool.number)]
    if any(tool.through([lot]) <= duty.shifts[duty.shift[g]].longest_us for tool in able):
        return []
    name, step = line.plan.groups.names[g], line.plan.steps[line.plan.route.step[lot.step]]
    return [f"a lot waits at {name} for step {step}, which takes longer than any shift of {name} lasts, and is to start only where it can end"]
