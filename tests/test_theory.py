"""The line against queueing theory and hand-made traces: cases of known answer, none of which comes from procsim.

Numbers and sources are those of the named cases (D: deterministic, Q: queues, F: failures, C: yield, T: testbeds, S: statistics,
B: batches). Deterministic cases hold exactly. A statistical case passes where |found - expected| is at most 4 standard errors
and at most the stated tolerance. The recipe holds the full-size run (``make validate``); the quick version is *shorten* times
shorter and has its own, wider tolerance. A run is long enough where 4 standard errors are at most twice the tolerance, and that
is asserted too. ``pytest -s`` prints expected, found and standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from procsim import results, stats, tables
from procsim.costs.totals import Totals
from procsim.errors import InfeasibleError
from procsim.expected import expected
from procsim.experiments.replicate import replicate
from procsim.plan.make import make
from procsim.plan.shape import HOUR, Plan
from procsim.recipe.load import load
from procsim.records import PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED
from procsim.stats import Estimate

FOLDER = Path(__file__).parent / "theory"
EXACT = 1e-9
METRICS = {metric.name: metric for metric in results.METRICS}
MINUTES = 60.0

Figure = Callable[[Plan, Sequence[Totals]], Estimate]


def planned(name: str, *sets: str) -> Plan:
    """The plan of ``theory/<name>.yaml`` with the edits *sets*."""
    return make(load(FOLDER / f"{name}.yaml", sets))


# figures ----------------------------------------------------------------------------------------------------------------


def metric(name: str, scale: float = 1.0) -> Figure:
    """A figure of summary.csv, times *scale*."""
    return lambda plan, totals: scaled(results.estimate(METRICS[name], totals, plan.confidence), scale)


def scaled(found: Estimate, by: float) -> Estimate:
    return Estimate(found.mean * by, found.low * by, found.high * by, found.se * by, found.n)


def ratio(totals: Sequence[Totals], above: Callable[[Totals], float], below: Callable[[Totals], float]) -> Estimate:
    """A ratio of totals over replications."""
    return stats.ratio(results.series(totals, above), results.series(totals, below))


def wait(step: str, scale: float = 1.0) -> Figure:
    """Mean waiting hours of a visit to *step*, times *scale*."""
    def of(plan: Plan, totals: Sequence[Totals]) -> Estimate:
        s = plan.steps.index(step)
        return ratio(totals, lambda t: t.by_step["queue_us"][s] / HOUR * scale, lambda t: t.by_step["visits"][s])
    return of


def lots_at(tool: str, area: str = "stay_area_us") -> Figure:
    """Time-average number of lots at the steps of a tool group (*area* ``queue_area_us``: of those that wait)."""
    def of(plan: Plan, totals: Sequence[Totals]) -> Estimate:
        mine = plan.group_of == plan.groups.names.index(tool)
        return ratio(totals, lambda t: float(t.by_step[area][mine].sum()) / HOUR, lambda t: t.hours)
    return of


def share(tool: str, state: int) -> Figure:
    """Share of total time that the tools of a group are in an E10 state."""
    def of(plan: Plan, totals: Sequence[Totals]) -> Estimate:
        g = plan.groups.names.index(tool)
        return ratio(totals, lambda t: t.state_hours[g, state], lambda t: float(t.state_hours[g].sum()))
    return of


def spread(of: Callable[[np.ndarray], float]) -> Figure:
    """A figure of the cycle times (hours) of each replication."""
    return lambda plan, totals: results.spread(totals, of, plan.confidence)


waiting_lots = partial(lots_at, area="queue_area_us")
busy = partial(share, state=PRODUCTIVE)
CYCLE, WIP, THROUGHPUT = metric("cycle_time"), metric("wip"), metric("throughput")


# statistical cases ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """*figures* of a recipe with the edits *sets*: name → (figure, expected value). Quick: *shorten* times shorter, *quick* tolerance;
    where *quick* is 0 the case is so like another that it runs at full size only."""

    name: str
    recipe: str
    figures: dict[str, tuple[Figure, float]]
    tolerance: float
    quick: float
    sets: tuple[str, ...] = ()
    shorten: int = 40


STATION: dict[str, Figure] = {
    "Wq": wait("a"), "W": CYCLE, "Lq": waiting_lots("m"), "L": WIP, "rho": busy("m"),
    "sd": spread(lambda cycles: float(cycles.std())), "P95": spread(lambda cycles: stats.quantile(cycles, 0.95)),
}
"""Figures of a station of tool group m and step a, by the names they have in queueing theory."""


def station(
    name: str, recipe: str, sets: Sequence[str], quick: float, tolerance: float = 0.03, shorten: int = 40, **expect: float,
) -> Case:
    """Q01 to Q04: one station."""
    return Case(name, recipe, {key: (STATION[key], value) for key, value in expect.items()}, tolerance, quick, tuple(sets), shorten)


def poisson(interval: float, tools: int, law: str) -> tuple[str, ...]:
    """Poisson lots, one every *interval* h on average, at *tools* machines with process time *law*."""
    return f"line.release.every_h={exponential(interval)}", f"tools.m.count={tools}", f"a.time_h={law}"


def exponential(mean: float) -> str:
    return f"{{exponential: {{mean: {mean!r}}}}}"


def conwip(lots: int, throughput: float, cycle: float, quick: float = 0.05, **more: tuple[Figure, float]) -> Case:
    """Q09: a constant WIP of *lots* in four unequal exponential stations."""
    figures = {"TH": (THROUGHPUT, throughput), "CT": (CYCLE, cycle), **more}
    return Case(f"Q09 CONWIP {lots}", "q09_conwip", figures, 0.01, quick, (f"line.release.conwip_lots={lots}",))


def penny(fab: str, lots: int, throughput: float, cycle: float, quick: float = 0.06) -> Case:
    """Q10: a penny fab with exponential times and a constant WIP."""
    times = {"head": 2, "tail": 2 if fab == "one" else 5, "edge": 2 if fab == "one" else 10, "clean": 2 if fab == "one" else 3}
    sets = (f"line.release.conwip_lots={lots}", *(f"{step}.time_h={exponential(mean)}" for step, mean in times.items()))
    figures = {"TH": (THROUGHPUT, throughput), "CT": (CYCLE, cycle)}
    return Case(f"Q10 penny fab {fab}, {lots} lots", f"q10_penny_fab_{fab}", figures, 0.01, quick, sets, 60)


def passed(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Share of units that a final test passes."""
    del plan
    return ratio(totals, lambda t: t.good + t.sums["escapes"], lambda t: t.sums["units_started"])


def rejected(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Share of units that are good and thrown out by the last step."""
    last = len(plan.steps) - 1
    return ratio(totals, lambda t: t.units_lost[last], lambda t: t.sums["units_started"])


def visits_per_lot(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Visits of a lot that left, rework counted."""
    del plan
    return ratio(totals, lambda t: t.by_step["visits"].sum(), lambda t: t.sums["lots_left"])


def lost(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Share of the lots that came and were turned away."""
    del plan
    return ratio(totals, lambda t: t.sums["lots_lost"], lambda t: t.sums["lots_lost"] + t.sums["lots_started"])


def blocked(tool: str) -> Figure:
    """Share of total time that the tools of a group keep finished lots."""
    def of(plan: Plan, totals: Sequence[Totals]) -> Estimate:
        g = plan.groups.names.index(tool)
        return ratio(totals, lambda t: t.blocked[g], lambda t: float(t.state_hours[g].sum()))
    return of


HARE = ("tools.m.failures.outage.mtbf_min=114", "tools.m.failures.outage.mttr_min=38")

CASES = [
    Case("Q05 general", "q05_general", {"Wq_hot": (wait("hot/a"), 3.57352941), "Wq_std": (wait("plain/a"), 35.7352941),
                                        "rho": (busy("m"), 0.9)}, 0.05, 0.4),
    Case("Q07 rework without limit", "q07_rework", {"W": (CYCLE, 6.66666667), "L": (WIP, 4.0), "rho": (busy("m"), 0.8),
                                                    "visits": (visits_per_lot, 1.33333333)}, 0.03, 0.25),
    Case("Q07 two reworks", "q07_rework", {"L": (WIP, 3.70588235), "rho": (busy("m"), 0.7875), "visits": (visits_per_lot, 1.3125),
                                           "yield": (metric("yield"), 0.984375)}, 0.03, 0.25, ("a.rework.limit=2",)),
    station("Q01 M/M/1", "q01_station", poisson(1.25, 1, exponential(1)), 0.25,
            Wq=4.0, W=5.0, Lq=3.2, L=4.0, rho=0.8, sd=5.0, P95=14.9786614),
    station("Q01 M/M/3", "q01_station", poisson(1 / 2.4, 3, exponential(1)), 0.25, shorten=80,
            Wq=1.07865169, W=2.07865169, Lq=2.58876404, L=4.98876404, rho=0.8),
    station("Q01 M/D/1", "q01_station", poisson(1.25, 1, "1"), 0.15, Wq=2.0, W=3.0, Lq=1.6, L=2.4, rho=0.8),
    station("Q01 M/D/2", "q01_station", poisson(1 / 1.6, 2, "1"), 0,
            Wq=0.903283879, W=1.90328388, Lq=1.44525421, L=3.04525421, rho=0.8),
    station("Q01 M/D/3", "q01_station", poisson(1 / 2.4, 3, "1"), 0.2, shorten=80,
            Wq=0.553900225, W=1.55390023, Lq=1.32936054, L=3.72936054, rho=0.8),
    station("Q02 uniform", "q02_mg1", ["a.time_h={uniform: {low: 3, high: 5}}"], 0.15,
            Wq=8.16666667, W=12.1666667, Lq=1.63333333, L=2.43333333, rho=0.8),
    station("Q02 Erlang-2", "q02_mg1", ["a.time_h={erlang: {mean: 4, k: 2}}"], 0, Wq=12.0, W=16.0, Lq=2.4, L=3.2, rho=0.8),
    station("Q02 lognormal", "q02_mg1", ["a.time_h={lognormal: {mean: 4, sd: 2}}"], 0.2, Wq=10.0, W=14.0, Lq=2.0, L=2.8, rho=0.8),
    station("Q02 gamma", "q02_mg1", ["a.time_h={gamma: {mean: 4, sd: 6}}", "run.horizon_h=752500"], 0.35, shorten=120,
            Wq=26.0, W=30.0, Lq=5.2, L=6.0, rho=0.8),
    station("Q02 triangular", "q02_mg1", ["a.time_h={triangular: {low: 2, mode: 4, high: 6}}"], 0,
            Wq=8.33333333, W=12.3333333, Lq=1.66666667, L=2.46666667, rho=0.8),
    station("Q03 D/M/1", "q03_regular", ["line.release.every_h=1.25"], 0.2, 0.02, 120, Wq=1.69273084, W=2.69273084, L=2.15418467),
    station("Q03 D/M/1, busier", "q03_regular", ["line.release.every_h=1.1", "run.horizon_h=500500"], 0, 0.02,
            Wq=4.67749091, W=5.67749091, L=5.16135538),
    station("Q03 E4/M/1", "q03_regular", ["line.release.every_h={erlang: {mean: 1.25, k: 4}}"], 0.2, 0.02, 120,
            Wq=2.26738361, W=3.26738361, L=2.61390689),
    station("Q04 cassettes, exponential", "q04_cassettes", [], 0.25, W=12.5, L=10.0),
    station("Q04 cassettes, constant", "q04_cassettes", ["a.time_h=1"], 0.2, Wq=9.5, W=10.5, L=8.4),
    Case("Q06 tandem with scrap", "q06_tandem_scrap",
         {"good per hour": (THROUGHPUT, 5.0274), "yield": (metric("yield"), 0.8379), "CT of good lots": (CYCLE, 2.44206283),
          "L": (WIP, 13.9450317), "L a": (lots_at("a"), 3.0), "L b": (lots_at("b"), 4.83343428), "L c": (lots_at("c"), 6.11159737),
          "rho a": (busy("a"), 0.75), "rho b": (busy("b"), 0.814285714), "rho c": (busy("c"), 0.859384615)}, 0.03, 0.25, shorten=30),
    Case("Q08 re-entrant line", "q08_reentrant",
         {"CT": (CYCLE, 18.585417), "WIP": (WIP, 16.7268753),
          "L a": (lots_at("a"), 9.47368421), "L b": (lots_at("b"), 2.99003322), "L c": (lots_at("c"), 4.26315789),
          "wait, first visit to c": (wait("c1"), 1.91842105), "wait, second visit to c": (wait("c2"), 1.91842105),
          "wait, first visit to b": (wait("b1"), 0.861129568), "wait, second visit to b": (wait("b2"), 0.861129568)}, 0.04, 0.25, shorten=30),
    conwip(1, 0.222222222, 4.5, 0),
    conwip(3, 0.435256083, 6.89249414),
    conwip(6, 0.563198417, 10.653439, 0),
    conwip(12, 0.641318053, 18.7114645, 0.12, **{"L a": (lots_at("a"), 1.67257262), "L b": (lots_at("b"), 6.51720607),
                                          "L c": (lots_at("c"), 1.02530329), "L d": (lots_at("d"), 2.78491802)}),
    penny("one", 2, 0.2, 10.0, 0),
    penny("one", 4, 0.285714286, 14.0),
    penny("one", 12, 0.4, 30.0, 0),
    penny("two", 4, 0.188183214, 21.2558809, 0),
    penny("two", 8, 0.310219258, 25.788212),
    penny("two", 14, 0.376263176, 37.2079993, 0),
    Case("F01 tortoise", "f01_outages", {"Wq, min": (wait("a", MINUTES), 652.5), "CT, min": (metric("cycle_time", MINUTES), 672.5),
                                         "down": (share("m", UNSCHEDULED), 0.225)}, 0.08, 0.5, shorten=80),
    Case("F01 hare", "f01_outages", {"Wq, min": (wait("a", MINUTES), 180.0), "CT, min": (metric("cycle_time", MINUTES), 200.0),
                                     "down": (share("m", UNSCHEDULED), 0.225)}, 0.08, 0.25, HARE, shorten=80),
    Case("F03 two machines, two repairmen", "f03_two_machines", {"down": (share("m", UNSCHEDULED), 1 / 3)}, 0.01, 0.04, shorten=20),
    Case("C01 final test", "c01_test", {"yield": (metric("yield"), 0.92 * 0.99), "escapes, ppm": (metric("escapes_ppm"), 4372.54045),
                                        "pass": (passed, 0.9148), "good rejected": (rejected, 0.0092)}, 0.03, 0.1, shorten=20),
    Case("C05 surviving units", "c05_survivors",
         {"Wq, min": (wait("work", MINUTES), 66.9611111), "W, min": (metric("cycle_time", MINUTES), 105.711111), "L": (WIP, 2.11422222),
          "Lq": (waiting_lots("m"), 1.33922222), "rho": (busy("m"), 0.775), "good per min": (metric("good_units_per_week", 1 / 10080), 0.45)},
         0.03, 0.15),
    Case("C05 surviving panels", "c05_surviving_panels",
         {"Wq, min": (wait("work", MINUTES), 66.9611111), "W, min": (metric("cycle_time", MINUTES), 105.711111), "L": (WIP, 2.11422222),
          "rho": (busy("m"), 0.775)}, 0.03, 0.15),
    Case("T01 mini-fab", "t01_minifab",
         {"diffusion": (busy("diffusion"), 2 / 3), "implant": (busy("implant"), 1 / 3), "litho": (busy("litho"), 65 / 120),
          "diffusion, planned down": (share("diffusion", SCHEDULED), 0.0520833333),
          "implant, planned down": (share("implant", SCHEDULED), 1 / 6), "litho, planned down": (share("litho", SCHEDULED), 0.0416666667)},
         0.01, 0.08, shorten=70),
    Case("T01 mini-fab in full", "t01_minifab_in_full",
         {"diffusion": (busy("diffusion"), 3 / 4), "implant": (busy("implant"), 7 / 12), "litho": (busy("litho"), 7 / 8)}, 0.03, 0.1),
    Case("Q11 no place between two machines", "q11_blocking", {"TH": (THROUGHPUT, 2 / 3), "rho": (busy("b"), 2 / 3)}, 0.01, 0.05),
    Case("Q11 two places between two machines", "q11_blocking", {"TH": (THROUGHPUT, 4 / 5), "blocked": (blocked("a"), 1 / 5)}, 0.02, 0.1,
         ("tools.b.buffer_lots=2",)),
    Case("Q11 losses at a full buffer", "q11_losses",
         {"lost": (lost, 0.2 * 0.8**4 / (1 - 0.8**5)), "L": (WIP, 1.56306521), "rho": (busy("m"), 1 - 0.2 / (1 - 0.8**5))}, 0.02, 0.2),
    Case("B00 full batches", "b00_full_batches", {"wait to batch": (wait("bake"), 2.5), "CT": (CYCLE, 7.5)}, 0.02, 0.1),
]


def judge(case: Case, name: str, found: Estimate, expect: float, tolerance: float) -> str:
    """What is wrong with *found*, or ''."""
    bound = 4 * found.se
    error = abs(found.mean - expect)
    print(f"  {case.name:<34} {name:<26} expected {expect:<12.8g} found {found.mean:<12.8g} se {found.se:<10.3g} "
          f"({error / found.se if found.se > 0 else 0:.1f} se, {100 * (found.mean / expect - 1):+.2f} %, ± {100 * tolerance:g} %)")
    if error > tolerance * expect or error > bound + EXACT * expect:
        return f"{case.name}, {name}: expected {expect:.8g}, found {found.mean:.8g} ± {found.se:.3g}"
    if bound > 2 * tolerance * expect:
        return f"{case.name}, {name}: the run is too short: 4 se = {bound:.3g} > 2 × {tolerance:g} × {expect:.6g}"
    return ""


def hold(case: Case, plan: Plan, tolerance: float) -> None:
    """Simulates *plan* and holds every figure of *case* to its expected value."""
    print()
    totals = replicate(plan, plan.replications)
    wrong = [judge(case, name, figure(plan, totals), expect, tolerance) for name, (figure, expect) in case.figures.items()]
    assert not any(wrong), "; ".join(filter(None, wrong))


@pytest.mark.parametrize("case", [case for case in CASES if case.quick], ids=lambda case: case.name)
def test_theory_quick(case: Case) -> None:
    """Means of a short run agree with theory within 4 standard errors and the wide tolerance."""
    plan = planned(case.recipe, *case.sets)
    length = (plan.horizon_us - plan.warmup_us) // case.shorten
    hold(case, replace(plan, horizon_us=plan.warmup_us + length), case.quick)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_theory_full_size(case: Case) -> None:
    """Means of the full run agree with theory within 4 standard errors and the tolerance of the case."""
    hold(case, planned(case.recipe, *case.sets), case.tolerance)


def lots_of(plan: Plan, replications: int) -> list[pd.DataFrame]:
    """lots.csv of each of several independent replications (other seeds: a run keeps the lots of its first replication)."""
    return [tables.lots(plan, replicate(replace(plan, seed=plan.seed + number), 1)) for number in range(replications)]


ERLANG = ("a.time_h={erlang: {mean: 5, k: 2}}", "line.releases.hot.every_h={exponential: {mean: 20}}",
          "line.releases.plain.every_h={exponential: {mean: 7.6923076923076925}}", "run.horizon_h=1666667", "run.warmup_h=5000")
"""Service that is not exponential: lambda 0.05 and 0.13, Wq = lambda E[S²] / 2 / (1 - rho_hot) = 4.5 h, and 45 h behind (1 - rho)."""


@pytest.mark.parametrize(("shorten", "tolerance"), [(40, 0.35), pytest.param(1, 0.05, marks=pytest.mark.long)], ids=["quick", "full size"])
@pytest.mark.parametrize(("sets", "hot", "others"), [((), 2.0, 6.0), (("tools.m.preempt=true",), 1.25, 6.25), (ERLANG, 9.5, 50.0)],
                         ids=["non-preemptive", "preemptive-resume", "Erlang, non-preemptive"])
def test_hot_lots_go_first(sets: tuple[str, ...], hot: float, others: float, shorten: int, tolerance: float) -> None:
    """Q05. Without preemption hot lots take 2.0 h and the others 6.0 h (Cobham 1954); with it 1.25 and 6.25 h."""
    plan = planned("q05_hot_lots", *sets)
    plan = replace(plan, horizon_us=plan.warmup_us + (plan.horizon_us - plan.warmup_us) // shorten)
    frames = [frame[frame["released_h"] >= plan.warmup_us / HOUR].dropna() for frame in lots_of(plan, plan.replications)]
    case = Case("Q05 hot lots", "q05_hot_lots", {}, tolerance, tolerance)
    print()
    wrong = []
    for stream, cycle in (("hot", hot), ("plain", others)):
        means = [float(lots[lots["product"] == stream]["cycle_time_h"].mean()) for lots in frames]
        wrong.append(judge(case, stream, stats.mean(np.array(means)), cycle, tolerance))
    assert not any(wrong), wrong


def test_hot_lots_on_a_tool_that_breaks_down_see_only_one_another() -> None:
    """Hot lots that interrupt are an M/M/1 queue at a server that is up for 1/ξ and down for 1/η on average: W = L/λ with
    L = λ((ξ + η)² + μξ) / ((ξ + η)(ημ - λ(ξ + η))), which is 3.532 h here (stationary equations of the two-state server)."""
    rate, mu, xi, eta = 0.2, 1.0, 0.1, 0.25
    expect = ((xi + eta) ** 2 + mu * xi) / ((xi + eta) * (eta * mu - rate * (xi + eta)))
    plan = planned("f06_hot_and_down")
    frames = [frame[(frame["released_h"] >= plan.warmup_us / HOUR) & (frame["product"] == "hot")].dropna() for frame in lots_of(plan, plan.replications)]
    found = stats.mean(np.array([float(lots["cycle_time_h"].mean()) for lots in frames]))
    assert abs(found.mean - expect) <= 4 * found.se <= 0.1 * expect


@pytest.mark.parametrize(("shorten", "te", "ce2"), [(160, 0.05, 0.4), pytest.param(2, 0.01, 0.05, marks=pytest.mark.long)],
                         ids=["quick", "full size"])
@pytest.mark.parametrize(("animal", "sets", "expect"), [("tortoise", (), 6.25), ("hare", HARE, 1.0)], ids=["tortoise", "hare"])
def test_outages_stretch_process_time(animal: str, sets: tuple[str, ...], expect: float, shorten: int, te: float, ce2: float) -> None:
    """F01. Seen from the queue a lot takes te = t0 / A with ce² = c0² + (1 + cr²) A (1 - A) mr / t0 (Factory Physics, ch. 8).

    One tool, first come, first served: a lot's time on it runs from its arrival, or the departure before it, to its own.
    """
    plan = planned("f01_outages", *sets)
    plan = replace(plan, warmup_us=0, horizon_us=plan.horizon_us // shorten)
    blocks = []
    for lots in lots_of(plan, plan.replications):
        done = lots.dropna()
        begun = np.maximum(done["released_h"].to_numpy()[1:], done["finished_h"].to_numpy()[:-1])
        blocks.append((done["finished_h"].to_numpy()[1:] - begun) * MINUTES)
    first, second = np.array([b.sum() for b in blocks]), np.array([(b**2).sum() for b in blocks])
    count = np.array([float(len(b)) for b in blocks])
    case = Case(f"F01 {animal}", "f01_outages", {}, te, te)
    mean = stats.ratio(first, count)
    variance = stats.ratio(second - 2 * mean.mean * first + mean.mean**2 * count, count)
    print()
    wrong = [judge(case, "te, min", mean, 20.0, te), judge(case, "ce2", scaled(variance, 1 / mean.mean**2), expect, ce2)]
    assert not any(wrong), wrong


# deterministic cases ----------------------------------------------------------------------------------------------------


def once(name: str, *sets: str) -> tuple[Plan, Totals, pd.DataFrame]:
    """Plan, Totals and lots of one replication."""
    plan = planned(name, *sets)
    totals = replicate(plan, 1)
    return plan, totals[0], tables.lots(plan, totals)


def finished(lots: pd.DataFrame) -> list[float]:
    """When each lot left, of those that did, in order of release."""
    return [float(x) for x in lots["finished_h"].dropna()]


def close(value: float) -> object:
    return pytest.approx(value, rel=EXACT)


def value(totals: Totals, name: str) -> float:
    """A figure of summary.csv in one replication."""
    return results.estimate(METRICS[name], [totals], 0.95).mean


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
    assert finished(lots) == [close(x) for x in ends]
    hours = plan.times.terms[0].law.mean / HOUR
    assert [x - hours for x in finished(lots)] == [close(x) for x in time]
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
    _, totals, lots = once("d09_finite_queue")
    assert finished(lots) == [close(6.5 + 4 * i) for i in range(359)]
    assert totals.state_hours[2, STANDBY] / 1440 == pytest.approx(0.00104166667, rel=1e-8)
    assert totals.state_hours[3, PRODUCTIVE] / 1440 == pytest.approx(0.249305556, rel=1e-8)
    assert totals.blocked[1] > 0.49 * 1440, "and machine 1 keeps every part for half of its time"


@pytest.mark.parametrize("replications", [60, pytest.param(400, marks=pytest.mark.long)], ids=["quick", "full size"])
@pytest.mark.parametrize(("low", "high", "mean", "half"), [(3, 5, 7.375, 0.263), (3.5, 4.5, 0.7575, 0.097)], ids=["wide", "narrow"])
def test_stools_lost_outside_a_full_line(low: float, high: float, mean: float, half: float, replications: int) -> None:
    """T05. Lots lost in an hour at a line with three places before each station; *mean* of 400 runs elsewhere, within 3 combined errors."""
    law = f"{{uniform: {{low: {low}, high: {high}}}}}"
    plan = planned("t05_stools", *(f"{step}.time_s={law}" for step in ("legs", "seat", "paint")))
    found = stats.mean(np.array([t.sums["lots_lost"] for t in replicate(plan, replications)]))
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
def test_closed_form_of_constant_wip_is_the_practical_worst_case(fab: str, rate: float, raw: float) -> None:
    """Q10. The estimate of a constant-WIP line is TH = w / (W0 + w - 1) · rb (Factory Physics, ch. 7)."""
    for lots in range(1, 17):
        closed = expected(planned(f"q10_penny_fab_{fab}", f"line.release.conwip_lots={lots}"))
        assert closed.lots_per_h == close(lots / (rate * raw + lots - 1) * rate)


@pytest.mark.parametrize("case", [case for case in CASES if case.name.startswith("Q02") or case.name in ("Q01 M/M/1", "Q01 M/D/1")],
                         ids=lambda case: case.name)
def test_closed_form_of_one_poisson_machine_is_exact(case: Case) -> None:
    """Q01, Q02. For M/G/1 the estimate of waiting is Pollaczek and Khinchine's formula."""
    closed = expected(planned(case.recipe, *case.sets))
    assert closed.queue_h[0] == pytest.approx(case.figures["Wq"][1], rel=1e-8)
    assert closed.cycle_h == pytest.approx(case.figures["W"][1], rel=1e-8)


@pytest.mark.parametrize(("sets", "wait_min"), [((), 652.5), (HARE, 180.0)], ids=["tortoise", "hare"])
def test_closed_form_of_outages_is_exact(sets: tuple[str, ...], wait_min: float) -> None:
    """F01. With Poisson lots and failures by the busy clock, Pollaczek and Khinchine with te and ce² are exact."""
    assert expected(planned("f01_outages", *sets)).queue_h[0] * MINUTES == pytest.approx(wait_min, rel=1e-8)


@pytest.mark.parametrize("per", ["unit", "lot"])
def test_yield_is_drawn_unit_by_unit(per: str) -> None:
    """C01. Good units of a lot of 25 are binomial with the product of the steps' yields: mean, variance and tails.

    Where whole panels are lost instead (*per* lot), the mean is the same and the variance is not.
    """
    chances = (0.98, 0.95, 0.99, 0.9)
    swap = [f"s{i + 1}.yield={{panel: {y}}}" for i, y in enumerate(chances)] if per == "lot" else []
    _, _, lots = once("c01_lot_yield", *swap)
    good = lots.dropna()["units_good"].to_numpy()
    mean, at = stats.mean(good), math.prod(chances)
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
    plan = planned("c01_test")
    closed, still = expected(plan), replicate(plan, 1, variable=False)[0]
    started = still.sums["units_started"]
    for passed, escaped, rejected, good in (
        ((closed.good + closed.escapes) / closed.started, closed.escapes, closed.lost[1] / closed.started, closed.good),
        ((still.good + still.sums["escapes"]) / started, still.sums["escapes"], still.units_lost[1] / started, still.good),
    ):
        assert passed == close(0.9148)
        assert 1e6 * escaped / (good + escaped) == close(1e6 * 0.08 * 0.05 / 0.9148)
        assert rejected == close(0.0092)


def test_work_of_the_minifab_in_closed_form() -> None:
    """T01. Raw process time 625 min; at 84 lots a week the tools are busy 2/3, 1/3 and 65/120 of the clock, whatever the dispatching."""
    closed = expected(planned("t01_minifab"))
    assert closed.raw_process_h * 60 == close(625)
    assert list(closed.load * closed.available) == [close(2 / 3), close(1 / 3), close(65 / 120)]
    assert [84 / x for x in closed.load * closed.available] == [close(126), close(252), close(155.0769230769231)]


# statistics -------------------------------------------------------------------------------------------------------------


LAW = np.array([1.2, 1.5, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.5, 1.09])
SLEEP = (np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]),
         np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))
SERIES = np.array([
    7.04, 8.86, 12.13, 15.51, 18.86, 20.0, 20.39, 20.83, 23.34, 26.06, 26.13, 24.65, 24.5, 27.72, 27.84, 25.75, 26.83, 26.2, 26.63, 27.11,
    27.17, 28.78, 28.91, 28.4, 29.39, 30.43, 28.02, 28.5, 27.9, 28.6, 27.62, 28.73, 29.22, 29.16, 28.25, 28.59, 27.93, 27.29, 28.87, 28.07,
    30.41, 31.04, 28.1, 29.36, 28.34, 29.19, 29.64, 27.42, 28.42, 28.89, 30.59, 28.87, 30.32, 28.83, 29.02, 28.5, 30.98, 31.17, 33.5, 32.52,
    32.27, 32.14, 30.34, 30.09, 31.66, 30.35, 30.4, 30.18, 30.82, 29.97, 29.8, 30.19, 30.22, 29.07, 30.61, 28.75, 27.93, 27.43, 29.87, 29.5,
    28.59, 27.93, 29.47, 28.47, 27.71, 29.59, 28.36, 28.79, 29.39, 29.16, 29.51, 31.36, 30.06, 28.52, 27.06, 28.28, 28.72, 29.68, 29.28, 29.07,
    28.67, 28.71, 29.55, 29.32, 29.78, 32.17, 31.66, 28.94, 31.55, 31.19, 29.47, 30.82, 30.43, 29.48, 28.98, 28.3, 29.21, 30.89, 30.05, 30.53,
])
"""S03's series of 120 observations."""


@pytest.mark.parametrize(("confidence", "half"), [(0.9, 0.237253414), (0.95, 0.292783113)])
def test_interval_of_a_mean_is_students(confidence: float, half: float) -> None:
    """S01. t, not z, and n - 1 in the variance (Law, Simulation Modeling and Analysis, example 4.27)."""
    found = stats.mean(LAW, confidence)
    assert found.mean == close(1.343)
    assert found.se**2 * 10 == pytest.approx(0.167512222, rel=1e-8)
    assert found.half_width == pytest.approx(half, rel=1e-8)
    assert (found.low, found.high) == (close(found.mean - found.half_width), close(found.mean + found.half_width))


def test_replications_for_a_wanted_half_width() -> None:
    """S01. The least n with t(n - 1) · s / √n ≤ 0.1 at 90 % is 48."""
    s = stats.mean(LAW).se * math.sqrt(10)
    assert next(n for n in range(2, 100) if stats.t_quantile(0.9, n - 1) * s / math.sqrt(n) <= 0.1) == 48


def test_runs_on_the_same_luck_are_compared_in_pairs() -> None:
    """S02. Student's sleep data: the paired interval, and the same from the ratio estimator where every total is 1."""
    found = stats.paired(*SLEEP)
    assert (-found.mean, -found.high, -found.low) == (close(-1.58), pytest.approx(-2.45988576, rel=1e-8), pytest.approx(-0.700114237, rel=1e-8))
    assert found.se**2 * 10 == pytest.approx(1.51288889, rel=1e-8)
    assert -found.mean / found.se == pytest.approx(-4.06212768, rel=1e-8)
    ones = np.ones(10)
    same = stats.ratio_difference(SLEEP, (ones, ones))
    assert (same.mean, same.low, same.high) == (close(found.mean), close(found.low), close(found.high))


def test_mser5_cuts_the_transient() -> None:
    """S03. Four batches of five go; the search stops at half the series, else its noisy end (22 batches) would win."""
    found = stats.mser5(SERIES)
    assert (found.truncate, found.settled) == (20, True)
    assert SERIES[found.truncate:].mean() == close(29.4523)


def test_batch_means_widen_the_interval_of_correlated_data() -> None:
    """S04. Ten batches of ten after the cut: the interval is twice that of the same data taken as independent."""
    rest = SERIES[20:]
    found = stats.mean(rest.reshape(10, 10).mean(axis=1))
    assert (found.mean, found.half_width) == (close(29.4523), pytest.approx(0.587483473, rel=1e-8))
    assert stats.mean(rest).half_width == pytest.approx(0.254502821, rel=1e-8)
