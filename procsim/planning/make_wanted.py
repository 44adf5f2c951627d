"""Says what a recipe leaves open: how many lots start, where it asks for good units, and how many tools there are, where it says auto."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from procsim.errors import RecipeError
from procsim.planning.traffic import Stream
from procsim.planning.wanted import Wanted
from procsim.recipe.recipe import Recipe


def make_wanted(recipe: Recipe, names: Sequence[str], streams: Sequence[Stream]) -> Wanted | None:
    """What *recipe* leaves open, of whose tool groups and release *streams* these are; None where it leaves nothing open. Raises RecipeError where
    nothing could settle it."""
    auto = np.array([is_auto(recipe, name) for name in names], dtype=bool)
    asked = [release.good_units_per_week for release in recipe.document.line.streams().values()]
    if not auto.any() and not any(asked):
        return None
    if auto.any() and any(stream.conwip for stream in streams):
        address = "line.count" if recipe.document.line.count else f"tools.{names[int(auto.argmax())]}.count"
        why = "under a constant WIP lots start as others leave, the more of them the more tools there are, so that count: auto has nothing to go by"
        raise RecipeError.at(recipe.place(address), f"{why}: give a number, or release lots by the clock", address)
    number, of = 0, []
    for good in asked:
        of.append(number if good else -1)
        number += 1 if good else 0
    shared = np.array(of * len(streams) if recipe.packages else of, dtype=np.int64)  # packages share one release
    return Wanted(np.array([good for good in asked if good]), shared, auto)


def is_auto(recipe: Recipe, name: str) -> bool:
    """Whether the number of tools of the group *name* is to be found."""
    tool = recipe.document.tools[name]
    return tool.count == "auto" or (recipe.document.line.count == "auto" and tool.speeds is None)
