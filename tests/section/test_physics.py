"""What cuts, baths, polishes, holes and heat go by: each rule with its figure worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from conftest import ROOT
from test_legality import FACE_UP, FLIP_CHIP, SMALL, put, then, written

from procsim.errors import RecipeError
from procsim.model.physics import Cut, Physics
from procsim.model.process import Numbers
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import build
from procsim.section.cutting import passes, seconds_per_mm, untold, used_per_m
from procsim.section.expansion import mismatches
from procsim.section.figures_of_merit import merits
from procsim.section.landing import landings
from procsim.section.levelness import dimples, steps_left

FLOWS = ROOT / "flows"
STREET = {"copper": 1000.0, "epoxy_mould": 300.0}
SAW = {"rate_mm_per_s": 60.0, "cuts": {"copper": {"mm2_per_s": 4.0, "consumes": {"saw_blade": 0.001}}, "epoxy_mould": {"mm2_per_s": 20.0}}}


def test_a_cut_takes_the_sum_of_what_its_materials_ask_for() -> None:
    """1 mm of copper at 4 mm²/s and 0.3 mm of mould at 20: 0.25 + 0.015 s a mm, so 3.77 mm/s; films alone go at the fastest feed."""
    saw = Numbers.model_validate(SAW)
    assert seconds_per_mm(saw, STREET) == pytest.approx(0.265)
    assert seconds_per_mm(saw, {"epoxy_mould": 30.0}) == pytest.approx(1 / 60)
    assert used_per_m(saw, STREET) == {"saw_blade": pytest.approx(0.001 * 10)}, "a metre of 1 mm of copper is 10 cm²"
    assert untold(saw, {"copper": 1.0, "glass": 5.0}) == ["glass"]


def test_passes_share_the_depth_and_take_no_longer_where_removal_rules() -> None:
    """1.3 mm in passes of 0.5 mm is three; they cost nothing where metal slows the blade, and three times the fastest feed's time where none does."""
    deep = Numbers.model_validate({**SAW, "deepest_pass_um": 500.0})
    assert passes(deep, STREET) == 3
    assert seconds_per_mm(deep, STREET) == pytest.approx(0.265)
    assert seconds_per_mm(deep, {"polyimide": 1300.0}) == pytest.approx(3 / 60)


def test_the_saw_of_a_recipe_goes_by_its_street(tmp_path: Path) -> None:
    """Time and blades of a tiny package: metres of cut times what 1 mm of copper and its films ask for, the same in the plan's terms."""
    steps = [s.replace("op: singulate", "op: singulate, cuts: {copper: {mm2_per_s: 4, consumes: {saw_blade: 0.001}}}") for s in FACE_UP]
    recipe = written(tmp_path, steps)
    plan = make(recipe)
    s = plan.steps.index("cut")
    metres = plan.quantities[s][-1]
    work = [term for term in plan.times.terms if plan.route.step[term.step] == s and term.law.mean > 1e6]
    assert sum(term.amount * term.law.mean for term in work) == pytest.approx(metres * 1e9 * 0.25)
    blades = [use for use in plan.money.uses if use.step == s and use.material == list(plan.money.materials).index("saw_blade")]
    assert [use.amount for use in blades] == [pytest.approx(metres * 0.01)]
    assert any("cut goes through" in text and "of epoxy_mould" in text for text in plan.warnings), "of the mould it does not say how fast"


def test_streets_are_slit_by_their_own_depth() -> None:
    """A slit of 0.95 mm from the copper side goes at 25 mm²/s; the saw finds 50 µm of copper left."""
    recipe = load(FLOWS / "whatif/slit_streets.yaml")
    plan = make(recipe)
    rate = {name: next(term.law.mean for term in plan.times.terms if plan.steps[plan.route.step[term.step]] == name and 20 < term.amount < 40)
            for name in ("slit", "singulate")}     # of the 31.8 m of streets
    assert rate["slit"] == pytest.approx(1e9 * 0.95 / 25)
    assert rate["singulate"] < 1e9 * (0.05 / 4 + 0.4 / 20)


def test_sites_share_a_test(tmp_path: Path) -> None:
    """Four sites at 0.92 take 1.24 times as long as one, and each handler step serves all four: (8 · 1.24 + 0.7) / 4 s a package."""
    assert Physics(sites=4, site_efficiency=0.92).site_share == pytest.approx(1.24 / 4)
    assert Physics().site_share == 1.0
    probe = "id: probe, op: test, coverage: 0.9, sites: 4, site_efficiency: 0.92, index_s: 0.7, time_s: {per_unit: 2, per_pad: 0.05, per_ball: 0.0125}"
    steps = [*FACE_UP[:-1], probe, FACE_UP[-1]]
    recipe = written(tmp_path, [s if s != probe else probe.replace(", time_s: {", ", time_s: {") for s in steps if s != probe])
    text = recipe.path.read_text(encoding="utf-8").replace("  - {id: cut,", f"  - {{{probe}, tool: bench}}\n  - {{id: cut,")
    recipe.path.write_text(text, encoding="utf-8")
    plan = make(load(recipe.path))
    s = plan.steps.index("probe")
    each = sum(term.amount * term.law.mean for term in plan.times.terms if plan.route.step[term.step] == s)
    assert each == pytest.approx(1e6 * (8 * 1.24 + 0.7) / 4), "2 + 100 pads · 0.05 + 80 balls · 0.0125 = 8 s"


def test_a_bath_plates_bare_metal_below_and_a_film_keeps_it_off(tmp_path: Path) -> None:
    """The copper below is bare: refused. With a film that is peeled afterwards the package is the same as without the bath's other side."""
    bare = put("op: plate, material: copper", "op: plate, both_sides: true, material: copper")
    with pytest.raises(RecipeError, match="the copper of the panel's lower side lies bare in the bath"):
        build(written(tmp_path, bare(list(FACE_UP))))
    at = next(s.split(",")[0].removeprefix("id: ") for s in FACE_UP if "op: plate" in s)
    film = then("id: film, op: deposit, material: plating_film, thickness_um: 150, side: below", before=at)(bare(list(FACE_UP)))
    with pytest.raises(RecipeError, match="plating_film is left in the finished package; strip it"):
        build(written(tmp_path, film))
    peeled = then("id: peel, op: strip, material: plating_film, side: below", before="cut")(film)
    with_film, without = build(written(tmp_path, peeled))[-1].after, build(written(tmp_path, list(FACE_UP)))[-1].after
    assert [[(s.material, s.bottom, s.top) for s in c.stack] for c in with_film.columns] == [
        [(s.material, s.bottom, s.top) for s in c.stack] for c in without.columns]
    with pytest.raises(RecipeError, match="there is no plating_film on the lower side"):
        build(written(tmp_path, then("id: peel, op: strip, material: plating_film, side: below", before="cut")(list(FACE_UP))))


def test_plating_fills_a_hole_by_its_ratio(tmp_path: Path) -> None:
    """5 µm at a ratio of 0.25 fill holes of 20 µm; of 30 µm a third of the depth stays: 2.67 of 8 µm. Deeper than wide is lined: all of it stays."""
    def left(*sets: str) -> float:
        recipe = load(FLOWS / "embodiment_1.yaml", sets)
        return max((one.um for one in dimples(build(recipe))), default=0.0)

    assert left() == pytest.approx(8 * (1 - 5 / 7.5))
    assert left("product.vias.diameter_um=20") == 0
    assert left("layer/plate.thickness_um=7.5") == 0
    assert left("processes.plate_copper.fill_ratio=null") == 0, "a process that says nothing fills level"
    with pytest.raises(RecipeError, match=r"5 µm of copper leave a dimple of 8 µm over holes 6 µm wide and 8 µm deep, 1 µm more than the 7 µm"):
        left("product.vias.diameter_um=6")
    with pytest.raises(RecipeError, match=r"leave a dimple of 8.67 µm .* plate at least 6.92 µm"):
        left("layer/coat.thickness_um=13", "layer/coat.material=bcb", "layer/plate.fill_ratio=0.5")
    recipe = load(FLOWS / "embodiment_1.yaml")
    assert next(row[2] for row in merits(recipe, build(recipe)).rows if row[0] == "via_dimple") == pytest.approx(8 / 3)


def test_a_coat_leaves_what_it_does_not_level() -> None:
    """Over wiring 5.5 µm high polyimide, which levels three tenths, leaves 3.85 µm, and benzocyclobutene 0.55."""
    for material, um in (("polyimide", 3.85), ("bcb", 0.55)):
        recipe = load(FLOWS / "embodiment_1.yaml", [f"layer/coat.material={material}", "layer/plate.thickness_um=5"])
        found = {one.step: one.um for one in steps_left(recipe, build(recipe))}
        assert found["layer2/coat"] == pytest.approx(um)


def _landing(recipe: Recipe, kind: str) -> float:
    return next(one.chance for one in landings(recipe, build(recipe)) if one.kind == kind)


def test_a_polish_lands_by_the_tolerances_of_heights() -> None:
    """σ = √(5² + 2² + 3²) / 3 = 2.05 µm: pads 15 µm high are met in all but 262 of a million, pads of 2 µm in 37 of a hundred."""
    recipe = load(FLOWS / "embodiment_1.yaml")
    sigma = math.sqrt(25 + 4 + 9) / 3
    assert _landing(recipe, "polish") == pytest.approx(math.erf(7.5 / sigma / math.sqrt(2)))
    thin = load(FLOWS / "embodiment_1.yaml", ["product.dies.logic.pad_height_um=2"])
    assert _landing(thin, "polish") == pytest.approx(math.erf(1 / sigma / math.sqrt(2))) == pytest.approx(0.3735, abs=1e-4)
    assert any("pads 2 µm high lie within ±6.16 µm (3σ)" in text and "pads 12.3 µm high would do" in text for text in make(thin).warnings)


def test_a_product_says_which_landing_is_warned_of() -> None:
    """37 of a hundred are few, unless the product says that a third will do."""
    edits = ["product.dies.logic.pad_height_um=2", "product.least_landing=0.33"]
    assert not any("land;" in text for text in make(load(FLOWS / "embodiment_1.yaml", edits)).warnings)


def test_stress_of_a_film_goes_by_its_own_ratio() -> None:
    """E/(1 - ν)·Δα: ν is 0.34 where the material does not say, and 0.45 where it says so, for a fifth more stress."""
    def stress(*sets: str) -> float:
        recipe = load(FLOWS / "embodiment_1.yaml", sets)
        return next(row[2] for row in merits(recipe, build(recipe)).rows if row[0] == "dielectric_stress")

    assert stress("materials.polyimide.poisson=0.45") / stress() == pytest.approx(0.66 / 0.55)


def test_a_hole_lands_by_shift_placement_and_overlay() -> None:
    """Room (60 - 30) / 2 = 15 µm; ±10 placed, ±10 pushed, ±3 exposed: σ = 4.82 µm, along and across. Without tolerances all land."""
    recipe = load(FLOWS / "embodiment_1.yaml")
    sigma = math.sqrt(100 + 100 + 9) / 3
    assert _landing(recipe, "via") == pytest.approx(math.erf(15 / sigma / math.sqrt(2)) ** 2)
    exact = load(FLOWS / "embodiment_1.yaml", ["attach.placement_um=0", "mould.shift_um=0", "layer/via/expose.overlay_um=0"])
    assert _landing(exact, "via") == 1.0
    losses = [make(one).losses.fixed[make(one).steps.index("layer1/via/develop")] for one in (recipe, exact)]
    assert losses[0] / losses[1] == pytest.approx(_landing(recipe, "via")), "the yield of the step that opens the holes has it"


def in_two_steps(tmp_path: Path, flow: str, first: str, second: str) -> Recipe:
    """What-if *flow* with its dies placed in two steps, attach and then, that say so."""
    path, step = tmp_path / "two.yaml", "op: attach, adhesive: die_tape, adhesive_um: 25, process: die_attach_tape"
    path.write_text(f"extends: flows:whatif/{flow}.yaml\nchanges:\n  - replace: attach\n    with:\n"
                    f"      - {{id: attach, {step}, {first}}}\n      - {{id: then, {step}, {second}}}\n", encoding="utf-8")
    return load(path)


def test_a_die_is_moved_by_the_step_that_places_it_and_by_no_other(tmp_path: Path) -> None:
    """Two kinds of die in two steps, of which one places exactly, and what is filled round both."""
    recipe = in_two_steps(tmp_path, "two_unlike_dies", "what: logic", "what: memory, placement_um: 0")
    steps = {placed.id: placed.step for placed in recipe.steps}
    moved = [math.hypot(at, steps["mould"].shift_um, steps["layer1/via/expose"].overlay_um or 0.0) / 3 for at in (steps["attach"].placement_um, 0.0)]
    assert _landing(recipe, "via") == pytest.approx(math.prod(math.erf(15 / sigma / math.sqrt(2)) ** 2 for sigma in moved))


def test_dies_that_are_alike_may_come_one_by_one(tmp_path: Path) -> None:
    """Each by its number, in a step of its own; it is then one die that a unit is paid for at each."""
    recipe = in_two_steps(tmp_path, "two_die_module", "what: logic1", "what: logic2")
    placed = {one.step.id: len(one.after.dies) for one in build(recipe)}
    assert (placed["attach"], placed["then"]) == (1, 2)
    direct = make(recipe).money.direct
    assert direct[recipe.names.first("attach")].sum() == pytest.approx(direct[recipe.names.first("then")].sum())
    with pytest.raises(RecipeError, match="no die or part 'logic3'; did you mean 'logic'"):
        load(tmp_path / "two.yaml", ["then.what=logic3"])


def test_heat_goes_through_metal_beside_what_insulates(tmp_path: Path) -> None:
    """100 bumps of 60 µm on 14 × 14 mm are 0.144 % of the area: 0.00144 · 58 + 0.99856 · 0.6 W/mK."""
    recipe = written(tmp_path, list(FLIP_CHIP), panel="bga_substrate", die=", bump_um: 80",
                     parts="parts: {" + SMALL + "heat_slug: {width_mm: 6, length_mm: 6}}\n")
    path = next(p for p in merits(recipe, build(recipe)).paths if p.face == "bonding side")
    share = 100 * math.pi / 4 * 0.06**2 / 14**2
    assert path.layers[0].share == pytest.approx(share)
    assert path.layers[0].conductivity_W_mK == pytest.approx(share * 58 + (1 - share) * 0.6)
    assert str(path.layers[0]) == "underfill with 0.14 % solder"


def test_balls_below_a_die_are_the_last_layer() -> None:
    """Of 18 × 18 places 100 lie under the die, 24 of which stay empty: 76 balls of 250 µm on 64 mm², with air between."""
    recipe = load(FLOWS / "embodiment_1.yaml")
    balls = next(p for p in merits(recipe, build(recipe)).paths if p.face == "bonding side").layers[-1]
    share = 76 * math.pi / 4 * 0.25**2 / 64
    assert (balls.share, balls.thickness_um) == (pytest.approx(share), 250)
    assert balls.conductivity_W_mK == pytest.approx(share * 58 + (1 - share) * 0.026)


def test_a_round_on_tools_for_panels_is_warned_of() -> None:
    """The same line on the tools for wafers is not."""
    shape = "product.panel={part: copper_panel, shape: round, diameter_mm: 300, edge_mm: 3, street_mm: 0.4}"
    warned = make(load(FLOWS / "embodiment_1.yaml", [shape])).warnings
    assert any("the panel is a wafer, but prices, speeds and loads of wet_cleaner" in text for text in warned)
    for flow in ("embodiment_1", "dual_heat_sink", "whatif/round_panel", "whatif/on_strips"):
        assert not any("prices, speeds and loads" in text for text in make(load(FLOWS / f"{flow}.yaml")).warnings)


@pytest.mark.parametrize(("numbers", "words"), [({"cuts": {}}, "cuts says of no material"), ({"deepest_pass_um": 5.0}, "needs cuts"),
                                                ({"site_efficiency": 0.9}, "say how many sites")])
def test_numbers_without_their_other_half_are_refused(numbers: dict[str, object], words: str) -> None:
    """What would have no effect is an error."""
    with pytest.raises(ValueError, match=words):
        Physics.model_validate(numbers)
    assert Cut(mm2_per_s=1.0).consumes == {}


def test_a_heat_sink_that_says_no_width_is_as_large_as_the_die() -> None:
    """Its corner lies as far from the middle as the die's, of 14 × 14 mm, does."""
    recipe = load(FLOWS / "dual_heat_sink.yaml", ["parts.heat_slug.width_mm=null", "parts.heat_slug.length_mm=null"])
    sink = next(one for one in mismatches(recipe, "organic_core") if "heat_sink" in one.metric)
    assert sink.reach_mm == pytest.approx(14 / math.sqrt(2))
