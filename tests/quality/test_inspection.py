"""Tests what inspections, retests, repairs and burn-in do to units: published formulas, hand-made chains, and run against closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, floats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_flow import METRICS, Flow, flows_in

from procsim.closed_form.solve import solve
from procsim.costs.totals import Totals
from procsim.experiments.replicate import replicate
from procsim.maths.yield_laws import LAWS
from procsim.planning.make import make
from procsim.planning.plan import HOUR
from procsim.quality.learning import Stay
from procsim.recipe.load import load
from procsim.results import metrics

HEAD = """
line:
  lot: {{panels: {panels}, units_per_panel: {units}}}
  release: {{every_h: 1}}
  tools: {{m: {{price_usd: 100000}}, t: {{price_usd: 200000}}}}
materials: {{usd: {{price_usd_per_piece: 1}}}}
economics: {{hours_per_year: 8000, practical_capacity: 0.8}}
run: {{horizon_h: {hours}, warmup_h: 20, replications: 20, seed: 1}}
steps:
"""


def hold_to_closed_form(found: Flow, name: str) -> None:
    """The simulated figure is within 4 standard errors of the closed form; units balance in every replication."""
    totals = replicate(found.plan, 20)
    for t in totals:
        balanced(t)
    simulated = metrics.named(name, totals, 0.95)
    assert abs(simulated.mean - METRICS[name].expected(found.closed)) <= 4 * simulated.se, (name, simulated)


def balanced(t: Totals) -> None:
    """Started = good + escapes + removed + scrapped = good + lost by step and kind, in whole units."""
    sums = t.sums
    assert sums["units_started"] == sums["good"] + sums["escapes"] + sums["removed"] + sums["scrapped"]
    assert sums["units_started"] == sums["good"] + t.losses.sum()
    assert t.escaped.sum() == sums["escapes"]
    assert t.losses.min() >= 0
    assert sums["infant"] <= sums["good"]


Steps = Callable[..., Flow]


@pytest.fixture
def case(tmp_path: Path) -> Steps:
    """Makes a Flow of steps written as text."""
    flow = flows_in(tmp_path, HEAD)

    def of(*steps: str, hours: float = 60, **more: Any) -> Flow:
        return flow(*(f"  - {{{text}}}\n" for text in steps), hours=hours, **more)
    return of


def made(name: str, good: float) -> str:
    return f"id: {name}, tool: m, yield: {{unit: {good!r}}}"


# fault coverage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("good", "coverage", "ppm", "places"), [(0.8, 0.9, 22067, 0), (0.5, 0.95, 34064, 0), (0.9, 0.99, 1053, 0)])
def test_defect_level_of_williams_and_brown(good: float, coverage: float, ppm: float, places: int, case: Steps) -> None:
    """Poisson faults, each found with chance c: pass fraction Y^c, escapes 1 - Y^(1 - c) (Williams & Brown 1981, three points)."""
    found = case(made("s", good), f"id: t, tool: t, op: test, fault_coverage: {coverage}")
    assert found.passed == pytest.approx(good**coverage, rel=1e-12)
    assert found["escapes_ppm"] == pytest.approx(1e6 * (1 - good ** (1 - coverage)), rel=1e-9)
    assert found["escapes_ppm"] == pytest.approx(ppm, abs=0.51 * 10**-places)


def test_faults_of_several_steps_add_up(case: Steps) -> None:
    """A unit may have faults of many steps: two tests in the middle and at the end find each with their own chance, so that what is shipped
    is Π Y^(...) as for one step, and bad incoming units count as faults too."""
    found = case(made("a", 0.9), made("b", 0.8), "id: t1, tool: t, op: test, fault_coverage: 0.7", made("c", 0.85), made("d", 0.95),
                 "id: t2, tool: t, op: test, fault_coverage: 0.6")
    early, late = 0.9 * 0.8, 0.85 * 0.95
    assert found.passed == pytest.approx(early ** (1 - 0.3 * 0.4) * late**0.6, rel=1e-12)
    assert found["yield"] == pytest.approx(early * late, rel=1e-12)


@pytest.mark.parametrize(("law", "shape"), [
    ("murphy", 0.0), ("negative_binomial", 0.3), ("bose_einstein", 4),
    *(pytest.param(*one, marks=pytest.mark.long) for one in (("uniform", 0.0), ("seeds", 0.0), ("negative_binomial", 2.0)))])
def test_fault_coverage_of_clustered_faults(law: str, shape: float, case: Steps) -> None:
    """On a panel with multiplier x a unit passes with e^(-cmx); the mean over panels is the law at c·m: exact for clustered faults,
    and so after a second test at 1 - (1 - c)². Simulated: within 4 standard errors."""
    which = {"negative_binomial": f", clustering: {shape}", "bose_einstein": f", layers: {shape}"}.get(law, "")
    made_here = f"id: s, tool: m, defects: {{per_unit_ppm: 600000, law: {law}{which}}}"
    found = case(made_here, "id: t, tool: t, op: test, fault_coverage: 0.7", units=100, hours=220)
    assert found.passed == pytest.approx(LAWS[law](0.7 * 0.6, shape), rel=1e-9)
    assert found["yield"] == pytest.approx(LAWS[law](0.6, shape), rel=1e-9)
    hold_to_closed_form(found, "escapes_ppm")
    twice = case(made_here, *(f"id: t{i}, tool: t, op: test, fault_coverage: 0.7" for i in (1, 2)), made("z", 0.9), units=100, hours=220)
    assert twice.passed == pytest.approx(LAWS[law](0.91 * 0.6, shape), rel=1e-9)
    hold_to_closed_form(twice, "escapes_ppm")
    hold_to_closed_form(twice, "yield")


def test_fault_coverage_of_clustered_faults_on_paper(case: Steps) -> None:
    """Half a fault a unit, clustering 2, nine faults in ten found: 1 - (1 + 0.225)² / (1 + 0.25)² = 39 600 ppm are shipped."""
    found = case("id: s, tool: m, defects: {per_unit_ppm: 500000, law: negative_binomial, clustering: 2}", "id: t, tool: t, op: test, fault_coverage: 0.9")
    assert found["escapes_ppm"] == pytest.approx(39_600.0, rel=1e-9)


def test_fault_coverage_of_faults_that_are_learned_away(case: Steps) -> None:
    """A tenth of the faults is left when the window begins, and what slips through is that of a tenth of the mean."""
    learned = "defects: {per_unit_ppm: 500000, law: negative_binomial, clustering: 2, learning: {floor: 0.1, tau_weeks: 0.001}}"
    found = case(f"id: s, tool: m, {learned}", "id: t, tool: t, op: test, fault_coverage: 0.9")
    some, all_ = ((1 + c * 0.05 / 2) ** -2 for c in (0.9, 1.0))
    assert found["escapes_ppm"] == pytest.approx(1e6 * (1 - all_ / some), rel=1e-9)


def test_fault_coverage_sees_what_it_is_told(case: Steps) -> None:
    """A test that sees step b only passes a unit by the faults of b alone, also one that step a made bad first."""
    found = case(made("a", 0.9), made("b", 0.8), "id: t, tool: t, op: test, fault_coverage: 0.7, sees: [b]")
    assert found.passed == pytest.approx(0.8**0.7, rel=1e-12)
    hold_to_closed_form(found, "escapes_ppm")


def test_lots_that_pass_a_sampled_inspection_for_faults_differ_from_those_that_do_not(case: Steps) -> None:
    """Half of the lots pass each of two tests: the mean over the four cases, not a mean lot; simulated within 4 standard errors."""
    sampled = "tool: t, op: test, fault_coverage: 0.7, sample: 0.5"
    found = case("id: a, tool: m, defects: {per_unit_ppm: 600000, law: seeds}", f"id: t1, {sampled}", f"{made('b', 0.6)}, sample: 0.5",
                 f"id: t2, {sampled}", "id: t3, tool: t, op: test, fault_coverage: 0.5", units=100, hours=520)
    shipped = 0.0
    for first in (0.0, 0.7):
        for second in (0.0, 0.7):
            a, b = 1 - (1 - first) * (1 - second) * 0.5, 1 - (1 - second) * 0.5
            shipped += LAWS["seeds"](0.6 * a, 0) * (1 + 0.6**b) / 2 / 4
    assert found.passed == pytest.approx(shipped, rel=1e-9)
    found["escapes_ppm"]
    hold_to_closed_form(found, "escapes_ppm")


# retest -----------------------------------------------------------------------------------------------------------------


def test_retest_recovers_good_units_and_lets_bad_ones_through(case: Steps) -> None:
    """Rejected after n + 1 looks that all say so: good ones f^(n+1), bad ones c^(n+1). Looks taken: 1 + p + p² per unit, in time and money."""
    look = "id: t, tool: t, op: test, coverage: 0.9, false_reject: 0.2, consumes: {usd: {per_unit: 1}}, time_s: {per_unit: 1}"
    once, thrice = case(made("s", 0.8), look), case(made("s", 0.8), f"{look}, retest: 2")
    assert once["yield"] == pytest.approx(0.8 * 0.8)
    assert thrice["yield"] == pytest.approx(0.8 * (1 - 0.2**3))
    assert thrice.closed.flow.escapes / thrice.closed.flow.started == pytest.approx(0.2 * (1 - 0.9**3))
    looks = 1 + 0.8 * (0.2 + 0.2**2) + 0.2 * (0.9 + 0.9**2)
    assert thrice.closed.costs.amounts[0] / thrice.closed.flow.started == pytest.approx(looks)
    assert thrice.still.amounts[0] / thrice.still.sums["units_started"] == pytest.approx(looks)
    assert thrice.closed.tools.held_h[1] / once.closed.tools.held_h[1] == pytest.approx(looks)
    assert thrice.closed.tools.load[1] / once.closed.tools.load[1] == pytest.approx(looks)
    for name in ("yield", "escapes_ppm", "cost_per_good_unit_direct", "raw_process_time"):
        thrice[name]
        if name != "raw_process_time":
            hold_to_closed_form(thrice, name)


def faults(law: str, mean: float, shape: float = 2.0) -> list[float]:
    """Chances of 0, 1, 2 … faults of a unit, Poisson or negative binomial."""
    found = [LAWS[law](mean, shape)]
    for k in range(60):
        found.append(found[-1] * (mean if law == "poisson" else (shape + k) * mean / (shape + mean)) / (k + 1))
    return found


RETEST = "id: t, tool: t, op: test, fault_coverage: 0.8, retest: 2, false_reject: 0.1"
HALF_A_FAULT = "defects: {per_unit_ppm: 500000, law: negative_binomial, clustering: 2}"


def test_a_unit_that_is_looked_at_again_has_the_same_faults(case: Steps) -> None:
    """A look passes a unit of k faults with the chance 0.2^k, three of them one after the other with 1 - (1 - 0.2^k)³: 173 440 ppm shipped of half
    a fault a unit, clustering 2; good units pass with 1 - 0.1³. Simulated: within 4 standard errors."""
    found = case(f"id: s, tool: m, {HALF_A_FAULT}", RETEST.replace("0.1", "0"), units=100, hours=220)
    assert found["escapes_ppm"] == pytest.approx(173_440, abs=1)
    found = case(f"id: s, tool: m, {HALF_A_FAULT}", RETEST, units=100, hours=220)
    bad = sum(p * (1 - (1 - 0.2**k) ** 3) for k, p in enumerate(faults("negative_binomial", 0.5)) if k)
    good = LAWS["negative_binomial"](0.5, 2) * (1 - 0.1**3)
    assert found["escapes_ppm"] == pytest.approx(1e6 * bad / (bad + good), rel=1e-9)
    assert found["yield"] == pytest.approx(good)
    for name in ("escapes_ppm", "yield", "cost_per_good_unit_direct"):
        hold_to_closed_form(found, name)


def test_faults_of_several_steps_and_repairs_persist_too(case: Steps) -> None:
    """Faults of two steps add up in every look. A repair that fails leaves them all: three looks, a repair of which 0.6 are made good, three more."""
    two = case(f"id: s, tool: m, {HALF_A_FAULT}", made("z", math.exp(-0.3)), RETEST, units=100, hours=220)
    chances = [(i + j, p * q) for i, p in enumerate(faults("negative_binomial", 0.5)) for j, q in enumerate(faults("poisson", 0.3))]
    passed = sum(p * (1 - (1 - 0.2**k) ** 3) for k, p in chances if k)
    assert two.closed.flow.escapes / two.closed.flow.started == pytest.approx(passed, rel=1e-9)
    hold_to_closed_form(two, "escapes_ppm")
    mended = case(f"id: s, tool: m, {HALF_A_FAULT}", f"{RETEST}, repair: {{success: 0.6}}", units=100, hours=220)
    passed = sum(p * (1 - r + 0.4 * r * (1 - r)) for k, p in enumerate(faults("negative_binomial", 0.5)) if k for r in [(1 - 0.2**k) ** 3])
    assert mended.closed.flow.escapes / mended.closed.flow.started == pytest.approx(passed, rel=1e-9)
    hold_to_closed_form(mended, "escapes_ppm")
    hold_to_closed_form(mended, "yield")


def test_a_unit_that_is_looked_at_without_end(case: Steps) -> None:
    """Eleven looks of which each finds little, eleven times: hardly a unit stays rejected, and no chance leaves 0 … 1."""
    found = case(f"id: s, tool: m, {HALF_A_FAULT}", "id: t, tool: t, op: test, fault_coverage: 0.3, retest: 10, repair: {success: 0, limit: 10}")
    bad = sum(p * (1 - (1 - 0.7**k) ** 121) for k, p in enumerate(faults("negative_binomial", 0.5)) if k)
    assert found.closed.flow.escapes / found.closed.flow.started == pytest.approx(bad, rel=1e-4)


# repair -----------------------------------------------------------------------------------------------------------------


def test_minimal_rework_of_a_unit(case: Steps) -> None:
    """The constructed form: fail share F, diagnosable d, success r, one repair: passed = P + F·d·(...), spend = C + t + F·d·(k + t)."""
    good, c, d, r = 0.8, 0.9, 0.7, 0.6
    found = case(f"{made('s', good)}, consumes: {{usd: {{per_unit: 10}}}}",
                 f"id: t, tool: t, op: test, coverage: {c}, consumes: {{usd: {{per_unit: 2}}}}, repair: {{success: {r}, diagnosable: {d}, consumes: {{usd: 3}}}}")
    fail = (1 - good) * c
    assert found["yield"] == pytest.approx(good + fail * d * r)
    assert found.closed.flow.escapes / found.closed.flow.started == pytest.approx((1 - good) * (1 - c) + fail * d * (1 - r) * (1 - c))
    assert found.closed.costs.amounts.sum() / found.closed.flow.started == pytest.approx(10 + 2 + fail * d * (3 + 2))
    hold_to_closed_form(found, "yield")
    hold_to_closed_form(found, "cost_per_good_unit_direct")


def chain(good: float, c: float, f: float, retest: int, repair: dict[str, float], rounds: int) -> tuple[float, float, float, float]:
    """(good shipped, bad shipped, looks, repairs) of one unit by a plain chain of chances, written apart from procsim's own."""
    bad_out, good_out = c ** (retest + 1), f ** (retest + 1)
    whole, broken, out_good, out_bad, looks, repairs = good, 1 - good, 0.0, 0.0, 0.0, 0.0
    for turn in range(rounds + 1):
        looks += sum(whole * f**i + broken * c**i for i in range(retest + 1))
        out_good, out_bad = out_good + whole * (1 - good_out), out_bad + broken * (1 - bad_out)
        if turn < rounds:
            bad_in, good_in = broken * bad_out * repair["diagnosable"], whole * good_out * repair["diagnosable"]
            repairs += bad_in + good_in
            fine = good_in + bad_in * repair["success"]
            whole = fine * (1 - repair["damage"])
            broken = bad_in * (1 - repair["success"]) + fine * repair["damage"]
    return out_good, out_bad, looks, repairs


shares = floats(0.0, 1.0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(good=floats(0.3, 1.0), c=shares, f=floats(0, 0.5), retest=st.integers(0, 3), success=shares, damage=shares, limit=st.integers(1, 4), d=shares)
def test_repairs_and_retests_are_a_chain(case: Steps, good: float, c: float, f: float, retest: int, success: float, damage: float, limit: int,
                                         d: float) -> None:
    """Any retest and repair is the chain of chances that it says it is; time per repaired unit and per look are counted."""
    repair = {"success": success, "damage": damage, "diagnosable": d}
    text = ", ".join(f"{key}: {value!r}" for key, value in repair.items())
    found = case(made("s", good), f"id: t, tool: t, op: test, coverage: {c!r}, false_reject: {f!r}, retest: {retest}, time_s: {{per_unit: 1}}, "
                 f"consumes: {{usd: {{per_unit: 1}}}}, repair: {{{text}, limit: {limit}, time_s: 5}}")
    shipped, escaped, looks, repairs = chain(good, c, f, retest, repair, limit)
    started = found.closed.flow.started
    assert found.closed.flow.good / started == pytest.approx(shipped, rel=1e-9, abs=1e-12)
    assert found.closed.flow.escapes / started == pytest.approx(escaped, rel=1e-9, abs=1e-12)
    assert found.closed.costs.amounts.sum() / started == pytest.approx(looks, rel=1e-9)
    assert found.closed.tools.held_h[1] * 3600 / started == pytest.approx(looks + 5 * repairs, rel=1e-9)
    if shipped > 1e-6:
        assert found["yield"] == pytest.approx(shipped, rel=1e-9)
        assert found["cost_per_good_unit_direct"] > 0


# burn-in ----------------------------------------------------------------------------------------------------------------


def test_burn_in_brings_out_weak_units(case: Steps) -> None:
    """Of w weak units a burn-in brings out σ, which the test behind it finds with c; the rest fails in the field: w(1 - σ) / (1 - wσ) of the good
    ones shipped. Without burn-in all of them do, and the test before it finds none."""
    w, sigma, c = 0.02, 0.9, 0.95
    weak = f"id: s, tool: m, infant_ppm: {1e6 * w!r}"
    test, bake = f"tool: t, op: test, coverage: {c}", f"id: oven, tool: m, op: bake, burn_in: {sigma}"
    plain = case(weak, f"id: t, {test}")
    assert plain["yield"] == 1.0
    assert plain["infant_failures_ppm"] == pytest.approx(1e6 * w)
    burned = case(weak, f"id: t0, {test}", bake, f"id: t, {test}", hours=220)
    assert burned["yield"] == pytest.approx(1 - w * sigma)
    shipped = 1 - w * sigma * c
    assert burned["escapes_ppm"] == pytest.approx(1e6 * w * sigma * (1 - c) / shipped)
    assert burned["infant_failures_ppm"] == pytest.approx(1e6 * w * (1 - sigma) / shipped)
    assert burned.closed.flow.lost[0] / burned.closed.flow.started == pytest.approx(w * sigma), "charged to the step that made them weak"
    for name in ("yield", "escapes_ppm", "infant_failures_ppm"):
        hold_to_closed_form(burned, name)


def test_a_second_burn_in_finds_what_the_first_left(case: Steps) -> None:
    """Two ovens bring out 1 - (1 - σ)² of the weak units of two steps."""
    found = case("id: a, tool: m, infant_ppm: 20000", "id: b, tool: m, infant_ppm: 30000", "id: o1, tool: m, burn_in: 0.6",
                 "id: o2, tool: m, burn_in: 0.6", "id: t, tool: t, op: test, coverage: 1")
    left = 0.4**2
    assert found["yield"] == pytest.approx((1 - 0.02 * (1 - left)) * (1 - 0.03 * (1 - left)))
    rest = [w * left / (1 - w * (1 - left)) for w in (0.02, 0.03)]
    assert found["infant_failures_ppm"] == pytest.approx(1e6 * (1 - math.prod(1 - r for r in rest)))


# everything at once -----------------------------------------------------------------------------------------------------

LAW = st.sampled_from(["poisson", "murphy", "uniform", "seeds", "negative_binomial, clustering: 1.5", "bose_einstein, layers: 3"])


@st.composite
def recipes(draw: st.DrawFn) -> list[str]:
    """Steps of a line with any of the options of yield, in any order."""
    steps = []
    for i in range(draw(st.integers(2, 7))):
        text = f"id: s{i}, tool: {draw(st.sampled_from(['m', 't']))}, time_s: {{per_panel: 20, per_unit: 0.5}}, consumes: {{usd: {{per_unit: 1}}}}"
        text += draw(st.sampled_from(["", "", ", sample: 0.6"]))
        text += f", skip_known_bad: {draw(st.sampled_from(['true', 'false']))}"
        match draw(st.sampled_from(["make", "make", "look", "look", "burn", "weak"])):
            case "make":
                learn = draw(st.sampled_from(["", ", learning: {floor: 0.5, tau_weeks: 0.2}", ", learning: {per_doubling: 0.9, first_units: 500}"]))
                text += (f", yield: {{panel: {draw(floats(0.8, 1.0))!r}, unit: {draw(floats(0.7, 1.0))!r}}}, "
                         f"defects: {{per_unit_ppm: {draw(floats(0, 4e5))!r}, law: {draw(LAW)}{learn}}}")
            case "look":
                sense = draw(st.sampled_from(["coverage", "fault_coverage"]))
                text += f", {sense}: {draw(shares)!r}, false_reject: {draw(floats(0, 0.3))!r}, retest: {draw(st.integers(0, 2))}"
                if draw(st.booleans()):
                    text += (f", repair: {{success: {draw(shares)!r}, damage: {draw(floats(0, 0.5))!r}, limit: {draw(st.integers(1, 3))}, "
                             f"diagnosable: {draw(shares)!r}, time_s: 4, consumes: {{usd: 2}}}}")
            case "burn":
                text += f", burn_in: {draw(shares)!r}"
            case _:
                text += f", infant_ppm: {draw(floats(0, 1e5))!r}"
        steps.append(text)
    return steps


steady = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@steady
@given(steps=recipes(), units=st.integers(1, 40), panels=st.integers(1, 4))
def test_units_money_and_the_two_ways_agree_whatever_the_options(case: Steps, steps: list[str], units: int, panels: int) -> None:
    """A few lines with any of the options (hundreds in ``make validate``)."""
    hold_both_ways(case, steps, units, panels)


@pytest.mark.long
@settings(steady, max_examples=300)
@given(steps=recipes(), units=st.integers(1, 40), panels=st.integers(1, 4))
def test_units_money_and_the_two_ways_agree_in_many_lines(case: Steps, steps: list[str], units: int, panels: int) -> None:
    """A wider search."""
    hold_both_ways(case, steps, units, panels)


def hold_both_ways(case: Steps, steps: list[str], units: int, panels: int) -> None:
    """Units and money balance in every run with variability (the run checks itself too); mean values and closed form are one number."""
    found = case(*steps, units=units, panels=panels, hours=60)
    for t in replicate(found.plan, 2):
        balanced(t)
        assert t.spent == pytest.approx(t.value.sum() + t.wip_value[1] - t.wip_value[0] + t.unused.sum(), abs=0.005)
    if found.closed.flow.good > 1e-6 * found.closed.flow.started:
        if not found.plan.losses.learns.any():
            for name in ("yield", "escapes_ppm", "cost_per_good_unit_direct", "raw_process_time", "infant_failures_ppm"):
                found[name]
            assert found.still.units_lost / found.still.sums["lots_left"] == pytest.approx(found.closed.flow.lost, abs=1e-9 * found.closed.flow.started)
        assert found.still.losses.sum() == pytest.approx(found.still.sums["units_started"] - found.still.good)


@pytest.mark.parametrize(("name", "rel"), [("fault_coverage", 1e-8), ("rework_and_sampling", 1e-8), ("yield_learning", 5e-4),
                                           pytest.param("unit_repair", 1e-8, marks=pytest.mark.long),
                                           pytest.param("burn_in", 1e-8, marks=pytest.mark.long)])
def test_whatifs_of_yield_agree_without_variability(name: str, rel: float) -> None:
    """Shipped what-ifs with mean values: run and closed form are one number (learning: where lots stay as long as in the run, but for those
    at the window's edges; their yield also where the closed form estimates how long)."""
    plan = make(load(ROOT / "flows" / "whatif" / f"{name}.yaml"))
    still = replicate(plan, 1, variable=False)
    cycle_h = metrics.estimate(next(metric for metric in metrics.METRICS if metric.name == "cycle_time"), still, 0.95).mean
    closed = solve(plan, Stay(cycle_h * HOUR))
    assert closed.flow.yield_ == pytest.approx(solve(plan).flow.yield_, rel=rel)
    for metric in (*metrics.METRICS, *metrics.own_metrics(plan)):
        if metric.name in ("cost_per_good_unit_direct", "yield", "escapes_ppm", "infant_failures_ppm", "saving_by_skipping_known_bad"):
            assert metrics.estimate(metric, still, 0.95).mean == pytest.approx(metric.expected(closed), rel=rel), metric.name


@pytest.mark.parametrize(("key", "found"), [("coverage", 0.6 * 0.5), ("fault_coverage", 0.5)])
def test_what_is_bad_twice_is_found_by_its_later_faults_where_faults_are_looked_for(tmp_path: Path, key: str, found: float) -> None:
    """Of yields 0.6 and 0.5, by an inspection that sees the second step only: as the page on yield has it."""
    path = tmp_path / "twice.yaml"
    path.write_text(HEAD.format(panels=2, units=20, hours=100) + "  - {id: a, tool: m, time_h: 0.1, yield: {unit: 0.6}}\n  - {id: b, tool: m, time_h: 0.1, "
                    f"yield: {{unit: 0.5}}}}\n  - {{id: look, op: inspect, tool: t, time_h: 0.1, {key}: 1, sees: [b]}}\n", encoding="utf-8")
    flow = solve(make(load(path))).flow
    assert 1 - flow.shipped / flow.started == pytest.approx(found)
    assert flow.yield_ == pytest.approx(0.3)
