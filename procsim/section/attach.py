"""Putting things on: dies face up or down, rings, lids, slugs, bonding points and whole panels. Parts are rigid."""

from __future__ import annotations

from dataclasses import replace

from procsim.model.library import Part
from procsim.model.product import Die
from procsim.model.steps import Attach, Bond
from procsim.section.layout import dies_of
from procsim.section.ops import Site, settled
from procsim.section.shape import EPS, Column, Section, Slab, illegal, surfaces


def part_slabs(part: Part, section: Section, column: Column, bottom: float, name: str) -> list[Slab]:
    """The slabs that a ready-made *part* has in *column*, its lowest point at *bottom*."""
    slabs: list[Slab] = []
    for layer in part.stack():
        top = bottom + layer.thickness_um
        inside = layer.mask is None or ((section.mask(layer.mask) if layer.mask != "wiring" else "wiring1") in column.masks) != layer.negate
        material = layer.material if inside else layer.rest
        if material is not None:
            slabs.append(Slab(material, bottom, top, part=name))
        bottom = top
    return slabs


def attach(section: Section, step: Attach, site: Site) -> Section:
    if step.what in site.parts and step.what not in site.product.dies:
        kind = site.parts[step.what].kind
        return _points(section, step, site) if kind == "point" else _body(section, step, site, kind)
    for name, die in dies_of(site.product):
        if step.what in ("dies", name) or (step.what in site.product.dies and site.product.dies[step.what] is die):
            section = _die(section, step, site, name, die)
    return section


def _die(section: Section, step: Attach, site: Site, name: str, die: Die) -> Section:
    """One die: rests on the highest top below it, or, face down with bumps, on the contacts below its pads."""
    if name in section.dies:
        raise illegal(site.place, step.id, f"{name} is already attached")
    footprint = [c for c in section.columns if c.die == name]
    if any(not c.stack for c in footprint):
        raise illegal(site.place, step.id, f"there is nothing below {name} to attach it to", "bond a base below first")
    bumped = step.face == "down" and die.bump_um > 0
    pads = [c for c in footprint if "pad" in c.masks]
    if bumped:
        if not all(site.conductor(c.surface) for c in pads):
            raise illegal(site.place, step.id, f"the bumps of {name} meet {surfaces(pads)}, not a conductor")
        rest = max(c.top for c in pads) + die.bump_um
        if rest <= max(c.top for c in footprint) + EPS:
            raise illegal(site.place, step.id, f"bumps of {die.bump_um:g} µm are too low: {name} would sit on the surface beside its pads")
    else:
        rest = max(c.top for c in footprint) + (step.adhesive_um or 0.0)

    def placed(column: Column) -> Column:
        if column.die != name:
            return column
        if bumped and "pad" in column.masks:
            column = column.plus(Slab(die.bump_material, column.top, rest, part=f"{name} bump"))
        elif not bumped and step.adhesive is not None:
            column = column.plus(Slab(step.adhesive, column.top, rest))
        body = Slab(die.material, rest, rest + die.thickness_um, part=name, face=step.face)
        if "pad" not in column.masks:
            return column.plus(body)
        pad = replace(body, material=die.pad_material, pad=True)
        if step.face == "up":
            return column.plus(replace(body, top=body.top - die.pad_height_um), replace(pad, bottom=body.top - die.pad_height_um))
        return column.plus(replace(pad, top=rest + die.pad_height_um), replace(body, bottom=rest + die.pad_height_um))

    return replace(section.map(placed), dies=(*section.dies, name))


def _points(section: Section, step: Attach, site: Site) -> Section:
    """Balls, bumps or pins on every bonding pad."""
    pads = section.inside("bonding_pad")
    covered = [c for c in pads if not site.conductor(c.surface)]
    if covered or not pads:
        raise illegal(site.place, step.id, f"no bonding pad is exposed: the surface there is {surfaces(covered)}",
                      "pattern bonding_pad in the passivation first")
    part = site.parts[step.what]
    height = site.product.bonding.point_um
    tallest = section.top - min(c.top for c in pads)
    if height <= tallest + EPS:
        raise illegal(site.place, step.id, f"points {height:g} µm high do not stand out: the surface beside them is {tallest:g} µm higher",
                      "take higher points or a lower part")
    placed = section.map(lambda c: c.plus(Slab(part.stack()[0].material, c.top, c.top + height, part=step.what)), lambda c: "bonding_pad" in c.masks)
    return replace(placed, points=True)


_FOOTPRINT = {"ring": "rim", "slug": "die", "sheet": "", "lid": "", "passive": "rim"}
"""Kind of part → mask of the columns it covers; '' is the whole package."""


def _body(section: Section, step: Attach, site: Site, kind: str) -> Section:
    """A ring round the die, a slug below it, or a lid over all: rests on its contacts, leaving gaps elsewhere."""
    part = site.parts[step.what]
    mask = _FOOTPRINT[kind]
    covered = [c for c in section.columns if "street" not in c.masks and (not mask or mask in c.masks)]
    highest = max((c.top for c in covered), default=0.0)
    rest = highest + (step.adhesive_um or 0.0)

    def placed(column: Column) -> Column:
        if "street" in column.masks or (mask and mask not in column.masks):
            return column
        if step.adhesive is not None and rest - column.top <= 2 * (step.adhesive_um or 0.0) + EPS:
            column = column.plus(Slab(step.adhesive, column.top, rest))
        return column.plus(*part_slabs(part, section, column, rest, step.what))

    if kind == "lid":
        touching = {c.die or c.region for c in covered if rest - c.top <= 2 * (step.adhesive_um or 0.0) + EPS}
        missed = [name for name in section.dies if name not in touching]
        if missed:
            raise illegal(site.place, step.id, f"{step.what} does not touch {missed[0]}: it rests on something higher",
                          "make the ring as high as the die's back")
    return section.map(placed)


def bond(section: Section, step: Bond, site: Site) -> Section:
    part = site.parts[step.part]
    glue = step.adhesive_um or 0.0
    if step.side == "below":
        floor = section.bottom
        height = sum(layer.thickness_um for layer in part.stack())

        def under(column: Column) -> Column:
            base = part_slabs(part, section, column, floor - glue - height, step.part)
            if column.stack and glue:
                base.append(Slab(step.adhesive or "", floor - glue, floor))
            return replace(column, stack=(*base, *column.stack))

        return settled(section.map(under))
    if step.contacts is not None:
        tops = [c.top for c in section.inside(step.contacts)]
        if tops and max(tops) - min(tops) > step.tolerance_um:
            raise illegal(site.place, step.id, f"the {step.contacts} contacts differ in height by {max(tops) - min(tops):g} µm",
                          "planarize first")
    rest = section.top + glue

    def over(column: Column) -> Column:
        joined = column.plus(Slab(step.adhesive or "", column.top, rest)) if glue and section.top - column.top <= glue else column
        return joined.plus(*part_slabs(part, section, column, rest, step.part))

    return section.map(over)
