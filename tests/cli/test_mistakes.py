"""Tests how mistakes of a command are told: as JSON too, with hints that hold, and where options contradict each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import ROOT, TINY

from procsim.cli import main


@pytest.fixture
def line(here: Path) -> Path:
    """A folder with a tiny line."""
    (here / "line.yaml").write_text(TINY)
    return here


@pytest.mark.parametrize("words", [
    ["optimise", "line.yaml", "--over", "line.lot.panels=1,2"], ["whatif", "line.yaml", "--replications", "0"], ["nosuch"],
    ["size", "line.yaml", "--max-load", "7"], ["breakeven", "line.yaml", "--target", "1"]])
def test_arguments_that_are_wrong_are_json_too(words: list[str], line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--json"]) == 2
    said = capsys.readouterr()
    [problem] = json.loads(said.out)["tables"]["problems"]
    assert said.err.startswith("error: ") and problem["message"] in said.err


@pytest.mark.parametrize("words", [["--figure", "nosuch"], ["--out", "."]])
def test_no_edit_is_blamed_for_the_rest_of_the_command(words: list[str], line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["whatif", "line.yaml", "--set", "one.yield.unit=0.9", *words]) == 2
    assert "there is no error" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [
    ["breakeven", "line.yaml", "--vary", "tools.a.price_usd=1..2", "--target", "1", "--fixed-line", "--good-per-week", "100"],
    ["sweep", "line.yaml", "--vary", "tools.a.price_usd=1,2", "--fixed-line", "--good-per-week", "100"],
    ["breakeven", "line.yaml", "--vary", "tools.a.price_usd=1..2", "--target", "1", "--estimate", "--replications", "4"],
    ["compare", "line.yaml", "line.yaml", "--estimate", "--replications", "4"]])
def test_contradictions_are_told(words: list[str], line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "leave one of them out" in capsys.readouterr().err


def test_a_report_of_another_command_is_not_replaced_without_a_word(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A report of the same command is."""
    assert main(["estimate", "line.yaml", "--out", "out"]) == 0
    assert main(["estimate", "line.yaml", "--out", "out"]) == 0
    assert "will replace" not in capsys.readouterr().err
    assert main(["size", "line.yaml", "--out", "out"]) == 0
    assert "out holds a report of estimate, which that of size will replace" in capsys.readouterr().err


def test_an_edit_of_many_steps_is_told_once_and_what_was_meant(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(ROOT / "flows" / "embodiment_1.yaml"), "--set", "layer.repeet=3"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2 and "did you mean 'repeat'?" in said[0] and "(and so at 25 more)" in said[0]
    assert said[1] == "1 error; nothing was run"


@pytest.mark.parametrize("words", [["breakeven", "line.yaml", "--vary", "tools.a.price_usd=1..2", "--target", "1"], ["size", "line.yaml"]])
def test_a_demand_that_is_too_small_is_told_of_the_demand(words: list[str], line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not of what the recipe releases."""
    assert main([*words, "--good-per-week", "1e-9"]) == 2
    assert "error: --good-per-week 1e-09: a release every" in capsys.readouterr().err


def test_a_load_has_one_least_value(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["size", "line.yaml", "--max-load", "0.001"]) == 2
    assert "must be at least 0.01 and below 1" in capsys.readouterr().err
