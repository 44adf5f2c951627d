"""Nets over a die, buses, passives of one side, cavities of a depth per die, wafers of dies: connected, counted and refused."""

from __future__ import annotations

import pytest
from conftest import ROOT
from evidence import columns, evaluate

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section.build import build
from procsim.section.electrical import nets
from procsim.section.quantities import quantities


def flow(name: str, *edits: str) -> Recipe:
    return load(ROOT / "flows" / f"{name}.yaml", list(edits))


THREE = ("product.passives={a: {kind: comb, layer: 2, between: [logic.left, x], width_um: 800, length_um: 800}, b: {kind: plate, layer: 1, between: "
         "[logic.left, y], width_um: 800, length_um: 800}, c: {kind: resistor, layer: 1, between: [logic.left, z], width_um: 800, length_um: 800}}")


def test_all_passives_of_a_side_are_connected_to_it() -> None:
    """The first beside the die, the others over it, each between a bonding pad of its own and one of the side that a die pad reaches."""
    end = build(flow("embodiment_1", THREE))[-1].after
    for name in "abc":
        assert columns(end, f"passive:{name}")
    assert {c.die for c in columns(end, "passive:a")} == {""}
    assert {c.die for name in "bc" for c in columns(end, f"passive:{name}")} == {"logic"}
    whole = sum(c.area_cm2 for c in end.columns)
    assert whole == pytest.approx(sum(c.area_cm2 for c in build(flow("embodiment_1"))[-1].after.columns))


@pytest.mark.parametrize(("name", "edits", "words"), [
    ("embodiment_1", ["product.buses={vdd: {width_um: 100, length_mm: 7}}"], "bus vdd is no net that runs over a die"),
    ("embodiment_2", ["cavities.depth_um={memory: 225}"], "depth_um names the dies memory, the package has logic"),
    ("embodiment_2", ["cavities.depth_um={logic: 1225}"], "goes through the panel"),
    ("whatif/plate_capacitor", ["product.passives.plate.insulator=high_k_paste"], "between the plates of plate lies polyimide, not high_k_paste"),
    ("whatif/spiral_inductor", ["product.passives.coil.turns=5", "product.passives.coil.kind=solenoid"], "no circular turns"),
    ("whatif/waveguide", ["layer.repeat=2"], "lies in wiring layer 3, but the steps build 2"),
    ("whatif/fan_in_wlcsp", ["product.dies.logic.thickness_um=500"], "the dies are 500 µm thick, and the wafer that they are in 775 µm"),
    ("whatif/fan_in_wlcsp", ["product.package.width_mm=9"], "one die, of the package's size"),
    ("whatif/pins", ["points.adhesive=die_tape"], "does not conduct"),
    ("embodiment_4", ["first/drill.through=[]"], "the holes land on bcb_adhesive"),
])
def test_what_cannot_be_is_refused(name: str, edits: list[str], words: str) -> None:
    """With what is wrong, in the words of the recipe."""
    with pytest.raises(RecipeError, match=words):
        build(flow(name, *edits))


def test_cavities_of_unlike_depths_count_each_for_itself() -> None:
    """The volume is that of each die's own cavity, and both dies lie flush."""
    recipe = flow("whatif/unlike_depths")
    built = build(recipe)
    known = next(q for one, q in zip(built, quantities(recipe, built), strict=True) if one.step.id == "cavities")
    assert known.amounts["cm3"].value == pytest.approx((0.64 * 325 + 0.54 * 225) * 1e-4, rel=0.05)
    evaluate("level", "whatif/unlike_depths", "die = run @ attach")


def test_wider_and_thicker_traces_resist_less_and_longer_ones_more() -> None:
    """Resistance goes as length over width and thickness; a longer way takes longer."""
    def figures(*edits: str) -> dict[str, float]:
        recipe = flow("embodiment_1", *edits)
        return {row[0]: row[2] for row in nets(recipe, build(recipe)[-1].after)}

    base, wide = figures(), figures("product.wiring.line_um=20")
    assert wide["net_mean_resistance"] == pytest.approx(base["net_mean_resistance"] / 2, rel=0.01)
    large = figures("product.package.width_mm=20", "product.package.length_mm=20", "product.bonding.pitch_mm=1.1")
    assert large["net_length_mean"] > base["net_length_mean"]
    assert large["net_mean_delay"] > base["net_mean_delay"]
