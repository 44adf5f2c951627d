"""Does the command ``size``: prints the cheapest tools for what is asked of a line, what each limit costs, and keeps them as a what-if."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from procsim.cli.pages import said
from procsim.cli.prepare import DONE, INFEASIBLE
from procsim.cli.show import advancing, console, progress, table
from procsim.cli.targets import put_down, report_target
from procsim.maths.numerals import number, plus_minus

if TYPE_CHECKING:
    from procsim.studies.size import SizeResult


def size_command(options: argparse.Namespace) -> int:
    """The cheapest tools."""
    from procsim.experiments.processes import processes
    from procsim.studies.flow import load
    from procsim.studies.save_flow import checked_file
    from procsim.studies.size import WORD

    if options.out:
        report_target(options.out)
    with options.stop.may():
        recipe = load(options.flow, options.sets, options.over)
        if options.save:
            checked_file(options.save, recipe, WORD)
    with processes(options.jobs or 1) as pool, options.stop.may():
        found = _found(options, pool)
    for warning in found.warnings:
        console(error=True).print(f"warning: {warning}")
    if options.json:
        print(found.json())
    else:
        _print(found, bool(options.save))
    written = not options.out or put_down(options.out, partial(found.save, record=said(options), also=options.also), options.json)
    if options.save:
        found.save_flow(options.save)
        console(error=True).print(f"saved {options.save}: procsim run {options.save}")
    return DONE if written else INFEASIBLE


def _found(options: argparse.Namespace, pool: Any) -> SizeResult:
    from procsim.studies.size import size

    with progress(None if options.choose or options.simulate else 1, "sizes and replications" if options.simulate else "sizes") as bar:
        return size(options.flow, options.sets, options.over, good_per_week=options.good_per_week, max_load=options.max_load,
                    max_cycle_time_h=options.max_cycle_time_h or math.inf, choose=options.choose, simulate=options.simulate,
                    replications=options.replications, seed=options.seed, executor=pool, progress=advancing(bar))


def _print(found: SizeResult, saved: bool) -> None:
    """All of it, in tables."""
    out = console()
    out.print(found.title)
    out.print(table(["tool group", "tools", "", "load", "", "USD each", "USD a week", "waiting h"], [
        [row["tool_group"], str(row["count_before"]), f"→ {row['count_after']}", _percent(row["load_before"]), f"→ {_percent(row['load_after'])}",
         number(row["price_usd"]), number(row["usd_per_week"]), number(row["waiting_h"], 2)] for _, row in found.tools.iterrows()]))
    out.print("")
    simulated = bool(len(found.totals))
    out.print(table(["figure", "unit", "before", "after", *(["simulated", "±"] if simulated else [])], [
        [row["figure"], row["unit"], number(row["before"], 5), number(row["after"], 5),
         *([number(row["mean"], 5), plus_minus(row["mean"], row["ci_low"], row["ci_high"])] if simulated and row["mean"] == row["mean"] else [])]
        for _, row in found.figures.iterrows()], left=2))
    _print_limits(found, out.print)
    out.print(f"{'the least cost' if found.sized.sized.proven else 'the least cost found'}: {found.sized.sized.how}")
    if not saved:
        out.print("--save FILE keeps it as a what-if")


def _print_limits(found: SizeResult, tell: Callable[[Any], None]) -> None:
    """What limits cost, and the choices that there were."""
    if len(found.limits):
        tell("")
        tell(table(["limit", "", "tools with", "without", "USD with", "without", "it costs", "USD a week"], [
            [row["limit"], f"{number(row['value'])} {row['unit'].replace('1', '')}".strip(), str(row["tools_with"]), str(row["tools_without"]),
             number(row["with_usd"], 5), number(row["without_usd"], 5), number(row["costs_usd_per_good_unit"], 3),
             number(row["costs_usd_per_week"], 4)] for _, row in found.limits.iterrows()]))
    if "choices" in found.tables:
        names = list(found.choices.columns[:-4])
        tell("")
        tell(table([*names, "USD", "tools", "cycle time h", ""], [
            [*(str(row[name]) for name in names), number(row["cost_per_good_unit_loaded"], 5), str(row["tools"]), number(row["cycle_time_h"]),
             row["why"]] for _, row in found.choices.iterrows()], left=len(names)))
    tell("")


def _percent(share: float) -> str:
    return "never up" if math.isinf(share) else f"{number(100 * share, 3)} %"
