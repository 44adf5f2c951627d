"""What each op does to the section: (Section, step) in, the next Section out, or a refusal that names reason and remedy.

    deposit conformal   ▁▂▁ → follows      deposit levelling  ▁▂▁ → ends flat      planarize  ▃▅▃ → ▃▃▃
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from procsim.errors import Place
from procsim.model.library import Material, Part
from procsim.model.product import Product
from procsim.model.steps import Cavity, Deposit, Etch, Fill, Pattern, Planarize, Plate, Step, Strip
from procsim.section.shape import EPS, Column, Section, Slab, illegal, surfaces

HANDLED_UM = 100.0
"""A panel thinner than this cannot be handled without a carrier."""


@dataclass(frozen=True, slots=True)
class Site:
    """What an op may look at beside the section: the *product*, *materials*, *parts*, and where the step was written."""

    product: Product
    materials: Mapping[str, Material]
    parts: Mapping[str, Part]
    place: Place

    def conductor(self, slab: Slab | None) -> bool:
        return slab is not None and self.materials[slab.material].conductor


def deposit(section: Section, step: Deposit, site: Site) -> Section:
    limit = site.materials[step.material].max_um
    if limit is not None and step.thickness_um > limit + EPS:
        raise illegal(site.place, step.id, f"{step.material} goes on at most {limit:g} µm per coat (asked for {step.thickness_um:g})",
                      "coat twice, or take a process that is made for it")
    if step.style == "conformal":
        return section.map(lambda c: c.plus(Slab(step.material, c.top, c.top + step.thickness_um, part=step.id)))
    level = section.top + step.thickness_um
    # Narrow gaps round inlaid dies and holes are closed by any coat; open ground is levelled only as deep as a coat is thick.
    wide = min((c.top for c in section.columns if c.region != "gap" and c.stack), default=section.top)
    if limit is not None and section.top - wide > limit + EPS:
        raise illegal(site.place, step.id, f"a coat of {step.material} levels at most {limit:g} µm; some of the surface lies "
                      f"{section.top - wide:g} µm lower", "fill round the dies first, or take op: fill")
    return section.map(lambda c: c.plus(Slab(step.material, c.top, level)))


def fill(section: Section, step: Fill, site: Site) -> Section:
    if step.under == "die":
        return _underfill(section, step, site)
    if step.mask is not None:
        level = max((c.top for c in section.columns if section.mask(step.mask or "") not in c.masks), default=section.top)
        if not any(c.top < level - EPS for c in section.inside(step.mask)):
            raise illegal(site.place, step.id, f"there is no open {step.mask} to fill", f"pattern {step.mask} first")
        return section.map(lambda c: c.plus(Slab(step.material, c.top, level)), lambda c: section.mask(step.mask or "") in c.masks)
    level = section.top + step.over_um
    if level - min(c.top for c in section.columns) <= EPS:
        raise illegal(site.place, step.id, "there is nothing to fill: the surface is level", "give over_um for a layer on top")
    return section.map(lambda c: c.plus(Slab(step.material, c.top, level)))


def _underfill(section: Section, step: Fill, site: Site) -> Section:
    """Fills gaps inside the stacks of die columns."""

    def flow(column: Column) -> Column:
        stack: list[Slab] = []
        for slab in column.stack:
            if stack and slab.bottom > stack[-1].top + EPS:
                stack.append(Slab(step.material, stack[-1].top, slab.bottom))
            stack.append(slab)
        return replace(column, stack=tuple(stack))

    filled = section.map(flow, lambda c: "die" in c.masks)
    if filled == section:
        raise illegal(site.place, step.id, "there is no gap under a die to fill")
    return filled


def _plane(section: Section, step: Planarize, site: Site) -> float:
    """The height at which the planarizing stops."""
    if step.to_um is not None:
        return section.bottom + step.to_um
    if step.less_um is not None:
        return section.top - step.less_um
    if step.die_um is not None:
        floors = {s.part: s.bottom for c in section.columns for s in c.stack if s.part in section.dies and c.net == ""}
        if not floors:
            raise illegal(site.place, step.id, "there is no die to thin", "attach dies first")
        return max(floors.values()) + step.die_um
    name = step.downto or ""
    tops: dict[str, float] = {}
    for column in section.columns:
        for slab in column.stack:
            if (name in ("die", "dies") and slab.part in section.dies) or slab.material == name or slab.part == name:
                key = slab.part or slab.material
                tops[key] = max(tops.get(key, slab.top), slab.top)
    if not tops:
        raise illegal(site.place, step.id, f"there is no {'die' if name == 'dies' else name} to stop on", "attach or deposit it first")
    low = min(tops, key=lambda k: tops[k])
    if max(tops.values()) - tops[low] > step.tolerance_um:
        raise illegal(site.place, step.id, f"{low} lies {max(tops.values()) - tops[low]:g} µm lower than the highest: it would stay covered",
                      "make the heights equal, or thin by die_um")
    return tops[low]


def planarize(section: Section, step: Planarize, site: Site) -> Section:
    plane = _plane(section, step, site)
    if plane >= section.top - EPS:
        raise illegal(site.place, step.id, f"there is nothing above {plane:g} µm to take off", "fill or deposit first")
    thinnest = {name: die.thinnest_um for name, die in site.product.dies.items()}
    for column in section.columns:
        for slab in column.stack:
            if section.points and slab.part in site.parts and site.parts[slab.part].kind == "point" and slab.top > plane + EPS:
                raise illegal(site.place, step.id, f"would take {slab.top - plane:g} µm off the bonding points", "planarize before they are attached")
            if slab.part not in section.dies or slab.top <= plane + step.tolerance_um:
                continue
            if slab.face == "up":
                raise illegal(site.place, step.id, f"would grind {slab.top - max(plane, slab.bottom):g} µm into the active surface of {slab.part}",
                              "stop downto: die")
            floor = min(s.bottom for s in column.stack if s.part == slab.part)
            limit = next((v for k, v in thinnest.items() if slab.part.startswith(k)), 0.0)
            if plane - floor < limit - EPS:
                raise illegal(site.place, step.id, f"would leave {slab.part} {plane - floor:g} µm thick; it may not go below {limit:g} µm")
    _held(section, step, site, plane)
    return section.map(lambda c: c.cut(plane))


def _held(section: Section, step: Planarize, site: Site, plane: float) -> None:
    """Refuses to grind dies that stand free, and to grind away a panel that was bonded on."""
    low = [c.top for c in section.columns if c.region != "gap" and c.stack and c.top < plane - step.tolerance_um - EPS]
    if low and any(s.part in section.dies and s.top > plane - EPS for c in section.columns for s in c.stack):
        raise illegal(site.place, step.id, f"the dies stand free: beside them the surface lies {plane - min(low):g} µm below the plane",
                      "fill round the dies before this step")
    for slab in (s for c in section.columns for s in c.stack):
        if slab.part in site.parts and slab.part != site.product.panel.part and slab.bottom > plane - EPS:
            raise illegal(site.place, step.id, f"would take {slab.part} away again", "planarize before it is put on")


def pattern(section: Section, step: Pattern, site: Site) -> Section:
    name = section.mask(step.mask)

    def wanted(c: Column) -> bool:
        return (name in c.masks) != step.negate and not (step.mask == "wiring" and step.negate and not c.stack)

    chosen = [c for c in section.columns if wanted(c)]
    if not chosen:
        raise illegal(site.place, step.id, f"this package has no {step.mask} at wiring layer {section.layer}")
    wrong = [c for c in chosen if c.surface is None or c.surface.material != step.material]
    if wrong:
        raise illegal(site.place, step.id, f"opens {step.material}, but the surface there is {surfaces(wrong)}",
                      f"deposit {step.material} first, or strip what lies on it")
    opened = section.map(lambda c: replace(c, stack=c.stack[:-1]), wanted)
    if step.mask in ("via", "bonding_pad", "pad") and not site.materials[step.material].sacrificial:
        closed = [c for c in opened.columns if wanted(c) and not site.conductor(c.surface)]
        if closed:
            below = section.layer > 1 or step.mask == "bonding_pad"
            raise illegal(site.place, step.id, f"the holes land on {surfaces(closed)}, not on a conductor",
                          "build the wiring below first" if below else "lay the die pads open before: planarize, or take off what covers them")
    if step.mask != "wiring" or not step.negate:
        return opened
    if site.materials[step.material].sacrificial:  # a resist: the wiring is there once the metal beside it is etched
        return replace(opened, drawn=True)
    return replace(opened, layer=opened.layer + 1)


def etch(section: Section, step: Etch, site: Site) -> Section:
    wanted = set(step.materials_)
    etchant = site.materials[step.etchant] if step.etchant else None
    attacked = set(etchant.attacks) - wanted if etchant else set()

    def dissolve(column: Column) -> Column:
        stack = list(column.stack)
        while stack and stack[-1].material in wanted and stack[-1].part not in section.dies:
            stack.pop()
        return replace(column, stack=tuple(stack))

    etched = section.map(dissolve)
    if etched == section:
        raise illegal(site.place, step.id, f"no {' or '.join(step.materials_)} is exposed; the surface is {surfaces(section.columns)}",
                      "flip the panel, or take off what covers it")
    for before, after in zip(section.columns, etched.columns, strict=True):
        if before.stack and not after.stack:
            raise illegal(site.place, step.id, f"etches right through {before.stack[0].material} with nothing to stop on",
                          "put an insulating layer or a filling below it")
        if before.stack and not any(s.part == site.product.panel.part for s in after.stack) and 0 < after.height() < HANDLED_UM and (
                any(s.part == site.product.panel.part for s in before.stack)):
            raise illegal(site.place, step.id, f"leaves {after.height():g} µm with nothing that carries them", "bond a second panel on first")
        surface = after.surface
        if surface is not None and surface.material in attacked:
            raise illegal(site.place, step.id, f"{step.etchant} reaches and attacks {surface.material}",
                          "take an etchant that does not, or protect it with a layer")
    return replace(etched, layer=etched.layer + 1, drawn=False) if etched.drawn else etched


def plate(section: Section, step: Plate, site: Site) -> Section:
    chosen = section.inside(step.mask)
    if not chosen:
        raise illegal(site.place, step.id, f"this package has no {step.mask} at wiring layer {section.layer}")
    bare = [c for c in chosen if not site.conductor(c.surface)]
    if bare:
        raise illegal(site.place, step.id, f"nothing to plate on: the {step.mask} openings show {surfaces(bare)}, no seed and no pad",
                      "deposit a seed and open the resist over it first")
    if section.points:
        raise illegal(site.place, step.id, "the bonding points are on already and would be plated too", "plate before they are attached")
    name = section.mask(step.mask)
    if step.mask in ("wiring", "via"):
        _needs_vias(section, step, site)
        stray = [c for c in section.columns if name not in c.masks and site.conductor(c.surface)]
        if stray:
            raise illegal(site.place, step.id, f"{surfaces(stray)} is exposed outside the {step.mask} and would be plated too",
                          "pattern a resist over the seed first")
    level = max(c.top for c in chosen) + step.thickness_um
    resist = [c.top for c in section.columns if c.surface is not None and site.materials[c.surface.material].sacrificial]
    if resist and level > min(resist) + EPS:
        raise illegal(site.place, step.id, f"{step.thickness_um:g} µm of {step.material} would grow {level - min(resist):g} µm over the resist",
                      "take a thicker resist or plate less")
    grown = section.map(lambda c: c.plus(Slab(step.material, c.top, level)), lambda c: name in c.masks)
    return replace(grown, layer=grown.layer + 1) if step.mask == "wiring" else grown


def _needs_vias(section: Section, step: Plate, site: Site) -> None:
    """A layer with no via to its neighbour connects nothing."""
    for column in section.inside("via"):
        chain = _conducting(column, site)
        if not (any(s.pad for s in chain) if section.layer == 1 else len(chain) > 1):
            below = "the die pads" if section.layer == 1 else "the layer below"
            raise illegal(site.place, step.id, f"wiring layer {section.layer} has no open via to {below}",
                          "pattern via through the dielectric before the seed")


def _conducting(column: Column, site: Site) -> list[Slab]:
    """The conductors of *column* from its top down to the first gap or insulator."""
    chain: list[Slab] = []
    for slab in reversed(column.stack):
        if not site.conductor(slab) or (chain and chain[-1].bottom - slab.top > EPS):
            break
        chain.append(slab)
    return chain


def cavity(section: Section, step: Cavity, site: Site) -> Section:
    chosen = section.inside(step.mask)
    depth = step.depth_um
    if not any(c.stack for c in chosen):
        raise illegal(site.place, step.id, f"there is nothing left inside {step.mask} to take away", "make the cavity once")
    if depth is not None:
        thin = min((c.top - (c.stack[0].bottom if c.stack else 0.0) for c in chosen), default=0.0)
        if depth >= thin - EPS:
            raise illegal(site.place, step.id, f"a cavity {depth:g} µm deep goes through the panel, which is {thin:g} µm thick",
                          "say through: true if that is meant")
    name = section.mask(step.mask)
    return section.map(lambda c: replace(c, stack=()) if depth is None else c.cut(c.top - depth), lambda c: name in c.masks)


def settled(section: Section) -> Section:
    """With its lowest point at height 0."""
    floor = section.bottom
    return section.map(lambda c: replace(c, stack=tuple(s.shifted(-floor) for s in c.stack)))


def flip(section: Section, step: Step, site: Site) -> Section:
    del step, site
    height = section.top

    def turned(column: Column) -> Column:
        other = {"up": "down", "down": "up"}
        stack = tuple(replace(s, bottom=height - s.top, top=height - s.bottom, face=other.get(s.face, "")) for s in reversed(column.stack))
        return replace(column, stack=stack)

    return settled(replace(section, columns=tuple(turned(c) for c in reversed(section.columns))))


def strip(section: Section, step: Strip, site: Site) -> Section:
    def bare(column: Column) -> Column:
        surface = column.surface
        return replace(column, stack=column.stack[:-1]) if surface is not None and surface.material == step.material else column

    stripped = section.map(bare)
    if stripped == section:
        raise illegal(site.place, step.id, f"no {step.material} is exposed; the surface is {surfaces(section.columns)}")
    return stripped


def singulate(section: Section, step: Step, site: Site) -> Section:
    if section.singulated:
        raise illegal(site.place, step.id, "the packages are already cut apart")
    return replace(section.map(lambda c: replace(c, stack=()), lambda c: "street" in c.masks), singulated=True)


def leave(section: Section, step: Step, site: Site) -> Section:
    """Ops that leave the shape alone."""
    del step, site
    return section


Op = Callable[[Section, Any, Site], Section]
