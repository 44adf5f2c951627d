"""Does the option ``--uncertainty``: draws of the ranged inputs, as tables, as a picture and in a few lines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from procsim.cli.prepare import wrong
from procsim.cli.show import console, progress, table
from procsim.cli.targets import put_down
from procsim.closed_form.sensitivity import WORDS, Swing, by_width, resting, swings, unranged
from procsim.errors import InfeasibleError, StoppedError
from procsim.experiments.replicate import processes
from procsim.experiments.uncertainty import FIGURES, Sample, draw
from procsim.maths.numerals import number
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe

COST = "cost_per_good_unit_loaded"
"""The figure whose drivers are told."""
WORTH_PROCESSES = 1000
"""Draws above which starting processes pays."""
SHOWN = ("cost_per_good_unit_direct", COST, "price_per_good_unit", "yield", "good_units_per_week", "bottleneck_load", "tools_added", "overloaded")
NAMED = 3
"""Numbers that are named of each kind of what the cost rests on."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What ``--uncertainty`` found of the inputs *known*: *tables* and *files* for a report, and the *fit* (R²) of the regression on the inputs."""

    known: Sequence[Swing]
    tables: dict[str, Any]
    files: dict[str, bytes]
    fit: float

    def band(self, figure: str) -> list[str]:
        """What stands beside *figure* wherever it is quoted, under ``BAND``: its value at mid, the mean of the draws, their 5 and 95 % quantiles,
        and where among them mid lies; empty where the draws say nothing of it."""
        spread = self.tables["uncertainty"].set_index("figure")
        if figure not in spread.index:
            return [""] * len(BAND)
        row = spread.loc[figure]
        return [*(number(row[c], 4) for c in ("mid", "mean", "p05", "p95")), _percent(row["mid_percentile"])]


def _percent(value: float) -> str:
    return "" if value != value else f"{number(value, 2)} %"


BAND = ("mid", "mean of draws", "5 %", "95 %", "draws below mid")


def drawn(recipe: Recipe, plan: Plan, known: Sequence[Swing], options: argparse.Namespace, end: float) -> Uncertainty:
    """Draws of all ranged inputs among *known*.

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

            draws = draw(recipe, known, Sample(count, plan.seed), executor=pool, deadline=end, progress=news)
    except StoppedError:
        raise InfeasibleError(f"not all of {count} draws were done within {options.max_wall_s:g} s: allow more time, or draw less") from None
    from procsim import tables
    from procsim.figures import style
    from procsim.figures.uncertainty import uncertainty

    spread = tables.uncertainty(FIGURES, draws.figures, draws.mid)
    if COST not in set(spread["figure"]):
        return Uncertainty(known, {"uncertainty": spread}, {}, float("nan"))
    drivers, fit = tables.drivers(draws.swings, draws.values, draws.of(COST))
    mid = float(draws.mid[FIGURES.index(COST)])
    picture = uncertainty(draws.of(COST).tolist(), mid, drivers, "fully loaded cost, USD per good package", plan.title)
    return Uncertainty(known, {"uncertainty": spread, "uncertainty_drivers": drivers}, {"uncertainty.svg": style.svg(picture, "uncertainty")}, fit)


def drawn_for_estimate(recipe: Recipe, plan: Plan, options: argparse.Namespace) -> Uncertainty:
    """What ``estimate`` draws."""
    return drawn(recipe, _seeded(plan, options), swings(recipe), options, options.stop.end)


def _seeded(plan: Plan, options: argparse.Namespace) -> Plan:
    return plan if options.seed is None else replace(plan, seed=options.seed)


def tell_estimate(recipe: Recipe, plan: Plan, drawn_values: Uncertainty, options: argparse.Namespace) -> bool:
    """What ``estimate`` adds: the draws, in print and, with --out, as a report. Says whether it could be written."""
    from procsim import report, tables

    console().print("")
    print_resting(drawn_values.known)
    print_uncertainty(drawn_values)
    if options.out:
        record = {"flow": recipe.flow, "recipe": recipe.resolved, "recipe_sha256_16": recipe.hash,
                  "with": list(options.over), "set": list(options.sets),
                  "seed": _seeded(plan, options).seed, "draws": options.uncertainty}
        made = {"provenance": tables.provenance(drawn_values.known), **drawn_values.tables}
        return put_down(options.out, lambda path: report.write(path, made, drawn_values.files, record))
    return True


def print_uncertainty(drawn_values: Uncertainty) -> None:
    """The spread of the main figures, and what drives the cost."""
    out = console()
    spread, drivers = drawn_values.tables["uncertainty"], drawn_values.tables.get("uncertainty_drivers")
    rows = [[r["figure"], r["unit"], *(number(r[c], 4) for c in ("mid", "mean", "sd", "p05", "p50", "p95")), _percent(r["mid_percentile"])]
            for _, r in spread[spread["figure"].isin(SHOWN)].iterrows()]
    out.print("")
    heads = [f"of {int(spread['draws'].max())} draws", "unit", "mid", "mean", "sd", "5 %", "50 %", "95 %", "draws below mid"]
    out.print(table(heads, rows, left=2))
    out.print("")
    if drivers is None:
        out.print(f"drivers of {COST} are left out: it has no closed form here")
        return
    out.print(table([f"drivers of {COST}", "share of variance", "rank correlation", "low", "mid", "high"], [
        [r["address"], f"{number(100 * r['share_of_variance'], 3)} %", number(r["spearman"], 2), *(number(r[c], 4) for c in ("low", "mid", "high"))]
        for _, r in drivers.head(8).iterrows()]))
    out.print(f"a plane through the inputs explains {number(100 * drawn_values.fit, 3)} % of its variance")


def print_resting(known: Sequence[Swing]) -> None:
    """On whose word the cost rests, and on which numbers most: those with the widest ranges, and the largest that have none."""
    shares = resting(known)
    if not any(share > 0 for share in shares.values()):
        return
    said = {"published": "published numbers", "estimate": "estimates", "choice": "choices", "unsourced": "numbers without a source"}
    out = console()
    out.print("the fully loaded cost rests on " + ", ".join(f"{said[word]} {number(100 * shares[word], 3)} %" for word in WORDS))
    if wide := by_width(known)[:NAMED]:
        out.print("  widest ranges: " + "; ".join(f"{one.known.address} ± {number(one.half_usd, 3)} USD ({one.known.provenance})" for one in wide))
    if steep := unranged(known)[:NAMED]:
        out.print("  largest without a range: " + "; ".join(
            f"{one.known.address}, elasticity {number(one.elasticity, 2)} ({one.known.provenance})" for one in steep))
