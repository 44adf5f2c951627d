"""Which of two lines is the cheapest at which volume."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from procsim.cli import main
from procsim.closed_form.crossover import Line, comparable, cost_at, crossings, side_by_side
from procsim.closed_form.solve import solve
from procsim.planning.make import make
from procsim.recipe.load import load

TEXT = """
line:
  lot: {panels: 1, units_per_panel: 1}
  release: {every_h: 10}
  tools: {m: {count: 1, price_usd: %(price)s}}
economics: {life_years: 5, hours_per_year: 8760, practical_capacity: 1.0}
materials: {paste: {price_usd_per_piece: 1}}
steps: [{id: make, tool: m, time_h: 1, consumes: {paste: %(paste)s}}]
run: {horizon_h: 1000, warmup_h: 100}
"""


def _line(write: Callable[..., Path], name: str, price: float, paste: float) -> Line:
    recipe = load(write(TEXT % {"price": price, "paste": paste}, name))
    plan = make(recipe)
    return recipe, plan, solve(plan)


def test_a_dear_tool_that_saves_material_needs_volume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tool of 100 USD an hour and no paste against one of 20 an hour and 4 USD of paste: 100/n against 20/n + 4 USD at n units an hour, the same at
    n = 20; but a tool makes one an hour, so at up to 1 an hour each has one tool, and they cost 100/n and 20/n + 4: the cheap one always wins. With 400
    USD of paste they meet at n = 0.2, 33.6 units a week."""
    def write(text: str, name: str) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    hour = 5 * 8760
    dear, frugal = _line(write, "dear", 100 * hour, 0), _line(write, "frugal", 20 * hour, 400)
    assert comparable([dear, frugal])
    assert cost_at(dear, 84.0) == pytest.approx(200) and cost_at(frugal, 84.0) == pytest.approx(440), "half a unit an hour"
    found = side_by_side([dear, frugal])
    turns = crossings([dear, frugal], found)
    assert len(turns) == 1 and turns[0].good == pytest.approx(33.6, rel=0.02)
    assert (turns[0].below, turns[0].above) == (1, 0)
    assert main(["compare", str(tmp_path / "dear.yaml"), str(tmp_path / "frugal.yaml"), "--estimate", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "good units a week frugal is the cheapest, above dear" in said
    rows = (tmp_path / "out" / "cost_at_volume.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "good_units_per_week,flow,cost_per_good_unit_usd,cheapest" and len(rows) == 15
