"""Does the command ``compare``: several flows side by side, simulated or, with ``--estimate``, in closed form."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from procsim import tables
from procsim.cli import packages
from procsim.cli.pages import said
from procsim.cli.prepare import DONE, INFEASIBLE
from procsim.cli.show import advancing, console, progress, table, tell
from procsim.cli.targets import put_down, report_target
from procsim.cli.work import Work, chosen, finished
from procsim.closed_form.crossover import AtVolume, Line, comparable, crossings, side_by_side
from procsim.closed_form.exactness import ESTIMATE
from procsim.maths.numerals import about, number, plus_minus
from procsim.results.diagnostics import of_run
from procsim.studies.compare import CompareResult, entered, units_words

SHOWN = (
    "cost_per_good_unit_direct", "cost_per_good_unit_loaded", "price_per_good_unit", "cost_per_good_unit_direct_without_dies", "yield", "escapes_ppm",
    "good_units_per_week", "cycle_time", "bottleneck_load", "units_per_panel", "package_thickness", "die_thickness", "substrate_thickness",
    "wiring_layers", "fan_out", "thermal_resistance_back_per_area", "thermal_resistance_back", "thermal_resistance_bonding_side",
    "expansion_mismatch_die_substrate")
"""Figures worth a line, in the order of the decision: money, output, then the package."""
NARROW = 26
"""Letters of a flow's name that head a column."""


def compare_command(options: argparse.Namespace) -> int:
    """One column per flow, one line per figure; the tidy tables go to ``--out``."""
    if options.out:
        report_target(options.out)
    with options.stop.may(), progress(len(options.flows), "flows sized" if options.good_per_week else "flows") as bar:
        entries = entered(options.flows, options.sets, options.over, options.good_per_week, options.max_load, options.allow_overload, advancing(bar))
        entries = [replace(one, found=replace(one.found, plan=chosen(one.found.plan, options))) for one in entries]
    pairs = [(one.found.plan, one.found.closed) for one in entries]
    work = Work([[] for _ in pairs]) if options.estimate else finished(pairs, options)
    entries = [replace(one, found=replace(one.found, totals=totals, variable=not options.no_variability, stopped=work.stopped))
               for one, totals in zip(entries, work.totals, strict=True)]
    lines = CompareResult(entries).lines
    with progress(None, "costs by volume"):
        volumes = options.stop.unless("cost_at_volume", lambda: side_by_side(lines), []) if comparable(lines) else []
    found = CompareResult(entries, options.good_per_week, volumes)
    if options.json:
        tell(found)
    else:
        _told(found, options.estimate)
    written = not options.out or put_down(options.out, partial(found.save, record=said(options), also=options.also), options.json)
    news = console(error=True)
    for warning in found.warnings:
        news.print(f"warning: {warning}")
    for one in entries:
        plan, closed, totals = one.found.plan, one.found.closed, one.found.totals
        for warning in [*plan.warnings, *(of_run(plan, totals, closed) if totals else [])]:
            news.print(f"warning: {one.name}: {warning}")
    return DONE if written else INFEASIBLE


def _told(found: CompareResult, closed: bool) -> None:
    """All that is printed."""
    names = [flow.name for flow in found.flows]
    if found.demand is not None:
        console().print(f"each with the cheapest tools for {units_words(found.demand)} good units a week: "
                        + ", ".join(f"{flow.name} {int(flow.found.plan.groups.count.sum())}" for flow in found.flows))
    _print(names, [found.compare[found.compare["flow"] == name] for name in names], closed)
    _categories(found, names)
    for flow in found.flows:
        plan = flow.found.plan
        if packages.several(plan):
            console().print(packages.foreseen(plan, flow.found.closed, flow.name) if closed else
                            packages.simulated(plan, tables.products(plan, flow.found.totals, flow.found.closed), flow.name))
    _volumes(names, found.lines, found.volumes)


def _categories(found: CompareResult, names: Sequence[str]) -> None:
    """Cost by category, flow by flow; none where nothing costs anything."""
    if "cost_by_category" not in found.tables:
        return
    wide = {name: found.cost_by_category[found.cost_by_category["flow"] == name].set_index("category")["cost_per_good_unit_usd"] for name in names}
    known = [category for category in wide[names[0]].index if any(wide[name].get(category) for name in names)]
    rows = [[category, *(number(wide[name].get(category, float("nan"))) for name in names)] for category in known]
    console().print(table(["USD per good unit", *(name[:NARROW] for name in names)], rows))


def _print(names: list[str], made: list[Any], closed: bool) -> None:
    rows = []
    for metric in SHOWN:
        lines = [t[t["metric"] == metric] for t in made]
        if all(line.empty for line in lines):
            continue
        unit = next(str(line["unit"].iloc[0]) for line in lines if not line.empty)
        rows.append([metric, unit, *("–" if line.empty else _cell(metric, line.iloc[0], closed) for line in lines)])
    out = console()
    count = 0 if closed else int(made[0]["replications"].max())
    out.print("closed form (≈: an estimate)" if closed else f"simulated, {count} replication{'s' if count > 1 else ''}")
    out.print(table(["figure", "unit", *(name[:NARROW] for name in names)], rows, left=2))


def _volumes(names: Sequence[str], lines: Sequence[Line], found: Sequence[AtVolume]) -> None:
    """Cost against volume, flow by flow, and where the cheapest one changes."""
    if not found:
        return
    out = console()
    rows = [[number(one.good, 4), *(number(cost, 4) for cost in one.cost), names[one.cheapest][:NARROW]] for one in found]
    out.print("fully loaded cost per good unit where each has the fewest tools for the volume at its line.max_load (closed form)")
    out.print(table(["good units a week", *(name[:NARROW] for name in names), "cheapest"], rows, left=0))
    turns = crossings(lines, found)
    for turn in turns:
        out.print(f"below about {number(turn.good, 2)} good units a week {names[turn.below]} is the cheapest, above {names[turn.above]}")
    if not turns:
        out.print(f"{names[found[0].cheapest]} is the cheapest at every volume looked at")


def _cell(metric: str, row: Any, closed: bool) -> str:
    text = number(row["mean"], 4) + (f" {plus_minus(row['mean'], row['ci_low'], row['ci_high'])}" if row["ci_high"] > row["ci_low"] else "")
    text = about(text, closed and row["expected_is"] == ESTIMATE)
    return f"{text} {row['note']}" if metric == "bottleneck_load" else text
