"""Tests how good closed-form waiting is on a table of small lines with theory, closed form and run, which ``make validate`` prints at its end.

Where theory knows the value, closed form and run are held to it; single groups of several tools, and tandem lines, are held to the run; all others are printed with
their error. Lines of a constant WIP have a table of their own."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from lines import Write, plan_of
from waiting_lines import EXACT, NEAR, ROWS, Row

from procsim.closed_form.solve import solve
from procsim.experiments.replicate import replicate


@pytest.mark.parametrize("row", [row for row in ROWS if row.bound == EXACT], ids=lambda row: row.id)
def test_where_theory_is_exact_so_is_the_closed_form(write: Write, row: Row) -> None:
    """M/M/c, M/G/1, bulks by chance, priorities, failures of one tool, and streams by chance: within 2 % (most are equal)."""
    assert row.foreseen(plan_of(write, row.text)) == pytest.approx(row.exact, rel=EXACT)


@pytest.mark.long
@pytest.mark.parametrize("number", range(len(ROWS)), ids=lambda number: ROWS[number].id)
def test_closed_form_beside_a_run(write: Write, record_property: Callable[[str, str], None], number: int) -> None:
    """Theory within 4 standard errors of the run, and closed form within the row's bound, with 2 standard errors beyond for the run's own noise. The
    standard error of 6 replications is itself uncertain: one of a hundred is beyond 4 by chance, and is run again with five times as many."""
    row = ROWS[number]
    plan = plan_of(write, row.text)
    closed, found = row.foreseen(plan), row.found(replicate(plan, row.replications))
    if abs(found.mean - row.exact) >= 4 * found.se + 1e-9:
        found = row.found(replicate(plan, 5 * row.replications))
    exact = f"{row.exact:8.4f}" if not math.isnan(row.exact) else "       –"
    table = f"{row.id:<62} exact {exact}  closed form {closed:8.4f}  run {found.mean:8.4f} ± {found.se:.4f}  error {100 * (closed / found.mean - 1):+6.1f} %"
    record_property("row", f"waiting {number:04d}\t{table}")
    print(table)
    if not math.isnan(row.exact):
        assert abs(found.mean - row.exact) < 4 * found.se + 1e-9, table
    if row.bound == NEAR:
        assert abs(closed - found.mean) < max(NEAR * found.mean, 0.03 * (found.mean + solve(plan).time.raw_process_h)) + 2 * found.se, table
