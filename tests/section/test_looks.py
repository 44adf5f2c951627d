"""Tests reach what they test, inspections look at what lies in sight, and what nobody looks for is said; marks stay readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_silly_edits import edited

from procsim.errors import RecipeError
from procsim.section.build import build
from procsim.section.figures_of_merit import merits


def inserted(step: str, where: str) -> str:
    """A change that inserts a step."""
    return f"  - insert: [{{{step}}}]\n    {where}\n"


TEST, LOGIC, MARK = "id: t, op: test, process: test_panel", "id: t, op: test, process: test_logic", "id: marked, process: mark"
REFUSED: list[tuple[str, str, str, str, str]] = [
    ("1", "", TEST, "after: layer1/plate", "layer1/t: test_panel works on dies with wiring whose points or pads lie open on top and are not shorted"),
    ("1", "-test", TEST, "after: layer2/plate", "layer2/t: test_panel works on dies with wiring whose points or pads"),
    ("1", "-test", TEST, "after: layer2/via/cure", "layer2/via/t: test_panel works on dies with wiring whose points or pads"),
    ("electroless_wiring", "", TEST, "after: layer2/copper", "works on dies with wiring whose points or pads"),
    ("1", "", "id: x, op: flip, process: turn_over", "before: test", "test: test_panel works on dies with wiring whose points or pads lie open on top"),
    ("sinks", "", LOGIC, "before: underfill_bake", "t: test_logic works on dies with wiring whose points or pads"),
    ("1", "inspect_points.sees=[attach]", "", "", "inspect_points looks at what lies in sight, and dies of attach is covered by then"),
    ("1", "final_look.sees=[attach]", "", "", "final_look looks at what lies in sight"),
    ("sinks", "-mark", MARK, "after: underfill_cure", "marked: mark marks what later steps cover"),
    ("1", "-mark", MARK, "before: passivate", "marks what later steps cover"),
    ("1", "-mark", MARK, "after: inspect_circuit", "marks what later steps cover"),
    ("glass_first_panel", "parts.glass_panel.uses=10000", "", "", "carriers are used at most 1000 times"),
]
FINE = [
    ("1", "", TEST, "after: layer2/seed_etch"), ("1", "", TEST, "after: peel_back"), ("1", "-test", TEST, "after: release_tape"),
    ("sinks", "-test", LOGIC, "after: release_tape"), ("flip_chip_bga", "final_look.sees=[attach]", "", ""), ("1", "-inspect_circuit", "", ""),
    ("sinks", "-mark", MARK, "after: heat_sink_cure"), ("sinks", "-mark", MARK, "after: release_tape"), ("1", "-mark", MARK, "after: passivation_cure"),
    # what helps, and what many lines do without
    ("sinks", "", "id: pl, op: clean, process: activate_plasma", "before: stiffener"),
    ("1", "", "id: pl, op: clean, process: activate_plasma", "before: passivate"), ("1", "", "id: wash, op: clean, process: scrub", "after: singulate"),
    ("pins", "parts.pin.material=copper", "", ""),
]
WARNED = [
    ("1", "test.coverage=0", "", "", "no step tests the packages"),
    ("1", "test.coverage=0", "", "", "test: its coverage is 0, so that it finds nothing"),
    ("1", "inspect_dies.coverage=0", "", "", "inspect_dies: its coverage is 0"),
    ("1", "test.sees=[]", "", "", "no step tests the packages"),
    ("1", "inspect_mould.sees=[]", "", "", "inspect_mould: sees names no step, so that it finds nothing"),
    ("1", "test.sees=[attach]", "", "", "what goes wrong at passivate, open_pads and pad_finish is looked for by no inspection or test after it"),
    ("1", "-test", TEST, "after: mask_back", "what goes wrong at pad_finish is looked for by no inspection"),
    ("sinks", "-stiffener first_heat_sink.rim_adhesive=null first_heat_sink.adhesive=lid_adhesive", "", "", "stands out 10.2 mm on every side of the dies"),
    ("sinks", "product.heat_sinks=0", "", "", "product.heat_sinks says 0, and the steps attach 2"),
    ("fan_in_wlcsp", "product.panel.diameter_mm=305", "", "", "is 305 mm; usually wafers and round panels are .* 200, 300, 330 or 450 mm wide"),
    ("glass_first_panel", "parts.glass_panel.uses=200", "", "", "usually carriers are used at most 100 times"),
    ("silicon_first_panel", "product.panel.part=logic_wafer", "", "", "logic_wafer is bought with a share of good dies on it"),
    ("1", "", "id: am, op: inspect, process: scan_mould", "after: dry_bake", "pack: dry_pack is for a panel without moisture"),
]


def _change(step: str, where: str) -> str:
    return inserted(step, where) if step else ""


@pytest.mark.parametrize(("flow", "edit", "step", "where", "words"), REFUSED)
def test_what_nobody_could_look_at_or_read_is_refused(tmp_path: Path, flow: str, edit: str, step: str, where: str, words: str) -> None:
    """Needles on shorted, covered or turned pads; a camera at what is covered; a mark below a coat or lid."""
    with pytest.raises(RecipeError, match=words):
        build(edited(tmp_path, flow, edit, _change(step, where)))


@pytest.mark.parametrize(("flow", "edit", "step", "where"), FINE)
def test_where_it_can_be_done_nothing_is_said(tmp_path: Path, flow: str, edit: str, step: str, where: str) -> None:
    """Tests at open pads, marks on what stays outside."""
    said = set(merits(base := edited(tmp_path, flow, ""), build(base)).warnings)
    recipe = edited(tmp_path, flow, edit, _change(step, where))
    assert [line for line in merits(recipe, build(recipe)).warnings if line not in said] == []


@pytest.mark.parametrize(("flow", "edit", "step", "where", "words"), WARNED)
def test_what_nobody_looks_for_is_told(tmp_path: Path, flow: str, edit: str, step: str, where: str, words: str) -> None:
    """A blind test is none, and what no look covers is shipped."""
    recipe = edited(tmp_path, flow, edit, _change(step, where))
    assert any(re.search(words, line) for line in merits(recipe, build(recipe)).warnings)


def test_a_carrier_that_is_freed_whole_is_used_again(tmp_path: Path) -> None:
    """Thrown away each time, it is asked for how many times it lasts; one that is dissolved is not."""
    bare = "  - set: {parts.bare_glass: {material: glass, thickness_um: 1100, price_usd_per_m2: 380}, product.panel.part: bare_glass}\n"
    recipe = edited(tmp_path, "glass_first_panel", "", bare)
    assert any("bare_glass is bought anew for every panel, though laser_release frees it" in line for line in merits(recipe, build(recipe)).warnings)
    dissolved = edited(tmp_path, "4", "")
    assert not any("bought anew" in line for line in merits(dissolved, build(dissolved)).warnings)


def test_a_foot_of_no_height_is_not_advised(tmp_path: Path) -> None:
    """Over a mould the surface is level: a lid without a foot lies on it."""
    lid = ("  - set: {parts.my_lid: {kind: lid, layers: [{material: nickel_copper, thickness_um: 760, mask: rim}, {material: nickel_copper, "
           "thickness_um: 1000}], price_usd: 1}}\n"
           "  - insert: [{id: m, op: fill, material: epoxy_mould, over_um: 60, process: compression_mould}, {id: mc, op: bake, process: post_mould_cure}, "
           "{id: lid, op: attach, what: my_lid, adhesive: lid_adhesive, adhesive_um: 60, process: attach_lid}, {id: lc, op: bake, process: lid_cure}]\n"
           "    before: flip\n")
    with pytest.raises(RecipeError, match=r"my_lid does not touch logic: .*; take a flat lid in place of my_lid"):
        build(edited(tmp_path, "flip_chip_bga", "", lid))
