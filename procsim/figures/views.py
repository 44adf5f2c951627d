"""How each figure of the source documents is seen: a new view is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from procsim.figures import plan, section
from procsim.figures.cells import Cell, called, numbers
from procsim.model.passive import Passive
from procsim.recipe.recipe import Recipe
from procsim.section.passives import Piece, pieces


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
"""Number of a figure → how it is seen; any other is a step as it stands in the line, or, where it is a claim, the package. What a passive
names as its figure is seen from above."""


def view(recipe: Recipe, name: str, cell: Cell | None, up: bool) -> Figure:
    """The figure *name*: from above where passives say so, else a *cell* of the line."""
    shown = plans(recipe).get(name, [])
    if shown or cell is None:
        return plan.passives(f"{called(name)}: {recipe.title}", {own: device for own, device in devices(recipe).items() if own in shown})
    found = VIEWS.get(name, claim if name.startswith("claim") else step)
    return found(Seen(recipe.title, cell, frozenset(_passives(recipe)), up))


def _passives(recipe: Recipe) -> dict[str, Passive]:
    product = recipe.document.product
    return product.passives if product is not None else {}


def devices(recipe: Recipe) -> dict[str, tuple[str, int, Sequence[Piece]]]:
    """Every passive by name: its kind, the wiring layer that it lies in and its pieces."""
    return {name: (passive.kind, passive.layer, pieces(passive)) for name, passive in _passives(recipe).items()}


def plans(recipe: Recipe) -> dict[str, list[str]]:
    """Figures that show passives from above, each with the passives' names."""
    found: dict[str, list[str]] = {}
    for name, passive in _passives(recipe).items():
        for figure in numbers(passive.fig):
            found.setdefault(figure, []).append(name)
    return found
