"""Measures every driver of every step on the product and its sections. Each op × driver is defined once, here.

driver  what it counts                                             basis
------  ---------------------------------------------------------  ------------------------------------
run     one run of the tool, whoever shares it                     run
lot     the lot                                                    lot
panel   panels in the lot                                          panel
unit    packages (sites) on the panels                             unit
die     attach: dies placed; cavity: openings; else dies in place  unit
pad     pads of those dies                                         unit
via     pattern, fill or plate of via or wiring: holes             unit
ball    bonding points; test: terminals, with or without balls      unit
cm2     masked ops: area of the mask; cavity, attach: what touches; unit
        blanket ops: area of the panel                             panel
um      thickness put on, taken off, opened or cut                 panel
cm3     volume put on or taken off: masked ops                     unit
        blanket ops                                                panel
m       singulate, cavity of streets: length of cut                panel
        cavity: outline of the openings                            unit
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from procsim.model.base import DRIVERS
from procsim.model.library import Part
from procsim.model.product import Product
from procsim.model.steps import Attach, Bond, Cavity, Deposit, Etch, Fill, Pattern, Planarize, Plate, Singulate, Step, Strip, Test
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.cutting import cut_um
from procsim.section.layout import PanelGeometry, dies_of, gap_cm2, panel_geometry, wiring_layers
from procsim.section.levelness import dimple
from procsim.section.passives import metal_cm2, opened_cm2, vias
from procsim.section.section import EPS, Section

BASES = ("run", "lot", "panel", "unit", "repair")
"""What amounts are per; a repair is of one unit that an inspection has rejected."""


@dataclass(frozen=True, slots=True)
class Amount:
    """*value* of a driver per one item of *basis*: run, lot, panel or unit."""

    basis: str
    value: float


@dataclass(frozen=True, slots=True)
class Quantities:
    """Of one step: the *amounts* by driver, the *unit_cm2* on which a unit's defects per cm² fall, and the height in µm of all that is *cut*."""

    amounts: dict[str, Amount]
    unit_cm2: float
    cut: Mapping[str, float] = field(default_factory=dict)

    def get(self, driver: str) -> Amount | None:
        return self.amounts.get(driver)


@dataclass(frozen=True, slots=True)
class _View:
    """What the definitions below look at."""

    product: Product
    panel: PanelGeometry
    before: Section
    after: Section
    layers: int
    parts: Mapping[str, Part]

    @property
    def unit_cm2(self) -> float:
        return self.product.package.width_mm * self.product.package.length_mm / 100

    def dies(self, names: tuple[str, ...]) -> dict[str, float]:
        """What the dies *names* come to per unit: how many they are, their pads and their plan area."""
        placed = [die for name, die in dies_of(self.product) if name in names]
        return {"die": len(placed), "pad": sum(d.pads for d in placed), "cm2": sum(d.width_mm * d.length_mm for d in placed) / 100}

    def mask_cm2(self, mask: str) -> float:
        """Area of *mask* on one unit."""
        product = self.product
        dies = self.dies(tuple(name for name, _ in dies_of(product)))
        areas: dict[str, float] = {
            "die": dies["cm2"],
            "pad": sum(d.pads_cm2 for _, d in dies_of(product)),
            "via": self.via_cm2(self.before.layer),
            "wiring": self.wiring_cm2(self.before.layer),
            "passive": opened_cm2(product),
            "bonding_pad": product.bonding.count * math.pi / 4 * (product.bonding.pad_um * 1e-4) ** 2,
        }
        return areas.get("bonding_pad" if mask == "ball" else mask, 0.0)

    def wiring_cm2(self, layer: int) -> float:
        """Metal of wiring *layer* on one unit: the product's coverage, and that of its passives."""
        return self.product.wiring.coverage * self.unit_cm2 + metal_cm2(self.product, layer)

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
            wide, long = own.width_mm or self.product.package.width_mm, own.length_mm or self.product.package.length_mm
            return (wide * long - max(wide - 2 * own.wall_mm, 0.0) * max(long - 2 * own.wall_mm, 0.0)) / 100
        if any("die" in c.masks for c in covered):
            return self.mask_cm2("die")
        return sum(c.area_cm2 for c in covered) / self.panel.units

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


Found = dict[str, Amount]


def _blanket(view: _View, step: Step) -> Found:
    del step
    return {"cm2": Amount("panel", view.panel.area_cm2), "um": Amount("panel", view.rise()), "cm3": Amount("panel", view.volume())}


def _attach(view: _View, step: Attach) -> Found:
    new = tuple(name for name in view.after.dies if name not in view.before.dies)
    count = view.dies(new)
    if new:
        glue = (step.adhesive_um or 0.0) * 1e-4 * count["cm2"]
        return {"die": Amount("unit", count["die"]), "pad": Amount("unit", count["pad"]), "cm2": Amount("unit", count["cm2"]),
                **({"cm3": Amount("unit", glue), "um": Amount("panel", step.adhesive_um or 0.0)} if step.adhesive else {})}
    if view.after.points and not view.before.points:
        area = view.mask_cm2("ball")
        joint = {"cm3": Amount("unit", (step.adhesive_um or 0.0) * 1e-4 * area)} if step.adhesive else {}
        return {"ball": Amount("unit", view.product.bonding.count), "cm2": Amount("unit", area), **joint}
    cm2 = view.touched(step.what)
    return {"cm2": Amount("unit", cm2), **({"cm3": Amount("unit", (step.adhesive_um or 0.0) * 1e-4 * cm2)} if step.adhesive else {})}


def _deposit(view: _View, step: Deposit) -> Found:
    return {**_blanket(view, step), "um": Amount("panel", step.thickness_um)}


def _fill(view: _View, step: Fill) -> Found:
    if step.under is not None or step.mask is not None:
        per_unit = view.volume() / view.panel.units
        found = {"cm3": Amount("unit", per_unit), "um": Amount("panel", view.rise())}
        if step.mask == "via":
            depth = view.rise()
            found["cm3"] = Amount("unit", view.mask_cm2("via") * depth * 1e-4)
            found["via"] = Amount("unit", view.vias())
        return {**found, "cm2": Amount("unit", view.mask_cm2(step.mask or "die"))}
    return _blanket(view, step)


def _pattern(view: _View, step: Pattern) -> Found:
    depth = view.opened()
    share = view.mask_cm2(step.mask)
    area = (view.unit_cm2 - share) if step.negate else share
    found = {"cm2": Amount("panel", view.panel.area_cm2), "um": Amount("panel", depth), "cm3": Amount("unit", area * depth * 1e-4)}
    if step.mask == "via":
        found["via"] = Amount("unit", view.vias())
    if step.mask in ("ball", "bonding_pad"):
        found["ball"] = Amount("unit", view.product.bonding.count)
    if step.mask == "pad":
        found["pad"] = Amount("unit", view.dies(view.after.dies)["pad"])
    return found


def _plate(view: _View, step: Plate) -> Found:
    area = view.mask_cm2(step.mask)
    found = {"cm2": Amount("unit", area), "um": Amount("panel", step.thickness_um), "cm3": Amount("unit", area * step.thickness_um * 1e-4)}
    if step.mask in ("wiring", "via"):
        tops = [c.top for c in view.before.columns if f"via{view.before.layer}" in c.masks]
        field = max((c.top for c in view.before.inside("wiring")), default=0.0)
        depth = max(field - min(tops, default=field), 0.0) - dimple(view.before, view.after)
        found["via"] = Amount("unit", view.vias())
        found["cm3"] = Amount("unit", found["cm3"].value + view.mask_cm2("via") * depth * 1e-4)
    return found


def _cavity(view: _View, step: Cavity) -> Found:
    if step.mask == "street":
        return {**_blanket(view, step), "m": Amount("panel", view.panel.cut_m)}
    dies = [die for _, die in dies_of(view.product)]
    outline = sum(2 * (d.width_mm + d.length_mm) for d in dies) / 1000
    room = [d.width_mm * d.length_mm / 100 + (gap_cm2(d, step.clearance_um / 1000) if step.mask == "cavity" else 0.0) for d in dies]
    area = sum(room) if step.mask in ("cavity", "die") else view.mask_cm2(step.mask)
    volume = area * view.rise()
    if isinstance(step.depth_um, dict):
        depths = [step.depth_um[name] for name, kind in view.product.dies.items() for _ in range(kind.count)]
        volume = sum(a * depth for a, depth in zip(room, depths, strict=True))
    elif step.depth_um is not None:
        volume = area * step.depth_um
    depth = step.depth_um if isinstance(step.depth_um, float) else view.rise()
    return {"die": Amount("unit", len(dies)), "cm2": Amount("unit", area), "um": Amount("panel", depth), "cm3": Amount("unit", volume * 1e-4),
            "m": Amount("unit", outline)}


def _bond(view: _View, step: Bond) -> Found:
    area = view.panel.area_cm2
    glue = step.adhesive_um or 0.0
    return {"cm2": Amount("panel", area), **({"um": Amount("panel", glue), "cm3": Amount("panel", area * glue * 1e-4)} if step.adhesive else {})}


def _singulate(view: _View, step: Step) -> Found:
    del step
    return {"m": Amount("panel", view.panel.cut_m), "um": Amount("panel", sum(cut_um(view.before, view.after).values())),
            "cm2": Amount("panel", view.panel.area_cm2)}


def _test(view: _View, step: Step) -> Found:
    """A test contacts every terminal, whether balls are on yet or not."""
    return {**_look(view, step), "ball": Amount("unit", view.product.bonding.count)}


def _look(view: _View, step: Step) -> Found:
    del step
    count = view.dies(view.before.dies)
    found = {"cm2": Amount("panel", view.panel.area_cm2)}
    if count["die"]:
        found |= {"die": Amount("unit", count["die"]), "pad": Amount("unit", count["pad"])}
    if view.before.points:
        found["ball"] = Amount("unit", view.product.bonding.count)
    return found


_DEFINITIONS: dict[type[Step], Callable[[_View, Any], Found]] = {
    Attach: _attach, Deposit: _deposit, Fill: _fill, Planarize: _blanket, Pattern: _pattern, Etch: _blanket, Plate: _plate,
    Cavity: _cavity, Bond: _bond, Strip: _blanket, Singulate: _singulate, Test: _test,
}


def quantities(recipe: Recipe, built: tuple[Built, ...]) -> tuple[Quantities, ...]:
    """The amounts at every step of *recipe*, in order; for a plain line only run, lot, panel and unit."""
    common = {name: Amount(name, 1.0) for name in BASES if name in DRIVERS}
    product = recipe.document.product
    if product is None:
        return tuple(Quantities(common, 0.0) for _ in recipe.steps)
    panel, layers = panel_geometry(product), wiring_layers([one.step for one in built])
    found = []
    for one in built:
        view = _View(product, panel, one.before, one.after, layers, recipe.document.parts)
        amounts = _DEFINITIONS.get(type(one.step), _look)(view, one.step)
        ordered = {name: ({**common, **amounts})[name] for name in DRIVERS if name in common or name in amounts}
        cut = cut_um(one.before, one.after) if amounts.get("m", Amount("", 0.0)).basis == "panel" else {}
        found.append(Quantities({k: v for k, v in ordered.items() if v.value > 0}, view.unit_cm2, cut))
    return tuple(found)
