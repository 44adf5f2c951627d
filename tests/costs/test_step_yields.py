"""Tests the yields of steps where lots go whole: as shares they lie between 0 and 1, however lots are sampled and scrapped."""

from __future__ import annotations

import pytest
from lines import Write, plan_of

from procsim import tables
from procsim.experiments.replicate import one

SAMPLED = """\
line:
  lot: {panels: 4}
  release: {every_h: 1}
  tools: {t: {}, m: {failures: {crash: {mtbf_h: 0.2, mttr_h: 0.1, clock: busy, work: scrap}}}}
run: {horizon_h: 1000, warmup_h: 10}
steps:
  - {id: a, tool: t, time_min: 10}
  - {id: look, tool: m, time_min: 30, sample: 0.1}
  - {id: b, tool: t, time_min: 10}
"""


@pytest.mark.parametrize("variable", [True, False], ids=["drawn", "mean values"])
def test_a_sampled_step_whose_failures_scrap_lots(write: Write, variable: bool) -> None:
    """Every tenth lot visits it, and most of these are lost there: with mean values too, a lot that is lost there was there whole, so that no more are
    lost than came."""
    plan = plan_of(write, SAMPLED)
    made = tables.yield_by_step(plan, [one(plan, 0, variable=variable)]).set_index("step")
    assert made["units_lost"]["look"] > 0
    assert made["step_yield"].between(0.0, 1.0).all()
    assert made["step_yield"]["look"] == pytest.approx(1.0 - made["units_lost"]["look"] / made["units_in"]["look"], rel=1e-9)
