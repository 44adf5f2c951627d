"""Tests that load, cost and hours on duty stay what they are called where more comes than a line can take, or where a release ends."""

from __future__ import annotations

import numpy as np
import pytest
from lines import Write, plan_of

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.experiments.replicate import one
from procsim.lots.records import SCHEDULED
from procsim.maths import statistics
from procsim.planning.plan import Plan
from procsim.results.overload import overloads


def run(write: Write, text: str) -> tuple[Plan, Totals, ClosedForm]:
    plan = plan_of(write, text)
    return plan, one(plan, 0), solve(plan)


UPKEEP = """
line: {lot: {panels: 24}, tools: {g: {maintenance: {m: {every_panels: 24, takes_h: 0.5}}}}, release: {every_h: 0.1, lots: 40}}
run: {horizon_h: 30}
steps: [{id: s0, tool: g, time_min: 40}]
"""


def test_load_of_an_overload_is_what_is_offered(write: Write) -> None:
    """A lot takes 2/3 h and 1/2 h of upkeep, and comes every 0.1 h: 11.7 times what one tool can take. Of its time it can then work the share
    0.667 / (0.667 + 0.5), which a run without end sees."""
    _, _, closed = run(write, UPKEEP)
    work, upkeep = 2 / 3, 0.5
    assert closed.tools.load[0] == pytest.approx((work + upkeep) / 0.1)
    assert closed.tools.available[0] == pytest.approx(work / (work + upkeep))
    assert closed.tools.needed[0] == 12
    plan, totals, closed = run(write, UPKEEP.replace(", lots: 40", "").replace("horizon_h: 30", "horizon_h: 600, warmup_h: 10, allow_overload: true"))
    assert overloads(plan, closed) == ["g is 1\u202f167 % loaded with 1: its queue would grow without end; set tools.g.count=13 "
                                     "(in a file, line: {tools: {g: {count: 13}}}), for a load of 85 % at most"]
    row = tables.summary(plan, [totals], closed).set_index("metric").loc["utilisation"]
    assert row["expected"] == pytest.approx(work / (work + upkeep)) == pytest.approx(row["mean"], rel=0.02)


@pytest.mark.parametrize(("lot", "often"), [(24, 1.0), (5, 5 / 7), (7, 1.0), (14, 1.0)])
def test_upkeep_by_panels_follows_a_run_once(write: Write, lot: int, often: float) -> None:
    """Upkeep after 7 panels waits for the run in progress: after a lot of 24 it is done once, not three times; the closed form has the run's load."""
    plan, totals, closed = run(write, f"""
line: {{lot: {{panels: {lot}}}, release: {{every_h: 2}}, tools: {{g: {{maintenance: {{m: {{every_panels: 7, takes_h: 0.5}}}}}}}}}}
run: {{horizon_h: 2000}}
steps: [{{id: s, tool: g, time_h: 1}}]
""")
    assert totals.state_hours[0, SCHEDULED] == pytest.approx(1000 * often * 0.5, rel=0.01)
    assert tables.tools(plan, [totals], closed)["load"][0] == pytest.approx(0.5 / (1 - often * 0.25), rel=0.01) == closed.tools.load[0]


@pytest.mark.parametrize("of_clock", ["mtbf_h: 1, mttr_h: 2, clock: busy", "mtbf_h: 1, mttr_h: 2"])
def test_load_goes_on_smoothly_past_the_limit(write: Write, of_clock: str) -> None:
    """Just below and just above 1 it is nearly the same, also where what comes with the work takes more than all the time."""
    text = "line: {{tools: {{g: {{failures: {{f: {{{}}}}}}}}}, release: {{every_h: {}}}}}\nrun: {{horizon_h: 10}}\nsteps: [{{id: s, tool: g, time_h: 1}}]\n"
    below, above, far = (solve(plan_of(write, text.format(of_clock, every))).tools.load[0] for every in (3.0003, 2.9997, 0.1))
    assert below < 1 < above < below + 1e-3
    assert far == pytest.approx(30)


def test_a_tool_that_is_never_up_is_said_to_be(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Upkeep of 2 h every hour: no count would do, and no figure is infinite."""
    text = "line: {tools: {g: {maintenance: {m: {every_h: 1, takes_h: 2}}}}, release: {every_h: 1}}\nrun: {horizon_h: 30}\nsteps: [{id: s, tool: g, time_h: 1}]\n"
    plan, totals, closed = run(write, text)
    assert closed.starts.lots_per_h == 0
    summary = tables.summary(plan, [totals], closed)
    assert not np.isinf(summary["expected"]).any() and not np.isinf(tables.tools(plan, [totals], closed).select_dtypes("number")).any().any()
    assert main(["run", str(write(text))]) == 1
    told = capsys.readouterr().err
    assert "g is never up" in told and "plan less for it" in told
    assert "release less" not in told


def test_an_overworked_group_is_no_gain(write: Write) -> None:
    """Tool a works all the time, twice what is practical, and b takes one lot of four: three lots' work of a waits before b. An hour of a then costs
    what it costs, no rate, so a lot that leaves costs one hour of a, and what waits is worth no more. At the rates it would cost less than nothing."""
    plan, totals, _ = run(write, """
line: {release: {every_h: 1}, tools: {a: {price_usd: 87600, practical_capacity: 0.5}, b: {count: 1}}}
run: {horizon_h: 400, allow_overload: true}
economics: {hours_per_year: 8760, life_years: 10}
steps: [{id: one, tool: a, time_h: 1}, {id: two, tool: b, time_h: 4}]
""")
    hour = plan.money.hourly.sum()
    assert totals.good == pytest.approx(99, abs=1) and hour == pytest.approx(1)
    made = tables.summary(plan, [totals], solve(plan)).set_index("metric")["mean"]
    assert made["cost_per_good_unit_loaded"] == pytest.approx(hour, rel=0.01)
    assert made["cost_per_good_unit_direct"] == pytest.approx(2 * hour)
    assert totals.spent == pytest.approx(totals.cost.sum() + totals.unused.sum() + totals.wip_value[1] - totals.wip_value[0])
    assert 0 < totals.wip_value[1] <= 400 * hour


def test_each_product_of_an_overworked_group_pays_its_own_hours(write: Write) -> None:
    """Of two streams whose lots take an hour of a, of which those of the second wait before a slow tool, both cost that hour, and neither less
    than nothing."""
    plan, totals, closed = run(write, """
line:
  releases: {fast: {every_h: 2, route: [one]}, slow: {every_h: 2, route: [one, two]}}
  tools: {a: {price_usd: 87600, practical_capacity: 0.5}, b: {count: 1}}
run: {horizon_h: 400, allow_overload: true}
economics: {hours_per_year: 8760, life_years: 10}
steps: [{id: one, tool: a, time_h: 1}, {id: two, tool: b, time_h: 8}]
""")
    made = tables.products(plan, [totals], closed)["cost_per_good_unit_loaded_usd"]
    assert made.tolist() == pytest.approx([1.0, 1.0], rel=0.02)


def test_work_lost_to_failures_is_lost_quality(write: Write) -> None:
    """After 3.5 h of the clock each time a tool fails for 0.5 h, and spoils the run of 1 h that is half done: of 3.5 h of work, all at its rate, 3 h
    are of effective units, and OEE is 3 h of 4."""
    plan, totals, closed = run(write, """
line: {lot: {units_per_panel: 10}, release: {conwip_lots: 3},
       tools: {g: {failures: {f: {mtbf_h: {uniform: {low: 3.5, high: 3.5}}, mttr_h: {uniform: {low: 0.5, high: 0.5}}, work: scrap}}}}}
run: {horizon_h: 40}
steps: [{id: s, tool: g, time_h: 1}]
""")
    row = tables.tools(plan, [totals], closed).iloc[0]
    want = {"productive": 3.5 / 4, "rate_efficiency": 1.0, "quality_efficiency": 3 / 3.5, "oee": 3 / 4}
    assert {name: row[name] for name in want} == pytest.approx(want)


SCRAPS = """
line: {lot: {panels: 2}, release: {conwip_lots: 5},
       tools: {g: {failures: {f0: {mtbf_h: 1, mttr_h: 4, work: scrap}, f1: {mtbf_h: 5, mttr_h: 1, work: scrap}}}}}
run: {horizon_h: 200}
steps: [{id: s0, tool: g, time_min: {per_panel: 20}}]
"""


def test_oee_is_time_for_effective_units(write: Write) -> None:
    """Theoretical time of the lots that were finished by total time, whatever failures spoiled: 2/3 h a lot."""
    plan, totals, closed = run(write, SCRAPS)
    row = tables.tools(plan, [totals], closed).iloc[0]
    assert totals.sums["lots_finished"] > 10
    assert row["oee"] == pytest.approx(totals.sums["lots_finished"] * 2 / 3 / 200, rel=0.02)  # but for the run at the horizon
    assert 0 < row["quality_efficiency"] < 1
    steps = tables.yield_by_step(plan, [totals]).iloc[1]
    assert steps["units_in"] == steps["units_lost"] + totals.good


@pytest.mark.parametrize(("lots", "horizon", "known"), [(200_000, 175_200, True), (200_000, 200_100, False), (40, 30, True), (20, 30, False)])
def test_a_release_that_outlasts_the_run_does_not_end(write: Write, lots: int, horizon: int, known: bool) -> None:
    """Lots every hour: a number of them that the horizon does not see the end of is none; output and what limits are told then, and only then."""
    text = f"line: {{release: {{every_h: 1, lots: {lots}}}, tools: {{g: {{count: 1}}}}}}\nrun: {{horizon_h: {horizon}}}\nsteps: [{{id: s, tool: g, time_min: 40}}]\n"
    plan = plan_of(write, text)
    closed = solve(plan)
    assert (closed.starts.lots_per_h == pytest.approx(1)) == known
    assert bool(overloads(plan_of(write, text, "s.time_min=70"), solve(plan_of(write, text, "s.time_min=70")))) == known


@pytest.mark.parametrize(("lots", "ends"), [(90, True), (300, False)])
def test_a_constant_wip_ends_where_the_line_takes_all(write: Write, lots: int, ends: bool) -> None:
    """One lot an hour for 100 h: of 90 lots the last one comes within the run, of 300 it does not."""
    text = f"line: {{release: {{conwip_lots: 1, lots: {lots}}}, tools: {{g: {{count: 1}}}}}}\nrun: {{horizon_h: 100}}\nsteps: [{{id: s, tool: g, time_h: 1}}]\n"
    assert np.isnan(solve(plan_of(write, text)).starts.lots_per_h) == ends


def test_a_schedule_beyond_the_horizon_does_not_end(write: Write) -> None:
    """Its last lot comes after the run; its rate is that before the horizon."""
    head = "line: {release: {schedule: [{at_h: 0}, {at_h: 5}, {at_h: %s}]}, tools: {g: {count: 1}}}\nrun: {horizon_h: 10}\nsteps: [{id: s, tool: g, time_h: 1}]\n"
    assert np.isnan(solve(plan_of(write, head % 9)).starts.lots_per_h)
    assert solve(plan_of(write, head % 11)).starts.lots_per_h == pytest.approx(0.2)


def test_overtime_is_time_on_duty(write: Write) -> None:
    """A loader who is on for 1 h of 2 h and never without 1.9 h of work is there all the while he works: his load is 1, not nearly 2, and it is
    expected to be."""
    plan, totals, closed = run(write, """
line: {release: {every_h: 0.1, lots: 1000}, operators: {p: {count: 1, shift: d}}, shifts: {d: {on_off_h: [1, 1], at_end: finish}},
       tools: {g: {load_h: 1.9, attended: {pool: p, during: [load]}}}}
run: {horizon_h: 200, allow_overload: true}
steps: [{id: s, tool: g, time_h: 0.001}]
""")
    busy, there = totals.pools[0, :2]
    assert busy == pytest.approx(there, rel=0.1) and busy <= there <= 200
    row = tables.operators(plan, [totals], closed).iloc[0]
    assert row["utilisation"] <= 1 and row["expected_utilisation"] == pytest.approx(1)


@pytest.mark.parametrize(("every", "time"), [(12, 5), (12, 9), (9, 5), (24, 13)])
def test_a_tool_in_overtime_is_there(write: Write, every: float, time: float) -> None:
    """A tool on for 8 h of 24 h that finishes what it has begun: its load is by the time that it is there, overtime included, and never above 1; the
    closed form, which takes shifts to end at any point of a run, is near."""
    plan, totals, closed = run(write, f"""
line: {{release: {{every_h: {every}}}, shifts: {{d: {{on_off_h: [8, 16], at_end: finish}}}}, tools: {{g: {{shift: d}}}}}}
run: {{horizon_h: 4800, warmup_h: 240, allow_overload: true}}
steps: [{{id: s, tool: g, time_h: {time}}}]
""")
    row = tables.tools(plan, [totals], closed).iloc[0]
    assert row["load"] <= 1 and row["expected_load"] <= 1
    assert row["expected_load"] == pytest.approx(row["load"], abs=0.3)


def test_intervals_of_equal_values_are_nothing() -> None:
    """Values, ratios and pairs that differ by rounding alone are equal; a real difference of a billionth is one."""
    same = np.array([0.1 + 0.2, 0.3, 0.3])
    for found in (statistics.mean(same), statistics.ratio(same, np.ones(3)), statistics.paired(same, same[::-1]),
                  statistics.ratio_difference((same, same[::-1]), (np.ones(3), np.ones(3)))):
        assert found.high - found.low == 0 and found.se == 0
    assert statistics.paired(same, same[::-1]).mean == 0
    assert statistics.deviation(np.full(1000, 0.1) * 3 + np.arange(1000) % 2 * 1e-17) == 0
    assert statistics.mean(np.array([1.0, 1.0 + 1e-9])).se > 0


def test_intervals_end_where_the_figure_must() -> None:
    """The part of an interval outside of the range says nothing, and its half-width stays the statistical one."""
    found = statistics.mean(np.array([0.9, 1.0, 1.0]))
    cut = found.within(0.0, 1.0)
    assert found.high > 1 == cut.high and cut.low == found.low
    assert cut.half_width == pytest.approx(found.half_width)
