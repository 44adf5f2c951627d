"""Describes the steps, with one class per op that has the fields which the op needs; ``OPS`` lists all ops."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from procsim.model.base import Name, NonNegative, Positive, Share, Text
from procsim.model.process import Numbers
from procsim.model.rework import Rework, StepId

Mask = Literal["die", "pad", "via", "wiring", "bonding_pad", "ball", "street", "cavity", "passive"]


CLEARANCE_UM = 50.0
"""The gap between a die and its cavity's wall, or its neighbour, where no cavity says another (an engineering estimate)."""
OF_MATERIAL = ("material", "adhesive", "rim_adhesive", "etchant")
"""Fields of a step that name a material."""


def _first(value: object) -> object:
    """The first of a list of figures, for a step that is not repeated."""
    return value[0] if isinstance(value, list) and value else value


Fig = Annotated[Text, BeforeValidator(_first), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})]
"""Figure numbers of the source documents that a step is drawn in; as a list, one entry per repeat of a module."""


class Step(Numbers):
    """A visit of a lot to a tool group."""

    id: StepId
    """Its name, by which edits and reports know it; in a module with `as: layer` it becomes `layer/…`."""
    op: Literal[None] = None
    process: Name | None = None
    """How it is done: a process of the library, whose numbers a step may override key by key."""
    fig: Fig | None = None
    """Figures of the source document that it is drawn in; a list has one entry for each repeat of a module."""
    sees: list[StepId] | None = None
    """Steps whose faults an inspection finds; left out: all earlier ones."""
    same_tool_as: StepId | None = None
    """The step whose tool, the very machine, the lot must come back to, as for exposures that must match."""
    rework: Rework | None = None
    """Sends lots back with a chance, through named steps."""
    rework_only: bool = False
    """Whether only lots in rework visit the step."""
    sample: Share | None = None
    """Share of all lots that visit the step, drawn lot by lot."""
    sample_every: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Every so-manieth lot visits the step."""
    split_lots: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Into how many equal lots a lot is parted after the step, until a step with `merge_lots`."""
    merge_lots: bool = False
    """Whether the step waits for all parts of a lot and works on it whole."""

    @model_validator(mode="after")
    def _one_sampling(self) -> Step:
        if self.sample is not None and self.sample_every is not None:
            raise ValueError("sample and sample_every both say which lots come; keep one")
        return self

    def materials(self) -> tuple[str, ...]:
        """Names of materials that the op itself refers to."""
        fields = type(self).model_fields
        return tuple(name for field in OF_MATERIAL if field in fields and (name := getattr(self, field)) is not None)


class Glued(Step):
    """A step that may put things on in an adhesive."""

    adhesive: Name | None = None
    """What the part is put on in; left out: on nothing, as on bumps."""
    adhesive_um: Positive | None = None
    """Thickness of the bond line."""

    @model_validator(mode="after")
    def _bond_line(self) -> Glued:
        if (self.adhesive is None) != (self.adhesive_um is None):
            raise ValueError("adhesive and adhesive_um go together")
        return self


class Attach(Glued):
    """Puts dies or a ready-made part on top: *what* is ``dies``, one die's name, or a part's name.

    A lid may rest on the rim in another adhesive (*rim_adhesive*) than on the dies.
    """

    op: Literal["attach"]  # type: ignore[assignment]
    what: Name
    """`dies`, the name of a kind of die (`memory`) or, where several are alike, of one of them (`memory2`), or a part's name."""
    face: Literal["up", "down"] = "up"
    """Whether a die's active surface looks up or down."""
    rim_adhesive: Name | None = None
    """What a lid's rim is put on in, where it is another adhesive than on the dies."""


class Deposit(Step):
    """Covers everything exposed: ``conformal`` follows the surface (PVD), ``levelling`` ends flat (coat, laminate); ``side: below`` puts a film
    on the lower side."""

    op: Literal["deposit"]  # type: ignore[assignment]
    material: Name
    """What is laid."""
    thickness_um: Positive
    """How thick, on a flat surface."""
    style: Literal["conformal", "levelling"] = "levelling"
    """`conformal` follows the surface, as PVD does; `levelling` ends flat, as a coat or a laminate does."""
    side: Literal["above", "below"] = "above"
    """Above, or a film on the panel's lower side."""


class Fill(Step):
    """Fills round the dies up to *over_um* above the highest top; *mask* fills its holes flush; ``under: die`` fills voids below."""

    op: Literal["fill"]  # type: ignore[assignment]
    material: Name
    """What it fills with."""
    over_um: NonNegative = 0.0
    """How far it stands above the highest top."""
    mask: Mask | None = None
    """Fills only the holes of this mask, flush."""
    under: Literal["die"] | None = None
    """`die` fills the gap below dies: an underfill."""


class Planarize(Step):
    """Takes everything off above a plane: ``downto`` a material or ``die``, ``to`` a height, ``die_um`` left, or ``less`` µm."""

    op: Literal["planarize"]  # type: ignore[assignment]
    downto: Name | None = None
    """Stops where this material, or `die`, lies bare everywhere; the tops must be level within the tolerance."""
    to_um: Positive | None = None
    """Stops at this height above the panel's lowest point."""
    die_um: Positive | None = None
    """Stops when this much of the dies is left."""
    less_um: Positive | None = None
    """Takes this much off the top."""
    tolerance_um: NonNegative = 1.0
    """By how much tops may differ and still count as level."""

    @model_validator(mode="after")
    def _one_stop(self) -> Planarize:
        given = [name for name in ("downto", "to_um", "die_um", "less_um") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("planarize stops at one thing: downto, to_um, die_um or less_um")
        return self


class Pattern(Step):
    """Opens *mask* in the top layer of *material* (photo, laser or plasma says the process), or of what the step *of* put there, and in the
    layers *through* which it goes on below."""

    op: Literal["pattern"]  # type: ignore[assignment]
    material: Name
    """The material that is opened; it must lie on top."""
    of: Text | None = None
    """The step whose layer is opened; left out: whatever of the material lies on top."""
    through: list[Name] = []
    """Materials below that the opening goes on through."""
    mask: Mask
    """Which openings are made."""
    negate: bool = False
    """Opens everything but the mask, as for subtractive wiring."""

    def materials(self) -> tuple[str, ...]:
        return (*super().materials(), *self.through)


class Etch(Step):
    """Removes the named *materials* from every exposed top until it meets something else."""

    op: Literal["etch"]  # type: ignore[assignment]
    materials_: list[Name] = Field(alias="materials", min_length=1)
    """The materials that are taken off, until something else is met."""

    def materials(self) -> tuple[str, ...]:
        return (*self.materials_, *super().materials())


class Plate(Step):
    """Grows *material* on every exposed conductor inside *mask*; fills holes and ends level *thickness_um* above them."""

    op: Literal["plate"]  # type: ignore[assignment]
    material: Name
    """The metal that grows."""
    mask: Mask
    """Where it grows: the openings of a resist or an insulator."""
    thickness_um: Positive
    """How far above the holes it ends, level."""


class Cavity(Step):
    """Takes the panel away inside *mask* to *depth_um*, one for all or one for each kind of die, or right through it."""

    op: Literal["cavity"]  # type: ignore[assignment]
    mask: Mask = "cavity"
    """Where the panel is opened."""
    depth_um: Positive | dict[Name, Positive] | None = None
    """How deep: one number, or one for each kind of die."""
    through: bool = False
    """Right through the panel."""
    clearance_um: Positive = CLEARANCE_UM
    """Gap between a die and the wall (an engineering estimate where left out)."""

    @model_validator(mode="after")
    def _depth(self) -> Cavity:
        if (self.depth_um is None) != self.through:
            raise ValueError("a cavity has depth_um, or through: true")
        return self


class Bond(Glued):
    """Bonds a ready-made *part* of panel size over the top, or below with ``side: below``; *contacts* must be level. *apart_fig* is a figure that
    shows the two while they are apart."""

    op: Literal["bond"]  # type: ignore[assignment]
    part: Name
    """The part, by its name in `parts`."""
    side: Literal["above", "below"] = "above"
    """Over the top, or below."""
    contacts: Mask | None = None
    """The mask whose tops must touch the part, and so must be level."""
    tolerance_um: NonNegative = 1.0
    """By how much these tops may differ."""
    apart_fig: Fig | None = None
    """A figure that shows the two while they are apart."""


class Flip(Step):
    """Turns the panel over."""

    op: Literal["flip"]  # type: ignore[assignment]


class Strip(Step):
    """Takes every exposed bit of *material* away; with ``side: below`` the film on the lower side."""

    op: Literal["strip"]  # type: ignore[assignment]
    material: Name
    """The material that is taken away."""
    side: Literal["above", "below"] = "above"
    """Above, or the film on the lower side."""


class Singulate(Step):
    """Cuts the panel apart along the streets; known-bad units are removed here."""

    op: Literal["singulate"]  # type: ignore[assignment]


class Inspect(Step):
    """Looks for bad units: finds each with chance *coverage*, rejects good ones with chance *false_reject*."""

    op: Literal["inspect"]  # type: ignore[assignment]


class Test(Step):
    """An inspection by electrical test."""

    __test__ = False  # not a test case, whatever pytest thinks of the name
    op: Literal["test"]  # type: ignore[assignment]


class Clean(Step):
    """Leaves the shape alone."""

    op: Literal["clean"]  # type: ignore[assignment]


class Bake(Step):
    """Leaves the shape alone: cure, reflow, dry."""

    op: Literal["bake"]  # type: ignore[assignment]


OPS: dict[str | None, type[Step]] = {
    None: Step,
    "attach": Attach,
    "deposit": Deposit,
    "fill": Fill,
    "planarize": Planarize,
    "pattern": Pattern,
    "etch": Etch,
    "plate": Plate,
    "cavity": Cavity,
    "bond": Bond,
    "flip": Flip,
    "strip": Strip,
    "singulate": Singulate,
    "inspect": Inspect,
    "test": Test,
    "clean": Clean,
    "bake": Bake,
}
SHAPELESS = frozenset({None, "inspect", "test", "clean", "bake"})
"""Ops that leave the package's shape alone, and so may stand in a recipe without a product."""
