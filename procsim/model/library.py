"""Describes what the shared libraries hold beside processes: materials, and parts that come ready."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from procsim.model.ability import Role, Sort, State, Temperature
from procsim.model.base import DRIVERS, FieldError, Model, Name, NonNegative, Positive, PositiveShare, Share, ShareBelowOne, Text

LIVES = tuple(f"life_{name}" for name in ("runs", "lots", "panels", "units", "dies", "pads", "vias", "balls", "cm2", "um", "cm3", "m"))
"""How long one unit bought lasts, one field per driver, in the order of ``base.DRIVERS``."""
PRICE_UNITS = ("kg", "g", "l", "ml", "m2", "m", "piece", "h")
"""Units a material may be bought in: the price field's name says which, and ``consumes`` counts in it."""
Layers = Annotated[int, Field(ge=1, le=1000)]


class Material(Model):
    """A material: its price in one stated unit, and what the section and the heat path need to know of it.

    What a process ``wears`` lasts for its *life* (``life_panels``, ``life_m`` …) per unit bought. Of one with a *shelf_life_days* at least
    a *minimum_lot*, in the unit bought, is bought each time; ``reclaim_usd_per_kg`` is what its scrap brings.
    Its thickness as an adhesive varies by *tolerance_um* (three standard deviations); a coat of it takes away the share *levels* of the height of a
    step below it.
    A *sacrificial* one (a resist) is taken off again, so it may be opened over anything. An etchant *attacks* what it must not reach, and
    where it says what it *etches*, it etches nothing else. Nets and passives need to know a conductor's *resistivity_uohm_cm* and an insulator's
    *permittivity* (relative), the stress of a film its *modulus_GPa* (Young's) and its *poisson* ratio (0.30 to 0.40 for all polymer films, handbook
    value).
    Its *roles* say what it is used as; one that says none may be anything. One coat, bond line, fill or film of it, or what is made of it, has
    *min_um* to *max_um*; a package has up to *usual_layers* coats of it, and never more than *max_layers*. Laid, it *needs* to be brought to
    states (it cures from ``cures_C`` up and stands ``soft_C`` until then; it is molten from ``melts_C`` up, and its joints are melted
    *usual_reflows* times at most), and stands ``stands_C`` for hours and ``peak_C``, where that is more, for the minutes of a reflow.
    """

    roles: list[Role] = []
    min_um: Positive | None = None
    max_um: Positive | None = None
    usual_layers: Layers | None = None
    max_layers: Layers | None = None
    needs: list[State] = []
    cures_C: Temperature | None = None  # noqa: N815  (unit as written by engineers)
    melts_C: Temperature | None = None  # noqa: N815
    soft_C: Temperature | None = None  # noqa: N815
    usual_reflows: Layers | None = None
    stands_C: Temperature | None = None  # noqa: N815
    peak_C: Temperature | None = None  # noqa: N815
    price_usd_per_kg: NonNegative | None = None
    price_usd_per_g: NonNegative | None = None
    price_usd_per_l: NonNegative | None = None
    price_usd_per_ml: NonNegative | None = None
    price_usd_per_m2: NonNegative | None = None
    price_usd_per_m: NonNegative | None = None
    price_usd_per_piece: NonNegative | None = None
    price_usd_per_h: NonNegative | None = None
    density_g_cm3: Positive | None = None
    usage: PositiveShare = 1.0
    minimum_lot: Positive | None = None
    shelf_life_days: Positive | None = None
    life_runs: Positive | None = None
    life_lots: Positive | None = None
    life_panels: Positive | None = None
    life_units: Positive | None = None
    life_dies: Positive | None = None
    life_pads: Positive | None = None
    life_vias: Positive | None = None
    life_balls: Positive | None = None
    life_cm2: Positive | None = None
    life_um: Positive | None = None
    life_cm3: Positive | None = None
    life_m: Positive | None = None
    reclaim_usd_per_kg: NonNegative = 0.0
    tolerance_um: NonNegative = 0.0
    levels: Share = 1.0
    conductor: bool = False
    sacrificial: bool = False
    etches: list[Name] = []
    attacks: list[Name] = []
    conductivity_W_mK: Positive | None = None  # noqa: N815  (unit as written by engineers)
    expansion_ppm_K: NonNegative | None = None  # noqa: N815
    resistivity_uohm_cm: Positive | None = None
    permittivity: Annotated[float, Field(ge=1, le=100_000)] | None = None
    modulus_GPa: Positive | None = None  # noqa: N815
    poisson: Annotated[float, Field(ge=0, le=0.5)] = 0.34
    source: Text | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _one_price(self) -> Material:
        given = [unit for unit in PRICE_UNITS if getattr(self, f"price_usd_per_{unit}") is not None]
        if len(given) > 1:
            raise ValueError(f"one price, in one unit (got per {' and per '.join(given)})")
        if given and given[0] in ("kg", "g") and self.density_g_cm3 is None:
            raise ValueError(f"a price per {given[0]} needs density_g_cm3, to turn volume into mass")
        if self.reclaim_usd_per_kg and self.density_g_cm3 is None:
            raise ValueError("reclaim_usd_per_kg needs density_g_cm3, to turn volume into mass")
        return self

    @model_validator(mode="after")
    def _warm(self) -> Material:
        if self.stands_C is not None and self.peak_C is not None and self.peak_C < self.stands_C:
            raise FieldError("peak_C", f"peak_C, for minutes, must be >= stands_C, for hours (got {self.peak_C:g} < {self.stands_C:g} °C)")
        if self.stands_C is not None and self.cures_C is not None and self.cures_C > self.stands_C:
            raise FieldError("cures_C", f"cures_C must be <= stands_C, or it burns before it is cured (got {self.cures_C:g} > {self.stands_C:g} °C)")
        return self

    @model_validator(mode="after")
    def _bought_how(self) -> Material:
        if (self.minimum_lot is None) != (self.shelf_life_days is None):
            raise ValueError("minimum_lot and shelf_life_days go together: what is left of a lot is thrown away when it is too old")
        if self.minimum_lot is not None and not self.unit:
            raise ValueError("minimum_lot needs a price, whose unit it counts in")
        lives = [name for name in LIVES if getattr(self, name) is not None]
        if len(lives) > 1:
            raise ValueError(f"one life (got {' and '.join(lives)})")
        return self

    @property
    def life(self) -> tuple[str, float] | None:
        """(driver, how much of it one unit bought lasts for); None where it does not wear."""
        given = ((driver, getattr(self, name)) for driver, name in zip(DRIVERS, LIVES, strict=True))
        return next(((driver, value) for driver, value in given if value is not None), None)

    @property
    def reclaim_usd_per_cm3(self) -> float:
        """What a cm³ of its scrap brings."""
        return self.reclaim_usd_per_kg * (self.density_g_cm3 or 0.0) * 1e-3

    @property
    def unit(self) -> str:
        """The unit it is bought in; '' where it has no price."""
        return next((unit for unit in PRICE_UNITS if getattr(self, f"price_usd_per_{unit}") is not None), "")

    @property
    def price_usd(self) -> float:
        return float(getattr(self, f"price_usd_per_{self.unit}")) if self.unit else 0.0


class Layer(Model):
    """One layer of a ready-made part, from the bottom up; *mask* limits it to (or, with *negate*, keeps it off) a region,
    and *rest* is what the layer is made of elsewhere (nothing where left out). It is made *min_um* to *max_um* thick."""

    material: Name
    thickness_um: Positive
    min_um: Positive | None = None
    max_um: Positive | None = None
    mask: Literal["die", "pad", "bonding_pad", "ball", "street", "wiring", "rim", "fin"] | None = None
    negate: bool = False
    rest: Name | None = None


class Part(Model):
    """A priced starting section: a sheet, a strip of substrates, a stiffener, a heat sink, a ball.

    Either one *material* of *thickness_um*, or *layers*. Bought per piece or per m², and used at most *uses* times; at each use the share
    *loss* is lost or broken. *known_good* is the chance that what comes in is good: of a part that goes on a unit each piece of it (a unit with 300
    balls needs 300 good ones), of a part as large as the panel each unit's place on it. A slug's *width_mm* × *length_mm* is the room it
    takes from the ball field (left out: as large as the die); a ring of *wall_mm* is glued on its whole wall; *fins* is how many a heat sink
    has. Of a substrate's own vias, *via_um* is
    the width of a solid copper post that conducts as one does. A bonding point says which sort it is (*roles*), which materials it *lands_on*, by
    their roles, and lies *best_on*, what it *needs* once placed, and how wide its pad is at least and at most, as a share of its height.
    Such parts are made *min_um* to *max_um* thick and *min_mm* wide, with walls of *min_wall_mm*, vias of *min_via_um* to *max_via_um*, and fins
    and gaps of *min_fin_um*; a substrate's own lines are no finer than *min_line_um*.
    """

    roles: list[Sort] = []
    lands_on: list[Role] = []
    best_on: list[Role] = []
    needs: list[State] = []
    min_pad_share: Positive | None = None
    max_pad_share: Positive | None = None
    kind: Literal["sheet", "ring", "lid", "slug", "point", "passive"] = "sheet"
    material: Name | None = None
    thickness_um: Positive | None = None
    layers: list[Layer] | None = None
    width_mm: Positive | None = None
    length_mm: Positive | None = None
    wall_mm: Positive | None = None
    via_um: Positive | None = None
    fins: Annotated[int, Field(ge=1, le=1000)] | None = None
    min_um: Positive | None = None
    max_um: Positive | None = None
    min_mm: Positive | None = None
    min_wall_mm: Positive | None = None
    min_via_um: Positive | None = None
    max_via_um: Positive | None = None
    min_fin_um: Positive | None = None
    min_line_um: Positive | None = None
    price_usd: NonNegative | None = None
    price_usd_per_m2: NonNegative | None = None
    uses: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    loss: ShareBelowOne = 0.0
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

    @property
    def expected_uses(self) -> float:
        """Mean number of uses before it is lost or worn out: Σ (1 - loss)^k over k < uses = (1 - (1 - loss)^uses) / loss."""
        return -math.expm1(self.uses * math.log1p(-self.loss)) / self.loss if self.loss else float(self.uses)

    def stack(self) -> list[Layer]:
        """Its layers from the bottom up."""
        if self.layers is not None:
            return self.layers
        assert self.material is not None
        return [Layer(material=self.material, thickness_um=self.thickness_um or 1.0)]
