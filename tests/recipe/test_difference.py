"""Tests how two flat recipes are told apart: which keys, from what to what, and where each was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, loaded
from lines import Write

from procsim.recipe.difference import Changed, differences
from procsim.recipe.load import load

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"


def told(*sets: str) -> dict[str, Changed]:
    return {one.address: one for one in differences(loaded(EMBODIMENT_1), load(EMBODIMENT_1, list(sets)))}


def test_a_recipe_does_not_differ_from_itself() -> None:
    """Read twice, it says the same."""
    assert differences(loaded(EMBODIMENT_1), load(EMBODIMENT_1)) == []


def test_a_number_of_a_library_is_told_with_its_line() -> None:
    """Whether it is edited there, or the step gets one of its own, which stands above that of its process."""
    shared = told("processes.die_attach_tape.time_s.per_die=0.7")["processes.die_attach_tape.time_s.per_die"]
    own = told("attach.time_s.per_die=0.7")["attach.time_s.per_die"]
    assert shared.before == own.before == "0.8 (0.28 to 1.8)"
    assert shared.after == own.after == "0.7"
    assert shared.written == own.written
    file, _, line = own.written.rpartition(":")
    assert "per_die: {mid: 0.8" in (ROOT / file.replace("flows:", "flows/")).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert own.edited == "--set attach.time_s.per_die=0.7"


def test_a_layer_more_is_a_repeat_and_its_steps() -> None:
    """Each step with the line of the module that it comes from."""
    found = told("layer.repeat=3")
    assert (found["layer.repeat"].before, found["layer.repeat"].after) == ("2", "3")
    assert {name for name in found if name != "layer.repeat"} == {
        placed.id for placed in load(EMBODIMENT_1, ["layer.repeat=3"]).steps if placed.id.startswith("layer3/")}
    assert found["layer3/plate"].after == "plate by plate_copper"
    assert "modules/wiring.yaml:" in found["layer3/plate"].edited


def test_another_method_is_told_with_its_numbers() -> None:
    """What another process says is part of the flat recipe."""
    found = told("polish.process=grind")
    assert (found["polish.process"].before, found["polish.process"].after) == ("cmp_flat", "grind")
    assert any(name.startswith("polish.") and name != "polish.process" for name in found)


def test_steps_that_go_are_told_with_who_took_them(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """And sections that a file changes with its line."""
    monkeypatch.chdir(write().parent)
    path = write("extends: line.yaml\nchanges:\n  - remove: look\n  - set: {tools.a.count: 2}\n", "v.yaml")
    found = {one.address: one for one in differences(load(Path("line.yaml")), load(path))}
    assert (found["look"].before, found["look"].after, found["look"].edited) == ("inspect by b", "–", "v.yaml:3")
    assert found["tools.a.count"] == Changed("tools.a.count", "1", "2", "line.yaml:5", "v.yaml:4")


def test_packages_of_a_mix_are_compared_one_by_one() -> None:
    """A tool of the shared line is told once, a step of a package with its name."""
    mix = ROOT / "flows" / "whatif" / "two_packages.yaml"
    recipe = loaded(mix)
    name = next(iter(recipe.packages))
    step = recipe.packages[name].steps[0].id
    found = [one.address for one in differences(recipe, load(mix, ["tools.aoi.count=4", f"{name}/{step}.time_s.per_panel=99"]))]
    assert found.count("tools.aoi.count") == 1
    assert f"{name}/{step}.time_s.per_panel" in found
