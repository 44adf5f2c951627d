"""Says in plain values of which recipe something was found, for the record of a report and for scripts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from procsim.costs.totals import Totals
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import warmup_advice
from procsim.studies.differences import differences

LIBRARIES = ("procsim", "simpy", "numpy", "pandas", "scipy", "pydantic", "PyYAML", "matplotlib")


def identity(recipe: Recipe) -> dict[str, Any]:
    """Which recipe it is, with which edits."""
    return {"flow": recipe.flow, "recipe_sha256_16": recipe.hash, "with": [str(path) for path in recipe.over], "set": list(recipe.sets)}


def whole(recipe: Recipe) -> dict[str, Any]:
    """The same, with all that the recipe says, and what it changes of the one that it extends."""
    return {**identity(recipe), **_file(recipe), **differences(recipe), "title": recipe.title, "recipe": recipe.resolved,
            "ranges": {address: {"low": r.low, "mid": r.mid, "high": r.high, "source": r.source} for address, r in recipe.ranges.items()}}


def made_of(recipes: Sequence[Recipe], placed: bool = True) -> dict[str, Any]:
    """Of which recipes a study is, each with what it changes of the one that it extends, and, if it is to be *placed*, its file; and with what it was
    made."""
    told = [{**identity(recipe), **(_file(recipe) if placed else {}), **differences(recipe)} for recipe in recipes]
    return {"recipes": told, "versions": versions(), "python": sys.version.split()[0]}


def versions() -> dict[str, str]:
    """Of procsim and the libraries that figures depend on."""
    return {name: version(name) for name in LIBRARIES}


def _file(recipe: Recipe) -> dict[str, str]:
    """Where it is written, as far as that says the same on every machine."""
    return {} if recipe.root is not None or recipe.path.is_absolute() else {"file": recipe.path.as_posix()}


def of_run(plan: Plan, totals: Sequence[Totals], variable: bool, stopped: str = "") -> dict[str, Any]:
    """How often and for how long it was simulated, and what *stopped* it."""
    return {"seed": plan.seed, "replications": len(totals), "warmup_h": plan.warmup_us / HOUR, "horizon_h": plan.horizon_us / HOUR,
            "variability": variable, "stopped": stopped, "step_visits": sum(t.all_visits for t in totals), **settled_numbers(plan)}


def circumstances(plan: Plan, totals: Sequence[Totals]) -> dict[str, Any]:
    """What else is kept with a report: advice on the warm-up, and with what it was made."""
    return {"warmup_advice": [asdict(advice) for advice in warmup_advice(plan, totals)],
            "versions": versions(), "python": sys.version.split()[0]}


def settled_numbers(plan: Plan) -> dict[str, Any]:
    """What the recipe left open, as it was settled: lots a week of each release, and tools of each group; nothing where it left nothing open."""
    if plan.wanted is None:
        return {}
    lots = {s.name: 168 * HOUR * s.at_once / s.interval.mean for s, k in zip(plan.streams, plan.wanted.of.tolist(), strict=True)
            if k >= 0 and s.interval is not None}
    each = zip(plan.groups.names, plan.groups.count.tolist(), plan.wanted.auto.tolist(), strict=True)
    return {"settled": {"lots_per_week": lots, "tools": {name: count for name, count, auto in each if auto}}}
