"""Says how much a line makes: units on a panel, and panels started in a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from procsim.planning.make_releases import lots_per_h
from procsim.planning.traffic import Stream
from procsim.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Volume:
    """*units* on a panel, and so many *panels* started in a year; 0 where nothing says."""

    units: int
    panels: float


def volume_of(recipe: Recipe, streams: Sequence[Stream], units: int, share: float) -> Volume:
    """The Volume of a package that is a *share* of what its line makes: by ``economics.units_per_year``, else by the lots released."""
    economics, lot = recipe.document.economics, recipe.document.line.lot.panels
    yearly = economics.units_per_year / units if economics.units_per_year else lots_per_h(streams) * economics.hours_per_year * lot
    return Volume(units, share * yearly)
