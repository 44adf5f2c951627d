"""Runs one replication of a plan: lots go through the line as its rules say, and the Run tells what tools and operators did."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from simpy.core import Environment

from procsim.engine.books import Books
from procsim.engine.build import begin, begin_shifts, build
from procsim.engine.diagnosis import fault_of, stall
from procsim.engine.engines import choice
from procsim.engine.events import Events, Watch
from procsim.engine.loops import Loop, OnSimpy
from procsim.engine.rules import COMPILED, words
from procsim.engine.rules.agenda import Agenda, Tuples
from procsim.engine.rules.entering import count_wip
from procsim.engine.rules.operators import there
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import become
from procsim.engine.snapshot import place, state
from procsim.engine.sources import Source
from procsim.engine.store import Objects
from procsim.engine.supply import Supply
from procsim.engine.view import LineView, Process
from procsim.errors import BalanceError
from procsim.lots.records import BLOCKED, INSIDE, PRODUCTIVE, SCHEDULED, SETTING_UP, STANDBY, STATES, Block, Run, ToolTimes
from procsim.maths.arrays import Floats
from procsim.maths.keyed_random import KeyedRandom
from procsim.planning.plan import HOUR, Plan


def simulate(plan: Plan, replication: int, sink: Callable[[Block], None], *, variable: bool = True, env: Environment | None = None,
             seed: int | None = None, over: Callable[[], bool] = lambda: False, events: Callable[[Events], None] | None = None,
             processes: Sequence[Process] = ()) -> Run:
    """One replication of *plan* to its horizon.

    Every block of lots goes to *sink* when all its lots have left, the rest at the end. With *variable* off every draw is its mean. *env* may
    hold other processes of the caller's; *processes* are begun there, and see the line. All that happens goes to *events*, if that is given, a
    block at a time. Raises InfeasibleError where the line comes to a stand, and StoppedError where *over*, asked every few milliseconds, says
    that it is enough.
    """
    random = KeyedRandom(plan.seed if seed is None else seed, replication) if variable else None
    loop: Loop
    if env is None and not processes and events is None and choice([plan], plan.replications)[0] == "numba":
        from procsim.engine.fast.loop import OnHeap

        loop = OnHeap(over)
    else:
        loop = OnSimpy(Environment() if env is None else env, over)
    line, draws, stops = build(plan, random, Agenda() if COMPILED else Tuples(), bool(processes))
    sources = [Source(plan, r, random) for r in range(len(plan.streams))]
    watch = Watch(line, events, len(plan.wip) if plan.wip is not None else 0) if events is not None else None
    books = Books(plan, Objects(line, len(plan.discipline.remembered)), sources, sink)
    supply = Supply(plan, draws, stops, books, watch)
    loop.faulty = lambda now: fault_of(plan, line, now)
    if isinstance(loop, OnSimpy):
        for process in processes:
            loop.env.process(process(loop.env, LineView(plan, line, loop, replication)))
    with _uncollected(), _told(watch):
        begin(line, plan.horizon_us)
        supply.begin()
        if plan.wip is not None:
            place(plan, supply, plan.wip)
        begin_shifts(line)
        loop.run(supply, plan.horizon_us)
        stalled, wip = stall(plan, line), state(plan, line, books, plan.horizon_us)
        books.close()
    clock = line.clock[0]
    count_wip(line, 0, plan.horizon_us)
    return Run(replication, _tool_times(plan, line), clock.wip_area / HOUR, clock.released, clock.lost, _pools(plan, line), wip,
               np.array(line.seen, dtype=float), stalled)


@contextmanager
def _told(watch: Watch | None) -> Iterator[None]:
    """All that happened has been passed on, however the block ends: of a line that is stuck one wants to see how it came to that."""
    try:
        yield
    finally:
        if watch is not None:
            watch.take(words.ALWAYS)


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


def _tool_times(plan: Plan, line: Line) -> ToolTimes:
    window = plan.horizon_us - plan.warmup_us
    for t, tool in enumerate(line.tools):
        become(line, t, tool.state, plan.horizon_us)
        if sum(tool.spent) != window:
            raise BalanceError(f"states of {plan.groups.names[tool.group]} {tool.number} sum to {sum(tool.spent)} of {window} µs")
    hours = np.array([tool.spent for tool in line.tools], dtype=float).reshape(len(line.tools), words.STATES) / HOUR
    hours[:, SCHEDULED] += hours[:, SETTING_UP]
    hours[:, STANDBY] += hours[:, BLOCKED]
    hours[:, PRODUCTIVE] += hours[:, INSIDE]
    group, failures, setups = (np.array([getattr(tool, name) for tool in line.tools], dtype=np.int64) for name in ("group", "failures", "changes"))
    return ToolTimes(hours[:, : len(STATES)], group, failures, hours[:, SETTING_UP], setups, hours[:, BLOCKED], hours[:, INSIDE])


def _pools(plan: Plan, line: Line) -> Floats:
    """What ``Run.pools`` holds."""
    now = plan.horizon_us
    found = [[*(us / HOUR for us in (pool.worked + pool.busy * now, pool.duty + there(line, p) * now, pool.waited + pool.waiting * now)), pool.called]
             for p, pool in enumerate(line.pools)]
    return np.array(found, dtype=float).reshape(-1, 4)
