"""Does to the section what each op does to the package, or refuses with reason and remedy.

    deposit conformal   ▁▂▁ → follows      deposit levelling  ▁▂▁ → ends flat
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from procsim.errors import Place, RecipeError
from procsim.model.library import Material, Part
from procsim.model.product import Product
from procsim.model.steps import Deposit, Fill, Pattern, Plate, Step
from procsim.section.fitting import ability
from procsim.section.limits import slip
from procsim.section.section import EPS, PANEL, Column, Section, Slab, illegal, surfaces, upside_down


@dataclass(frozen=True, slots=True)
class Site:
    """What an op may look at beside the section: the *product*, *materials*, *parts*, where the step was written, which steps plate
    (*platers*) and which fill round the dies (*fills*), and whether dies lie in *cavities* of some depth."""

    product: Product
    materials: Mapping[str, Material]
    parts: Mapping[str, Part]
    place: Place
    platers: frozenset[str] = frozenset()
    cavities: bool = False
    fills: tuple[str, ...] = ()

    def conductor(self, slab: Slab | None) -> bool:
        return slab is not None and self.materials[slab.material].conductor



def deposit(section: Section, step: Deposit, site: Site) -> Section:
    limit = site.materials[step.material].max_um
    if limit is not None and step.thickness_um > limit + EPS:
        raise illegal(site.place, step.id, f"{step.material} goes on at most {limit:g} µm per coat (asked for {step.thickness_um:g})"
                      f"{slip(step.thickness_um, site.materials[step.material].min_um, limit, 'µm')}",
                      "coat twice, or take a process that is made for it")
    if step.side == "below":
        return _below(section, step)
    bare_back(section, step, site)
    if step.style == "conformal":
        return section.map(lambda c: c.plus(Slab(step.material, c.top, c.top + step.thickness_um, part=step.id)))
    level = section.top + step.thickness_um
    low = min((c for c in section.columns if c.stack), key=lambda c: (c.top, c.region == "gap"), default=None)
    if limit is not None and low is not None and section.top - low.top > limit + EPS:
        what, mend = _low(section, low, site)
        raise illegal(site.place, step.id, f"a coat of {step.material} levels at most {limit:g} µm; {what} lies {section.top - low.top:g} µm lower",
                      mend)
    return section.map(lambda c: c.plus(Slab(step.material, c.top, level)))


def _low(section: Section, low: Column, site: Site) -> tuple[str, str]:
    """What lies too low for a coat, and what would mend it: a gap, a die in a cavity that is too deep for it, or open ground beside dies."""
    die = low.surface.part if low.surface is not None and low.surface.part in section.dies else ""
    if die and not site.cavities:
        return f"{die} in the open holes", "fill them first, or take a coat that follows the surface (style: conformal)"
    if die:
        return f"{die} in its cavity", "make the cavity as deep as die and adhesive are high together (depth_um), or the adhesive thicker"
    if "cavity" in low.masks and not section.dies:
        return "the bottom of the cavities", "attach the dies first"
    ground = min((c for c in section.columns if c.stack and c.region != "gap"), key=lambda c: c.top, default=low)
    on = ground.surface.part if ground.surface is not None else ""
    if low.region == "gap" and on in section.dies and section.top - ground.top > 0.5 * (section.top - low.top):
        return _low(section, ground, site)
    if low.region == "gap":
        return "the gap round the dies", "fill the gaps first, or take op: fill"
    sunk = next((s.part for c in section.columns if c.top > low.top for s in c.stack if s.part in section.dies and s.bottom < low.top - EPS), "")
    if sunk and not site.cavities:
        return f"what is beside {sunk}", "grind dies and filling level first, or fill round the dies"
    if sunk:
        return f"the panel beside {sunk}", "make its cavity deeper (depth_um), or the adhesive thinner"
    return "some of the surface", "fill round the dies first, or take op: fill"


def _below(section: Section, step: Deposit) -> Section:
    """A film on the lower side, as even as the side is: below every column that has material."""
    film = [Slab(step.material, c.stack[0].bottom - step.thickness_um, c.stack[0].bottom, part=step.id) if c.stack else None for c in section.columns]
    return settled(replace(section, columns=tuple(
        c if slab is None else replace(c, stack=(slab, *c.stack)) for c, slab in zip(section.columns, film, strict=True))))


def bare_back(section: Section, step: Step, site: Site) -> None:
    """Refuses a bath that deposits on bare metal of the panel's lower side as well."""
    bare = [c for c in section.columns if c.stack and site.conductor(c.stack[0])] if step.both_sides else []
    if bare:
        raise illegal(site.place, step.id, f"the {bare[0].stack[0].material} of the panel's lower side lies bare in the bath and would be plated too",
                      "cover it first (op: deposit with side: below) and peel the film off afterwards (op: strip with side: below)")


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
    """Fills gaps below dies, inside the stacks of their columns, as long as nothing blocks the way in."""
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
    depth, aspect = max(c.top - bare[id(c)].top for c in chosen), ability(step).max_aspect
    if step.mask == "via" and depth > aspect * site.product.vias.diameter_um:
        raise illegal(site.place, step.id, f"a hole {site.product.vias.diameter_um:g} µm wide does not go through {depth:g} µm of {step.material}",
                      f"make product.vias.diameter_um at least {depth / aspect:g}")
    opened = section.map(lambda c: bare[id(c)], wanted)
    if step.mask in ("via", "bonding_pad", "pad") and not site.materials[step.material].sacrificial:
        closed = [c for c in opened.columns if wanted(c) and not site.conductor(c.surface)]
        if closed:
            below = section.layer > 1 or step.mask == "bonding_pad"
            deep, mend = ("", "build the wiring below first") if below else _buried(section, closed[0], site)
            raise illegal(site.place, step.id, f"the holes land on {surfaces(closed)}, not on a conductor{deep}", mend)
    if step.mask != "wiring" or not step.negate:
        return opened
    if site.materials[step.material].sacrificial:  # a resist: the wiring is there once the metal beside it is etched
        return replace(opened, drawn=True)
    return replace(opened, layer=opened.layer + 1)


def _buried(section: Section, column: Column, site: Site) -> tuple[str, str]:
    """How deep below a hole in *column* the pad lies that it should land on, and what would lay it open."""
    pad = next((slab for slab in column.stack if slab.pad), None)
    sunk = pad is not None and pad.face == "up" and any(slab.by == PANEL and slab.top > pad.top + EPS for c in section.columns for slab in c.stack)
    if pad is not None and sunk:
        return (f": {pad.part} lies {column.top - pad.top:g} µm below, sunk into the panel",
                "make the cavity as deep as die and adhesive are high together (depth_um), or the adhesive thicker" if site.cavities else
                "take a panel as thick as die and adhesive are high together")
    return "", "lay the die pads open before: planarize, or take off what covers them"


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
    bare_back(section, step, site)
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
    left = _dimple(section, step, site, level - step.thickness_um)
    hole = section.mask("via")

    def growth(c: Column) -> Column:
        deep = level - step.thickness_um - c.top
        return c.plus(Slab(step.material, c.top, level - (left(deep) if hole in c.masks and deep > EPS else 0.0)))

    grown = section.map(growth, lambda c: name in c.masks)
    return replace(grown, layer=grown.layer + 1) if step.mask == "wiring" else grown


def _dimple(section: Section, step: Plate, site: Site, field: float) -> Callable[[float], float]:
    """How deep a dimple stays over a hole of some depth. A bath that fills from below levels a hole as wide as the plated thickness over its
    ratio, and of a wider one its part of the depth; a hole deeper than it can is lined. A step that says nothing fills level."""
    ratio, wide = step.fill_ratio, site.product.vias.diameter_um

    def left(deep: float) -> float:
        if ratio is None:
            return 0.0
        return deep if deep > step.fill_aspect * wide else deep * max(1.0 - step.thickness_um / (ratio * wide), 0.0)

    deepest = max((field - c.top for c in section.inside("via") if section.mask(step.mask) in c.masks), default=0.0)
    if ratio is not None and step.dimple_um is not None and left(deepest) > step.dimple_um + EPS:
        raise _too_deep(step, site, ratio, deepest, left(deepest))
    return left


def _too_deep(step: Plate, site: Site, ratio: float, deep: float, left: float) -> RecipeError:
    """The refusal of a dimple that the next coat does not cover: by how much, and how thick a layer, or how wide a hole, would do."""
    wide, most = site.product.vias.diameter_um, step.dimple_um or 0.0
    share = 1.0 - most / deep  # of the depth that must be filled
    least = deep / step.fill_aspect
    said = (f"{step.thickness_um:g} µm of {step.material} leave a dimple of {left:.3g} µm over holes {wide:g} µm wide and {deep:.3g} µm deep, "
            f"{left - most:.3g} µm more than the {most:g} µm that may be left")
    if deep > step.fill_aspect * wide:
        mend = (f"holes deeper than {step.fill_aspect * wide:.3g} µm are lined, not filled: make product.vias.diameter_um at least {least:.3g} and "
                f"plate at least {share * ratio * least:.3g} µm, or make what they go through thinner")
    else:
        narrow = step.thickness_um / (ratio * share)
        also = f", make product.vias.diameter_um at most {narrow:.3g}" if narrow >= least else ""
        mend = f"plate at least {share * ratio * wide:.3g} µm{also}"
    return illegal(site.place, step.id, said, f"{mend}, or fill the holes with glue first")


def _needs_vias(section: Section, step: Plate, site: Site) -> None:
    """Refuses a layer with no via to its neighbour, since it connects nothing."""
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
    """The section moved so that its lowest point is at height 0."""
    floor = section.bottom
    return section.map(lambda c: c.holding(s.shifted(-floor) for s in c.stack)) if floor else section


def flip(section: Section, step: Step, site: Site) -> Section:
    del step, site
    return settled(upside_down(section, section.top))


def singulate(section: Section, step: Step, site: Site) -> Section:
    if section.singulated:
        raise illegal(site.place, step.id, "the packages are already cut apart")
    return replace(section.map(lambda c: replace(c, stack=()), lambda c: "street" in c.masks), singulated=True)


def leave(section: Section, step: Step, site: Site) -> Section:
    """Does nothing: this is the op of all that leaves the shape alone."""
    del step, site
    return section


Op = Callable[[Section, Any, Site], Section]
