"""Tests flows side by side: edits of one or of all, at their own outputs or at one demand, in closed form and simulated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import LINE, ROOT, TINY

import procsim
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError, RecipeError
from procsim.figures.compare import compare as drawn
from procsim.studies.compare import compare
from procsim.studies.flow import plan

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
FLIP_CHIP = ROOT / "flows" / "whatif" / "flip_chip_bga.yaml"
LOADED = "cost_per_good_unit_loaded"


@pytest.fixture
def two(here: Path) -> list[str]:
    """Two lines of a folder: the tiny one, and one that makes half as many."""
    (here / "slow.yaml").write_text(LINE.replace("every_h: 2", "every_h: 4"), encoding="utf-8")
    return ["line.yaml", "slow.yaml"]


def test_figures_are_those_of_each_flow_alone(two: list[str]) -> None:
    """In closed form, and simulated with its own seed."""
    closed, simulated = compare(two, estimate=True), compare(two)
    for name in two:
        own, run = procsim.estimate(name), procsim.run(name)
        for found, one in ((closed, own), (simulated, run)):
            rows = found.compare[found.compare["flow"] == Path(name).stem].set_index("metric")["mean"]
            assert rows.loc[LOADED] == one.summary.set_index("metric").loc[LOADED, "mean"]
            steps = found.cost_by_step[found.cost_by_step["flow"] == Path(name).stem]["cost_per_good_unit_usd"]
            assert steps.sum() == pytest.approx(rows.loc[LOADED])
            by = found.cost_by_category[found.cost_by_category["flow"] == Path(name).stem]["cost_per_good_unit_usd"]
            assert by.sum() == pytest.approx(rows.loc[LOADED])
    assert {"yield_by_step", "tools", "cost_at_volume"} <= set(closed.tables)
    assert closed.pictures == ("compare",)


def test_an_edit_is_of_one_flow_or_of_all(two: list[str]) -> None:
    """By the flow's name, or as it was given."""
    def yields(*sets: str) -> list[float]:
        found = compare(two, sets, estimate=True).compare
        return [float(x) for x in found.loc[found["metric"] == "yield", "mean"]]

    own = yields()[0]
    better = yields("two.yield.unit=0.99")[0]
    assert better > own
    assert yields("slow:two.yield.unit=0.99") == pytest.approx([own, better])
    assert yields("slow.yaml:two.yield.unit=0.99") == pytest.approx([own, better])
    assert yields("two.yield.unit=0.99", "slow:two.yield.unit=0.97") == pytest.approx([better, own])
    with pytest.raises(RecipeError, match="none of the flows is called 'slwo'; did you mean 'slow'"):
        yields("slwo:two.yield.unit=0.99")


def test_at_one_demand_each_has_the_tools_for_it(two: list[str]) -> None:
    """All make as many; no group is loaded above the limit; the edits give the flow that was compared; nothing is warned of."""
    found = compare(two, good_per_week=20_000, estimate=True)
    rows = found.compare.set_index(["flow", "metric"])["mean"]
    for flow in found.flows:
        assert rows.loc[(flow.name, "good_units_per_week")] == pytest.approx(20_000)
        assert found.tools.loc[found.tools["flow"] == flow.name, "load"].max() <= 0.85
        again = plan(f"{flow.name}.yaml", [f"{address}={value}" for address, value in flow.edits.items()])
        assert solve(again).loaded == pytest.approx(rows.loc[(flow.name, LOADED)])
    assert found.warnings == []
    assert rows.loc[("line", LOADED)] == pytest.approx(rows.loc[("slow", LOADED)]), "the two differ in what is released alone"
    with pytest.raises(RecipeError, match="above 0"):
        compare(two, good_per_week=0, estimate=True)


def test_flows_that_do_not_make_as_many_are_told(two: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with what to do; the same flow twice is no reason to."""
    assert main(["compare", *two, "--estimate"]) == 0
    said = capsys.readouterr()
    assert "warning: good units a week differ (line 7 826, slow 3 913)" in said.err.replace("\u202f", " ")
    assert "--good-per-week N" in said.err
    assert main(["compare", "line.yaml", "line.yaml", "--estimate"]) == 0
    assert "good units a week differ" not in capsys.readouterr().err


def test_the_command_writes_all_of_it(two: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Simulated at one demand, with the same bytes on any number of workers, a picture, and the edits that sized each flow."""
    words = ["compare", *two, "--good-per-week", "20000", "--quiet"]
    assert main([*words, "--out", "one"]) == main([*words, "--out", "two", "--jobs", "2"]) == 0
    said = capsys.readouterr().out
    assert "each with the cheapest tools for 20 000 good units a week: line " in said.replace("\u202f", " ")
    assert "simulated, 3 replications" in said
    names = {path.name for path in (here / "one").iterdir()}
    assert {"compare.csv", "cost_by_category.csv", "cost_by_step.csv", "yield_by_step.csv", "tools.csv", "compare.svg", "compare.png"} <= names
    for name in names:
        assert (here / "one" / name).read_bytes() == (here / "two" / name).read_bytes(), name
    record = json.loads((here / "one" / "run.json").read_text(encoding="utf-8"))
    assert record["sized"]["slow"]["line.release.good_units_per_week"] == "20000"
    assert main(["compare", *two, "--replications", "1"]) == 0
    assert "simulated, 1 replication\n" in capsys.readouterr().out


@pytest.mark.drawn
def test_packages_have_figures_of_merit_and_heat(tmp_path: Path) -> None:
    """Side by side, layer by layer; the picture shows them."""
    found = compare([EMBODIMENT_1, FLIP_CHIP], estimate=True)
    thick = found.package[found.package["figure"] == "package_thickness"].set_index("flow")["value"]
    assert thick.loc["embodiment_1"] == pytest.approx(1606, abs=1)
    heat = found.heat[found.heat["out_of_the"] == "back"].groupby("flow")["resistance_K_mm2_per_W"].sum()
    merits = found.package[found.package["figure"] == "thermal_resistance_back_per_area"].set_index("flow")["value"]
    assert heat.to_dict() == pytest.approx(merits.to_dict())
    figure = drawn(found.compare, found.cost_by_category, ["embodiment_1", "flip_chip_bga"], "closed form")
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert {"USD per good unit, fully loaded", "yield, %", "package, µm", "heat out of the back, K/W"} <= set(labels)
    found.save(tmp_path / "out")
    assert (tmp_path / "out" / "heat.csv").exists()


def test_what_cannot_be_compared(two: list[str]) -> None:
    """One flow alone; a line that cannot take what comes is named; a constant WIP has no rate to be sized for."""
    with pytest.raises(RecipeError, match="two flows or more"):
        compare(two[:1])
    with pytest.raises(RecipeError, match="goes with --good-per-week"):
        compare(two, max_load=0.9)
    with pytest.raises(InfeasibleError, match="slow: a is"):
        compare(two, ["slow:line.release.every_h=0.5"], estimate=True)
    with pytest.raises(RecipeError, match="no rate"):
        compare(two, ["slow:line.release={conwip_lots: 3}"], good_per_week=20_000, estimate=True)


def test_dictionaries_and_alike_names(here: Path) -> None:
    """A recipe that a program has built has no file, and one may stand beside itself, edited."""
    line = {"line": {"lot": {"panels": 1, "units_per_panel": 10}, "release": {"every_h": 1}, "tools": {"m": {"count": 1, "price_usd": 1e5}}},
            "run": {"horizon_h": 100, "replications": 2}, "steps": [{"id": "a", "tool": "m", "time_min": 30, "yield": {"unit": 0.9}}]}
    found = compare([line, line], ["<recipe> (2):a.time_min=45"], good_per_week=2500, estimate=True)
    assert [flow.name for flow in found.flows] == ["<recipe> (1)", "<recipe> (2)"]
    counts = found.tools.set_index("flow")["count"]
    assert counts.iloc[1] > counts.iloc[0]
    (here / "line.yaml").write_text(TINY)
    assert len(compare(["line.yaml", "line.yaml"], estimate=True).flows) == 2


def test_one_demand_has_one_cost() -> None:
    """The row of the volume for which the flows are sized has the costs of the sized flows."""
    found = compare([EMBODIMENT_1, FLIP_CHIP], estimate=True, good_per_week=500_000)
    headline = found.compare[found.compare["metric"] == LOADED].set_index("flow")["mean"]
    at = found.cost_at_volume
    row = at[(at["good_units_per_week"] - 500_000).abs() < 1].set_index("flow")["cost_per_good_unit_usd"]
    assert row.to_dict() == pytest.approx(headline.to_dict(), rel=1e-9)


def test_flows_of_one_name_are_told_apart_by_their_places(two: list[str]) -> None:
    """A base beside its edit; the name alone would edit both."""
    with pytest.raises(RecipeError, match=r"several flows are called 'line'; say which by its place: 1:two\.yield\.unit or 2:two\.yield\.unit"):
        compare(["line.yaml", "line.yaml"], ["line:two.yield.unit=0.99"], estimate=True)
    found = compare(["line.yaml", "line.yaml"], {"2:two.yield.unit": 0.99}, estimate=True).compare
    base, edit = found.loc[found["metric"] == "yield", "mean"]
    assert edit > base
