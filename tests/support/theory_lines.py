"""Holds the cases of theory/: recipes, their figures, and how a figure is held to its expected value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from found import tell
from lines import exponential
from tolerances import EXACT

from procsim.costs.totals import Totals
from procsim.experiments.replicate import replicate
from procsim.lots.records import PRODUCTIVE, SCHEDULED, UNSCHEDULED
from procsim.maths import statistics
from procsim.maths.statistics import Estimate
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load
from procsim.results import metrics

FOLDER = Path(__file__).parents[1] / "theory"


MINUTES = 60.0


Figure = Callable[[Plan, Sequence[Totals]], Estimate]


def theory_plan(name: str, *sets: str) -> Plan:
    """The plan of ``theory/<name>.yaml`` with the edits *sets*."""
    return make(load(FOLDER / f"{name}.yaml", sets))


def metric(name: str, scale: float = 1.0) -> Figure:
    """A figure of summary.csv, times *scale*."""
    return lambda plan, totals: scaled(metrics.named(name, totals, plan.confidence), scale)


def scaled(found: Estimate, by: float) -> Estimate:
    return Estimate(found.mean * by, found.low * by, found.high * by, found.se * by, found.n)


def ratio(totals: Sequence[Totals], above: Callable[[Totals], float], below: Callable[[Totals], float]) -> Estimate:
    """A ratio of totals over replications."""
    return statistics.ratio(metrics.series(totals, above), metrics.series(totals, below))


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
    return lambda plan, totals: metrics.spread(totals, of, plan.confidence)


waiting_lots = partial(lots_at, area="queue_area_us")


busy = partial(share, state=PRODUCTIVE)


CYCLE, WIP, THROUGHPUT = metric("cycle_time"), metric("wip"), metric("throughput")


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
    "sd": spread(lambda cycles: float(cycles.std())), "P95": spread(lambda cycles: statistics.quantile(cycles, 0.95)),
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
                                        "rho": (busy("m"), 0.9)}, 0.05, 0),
    Case("Q07 rework without limit", "q07_rework", {"W": (CYCLE, 6.66666667), "L": (WIP, 4.0), "rho": (busy("m"), 0.8),
                                                    "visits": (visits_per_lot, 1.33333333)}, 0.03, 0),
    Case("Q07 two reworks", "q07_rework", {"L": (WIP, 3.70588235), "rho": (busy("m"), 0.7875), "visits": (visits_per_lot, 1.3125),
                                           "yield": (metric("yield"), 0.984375)}, 0.03, 0.25, ("a.rework.limit=2",), shorten=120),
    station("Q01 M/M/1", "q01_station", poisson(1.25, 1, exponential(1)), 0.25,
            Wq=4.0, W=5.0, Lq=3.2, L=4.0, rho=0.8, sd=5.0, P95=14.9786614),
    station("Q01 M/M/3", "q01_station", poisson(1 / 2.4, 3, exponential(1)), 0.25, shorten=80,
            Wq=1.07865169, W=2.07865169, Lq=2.58876404, L=4.98876404, rho=0.8),
    station("Q01 M/D/1", "q01_station", poisson(1.25, 1, "1"), 0.15, Wq=2.0, W=3.0, Lq=1.6, L=2.4, rho=0.8),
    station("Q01 M/D/2", "q01_station", poisson(1 / 1.6, 2, "1"), 0,
            Wq=0.903283879, W=1.90328388, Lq=1.44525421, L=3.04525421, rho=0.8),
    station("Q01 M/D/3", "q01_station", poisson(1 / 2.4, 3, "1"), 0,
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
    station("Q04 cassettes, constant", "q04_cassettes", ["a.time_h=1"], 0, Wq=9.5, W=10.5, L=8.4),
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
    conwip(3, 0.435256083, 6.89249414, 0),
    conwip(6, 0.563198417, 10.653439, 0),
    conwip(12, 0.641318053, 18.7114645, 0.12, **{"L a": (lots_at("a"), 1.67257262), "L b": (lots_at("b"), 6.51720607),
                                          "L c": (lots_at("c"), 1.02530329), "L d": (lots_at("d"), 2.78491802)}),
    penny("one", 2, 0.2, 10.0, 0),
    penny("one", 4, 0.285714286, 14.0, 0),
    penny("one", 12, 0.4, 30.0, 0),
    penny("two", 4, 0.188183214, 21.2558809, 0),
    penny("two", 8, 0.310219258, 25.788212),
    penny("two", 14, 0.376263176, 37.2079993, 0),
    Case("F01 tortoise", "f01_outages", {"Wq, min": (wait("a", MINUTES), 652.5), "CT, min": (metric("cycle_time", MINUTES), 672.5),
                                         "down": (share("m", UNSCHEDULED), 0.225)}, 0.08, 0),
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
    Case("Q11 no place between two machines", "q11_blocking", {"TH": (THROUGHPUT, 2 / 3), "rho": (busy("b"), 2 / 3)}, 0.01, 0),
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
    tell(expected=expect, found=found.mean, case=case.name, figure=name, se=found.se)
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


def hold_in_short(case: Case) -> None:
    """Holds a run that is *shorten* times shorter to the wide tolerance of *case*."""
    plan = theory_plan(case.recipe, *case.sets)
    length = (plan.horizon_us - plan.warmup_us) // case.shorten
    hold(case, replace(plan, horizon_us=plan.warmup_us + length), case.quick)


def hold_in_full(case: Case) -> None:
    """Holds the run at the size that the recipe asks for to the tolerance of *case*."""
    hold(case, theory_plan(case.recipe, *case.sets), case.tolerance)
