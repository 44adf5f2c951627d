"""Describes the steps, with one class per op that has the fields which the op needs; ``OPS`` lists all ops."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Text
from procsim.model.process import Numbers

StepId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$", max_length=200)]
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


class Again(Model):
    """The way back: through the steps *via*, which only rework visits, and then again from the step *to* on. After *limit* passes a lot
    that is to go back once more is scrapped, or goes on as it is."""

    to: StepId | None = None
    via: list[StepId] = []
    limit: Annotated[int, Field(ge=0, le=200)] = 1
    after_limit: Literal["scrap", "go_on"] = "scrap"


class Rework(Again):
    """Sends a lot back with *chance*, decided anew at the end of each pass."""

    chance: Share


class Step(Numbers):
    """A visit of a lot to a tool group. Without ``op`` it leaves the package's shape alone.

    Only a share *sample* of all lots, or every *sample_every*-th lot, visits a step that says so; *rework_only* steps are visited in
    rework alone. After a step with *split_lots* a lot goes on as so many lots of equal panels, each on its own, until a step with *merge_lots*,
    which waits for all of them.
    """

    id: StepId
    op: Literal[None] = None
    process: Name | None = None
    fig: Fig | None = None
    sees: list[StepId] | None = None
    same_tool_as: StepId | None = None
    rework: Rework | None = None
    rework_only: bool = False
    sample: Share | None = None
    sample_every: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    split_lots: Annotated[int, Field(ge=1, le=1000)] | None = None
    merge_lots: bool = False

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
    """A step that may put things on in *adhesive*, so thick."""

    adhesive: Name | None = None
    adhesive_um: Positive | None = None

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
    face: Literal["up", "down"] = "up"
    rim_adhesive: Name | None = None


class Deposit(Step):
    """Covers everything exposed: ``conformal`` follows the surface (PVD), ``levelling`` ends flat (coat, laminate); ``side: below`` puts a film
    on the lower side."""

    op: Literal["deposit"]  # type: ignore[assignment]
    material: Name
    thickness_um: Positive
    style: Literal["conformal", "levelling"] = "levelling"
    side: Literal["above", "below"] = "above"


class Fill(Step):
    """Fills round the dies up to *over_um* above the highest top; *mask* fills its holes flush; ``under: die`` fills voids below."""

    op: Literal["fill"]  # type: ignore[assignment]
    material: Name
    over_um: NonNegative = 0.0
    mask: Mask | None = None
    under: Literal["die"] | None = None


class Planarize(Step):
    """Takes everything off above a plane: ``downto`` a material or ``die``, ``to`` a height, ``die_um`` left, or ``less`` µm."""

    op: Literal["planarize"]  # type: ignore[assignment]
    downto: Name | None = None
    to_um: Positive | None = None
    die_um: Positive | None = None
    less_um: Positive | None = None
    tolerance_um: NonNegative = 1.0

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
    of: Text | None = None
    through: list[Name] = []
    mask: Mask
    negate: bool = False

    def materials(self) -> tuple[str, ...]:
        return (*super().materials(), *self.through)


class Etch(Step):
    """Removes the named *materials* from every exposed top until it meets something else."""

    op: Literal["etch"]  # type: ignore[assignment]
    materials_: list[Name] = Field(alias="materials", min_length=1)

    def materials(self) -> tuple[str, ...]:
        return (*self.materials_, *super().materials())


class Plate(Step):
    """Grows *material* on every exposed conductor inside *mask*; fills holes and ends level *thickness_um* above them."""

    op: Literal["plate"]  # type: ignore[assignment]
    material: Name
    mask: Mask
    thickness_um: Positive


class Cavity(Step):
    """Takes the panel away inside *mask* to *depth_um*, one for all or one for each kind of die, or right through it."""

    op: Literal["cavity"]  # type: ignore[assignment]
    mask: Mask = "cavity"
    depth_um: Positive | dict[Name, Positive] | None = None
    through: bool = False
    clearance_um: Positive = CLEARANCE_UM

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
    side: Literal["above", "below"] = "above"
    contacts: Mask | None = None
    tolerance_um: NonNegative = 1.0
    apart_fig: Fig | None = None


class Flip(Step):
    """Turns the panel over."""

    op: Literal["flip"]  # type: ignore[assignment]


class Strip(Step):
    """Takes every exposed bit of *material* away; with ``side: below`` the film on the lower side."""

    op: Literal["strip"]  # type: ignore[assignment]
    material: Name
    side: Literal["above", "below"] = "above"


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
