"""Finds every number of a recipe that may be wrong: where it stands, what is known about it, and on whose word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from procsim.errors import Place
from procsim.model.process import Numbers
from procsim.model.steps import Attach, Bond
from procsim.recipe.recipe import Recipe
from procsim.recipe.tree import Node, is_range, range_of

Path = tuple[str | int, ...]
Spot = tuple[int, Path]
"""Where a number stands: the step's index, or -1 for the sections, and the path from there."""
Provenance = Literal["published", "estimate", "choice", "unsourced"]
Piece = Literal["line", "times", "losses", "groups", "money", "rates", "all"]
"""The piece of a Plan that a number may move; "rates" are the part of its money that is by the hour of tools."""

OF_THE_SECTION = frozenset({"can", "min_um", "max_um", "levels", "cures_C", "melts_C", "stands_C", "peak_C", "min_pad_share", "max_pad_share",
                            "min_mm", "min_wall_mm", "min_via_um", "max_via_um", "min_fin_um", "min_line_um", "usual_layers", "max_layers",
                            "conductivity_W_mK", "expansion_ppm_K"})
"""What a material, part or process is to the package alone: neither time, money nor yield asks for it, only whether the package can be built."""
DECIDED = frozenset({"count", "speeds", "batch", "inline", "buffer_lots", "setup", "sites", "thickness_um", "width_mm", "length_mm", "wall_mm",
                     "layers", "year", "first_at_s", "first_at_min", "first_at_h"})
"""Fields of tools, parts and economics that somebody decides; nobody has to know them."""
INPUTS_OF_A_PRODUCT = frozenset({"price_usd", "known_good", "yield", "test_s"})
OF_A_PROCESS = frozenset(field.alias or name for name, field in Numbers.model_fields.items())
"""Fields of a step that a process may hold as well; the others shape the package or the route."""
SHAPING = frozenset({"fill_ratio", "fill_aspect", "dimple_um"})
"""Fields of a process on which the shape of the package depends."""
SURVIVAL = frozenset({"yield", "known_good"})
PIECES: dict[str, dict[Piece, tuple[str, ...]]] = {
    "processes": {"times": ("time", "load", "unload", "rate", "current", "deepest", "site", "index"),
                  "money": ("consumes", "tooling", "recovers"),
                  "losses": ("yield", "defects", "coverage", "fault", "false", "infant", "burn", "placement", "shift", "overlay", "stop")},
    "tools": {"times": ("load", "unload"), "groups": ("failures", "maintenance", "engineering"),
              "rates": ("price", "life", "residual", "installation", "upkeep", "footprint", "power", "operators", "practical")},
    "product": {"times": ("test",), "losses": ("known", "yield"), "money": ("price",)},
    "parts": {"losses": ("known",), "money": ("price", "uses", "loss")},
}
"""Which numbers, by the first word of their field, one piece of the Plan alone asks for. Of materials and economics money alone asks."""
_ESTIMATE = re.compile(r"\b(estimat|guess|assum)", re.IGNORECASE)
_NOBODY = re.compile(r"\s*(unknown|none|n/?a|tbd|to be (defined|determined)|[-?.–]+)?\s*", re.IGNORECASE)
"""A source that only holds the place of one."""


@dataclass(frozen=True, slots=True)
class Input:
    """A number that the recipe uses: its *address*, as ``--set`` takes it, the *place* where it was written, its *value* between *low* and *high*
    (the same where it has no range), the *source* that speaks for it (of one that an edit wrote without a source, the edit), and its *provenance*.

    *spots* are all places in the draft that one writing stands for (a module's number, once per instance). With *survival* the number is the chance
    that something survives, and one speaks of the loss, 1 - value. With *shapes* the package's geometry may depend on it. *piece* is all of a Plan
    that it may move."""

    address: str
    place: Place
    value: float
    low: float
    high: float
    ranged: bool
    source: str
    provenance: Provenance
    spots: tuple[Spot, ...]
    survival: bool
    shapes: bool
    piece: Piece


def inputs(recipe: Recipe) -> tuple[Input, ...]:
    """Every number of *recipe* that is an input or has a range: prices, times, rates, yields, consumption, economics.

    Sizes, counts, thicknesses and releases are decided, so they are here only where they have a range. So are numbers of tools,
    processes, materials and parts that no step uses. Of several packages on a line: those of the line, and those of each package.
    """
    return tuple(_of_mix(recipe) if recipe.packages else _own(recipe))


def _own(recipe: Recipe) -> Iterator[Input]:
    """The numbers of one recipe."""
    yield from _in_sections(recipe)
    yield from (found for found in _of_steps(recipe) if found is not None)


def _in_sections(recipe: Recipe) -> Iterator[Input]:
    found = (_input(recipe, (-1, path), ".".join(map(str, path)), node, source) for path, node, source in _of_sections(recipe))
    yield from (one for one in found if one is not None)


SHARED = frozenset({"line", "tools", "economics"})
"""Sections of a mix that hold for all its packages."""


def _of_mix(recipe: Recipe) -> Iterator[Input]:
    """The numbers of the line and of each package. One that several packages take from one place is one number, with the address
    ``one+other/address``."""
    yield from (one for one in _in_sections(recipe) if one.spots[0][1][0] in SHARED)
    together: dict[tuple[str, Place], list[tuple[str, Input]]] = {}
    first = 0
    for name, part in recipe.packages.items():
        for one in _own(part):
            if one.spots[0][0] >= 0 or one.spots[0][1][0] not in SHARED:
                spots = tuple((s + first, path) if s >= 0 else (s, ("packages", name, *path)) for s, path in one.spots)
                together.setdefault((one.address, one.place), []).append((name, replace(one, spots=spots)))
        first += len(part.steps)
    for (address, _), alike in together.items():
        names = "+".join(name for name, _ in alike)
        yield replace(alike[0][1], address=f"{names}/{address}", spots=tuple(spot for _, one in alike for spot in one.spots))


def within_package(recipe: Recipe, spot: Spot) -> tuple[str, Spot]:
    """The package of a mix in which *spot* lies ("": the line that all share), and the spot there."""
    step, path = spot
    if step < 0:
        return (str(path[1]), (-1, path[2:])) if path[0] == "packages" else ("", spot)
    for name, part in recipe.packages.items():
        if step < len(part.steps):
            return name, (step, path)
        step -= len(part.steps)
    raise AssertionError(spot)


def _of_sections(recipe: Recipe) -> Iterator[tuple[Path, Node, Node | None]]:
    """(path, number, source of what holds it) of every number of the sections that is used."""
    used = used_entries(recipe)
    for key in ("product", "line", "economics"):
        yield from _numbers(recipe.sections.get(key), (key,))
    for key, names in used.items():
        entries = recipe.sections.get(key)
        for name, entry in (entries.mapping if entries is not None else {}).items():
            if name in names:
                yield from _numbers(entry, (key, name))


def used_entries(recipe: Recipe) -> dict[str, set[str]]:
    """Names of the library's entries that some step uses."""
    steps = [placed.step for placed in recipe.steps]
    product = recipe.document.product
    parts = {s.what for s in steps if isinstance(s, Attach)} | {s.part for s in steps if isinstance(s, Bond)}
    return {"tools": {s.tool or "" for s in steps}, "processes": {s.process or "" for s in steps},
            "materials": {name for s in steps for name in (*s.materials(), *s.uses_up())},
            "parts": parts | ({product.panel.part} if product is not None else set())}


def _numbers(node: Node | None, path: Path, source: Node | None = None) -> Iterator[tuple[Path, Node, Node | None]]:
    """Numbers in *node*, ranges whole, with the nearest source above each."""
    if node is None:
        return
    if is_range(node) or (isinstance(node.value, int | float) and not isinstance(node.value, bool)):
        yield path, node, source
        return
    own = node.get("source") if node.text("source") else source
    for key, item in node.mapping.items():
        yield from _numbers(item, (*path, key), own)
    for i, item in enumerate(node.items):
        yield from _numbers(item, (*path, i), own)


def _of_steps(recipe: Recipe) -> Iterator[Input | None]:
    """Numbers that steps hold themselves; one that a module says for all its instances is one number."""
    together: dict[tuple[str, Path, Place], list[Input]] = {}
    instances: dict[str, int] = {}
    for s, (placed, step) in enumerate(zip(recipe.steps, recipe.draft.steps, strict=True)):
        instances[placed.base] = instances.get(placed.base, 0) + 1
        for path, node, source in _numbers(step.node, ()):
            found = _input(recipe, (s, path), ".".join(map(str, (placed.id, *path))), node, source)
            if found is not None:
                together.setdefault((placed.base, path, node.place), []).append(found)
    for (base, path, _), alike in together.items():
        if len(alike) == instances[base]:
            address = ".".join(map(str, (base, *path)))
            yield replace(alike[0], address=address, spots=tuple(spot for one in alike for spot in one.spots))
        else:
            yield from alike


def _input(recipe: Recipe, spot: Spot, address: str, node: Node, above: Node | None) -> Input | None:
    """The number *node*, with the source *above* it, or None where it is decided and has no range."""
    step, path = spot
    ranged = is_range(node)
    an_input = is_input(path) if step < 0 else path[0] in OF_A_PROCESS or path[-1] == "chance"
    if not an_input and not ranged:
        return None
    wanted = _is_want(path)
    if OF_THE_SECTION & set(path) and not wanted:
        return None
    known = range_of(node, address) if ranged else None
    value = float(node.value) if isinstance(node.value, int | float) else known.mid if known else 0.0
    low, high = (known.low, known.high) if known else (value, value)
    chosen = node.place in recipe.chosen
    if above is not None and chosen and above.place not in recipe.chosen:
        above = None  # it speaks for the number that the edit wrote over
    source = (known.source if known else "") or (str(above.value) if above is not None else "")
    spoken = _provenance(source, ranged, chosen)
    survival = wanted or any(key in SURVIVAL for key in path)
    shapes = not an_input or path[-1] in SHAPING
    return Input(address, node.place, value, low, high, low < high, source or (str(node.place) if chosen else ""), spoken, (spot,), survival, shapes,
                 "all" if shapes else _piece(path, step >= 0))


def _is_want(path: Path) -> bool:
    """Whether a number is the share of packages that survives where a process does not find the panel in a state that it wants."""
    return path[-3:-1] == ("can", "wants")


LINE = frozenset({"line", "tools", "economics"})
"""Sections on which no package's shape depends."""


OF_THE_LINE = frozenset({"lot", "release", "releases", "transport_s", "transport_min", "transport_h", "max_load", "operators", "shifts"})
OF_THE_TOOLS = frozenset({"batch", "inline", "buffer_lots", "setup"})
"""What of ``line`` and of a tool says how lots go through the line, and nothing of what is done to them."""

OF_MERIT = frozenset({"placement_um", "shift_um", "overlay_um", "stop_um", "tolerance_um", "modulus_GPa", "poisson", "resistivity_uohm_cm",
                      "permittivity"})
"""Fields that no shape depends on, but figures of merit, which follow from it."""


def moved(spot: Spot) -> tuple[frozenset[Piece], bool]:
    """The pieces of a Plan that a number at *spot* may move, and whether the package's shape may follow."""
    step, path = spot
    if _is_want(path):
        return frozenset[Piece](["losses"]), False
    if step < 0 and path[0] == "tools" and path[2:] == ("count",):
        return frozenset(["groups", "rates"]), False
    if step < 0 and _is_of_line(path):
        return frozenset(["line"]), False
    an_input = is_input(path) if step < 0 else path[0] in OF_A_PROCESS or path[-1] == "chance"
    if OF_THE_SECTION & set(path) or path[-1] in SHAPING | OF_MERIT:
        return frozenset(["all"]), True
    return (frozenset([_piece(path, step >= 0)]), False) if an_input else (frozenset(["all"]), step >= 0 or path[0] not in LINE)


def _is_of_line(path: Path) -> bool:
    """Whether a number of the sections says how lots come and go through the line, and of its tools how they take them."""
    if path[0] == "run":
        return True
    if path[0] == "tools":
        return len(path) > 2 and path[2] in OF_THE_TOOLS
    return path[0] == "line" and len(path) > 1 and path[1] in OF_THE_LINE and path[1:3] != ("lot", "units_per_panel")


def _piece(path: Path, of_a_step: bool) -> Piece:
    """The piece of the Plan that an input moves, by the name of its field."""
    section = "processes" if of_a_step else str(path[0])
    if section in ("materials", "economics"):
        return "losses" if path[-1] == "tolerance_um" else "money"
    if "wafer" in path or path[-1] == "chance":
        return "all"
    if _is_want(path):
        return "losses"
    if "cuts" in path:
        return "money" if "consumes" in path else "times"
    field = str(path[0] if of_a_step else path[-1] if section in ("product", "parts") else path[2])
    return next((piece for piece, words in PIECES.get(section, {}).items() if field.split("_")[0] in words), "all")


def is_input(path: Path) -> bool:
    """Whether a number of the sections may be wrong, as against one that is decided."""
    if path[0] in ("product", "line"):
        return path[0] == "product" and any(key in INPUTS_OF_A_PRODUCT for key in path)
    return not any(key in DECIDED for key in path[1:])


def _provenance(source: str, ranged: bool, chosen: bool) -> Provenance:
    """On whose word the number stands: one that an edit wrote without a range is the user's choice, and a range without a named source is an
    estimate."""
    if chosen and not ranged:
        return "choice"
    if _NOBODY.fullmatch(source):
        source = ""
    if source and not _ESTIMATE.search(source):
        return "published"
    return "estimate" if source or ranged else "unsourced"
