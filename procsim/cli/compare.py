"""Does the command ``compare``: several flows side by side, simulated or, with ``--estimate``, in closed form."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from procsim.cli import packages
from procsim.cli.prepare import DONE, INFEASIBLE, prepared, wrong
from procsim.cli.show import console, table, tell
from procsim.cli.targets import put_down, report_target
from procsim.closed_form.crossover import AtVolume, Line, comparable, crossings, side_by_side
from procsim.closed_form.exactness import ESTIMATE
from procsim.errors import InfeasibleError
from procsim.maths.numerals import about, number, plus_minus
from procsim.results.diagnostics import of_run
from procsim.results.overload import refuse_overload
from procsim.studies.also import parquets
from procsim.studies.record import identity
from procsim.studies.result import Ready

SHOWN = (
    "cost_per_good_unit_direct", "cost_per_good_unit_loaded", "price_per_good_unit", "cost_per_good_unit_direct_without_dies", "yield", "escapes_ppm",
    "good_units_per_week", "cycle_time", "bottleneck_load", "units_per_panel", "package_thickness", "die_thickness", "substrate_thickness",
    "wiring_layers", "fan_out", "thermal_resistance_back_per_area", "thermal_resistance_back", "thermal_resistance_bonding_side",
    "expansion_mismatch_die_substrate")
"""Figures worth a line, in the order of the decision: money, output, then the package."""
NARROW = 26
"""Letters of a flow's name that head a column."""


def compare_command(options: argparse.Namespace) -> int:
    """One column per flow, one line per figure; the tidy table goes to ``--out``."""
    from procsim import report, tables
    from procsim.cli.work import Work, chosen, finished

    if len(options.flows) < 2:
        raise wrong("compare needs two flows or more")
    if options.out:
        report_target(options.out)
    with options.stop.may():
        found = [prepared(options, flow=flow) for flow in options.flows]
        for recipe, plan, closed in found:
            try:
                refuse_overload(plan, closed, options.allow_overload)
            except InfeasibleError as error:
                raise InfeasibleError(f"{recipe.flow}: {error}") from None
    names = _names([str(recipe.path) for recipe, _, _ in found])
    pairs = [(chosen(plan, options), closed) for _, plan, closed in found]
    work = Work([[] for _ in pairs]) if options.estimate else finished(pairs, options)
    made = [tables.closed_summary(plan, closed) if options.estimate else tables.summary(plan, totals, closed)
            for (plan, closed), totals in zip(pairs, work.totals, strict=True)]
    if not options.json:
        _print(names, made, options.estimate)
        for name, (plan, closed), totals in zip(names, pairs, work.totals, strict=True):
            if packages.several(plan):
                console().print(packages.foreseen(plan, closed, name) if options.estimate else
                                packages.simulated(plan, tables.products(plan, totals, closed), name))
    volumes = options.stop.unless("cost_at_volume", lambda: side_by_side(found), []) if comparable(found) else []
    if not options.json:
        _volumes(names, found, volumes)
    record = {"kind": "compare", "title": " | ".join(names), "flows": [recipe.resolved for recipe, _, _ in found],
              "with": list(options.over), "set": list(options.sets), "stopped": work.stopped}
    tidy = {"compare": tables.compare(dict(zip(names, made, strict=True)))}
    if volumes:
        tidy["cost_at_volume"] = tables.cost_at_volume(names, volumes)
    if options.json:
        facts = {"flows": [identity(recipe) for recipe, _, _ in found], "stopped": work.stopped}
        tell(Ready("compare", " | ".join(names), tidy, facts=facts))
    written = not options.out or put_down(options.out, lambda path: report.write(path, tidy, parquets(tidy, options.also), record), options.json)
    for name, (plan, closed), totals in zip(names, pairs, work.totals, strict=True):
        for warning in [*plan.warnings, *(of_run(plan, totals, closed) if totals else [])]:
            console(error=True).print(f"warning: {name}: {warning}")
    return DONE if written else INFEASIBLE


def _names(paths: list[str]) -> list[str]:
    """The files' names, with their folder where two are alike."""
    stems = [Path(path).stem for path in paths]
    return [stem if stems.count(stem) == 1 else str(Path(path).with_suffix("")) for stem, path in zip(stems, paths, strict=True)]


def _print(names: list[str], made: list[Any], closed: bool) -> None:
    rows = []
    for metric in SHOWN:
        lines = [t[t["metric"] == metric] for t in made]
        if all(line.empty for line in lines):
            continue
        unit = next(str(line["unit"].iloc[0]) for line in lines if not line.empty)
        rows.append([metric, unit, *("–" if line.empty else _cell(metric, line.iloc[0], closed) for line in lines)])
    out = console()
    out.print("closed form (≈: an estimate)" if closed else f"simulated, {int(made[0]['replications'].max())} replications")
    out.print(table(["figure", "unit", *(name[:NARROW] for name in names)], rows, left=2))


def _volumes(names: Sequence[str], lines: Sequence[Line], found: Sequence[AtVolume]) -> None:
    """Cost against volume, flow by flow, and where the cheapest one changes."""
    if not found:
        return
    out = console()
    rows = [[number(one.good, 4), *(number(cost, 4) for cost in one.cost), names[one.cheapest][:NARROW]] for one in found]
    out.print("fully loaded cost per good unit where each has the tools that the volume takes (closed form)")
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
