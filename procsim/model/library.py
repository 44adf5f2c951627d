"""What the shared libraries hold beside processes: materials and parts that come ready."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Text

PRICE_UNITS = ("kg", "g", "l", "ml", "m2", "m", "piece", "h")
"""Units a material may be bought in: the price field's name says which, and ``consumes`` counts in it."""


class Material(Model):
    """A material: its price in one stated unit, and what the section and the heat path need to know of it.

    A *sacrificial* one (a resist) is taken off again, so it may be opened over anything. An etchant *attacks* what it must not reach, and
    where it says what it *etches*, it etches nothing else.
    """

    price_usd_per_kg: NonNegative | None = None
    price_usd_per_g: NonNegative | None = None
    price_usd_per_l: NonNegative | None = None
    price_usd_per_ml: NonNegative | None = None
    price_usd_per_m2: NonNegative | None = None
    price_usd_per_m: NonNegative | None = None
    price_usd_per_piece: NonNegative | None = None
    price_usd_per_h: NonNegative | None = None
    density_g_cm3: Positive | None = None
    usage: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_um: Positive | None = None
    conductor: bool = False
    sacrificial: bool = False
    etches: list[Name] = []
    attacks: list[Name] = []
    conductivity_W_mK: Positive | None = None  # noqa: N815  (unit as written by engineers)
    expansion_ppm_K: NonNegative | None = None  # noqa: N815
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_price(self) -> Material:
        given = [unit for unit in PRICE_UNITS if getattr(self, f"price_usd_per_{unit}") is not None]
        if len(given) > 1:
            raise ValueError(f"one price, in one unit (got per {' and per '.join(given)})")
        if given and given[0] in ("kg", "g") and self.density_g_cm3 is None:
            raise ValueError(f"a price per {given[0]} needs density_g_cm3, to turn volume into mass")
        return self

    @property
    def unit(self) -> str:
        """The unit it is bought in; '' where it has no price."""
        return next((unit for unit in PRICE_UNITS if getattr(self, f"price_usd_per_{unit}") is not None), "")

    @property
    def price_usd(self) -> float:
        return float(getattr(self, f"price_usd_per_{self.unit}")) if self.unit else 0.0


class Layer(Model):
    """One layer of a ready-made part, from the bottom up; *mask* limits it to (or, with *negate*, keeps it off) a region,
    and *rest* is what the layer is made of elsewhere (nothing where left out)."""

    material: Name
    thickness_um: Positive
    mask: Literal["die", "pad", "bonding_pad", "ball", "street", "wiring", "rim", "fin"] | None = None
    negate: bool = False
    rest: Name | None = None


class Part(Model):
    """A priced starting section: a sheet, a strip of substrates, a stiffener, a heat sink, a ball.

    Either one *material* of *thickness_um*, or *layers*. Bought per piece or per m². A slug's *width_mm* × *length_mm* is the room it
    takes from the ball field (left out: as large as the die); a ring of *wall_mm* is glued on its whole wall.
    """

    kind: Literal["sheet", "ring", "lid", "slug", "point", "passive"] = "sheet"
    material: Name | None = None
    thickness_um: Positive | None = None
    layers: list[Layer] | None = None
    width_mm: Positive | None = None
    length_mm: Positive | None = None
    wall_mm: Positive | None = None
    price_usd: NonNegative | None = None
    price_usd_per_m2: NonNegative | None = None
    uses: Annotated[int, Field(ge=1)] = 1
    known_good: Share = 1.0
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _body(self) -> Part:
        if (self.layers is None) == (self.material is None):
            raise ValueError("a part has either a material or layers")
        if self.material is not None and self.thickness_um is None and self.kind != "point":
            raise ValueError("a part of one material needs thickness_um")
        if (self.price_usd is None) == (self.price_usd_per_m2 is None):
            raise ValueError("a part has price_usd (per piece) or price_usd_per_m2, one of them")
        if self.layers is not None and not self.layers:
            raise ValueError("layers may not be empty")
        return self

    def stack(self) -> list[Layer]:
        """Its layers from the bottom up."""
        if self.layers is not None:
            return self.layers
        assert self.material is not None
        return [Layer(material=self.material, thickness_um=self.thickness_um or 1.0)]
