"""Says what a recipe changes of the one that it extends, or of its file: addresses, with what stood there and what stands there now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from procsim.errors import RecipeError
from procsim.recipe.extends import base_of
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe

MOST, LONGEST = 200, 160
"""Differences that are kept, and letters of a value."""
UNTOLD = ("name", "description", "shows", "extends")


def differences(recipe: Recipe) -> dict[str, Any]:
    """``base``, the name of the recipe that *recipe* is to be compared with, and ``edits``, rows of (address, there, here); nothing where it stands
    by itself."""
    base = _base(recipe)
    if base is None:
        return {}
    before, after = (dict(_flat(one.resolved)) for one in (base, recipe))
    rows = [[address, before.get(address, "–"), after.get(address, "–")] for address in dict.fromkeys([*before, *after])
            if before.get(address) != after.get(address)]
    return {"changes": {"base": base.flow, "edits": rows[:MOST], "left_out": max(len(rows) - MOST, 0)}}


def _base(recipe: Recipe) -> Recipe | None:
    """What it extends, or, edited from outside, its own file as it is."""
    if recipe.root is not None or not Path(recipe.path).is_file():
        return None
    try:
        below = base_of(Path(recipe.path))
        path = below or (recipe.path if recipe.sets or recipe.over else None)
        return load(Path(path)) if path is not None else None
    except (RecipeError, OSError):
        return None


def _flat(value: Any, address: str = "") -> Iterator[tuple[str, str]]:
    """Every number and text with its address; steps by their names, each whole."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if address or key not in UNTOLD:
                yield from _flat(inner, f"{address}.{key}" if address else str(key))
    elif address == "steps" and isinstance(value, list):
        for step in value:
            yield f"step {step.get('id', '')}", _short({key: inner for key, inner in step.items() if key != "id"})
    else:
        yield address, _short(value)


def _short(value: Any) -> str:
    """*value* as it may be written, in few letters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST - 1]}…"
