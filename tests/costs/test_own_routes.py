"""Tests that books of streams with routes of their own stand at the right steps, though blocks of lots know only the positions that they visit."""

from __future__ import annotations

import pytest
from lines import Write

from procsim.costs.ledger import Ledger
from procsim.engine.simulate import simulate
from procsim.planning.make import make
from procsim.recipe.load import load

LINE = """name: two routes
line:
  lot: {panels: 2}
  transport_min: 6
  releases:
    one: {every_h: 3, route: [b, d]}
    two: {every_h: 4, route: [a, c, e]}
  tools: {t: {count: 2}, u: {count: 2}, v: {count: 2}}
run: {horizon_h: 100, warmup_h: 0, replications: 1}
steps:
  - {id: a, tool: t, time_min: 10}
  - {id: b, tool: u, time_min: 20}
  - {id: c, tool: v, time_min: 30}
  - {id: d, tool: t, time_min: 40}
  - {id: e, tool: v, time_min: 50}
"""


@pytest.mark.parametrize("variable", [True, False])
def test_times_stand_at_the_steps_of_the_route(write: Write, variable: bool) -> None:
    """Work and transport of every visit, by hand: nothing moves lots to their first step, nor from c to e, which one tool group does."""
    plan = make(load(write(LINE)))
    ledger = Ledger(plan)
    totals = ledger.close(simulate(plan, 0, ledger.add, variable=variable))
    visits = totals.by_step["visits"]
    assert (visits > 20).all()
    assert (totals.by_step["process_us"] / visits / 60e6).tolist() == pytest.approx([10, 20, 30, 40, 50])
    assert (totals.by_step["moved_us"] / visits / 60e6).tolist() == pytest.approx([0, 0, 6, 6, 0])
