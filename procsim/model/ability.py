"""Holds the words in which a library says what goes with what: roles of materials and parts, states, and what a process can do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from procsim.model.base import Model, Name, NonNegative, Positive, Share, Sized

Role = Literal[
    # holds, fills and insulates
    "adhesive", "thermal_interface", "moulding_compound", "filler", "underfill",
    "liquid_dielectric", "film_dielectric", "vapour_dielectric", "solder_mask", "photosensitive",
    # conducts
    "seed", "plating_metal", "sputter_metal", "electroless_metal", "finish", "via_paste", "passive_paste", "pad_metal", "bump_metal",
    "solder", "stud_metal", "pin_metal", "solderable", "wire_bondable",
    # comes ready
    "sheet", "body", "machinable", "punchable", "laminate", "semiconductor", "transparent", "tacky",
    # goes again
    "resist", "masking_film", "release", "etchant", "gas", "rinse", "flux", "chemistry", "abrasive", "consumable",
]
"""What a material is used as; one may be used as several."""
Sort = Literal["die", "face_down", "flip_chip", "ring", "lid", "slug", "passive", "ball", "bump", "stud", "pin"]
"""What an attach places: a die (``face_down``: on its active surface; ``flip_chip``: so on bumps of its own), a part of its kind, or, for
bonding points, which sort."""
State = Literal["cure", "expose", "reflow", "taped", "active", "fluxed", "cleaned", "plasma_treated", "descummed", "dry", "marked", "packed"]
"""States that a material is brought to after it was laid; and, from ``taped`` on, those of the whole panel."""
Done = Literal["none", "attach", "deposit", "fill", "planarize", "pattern", "etch", "plate", "cavity", "bond", "flip", "strip", "singulate",
               "inspect", "test", "clean", "bake"]
"""Ops as a process names them; ``none`` is a step without op, such as an exposure."""
Style = Literal["conformal", "levelling", "through", "blind", "over", "flush", "vias", "streets"]
"""How a coat lies, a cavity ends, a fill stands (``over`` the dies or ``flush`` with them), and that a process opens vias, or streets, only."""
Form = Literal["film", "paste", "liquid"]
"""In which form a material comes to its step: a film is laid, a paste dispensed or printed, a liquid coated."""
Thing = Literal["bare_dies", "bare_pads", "bare_wiring", "filling", "joints", "points", "circuit", "contacts", "holes", "open_resist", "passives",
                "packages"]
"""What must be there for a step to work on or to look at; what is ``bare`` lies in sight on top. ``joints`` are bumps or bonding points,
``circuit`` is a die with wiring that leads out, ``contacts`` are its points or pads where needles reach them and no film shorts them, ``holes``
are openings in an insulator down to metal."""
Temperature = Annotated[float, Field(ge=-273, le=3000, allow_inf_nan=False), Sized]


class Ability(Model):
    """What a process can do. One that says no *ops* may do anything; the recipe is warned of it once."""

    ops: list[Done] = []
    """The ops that the process can do; a step of another op by this process is refused. Left out: any, with one warning."""
    tools: list[Name] = []
    """The kinds of machine that do it, in the words of a tool group's `kinds`; on another kind the step is refused."""
    takes: list[Role] = []
    """Roles one of which the step's material must have."""
    forms: list[Form] = []
    """In which forms the material may come: a film is laid, a paste printed or dispensed, a liquid coated."""
    makes: list[Name] = []
    """The materials that come out of it, and no others that the library knows: an electroless bath makes its own metal."""
    places: list[Sort] = []
    """What sorts of die or part it puts down."""
    gives: list[State] = []
    """States that it brings the newest layer, or the panel, to: a cure, an exposure, plasma treatment."""
    needs: list[State] = []
    """States that the material which it opens, or the panel, must be in before it."""
    ends: list[State] = []
    """States that are over after it: a wash ends `fluxed`, a water bath ends `dry`."""
    wants: dict[State, Share] = {}
    """States that the panel should be in before it, each with the share of packages that survives where it is not; it is warned of and costs
    yield."""
    likes: list[State] = []
    """States that help, and that many lines do without: their absence is no mistake, their presence not unwanted."""
    frees: list[Name] = []
    """Materials or parts that come off in it, which must be there; they need not stand its temperature."""
    on: list[Thing] = []
    """Things one of which must be there to work on or to look at; without any the step is refused."""
    finds: list[Done] = []
    """Ops whose faults an inspection can see; where no step before it is of one of these ops, it is warned of as blind."""
    spoils: list[Role] = []
    """Roles of materials that it ruins where they have no cure yet, or are never given one."""
    bars: list[State] = []
    """States of the panel in which it is not done, such as `taped`."""
    max_bare_mm: Positive | None = None
    """Dies on bumps that are wider than this want an underfill; without one the recipe is warned."""
    beside_um: Positive | None = None
    """Room that it takes beside a die for its fillet or nozzle; what stands closer is refused."""
    min_rest_um: Positive | None = None
    """By how much at least a lid must rest on the wall of its ring."""
    usual_overhang_mm: Positive | None = None
    """By how much a lid usually reaches past the dies where there is no ring; other numbers are warned of."""
    styles: list[Style] = []
    """The styles of coat, cavity, fill or opening that it does; others are refused."""
    temperature_C: Temperature | None = None  # noqa: N815  (unit as written by engineers)
    """How hot everything on the panel gets in it; a material that cannot stand it is refused by name."""
    min_um: Positive | None = None
    """The thinnest coat, plating or removal, or the shallowest opening, that it can make."""
    max_um: Positive | None = None
    """The thickest coat, plating or removal, or the deepest opening, that it can make."""
    usual_um: Positive | None = None
    """Up to this it is usual; what is more is warned of, not refused."""
    thinnest_um: Positive = 100.0
    """Grinding or etching may leave no part of the panel thinner than this unless something carries it."""
    min_hole_um: Positive | None = None
    """The narrowest hole that it opens."""
    annular_ring_um: NonNegative = 0.0
    """What a hole must leave of its pad on every side, so that a misplaced hole still lands."""
    max_aspect: Positive = 10.0
    """The largest depth over width of a hole, or of a cut where the process says it."""
    min_landing_um: Positive | None = None
    """The thinnest metal that its holes may land on without drilling through."""
    resist_loss: Positive | None = None
    """µm of the resist beside that it takes for each µm that it opens: a resist that is too thin is used up, and refused."""
    kerf_um: Positive | None = None
    """Width of its cut; the street must hold it."""
    kerf_tolerance_um: NonNegative = 0.0
    """By how much its cut wanders to either side; the street must hold it on both."""
    min_line_um: Positive | None = None
    """The finest line or space that it makes."""
    min_coverage: Share | None = None
    """The least share of a layer that wiring must cover for it to work evenly."""
    max_coverage: Share | None = None
    """The largest share of a layer that wiring may cover."""
