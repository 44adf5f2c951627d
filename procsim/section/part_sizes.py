"""Checks that ready-made parts are of sizes in which such parts are made: thick, wide, walled, finned and drilled as their library entry says."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import Problem
from procsim.model.library import Part
from procsim.recipe.recipe import Recipe
from procsim.recipe.unreached import used_parts
from procsim.section.layout import wiring_layers
from procsim.section.limits import slip
from procsim.section.section import EPS

Size = tuple[str, float | None, str, float | None, float | None, str]
"""Field, its value, what it is with that value, at least, at most, and how such parts are made, each sentence with a place for its number."""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Parts that nobody makes so."""
    parts = recipe.document.parts
    for name in sorted(used_parts(recipe) & parts.keys()):
        for field, value, said, least, most, made in (*_sizes(parts[name]), *_layers(parts[name])):
            if value is not None and (bound := _outside(value, least, most)):
                address = f"parts.{name}.{field}"
                unit = {"mm": "mm", "um": "µm"}.get(field.rpartition("_")[2], "")
                hint = slip(value, least, most, unit, recipe.was(address))
                yield Problem(f"part {name} {said.format(f'{value:.6g}')}; {made.format(bound)}{hint}", recipe.place(address), address)
    yield from _drawn(recipe)


def _drawn(recipe: Recipe) -> Iterator[Problem]:
    """Lines and holes that are said to be finer than a substrate has them, where no step makes others."""
    product = recipe.product
    part = recipe.document.parts[product.panel.part]
    if wiring_layers([placed.step for placed in recipe.steps]):
        return
    for name, field, own, what in (("wiring", "line_um", part.min_line_um, "lines"), ("wiring", "space_um", part.min_line_um, "gaps"),
                                   ("vias", "diameter_um", part.min_via_um, "vias")):
        holder, address = getattr(product, name), f"product.{name}.{field}"
        value = getattr(holder, field)
        if own is not None and field in holder.model_fields_set and value < own - EPS:
            yield Problem(f"{address} is {value:g} µm; no step makes {what} in this package, and those of {product.panel.part} are at least "
                          f"{own:g} µm wide{slip(value, own, None, 'µm', recipe.was(address))}", recipe.place(address), address)


def _outside(value: float, least: float | None, most: float | None) -> str:
    """Which bound *value* breaks; "" where it keeps to both."""
    if least is not None and value < least - EPS:
        return f"at least {least:g}"
    return f"at most {most:g}" if most is not None and value > most + EPS else ""


def _sizes(part: Part) -> Iterator[Size]:
    """The sizes of the part as a whole."""
    such = f"such a {'heat slug' if part.kind == 'slug' else part.kind}"
    yield "thickness_um", part.thickness_um, "is {} µm thick", part.min_um, part.max_um, such + " is made {} µm thick"
    yield "width_mm", part.width_mm, "is {} mm wide", part.min_mm, None, such + " is made and placed {} mm wide"
    yield "length_mm", part.length_mm, "is {} mm long", part.min_mm, None, such + " is made and placed {} mm long"
    yield "wall_mm", part.wall_mm, "has walls of {} mm", part.min_wall_mm, None, such + " has walls of {} mm"
    yield "via_um", part.via_um, "has vias like posts of {} µm", part.min_via_um, part.max_via_um, "those of " + such + " are like posts of {} µm"
    if part.fins is not None and part.width_mm is not None:
        fit = f"; {part.width_mm:g} mm take {int(500 * part.width_mm / part.min_fin_um)} fins" if part.min_fin_um else ""
        yield ("fins", 500 * part.width_mm / part.fins, f"has {part.fins} fins, which are, like the gaps between them, {{}} µm wide", part.min_fin_um,
               None, "they are made {} µm wide" + fit)


def _layers(part: Part) -> Iterator[Size]:
    """The thickness of each of its layers."""
    for number, layer in enumerate(part.layers or ()):
        yield (f"layers.{number}.thickness_um", layer.thickness_um, f"has a layer {number} of {layer.material} {{}} µm thick", layer.min_um,
               layer.max_um, "it is made {} µm thick")
