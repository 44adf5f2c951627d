"""Tests the closed form of a constant WIP: exact where theory is, within bounds, and near the simulation."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lines import Write, exponential, plan_of
from wip_lines import ABC, ATTENDED, LAWS, LOADED, OTHERS, OVEN, PLAIN, Row, conwip, grid, text

from procsim import tables
from procsim.cli import main
from procsim.closed_form.exactness import estimates, loads
from procsim.closed_form.solve import ClosedForm, solve
from procsim.experiments.replicate import replicate
from procsim.maths import queues
from procsim.results.metrics import named

NEAR = 0.15
"""How far from the simulation a closed form may be that is no theorem; most are within a few per cent."""


def solved(write: Write, recipe: str) -> ClosedForm:
    return solve(plan_of(write, recipe))


@pytest.mark.parametrize("lots", range(1, 13))
def test_where_nothing_varies_the_line_is_the_best_case(write: Write, lots: int) -> None:
    """min(w/T0, rb), whatever the tools, and transport is part of T0: four machines of 2 h and 4 lots make half a lot an hour in 8 h, fully
    loaded."""
    closed = solved(write, Row((2, 2, 2, 2), (1, 1, 1, 1), 0, lots).recipe())
    assert (closed.starts.lots_per_h, closed.time.cycle_h, closed.tools.load.max()) == pytest.approx((min(lots / 8, 0.5), max(8, 2 * lots), min(lots / 4, 1)))
    closed = solved(write, text(["tool: a, time_h: 1", "tool: b, time_h: 2.5", "tool: c, time_h: 0.9"], "a: {}, b: {count: 2}, c: {}", conwip(lots),
                                more="  transport_min: 60\n"))
    assert (closed.starts.lots_per_h, closed.time.wip) == pytest.approx((min(lots / 6.4, 0.8), lots))


def test_batches_that_move_in_step_are_the_best_case(write: Write) -> None:
    """Lots of 1 h on one machine and four together in an oven for 4 h: one lot in two while four take turns, one an hour while two fours do."""
    line = ["tool: a, time_h: 1", "tool: o, time_h: 4"]
    for lots, rate in ((4, 0.5), (8, 1)):
        closed = solved(write, text(line, "a: {}, o: {batch: {min_panels: 4, max_panels: 4}}", conwip(lots)))
        assert (closed.starts.lots_per_h, *closed.time.queue_h) == pytest.approx((rate, 1.5, 1.5))


@pytest.mark.parametrize(("takes", "every"), [(5, 50), (24, 168)])
@pytest.mark.parametrize("lots", [4, 8])
def test_tools_that_are_serviced_together_stop_the_line(write: Write, lots: int, takes: int, every: int) -> None:
    """Lots find no tool of the group then, so that fewer go round than where the tools take turns; within 3 % of a run."""
    pm = f"maintenance: {{pm: {{every_h: {every}, takes_h: {takes}MORE}}}}"
    recipe = text(["tool: a, time_h: {exponential: {mean: 3}}", "tool: b, time_h: {exponential: {mean: 0.8}}"], f"a: {{count: 3, {pm}}}, b: {{}}",
                  conwip(lots))
    taking_turns, together = (solved(write, recipe.replace("MORE", more)).starts.lots_per_h for more in ("", ", together: true"))
    assert together < taking_turns
    run = named("throughput", replicate(plan_of(write, recipe.replace("MORE", ", together: true")), 2), 0.95)
    assert together == pytest.approx(run.mean, rel=0.03)


FAB_TWO = {1: 0.05, 2: 0.099009901, 3: 0.145463274, 4: 0.188183214, 5: 0.226365705, 8: 0.310219258, 12: 0.363226965, 16: 0.38464019}
"""Throughput of Penny Fab Two with exponential times, by exact mean value analysis."""


@pytest.mark.parametrize("lots", FAB_TWO)
def test_exponential_times_are_exact(write: Write, lots: int) -> None:
    """Stations of 1, 2, 6 and 2 machines, by state-dependent mean value analysis elsewhere; and four unequal single ones."""
    assert solved(write, Row((2, 5, 10, 3), (1, 2, 6, 2), 1, lots).recipe()).starts.lots_per_h == pytest.approx(FAB_TWO[lots], rel=1e-7)
    single = {1: 0.222222222, 3: 0.435256083, 12: 0.641318053}
    if lots in single:
        assert solved(write, Row((1, 1.5, 0.8, 1.2), (1, 1, 1, 1), 1, lots).recipe()).starts.lots_per_h == pytest.approx(single[lots], rel=1e-7)


def test_a_balanced_exponential_line_is_the_practical_worst_case(write: Write) -> None:
    """w/(W0 + w - 1)·rb, however many lots, also beyond those that are added one by one."""
    for lots in (1, 4, 20, 99, 100, 101, 500, 5000):
        found = solved(write, Row((1, 1, 1, 1, 1), (1,) * 5, 1, lots).recipe()).starts.lots_per_h
        assert found == pytest.approx(lots / (4 + lots), rel=1e-7 if lots <= 100 else 1e-3), lots


def test_two_exponential_stations_that_differ(write: Write) -> None:
    """M/M/1/K upside down: with ρ = s1/s2 the slower one works for a share (1 - ρ^w)/(1 - ρ^(w + 1)) of the time."""
    for lots in (1, 2, 7, 40):
        closed = solved(write, Row((0.5, 1), (1, 1), 1, lots).recipe())
        assert closed.starts.lots_per_h == pytest.approx((1 - 0.5**lots) / (1 - 0.5 ** (lots + 1)))
        assert closed.time.queue_h.sum() + 1.5 == pytest.approx(closed.time.cycle_h) == pytest.approx(lots / closed.starts.lots_per_h)


@pytest.mark.parametrize(("tools", "operators", "rate"), [(8, 1, 7.94017881), (12, 1, 10.5631297), (12, 2, 12.7943732)])
def test_operators_who_load_tools(write: Write, tools: int, operators: int, rate: float) -> None:
    """Machine interference (Palm), with unlimited work: a lot for each tool."""
    closed = solved(write, text(ATTENDED, LOADED % tools, conwip(tools), f"  operators: {{l: {operators}}}\n"))
    assert closed.starts.lots_per_h == pytest.approx(rate, rel=0.01)


def test_bounds_hold_for_every_line(write: Write) -> None:
    """Throughput is at most min(w/T0, rb) and at least 1/T0, grows with WIP, and falls with variability; Little's law holds of the figures as
    printed, and waiting is that of the steps."""
    for hours, count in (((1, 1), (1, 1)), ((1, 4, 0.5), (1, 3, 1)), ((3,), (2,))):
        by_scv = []
        for scv in LAWS:
            plans = [plan_of(write, Row(hours, count, scv, lots, failures).recipe()) for failures in ("", "busy") for lots in (1, 2, 3, 5, 9, 33, 150, 3000)]
            found = [(plan.streams[0].conwip, solve(plan)) for plan in plans]
            for lots, closed in found:
                takes = closed.time.raw_process_h + closed.time.repair_h
                assert 1 / takes - 1e-9 <= closed.starts.lots_per_h <= min(lots / takes, closed.starts.bottleneck_per_h) + 1e-9
                assert closed.starts.lots_per_h * closed.time.cycle_h == pytest.approx(closed.time.wip) == pytest.approx(lots)
                assert float(closed.time.queue_h @ closed.flow.visits) == pytest.approx(closed.time.wait_h)
                assert (closed.time.queue_h >= 0).all()
                assert closed.tools.load.max() <= 1 + 1e-9
            rates = np.array([closed.starts.lots_per_h for _, closed in found]).reshape(2, -1)
            assert (np.diff(rates, axis=1) > -2e-3 * rates[:, :1]).all()
            by_scv.append(rates[0])
        assert (np.diff(np.array(by_scv), axis=0) < 1e-3).all()


def test_thousands_of_lots_take_no_time(write: Write) -> None:
    """A moment's work, whatever the WIP and the tools."""
    plan = plan_of(write, Row((1, 90, 0.5, 2), (2, 200, 1, 3), 0.25, 20000).recipe())
    begun = time.process_time()
    closed = solve(plan)
    assert time.process_time() - begun < 0.5
    assert closed.starts.lots_per_h == pytest.approx(1.5, rel=0.01)


def test_in_one_shift_the_line_is_as_without_but_for_the_time_off(write: Write) -> None:
    """A third of the clock is on: a third as many lots."""
    shifted = solved(write, text(ABC, "a: {shift: d}, b: {shift: d}, c: {shift: d}", more="  shifts: {d: {on_off_h: [8, 16]}}\n"))
    assert shifted.starts.lots_per_h == pytest.approx(solved(write, text(ABC, PLAIN)).starts.lots_per_h / 3)


def test_streams_that_share_nothing_are_lines_of_their_own(write: Write) -> None:
    """Three lots on a machine of 1 h and one on a machine of 2 h: 1.5 an hour, and what comes out is in that mix."""
    line = text(["tool: a, time_h: 1, yield: {unit: 0.9}", "tool: b, time_h: 2, yield: {unit: 0.5}"], "a: {}, b: {}",
                "releases: {A: {conwip_lots: 3, route: [s0]}, B: {conwip_lots: 1, route: [s1]}}")
    closed = solved(write, line)
    assert (closed.starts.lots_per_h, *closed.starts.mix) == pytest.approx((1.5, 2 / 3, 1 / 3))
    assert closed.flow.yield_ == pytest.approx((2 * 0.9 + 0.5) / 3), "not that of three lots in four"
    assert closed.time.wip == pytest.approx(4)


def test_a_batch_that_never_fills_gives_nothing(write: Write) -> None:
    """Two lots cannot fill an oven of four: no output, and no cycle time."""
    closed = solved(write, text(["tool: a, time_h: 1", "tool: o, time_h: 4", "tool: c, time_h: 1"], OVEN % (1, 4, 4, ""), conwip(2)))
    assert closed.starts.lots_per_h == 0
    assert math.isnan(closed.time.cycle_h)


QUICK = [Row((1, 1.5, 0.8), (1, 1, 1), 0.25, 5), Row((2, 3), (2, 2), 2, 6, "busy"), Row((1, 2), (1, 1), 0, 4, "calendar")]


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.name)
def test_between_the_cases_of_theory_it_is_near_the_simulation(write: Write, row: Row) -> None:
    """Throughput and cycle time; ``make validate`` has many more."""
    plan = plan_of(write, row.recipe(visits=12000))
    closed, totals = solve(plan), replicate(plan, 1)
    assert closed.starts.lots_per_h == pytest.approx(named("throughput", totals, 0.95).mean, rel=NEAR)
    assert closed.time.cycle_h == pytest.approx(named("cycle_time", totals, 0.95).mean, rel=NEAR)


@pytest.mark.long
@pytest.mark.parametrize("stations", [1, 2, 3, 4, 5])
def test_the_grid_is_near_the_simulation(write: Write, stations: int) -> None:
    """Each line with its error, none left out: exact where nothing varies, within noise where times are exponential, and else within ``NEAR``."""
    far = []
    for row in grid(stations):
        plan = plan_of(write, row.recipe(visits=6000))
        closed, found = solve(plan), named("throughput", replicate(plan, 4), 0.95)
        error = closed.starts.lots_per_h / found.mean - 1
        print(f"  {row.name}  simulated {found.mean:.4f} ± {2 * found.se:.4f}  closed form {closed.starts.lots_per_h:.4f}  {100 * error:+.1f} %")
        allowed = NEAR if row.failures or row.scv in (0.25, 2.0) else 2e-3 if row.scv == 0 else max(4 * found.se / found.mean, 0.01)
        far += [f"{row.name} {100 * error:+.1f} %"] if abs(error) > allowed else []
    assert not far, far


@pytest.mark.long
@pytest.mark.parametrize("name", OTHERS)
def test_all_else_that_a_line_may_have_is_near_the_simulation(write: Write, name: str) -> None:
    """Throughput, and waiting at each step beside it."""
    plan = plan_of(write, OTHERS[name])
    closed, totals = solve(plan), replicate(plan, 4)
    found = named("throughput", totals, 0.95).mean
    error = closed.starts.lots_per_h * closed.flow.finished / found - 1
    steps = tables.steps(plan, totals, closed)
    print(f"\n  {name:36s} simulated {found:.4f}  closed form {closed.starts.lots_per_h * closed.flow.finished:.4f}  {100 * error:+.1f} %   waiting "
          f"{steps['queue_h'].round(2).tolist()}  closed form {steps['expected_queue_h'].round(2).tolist()}")
    assert abs(error) <= NEAR


PACED = {"good_units_per_week", "throughput", "cost_per_good_unit_loaded"}


@pytest.mark.parametrize(("release", "time", "guessed"), [
    ("{conwip_lots: 3}", 1.0, PACED), ("{conwip_lots: 3}", 0.0, set()), ("{every_h: 9}", 1.0, {"wip"})])
def test_what_is_an_estimate_is_known_of_the_plan(write: Write, release: str, time: float, guessed: set[str]) -> None:
    """A constant WIP estimates what depends on the rate, unless nothing varies; releases by the clock only waiting."""
    plan = plan_of(write, text([f"tool: a, time_h: {LAWS[time].format(mean=1)}", "tool: b, time_h: 1"], "a: {}, b: {}", f"release: {release}"))
    assert estimates(plan) >= {"cycle_time", "waiting_time", *guessed}
    assert not (estimates(plan) & {"yield", "cost_per_good_unit_direct", "raw_process_time"})
    assert bool(loads(plan).any()) == bool(guessed & PACED)
    if not guessed:
        assert not estimates(plan) & PACED


def test_estimates_are_marked_wherever_they_are_printed(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    """In every command's tables, and in those that are written."""
    monkeypatch.chdir(tmp_path)
    path = str(write(text([f"tool: a, time_h: {exponential(1)}", "tool: b, time_h: 1"], "a: {price_usd: 1000000}, b: {}", conwip(3), horizon=500)))

    def said(*arguments: str) -> str:
        assert main([*arguments]) == 0
        return capsys.readouterr().out

    told = said("estimate", path)
    assert all(f"{figure} (estimate)" in told for figure in ("output", "fully loaded cost", "cycle time"))
    assert "yield (estimate)" not in told and "direct cost (estimate)" not in told
    assert "≈" in told.split("tool group")[1]
    assert "≈" in said("check", path).split("tool group")[-1]
    ran = {line.split()[0]: line for line in said("run", path, "--out", "r").splitlines() if line.strip()}
    assert all("≈" in ran[figure] for figure in ("throughput", "cycle_time", "cost_per_good_unit_loaded", "bottleneck_load"))
    assert not any("≈" in ran[figure] for figure in ("yield", "raw_process_time", "wip"))
    compared = {line.split()[0]: line for line in said("compare", path, path, "--estimate").splitlines() if line.strip()}
    assert "≈" in compared["good_units_per_week"] and "≈" not in compared["yield"]
    assert "≈" in said("curve", path, "--wip", "2,3", "--out", "c")
    summary = pd.read_csv(tmp_path / "r" / "summary.csv").set_index("metric")["expected_is"]
    assert summary[["yield", "wip", "throughput", "cycle_time", "bottleneck_load"]].tolist() == ["exact", "exact", "estimate", "estimate", "estimate"]
    assert pd.read_csv(tmp_path / "r" / "tools.csv")["expected_load_is"].tolist() == ["estimate"] * 2
    assert set(pd.read_csv(tmp_path / "c" / "curve.csv")["expected_throughput_is"]) == {"estimate"}


def test_the_closed_form_stands_between_the_reference_curves(write: Write) -> None:
    """A line less variable than exponential times is above the practical worst case and below the best one."""
    for lots in (2, 4, 8):
        closed = solved(write, Row((1, 1, 1, 1), (1,) * 4, 0.25, lots).recipe())
        wip = np.array([float(lots)])
        worst, best = (case(wip, 1.0, 4.0)[0] for case in (queues.practical_worst_case, queues.best_case))
        assert worst < closed.starts.lots_per_h < best + 1e-9
