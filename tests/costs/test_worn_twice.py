"""Tests that what wears out is paid for once: by how long it lasts, or by what is used up of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from procsim.planning.make import make
from procsim.recipe.load import load

WEARING = ROOT / "flows" / "whatif" / "wearing_parts.yaml"


def told(*sets: str) -> list[str]:
    """The warnings that are of it."""
    return [text for text in make(load(WEARING, list(sets))).warnings if "twice" in text]


@pytest.mark.parametrize(("edit", "way"), [
    ("processes.saw.cuts.copper.consumes={saw_blade: 0.001}", "singulate pays for saw_blade twice: by its life_m, since it wears it, and by what cuts of saw say"),
    ("polish.consumes={cmp_pad: {per_panel: 0.01}}", "polish pays for cmp_pad twice: by its life_panels, since it wears it, and by what consumes of cmp_flat")])
def test_a_part_that_wears_and_is_used_up_is_warned_of(edit: str, way: str) -> None:
    """Each by itself looks right."""
    assert any(way in text for text in told(edit))


def test_the_shipped_what_if_pays_for_each_part_once_and_half_as_long() -> None:
    """As its description says: what a saw and a polish wear costs two thirds of what it does in the package."""
    assert not told()
    for name in ("saw_blade", "cmp_pad"):
        assert worn(WEARING, name) / worn(ROOT / "flows" / "embodiment_1.yaml", name) == pytest.approx(2 / 3, rel=0.02)


def worn(path: Path, name: str) -> float:
    """Pieces of *name* for a panel."""
    money = make(load(path)).money
    return sum(use.amount for use in money.uses if money.materials[use.material] == name)
