"""How each figure of the source documents is seen: a new view is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.figure import Figure

from procsim.figures import circuitry, plan, section
from procsim.figures.cells import Cell, by_figure, called, numbers
from procsim.figures.finer import known_of
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
from procsim.section.heat import field_of
from procsim.section.layout import dies_of
from procsim.section.passives import Piece, pieces
from procsim.section.section import Section
from procsim.section.traces import trace


@dataclass(frozen=True, slots=True)
class Seen:
    """A figure to be drawn: its *title*, its *cell* in the line, the names of the package's *passives*, and whether terminals point *up*."""

    title: str
    cell: Cell
    passives: frozenset[str]
    up: bool


View = Callable[[Seen], Figure]


def step(seen: Seen) -> Figure:
    """One unit as it stands in the line."""
    return section.single(seen.title, seen.cell)


def dies(seen: Seen) -> Figure:
    """A plurality of dies: two units of the panel as they stand in the line."""
    return section.several(seen.title, seen.cell)


def cut(seen: Seen) -> Figure:
    """The cut lines on the panel, and a single package."""
    return section.cut(seen.title, seen.cell, seen.up)


def package(seen: Seen) -> Figure:
    """One finished package."""
    return section.package(seen.title, seen.cell, seen.up)


def claim(seen: Seen) -> Figure:
    """What a claim is about: the package at that step, the way up that it is mounted."""
    return section.claim(seen.title, seen.cell, seen.up)


def beside(seen: Seen) -> Figure:
    """The passive devices from the side, in the layers that they lie in."""
    return section.near(seen.title, seen.cell, seen.passives) if seen.passives else step(seen)


VIEWS: dict[str, View] = {
    **dict.fromkeys(("1A", "1B", "1C", "1D", "1E", "1F", "1G", "1H"), dies),
    "1I": cut,
    **dict.fromkeys(("2A", "2B", "2C", "3A", "3B", "3C"), dies),
    **dict.fromkeys(("4A", "4B", "4C", "4D", "4E", "4F", "4G", "4H", "4I", "5A", "5B", "5C", "5D", "5E"), dies),
    "6": package,
    "7": package,
    **dict.fromkeys(("9", "9B", "10B", "11B"), beside),
}
"""Number of a figure → how it is seen; any other is a step as it stands in the line (``_view``: where it is a claim or no number, it may be
the package). What passives and circuitry name as their figure has a view of its own (``views``)."""


def _view(name: str, cell: Cell) -> View:
    """How the figure *name*, which *cell* shows, is seen."""
    if name in VIEWS or name[:1].isdigit():
        return VIEWS.get(name, step)
    return package if cell.after.singulated else claim if name.startswith("claim") else step


def figures(recipe: Recipe, built: Sequence[Built], up: bool = False) -> dict[str, Callable[[], Figure]]:
    """Every figure that the recipe names, with what draws it; *up* is the way that terminals of a finished package point."""
    product = recipe.document.product
    names = frozenset(product.passives) if product is not None else frozenset[str]()
    found: dict[str, Callable[[], Figure]] = {}
    for name, cell in by_figure(built, known_of(recipe)).items():
        found[name] = partial(_view(name, cell), Seen(recipe.title, cell, names, up))
    return found | views(recipe, built)


def devices_of(recipe: Recipe) -> dict[str, tuple[str, int, Sequence[Piece]]]:
    """Every passive by name: its kind, the wiring layer that it lies in and its pieces."""
    product = recipe.product
    return {name: (passive.kind, passive.layer, pieces(passive)) for name, passive in product.passives.items()}


def views(recipe: Recipe, built: Sequence[Built]) -> dict[str, Callable[[], Figure]]:
    """Figures that are no section, each with what draws it: passives from above, and a die's circuitry with the nets that run over it."""
    product = recipe.product
    shown: dict[str, list[str]] = {}
    over: dict[str, list[circuitry.Way]] = {}
    for name, passive in product.passives.items():
        for figure in numbers(passive.fig):
            shown.setdefault(figure, []).append(name)
    devices = devices_of(recipe)
    found: dict[str, Callable[[], Figure]] = {}
    for figure, names in shown.items():
        found[figure] = partial(plan.passives, recipe.title, {name: devices[name] for name in names}, called(figure))
    for name, die in dies_of(product):
        for figure in numbers(die.circuitry.fig) if die.circuitry is not None else ():
            over.setdefault(figure, []).extend(ways(recipe, built[-1].after, name))
    return found | {figure: partial(circuitry.circuitry, recipe.title, called(figure), own) for figure, own in over.items() if own}


def ways(recipe: Recipe, end: Section, name: str) -> list[circuitry.Way]:
    """The nets that run over the die *name*, whose own wiring is known, as they are drawn."""
    product, line = recipe.product, trace(recipe, end)
    die = dict(dies_of(product))[name]
    own = die.circuitry
    if own is None or line is None:
        return []
    stack = field_of(end, name).stack
    top = max(i for i, s in enumerate(stack) if s.part == name)
    film = stack[top + 1 if stack[top].face == "up" else top - 1].material
    found = []
    for net in [net for net, over in product.through().items() if over == name]:
        bus = product.buses.get(net)
        wide, long = (bus.width_um, bus.length_mm) if bus is not None else (product.wiring.line_um, die.width_mm)
        inner = (own.bus_um if bus is not None else own.line_um, own.thickness_um, own.reach_um)
        outer, made_of = (wide, line.thickness_um), (own.material, die.pad_material, die.material, film)
        found.append(circuitry.Way(net, name, outer, long, inner, bus is not None, *made_of))
    return found
