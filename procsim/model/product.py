"""Describes the package (its outline, dies, nets, wiring, passives and bonding points) and the panel that carries it through the line."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Sized, Text
from procsim.model.nets import Bus, Circuitry
from procsim.model.passive import Passive
from procsim.model.wafer import Wafer
from procsim.model.wafer_price import KnownGood

Count = Annotated[int, Field(ge=1, le=1_000_000)]
def _side(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,80}\.(left|right)", text):
        raise ValueError("a side is a die's name with .left or .right, such as logic.left")
    return text


Side = Annotated[str, AfterValidator(_side)]
"""A side of a die as the section draws it, such as ``logic.left``."""


PanelSize = Annotated[float, Field(gt=0, le=5000, allow_inf_nan=False), Sized]
"""No panel is wider than five metres: a larger number is in another unit."""


STRIP_MM = 100.0
"""A panel narrower than this is a strip: lead frames and laminate strips are 60 to 100 mm wide."""


class Outline(Model):
    """A rectangle seen from above."""

    width_mm: PanelSize
    length_mm: PanelSize

    @property
    def area_mm2(self) -> float:
        return self.width_mm * self.length_mm

    @property
    def area_cm2(self) -> float:
        return self.area_mm2 / 100


class Package(Outline):
    """How large a package is."""


class Panel(Model):
    """The board units are built on: *part* names the sheet, strip or wafer in ``parts`` that the line starts with, *fig* the figure that shows it
    as it comes.

    With *dies_in_place* it is a wafer of the dies themselves: they are not attached, and the wiring stays within their outline.
    """

    part: Name
    shape: Literal["rectangle", "round"] = "rectangle"
    width_mm: PanelSize | None = None
    length_mm: PanelSize | None = None
    diameter_mm: PanelSize | None = None
    edge_mm: NonNegative = 0.0
    street_mm: NonNegative = 0.2
    fig: Text | None = None
    dies_in_place: bool = False

    @model_validator(mode="after")
    def _outline(self) -> Panel:
        if self.shape == "round" and (self.diameter_mm is None or self.width_mm or self.length_mm):
            raise ValueError("a round panel has diameter_mm, and neither width_mm nor length_mm")
        if self.shape == "rectangle" and (self.width_mm is None or self.length_mm is None or self.diameter_mm):
            raise ValueError("a rectangular panel has width_mm and length_mm, and no diameter_mm")
        return self


    @property
    def form(self) -> Literal["panel", "wafer", "strip"]:
        """What tools have to hold: a round is a wafer, a rectangle that is narrow is a strip."""
        if self.shape == "round":
            return "wafer"
        return "strip" if min(self.width_mm or 0.0, self.length_mm or 0.0) <= STRIP_MM else "panel"


class Die(Outline):
    """One kind of die, whose thickness varies by *tolerance_um* (three standard deviations). *known_good* is the chance that an
    arriving die is good. With a *wafer* its price and that chance are computed.

    *circuitry* is its own wiring, *power_W* what it turns into heat.
    """

    thickness_um: Positive
    thinnest_um: Positive = 30.0
    tolerance_um: NonNegative = 0.0
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
    wafer: Wafer | None = None
    circuitry: Circuitry | None = None
    power_W: Positive | None = None  # noqa: N815  (unit as written by engineers)
    source: Text | None = None

    @model_validator(mode="after")
    def _thick_enough(self) -> Die:
        if self.pad_height_um >= self.thickness_um:
            raise ValueError(f"pads {self.pad_height_um:g} µm high need a thicker die than {self.thickness_um:g} µm")
        if self.thickness_um < self.thinnest_um:
            raise ValueError(f"thickness_um must be >= thinnest_um, the least that a die may be (got {self.thickness_um:g} < {self.thinnest_um:g})")
        return self

    @model_validator(mode="after")
    def _one_price(self) -> Die:
        if self.wafer is None:
            return self
        for name in ("price_usd", "known_good"):
            if name in self.model_fields_set:
                raise ValueError(f"{name} follows from the wafer; keep one of them")
        self.wafer.known_good(self.width_mm, self.length_mm)
        return self

    @property
    def pads_cm2(self) -> float:
        """Area of all its pads."""
        return self.pads * (self.pad_um * 1e-4) ** 2

    @property
    def chain(self) -> KnownGood | None:
        """From wafer to known-good die; None where the price is given."""
        return self.wafer.known_good(self.width_mm, self.length_mm) if self.wafer is not None else None

    @property
    def cost_usd(self) -> float:
        """Price of a die that arrives."""
        return self.chain.price_usd if self.chain is not None else self.price_usd

    @property
    def good_share(self) -> float:
        """Chance that a die that arrives is good."""
        return self.chain.good if self.chain is not None else self.known_good


class Wiring(Model):
    """Patterned wiring: *coverage* is the share of the package's area that one layer covers. Lines of *line_um* stand *space_um* apart, by
    default (an engineering estimate of semi-additive wiring on panels) 10 µm each."""

    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.4
    line_um: Positive = 10.0
    space_um: Positive = 10.0


class Vias(Model):
    diameter_um: Positive = 30.0


class Bonding(Model):
    """Bonding points (balls, bumps or pins): *pad_um* is the opening in the passivation, *point_um* the height of a point.

    With *pitch_mm* they stand on a square grid, which must have room for them; without, they are spread over the package. A circuit board
    takes points no closer than *board_pitch_mm*.
    """

    count: Count
    pad_um: Positive = 250.0
    point_um: Positive = 250.0
    pitch_mm: Positive | None = None
    board_pitch_mm: Positive | None = None

    @model_validator(mode="after")
    def _apart(self) -> Bonding:
        if self.pitch_mm is not None and self.pitch_mm * 1000 <= self.pad_um:
            raise ValueError(f"pads of {self.pad_um:g} µm touch at a pitch of {self.pitch_mm:g} mm")
        return self


class Product(Model):
    """The package. Expansions within *matched_ppm_K* of the substrate's count as matched; others are warned of, a die's as a heat sink's. Warned of
    is, too, a polish or a layer of holes that meets the pads on a smaller share of packages than *least_landing*, and fewer lids and slugs
    than *heat_sinks*."""

    package: Package
    panel: Panel
    dies: dict[Name, Die]
    wiring: Wiring = Wiring()
    vias: Vias = Vias()
    bonding: Bonding
    nets: dict[Name, Annotated[list[Side], Field(min_length=2)]] = {}
    buses: dict[Name, Bus] = {}
    passives: dict[Name, Passive] = {}
    heat_sinks: Annotated[int, Field(ge=0, le=2)] = 0
    matched_ppm_K: NonNegative = 1.0  # noqa: N815  (unit as written by engineers)
    least_landing: Share = 0.99
    note: Text | None = None

    @model_validator(mode="after")
    def _some_die(self) -> Product:
        if not self.dies:
            raise ValueError("a package has at least one die")
        return self

    @model_validator(mode="after")
    def _known_nets(self) -> Product:
        """Sides are of dies that there are; no side is in two nets; a passive's first end lies on a die."""
        sides = {f"{name}.{side}" for name in self.instances() for side in ("left", "right")}
        taken: dict[str, str] = {}
        through = self.through()
        stray = next((name for name in self.buses if name not in through), None)
        if stray is not None:
            raise ValueError(f"bus {stray} is no net that runs over a die; write nets: {{{stray}: [{min(sides)}, {min(sides).split('.')[0]}.right]}}")
        for net, members in self.nets.items():
            for member in members:
                if member not in sides:
                    raise ValueError(f"net {net} names {member}; the dies' sides are {', '.join(sorted(sides))}")
                if net not in through and taken.setdefault(member, net) != net:
                    raise ValueError(f"{member} is in net {taken[member]} and in net {net}; make them one")
        for name, passive in self.passives.items():
            first, second = passive.between
            if first not in sides and (first not in self.nets or first in through):
                raise ValueError(f"passive {name} starts at {first}; it starts at a die's side or a declared net: "
                                 f"{', '.join([*sorted(sides), *self.nets])}")
            if "." in second and second not in sides:
                raise ValueError(f"passive {name} ends at {second}; the dies' sides are {', '.join(sorted(sides))}")
            if taken.get(first, first) == taken.get(second, second):
                raise ValueError(f"passive {name} has both ends on {first}")
        return self

    def numbered(self) -> list[tuple[str, str]]:
        """Every die in the unit, one by one, with its kind: ``logic``, or ``logic1``, ``logic2`` where there are several alike."""
        return [(name if die.count == 1 else f"{name}{n + 1}", name) for name, die in self.dies.items() for n in range(die.count)]

    def instances(self) -> list[str]:
        """Names of the dies in the unit, one by one."""
        return [name for name, _ in self.numbered()]

    def meant(self, what: str) -> dict[str, str]:
        """The dies that *what* means, each with its kind: all for ``dies``, those of a kind, or one by its own name."""
        return {name: kind for name, kind in self.numbered() if what in ("dies", name, kind)}

    @property
    def largest_die(self) -> Die:
        return max(self.dies.values(), key=lambda die: die.area_mm2)

    def net(self, side: str) -> str:
        """The net that a die's *side* belongs to: a declared one, or its own."""
        through = self.through()
        return next((name for name, members in self.nets.items() if side in members and name not in through), side)

    def through(self) -> dict[str, str]:
        """Nets that run from one side of a die over it to its other side, each with the die; the sides themselves fan out as ever."""
        halves = {net: [member.rsplit(".", 1) for member in members] for net, members in self.nets.items() if len(members) == 2}
        return {net: one[0] for net, (one, other) in halves.items() if one[0] == other[0] and one[1] != other[1]}
