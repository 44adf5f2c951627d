"""How each figure of the source documents is seen: a new view is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from procsim.figures import plan, section
from procsim.figures.cells import Cell, by_figure, called, finished, numbers
from procsim.figures.finer import sizes
from procsim.figures.magnified import within
from procsim.model.passive import Passive
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built
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
names as its figure is seen from above, and what a die's circuitry names shows that magnified."""


def view(recipe: Recipe, name: str, cell: Cell, up: bool) -> Figure:
    """The figure *name*: passives from above, a die magnified, or the *cell* of the line that it belongs to."""
    if name in (shown := plans(recipe)):
        return plan.passives(f"{called(name)}: {recipe.title}", {own: device for own, device in devices(recipe).items() if own in shown[name]})
    if name in (dies_ := _dies(recipe)):
        product = recipe.document.product
        assert product is not None
        return within(recipe.title, cell, product, dies_[name], up)
    found = VIEWS.get(name, claim if name.startswith("claim") else step)
    return found(Seen(recipe.title, cell, frozenset(_passives(recipe)), up))


def figures(recipe: Recipe, built: Sequence[Built]) -> dict[str, Cell]:
    """Every figure that the recipe names, with its cell: of what passives and dies name, the finished package."""
    known = sizes(recipe)
    end = finished(built, known)
    return by_figure(built, known) | {name: replace(end, name=called(name)) for name in (*plans(recipe), *_dies(recipe))}


def _dies(recipe: Recipe) -> dict[str, str]:
    """Figures that show a die's circuitry, each with the name of the first such die."""
    product = recipe.document.product
    if product is None:
        return {}
    named = zip(product.instances(), (die for die in product.dies.values() for _ in range(die.count)), strict=True)
    return {figure: name for name, die in reversed(list(named)) if die.circuitry is not None for figure in numbers(die.circuitry.fig)}


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
