"""Tests that another yield law takes the place of the whole one: the parameter of the law that stood there goes, one that is written beside it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from procsim.errors import RecipeError
from procsim.model.process import Defects
from procsim.recipe.load import load

E1 = ROOT / "flows" / "embodiment_1.yaml"


def defects(*sets: str, path: Path = E1) -> Defects:
    """Of the first plating, which is clustered in the library, after *sets*."""
    found = next(placed for placed in load(path, list(sets)).steps if placed.id == "layer1/plate").step.defects
    assert found is not None
    return found


@pytest.mark.parametrize("edit", ["layer1/plate.defects.law=poisson", "layer1/plate.defects={law: murphy}", "processes.plate_copper.defects.law=seeds"])
def test_a_law_without_a_parameter_needs_none_taken_away(edit: str) -> None:
    """On a step, whole or by its key, and on the process in the library; the densities beside it stay."""
    before, after = defects(), defects(edit)
    assert before.clustering
    assert after.law != before.law
    assert after.clustering is None
    assert (after.per_cm2, after.per_via_ppm) == (before.per_cm2, before.per_via_ppm)


@pytest.mark.parametrize("written", ["law: bose_einstein, layers: 3", "layers: 3, law: bose_einstein"])
def test_the_parameter_beside_a_new_law_is_its_own_in_any_order(written: str) -> None:
    """A step's defects are laid over those of its process."""
    found = defects(f"layer1/plate.defects={{{written}}}")
    assert (found.law, found.layers, found.clustering) == ("bose_einstein", 3, None)


def test_the_same_law_keeps_its_parameter() -> None:
    """Nothing else stands in its place."""
    assert defects("layer1/plate.defects.law=negative_binomial") == defects()


@pytest.mark.parametrize("written", ["law: poisson, clustering: 2", "clustering: 2, law: poisson"])
def test_a_parameter_that_the_law_beside_it_does_not_have_is_told(written: str) -> None:
    """In any order: who writes both is not put right in silence."""
    with pytest.raises(RecipeError, match="law poisson knows no clustering; with it the law is negative_binomial"):
        defects(f"layer1/plate.defects={{{written}}}")


def test_one_site_of_a_tester_that_has_several_is_a_question() -> None:
    """What their efficiency is for is then not there; without any number of sites it is told, as ever."""
    steps = {placed.id: placed.step for placed in load(E1, ["test.sites=1"]).steps}
    assert steps["test"].site_share == 1.0
    with pytest.raises(RecipeError, match="site_efficiency is for several sites at once: say how many sites"):
        load(E1, ["inspect_points.site_efficiency=0.9"])
