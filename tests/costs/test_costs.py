"""Tests money: every dollar enters once and leaves once, and costs, rates and intervals agree with sums on paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import LINE, floats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lines import Write, plan_of

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.experiments.replicate import replicate
from procsim.maths import statistics
from procsim.model.economics import Economics, capital_recovery
from procsim.model.tool import Tool
from procsim.planning.make import make
from procsim.planning.money import group_hourly
from procsim.planning.plan import CATEGORIES
from procsim.recipe.load import load
from procsim.results.metrics import METRICS, estimate


def test_a_tool_hour_on_paper() -> None:
    """price × ((1 + installation)·CRF + upkeep) + floor + power + operators, and overhead on the sum; for the whole group."""
    tool = Tool(price_usd=1_000_000, count=2, footprint_m2=10, power_kw=20, operators=0.5)
    rates = Economics(hours_per_year=8000, life_years=5, interest=0.1, installation=0.2, upkeep=0.08, floor_usd_per_m2_year=1000,
                      floor_multiplier=2.5, electricity_usd_per_kwh=0.1, labour_usd_per_h=16, overhead=0.25)
    cost = dict(zip(CATEGORIES, group_hourly(tool, rates), strict=True))
    assert cost["tool"] == pytest.approx(2 * 1e6 * (1.2 * 0.26379748 + 0.08) / 8000, rel=1e-7)
    assert cost["floor"] == pytest.approx(2 * 10 * 2.5 * 1000 / 8000)
    assert cost["utilities"] == pytest.approx(2 * 2)
    assert cost["labour"] == pytest.approx(2 * 8)
    assert cost["overhead"] == pytest.approx(0.25 * (cost["tool"] + cost["floor"] + cost["utilities"] + cost["labour"]))
    assert capital_recovery(0, 5) == 0.2


def test_one_lot_on_paper(write: Write) -> None:
    """Two panels of 50 units through one tool for an hour at 100 USD of practical rate, 2 g of paste a panel at 3 USD."""
    path = write("""\
line:
  lot: {panels: 2, units_per_panel: 50}
  release: {every_h: 2}
  tools: {a: {price_usd: 3200000}}
run: {horizon_h: 100, warmup_h: 20}
economics: {hours_per_year: 8000, practical_capacity: 0.8, life_years: 5}
materials: {paste: {price_usd_per_g: 3, density_g_cm3: 1}}
steps:
  - {id: only, tool: a, time_h: 1, consumes: {paste: {per_panel: 2}}, tooling_usd: 500000}
""")
    plan = make(load(path))
    closed = solve(plan)
    direct = (100 + 2 * 2 * 3) / 100 + 0.5
    assert closed.direct == pytest.approx(direct)
    assert closed.loaded == pytest.approx(direct + (2 * 80 - 100) / 100)
    totals = replicate(plan, 1)
    table = tables.cost_by_step(plan, totals).set_index("step")
    assert table.loc["only", "tool_usd"] == pytest.approx(1.0)
    assert table.loc["only", "material_usd"] == pytest.approx(0.12)
    assert table.loc["only", "tooling_usd"] == pytest.approx(0.5)
    assert table.loc["(unused capacity)", "tool_usd"] == pytest.approx(0.6)


def test_scrap_leaves_at_its_value(write: Write) -> None:
    """Lost after a step of 1 USD and after one of 2 USD: charged to the step that caused it, found where it was lost."""
    path = write("""\
line:
  lot: {panels: 1, units_per_panel: 100}
  release: {every_h: 1}
  tools: {a: {}, b: {}}
run: {horizon_h: 3000, warmup_h: 0, replications: 2}
materials: {stuff: {price_usd_per_piece: 1}}
steps:
  - {id: one, tool: a, time_min: 1, consumes: {stuff: {per_unit: 1}}, yield: {unit: 0.9}}
  - {id: two, tool: b, time_min: 1, consumes: {stuff: {per_unit: 2}}, yield: {panel: 0.95}}
  - {id: look, op: inspect, tool: b, time_min: 1, coverage: 1}
""")
    plan = make(load(path))
    totals = replicate(plan, 1, variable=False)[0]
    lots = totals.sums["lots_left"]
    assert totals.value / lots == pytest.approx([0.9 * 0.95 * 300, 0, 0.05 * 300 + 0.95 * 0.1 * 300])
    assert totals.scrap_caused / lots == pytest.approx([0.1 * 300, 0.9 * 0.05 * 300, 0, 0])
    assert totals.scrap_found / lots == pytest.approx([0, 0.05 * 300, 0.95 * 0.1 * 300, 0])
    noisy = replicate(plan, 4)
    found = estimate(METRICS[0], noisy, 0.95)
    assert abs(found.mean - 300 / 85.5) < 4 * found.se


numbers = floats(0.0, 1.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(panel=floats(0.7, 1.0), unit=floats(0.5, 1.0), coverage=numbers, reject=floats(0, 0.3), panels=st.integers(1, 5),
       units=st.integers(1, 60), law=st.sampled_from(["poisson", "murphy", "seeds"]), ppm=floats(0, 3e5), seed=st.integers(0, 2**40))
def test_books_balance_whatever_the_recipe(write: Write, panel: float, unit: float, coverage: float, reject: float, panels: int,
                                           units: int, law: str, ppm: float, seed: int) -> None:
    """Units, money and lot-hours balance in every run (the run checks itself); closed form and mean run are one number."""
    sets = [f"line.lot={{panels: {panels}, units_per_panel: {units}}}", f"one.yield={{panel: {panel}, unit: {unit}}}", f"look.coverage={coverage}",
            f"look.false_reject={reject}", f"two.defects={{per_unit_ppm: {ppm}, law: {law}}}", f"run.seed={seed}", "line.release={every_h: 6}",
            "run.horizon_h=320", "run.warmup_h=80"]
    plan = plan_of(write, LINE, *sets)
    totals = replicate(plan, 2)
    for t in totals:
        assert t.spent == pytest.approx(t.value.sum() + t.wip_value[1] - t.wip_value[0] + t.unused.sum(), abs=0.005)
        assert t.units_lost.min() >= 0
    closed = solve(plan)
    mean = replicate(plan, 1, variable=False)[0]
    if closed.flow.good > 1e-6:
        assert mean.good / mean.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-9)
        assert mean.cost.sum() / mean.good == pytest.approx(closed.direct, rel=1e-8)


def test_ratio_of_totals_not_mean_of_ratios() -> None:
    """A small replication weighs little; the interval is the delta method's and shrinks to zero for proportional data."""
    found = statistics.ratio(np.array([1.0, 99.0]), np.array([2.0, 98.0]))
    assert found.mean == 1.0
    assert statistics.ratio(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0])).half_width == pytest.approx(0)
    same = statistics.ratio(np.array([1.0, 2.0, 4.0]), np.ones(3))
    plain = statistics.mean(np.array([1.0, 2.0, 4.0]))
    assert (same.mean, same.low, same.high) == pytest.approx((plain.mean, plain.low, plain.high))


def test_pairing_takes_the_common_noise_out() -> None:
    """The same noise on both sides leaves no interval."""
    noise = np.array([1.0, 5.0, 3.0])
    found = statistics.ratio_difference((noise, noise + 1), (np.ones(3), np.ones(3)))
    assert found.mean == pytest.approx(1)
    assert found.half_width == pytest.approx(0)


def test_a_year_has_so_many_hours(write: Write) -> None:
    """8 784 in a leap year; more is a mistake, with file and line."""
    load(write(), ["economics.hours_per_year=8784"])
    with pytest.raises(RecipeError, match=r"line\.yaml:\d+:\d+: error: economics.hours_per_year must be <= 8784 \(got 9000"):
        load(write(LINE.replace("hours_per_year: 8000", "hours_per_year: 9000")))


def test_a_tool_that_brings_back_its_price_costs_the_interest_on_it() -> None:
    """price × r a year, whatever its life: nothing without interest, as of land."""
    for years in (1, 5, 20):
        assert Economics(interest=0.07).yearly(1e6, 1.0, years, 1.0) == pytest.approx(70_000)
        assert Economics().yearly(1e6, 1.0, years, 1.0) == pytest.approx(0)


@pytest.mark.parametrize(("edit", "culprit"), [("one.yield.unit=0", "100 % are lost to one"), ("test.false_reject=1", "are lost to test")])
def test_a_line_of_which_nothing_good_comes_says_so(edit: str, culprit: str, write: Write, capsys: pytest.CaptureFixture[str],
                                                    monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A warning with the step that loses most, in check, estimate and run; figures per good unit are left blank."""
    monkeypatch.chdir(tmp_path)
    write()
    for command in ("check", "estimate", "run"):
        assert main([command, "line.yaml", "--set", edit]) == 0
        told = capsys.readouterr()
        assert "no good unit comes out" in told.err
        assert culprit in told.err
        assert "∞" not in told.out
    load(write())
    assert main(["check", "line.yaml"]) == 0
    assert "no good unit" not in capsys.readouterr().err
