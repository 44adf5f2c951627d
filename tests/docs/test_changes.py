"""Tests that CHANGELOG.md says where the committed figures stand now: whoever has kept a figure finds it there beside today's."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from conftest import PACKAGES, ROOT

FIGURES = ("cost_per_good_unit_direct", "cost_per_good_unit_loaded", "yield", "cycle_time")
"""What the columns of the table of packages show, in order."""


def rows(text: str) -> dict[str, list[tuple[str, str]]]:
    """Package → (before, now) of each column, in the table whose rows begin with a name and hold nothing but such pairs."""
    found = re.findall(r"^\| `(\w+)` ((?:\| [\d.]+ → [\d.]+ )+)\|$", text, re.M)
    return {name: re.findall(r"([\d.]+) → ([\d.]+)", cells) for name, cells in found}


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.stem)
def test_figures_that_have_changed_are_those_of_today(path: Path) -> None:
    """Of every package, each with as many digits as stand there."""
    told = rows((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))[path.stem]
    means = pd.read_csv(ROOT / "reports" / path.stem / "summary.csv").set_index("metric")["mean"]
    assert [now for _, now in told] == [f"{means[name]:.{len(now.partition('.')[2])}f}" for name, (_, now) in zip(FIGURES, told, strict=True)]
