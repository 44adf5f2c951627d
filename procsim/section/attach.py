"""Puts things on: dies face up or down, rings, lids, slugs, bonding points and whole panels. Parts are rigid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from procsim.model.library import Part
from procsim.model.product import Die, Product
from procsim.model.steps import Attach, Bond
from procsim.section.field import ball_field
from procsim.section.fitting import part_of
from procsim.section.layout import dies_of
from procsim.section.ops import Site, settled
from procsim.section.section import EPS, PANEL, Column, Section, Slab, illegal, surfaces


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
    part = part_of(site.product, site.parts, step)
    if part is not None:
        return _points(section, step, site, part) if part.kind == "point" else _body(section, step, site, part)
    for name, kind in site.product.meant(step.what).items():
        section = _die(section, step, site, name, site.product.dies[kind])
    return section


def _die(section: Section, step: Attach, site: Site, name: str, die: Die) -> Section:
    """Puts down one die: it rests on the highest top below it or, face down with bumps, on the contacts below its pads."""
    if name in section.dies:
        raise illegal(site.place, step.id, f"{name} is already attached")
    footprint = [c for c in section.columns if c.die == name]
    if any(not c.stack for c in footprint):
        raise illegal(site.place, step.id, f"there is nothing below {name} to attach it to", "bond a base below first")
    if step.face == "up" and die.bump_um > 0:
        raise illegal(site.place, step.id, f"{name} has bumps and lies face up: they would meet nothing", "say face: down")
    bumped = step.face == "down" and die.bump_um > 0
    rest = _rest_on_bumps(step, site, name, die, footprint) if bumped else _rest_flat(step, site, name, footprint)

    def placed(column: Column) -> Column:
        if column.die != name:
            return column
        if bumped and "pad" in column.masks:
            column = column.plus(Slab(die.bump_material, column.top, rest, part=f"{name} bump"))
        elif not bumped and step.adhesive is not None:
            column = column.plus(Slab(step.adhesive, column.top, rest))
        return _with_die(column, name, die, rest, step.face)

    return replace(section.map(placed), dies=(*section.dies, name))


def _rest_on_bumps(step: Attach, site: Site, name: str, die: Die, footprint: list[Column]) -> float:
    """Where a die with bumps comes to lie: on the contacts below its pads."""
    pads = [c for c in footprint if "pad" in c.masks]
    if not site.materials[die.bump_material].conductor:
        raise illegal(site.place, step.id, f"bumps of {die.bump_material} do not conduct", f"take a metal for product.dies.{name}.bump_material")
    if not all(site.conductor(c.surface) for c in pads):
        raise illegal(site.place, step.id, f"the bumps of {name} meet {surfaces(pads)}, not a conductor")
    rest = max(c.top for c in pads) + die.bump_um
    if rest <= max(c.top for c in footprint) + EPS:
        raise illegal(site.place, step.id, f"bumps of {die.bump_um:g} µm are too low: {name} would sit on the surface beside its pads")
    return rest


def _rest_flat(step: Attach, site: Site, name: str, footprint: list[Column]) -> float:
    """Where a die without bumps comes to lie: on the highest top below it, or on the adhesive there."""
    pads = [c for c in footprint if "pad" in c.masks]
    rest = max(c.top for c in footprint) + (step.adhesive_um or 0.0)
    hang = max((rest - c.top for c in pads if site.conductor(c.surface) and c.surface is not None and c.surface.by == PANEL), default=0.0)
    if step.face == "down" and hang > EPS and site.parts[site.product.panel.part].layers is not None:
        raise illegal(site.place, step.id, f"{name} has no bumps: its pads hang {hang:g} µm above the contacts below them",
                      f"give product.dies.{name}.bump_um")
    return rest


def _with_die(column: Column, name: str, die: Die, rest: float, face: str) -> Column:
    """*column* with its piece of *die* on it, from the height *rest* up."""
    body = Slab(die.material, rest, rest + die.thickness_um, part=name, face=face)
    if "pad" not in column.masks:
        return column.plus(body)
    pad = replace(body, material=die.pad_material, pad=True)
    if face == "up":
        return column.plus(replace(body, top=body.top - die.pad_height_um), replace(pad, bottom=body.top - die.pad_height_um))
    return column.plus(replace(pad, top=rest + die.pad_height_um), replace(body, bottom=rest + die.pad_height_um))


def in_place(section: Section, product: Product) -> Section:
    """A wafer whose dies are there from the start, active surface up."""
    dies = dict(dies_of(product))
    return replace(section.map(lambda c: _with_die(c, c.die, dies[c.die], 0.0, "up") if c.die else c), dies=tuple(dies))


def _points(section: Section, step: Attach, site: Site, part: Part) -> Section:
    """Puts a ball, bump or pin on every bonding pad."""
    if section.points:
        raise illegal(site.place, step.id, "the package has its bonding points already")
    pads = section.inside("bonding_pad")
    covered = [c for c in pads if not site.conductor(c.surface) or _on(c, site, "lid", "ring", "slug")]
    bare = site.parts[site.product.panel.part].layers is None
    if not covered and bare and any(c.surface is not None and c.surface.by == PANEL for c in pads):
        raise illegal(site.place, step.id, "no bonding pad is there: the surface is the bare panel", "build the wiring first, or flip the panel")
    if covered or not pads:
        raise illegal(site.place, step.id, f"no bonding pad is exposed: the surface there is {surfaces(covered)}",
                      "pattern bonding_pad in the passivation first")
    if not site.materials[part.stack()[0].material].conductor:
        raise illegal(site.place, step.id, f"points of {part.stack()[0].material} do not conduct", "take a part of solder, gold or copper")
    height = site.product.bonding.point_um
    tallest = section.top - min(c.top for c in pads)
    if height <= tallest + EPS:
        high = max(section.columns, key=lambda c: c.top).surface
        name = high.part if high is not None and high.part in site.parts else ""
        what = f"{name}, a heat sink beside them," if name and name == section.slug else f"{name} beside them" if name else "the surface beside them"
        raise illegal(site.place, step.id, f"points {height:g} µm high do not stand out: {what} is {tallest:g} µm high",
                      "take higher points or a lower part")
    joint = step.adhesive_um or 0.0
    if step.adhesive is not None and not site.materials[step.adhesive].conductor:
        raise illegal(site.place, step.id, f"{step.adhesive} between pads and points does not conduct", "join them with solder")

    def stood(column: Column) -> Column:
        return column.plus(Slab(step.adhesive or "", column.top, column.top + joint),
                           Slab(part.stack()[0].material, column.top + joint, column.top + joint + height, part=step.what))

    placed = section.map(stood, lambda c: "bonding_pad" in c.masks)
    done = replace(placed, points=True)
    _clear_of_points(done, step, site)
    return done


def _covers(part: Part, site: Site) -> Callable[[Column], bool]:
    """The columns over which a part of its kind lies. A slug as wide as the die covers it; a narrower one leaves the die's edges free, and a wider
    one reaches past them."""
    width = part.width_mm
    die = max(d.width_mm for d in site.product.dies.values())

    def slug(column: Column) -> bool:
        beside = column.region == "gap" and width is not None and width > die + EPS
        edge = bool(column.net) and "pad" not in column.masks and width is not None and width < die - EPS
        return beside or ("die" in column.masks and not edge)

    kinds: dict[str, Callable[[Column], bool]] = {
        "ring": lambda c: "rim" in c.masks, "passive": lambda c: "rim" in c.masks, "slug": slug}
    return kinds.get(part.kind, lambda c: "street" not in c.masks)


def _on(column: Column, site: Site, *kinds: str) -> bool:
    """Whether *column* ends in a ready-made part of one of *kinds*."""
    return column.surface is not None and column.surface.part in site.parts and site.parts[column.surface.part].kind in kinds


def _body(section: Section, step: Attach, site: Site, part: Part) -> Section:
    """Puts down a ring round the die, a slug below it or a lid over all: it is rigid, rests where it touches first, and leaves gaps elsewhere."""
    covers, glue = _covers(part, site), step.adhesive_um or 0.0
    shapes = [part_slabs(part, section, c, 0.0, step.what) if covers(c) else [] for c in section.columns]
    under = [(c, slabs[0].bottom) for c, slabs in zip(section.columns, shapes, strict=True) if slabs]
    if not under:
        raise illegal(site.place, step.id, f"there is no place for {step.what} in this package")
    if part.kind in ("ring", "slug"):
        _on_the_substrate(section, step, site, [c for c, _ in under])
    rest = max(c.top - foot for c, foot in under) + glue
    if part.kind == "lid":
        below = next((c.surface.part for c, _ in under if c.surface is not None and _on(c, site, "lid")), None)
        if below is not None:
            raise illegal(site.place, step.id, f"{step.what} would lie on {below}, which covers the package already", "leave one of them out")
        _rests(section, step, site, [(c, rest + foot - c.top) for c, foot in under])

    def placed(column: Column, slabs: list[Slab]) -> Column:
        if not slabs:
            return column
        joint = rest + slabs[0].bottom
        if step.adhesive is not None and joint - column.top <= 2 * glue + EPS:
            resin = step.rim_adhesive if step.rim_adhesive and "rim" in column.masks else step.adhesive
            column = column.plus(Slab(resin, column.top, joint))
        return column.plus(*(s.shifted(rest) for s in slabs))

    made = replace(section, columns=tuple(placed(c, s) for c, s in zip(section.columns, shapes, strict=True)))
    points = max((c.top for c in made.inside("bonding_pad") if _on(c, site, "point")), default=None)
    if part.kind != "slug" and points is not None and made.top >= points - EPS:
        raise illegal(site.place, step.id, f"{step.what} stands {made.top - points:g} µm above the bonding points",
                      "attach it to the other side: flip first")
    if part.kind == "slug":
        made = replace(made, slug=step.what)
        _clear_of_points(made, step, site)
    return made


def _on_the_substrate(section: Section, step: Attach, site: Site, under: list[Column]) -> None:
    """Refuses a ring or slug that would lie on a die or on a lid."""
    if any(c.surface is not None and c.surface.part in section.dies for c in under):
        raise illegal(site.place, step.id, f"{step.what} would lie on the back of a die, not on the substrate", "flip first")
    above = next((c.surface for c in under if _on(c, site, "lid")), None)
    if above is not None:
        raise illegal(site.place, step.id, f"{step.what} would lie on {above.part}, not on the substrate",
                      "attach it before" if site.parts[step.what].kind == "ring" else "flip first")


def _rests(section: Section, step: Attach, site: Site, gaps: list[tuple[Column, float]]) -> None:
    """Refuses a lid that does not reach a die, the ground of its own foot, or the ring on which it should rest."""
    glue = step.adhesive_um or 0.0
    reach = 2 * glue + EPS
    touching = {c.die or c.region for c, gap in gaps if gap <= reach}
    for name in section.dies:
        if name not in touching:
            far = min(gap for c, gap in gaps if c.die == name)
            high = min(gaps, key=lambda pair: pair[1])[0]
            on = high.die or (high.surface.part if high.surface is not None else "") or "something higher"
            raise illegal(site.place, step.id, f"{step.what} does not touch {name}: it rests on {on}, {far:g} µm above",
                          "make dies of one height" if high.die else _as_high(step, site, high, glue - far))
    rings = {name for name, part in site.parts.items() if part.kind == "ring"}
    feet = any(layer.mask == "rim" for layer in site.parts[step.what].stack())
    missed = [(c, gap) for c, gap in gaps if "rim" in c.masks and gap > reach and (feet or (c.surface is not None and c.surface.part in rings))]
    if missed:
        ground, (rim, gap) = "the substrate" if feet else "the stiffener", missed[0]
        raise illegal(site.place, step.id, f"{step.what} hangs {gap:g} µm above {ground}, resting on the die only",
                      _as_high(step, site, rim, gap - glue))
    if step.rim_adhesive is not None and not any("rim" in c.masks and gap <= reach for c, gap in gaps):
        far = min(gap for c, gap in gaps if "rim" in c.masks)
        raise illegal(site.place, step.id, f"{step.rim_adhesive} on the rim of {step.what} touches nothing: the ground lies {far:g} µm below it",
                      "attach a ring (a stiffener) before, take a lid with a foot, or leave rim_adhesive out")


def _as_high(step: Attach, site: Site, rim: Column, more: float) -> str:
    """How thick the ring in *rim*, or else the lid's foot, is to be for the lid to lie on the dies as well: *more* µm than it is."""
    ring = rim.surface.part if rim.surface is not None else ""
    name, part = (ring, site.parts[ring]) if ring in site.parts and site.parts[ring].kind == "ring" else (step.what, site.parts[step.what])
    number, layer = next(((n, layer) for n, layer in enumerate(part.stack()) if layer.mask == "rim"), (0, part.stack()[0]))
    address = f"parts.{name}.thickness_um" if part.layers is None else f"parts.{name}.layers.{number}.thickness_um"
    return f"make {address} {layer.thickness_um + more:g} (it is {layer.thickness_um:g}), as high as the die's back"


def _clear_of_points(section: Section, step: Attach, site: Site) -> None:
    """Checks, once heat sink and bonding points are both there, that the points are the higher ones and that there is room for all of them."""
    if not section.slug or not section.points:
        return
    slug = max(s.top for c in section.columns for s in c.stack if s.part == section.slug)
    points = max(c.top for c in section.inside("bonding_pad"))
    if points <= slug + EPS:
        raise illegal(site.place, step.id, f"points do not stand out: {section.slug} is {slug - points:g} µm taller than they are",
                      "take higher points or a lower heat sink")
    field = ball_field(site.product, site.parts[section.slug])
    if field.left < site.product.bonding.count:
        raise illegal(site.place, step.id, f"{section.slug} takes {field.lost} of the {field.places} places of a ball field at "
                      f"{field.pitch_mm:g} mm pitch: {field.left} are left for {site.product.bonding.count} bonding points",
                      "take a smaller heat sink, a finer product.bonding.pitch_mm or fewer points")


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
        covered = [c for c in section.inside("die") if c.surface is None or c.surface.part not in section.dies] if step.contacts == "die" else []
        if covered:
            raise illegal(site.place, step.id, f"the backs of the dies are to touch {step.part}, and {surfaces(covered)} covers them",
                          "planarize down to the silicon first (op planarize, die_um)")
        if tops and max(tops) - min(tops) > step.tolerance_um:
            raise illegal(site.place, step.id, f"the {step.contacts} contacts differ in height by {max(tops) - min(tops):g} µm",
                          "planarize first")
    rest = section.top + glue
    air = max((rest - c.top for c in section.columns if c.stack and c.region != "gap"), default=0.0)
    if air > glue + step.tolerance_um + EPS:
        raise illegal(site.place, step.id, f"{step.part} would bridge {air:g} µm of air: the surface below it is not level",
                      "fill round the dies and planarize first")

    def over(column: Column) -> Column:
        joined = column.plus(Slab(step.adhesive or "", column.top, rest)) if glue and section.top - column.top <= glue else column
        return joined.plus(*part_slabs(part, section, column, rest, step.part))

    return section.map(over)
