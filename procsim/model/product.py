"""Describes the package (its outline, dies, nets, wiring, passives and bonding points) and the panel that carries it through the line."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Sized, Text
from procsim.model.nets import Bus, Circuitry, sides_like
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
    """Its width, seen from above."""
    length_mm: PanelSize
    """Its length, seen from above."""

    @property
    def area_mm2(self) -> float:
        return self.width_mm * self.length_mm

    @property
    def area_cm2(self) -> float:
        return self.area_mm2 / 100


class Package(Outline):
    """How large a package is."""


class Panel(Model):
    """The board that packages are built on."""

    part: Name
    """The sheet, strip or wafer in `parts` that the line starts with."""
    shape: Literal["rectangle", "round"] = "rectangle"
    """Whether it is a rectangle or a round wafer."""
    width_mm: PanelSize | None = None
    """Width of a rectangular panel, its rim included."""
    length_mm: PanelSize | None = None
    """Length of a rectangular panel, its rim included."""
    diameter_mm: PanelSize | None = None
    """Diameter of a round panel, its rim included."""
    edge_mm: NonNegative = 0.0
    """Rim that holds no package."""
    street_mm: NonNegative = 0.2
    """Gap between packages that the saw runs in; it must hold the kerf."""
    fig: Text | None = None
    """The figure that shows it as it comes."""
    dies_in_place: bool = False
    """Whether it is a wafer of the dies themselves (fan-in): they are not attached, and the wiring stays within their outline."""

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
    """One kind of die. With a *wafer* its price and its known-good chance are computed."""

    thickness_um: Positive
    """Thickness as it arrives."""
    thinnest_um: Positive = 30.0
    """The least that it may be thinned to."""
    tolerance_um: NonNegative = 0.0
    """By how much its thickness varies, at three standard deviations: it moves the tops under a polish."""
    pads: Count
    """Its pads, each of which is to be reached by a hole."""
    pad_um: Positive = 60.0
    """Width of a square pad."""
    pad_height_um: Positive = 2.0
    """Thickness of a pad; it is the top slice of the die, flush."""
    pad_material: Name = "aluminium"
    """What pads are made of; an etchant that attacks it may not reach them."""
    material: Name = "silicon"
    """What the die is made of."""
    bump_um: NonNegative = 0.0
    """Height of bumps of its own, for a flip-chip; 0: none."""
    bump_material: Name = "solder"
    """What those bumps are made of."""
    count: Annotated[int, Field(ge=1, le=16)] = 1
    """Such dies in a package."""
    price_usd: NonNegative = 0.0
    """Price of a die that arrives; leave it out where a `wafer` says it."""
    known_good: Share = 1.0
    """Chance that a die that arrives is good; leave it out where a `wafer` says it."""
    wafer: Wafer | None = None
    """The wafer that it comes from, out of which its price and known-good chance are computed."""
    circuitry: Circuitry | None = None
    """Its own wiring, to compare power and ground nets in the package with."""
    power_W: Positive | None = None  # noqa: N815  (unit as written by engineers)
    """What it turns into heat: with it the temperature rise of each heat path is told."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""

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
    """Patterned wiring. Lines and spaces of 10 µm are an engineering estimate of semi-additive wiring on panels."""

    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.4
    """Share of the package's area that one wiring layer covers: what is plated, and what adhesion and etching go by."""
    line_um: Positive = 10.0
    """Width of its lines."""
    space_um: Positive = 10.0
    """Space between its lines."""


class Vias(Model):
    """The holes of a wiring layer."""

    diameter_um: Positive = 30.0
    """Width of a hole."""


class Bonding(Model):
    """Bonding points: balls, bumps, studs or pins."""

    count: Count
    """Bonding points of a package."""
    pad_um: Positive = 250.0
    """Width of the opening in the passivation."""
    point_um: Positive = 250.0
    """Height of a point above the pad that it stands on."""
    pitch_mm: Positive | None = None
    """Pitch of a square grid, which must have room for them; left out, they are spread over the package."""
    board_pitch_mm: Positive | None = None
    """The closest pitch that the circuit board takes; a finer one is warned of."""

    @model_validator(mode="after")
    def _apart(self) -> Bonding:
        if self.pitch_mm is not None and self.pitch_mm * 1000 <= self.pad_um:
            raise ValueError(f"pads of {self.pad_um:g} µm touch at a pitch of {self.pitch_mm:g} mm")
        return self


class Product(Model):
    """The package, from which every quantity of a step follows."""

    package: Package
    """How wide and long a package is, which with streets and rim says how many stand on a panel."""
    panel: Panel
    """The board that packages are built on."""
    dies: dict[Name, Die]
    """The kinds of die in a package, by name."""
    wiring: Wiring = Wiring()
    """The patterned wiring of each layer."""
    vias: Vias = Vias()
    """The holes of each layer."""
    bonding: Bonding
    """The bonding points: balls, bumps, studs or pins."""
    nets: dict[Name, Annotated[list[Side], Field(min_length=2)]] = {}
    """Sides of dies that are joined on purpose, by net; every other side is a net of its own."""
    buses: dict[Name, Bus] = {}
    """Nets that carry power or ground over a die, by net."""
    passives: dict[Name, Passive] = {}
    """Passive devices in the wiring, by name."""
    heat_sinks: Annotated[int, Field(ge=0, le=2)] = 0
    """Lids and slugs that the package is meant to have; fewer are warned of."""
    matched_ppm_K: NonNegative = 1.0  # noqa: N815  (unit as written by engineers)
    """Thermal expansions that differ by no more count as matched; larger differences are warned of."""
    least_landing: Share = 0.99
    """Share of packages on which a polish or a layer of holes should meet all pads; a smaller one is warned of."""
    note: Text | None = None
    """For the reader; without effect."""

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
                    raise ValueError(f"net {net} names {member}; {sides_like(member, self.instances(), sides)}")
                if net not in through and taken.setdefault(member, net) != net:
                    raise ValueError(f"{member} is in net {taken[member]} and in net {net}; make them one")
        for name, passive in self.passives.items():
            first, second = passive.between
            if first not in sides and (first not in self.nets or first in through):
                raise ValueError(f"passive {name} starts at {first}; it starts at a die's side or a declared net: "
                                 f"{', '.join([*sorted(sides), *self.nets])}")
            if "." in second and second not in sides:
                raise ValueError(f"passive {name} ends at {second}; {sides_like(second, self.instances(), sides)}")
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
