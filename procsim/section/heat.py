"""Follows the way that heat takes straight out of each die, layer by layer; metal inside a layer counts by its share of the area.

Each layer conducts as its materials side by side (parallel conduction), and the layers lie one behind the other; between them heat is
taken to spread out over the die's area at once. That is what one dimension can say: bumps, vias, wiring and balls short-circuit what
insulates between them, so the sum is a lower bound where they do not stand over each other.

    k = Σ share · k of its material        R = Σ thickness / (k · area of the die)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from procsim.model.product import Die
from procsim.recipe.recipe import Recipe
from procsim.section.field import ball_field
from procsim.section.section import EPS, Column, Section, Slab

AIR_W_mK = 0.026
"""Conductivity of still air at room temperature, in the gaps of a heat path."""


@dataclass(frozen=True, slots=True)
class HeatLayer:
    """One layer of a heat path: R·A = *thickness_um* / *conductivity_W_mK*, in K·mm²/W. A *share* of its area is of a metal, *inside*; the
    conductivity is that of both side by side."""

    material: str
    thickness_um: float
    conductivity_W_mK: float  # noqa: N815
    inside: str = ""
    share: float = 0.0

    @property
    def resistance(self) -> float:
        return self.thickness_um / self.conductivity_W_mK

    def __str__(self) -> str:
        return self.material + (f" with {100 * self.share:.2g} % {self.inside}" if self.inside else "")


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
    """How thick the die is, µm."""
    return sum(s.thickness for s in field_of(section, die).stack if s.part == die)


def heat_paths(recipe: Recipe, section: Section, name: str, die: Die) -> list[HeatPath]:
    """Both paths of the die *name* of a finished package."""
    stack = field_of(section, name).stack
    own = [i for i, s in enumerate(stack) if s.part == name]
    up = stack[own[0]].face == "up"
    parts = recipe.document.parts
    points = [c for c in section.columns if "bonding_pad" in c.masks and not c.passive]
    points_up = all(c.surface is not None and c.surface.part in parts and parts[c.surface.part].kind == "point" for c in points)
    above, below = stack[own[-1] + 1:], stack[:own[0]]
    upward = [*([] if up else [stack[i] for i in own]), *above]
    downward = [*([stack[i] for i in reversed(own)] if up else []), *reversed(below)]
    area = die.area_mm2
    faces = ("bonding side", "back") if points_up else ("back", "bonding side")
    active = stack[own[-1]].top if up else stack[own[0]].bottom
    plane = _Plane(recipe, section, die, area)
    return [HeatPath(name, face, area, (*_layers(recipe, plane, slabs, active), *(plane.balls(points) if face == "bonding side" else ())))
            for face, slabs in zip(faces, (upward, downward), strict=True)]


def _conductivity(recipe: Recipe, material: str) -> float:
    known = recipe.document.materials[material].conductivity_W_mK
    return math.nan if known is None else known


def _layers(recipe: Recipe, plane: _Plane, slabs: list[Slab], start: float) -> Iterator[HeatLayer]:
    """*slabs* outwards from height *start*, gaps filled with air."""
    here = start
    for slab in slabs:
        near, far = (slab.bottom, slab.top) if slab.top > here + EPS else (slab.top, slab.bottom)
        if abs(near - here) > EPS:
            yield plane.layer("air", AIR_W_mK, here, near)
        here = far
        own = slab.part in recipe.document.parts and recipe.document.parts[slab.part].layers is None
        solid = own or slab.pad or slab.face != "" or recipe.document.materials[slab.material].conductor
        known = _conductivity(recipe, slab.material)
        yield HeatLayer(slab.material, slab.thickness, known) if solid else plane.layer(slab.material, known, slab.bottom, slab.top)


@dataclass(frozen=True, slots=True)
class _Plane:
    """What lies side by side over one *die* of *area* mm² at any height."""

    recipe: Recipe
    section: Section
    die: Die
    area: float

    def layer(self, material: str, known: float, one: float, other: float) -> HeatLayer:
        """The layer of *material* between two heights, with the metal that crosses it."""
        low, high = min(one, other), max(one, other)
        pieces = [self._between(material, known, a, b) for a, b in self._cuts(low, high)]
        inside = max(pieces, key=lambda piece: piece.share * piece.thickness_um)
        mean = (high - low) / sum(piece.resistance for piece in pieces)
        share = sum(piece.share * piece.thickness_um for piece in pieces) / (high - low)
        return HeatLayer(material, high - low, mean, inside.inside, share)

    def _cuts(self, low: float, high: float) -> list[tuple[float, float]]:
        """The heights between *low* and *high* at which metal begins or ends."""
        levels = {s.bottom for c in self.section.columns for s in c.stack} | {s.top for c in self.section.columns for s in c.stack}
        edges = [low, *sorted(z for z in levels if low + EPS < z < high - EPS), high]
        return [(a, b) for a, b in pairwise(edges) if b - a > EPS]

    def _between(self, material: str, known: float, low: float, high: float) -> HeatLayer:
        metal, share = self._metal((low + high) / 2)
        if not share:
            return HeatLayer(material, high - low, known)
        return HeatLayer(material, high - low, share * _conductivity(self.recipe, metal) + (1 - share) * known, metal, share)

    def _metal(self, height: float) -> tuple[str, float]:
        """(metal, share of the die's area) at *height*: wiring if there is some, else bumps, else vias, else bonding pads."""
        product = self.recipe.product
        found: dict[str, tuple[str, float]] = {}
        unit = product.package.area_mm2
        for column in self.section.columns:
            slab = next((s for s in column.stack if s.bottom <= height < s.top), None)
            if slab is None or not self._counts(slab, column):
                continue
            hole = math.pi / 4 * (self._hole_um(slab) / 1000) ** 2
            vias = [m for m in column.masks if m.startswith("via")]
            if slab.part.endswith(" bump"):
                found["1 bump"] = slab.material, self.die.pads * math.pi / 4 * (self.die.pad_um / 1000) ** 2 / self.area
            elif column.region == "run" or (column.die and "wiring1" in column.masks and not vias):
                found["0 wiring"] = slab.material, product.wiring.coverage
            elif column.die and vias:
                found["2 via"] = slab.material, self.die.pads * hole / self.area
            elif column.region == "via":
                found["2 via"] = slab.material, product.bonding.count * hole / unit
            elif "bonding_pad" in column.masks:
                pad = hole if slab.part in self.recipe.document.parts else math.pi / 4 * (product.bonding.pad_um / 1000) ** 2
                found["3 pad"] = slab.material, product.bonding.count * pad / unit
        return min(found.items(), default=("", ("", 0.0)))[1]

    def _counts(self, slab: Slab, column: Column) -> bool:
        """Whether *slab* is metal beside the die's own column: not a sheet's or a heat sink's, nor a ball, nor of a passive."""
        part = self.recipe.document.parts.get(slab.part)
        sheet = part is not None and (part.layers is None or part.kind != "sheet")
        return self.recipe.document.materials[slab.material].conductor and not (sheet or slab.pad or slab.face or column.passive)

    def _hole_um(self, slab: Slab) -> float:
        part = self.recipe.document.parts.get(slab.part)
        return part.via_um if part is not None and part.via_um is not None else self.recipe.product.vias.diameter_um

    def balls(self, points: list[Column]) -> Iterator[HeatLayer]:
        """The layer of balls below the die, with air between them; none where a heat sink takes their place."""
        product = self.recipe.product
        if not self.section.points or self.section.slug or not points or points[0].surface is None:
            return
        metal = points[0].surface.material
        under = product.bonding.count - ball_field(product).outside(product.bonding.count)
        share = min(under * math.pi / 4 * (product.bonding.point_um / 1000) ** 2 / self.area, 1.0)
        known = share * _conductivity(self.recipe, metal) + (1 - share) * AIR_W_mK
        yield HeatLayer("air", product.bonding.point_um, known, metal, share)
