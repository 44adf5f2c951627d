"""Reads flows for studies: a recipe's file, or plain dictionaries, with edits becomes a Recipe and its Plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from procsim.closed_form.settled import settled
from procsim.experiments.points import Evaluator
from procsim.planning.plan import Plan
from procsim.recipe import load as loading
from procsim.recipe.plain import as_yaml
from procsim.recipe.recipe import Recipe

Sets = Mapping[str, Any] | Sequence[str]
"""Edits: ``{"layer.repeat": 3}``, or as the command line has them, ``["layer.repeat=3"]``."""
Flow = Path | str | Mapping[str, Any] | Recipe
"""The file of a recipe, a recipe as plain dictionaries, or one that has been read."""


def texts(sets: Sets) -> list[str]:
    """*sets* as ``--set`` takes them; in a mapping, a text is a text, whatever it looks like. Raises TypeError where a value is nothing that a recipe
    could hold."""
    if isinstance(sets, str):
        raise TypeError(f"edits are a mapping or a list of texts: write [{sets!r}]")
    return [f"{address}={as_yaml(value)}" for address, value in sets.items()] if isinstance(sets, Mapping) else list(sets)


def load(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), base: Path | str = ".") -> Recipe:
    """The recipe in the file *flow*, with the what-ifs *over* it and the edits *set* made last.

    A recipe may also be plain dictionaries and lists, as YAML has them; the files that it names then lie in the folder *base*. One that has been read
    keeps its edits, and *set* joins them.

    Raises RecipeError with every mistake that could be told apart: ``file:line:col`` and the address; of dictionaries, ``<recipe>`` and the
    address.

    >>> recipe = load("flows:embodiment_1.yaml", set={"layer.repeat": 3})
    >>> len(recipe.steps) - len(load("flows:embodiment_1.yaml").steps)
    13
    >>> line = {"line": {"lot": {"panels": 1}, "release": {"every_h": 1}, "tools": {"saw": {"count": 1}}},
    ...         "run": {"horizon_h": 100}, "steps": [{"id": "cut", "tool": "saw", "time_min": 45}]}
    >>> load(line, set={"cut.time_min": 50}).sets
    ('cut.time_min=50',)
    """
    if isinstance(flow, Recipe):
        return loading.again(flow, texts(set), over) if set or over else flow
    if isinstance(flow, Mapping):
        return loading.built(flow, base, texts(set), over)
    return loading.load(flow, texts(set), over=over)


def plan(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), base: Path | str = ".") -> Plan:
    """The Plan of the recipe: all numbers that the line, its yields and its costs follow from. *flow* and all else is as of ``load``.

    >>> made = plan("flows:embodiment_1.yaml")
    >>> made.groups.names[0], made.units_per_panel
    ('wet_cleaner', 992.0)
    """
    return settled(load(flow, set, over, base))


def evaluator(flow: Flow, set: Sets = (), over: Sequence[Path | str] = ()) -> Evaluator:
    """What evaluates the flow at many points. Raises RecipeError."""
    return Evaluator(load(flow, set, over))


def told_apart(flows: Sequence[Recipe | Path]) -> list[str]:
    """The flows' names, with their folder where two are alike, and a number where those are, too."""
    names = [flow.flow if isinstance(flow, Recipe) else flow.stem for flow in flows]
    paths = [str((flow.path if isinstance(flow, Recipe) else flow).with_suffix("")) for flow in flows]
    longer = [name if names.count(name) == 1 else path for name, path in zip(names, paths, strict=True)]
    return [name if longer.count(name) == 1 else f"{name} ({longer[:n + 1].count(name)})" for n, name in enumerate(longer)]
