"""Steps in a wrong order, with nothing to work on, or done by a process for something else are refused or warned of, by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_silly_edits import edited

from procsim.errors import RecipeError
from procsim.section.build import build
from procsim.section.figures_of_merit import merits


def put(what: str, where: str) -> str:
    """The change that inserts the steps *what*, written in braces, ``before: x`` or ``after: x`` (*where*)."""
    return f"  - insert: [{what}]\n    {where}\n"


HOT = "{id: hot, op: bake, process: %s}"
WASH = "{id: wash, op: clean, process: %s}"
LOOK = "{id: look, op: inspect, process: %s}"
TEST = "{id: probe, op: test, process: test_panel}"
TURN = "{id: turn, op: flip, process: turn_over}"

REFUSED = [
    # a process for something else, with the same op
    ("sinks", "first_heat_sink.what=stiffener_ring", "", "attach_lid places lids, not rings \\(stiffener_ring\\); attach_stiffener would fit"),
    ("sinks", "first_heat_sink.what=stiffener_ring", "", "rim_adhesive is for the rim of a lid"),
    ("sinks", "stiffener.process=attach_lid", "", "attach_lid places lids, not rings"),
    ("sinks", "second_heat_sink.process=attach_lid", "", "attach_lid places lids, not heat slugs"),
    ("sinks", "second_heat_sink.process=attach_stiffener", "", "attach_stiffener places rings, not heat slugs"),
    ("sinks", "stiffener.adhesive=tim_gel", "", "attach_stiffener takes an adhesive, and tim_gel is a thermal interface; .*lid_adhesive"),
    ("sinks", "second_heat_sink.adhesive=tim_gel", "", "attach_slug takes an adhesive, and tim_gel"),
    ("sinks", "-stiffener first_heat_sink.rim_adhesive=null", "", "nothing holds heat_sink_lid: tim_gel is a thermal interface"),
    ("1", "layer/strip.process=peel_plating_film", "", "peel_plating_film takes a masking film, and photoresist is a resist; strip_resist"),
    ("1", "layer/resist.process=laminate_plating_film", "", "laminate_plating_film takes a masking film, and photoresist is a resist"),
    ("1", "layer/expose.process=expose_dielectric", "", "exposes a liquid dielectric or solder mask, and photoresist .* is a resist; expose_resist"),
    ("1", "layer/via/expose.process=expose_resist", "", "exposes a resist, and polyimide .* is a liquid dielectric; expose_dielectric would fit"),
    ("1", "grind.process=grind_panel", "", "grind_panel takes off a sheet, and epoxy_mould is a moulding compound"),
    ("5", "lay_open.process=remove_adhesive", "", "remove_adhesive takes an adhesive, and silicon_nitride is a vapour dielectric"),
    ("1", "layer/descum.process=desmear", "", "desmear works on open holes in an insulator, .*; .*descum_resist would fit"),
    ("1", "layer/via/descum.process=descum_resist", "", "descum_resist works on an open resist, .*; .*descum_vias and desmear would fit"),
    ("4", "first/desmear.process=descum_resist", "", "descum_resist works on an open resist"),
    ("1", "panel_clean.process=descum_vias", "", "descum_vias works on open holes in an insulator or bare pads"),
    ("1", "layer/descum.process=scrub", "", "photoresist of layer1/resist still lies there, and scrub would spoil it; .*descum_resist would fit"),
    ("1", "layer/develop.process=develop_vias", "", "photoresist of layer1/resist still lies there, and develop_vias would spoil it; .*develop_resist would fit"),
    ("sinks", "-chip_clean -underfill -underfill_cure -inspect_underfill -plasma -underfill_bake", "", "first_heat_sink: the flux of attach .* covered"),
    # what an inspection cannot see, and a test cannot reach
    ("1", "inspect_mould.process=final_look", "", "final_look works on packages cut apart, .*; .*scan_mould would fit"),
    ("1", "inspect_mould.process=inspect_dies", "", "inspect_dies works on dies in sight"),
    ("1", "inspect_circuit.process=xray_bumps", "", "xray_bumps works on bumps or bonding points, .*inspect_wiring"),
    ("1", "inspect_dies.process=scan_mould", "", "scan_mould works on a filling or underfill, .*; .*inspect_dies would fit"),
    ("1", "inspect_points.process=scan_mould", "", "scan_mould finds what went wrong in fill or bond, not in attach, which sees names; .*inspect_points"),
    ("sinks", "inspect_underfill.process=xray_bumps", "", "xray_bumps finds what went wrong in attach, not in fill"),
    ("1", "final_look.process=scan_mould", "", "not in singulate, which sees names"),
    ("1", "", put(LOOK % "inspect_dies", "after: mould_cure"), "look: inspect_dies works on dies in sight"),
    ("1", "", put(LOOK % "scan_mould", "after: attach_cure"), "look: scan_mould works on a filling"),
    ("1", "", put(LOOK % "inspect_points", "before: points"), "look: inspect_points works on bonding points in sight"),
    ("sinks", "", put(LOOK % "xray_bumps", "before: attach"), "look: xray_bumps works on bumps"),
    ("4", "", put(TURN, "after: clean"), "inspect_points works on bonding points in sight"),
    ("1", "", put(TEST, "after: mould_cure"), "probe: test_panel works on dies with wiring"),
    ("4", "", put(TEST, "before: attach"), "probe: test_panel works on dies with wiring"),
    ("1", "", put(HOT % "burn_in", "before: attach"), "hot: burn_in works on dies with wiring"),
    ("1", "-mark", put("{id: sign, process: mark}", "before: attach"), "sign: mark works on dies with wiring"),
    # heat and water on what is soft or open
    ("1", "", put(HOT % "reflow", "after: mould"), "hot: reflow is done at 245 °C, and epoxy_mould of mould is not cured by then: .* stands 190 °C"),
    ("1", "", put(HOT % "reflow", "after: attach"), "die_tape of attach is not cured by then"),
    ("1", "", put(HOT % "reflow", "after: passivate"), "solder_mask of passivate is not cured by then"),
    ("1", "", put(HOT % "dry_bake", "after: layer1/coat"), "dry_bake is done at 125 °C, and polyimide of layer1/coat is not cured by then"),
    ("1", "", put(HOT % "post_mould_cure", "after: layer1/via/expose"), "hot reaches 165 °C, and polyimide cures from 200 °C up; .* stands 120 °C"),
    ("1", "", put(HOT % "cure_dielectric", "after: layer1/via/expose"), "is cured already, and develop_vias develops it only before"),
    ("sinks", "", put(HOT % "reflow", "after: underfill"), "underfill of underfill is not cured by then"),
    ("sinks", "", put(HOT % "reflow", "after: stiffener"), "lid_adhesive of stiffener is not cured by then"),
    ("1", "", put(WASH % "scrub", "after: layer1/resist"), "photoresist of layer1/resist still lies there, and scrub would spoil it"),
    ("1", "", put(WASH % "activate_plasma", "after: layer1/develop"), "activate_plasma would spoil it"),
    ("1", "", put(WASH % "scrub", "after: layer1/coat"), "polyimide of layer1/coat is not cured yet, and scrub would spoil it; cure it before"),
    ("1", "", put(WASH % "desmear", "after: clean"), "desmear works on open holes"),
    ("1", "", put("{id: light, process: expose_resist}", "after: attach"), "nothing of the kind lies there \\(polyimide"),
    ("1", "", put(TURN, "after: mount"), "turn: turn_over cannot be done with the panel on tape, as mount leaves it; .*release_tape"),
    # a tool of another kind
    ("1", "processes.grind.tool=dicing_saw", "", "grind: grind is done on a grinder, and dicing_saw is a saw; grinder would fit"),
    ("1", "grind.tool=cmp", "", "grind is done on a grinder, and cmp is a polisher"),
    ("1", "processes.attach_cure.tool=aoi", "", "attach_cure is done on an oven, and aoi is a camera; box_oven"),
    ("1", "processes.reflow.tool=box_oven", "", "reflow is done on a reflow oven, and box_oven is an oven"),
    ("sinks", "processes.test_logic.tool=packer", "", "test_logic is done on a tester, and packer is a packer; tester and logic_tester would fit"),
    # what is missing, or hot, is said where it is
    ("1", "-mould -mould_cure -inspect_mould", "", "grind: the dies stand free: .*put a step with op fill before, which this recipe has not"),
    ("1", "", put("{id: early, op: planarize, less_um: 50, process: grind}", "after: attach_cure"), "early: the dies stand free: .*mould does, and comes later"),
    ("sinks", "parts.stiffener_ring.thickness_um=900", "", "make parts.stiffener_ring.thickness_um 510 \\(it is 900\\), as high as the die's back"),
    ("sinks", "parts.stiffener_ring.thickness_um=300", "", "hangs 270 µm above the stiffener, .*thickness_um 510 \\(it is 300\\)"),
    ("one_body_heat_sink", "parts.one_body_lid.layers.0.thickness_um=900", "", "make parts.one_body_lid.layers.0.thickness_um 560"),
    ("1", "layer/coat.material=photoresist", "", "photoresist of layer1/coat is a resist; .*lay polyimide, bcb"),
    ("1", "-peel_back", "", "strip plating_film before: it is a masking film, and goes again$"),
    ("1", "passivate.material=photoresist passivate.process=slit_coat", "", "it is a resist, and goes again; as an insulator that stays take polyimide"),
]


@pytest.mark.parametrize(("flow", "edit", "insert", "words"), REFUSED, ids=[f"{f}: {e} {i}"[:90].strip() for f, e, i, _ in REFUSED])
def test_a_step_out_of_place_is_refused_by_name(tmp_path: Path, flow: str, edit: str, insert: str, words: str) -> None:
    """With what is wrong there, and what would fit."""
    with pytest.raises(RecipeError) as caught:
        build(edited(tmp_path, flow, edit, insert))
    told = [problem for problem in caught.value.problems if re.search(words, problem.message)]
    assert told, str(caught.value)
    assert told[0].place is not None
    assert told[0].address
    assert all(len(problem.message) < 600 for problem in caught.value.problems)


WARNED = [
    ("sinks", "-underfill -underfill_cure -inspect_underfill -plasma -underfill_bake", "", "die processor is 14 mm wide and stands on bumps alone"),
    ("sinks", "-second_heat_sink", "", "slug_cure: lid_cure works on nothing"),
    ("sinks", "-second_heat_sink -slug_cure", "", "product.heat_sinks says 2, and the steps attach 1 \\(heat_sink_lid\\)"),
    ("1", "-test", "", "no step tests the packages: .*test_panel"),
    ("sinks", "-pack", "", "no step packs the packages after singulate: .*dry_pack"),
    ("1", "-pad_finish -mask_back -peel_back", "", "points: solder_ball goes on bare copper, .*nickel_gold"),
    ("1", "-pad_finish", "", "peel_back: plating_film of mask_back is stripped again, and nothing was done meanwhile"),
    ("1", "-layer1/plate", "", "layer1/strip: photoresist of layer1/resist is stripped again, and nothing was done meanwhile"),
    ("5", "-insulate", "", "lay_open: etches silicon_nitride, and none of it lies open there"),
    ("1", "", put(HOT % "reflow", "after: passivation_cure"), "hot: reflow works on nothing"),
    ("1", "", put(", ".join(f"{{id: hot{n}, op: bake, process: reflow}}" for n in range(5)), "after: reflow"), "melted 6 times, and stands 4"),
    ("1", "", put(HOT % "post_mould_cure", "after: clean"), "hot: post_mould_cure works on nothing"),
    ("1", "", put(WASH % "scrub", "after: clean"), "wash: scrub gives a clean panel, and no later step wants that"),
    ("1", "", put(WASH % "activate_plasma", "after: clean"), "wash: activate_plasma gives a surface fresh from plasma, and no later"),
    ("1", "", put(WASH % "scrub", "after: plasma"), "plasma: activate_plasma gives a surface fresh from plasma, and no later step wants that"),
    ("1", "", put("{id: again, process: expose_resist}", "after: layer1/expose"), "photoresist of layer1/resist is exposed already"),
    ("1", "", put("{id: on, process: mount_tape}, {id: off, process: release_tape}", "before: attach"), "on: mount_tape gives the panel on tape"),
    ("1", "", put(f"{TURN}, {TURN.replace('turn,', 'back,')}", "after: attach_cure"), "back turns back what turn turned over"),
]


@pytest.mark.parametrize(("flow", "edit", "insert", "words"), WARNED, ids=[f"{f}: {e} {i}"[:90].strip() for f, e, i, _ in WARNED])
def test_what_a_line_would_hardly_do_is_warned_of(tmp_path: Path, flow: str, edit: str, insert: str, words: str) -> None:
    """It can be done, so it is built; the warning says what is odd about it."""
    recipe = edited(tmp_path, flow, edit, insert)
    assert any(re.search(words, line) for line in merits(recipe, build(recipe)).warnings)


SENSIBLE = [
    ("1", "", put(LOOK % "inspect_dies", "before: plasma")),
    ("1", "", put(LOOK % "inspect_points", "after: test")),
    ("1", "", put(LOOK % "inspect_wiring", "after: layer1/seed_etch")),
    ("1", "", put(TEST, "before: passivate")),
    ("1", "", put(TURN, "before: mount")),
    ("1", "", put(WASH % "activate_plasma", "before: passivate")),
    ("4", "", put(LOOK % "scan_mould", "after: polish_clean")),
    ("4", "first/desmear.process=descum_vias", ""),
    ("sinks", "", put(LOOK % "scan_mould", "after: heat_sink_cure")),
    ("sinks", "", put(LOOK % "xray_bumps", "after: clean")),
    ("sinks", "parts.stiffener_ring.thickness_um=510", ""),
    ("1", "processes.attach_cure.tool=dry_oven", ""),
    ("1", "processes.test_panel.tool=logic_tester", ""),
    ("1", "processes.slit_coat.tool=spin_coater", ""),
    ("sinks", "first_heat_sink.adhesive=lid_adhesive first_heat_sink.rim_adhesive=null", ""),
]


@pytest.mark.parametrize(("flow", "edit", "insert"), SENSIBLE, ids=[f"{f}: {e} {i}"[:90].strip() for f, e, i in SENSIBLE])
def test_a_sensible_step_more_is_built(tmp_path: Path, flow: str, edit: str, insert: str) -> None:
    """Where what it works on is there, and nothing soft or open suffers."""
    assert build(edited(tmp_path, flow, edit, insert))
