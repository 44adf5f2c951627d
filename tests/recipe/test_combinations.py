"""What-ifs of one package laid one over the other, across all that it may be made of: each builds and has a cost, or is refused for a reason."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from conftest import PACKAGES, ROOT, WHATIFS
from hypothesis import given, settings
from hypothesis import strategies as st

from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.planning.make import make
from procsim.recipe.expand import Expansion, tree_of
from procsim.recipe.extends import source_of
from procsim.recipe.load import load
from procsim.section.build import build
from procsim.section.figures_of_merit import merits

FLOWS = ROOT / "flows"
BUILDS = [
    "embodiment_1: laser_vias pins", "embodiment_1: plasma_vias solder_bumps laser_singulation", "embodiment_1: laser_vias bcb_dielectric third_wiring_layer",
    "embodiment_1: bcb_dielectric laser_vias electroless_wiring", "embodiment_1: sputtered_wiring plasma_vias solder_bumps two_die_module",
    "embodiment_1: stress_buffer plasma_vias aluminium_panel", "embodiment_1: electroless_wiring glue_filled_vias four_wiring_layers",
    "embodiment_1: glue_filled_vias electroless_wiring", "embodiment_1: porous_dielectric two_unlike_dies laser_singulation",
    "embodiment_1: etched_filling paste_die_attach single_wiring_layer", "embodiment_1: laser_vias dielectric_filling solder_bumps",
    "embodiment_1: polyimide_passivation mems_sensor comb_capacitor", "embodiment_1: round_panel laser_vias six_wiring_layers",
    "embodiment_1: two_die_module bcb_dielectric polymer_filling made_in_taiwan", "embodiment_1: operators_and_shifts sputtered_wiring laser_singulation",
    "embodiment_2: gold_bumps four_die_module metal_reclaim", "embodiment_4: plasma_holes glass_under_insulator oxide_filling",
    "embodiment_4: thickest_insulator ceramic_first_panel", "embodiment_4: glue_filled_first_holes glass_under_insulator",
    "embodiment_5: carriers_that_break silicon_first_panel", "dual_heat_sink: finned_heat_sink one_body_heat_sink",
]
REFUSED = {
    "embodiment_1: electroless_wiring sputtered_wiring": r"no step 'layer/plate' any more: \S*electroless_wiring.yaml:\d+ took it away",
    "embodiment_1: pins two_die_module": r"342 places for 500 bonding points",
    "embodiment_1: two_die_module single_wiring_layer comb_capacitor": r"passive comb starts at logic\.left; it starts at a die's side or a declared net: logic1\.left",
    "embodiment_4: drilled_holes thickest_insulator": r"id 'first/glue' is used twice; first at \S*drilled_holes.yaml:\d+",
    "embodiment_5: silicon_first_panel no_insulating_layer": r"thin_panel: would grind 50 µm into the active surface of logic",
    "embodiment_5: no_insulating_layer glass_first_panel": r"no step 'insulate' any more: \S*no_insulating_layer.yaml:\d+ took it away",
}


def read(text: str) -> tuple[Path, list[Path]]:
    """A flow and the what-ifs over it."""
    name, words = text.split(": ")
    return FLOWS / f"{name}.yaml", [FLOWS / "whatif" / f"{word}.yaml" for word in words.split()]


def costed(flow: Path, over: list[Path]) -> float:
    """The direct cost of the package, which is built, measured and made on its line; overload is none of a package's faults."""
    recipe = load(flow, over=over)
    plan = make(recipe)
    if plan.product:
        built = build(recipe)
        assert merits(recipe, built).rows
        assert built[-1].after.columns
    return solve(plan).direct


@pytest.mark.parametrize("text", BUILDS)
def test_what_goes_together_is_built_and_costed(text: str) -> None:
    """Vias, wiring, terminals, singulation, dielectrics, substrates, layers and dies, two to four of them at once."""
    assert costed(*read(text)) > 0


@pytest.mark.parametrize("text", REFUSED)
def test_what_does_not_is_refused_for_its_reason(text: str) -> None:
    """The message names both files, or what is physically wrong."""
    with pytest.raises(RecipeError) as caught:
        costed(*read(text))
    assert re.search(REFUSED[text], str(caught.value)), str(caught.value)


@cache
def families() -> dict[Path, list[Path]]:
    """What-ifs by the package at their bottom."""
    found: dict[Path, list[Path]] = {}
    for path in WHATIFS:
        found.setdefault(source_of(path, (), Expansion((tree_of(path),))).path, []).append(path)
    return {base: paths for base, paths in found.items() if base in PACKAGES and len(paths) > 1}


@given(st.data())
@settings(max_examples=25)
def test_no_combination_crashes(data: st.DataObject) -> None:
    """Any two to four what-ifs of a package, in any order: a cost, or an error at a place, in words."""
    base = data.draw(st.sampled_from(sorted(families())))
    over = data.draw(st.lists(st.sampled_from(families()[base]), min_size=2, max_size=4, unique=True))
    try:
        assert costed(base, over) > 0
    except RecipeError as error:
        for problem in error.problems:
            assert problem.place is not None and len(problem.message) > 15, str(error)
    except InfeasibleError as error:
        assert str(error)
