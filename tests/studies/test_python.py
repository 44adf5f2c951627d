"""Tests what ``import procsim`` offers: recipes as dictionaries, studies with their tables and pictures, and that commands are thin calls of these."""

from __future__ import annotations

import doctest
import filecmp
import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import LINE, ROOT, TINY
from hypothesis import given
from hypothesis import strategies as st
from lines import Write

import procsim
from procsim.cli import main
from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments import replicate
from procsim.experiments.points import Evaluator
from procsim.recipe.plain import as_yaml
from procsim.recipe.source import read_file, read_text
from procsim.recipe.tree import plain
from procsim.studies.flow import texts

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
DUAL = ROOT / "flows" / "dual_heat_sink.yaml"
STUDIES = sorted(path.stem for path in (ROOT / "procsim" / "studies").glob("*.py") if path.stem != "__init__")


def as_dict(path: Path) -> dict[str, Any]:
    """What stands in the file *path*, as plain dictionaries."""
    found = plain(read_file(path))
    assert isinstance(found, dict)
    return found


# --- the package -------------------------------------------------------------------------------------------------------


def test_importing_is_quick_and_loads_nothing() -> None:
    """Below 20 ms of processor time, and no library with it; every name that is offered is there, and no other."""
    code = ("import time; begun = time.process_time(); import procsim; took = time.process_time() - begun; import sys; "
            "print(took, *({'numpy', 'pandas', 'scipy', 'pydantic', 'yaml', 'matplotlib', 'simpy'} & set(sys.modules)))")
    said = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() for _ in range(3)]
    assert all(len(words) == 1 for words in said), "no library is loaded"
    assert min(float(words[0]) for words in said) < 0.02
    assert sorted(procsim.__all__) == sorted(procsim.OFFERED)
    assert all(callable(getattr(procsim, name)) and name in dir(procsim) for name in procsim.OFFERED)
    with pytest.raises(AttributeError, match="it offers load"):
        procsim.simulate  # noqa: B018


@pytest.mark.parametrize("name", STUDIES)
def test_examples_do_what_they_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example in the documentation of a study; what the package offers has one."""
    monkeypatch.chdir(ROOT)
    module = importlib.import_module(f"procsim.studies.{name}")
    assert doctest.testmod(module).failed == 0
    for offered, home in procsim.OFFERED.items():
        if home == f"procsim.studies.{name}":
            assert ">>>" in (getattr(module, offered).__doc__ or ""), offered


def test_mistakes_are_raised_as_what_the_package_offers() -> None:
    """A wrong recipe as RecipeError with its problems; an overloaded line as InfeasibleError, with the warnings as notes."""
    with pytest.raises(procsim.RecipeError) as wrong:
        procsim.check(EMBODIMENT_1, ["layer/plate.thickness_um=0.05"])
    assert all(problem.message and problem.address for problem in wrong.value.problems)
    with pytest.raises(procsim.InfeasibleError, match="slit_coater") as over:
        procsim.check(EMBODIMENT_1, ["layer.repeat=7"])
    assert any("7 coats of polyimide" in note for note in over.value.__notes__)


# --- recipes as dictionaries --------------------------------------------------------------------------------------------


def test_a_dictionary_says_what_its_file_does() -> None:
    """The same recipe, to the hash, from the file and from what stands in it; also of one that extends another, beside its base."""
    for path in (EMBODIMENT_1, ROOT / "flows" / "whatif" / "laser_vias.yaml"):
        assert procsim.load(as_dict(path), base=path.parent).hash == procsim.load(path).hash


def test_edits_are_a_mapping_or_texts_and_are_remembered() -> None:
    """Of a file, of a recipe that has been read, and of a dictionary: all edits hold, in order, and ``sets`` has them as ``--set`` would."""
    base, edits = as_dict(EMBODIMENT_1), {"layer.repeat": 3, "economics.labour_usd_per_h": {"mid": 30, "low": 20.5, "high": 40}}
    wanted = procsim.load(EMBODIMENT_1, ["layer.repeat=3", "economics.labour_usd_per_h={mid: 30, low: 20.5, high: 40}", "layer2/plate.thickness_um=7"])
    for flow in (EMBODIMENT_1, base):
        read = procsim.load(flow, set=edits, base=EMBODIMENT_1.parent)
        again = procsim.load(read, set={"layer2/plate.thickness_um": np.float64(7)})
        assert again.hash == wanted.hash
        assert [text.split("=")[0] for text in again.sets] == [*edits, "layer2/plate.thickness_um"]
        assert procsim.load(read) is read
        assert Evaluator(again).at({"layer2/plate.thickness_um": "5"}).closed.direct == pytest.approx(procsim.estimate(
            EMBODIMENT_1, [*wanted.sets[:2], "layer2/plate.thickness_um=5"]).closed.direct)
    with pytest.raises(TypeError, match=r"write \['layer.repeat=3'\]"):
        texts("layer.repeat=3")
    with pytest.raises(TypeError, match="not set"):
        texts({"layer.repeat": {3}})


VALUES = st.recursive(st.none() | st.booleans() | st.integers(-10**12, 10**12) | st.floats(-1e200, 1e200).filter(lambda x: x == 0 or abs(x) > 1e-200) |
                      st.text(st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_characters="\x7f\xa0\xad", exclude_categories=["Cc"])),
                      lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_/:-1{}", min_size=1), inner, max_size=3), max_leaves=8)


@given(VALUES.filter(lambda value: value is not None))
def test_what_is_written_as_yaml_is_read_as_it_was(value: Any) -> None:
    """Numbers stay numbers and texts texts, whatever they look like."""
    assert plain(read_text(as_yaml(value), "test")) == value


@pytest.mark.parametrize(("change", "words"), [
    ({"steps": [{"id": "one", "tool": "a", "time_h": float("nan")}]}, "<recipe>: error: nan is no number here.*\\[steps\\[0\\].time_h\\]"),
    ({"steps": [{"id": "one", "tool": "a", "op": "inspekt"}]}, "<recipe>: error: no op 'inspekt'; did you mean 'inspect'.*\\[one.op\\]"),
    ({"steps": [{"id": "one", "tool": "a"}, 3]}, "<recipe>: error: a step is a mapping.*\\[steps\\[1\\]\\]"),
    ({"steps": [{"use": "../elsewhere.yaml"}]}, "<recipe>: error: '../elsewhere.yaml' leads outside.*\\[steps\\[0\\].use\\]"),
    ({"runn": {}}, "<recipe>: error: unknown key 'runn' in a recipe; did you mean 'run'"),
    ({"line": {3: 4}}, "<recipe>: error: a key must be a word \\(got 3\\)  \\[line\\]"),
    ({"name": {1, 2}}, "a recipe holds numbers, texts, lists and mappings \\(got set\\)  \\[name\\]"),
])
def test_what_is_wrong_with_a_dictionary_is_told_by_its_address(change: dict[str, Any], words: str, tmp_path: Path, write: Write) -> None:
    """No line to show, so the address stands there, and <recipe>."""
    with pytest.raises(RecipeError, match=words):
        procsim.load(as_dict(write()) | change, base=tmp_path)


def test_a_dictionary_that_holds_itself_is_refused(write: Write) -> None:
    """And not read for ever."""
    recipe = as_dict(write())
    recipe["line"]["release"] = recipe["line"]
    with pytest.raises(RecipeError, match="more than 40 levels \\(does it hold itself\\?\\)"):
        procsim.load(recipe)


# --- the closed form has the tables of a run ----------------------------------------------------------------------------


PER_UNIT = {  # what is exact with mean values, but for what the edges of the window do
    "steps": ["process_h"], "yield_by_step": ["step_yield", "cumulative_yield"], "loss_pareto": ["share", "escapes_ppm"],
    "cost_by_step": ["die_usd", "panel_usd", "material_usd", "tooling_usd"], "materials": ["cost_per_good_unit_usd"], "tools": ["coo_process_material_usd"]}


def test_the_closed_form_is_what_a_run_of_mean_values_finds() -> None:
    """Of a whole package, every column by unit to rounding, and all columns of a run are there."""
    closed, run = procsim.estimate(DUAL), procsim.run(DUAL, variability=False)
    for name, columns in PER_UNIT.items():
        one, two = closed.tables[name], run.tables[name]
        assert list(one.columns) == list(two.columns), name
        key = one.columns[0] if name != "loss_pareto" else ["step", "level", "cause"]
        one, two = one.set_index(key)[columns], two.set_index(key)[columns]
        assert len(two.index.intersection(one.index)) == len(two)
        for column in columns:
            assert one.loc[two.index, column].to_numpy() == pytest.approx(two[column].to_numpy(), rel=1e-6, abs=1e-9), (name, column)
    assert set(run.tables) - set(closed.tables) == {"yield_per_panel", "yield_per_lot", "lots", "lot_ways"}


@pytest.mark.parametrize("flow", ["t01_minifab_in_full", "q07_rework", "q09_conwip", "f01_outages", "fork_join", "d12_window", "q11_losses", "d07_shifts"])
def test_the_tables_in_closed_form_add_up(flow: str) -> None:
    """Whatever the line: states to 1, units lost to the yield, WIP of steps to that of the line (where lots stay whole and need no transport); what has no closed
    form is empty and listed, and the JSON has null there."""
    found = procsim.estimate(ROOT / "tests" / "theory" / f"{flow}.yaml")
    states = found.tools[["productive", "standby", "engineering", "scheduled_down", "unscheduled_down", "non_scheduled"]].sum(axis=1, min_count=6)
    assert states.dropna().to_numpy() == pytest.approx(1.0)
    yields = found.closed.flow.yield_
    assert math.isnan(yields) or found.yield_by_step["cumulative_yield"].iloc[-1] == pytest.approx(yields)
    wip = found.closed.time.wip
    assert found.plan.route.stretches or math.isnan(wip) or found.steps["wip_mean"].sum() == pytest.approx(wip)
    data = found.data()
    for place in data["no_closed_form"]:
        name, _, column = place.partition(".")
        assert name not in data["tables"] or all(row[column] is None for row in data["tables"][name])


def test_money_in_closed_form_adds_up(write: Write) -> None:
    """Steps, and categories, to the fully loaded cost; the same for two products as for the line; what is unused once."""
    found = procsim.estimate(write())
    assert found.cost_by_step["cost_per_good_unit_usd"].sum() == pytest.approx(found.closed.loaded)
    assert found.cost_by_category["cost_per_good_unit_usd"].sum() == pytest.approx(found.closed.loaded)
    assert found.tools["unused_capacity_usd"].sum() == pytest.approx(found.closed.loaded - found.closed.direct)
    text = LINE.replace("release: {every_h: 2}", "releases: {red: {every_h: 4, product: red}, blue: {every_h: 8, product: blue}}")
    both = procsim.estimate(write(text, "two.yaml"))
    week = both.products["good_units_per_week"]
    assert list(both.products.columns) == list(procsim.run(write(text, "two.yaml")).products.columns)
    assert both.products["cost_per_good_unit_loaded_usd"] @ week / week.sum() == pytest.approx(both.closed.loaded)


def test_the_closed_form_is_near_a_long_run(write: Write) -> None:
    """Times and states of tools, and what has gone through: within a few percent of a run of 20 000 h."""
    closed, run = procsim.estimate(write()), procsim.run(write(), {"run.horizon_h": 20000, "run.replications": 1})
    for column in ("productive", "standby", "load", "oee", "utilisation", "cost_per_productive_h_usd", "coo_fixed_usd"):
        assert closed.tools[column].to_numpy() == pytest.approx(run.tools[column].to_numpy(), rel=0.02), column
    hours = 20000 - 100
    assert closed.steps["visits"].to_numpy() / 300 == pytest.approx(run.steps["visits"].to_numpy() / hours, rel=0.02)
    assert closed.materials["amount"].to_numpy() / 300 == pytest.approx(run.materials["amount"].to_numpy() / hours, rel=0.02)


# --- results -----------------------------------------------------------------------------------------------------------


def test_a_result_shows_itself(write: Write) -> None:
    """Tables by name, a wrong name with the right ones, pictures on request and as HTML for a notebook."""
    found = procsim.estimate(write())
    assert "cost_by_step" in dir(found)
    assert "<table" in found._repr_html_()
    assert "line: closed form" in found._repr_html_()
    assert "<svg" in found.figure("cost_by_step")._repr_svg_()
    with pytest.raises(AttributeError, match="its tables are summary, tools"):
        found.nonsense  # noqa: B018
    with pytest.raises(KeyError, match="there are tool_use"):
        found.figure("warmup")


@pytest.mark.drawn
def test_run_is_what_the_command_does(here: Path, write: Write) -> None:
    """The same bytes in every table and picture, from Python and from the shell, on one worker or two."""
    write(TINY.replace("replications: 1", "replications: 2"))
    assert main(["run", "line.yaml", "--out", "shell"]) == 0
    procsim.run("line.yaml", inputs=True, jobs=2).save("python")
    names = sorted(path.name for path in (here / "shell").iterdir() if path.name != "run.json")
    assert sorted(path.name for path in (here / "python").iterdir() if path.name != "run.json") == names
    assert filecmp.cmpfiles(here / "shell", here / "python", names, shallow=False)[0] == names
    one, two = (json.loads((here / name / "run.json").read_text()) for name in ("shell", "python"))
    assert {key for key in one if one[key] != two.get(key)} <= {"wall_s", "files"}
    assert main(["run", "line.yaml", "--out", "python"]) == 0, "what Python wrote is a report that may be replaced"


def test_run_takes_what_the_command_takes(write: Write) -> None:
    """Precision, draws, another seed; a line that is overloaded is refused."""
    path = write()
    found = procsim.run(path, precision={"yield": 0.02}, max_replications=12, seed=3)
    row = found.summary.set_index("metric").loc["yield"]
    assert row["replications"] == 12 or row["ci_high"] - row["mean"] <= 0.02 * row["mean"]
    with pytest.raises(RecipeError, match="no figure 'yeild'; did you mean 'yield'"):
        procsim.run(path, precision={"yeild": 0.02})
    drawn = procsim.estimate(path, {"materials.paste.price_usd_per_g": {"mid": 0.5, "low": 0.2, "high": 1.4}}, uncertainty=20, seed=5)
    assert {"provenance", "uncertainty", "uncertainty_drivers"} <= set(drawn.tables)
    assert "uncertainty" in drawn.pictures
    with pytest.raises(InfeasibleError, match=r"a is .* loaded"):
        procsim.run(path, {"line.release.every_h": 0.7})


def test_an_interruption_passes(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in Python is KeyboardInterrupt, as for every function."""
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(replicate, "simulate", stop)
    with pytest.raises(KeyboardInterrupt):
        procsim.run(write())
    with pytest.raises(KeyboardInterrupt):
        procsim.curve(write(), loads=[0.5])


def test_a_report_is_read_back(here: Path) -> None:
    """Every table of a run and of an estimate, to the digits that are written; pictures and record; words that look like numbers stay words."""
    text = TINY.replace("{id: one,", "{id: '12',").replace("consumes: {paste: {per_panel: 2}}", "note: NA")
    (here / "line.yaml").write_text(text)
    for found in (procsim.run("line.yaml"), procsim.estimate("line.yaml")):
        found.save("out")
        back = procsim.read_report("out")
        assert (back.kind, set(back.tables), set(back.pictures)) == (found.kind, set(found.tables), set(found.pictures))
        for name, table in found.tables.items():
            pd.testing.assert_frame_equal(back.tables[name], table, check_dtype=False, rtol=1e-9, obj=name)
        assert back.steps["step"].iloc[0] == "12"
        assert back.figure(back.pictures[0]).svg == found.figure(back.pictures[0]).svg
        assert back.facts()["recipe"]["run"]["seed"] == 7
    assert procsim.read_report(ROOT / "reports" / "embodiment_1").kind == "run" if (ROOT / "reports" / "embodiment_1" / "run.json").exists() else True
    with pytest.raises(RecipeError, match="holds no report"):
        procsim.read_report(here)


def test_estimate_writes_the_tables_of_a_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``estimate --out``: the same files with the same columns, but what has no closed form; pictures; a folder of something else is refused."""
    assert main(["run", "line.yaml", "--out", "run"]) == 0
    assert main(["estimate", "line.yaml", "--out", "closed"]) == 0
    assert capsys.readouterr().out.endswith("closed\n")
    files = {name: {path.name for path in (here / name).iterdir()} for name in ("run", "closed")}
    assert files["run"] - files["closed"] == {"lots.csv", "yield_per_panel.csv", "yield_per_lot.csv", "warmup.svg", "lot_ways.csv", "lot_ways.svg"}
    assert files["closed"] <= files["run"]
    for name in sorted(files["closed"]):
        if name.endswith(".csv"):
            one, two = ((here / folder / name).read_text().split("\n")[0] for folder in ("closed", "run"))
            assert one == two, name
    (here / "mine").mkdir()
    (here / "mine" / "notes.txt").write_text("mine")
    assert main(["estimate", "line.yaml", "--out", "mine"]) == 2


def test_draw_saves_beside_what_is_there(tmp_path: Path) -> None:
    """Pictures as the command writes them; one that procsim did not draw is in the way."""
    found = procsim.draw(DUAL, steps=[procsim.load(DUAL).steps[0].id])
    found.save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".svg", ".png"}
    found.save(tmp_path)
    next(tmp_path.glob("*.svg")).write_text("mine")
    with pytest.raises(FileExistsError):
        found.save(tmp_path)
    with pytest.raises(RecipeError, match="no step 'nonsense'"):
        procsim.draw(DUAL, steps=["nonsense"])
