"""The package: its outline, dies, wiring and bonding points, and the panel that carries it through the line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Text

Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Package(Model):
    width_mm: Positive
    length_mm: Positive


class Panel(Model):
    """The board units are built on: *part* names the sheet, strip or wafer in ``parts`` that the line starts with."""

    part: Name
    shape: Literal["rectangle", "round"] = "rectangle"
    width_mm: Positive | None = None
    length_mm: Positive | None = None
    diameter_mm: Positive | None = None
    edge_mm: NonNegative = 0.0
    street_mm: NonNegative = 0.2

    @model_validator(mode="after")
    def _outline(self) -> Panel:
        if self.shape == "round" and (self.diameter_mm is None or self.width_mm or self.length_mm):
            raise ValueError("a round panel has diameter_mm, and neither width_mm nor length_mm")
        if self.shape == "rectangle" and (self.width_mm is None or self.length_mm is None or self.diameter_mm):
            raise ValueError("a rectangular panel has width_mm and length_mm, and no diameter_mm")
        return self


class Die(Model):
    """One kind of die. *known_good* is the chance that an arriving die is good."""

    width_mm: Positive
    length_mm: Positive
    thickness_um: Positive
    thinnest_um: Positive = 30.0
    pads: Count
    pad_um: Positive = 60.0
    pad_height_um: Positive = 2.0
    pad_material: Name = "aluminium"
    material: Name = "silicon"
    bump_um: NonNegative = 0.0
    bump_material: Name = "solder"
    count: Annotated[int, Field(ge=1, le=16)] = 1
    price_usd: NonNegative = 0.0
    known_good: Share = 1.0
    source: Text | None = None


class Wiring(Model):
    """Patterned wiring: *coverage* is the share of the package's area that one layer covers."""

    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.4


class Vias(Model):
    diameter_um: Positive = 30.0


class Bonding(Model):
    """Bonding points (balls, bumps or pins): *pad_um* is the opening in the passivation, *point_um* the height of a point."""

    count: Count
    pad_um: Positive = 250.0
    point_um: Positive = 250.0


class Product(Model):
    package: Package
    panel: Panel
    dies: dict[Name, Die]
    wiring: Wiring = Wiring()
    vias: Vias = Vias()
    bonding: Bonding
    note: Text | None = None

    @model_validator(mode="after")
    def _some_die(self) -> Product:
        if not self.dies:
            raise ValueError("a package has at least one die")
        return self
