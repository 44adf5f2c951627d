"""Measures the wiring of a finished package: how long nets are, and what a line of it looks like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from procsim.maths.lines import Guide, microstrip, series_permittivity
from procsim.model.library import Part
from procsim.model.product import Product
from procsim.recipe.recipe import Recipe
from procsim.section.field import places
from procsim.section.layout import dies_of
from procsim.section.section import EPS, Column, Section, Slab


@dataclass(frozen=True, slots=True)
class Trace:
    """What a line is made of: *thickness_um* of metal of *resistivity_uohm_cm*, *height_um* from the plane or die that its current returns in, in
    dielectric of *permittivity*; *plane* names that."""

    thickness_um: float
    resistivity_uohm_cm: float
    height_um: float
    permittivity: float
    plane: str

    def guide(self, width_um: float) -> Guide:
        return microstrip(width_um, self.height_um, self.permittivity)


def metal(recipe: Recipe, section: Section, column: Column) -> list[list[Slab]]:
    """The wiring in *column* from the bottom up, slabs that lie on each other together: what the steps built, else the routing of a part with
    layers. Panels, dies, their pads and bonding points are none."""
    parts, materials = recipe.document.parts, recipe.document.materials

    def wired(slab: Slab) -> bool:
        part = parts.get(slab.part)
        built = part is None or (part.kind == "sheet" and part.layers is not None)
        return materials[slab.material].conductor and built and slab.part not in section.dies and not slab.part.endswith(" bump")

    found: list[list[Slab]] = []
    for slab in filter(wired, column.stack):
        joins = bool(found) and abs(found[-1][-1].top - slab.bottom) <= EPS
        if joins:
            found[-1].append(slab)
        else:
            found.append([slab])
    return found


def trace(recipe: Recipe, section: Section) -> Trace | None:
    """What a line of the first wiring layer looks like beside the die, or over it where all wiring is; None where nothing is known of it."""
    runs = [c for c in section.columns if c.net and "wiring1" in c.masks and not c.passive and not any(m.startswith(("via", "pad")) for m in c.masks)
            and "bonding_pad" not in c.masks]
    runs.sort(key=lambda c: (c.region != "run", c.region == "gap"))
    for column in runs:
        groups = metal(recipe, section, column)
        if groups:
            return _trace(recipe, section, column, groups[0])
    return None


def _trace(recipe: Recipe, section: Section, column: Column, line: Sequence[Slab]) -> Trace | None:
    known = recipe.document.materials
    conduct = [(s.thickness, known[s.material].resistivity_uohm_cm) for s in line]
    below = way(recipe, section, [s for s in reversed(column.stack) if s.top <= line[0].bottom + EPS])
    above = way(recipe, section, [s for s in column.stack if s.bottom >= line[-1].top - EPS])
    ways = [(spaces(recipe, slabs), plane) for slabs, plane in (below, above) if slabs]
    if any(rho is None for _, rho in conduct) or not ways:
        return None
    layers, plane = min(ways, key=lambda w: (not w[1], sum(t for t, _ in w[0]) * (1 if w[1] else -1)))
    thick = sum(t for t, _ in conduct)
    return Trace(thick, thick / sum(t / rho for t, rho in conduct if rho is not None), sum(t for t, _ in layers), series_permittivity(layers), plane)


def way(recipe: Recipe, section: Section, slabs: Sequence[Slab]) -> tuple[Sequence[Slab], str]:
    """What lies between a line and the first conductor or die among *slabs*, and the name of that ("" where none)."""
    for n, slab in enumerate(slabs):
        if recipe.document.materials[slab.material].conductor or slab.part in section.dies:
            return slabs[:n], slab.part or slab.material
    return slabs, ""


def spaces(recipe: Recipe, slabs: Sequence[Slab]) -> list[tuple[float, float]]:
    """Thickness and permittivity (nan where it is not known) of *slabs*."""
    return [(s.thickness, recipe.document.materials[s.material].permittivity or math.nan) for s in slabs]


def rise_um(recipe: Recipe, section: Section) -> tuple[float, float]:
    """How far a signal goes up or down between a die pad and the tip of a bonding point, and how much of that is the point."""
    pads = [s.top if s.face == "up" else s.bottom for c in section.columns for s in c.stack if s.pad]
    parts = recipe.document.parts
    points = [s for c in section.columns for s in c.stack if s.part in parts and parts[s.part].kind == "point"]
    if not pads or not points:
        return 0.0, 0.0
    tip = points[0]
    far = tip.top if abs(tip.top - pads[0]) > abs(tip.bottom - pads[0]) else tip.bottom
    return abs(far - pads[0]), tip.thickness


def fan_out_mm(product: Product, slug: Part | None = None) -> list[float]:
    """How far every bonding point lies from its pad in plan view: pads stand along the die's outline, and traces run to the points of the nearest
    die straight away from its middle, so that none crosses another. Dies stand in a row in the order of ``product.dies``."""
    dies = [die for _, die in dies_of(product)]
    gap = (product.package.width_mm - sum(d.width_mm for d in dies)) / (len(dies) + 1)
    centres, x = [], -product.package.width_mm / 2
    for die in dies:
        x += gap + die.width_mm / 2
        centres.append(x)
        x += die.width_mm / 2
    outlines = [(c, d.width_mm / 2, d.length_mm / 2) for c, d in zip(centres, dies, strict=True)]
    return [min(_from_outline(px - c, py, w, h) for c, w, h in outlines) for px, py in places(product, slug)]


def _from_outline(x: float, y: float, half_width: float, half_length: float) -> float:
    """Distance of a point from where the ray from the middle of a rectangle through it crosses the outline."""
    share = max(abs(x) / half_width, abs(y) / half_length)
    return math.hypot(x, y) * abs(1 - 1 / share) if share > 0 else min(half_width, half_length)


def between_mm(product: Product) -> dict[str, float]:
    """Nets that run from die to die, with the way between their facing edges; dies stand in a row with even gaps."""
    dies = dies_of(product)
    gap = max((product.package.width_mm - sum(d.width_mm for _, d in dies)) / (len(dies) + 1), 0.0)
    through = product.through()
    sides = [product.net(f"{name}.{side}") for name, _ in dies for side in ("left", "right")]
    joined = [net for net, some in groupby(sides) if len(list(some)) > 1]
    return {net: gap for net in joined if net in product.nets and net not in through}
