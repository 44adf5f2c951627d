"""Tests yield in the large: learning, dies by their chance of being good, spread between panels, losses by cause."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from plain_flow import flows_in

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import replicate
from procsim.maths.yield_laws import LAWS
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.quality.learning import at_week, window
from procsim.recipe.load import load
from procsim.results import metrics

HEAD = """
line:
  lot: {{panels: {panels}, units_per_panel: {units}}}
  release: {{every_h: {every}}}
  tools: {{m: {{price_usd: 1000000}}}}
materials: {{usd: {{price_usd_per_piece: 1}}}}
economics: {{hours_per_year: 8000, practical_capacity: 0.8}}
run: {{horizon_h: {hours}, warmup_h: 20, replications: 20, seed: 3}}
steps:
"""
PlanOfSteps = Callable[..., Plan]


@pytest.fixture
def plan_of_steps(tmp_path: Path) -> PlanOfSteps:
    """Makes the Plan of steps written as text, all on one tool."""
    flow = flows_in(tmp_path, HEAD)

    def of(*steps: str, **more: Any) -> Plan:
        return flow(*(f"  - {{id: s{i}, tool: m, {text}}}\n" for i, text in enumerate(steps)), **more).plan
    return of


# learning ---------------------------------------------------------------------------------------------------------------

TIME = "learning: {floor: 0.3, tau_weeks: 0.5}"
VOLUME = "learning: {per_doubling: 0.8, first_units: 20000}"


def factor_of(how: str, week: float, units: float) -> float:
    return 0.3 + 0.7 * math.exp(-week / 0.5) if how == TIME else max(units / 20000, 1.0) ** math.log2(0.8)


@pytest.mark.parametrize("how", [TIME, VOLUME])
@pytest.mark.parametrize("hours", [60, 320])
def test_density_is_learned_away_lot_by_lot(how: str, hours: float, plan_of_steps: PlanOfSteps) -> None:
    """D(t) = D∞ + (D0 - D∞)e^(-t/τ), or a factor per doubling of units started, at the time when each lot is to start; the closed form is
    the mean over the window's lots, and equals the run with mean values (few lots are summed, many integrated)."""
    plan = plan_of_steps(f"defects: {{per_unit_ppm: 500000, law: murphy, {how}}}, yield: {{unit: 0.9}}", hours=hours,
                   sets=("run.start_week=0.1", "run.units_before=10000"))
    lots = [0.9 * LAWS["murphy"](0.5 * factor_of(how, 0.1 + n / 168, 10000 + 1000 * n), 0) for n in range(20, int(hours))]
    closed, still = solve(plan), replicate(plan, 1, variable=False)[0]
    assert closed.flow.yield_ == pytest.approx(np.mean(lots), rel=1e-4)  # cells stand for the law
    assert still.good / still.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-8)
    found = metrics.estimate(metrics.METRICS[6], replicate(plan, 20), 0.95)
    assert abs(found.mean - closed.flow.yield_) <= 4 * found.se


def test_a_lot_has_its_random_numbers_wherever_the_curve_stands(plan_of_steps: PlanOfSteps) -> None:
    """Less density spoils no unit that was good before: the same draws, another threshold."""
    text = f"defects: {{per_unit_ppm: 300000, {TIME}}}"
    early, late = (tables.lots(plan, replicate(plan, 1))["units_good"].dropna() for plan in
                   (plan_of_steps(text, units=50), plan_of_steps(text, units=50, sets=("run.start_week=3",))))
    assert (late >= early).all()
    assert (late > early).any()


def test_nothing_is_learned_where_nothing_says_so(plan_of_steps: PlanOfSteps) -> None:
    """Week and volume do not matter to a recipe without learning."""
    text = "defects: {per_unit_ppm: 300000, law: seeds}"
    assert solve(plan_of_steps(text)).flow.yield_ == solve(plan_of_steps(text, sets=("run.start_week=30", "run.units_before=1e6"))).flow.yield_


def test_a_constant_wip_stands_where_it_begins(plan_of_steps: PlanOfSteps) -> None:
    """Its releases have no time of their own, so the whole run is at its start week."""
    plan = plan_of_steps(f"defects: {{per_unit_ppm: 500000, {TIME}}}, time_h: 1", sets=("line.release={conwip_lots: 2}", "run.start_week=0.5"))
    closed, still = solve(plan), replicate(plan, 1, variable=False)[0]
    assert closed.flow.yield_ == pytest.approx(math.exp(-0.5 * factor_of(TIME, 0.5, 0)))
    assert still.good / still.sums["units_started"] == pytest.approx(closed.flow.yield_)


def test_the_ramp_is_the_estimate_of_each_week(plan_of_steps: PlanOfSteps) -> None:
    """A row of yield_ramp.csv is what an estimate says of a short run that begins in that week; yield rises and cost falls."""
    text = "defects: {per_unit_ppm: 500000, law: seeds, learning: {floor: 0.3, tau_weeks: 26}}, consumes: {usd: {per_unit: 1}}, time_h: 0.5"
    plan = plan_of_steps(text)
    ramp = tables.yield_ramp(plan).set_index("week")
    for week in (0, 13, 52):
        m = 0.5 * (0.3 + 0.7 * math.exp(-week / 26))
        assert ramp.loc[week, "yield"] == pytest.approx(1 / (1 + m), rel=1e-3)
        assert ramp.loc[week, "cost_per_good_unit_direct_usd"] == pytest.approx(solve(at_week(plan, week, 0.0)).direct)
    assert (ramp["yield"].diff().dropna() > 0).all()
    assert (ramp["cost_per_good_unit_loaded_usd"].diff().dropna() < 0).all()
    assert ramp["units_before"].to_list() == [1000 * 168 * week for week in ramp.index]
    numbers, weights = window(plan, 0)
    assert weights.sum() == pytest.approx(1)
    assert weights @ numbers == pytest.approx((20 + 119) / 2)


# dies, panels, handling -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("flow", "good"), [("two_unlike_dies", {"logic": (0.98, 1), "memory": (0.95, 1)}),
                                            ("four_die_module", {"logic": (0.99, 1), "memory": (0.96, 2), "power": (0.999, 1)})])
def test_unlike_dies_bring_their_own_chance_of_being_good(flow: str, good: dict[str, tuple[float, int]]) -> None:
    """A unit arrives good with Π k^n over its dies; handling y per die multiplies in at its step, panels break whole. Closed form, mean values and
    simulation agree, and what is lost stands under its level."""
    sets = [f"product.dies.{name}.known_good={chance}" for name, (chance, _) in good.items()]
    plan = make(load(ROOT / "flows" / "whatif" / f"{flow}.yaml", [*sets, "attach.yield={panel: 0.99, die: 0.998}", "attach.defects=null",
                                                                  "run.horizon_h=400", "run.warmup_h=150", "run.replications=4"]))
    arrive = math.prod(chance**count for chance, count in good.values())
    dies = sum(count for _, count in good.values())
    at = plan.steps.index("attach")
    assert plan.losses.incoming[at] == pytest.approx(arrive)
    assert plan.losses.own(at) == pytest.approx([0.998**dies])
    closed, still = solve(plan), replicate(plan, 1, variable=False)[0]
    assert still.units_lost / still.sums["lots_left"] == pytest.approx(closed.flow.lost, abs=1e-9 * closed.flow.started)
    before = closed.flow.started - closed.flow.lost[:at].sum()
    assert closed.flow.lost[-1] == pytest.approx(before * (1 - arrive), rel=1e-9)
    assert closed.flow.lost[at] == pytest.approx(before * arrive * (1 - 0.998**dies * 0.99), rel=1e-9)
    totals = replicate(plan, 4)
    found = metrics.estimate(metrics.METRICS[6], totals, 0.95)
    assert abs(found.mean - closed.flow.yield_) <= 4 * found.se
    pareto = tables.loss_pareto(plan, totals)
    assert set(pareto[pareto["step"] == "attach"]["level"]) == {"unit", "panel"}
    died = pareto[pareto["level"] == "die"]
    assert list(died["step"]) == ["(incoming)"]
    share = died["units_lost"].iloc[0] / np.mean([t.sums["units_started"] for t in totals])
    assert share == pytest.approx(closed.flow.lost[-1] / closed.flow.started, rel=0.03)


# spread between panels --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("law", "shape"), [("poisson", 0.0), ("negative_binomial, clustering: 2", 2.0), ("seeds", 1.0)])
def test_panels_differ_as_the_law_says(law: str, shape: float, plan_of_steps: PlanOfSteps) -> None:
    """Var of good units on a panel = n·E[s(1 - s)] + n²·Var(s) with s = e^(-mx): binomial for Poisson, far more for clustered faults.
    Read from yield_per_panel.csv, within 4 standard errors; lots of four panels have a quarter of the variance of the mean."""
    m, n, name = 0.2, 200, law.split(",")[0]
    plan = plan_of_steps(f"defects: {{per_unit_ppm: {1e6 * m}, law: {law}}}", units=n, panels=4, hours=420)
    totals = replicate(plan, 6)
    one, two = LAWS[name](m, shape), LAWS[name](2 * m, shape)
    variance = n * (one - two) + n * n * (two - one * one)
    spread = np.sum([t.spread[0] for t in totals], axis=0)
    units = np.arange(1001) * n / 1000
    count = spread.sum()
    mean = float(spread @ units / count)
    found, fourth = (float(spread @ (units - mean) ** k / count) for k in (2, 4))
    se = math.sqrt((fourth - found**2) / count)
    print(f"{law}: variance {found:.1f}, law {variance:.1f}, se {se:.1f}")
    assert abs(found - variance) <= 4 * se + 0.02 * variance * (shape > 0)  # 1024 cells stand for the law
    assert (variance > 5 * n * one * (1 - one)) == (shape > 0)
    table = tables.yield_per_panel(totals)
    assert table["panels"].sum() * len(totals) == pytest.approx(count)
    assert len(table) <= 40
    lots = np.sum([t.spread[1] for t in totals], axis=0)
    lot_variance = float(lots @ (np.arange(1001) * n / 1000 - mean) ** 2 / lots.sum())
    assert lot_variance == pytest.approx(found / 4, rel=0.3)


def test_broken_panels_yield_nothing(plan_of_steps: PlanOfSteps) -> None:
    """The row from 0 to 0 holds the panels that were lost whole."""
    totals = replicate(plan_of_steps("yield: {panel: 0.9}", units=20, panels=5, hours=420), 5)
    first = tables.yield_per_panel(totals).iloc[0]
    assert (first["yield_from"], first["yield_to"]) == (0, 0)
    assert first["share"] == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / 10000))


def test_a_panel_of_one_unit_has_the_tables_of_losses_too(write: Callable[..., Path], tmp_path: Path) -> None:
    """Where a panel is one unit it yields all or nothing: two rows, whose shares are those of units; losses by step and cause sum to all lost. A line
    that loses nothing has the tables too: no row of losses, one of panels."""
    steps = "steps:\n  - {id: a, tool: t, time_h: 0.5, yield: {unit: 0.8}}\n  - {id: look, op: inspect, tool: t, time_h: 0.1, coverage: 1}\n"
    head = "line: {release: {every_h: 1}, tools: {t: {}}}\nrun: {horizon_h: 500, warmup_h: 10, replications: 2}\n"
    for name, text in (("lossy", steps), ("clean", steps.replace("0.8", "1.0"))):
        assert main(["run", str(write(head + text)), "--out", str(tmp_path / name), "--quiet"]) == 0
        made = {table: pd.read_csv(tmp_path / name / f"{table}.csv") for table in ("loss_pareto", "yield_per_panel", "yield_per_lot", "yield_by_step", "summary")}
        good = made["summary"].set_index("metric").loc["yield", "mean"]
        assert made["loss_pareto"]["units_lost"].sum() == pytest.approx(made["yield_by_step"]["units_lost"].sum())
        assert list(made["loss_pareto"]["step"]) == (["a"] if name == "lossy" else [])
        assert list(made["yield_per_panel"]["yield_from"]) == ([0, 1] if name == "lossy" else [1])
        assert made["yield_per_panel"]["share"].iloc[-1] == pytest.approx(good) == made["yield_per_lot"]["share"].iloc[-1]


# losses by cause --------------------------------------------------------------------------------------------------------


def test_what_is_rounding_beside_all_panels_is_none(plan_of_steps: PlanOfSteps) -> None:
    """With mean values, all of a panel's thousand units are known-bad with a chance of some 1e-800: no panel is lost at all, and no loss is a row."""
    plan = plan_of_steps("yield: {unit: 0.8}", "op: test, coverage: 0.9", "yield: {unit: 0.9}", "op: test, coverage: 0.9", "coverage: 0.5, op: test", units=100)
    totals = replicate(plan, 1, variable=False)
    assert 0 < abs(totals[0].by_step["panels_lost"]).max() < 1e-30
    assert (tables.yield_by_step(plan, totals)["lost_panels"] == 0).all()
    assert (tables.loss_pareto(plan, totals)["units_lost"] > 1e-6).all()
    broken = plan_of_steps("yield: {panel: 0.99}", units=100)
    assert tables.yield_by_step(broken, replicate(broken, 1, variable=False))["lost_panels"].to_list() == pytest.approx([0, 1.0])


def test_every_loss_has_its_step_level_and_cause(plan_of_steps: PlanOfSteps) -> None:
    """Unit, panel, false reject, weak units, repair, lots scrapped by rework, failure and queue time: all in loss_pareto.csv, and nothing else."""
    plan = plan_of_steps("yield: {panel: 0.95, unit: 0.9}, infant_ppm: 20000, time_min: 10",
                   "burn_in: 0.9, rework: {chance: 0.1, limit: 1}, time_min: 1",
                   "coverage: 0.8, false_reject: 0.05, repair: {success: 0.5, damage: 0.3}, time_min: 20", units=20, hours=600, every="{exponential: {mean: 1}}",
                   sets=("line.tools.m.failures={f: {mtbf_h: 20, mttr_h: 1, work: scrap}}",
                         "line.queue_time_limits={q: {from: s1, to: s2, limit_h: 1, action: scrap}}"))
    totals = replicate(plan, 3)
    table = tables.loss_pareto(plan, totals)
    kinds = set(zip(table["step"], table["level"], table["cause"], strict=True))
    assert kinds >= {("s0", "unit", "faults"), ("s0", "panel", "good unit lost with its panel"), ("s0", "unit", "weak unit shown by burn-in"),
                     ("s2", "false reject", "good unit rejected"), ("s2", "unit", "spoiled by a repair"), ("s1", "lot", "rework limit"),
                     ("s0", "lot", "tool failure"), ("s2", "lot", "queue time")}
    lost = np.mean([t.sums["units_started"] - t.good for t in totals])
    assert table["units_lost"].sum() == pytest.approx(lost, rel=1e-12)
    assert table["units_lost"].is_monotonic_decreasing
    shipped = np.mean([t.good + t.sums["escapes"] for t in totals])
    assert table["escapes_ppm"].sum() == pytest.approx(1e6 * np.mean([t.sums["escapes"] for t in totals]) / shipped)


# known-bad units --------------------------------------------------------------------------------------------------------


def test_what_skipping_known_bad_units_saves(plan_of_steps: PlanOfSteps) -> None:
    """The saving is the difference of the two closed forms, with and without; the run says the same, in the mean and within its noise."""
    steps = ["yield: {unit: 0.7}", "coverage: 0.9, false_reject: 0.1"]
    work = "consumes: {usd: {per_unit: 2}}, time_s: {per_panel: 5, per_unit: 3}"
    skips = plan_of_steps(*steps, f"{work}, skip_known_bad: true", units=100)
    blind = plan_of_steps(*steps, work, units=100)
    closed = solve(skips)
    saving = solve(blind).direct - closed.direct
    assert saving > 0.5
    metric = metrics.SKIPPED[0]
    assert metric.expected(closed) == pytest.approx(saving, rel=1e-9)
    assert metrics.estimate(metric, replicate(skips, 1, variable=False), 0.95).mean == pytest.approx(saving, rel=1e-6)
    found = metrics.estimate(metric, replicate(skips, 20), 0.95)
    assert abs(found.mean - saving) <= 4 * found.se
    assert solve(blind).costs.known_bad_usd[2] / solve(blind).flow.good == pytest.approx(saving, rel=1e-9), "advice: what it would save"
    assert metric not in metrics.metrics_of(blind)
