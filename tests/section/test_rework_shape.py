"""Tests that a step of rework leaves the section alone, and is told so before anything that follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from procsim.errors import RecipeError
from procsim.recipe.load import load
from procsim.section.build import build

REDO = """extends: flows:embodiment_1.yaml
changes:
  - set: {{layer1/develop.rework: {{chance: 0.05, via: [redo], to: layer1/resist}}}}
  - insert: [{{id: redo, {op}, process: strip_resist, rework_only: true}}]
    after: layer1/develop
"""


def written(folder: Path, op: str) -> Path:
    """A recipe whose first resist is put on again, by way of a step with that *op*."""
    path = folder / "redo.yaml"
    path.write_text(REDO.format(op=op), encoding="utf-8")
    return path


def test_an_op_that_would_take_the_resist_off_the_main_route_is_the_one_mistake(tmp_path: Path) -> None:
    """Not what the steps behind it would find without a resist, and with what to write."""
    with pytest.raises(RecipeError, match=r"layer1/redo: rework must leave the package's shape alone, and op strip does not; write op clean") as told:
        build(load(written(tmp_path, "op: strip, material: photoresist")))
    assert len(told.value.problems) == 1


def test_a_clean_that_strips_leaves_the_section_as_it_is(tmp_path: Path) -> None:
    """As the page on rework has it."""
    built = {one.step.id: one for one in build(load(written(tmp_path, "op: clean")))}
    assert built["layer1/redo"].before.columns == built["layer1/redo"].after.columns == built["layer1/descum"].before.columns


def test_the_page_on_rework_shows_such_a_step() -> None:
    """Its example is of an op that is taken."""
    text = (ROOT / "docs" / "howto" / "rework.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "rework_only: true" in line)
    assert "op: clean, process: strip_resist" in line
