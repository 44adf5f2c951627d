"""Follows the heat from each die straight out of the package, layer by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from procsim.model.product import Die
from procsim.recipe.recipe import Recipe
from procsim.section.section import EPS, Column, Section, Slab

AIR_W_mK = 0.026
"""Conductivity of still air at room temperature, in the gaps of a heat path."""


@dataclass(frozen=True, slots=True)
class HeatLayer:
    """One layer of a heat path: R·A = *thickness_um* / *conductivity_W_mK*, in K·mm²/W."""

    material: str
    thickness_um: float
    conductivity_W_mK: float  # noqa: N815

    @property
    def resistance(self) -> float:
        return self.thickness_um / self.conductivity_W_mK


@dataclass(frozen=True, slots=True)
class HeatPath:
    """From the active surface of *die* (of *area_mm2*) straight out of the *face* (``back`` or ``bonding side``), one-dimensional."""

    die: str
    face: str
    area_mm2: float
    layers: tuple[HeatLayer, ...]

    @property
    def per_area(self) -> float:
        """Σ t/k in K·mm²/W; nan where a conductivity is not known."""
        return sum(layer.resistance for layer in self.layers)

    @property
    def total(self) -> float:
        """Σ t/(k·A) in K/W."""
        return self.per_area / self.area_mm2


def field_of(section: Section, die: str) -> Column:
    """The column of *die* with neither pad nor wiring: what most of its area looks like."""
    return next(c for c in section.columns if c.die == die and c.region == "die" and not c.net and not c.passive)


def thickness(section: Section, die: str) -> float:
    return sum(s.top - s.bottom for s in field_of(section, die).stack if s.part == die)


def heat_paths(recipe: Recipe, section: Section, name: str, die: Die) -> list[HeatPath]:
    stack = field_of(section, name).stack
    own = [i for i, s in enumerate(stack) if s.part == name]
    up = stack[own[0]].face == "up"
    points = [c for c in section.columns if "bonding_pad" in c.masks and not c.passive]
    points_up = all(c.surface is not None and c.surface.part in recipe.document.parts and recipe.document.parts[c.surface.part].kind == "point"
                    for c in points)
    above, below = stack[own[-1] + 1:], stack[:own[0]]
    upward = [*([] if up else [stack[i] for i in own]), *above]
    downward = [*([stack[i] for i in reversed(own)] if up else []), *reversed(below)]
    area = die.width_mm * die.length_mm
    faces = ("bonding side", "back") if points_up else ("back", "bonding side")
    active = stack[own[-1]].top if up else stack[own[0]].bottom
    return [HeatPath(name, face, area, _layers(recipe, slabs, active)) for face, slabs in zip(faces, (upward, downward), strict=True)]


def _layers(recipe: Recipe, slabs: list[Slab], start: float) -> tuple[HeatLayer, ...]:
    """*slabs* outwards from height *start*, gaps filled with air."""
    found: list[HeatLayer] = []
    here = start
    for slab in slabs:
        near, far = (slab.bottom, slab.top) if slab.top > here + EPS else (slab.top, slab.bottom)
        if abs(near - here) > EPS:
            found.append(HeatLayer("air", abs(near - here), AIR_W_mK))
        here = far
        known = recipe.document.materials[slab.material].conductivity_W_mK
        found.append(HeatLayer(slab.material, slab.top - slab.bottom, math.nan if known is None else known))
    return tuple(found)
