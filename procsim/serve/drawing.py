"""Draws the section of a state in a process of its own, so that numbers never wait for pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from procsim.errors import RecipeError
from procsim.recipe.recipe import Recipe
from procsim.serve.state import State
from procsim.serve.tree import Tree
from procsim.serve.works import courteous
from procsim.serve.written import recipe_of

WIDE_IN = 2.6
"""Inches of the package in a picture: beside so much, the words round it are as large as those of the page's small print."""
LAYERS = 12
"""Layers that are named below a picture, at most."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A section as it stands in a page, what changed of the base in *words*, or why there is none."""

    svg: str
    words: tuple[str, ...] = ()
    why: str = ""


def drawing() -> None:
    """Reads what it takes to draw, and leaves the processor to numbers. (Runs in another process.)"""
    courteous()
    from procsim.figures import section  # noqa: F401


def drawn(tree: Tree, state: State, step: str) -> Picture:
    """The finished package of *state*, or the package after a *step* of it, with what the base has not outlined. (Runs in another process.)"""
    from procsim.figures import section, style
    from procsim.figures.cells import by_step
    from procsim.figures.changed import compared, told
    from procsim.figures.finer import finer, known_of
    from procsim.pages.figures import inlined

    try:
        recipe, base = recipe_of(tree, state), recipe_of(tree, state.base)
        if recipe.document.product is None or recipe.packages:
            return Picture("", (), "This flow has several packages: none is drawn." if recipe.packages else
                           "This flow is a line without a package: there is nothing to draw.")
        built, known = finer(recipe), known_of(recipe)
        cells = by_step(built, known) if step else {}
        if step in cells:
            return Picture(inlined(style.svg(section.single(recipe.title, cells[step], WIDE_IN), "section", tight=False), "section"))
        before = _built(base)
        cell = compared(built, known, before) if before else compared(built, known, built)
        words = told(built, before) if before else []
        picture = inlined(style.svg(section.package(recipe.title, cell, wide=WIDE_IN), "section", tight=False), "section")
        more = [f"and {len(words) - LAYERS} more"] if len(words) > LAYERS else []
        return Picture(picture, (*words[:LAYERS], *more))
    except RecipeError as error:
        return Picture("", (), str(error))


def _built(recipe: Recipe) -> Any:
    """The steps of the base as pictures show them; nothing where it has no package."""
    from procsim.figures.finer import finer

    return finer(recipe) if recipe.document.product is not None and not recipe.packages else ()


def moving(tree: Tree, state: State, most: int) -> list[tuple[str, float]]:
    """The numbers that move the cost of a good package most over their ranges: (address, half the width in USD), the largest first. (Runs in another
    process.)"""
    from procsim.closed_form.sensitivity import swings
    from procsim.recipe.inputs import inputs

    try:
        recipe = recipe_of(tree, state)
        found = [one for one in swings(recipe, [known for known in inputs(recipe) if known.ranged]) if 0 < one.half_usd < float("inf")]
    except RecipeError:
        return []
    return [(one.known.address, one.half_usd) for one in sorted(found, key=lambda one: -one.half_usd)[:most]]

