"""Works out a stretch of points of one flow, as lines of CSV: in closed form, or by simulation on the same random numbers at every point."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from procsim.closed_form.mean_flow import because
from procsim.errors import InfeasibleError, RecipeError, StoppedError
from procsim.experiments.halting import halted
from procsim.experiments.origin import Origin, evaluator, made_by, why
from procsim.experiments.points import Evaluator, Point, Values
from procsim.experiments.replicate import one
from procsim.planning.batches import never_fills
from procsim.planning.checks.infeasible import infeasible
from procsim.planning.plan import Plan
from procsim.report import guarded
from procsim.results import diagnostics
from procsim.results.metrics import DUE, LOST, METRICS, OF_BOTTLENECK, PRICE, SKIPPED, SPREADS, WEAK, named
from procsim.results.overload import crowded, overloads

SIMULATED = frozenset([*(metric.name for metric in (*METRICS, *PRICE, *SKIPPED, *WEAK, *DUE, *LOST)), *SPREADS, *OF_BOTTLENECK])
"""Figures that a simulation finds."""
LAST = ("bottleneck", "overloaded", "why")
"""Columns behind the figures: the most loaded group; what gets more work than the recipe's own tools can do, and what that takes; why there are no
figures."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of every point: *figures*, all of a line that keeps its tools (*fixed_line*) or is given those that it lacks; found by
    simulation, too, if there are *replications*, with *seed*."""

    figures: tuple[str, ...]
    fixed_line: bool = False
    replications: int = 0
    seed: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns behind those of the axes."""
        return (*(column for figure in self.figures for column in self.of(figure)), *LAST)

    def of(self, figure: str) -> tuple[str, ...]:
        """The columns of one figure."""
        if not self.replications or figure not in SIMULATED:
            return (figure,)
        return figure, f"{figure}_ci_low", f"{figure}_ci_high", f"{figure}_expected"


@dataclass(frozen=True, slots=True)
class Task:
    """Points of the flow *origin*: what stands in the *columns* of addresses at each, *cells*. *by* is who has to work it out."""

    origin: Origin
    columns: tuple[tuple[str, ...], ...]
    cells: tuple[tuple[str, ...], ...]
    wanted: Wanted
    by: str


def lines(task: Task) -> bytes:
    """A line of CSV for each point. Raises InfeasibleError where this is not the procsim that the task is for, StoppedError where nobody waits."""
    if task.by != made_by():
        raise InfeasibleError(f"a worker has another procsim ({made_by()}) than the one that sweeps ({task.by})")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    flow = evaluator(task.origin)
    for cells in task.cells:
        if halted():
            raise StoppedError("nobody waits for these points")
        values = {address: cell for column, cell in zip(task.columns, cells, strict=True) if cell for address in column}
        writer.writerow([guarded(cell) for cell in (task.origin.name, *cells, *row(flow, values, task.wanted))])
    return out.getvalue().encode("utf-8", "backslashreplace")


def row(flow: Evaluator, values: Values, wanted: Wanted) -> list[str]:
    """What stands in ``wanted.columns`` at one point."""
    point: Point | None = None
    line: Point | None = None
    found: dict[str, float] = {}
    reason = ""
    try:
        point = flow.at(values, wanted.fixed_line)
        line = _supplied(flow, values, point, wanted)
        found = line.figures() | {"tools_added": point.tools_added}
        reason = "; ".join(_never(point.plan))
        reason = reason or _unknown(point.plan, found, wanted)
        if wanted.replications and not reason:
            found |= {f"{name}_expected": value for name, value in found.items()}
            found |= _simulated(line, wanted)
    except RecipeError as error:
        reason = why(error, flow.recipe, [f"{address}={value}" for address, value in values.items()])
    except InfeasibleError as error:
        reason = " ".join(str(error).split())
    figures = [number(found.get(column, math.nan)) for column in wanted.columns[:-len(LAST)]]
    if reason:
        figures = [""] * len(figures)
    told = (line.bottleneck, "; ".join(crowded(point.plan, point.closed))) if point is not None and line is not None else ("", "")
    return [*figures, *told, reason]


def number(value: float) -> str:
    """Ten significant digits, as all tables have; nothing where there is no number."""
    return f"{value:.10g}" if math.isfinite(value) else ""


def _never(plan: Plan) -> list[str]:
    """Why no lot ever gets through the line, if that is so."""
    return [*infeasible(plan), *(never_fills(plan) if all(s.conwip for s in plan.streams) else ())]


def _unknown(plan: Plan, found: Mapping[str, float], wanted: Wanted) -> str:
    """Why nothing of what is wanted is *found*, where all of it would have to be simulated."""
    if wanted.replications or not all(name in SIMULATED and math.isnan(found[name]) for name in wanted.figures):
        return ""
    return f"no closed form of {', '.join(wanted.figures)}{because(plan)}; --simulate finds it"


def _supplied(flow: Evaluator, values: Values, point: Point, wanted: Wanted) -> Point:
    """The line whose figures are told: that of *point*, with the tools that it lacks, unless it keeps its own. Raises InfeasibleError where it is to
    be simulated and does not get its work done."""
    if point.plan.allow_overload and wanted.replications:
        return point
    if wanted.fixed_line:
        if wanted.replications and (over := overloads(point.plan, point.closed)):
            raise InfeasibleError("; ".join(over))
        return point
    try:
        return flow.equipped(values, point)
    except InfeasibleError:
        if wanted.replications:
            raise
        return point


def _simulated(line: Point, wanted: Wanted) -> dict[str, float]:
    """Each figure with its interval. Raises InfeasibleError where the line does not get its work done."""
    plan = replace(line.plan, seed=wanted.seed, replications=wanted.replications)
    totals = [one(plan, replication) for replication in range(wanted.replications)]
    if stuck := diagnostics.blocked(plan, totals) or diagnostics.nothing_done(plan, totals, line.closed):
        raise InfeasibleError(stuck)
    found: dict[str, float] = {}
    for figure in wanted.figures:
        if figure in SIMULATED:
            known = named(figure, totals, plan.confidence)
            found |= dict(zip(wanted.of(figure), (known.mean, known.low, known.high), strict=False))
    return found
