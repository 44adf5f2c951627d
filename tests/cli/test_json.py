"""Tests ``--json``: every command prints what docs/result.schema.json says, and nothing else on stdout."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from conftest import LINE, ROOT, TINY
from json_schema import mistakes

from procsim.cli import main
from procsim.cli.parser import COMMANDS

SCHEMA = json.loads((ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8"))
CALLS = {
    "run": ["run", "line.yaml", "--out", "out"], "check": ["check", "line.yaml"], "show": ["show", "line.yaml"],
    "estimate": ["estimate", "line.yaml", "--out", "out"], "whatif": ["whatif", "line.yaml", "--set", "one.yield.unit=0.9", "--out", "out"],
    "compare": ["compare", "line.yaml", "line.yaml", "--out", "out"], "curve": ["curve", "line.yaml", "--loads", "0.5", "--out", "out"],
    "draw": ["draw", str(ROOT / "flows" / "dual_heat_sink.yaml"), "--step", "attach", "--out", "out"],
    "alternatives": ["alternatives"], "schema": ["schema"], "explain": ["explain", "planarize"],
    "breakeven": ["breakeven", "line.yaml", "--vary", "tools.a.price_usd=1e5..4e5", "--target", "0.7", "--estimate", "--out", "out"],
    "sweep": ["sweep", "line.yaml", "--vary", "tools.a.price_usd=1e5,4e5", "--out", "out"],
    "optimise": ["optimise", "line.yaml", "--minimise", "cycle_time", "--over", "line.lot.panels=1,2", "--no-simulate", "--out", "out"],
    "size": ["size", "line.yaml", "--good-per-week", "5000", "--out", "out"],
}
SERVING = {"cluster", "serve"}
"""Commands that have no result: they last until they are ended."""


def test_no_command_is_forgotten() -> None:
    """All that there are take ``--json``; those with a call here are among them."""
    assert set(CALLS) <= set(COMMANDS)
    for name, command in ((name, command) for name, command in COMMANDS.items() if name not in SERVING):
        command.options(made := argparse.ArgumentParser(name))
        assert "--json" in made.format_help(), name


@pytest.mark.parametrize("command", CALLS)
def test_what_a_command_prints_is_as_documented(command: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object, alone on stdout, that fits the schema, of the command's kind; files are written, and told of on stderr."""
    (here / "line.yaml").write_text(TINY)
    assert main([*CALLS[command], "--json"]) == 0
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert list(mistakes(data, SCHEMA)) == []
    assert data["kind"] == command
    if "out" in CALLS[command]:
        assert any((here / "out").iterdir())
        assert "out" in said.err


@pytest.mark.parametrize(("arguments", "code"), [(["run", "bad.yaml"], 2), (["show", "no.yaml"], 2), (["run", "line.yaml", "--set", "line.release.every_h=0.1"], 1)])
def test_what_is_wrong_is_json_too(arguments: list[str], code: int, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the exit code as ever, and the words on stderr."""
    (here / "bad.yaml").write_text(LINE.replace("op: inspect", "op: inspekt"))
    assert main([*arguments, "--json"]) == code
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert list(mistakes(data, SCHEMA)) == []
    assert (data["kind"], data["exit_code"]) == ("error", code)
    assert "error: " in said.err
    first = data["tables"]["problems"][0]
    assert arguments[1] != "bad.yaml" or (first["file"], first["line"], first["column"], first["address"]) == ("bad.yaml", 13, 16, "look.op")


def test_a_line_that_is_overloaded_is_checked_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object, which says what it would take; the exit code is that of the words."""
    assert main(["check", "line.yaml", "--set", "line.release.every_h=0.7", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["ok"] is False
    assert "set tools.a.count=" in data["overloads"][0]


def test_the_schema_finds_mistakes() -> None:
    """It is not one that all things fit."""
    right = {"procsim": "1", "schema": 1, "kind": "show", "title": "", "tables": {"steps": [{"step": "a", "um": None}]}}
    assert list(mistakes(right, SCHEMA)) == []
    for wrong in ({**right, "schema": 2}, {**right, "tables": {"steps": [{"step": ["a"]}]}}, {**right, "tables": {}}, {**right, "kind": "run"}):
        assert list(mistakes(wrong, SCHEMA))
