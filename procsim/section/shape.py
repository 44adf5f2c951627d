"""Works out figures of merit that need only shapes and materials: outline, pitches, what stands beside a die, stress of films, heat into the air."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from procsim.model.library import Part
from procsim.model.steps import Attach, Deposit
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.electrical import Row
from procsim.section.expansion import expansion
from procsim.section.field import ball_field, room_at, slug_mm
from procsim.section.fitting import parts_attached
from procsim.section.heat import HeatPath
from procsim.section.layout import dies_of, wiring_layers
from procsim.section.section import PANEL, Section, Slab

AIR_W_m2K = 25.0
"""What still to gently moved air takes from a surface, W/(m²·K): 5 to 25 in free, 10 to 200 in forced convection (Incropera, Fundamentals of
Heat and Mass Transfer, table 1.1); it compares heat sinks, and is no forecast."""


def shape(recipe: Recipe, built: Sequence[Built], paths: Sequence[HeatPath]) -> Iterator[Row]:
    """Rows of the finished package: outline, pitches, die temperature, frame, film stress, heat sink."""
    product, parts = recipe.product, recipe.document.parts
    end = built[-1].after
    package, dies = product.package, dies_of(product)
    yield "outline_area", "mm²", package.area_mm2, f"{package.width_mm:g} × {package.length_mm:g} mm"
    yield "terminal_pitch", "mm", ball_field(product, parts[end.slug] if end.slug else None).pitch_mm, "of bonding points"
    pitch = min(2 * (d.width_mm + d.length_mm) / d.pads for _, d in dies)
    yield "die_pad_pitch", "mm", pitch, "were all pads along the die's edges"
    if product.bonding.board_pitch_mm is not None:
        yield "board_pitch", "mm", product.bonding.board_pitch_mm, "the finest that the circuit board takes"
    for name, die in dies:
        least = min((p.total for p in paths if p.die == name), default=math.nan)
        if die.power_W is not None:
            note = f"over the cooler face, at {die.power_W:g} W"
            yield ("die_temperature_rise" if len(dies) == 1 else f"die_temperature_rise_{name}"), "K", die.power_W * least, note
    yield from _frame(recipe, end)
    yield from _film(recipe, built)
    yield from _standing(built)
    yield from _to_air(recipe)


def _frame(recipe: Recipe, end: Section) -> Iterator[Row]:
    """Expansion of what stands round the first die at half its height, against that of the die."""
    name, die = dies_of(recipe.product)[0]
    body = next((s for c in end.columns if c.die == name for s in c.stack if s.part == name and not s.pad), None)
    rim = next((c for c in end.columns if "rim" in c.masks), None)
    if body is None or rim is None:
        return
    middle = (body.bottom + body.top) / 2
    beside = next((s for s in rim.stack if s.bottom < middle < s.top), None)
    if beside is not None:
        gap = abs(expansion(recipe, beside.material) - expansion(recipe, die.material))
        yield "expansion_mismatch_die_frame", "ppm/K", gap, f"{die.material} in {beside.material}"


def _film(recipe: Recipe, built: Sequence[Built]) -> Iterator[Row]:
    """Stress per kelvin in the first dielectric on a die that does not give way: E/(1 - ν)·Δα (Ohring, Materials Science of Thin Films)."""
    known = recipe.document.materials
    body = next(iter(recipe.product.dies.values())).material
    die = known[body].expansion_ppm_K
    for one in built:
        if isinstance(one.step, Deposit) and one.before.dies and not known[one.step.material].sacrificial:
            film = known[one.step.material]
            if film.modulus_GPa is not None and film.expansion_ppm_K is not None and die is not None:
                stress = film.modulus_GPa * 1e3 / (1 - film.poisson) * abs(film.expansion_ppm_K - die) * 1e-6
                yield "dielectric_stress", "MPa/K", stress, f"of {one.step.material} on {body}"
            return


def _standing(built: Sequence[Built]) -> Iterator[Row]:
    """How much material, whose thickness scatters, lies between the panel's surface and the active surfaces as dies are attached."""
    for one in built:
        if isinstance(one.step, Attach) and one.after.dies and not one.before.dies:
            faces = [(s.top if s.face == "up" else s.bottom, column) for column in one.after.columns if column.die
                     for s in column.stack if s.part == column.die and s.pad]
            panels = [s.top for _, column in faces for s in column.stack if s.by == PANEL]
            if faces and panels:
                yield "active_surface_height", "µm", faces[0][0] - max(panels), "over the panel: what lies between adds its tolerance"
            return


def _to_air(recipe: Recipe) -> Iterator[Row]:
    """From the outer surface of a second heat sink into the air: 1/(h·A), fins with both their sides."""
    for _, _, part in parts_attached(recipe, "slug"):
        area = surface_mm2(recipe, part)
        yield "heat_sink_to_air", "K/W", 1e6 / (AIR_W_m2K * area), f"{area:.4g} mm² in air that takes {AIR_W_m2K:g} W/(m²·K)"


def surface_mm2(recipe: Recipe, part: Part) -> float:
    """Lower surface of a heat sink, its fins with both their sides."""
    wide, long = slug_mm(recipe.product, part)
    deep = sum(layer.thickness_um for layer in part.stack() if layer.mask == "fin") / 1000
    return wide * long + 2 * (part.fins or 0) * deep * long


def too_close(recipe: Recipe, pitch: float) -> list[str]:
    """Bonding points that stand closer, at a *pitch* in mm, than the board takes."""
    bonding = recipe.product.bonding
    board = bonding.board_pitch_mm
    if board is None or pitch >= board - 1e-9:
        return []
    return [f"{bonding.count} bonding points stand {pitch:.3g} mm apart, the board takes {board:g} mm, and there are "
            f"{room_at(recipe.product, board)} places at that"]


def no_metal(recipe: Recipe, base: Slab | None) -> list[str]:
    """Wiring built on a substrate that is no metal: heat does not leave by it."""
    known = recipe.document.materials
    if base is None or not wiring_layers([p.step for p in recipe.steps]) or known[base.material].conductor:
        return []
    k = known[base.material].conductivity_W_mK
    return [f"the substrate under the dies is {base.material}, no metal" + (f": {k:g} W/(m·K)" if k is not None else "")]
