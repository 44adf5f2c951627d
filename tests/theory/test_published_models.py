"""Tests yield, test and scrap against published models and worked examples. None of the expected numbers comes from procsim.

Sources by name: CATCH (UCLA NanoCAD, arXiv 2503.15753), Chiplet Actuary (Feng and Ma, DAC 2022), Google's chiplets-cost-model,
RapidChiplet, Sandborn's problems on test (University of Maryland), SEMI E10, E35 and E79.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from plain_flow import Flow, good, inspected, step
from tolerances import close, digits

from procsim import tables
from procsim.experiments.replicate import replicate
from procsim.maths.yield_laws import LAWS, clusters
from procsim.results import metrics

# yield laws ------------------------------------------------------------------------------------------------------------


MEANS = (0.1, 0.5, 1.0, 2.0)


TABLE = [
    ("poisson", 0, (0.904837, 0.606531, 0.367879, 0.135335)),
    ("murphy", 0, (0.905592, 0.619272, 0.399576, 0.186911)),
    ("uniform", 0, (0.906346, 0.632121, 0.432332, 0.245421)),
    ("seeds", 0, (0.909091, 0.666667, 0.5, 0.333333)),
    ("negative_binomial", 2, (0.907029, 0.64, 0.444444, 0.25)),
    ("negative_binomial", 3, (0.906314, 0.629738, 0.421875, 0.216)),
    ("negative_binomial", 10, (0.905287, 0.613913, 0.385543, 0.161506)),
    ("bose_einstein", 4, (0.905951, 0.624295, 0.4096, 0.197531)),
]


@pytest.mark.parametrize(("law", "shape", "values"), TABLE, ids=lambda x: str(x) if not isinstance(x, tuple) else "")
def test_yield_laws(law: str, shape: float, values: tuple[float, ...]) -> None:
    """Every law gives the tabled yields at m = area × density of 0.1, 0.5, 1 and 2, and 1 at m = 0."""
    assert [LAWS[law](m, shape) for m in MEANS] == [digits(value, 6) for value in values]
    assert LAWS[law](0.0, shape) == 1.0


def test_yield_laws_have_their_limits_and_order() -> None:
    """Negative binomial is Seeds at a = 1 and Poisson as a grows; Poisson ≤ Murphy ≤ uniform ≤ Seeds."""
    for m in (*MEANS, 0.001, 5.0):
        assert LAWS["negative_binomial"](m, 1.0) == close(LAWS["seeds"](m, 0))
        assert LAWS["negative_binomial"](m, 1e9) == close(LAWS["poisson"](m, 0), rel=1e-6)
        order = [LAWS[law](m, 0) for law in ("poisson", "murphy", "uniform", "seeds")]
        assert order == sorted(order)


@pytest.mark.parametrize(
    ("law", "m", "shape", "value", "places"),
    [
        ("poisson", 0.081, 0, 0.922, 3), ("murphy", 0.081, 0, 0.923, 3), ("negative_binomial", 0.081, 3, 0.923, 3),
        ("seeds", 0.081, 0, 0.925, 3), ("bose_einstein", 12 * 0.081, 12, 0.393, 3),  # full density on each of 12 layers
        ("poisson", 0.3, 0, 0.740818221, 9), ("murphy", 0.3, 0, 0.746391053, 9), ("seeds", 0.3, 0, 0.769230769, 9),
        ("negative_binomial", 0.3, 2, 0.756143667, 9),
        ("negative_binomial", 0.09, 10, 0.914299, 6), ("negative_binomial", 0.18, 10, 0.836608, 6),   # Chiplet Actuary, 7 nm
        ("negative_binomial", 0.72, 10, 0.498944, 6), ("negative_binomial", 0.32, 10, 0.729799, 6),   # the same; 14 nm
        ("negative_binomial", 0.4, 2, 0.694444, 6), ("negative_binomial", 0.8, 2, 0.510204, 6),       # CATCH, 5nm_active
        ("negative_binomial", 1.6, 2, 0.308642, 6), ("negative_binomial", 3.2, 2, 0.147929, 6),
        ("bose_einstein", 2 * 0.37814, 2, 0.5265, 4),                                                 # Google's unit test
        ("uniform", 0.4, 0, 0.688339, 6),                                                             # 3-D cost code
    ],
)
def test_published_yields(law: str, m: float, shape: float, value: float, places: int) -> None:
    """Yields printed by other models."""
    assert LAWS[law](m, shape) == digits(value, places)


def test_die_prices_from_wafer_prices() -> None:
    """Price of a good die = wafer price / dies per wafer / yield (RapidChiplet; and a 300 mm wafer of 17 000 USD)."""
    side, density = 8.79772697916911, 0.005
    assert 500 / 367 / LAWS["seeds"](side**2 * density, 0) == digits(1.8896457766, 10)
    dies = math.pi * 300**2 / 4 / 100 - math.pi * 300 / math.sqrt(2 * 100)
    assert 17000 / dies / LAWS["poisson"](0.1, 0) == digits(29.346, 3)


@pytest.mark.parametrize(("law", "shape", "values"), TABLE, ids=lambda x: str(x) if not isinstance(x, tuple) else "")
def test_yield_law_of_a_step(law: str, shape: float, values: tuple[float, ...], flow: Callable[..., Flow]) -> None:
    """A step with m faults per unit has the law's yield: in closed form, in the ledger, and as the mean over simulated panels.

    Faults that cluster make panels differ: their spread is that of the mixed law, E[s²] - E[s]² with s = e^(-m x).
    """
    which = {"bose_einstein": f", layers: {shape}", "negative_binomial": f", clustering: {shape}"}.get(law, "")
    for m, value in zip(MEANS, values, strict=True):
        found = flow(step("s", 1.0, f"defects: {{per_unit_ppm: {1e6 * m!r}, law: {law}{which}}}"))
        assert found["yield"] == digits(value, 6)
        assert found["yield"] == close(LAWS[law](m, shape))
        assert found["cost_per_good_unit_direct"] == close(1 / LAWS[law](m, shape))
        cells = clusters(law, m, shape)
        assert cells.mean() == close(LAWS[law](m, shape))
        square = LAWS[law](2 * m, shape)
        assert (cells**2).mean() - cells.mean() ** 2 == pytest.approx(square - LAWS[law](m, shape) ** 2, rel=0.03, abs=1e-12)


@pytest.mark.parametrize("law", ["poisson", "murphy", "seeds", "negative_binomial, clustering: 2", "bose_einstein, layers: 4"])
def test_clustering_is_seen_from_panel_to_panel(law: str, flow: Callable[..., Flow]) -> None:
    """Simulated yield agrees with the law within 4 standard errors; panels differ more than a binomial where faults cluster."""
    found = flow(step("s", 1.0, f"defects: {{per_unit_ppm: 500000, law: {law}}}"), hours=520)
    totals = replicate(found.plan, 20)
    mean = metrics.named("yield", totals, 0.95)
    panels = tables.lots(found.plan, totals).dropna()["units_good"].to_numpy()
    assert abs(mean.mean - found["yield"]) <= 4 * mean.se
    binomial = 1000 * mean.mean * (1 - mean.mean)
    if law == "poisson":
        assert panels.var(ddof=1) == pytest.approx(binomial, rel=0.35)
    else:
        assert panels.var(ddof=1) > 10 * binomial


# tests and escapes -----------------------------------------------------------------------------------------------------


def test_bernoulli_coverage(flow: Callable[..., Flow]) -> None:
    """Each bad unit is caught with chance c (CATCH): pass 1 - (1 - Y)c, quality Y / pass, cost (C + t) / pass."""
    found = flow(step("s", 10.0, good(0.8)), inspected("final", 0.9, 1.0))
    passed = (found.still.good + found.still.sums["escapes"]) / found.still.sums["units_started"]
    assert passed == close(0.82)
    assert 1 - found["escapes_ppm"] / 1e6 == digits(0.97561, 5)
    assert found["cost_per_shipped_unit"] == close(11 / 0.82)
    assert found["cost_per_good_unit_direct"] == close(11 / 0.8)


def test_sandborn_test_economics(flow: Callable[..., Flow]) -> None:
    """Sandborn's problem: 500 parts at 150 USD, 200 ppm bad, test 20 USD, coverage 90 %: 170.0306 USD, 0.0900 scrapped."""
    def line(coverage: float, arriving: float = 0.9998) -> Flow:
        return flow(step("process", 150.0, good(arriving)), inspected("test", coverage, 20.0), units=500)

    found = line(0.9)
    lots = found.still.sums["lots_finished"]
    assert found["cost_per_shipped_unit"] == digits(170.0306, 4)
    assert 1 - found["escapes_ppm"] / 1e6 == digits(0.99998, 6)
    assert found.still.sums["removed"] / lots == digits(0.09, 4)
    assert (found.still.good + found.still.sums["escapes"]) / lots == digits(499.910, 3)
    assert line(1.0)["escapes_ppm"] == 0
    assert 1 - line(0.0)["escapes_ppm"] / 1e6 == close(0.9998)
    assert line(0.9, 1.0)["escapes_ppm"] == 0


# scrap -----------------------------------------------------------------------------------------------------------------


STEPS = ((1.00, 0.99), (0.50, 0.98), (0.80, 0.97), (0.70, 0.99))


ALL = math.prod(y for _, y in STEPS)


def at_the_end(*, die: float = 0.0, last: str = "") -> list[str]:
    """The four steps, scrap only at the end."""
    first = [step("die", die)] if die else []
    return [*first, *(step(f"s{i}", usd, good(y)) for i, (usd, y) in enumerate(STEPS)), last or inspected("final", 1.0)]


def after_each(how: str) -> list[str]:
    """The four steps with scrap after each, said in two ways: a perfect free test after each, or the loss of a panel of one unit."""
    if how == "tests":
        return [text for i, (usd, y) in enumerate(STEPS) for text in (step(f"s{i}", usd, good(y)), inspected(f"t{i}", 1.0))]
    return [step(f"s{i}", usd, f"yield: {{panel: {y!r}}}") for i, (usd, y) in enumerate(STEPS)]


def test_scrap_at_the_end(flow: Callable[..., Flow]) -> None:
    """The cost of scrap is carried by the good units: spend / yield = 3.00 / 0.93168306."""
    found = flow(*at_the_end())
    assert found["yield"] == digits(0.93168306, 8)
    assert found["cost_per_good_unit_direct"] == digits(3.219979, 6)
    assert found.still.value[2] == close(3.0 * (1 - ALL) * found.still.sums["units_started"])


@pytest.mark.parametrize("how", ["tests", "panels"])
def test_scrap_after_each_step(how: str, flow: Callable[..., Flow]) -> None:
    """Scrapping at step k loses the value accumulated to k only: 3.144767 instead of 3.219979 USD."""
    found = flow(*after_each(how), units=1 if how == "panels" else 1000)
    assert found["yield"] == digits(0.93168306, 8)
    assert found["cost_per_good_unit_direct"] == digits(3.144767, 6)
    value = np.cumsum([usd for usd, _ in STEPS])
    alive = np.cumprod([1.0, *(y for _, y in STEPS[:-1])])
    lost = [a * (1 - y) * v for a, (_, y), v in zip(alive, STEPS, value, strict=True)]
    assert found.still.value[2] == close(sum(lost) * found.still.sums["units_started"])
    caused = found.still.scrap_caused[: 8 if how == "tests" else 4 : 2 if how == "tests" else 1]
    assert list(caused) == [close(x * found.still.sums["units_started"]) for x in lost]


@pytest.mark.parametrize("how", ["end", "tests", "panels"])
def test_every_dollar_is_carried_by_good_units(how: str, flow: Callable[..., Flow]) -> None:
    """Simulated: spend = value of good units + escapes + scrap, and cost per good unit agrees within 4 standard errors."""
    steps = at_the_end() if how == "end" else after_each(how)
    units = 1 if how == "panels" else 100
    found = flow(*steps, units=units, hours=1020 if how == "panels" else 220)
    totals = replicate(found.plan, 20)
    for t in totals:
        assert t.cost.sum() == close(t.value.sum())
        assert t.sums["units_started"] == t.good + t.sums["escapes"] + t.sums["removed"] + t.sums["scrapped"]
    mean = metrics.named("cost_per_good_unit_direct", totals, 0.95)
    expect = 3.219979 if how == "end" else 3.144767
    print(f"\n  scrap {how}: expected {expect}, found {mean.mean:.6f}, se {mean.se:.2g}")
    assert abs(mean.mean - expect) <= min(4 * mean.se, 0.01 * expect)


def test_final_test_with_bernoulli_coverage(flow: Callable[..., Flow]) -> None:
    """The same flow with a die of 2 USD and a test of 0.10 USD that finds 95 %: 5.453969 USD a unit shipped, 3 652.9 ppm escape."""
    found = flow(*at_the_end(die=2.0, last=inspected("final", 0.95, 0.1)))
    passed = (found.still.good + found.still.sums["escapes"]) / found.still.sums["units_started"]
    assert found["cost_per_shipped_unit"] == digits(5.453969, 6)
    assert passed == digits(0.935099, 6)
    assert found["escapes_ppm"] == digits(3652.9, 1)


def test_final_test_with_coverage_of_faults(flow: Callable[..., Flow]) -> None:
    """The same test where 95 % is of faults (Williams & Brown): 5.454631 USD a unit shipped, .934985 pass, 3 531.9 ppm escape."""
    found = flow(*at_the_end(die=2.0, last=step("final", 0.1, "op: test, fault_coverage: 0.95")))
    passed = (found.still.good + found.still.sums["escapes"]) / found.still.sums["units_started"]
    assert found["cost_per_shipped_unit"] == digits(5.454631, 6)
    assert passed == digits(0.934985, 6)
    assert found["escapes_ppm"] == digits(3531.9, 1)


def die_first(die: float) -> list[str]:
    return at_the_end(die=die)


def die_last(die: float) -> list[str]:
    """The wiring is made and tested first; dies go on good sites only."""
    return [*at_the_end(), step("attach", 0.15 + die, good(0.995)), inspected("last", 1.0)]


def test_die_first_against_die_last(flow: Callable[..., Flow]) -> None:
    """With a die of 2 USD die-first costs 5.366632 and die-last 5.396964; above 2.444093 USD die-last wins."""
    assert flow(*die_first(2.0))["cost_per_good_unit_direct"] == digits(5.366632, 6)
    assert flow(*die_last(2.0))["cost_per_good_unit_direct"] == digits(5.396964, 6)
    even = 2.444093
    assert flow(*die_first(even))["cost_per_good_unit_direct"] == pytest.approx(flow(*die_last(even))["cost_per_good_unit_direct"], abs=1e-6)
    assert flow(*die_first(2.5))["cost_per_good_unit_direct"] > flow(*die_last(2.5))["cost_per_good_unit_direct"]


def test_a_run_finds_the_die_price_at_which_die_last_wins(flow: Callable[..., Flow]) -> None:
    """Bisection over the die's price, on estimates of both orders as recipes, then on the ledger with mean values: 2.444093 USD."""
    def penalty(die: float, of: Callable[[Flow], float]) -> float:
        return of(flow(*die_first(die))) - of(flow(*die_last(die)))

    def still(found: Flow) -> float:
        return metrics.named("cost_per_good_unit_direct", [found.still], 0.95).mean

    for of in (lambda found: found.closed.direct, still):
        low, high = 0.0, 10.0
        for _ in range(26):
            middle = (low + high) / 2
            low, high = (middle, high) if penalty(middle, of) < 0 else (low, middle)
        assert (low + high) / 2 == digits(2.444093, 6)
    assert [penalty(die, lambda found: found.closed.direct) for die in (1.0, 3.0, 9.0)] == sorted(
        penalty(die, lambda found: found.closed.direct) for die in (1.0, 3.0, 9.0)), "the more the die is worth, the dearer is die-first"


CHIPS = 77.134328 + 16.231251
"""Chiplet Actuary: two good 7 nm chiplets of 220 mm² with their bumps, USD; on an interposer bumps cost 2.20 USD more."""


@pytest.mark.parametrize(
    ("name", "steps", "total"),
    [
        ("flip chip on organic", [step("assemble", CHIPS + 17.6, good(0.99**2)), inspected("t", 1.0)], 113.218630),
        ("monolithic, flip chip", [step("assemble", 73.901008 + 30.506673 + 8.0, good(0.99)), inspected("t", 1.0)], 113.543112),
        ("fan-out, chip last",
         [step("rdl", 15.251029, "defects: {per_unit_ppm: 264000, law: negative_binomial, clustering: 3}"), inspected("t1", 1.0),
          step("chips", CHIPS + 2.2, good(0.98**2)), inspected("t2", 1.0), step("substrate", 10.56, good(0.99)), inspected("t3", 1.0)],
         131.836281),
        ("fan-out, chip first",
         [step("chips", CHIPS + 2.2), step("rdl", 15.251029, "defects: {per_unit_ppm: 264000, law: negative_binomial, clustering: 3}"),
          inspected("t1", 1.0), step("substrate", 10.56, good(0.99)), inspected("t3", 1.0)], 154.830507),
        ("silicon interposer",
         [step("interposer", 30.546854 - 9.68, "defects: {per_unit_ppm: 290400, law: negative_binomial, clustering: 6}"), inspected("t1", 1.0),
          step("chips", CHIPS + 2.2, good(0.95**2)), inspected("t2", 1.0), step("substrate", 9.68, good(0.99)), inspected("t3", 1.0)],
         147.749701),
    ],
)
def test_chiplet_actuary_packages(name: str, steps: list[str], total: float, flow: Callable[..., Flow]) -> None:
    """Chiplet Actuary's packages as flows: interposer made and tested, chips bonded, substrate attached, each with its yield."""
    found = flow(*steps)["cost_per_good_unit_direct"]
    print(f"\n  {name}: expected {total}, found {found:.6f}")
    assert found == pytest.approx(total, abs=2e-5)  # its parts are printed with six decimals


def test_rapid_chiplet_package(flow: Callable[..., Flow]) -> None:
    """RapidChiplet: (16 dies + interposer) / package yield of 0.9."""
    found = flow(step("package", 16 * 1.8896457766 + 14.6231778408, good(0.9)), inspected("t", 1.0))
    assert found["cost_per_good_unit_direct"] == digits(49.8416780732, 8)


def test_google_assembly_scrap(flow: Callable[..., Flow]) -> None:
    """Google's unit test: scrap of an assembly step is its material times 1 - y² for two parts at 0.95 each."""
    material = 10204081.63 + 157969593.24
    found = flow(step("assembly", material, good(0.95**2)), inspected("t", 1.0))
    assert found.still.value[2] / found.still.sums["units_started"] == close(16396933.299825, rel=1e-9)
