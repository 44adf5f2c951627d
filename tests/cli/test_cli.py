"""Tests the commands of the command line: what they print, their exit codes, and what they write where."""

from __future__ import annotations

import filecmp
import json
import multiprocessing.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from conftest import LINE, PACKAGES, ROOT, TINY
from lines import Write

from procsim.cli import main

FILES = {"summary.csv", "cost_by_step.csv", "cost_by_category.csv", "yield_by_step.csv", "tools.csv", "steps.csv", "materials.csv", "lots.csv",
         "run.json"}


def test_run_writes_the_tables_of_the_design(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every file, every column that is promised; a short table on stdout, nothing on stderr in a pipe."""
    assert main(["run", "line.yaml"]) == 0
    folder = here / "reports" / "line"
    assert {p.name for p in folder.iterdir()} >= FILES
    out, err = capsys.readouterr()
    assert "cost_per_good_unit_loaded" in out
    assert err == ""
    columns = {
        "summary": "metric unit mean ci_low ci_high expected replications",
        "cost_by_step": "step op process tool_group material_usd die_usd tool_usd labour_usd overhead_usd cost_per_good_unit_usd scrap_caused_usd "
                        "scrap_found_usd source",
        "cost_by_category": "category cost_per_good_unit_usd share",
        "yield_by_step": "step units_in lost_panels units_lost found_bad step_yield cumulative_yield",
        "tools": "tool_group count productive standby engineering scheduled_down unscheduled_down non_scheduled setup utilisation oee queue_mean_h "
                 "cost_per_productive_h_usd",
        "steps": "step visits queue_h process_h wip_mean",
        "materials": "material amount unit cost_usd cost_per_good_unit_usd",
        "lots": "lot product released_h finished_h cycle_time_h panels units_good units_scrapped cost_usd",
    }
    for name, wanted in columns.items():
        assert set(wanted.split()) <= set(pd.read_csv(folder / f"{name}.csv").columns), name
    metrics = set(pd.read_csv(folder / "summary.csv")["metric"])
    assert {"cost_per_good_unit_direct", "cost_per_good_unit_loaded", "cost_per_shipped_unit", "yield", "escapes_ppm", "good_units_per_week",
            "cycle_time", "wip", "bottleneck_load", "throughput", "waiting_time", "utilisation"} <= metrics
    record = json.loads((folder / "run.json").read_text())
    assert {"recipe", "recipe_sha256_16", "seed", "versions", "wall_s", "warmup_h"} <= set(record)


def test_only_default_options_write_to_reports(here: Path, write: Write) -> None:
    """Edits, other seeds and other replications go to reports/runs or --out."""
    write(TINY)
    assert main(["run", "line.yaml", "--seed", "3"]) == 0
    assert main(["run", "line.yaml", "--set", "one.time_h.per_panel=0.4"]) == 0
    assert main(["run", "line.yaml", "--replications", "2", "--out", "mine"]) == 0
    assert not (here / "reports" / "line").exists()
    assert len(list((here / "reports" / "runs").iterdir())) == 2
    assert (here / "mine" / "summary.csv").exists()


@pytest.mark.drawn
def test_same_bytes_whatever_the_jobs(here: Path, write: Write) -> None:
    """Same recipe and seed: byte-identical CSVs and pictures on one worker and on two, and the second time."""
    write(TINY)
    for folder, jobs in (("a", "1"), ("b", "2"), ("a", "1")):
        assert main(["run", "line.yaml", "--jobs", jobs, "--replications", "2", "--out", folder]) == 0
    names = sorted(p.name for p in (here / "a").iterdir() if p.name != "run.json")
    assert filecmp.cmpfiles(here / "a", here / "b", names, shallow=False)[0] == names
    assert not [p for p in here.iterdir() if p.name.startswith(".")], "no half-written folders are left"


def test_processes_talk_whatever_the_length_of_tmpdir(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The path of a socket has some 100 bytes: below a longer TMPDIR they are kept in /tmp, and where there is no place, an error names TMPDIR."""
    deep = here / ("d" * 100)
    deep.mkdir()
    run = ["run", "line.yaml", "--jobs", "2", "--replications", "2", "--quiet", "--out", "out"]
    done = subprocess.run([sys.executable, "-m", "procsim", *run], env={**os.environ, "TMPDIR": str(deep), "PYTHONPATH": str(ROOT)}, capture_output=True,
                          text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    monkeypatch.setattr(tempfile, "tempdir", str(deep))

    def full() -> str:
        raise PermissionError

    monkeypatch.setattr(multiprocessing.util, "get_temp_dir", full)
    assert main(run) == 2
    error = capsys.readouterr().err
    assert "TMPDIR: error: '" in error
    assert "is too long a path for the sockets of several processes; set a shorter one, or ask for --jobs 1" in error
    assert tempfile.gettempdir() == str(deep)


def test_a_wrong_recipe_is_exit_2_and_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """file:line:col: error: what; did you mean …?  [address], the source line and a caret."""
    (here / "bad.yaml").write_text(LINE.replace("op: inspect", "op: inspekt"))
    for command in ("run", "check", "show", "estimate"):
        assert main([command, "bad.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "bad.yaml:13:16: error: no op 'inspekt'; did you mean 'inspect'?; ops are attach" in err
    assert re.search(r"^ +13 \|   - \{id: look", err, re.M)
    assert not (here / "reports").exists()


@pytest.mark.parametrize(("arguments", "words"), [
    ([], ""), (["rum", "line.yaml"], "did you mean 'run'"), (["run"], "required"), (["run", "line.yaml", "--rep", "3"], "unrecognized"),
    (["run", "line.yaml", "--replications", "0"], "must be >= 1"), (["run", "line.yaml", "--replications", "x"], "invalid"),
    (["run", "no.yaml"], "no such file"), (["run", "."], "is a directory"), (["run", "line.yaml", "--set", "nonsense"], "not address=value"),
    (["whatif", "line.yaml"], "needs an edit"),
])
def test_a_wrong_command_is_exit_2(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """And says what was meant."""
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
    assert not (here / "reports").exists()


def test_an_overloaded_line_is_refused_with_the_tools_it_would_take(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1 before anything is simulated; --allow-overload runs it."""
    edit = ["--set", "line.release.every_h=0.7"]
    assert main(["run", "line.yaml", *edit]) == 1
    err = capsys.readouterr().err
    assert "a is 2" in err
    assert "set tools.a.count=" in err
    assert not (here / "reports").exists()
    assert main(["run", "line.yaml", *edit, "--allow-overload"]) == 0
    assert main(["check", "line.yaml", *edit]) == 1


def test_an_overloaded_line_is_told_its_other_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """First, since they may be why."""
    assert main(["check", str(ROOT / "flows" / "embodiment_1.yaml"), "--set", "layer.repeat=7"]) == 1
    err = capsys.readouterr().err
    assert 0 <= err.index("7 coats of polyimide") < err.index("slit_coater is")


def test_no_variability_equals_the_closed_form(here: Path) -> None:
    """--no-variability: mean and expected are one number."""
    assert main(["run", "line.yaml", "--no-variability", "--out", "mean"]) == 0
    table = pd.read_csv(here / "mean" / "summary.csv").set_index("metric")
    for metric in ("cost_per_good_unit_direct", "yield", "raw_process_time", "escapes_ppm", "bottleneck_load"):
        assert table.loc[metric, "mean"] == pytest.approx(table.loc[metric, "expected"], rel=1e-8), metric


def test_whatif_pairs_on_the_same_random_numbers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dearer tool changes cost by exactly its price, with no interval; what cannot be told apart is said in words."""
    assert main(["whatif", "line.yaml", "--set", "tools.b.price_usd=250000", "--out", "w"]) == 0
    table = pd.read_csv(here / "w" / "whatif.csv").set_index("metric")
    row = table.loc["cost_per_good_unit_direct"]
    assert 0 < row["ci_low"] <= row["difference"] <= row["ci_high"]
    assert table.loc["yield", "difference"] == 0
    assert "same" in capsys.readouterr().out
    assert main(["whatif", "line.yaml", "--set", "one.yield.unit=0.975"]) == 0


def test_whatif_of_a_variant_compares_with_its_base(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A recipe that extends another is a what-if by itself."""
    (here / "v.yaml").write_text("extends: line.yaml\nname: faster\nchanges: {set: {one.time_h.per_panel: 0.3}}\n")
    assert main(["whatif", "v.yaml"]) == 0
    assert "→  faster" in capsys.readouterr().out


def test_show_says_where_everything_comes_from(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step with file and line, and every edit that touched it."""
    monkeypatch.chdir(ROOT)
    assert main(["show", "flows/embodiment_1.yaml", "--set", "layer2/plate.thickness_um=7"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"layer1/plate +plate +\w+ +plater +1D +flows/modules/wiring\.yaml:\d+", out)
    assert "--set layer2/plate.thickness_um=7" in out


def test_check_and_estimate_speak(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Quantities, capacity, the closed form."""
    monkeypatch.chdir(ROOT)
    assert main(["check", "flows/embodiment_4.yaml"]) == 0
    assert main(["estimate", "flows/embodiment_4.yaml"]) == 0
    out = capsys.readouterr().out
    for word in ("units per panel", "tool group", "direct cost", "bottleneck", "step yield", "ok"):
        assert word in out


def test_the_package_runs_as_a_module() -> None:
    """python -m procsim."""
    done = subprocess.run([sys.executable, "-m", "procsim", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "whatif" in done.stdout


def test_every_recipe_is_a_make_target() -> None:
    """A file placed in flows/ or flows/whatif/ is a target the moment it exists."""
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=False)
    for path in [*PACKAGES, *(ROOT / "flows" / "whatif").glob("*.yaml")]:
        assert path.stem in done.stdout
    dry = subprocess.run(["make", "-n", "third_wiring_layer"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "flows/whatif/third_wiring_layer.yaml" in dry.stdout
