"""Tests that the table of what tests against theory have found misses none of their cases."""

from __future__ import annotations

import pytest
from found import read
from test_theory_tools import CASES as OF_TOOLS
from theory_lines import CASES, Case


@pytest.mark.parametrize("case", [*CASES, *OF_TOOLS], ids=lambda case: case.name)
def test_the_table_has_every_figure_of_a_case(case: Case) -> None:
    """And what is expected of it is what the table says; ``make validate`` writes the table."""
    rows = {row.figure: row.expected for row in read() if row.case == case.name}
    assert {name: rows.get(name) for name in case.figures} == {name: pytest.approx(value, rel=1e-9) for name, (_, value) in case.figures.items()}
