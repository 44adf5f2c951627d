"""What a recipe may say of nets: power and ground buses in the wiring, and the die's own wiring that they relieve."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import Annotated

from pydantic import Field

from procsim.model.base import Model, Name, Positive, Text


class Bus(Model):
    """A net that carries power or ground across a die, as thick as its wiring layer."""

    width_um: Positive
    """Width of one trace."""
    length_mm: Positive
    """Length of one trace."""
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Traces side by side, which share the current."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""


class Circuitry(Model):
    """A die's own wiring, which the nets over it are compared with."""

    line_um: Positive
    """Width of the die's own signal lines."""
    bus_um: Positive
    """Width of the die's own power lines."""
    reach_um: Positive
    """How far a line leads from a device to its pad."""
    thickness_um: Positive
    """How thick these lines are."""
    dielectric_um: Positive
    """How thick the insulator below them is."""
    permittivity: Positive = 3.9
    """Relative permittivity of that insulator; 3.9 is silicon dioxide."""
    material: Name = "copper"
    """What these lines are made of."""
    fig: Text | None = None
    """The figure of a source document that shows it."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""


def sides_like(side: str, dies: Sequence[str], sides: Set[str]) -> str:
    """What to write for a *side* that is none of the *sides* of the *dies*: that of one of several which are alike, or any."""
    kind, _, end = side.rpartition(".")
    alike = [name for name in dies if re.fullmatch(rf"{re.escape(kind)}\d+", name)]
    if alike:
        return f"there are {len(alike)} of {kind}: {alike[0]}.{end} to {alike[-1]}.{end}"
    return f"the dies' sides are {', '.join(sorted(sides))}"
