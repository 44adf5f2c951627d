"""Searches a space for the best trial: all of its points where these are few, tools as lines are sized, else generations, and one by one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from procsim.errors import InfeasibleError, Problem, RecipeError, StoppedError
from procsim.experiments.by_counts import by_counts, counted
from procsim.experiments.halting import give_up
from procsim.experiments.origin import Origin, origin
from procsim.experiments.points import Evaluator
from procsim.experiments.processes import Workers
from procsim.experiments.space import NONE, WITH, Space, Variable, files_of, standing
from procsim.experiments.trials import Batch, Cells, Goal, Trial, batch, equipped, tried
from procsim.maths.arrays import Floats
from procsim.maths.evolution import evolve
from procsim.planning.plan import Plan
from procsim.recipe.changes import blamed

START = "start"
"""How the trial came about of the flow as it stands."""
EVOLVED = 0.7
"""Share of the trials that are left to generations, before one variable is moved at a time."""
STALE = 25
"""Generations in which nothing better, or nothing new, is found: then another population begins, ``POPULATIONS`` in all at most."""
POPULATIONS = 4
REACH = 8
"""One variable at a time: moved by a half of its range, a quarter, and so on, so many times halved."""
AT_ONCE = 64
"""Points of a batch where all are tried."""
MISSED, ILLEGAL = 1e30, 1e60
"""What stands for a figure where limits are broken, times by how much; and where there is none."""


@dataclass
class Search:
    """A *flow* in its *space*, of which at most *most* points are tried for the *goal*, by *pool* or here, until a *deadline*, a reading of
    time.monotonic()."""

    flow: Evaluator
    space: Space
    goal: Goal
    most: int
    seed: int
    pool: Workers | None = None
    jobs: int = 1
    deadline: float = math.inf
    progress: Callable[[int, int], None] = lambda *_: None
    found: dict[Cells, Trial] = field(default_factory=dict)
    flows: dict[tuple[str, ...], tuple[int, Evaluator | str]] = field(default_factory=dict)
    origins: tuple[Origin, ...] = ()
    stopped: str = ""
    how: str = ""
    proven: bool = False

    def run(self) -> None:
        """Seeks the best; where a user interrupts, or time is up, what was found by then is kept."""
        try:
            self._run()
        except KeyboardInterrupt:
            self.stopped = "interrupt"
        except StoppedError:
            self.stopped = "time"
        if self.stopped:
            self.how, self.proven = f"{len(self.found)} trial{'s' if len(self.found) != 1 else ''}, and then it was stopped", False
            if self.pool is not None:
                give_up(self.pool, ())

    def _run(self) -> None:
        self.tried([self.start], START)
        if self.space.size <= self.most:
            self._enumerate()
            return
        if (counts := counted(self.space, self.flow, self.goal)) is not None and self._count(counts):
            return
        self._evolve(int(EVOLVED * self.most), 0, self.start)
        self._one_by_one(self.best.cells)
        self._one_by_one(self.start)
        for population in range(1, POPULATIONS):
            self._evolve(self.most, population, self.best.cells)
            self._one_by_one(self.best.cells)
        self.how = (f"{len(self.found)} trials, by differential evolution and then one variable at a time: that nothing is better than the best of "
                    "these is not proven")

    def _count(self, counts: Sequence[int]) -> bool:
        """Numbers of tools as lines are sized, for each of the other choices; whether any will do."""
        known = []
        for one in by_counts(self.space, counts, self.goal, self.flow, self._hasten):
            known.append(one)
            self.found |= {trial.cells: trial for trial in one.trials}
            if not one.trials:
                self.tried([one.most], "the most tools")
            self.progress(len(self.found), max(self.most, len(self.found)))
        best = next((one for one in known if self.best.cells in {trial.cells for trial in one.trials}), None)
        if best is None or not self.best.will_do:
            return False
        choices = f", for each of {len(known)} other choices" if len(known) > 1 else ""
        self.how, self.proven = f"numbers of tools as a line is sized{choices}: {best.how}", all(one.proven for one in known)
        return True

    def _hasten(self) -> None:
        if time.monotonic() > self.deadline:
            raise StoppedError("time is up")

    def _enumerate(self) -> None:
        """All points."""
        cells = list(self.space.points())
        for first in range(0, len(cells), AT_ONCE):
            self.tried(cells[first:first + AT_ONCE], "one of all", budget=False)
        self.how, self.proven = f"all {len(cells)} points: there is none better among them", True

    @property
    def start(self) -> Cells:
        """The flow as it stands, or what is nearest to it in the space."""
        found = []
        for one in self.space.variables:
            own = NONE if one.name == WITH else standing(self.flow.recipe, one.addresses[0])
            found.append(one.cell(one.share(own)) if one.span is None or own else one.cell(0.5))
        return tuple(found)

    @property
    def best(self) -> Trial:
        """The best so far, or what misses the limits by least; of equal ones the first."""
        return min(self.found.values(), key=self.value)

    def value(self, trial: Trial) -> float:
        """What is to be least: the figure, or, since that counts first, by how much limits are missed (Deb, Computer Methods in Applied Mechanics and
        Engineering 186 (2000) 311-338). To ten digits: what rounding alone keeps apart is equal."""
        if trial.will_do:
            return float(f"{trial.figures[self.goal.figure]:.10g}") * (-1 if self.goal.maximise else 1)
        return ILLEGAL if trial.broken == np.inf else MISSED * (1 + min(trial.broken, 1e20))

    @property
    def left(self) -> int:
        return self.most - len(self.found)

    def tried(self, points: Sequence[Cells], how: str, budget: bool = True) -> list[Trial | None]:
        """The trials of *points*, those of them new that the number of trials allows; None of others."""
        fresh = [cells for cells in dict.fromkeys(points) if cells not in self.found]
        fresh = fresh[:max(self.left, 0)] if budget else fresh
        self._hasten()
        for trial in self._made(fresh):
            self.found[trial.cells] = replace(trial, how=how)
            self.progress(len(self.found), max(self.most if self.space.size > self.most else int(self.space.size), len(self.found)))
        return [self.found.get(cells) for cells in points]

    def _made(self, points: Sequence[Cells]) -> Iterator[Trial]:
        """Trials of *points*, in their order, whoever makes them."""
        todo, lost = [], dict[Cells, Trial]()
        for cells in points:
            files, values = self.space.parted(cells)
            number, flow = self._flow(files)
            if isinstance(flow, str):
                lost[cells] = Trial(cells, why=flow)
            else:
                todo.append((number, flow, values, cells))
        if self.pool is None:
            known: Iterator[Trial] = (tried(flow, values, cells, self.goal) for _, flow, values, cells in todo)
        else:
            known = self._shared_out(self.pool, [(number, values, cells) for number, _, values, cells in todo])
        for cells in points:
            yield lost[cells] if cells in lost else next(known)

    def _shared_out(self, pool: Workers, points: Sequence[tuple[int, dict[str, str], Cells]]) -> Iterator[Trial]:
        size = max(-(-len(points) // (2 * self.jobs)), 1)
        running = [pool.submit(batch, Batch(self.origins, tuple(points[first:first + size]), self.goal)) for first in range(0, len(points), size)]
        for future in running:
            yield from future.result()

    def _flow(self, files: tuple[str, ...]) -> tuple[int, Evaluator | str]:
        """The flow with the what-ifs *files* over it, and its number; or why there is none."""
        if files not in self.flows:
            made: Evaluator | str
            try:
                made = Evaluator(self.flow.recipe, over=files) if files else self.flow
                self.origins += (origin("", made.recipe),) if self.pool is not None else ()
            except RecipeError as error:
                made = "; ".join(dict.fromkeys(" ".join(problem.message.split()) for problem in error.problems))
            self.flows[files] = (len(self.origins) - 1, made)
        return self.flows[files]

    def plan_of(self, trial: Trial) -> Plan:
        """The Plan of a trial, with the tools that it took. Raises RecipeError or InfeasibleError where it has none."""
        files, values = self.space.parted(trial.cells)
        flow = self._flow(files)[1]
        if isinstance(flow, str):
            raise InfeasibleError(flow)
        return equipped(flow, values, self.goal.fixed_line)[0].plan

    def _evolve(self, until: int, population: int, start: Cells) -> None:
        """Generations until so many trials are made, or nothing comes of them any more."""
        stale, before = 0, (0, ILLEGAL)

        def values(points: Floats) -> Floats:
            asked = [self.space.cells(point) for point in points.tolist()]
            return np.array([ILLEGAL if trial is None else self.value(trial) for trial in self.tried(asked, f"generation, {population + 1}")])

        def done() -> bool:
            nonlocal stale, before
            now = len(self.found), self.value(self.best)
            stale = 0 if now[1] < before[1] else stale + 1 if now[0] > before[0] else stale + STALE // 5
            before = now
            return len(self.found) >= until or stale >= STALE

        if len(self.found) < until:
            evolve(values, self.space.shares(start), self.seed + population, done)

    def _one_by_one(self, start: Cells) -> None:
        """Moves one variable at a time, as long as that makes it better."""
        at, moved = start, True
        while moved and self.left > 0:
            moved = False
            for n, one in enumerate(self.space.variables):
                while (better := self._moved(at, n, one)) != at:
                    at, moved = better, True

    def _moved(self, at: Cells, n: int, one: Variable) -> Cells:
        """The best point with another value of a variable; *at* where there is none better."""
        points = [(*at[:n], cell, *at[n + 1:]) for cell in dict.fromkeys(_others(one, at[n])) if cell != at[n]]
        known = [trial for trial in (self.found.get(at), *self.tried(points, f"one by one, {one.name}")) if trial is not None]
        return min(known, key=self.value).cells if known else at


def _others(one: Variable, cell: str) -> Iterator[str]:
    """Values beside *cell*: all where they have no order, else by ever smaller moves to both sides."""
    if not one.ordered:
        yield from one.values
        return
    share = one.share(cell)
    smallest = 0.5**REACH if one.span is not None else 1.0 / len(one.values)
    steps = [step for step in (0.5**k for k in range(1, REACH + 1)) if step > smallest]
    for other in (share + sign * step for step in [*steps, smallest] for sign in (-1, 1)):
        if 0.0 <= other <= 1.0:
            yield one.cell(other)
    if one.span is not None:
        yield from (one.cell(0.0), one.cell(1.0))


def checked(space: Space, flow: Evaluator) -> None:
    """Raises RecipeError where a variable leads nowhere whatever it is and whatever is laid over, or a what-if is no file."""
    files = [files_of(cell) for one in space.variables if one.name == WITH for cell in one.values] or [()]
    flows = [flow] if () in files else []
    problems: list[Problem] = []
    for names in files:
        try:
            flows += [Evaluator(flow.recipe, over=names)] if names else []
        except RecipeError as error:
            problems += error.problems
    if not flows:
        raise RecipeError(*problems)
    for one in (one for one in space.variables if one.name != WITH):
        told = [partial(_refused, of, one) for of in flows]
        refused = [found() for found in told]
        if all(refused):
            raise RecipeError(*(Problem(message, None, one.addresses[0]) for message in refused[0]))


def _refused(flow: Evaluator, one: Variable) -> list[str]:
    """What is said of a variable at its ends and in the middle, in the same words: it leads nowhere."""
    told = []
    for share in (0.0, 0.5, 1.0):
        texts = [f"{address}={one.cell(share)}" for address in one.addresses]
        try:
            flow.plan_at(dict.fromkeys(one.addresses, one.cell(share)))
        except RecipeError as error:
            found = [(blamed(problem, texts), problem) for problem in error.problems]
            told.append([said.message for place, said in found if place.place is not None and place.place.file.startswith("--set ")])
        else:
            return []
    return [message for message in told[0] if all(message in other for other in told[1:])]
