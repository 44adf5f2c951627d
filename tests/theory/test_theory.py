"""Tests the line against queueing theory in cases of known answer, none of which comes from procsim.

Numbers and sources are those of the named cases (Q: queues, F: failures, C: yield, T: testbeds, B: batches). A statistical case passes where
|found - expected| is at most 4 standard errors and at most the stated tolerance. The recipe holds the full-size run (``make validate``); the quick
version is *shorten* times shorter and has its own, wider tolerance. A run is long enough where 4 standard errors are at most twice the tolerance,
and that is asserted too. ``pytest -s`` prints expected, found and standard error.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from theory_lines import CASES, HARE, MINUTES, Case, hold_in_full, hold_in_short, judge, scaled, theory_plan

from procsim import tables
from procsim.experiments.replicate import replicate
from procsim.maths import statistics
from procsim.planning.plan import HOUR, Plan


@pytest.mark.parametrize("case", [case for case in CASES if case.quick], ids=lambda case: case.name)
def test_theory_quick(case: Case) -> None:
    """Means of a short run agree with theory within 4 standard errors and the wide tolerance."""
    hold_in_short(case)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_theory_full_size(case: Case) -> None:
    """Means of the full run agree with theory within 4 standard errors and the tolerance of the case."""
    hold_in_full(case)


def lots_of(plan: Plan, replications: int) -> list[pd.DataFrame]:
    """lots.csv of each of several independent replications (other seeds: a run keeps the lots of its first replication)."""
    return [tables.lots(plan, replicate(replace(plan, seed=plan.seed + number), 1)) for number in range(replications)]


ERLANG = ("a.time_h={erlang: {mean: 5, k: 2}}", "line.releases.hot.every_h={exponential: {mean: 20}}",
          "line.releases.plain.every_h={exponential: {mean: 7.6923076923076925}}", "run.horizon_h=1666667", "run.warmup_h=5000")
"""Service that is not exponential: lambda 0.05 and 0.13, Wq = lambda E[S²] / 2 / (1 - rho_hot) = 4.5 h, and 45 h behind (1 - rho)."""


STAGES = ("tools.m.preempt=true", "line.operators={p: 1}", "tools.m.attended={pool: p, during: [run]}", "tools.m.setup={by: step, time_h: 1}")
"""An operator who is always there, and a setup that is never changed: the tool does the same, as one whose runs have stages."""


@pytest.mark.parametrize(("shorten", "tolerance"), [(40, 0.35), pytest.param(1, 0.05, marks=pytest.mark.long)], ids=["quick", "full size"])
@pytest.mark.parametrize(("sets", "hot", "others"), [((), 2.0, 6.0), (("tools.m.preempt=true",), 1.25, 6.25), (STAGES, 1.25, 6.25), (ERLANG, 9.5, 50.0)],
                         ids=["non-preemptive", "preemptive-resume", "preemptive-resume in stages", "Erlang, non-preemptive"])
def test_hot_lots_go_first(sets: tuple[str, ...], hot: float, others: float, shorten: int, tolerance: float) -> None:
    """Q05. Without preemption hot lots take 2.0 h and the others 6.0 h (Cobham 1954); with it 1.25 and 6.25 h."""
    plan = theory_plan("q05_hot_lots", *sets)
    plan = replace(plan, horizon_us=plan.warmup_us + (plan.horizon_us - plan.warmup_us) // shorten)
    frames = [frame[frame["released_h"] >= plan.warmup_us / HOUR].dropna() for frame in lots_of(plan, plan.replications)]
    case = Case("Q05 hot lots", "q05_hot_lots", {}, tolerance, tolerance)
    print()
    wrong = []
    for stream, cycle in (("hot", hot), ("plain", others)):
        means = [float(lots[lots["product"] == stream]["cycle_time_h"].mean()) for lots in frames]
        wrong.append(judge(case, stream, statistics.mean(np.array(means)), cycle, tolerance))
    assert not any(wrong), wrong


def test_hot_lots_on_a_tool_that_breaks_down_see_only_one_another() -> None:
    """Hot lots that interrupt are an M/M/1 queue at a server that is up for 1/ξ and down for 1/η on average: W = L/λ with
    L = λ((ξ + η)² + μξ) / ((ξ + η)(ημ - λ(ξ + η))), which is 3.532 h here (stationary equations of the two-state server)."""
    rate, mu, xi, eta = 0.2, 1.0, 0.1, 0.25
    expect = ((xi + eta) ** 2 + mu * xi) / ((xi + eta) * (eta * mu - rate * (xi + eta)))
    plan = theory_plan("f06_hot_and_down")
    frames = [frame[(frame["released_h"] >= plan.warmup_us / HOUR) & (frame["product"] == "hot")].dropna() for frame in lots_of(plan, plan.replications)]
    found = statistics.mean(np.array([float(lots["cycle_time_h"].mean()) for lots in frames]))
    assert abs(found.mean - expect) <= 4 * found.se <= 0.1 * expect


@pytest.mark.parametrize(("shorten", "te", "ce2"), [(160, 0.05, 0.4), pytest.param(2, 0.01, 0.05, marks=pytest.mark.long)],
                         ids=["quick", "full size"])
@pytest.mark.parametrize(("animal", "sets", "expect"), [("tortoise", (), 6.25), ("hare", HARE, 1.0)], ids=["tortoise", "hare"])
def test_outages_stretch_process_time(animal: str, sets: tuple[str, ...], expect: float, shorten: int, te: float, ce2: float) -> None:
    """F01. Seen from the queue a lot takes te = t0 / A with ce² = c0² + (1 + cr²) A (1 - A) mr / t0 (Factory Physics, ch. 8).

    One tool, first come, first served: a lot's time on it runs from its arrival, or the departure before it, to its own.
    """
    plan = theory_plan("f01_outages", *sets)
    plan = replace(plan, warmup_us=0, horizon_us=plan.horizon_us // shorten)
    blocks = []
    for lots in lots_of(plan, plan.replications):
        done = lots.dropna()
        begun = np.maximum(done["released_h"].to_numpy()[1:], done["finished_h"].to_numpy()[:-1])
        blocks.append((done["finished_h"].to_numpy()[1:] - begun) * MINUTES)
    first, second = np.array([b.sum() for b in blocks]), np.array([(b**2).sum() for b in blocks])
    count = np.array([float(len(b)) for b in blocks])
    case = Case(f"F01 {animal}", "f01_outages", {}, te, te)
    mean = statistics.ratio(first, count)
    variance = statistics.ratio(second - 2 * mean.mean * first + mean.mean**2 * count, count)
    print()
    wrong = [judge(case, "te, min", mean, 20.0, te), judge(case, "ce2", scaled(variance, 1 / mean.mean**2), expect, ce2)]
    assert not any(wrong), wrong
