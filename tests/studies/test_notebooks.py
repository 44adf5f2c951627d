"""Tests that the notebooks in docs/ run from their first cell to their last, as somebody would who reads them."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def shown(code: str, names: dict[str, Any]) -> Any:
    """Runs the *code* of a cell among *names*; the value of its last line, if that is an expression, as a notebook shows it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every cell, in order, in one namespace, away from the repository; what it shows has HTML, a picture or words."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            value = shown("".join(cell["source"]), names)
            for form in ("_repr_html_", "_repr_svg_"):
                assert not hasattr(value, form) or getattr(value, form)()
    assert "did you mean" in capsys.readouterr().out
