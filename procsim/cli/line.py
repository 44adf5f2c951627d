"""Lays out how a recipe's line works, as ``check`` shows it: lots, releases, every rule of a tool group, and steps with rules of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table

from procsim.cli.show import table
from procsim.model.base import Model
from procsim.model.steps import Step
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.recipe import Recipe

MONEY = frozenset({"price_usd", "life_years", "installation", "upkeep", "footprint_m2", "power_kw", "operators", "practical_capacity",
                   "residual_value", "source", "note"})
"""Fields of a tool that say what it costs, not how it works."""
RULES = ("coverage", "fault_coverage", "false_reject", "sees", "retest", "repair", "infant_ppm", "burn_in", "skip_known_bad", "same_tool_as",
         "rework", "rework_only", "sample", "sample_every")
"""Fields of a step that change who visits it, where, and what happens then."""


def line(recipe: Recipe, plan: Plan) -> Table:
    """One row per thing that works otherwise than by default: the line, its tool groups in route order, its steps."""
    document = recipe.document
    rows = [["lot", _told(document.line.lot)]]
    rows += [["release" if name == "main" else f"release {name}", _told(stream)] for name, stream in document.line.streams().items()]
    rows += [[name.replace("_", " "), _told(getattr(document.line, name))] for name in sorted(document.line.model_fields_set)
             if name not in ("lot", "release", "releases", "tools", "note", "start_wip") and getattr(document.line, name)]
    rows += [[name, told] for name in plan.groups.names if (told := _told(document.tools[name], without=MONEY | {"count"}))]
    rows += [[placed.id, told] for placed in recipe.steps if (told := _rules(placed.step))]
    made = table(["line", "how it works"], rows, left=2)
    made.columns[-1].no_wrap = False
    return made


def _rules(step: Step) -> str:
    return ", ".join(f"{name} {_value(getattr(step, name))}" for name in RULES if name in step.model_fields_set)


def _told(value: Model | Any, without: Iterable[str] = ("source", "note")) -> str:
    """The fields of *value* that the recipe sets, as one would write them down."""
    if not isinstance(value, Model):
        return _value(value).removeprefix("{").removesuffix("}")
    names = [name for name in type(value).model_fields if name in value.model_fields_set and name not in without]
    return ", ".join(f"{name.removesuffix('_')} {_value(getattr(value, name))}" for name in names if getattr(value, name) not in (None, {}))


def _value(value: Any) -> str:
    """A value in YAML's flow style, without quotes."""
    if isinstance(value, Model):
        return "{" + _told(value) + "}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return f"{value:.6g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def found_words(plan: Plan) -> str:
    """What a recipe left open and was settled: how many lots start, and how many tools there are; "" where it left nothing open."""
    if plan.wanted is None:
        return ""
    words = [f"{168 * HOUR * s.at_once / s.interval.mean:.6g} lots a week of {s.name} start"
             for s, k in zip(plan.streams, plan.wanted.of.tolist(), strict=True) if k >= 0 and s.interval is not None]
    each = zip(plan.groups.names, plan.groups.count.tolist(), plan.wanted.auto.tolist(), strict=True)
    tools = [f"{name} {count}" for name, count, auto in each if auto]
    return f"settled: {'; '.join([*words, *([', '.join(tools)] if tools else [])])}"
