"""Measures a step's change of the section: areas of masks, dies and parts, heights that come or go, and volumes put on or taken off."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from procsim.model.library import Part
from procsim.model.product import Product
from procsim.section.layout import PanelGeometry, dies_of
from procsim.section.passives import metal_cm2, opened_cm2, vias
from procsim.section.section import EPS, Column, Section


@dataclass(frozen=True, slots=True)
class Measures:
    """What can be measured on one package, or panel, of *product* at a step: the sections *before* and *after* it, *layers* wiring layers in all, and
    the ready-made *parts*."""

    product: Product
    panel: PanelGeometry
    before: Section
    after: Section
    layers: int
    parts: Mapping[str, Part]

    def dies(self, names: tuple[str, ...]) -> dict[str, float]:
        """What the dies *names* come to per unit: how many they are, their pads and their plan area."""
        placed = [die for name, die in dies_of(self.product) if name in names]
        return {"die": len(placed), "pad": sum(d.pads for d in placed), "cm2": sum(d.area_mm2 for d in placed) / 100}

    def mask_cm2(self, mask: str) -> float:
        """Area of *mask* on one unit."""
        product = self.product
        dies = [die for _, die in dies_of(product)]
        areas: dict[str, float] = {
            "die": sum(d.area_mm2 for d in dies) / 100,
            "pad": sum(d.pads_cm2 for d in dies),
            "via": self.via_cm2(self.before.layer),
            "wiring": self.wiring_cm2(self.before.layer),
            "passive": opened_cm2(product),
            "bonding_pad": product.bonding.count * math.pi / 4 * (product.bonding.pad_um * 1e-4) ** 2,
        }
        return areas.get("bonding_pad" if mask == "ball" else mask, 0.0)

    def wiring_cm2(self, layer: int) -> float:
        """Metal of wiring *layer* on one unit: the product's coverage, and that of its passives."""
        return self.product.wiring.coverage * self.product.package.area_cm2 + metal_cm2(self.product, layer)

    def via_cm2(self, layer: int) -> float:
        """Area of the holes below wiring *layer* on one unit."""
        return self.vias(layer) * math.pi / 4 * (self.product.vias.diameter_um * 1e-4) ** 2

    def vias(self, layer: int = 0) -> int:
        """Holes in the dielectric below wiring *layer* (0: the one being built): one per die pad at 1, one per bonding point above, and those of
        passives."""
        layer = layer or self.before.layer
        pads = sum(die.pads for _, die in dies_of(self.product))
        return (pads if layer == 1 else self.product.bonding.count) + vias(self.product, layer, self.layers)

    def touched(self, part: str) -> float:
        """The area of a unit below the columns on which *part* was put; a lid touches the dies, a slug and a ring what they are themselves."""
        covered = [a for b, a in zip(self.before.columns, self.after.columns, strict=True)
                   if any(s.part == part for s in a.stack) and not any(s.part == part for s in b.stack)]
        own = self.parts[part]
        if own.kind == "slug" and own.width_mm and own.length_mm:
            return own.width_mm * own.length_mm / 100
        if own.kind == "ring" and own.wall_mm:
            return self._wall_cm2(own, self._outline(own))
        if any("die" in c.masks for c in covered):
            return self.mask_cm2("die")
        return sum(c.area_cm2 for c in covered) / self.panel.units

    def _outline(self, part: Part) -> tuple[float, float]:
        """Width and length of *part*, mm."""
        return part.width_mm or self.product.package.width_mm, part.length_mm or self.product.package.length_mm

    def _wall_cm2(self, part: Part, within: tuple[float, float]) -> float:
        """How much of the wall of *part*, a ring or a lid with a foot, lies *within* a rectangle about its middle."""
        own, wall = self._outline(part), part.wall_mm or 0.0
        wide, long = (min(side, most) for side, most in zip(own, within, strict=True))
        inside = [max(min(side - 2 * wall, most), 0.0) for side, most in zip(own, within, strict=True)]
        return (wide * long - inside[0] * inside[1]) / 100

    def outline_cm2(self, part: str) -> float:
        """The area that *part* covers of one unit."""
        wide, long = self._outline(self.parts[part])
        return wide * long / 100

    def glued_um(self, step: str, resin: str, where: Callable[[Column], bool]) -> float:
        """How thick the *resin* is that *step* put on columns *where* that is so; 0 where it put none there."""
        return max((slab.thickness for column in self.after.columns if where(column)
                    for slab in column.stack if slab.by == step and slab.material == resin), default=0.0)

    def rim_cm2(self, lid: str) -> float:
        """The area of a unit on which the rim of *lid* lies: its own foot, else the part of a ring's wall below it, else what is drawn."""
        own = self.parts[lid]
        below = [column.surface.part for column in self.before.columns if "rim" in column.masks and column.surface is not None]
        stands = [part for part in (own, *(self.parts[name] for name in below if name in self.parts)) if part.wall_mm]
        if stands:
            return self._wall_cm2(stands[0], self._outline(own))
        return sum(column.area_cm2 for column in self.before.columns if "rim" in column.masks) / self.panel.units

    def rise(self) -> float:
        """The largest change of height of a column, µm."""
        return max(abs(a.top - b.top) for a, b in zip(self.before.columns, self.after.columns, strict=True))

    def areas(self) -> list[float]:
        """Area of every column on one panel. The columns of the wiring layer built last have the product's coverage between
        them, however wide they are drawn; each side is shared out in proportion."""
        drawn = [c.area_cm2 for c in self.before.columns]
        name = f"wiring{self.before.layer - 1}"
        wired = [name in c.masks for c in self.before.columns]
        inside = sum(a for a, w in zip(drawn, wired, strict=True) if w)
        if not inside:
            return drawn
        whole = sum(drawn)
        covered = self.wiring_cm2(self.before.layer - 1) * self.panel.units
        return [a * (covered / inside if w else (whole - covered) / (whole - inside)) for a, w in zip(drawn, wired, strict=True)]

    def volume(self) -> float:
        """Volume put on or taken off one panel, cm³. What goes into holes, or comes out of them, counts with the holes' own area: they
        are drawn much wider than they are."""
        changes = [after.height() - before.height() for before, after in zip(self.before.columns, self.after.columns, strict=True)]
        layers = (self.before.layer, self.before.layer - 1)     # holes to be plated, and dimples over those that were
        beside = {k: self._beside(k, changes) for k in layers}
        total, deep = 0.0, dict.fromkeys(layers, 0.0)
        for area, before, after, change in zip(self.areas(), self.before.columns, self.after.columns, changes, strict=True):
            top = min(before.top, after.top)
            hole = next((k for k in layers if f"via{k}" in before.masks and beside[k] and top < min(beside[k])[0] - EPS), None)
            level = change if hole is None else min((c for _, c in beside[hole]), key=abs)
            total += area * level
            if hole is not None:
                deep[hole] = max(deep[hole], change - level, key=abs)
        return abs(total + sum(more * self.via_cm2(k) for k, more in deep.items() if more) * self.panel.units) * 1e-4

    def _beside(self, layer: int, changes: Sequence[float]) -> list[tuple[float, float]]:
        """(height, change of height) of the columns of wiring *layer* that are no holes."""
        return [(min(b.top, a.top), change) for b, a, change in zip(self.before.columns, self.after.columns, changes, strict=True)
                if f"via{layer}" not in b.masks and f"wiring{layer}" in b.masks]

    def opened(self) -> float:
        """The thickness taken out of the columns that were opened, in µm: that of the layer itself, not that of holes below it."""
        return min((b.top - a.top for b, a in zip(self.before.columns, self.after.columns, strict=True) if b.top - a.top > EPS), default=0.0)
