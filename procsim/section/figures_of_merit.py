"""Reads figures of merit off a finished section: thickness, fan-out, wiring layers, heat path from each die, expansion mismatch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from procsim.model.steps import Attach, Bond
from procsim.recipe.recipe import Recipe
from procsim.section import bounds, escape, passing, roles
from procsim.section.build import Built
from procsim.section.electrical import nets
from procsim.section.field import ball_field
from procsim.section.heat import HeatPath, heat_paths, thickness
from procsim.section.landing import landings
from procsim.section.layout import dies_of, panel_geometry
from procsim.section.levelness import dimples, steps_left
from procsim.section.passive_values import values
from procsim.section.section import Slab
from procsim.section.shape import no_metal, shape, too_close


@dataclass(frozen=True, slots=True)
class Merits:
    """The figures of a package: *rows* are (metric, unit, value, note), *paths* are the heat paths, and *warnings* say what to look at."""

    rows: tuple[tuple[str, str, float, str], ...]
    paths: tuple[HeatPath, ...]
    warnings: tuple[str, ...]


def merits(recipe: Recipe, built: tuple[Built, ...]) -> Merits:
    """Figures of merit of the finished package; empty for a plain line."""
    product = recipe.document.product
    if product is None or not built:
        return Merits((), (), ())
    end = built[-1].after
    dies = dies_of(product)
    inside = [c for c in end.columns if "street" not in c.masks]
    carriers = {product.panel.part} | {one.step.part for one in built if isinstance(one.step, Bond)}
    held = [s for c in inside for s in c.stack if s.part in carriers]
    base = max(held, key=lambda s: s.top - s.bottom, default=None)
    parts = recipe.document.parts
    field = ball_field(product, parts[end.slug] if end.slug else None)
    paths = tuple(path for name, die in dies for path in heat_paths(recipe, end, name, die))
    rows = [
        ("package_thickness", "µm", end.top - min(c.stack[0].bottom for c in inside if c.stack), "with bonding points"),
        ("die_thickness", "µm", max(thickness(end, name) for name, _ in dies), ""),
        ("substrate_thickness", "µm", max(sum(s.top - s.bottom for s in c.stack if s.part in carriers) for c in inside), base.part if base else ""),
        ("wiring_layers", "1", float(end.layer - 1), ""),
        ("fan_out", "1", float(field.outside(product.bonding.count)), f"of {product.bonding.count} bonding points outside the die"),
        ("units_per_panel", "1", float(panel_geometry(product).units), ""),
    ]
    for face in ("back", "bonding side"):
        worst = max((p for p in paths if p.face == face), key=lambda p: (math.isnan(p.total), p.total), default=None)
        if worst is not None:
            stem = "thermal_resistance_" + face.replace(" ", "_")
            note = worst.die if len(dies) > 1 else ""
            rows += [(f"{stem}_per_area", "K·mm²/W", worst.per_area, note), (stem, "K/W", worst.total, note)]
    warnings: list[str] = []
    if base is not None:
        rows += _mismatches(recipe, built, base, warnings)
    for landing in landings(recipe, built):
        rows.append((f"{landing.kind}_landing_yield", "1", landing.chance, landing.told))
        warnings += landing.warnings
    for name, uneven in (("via_dimple", dimples(built)), ("surface_step", steps_left(recipe, built))):
        worst_one = max(uneven, key=lambda one: one.um, default=None)
        if worst_one is not None:
            rows.append((name, "µm", worst_one.um, f"left of {worst_one.was:g} µm by {worst_one.step}"))
    rows += [*shape(recipe, built, paths), *nets(recipe, end), *values(recipe, end)]
    warnings += too_close(recipe, field.pitch_mm)
    warnings += no_metal(recipe, base)
    warnings += [*escape.warnings(recipe), *bounds.warnings(recipe), *(one.told for one in passing.missing(recipe)), *roles.unstated(recipe)]
    return Merits(tuple(rows), paths, tuple(warnings))


def _mismatches(recipe: Recipe, built: tuple[Built, ...], base: Slab, warnings: list[str]) -> list[tuple[str, str, float, str]]:
    """The differences of thermal expansion of each die, and of a second heat sink, against the substrate *base*."""
    product, materials, parts = recipe.document.product, recipe.document.materials, recipe.document.parts
    assert product is not None

    def expansion(material: str) -> float:
        known = materials[material].expansion_ppm_K
        return math.nan if known is None else known

    ground, matched = expansion(base.material), product.matched_ppm_K

    def told(step: str, what: str, material: str, reach_mm: float) -> float:
        """How far apart the two are; a warning where that is more than counts as matched."""
        gap = abs(expansion(material) - ground)
        if not gap <= matched:
            known = f"{expansion(material):g} against {ground:g} ppm/K" if not math.isnan(gap) else "one of the expansions is not known"
            moves = "" if math.isnan(gap) else f"; its corner moves {gap * reach_mm * 0.1:.2g} µm per 100 K"
            warnings.append(f"{step}{what} and the substrate do not expand alike: {known} "
                            f"({gap:g} ppm/K apart; matched is within {matched:g}){moves}")
        return gap

    name, worst = max(product.dies.items(), key=lambda item: (math.isnan(expansion(item[1].material)), abs(expansion(item[1].material) - ground)))
    gap = told("", f"die {name} ({worst.material} on {base.material})", worst.material, math.hypot(worst.width_mm, worst.length_mm) / 2)
    rows = [("expansion_mismatch_die_substrate", "ppm/K", gap, f"{worst.material} on {base.material}")]
    for one in built:
        step = one.step
        if isinstance(step, Attach) and step.what in parts and parts[step.what].kind == "slug":
            layer = max(parts[step.what].stack(), key=lambda part: part.thickness_um)
            gap = told(f"{step.id}: ", step.what, layer.material, math.hypot(parts[step.what].width_mm or 0.0, parts[step.what].length_mm or 0.0) / 2)
            rows.append(("expansion_mismatch_heat_sink_substrate", "ppm/K", gap, f"{layer.material} on {base.material}"))
    return rows
