"""Simulates states beside their bases on the same random numbers, in processes of their own: so many at once, so long each, and none that nobody
waits for any more."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from procsim.costs.totals import Totals
from procsim.engine.engines import prepare
from procsim.errors import StoppedError
from procsim.experiments.replicate import Job, one
from procsim.maths.numerals import number
from procsim.planning.plan import Plan
from procsim.results.diagnostics import blocked, nothing_done
from procsim.results.paired import Line
from procsim.serve.answer import Files, unchanged
from procsim.serve.desks import GRACE_S, Desks
from procsim.serve.limits import Limits
from procsim.serve.news import News
from procsim.serve.shown import COST, GOOD, LOAD, TIME, YIELD, signed
from procsim.serve.works import Subject, courteous
from procsim.tables.edits import CANNOT, SAME, load_change, whatif

LEFT_S = 20.0
"""A run of which nobody has asked for so long is ended: its page is gone."""
BASES = 4
"""Flows whose replications without edits are kept."""
LEAST = 2
"""Replications from which on there is an interval."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What a figure changes by when both are simulated: the difference, its interval, and a word where that is none that can be told."""

    metric: str
    change: str
    interval: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a run: *differences* of *done* of *wanted* replications, or *why* there are none. *ended*: no more come."""

    differences: tuple[Difference, ...]
    done: int
    wanted: int
    ended: bool
    why: str = ""


@dataclass
class Run:
    """A *subject* that is simulated on *desks*, beside what is *known* of its base, which grows. *asked* is when its page has asked for it last."""

    subject: Subject
    limits: Limits
    desks: Desks
    known: dict[int, Totals]
    asked: float = field(default_factory=time.monotonic)
    why: str = ""
    ended: bool = False
    _took: float = 0.0
    _found: dict[int, Totals] = field(default_factory=dict)
    _stopped: bool = False
    _news: News = field(default_factory=News)
    _task: asyncio.Task[None] | None = None

    @property
    def wanted(self) -> int:
        return self.subject.base.plan.replications

    def starts(self) -> None:
        self._task = asyncio.ensure_future(self._works())

    async def _works(self) -> None:
        """Simulates replication by replication, as many at once as there are processes, if nobody else wants one."""
        jobs = self._jobs()
        try:
            await asyncio.to_thread(prepare, [self.subject.base.plan])
            async with asyncio.TaskGroup() as group:
                for _ in range(self.limits.at_once):
                    group.create_task(self._simulates(jobs))
        except* StoppedError:  # time is up
            pass
        except* Exception as errors:
            self.why = str(errors.exceptions[0])
        finally:
            self.ended = True
            await self._news.tells()

    def _jobs(self) -> Iterator[Job]:
        """What is not known yet, when it is asked for: the base's replications before the edit's."""
        for n in range(self.wanted):
            if n not in self.known:
                yield 0, n
            if self.subject.point is not None:
                yield 1, n

    async def _simulates(self, jobs: Iterator[Job]) -> None:
        for which, n in jobs:
            if self._stopped or self.left:
                return
            took, totals = await self.desks.does(simulated, self._plan(which), n, self.limits.seconds - self._took)
            self._took += took
            (self._found if which else self.known)[n] = totals
            await self._news.tells()

    def _plan(self, which: int) -> Plan:
        base, point = self.subject.base.plan, self.subject.point
        return base if point is None or not which else replace(point.plan, seed=base.seed, replications=base.replications)

    @property
    def left(self) -> bool:
        """Whether nobody has asked for it for a while."""
        return self.subject.point is not None and time.monotonic() - self.asked > LEFT_S

    def stops(self) -> None:
        """Begins nothing more, since a newer state has taken its place, and breaks off what it is at if that takes long."""
        self._stopped = True
        if self._task is not None and not self._task.done():
            asyncio.get_running_loop().call_later(GRACE_S, self._task.cancel)

    def pairs(self) -> list[tuple[Totals, Totals]]:
        """Replications of which both are there."""
        return [(self.known[n], self._found[n]) for n in range(self.wanted) if n in self.known and n in self._found]

    async def waits(self, seen: int) -> Found:
        """What there is, once more pairs than were *seen* are there, or after a while."""
        self.asked = time.monotonic()
        await self._news.waits(lambda: self.ended or len(self.pairs()) > max(seen, LEAST - 1))
        ended = self.ended  # before the pairs are counted, of which more may come meanwhile
        return await asyncio.to_thread(self._told, self.pairs(), ended)

    def _told(self, pairs: Sequence[tuple[Totals, Totals]], ended: bool) -> Found:
        why = self.why
        if ended and len(pairs) < self.wanted and not why and not self._stopped:
            why = f"{self.limits.seconds:g} s were over after {len(pairs)} of {self.wanted} replications"
        point = self.subject.point
        if not pairs or point is None or (len(pairs) < LEAST and not ended):
            return Found((), len(pairs), self.wanted, ended, why)
        lines = [Line(one.plan, one.closed, [pair[p] for pair in pairs]) for p, one in enumerate((self.subject.base, point))]
        for line in lines:
            if stuck := blocked(line.plan, line.totals) or nothing_done(line.plan, line.totals, line.closed):
                return Found((), len(pairs), self.wanted, ended, stuck)
        return Found(tuple(_differences(*lines)), len(pairs), self.wanted, ended, why)


def simulated(plan: Plan, replication: int, seconds: float) -> tuple[float, Totals]:
    """One replication, and how long it took: so many *seconds* at most. (Runs in another process.)"""
    begun = time.monotonic()
    totals = one(plan, replication, deadline=begun + seconds)
    return time.monotonic() - begun, totals


def _differences(base: Line, other: Line) -> list[Difference]:
    """The five figures, each as its table has it."""
    table = whatif(base, other).set_index("metric")
    found = []
    for metric in (COST, GOOD, YIELD, TIME):
        if metric in table.index:
            row: Any = table.loc[metric]
            by = 100.0 if metric == YIELD else 1.0
            mean, low, high = (by * float(row[name]) for name in ("difference", "ci_low", "ci_high"))
            found.append(Difference(metric, signed(metric, mean) if mean else "0", _interval(metric, low, high), _verdict(str(row["verdict"]),
                                    float(row["replications_to_tell"]))))
    loads = load_change(base, other)
    busiest = loads[loads["bottleneck"].str.contains("edit")]
    if len(busiest):
        load, name = float(busiest["edit_load"].iloc[0]), str(busiest["tool_group"].iloc[0])
        found.append(Difference(LOAD, f"{number(100 * load, 3)} %", name.replace("_", " "), ""))
    return found


def _interval(metric: str, low: float, high: float) -> str:
    return f"{signed(metric, low)} to {signed(metric, high)}" if low == low and low != high else ""


def _verdict(told: str, replications: float) -> str:
    if told == CANNOT:
        return f"cannot tell; about {replications:.0f} replications would" if replications == replications else "cannot tell"
    return "the same" if told == SAME else told


class Simulator:
    """The runs of all pages: one a tab, of which a newer one takes the place of the one before."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.desks = Desks(limits.at_once, limits.seconds + 2 * GRACE_S, (courteous,))
        self._runs: OrderedDict[str, tuple[str, Run]] = OrderedDict()
        self._bases: OrderedDict[tuple[str, Files], dict[int, Totals]] = OrderedDict()

    def of(self, tab: str, query: str) -> Run | None:
        """The run of a tab, if it is that of the state *query* and of files that are as they were."""
        kept = self._runs.get(tab)
        return kept[1] if kept is not None and kept[0] == query and unchanged(kept[1].subject.before + kept[1].subject.files) else None

    def run(self, tab: str, query: str, flow: str, subject: Subject) -> Run:
        """Begins the run of a *subject* for a tab; another one that the tab had is ended. Without edits what is known of the base of *flow* grows, so
        that what is edited next has that already."""
        self.ends(tab)
        made = Run(subject, self.limits, self.desks, self._known(flow, subject))
        self._runs[tab] = query, made
        while len(self._runs) > 100:
            self._runs.popitem(last=False)[1][1].stops()
        made.starts()
        return made

    def ends(self, tab: str) -> None:
        """Ends what a tab's run is at, if it has one."""
        kept = self._runs.pop(tab, None)
        if kept is not None:
            kept[1].stops()

    def ends_all(self) -> None:
        self._runs.clear()
        self.desks.ends()

    def _known(self, flow: str, subject: Subject) -> dict[int, Totals]:
        """What is known of a base, which the runs of all its edits share."""
        key = flow, subject.before
        found = self._bases.pop(key, {})
        self._bases[key] = found
        while len(self._bases) > BASES:
            self._bases.popitem(last=False)
        return found
