"""Builds the package as pictures show it: metal lands round the vias, and films that join keep their borders.

            ┌──────┐ wiring            ┌─────────┐
    ────────┤      │          ────────┌┴─┐     ┌─┴    a via stands on a land that is wider than it is,
            │ via  │     →            └┬─┘ via └┬     and so does the metal above it
      ┌─────┴──────┤               ┌───┴────────┴─┐
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from procsim.figures.streets import WHOLE, Cuts, cuts_of, divided, sawn
from procsim.maths.same import of_the_same
from procsim.model.steps import Attach, Cavity, Flip
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, Row, build, clearance_um
from procsim.section.section import EPS, Column, Section, Slab, upside_down

LAND = 0.35
"""Drawn width of the land at each side of a via, where its neighbour is wide enough."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a section does not hold and a picture draws to scale or names: *pad_um* and *point_um* of a bonding point, the *sorts* of all
    parts that may be one, the width of a street and its *cuts*, the gap round an inlaid die (0: there is none), the figure of the starting panel, and
    whether all is drawn *to_scale*."""

    pad_um: float = 0.0
    point_um: float = 0.0
    sorts: Mapping[str, str] = field(default_factory=dict)
    street_mm: float = 0.0
    cuts: Cuts = WHOLE
    gap_um: float = 0.0
    start_fig: str | None = None
    to_scale: bool = False


UNKNOWN = Known()


def known_of(recipe: Recipe) -> Known:
    """What the pictures of *recipe* need to know beside its sections."""
    product, steps = recipe.product, [placed.step for placed in recipe.steps]
    gap = clearance_um(steps) if any(isinstance(step, Cavity) and step.mask == "cavity" for step in steps) else 0.0
    sorts = {name: part.roles[0] for name, part in recipe.document.parts.items() if part.kind == "point" and part.roles}
    return Known(product.bonding.pad_um, product.bonding.point_um, sorts, product.panel.street_mm, cuts_of(recipe), gap, product.panel.fig)


@of_the_same(4)  # the package and its sheet are drawn of the same
def finer(recipe: Recipe) -> tuple[Built, ...]:
    """As ``build``, which it asks first: what it refuses is refused here too."""
    if not build(recipe):
        return ()
    product = recipe.product
    bumped = any(die.bump_um > 0 for die in product.dies.values())
    cuts = cuts_of(recipe)
    return bordered(sawn(build(recipe, lambda row: divided(lands(row, pads=not bumped), cuts))))


def lands(row: Row, pads: bool) -> Row:
    """*row* with a strip at each side of a via that has the metal above and below it, and with *pads* the die's pad too."""
    found: list[Column] = []
    for i, column in enumerate(row):
        left = _lands(row[i - 1], column, pads) if i else frozenset()
        right = _lands(row[i + 1], column, pads) if i + 1 < len(row) else frozenset()
        share = min(LAND / column.width, 0.25)
        kept = 1.0 - share * (bool(left) + bool(right))
        if left:
            found.append(_strip(column, left, share, row[i - 1]))
        found.append(_scaled(column, kept) if kept < 1.0 else column)
        if right:
            found.append(_strip(column, right, share, row[i + 1]))
    return tuple(found)


def _lands(via: Column, beside: Column, pads: bool) -> frozenset[str]:
    """The masks of metal that *via* has and its neighbour *beside* lacks."""
    if any(_layer(mask) for mask in beside.masks) or "street" in beside.masks:
        return frozenset()
    layers = [layer for mask in via.masks if (layer := _layer(mask))]
    metal = {f"wiring{layer - down}" for layer in layers for down in (0, 1)} | ({"pad"} if pads and 1 in layers else set())
    return frozenset(metal & via.masks) - beside.masks


def _layer(mask: str) -> int:
    """The layer of a via's *mask*; 0 for any other."""
    return int(mask[3:]) if mask.startswith("via") and mask[3:].isdigit() else 0


def _strip(column: Column, masks: frozenset[str], share: float, via: Column) -> Column:
    """The part of *column* next to *via* that carries its land; what is a pad of the die is a pad of the via's net."""
    return replace(_scaled(column, share), masks=column.masks | masks, net=via.net if "pad" in masks else column.net)


def _scaled(column: Column, share: float) -> Column:
    return replace(column, width=column.width * share, area_cm2=column.area_cm2 * share)


def bordered(built: Sequence[Built]) -> tuple[Built, ...]:
    """*built* with a slab for every step that added to it: what one more film of the same material joined is told apart."""
    found: list[Built] = []
    last = built[0].before
    for one in built:
        after = _parted(_moved(last, one), one.after)
        found.append(replace(one, before=last, after=after))
        last = after
    return tuple(found)


def _moved(section: Section, one: Built) -> Section:
    """*section* as it lies after the step, before anything is added: turned over, or lifted by what was bonded below."""
    if isinstance(one.step, Flip):
        return upside_down(section, section.top)
    lift = one.after.top - one.before.top if getattr(one.step, "side", "") == "below" else 0.0
    return section.map(lambda c: c.holding(slab.shifted(lift) for slab in c.stack)) if lift else section


def _parted(old: Section, new: Section) -> Section:
    """*new* with the borders that *old*, its state before, had within what are single slabs now."""
    return replace(new, columns=tuple(column.holding(piece for slab in column.stack for piece in _pieces(slab, before.stack))
                                      for before, column in zip(old.columns, new.columns, strict=True)))


def _pieces(slab: Slab, before: Sequence[Slab]) -> list[Slab]:
    """*slab* in as many pieces as steps put it there."""
    if slab.thickness > EPS and slab in before:
        return [slab]
    own = [s for s in before if (s.material, s.part, s.pad) == (slab.material, slab.part, slab.pad) and s.bottom < slab.top - EPS
           and s.top > slab.bottom + EPS]
    ends = sorted({slab.bottom, slab.top, *(h for s in own for h in (s.bottom, s.top) if slab.bottom + EPS < h < slab.top - EPS)})
    found: list[Slab] = []
    for low, high in pairwise(ends):
        by = next((s.by for s in own if s.bottom <= low + EPS and s.top >= high - EPS), slab.by)
        if found and found[-1].by == by:
            found[-1] = replace(found[-1], top=high)
        elif high - low > EPS:
            found.append(replace(slab, bottom=low, top=high, by=by))
    return found


def bonding_points(built: Sequence[Built]) -> frozenset[str]:
    """Names of the parts that were put on as bonding points."""
    return frozenset(one.step.what for one in built if isinstance(one.step, Attach) and one.after.points and not one.before.points)
