"""Says how much of every driver a step has on the product and its sections. Each op × driver is defined once, here.

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

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from procsim.model.amounts import DRIVERS
from procsim.model.steps import Attach, Bond, Cavity, Deposit, Etch, Fill, Glued, Pattern, Planarize, Plate, Singulate, Step, Strip, Test
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.cutting import cut_um
from procsim.section.layout import dies_of, gap_cm2, panel_geometry, wiring_layers
from procsim.section.levelness import dimple
from procsim.section.measures import Measures

BASES = ("run", "lot", "panel", "unit", "repair")
"""What amounts are per; a repair is of one unit that an inspection has rejected."""


@dataclass(frozen=True, slots=True)
class Amount:
    """*value* of a driver per one item of *basis*: run, lot, panel or unit."""

    basis: str
    value: float


@dataclass(frozen=True, slots=True)
class Joint:
    """So many *cm2* of one unit, glued *um* thick with the *material*."""

    material: str
    cm2: float
    um: float


@dataclass(frozen=True, slots=True)
class Quantities:
    """Of one step: the *amounts* by driver, the *unit_cm2* on which a unit's defects per cm² fall, the height in µm of all that is *cut*, and the
    *joints* of a lid beside the dies, which no driver counts."""

    amounts: dict[str, Amount]
    unit_cm2: float
    cut: Mapping[str, float] = field(default_factory=dict)
    joints: tuple[Joint, ...] = ()

    def get(self, driver: str) -> Amount | None:
        return self.amounts.get(driver)


Found = dict[str, Amount]


def _blanket(seen: Measures, step: Step) -> Found:
    del step
    return {"cm2": Amount("panel", seen.panel.area_cm2), "um": Amount("panel", seen.rise()), "cm3": Amount("panel", seen.volume())}


def _glue(step: Glued, cm2: float, basis: str) -> Found:
    """The adhesive that lies on *cm2* of one item of *basis*."""
    return {"cm3": Amount(basis, (step.adhesive_um or 0.0) * 1e-4 * cm2)}


def _attach(seen: Measures, step: Attach) -> Found:
    new = tuple(name for name in seen.after.dies if name not in seen.before.dies)
    found: Found = {}
    if new:
        count = seen.dies(new)
        cm2, found = count["cm2"], {"die": Amount("unit", count["die"]), "pad": Amount("unit", count["pad"]),
                                    "um": Amount("panel", step.adhesive_um or 0.0)}
    elif seen.after.points and not seen.before.points:
        cm2, found = seen.mask_cm2("ball"), {"ball": Amount("unit", seen.product.bonding.count)}
    else:
        cm2 = seen.touched(step.what)
    return {**found, "cm2": Amount("unit", cm2), **_glue(step, cm2, "unit")}


def _joints(seen: Measures, step: Step) -> Iterator[Joint]:
    """What joins a lid to its ring, its foot to the substrate, or all of it to a filling round the dies."""
    if isinstance(step, Attach) and step.adhesive is not None and step.what in seen.parts and seen.parts[step.what].kind == "lid":
        rim = seen.glued_um(step.id, step.rim_adhesive or step.adhesive, lambda column: "rim" in column.masks)
        field = seen.glued_um(step.id, step.adhesive, lambda column: not {"rim", "die"} & column.masks)
        wall = seen.rim_cm2(step.what) if rim else 0.0
        yield from [Joint(step.rim_adhesive or step.adhesive, wall, rim)] if rim else []
        yield from [Joint(step.adhesive, max(seen.outline_cm2(step.what) - seen.mask_cm2("die") - wall, 0.0), field)] if field else []


def _deposit(seen: Measures, step: Deposit) -> Found:
    return {**_blanket(seen, step), "um": Amount("panel", step.thickness_um)}


def _fill(seen: Measures, step: Fill) -> Found:
    if step.under is not None or step.mask is not None:
        per_unit = seen.volume() / seen.panel.units
        found = {"cm3": Amount("unit", per_unit), "um": Amount("panel", seen.rise())}
        if step.mask == "via":
            depth = seen.rise()
            found["cm3"] = Amount("unit", seen.mask_cm2("via") * depth * 1e-4)
            found["via"] = Amount("unit", seen.vias())
        return {**found, "cm2": Amount("unit", seen.mask_cm2(step.mask or "die"))}
    return _blanket(seen, step)


def _pattern(seen: Measures, step: Pattern) -> Found:
    depth = seen.opened()
    share = seen.mask_cm2(step.mask)
    area = (seen.product.package.area_cm2 - share) if step.negate else share
    found = {"cm2": Amount("panel", seen.panel.area_cm2), "um": Amount("panel", depth), "cm3": Amount("unit", area * depth * 1e-4)}
    if step.mask == "via":
        found["via"] = Amount("unit", seen.vias())
    if step.mask in ("ball", "bonding_pad"):
        found["ball"] = Amount("unit", seen.product.bonding.count)
    if step.mask == "pad":
        found["pad"] = Amount("unit", seen.dies(seen.after.dies)["pad"])
    return found


def _plate(seen: Measures, step: Plate) -> Found:
    area = seen.mask_cm2(step.mask)
    found = {"cm2": Amount("unit", area), "um": Amount("panel", step.thickness_um), "cm3": Amount("unit", area * step.thickness_um * 1e-4)}
    if step.mask in ("wiring", "via"):
        tops = [c.top for c in seen.before.columns if f"via{seen.before.layer}" in c.masks]
        field = max((c.top for c in seen.before.inside("wiring")), default=0.0)
        depth = max(field - min(tops, default=field), 0.0) - dimple(seen.before, seen.after)
        found["via"] = Amount("unit", seen.vias())
        found["cm3"] = Amount("unit", found["cm3"].value + seen.mask_cm2("via") * depth * 1e-4)
    return found


def _cavity(seen: Measures, step: Cavity) -> Found:
    if step.mask == "street":
        return {**_blanket(seen, step), "m": Amount("panel", seen.panel.cut_m)}
    dies = [die for _, die in dies_of(seen.product)]
    outline = sum(2 * (d.width_mm + d.length_mm) for d in dies) / 1000
    room = [d.area_cm2 + (gap_cm2(d, step.clearance_um / 1000) if step.mask == "cavity" else 0.0) for d in dies]
    area = sum(room) if step.mask in ("cavity", "die") else seen.mask_cm2(step.mask)
    volume = area * seen.rise()
    if isinstance(step.depth_um, dict):
        volume = sum(a * step.depth_um[kind] for a, (_, kind) in zip(room, seen.product.numbered(), strict=True))
    elif step.depth_um is not None:
        volume = area * step.depth_um
    depth = step.depth_um if isinstance(step.depth_um, float) else seen.rise()
    return {"die": Amount("unit", len(dies)), "cm2": Amount("unit", area), "um": Amount("panel", depth), "cm3": Amount("unit", volume * 1e-4),
            "m": Amount("unit", outline)}


def _bond(seen: Measures, step: Bond) -> Found:
    area = seen.panel.area_cm2
    return {"cm2": Amount("panel", area), "um": Amount("panel", step.adhesive_um or 0.0), **_glue(step, area, "panel")}


def _singulate(seen: Measures, step: Step) -> Found:
    del step
    return {"m": Amount("panel", seen.panel.cut_m), "um": Amount("panel", sum(cut_um(seen.before, seen.after).values())),
            "cm2": Amount("panel", seen.panel.area_cm2)}


def _test(seen: Measures, step: Step) -> Found:
    """A test contacts every terminal, whether balls are on yet or not."""
    return {**_look(seen, step), "ball": Amount("unit", seen.product.bonding.count)}


def _look(seen: Measures, step: Step) -> Found:
    del step
    count = seen.dies(seen.before.dies)
    found = {"cm2": Amount("panel", seen.panel.area_cm2)}
    if count["die"]:
        found |= {"die": Amount("unit", count["die"]), "pad": Amount("unit", count["pad"])}
    if seen.before.points:
        found["ball"] = Amount("unit", seen.product.bonding.count)
    return found


_DEFINITIONS: dict[type[Step], Callable[[Measures, Any], Found]] = {
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
        seen = Measures(product, panel, one.before, one.after, layers, recipe.document.parts)
        amounts = _DEFINITIONS.get(type(one.step), _look)(seen, one.step)
        ordered = {name: ({**common, **amounts})[name] for name in DRIVERS if name in common or name in amounts}
        cut = cut_um(one.before, one.after) if amounts.get("m", Amount("", 0.0)).basis == "panel" else {}
        found.append(Quantities({k: v for k, v in ordered.items() if v.value > 0}, seen.product.package.area_cm2, cut,
                                tuple(_joints(seen, one.step))))
    return tuple(found)
