"""What each op does to the section: (Section, step) in, the next Section out, or a refusal that names reason and remedy.

    deposit conformal   ▁▂▁ → follows      deposit levelling  ▁▂▁ → ends flat
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from procsim.errors import Place
from procsim.model.library import Material, Part
from procsim.model.product import Product
from procsim.model.steps import Deposit, Fill, Pattern, Plate, Step
from procsim.section.section import EPS, Column, Section, Slab, illegal, surfaces


@dataclass(frozen=True, slots=True)
class Site:
    """What an op may look at beside the section: the *product*, *materials*, *parts*, where the step was written, how wide the gap round
    an inlaid die is (*clearance_um*), and which steps plate."""

    product: Product
    materials: Mapping[str, Material]
    parts: Mapping[str, Part]
    place: Place
    clearance_um: float = 50.0
    platers: frozenset[str] = frozenset()

    def conductor(self, slab: Slab | None) -> bool:
        return slab is not None and self.materials[slab.material].conductor


CLOSED_UM = 100.0
"""An engineering rule: a coat runs into a gap no wider than this, however deep, and closes it."""
DEEPEST = 10.0
"""Another: no hole is more than so many times as deep as it is wide."""


def deposit(section: Section, step: Deposit, site: Site) -> Section:
    limit = site.materials[step.material].max_um
    if limit is not None and step.thickness_um > limit + EPS:
        raise illegal(site.place, step.id, f"{step.material} goes on at most {limit:g} µm per coat (asked for {step.thickness_um:g})",
                      "coat twice, or take a process that is made for it")
    if step.style == "conformal":
        return section.map(lambda c: c.plus(Slab(step.material, c.top, c.top + step.thickness_um, part=step.id)))
    level = section.top + step.thickness_um
    # Narrow gaps round inlaid dies and holes are closed by any coat; open ground is levelled only as deep as a coat is thick.
    narrow = "gap" if site.clearance_um <= CLOSED_UM else ""
    wide = min((c.top for c in section.columns if c.region != narrow and c.stack), default=section.top)
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
        # Printed on more than holes, it stands over them: a paste that laps over the pads at its ends.
        return section.map(lambda c: c.plus(Slab(step.material, c.top, level + step.over_um)), lambda c: section.mask(step.mask or "") in c.masks)
    level = section.top + step.over_um
    if level - min(c.top for c in section.columns) <= EPS:
        raise illegal(site.place, step.id, "there is nothing to fill: the surface is level", "give over_um for a layer on top")
    return section.map(lambda c: c.plus(Slab(step.material, c.top, level)))


def _underfill(section: Section, step: Fill, site: Site) -> Section:
    """Fills gaps below dies, inside the stacks of their columns, as long as nothing closes the way in."""
    above = [c.surface.part for c in section.columns if "die" in c.masks and c.surface is not None]
    lid = next((part for part in above if part in site.parts and site.parts[part].kind == "lid"), None)
    if lid is not None:
        raise illegal(site.place, step.id, f"{lid} closes the way to the gap below the die", "underfill before it is attached")

    def flow(column: Column) -> Column:
        stack: list[Slab] = []
        for slab in column.stack:
            if stack and slab.bottom > stack[-1].top + EPS and slab.part in section.dies:
                stack.append(Slab(step.material, stack[-1].top, slab.bottom))
            stack.append(slab)
        return replace(column, stack=tuple(stack))

    filled = section.map(flow, lambda c: "die" in c.masks)
    if filled == section:
        raise illegal(site.place, step.id, "there is no gap under a die to fill")
    return filled


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
    bare = {id(c): _opened(c, step) for c in chosen}
    depth = max(c.top - bare[id(c)].top for c in chosen)
    if step.mask == "via" and depth > DEEPEST * site.product.vias.diameter_um:
        raise illegal(site.place, step.id, f"a hole {site.product.vias.diameter_um:g} µm wide does not go through {depth:g} µm of {step.material}",
                      f"make product.vias.diameter_um at least {depth / DEEPEST:g}")
    opened = section.map(lambda c: bare[id(c)], wanted)
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


def _opened(column: Column, step: Pattern) -> Column:
    """*column* without its top layer, and without what the hole goes on through."""
    stack = list(column.stack[:-1])
    while stack and stack[-1].material in step.through and not stack[-1].pad:
        stack.pop()
    return replace(column, stack=tuple(stack))


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
                      "pattern a resist over the seed first" if step.mask in ("wiring", "via") else "cover it first, or open it after this step")
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


def singulate(section: Section, step: Step, site: Site) -> Section:
    if section.singulated:
        raise illegal(site.place, step.id, "the packages are already cut apart")
    return replace(section.map(lambda c: replace(c, stack=()), lambda c: "street" in c.masks), singulated=True)


def leave(section: Section, step: Step, site: Site) -> Section:
    """Ops that leave the shape alone."""
    del step, site
    return section


Op = Callable[[Section, Any, Site], Section]
