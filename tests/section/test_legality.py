"""Tests legality: a tiny package that works, and for every rule the smallest edit that breaks just it, with the words of the refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import Built, build
from procsim.section.room import fits

Steps = list[str]

FACE_UP = [
    "id: glue, op: attach, what: dies, adhesive: die_tape, adhesive_um: 20",
    "id: mould, op: fill, material: epoxy_mould, over_um: 20",
    "id: polish, op: planarize, downto: dies",
    "id: coat, op: deposit, material: polyimide, thickness_um: 8",
    "id: open, op: pattern, material: polyimide, mask: via",
    "id: seed, op: deposit, material: ti_cu_seed, thickness_um: 0.5, style: conformal",
    "id: resist, op: deposit, material: photoresist, thickness_um: 15",
    "id: draw, op: pattern, material: photoresist, mask: wiring",
    "id: plate, op: plate, material: copper, mask: wiring, thickness_um: 5",
    "id: strip, op: strip, material: photoresist",
    "id: clear, op: etch, materials: [ti_cu_seed]",
    "id: mask, op: deposit, material: solder_mask, thickness_um: 20",
    "id: pads, op: pattern, material: solder_mask, mask: bonding_pad",
    "id: balls, op: attach, what: solder_ball",
    "id: cut, op: singulate",
]
"""The shortest package there is: one wiring layer on a die that lies face up on copper."""

FACE_DOWN = [
    "id: insulate, op: deposit, material: silicon_nitride, thickness_um: 2",
    "id: place, op: attach, what: dies, face: down",
    "id: mould, op: fill, material: epoxy_mould, over_um: 20",
    "id: thin, op: planarize, die_um: 50",
    "id: bond, op: bond, part: copper_panel, adhesive: bond_film, adhesive_um: 20, contacts: die",
    "id: turn, op: flip",
    "id: dissolve, op: etch, materials: [aluminium_alloy], etchant: sodium_hydroxide",
    "id: drill, op: pattern, material: silicon_nitride, mask: via",
    *FACE_UP[5:],
]
"""A die face down on an insulating layer, thinned, turned onto a second panel."""

FLIP_CHIP = [
    "id: place, op: attach, what: dies, face: down",
    "id: flow, op: fill, material: underfill, under: die",
    "id: ring, op: attach, what: stiffener_ring, adhesive: lid_adhesive, adhesive_um: 50",
    "id: lid, op: attach, what: heat_sink_lid, adhesive: tim_gel, adhesive_um: 60",
    "id: turn, op: flip",
    "id: slug, op: attach, what: heat_slug, adhesive: lid_adhesive, adhesive_um: 40",
    "id: balls, op: attach, what: solder_ball",
    "id: cut, op: singulate",
]


def written(folder: Path, steps: Steps, panel: str = "copper_panel", die: str = "", product: str = "", parts: str = "") -> Recipe:
    """The recipe of *steps*, each done on one bench in a second."""
    lines = "\n".join(f"  - {{{step}, tool: bench, time_s: 1}}" for step in steps)
    text = f"""product:
  package: {{width_mm: 20, length_mm: 20}}
  panel: {{part: {panel}, width_mm: 100, length_mm: 100, edge_mm: 2, street_mm: 0.5}}
  dies: {{chip: {{width_mm: 14, length_mm: 14, thickness_um: 300, thinnest_um: 40, pads: 100{die}}}}}
  bonding: {{count: 80, pad_um: 500, point_um: 500, pitch_mm: 1}}{product}
{parts}line: {{lot: {{panels: 1}}, release: {{every_h: 100}}, tools: {{bench: {{count: 1}}}}}}
run: {{horizon_h: 1000, warmup_h: 100}}
steps:
{lines}
"""
    path = folder / "tiny.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


SMALL = "stiffener_ring: {thickness_um: 330, width_mm: 19.5, length_mm: 19.5, wall_mm: 2}, heat_sink_lid: {width_mm: 19.5, length_mm: 19.5}, "
"""The ring and the lid for a package of 20 mm."""
FACE = {"up": (FACE_UP, {}), "down": (FACE_DOWN, {"panel": "aluminium_carrier"}),
        "flip_chip": (FLIP_CHIP, {"panel": "bga_substrate", "die": ", bump_um: 80", "product": "",
                                  "parts": "parts: {" + SMALL + "heat_slug: {width_mm: 6, length_mm: 6}}\n"})}


def made(folder: Path, kind: str, edit: Callable[[Steps], Steps] = list, **changed: str) -> tuple[Built, ...]:
    steps, setting = FACE[kind]
    return build(written(folder, edit(list(steps)), **{**setting, **changed}))


def without(*ids: str) -> Callable[[Steps], Steps]:
    return lambda steps: [s for s in steps if s.split(",")[0].removeprefix("id: ") not in ids]


def put(old: str, new: str) -> Callable[[Steps], Steps]:
    def edit(steps: Steps) -> Steps:
        assert any(old in s for s in steps), old
        return [s.replace(old, new) for s in steps]

    return edit


def swapped(one: str, other: str) -> Callable[[Steps], Steps]:
    def edit(steps: Steps) -> Steps:
        ids = [s.split(",")[0].removeprefix("id: ") for s in steps]
        i, j = ids.index(one), ids.index(other)
        steps[i], steps[j] = steps[j], steps[i]
        return steps

    return edit


def then(*steps: str, before: str) -> Callable[[Steps], Steps]:
    def edit(old: Steps) -> Steps:
        at = next(i for i, s in enumerate(old) if s.startswith(f"id: {before},"))
        return [*old[:at], *steps, *old[at:]]

    return edit


@pytest.mark.parametrize("kind", FACE)
def test_the_tiny_packages_work(kind: str, tmp_path: Path) -> None:
    """What the rules below are broken on is legal itself."""
    assert made(tmp_path, kind)[-1].after.singulated


RULES: list[tuple[str, Callable[[Steps], Steps], dict[str, str], str]] = [
    # grinding and thinning
    ("up", put("downto: dies", "less_um: 30"), {}, r"polish: would grind 10 µm into the active surface of chip; stop downto: die"),
    ("up", put("downto: dies", "less_um: 20.5"), {}, r"polish: would grind 0.5 µm into the active surface of chip"),
    ("up", put("downto: dies", "less_um: 100, tolerance_um: 400"), {}, r"polish: would grind 80 µm into the active surface of chip"),
    ("down", lambda s: s, {"die": ", pad_height_um: 60, pad_material: copper"}, r"thin: would leave chip 50 µm thick, of which its pads take 60, and the rest"),
    ("up", lambda s: s, {"die": ", pad_height_um: 300"}, r"pads 300 µm high need a thicker die"),
    ("up", lambda s: s, {"die": "}, thin: {width_mm: 2, length_mm: 2, thickness_um: 20, pads: 4"}, r"thickness_um must be >= thinnest_um"),
    ("down", put("die_um: 50", "die_um: 20"), {}, r"thin: would leave chip 20 µm thick; it may not go below 40 µm"),
    ("up", without("mould"), {}, r"polish: there is nothing above 1320 µm to take off; fill"),
    ("down", swapped("mould", "thin"), {}, r"thin: the dies stand free: .* fill round the dies before this step"),
    ("down", lambda s: put(", contacts: die", "")(swapped("thin", "bond")(s)), {}, r"thin: would take copper_panel away again"),
    ("down", swapped("thin", "bond"), {}, r"bond: the backs of the dies are to touch copper_panel, and epoxy_mould covers them; planarize down"),
    ("up", without("glue"), {}, r"polish: there is no die to stop on; attach"),
    ("up", then("id: scrape, op: planarize, less_um: 5", before="cut"), {}, r"scrape: would take 5 µm off the bonding points"),
    # etching
    ("down", without("insulate"), {"die": ", pad_material: copper"}, r"dissolve: sodium_hydroxide reaches and attacks silicon; take an etchant"),
    ("down", without("turn"), {}, r"dissolve: no aluminium_alloy is exposed; the surface is copper; flip the panel"),
    ("down", without("bond"), {}, r"dissolve: leaves 52 µm with nothing that carries them; bond a second panel"),
    ("down", lambda s: put("materials: [aluminium_alloy]", "materials: [aluminium_alloy], can: {thinnest_um: 52}")(without("bond")(s)), {}, ""),
    ("up", then("id: eat, op: etch, materials: [copper]", before="glue"), {}, r"eat: etches right through copper with nothing to stop on; put an insul"),
    ("up", put("materials: [ti_cu_seed]", "materials: [ti_cu_seed], etchant: ferric_chloride"), {},
     r"clear: ferric_chloride does not etch ti_cu_seed"),
    ("down", put("part: copper_panel", "part: aluminium_panel"), {}, r"dissolve: sodium_hydroxide dissolves the panel that stays"),
    ("down", put("materials: [aluminium_alloy]", "materials: [copper]"), {"panel": "copper_panel"}, r"dissolve: sodium_hydroxide does not etch copper"),
    ("up", put("materials: [ti_cu_seed]", "materials: [ti_cu_seed, aluminium]"), {}, ""),
    ("up", then("id: peel, op: etch, materials: [aluminium]", before="coat"), {}, r"peel: would eat the aluminium of chip|no aluminium is exposed"),
    ("up", then("id: peel, op: etch, materials: [silicon]", before="coat"), {}, r"peel: would eat the silicon of chip as well"),
    ("down", put("part: copper_panel", "part: aluminium_carrier"), {}, r"dissolve: sodium_hydroxide dissolves the panel that stays"),
    ("up", then("id: eat, op: etch, materials: [copper]", before="mask"), {}, r"eat: would eat the copper that plate put there; name only the seed"),
    ("up", then("id: off, op: strip, material: copper", before="mask"), {}, r"off: copper is a metal, not a resist or film that strips; etch it"),
    # patterning and plating
    ("up", lambda s: then("id: finish, op: plate, material: nickel_gold, mask: bonding_pad, thickness_um: 3", before="balls")(without("mask", "pads")(s)), {},
     r"finish: copper is exposed outside the bonding_pad and would be plated too; cover it first"),
    ("up", lambda s: s, {"product": "\n  vias: {diameter_um: 0.5}"}, r"open: a hole 0.5 µm wide does not go through 8 µm of polyimide"),
    ("up", put("material: polyimide, mask: via", "material: polyimide, mask: via, can: {max_aspect: 16}"),
     {"product": "\n  vias: {diameter_um: 0.5}"}, ""),
    ("up", put("material: polyimide, mask: via", "material: polyimide, mask: via, can: {max_aspect: 0.2}"), {},
     r"open: a hole 30 µm wide does not go through 8 µm of polyimide; make product.vias.diameter_um at least 40"),
    ("up", put("material: polyimide, mask: via", "material: solder_mask, mask: via"), {}, r"open: opens solder_mask, but the surface there is polyimide"),
    ("up", without("polish"), {}, r"open: the holes land on epoxy_mould, not on a conductor; lay the die pads open"),
    ("up", without("open"), {}, r"plate: wiring layer 1 has no open via to the die pads; pattern via"),
    ("up", without("seed", "clear"), {}, r"plate: nothing to plate on: the wiring openings show polyimide, no seed and no pad"),
    ("up", without("resist", "draw", "strip"), {}, r"plate: ti_cu_seed is exposed outside the wiring and would be plated too"),
    ("up", put("mask: wiring, thickness_um: 5", "mask: wiring, thickness_um: 18"), {}, r"plate: 18 µm of copper would grow 3 µm over the resist"),
    ("up", swapped("plate", "draw"), {}, r"plate: nothing to plate on"),
    # coats
    ("up", put("material: polyimide, thickness_um: 8", "material: polyimide, thickness_um: 40"), {}, r"coat: polyimide goes on at most 15 µm per coat"),
    ("up", without("mould", "polish"), {}, r"coat: a coat of polyimide levels at most 15 µm; some of the surface lies 320 µm lower"),
    ("up", swapped("polish", "mould"), {}, r"polish: there is nothing above 1320 µm to take off"),
    # bonding points
    ("up", without("pads"), {}, r"balls: no bonding pad is exposed: the surface there is solder_mask; pattern bonding_pad"),
    ("up", lambda s: [*s[:-1], s[-2].replace("balls", "again"), s[-1]], {}, r"again: the package has its bonding points already"),
    ("up", swapped("cut", "balls"), {}, r"balls: attach needs a panel, but the packages are already cut apart"),
    ("up", then("id: late, op: plate, material: nickel_gold, mask: bonding_pad, thickness_um: 3", before="cut"), {}, r"late: the bonding points are on already"),
    ("up", then("id: bury, op: fill, material: epoxy_mould, over_um: 10", before="cut"), {}, r"bury: the package does not work: epoxy_mould covers the bonding"),
    # cavities
    ("up", then("id: mill, op: cavity, depth_um: 1000", before="glue"), {}, r"mill: a cavity 1000 µm deep goes through the panel, which is 1000 µm thick"),
    ("up", then("id: punch, op: cavity, through: true", before="glue"), {}, r"glue: there is nothing below chip to attach it to; bond a base below first"),
    ("up", then("id: punch, op: cavity, through: true", "id: again, op: cavity, through: true", before="glue"), {}, r"again: there is nothing left inside cavity"),
    ("flip_chip", put("face: down", "face: up"), {}, r"place: chip has bumps and lies face up"),
    ("up", without("coat", "open", "seed", "resist", "draw", "plate", "strip", "clear", "mask", "pads", "glue", "mould", "polish"), {},
     r"balls: no bonding pad is there: the surface is the bare panel"),
    ("up", lambda s: s, {"panel": "solder_ball"}, r"solder_ball is a point, no panel to start with"),
    ("up", lambda s: s, {"die": ", count: 3"}, r"the dies .* do not fit the package \(20 × 20 mm\) side by side"),
    ("up", lambda s: s, {"product": "\n  nets: {b: [chip.left, chip.left]}"}, r"net b joins chip.left and chip.left, which do not face each other"),
    ("down", without("mould", "thin"), {}, r"bond: copper_panel would bridge 320 µm of air: the surface below it is not level; fill round"),
    ("up", then("id: mill, op: cavity, depth_um: 300, clearance_um: 4000", before="glue"), {}, r"mill: cavities 4000 µm wider .* do not fit the package"),
    ("up", lambda s: without("mould", "polish")(then("id: mill, op: cavity, depth_um: 320, clearance_um: 500", before="glue")(s)), {},
     r"coat: a coat of polyimide levels at most 15 µm; the gap round the dies lies 320 µm lower; fill the gaps"),
    ("up", lambda s: s, {"product": "\n  passives: {p: {kind: sensor, between: [chip.left, x], width_um: 900, length_um: 900}}"},
     r"sensor p lies below solder_mask; open a window over it"),
    # flip chip and heat sinks
    ("up", then("id: ring, op: attach, what: stiffener_ring, adhesive: lid_adhesive, adhesive_um: 50", before="cut"), {},
     r"ring: stiffener_ring stands \d+ µm above the bonding points; attach it to the other side: flip first"),
    ("flip_chip", lambda s: [s[0], s[2], s[3], s[1], *s[4:]], {}, r"flow: heat_sink_lid closes the way to the gap below the die; underfill before"),
    ("flip_chip", lambda s: s, {"die": ""}, r"place: chip has no bumps: its pads hang \d+ µm above the contacts"),
    ("flip_chip", lambda s: s, {"die": ", bump_um: 80, bump_material: epoxy_mould"}, r"place: bumps of epoxy_mould do not conduct"),
    ("flip_chip", without("place"), {}, r"flow: there is no gap under a die to fill"),
    ("flip_chip", lambda s: s, {"die": ", bump_um: 15"}, r"place: bumps of 15 µm are too low"),
    ("flip_chip", swapped("ring", "lid"), {}, r"ring: stiffener_ring would lie on heat_sink_lid, not on the substrate; attach it before"),
    ("flip_chip", without("turn"), {}, r"slug: heat_slug would lie on heat_sink_lid, not on the substrate; flip first"),
    ("flip_chip", without("turn", "slug"), {}, r"balls: no bonding pad is exposed"),
    ("flip_chip", put("adhesive_um: 40", "adhesive_um: 400"), {}, r"balls: points 500 µm high do not stand out: heat_slug, a heat sink beside them, is \d+ µm high"),
    ("flip_chip", lambda s: swapped("slug", "balls")(put("adhesive_um: 40", "adhesive_um: 400")(s)), {},
     r"slug: points do not stand out: heat_slug is \d+ µm taller than they are"),
    ("flip_chip", lambda s: s, {"parts": "parts: {" + SMALL + "heat_slug: {width_mm: 18, length_mm: 18}}\n"},
     r"balls: heat_slug takes 324 of the 400 places of a ball field at 1 mm pitch: 76 are left for 80 bonding points; take a smaller"),
    ("flip_chip", lambda s: s, {"parts": "parts: {" + SMALL.replace("330", "700") + "heat_slug: {width_mm: 6, length_mm: 6}}\n"},
     r"lid: heat_sink_lid does not touch chip: it rests on stiffener_ring, \d+ µm above; make parts.stiffener_ring.thickness_um \d+"),
    ("flip_chip", lambda s: s, {"parts": "parts: {" + SMALL.replace("330", "100") + "heat_slug: {width_mm: 6, length_mm: 6}}\n"},
     r"lid: heat_sink_lid hangs \d+ µm above the stiffener"),
    # the package must work
    ("up", without("balls"), {}, r"the finished package has no bonding points; attach balls, bumps or pins"),
    ("up", without("cut"), {}, r"the packages are never cut apart; end with singulate"),
    ("up", without("clear"), {}, r"seed: the package does not work: nets chip.left and chip.right are shorted by ti_cu_seed; take it off between the nets"),
    ("up", lambda s: without("strip", "clear")(put("thickness_um: 0.5, style", "thickness_um: 0.2, style")(s)), {}, r"photoresist is left in the finished package; strip it"),
]


@pytest.mark.parametrize(("kind", "edit", "changed", "words"), [r for r in RULES if r[3]], ids=[r[3][:50] for r in RULES if r[3]])
def test_each_rule_refuses_what_breaks_it(kind: str, edit: Callable[[Steps], Steps], changed: dict[str, str], words: str, tmp_path: Path) -> None:
    """The refusal names step, reason and remedy, and stands at a line of the recipe."""
    with pytest.raises(RecipeError, match=words) as caught:
        made(tmp_path, kind, edit, **changed)
    place = caught.value.problems[0].place
    assert place is not None and place.file.endswith("tiny.yaml") and place.line > 0


def test_contacts_that_are_not_level_cannot_be_bonded(tmp_path: Path) -> None:
    """A second panel is bonded onto contacts of one height only: unlike dies are thinned before, not bonded as they are."""
    steps = [s for s in FACE_DOWN if not s.startswith(("id: mould", "id: thin"))]
    with pytest.raises(RecipeError, match=r"bond: the die contacts differ in height by 50 µm; planarize first"):
        build(written(tmp_path, steps, panel="aluminium_carrier",
                      die="}, low: {width_mm: 3, length_mm: 3, thickness_um: 250, pads: 20"))


def test_polishing_stops_on_wiring_of_the_panels_own_metal(tmp_path: Path) -> None:
    """downto a metal means the wiring, not the panel of the same metal far below it."""
    edit = then("id: cover, op: deposit, material: solder_mask, thickness_um: 10", "id: bare, op: planarize, downto: copper", before="mask")
    bare = next(one for one in made(tmp_path, "up", edit) if one.step.id == "bare")
    assert {c.surface.material for c in bare.after.columns if "wiring1" in c.masks and c.surface is not None} == {"copper"}


def test_a_low_die_is_named_when_polishing_downto_dies(tmp_path: Path) -> None:
    """Polishing downto dies needs equal heights; the low one is named."""
    with pytest.raises(RecipeError, match=r"polish: low lies 50 µm lower than the highest: it would stay covered"):
        build(written(tmp_path, FACE_UP, die="}, low: {width_mm: 3, length_mm: 3, thickness_um: 250, pads: 20"))


SHIPPED = sorted((ROOT / "flows").glob("*.yaml"))


def hold_some_order(data: st.DataObject) -> None:
    """Steps removed, doubled, swapped or moved: a package, or a refusal with its step; never anything else."""
    recipe = _loaded(data.draw(st.sampled_from(SHIPPED)))
    steps = list(recipe.steps)
    for _ in range(data.draw(st.integers(1, 3))):
        i, j = (data.draw(st.integers(0, len(steps) - 1)) for _ in range(2))
        verb = data.draw(st.sampled_from(["remove", "swap", "double", "move"]))
        if verb == "remove":
            del steps[i]
        elif verb == "swap":
            steps[i], steps[j] = steps[j], steps[i]
        elif verb == "double":
            steps.insert(j, steps[i])
        else:
            steps.insert(j, steps.pop(i))
    try:
        built = build(replace(recipe, steps=tuple(steps)))
    except RecipeError as error:
        assert error.problems[0].place is not None
        return
    end = built[-1].after
    assert end.singulated and end.points and set(end.dies)
    for one in built:
        for column in one.after.columns:
            for low, high in zip(column.stack, column.stack[1:], strict=False):
                assert low.bottom < low.top <= high.bottom + 1e-6


@settings(max_examples=40)
@given(st.data())
def test_no_order_of_steps_is_our_fault(data: st.DataObject) -> None:
    """Forty orders."""
    hold_some_order(data)


@pytest.mark.long
@settings(max_examples=1000)
@given(st.data())
def test_no_order_of_many_is_our_fault(data: st.DataObject) -> None:
    """A thousand."""
    hold_some_order(data)



_RECIPES: dict[Path, Recipe] = {}


def _loaded(path: Path) -> Recipe:
    if path not in _RECIPES:
        _RECIPES[path] = load(path)
    return _RECIPES[path]


@given(st.lists(st.tuples(st.floats(1, 9), st.floats(1, 9)), min_size=1, max_size=9))
def test_dies_that_fit_are_found_to_fit(sizes: list[tuple[float, float]]) -> None:
    """A row of them fits a package as long as the row; and nothing fits a smaller area than its own."""
    gap = 0.05
    long, high = sum(a for a, _ in sizes) + gap * (len(sizes) + 1), max(b for _, b in sizes) + 2 * gap
    assert fits(sizes, long, high, gap)
    area = sum(a * b for a, b in sizes)
    assert not fits(sizes, area**0.5 * 0.99, area**0.5 * 0.99, gap)


@given(st.lists(st.tuples(st.floats(1, 9), st.floats(1, 9)), min_size=1, max_size=9))
def test_dies_that_fit_turned_are_found_to_fit(sizes: list[tuple[float, float]]) -> None:
    """However they are written, any number of dies fits where all of them stand on their shorter sides, or lie on their longer ones."""
    gap = 0.05
    for side, other in ((min, max), (max, min)):
        assert fits(sizes, sum(map(side, sizes)) + gap * (len(sizes) + 1), max(map(other, sizes)) + 2 * gap, gap)


def test_one_die_turned_among_others_as_they_are_is_found_to_fit() -> None:
    """A long die that fits along the package alone, beside four small ones that have room across."""
    assert fits([(11, 22), (1, 5), (1, 5), (1, 5), (1, 5)], 24, 17, 0.05)
    assert not fits([(11, 22), (1, 5), (1, 5), (1, 5), (1, 5)], 24, 11.5, 0.05)
