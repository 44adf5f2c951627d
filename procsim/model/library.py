"""Describes what the shared libraries hold beside processes: materials, and parts that come ready."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from procsim.maths.same import STEPS, of_the_same
from procsim.model.ability import Form, Role, Sort, State, Temperature
from procsim.model.amounts import DRIVERS
from procsim.model.base import FieldError, Model, Name, NonNegative, Positive, PositiveShare, Share, ShareBelowOne, Text

LIVES = tuple(f"life_{name}" for name in ("runs", "lots", "panels", "units", "dies", "pads", "vias", "balls", "cm2", "um", "cm3", "m"))
"""How long one unit bought lasts, one field per driver, in the order of ``base.DRIVERS``."""
PRICE_UNITS = ("kg", "g", "l", "ml", "m2", "m", "piece", "h")
"""Units a material may be bought in: the price field's name says which, and ``consumes`` counts in it."""
_PRICES = tuple((unit, f"price_usd_per_{unit}") for unit in PRICE_UNITS)
Layers = Annotated[int, Field(ge=1, le=1000)]


class Material(Model):
    """A material: its price in one stated unit, and what section, heat path and nets need to know of it."""

    roles: list[Role] = []
    """What it is used as; a process takes materials of its roles only. None: it may be anything."""
    form: Form | None = None
    """How it comes to its step: as a film, a paste or a liquid."""
    lands_on: list[Role] = []
    """Roles of the metals that bumps of it can be joined to."""
    min_um: Positive | None = None
    """The thinnest coat, bond line, fill or film of it; what is thinner is refused."""
    max_um: Positive | None = None
    """The thickest coat, bond line, fill or film of it in one pass; what is thicker is refused."""
    usual_layers: Layers | None = None
    """Coats of it that a package usually has at most; more are warned of."""
    max_layers: Layers | None = None
    """Coats of it that a package can have; more are refused."""
    needs: list[State] = []
    """States that it must be brought to once it is laid (a cure, a reflow); where they never come, the recipe is told."""
    cures_C: Temperature | None = None  # noqa: N815  (unit as written by engineers)
    """From this temperature on a bake cures it."""
    melts_C: Temperature | None = None  # noqa: N815
    """From this temperature on it is molten, and joints of it are made, or come apart."""
    soft_C: Temperature | None = None  # noqa: N815
    """The hottest that it stands until it is cured."""
    usual_reflows: Layers | None = None
    """How often its joints are melted at most; more are warned of."""
    stands_C: Temperature | None = None  # noqa: N815
    """The hottest that it stands for hours."""
    peak_C: Temperature | None = None  # noqa: N815
    """The hottest that it stands for the minutes of a reflow."""
    price_usd_per_kg: NonNegative | None = None
    """Price per kilogram; needs the density."""
    price_usd_per_g: NonNegative | None = None
    """Price per gram, for noble metals; needs the density."""
    price_usd_per_l: NonNegative | None = None
    """Price per litre, for liquids that are laid or consumed by volume."""
    price_usd_per_ml: NonNegative | None = None
    """Price per millilitre, for pastes and adhesives that are dispensed in small amounts."""
    price_usd_per_m2: NonNegative | None = None
    """Price per square metre, for films and foils, whatever their thickness."""
    price_usd_per_m: NonNegative | None = None
    """Price per metre, for wire and tape."""
    price_usd_per_piece: NonNegative | None = None
    """Price per piece, for what wears out or is used whole."""
    price_usd_per_h: NonNegative | None = None
    """Price per hour of use, for gases and lamps."""
    density_g_cm3: Positive | None = None
    """Turns volume into mass, where it is bought or sold by mass."""
    usage: PositiveShare = 1.0
    """Share of what is bought that ends in the package: the rest of a spun coat or a sputtered metal is lost. The cost is divided by it."""
    minimum_lot: Positive | None = None
    """The least that is bought at once, in the unit of the price; what is too old before it is used is thrown away, and paid."""
    shelf_life_days: Positive | None = None
    """How long a lot of it keeps."""
    life_runs: Positive | None = None
    """Tool runs that one piece bought lasts, for a step that `wears` it."""
    life_lots: Positive | None = None
    """Lots that one piece bought lasts, for a step that `wears` it."""
    life_panels: Positive | None = None
    """Panels that one piece bought lasts, for a step that `wears` it."""
    life_units: Positive | None = None
    """Packages that one piece bought lasts, for a step that `wears` it."""
    life_dies: Positive | None = None
    """Dies that one piece bought lasts, for a step that `wears` it."""
    life_pads: Positive | None = None
    """Die pads that one piece bought lasts, for a step that `wears` it."""
    life_vias: Positive | None = None
    """Holes that one piece bought lasts, for a step that `wears` it."""
    life_balls: Positive | None = None
    """Bonding points that one piece bought lasts, for a step that `wears` it."""
    life_cm2: Positive | None = None
    """cm² that one piece bought lasts, for a step that `wears` it."""
    life_um: Positive | None = None
    """µm of thickness that one piece bought lasts, for a step that `wears` it: a grinding wheel."""
    life_cm3: Positive | None = None
    """cm³ that one piece bought lasts, for a step that `wears` it."""
    life_m: Positive | None = None
    """Metres of cut that one piece bought lasts, for a step that `wears` it: a saw blade."""
    reclaim_usd_per_kg: NonNegative = 0.0
    """What a kilogram of its scrap brings: noble metals and copper are credited."""
    tolerance_um: NonNegative = 0.0
    """By how much its bond line varies, at three standard deviations: it moves the tops of dies under a polish."""
    levels: Share = 1.0
    """Share of the height of a step below that a coat of it takes away: 1 ends flat."""
    conductor: bool = False
    """Whether it conducts: nets run through it, and what it touches is joined."""
    sacrificial: bool = False
    """Whether it is taken off again, as a resist is: then it may be opened over anything."""
    etches: list[Name] = []
    """Materials that it takes away, as an etchant; where it says some, it etches nothing else."""
    attacks: list[Name] = []
    """Materials that it harms, as an etchant; reaching one is refused."""
    conductivity_W_mK: Positive | None = None  # noqa: N815  (unit as written by engineers)
    """Thermal conductivity: what the heat path through it goes by."""
    expansion_ppm_K: NonNegative | None = None  # noqa: N815
    """Coefficient of thermal expansion: dies and substrates that differ are warned of."""
    resistivity_uohm_cm: Positive | None = None
    """Electrical resistivity in µΩ·cm, for the resistance of buses and passives."""
    permittivity: Annotated[float, Field(ge=1, le=100_000)] | None = None
    """Relative permittivity, for capacitances of passives and lines."""
    modulus_GPa: Positive | None = None  # noqa: N815
    """Young's modulus: what the bow of a panel under a film of it goes by."""
    poisson: Annotated[float, Field(ge=0, le=0.5)] = 0.34
    """Poisson's ratio; 0.30 to 0.40 for all polymer films (handbook value)."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

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
        if self.stands_C is not None and self.melts_C is not None and self.melts_C < self.stands_C:
            raise FieldError("melts_C", f"melts_C must be >= stands_C: nothing stands for hours where it is molten (got {self.melts_C:g} < "
                                        f"{self.stands_C:g} °C)")
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
    @of_the_same(STEPS)
    def unit(self) -> str:
        """The unit it is bought in; '' where it has no price."""
        for unit, price in _PRICES:
            if getattr(self, price) is not None:
                return unit
        return ""

    @property
    def price_usd(self) -> float:
        return float(getattr(self, f"price_usd_per_{self.unit}")) if self.unit else 0.0


class Layer(Model):
    """One layer of a ready-made part; a part lists its layers from the bottom up."""

    material: Name
    """What the layer is made of."""
    thickness_um: Positive
    """How thick it is."""
    min_um: Positive | None = None
    """How thin such a layer is made at least."""
    max_um: Positive | None = None
    """How thick such a layer is made at most."""
    mask: Literal["die", "pad", "bonding_pad", "ball", "street", "wiring", "rim", "fin"] | None = None
    """The region that the layer is limited to; left out, it covers the part."""
    negate: bool = False
    """Keeps the layer off the region instead."""
    rest: Name | None = None
    """What the layer is made of elsewhere; left out, nothing."""


class Part(Model):
    """A priced starting section: a sheet, a strip of substrates, a stiffener, a heat sink, a ball.

    Either one *material* of *thickness_um*, or *layers*; bought per piece or per m².
    """

    roles: list[Sort] = []
    """Which sort of bonding point it is: ball, bump, stud or pin."""
    lands_on: list[Role] = []
    """Roles of the materials that it can be joined to."""
    best_on: list[Role] = []
    """Roles of the materials that it is best joined to; others that it lands on are warned of."""
    needs: list[State] = []
    """States that it must be brought to once placed: a reflow for solder."""
    min_pad_share: Positive | None = None
    """The narrowest pad it stands on, as a share of its height."""
    max_pad_share: Positive | None = None
    """The widest pad it stands on, as a share of its height."""
    kind: Literal["sheet", "ring", "lid", "slug", "point", "passive"] = "sheet"
    """What it is: a sheet or strip to build on, a ring (stiffener), a lid, a slug (heat sink below), a bonding point, a passive device."""
    material: Name | None = None
    """What it is made of, where it is of one material."""
    thickness_um: Positive | None = None
    """How thick it is, where it is of one material."""
    layers: list[Layer] | None = None
    """Its layers from the bottom up, where it comes with pads, wiring or a mask."""
    width_mm: Positive | None = None
    """Its width, or the room that a slug takes from the field of balls; left out: as large as what it goes on."""
    length_mm: Positive | None = None
    """Its length; left out: as large as what it goes on."""
    wall_mm: Positive | None = None
    """Width of a ring's wall, or of a lid's foot, all of which is glued."""
    via_um: Positive | None = None
    """Width of a solid copper post that conducts heat as one of the substrate's own vias does."""
    fins: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many fins a heat sink has."""
    min_um: Positive | None = None
    """How thin such parts are made at least."""
    max_um: Positive | None = None
    """How thick such parts are made at most."""
    min_mm: Positive | None = None
    """How narrow such parts are made at least."""
    min_wall_mm: Positive | None = None
    """The thinnest wall that such rings are made with."""
    min_via_um: Positive | None = None
    """The narrowest via of such substrates."""
    max_via_um: Positive | None = None
    """The widest via of such substrates."""
    min_fin_um: Positive | None = None
    """The thinnest fin, and the narrowest gap between fins, that such heat sinks are made with."""
    min_line_um: Positive | None = None
    """The finest line of the substrate's own wiring."""
    price_usd: NonNegative | None = None
    """Price of a piece, for parts that go on a package."""
    price_usd_per_m2: NonNegative | None = None
    """Price per square metre of a sheet; a panel pays for its own area."""
    uses: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """How often it is used at most, as a carrier is; its price is spread over the expected number of uses."""
    loss: ShareBelowOne = 0.0
    """Share that is lost or broken at each use."""
    known_good: Share = 1.0
    """Chance that what comes in is good: each piece on a package, or each package's place on a part as large as the panel."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

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
