"""Tests that a step which says the same is not read again, and one that says anything else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from procsim.errors import RecipeError
from procsim.experiments.points import Evaluator
from procsim.recipe import placed
from procsim.recipe.load import load
from procsim.recipe.source import read_text

FLOW = Path(__file__).resolve().parents[2] / "flows" / "embodiment_1.yaml"
EDITS = ("layer.repeat=3", "layer/plate.thickness_um=6", "layer1/plate.thickness_um=6", "processes.grind.time_s.per_panel=77", "grind.process=cmp_flat",
         "tools.grinder.count=4", "processes.plate_copper.current_density_A_dm2=3", "grind.less_um={mid: 40, low: 30, high: 50}")


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_remembered_reads_as_what_is_read_anew(edit: str) -> None:
    """Steps, places and ranges, whatever was read before."""
    load(FLOW), load(FLOW, ["layer/plate.thickness_um=7"])
    kept = load(FLOW, [edit])
    placed._known.clear()
    fresh = load(FLOW, [edit])
    assert kept.steps == fresh.steps and kept.ranges == fresh.ranges and kept.hash == fresh.hash and kept.warnings == fresh.warnings


def test_steps_that_an_edit_leaves_alone_are_the_very_same() -> None:
    """Others are not: neither those that it edits, nor those whose process it does."""
    before = {one.id: one for one in load(FLOW).steps}
    after = {one.id: one for one in load(FLOW, ["layer.repeat=3", "grind.less_um=40", "processes.scrub.time_s.per_panel=9"]).steps}
    assert {name for name in before if before[name] is not after[name]} == {"grind", "grind_clean", "polish_clean"}


def test_a_mistake_is_told_each_time() -> None:
    for _ in range(2):
        with pytest.raises(RecipeError, match="less_um must be > 0"):
            load(FLOW, ["grind.less_um=-1"])


def test_hundreds_of_edits_do_not_have_the_libraries_read_again() -> None:
    """What is set counts among the texts that are remembered."""
    load(FLOW)
    for n in range(200):
        read_text(f"{n}.5", f"--set product.dies.logic.price_usd={n}.5")
    before = read_text.cache_info().misses
    load(FLOW, ["layer.repeat=5"])
    assert read_text.cache_info().misses <= before + 1


def test_a_number_of_a_material_that_there_is_not_is_told_as_when_all_is_read() -> None:
    """Near the flow as from its file: who asks for points of a flow is told the same."""
    address = "processes.expose_dielectric.consumes.nothing_of_this.per_panel"
    with pytest.raises(RecipeError, match="no material 'nothing_of_this'"):
        load(FLOW, [f"{address}=1"])
    of = Evaluator(load(FLOW))
    with pytest.raises(RecipeError, match="no material 'nothing_of_this'"):
        of.at({address: "1"}, True)
    known = of.at({address.replace("nothing_of_this", "epoxy_mould"): "1"}, True).figures()
    assert known["cost_per_good_unit_loaded"] > of.at({}, True).figures()["cost_per_good_unit_loaded"]
