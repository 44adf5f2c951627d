"""Tests the list of what a flow could be else: each row says what the command line says of that change alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import LINE, ROOT

from procsim.cli import main
from procsim.experiments.choices import METHOD, PART, PRICES, WHATIF, Worth, as_it_is, cheapest_first, choices, worth
from procsim.experiments.points import Evaluator
from procsim.recipe.load import load
from procsim.recipe.whatifs import whatifs_of
from procsim.studies.alternatives_of import alternatives_of

FLOW = ROOT / "flows" / "embodiment_1.yaml"
BOARD = {"twice.yaml": "changes: [{set: {tools.a.count: 2}}]", "overloaded.yaml": "changes: [{set: {line.release.every_h: 0.01}}]",
         "broken.yaml": "changes: [{set: {tools.a.count: -1}}]"}


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A plain line with three what-ifs, one of which cannot be built, and one of another flow."""
    (tmp_path / "whatif").mkdir()
    (tmp_path / "line.yaml").write_text(LINE, encoding="utf-8")
    for name, text in BOARD.items():
        (tmp_path / "whatif" / name).write_text(f"extends: ../line.yaml\n{text}\n", encoding="utf-8")
    (tmp_path / "whatif" / "other.yaml").write_text("extends: ../deadline.yaml\nchanges: []\n", encoding="utf-8")
    return tmp_path / "line.yaml"


def test_every_choice_that_the_flow_has_is_listed() -> None:
    """All its what-ifs, other price lists than its own, parts of the same kind, and processes that do the same op."""
    found = choices(load(FLOW))
    names = {one.text for one in found}
    assert len(names) == len(found) and {one.kind for one in found} == {WHATIF, PART, PRICES, METHOD}
    assert [one.over for one in found if one.kind == WHATIF] == whatifs_of(FLOW) and len(whatifs_of(FLOW)) > 60
    assert {"laser_vias", "library.economics=library/economics_germany.yaml", "product.panel.part=aluminium_panel", "mould.process=vacuum_fill",
            "layer/seed.process=sputter_copper"} <= names
    assert not {"library.economics=library/economics.yaml", "mould.process=compression_mould", "mould.process=grind"} & names
    assert "library.economics=library/economics_germany.yaml" in {one.text for one in choices(load(FLOW.parent / "whatif" / "laser_vias.yaml"))}


@pytest.mark.parametrize("text", ["laser_vias", "fan_in_wlcsp", "library.economics=library/economics_germany.yaml", "product.panel.part=aluminium_panel",
                                  "mould.process=vacuum_fill"])
def test_a_row_is_what_the_change_alone_comes_to(text: str) -> None:
    """Read by itself, as the command line reads it."""
    of = Evaluator(load(FLOW))
    choice = next(one for one in choices(of.recipe) if one.text == text)
    alone = load(FLOW, over=[choice.over]) if choice.over is not None else load(FLOW, [text])
    point = Evaluator(alone).at({}, True)
    figures, found = point.figures(), worth(of, choice)
    assert (found.loaded, found.direct, found.yield_, found.load) == tuple(
        figures[name] for name in ("cost_per_good_unit_loaded", "cost_per_good_unit_direct", "yield", "bottleneck_load"))
    assert found.bottleneck == point.bottleneck and found.why == "" and found.loaded != as_it_is(of).loaded


def test_what_cannot_be_built_says_why() -> None:
    """An etchant of another metal, and a bake that is too hot for what is there."""
    of = Evaluator(load(FLOW))
    by = {one.text: one for one in choices(of.recipe)}
    refused = [worth(of, by[text]) for text in ("layer/seed_etch.process=etch_silicon_panel", "passivation_cure.process=densify_oxide")]
    assert all(one.why and one.loaded != one.loaded for one in refused) and cheapest_first(refused) == []


def test_the_cheapest_comes_first_and_what_has_no_cost_last(line: Path) -> None:
    """The flow as it is stands among them."""
    found = alternatives_of(line)
    table = found.alternatives
    assert set(table["alternative"]) == {"", "twice", "overloaded"} and set(found.refused) == {"broken"} and "count" in found.refused["broken"]
    own = table.set_index("alternative")
    assert own.loc["", "kind"] == "as it is" and own.loc["", "change_usd"] == 0 and own.loc["overloaded", "bottleneck_load"] > 1
    costs = [cost for cost in table["cost_per_good_unit_loaded_usd"] if cost == cost]
    assert costs == sorted(costs) and list(table["cost_per_good_unit_loaded_usd"])[:len(costs)] == costs
    nan = float("nan")
    some = [Worth(choices(load(line))[0], loaded=cost) for cost in (nan, 2.0, 1.0)]
    assert [one.loaded for one in cheapest_first(some)][:2] == [1.0, 2.0]


def test_the_command_prints_it(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table, or as JSON with why the rest cannot be built."""
    assert main(["alternatives", str(line)]) == 0
    told = capsys.readouterr().out
    assert "by cost" in told and "twice" in told and "(overloaded)" in told and "1 more cannot be built" in told
    assert main(["alternatives", str(line), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["kind"] == "alternatives" and len(found["tables"]["alternatives"]) == 3 and "count" in found["refused"]["broken"]
