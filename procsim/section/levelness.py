"""Measures what is not level: dimples over holes that plating does not fill, and steps that a coat does not level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from procsim.model.steps import Deposit, Plate
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.section import EPS, Section


@dataclass(frozen=True, slots=True)
class Uneven:
    """The worst that is left of one kind: *um* high, by *step*, and what *was* below it."""

    um: float
    step: str
    was: float


def dimple(before: Section, after: Section) -> float:
    """How far the surface over the deepest hole of the wiring layer that comes after *before* lies below that beside it in *after*, µm."""
    hole, line = f"via{before.layer}", f"wiring{before.layer}"
    beside = max((c.top for c in after.columns if line in c.masks and hole not in c.masks), default=after.top)
    return max((beside - c.top for c in after.columns if hole in c.masks and line in c.masks), default=0.0)


def dimples(built: Sequence[Built]) -> list[Uneven]:
    """Of every plating that leaves its holes with a dimple, in the order of steps."""
    found = [Uneven(dimple(one.before, one.after), one.step.id, dimple(one.before, one.before)) for one in built
             if isinstance(one.step, Plate) and one.step.mask in ("wiring", "via")]
    return [one for one in found if one.um > EPS]


def steps_left(recipe: Recipe, built: Sequence[Built]) -> list[Uneven]:
    """Of every levelling coat that lies over a step, what it leaves of it: the share that its material does not level."""
    found = []
    for placed, one in zip(recipe.steps, built, strict=True):
        step = placed.step
        if isinstance(step, Deposit) and step.style == "levelling" and not recipe.document.materials[step.material].sacrificial:
            was = one.before.top - min((c.top for c in one.before.columns if c.stack), default=one.before.top)
            found.append(Uneven(was * (1.0 - recipe.document.materials[step.material].levels), step.id, was))
    return [one for one in found if one.um > EPS]
