"""Tests that a script can be stopped by an edit that moves a figure too far."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import LINE

from procsim.cli import main
from procsim.cli.fail_if import limits
from procsim.errors import RecipeError

EDIT = ["--set", "tools.b.price_usd=250000", "--replications", "2", "--quiet"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "line.yaml").write_text(LINE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("limit", "code"), [
    ("cost_per_good_unit_direct>+0.001%", 3), ("cost_per_good_unit_direct > 1e-9", 3), ("cost_per_good_unit_direct<0", 0), ("yield<-0.1%", 0),
    ("cost_per_good_unit_direct>+1000%", 0), ("cost_per_good_unit_direct<+1000%", 3)])
def test_exit_code(limit: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """A dearer tool makes a package dearer, and loses none."""
    assert main(["whatif", "line.yaml", *EDIT, "--fail-if", limit]) == code
    out, err = capsys.readouterr()
    assert ("is met" in err) == (code == 3)
    assert "cost_per_good_unit_direct" in out


def test_one_of_several_edits(capsys: pytest.CaptureFixture[str]) -> None:
    """It is named; and so with JSON, whose output stays alone."""
    edits = ["--edit", "tools.b.price_usd=250000", "--edit", "tools.b.price_usd=1", "--replications", "2", "--quiet"]
    assert main(["whatif", "line.yaml", *edits, "--fail-if", "cost_per_good_unit_direct>0", "--json"]) == 3
    out, err = capsys.readouterr()
    assert out.startswith("{") and err.count("is met") == 1 and "250000" in err


@pytest.mark.parametrize(("text", "told"), [("cost>1", "no figure 'cost'"), ("yield=1", "is not a figure"), ("yield>1 kg", "is not a figure"), ("", "is not a figure")])
def test_what_says_nothing(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is simulated."""
    assert main(["whatif", "line.yaml", *EDIT, "--fail-if", text]) == 2
    assert told in capsys.readouterr().err


def test_numbers() -> None:
    """As they are written, in any of the usual ways."""
    assert [limits([f"yield>{text}"], ["yield"])[0].value for text in ("1", "+1.5", "-.5", "2e-3", "1.")] == [1, 1.5, -0.5, 0.002, 1]
    with pytest.raises(RecipeError):
        limits(["yield>nan"], ["yield"])
