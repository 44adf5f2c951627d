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
Style = Literal["conformal", "levelling", "through", "blind", "over", "flush", "vias"]
"""How a coat lies, a cavity ends, a fill stands (``over`` the dies or ``flush`` with them), and that a process opens vias only."""
Thing = Literal["bare_dies", "bare_pads", "bare_wiring", "filling", "joints", "points", "circuit", "holes", "open_resist", "passives", "packages"]
"""What must be there for a step to work on or to look at; what is ``bare`` lies in sight on top. ``joints`` are bumps or bonding points,
``circuit`` is a die with wiring that leads out, ``holes`` are openings in an insulator down to metal."""
Temperature = Annotated[float, Field(ge=-273, le=3000, allow_inf_nan=False), Sized]


class Ability(Model):
    """What a process can do. One that says no *ops* may do anything; the recipe is warned of it once.

    *Tools* of these kinds do it. It *takes* materials of these roles and *places* dies or parts of these sorts. It *gives* what lies on the
    panel, or the panel, a state, *needs* the material that it opens, or the panel, in one, and *ends* one. It *wants* the panel in others, without
    which only so much of the packages survives it, and is not done in those that it *bars*. At *temperature_C* everything on the panel must
    stand, but for what it *frees*, which must be there. It works *on*, or looks at, one of some things; an inspection *finds* the faults of some
    ops. It *spoils* what bears some roles and has no cure yet, or never gets one. Dies wider than *max_bare_mm* that it sets on bumps want an
    underfill. A coat, plating, opening or removal of it has *min_um* to *max_um*, and usually up to *usual_um*. A hole leaves *annular_ring_um*
    of its pad on every side, lands on metal of *min_landing_um*, and is at most *max_aspect* times as deep as wide (10, an engineering rule); a
    street must hold the kerf and its tolerance on both sides. Of each µm that it opens it takes *resist_loss* µm of the resist beside. Lines are
    no finer than *min_line_um*, and wiring covers *min_coverage* to *max_coverage* of a layer. Grinding or etching leaves no part of the panel
    thinner than *thinnest_um* (100 µm, an engineering rule) unless something carries it.
    """

    ops: list[Done] = []
    tools: list[Name] = []
    takes: list[Role] = []
    places: list[Sort] = []
    gives: list[State] = []
    needs: list[State] = []
    ends: list[State] = []
    wants: dict[State, Share] = {}
    frees: list[Name] = []
    on: list[Thing] = []
    finds: list[Done] = []
    spoils: list[Role] = []
    bars: list[State] = []
    max_bare_mm: Positive | None = None
    styles: list[Style] = []
    temperature_C: Temperature | None = None  # noqa: N815  (unit as written by engineers)
    min_um: Positive | None = None
    max_um: Positive | None = None
    usual_um: Positive | None = None
    thinnest_um: Positive = 100.0
    min_hole_um: Positive | None = None
    annular_ring_um: NonNegative = 0.0
    max_aspect: Positive = 10.0
    min_landing_um: Positive | None = None
    resist_loss: Positive | None = None
    kerf_um: Positive | None = None
    kerf_tolerance_um: NonNegative = 0.0
    min_line_um: Positive | None = None
    min_coverage: Share | None = None
    max_coverage: Share | None = None
