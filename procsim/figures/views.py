"""Lists the figures of a package that are no section: passives from above, and a die's circuitry with the nets that run over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from matplotlib.figure import Figure

from procsim.figures import circuitry, plan
from procsim.figures.cells import called, numbers
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.heat import field_of
from procsim.section.layout import dies_of
from procsim.section.passives import Piece, pieces
from procsim.section.section import Section
from procsim.section.traces import trace


def devices_of(recipe: Recipe) -> dict[str, tuple[str, int, Sequence[Piece]]]:
    """Every passive by name: its kind, the wiring layer that it lies in and its pieces."""
    product = recipe.document.product
    assert product is not None
    return {name: (passive.kind, passive.layer, pieces(passive)) for name, passive in product.passives.items()}


def views(recipe: Recipe, built: Sequence[Built]) -> dict[str, Callable[[], Figure]]:
    """Figures that are no section, each with what draws it: passives from above, and a die's circuitry with the nets that run over it."""
    product = recipe.document.product
    assert product is not None
    shown: dict[str, list[str]] = {}
    for name, passive in product.passives.items():
        for figure in numbers(passive.fig):
            shown.setdefault(figure, []).append(name)
    devices = devices_of(recipe)
    found: dict[str, Callable[[], Figure]] = {}
    for figure, names in shown.items():
        found[figure] = partial(plan.passives, f"{called(figure)}: {recipe.title}", {name: devices[name] for name in names})
    for die in product.dies.values():
        if die.circuitry is not None and (some := ways(recipe, built[-1].after)):
            found |= {name: partial(circuitry.circuitry, recipe.title, called(name), some) for name in numbers(die.circuitry.fig)}
    return found


def ways(recipe: Recipe, end: Section) -> list[circuitry.Way]:
    """The nets that run over a die whose own wiring is known, as they are drawn."""
    product, line = recipe.document.product, trace(recipe, end)
    assert product is not None
    found = []
    for net, name in product.through().items():
        die, bus = dict(dies_of(product))[name], product.buses.get(net)
        if die.circuitry is not None and line is not None:
            own = die.circuitry
            wide, long = (bus.width_um, bus.length_mm) if bus is not None else (product.wiring.line_um, die.width_mm)
            stack = field_of(end, name).stack
            top = max(i for i, s in enumerate(stack) if s.part == name)
            film = stack[top + 1 if stack[top].face == "up" else top - 1].material
            inner = (own.bus_um if bus is not None else own.line_um, own.thickness_um, own.reach_um)
            outer = (wide, line.thickness_um)
            found.append(circuitry.Way(net, name, outer, long, inner, bus is not None, own.material, die.pad_material, die.material, film))
    return found
