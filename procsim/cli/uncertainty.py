"""Does the option ``--uncertainty``: draws of the ranged inputs, in a few lines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from procsim.cli.show import console, progress, table
from procsim.closed_form.sensitivity import WORDS, Swing, by_width, resting, unranged
from procsim.errors import InfeasibleError, StoppedError
from procsim.experiments.processes import processes
from procsim.maths.numerals import number
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.studies.uncertainty import COST, Uncertainty, refuse, uncertain

WORTH_PROCESSES = 1000
"""Draws above which starting processes pays."""
SHOWN = ("cost_per_good_unit_direct", COST, "price_per_good_unit", "yield", "good_units_per_week", "bottleneck_load", "tools_added", "overloaded")
NAMED = 3
"""Numbers that are named of each kind of what the cost rests on."""
BAND = ("mid", "mean of draws", "5 %", "95 %", "draws below mid")


def band(uncertainty: Uncertainty | None, figure: str) -> list[str]:
    """What stands beside *figure* wherever it is quoted, under ``BAND``: its value at mid, the mean of the draws, their 5 and 95 % quantiles, and
    where among them mid lies; empty where the draws say nothing of it, and nothing at all where nothing was drawn."""
    if uncertainty is None:
        return []
    spread = uncertainty.tables["uncertainty"].set_index("figure")
    if figure not in spread.index:
        return [""] * len(BAND)
    row: Any = spread.loc[figure]
    return [*(number(row[c], 4) for c in ("mid", "mean", "p05", "p95")), _percent(row["mid_percentile"])]


def _percent(value: float) -> str:
    return "" if value != value else f"{number(value, 2)} %"


def drawn(recipe: Recipe, plan: Plan, known: Sequence[Swing], options: argparse.Namespace, end: float) -> Uncertainty:
    """Draws of all ranged inputs among *known*.

    Raises RecipeError where there is nothing to draw, and InfeasibleError where time is up before all draws are done.
    """
    refuse(plan, known)
    count = options.uncertainty
    jobs = options.jobs or (os.cpu_count() or 1 if count > WORTH_PROCESSES else 1)
    try:
        with progress(count, "draws") as bar, processes(min(jobs, count)) as pool:
            def news(done: int) -> None:
                if bar is not None:
                    bar.advance(bar.task_ids[0], done)

            return uncertain(recipe, plan, known, count, executor=pool, deadline=end, progress=news)
    except StoppedError:
        raise InfeasibleError(f"not all of {count} draws were done within {options.max_wall_s:g} s: allow more time, or draw less") from None


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
