"""Tests that a lid's joints are counted where the section has them: on the dies, on the ring or foot below its rim, or all over a filling."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from test_silly_edits import edited

from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import build
from procsim.section.quantities import Joint, quantities

SINKS = ROOT / "flows" / "dual_heat_sink.yaml"
RING = 34.5**2 - 28.5**2
"""mm² of the stiffener's wall, 3 mm wide."""


def joints(recipe: Recipe) -> list[Joint]:
    """Of the step that puts the lid on."""
    found = zip(recipe.steps, quantities(recipe, build(recipe)), strict=True)
    return [joint for placed, one in found if placed.step.op == "attach" for joint in one.joints]


@pytest.mark.parametrize(("sets", "material", "mm2"), [
    ([], "lid_adhesive", RING),
    (["first_heat_sink.rim_adhesive=conductive_paste"], "conductive_paste", RING),
    (["first_heat_sink.rim_adhesive=null", "first_heat_sink.adhesive=lid_adhesive"], "lid_adhesive", RING),
    (["parts.heat_sink_lid.width_mm=32"], "lid_adhesive", 32 * 34.5 - 28.5**2)])
def test_a_rim_is_glued_on_the_wall_below_it_with_its_own_adhesive(sets: list[str], material: str, mm2: float) -> None:
    """70 µm thick: the die's back stands 10 µm over the ring, and 60 µm of gel on it."""
    (joint,) = joints(load(SINKS, sets))
    assert (joint.material, joint.cm2, joint.um) == (material, pytest.approx(mm2 / 100), pytest.approx(70))


def test_a_foot_is_glued_as_wide_as_it_is() -> None:
    """As thick as the gel on the die: the foot is as high as that stands."""
    (joint,) = joints(load(ROOT / "flows" / "whatif" / "one_body_heat_sink.yaml"))
    assert (joint.material, joint.cm2, joint.um) == ("lid_adhesive", pytest.approx(RING / 100), pytest.approx(60))


def test_a_lid_over_a_filling_is_glued_all_over(tmp_path: Path) -> None:
    """What lies beside the dies takes its adhesive too, but for the street."""
    lid = ("  - set: {parts.my_lid: {kind: lid, material: nickel_copper, thickness_um: 500, width_mm: 14, length_mm: 14.5, price_usd: 1}}\n"
           "  - insert: [{id: m, op: fill, material: epoxy_mould, over_um: 60, process: compression_mould}, {id: mc, op: bake, process: post_mould_cure}, "
           "{id: lid, op: attach, what: my_lid, adhesive: lid_adhesive, adhesive_um: 60, process: attach_lid}, {id: lc, op: bake, process: lid_cure}]\n"
           "    before: flip\n")
    found = joints(edited(tmp_path, "flip_chip_bga", "", lid))
    assert {joint.material for joint in found} == {"lid_adhesive"}
    assert sum(joint.cm2 for joint in found) == pytest.approx((14 * 14.5 - 8 * 8) / 100)
    assert [joint.um for joint in found] == [pytest.approx(60)] * len(found)


def test_what_a_joint_takes_is_paid_for() -> None:
    """In grams of what is bought: volume × density / usage; the other adhesive is paid for in its place, and none twice."""
    for sets, glue in (((), "lid_adhesive"), (("first_heat_sink.rim_adhesive=conductive_paste",), "conductive_paste")):
        recipe = load(SINKS, list(sets))
        money, material = make(recipe).money, recipe.document.materials[glue]
        step = next(s for s, placed in enumerate(recipe.steps) if placed.id == "first_heat_sink")
        used = {money.materials[use.material]: use.amount for use in money.uses if use.step == step}
        assert material.unit == "g"
        assert used.keys() == {"tim_gel", glue, "heat_sink_lid"}
        assert used[glue] == pytest.approx(RING / 100 * 70e-4 * (material.density_g_cm3 or 0) / material.usage)
