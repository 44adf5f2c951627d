"""Checks that ready-made parts are used for what they are, and that what is to be used again does not leave with the package."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import Attach, Bond
from procsim.recipe.recipe import Recipe
from procsim.section.fitting import ability, doer, part_of
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
            bonded = next((f"{placed.id}.part" for placed in recipe.steps if isinstance(placed.step, Bond) and placed.step.part == name), "")
            said = f"parts.{name}.uses"
            address = said if recipe.place(said) in recipe.chosen else bonded or "product.panel.part"
            yield Problem(f"{name} is used {uses} times, but some of it is in the finished package; take it off, or leave uses out",
                          recipe.place(address), address)


def warnings(recipe: Recipe, end: Section) -> Iterator[str]:
    """A carrier that is freed whole and thrown away, and a wafer of dies that is taken for a plain panel."""
    panel = recipe.product.panel
    part, frees = recipe.document.parts[panel.part], [placed.step for placed in recipe.steps if ability(placed.step).frees]
    stays = any(slab.part == panel.part for column in end.columns for slab in column.stack)
    if frees and not stays and "uses" not in part.model_fields_set:
        yield (f"{panel.part} is bought anew for every panel, though {doer(frees[0])} frees it whole: say how many times it is used "
               f"(parts.{panel.part}.uses)")
    if part.layers is None and part.known_good < 1.0 and not panel.dies_in_place:
        yield (f"{panel.part} is bought with a share of good dies on it (known_good), and the package takes it for a plain panel; take a bare one, "
               "or say product.panel.dies_in_place: true")
