"""Checks that ready-made parts are of sizes in which such parts are made: thick, wide, walled, finned and drilled as their library entry says."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.library import Part
from procsim.recipe.recipe import Recipe
from procsim.recipe.unreached import used
from procsim.section.section import EPS

Size = tuple[str, float | None, str, float | None, float | None, str]
"""Field, its value, what that is in words, at least, at most, unit."""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Parts that nobody makes so."""
    parts = recipe.document.parts
    for name in sorted(used(recipe)["parts"] & parts.keys()):
        for field, value, what, least, most, unit in (*_sizes(parts[name]), *_layers(parts[name])):
            bound = "" if value is None else _outside(value, least, most)
            if bound and value is not None:
                address = f"parts.{name}.{field}"
                yield Problem(f"part {name}: {what} {bound} {unit} (this is {value:.4g})", recipe.place(address), address)


def _outside(value: float, least: float | None, most: float | None) -> str:
    """Which bound *value* breaks; "" where it keeps to both."""
    if least is not None and value < least - EPS:
        return f"at least {least:g}"
    return f"at most {most:g}" if most is not None and value > most + EPS else ""


def _sizes(part: Part) -> Iterator[Size]:
    """The sizes of the part as a whole."""
    kind = {"slug": "heat slug"}.get(part.kind, part.kind)
    yield "thickness_um", part.thickness_um, f"such a {kind} is made", part.min_um, part.max_um, "µm thick"
    yield "width_mm", part.width_mm, f"such a {kind} is made and placed", part.min_mm, None, "mm wide"
    yield "length_mm", part.length_mm, f"such a {kind} is made and placed", part.min_mm, None, "mm long"
    yield "wall_mm", part.wall_mm, f"such a {kind} has walls of", part.min_wall_mm, None, "mm"
    yield "via_um", part.via_um, f"vias of such a {kind} conduct as posts of", part.min_via_um, part.max_via_um, "µm"
    if part.fins is not None and part.width_mm is not None:
        fits = f" (at most {int(500 * part.width_mm / part.min_fin_um)} fins in {part.width_mm:g} mm)" if part.min_fin_um else ""
        yield "fins", 500 * part.width_mm / part.fins, "fins, and the gaps between them, are made", part.min_fin_um, None, f"µm wide{fits}"


def _layers(part: Part) -> Iterator[Size]:
    """The thickness of each of its layers."""
    for number, layer in enumerate(part.layers or ()):
        yield (f"layers.{number}.thickness_um", layer.thickness_um, f"layer {number}, of {layer.material}, is made", layer.min_um, layer.max_um,
               "µm thick")
