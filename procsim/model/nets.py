"""What a recipe may say of nets: power and ground buses in the wiring, and the die's own wiring that they relieve."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from procsim.model.base import Model, Name, Positive, Text


class Bus(Model):
    """A net that carries power or ground across a die: *count* traces of *width_um* and *length_mm* side by side, as thick as their wiring layer."""

    width_um: Positive
    length_mm: Positive
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    source: Text | None = None
    note: Text | None = None


class Circuitry(Model):
    """A die's own wiring: signal lines of *line_um* that lead *reach_um* from a device to its pad, and power lines of *bus_um*.

    Both are *thickness_um* thick, of *material*, over *dielectric_um* of an insulator of *permittivity*; *fig* is the figure that shows them with
    the nets that run over the die.
    """

    line_um: Positive
    bus_um: Positive
    reach_um: Positive
    thickness_um: Positive
    dielectric_um: Positive
    permittivity: Positive = 3.9
    material: Name = "copper"
    fig: Text | None = None
    source: Text | None = None
