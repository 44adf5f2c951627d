"""Does the command ``breakeven``: where two flows cost the same, or one meets a target."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from procsim.cli.pages import said
from procsim.cli.prepare import DONE, INFEASIBLE, wrong
from procsim.cli.show import console, progress, table, tell
from procsim.cli.targets import put_down, report_target
from procsim.maths.numerals import number
from procsim.studies.breakeven import BreakEven, breakeven


def breakeven_command(options: argparse.Namespace) -> int:
    """Finds every crossing, confirms it by simulation, and prints a line for each."""
    if len(options.flows) > 2:
        raise wrong("breakeven is of two flows, or of one with --target")
    if options.out:
        report_target(options.out)
    with options.stop.may(options.stop.end), progress(None, "replications") as bar:
        def news(count: int) -> None:
            if bar is not None:
                bar.advance(bar.task_ids[0], count)

        found = breakeven(options.flows[0], options.flows[1] if len(options.flows) > 1 else None, options.vary, options.figure, options.target,
                          good_per_week=options.good_per_week, set=options.sets, over=options.over,
                          replications=0 if options.estimate else options.replications, seed=options.seed, fixed_line=options.fixed_line,
                          jobs=options.jobs or 1, progress=news)
    for warning in found.warnings:
        console(error=True).print(f"warning: {warning}")
    if options.json:
        tell(found)
    else:
        _print(found)
    if options.out:
        return DONE if put_down(options.out, partial(found.save, record=said(options), also=options.also), options.json) else INFEASIBLE
    return DONE


def _print(found: BreakEven) -> None:
    """One line for each crossing, or what is so everywhere."""
    out, along = console(), found.along
    out.print(f"{found.title} ({found.unit})")
    for name, moves in zip(found.names, along.moved, strict=True):
        if not moves:
            out.print(f"{name} has nothing at {along.span.name}: it stays as it is")
    axis = along.span.name
    rows = [[_place(row, axis), number(along.figures(row[axis])[0], 5), _ends(row), row["verdict"], _which(found, row)]
            for _, row in found.found.iterrows()]
    if rows:
        out.print(table([axis, along.figure, "interval by simulation", "", "beyond it"], rows, left=1))
    else:
        out.print(found.no_crossing)
    if "confirmed roughly" in found.found["verdict"].to_list():
        out.print(f"{found.replications} replications leave a wide interval: --replications with more of them narrows it")
    _print_places(found, out)


def _print_places(found: BreakEven, out: Any) -> None:
    """What is to be known of the places that were looked at: where there is no recipe, and where a line has other tools than its recipe says."""
    along = found.along
    lost = [x for x in along.places if x in along.why]
    if lost:
        out.print(f"{len(lost)} of {len(along.places)} places looked at are no recipe; at {number(lost[0])}: {along.why[lost[0]]}")
    for n, name in enumerate(found.names):
        taken = [(x, along.taken[x][n]) for x in along.places if along.taken[x][n] > 0]
        if taken:
            first, last, most = number(taken[0][0]), number(taken[-1][0]), max(more for _, more in taken)
            where = f"at {first}" if len(taken) == 1 else f"at {len(taken)} of {len(along.places)} places, from {first} to {last}"
            out.print(f"{name} takes tools besides its own {where}, {most:g} at most, since it would be overloaded: --fixed-line keeps it as it is")


def _place(row: Any, name: str) -> str:
    """Where it is: a place, or, where it is known no better, what it lies between."""
    ends = number(row["at_least"], 6), number(row["at_most"], 6)
    return f"between {number(row['at_least'])} and {number(row['at_most'])}" if ends[0] != ends[1] else number(row[name], 6)


def _ends(row: Any) -> str:
    if row["verdict"] == "closed form":
        return ""
    return f"{number(row['ci_low'], 5)} to {number(row['ci_high'], 5)}"


def _which(found: BreakEven, row: Any) -> str:
    """What is so beyond a crossing."""
    falls = row["gap_after"] < row["gap_before"]
    if len(found.names) == 1:
        return f"{'below' if falls else 'above'} the target"
    return f"{found.names[1] if falls else found.names[0]} is lower"
