"""Tests that a load in closed form is said to be exact where a long run comes to it, and an estimate where it need not."""

from __future__ import annotations

import numpy as np
import pytest
from lines import Write, plan_of_line

from procsim.closed_form.exactness import ESTIMATE, EXACT, load_says
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import replicate
from procsim.lots.records import PRODUCTIVE, STANDBY
from procsim.maths import statistics
from procsim.planning.plan import Plan

LINE = "release: {lots_per_week: %s, pattern: exponential}\noperators: {crew: 1}\nshifts: {day: {on_off_h: [16, 8]}}"
WORK = "- {id: a, tool: t, time_h: {exponential: {mean: 1}}}"
FAILS = "failures: {f: {mtbf_h: 15, mttr_h: 5%s}}"
UPKEEP = "maintenance: {m: {every_h: 30, takes_h: 2}, p: {every_panels: 40, takes_h: 0.5}}, engineering: {e: {every_h: 50, takes_h: 4}}"


def loads(plan: Plan, replications: int = 8) -> tuple[float, statistics.Estimate]:
    """The load of the first tool group in closed form, and in a run."""
    hours = [totals.state_hours[0] for totals in replicate(plan, replications)]
    return float(solve(plan).loads[0]), statistics.mean(np.array([h[PRODUCTIVE] / (h[PRODUCTIVE] + h[STANDBY]) for h in hours]))


@pytest.mark.parametrize("tool", [FAILS % "", FAILS % ", clock: busy", UPKEEP, f"{FAILS % ''}, {UPKEEP}", "shift: day"])
def test_what_is_said_to_be_exact_is(write: Write, tool: str) -> None:
    """Failures, maintenance and engineering of a tool that needs nobody for them and is there day and night; a shift alone."""
    plan = plan_of_line(write, LINE % 60, f"t: {{{tool}}}", WORK, 3000, warmup=200)
    closed, found = loads(plan)
    assert load_says(plan, 0) == EXACT
    assert abs(found.mean - closed) <= 4 * found.se


@pytest.mark.parametrize(("tool", "above"), [
    (f"count: 4, {FAILS % ', crew: crew'}", True),  # one mends what four tools break
    (f"shift: day, {FAILS % ''}", False),  # half of the repairs reach into the night, when nobody misses the tool
    ("shift: day, maintenance: {m: {every_h: 24, takes_h: 6, first_at_h: 12}}", False),
])
def test_what_need_not_come_out_is_an_estimate(write: Write, tool: str, above: bool) -> None:
    """Repairs that wait for a crew take more of a tool's time than they last; what goes on while the tool is off takes less. Then the load is an
    estimate, and a run is far from it."""
    plan = plan_of_line(write, LINE % (60 if not above else 150), f"t: {{{tool}}}", WORK, 12_000, warmup=200)
    closed, found = loads(plan)
    assert load_says(plan, 0) == ESTIMATE
    assert (found.mean > closed) == above
    assert abs(found.mean - closed) > 4 * found.se
