"""Simulates states beside their bases on the same random numbers, in processes of their own: so many at once, so long each, and none that nobody
waits for any more."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from procsim.costs.totals import Totals
from procsim.errors import InfeasibleError
from procsim.experiments.points import Point
from procsim.experiments.replicate import Conditions, Harvest, Job, Pool, gather
from procsim.maths.numerals import number
from procsim.planning.plan import Plan
from procsim.results.diagnostics import blocked, nothing_done
from procsim.results.paired import Line
from procsim.serve.answer import Answer
from procsim.serve.shown import COST, GOOD, LOAD, TIME, YIELD, signed
from procsim.tables.edits import CANNOT, SAME, load_change, whatif

LEFT_S = 20.0
"""A run of which nobody has asked for so long is ended: its page is gone."""
WAIT_S = 1.5
"""A page that asks is answered after so long at the latest, with what there is by then."""
BASES = 4
"""Flows whose replications without edits are kept."""
LEAST = 2
"""Replications from which on there is an interval."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What all pages together may ask of the machine: so many runs *at_once*, of so many *seconds* each."""

    at_once: int = 2
    seconds: float = 30.0


USUAL = Limits()


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
    """One state beside its base. *asked* is when its page has asked for it last."""

    base: Point
    point: Point
    limits: Limits
    known: dict[int, Totals]
    asked: float = field(default_factory=time.monotonic)
    harvest: Harvest = field(default_factory=Harvest)
    why: str = ""
    ended: bool = False
    begun: float = 0.0
    _pool: Pool | None = None
    _stopped: bool = False
    _news: threading.Condition = field(default_factory=threading.Condition)

    @property
    def plans(self) -> list[Plan]:
        return [self.base.plan, self.point.plan]

    @property
    def wanted(self) -> int:
        return self.base.plan.replications

    def starts(self, room: threading.Semaphore) -> None:
        threading.Thread(target=self._works, args=(room,), daemon=True).start()

    def _works(self, room: threading.Semaphore) -> None:
        """Waits for its turn, and then simulates, replication by replication, the base's before the edit's."""
        while not room.acquire(timeout=0.2):
            if self._stopped or self.left:
                return self._ends()
        try:
            if not (self._stopped or self.left):
                self._simulates()
        except InfeasibleError as error:
            self.why = str(error)
        except RuntimeError:  # a process that was killed, by this one or by the system
            self.why = "" if self._stopped else "the process that simulated was killed, perhaps for want of memory"
        finally:
            self._ends()
            room.release()
        return None

    def _simulates(self) -> None:
        self.begun = time.monotonic()
        pool = self._pool = Pool(1)
        if self._stopped:
            pool.halt.set()
        try:
            self.harvest.totals = {(0, n): totals for n, totals in self.known.items() if n < self.wanted}
            jobs: list[Job] = [(p, n) for n in range(self.wanted) for p in (0, 1) if (p, n) not in self.harvest.totals]
            plans = [self.plans[0], _alike(self.plans[1], self.plans[0])]
            gather(plans, jobs, Conditions(deadline=self.begun + self.limits.seconds), executor=pool, progress=self._progress, into=self.harvest)
        finally:
            pool.halt.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _progress(self, _: int) -> None:
        if self.left:
            self.stops()
        with self._news:
            self._news.notify_all()

    def _ends(self) -> None:
        with self._news:
            self.ended = True
            self._news.notify_all()

    @property
    def left(self) -> bool:
        """Whether nobody has asked for it for a while."""
        return time.monotonic() - self.asked > LEFT_S

    def stops(self) -> None:
        """Ends what it is at: a newer state has taken its place."""
        self._stopped = True
        if self._pool is not None:
            self._pool.halt.set()

    def pairs(self) -> list[tuple[Totals, Totals]]:
        """Replications of which both are there."""
        found = dict(self.harvest.totals)
        return [(found[0, n], found[1, n]) for n in range(self.wanted) if (0, n) in found and (1, n) in found]

    def waits(self, seen: int) -> Found:
        """What there is, once more pairs than were *seen* are there, or after a while."""
        self.asked = time.monotonic()
        end = self.asked + WAIT_S
        with self._news:
            while not self.ended and len(self.pairs()) <= max(seen, LEAST - 1) and time.monotonic() < end:
                self._news.wait(0.25)
        ended = self.ended  # before the pairs are counted, of which more may come meanwhile
        return self._found(self.pairs(), ended)

    def _found(self, pairs: Sequence[tuple[Totals, Totals]], ended: bool) -> Found:
        why = self.why
        if ended and len(pairs) < self.wanted and not why and not self._stopped:
            why = f"{self.limits.seconds:g} s were over after {len(pairs)} of {self.wanted} replications"
        if not pairs or (len(pairs) < LEAST and not ended):
            return Found((), len(pairs), self.wanted, ended, why)
        lines = [Line(point.plan, point.closed, [pair[p] for pair in pairs]) for p, point in enumerate((self.base, self.point))]
        for line in lines:
            if stuck := blocked(line.plan, line.totals) or nothing_done(line.plan, line.totals, line.closed):
                return Found((), len(pairs), self.wanted, ended, stuck)
        return Found(tuple(_differences(*lines)), len(pairs), self.wanted, ended, why)


def _alike(plan: Plan, base: Plan) -> Plan:
    """*plan* with the seed of the base."""
    return replace(plan, seed=base.seed, replications=base.replications)


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
        self._room = threading.Semaphore(limits.at_once)
        self._runs: OrderedDict[str, tuple[str, Run]] = OrderedDict()
        self._bases: OrderedDict[int, tuple[Plan, dict[int, Totals]]] = OrderedDict()
        self._lock = threading.Lock()

    def run(self, tab: str, answer: Answer) -> Run:
        """The run of that *answer* for that *tab*, begun if there is none yet; another one that the tab had is ended."""
        query = answer.state.query
        with self._lock:
            kept = self._runs.get(tab)
            if kept is not None and kept[0] == query and kept[1].base.plan is answer.base.plan:
                return kept[1]
            if kept is not None:
                self._keeps(kept[1])
                kept[1].stops()
            made = Run(answer.base, answer.point, self.limits, self._known(answer.base.plan))
            self._runs[tab] = query, made
            self._runs.move_to_end(tab)
            while len(self._runs) > 100:
                self._runs.popitem(last=False)[1][1].stops()
        made.starts(self._room)
        return made

    def ends(self, tab: str) -> None:
        """Ends what a tab's run is at, if it has one."""
        with self._lock:
            kept = self._runs.pop(tab, None)
            if kept is not None:
                self._keeps(kept[1])
                kept[1].stops()

    def ends_all(self) -> None:
        for tab in list(self._runs):
            self.ends(tab)

    def _known(self, plan: Plan) -> dict[int, Totals]:
        """What is known already of the base, whose replications are the same for every edit."""
        for _, kept in self._runs.values():
            self._keeps(kept)
        return dict(self._bases[id(plan)][1]) if id(plan) in self._bases else {}

    def _keeps(self, run: Run) -> None:
        """Keeps what a run has found of its base."""
        plan, found = self._bases.pop(id(run.base.plan), (run.base.plan, {}))
        found |= {n: totals for (p, n), totals in dict(run.harvest.totals).items() if p == 0}
        self._bases[id(plan)] = plan, found
        while len(self._bases) > BASES:
            self._bases.popitem(last=False)
