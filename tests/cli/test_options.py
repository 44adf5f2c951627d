"""Tests the options of the command line: their bounds, and texts that are no value."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from conftest import LINE
from lines import Write

from procsim.cli import main
from procsim.cli.pages import said
from procsim.cli.parser import COMMANDS, EXAMPLES, parse


@pytest.mark.parametrize(("options", "reason"), [
    (["run", "--replications", "100000000000"], "must be <= 100000"), (["run", "--replications", "1e11"], "must be <= 100000"),
    (["run", "--replications", "0"], "must be >= 1"), (["run", "--precision", "1e-320"], "must be at least 1e-06"),
    (["estimate", "--uncertainty", "1e12"], "must be <= 100000"), (["curve", "--loads", "1e-9"], "must be at least 1e-06"),
    (["check", "--set", "line.lot.panels=\udcff"], "is not UTF-8"), (["run", "--replications", "two"], "invalid whole number"),
])
def test_what_no_option_may_be_is_exit_2(options: list[str], reason: str, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Told at once, and nothing is run."""
    command, *rest = options
    assert main([command, str(write(LINE)), *rest]) == 2
    assert reason in capsys.readouterr().err


def test_what_is_repeated_of_a_wrong_option_is_short(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Three thousand letters are not printed again."""
    assert main(["run", str(write(LINE)), "--precision", "x" * 3000]) == 2
    assert len(capsys.readouterr().err) < 300
    assert main(["check", "/tmp/" + "a" * 3000]) == 2
    assert len(capsys.readouterr().err) < 300


def test_a_whole_number_may_be_written_as_one_likes(write: Write, tmp_path: Path) -> None:
    """3.0 and 3e0 are 3."""
    for text in ("3.0", "3e0"):
        assert main(["run", str(write(LINE)), "--replications", text, "--out", str(tmp_path / text), "--quiet"]) == 0
        assert json.loads((tmp_path / text / "run.json").read_text())["replications"] == 3


def test_a_curve_at_which_no_lot_is_done_has_no_ratio(write: Write, tmp_path: Path) -> None:
    """At a thousandth of the load nothing is released within the horizon: cells are empty."""
    assert main(["curve", str(write(LINE)), "--loads", "0.001", "--replications", "2", "--out", str(tmp_path / "out"), "--quiet"]) == 0
    head, row = ((tmp_path / "out" / "curve.csv").read_text().splitlines())
    assert dict(zip(head.split(","), row.split(","), strict=True))["x_factor"] == ""


def test_a_report_removes_no_file_that_is_none_of_a_reports(write: Write, tmp_path: Path) -> None:
    """Whatever its record lists."""
    out, path = tmp_path / "out", str(write(LINE))
    assert main(["run", path, "--out", str(out), "--quiet"]) == 0
    (out / "notes.txt").write_text("mine")
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"files": [*record["files"], "notes.txt"]}))
    assert main(["run", path, "--out", str(out), "--quiet"]) == 0
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_may_be_told_to_be_quiet_and_to_say_how_long_it_took(command: str) -> None:
    """A script gives both to whatever command it calls."""
    options = parse([*shlex.split(EXAMPLES[command]), "--quiet", "-v"])
    assert options.quiet
    assert options.verbose


def test_how_a_command_speaks_is_no_part_of_what_made_a_result() -> None:
    """The command that a page tells is the same however it was asked to speak, on how many processes, and by which engine."""
    plain = ["run", "line.yaml", "--seed", "3"]
    assert said(parse([*plain, "-v", "--quiet", "--markdown", "--jobs", "2", "--engine=simpy"])) == said(parse(plain)) == {"command": plain}


@pytest.mark.parametrize(("words", "told"), [
    (["completion", "tcsh"], "argument SHELL: invalid choice: 'tcsh'"), (["sensitivity", "line.yaml", "--method", "tornad"], "argument --method: invalid choice"),
    (["chekc"], "no command 'chekc'; did you mean 'check'?"), (["run", "line.yaml", "--quite"], "unrecognized arguments: --quite; did you mean '--quiet'?"),
    (["size", "line.yaml", "--max-laod=0.8"], "did you mean '--max-load'?"), (["check", "line.yaml", "more"], "unrecognized arguments: more"),
])
def test_a_slip_is_told_with_what_was_meant(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a command, an option, or what may stand behind one: none is taken for another."""
    assert main(words) == 2
    assert told in capsys.readouterr().err
