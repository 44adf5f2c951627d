"""Does the command ``run``: simulates a flow, prints the short table and writes the report."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from procsim.cli import packages
from procsim.cli.pages import over_all
from procsim.cli.prepare import DONE, INFEASIBLE, prepared, wrong
from procsim.cli.show import advancing, console, doing, progress, table, tell
from procsim.cli.stop import Stop
from procsim.cli.targets import arrive, events_target, put_down, report_target, wip_target
from procsim.cli.uncertainty import BAND, band, drawn, print_resting, print_uncertainty
from procsim.cli.work import Work, chosen, finished, precise
from procsim.closed_form import marginal_cost
from procsim.closed_form.exactness import ESTIMATE, says
from procsim.closed_form.one_more_tool import OneMoreTool, one_more_tool
from procsim.closed_form.sensitivity import Swing, swings
from procsim.errors import InfeasibleError
from procsim.experiments.event_file import beside
from procsim.maths.numerals import about, number, plus_minus
from procsim.planning.plan import Plan
from procsim.recipe.inputs import inputs
from procsim.recipe.recipe import Recipe
from procsim.results import diagnostics
from procsim.results.limited_by import DEMAND
from procsim.results.overload import refuse_overload, short_of_staff
from procsim.studies.also import drawn as drawn_as
from procsim.studies.also import parquets
from procsim.studies.record import circumstances, of_run, whole
from procsim.studies.run import RunResult, Simulated
from procsim.studies.uncertainty import Uncertainty


def _folder(recipe: Recipe, options: argparse.Namespace, cut: str = "") -> Path:
    """Where the report goes: ``reports/<flow>`` only for default options and a whole run, so that the tables there mean one thing.

    *cut* names what is left of a run that was cut short."""
    if options.out:
        return Path(options.out)
    default = not (options.sets or options.over or options.seed is not None or options.replications or options.no_variability
                   or options.allow_overload or options.precision or options.start_wip or options.uncertainty or cut)
    if default:
        return Path("reports") / recipe.flow
    words = [recipe.hash[:8], *([f"seed{options.seed}"] if options.seed is not None else []),
             *([f"n{options.replications}"] if options.replications else []), *(["mean"] if options.no_variability else []),
             *(["wip"] if options.start_wip else []), *(f"{name or 'precision'}{share:g}" for name, share in options.precision),
             *([f"uncertainty{options.uncertainty}"] if options.uncertainty else []), *([cut] if cut else [])]
    return Path("reports") / "runs" / "-".join([recipe.flow, *words])


def run_command(options: argparse.Namespace) -> int:
    """Simulates a flow, prints the short table and writes the report."""
    stop = options.stop
    if options.out:
        report_target(options.out)
    with stop.may():
        recipe, plan, closed = prepared(options)
        refuse_overload(plan, closed, options.allow_overload)
        for warning in [*short_of_staff(plan, closed), *diagnostics.of_yield(plan, closed)]:
            console(error=True).print(f"warning: {warning}")
        plan = chosen(plan, options)
        folder = report_target(_folder(recipe, options), "the report in", named=bool(options.out))
        if options.save_wip:
            wip_target(options.save_wip, plan, not options.no_variability, [folder])
        events = beside(events_target(options.events, [folder])) if options.events else None
        if options.events and options.save_wip and os.path.realpath(options.events) == os.path.realpath(options.save_wip):
            raise wrong(f"--events and --save-wip both write {options.events}; name two files")
    known, uncertainty = _known(recipe, plan, options)
    with tempfile.TemporaryDirectory(prefix="procsim-", ignore_cleanup_errors=True) as kept:
        spool = Path(kept) / "lots"
        try:
            work = (precise(plan, closed, options, spool, events) if options.precision
                    else finished([(plan, closed)], options, spool=spool, events=events))
        finally:
            arrived = events is None or arrive(events, options.events, options.json)
        totals = work.totals[0]
        found = Simulated(recipe, plan, closed, totals, not options.no_variability, work.stopped, known, uncertainty)
        if not (options.allow_overload or plan.allow_overload) and (stuck := found.stuck()):
            raise InfeasibleError(f"{stuck}; or release less, or pass --allow-overload")
        from procsim.tables.of_report import Findings, tables_of

        made = tables_of(Findings(plan, closed, totals, known))
        if not options.json:
            _print(found, made)
        for warning in diagnostics.warnings(plan, closed, totals):
            console(error=True).print(f"warning: {warning}")
        written = _report(found, made, spool, options)
    if options.save_wip:
        from procsim import report, tables

        written &= put_down(options.save_wip, lambda path: report.save(path, tables.wip(plan, totals)), aside=options.json)
    stuck = diagnostics.nothing_done(plan, totals, closed)
    if stuck:
        console(error=True).print(f"error: {stuck}")
    return DONE if written and arrived and not stuck else INFEASIBLE


def _known(recipe: Recipe, plan: Plan, options: argparse.Namespace) -> tuple[Sequence[Swing], Uncertainty | None]:
    """What the cost owes to each number, for which half of the time may go by, and the draws of ``--uncertainty``."""
    stop = options.stop
    if not options.uncertainty:
        until = time.monotonic() + (stop.last - time.monotonic()) / 2
        return _swings(recipe, plan, options, until), None
    with stop.may(stop.last):
        known = swings(recipe) if not plan.money.free else ()
        return known, drawn(recipe, plan, known, options, stop.last)


def _swings(recipe: Recipe, plan: Plan, options: argparse.Namespace, until: float) -> Sequence[Swing]:
    """What the cost owes to each number, if there is a cost, and time."""
    if plan.money.free:
        return ()
    of = inputs(recipe)
    with progress(len(of), "provenance") as bar:
        found: Sequence[Swing] = options.stop.unless("provenance", lambda: swings(recipe, of, advancing(bar)), (), until)
        return found


def _report(found: Simulated, made: dict[str, Any], spool: Path, options: argparse.Namespace) -> bool:
    """Writes the report, with what there is time for beside the tables *made*; says whether it could."""
    from procsim import report, tables

    stop, plan, totals = options.stop, found.plan, found.totals
    made, pictures = _extras(found, made, options)
    if found.uncertainty is not None:
        made = {**made, **found.uncertainty.tables}
        pictures = {**pictures, **drawn_as(found.uncertainty.pictures, options.also)}
    result = RunResult(found, made)
    if not stop.asked:
        import_module("procsim.workbook.book")  # an import is not to be broken off
    with doing("workbook"):
        files: dict[str, report.Content] = {**pictures, **stop.unless("the workbook", result.attachments, {})}
    files |= parquets([*made, "lots"] if spool.exists() else made, options.also)
    if stop.missing:
        console(error=True).print(f"warning: {stop.missing}")
    stopped = found.stopped or (stop.asked if stop.missing or stop.signal else "")
    record = record_of(found.recipe, plan, options, Work([list(totals)], stopped), time.monotonic() - stop.begun)
    record |= {"warnings": result.warnings, "left_out": "; ".join(filter(None, [marginal_cost.left_out(plan, found.closed), stop.missing]))}
    record |= {"draws": options.uncertainty} if options.uncertainty else {}
    record |= {"warnings": diagnostics.warnings(plan, found.closed, totals)}
    if options.json:
        tell(RunResult(replace(found, stopped=stopped), made))
    if spool.exists():
        made = {**made, "lots": tables.lots_by_stretches(plan, spool, totals[0].charged == totals[0].charged)}
    else:
        console(error=True).print(f"error: {spool.parent}: no room for the lots while they were simulated; the report is without lots.csv")
    folder = _folder(found.recipe, options, f"first{len(totals)}" if stopped else "")
    pages = stop.unless("the page", lambda: _paged(made, files, record), {})
    written = put_down(folder, lambda path: report.write(path, made, pages or files, record), options.json)
    if written and not options.out:
        over_all(folder)
    return written and spool.exists()


def _paged(made: dict[str, Any], files: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The files, and the page of the run."""
    from procsim.pages.page import paged

    return paged(made, files, record)


def _extras(found: Simulated, made: dict[str, Any], options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The tables *made*, and those, and the pictures, that a report can do without where the command is to stop."""
    stop = options.stop
    with progress(3, "one more, and volumes") as bar:
        made = _priced(found, made, stop, advancing(bar))
    if not stop.asked:
        import_module("procsim.figures.of_report")  # an import is not to be broken off
    return made, stop.unless("the pictures", lambda: _pictures(found, made, options), {})


def _priced(found: Simulated, made: dict[str, Any], stop: Stop, news: Callable[[int], None]) -> dict[str, Any]:
    """The tables *made*, and what one more of everything and other volumes cost."""
    from procsim import tables

    recipe, plan, closed = found.recipe, found.plan, found.closed
    if panels := stop.unless("marginal_cost", lambda: list(marginal_cost.marginal(recipe, plan, closed)), list[marginal_cost.Marginal]()):
        made = {**made, "marginal_cost": tables.marginal_cost(panels, says(plan, "cost_per_good_unit_direct"))}
    news(1)
    if more := stop.unless("one_more_tool", lambda: list(one_more_tool(plan, closed)), list[OneMoreTool]()):
        made = {**made, "one_more_tool": tables.one_more_tool(plan, more)}
    news(1)
    if volumes := stop.unless("cost_by_volume", lambda: list(marginal_cost.volumes(recipe, plan, closed)), list[marginal_cost.Volume]()):
        made = {**made, "cost_by_volume": tables.cost_by_volume(volumes, says(plan, "cost_per_good_unit_direct"))}
    news(1)
    return made


def _pictures(found: Simulated, made: dict[str, Any], options: argparse.Namespace) -> dict[str, bytes]:
    from procsim.figures.of_report import Shown, drawers

    makers = drawers(Shown(found.recipe, found.plan, found.totals, made))
    with progress(len(makers), "pictures") as bar:
        return drawn_as(makers, options.also, advancing(bar))


def _print(found: Simulated, made: dict[str, Any]) -> None:
    """What a user sees of a run: the tables *made*, in short."""
    _print_summary(found, made["summary"])
    if "products" in made:
        console().print(packages.simulated(found.plan, made["products"]))
    _print_limits(made["tools"])
    print_resting(found.known)
    if found.uncertainty is not None:
        print_uncertainty(found.uncertainty)
    if missing := marginal_cost.left_out(found.plan, found.closed):
        console().print(missing)


def record_of(recipe: Recipe, plan: Plan, options: argparse.Namespace, work: Work, seconds: float) -> dict[str, Any]:
    """The record of what a command found, with how long it took."""
    totals = work.totals[-1]
    return {"kind": options.command, **whole(recipe), **of_run(plan, totals, not options.no_variability, work.stopped), **circumstances(plan, totals),
            "wall_s": round(seconds, 3)}


def plain_facts(record: Mapping[str, Any]) -> dict[str, Any]:
    """What ``--json`` tells of a *record*: all but the recipe in full, and with what it was made."""
    return {key: value for key, value in record.items() if key not in ("kind", "title", "recipe", "ranges", "versions", "python", "wall_s")}


_SHORT = ("cost_per_good_unit_direct", "cost_per_good_unit_loaded", "price_per_good_unit", "cost_per_good_unit_direct_without_dies",
          "yield", "escapes_ppm", "good_units_per_week", "throughput", "cycle_time", "raw_process_time", "waiting_time", "wip", "bottleneck_load")


def _print_summary(found: Simulated, summary: Any) -> None:
    out, plan, uncertainty = console(), found.plan, found.uncertainty
    out.print(RunResult(found).title)
    rows = []
    for _, row in summary[summary["metric"].isin(_SHORT)].iterrows():
        name = row["metric"] + (f" ({row['note']})" if row["note"] else "")
        around = plus_minus(row["mean"], row["ci_low"], row["ci_high"])
        rows.append([name, row["unit"], number(row["mean"], 5), around, about(number(row["expected"], 5), row["expected_is"] == ESTIMATE),
                     *band(uncertainty, row["metric"] if row["unit"] == "USD" else "")])
    beside = "closed form, ≈ estimate" if (summary["expected_is"] == ESTIMATE).any() else "closed form"
    heads = ["figure", "unit", "mean", f"± {100 * plan.confidence:g} %", beside, *(BAND if uncertainty is not None else ())]
    out.print(table(heads, rows, left=2))


def _print_limits(tools: Any) -> None:
    """Tool groups for which lots wait, each with what limits it, in one line; nothing where all are limited by demand."""
    held = tools[~tools["limited_by"].isin([DEMAND, ""])].sort_values("load", ascending=False, kind="stable")
    if len(held):
        console().print("limited by: " + ", ".join(f"{name} – {what}" for name, what in zip(held["tool_group"], held["limited_by"], strict=True)))
