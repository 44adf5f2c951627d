"""Simulates a flow, replication by replication, and gives all that its report says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from procsim import report
from procsim.closed_form import marginal_cost
from procsim.closed_form.sensitivity import Swing, swings
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.engine.engines import using
from procsim.engine.view import Process
from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.experiments.event_file import beside, take_place
from procsim.experiments.mean_values import told, unknown
from procsim.experiments.precision import Goal, goals_of, next_count
from procsim.experiments.processes import processes
from procsim.experiments.replicate import Conditions, Harvest, gather
from procsim.experiments.threads import workers
from procsim.maths.numerals import number
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.recipe import Recipe
from procsim.results import diagnostics
from procsim.results.overload import refuse_overload
from procsim.studies.also import Also
from procsim.studies.book import FILE, book
from procsim.studies.effect import refuse_idle
from procsim.studies.estimate import volume_tables
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.record import circumstances, identity, of_run, whole
from procsim.studies.result import Later, Result
from procsim.studies.uncertainty import Uncertainty, refuse, uncertain

if TYPE_CHECKING:
    import pandas as pd

MOST = 200
"""Replications for *precision*, at most, where nobody says."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A flow that was simulated: its *recipe*, *plan* and *closed* form, every replication that was finished (*totals*), with variability
    (*variable*) or mean values, what *stopped* it early, if anything, what the cost owes to each input that is *known*, and draws of these, if
    any."""

    recipe: Recipe
    plan: Plan
    closed: ClosedForm
    totals: Sequence[Totals]
    variable: bool = True
    stopped: str = ""
    known: Sequence[Swing] = ()
    uncertainty: Uncertainty | None = None

    def stuck(self) -> str:
        """Why the line came to a stop, or its queues grew without end; "" where it did not."""
        return diagnostics.blocked(self.plan, self.totals) or diagnostics.overloaded(self.plan, self.totals, self.closed)


class RunResult(Result):
    """What was *found* of a flow by simulating it. Its tables are those of its report; *made* are those that are there already, and all that there
    are."""

    kind = "run"

    def __init__(self, found: Simulated, made: Mapping[str, pd.DataFrame] | None = None) -> None:
        self.found, self._made = found, made

    @property
    def title(self) -> str:
        n, plan = len(self.found.totals), self.found.plan
        times = f"{number(plan.horizon_us / HOUR)} h (warm-up {number(plan.warmup_us / HOUR)} h)"
        return f"{self.found.recipe.title}: {n} replication{'s' if n > 1 else ''} × {times}"

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        from procsim import tables
        from procsim.tables.of_report import Findings, tables_of

        if self._made is not None:
            return self._made
        found = self.found
        made = tables_of(Findings(found.plan, found.closed, found.totals, found.known))
        drawn = found.uncertainty.tables if found.uncertainty is not None else {}
        later = volume_tables(found.recipe, found.plan, found.closed) | {"lots": partial(tables.lots, found.plan, found.totals)}
        return Later({name: (lambda table=table: table) for name, table in (made | dict(drawn)).items()} | later)

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        from procsim.figures.of_report import Shown, drawers

        found = self.found
        drawn = found.uncertainty.pictures if found.uncertainty is not None else {}
        return {**drawers(Shown(found.recipe, found.plan, found.totals, self.tables)), **drawn}

    @property
    def warnings(self) -> list[str]:
        """What is suspicious about the recipe, or about the run."""
        found = self.found
        return diagnostics.warnings(found.plan, found.closed, found.totals)

    def facts(self) -> Mapping[str, Any]:
        found = self.found
        return {**identity(found.recipe), **of_run(found.plan, found.totals, found.variable, found.stopped), "warnings": self.warnings,
                "left_out": marginal_cost.left_out(found.plan, found.closed)}

    def attachments(self) -> Mapping[str, bytes]:
        """The workbook."""
        found = self.found
        return {FILE: book(self.title, (found.recipe, found.plan, found.closed), found.totals, self.tables, self.facts(), found.known)}

    def data(self) -> dict[str, Any]:
        """As of every Result, but for the tables of single lots, which may be very long."""
        data = super().data()
        for name in report.LONG:
            data["tables"].pop(name, None)
        return data

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None, also: Collection[Also] = ()) -> None:
        super().save(folder, {**whole(self.found.recipe), **circumstances(self.found.plan, self.found.totals), **(record or {})}, also)


def run(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), *, replications: int | None = None, seed: int | None = None, jobs: int = 1,
        precision: float | Mapping[str, float] | None = None, max_replications: int = MOST, variability: bool = True, allow_overload: bool = False,
        inputs: bool = False, uncertainty: int = 0, events: Path | str | None = None, processes: Sequence[Process] = (),
        engine: str | None = None) -> RunResult:
    """Simulates *flow* with the what-ifs *over* it and the edits *set*: as many *replications*, by that *seed*, as given, else as the recipe has it.

    *precision* adds replications, *max_replications* at most, until the interval of the fully loaded cost, or of each figure that is named, is
    within that share of its mean. Without *variability* every draw is its mean. *inputs* and *uncertainty* are as of ``estimate``. All
    that happens in the first replication is written into the CSV file *events* (``experiments.event_file``). *processes*, functions of
    a SimPy environment and a ``LineView``, share the environment of each replication, and need one job. *engine* is simpy, numba or auto, as
    ``--engine``. More than one of *jobs* starts processes, which do not run the caller's script again.

    Raises RecipeError, and InfeasibleError where the line cannot run as planned, such as one that is overloaded, if that is not allowed.

    >>> line = {"line": {"lot": {"panels": 2, "units_per_panel": 50}, "release": {"every_h": 1}, "tools": {"saw": {"count": 1, "price_usd": 1e5}}},
    ...         "run": {"horizon_h": 200, "warmup_h": 20, "replications": 3},
    ...         "steps": [{"id": "cut", "tool": "saw", "time_min": {"exponential": {"mean": 45}}, "yield": {"unit": 0.98}}]}
    >>> found = run(line)
    >>> found.tools["count"].tolist(), found.summary.set_index("metric").loc["yield", "replications"].item()
    ([1], 3)
    >>> "cost_by_step" in found.pictures
    True

    A process of one's own sees the line, and may take a tool: here every ten hours, if nobody waits, the saw is held for half an hour,
    which counts as engineering.

    >>> def trials(env, line):
    ...     while True:
    ...         yield env.timeout(line.hours(10))
    ...         if line.waiting("saw") == 0:
    ...             line.hold("saw", 1, 0.5)
    >>> found.tools["engineering"].item(), run(line, processes=[trials]).tools["engineering"].item() > 0.01
    (0.0, True)
    """
    if processes and jobs != 1:
        raise RecipeError(Problem(f"processes of one's own run in one process: leave jobs at 1 (got {jobs})"))
    refuse_idle(precision is not None, "goes with precision, which says what more replications are for", max_replications=max_replications != MOST)
    recipe = load(flow, set, over)
    plan = settled(recipe)
    closed = solve(plan)
    refuse_overload(plan, closed, allow_overload)
    plan = chosen(plan, seed, replications)
    goals = _goals(plan, precision, variability, max_replications)
    known = swings(recipe) if (inputs or uncertainty) and not plan.money.free else ()
    drawn = _drawn(recipe, plan, known, uncertainty, jobs) if uncertainty else None
    with _arriving(events) as file, using(engine):
        totals = _replicated(plan, closed, jobs, Conditions(variability, events=file, processes=processes), goals, max_replications)
    found = Simulated(recipe, plan, closed, totals, variability, "", known, drawn)
    if not (allow_overload or plan.allow_overload) and (stuck := found.stuck()):
        raise InfeasibleError(f"{stuck}; or release less, or allow the overload")
    if stuck := diagnostics.nothing_done(plan, found.totals, closed):
        raise InfeasibleError(stuck)
    return RunResult(found)


@contextmanager
def _arriving(path: Path | str | None) -> Iterator[Path | None]:
    """A file beside *path*, which takes its place when it is there, if only up to where the line came to a stand. Raises OSError."""
    if path is None:
        yield None
        return
    fresh = beside(Path(path))
    fresh.touch()
    fresh.unlink()
    try:
        yield fresh
    finally:
        if fresh.exists():
            take_place(fresh, Path(path))


def chosen(plan: Plan, seed: int | None, replications: int | None) -> Plan:
    """The plan with another *seed* and *replications*, where they are given."""
    return replace(plan, seed=plan.seed if seed is None else seed, replications=replications or plan.replications)


def _goals(plan: Plan, precision: float | Mapping[str, float] | None, variability: bool, most: int) -> list[Goal]:
    """What *precision* asks for. Raises RecipeError where that makes no sense."""
    if precision is None:
        return []
    if plan.replications > most:
        raise RecipeError(Problem(f"max_replications {most} is less than the {plan.replications} replications that the run begins with"))
    wanted = precision if isinstance(precision, Mapping) else {"": precision}
    return goals_of(plan, list(wanted.items()), variability)


def _drawn(recipe: Recipe, plan: Plan, known: Sequence[Swing], count: int, jobs: int) -> Uncertainty:
    refuse(plan, known)
    with processes(min(jobs, count)) as pool:
        return uncertain(recipe, plan, known, count, executor=pool)


def _replicated(plan: Plan, closed: ClosedForm, jobs: int, conditions: Conditions, goals: Sequence[Goal], most: int) -> list[Totals]:
    """As many replications as the plan has, or as the *goals* take; with mean values one, without what these do not tell."""
    variability = conditions.variable
    count = 1 if not variability else max(plan.replications, 2) if goals else plan.replications
    harvest = Harvest()
    with workers([plan], count, jobs) as pool:
        while len(harvest.totals) < count:
            gather([plan], [(0, n) for n in range(len(harvest.totals), count)], conditions, executor=pool, into=harvest)
            if harvest.stopped:
                raise KeyboardInterrupt
            count = next_count(goals, harvest.of(0), most, plan.confidence) if goals else count
    return harvest.of(0) if variability else [told(plan, one, unknown(plan, closed)) for one in harvest.of(0)]
