"""Checks that a resist is opened where the step after it works: what is plated, etched or opened through it.

    develop (wiring) ─▶ plate (wiring)        a resist that is opened at the vias is told at develop, not at the plating
"""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.steps import Deposit, Etch, Pattern, Plate, Step, Strip
from procsim.recipe.recipe import Placed, Recipe


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Resists that are opened elsewhere than the next step works."""
    opened: Placed | None = None
    for placed in recipe.steps:
        step = placed.step
        if step.rework_only:
            continue
        if isinstance(step, Pattern) and recipe.document.materials[step.material].sacrificial:
            opened = placed
        elif opened is not None and (wanted := _wanted(step)) is not None:
            made = opened.step
            assert isinstance(made, Pattern)
            if (made.mask, made.negate) != wanted:
                yield _elsewhere(recipe, opened, made, placed, *wanted)
            opened = None
        elif isinstance(step, Strip | Deposit):
            opened = None


def _wanted(step: Step) -> tuple[str, bool] | None:
    """Where a resist must be open for *step*: mask, and whether beside it; None where it works through none."""
    if isinstance(step, Plate):
        return step.mask, False
    if isinstance(step, Pattern):
        return step.mask, step.negate
    return ("wiring", True) if isinstance(step, Etch) else None


def _elsewhere(recipe: Recipe, opened: Placed, made: Pattern, placed: Placed, mask: str, beside: bool) -> Problem:
    field = "negate" if made.mask == mask else "mask"
    does = {"plate": "plates", "etch": "etches", "pattern": "opens"}[placed.step.op or ""]
    say = f"mask: {mask}" + (", negate: true" if beside else "" if not made.negate else ", negate: false")
    address = f"{opened.id}.{field}"
    return Problem(f"{opened.id}: opens {made.material} {_where(made.mask, made.negate)}, and {placed.id} {does} {_where(mask, beside)}; say {say}",
                   recipe.place(address), address)


def _where(mask: str, beside: bool) -> str:
    return f"{'beside' if beside else 'at'} the {mask.replace('_', ' ')}"
