"""Reads flows for studies: a recipe's file with edits becomes a Recipe and its Plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procsim.closed_form.settled import settled
from procsim.experiments.points import Evaluator
from procsim.planning.plan import Plan
from procsim.recipe import load as loading
from procsim.recipe.recipe import Recipe

Sets = Mapping[str, Any] | Sequence[str]
"""Edits: ``{"layer.repeat": 3}``, or as the command line has them, ``["layer.repeat=3"]``."""
Flow = Path | str | Recipe
"""The file of a recipe, or a recipe that has been read."""


def texts(sets: Sets) -> list[str]:
    """*sets* as ``--set`` takes them. Raises TypeError where a value is nothing that a recipe could hold."""
    return [f"{address}={_yaml(value)}" for address, value in sets.items()] if isinstance(sets, Mapping) else list(sets)


def _yaml(value: Any) -> str:
    """*value* in YAML, on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float | str):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    raise TypeError(f"a recipe holds numbers, texts, lists and mappings, not {type(value).__name__}")


def load(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> Recipe:
    """The recipe in the file *flow*, with the what-ifs *over* it and the edits *set* made last.

    Raises RecipeError with every mistake that could be told apart.
    """
    if isinstance(flow, Recipe):
        if not set and not over:
            return flow
        return loading.load(flow.path, [*flow.sets, *texts(set)], over=[*flow.over, *over])
    return loading.load(Path(flow), texts(set), over=over)


def plan(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> Plan:
    """The Plan of the recipe: all numbers that the line, its yields and its costs follow from. Raises RecipeError."""
    return settled(load(flow, set, over))


def evaluator(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> Evaluator:
    """What evaluates the flow at many points. Raises RecipeError."""
    if isinstance(flow, Recipe):
        return Evaluator(flow.path, [*flow.sets, *texts(set)], [*flow.over, *over])
    return Evaluator(flow, texts(set), over)
