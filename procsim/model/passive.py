"""Describes what a recipe may say of a passive device inside the thin-film layer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Text

Kind = Literal["printed", "resistor", "waveguide", "comb", "filter", "sensor", "plate", "spiral", "solenoid", "toroid"]
Net = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+(\.(left|right))?$", max_length=100)]

CONDUCTING = frozenset({"printed", "resistor", "waveguide", "spiral", "solenoid", "toroid"})
"""Kinds that join their two nets with metal or paste; the others keep them apart."""
TWO_LAYERS = frozenset({"plate", "solenoid", "toroid"})
"""Kinds that lie in their layer and in the one above it."""
WOUND = frozenset({"spiral", "solenoid", "toroid"})


class Passive(Model):
    """A passive device *between* two nets. A second net of its own ends on a bonding point of its own; a printed one lies on top of all layers,
    a wave-guide takes three: a signal line between two ground planes."""

    kind: Kind
    """What device it is; its shape and what it takes of the layers follow."""
    between: Annotated[list[Net], Field(min_length=2, max_length=2)]
    """The two nets that it joins or stands between: a die's side or a declared net first; the second may be a net of its own."""
    width_um: Positive
    """Width of the room that it takes in its layer."""
    length_um: Positive
    """Length of the room that it takes in its layer."""
    layer: Annotated[int, Field(ge=1, le=20)] = 1
    """The wiring layer that it lies in, the lower one where it takes two."""
    line_um: Positive = 20.0
    """Width of its lines."""
    gap_um: Positive = 20.0
    """Gap between its lines."""
    turns: Annotated[int, Field(ge=1, le=200)] | None = None
    """Turns of a spiral, solenoid or toroid."""
    shape: Literal["square", "circular"] = "square"
    """Shape of a spiral's turns."""
    insulator: Name | None = None
    """What lies between the plates of a plate capacitor; left out: the layer's dielectric."""
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    """Alike ones on a package."""
    yield_: Share = Field(default=1.0, alias="yield")
    """Chance that one works once it is built."""
    test_s: NonNegative = 0.0
    """What testing one adds to the time of an electrical test."""
    fig: Text | None = None
    """The figure of a source document that shows it."""
    source: Text | None = None
    """Where the numbers beside it come from: a paper, a price list, an engineering estimate; `provenance.csv` repeats it."""
    note: Text | None = None
    """For the reader; without effect."""

    @model_validator(mode="after")
    def _shape(self) -> Passive:
        if (self.turns is not None) != (self.kind in WOUND):
            raise ValueError(f"a {self.kind} {'needs' if self.kind in WOUND else 'has no'} turns")
        if self.shape == "circular" and self.kind != "spiral":
            raise ValueError(f"a {self.kind} has no circular turns; only a spiral has")
        if self.insulator is not None and self.kind != "plate":
            raise ValueError(f"a {self.kind} has no insulator of its own; only a plate capacitor has")
        pitch = self.line_um + self.gap_um
        room = {"spiral": min(self.width_um, self.length_um) / 2, "solenoid": self.length_um,
                "toroid": 1.5 * min(self.width_um, self.length_um)}.get(self.kind)
        if self.turns is not None and room is not None and self.turns * pitch > room + 1e-9:
            raise ValueError(f"{self.turns} turns at a pitch of {pitch:g} µm need {self.turns * pitch:g} µm; there are {room:g}")
        if self.kind == "waveguide" and self.width_um < 3 * self.line_um - 1e-9:
            raise ValueError(f"the planes of a wave-guide reach past its line of {self.line_um:g} µm: make width_um at least {3 * self.line_um:g}")
        if self.kind in ("comb", "filter", "sensor") and self.width_um < 3 * self.line_um + 2 * self.gap_um - 1e-9:
            raise ValueError(f"a {self.kind} of lines of {self.line_um:g} µm, {self.gap_um:g} µm apart, is at least "
                             f"{3 * self.line_um + 2 * self.gap_um:g} µm wide")
        return self

    @property
    def footprint_cm2(self) -> float:
        """Area that all alike ones take."""
        return self.width_um * self.length_um * 1e-8 * self.count

    @property
    def levels(self) -> int:
        """Wiring layers it takes: none where it is printed on top."""
        return {"printed": 0, "waveguide": 3}.get(self.kind, 2 if self.kind in TWO_LAYERS else 1)

    @property
    def ends(self) -> tuple[int, int]:
        """The wiring layers that its two ends lie in; those of a printed one lie on top of all."""
        return (self.layer + (self.kind == "waveguide"), self.layer + (self.kind in ("plate", "waveguide")))

    @property
    def conducting(self) -> bool:
        return self.kind in CONDUCTING
