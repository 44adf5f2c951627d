"""Checks that what is opened is opened where the step after it works: what is plated, etched or opened through it.

    develop (wiring) ─▶ plate (wiring)        a resist that is opened at the vias is told at develop, not at the plating
"""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import Deposit, Etch, Fill, Pattern, Plate, Step, Strip
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import ability

DOES = {"plate": "plates", "etch": "etches", "pattern": "opens"}


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Layers that are opened elsewhere than the next step works, and dielectrics opened under the wiring."""
    opened: Placed | None = None
    for placed in recipe.steps:
        step = placed.step
        if step.rework_only:
            continue
        wanted = _wanted(recipe, step, opened)
        if opened is not None and wanted is not None and isinstance(opened.step, Pattern) and (opened.step.mask, opened.step.negate) != wanted:
            yield _elsewhere(recipe, opened, opened.step, placed, *wanted)
        if isinstance(step, Pattern):
            yield from _bare(recipe, placed, step)
            opened = placed
        elif isinstance(step, Plate | Etch | Fill | Strip) or (isinstance(step, Deposit) and step.side == "above"):
            opened = None


def _wanted(recipe: Recipe, step: Step, opened: Placed | None) -> tuple[str, bool] | None:
    """Where what was *opened* must be open for *step*: mask, and whether beside it; None where it works through nothing. Through a layer that
    stays one plates only."""
    if opened is None or not isinstance(opened.step, Pattern):
        return None
    if isinstance(step, Plate):
        return step.mask, False
    if not recipe.document.materials[opened.step.material].sacrificial:
        return None
    if isinstance(step, Pattern):
        return step.mask, step.negate
    return ("wiring", True) if isinstance(step, Etch) else None


def _elsewhere(recipe: Recipe, opened: Placed, made: Pattern, placed: Placed, mask: str, beside: bool) -> Problem:
    address = f"{opened.id}.{'negate' if made.mask == mask else 'mask'}"
    negate = f", negate: {str(beside).lower()}" if made.negate != beside else ""
    after, does = placed.id.rpartition("/")[2], DOES[placed.step.op or ""]
    other = f", or mask: {made.mask} of {after}" if made.mask != mask and not isinstance(placed.step, Etch) else ""
    return Problem(f"{opened.id}: opens {made.material} {_where(made.mask, made.negate)}, and {after} {does} {_where(mask, beside)}; "
                   f"say mask: {mask}{negate}{other}", recipe.place(address), address)


def _bare(recipe: Recipe, placed: Placed, step: Pattern) -> Iterator[Problem]:
    """A dielectric that is taken away below all of the wiring."""
    if step.mask == "wiring" and not step.negate and ability(step).ops and not recipe.document.materials[step.material].sacrificial:
        yield Problem(f"{placed.id}: opens {step.material} at the wiring, which would lie on what {step.material} is there to cover; say mask: via",
                      placed.place, f"{placed.id}.mask")


def _where(mask: str, beside: bool) -> str:
    return f"{'beside' if beside else 'at'} the {mask.replace('_', ' ')}"
