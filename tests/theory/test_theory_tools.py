"""Tests setups, shifts, operators and unlike tools against theory and hand-made traces. ``test_theory`` says how a case is held to its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from theory_lines import CYCLE, THROUGHPUT, WIP, Case, busy, hold_in_full, hold_in_short, judge, ratio, share, theory_plan
from tolerances import close

from procsim.closed_form.solve import solve
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.experiments.replicate import one
from procsim.lots.records import NON_SCHEDULED, PRODUCTIVE, UNSCHEDULED, Block
from procsim.maths import statistics
from procsim.maths.statistics import Estimate
from procsim.planning.plan import HOUR, Plan


def operators_busy(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Hours at work of the first pool of operators, as a share of its hours on duty."""
    del plan
    return ratio(totals, lambda t: t.pools[0, 0], lambda t: t.pools[0, 1])


def setup_share(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Share of total time that the first group is being set up."""
    del plan
    return ratio(totals, lambda t: t.setup_hours[0], lambda t: float(t.state_hours[0].sum()))


def setups_per_lot(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Setups per visit, at the first step."""
    del plan
    return ratio(totals, lambda t: t.setups[0], lambda t: t.by_step["visits"][0])


def up(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Share of time that the tools of the first group are not down."""
    down = share(plan.groups.names[0], UNSCHEDULED)(plan, totals)
    return Estimate(1 - down.mean, 1 - down.high, 1 - down.low, down.se, down.n)


def running(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Tools of the first group that run, without those that are loaded: productive less operator hours."""
    del plan
    return ratio(totals, lambda t: t.state_hours[0, PRODUCTIVE] - t.pools[0, 0], lambda t: t.hours)


def parts_in_4_weeks(plan: Plan, totals: Sequence[Totals]) -> Estimate:
    """Lots per tool of the first group in four weeks."""
    return ratio(totals, lambda t: 672 * t.sums["lots_finished"], lambda t: t.hours * float(plan.groups.count[0]))


def interference(tools: int, operators: int, throughput: float, utilisation: float, machines: float, quick: float) -> Case:
    """Q17: so many automatic tools and operators."""
    return Case(f"Q17 {tools} tools, {operators} operators", "q17_operators",
                {"TH": (THROUGHPUT, throughput), "operators": (operators_busy, utilisation), "running": (running, machines)}, 0.01, quick,
                (f"line.release.conwip_lots={tools}", f"tools.m.count={tools}", f"line.operators.loaders={operators}"), 80)


CASES = [
    Case("Q12 unlike tools", "q12_unlike_tools",
         {"WIP": (WIP, 4.43478261), "CT": (CYCLE, 3.69565217), "rho": (busy("m"), (0.803478261 + 0.793043478) / 2)}, 0.03, 0.25, shorten=80),
    interference(8, 1, 7.94017881, 0.661681567, 6.61681567, 0.05),
    interference(12, 1, 10.5631297, 0.880260812, 8.80260812, 0),
    interference(12, 2, 12.7943732, 0.533098881, 10.6619776, 0),
    Case("F03 shop", "f03_shop", {"availability": (up, 0.821003329), "repairman": (operators_busy, 0.821003329),
                                  "parts per machine": (parts_in_4_weeks, 3310.28542)}, 0.01, 0.05, shorten=32),
    Case("F03 two machines, one repairman", "f03_two_machines", {"up": (up, 0.6)}, 0.01, 0.04,
         ("line.operators.repairman=1", "tools.m.failures.breakdown.crew=repairman"), shorten=20),
    Case("F03 two machines, two repairmen of a pool", "f03_two_machines", {"up": (up, 2 / 3)}, 0.01, 0.04,
         ("line.operators.repairman=2", "tools.m.failures.breakdown.crew=repairman"), shorten=20),
    Case("F04 setups", "f04_setups",
         {"L": (WIP, 1.97025064), "W": (CYCLE, 3.94050129), "setup": (setup_share, 0.18), "processing": (busy("m"), 0.5),
          "setups per lot": (setups_per_lot, 0.48)}, 0.03, 0.2, shorten=120),
]


@pytest.mark.parametrize("case", [case for case in CASES if case.quick], ids=lambda case: case.name)
def test_theory_of_tools_quick(case: Case) -> None:
    """Means of a short run agree with theory within 4 standard errors and the wide tolerance."""
    hold_in_short(case)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_theory_of_tools(case: Case) -> None:
    """The same at the size that the case asks for."""
    hold_in_full(case)


def each_tool(plan: Plan, length: int) -> list[Estimate]:
    """Productive share of every tool of the first group."""
    short = replace(plan, horizon_us=plan.warmup_us + (plan.horizon_us - plan.warmup_us) // length)
    found = [simulate(short, n, lambda _: None).tools.hours[:, PRODUCTIVE] / short.hours for n in range(plan.replications)]
    return [statistics.mean(np.array([hours[tool] for hours in found])) for tool in range(int(plan.groups.count[0]))]


@pytest.mark.parametrize(("length", "tolerance"), [(40, 0.2), pytest.param(1, 0.03, marks=pytest.mark.long)], ids=["quick", "full size"])
def test_the_tool_that_is_preferred_works_more(length: int, tolerance: float) -> None:
    """Q12. Utilisation of the fast tool and of the slow one."""
    case = CASES[0]
    print()
    for name, found, expect in zip(("fast", "slow"), each_tool(theory_plan(case.recipe), length), (0.803478261, 0.793043478), strict=True):
        assert not judge(case, f"util {name}", found, expect, tolerance)


D07 = [
    ("d07_shifts", (), 3, 0.5, 10),
    ("d07_shifts", ("run.horizon_h=100",), 16, 0.5, 50),
    ("d07_shifts", ("line.shifts.day.at_end=finish",), 4, 0.6, 10 - 2 * 1),
    ("d07_shifts", ("line.shifts.day.at_end=no_start",), 2, 0.3, 10),
    ("d07_daily", (), 720, 0.334, 30 * 16 - 60 * (12 * 0.334 - 4)),
]
"""Recipe, edits, parts made, share of time worked, and hours off: time worked beyond the end of a shift is not off."""


@pytest.mark.parametrize(("recipe", "sets", "parts", "working", "off"), D07, ids=["suspend", "suspend, 100 h", "finish", "no start", "daily"])
def test_shifts(recipe: str, sets: tuple[str, ...], parts: float, working: float, off: float) -> None:
    """D07. Three ways to end a shift: work is suspended, finished in overtime, or not begun."""
    totals = one(theory_plan(recipe, *sets), 0)
    share_worked = totals.state_hours[0, PRODUCTIVE] / totals.hours
    print(f"\n  D07 {recipe} {sets}: expected {parts} parts, working {working}; found {totals.sums['lots_finished']:g}, {share_worked:.12g}")
    assert totals.sums["lots_finished"] == parts
    assert share_worked == close(working)
    assert totals.state_hours[0, NON_SCHEDULED] == close(off)


@cache
def occupations(replications: int) -> tuple[tuple[np.ndarray, ...], Plan]:
    """Hours from the start of a run to its end, setup included, by replication."""
    plan = theory_plan("f01_setup")
    found = []
    for n in range(replications):
        blocks: list[Block] = []
        simulate(plan, n, blocks.append)
        visits = np.concatenate([block.table() for block in blocks])
        done = visits[visits[:, 4] < plan.horizon_us]
        found.append((done[:, 4] - done[:, 3]) / HOUR)
    return tuple(found), plan


def test_effective_process_time_with_setups() -> None:
    """F01. te = t0 + ts/Ns and its variance t0²c0² + ts²cs²/Ns + ts²(Ns - 1)/Ns², over 100 000 runs; the closed form has the same te, ce²
    where kinds come at random with as many setups."""
    found, plan = occupations(20)
    case = Case("F01 setup", "f01_setup", {}, 0.01, 0)
    print(f"\n  {sum(len(each) for each in found)} runs")
    measure: list[tuple[str, Callable[[np.ndarray], float], float, float]] = [
        ("te", lambda x: float(x.mean()), 1.2, 0.01), ("variance", lambda x: float(x.var()), 0.4475, 0.05),
        ("ce2", lambda x: float(x.var() / x.mean() ** 2), 0.310763889, 0.05)]
    for name, of, expect, tolerance in measure:
        assert not judge(case, name, statistics.mean(np.array([of(each) for each in found])), expect, tolerance)
    assert solve(plan).tools.setup_h[0] == close(0.1), "half of the next ten lots are of the same product where chance decides"


def test_closed_form_of_setups() -> None:
    """F04. Share of time for setups = λ (pA pB tAB + pB pA tBA) = 0.18; load = 0.5 / (1 - 0.18)."""
    closed = solve(theory_plan("f04_setups"))
    assert closed.starts.lots_per_h * closed.tools.setup_h.sum() == close(0.18)
    assert closed.tools.load[0] == close(0.5 / 0.82)
    assert closed.time.visit_h[0] == close(1.36)


def test_closed_form_of_unlike_tools_and_operators() -> None:
    """Q12: load = λ / Σ speeds. Operators: load = λ × load time / operators. Shifts: load = λ t / share of time on."""
    assert solve(theory_plan("q12_unlike_tools")).tools.load[0] == close(1.2 / 1.5)
    by_clock = ("line.release={every_h: 0.25}",)
    assert solve(theory_plan("q17_operators", *by_clock)).operators.load[0] == close(4 * 5 / 60)
    assert solve(theory_plan("d07_daily", "line.release.every_h=2")).tools.load[0] == close(0.167 * 3)

