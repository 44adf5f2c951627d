"""Numbers are held against the bounds of the library: beyond what is usual warned of, beyond what there is refused, of line and package alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from conftest import PACKAGES, ROOT, WHATIFS, loaded

from procsim.errors import RecipeError
from procsim.experiments.points import Evaluator
from procsim.model.ability import Ability
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.section import limits
from procsim.section.build import build
from procsim.section.roles import COATS

FLOWS = ROOT / "flows"
EVALUATOR = Evaluator(FLOWS / "embodiment_1.yaml")


def edited(flow: str, *sets: str) -> Recipe:
    return load(FLOWS / f"{flow}.yaml", sets)


WARNED = [
    ("embodiment_1", "product.dies.logic.power_W=120", "the die gives off 187.5 W/cm²; usually a die gives off at most 150 W/cm²"),
    ("embodiment_1", "product.bonding.count=20", "there are 17.5 pads for a bonding point; usually there are at most 10"),
    ("embodiment_1", "product.dies.logic.pads=5", "there are 60 bonding points for a pad; usually there are at most 2"),
    ("embodiment_1", "grind.less_um=10", "polish: cmp_flat takes off 50 µm; usually it is at most 30 µm"),
    ("embodiment_1", "product.bonding.board_pitch_mm=0.25", "usually boards take points at least 0.3 mm apart"),
    ("embodiment_1", "economics.hours_per_year=500", "usually lines run at least 1500 hours a year"),
    ("embodiment_1", "tools.box_oven.batch.max_panels=1000", "usually ovens, furnaces and baths hold at most 800 panels or strips"),
    ("embodiment_1", "attach.time_s=0", "step attach at die_bonder takes no time"),
    ("embodiment_4", "bond.contacts=null", "bond: copper_panel goes over dies, and contacts is not said"),
    ("embodiment_1", "tools.die_bonder.price_usd=70", "is 70, more than 10 times beyond the 350000 to 1.2e\\+06 in which it is believed"),
    ("embodiment_1", "materials.copper.price_usd_per_kg=12000", "is 12000, more than 10 times beyond the 9.5 to 16"),
    ("embodiment_1", "economics.labour_usd_per_h=1500", "is 1500, more than 10 times beyond the 4 to 55 in which it is believed \\(engineering estimate"),
    ("embodiment_1", "economics.volume_units=1", "is 1, more than 10 times beyond"),
    ("embodiment_1", "tools.die_bonder.load_s=60000", "is 60000, and 60 in the library: more than 100 times apart"),
    ("embodiment_1", "tools.box_oven.failures.breakdown.mttr_h=6000", "is 6000, and 6 in the library: more than 100 times apart"),
    ("embodiment_1", "processes.expose_resist.time_s.per_panel=0.03", "is 0.03, and 30 in the library: more than 100 times apart"),
    ("embodiment_1", "layer/plate.current_density_A_dm2=90", "layer/plate.current_density_A_dm2 is 90, more than 10 times beyond the 2 to 5"),
]


@pytest.mark.parametrize(("flow", "edit", "words"), WARNED, ids=[edit for _, edit, _ in WARNED])
def test_what_is_unusual_is_warned_of_once(flow: str, edit: str, words: str) -> None:
    """A package or line that a real plant could just do; without the edit nobody is warned."""
    told = [line for line in make(edited(flow, edit)).warnings if re.search(words, line)]
    assert len(told) == 1
    assert not [line for line in make(loaded(FLOWS / f"{flow}.yaml")).warnings if re.search(words, line)]


REFUSED = [
    ("tools.box_oven.batch.max_panels=100000", "ovens, furnaces and baths hold at most 3000 panels or strips"),
    ("line.lot.panels=5000", "lots are carried in cassettes or magazines of at most 2000 panels"),
    ("economics.hours_per_year=1", "lines run at least 100 hours a year"),
    ("economics.shifts_per_week=200", "a week has at most 42 shifts"),
    ("economics.labour_usd_per_h=15000", "an hour of work costs at most 2000 USD"),
    ("tools.die_bonder.price_usd=7e8", "tools of a packaging line cost at most 4e\\+08 USD"),
    ("tools.die_bonder.power_kw=1e6", "tools draw at most 10000 kW"),
    ("economics.life_years=500", "tools are written off over at most 60 years"),
]


@pytest.mark.parametrize(("edit", "words"), REFUSED, ids=[edit for edit, _ in REFUSED])
def test_a_line_that_nobody_has_is_refused(edit: str, words: str) -> None:
    """With the place of the edit."""
    with pytest.raises(RecipeError, match=words) as caught:
        make(edited("embodiment_1", edit))
    assert caught.value.problems[0].place is not None
    assert str(caught.value.problems[0].place).startswith("--set ")


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda path: path.stem)
def test_shipped_recipes_keep_to_all_bounds(path: Path) -> None:
    """Nothing of them is refused, and nothing is unusual."""
    recipe = loaded(path)
    for one in (recipe, *recipe.packages.values()):
        assert not list(limits.problems(one, limits.OF_LINE | limits.OF_PACKAGE))
        assert not limits.warnings(one, limits.OF_LINE | limits.OF_PACKAGE)


def test_every_bound_says_on_whose_word_it_stands() -> None:
    """A source, or a range in which the estimate is believed; and it bounds something."""
    for name, bound in yaml.safe_load((FLOWS / "library" / "bounds.yaml").read_text(encoding="utf-8")).items():
        given = [bound[key] for key in ("least", "most", "usual_least", "usual_most") if key in bound]
        assert given, name
        assert "source" in bound or all(isinstance(one, dict) and one.keys() & {"low", "source"} for one in given), name


def test_removals_and_coats_bound_what_they_do() -> None:
    """Each process that grinds, polishes or cuts a cavity, and each material that is laid as a coat, says how little and how much of it there is."""
    document = loaded(FLOWS / "embodiment_1.yaml").document
    for name, process in document.processes.items():
        can = process.can or Ability()
        if {"planarize", "cavity"} & set(can.ops):
            assert can.min_um is not None, name
            assert can.max_um is not None, name
    for name, material in document.materials.items():
        if COATS & set(material.roles) and name != "copper":     # of which the bath says it
            assert material.min_um is not None, name
            assert material.max_um is not None, name


def test_a_bound_is_data_that_a_recipe_may_change() -> None:
    """Tighter, wider, or one of its own; and one of what there is not is told."""
    with pytest.raises(RecipeError, match=r"product.package.width_mm is 15 mm; trays, sockets and boards take packages of at most 10 mm"):
        build(edited("embodiment_1", "bounds.package.most=10", "bounds.package.usual_most=10"))
    large = ["product.package.width_mm=200", "product.package.length_mm=200", "bounds.package.most=250"]
    assert any("usually trays" in line for line in limits.warnings(edited("embodiment_1", *large), limits.OF_PACKAGE))
    own = "bounds.thin={of: [steps.*.over_um], most: 40, what: 'we fill {} over the dies', unit: µm}"
    with pytest.raises(RecipeError, match=r"mould.over_um is 60 µm; we fill at most 40 µm over the dies"):
        build(edited("embodiment_1", own))
    with pytest.raises(RecipeError, match=r"what is a sentence with {} once"):
        edited("embodiment_1", "bounds.thin={of: [steps.*.over_um], most: 40, what: thin}")
    with pytest.raises(RecipeError, match=r"or of one of heat_flux.* \(got heat_flx\); did you mean 'heat_flux'"):
        build(edited("embodiment_1", "bounds.thin={of: [heat_flx], most: 40, what: '{}'}"))


def test_what_a_recipe_leaves_open_is_not_bounded() -> None:
    """A panel without an edge of its own is no panel with an edge of 0."""
    recipe = edited("embodiment_1", "product.panel.edge_mm=null")
    assert recipe.product.panel.edge_mm == 0
    assert not list(limits.problems(recipe, limits.OF_PACKAGE))


@pytest.mark.parametrize(("value", "least", "most", "unit", "meant"), [
    (15000, 0.3, 150, "mm", "did you mean 15? 15000 µm are 15 mm"), (0.025, 5, 150, "µm", "did you mean 25? 0.025 mm are 25 µm"),
    (0.51, 20, 1500, "mm", "did you mean 510? 0.51 m are 510 mm"), (300, 0.3, 150, "mm", ""), (1e9, 0.3, 150, "mm", ""), (15000, 1, 20, "W", ""),
])
def test_a_unit_is_doubted_only_where_another_one_would_fit(value: float, least: float, most: float, unit: str, meant: str) -> None:
    """A value that misses by far, and lies within a thousandth or a thousandfold."""
    assert limits.slip(value, least, most, unit).removeprefix("; ") == meant


@pytest.mark.parametrize("edit", [
    "economics.hours_per_year=1", "economics.labour_usd_per_h=50000", "tools.grinder.price_usd=1e11", "tools.grinder.count=20000", "grind.stop_um=300",
    "processes.grind.stop_um=300", "materials.copper.density_g_cm3=8900", "materials.copper.resistivity_uohm_cm=1e9", "line.lot.panels=5000",
    "product.dies.logic.power_W=5000", "product.bonding.board_pitch_mm=0.05", "attach.placement_um=5000", "tools.box_oven.batch.max_panels=100000"])
def test_a_point_of_a_study_keeps_to_the_same_bounds(edit: str) -> None:
    """A point of which only numbers are read again is refused as the recipe with that edit is, in the same words."""
    address, _, value = edit.partition("=")
    with pytest.raises(RecipeError) as whole:
        make(edited("embodiment_1", edit))
    for ask in (EVALUATOR.at, EVALUATOR.plan_at):
        with pytest.raises(RecipeError) as point:
            ask({address: value})
        assert {problem.message for problem in point.value.problems} <= {problem.message for problem in whole.value.problems}
