"""Tests break-even against flows whose crossings are known by hand, and the words in which it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import procsim
from procsim.cli import main
from procsim.errors import RecipeError

LINE = """
line: {{lot: {{panels: 1, units_per_panel: 100}}, release: {{every_h: 1}}, tools: {{m: {{count: 1}}}}}}
materials: {{part: {{price_usd_per_piece: 1}}, rest: {{price_usd_per_piece: 1}}}}
run: {{horizon_h: 200, replications: 6, seed: 1}}
steps: [{{id: a, tool: m, time_s: 60, consumes: {{part: {{per_unit: {parts}}}, rest: {{per_unit: {rest}}}}}, yield: {{unit: {good}}}}}]
"""
PRICE = "materials.part.price_usd_per_piece"


def flow(folder: Path, name: str, parts: float, rest: float, good: float = 1.0) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(LINE.format(parts=parts, rest=rest, good=good), encoding="utf-8")
    return path


@pytest.mark.drawn
def test_two_lines_that_cross_where_they_must(tmp_path: Path) -> None:
    """1 part and 5 of the rest cost as much as 2 parts and 2 of the rest where a part costs 3; simulation has no noise here."""
    found = procsim.breakeven(flow(tmp_path, "one", 1, 5), flow(tmp_path, "two", 2, 2), f"{PRICE}=1..9")
    assert found.crossings[PRICE].to_list() == pytest.approx([3.0], rel=1e-8)
    assert found.crossings["verdict"].to_list() == ["confirmed"]
    assert found.crossings["simulated"].to_list() == pytest.approx([3.0], rel=1e-6)
    assert {"one", "two"} < set(found.curve.columns)
    drawn = found.figure("breakeven").svg
    assert b"one against two" in drawn
    assert b"good units a week: 16" in drawn
    assert b"price_usd_per_piece, USD" in drawn


@pytest.mark.parametrize("seed", range(4))
def test_the_interval_of_a_noisy_crossing_holds_it(tmp_path: Path, seed: int) -> None:
    """With yields of 0.8 and 0.9: (p + 5) / 0.8 = (2 p + 2) / 0.9 at p = 2.9 / 0.7; each of four seeds' intervals holds it, or nearly."""
    found = procsim.breakeven(flow(tmp_path, "one", 1, 5, 0.8), flow(tmp_path, "two", 2, 2, 0.9), f"{PRICE}=1..9", seed=seed)
    [row] = found.crossings.to_dict("records")
    assert row[PRICE] == pytest.approx(2.9 / 0.7, rel=1e-8)
    width = row["ci_high"] - row["ci_low"]
    assert 0 < width < 1
    assert row["ci_low"] - width < 2.9 / 0.7 < row["ci_high"] + width


def test_a_target_along_factors_and_at_whole_numbers(tmp_path: Path) -> None:
    """p + 5 = 25 at 20; what can only be whole is told between whole numbers."""
    one = flow(tmp_path, "one", 1, 5)
    assert procsim.breakeven(one, vary=f"{PRICE}=log:0.1..1000", target=25, replications=0).crossings[PRICE].to_list() == pytest.approx([20.0])
    [row] = procsim.breakeven(one, vary="line.lot.units_per_panel=1..400", figure="good_units_per_week", target=168 * 10.5,
                              replications=3).crossings.to_dict("records")
    assert (row["at_least"], row["at_most"], row["verdict"]) == (10, 11, "confirmed")


def test_a_flow_without_the_address_stays_as_it_is(tmp_path: Path) -> None:
    """The other's cost is then a level line."""
    other = tmp_path / "other.yaml"
    other.write_text(LINE.format(parts=0, rest=8, good=1).replace("part:", "else:"), encoding="utf-8")
    found = procsim.breakeven(flow(tmp_path, "one", 1, 5), other, f"{PRICE}=1..9", replications=0)
    assert found.crossings[PRICE].to_list() == pytest.approx([3.0])
    assert found.facts()["moved"] == [True, False]


@pytest.mark.parametrize(("more", "told"), [
    ({"vary": f"{PRICE}=1..9"}, "a second flow or a target"),
    ({"vary": f"{PRICE}=9..1", "target": 5}, "from a lower number to a higher one"),
    ({"vary": f"{PRICE}=1", "target": 5}, "from a number to a number"),
    ({"vary": f"{PRICE}=1..9", "target": 5, "figure": "cost"}, "no figure 'cost'"),
    ({"vary": f"{PRICE}=1..9", "target": float("nan")}, "--target must be a number"),
    ({"vary": f"{PRICE}=1..9", "target": float("inf")}, "--target must be a number"),
    ({"vary": f"{PRICE}=1..9", "target": 5, "replications": 1}, "--replications must be 2 at least here"),
    ({"vary": "materials.par.price_usd_per_piece=1..9", "target": 5}, "did you mean 'part'"),
])
def test_what_cannot_be_asked(tmp_path: Path, more: dict[str, object], told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        procsim.breakeven(flow(tmp_path, "one", 1, 5), **more)  # type: ignore[arg-type]


def test_what_has_no_closed_form_is_no_missing_recipe(tmp_path: Path) -> None:
    """Lots that failures scrap leave the cost without a closed form: the reason is told, and only what is no recipe is called so."""
    failing = ["tools.m.failures={f: {mtbf_h: 100, mttr_h: 1, work: scrap}}"]
    with pytest.raises(RecipeError, match="cannot tell from 1 to 9: cost_per_good_unit_loaded has no closed form there") as caught:
        procsim.breakeven(flow(tmp_path, "one", 1, 5), None, f"{PRICE}=1..9", target=5, replications=0, set=failing)
    assert "lots are scrapped whole by failures of m" in str(caught.value)


def test_what_each_flow_says_itself_of_what_moves_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both flows get each place of the axis, so that a number of their own counts for nothing: both are told, with file and line, and in JSON."""
    one = flow(tmp_path, "one", 1, 5)
    other = tmp_path / "other.yaml"
    other.write_text(f"extends: one.yaml\nchanges:\n  set: {{{PRICE}: 7}}\n", encoding="utf-8")
    words = ["breakeven", str(one), str(other), "--vary", f"{PRICE}=1..9", "--estimate"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "both are the same everywhere" in told.out
    line = next(n for n, text in enumerate(one.read_text(encoding="utf-8").splitlines(), 1) if PRICE.rpartition(".")[2] in text)
    told_of = f"both are moved, whatever each says itself: {PRICE} is 1 in one ({one}:{line}) and 7 in other ({other}:3)"
    assert f"warning: {told_of}" in told.err
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [told_of]
    assert not procsim.breakeven(one, other, "line.lot.units_per_panel=50..200", replications=0).own


@pytest.mark.parametrize("command", ["breakeven --target 5 --estimate", "sweep"])
def test_an_edit_of_what_is_varied_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """It would have no effect: every place of the axis is set after it."""
    values = "1..9" if command.startswith("breakeven") else "1,9"
    words = [*command.split(), str(flow(tmp_path, "one", 1, 5)), "--vary", f"{PRICE}={values}", "--set", f"{PRICE}=3"]
    assert main(words) == 2
    assert f"--set {PRICE}=3 has no effect, since {PRICE} is varied" in capsys.readouterr().err


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a line for each crossing, or the same as JSON, and writes tables and picture."""
    one, two = (str(flow(tmp_path, name, *numbers)) for name, numbers in (("one", (1, 5)), ("two", (2, 2))))

    def told(*words: str) -> str:
        assert main(["breakeven", *words]) == 0
        return capsys.readouterr().out

    found = told(one, two, "--vary", f"{PRICE}=1..9", "--out", str(tmp_path / "out"))
    assert "between 3 and 3 " in found or "3 to 3" in found
    assert "one is lower" in found
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"crossings.csv", "curve.csv", "breakeven.svg", "index.html", "run.json"}
    plain = json.loads(told(one, two, "--vary", f"{PRICE}=1..9", "--estimate", "--json"))
    assert plain["kind"] == "breakeven"
    assert plain["tables"]["crossings"][0]["verdict"] == "closed form"
    said = procsim.breakeven(one, two, f"{PRICE}=1..2", replications=0).no_crossing
    assert said == "two is lower everywhere from 1 to 2"
    assert said in told(one, two, "--vary", f"{PRICE}=1..2", "--estimate")
    assert json.loads(told(one, two, "--vary", f"{PRICE}=1..2", "--estimate", "--json"))["no_crossing"] == said
    assert plain["no_crossing"] == ""
    assert main(["breakeven", one, two, one, "--vary", f"{PRICE}=1..2"]) == 2


BATCHES = """
line: {{lot: {{panels: 4, units_per_panel: 100}}, release: {{every_h: {every}}}, tools: {{oven: {{count: 1, batch: {{max_panels: 24, min_panels: 24}}}}}}}}
run: {{horizon_h: 200, replications: 2, seed: 1}}
steps: [{{id: a, tool: oven, time_h: 1}}]
"""


def test_whole_numbers_of_which_few_are_recipes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An oven takes 24 panels, in lots that divide these: all whole numbers are looked at, and a crossing lies between two that are recipes."""
    path = tmp_path / "oven.yaml"
    path.write_text(BATCHES.format(every=6), encoding="utf-8")
    words = ["breakeven", str(path), "--vary", "line.lot.panels=4..24", "--figure", "good_units_per_week", "--estimate", "--target"]
    assert main([*words, str(168 / 6 * 100 * 9)]) == 0
    told = capsys.readouterr().out
    assert "between 8 and 12" in told
    assert "16 of 21 places looked at are no recipe" in told
    assert main([*words, "1"]) == 0
    assert "above the target at each of the 5 places from 4 to 24 that are recipes" in capsys.readouterr().out
    assert main([*words[:3], "line.lot.panels=13..24", *words[4:], "1"]) == 2
    assert "cannot tell: only one of 12 places from 13 to 24 is a recipe; at 13: " in capsys.readouterr().err


def test_equal_flows_are_told_to_be_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither is lower where both are the same, whatever the last digit is."""
    one, two = (str(flow(tmp_path, name, 1, rest)) for name, rest in (("one", 5), ("two", 5 * (1 + 1e-15))))
    assert main(["breakeven", one, two, "--vary", f"{PRICE}=1..9", "--estimate"]) == 0
    assert "both are the same everywhere" in capsys.readouterr().out


def test_a_wide_interval_confirms_roughly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two replications of a noisy line leave an interval that tells little, which the verdict says."""
    one, two = (str(flow(tmp_path, *of)) for of in (("one", 1, 5, 0.3), ("two", 2, 2, 0.35)))
    words = ["breakeven", one, two, "--vary", f"{PRICE}=1..9", "--set", "line.lot.units_per_panel=4", "--set", "run.horizon_h=50"]
    assert main([*words, "--replications", "2"]) == 0
    told = capsys.readouterr().out
    assert "confirmed roughly" in told
    assert "--replications with more of them" in told


def test_tools_that_a_line_takes_besides_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it would be overloaded its figure is that of a line with more tools: so says a column, and a line."""
    path = tmp_path / "one.yaml"
    path.write_text(PRICED.format(every=0.4, count=1, price=1_000_000, parts=1), encoding="utf-8")
    found = procsim.breakeven(path, vary="tools.m.count=1..6", target=5, replications=0)
    assert found.curve["tools_added"].to_list() == [2, 1, 0, 0, 0, 0]
    assert main(["breakeven", str(path), "--vary", "tools.m.count=1..6", "--target", "5", "--estimate"]) == 0
    assert "one takes tools besides its own at 2 of 6 places, from 1 to 2, 2 at most" in " ".join(capsys.readouterr().out.split())


PRICED = """
line: {{lot: {{panels: 1, units_per_panel: 100}}, release: {{every_h: {every}}}, tools: {{m: {{count: {count}, price_usd: {price}}}}}}}
materials: {{part: {{price_usd_per_piece: 1}}}}
run: {{horizon_h: 200, replications: 2, seed: 1}}
economics: {{hours_per_year: 8760, labour_usd_per_h: 0}}
steps: [{{id: a, tool: m, time_h: 1, consumes: {{part: {{per_unit: {parts}}}}}}}]
"""


def test_at_one_demand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Flows that make unlike numbers of good units are told; at one demand each has the tools of that, and they cross where those cost the same."""
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(PRICED.format(every=1, count=2, price=1_000_000, parts=1), encoding="utf-8")
    two.write_text(PRICED.format(every=4, count=4, price=4_000_000, parts=0.5), encoding="utf-8")
    assert main(["breakeven", str(one), str(two), "--vary", f"{PRICE}=0.01..90", "--estimate"]) == 0
    told = capsys.readouterr()
    assert "warning: good units a week differ (one 16 800, two 4 200)" in told.err.replace("\u202f", " ")
    [own] = procsim.breakeven(one, two, f"{PRICE}=0.01..90", replications=0).crossings[PRICE]
    assert main(["breakeven", str(one), str(two), "--vary", f"{PRICE}=0.01..90", "--estimate", "--good-per-week", "67200"]) == 0
    assert not capsys.readouterr().err
    sized = procsim.breakeven(one, two, f"{PRICE}=0.01..90", replications=0, good_per_week=67_200)
    [at] = sized.crossings[PRICE]
    assert at != pytest.approx(own, rel=0.1)
    gaps = [procsim.estimate(flow, set=[f"{PRICE}={at!r}", "line.release.good_units_per_week=67200", "line.count=auto"]).closed for flow in (one, two)]
    assert gaps[0].loaded == pytest.approx(gaps[1].loaded, rel=1e-6)
    both = procsim.sweep([one, two], {PRICE: [1.0, 2.0]}, good_per_week=67_200, figures=["good_units_per_week"]).points
    assert both["good_units_per_week"].to_list() == pytest.approx([67_200] * 4)


def test_an_axis_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"breakeven needs an axis: --vary ADDRESS=LOW\.\.HIGH"):
        procsim.breakeven(flow(tmp_path, "one", 1, 5), flow(tmp_path, "two", 2, 2))


def test_what_simulation_does_not_confirm_is_told(tmp_path: Path) -> None:
    """Of a figure that no replication has, and where the recipe asks for one replication; where nothing was to be simulated, nothing is said."""
    one = flow(tmp_path, "one", 1, 5)
    found = procsim.breakeven(one, None, "a.time_s=60..600", "bottleneck_load", 0.1)
    assert found.crossings["verdict"].to_list() == ["closed form"]
    assert found.warnings == ["nothing is confirmed by simulation, since no replication tells bottleneck_load"]
    once = ["run.replications=1"]
    assert procsim.breakeven(one, None, f"{PRICE}=1..40", target=25, set=once).warnings == [
        "nothing is confirmed by simulation, since one replication has no interval: --replications 2 or more"]
    assert procsim.breakeven(one, None, f"{PRICE}=1..40", target=25, set=once, replications=0).warnings == []
