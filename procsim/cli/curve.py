"""Does the command ``curve``: cycle time against throughput, as a table and as a picture."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from procsim.cli.prepare import DONE, INFEASIBLE, prepared, wrong
from procsim.cli.show import console, table
from procsim.cli.targets import put_down, report_target
from procsim.cli.work import chosen, finished
from procsim.closed_form.exactness import ESTIMATE
from procsim.closed_form.solve import ClosedForm
from procsim.experiments import curve
from procsim.maths.numerals import about, number, plus_minus
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.results import diagnostics

LEVELS = 8
"""Levels of WIP where no number of points is asked for."""


def curve_command(options: argparse.Namespace) -> int:
    """Simulates the flow at several loads or levels of WIP, prints a line for each and writes table and picture."""
    from procsim import report
    from procsim.cli.simulate import record_of
    from procsim.figures import style
    from procsim.figures.curve import by_load, by_wip
    from procsim.tables import operating_curve

    begun = time.perf_counter()
    with options.stop.may():
        if options.out:
            report_target(options.out)
        recipe, plan, closed = prepared(options)
        plan = chosen(plan, options)
        name, points = _points(plan, closed, options)
        folder = _folder(recipe, options)
        report_target(folder, "the report in", named=bool(options.out))
    work = finished([(point.plan, point.closed) for point in points], options)
    made = operating_curve.curve(name, [(p.setting, p.plan, totals, p.closed) for p, totals in zip(points, work.totals, strict=True)])
    if name == "wip":
        rate, raw = closed.starts.bottleneck_per_h, closed.time.raw_process_h
        figure = by_wip(made, operating_curve.references(rate, raw, [1 + i * (points[-1].setting - 1) / 200 for i in range(201)]), plan.title)
        made = made.merge(operating_curve.references(rate, raw, made["wip"].to_list()), on="wip")
    else:
        figure = by_load(made, closed.starts.lots_per_h * closed.flow.finished, plan.title)
    record = record_of(recipe, plan, options, work, time.perf_counter() - begun)
    _print(recipe, plan, name, made)
    news = console(error=True)
    for point, totals in zip(points, work.totals, strict=True):
        for warning in diagnostics.of_run(point.plan, totals, point.closed):
            news.print(f"warning: {name} {point.setting:g}: {warning}")
    drawn = {"curve.svg": style.svg(figure, "curve")}
    return DONE if put_down(folder, lambda path: report.write(path, {"curve": made}, drawn, record)) else INFEASIBLE


def _points(plan: Plan, closed: ClosedForm, options: argparse.Namespace) -> tuple[str, list[curve.Point]]:
    """("load" or "wip", the points). Raises RecipeError where the line has no such curve."""
    if any(stream.schedule is not None for stream in plan.streams):
        raise wrong("a curve needs lots released at intervals or at constant WIP: a schedule has its own times")
    if any(stream.limit for stream in plan.streams):
        raise wrong("a curve needs lots without end: take line.release.lots out of the recipe")
    if all(stream.interval is None for stream in plan.streams):
        if options.loads:
            raise wrong("a line of constant WIP has no load to set; give levels of WIP: --wip 1,2,4,8")
        if len(plan.streams) > 1:
            raise wrong("a curve over WIP needs a single stream of lots")
        return "wip", curve.at_wip(plan, options.wip or curve.levels(plan, closed, options.points or LEVELS))
    if options.wip:
        raise wrong("--wip is for a line of constant WIP (conwip_lots); this one is released by the clock: --loads 0.5,0.8,0.9")
    if any(stream.interval is None for stream in plan.streams):
        raise wrong("a line that is released both by the clock and at constant WIP has no one curve")
    if not closed.tools.load.max() > 0:
        raise wrong("no step takes time: there is no load to set")
    return "load", curve.at_loads(plan, options.loads or (curve.loads(options.points) if options.points else curve.LOADS))


def _folder(recipe: Recipe, options: argparse.Namespace) -> Path:
    """By default beside the flow's other runs; that of an edited recipe by itself."""
    if options.out:
        return Path(options.out)
    return Path("reports") / "runs" / "-".join([recipe.flow, *([recipe.hash[:8]] if options.sets or options.over else []), "curve"])


def _print(recipe: Recipe, plan: Plan, name: str, made: Any) -> None:
    """One line per point."""
    out = console()
    out.print(f"{recipe.title}: {made['replications'].max()} replications at each point")
    rows = []
    for _, row in made.iterrows():
        setting = f"{100 * row['load']:g} %" if name == "load" else f"{row['wip']:g}"
        around = plus_minus(row["cycle_time_h"], row["ci_low"], row["ci_high"])
        rows.append([setting, number(row["throughput_lots_per_h"]), number(row["cycle_time_h"]), around,
                     about(number(row["expected_cycle_time_h"]), row["expected_cycle_time_is"] == ESTIMATE),
                     number(row["wip_lots"]), number(row["x_factor"], 3), row["bottleneck"]])
    head = ["load" if name == "load" else "WIP", "lots/h", "cycle time h", f"± {100 * plan.confidence:g} %", "closed form h", "WIP lots",
            "x-factor", "bottleneck"]
    out.print(table(head, rows, left=0))
