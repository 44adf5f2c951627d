"""Gathers what a recipe says about the line as a whole: its tool groups, which steps each does, and the streams of lots released into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Ints
from procsim.maths.same import FLOWS, of_the_same
from procsim.model.tool import Tool
from procsim.planning.make_releases import make_stream
from procsim.planning.plan import Route
from procsim.planning.traffic import Stream
from procsim.recipe.recipe import Placed, Recipe


@dataclass(frozen=True, slots=True)
class Shop:
    """The line of *recipe*: the *names* and *tools* of its G tool groups, the group of each step, *group_of* (S,), and the release *streams*."""

    recipe: Recipe
    names: tuple[str, ...]
    tools: tuple[Tool, ...]
    group_of: Ints
    streams: tuple[Stream, ...]

    def groups(self) -> Iterator[tuple[str, Tool]]:
        """Every tool group's name, with what the recipe says of its tools."""
        return zip(self.names, self.tools, strict=True)

    def doing(self, s: int) -> tuple[str, Tool]:
        """The tool group that does step *s*."""
        return self.names[self.group_of[s]], self.tools[self.group_of[s]]

    def along(self, route: Route) -> Iterator[tuple[Placed, str, Tool]]:
        """Step and tool group of every position of *route*."""
        return ((self.recipe.steps[s], *self.doing(s)) for s in route.step.tolist())


@of_the_same(FLOWS, lambda recipe: (recipe.steps,))
def group_names(recipe: Recipe) -> tuple[str, ...]:
    """Tool groups in the order in which the route first visits them."""
    return tuple(dict.fromkeys(placed.step.tool or "" for placed in recipe.steps))


def shop_of(recipe: Recipe) -> Shop:
    """The Shop of *recipe*. Raises RecipeError where a release makes no sense."""
    names, document = group_names(recipe), recipe.document
    number = {name: g for g, name in enumerate(names)}
    return Shop(recipe, names, tuple(document.tools[name] for name in names),
                np.array([number[placed.step.tool or ""] for placed in recipe.steps], dtype=np.int64),
                tuple(make_stream(recipe, name, release) for name, release in document.line.streams().items()))
