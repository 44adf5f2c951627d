"""How each figure of the source documents is seen: a new view is a function and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matplotlib.figure import Figure

from procsim.figures import plan, section
from procsim.figures.cells import Cell
from procsim.model.passive import Passive
from procsim.recipe.recipe import Recipe
from procsim.section.passives import Piece, pieces


@dataclass(frozen=True, slots=True)
class Seen:
    """A figure to be drawn: its *title*, its *cell* in the line, the *passives* of the package, and whether terminals point *up*."""

    title: str
    cell: Cell
    passives: Mapping[str, Passive]
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


def above(seen: Seen) -> Figure:
    """The passive devices from above."""
    return plan.passives(f"{seen.title}: {seen.cell.name}", devices(seen.passives))


def beside(seen: Seen) -> Figure:
    """The passive devices from the side, in the layers that they lie in."""
    return section.near(seen.title, seen.cell, frozenset(seen.passives))


VIEWS: dict[str, View] = {
    **dict.fromkeys(("1A", "1B", "1C", "1D", "1E", "1F", "1G", "1H"), dies),
    "1I": cut,
    **dict.fromkeys(("2A", "2B", "2C", "3A", "3B", "3C"), dies),
    **dict.fromkeys(("4A", "4B", "4C", "4D", "4E", "4F", "4G", "4H", "4I", "5A", "5B", "5C", "5D", "5E"), dies),
    "6": package,
    "7": package,
    "9A": above,
    "9B": beside,
    "10A": above,
    "11A": above,
    "11C": above,
}
"""Number of a figure → how it is seen; any other is a step as it stands in the line, or, where it is a claim, the package."""


def view(name: str, seen: Seen) -> Figure:
    """The figure *name*. What shows passives needs some."""
    found = VIEWS.get(name, claim if name.startswith("claim") else step)
    return step(seen) if found in (above, beside) and not seen.passives else found(seen)


def passives(recipe: Recipe) -> Mapping[str, Passive]:
    """The passives of the package."""
    product = recipe.document.product
    return product.passives if product is not None else {}


def devices(found: Mapping[str, Passive]) -> dict[str, tuple[str, tuple[Piece, ...]]]:
    """Kind and pieces of each passive, for ``plan``."""
    return {name: (passive.kind, pieces(passive)) for name, passive in found.items()}
