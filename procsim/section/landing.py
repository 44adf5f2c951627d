"""Works out the chance that what must meet does meet: a polish and the pads of dies, holes of the first layer and pads.

A polish lands on the pads of a die whose height lies within half their thickness of the plane; a hole lands on its pad where the die lies
within (pad - hole) / 2 of its place, along and across. Heights and places are normal; tolerances are three standard deviations, and those of
several causes add as squares.

    height: P = erf(room / (σ·√2))        place: P = erf(room / (σ·√2))², along and across        σ = √Σ (tolerance / 3)²
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from procsim.maths.distributions import normal_within
from procsim.model.steps import Attach, Deposit, Fill, Pattern, Planarize, Step
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.layout import dies_of


@dataclass(frozen=True, slots=True)
class Landing:
    """What *step* must meet on one package: *kind* (``polish`` or ``via``), with a *room* to each side and a *spread* (3 σ), in µm."""

    step: int
    id: str
    kind: str
    room: float
    spread: float
    chance: float

    @property
    def told(self) -> str:
        return f"{self.room:g} µm to each side, ±{self.spread:.3g} µm (3σ)"

    @property
    def warning(self) -> str:
        """What is wrong where too few land, and what would mend it."""
        if self.kind == "polish":
            said, mend = f"pads {2 * self.room:g} µm high lie within ±{self.spread:.3g} µm (3σ)", f"pads {2 * self.spread:.3g} µm high would do"
        else:
            said = f"holes have {self.room:g} µm of pad to each side, and dies lie within ±{self.spread:.3g} µm (3σ)"
            mend = f"pads {2 * (self.spread - self.room):.3g} µm wider would do"
        return f"{self.id}: {said}, so that {100 * self.chance:.3g} % of packages land; {mend}"


def landings(recipe: Recipe, built: Sequence[Built]) -> list[Landing]:
    """Every landing of the package, in the order of steps, with the numbers that *recipe* has now."""
    return [*_polishes(recipe, built), *_holes(recipe, built)]


def chances(recipe: Recipe, built: Sequence[Built]) -> dict[int, float]:
    """The chance of a package, by step, that all its dies are met."""
    found: dict[int, float] = {}
    for one in landings(recipe, built):
        found[one.step] = found.get(one.step, 1.0) * one.chance
    return found


def _polishes(recipe: Recipe, built: Sequence[Built]) -> Iterator[Landing]:
    product = recipe.product
    for s, (placed, one) in enumerate(zip(recipe.steps, built, strict=True)):
        step = placed.step
        if not isinstance(step, Planarize) or step.downto is None:
            continue
        met = [(name, die) for name, die in dies_of(product) if name in one.before.dies and step.downto in ("die", "dies", name, die.pad_material)
               and any(slab.pad and slab.part == name and slab.face == "up" for c in one.after.columns for slab in c.stack[-1:])]
        spreads = [(die.pad_height_um / 2, math.hypot(die.tolerance_um, step.stop_um, _bond_line(recipe, s, name))) for name, die in met]
        yield from _worst(s, step, "polish", [(room, spread, normal_within(room, spread)) for room, spread in spreads])


def _bond_line(recipe: Recipe, until: int, name: str) -> float:
    """Tolerance of the adhesive below the die *name*."""
    for placed in recipe.steps[:until]:
        step = placed.step
        if isinstance(step, Attach) and step.adhesive is not None and name in recipe.product.meant(step.what):
            return recipe.document.materials[step.adhesive].tolerance_um
    return 0.0


def _holes(recipe: Recipe, built: Sequence[Built]) -> Iterator[Landing]:
    product = recipe.product
    overlay = 0.0
    moved: dict[str, list[float]] = {}
    for s, (placed, one) in enumerate(zip(recipe.steps, built, strict=True)):
        step = placed.step
        overlay = 0.0 if isinstance(step, Deposit | Fill) else overlay
        overlay = step.overlay_um if step.overlay_um is not None else overlay
        moved |= {name: [step.placement_um] for name in one.after.dies if isinstance(step, Attach) and name not in one.before.dies}
        for name in one.before.dies if isinstance(step, Fill) else ():
            moved.setdefault(name, []).append(step.shift_um)
        if not isinstance(step, Pattern) or step.mask != "via" or recipe.document.materials[step.material].sacrificial:
            continue
        opened = {c.surface.part for c in one.after.columns if c.surface is not None and c.surface.pad}
        met = [((die.pad_um - product.vias.diameter_um) / 2, math.hypot(*moved.get(name, ()), overlay))
               for name, die in dies_of(product) if name in opened]
        yield from _worst(s, step, "via", [(room, spread, normal_within(room, spread) ** 2) for room, spread in met])


def _worst(s: int, step: Step, kind: str, dies: Sequence[tuple[float, float, float]]) -> Iterator[Landing]:
    """One landing of all *dies* (room, spread, chance): the figures of the worst, the chance of all."""
    if dies:
        room, spread, _ = min(dies, key=lambda one: one[2])
        yield Landing(s, step.id, kind, room, spread, math.prod(one[2] for one in dies))
