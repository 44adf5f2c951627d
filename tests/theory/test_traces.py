"""Tests deterministic cases of known answer, which hold exactly, and closed forms of queues (D: deterministic, T: testbeds)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from lines import finished
from theory_lines import CASES, HARE, MINUTES, Case, theory_plan
from tolerances import close

from procsim import tables
from procsim.closed_form.solve import solve
from procsim.costs.totals import Totals
from procsim.errors import InfeasibleError
from procsim.experiments.replicate import replicate
from procsim.lots.records import PRODUCTIVE, STANDBY
from procsim.maths import statistics
from procsim.planning.plan import HOUR, Plan
from procsim.results import metrics


def once(name: str, *sets: str) -> tuple[Plan, Totals, pd.DataFrame]:
    """Plan, Totals and lots of one replication."""
    plan = theory_plan(name, *sets)
    totals = replicate(plan, 1)
    return plan, totals[0], tables.lots(plan, totals)


def value(totals: Totals, name: str) -> float:
    """A figure of summary.csv in one replication."""
    return metrics.named(name, [totals], 0.95).mean


def test_two_streams_meet_at_one_tool() -> None:
    """D01 a. At t = 100 twelve lots are out, after 6.25 h on average; the lot released then is in process.

    The window is half open, so the recipe ends it just after 100.
    """
    _, totals, _ = once("d01_two_sources")
    assert totals.sums["lots_finished"] == 12
    assert value(totals, "cycle_time") == close(6.25)


def test_lot_holds_its_tool_for_load_process_and_unload() -> None:
    """D01 b. 3 + 5 + 7 = 15 h, and the tool is productive for all of them."""
    _, totals, lots = once("d01_load_unload")
    assert list(lots["cycle_time_h"]) == [close(15.0)] * 3
    assert totals.state_hours[0, PRODUCTIVE] == close(45.0)


@pytest.mark.parametrize(
    ("name", "ends", "time"),
    [
        ("d05_below_min_waits", [], []),
        ("d05_full_batch", [20, 20, 20], [15, 15, 15]),
        ("d05_timeout", [26, 26, 26], [21, 21, 21]),
        ("d05_no_lot_split", [10, 15], [5, 10]),
        ("d05_pairs", [2, 2, 4, 4], [1, 1, 3, 3]),
        ("d05_pairs_timeout", [1.5, 2.5, 3.5, 4.5], [0.5, 1.5, 2.5, 3.5]),
    ],
)
def test_batches_start_when_full_or_when_patience_ends(name: str, ends: list[float], time: list[float]) -> None:
    """D05. A run starts with its least panels, or when its first member has waited long enough; lots are never split."""
    plan, totals, lots = once(name)
    assert finished(totals) == [close(x) for x in ends]
    hours = plan.times.terms[0].law.mean / HOUR
    assert [x - hours for x in finished(totals)] == [close(x) for x in time]
    waited = totals.by_step["queue_us"][0] / HOUR
    assert waited == close(sum(start - came for start, came in zip(time, lots["released_h"], strict=False)))


def test_lots_that_no_batch_takes_are_reported_as_waiting() -> None:
    """D05, B00. Lots below the smallest batch are in the line, not lost, and the run names tool group, step and need."""
    _, totals, lots = once("d05_below_min_waits")
    assert (totals.sums["in_line"], len(lots)) == (4, 4)
    assert value(totals, "wip") == close((36 + 26 + 16 + 6) / 46)
    for word in ("4 lots", "oven", "bake", "5 panels"):
        assert word in totals.stalled


def test_starved_constant_wip_stops_with_a_diagnosis() -> None:
    """With a constant WIP below the smallest batch nothing can ever happen: the run stops and says what is missing."""
    with pytest.raises(InfeasibleError, match="oven"):
        once("b00_full_batches", "line.release={conwip_lots: 5}", "tools.oven.count=1")


@pytest.mark.parametrize(
    ("warmup", "wip", "finished_lots", "cycle", "throughput"),
    [(0, 27 / 13, 4, 4.5, 4 / 13), (7, 16 / 6, 2, 5.5, 1 / 3)],
    ids=["whole run", "after warm-up"],
)
def test_window_counts_lots_that_leave_in_it(warmup: float, wip: float, finished_lots: int, cycle: float, throughput: float) -> None:
    """D12. WIP that was there counts from the window's start; lots that leave in it count with their whole cycle time."""
    _, totals, _ = once("d12_window", f"run.warmup_h={warmup}")
    assert totals.sums["lots_finished"] == finished_lots
    assert value(totals, "wip") == close(wip)
    assert value(totals, "cycle_time") == close(cycle)
    assert value(totals, "throughput") == close(throughput)
    assert totals.state_hours[0, PRODUCTIVE] == close(13 - warmup)


BEST = {
    "one": {w: (0.5 * min(w, 4) / 4, max(8.0, 2.0 * w)) for w in range(1, 13)},
    "two": {w: (min(w / 20, 0.4), max(20.0, 2.5 * w)) for w in range(1, 15)},
}
"""Fab → WIP → throughput and cycle time of the best case: rb 0.5 and 0.4 lots/h, T0 8 and 20 h."""


def test_a_finite_queue_does_not_change_what_the_bottleneck_gives() -> None:
    """D09. Machine 2 sets the pace: a lot of four parts every 4 h from 6.5 h on, 359 times in 1440 h; it waits for the first 1.5 h only."""
    _, totals, _ = once("d09_finite_queue")
    assert finished(totals) == [close(6.5 + 4 * i) for i in range(359)]
    assert totals.state_hours[2, STANDBY] / 1440 == pytest.approx(0.00104166667, rel=1e-8)
    assert totals.state_hours[3, PRODUCTIVE] / 1440 == pytest.approx(0.249305556, rel=1e-8)
    assert totals.blocked[1] > 0.49 * 1440, "and machine 1 keeps every part for half of its time"


@pytest.mark.parametrize("replications", [25, pytest.param(400, marks=pytest.mark.long)], ids=["quick", "full size"])
@pytest.mark.parametrize(("low", "high", "mean", "half"), [(3, 5, 7.375, 0.263), (3.5, 4.5, 0.7575, 0.097)], ids=["wide", "narrow"])
def test_stools_lost_outside_a_full_line(low: float, high: float, mean: float, half: float, replications: int) -> None:
    """T05. Lots lost in an hour at a line with three places before each station; *mean* of 400 runs elsewhere, within 3 combined errors."""
    law = f"{{uniform: {{low: {low}, high: {high}}}}}"
    plan = theory_plan("t05_stools", *(f"{step}.time_s={law}" for step in ("legs", "seat", "paint")))
    found = statistics.mean(np.array([t.sums["lots_lost"] for t in replicate(plan, replications)]))
    print(f"\n  T05 uniform({low}, {high}): expected {mean} found {found.mean:.4g} se {found.se:.3g}")
    assert abs(found.mean - mean) <= 3 * math.hypot(found.se, half / 1.96)


@pytest.mark.parametrize("fab", ["one", "two"])
def test_penny_fabs_without_variability_are_the_best_case(fab: str) -> None:
    """Q10. With constant times TH = min(w / T0, rb) and CT = max(T0, w / rb), for every WIP, exactly."""
    for lots, (throughput, cycle) in BEST[fab].items():
        start = 20 * cycle
        _, totals, _ = once(f"q10_penny_fab_{fab}", f"line.release.conwip_lots={lots}", f"run.warmup_h={start}", f"run.horizon_h={2 * start}")
        assert value(totals, "throughput") == close(throughput), lots
        assert value(totals, "cycle_time") == close(cycle), lots
        assert value(totals, "wip") == close(lots), lots


@pytest.mark.parametrize(("fab", "rate", "raw"), [("one", 0.5, 8), ("two", 0.4, 20)])
def test_closed_form_of_penny_fabs_is_the_best_case(fab: str, rate: float, raw: float) -> None:
    """Q10. Nothing varies: TH = min(w / T0, rb), for every WIP."""
    for lots in range(1, 17):
        closed = solve(theory_plan(f"q10_penny_fab_{fab}", f"line.release.conwip_lots={lots}"))
        assert closed.starts.lots_per_h == close(min(lots / raw, rate))
        assert closed.time.cycle_h == close(max(raw, lots / rate))


@pytest.mark.parametrize("case", [case for case in CASES if case.name.startswith("Q02") or case.name in ("Q01 M/M/1", "Q01 M/D/1")],
                         ids=lambda case: case.name)
def test_closed_form_of_one_poisson_machine_is_exact(case: Case) -> None:
    """Q01, Q02. For M/G/1 the estimate of waiting is Pollaczek and Khinchine's formula."""
    closed = solve(theory_plan(case.recipe, *case.sets))
    assert closed.time.queue_h[0] == pytest.approx(case.figures["Wq"][1], rel=1e-8)
    assert closed.time.cycle_h == pytest.approx(case.figures["W"][1], rel=1e-8)


@pytest.mark.parametrize(("sets", "wait_min"), [((), 652.5), (HARE, 180.0)], ids=["tortoise", "hare"])
def test_closed_form_of_outages_is_exact(sets: tuple[str, ...], wait_min: float) -> None:
    """F01. With Poisson lots and failures by the busy clock, Pollaczek and Khinchine with te and ce² are exact."""
    assert solve(theory_plan("f01_outages", *sets)).time.queue_h[0] * MINUTES == pytest.approx(wait_min, rel=1e-8)


@pytest.mark.parametrize("per", ["unit", "lot"])
def test_yield_is_drawn_unit_by_unit(per: str) -> None:
    """C01. Good units of a lot of 25 are binomial with the product of the steps' yields: mean, variance and tails.

    Where whole panels are lost instead (*per* lot), the mean is the same and the variance is not.
    """
    chances = (0.98, 0.95, 0.99, 0.9)
    swap = [f"s{i + 1}.yield={{panel: {y}}}" for i, y in enumerate(chances)] if per == "lot" else []
    _, _, lots = once("c01_lot_yield", *swap)
    good = lots.dropna()["units_good"].to_numpy()
    mean, at = statistics.mean(good), math.prod(chances)
    print(f"\n  C01 per {per}: {len(good)} lots, mean {mean.mean:.6g} (expected {25 * at:.6g}, se {mean.se:.3g}), "
          f"variance {good.var(ddof=1):.5g}, P(>=20) {(good >= 20).mean():.5g}, P(25) {(good == 25).mean():.5g}")
    assert abs(mean.mean - 25 * at) <= min(4 * mean.se, 0.01 * 25 * at)
    if per == "lot":
        assert good.var(ddof=1) == pytest.approx(25**2 * at * (1 - at), rel=0.05)
        return
    assert good.var(ddof=1) == pytest.approx(3.53539776, rel=0.05)
    for found, chance in (((good >= 20).mean(), 0.755431062), ((good == 25).mean(), 0.00934726651)):
        assert abs(found - chance) <= 4 * math.sqrt(chance * (1 - chance) / len(good))


def test_final_test_in_closed_form_and_without_variability() -> None:
    """C01. pass = Y(1 - b) + (1 - Y)(1 - c); escapes are (1 - Y)(1 - c) of what passed; Y·b good units are thrown out. Exactly."""
    plan = theory_plan("c01_test")
    closed, still = solve(plan), replicate(plan, 1, variable=False)[0]
    started = still.sums["units_started"]
    for passed, escaped, rejected, good in (
        ((closed.flow.good + closed.flow.escapes) / closed.flow.started, closed.flow.escapes, closed.flow.lost[1] / closed.flow.started, closed.flow.good),
        ((still.good + still.sums["escapes"]) / started, still.sums["escapes"], still.units_lost[1] / started, still.good),
    ):
        assert passed == close(0.9148)
        assert 1e6 * escaped / (good + escaped) == close(1e6 * 0.08 * 0.05 / 0.9148)
        assert rejected == close(0.0092)


def test_work_of_the_minifab_in_closed_form() -> None:
    """T01. Raw process time 625 min; at 84 lots a week the tools are busy 2/3, 1/3 and 65/120 of the clock, whatever the dispatching."""
    closed = solve(theory_plan("t01_minifab"))
    assert closed.time.raw_process_h * 60 == close(625)
    assert list(closed.tools.load * closed.tools.available) == [close(2 / 3), close(1 / 3), close(65 / 120)]
    assert [84 / x for x in closed.tools.load * closed.tools.available] == [close(126), close(252), close(155.0769230769231)]
