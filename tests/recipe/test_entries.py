"""Tests that an entry of a library is read once and that nothing is told wrong for it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, loaded

from procsim.errors import RecipeError
from procsim.recipe.load import load


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A package with all that it stands on in a folder of one's own."""
    for name in ("library", "modules"):
        shutil.copytree(ROOT / "flows" / name, tmp_path / name)
    text = (ROOT / "flows" / "embodiment_1.yaml").read_text(encoding="utf-8")
    own = "library: {" + ", ".join(f"{key}: library/{key}.yaml" for key in ("tools", "processes", "materials", "parts", "economics")) + "}\n"
    (tmp_path / "own.yaml").write_text(own + text, encoding="utf-8")
    return tmp_path


def test_recipes_share_what_a_library_says_and_nothing_that_is_edited() -> None:
    """An entry that nothing touches is the same in two recipes; one that an edit touches is the recipe's own, and leaves the next as it was."""
    path = ROOT / "flows" / "embodiment_1.yaml"
    one, edited, after = load(path), load(path, ["tools.laser_drill.price_usd=1", "materials.copper.price_usd_per_kg=2"]), load(path)
    assert edited.document.tools["laser_drill"].price_usd == 1
    assert edited.document.materials["copper"].price_usd_per_kg == 2
    assert one.document == after.document == loaded(path).document
    assert one.resolved == after.resolved
    assert one.ranges == after.ranges
    assert one.document.processes["grind"] is after.document.processes["grind"]
    for name in ("tools", "processes", "materials", "parts"):
        assert getattr(one.document, name) is not getattr(after.document, name)
    assert all(tool is not after.resolved["tools"][name] for name, tool in one.resolved["tools"].items())


def test_a_library_that_changes_is_read_anew(copied: Path) -> None:
    """Between two loads in one process, whatever the time or the size of the file."""
    path, library = copied / "own.yaml", copied / "library" / "materials.yaml"
    before = load(path).document.materials["copper"]
    text = library.read_text(encoding="utf-8")
    found = re.search(r"^copper:.*?conductivity_W_mK: *(\{mid: )?([\d.]+)", text, re.M | re.S)
    assert found is not None
    library.write_text(text[:found.start(2)] + "7".ljust(len(found[2]), "0") + text[found.end(2):], encoding="utf-8")
    after = load(path).document.materials["copper"]
    assert before.conductivity_W_mK != after.conductivity_W_mK == float("7".ljust(len(found[2]), "0"))


def test_a_mistake_in_a_library_is_told_each_time_where_it_stands(copied: Path) -> None:
    """Also of an entry that no step uses."""
    path, library = copied / "own.yaml", copied / "library" / "tools.yaml"
    with library.open("a", encoding="utf-8") as file:
        file.write("spare: {count: 1, price_usd: -5, source: nobody}\n")
    line = len(library.read_text(encoding="utf-8").splitlines())
    for _ in range(2):
        with pytest.raises(RecipeError, match=rf"library/tools\.yaml:{line}:\d+: error: .*price_usd must be >= 0 \(got -5\)  \[tools\.spare\.price_usd\]"):
            load(path)
