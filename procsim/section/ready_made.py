"""Checks that ready-made parts are used for what they are, and that what is to be used again does not leave with the package."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import Attach, Bond
from procsim.recipe.recipe import Recipe
from procsim.section.fitting import part_of
from procsim.section.section import Section


def problems(recipe: Recipe) -> Iterator[Problem]:
    """A panel that is no sheet, and a sheet that is attached to a unit."""
    first, parts = recipe.product.panel.part, recipe.document.parts
    if parts[first].kind != "sheet":
        yield Problem(f"{first} is a {parts[first].kind}, no panel to start with", recipe.place("product.panel.part"), "product.panel.part")
    for placed in recipe.steps:
        step = placed.step
        if isinstance(step, Bond) and parts[step.part].kind != "sheet":
            yield Problem(f"{step.id}: {step.part} is a {parts[step.part].kind}, no panel to bond", placed.place, f"{step.id}.part")
        part = part_of(recipe.product, parts, step)
        if isinstance(step, Attach) and part is not None and part.kind == "sheet":
            yield Problem(f"{step.id}: {step.what} is a sheet as large as the panel; bond it", placed.place, f"{step.id}.what")


def kept(recipe: Recipe, end: Section) -> Iterator[Problem]:
    """Parts that are said to be used again, although they leave with the package whose section is *end*."""
    there = {slab.part for column in end.columns if "street" not in column.masks for slab in column.stack}
    for name in sorted(there - recipe.product.dies.keys()):
        if name in recipe.document.parts and (uses := recipe.document.parts[name].uses) > 1:
            address = f"parts.{name}.uses"
            yield Problem(f"{name} is used {uses} times, but some of it is in the finished package; take it off, or leave uses out",
                          recipe.place(address), address)
