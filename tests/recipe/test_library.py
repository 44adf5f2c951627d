"""Tests which libraries a recipe stands on: a bare line on none, one that asks for them on the shipped ones, with or without a product."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT

from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.planning.make import make
from procsim.recipe.load import load

HEAD = "line: {lot: {panels: 10, units_per_panel: 100}, release: {panels_per_week: 100}}\nrun: {horizon_h: 168}\n"
MARKED = HEAD + "steps: [{id: mark, process: mark}]\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "flow.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_bare_line_stays_bare(tmp_path: Path) -> None:
    """Nothing of the library is there unless it is asked for."""
    with pytest.raises(RecipeError, match="no process 'mark'"):
        load(written(tmp_path, MARKED))
    bare = load(written(tmp_path, HEAD + "steps: [{id: a, tool: m, time_s: 5}]\n"), ["tools.m={count: 1}"])
    assert set(bare.document.tools) == {"m"}
    assert not bare.document.materials


@pytest.mark.parametrize("asks", ["library: shipped\n", "library: {tools: shipped, processes: shipped, materials: shipped, economics: shipped}\n",
                                  "library: {tools: [shipped, flows:library/tools_strip.yaml], processes: shipped, materials: shipped, "
                                  "economics: flows:library/economics.yaml}\n"])
def test_what_it_asks_for_has_prices(tmp_path: Path, asks: str) -> None:
    """A line without geometry has tools, times, yields and costs of the library: a marker's 20 s for a panel and 0.06 s for each package."""
    plan = make(load(written(tmp_path, asks + MARKED)))
    closed = solve(plan)
    assert closed.flow.yield_ == pytest.approx(0.99995)
    assert closed.costs.total > 0
    assert float(plan.step_group[0]) == 0
    assert closed.time.raw_process_h * 3600 == pytest.approx(10 * (20 + 6) + 120)  # and loads and unloads the lot


def test_a_price_list_is_swapped_beside_the_shipped_libraries(tmp_path: Path) -> None:
    """An edit of one library keeps the others; ``library=shipped`` is an edit too."""
    path = written(tmp_path, "library: shipped\n" + MARKED)
    here, there = (solve(make(load(path, sets))).costs.total for sets in ([], ["library.economics=flows:library/economics_germany.yaml"]))
    assert here != there
    assert solve(make(load(written(tmp_path, MARKED), ["library=shipped"]))).costs.total == here


@pytest.mark.parametrize(("text", "told"), [
    ("library: all\n", "library is 'shipped' or a mapping of .* to files \\(got the text 'all'"),
    ("library: {tool: shipped}\n", "no library 'tool'; did you mean 'tools'"),
    ("library: {tools: shiped}\n", "no such file"),
])
def test_what_is_no_library(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        load(written(tmp_path, text + MARKED))


def test_shipped_flows_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``flows:embodiment_1.yaml`` is the same file as the one in the tree."""
    monkeypatch.chdir(tmp_path)
    assert load("flows:embodiment_1.yaml").hash == load(ROOT / "flows/embodiment_1.yaml").hash
    with pytest.raises(RecipeError, match="no such file"):
        load("flows:embodiment_9.yaml")
    with pytest.raises(RecipeError):
        load("flows:../pyproject.toml")


def test_a_price_list_beside_the_file_that_names_it(tmp_path: Path) -> None:
    """An edit in a file names files beside itself, as all else in it does, though what it extends lies elsewhere; else those beside that."""
    (tmp_path / "prices.yaml").write_text("labour_usd_per_h: 77\n", encoding="utf-8")
    for named in ("prices.yaml", "[flows:library/economics.yaml, prices.yaml]"):
        (tmp_path / "ours.yaml").write_text(f"extends: flows:embodiment_1.yaml\nname: ours\nchanges: {{set: {{library.economics: {named}}}}}\n", encoding="utf-8")
        assert load(tmp_path / "ours.yaml").document.economics.labour_usd_per_h == 77
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "ours.yaml").write_text("extends: flows:embodiment_1.yaml\nname: ours\nchanges: {set: {library.economics: ../prices.yaml}}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="leads outside the recipe tree"):
        load(tmp_path / "deep" / "ours.yaml")
