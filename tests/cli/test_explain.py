"""Tests that the command line says what ops, keys and addresses mean, in the words of the model."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from procsim.cli import main
from procsim.model.descriptions import descriptions
from procsim.model.explained import everywhere, explained
from procsim.model.line import Release
from procsim.model.steps import OPS
from procsim.model.wafer import Wafer
from procsim.recipe.entries import ENTRIES
from procsim.recipe.load import load
from procsim.recipe.shipped_entries import shipped_entry
from procsim.recipe.source import SHIPPED, read_file


@pytest.mark.parametrize("op", [op for op in OPS if op])
def test_every_op_says_what_it_does_and_what_it_takes(op: str) -> None:
    """The op first, then the keys that are its own, none of which every step has."""
    first, *keys = explained(op)
    assert (first.key, first.where) == (op, "op") and first.meaning
    assert {one.key for one in keys} == set(descriptions(OPS[op])) - set(descriptions(OPS[None])) - {"op"}


def test_every_key_says_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of all models of a recipe: those of one name once for each meaning, and none without one."""
    known = cache(descriptions)  # each model is read once for all keys
    monkeypatch.setattr("procsim.model.explained.descriptions", known)
    meanings = cache(lambda key: {one.meaning for one in explained(key)})
    for model in everywhere():
        for key, text in known(model).items():
            assert text in meanings(key) or key in OPS, (model.__name__, key)


@pytest.mark.parametrize(("address", "meaning"), [
    ("line.release.every_h", descriptions(Release)["every_h"]), ("line.releases.hot.every_h", descriptions(Release)["every_h"]),
    ("mould.over_um", descriptions(OPS["fill"])["over_um"])])
def test_an_address_means_one_thing(address: str, meaning: str) -> None:
    """Names in mappings, and of steps, may be any."""
    assert [one.meaning for one in explained(address)] == [meaning]


def test_the_end_of_an_address_will_do() -> None:
    """What it is in every recipe stands before what it would be of a step of that name."""
    assert explained("wafer.coverage")[0].meaning == descriptions(Wafer)["coverage"]
    assert [one.meaning for one in explained("wafer.diameter_mm")] == [descriptions(Wafer)["diameter_mm"]]


def test_what_is_nothing_is_told_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2."""
    assert main(["explain", "planarise"]) == 2
    told = capsys.readouterr().err
    assert "no op, key or address 'planarise'" in told and "did you mean 'planarize'" in told
    assert main(["explain", "grindd"]) == 2
    assert "'grind'" in capsys.readouterr().err
    assert main(["explain", "over_um"]) == 0
    assert "over_um  (" in capsys.readouterr().out


def test_where_a_key_stands_is_a_whole_clause() -> None:
    """Quotation is closed, and of steps and of laws it is told which."""
    for model in everywhere():
        for key in descriptions(model):
            for one in explained(key):
                assert one.where and one.where.count("`") % 2 == 0 and "Strict" not in one.where, (one.key, one.where)
    assert [one.where for one in explained("over_um")] == ["op fill"]
    assert {one.where for one in explained("weights")} == {"parameter of a distribution"}


def test_a_key_says_unit_range_and_default() -> None:
    """And an op the drivers that its steps count."""
    assert [one.facts for one in explained("over_um")] == ["A number ≥ 0, in µm, left out: `0`"]
    assert [one.facts for one in explained("line.shifts.day.on_off_h")] == ["A list of numbers > 0, in h"]
    assert [one.facts for one in explained("line.dispatch")] == [
        "One of `fifo`, `priority`, `spt`, `edd`, `critical_ratio`, `least_setup` or `longest_remaining_work`, or a list of these, left out: `fifo`"]
    assert [one.facts for one in explained("line.start_wip.since_h")] == ["A number, in h, left out: `0`"]
    assert [one.facts for one in explained("exponential")] == ["A mapping (its parameters)"]
    assert explained("singulate")[0].facts.endswith("per_run, per_lot, per_panel, per_unit, per_cm2, per_um, per_m")


@pytest.mark.parametrize("kind", list(ENTRIES))
def test_every_entry_of_the_library_is_explained(kind: str) -> None:
    """Its place and source first, then each key that it holds, with a meaning and its value."""
    for name, held in read_file(SHIPPED / "library" / f"{kind}.yaml").mapping.items():
        first, *keys = shipped_entry(f"{kind}.{name}")
        assert first.key == name and f"flows:library/{kind}.yaml:" in first.where and first.meaning
        assert {one.key for one in keys} >= set(held.mapping) - {"source", "note"}
        assert all(one.meaning and one.facts for one in keys if one.where == name), name


def test_a_number_of_the_library_is_told_with_its_range_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    """As its file has them: a process with what its amounts are per, a material that a section may stand before."""
    held = read_file(SHIPPED / "library" / "processes.yaml").mapping["grind"].mapping["time_s"].mapping["per_panel"].mapping
    assert main(["explain", "grind"]) == 0
    assert "per_panel {mid} ({low} to {high}), in s".format(**{key: held[key].value for key in ("mid", "low", "high")}) in capsys.readouterr().out
    assert shipped_entry("copper") == shipped_entry("materials.copper") != ()
    assert shipped_entry("tools.copper") == ()


def test_entries_of_one_name_say_which_of_them_a_recipe_takes(tmp_path: Path) -> None:
    """The one of every recipe names those that lie over it, and each of these the words by which a recipe has it: with them it has their numbers."""
    heads = {one.where.split(", ")[1].rpartition(":")[0]: one.facts for one in shipped_entry("tools.plater") if one.key == "plater"}
    base, over = "flows:library/tools.yaml", "flows:library/tools_wafer.yaml"
    assert heads[base].startswith("Taken by every recipe that says nothing else") and over in heads[base]
    assert heads[over].startswith(f"Laid over the entry in {base}, key by key")
    assert shipped_entry("materials.copper")[0].facts == ""
    said = re.findall(r"`(library: .*)`", heads[over])[0]
    flow = "name: line\nline: {{lot: {{panels: 1}}, release: {{every_h: 1}}}}\nrun: {{horizon_h: 9}}\nsteps: [{{id: a, tool: plater, time_h: 0.1}}]\n{}\n"
    made = [tmp_path / "plain.yaml", tmp_path / "over.yaml"]
    for path, library in zip(made, ("library: {tools: shipped}", said), strict=True):
        path.write_text(flow.format(library), encoding="utf-8")
    plain, laid = (load(path).document.tools["plater"] for path in made)
    assert (plain.made_for, laid.made_for) == ("panel", "wafer")
    assert laid.footprint_m2 == plain.footprint_m2, "what the upper says nothing of stays"
