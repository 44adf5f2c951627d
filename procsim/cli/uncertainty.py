"""``--uncertainty``: draws of the ranged inputs, as tables, as a picture and in a few lines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from procsim.beliefs import Swing, resting, swings, widest
from procsim.cli.prepare import wrong
from procsim.cli.show import console, number, progress, table
from procsim.cli.targets import put_down
from procsim.errors import InfeasibleError, StoppedError
from procsim.expected import Expected
from procsim.experiments.replicate import processes
from procsim.experiments.uncertainty import FIGURES, draw
from procsim.plan.shape import Plan
from procsim.recipe.load import Recipe

COST = "cost_per_good_unit_loaded"
"""The figure whose drivers are told."""
WORTH_PROCESSES = 1000
"""Draws above which starting processes pays."""
SHOWN = ("cost_per_good_unit_direct", COST, "yield", "good_units_per_week", "bottleneck_load", "overloaded")


@dataclass(frozen=True, slots=True)
class Doubt:
    """What ``--uncertainty`` found: *tables* and *files* for a report, and the *fit* (R²) of the regression on the inputs."""

    tables: dict[str, Any]
    files: dict[str, bytes]
    fit: float


def doubted(recipe: Recipe, plan: Plan, known: Sequence[Swing], estimate: float, options: argparse.Namespace, end: float) -> Doubt:
    """Draws of all ranged inputs among *known*; *estimate* is the fully loaded cost with all of them at mid.

    Raises RecipeError where there is nothing to draw, and InfeasibleError where time is up before all draws are done.
    """
    if plan.money.free:
        raise wrong("--uncertainty needs a cost: nothing in this recipe has a price")
    if not any(one.known.ranged for one in known):
        raise wrong("--uncertainty: no number that this recipe uses has a range; write one as {mid: 0.9, low: 0.8, high: 0.97, source: …}")
    count = options.uncertainty
    jobs = options.jobs or (os.cpu_count() or 1 if count > WORTH_PROCESSES else 1)
    try:
        with progress(count, "draws", options.quiet) as bar, processes(min(jobs, count)) as pool:
            def news(done: int) -> None:
                if bar is not None:
                    bar.advance(bar.task_ids[0], done)

            draws = draw(recipe, known, count, plan.seed, executor=pool, deadline=end, progress=news)
    except StoppedError:
        raise InfeasibleError(f"not all of {count} draws were done within {options.max_wall_s:g} s: allow more time, or draw less") from None
    from procsim import tables
    from procsim.figures import style
    from procsim.figures.uncertainty import uncertainty

    drivers, fit = tables.drivers(draws.swings, draws.values, draws.of(COST))
    picture = uncertainty(draws.of(COST).tolist(), estimate, drivers, "fully loaded cost, USD per good package", plan.title)
    return Doubt({"uncertainty": tables.uncertainty(FIGURES, draws.figures), "uncertainty_drivers": drivers},
                 {"uncertainty.svg": style.svg(picture, "uncertainty")}, fit)


def estimate_doubted(recipe: Recipe, plan: Plan, closed: Expected, options: argparse.Namespace) -> bool:
    """What ``estimate`` adds: the draws, in print and, with --out, as a report. Says whether it could be written."""
    from procsim import report, tables

    seeded = replace(plan, seed=plan.seed if options.seed is None else options.seed)
    with options.stop.may():
        known = swings(recipe)
        doubt = doubted(recipe, seeded, known, closed.loaded, options, options.stop.end)
    console().print("")
    print_resting(known)
    print_doubt(doubt)
    if options.out:
        record = {"flow": recipe.flow, "recipe": recipe.resolved, "recipe_sha256_16": recipe.hash, "set": list(options.sets), "seed": seeded.seed,
                  "draws": options.uncertainty}
        made = {"provenance": tables.provenance(known), **doubt.tables}
        return put_down(options.out, lambda path: report.write(path, made, doubt.files, record))
    return True


def print_doubt(doubt: Doubt) -> None:
    """The spread of the main figures, and what drives the cost."""
    out = console()
    spread, drivers = doubt.tables["uncertainty"], doubt.tables["uncertainty_drivers"]
    rows = [[r["figure"], r["unit"], *(number(r[c], 4) for c in ("mean", "sd", "p05", "p50", "p95"))]
            for _, r in spread[spread["figure"].isin(SHOWN)].iterrows()]
    out.print("")
    out.print(table([f"of {int(spread['draws'].max())} draws", "unit", "mean", "sd", "5 %", "50 %", "95 %"], rows, left=2))
    out.print("")
    out.print(table([f"drivers of {COST}", "share of variance", "rank correlation", "low", "mid", "high"], [
        [r["address"], f"{number(100 * r['share_of_variance'], 3)} %", number(r["spearman"], 2), *(number(r[c], 4) for c in ("low", "mid", "high"))]
        for _, r in drivers.head(8).iterrows()]))
    out.print(f"a plane through the inputs explains {number(100 * doubt.fit, 3)} % of its variance")


def print_resting(known: Sequence[Swing]) -> None:
    """How much of the cost rests on estimates, in a line."""
    share = resting(known)
    if share == share:
        most = "; ".join(f"{one.known.address} ± {number(one.half_usd, 3)} USD" for one in widest(known))
        console().print(f"{number(100 * share, 3)} % of the fully loaded cost rests on estimates" + (f"; the widest: {most}" if most else ""))
