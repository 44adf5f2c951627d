"""Reads figures of merit off a finished section: thickness, fan-out, wiring layers, heat path from each die, expansion mismatch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from procsim.model.steps import Bond
from procsim.recipe.recipe import Recipe
from procsim.section import bounds, escape, exposed, idle, left_out, limits, looks, passing, ready_made, rings, roles, states
from procsim.section.build import Built
from procsim.section.electrical import Row, nets
from procsim.section.expansion import mismatches
from procsim.section.field import Field, ball_field
from procsim.section.heat import HeatPath, heat_paths, thickness
from procsim.section.landing import landings
from procsim.section.layout import dies_of, panel_geometry, units_if_turned
from procsim.section.levelness import dimples, steps_left
from procsim.section.passive_values import values
from procsim.section.section import Column, Slab
from procsim.section.shape import no_metal, shape, too_close


@dataclass(frozen=True, slots=True)
class Merits:
    """The figures of a package: *rows* are (metric, unit, value, note), *paths* are the heat paths, and *warnings* say what to look at."""

    rows: tuple[Row, ...]
    paths: tuple[HeatPath, ...]
    warnings: tuple[str, ...]


def merits(recipe: Recipe, built: tuple[Built, ...], *, warned: bool = True) -> Merits:
    """Figures of merit of the finished package, with its warnings if *warned*; empty for a plain line."""
    if recipe.document.product is None or not built:
        return Merits((), (), ())
    product, end = recipe.product, built[-1].after
    field = ball_field(product, recipe.document.parts[end.slug] if end.slug else None)
    paths = tuple(path for name, die in dies_of(product) for path in heat_paths(recipe, end, name, die))
    held = _held(recipe, built)
    base = max((slab for stack in held for slab in stack), key=lambda s: s.thickness, default=None)
    apart = list(mismatches(recipe, base.material)) if base is not None else []
    landed = landings(recipe, built)
    rows = [*_outline(recipe, built, field, held, base), *_heat(paths, len(dies_of(product))), *(one.row for one in apart),
            *((f"{one.kind}_landing_yield", "1", one.chance, one.told) for one in landed), *_uneven(recipe, built),
            *shape(recipe, built, paths), *nets(recipe, end), *values(recipe, end)]
    told = [*(said for one in apart for said in one.warnings(product.matched_ppm_K)),
            *(one.warning for one in landed if one.chance < product.least_landing),
            *too_close(recipe, field.pitch_mm), *no_metal(recipe, base), *_warnings(recipe, built)] if warned else []
    return Merits(tuple(rows), paths, tuple(told))


def _warnings(recipe: Recipe, built: tuple[Built, ...]) -> list[str]:
    """What to look at in how the package is built."""
    return [*escape.warnings(recipe), *bounds.warnings(recipe), *limits.warnings(recipe, limits.OF_PACKAGE),
            *filter(None, (exposed.unusual(one.step, one.before, one.after) for one in built)), *(one.told for one in passing.missing(recipe)),
            *states.warnings(recipe), *idle.warnings(recipe, built), *left_out.warnings(recipe, built), *looks.warnings(recipe),
            *rings.warnings(recipe), *ready_made.warnings(recipe, built[-1].after), *roles.unstated(recipe)]


def _inside(built: Sequence[Built]) -> list[Column]:
    """The columns of the finished package, without what was cut away round it."""
    return [c for c in built[-1].after.columns if "street" not in c.masks]


def _held(recipe: Recipe, built: Sequence[Built]) -> list[list[Slab]]:
    """What every column has of the panels that carry the package."""
    carriers = {recipe.product.panel.part} | {one.step.part for one in built if isinstance(one.step, Bond)}
    return [[s for s in column.stack if s.part in carriers] for column in _inside(built)]


def _outline(recipe: Recipe, built: Sequence[Built], field: Field, held: Sequence[Sequence[Slab]], base: Slab | None) -> Iterator[Row]:
    """Thicknesses, wiring layers, and how many bonding points and packages there are; *held* is what is left of its panels."""
    product, end = recipe.product, built[-1].after
    yield "package_thickness", "µm", end.top - min(c.stack[0].bottom for c in _inside(built) if c.stack), "with bonding points"
    yield "die_thickness", "µm", max(thickness(end, name) for name in product.instances()), ""
    yield "substrate_thickness", "µm", max(sum(s.thickness for s in stack) for stack in held), base.part if base else ""
    yield "wiring_layers", "1", float(end.layer - 1), ""
    yield "fan_out", "1", float(field.outside(product.bonding.count)), f"of {product.bonding.count} bonding points outside the die"
    units, turned = panel_geometry(product).units, units_if_turned(product)
    yield "units_per_panel", "1", float(units), f"{turned} were packages turned by 90°" if turned > units else ""


def _heat(paths: Sequence[HeatPath], dies: int) -> Iterator[Row]:
    """The worst of the *paths* to either face; where there are several *dies* the note says of which."""
    for face in ("back", "bonding side"):
        worst = max((p for p in paths if p.face == face), key=lambda p: (math.isnan(p.total), p.total), default=None)
        if worst is not None:
            stem, note = "thermal_resistance_" + face.replace(" ", "_"), worst.die if dies > 1 else ""
            yield f"{stem}_per_area", "K·mm²/W", worst.per_area, note
            yield stem, "K/W", worst.total, note


def _uneven(recipe: Recipe, built: Sequence[Built]) -> Iterator[Row]:
    """The worst dimple over a hole, and the worst step that a coat leaves."""
    for name, uneven in (("via_dimple", dimples(built)), ("surface_step", steps_left(recipe, built))):
        worst = max(uneven, key=lambda one: one.um, default=None)
        if worst is not None:
            yield name, "µm", worst.um, f"left of {worst.was:g} µm by {worst.step}"
