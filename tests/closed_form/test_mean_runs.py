"""Tests runs of mean values on lines of any kind: their books balance, and they do what the closed form claims of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lines import Write, plan_of

from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.replicate import one
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load
from procsim.results.metrics import loads

Draw = Callable[[st.SearchStrategy[str]], str]

TOOL = ["", "", "inline: {panels: 3}", "shift: breaks", "shift: days", "setup: {by: product, time_h: 0.1}", "load_h: 0.05",
        "load_h: 0.05, attended: {pool: hands, during: [load]}", "attended: {pool: hands, during: [setup, load, run, unload]}",
        "failures: {f: {mtbf_h: 20, mttr_h: 1, clock: busy}}", "failures: {f: {mtbf_h: 20, mttr_h: 1, clock: calendar, crew: hands}}",
        "maintenance: {m: {every_h: 20, takes_h: 1}}", "maintenance: {m: {every_panels: 9, takes_h: 0.2}}",
        "batch: {min_panels: 4, max_panels: 8, longest_wait_h: 1}", "batch: {min_panels: 8, max_panels: 8, longest_wait_h: 4, by: any}"]
SCRAPS = ["failures: {f: {mtbf_h: 9, mttr_h: 1, work: scrap}}", "failures: {f: {mtbf_h: 9, mttr_h: 1, clock: calendar, work: scrap}}", "buffer_lots: 1"]
VISITED = ["", "", "sample: 0.3", "sample_every: 2", "REWORK", "REWORK", "REWORK"]
OP = ["", "", "op: inspect, coverage: 0.8, false_reject: 0.1", "op: inspect, coverage: 0.3", "op: inspect, fault_coverage: 0.6"]
YIELD = ["", "yield: {panel: 0.9, unit: 0.95}", "yield: {panel: 0.7, unit: 0.6}", "yield: {unit: 0.8}, skip_known_bad: true"]
TIME = ["time_h: 0.2", "time_h: {per_panel: 0.1}", "time_h: {per_lot: 0.1, per_unit: 0.01}"]
COST = ["", "consumes: {x: {per_panel: 0.1}}", "consumes: {x: {per_unit: 0.1, per_lot: 1, per_run: 2}}"]
RELEASE = ["release: {every_h: 2}", "release: {every_h: 2, first_at_h: 1, lots_at_once: 2}", "release: {conwip_lots: 3}",
           "releases: {A: {every_h: 3}, B: {every_h: 5, priority: 1}}"]


@st.composite
def recipes(draw: Draw, tools: list[str], limits: list[str]) -> str:
    """A line of up to five steps on three tool groups of the kinds *tools*, under one of the *limits* of queue time."""
    steps = []
    for s in range(draw(st.integers(2, 5))):  # type: ignore[arg-type]
        visited = draw(st.sampled_from(VISITED))
        if visited == "REWORK":
            visited = (f"rework: {{chance: {draw(st.sampled_from(['0.05', '0.3', '0.9']))}, {draw(st.sampled_from(['', 'via: [strip], ']))}"
                       f"to: s{draw(st.integers(0, s))}, limit: {draw(st.integers(0, 2))}, after_limit: {draw(st.sampled_from(['scrap', 'go_on']))}}}")
        parts = [visited, *(draw(st.sampled_from(words)) for words in (OP, YIELD, TIME, COST))]
        steps.append(f"{{id: s{s}, tool: {draw(st.sampled_from('abc'))}, {', '.join(part for part in parts if part)}}}")
    if any("strip" in step for step in steps):
        steps.append("{id: strip, tool: c, time_h: 0.1, rework_only: true, yield: {panel: 0.9}}")
    made = "".join(f"    {name}: {{price_usd: 100000, count: {draw(st.integers(1, 2))}, {draw(st.sampled_from(tools))}}}\n" for name in "abc")
    return (f"line:\n  lot: {{panels: 4, units_per_panel: {draw(st.sampled_from(['1', '20']))}}}\n  {draw(st.sampled_from(RELEASE))}\n"
            f"  {draw(st.sampled_from(['', 'transport_h: 0.05', 'dispatch: priority']))}\n  {draw(st.sampled_from(limits))}\n"
            "  operators: {hands: 2}\n  shifts: {breaks: {on_off_h: [4, 0.5]}, days: {on_off_h: [20, 4], at_end: finish}}\n"
            f"  tools:\n{made}materials: {{x: {{price_usd_per_l: 2.5}}}}\n"
            "economics: {hours_per_year: 8400, practical_capacity: 0.8, life_years: 5}\nrun: {horizon_h: 300, warmup_h: 60}\n"
            "steps:\n" + "".join(f"  - {step}\n" for step in steps))


def still(path: Path) -> tuple[Plan, ClosedForm, Totals] | None:
    """The recipe with mean values, or None where it is refused, or its line cannot run."""
    try:
        plan = make(load(path))
        return plan, solve(plan), one(plan, 0, variable=False)
    except (RecipeError, InfeasibleError):
        return None


steady = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


wide = settings(steady, max_examples=400)
LAWFUL = recipes(TOOL, [""])
SCRAPPING = recipes([*TOOL, *SCRAPS, *SCRAPS], ["", *(f"queue_time_limits: {{q: {{from: s0, to: s1, limit_h: 0.6, action: {act}}}}}"
                                                      for act in ("count", "scrap", "rework"))])


def hold_to_the_closed_form(write: Write, text: str) -> None:
    """Yield is the closed form's; so are direct cost and raw process time but for batches and setups, which come as they come; and, where
    lots are released by the clock and every tool keeps up, what leaves the line by the hour and what loads it, but for the window's edges."""
    found = still(write(text))
    if found is None or found[1].flow.good < 1e-6 or not len(found[2].cycle_times):
        return
    plan, closed, totals = found
    if math.isnan(closed.flow.good):  # single faults, in more ways through rework and samples than are walked one by one
        assert "fault_coverage" in text
        return
    assert totals.good / totals.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-9)
    assert totals.units_lost / totals.sums["lots_left"] == pytest.approx(closed.flow.lost, abs=1e-9 * closed.flow.started)
    if "batch:" in text or "setup:" in text:
        return
    assert totals.cost.sum() / totals.good == pytest.approx(closed.direct, rel=1e-7)
    rounded = 1e-6 / min(closed.flow.finished, 1.0)  # visits are rounded to a µs, which is the more of a lot, the less of it gets to the end
    assert totals.per_lot_us["process_us"] / HOUR == pytest.approx(closed.time.raw_process_h, rel=rounded)
    if not plan.streams[0].conwip and max(closed.tools.load.max(), closed.operators.load.max()) < 0.8:
        assert totals.sums["lots_finished"] / totals.sums["lots_left"] == pytest.approx(closed.flow.finished, rel=1e-9)
        assert totals.sums["lots_finished"] / totals.hours == pytest.approx(closed.starts.lots_per_h * closed.flow.finished, abs=4 / totals.hours)
        assert loads([totals])[0] == pytest.approx(closed.tools.load, abs=0.06)


def hold_books(write: Write, text: str) -> None:
    """Failures and limits of queue time that scrap a lot take all that is left of it, also at a step that only some lots visit. (The run
    checks units, money and lot-hours itself, or stops.)"""
    found = still(write(text))
    if found is not None:
        totals = found[2]
        assert totals.spent == pytest.approx(totals.value.sum() + totals.wip_value[1] - totals.wip_value[0] + totals.unused.sum(), abs=0.005)


KINDS = pytest.mark.parametrize(("held", "lines"), [(hold_to_the_closed_form, LAWFUL), (hold_books, SCRAPPING)], ids=["closed form", "books"])


@KINDS
@steady
@given(data=st.data())
def test_mean_values_of_lines_of_any_kind(write: Write, held: Callable[[Write, str], None], lines: st.SearchStrategy[str], data: st.DataObject) -> None:
    """A dozen lines of each kind, those with what scraps lots apart, since they have no closed form."""
    held(write, data.draw(lines))


@pytest.mark.long
@KINDS
@wide
@given(data=st.data())
def test_mean_values_of_many_lines(write: Write, held: Callable[[Write, str], None], lines: st.SearchStrategy[str], data: st.DataObject) -> None:
    """Hundreds of them."""
    held(write, data.draw(lines))


def test_a_mean_lot_spoiled_at_a_step_that_few_visit_is_scrapped_whole(write: Write) -> None:
    """Of ten units nine are good when they come to the step that a third of all lots visit; its tool fails in the middle of the visit, which
    spoils them: one known-bad unit is removed and nine are scrapped, none is shipped, and none is forgotten."""
    text = """\
line:
  lot: {panels: 1, units_per_panel: 10}
  release: {every_h: 100, lots: 1}
  tools: {a: {}, b: {failures: {f: {mtbf_h: 0.1, mttr_h: 1, work: scrap}}}}
run: {horizon_h: 50, warmup_h: 0}
materials: {x: {price_usd_per_piece: 1}}
steps:
  - {id: make, tool: a, time_h: 1, yield: {unit: 0.9}, consumes: {x: {per_panel: 18}}}
  - {id: look, op: inspect, tool: a, time_h: 1, coverage: 1}
  - {id: some, tool: b, time_h: 1, sample: 0.5}
"""
    plan = plan_of(write, text)
    totals = one(plan, 0, variable=False)
    assert math.isnan(solve(plan).flow.finished), "how many lots failures scrap has no closed form"
    assert (totals.sums["scrapped"], totals.sums["removed"], totals.good) == pytest.approx((9, 1, 0))
    assert totals.value == pytest.approx([0, 0, 18]), "1.8 USD with the unit found bad, 16.2 with the others"


def test_the_line_with_all_behaviours_is_the_closed_form() -> None:
    """The benchmark's line with mean values: its books balance, and yield is the closed form's, also where what failed once too often is scrapped."""
    for after in ("go_on", "scrap"):
        plan = make(load(ROOT / "tests" / "benchmarks" / "full_line.yaml", ["develop_1.rework.after_limit=" + after, "run.horizon_h=900"]))
        totals, closed = one(plan, 0, variable=False), solve(plan)
        assert totals.good / totals.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-9)
        assert totals.sums["lots_finished"] / totals.sums["lots_left"] == pytest.approx(closed.flow.finished, rel=1e-9)
