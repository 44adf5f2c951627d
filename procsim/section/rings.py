"""Checks what a lid rests on and what holds it, and that a ring leaves room for the dies and for what goes beside them.

    lid   ▀▀▀▀▀▀▀▀▀        a lid narrower than the opening of its ring touches none of it
    ring  ▌  die  ▐
"""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.library import Part
from procsim.model.steps import Attach, Fill
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import a, ability, doer, materials_for, parts_attached, sorts_of, would_fit
from procsim.section.layout import CLEARANCE_MM, dies_of
from procsim.section.room import fits
from procsim.section.section import EPS

HOLD = frozenset({"adhesive", "solder"})
"""What holds a heat sink, unlike a gel that only leads heat."""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Rings that are too narrow, and lids that nothing holds or that do not reach their ring."""
    ring: tuple[str, Part] | None = None
    for placed, step, part in parts_attached(recipe, "ring", "lid", "slug", "point", "passive"):
        if part.kind == "ring":
            ring = step.what, part
            yield from _beside(recipe, placed, step, part)
        yield from _held(recipe, placed, step, part, ring is not None)
        if part.kind == "lid" and ring is not None:
            yield from _overlap(recipe, placed, step, part, ring)


def _size(recipe: Recipe, part: Part) -> tuple[float, float]:
    package = recipe.product.package
    return part.width_mm or package.width_mm, part.length_mm or package.length_mm


def _opening(recipe: Recipe, ring: Part) -> tuple[float, float]:
    wide, long = (side - 2 * (ring.wall_mm or 0.0) for side in _size(recipe, ring))
    return wide, long


def _beside(recipe: Recipe, placed: Placed, step: Attach, ring: Part) -> Iterator[Problem]:
    """A ring whose opening does not hold all dies, or what an underfill takes beside them."""
    sizes = [(die.width_mm, die.length_mm) for _, die in dies_of(recipe.product)]
    takes = max((ability(p.step).beside_um or 0.0 for p in recipe.steps if isinstance(p.step, Fill) and p.step.under is not None), default=0.0)
    wide, long = _opening(recipe, ring)
    need, largest = (takes + step.placement_um) / 1000, max(max(size) for size in sizes)
    if min(wide, long) <= largest or 500 * (min(wide, long) - largest) < step.placement_um - EPS:
        return  # told with the sizes
    if not fits(sizes, wide - 2 * need, long - 2 * need, CLEARANCE_MM):
        dies = f"{len(sizes)} dies" if len(sizes) > 1 else f"a die of {largest:g} mm"
        yield Problem(f"{placed.id}: {step.what} leaves an opening of {wide:g} × {long:g} mm, and {dies} with {1000 * need:g} µm round "
                      f"{'them' if len(sizes) > 1 else 'it'} for underfill and placement do not fit in it; make it wider, or its wall_mm thinner",
                      placed.place, f"parts.{step.what}.width_mm")


def _held(recipe: Recipe, placed: Placed, step: Attach, part: Part, ring: bool) -> Iterator[Problem]:
    """A lid that only a gel holds, and a rim of what has none."""
    document = recipe.document
    roles = document.materials[step.adhesive].roles if step.adhesive is not None else []
    loose = bool(roles) and step.rim_adhesive is None and HOLD.isdisjoint(roles)
    glues = materials_for(document, {"adhesive"})
    if ability(step).ops and loose and part.kind == "lid":
        rests = ring or has_foot(part)
        where = f"the rim of {step.what} on the ring" if ring else step.what
        mend = f"give rim_adhesive: {would_fit(_formed(recipe, step, glues))}" if rests else (
            f"it has no ring and no foot to rest on: attach a ring before, take a lid with a foot ({would_fit(_footed(recipe))}), or an adhesive "
            f"that holds ({would_fit(_formed(recipe, step, glues))})")
        yield Problem(f"{step.id}: nothing holds {where}: {step.adhesive} is {a(roles)}; {mend}", placed.place,
                      f"{placed.id}.{'rim_adhesive' if rests else 'adhesive'}")
    if step.rim_adhesive is not None and sorts_of(recipe, step) != {"lid"}:
        yield Problem(f"{step.id}: rim_adhesive is for the rim of a lid, and {step.what} has none; leave it out", placed.place,
                      f"{placed.id}.rim_adhesive")


def _formed(recipe: Recipe, step: Attach, names: list[str]) -> list[str]:
    """Those of *names* that come as the step's process takes them."""
    forms, known = ability(step).forms, recipe.document.materials
    return [name for name in names if not forms or known[name].form is None or known[name].form in forms]


def has_foot(part: Part) -> bool:
    """Whether a lid stands on its own rim."""
    return any(layer.mask == "rim" for layer in part.stack())


def _footed(recipe: Recipe) -> list[str]:
    return [name for name, part in recipe.document.parts.items() if part.kind == "lid" and has_foot(part)]


def _overlap(recipe: Recipe, placed: Placed, step: Attach, lid: Part, ring: tuple[str, Part]) -> Iterator[Problem]:
    """A lid that reaches too little of its ring's wall, or none; one that lies within the ring and is glued to the dies alone needs none."""
    need, (name, wall) = ability(step).min_rest_um, ring
    size, opening = _size(recipe, lid), _opening(recipe, wall)
    rests = min(500 * (own - free) for own, free in zip(size, opening, strict=True))
    within = step.rim_adhesive is None and all(own < free for own, free in zip(size, opening, strict=True))
    if need is None or within or rests - step.placement_um >= need - EPS:
        return
    least = min(opening) + (need + step.placement_um) / 500
    yield Problem(f"{placed.id}: {step.what} ({size[0]:g} × {size[1]:g} mm) reaches {max(rests, 0):g} µm of the wall of {name}, whose opening is "
                  f"{opening[0]:g} × {opening[1]:g} mm; {doer(step)} places it to ±{step.placement_um:g} µm and wants {need:g} µm to rest on; make "
                  f"parts.{step.what}.width_mm and length_mm at least {least:g}", placed.place, f"parts.{step.what}.width_mm")


def warnings(recipe: Recipe) -> Iterator[str]:
    """Lids that stand out far over the dies, with neither ring nor foot."""
    ring = False
    for placed, step, part in parts_attached(recipe, "ring", "lid"):
        ring = ring or part.kind == "ring"
        usual = ability(step).usual_overhang_mm
        if part.kind == "lid" and usual is not None and not ring and not has_foot(part) and not _filled(recipe, placed):
            wide = sum(die.width_mm for _, die in dies_of(recipe.product))
            over = (_size(recipe, part)[0] - wide) / 2
            if over > usual:
                yield (f"{placed.id}: {step.what} stands out {over:.3g} mm on every side of the dies that alone hold it, usually at most {usual:g} "
                       "mm; a push on its edge tears it off: attach a ring before, or take a lid with a foot")


def _filled(recipe: Recipe, lid: Placed) -> bool:
    """Whether a fill round the dies lies below the lid."""
    before = recipe.steps[:recipe.steps.index(lid)]
    return any(isinstance(placed.step, Fill) and placed.step.mask is None and placed.step.under is None for placed in before)
