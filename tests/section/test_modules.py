"""Tests several dies, passives and heat sinks: nets that must join and must not, devices from their own geometry, figures of merit."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from test_legality import FACE_UP, FLIP_CHIP, SMALL, written

from procsim.errors import RecipeError
from procsim.model.passive import Passive
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.section import passive_geometry
from procsim.section.build import build
from procsim.section.connect import joined
from procsim.section.field import ball_field
from procsim.section.figures_of_merit import merits
from procsim.section.ops import Site
from procsim.section.passives import metal_cm2, pieces, vias

FLOWS = ROOT / "flows"
SECOND = "}, low: {width_mm: 3, length_mm: 3, thickness_um: 300, pads: 20"
TWO_LAYERS = [*FACE_UP[:11], *(s.replace("id: ", "id: up/") for s in FACE_UP[3:11]), *FACE_UP[11:]]
THREE_LAYERS = [*TWO_LAYERS[:19], *(s.replace("id: ", "id: top/") for s in FACE_UP[3:11]), *TWO_LAYERS[19:]]
KINDS = ("printed", "resistor", "waveguide", "comb", "filter", "sensor", "plate", "spiral", "solenoid", "toroid")


def passive(kind: str, layer: int = 1, **more: object) -> str:
    fields = {"kind": kind, "layer": layer, "between": "[chip.left, other]", "width_um": 1200, "length_um": 1200,
              **({"turns": 4} if kind in ("spiral", "solenoid", "toroid") else {}), **more}
    return "\n  passives: {p: {" + ", ".join(f"{k}: {v}" for k, v in fields.items()) + "}}"


def test_neighbours_in_one_net_are_joined_and_need_no_ball(tmp_path: Path) -> None:
    """A declared net joins facing sides through the wiring: two bonding points fewer, and the package works."""
    alone = build(written(tmp_path, FACE_UP, die=SECOND))[-1].after
    joined = build(written(tmp_path, FACE_UP, die=SECOND, product="\n  nets: {bus: [chip.right, low.left]}"))[-1].after
    assert len(alone.inside("bonding_pad")) == 4 and len(joined.inside("bonding_pad")) == 2
    assert sum(c.area_cm2 for c in joined.columns) == pytest.approx(sum(c.area_cm2 for c in alone.columns))


def test_a_bus_that_is_not_built_is_refused(tmp_path: Path) -> None:
    """Without the wiring layer between them, joined pads reach nothing."""
    steps = [s for s in FACE_UP if not s.startswith(("id: plate", "id: clear", "id: seed", "id: resist", "id: draw", "id: strip"))]
    with pytest.raises(RecipeError, match=r"bonding|connected"):
        build(written(tmp_path, steps, die=SECOND, product="\n  nets: {bus: [chip.right, low.left]}"))


@pytest.mark.parametrize(("product", "words"), [
    ("\n  nets: {bus: [chip.right, nobody.left]}", r"net bus names nobody.left; the dies' sides are chip.left, chip.right, low.left, low.right"),
    ("\n  nets: {a: [chip.right, low.left], b: [low.left, chip.left]}", r"low.left is in net a and in net b"),
    ("\n  passives: {p: {kind: comb, between: [nowhere, chip.left], width_um: 500, length_um: 500}}", r"passive p starts at nowhere"),
    ("\n  passives: {p: {kind: comb, between: [chip.left, chip.left], width_um: 500, length_um: 500}}", r"passive p has both ends on chip.left"),
    ("\n  passives: {p: {kind: comb, between: [chip.left, x], width_um: 20, length_um: 500}}", r"at least 100 µm wide"),
    ("\n  passives: {p: {kind: spiral, between: [chip.left, x], width_um: 500, length_um: 500}}", r"a spiral needs turns"),
    ("\n  passives: {p: {kind: spiral, between: [chip.left, x], width_um: 500, length_um: 500, turns: 9}}", r"9 turns .* need 360 µm; there are 250"),
    ("\n  passives: {p: {kind: comb, layer: 2, between: [chip.left, x], width_um: 500, length_um: 500}}", r"lies in wiring layer 2, but the steps build 1"),
    ("\n  passives: {p: {kind: comb, between: [chip.left, x], width_um: 18000, length_um: 18000}}", r"do not fit beside the wiring"),
    ("\n  passives: {p: {kind: printed, between: [chip.left, x], width_um: 500, length_um: 500}}", r"passive p is not built; nothing joins"),
])
def test_nets_and_passives_that_cannot_be_are_refused(product: str, words: str, tmp_path: Path) -> None:
    """Names that nobody bears, ends that meet, shapes that do not fit, layers that are not built."""
    with pytest.raises(RecipeError, match=words):
        build(written(tmp_path, FACE_UP, die=SECOND, product=product))


@pytest.mark.parametrize("kind", KINDS)
def test_every_passive_is_built_and_keeps_its_nets(kind: str, tmp_path: Path) -> None:
    """In two wiring layers (a wave-guide in three) every kind works: what a cut shows whole joins its nets, what insulates keeps them apart, as in a
    cut through windings, whose turns close before and behind it."""
    steps = list(THREE_LAYERS if kind == "waveguide" else TWO_LAYERS)
    if kind == "printed":
        steps.insert(-4, "id: print, op: fill, material: resistor_paste, mask: passive")
    if kind == "sensor":
        steps.insert(-2, "id: window, op: pattern, material: solder_mask, mask: passive")
    recipe = written(tmp_path, steps, product=passive(kind, layer=2 if kind == "sensor" else 1))
    end = build(recipe)[-1].after
    drawn = [c for c in end.columns if c.passive == "p"]
    assert {"passive", "bond"} <= {c.region for c in drawn}
    assert recipe.document.product is not None
    bodies = joined(end, Site(recipe.document.product, recipe.document.materials, recipe.document.parts, recipe.steps[-1].place))
    balls = {net: {bodies[i, len(c.stack) - 1] for i, c in enumerate(end.columns) if (c.region, c.net) == ("bond", net)} for net in ("chip.left", "other")}
    assert len(balls["chip.left"]) == len(balls["other"]) == 1
    assert (balls["chip.left"] == balls["other"]) == (kind in ("printed", "resistor", "waveguide"))
    made = recipe.document.product.passives["p"]
    assert made.levels == {"printed": 0, "plate": 2, "solenoid": 2, "toroid": 2, "waveguide": 3}.get(kind, 1)


def test_paste_that_reaches_no_pad_joins_nothing(tmp_path: Path) -> None:
    """A printed device is built only where it meets both bonding pads: not a layer below them."""
    steps = list(TWO_LAYERS)
    steps.insert(next(i for i, step in enumerate(steps) if step.startswith("id: up/coat")), "id: print, op: fill, material: resistor_paste, mask: passive")
    with pytest.raises(RecipeError, match=r"passive p is not built; nothing joins its bonding pads"):
        build(written(tmp_path, steps, product=passive("printed")))


@given(kind=st.sampled_from(KINDS), width=st.floats(300, 3000), length=st.floats(300, 3000), turns=st.integers(1, 6))
def test_devices_stay_inside_their_footprint(kind: str, width: float, length: float, turns: int) -> None:
    """Every piece lies inside width × length, and metal on a layer is never more than the footprint."""
    wound = kind in ("spiral", "solenoid", "toroid")
    try:
        device = Passive(kind=kind, between=["a.left", "b"], width_um=width, length_um=length, line_um=20.0, gap_um=15.0,
                         turns=turns if wound else None)
    except ValueError:
        return
    for piece in pieces(device):
        for x, y in piece.corners:
            assert -1e-6 <= x <= width + 1e-6 and -1e-6 <= y <= length + 1e-6
    found = sum(p.kind == "via" for p in pieces(device))
    if kind == "waveguide":
        assert found >= 4 and found % 4 == 0, "along both edges, to the plane below and to that above"
    else:
        assert found == {"solenoid": 2 * turns, "toroid": 2 * turns, "spiral": 2}.get(kind, 0)
    assert sum(p.kind == "pad" for p in pieces(device)) == 2


def _device(kind: str, **more: object) -> Passive:
    return Passive.model_validate({"kind": kind, "between": ["a.left", "b"], "width_um": 600, "length_um": 400, "line_um": 20, "gap_um": 15, **more})


def _spans(device: Passive, axis: int, level: int = 0) -> list[tuple[float, float]]:
    """Where the wiring of *device* on *level* begins and ends along an axis, piece by piece."""
    drawn = [[corner[axis] for corner in piece.corners] for piece in pieces(device) if piece.kind == "wiring" and piece.level == level]
    return [(min(found), max(found)) for found in drawn]


def test_what_a_passive_is_worth_goes_by_what_is_drawn() -> None:
    """Fingers overlap, plates cover and lines are as long in the picture as in the formula."""
    comb = passive_geometry.comb(_device("comb"))
    fingers = _spans(_device("comb"), axis=1)[2:]
    assert len(fingers) == len(comb.fingers) == 17, "17 lines of 20 µm and 16 gaps of 15 µm are 580 of 600 µm"
    assert min(top for _, top in fingers) - max(low for low, _ in fingers) == pytest.approx(comb.overlap) == pytest.approx(400 - 40 - 30)
    upper = next(piece for piece in pieces(_device("plate")) if piece.level == 1)
    plate = passive_geometry.plate(_device("plate"))
    assert upper.area_um2 == pytest.approx(plate.width * plate.length) == pytest.approx(570 * 370)
    line = passive_geometry.filter_lines(_device("filter"))
    assert all(top - low == pytest.approx(line.reach) for low, top in _spans(_device("filter"), axis=1))
    coil = passive_geometry.solenoid(_device("solenoid", turns=4))
    assert coil.span + 20 == 600 and coil.length == 140


def test_turns_are_drawn_between_the_diameters_of_the_formula() -> None:
    """A square spiral begins at its outer diameter and leaves the inner one free; a toroid's feet lie on its two circles."""
    device = _device("spiral", turns=3, length_um=600)
    spiral = passive_geometry.spiral(device)
    down = sorted({low for low, high in _spans(device, axis=0) if high - low == pytest.approx(20)})
    assert spiral.outer == 600 and down[-1] + 20 == pytest.approx(600)
    assert down[-3] - (down[2] + 20) == pytest.approx(spiral.inner) == pytest.approx(600 - 2 * (3 * 35 - 15))
    ring = passive_geometry.toroid(_device("toroid", turns=6))
    feet = [piece.corners for piece in pieces(_device("toroid", turns=6)) if piece.kind == "via"]
    far = {round(math.hypot((x0 + x1) / 2 - 300, (y0 + y1) / 2 - 200), 6) for (x0, y0), _, (x1, y1), _ in feet}
    assert far == {round(ring.inner, 6), round(ring.outer, 6)}


def test_passives_add_area_vias_yield_and_test_time(tmp_path: Path) -> None:
    """Metal to plate, two vias a turn and a tap for each end, chance of working to the count, seconds at the test."""
    steps = [*TWO_LAYERS[:-1], "id: check, op: test, coverage: 0.9", TWO_LAYERS[-1]]
    plain = make(written(tmp_path, steps))
    more = written(tmp_path, steps, product=passive("solenoid", yield_=0.9, test_s=2, count=3).replace("yield_", "yield"))
    plan = make(more)
    product = more.document.product
    assert product is not None
    assert vias(product, 2, 2) == 3 * (8 + 2) and vias(product, 1, 2) == 0
    assert metal_cm2(product, 1) > 0 and metal_cm2(product, 2) > 0
    s = plan.steps.index("up/plate")
    assert plan.losses.own(s) == pytest.approx([0.9**3])
    t = plan.steps.index("check")
    added = sum(x.amount for x in plan.times.terms if x.step == t) - sum(x.amount for x in plain.times.terms if x.step == t)
    assert added == pytest.approx(6)


def test_the_heat_path_is_the_sum_of_its_layers() -> None:
    """Embodiment 1: 300 µm of silicon, 25 of tape, 1000 of copper; K/W is that over the die's 64 mm²."""
    recipe = load(FLOWS / "embodiment_1.yaml")
    found = {name: value for name, _, value, _ in merits(recipe, build(recipe)).rows}
    assert found["thermal_resistance_back_per_area"] == pytest.approx(300 / 148 + 25 / 0.5 + 1000 / 390)
    assert found["thermal_resistance_back"] == pytest.approx((300 / 148 + 25 / 0.5 + 1000 / 390) / 64)
    assert found["die_thickness"] == 300 and found["wiring_layers"] == 2 and found["units_per_panel"] == 992
    assert found["fan_out"] == 18 * 18 - 10 * 10
    assert found["expansion_mismatch_die_substrate"] == pytest.approx(17 - 2.6)


def test_thinning_and_inlay_make_thin_packages_and_short_heat_paths() -> None:
    """What the structures are for: 2 and 3 thinner than 1 by inlay, 4 and 5 by thinning, whose heat path is the shortest."""
    found = {}
    for n in range(1, 6):
        recipe = load(FLOWS / f"embodiment_{n}.yaml")
        found[n] = {name: value for name, _, value, _ in merits(recipe, build(recipe)).rows}
    assert all(found[n]["package_thickness"] < found[1]["package_thickness"] for n in range(2, 6))
    assert max(found[n]["thermal_resistance_back"] for n in (4, 5)) < 0.5 * min(found[n]["thermal_resistance_back"] for n in (1, 2, 3))


def test_a_gap_of_air_counts(tmp_path: Path) -> None:
    """Without underfill the air under the chip is in the way: 60 µm at 0.026 W/mK beside the bumps, which conduct beside it."""
    steps = [s for s in FLIP_CHIP if not s.startswith("id: flow")]
    setting = {"panel": "bga_substrate", "die": ", bump_um: 80", "parts": "parts: {" + SMALL + "heat_slug: {width_mm: 6, length_mm: 6}}\n"}
    dry, wet = (written(tmp_path, s, **setting) for s in (steps, FLIP_CHIP))
    paths = [next(p for p in merits(r, build(r)).paths if p.face == "bonding side") for r in (dry,)]
    assert paths[0].layers[0].material == "air"
    wet = written(tmp_path, FLIP_CHIP, **setting)
    filled = next(p for p in merits(wet, build(wet)).paths if p.face == "bonding side")
    bumps = paths[0].layers[0].share
    beside = [bumps * 58 + (1 - bumps) * k for k in (0.026, 0.6)]
    assert bumps == pytest.approx(100 * math.pi / 4 * 0.06**2 / 14**2)
    assert paths[0].per_area - filled.per_area == pytest.approx(60 / beside[0] - 60 / beside[1])


@pytest.mark.parametrize(("flow", "words"), [("dual_heat_sink", ["2.6 against 15 ppm/K", "17 against 15 ppm/K"]),
                                             ("whatif/matched_heat_sink", ["2.6 against 15 ppm/K"])])
def test_a_mismatch_of_expansion_is_a_warning_with_its_number(flow: str, words: list[str]) -> None:
    """Die and plain second heat sink do not expand as the substrate does, by one limit, which the product may set; the matched heat sink does."""
    recipe = load(FLOWS / f"{flow}.yaml")
    warnings = merits(recipe, build(recipe)).warnings
    assert len(warnings) == len(words) and all(word in text for word, text in zip(words, warnings, strict=True))
    assert "its corner moves 12 µm per 100 K" in warnings[0], "12.4 ppm/K over half the diagonal of 14 mm: 9.9 mm"
    wide = load(FLOWS / f"{flow}.yaml", ["product.matched_ppm_K=13"])
    assert not merits(wide, build(wide)).warnings


@given(pitch=st.floats(0.5, 2.0), width=st.floats(1, 30), slug=st.floats(1, 30))
def test_the_ball_field_adds_up(pitch: float, width: float, slug: float) -> None:
    """Places = left + lost, and no more points outside the die than are left."""
    recipe = _dual()
    product = recipe.document.product
    assert product is not None
    die = product.dies["processor"].model_copy(update={"width_mm": width})
    changed = product.model_copy(update={"dies": {"processor": die}, "bonding": product.bonding.model_copy(update={"pitch_mm": pitch})})
    part = recipe.document.parts["heat_slug"].model_copy(update={"width_mm": slug, "length_mm": slug})
    field = ball_field(changed, part)
    assert field.places == math.floor(35 / pitch + 1e-9) ** 2
    assert 0 <= field.lost <= field.places and 0 <= field.outside(10**6) <= field.left


_KEPT: list[object] = []


def _dual():  # type: ignore[no-untyped-def]
    if not _KEPT:
        _KEPT.append(load(FLOWS / "dual_heat_sink.yaml"))
    return _KEPT[0]


@pytest.mark.parametrize("layers", range(1, 7))
@pytest.mark.parametrize("flow", ["embodiment_1", "embodiment_4"])
def test_one_to_six_wiring_layers_work(flow: str, layers: int) -> None:
    """Each is built, connects every bonding point and shorts none."""
    first = 0 if flow == "embodiment_4" else 1
    recipe = load(FLOWS / f"{flow}.yaml", [f"layer.repeat={layers - 1 + first}"])
    built = build(recipe)
    assert built[-1].after.layer == layers + 1
    found = {name: value for name, _, value, _ in merits(recipe, built).rows}
    assert found["wiring_layers"] == layers


@pytest.mark.parametrize("dies", range(1, 5))
@pytest.mark.parametrize("flow", ["embodiment_2", "embodiment_5"])
@pytest.mark.parametrize("panel", ["square", "round"])
def test_one_to_four_dies_on_square_and_round_panels(flow: str, dies: int, panel: str) -> None:
    """Die counts and panel shapes go together freely."""
    shape = [] if panel == "square" else ["product.panel.shape=round", "product.panel.width_mm=null", "product.panel.length_mm=null",
                                          "product.panel.diameter_mm=300"]
    plan = make(load(FLOWS / f"{flow}.yaml", [f"product.dies.logic.count={dies}", "product.package={width_mm: 30, length_mm: 30}", *shape]))
    if panel == "square":
        assert plan.units_per_panel == 16 * 16
    else:
        assert plan.units_per_panel == best_round(300 - 2 * 10, 30, 0.4)


def best_round(diameter: float, size: float, street: float) -> int:
    """How many squares lie whole in a circle at most, of all grids that are shifted against its centre by hundredths of their pitch."""
    pitch, most, reach = size + street, 0, (diameter / 2) ** 2
    for shift in itertools.product(range(0, 51, 5), repeat=2):
        x, y = ([(n + part / 100) * pitch for n in range(-8, 8)] for part in shift)
        most = max(most, sum((abs(a) + size / 2) ** 2 + (abs(b) + size / 2) ** 2 <= reach for a in x for b in y))
    return most


def test_a_side_of_one_of_several_dies_is_told_by_their_numbers() -> None:
    """Not by all sides that there are."""
    with pytest.raises(RecipeError, match=r"net bus names logic.right; there are 12 of logic: logic1.right to logic12.right  "):
        load(ROOT / "flows" / "embodiment_1.yaml", ["product.dies.logic.count=12", "product.nets={bus: [logic.right, logic2.left]}"])
