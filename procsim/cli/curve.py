"""Does the command ``curve``: cycle time against throughput, as a table and as a picture."""

from __future__ import annotations

import argparse
import time
from functools import partial
from pathlib import Path
from typing import Any

from procsim import report
from procsim.cli.pages import said, write_report
from procsim.cli.prepare import DONE, INFEASIBLE, prepared
from procsim.cli.show import console, table, tell
from procsim.cli.simulate import record_of
from procsim.cli.targets import put_down, report_target
from procsim.cli.work import chosen, finished
from procsim.closed_form.exactness import ESTIMATE
from procsim.maths.numerals import about, number, plus_minus
from procsim.recipe.recipe import Recipe
from procsim.studies.also import drawn, parquets
from procsim.studies.curve import CurveResult, Wanted, points_of


def curve_command(options: argparse.Namespace) -> int:
    """Simulates the flow at several loads or levels of WIP, prints a line for each and writes table and picture."""
    begun = time.perf_counter()
    with options.stop.may():
        if options.out:
            report_target(options.out)
        recipe, plan, closed = prepared(options)
        plan = chosen(plan, options)
        name, points = points_of(plan, closed, Wanted(options.points, options.loads, options.wip))
        folder = _folder(recipe, options)
        report_target(folder, "the report in", named=bool(options.out))
    work = finished([(point.plan, point.closed) for point in points], options)
    found = CurveResult(recipe, plan, closed, name, points, work.totals, variable=not options.no_variability, stopped=work.stopped)
    files: dict[str, report.Content] = {**drawn(found.drawers(), options.also), **parquets(found.tables, options.also)}
    record = record_of(recipe, plan, options, work, time.perf_counter() - begun) | {"title": found.title, "warnings": found.warnings} | said(options)
    if options.json:
        tell(found)
    else:
        _print(found)
    for warning in found.warnings:
        console(error=True).print(f"warning: {warning}")
    return DONE if put_down(folder, partial(write_report, found.tables, files, record), options.json) else INFEASIBLE


def _folder(recipe: Recipe, options: argparse.Namespace) -> Path:
    """By default beside the flow's other runs; that of an edited recipe by itself."""
    if options.out:
        return Path(options.out)
    return Path("reports") / "runs" / "-".join([recipe.flow, *([recipe.hash[:8]] if options.sets or options.over else []), "curve"])


def _print(found: CurveResult) -> None:
    """One line per point."""
    out, name, made = console(), found.name, found.tables["curve"]
    out.print(found.title)
    rows: list[Any] = []
    for _, row in made.iterrows():
        setting = f"{100 * row['load']:g} %" if name == "load" else f"{row['wip']:g}"
        around = plus_minus(row["cycle_time_h"], row["ci_low"], row["ci_high"])
        rows.append([setting, number(row["throughput_lots_per_h"]), number(row["cycle_time_h"]), around,
                     about(number(row["expected_cycle_time_h"]), row["expected_cycle_time_is"] == ESTIMATE),
                     number(row["wip_lots"]), number(row["x_factor"], 3), row["bottleneck"]])
    head = ["load" if name == "load" else "WIP", "lots/h", "cycle time h", f"± {100 * found.plan.confidence:g} %", "closed form h", "WIP lots",
            "x-factor", "bottleneck"]
    out.print(table(head, rows, left=0))
