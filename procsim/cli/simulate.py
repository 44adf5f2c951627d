"""``run`` and ``whatif``: the commands that simulate."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from procsim import marginal
from procsim.beliefs import Swing, swings
from procsim.cli import doubts
from procsim.cli.prepare import DONE, INFEASIBLE, check_out, check_save, prepared, refuse_overload, short_of_staff, wrong
from procsim.cli.show import about, console, number, table
from procsim.cli.uncertainty import doubted, print_doubt, print_resting
from procsim.cli.work import Work, chosen, deadline, finished, precise
from procsim.costs.totals import Totals
from procsim.errors import InfeasibleError
from procsim.exactness import ESTIMATE, says
from procsim.expected import Expected
from procsim.limiting import DEMAND
from procsim.plan.shape import HOUR, Plan
from procsim.recipe.load import Recipe
from procsim.results import warmup_advice, wip_course

LIBRARIES = ("procsim", "simpy", "numpy", "pandas", "scipy", "pydantic", "PyYAML", "matplotlib")


def _folder(recipe: Recipe, options: argparse.Namespace, cut: str = "") -> Path:
    """Where the report goes: ``reports/<flow>`` only for default options and a whole run, so that the tables there mean one thing.

    *cut* names what is left of a run that was cut short."""
    if options.out:
        return Path(options.out)
    default = not (options.sets or options.seed is not None or options.replications or options.no_variability or options.allow_overload
                   or options.precision or options.start_wip or options.uncertainty or cut)
    if default:
        return Path("reports") / recipe.flow
    words = [recipe.hash[:8], *([f"seed{options.seed}"] if options.seed is not None else []),
             *([f"n{options.replications}"] if options.replications else []), *(["mean"] if options.no_variability else []),
             *(["wip"] if options.start_wip else []), *(f"{name or 'precision'}{share:g}" for name, share in options.precision),
             *([f"uncertainty{options.uncertainty}"] if options.uncertainty else []), *([cut] if cut else [])]
    return Path("reports") / "runs" / "-".join([recipe.flow, *words])


def run_command(options: argparse.Namespace) -> int:
    """Simulates a flow, prints the short table and writes the report."""
    begun, end = time.perf_counter(), deadline(options)
    recipe, plan, closed = prepared(options)
    refuse_overload(plan, closed, options.allow_overload)
    for warning in [*short_of_staff(plan, closed), *doubts.of_yield(plan, closed)]:
        console(error=True).print(f"warning: {warning}")
    plan = chosen(plan, options)
    check_out(options.out)
    check_save(options.save_wip, options, plan)
    known = swings(recipe) if not plan.money.free else ()
    doubt = doubted(recipe, plan, known, closed.loaded, options, end) if options.uncertainty else None
    from procsim import report, tables

    with tempfile.TemporaryDirectory(prefix="procsim-") as kept:
        spool = Path(kept)
        work = precise(plan, closed, options, end, spool) if options.precision else finished([(plan, closed)], options, end, spool=spool)
        totals = work.totals[0]
        if not (options.allow_overload or plan.allow_overload) and (
                stuck := doubts.blocked(plan, totals) or doubts.overloaded(plan, totals, closed)):
            raise InfeasibleError(f"{stuck}; or release less, or pass --allow-overload")
        folder = _folder(recipe, options, f"first{len(totals)}" if work.stopped else "")
        made = _tables(plan, closed, known, totals)
        if one_more := marginal.marginal(recipe, options.sets, plan, closed):
            made["marginal_cost"] = tables.marginal_cost(one_more, says(plan, "cost_per_good_unit_direct"))
        if volumes := marginal.volumes(recipe, plan, closed):
            made["cost_by_volume"] = tables.cost_by_volume(volumes, says(plan, "cost_per_good_unit_direct"))
        pictures, summary = _figures(recipe, plan, made, totals), made["summary"]
        if doubt is not None:
            made, pictures = {**made, **doubt.tables}, {**pictures, **doubt.files}
        record = record_of(recipe, plan, options, work, time.perf_counter() - begun) | {"left_out": marginal.left_out(plan, closed)}
        report.write(folder, {**made, "lots": tables.lots_by_stretches(plan, spool)}, pictures,
                     record | ({"draws": options.uncertainty} if options.uncertainty else {}))
    _print_summary(recipe, plan, closed, summary, totals)
    _print_limits(made["tools"])
    print_resting(known)
    if doubt is not None:
        print_doubt(doubt)
    if missing := marginal.left_out(plan, closed):
        console().print(missing)
    console().print(str(folder))
    if options.save_wip:
        report.save(Path(options.save_wip), tables.wip(plan, totals))
        console().print(options.save_wip)
    stuck = doubts.nothing_done(plan, totals, closed)
    if stuck:
        console(error=True).print(f"error: {stuck}")
    return work.code or (INFEASIBLE if stuck else DONE)


def _tables(plan: Plan, closed: Expected, known: Sequence[Swing], totals: list[Totals]) -> dict[str, Any]:
    """The tables of a report by name, all but those of single lots."""
    from procsim import tables

    made = {
        "summary": tables.summary(plan, totals, closed, known), "tools": tables.tools(plan, totals, closed),
        "steps": tables.steps(plan, totals, closed), "yield_by_step": tables.yield_by_step(plan, totals),
        "cost_by_step": tables.cost_by_step(plan, totals), "cost_by_category": tables.cost_by_category(plan, totals),
        "materials": tables.materials(plan, totals),
    }
    if plan.units_per_panel > 1:
        made |= {"loss_pareto": tables.loss_pareto(plan, totals), "yield_per_panel": tables.yield_per_panel(totals),
                 "yield_per_lot": tables.yield_per_lot(totals)}
    if plan.losses.learns.any():
        made["yield_ramp"] = tables.yield_ramp(plan)
    if len({stream.product for stream in plan.streams}) > 1:
        made["products"] = tables.products(plan, totals, closed)
    if len({stream.product for stream in plan.streams}) < len(plan.streams):
        made["streams"] = tables.streams(plan, totals, closed)
    if plan.groups.duty.pools:
        made["operators"] = tables.operators(plan, totals, closed)
    if plan.discipline.limits:
        made["queue_time"] = tables.queue_time(plan, totals)
    if any(one.moves for one in known):
        made["provenance"] = tables.provenance(known)
    return made


def _figures(recipe: Recipe, plan: Plan, made: dict[str, Any], totals: list[Totals]) -> dict[str, bytes]:
    from procsim.figures import bars, section, style
    from procsim.figures.warmup import warmup
    from procsim.section.build import build

    found = {"tool_use.svg": style.svg(bars.tool_use(made["tools"], plan.title), "tool_use")}
    settling = warmup(*wip_course(totals), plan.warmup_us / HOUR, warmup_advice(plan, totals), plan.title)
    found["warmup.svg"] = style.svg(settling, "warmup")
    if len(made.get("loss_pareto", ())):
        found["loss_pareto.svg"] = style.svg(bars.loss_pareto(made["loss_pareto"], plan.title), "loss_pareto")
    if made["cost_by_step"]["cost_per_good_unit_usd"].abs().sum() > 0:
        found["cost_by_step.svg"] = style.svg(bars.cost_by_step(made["cost_by_step"], plan.title), "cost_by_step")
    if recipe.document.product is not None:
        found["section.svg"] = style.svg(section.sheet(recipe.title, build(recipe)), "section", tight=False)
    return found


def record_of(recipe: Recipe, plan: Plan, options: argparse.Namespace, work: Work, seconds: float) -> dict[str, Any]:
    totals = work.totals[-1]
    return {
        "flow": recipe.flow, "title": recipe.title, "recipe": recipe.resolved, "recipe_sha256_16": recipe.hash, "set": list(options.sets),
        "ranges": {address: {"low": r.low, "mid": r.mid, "high": r.high, "source": r.source} for address, r in recipe.ranges.items()},
        "seed": plan.seed, "replications": len(totals), "warmup_h": plan.warmup_us / HOUR,
        "warmup_advice": [asdict(advice) for advice in warmup_advice(plan, totals)], "horizon_h": plan.horizon_us / HOUR,
        "variability": not options.no_variability, "versions": {name: version(name) for name in LIBRARIES}, "python": sys.version.split()[0],
        "stopped": work.stopped, "wall_s": round(seconds, 3), "step_visits": sum(t.all_visits for t in totals),
    }


_SHORT = ("cost_per_good_unit_direct", "cost_per_good_unit_loaded", "price_per_good_unit", "cost_per_good_unit_direct_without_dies",
          "yield", "escapes_ppm", "good_units_per_week", "throughput", "cycle_time", "raw_process_time", "waiting_time", "wip", "bottleneck_load")


def _print_summary(recipe: Recipe, plan: Plan, closed: Expected, summary: Any, totals: list[Totals]) -> None:
    out = console()
    n = len(totals)
    times = f"{number(plan.horizon_us / HOUR)} h (warm-up {number(plan.warmup_us / HOUR)} h)"
    out.print(f"{recipe.title}: {n} replication{'s' if n > 1 else ''} × {times}")
    rows = []
    for _, row in summary[summary["metric"].isin(_SHORT)].iterrows():
        name = row["metric"] + (f" ({row['note']})" if row["note"] else "")
        rows.append([name, row["unit"], number(row["mean"], 5), "± " + number((row["ci_high"] - row["ci_low"]) / 2, 2),
                     about(number(row["expected"], 5), row["expected_is"] == ESTIMATE)])
    beside = "closed form, ≈ estimate" if (summary["expected_is"] == ESTIMATE).any() else "closed form"
    out.print(table(["figure", "unit", "mean", f"± {100 * plan.confidence:g} %", beside], rows, left=2))
    news = console(error=True)
    for warning in _warnings(plan, closed, totals):
        news.print(f"warning: {warning}")


def _print_limits(tools: Any) -> None:
    """Tool groups for which lots wait, each with what limits it, in one line; nothing where all are limited by demand."""
    held = tools[tools["limited_by"] != DEMAND].sort_values("load", ascending=False, kind="stable")
    if len(held):
        console().print("limited by: " + ", ".join(f"{name} – {what}" for name, what in zip(held["tool_group"], held["limited_by"], strict=True)))


def _warnings(plan: Plan, closed: Expected, totals: list[Totals]) -> list[str]:
    found = list(plan.warnings)
    unused = sum(t.unused.sum(axis=1) for t in totals)
    hard = [name for name, usd in zip(plan.groups.names, np.asarray(unused).tolist(), strict=True) if usd < 0]
    if hard:
        found.append(f"{', '.join(hard)}: charged for more hours than it costs, since it works more than its practical capacity; "
                     "its unused capacity is negative")
    finished = sum(t.sums["lots_finished"] for t in totals) / len(totals)
    if finished == 0:
        found.append("no lot finished inside the window: the horizon is too short, or nothing survives")
    elif finished < 30:
        found.append(f"only {finished:g} lots finished in the window of a replication: the figures mean little")
    stalled = next((t.stalled for t in totals if t.stalled), "")
    if stalled:
        found.append(f"lots were left over at the end: {stalled}")
    return found + doubts.of_run(plan, totals, closed)


def whatif_command(options: argparse.Namespace) -> int:
    """Base against edit on the same random numbers."""
    end = deadline(options)
    check_out(options.out)
    base_flow, sets = options.flow, list(options.sets)
    if not sets:
        base_flow = _extended(options.flow)
    before = prepared(options, [], base_flow)
    after = prepared(options, sets)
    for _, plan, closed in (before, after):
        refuse_overload(plan, closed, options.allow_overload)
    plans = [(chosen(plan, options), closed) for _, plan, closed in (before, after)]
    if plans[0][0].replications != plans[1][0].replications or plans[0][0].seed != plans[1][0].seed:
        plans[1] = (replace(plans[1][0], replications=plans[0][0].replications, seed=plans[0][0].seed), plans[1][1])
    work = finished(plans, options, end, paired=True)
    one, two = work.totals
    from procsim import report, tables

    pair = (plans[0][0], plans[1][0])
    made = {"whatif": tables.whatif(pair[1], one, two)}
    if made["whatif"]["base"].notna().any() and not pair[0].money.free:
        made["by_category"] = tables.whatif_by(pair, (one, two), tables.cost_by_category, "category")
        made["by_step"] = tables.whatif_by(pair, (one, two), tables.cost_by_step, "step")
    _print_whatif(before[0], after[0], sets, pair, made, (one, two))
    for name, (plan, closed), totals in (("base", plans[0], one), ("edit", plans[1], two)):
        for doubt in doubts.of_run(plan, totals, closed):
            console(error=True).print(f"warning: {name}: {doubt}")
    if options.out:
        report.write(Path(options.out), made, {}, record_of(after[0], pair[1], options, work, 0.0))
        console().print(options.out)
    return work.code


def _extended(flow: str) -> str:
    """The recipe that a what-if file extends."""
    from procsim.recipe.expand import Expansion, tree_of
    from procsim.recipe.source import read_file

    path = Path(flow)
    root = read_file(path)
    above = root.get("extends")
    if above is None:
        raise wrong("whatif needs an edit: --set address=value, or a recipe that extends another")
    return str(Expansion(tree_of(path)).open(above, path.resolve())[0])


def _verdict(low: float, high: float) -> str:
    """In words: whether the difference is more than noise."""
    if low != low:
        return "one replication: no interval"
    if low == high == 0:
        return "same"
    return "cannot tell" if low <= 0 <= high else ""


def _print_whatif(base: Recipe, edit: Recipe, sets: list[str], plans: tuple[Plan, Plan], made: dict[str, Any],
                  totals: tuple[list[Totals], list[Totals]]) -> None:
    from procsim.results import bottleneck_name

    out = console()
    what = ", ".join(sets) if sets else edit.title
    out.print(f"{base.title}  →  {what}   ({len(totals[0])} replications, same random numbers)")
    rows = []
    for _, row in made["whatif"].iterrows():
        if row["base"] != row["base"] and row["edit"] != row["edit"]:
            continue
        rows.append([row["metric"], row["unit"], number(row["base"], 5), number(row["edit"], 5), _signed(row["difference"]),
                     _interval(row), _verdict(row["ci_low"], row["ci_high"])])
    out.print(table(["figure", "unit", "base", "edit", "difference", f"{100 * plans[0].confidence:g} % interval", ""], rows, left=2))
    for name, key in (("by_category", "category"), ("by_step", "step")):
        if name in made and len(made[name]):
            moved = made[name].reindex(made[name]["difference_usd"].abs().sort_values(ascending=False, kind="stable").index).head(12)
            out.print("")
            out.print(table([key, "base", "edit", "difference", "interval"], [
                [r[key], number(r["base_usd"]), number(r["edit_usd"]), _signed(r["difference_usd"]), _interval(r)] for _, r in moved.iterrows()]))
    names = [bottleneck_name(plan, runs) for plan, runs in zip(plans, totals, strict=True)]
    out.print("")
    out.print(f"bottleneck moved: {names[0]} → {names[1]}" if names[0] != names[1] else f"bottleneck: {names[0]}, as before")


def _interval(row: Any) -> str:
    return f"[{_signed(row['ci_low'])}, {_signed(row['ci_high'])}]"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, 3)
