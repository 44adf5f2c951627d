"""Simulates a flow at several loads, or levels of a constant WIP: cycle time against throughput."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.engine.engines import using
from procsim.errors import Problem, RecipeError
from procsim.experiments import curve as curves
from procsim.experiments.mean_values import told, unknown
from procsim.experiments.replicate import Conditions, gather
from procsim.experiments.threads import workers
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.results import diagnostics
from procsim.studies.also import Also
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.record import circumstances, identity, of_run, whole
from procsim.studies.result import Result
from procsim.studies.run import chosen

if TYPE_CHECKING:
    import pandas as pd

LEVELS = 8
"""Levels of WIP where no number of points is asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The points of a curve: *loads* of the bottleneck, levels of *wip*, or how many *points* of either."""

    points: int | None = None
    loads: Sequence[float] | None = None
    wip: Sequence[int] | None = None


class CurveResult(Result):
    """The curve of a *recipe*, whose *plan* has that *closed* form: by its *name*, "load" or "wip", *points*, and the replications *totals* of
    each."""

    kind = "curve"

    def __init__(self, recipe: Recipe, plan: Plan, closed: ClosedForm, name: str, points: Sequence[curves.Point], totals: Sequence[list[Totals]], *,
                 variable: bool = True, stopped: str = "") -> None:
        self.recipe, self.plan, self.closed, self.name, self.points, self.totals = recipe, plan, closed, name, points, totals
        self._variable, self._stopped = variable, stopped

    @property
    def title(self) -> str:
        return f"{self.recipe.title}: {max(map(len, self.totals))} replications at each point"

    def _points(self) -> pd.DataFrame:
        from procsim.tables import operating_curve

        return operating_curve.curve(self.name, [(p.setting, p.plan, runs, p.closed) for p, runs in zip(self.points, self.totals, strict=True)])

    def _references(self, levels: Sequence[float]) -> pd.DataFrame:
        from procsim.tables import operating_curve

        return operating_curve.references(self.closed.starts.bottleneck_per_h, self.closed.time.raw_process_h, levels)

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        made = self._points()
        return {"curve": made.merge(self._references(made["wip"].to_list()), on="wip") if self.name == "wip" else made}

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        return {"curve": self._picture}

    def _picture(self) -> bytes:
        from procsim.figures import style
        from procsim.figures.curve import by_load, by_wip

        if self.name == "wip":
            levels = [1 + i * (self.points[-1].setting - 1) / 200 for i in range(201)]
            return style.svg(by_wip(self._points(), self._references(levels), self.plan.title), "curve")
        return style.svg(by_load(self._points(), self.closed.starts.lots_per_h * self.closed.flow.finished, self.plan.title), "curve")

    @property
    def warnings(self) -> list[str]:
        """What is suspicious about the run at some point."""
        return [f"{self.name} {point.setting:g}: {warning}" for point, totals in zip(self.points, self.totals, strict=True)
                for warning in diagnostics.of_run(point.plan, totals, point.closed)]

    def facts(self) -> Mapping[str, Any]:
        return {**identity(self.recipe), **of_run(self.plan, self.totals[-1], self._variable, self._stopped), "warnings": self.warnings}

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None, also: Collection[Also] = ()) -> None:
        super().save(folder, {**whole(self.recipe), **circumstances(self.plan, self.totals[-1]), **(record or {})}, also)


def curve(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), *, points: int | None = None, loads: Sequence[float] | None = None,
          wip: Sequence[int] | None = None, replications: int | None = None, seed: int | None = None, jobs: int = 1,
          variability: bool = True, engine: str | None = None) -> CurveResult:
    """Cycle time against throughput: *flow* simulated at *loads* of its bottleneck, or a line of constant WIP at levels of *wip*, or at so many
    *points*. All else is as of ``run``. Raises RecipeError where the line has no such curve.

    >>> line = {"line": {"lot": {"panels": 1}, "release": {"every_h": 1}, "tools": {"saw": {"count": 1}}},
    ...         "run": {"horizon_h": 200, "replications": 2}, "steps": [{"id": "cut", "tool": "saw", "time_min": {"exponential": {"mean": 45}}}]}
    >>> curve(line, loads=[0.5, 0.9]).tables["curve"]["cycle_time_h"].is_monotonic_increasing
    True
    """
    recipe = load(flow, set, over)
    plan = chosen(settled(recipe), seed, replications)
    closed = solve(plan)
    name, found = points_of(plan, closed, Wanted(points, loads, wip))
    count = plan.replications if variability else 1
    with using(engine), workers([point.plan for point in found], count * len(found), jobs) as pool:
        jobs_of = [(p, n) for n in range(count) for p in range(len(found))]
        harvest = gather([point.plan for point in found], jobs_of, Conditions(variability), executor=pool)
    if harvest.stopped:
        raise KeyboardInterrupt
    totals = [harvest.of(p) for p in range(len(found))]
    if not variability:
        totals = [[told(point.plan, one, unknown(point.plan, point.closed)) for one in runs] for point, runs in zip(found, totals, strict=True)]
    return CurveResult(recipe, plan, closed, name, found, totals, variable=variability)


def _wrong(message: str) -> RecipeError:
    return RecipeError(Problem(message))


def points_of(plan: Plan, closed: ClosedForm, wanted: Wanted) -> tuple[str, list[curves.Point]]:
    """("load" or "wip", the points). Raises RecipeError where the line has no such curve."""
    if any(stream.schedule is not None for stream in plan.streams):
        raise _wrong("a curve needs lots released at intervals or at constant WIP: a schedule has its own times")
    if any(stream.limit for stream in plan.streams):
        raise _wrong("a curve needs lots without end: take line.release.lots out of the recipe")
    if all(stream.interval is None for stream in plan.streams):
        if wanted.loads:
            raise _wrong("a line of constant WIP has no load to set; give levels of WIP: --wip 1,2,4,8")
        if len(plan.streams) > 1:
            raise _wrong("a curve over WIP needs a single stream of lots")
        return "wip", curves.at_wip(plan, wanted.wip or curves.levels(plan, closed, wanted.points or LEVELS))
    if wanted.wip:
        raise _wrong("--wip is for a line of constant WIP (conwip_lots); this one is released by the clock: --loads 0.5,0.8,0.9")
    if any(stream.interval is None for stream in plan.streams):
        raise _wrong("a line that is released both by the clock and at constant WIP has no one curve")
    if not closed.tools.load.max() > 0:
        raise _wrong("no step takes time: there is no load to set")
    return "load", curves.at_loads(plan, wanted.loads or (curves.loads(wanted.points) if wanted.points else curves.LOADS))
