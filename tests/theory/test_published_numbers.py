"""Tests published cost models part by part, not in their totals alone: every figure of their tables, from the words of a recipe. None of the expected
numbers comes from procsim. Sources are named in test_published_models."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from plain_flow import Flow, good, inspected, step
from tolerances import close, digits

from procsim import tables
from procsim.lots.records import ENGINEERING, NON_SCHEDULED, PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED
from procsim.model.wafer import Wafer

# Chiplet Actuary --------------------------------------------------------------------------------------------------------


def wafer(price: float, density: float, clustering: float) -> Wafer:
    """Its wafers: 300 mm, 5 mm of edge, 0.2 mm of scribe, so many defects per cm², negative binomial."""
    return Wafer(price_usd=price, edge_mm=5.0, scribe_mm=0.2, count="area", defects_per_cm2=density, law="negative_binomial", clustering=clustering)


def made(of: Wafer, area: float, bump: float) -> tuple[float, float]:
    """(USD of a die of *area* mm² with bumps at *bump* USD/mm², USD more for those that are bad)."""
    chain = of.known_good(math.sqrt(area), math.sqrt(area))
    return chain.raw_usd + bump * area, chain.price_usd - chain.raw_usd


SEVEN_NM = wafer(9346.0, 0.09, 10.0)
FAN_OUT, SILICON = (wafer(1200.0, 0.05, 3.0), 528.0, "264000, law: negative_binomial, clustering: 3"), (
    wafer(1937.0, 0.06, 6.0), 484.0, "290400, law: negative_binomial, clustering: 6")


def test_the_interposers_of_chiplet_actuary() -> None:
    """Redistribution of 528 mm²: 95.1548 from a wafer, yield 0.776450, 15.251029 USD with its bumps."""
    of, area, _ = FAN_OUT
    chain = of.known_good(math.sqrt(area), math.sqrt(area))
    assert (chain.dies, chain.yield_) == (digits(95.1548, 4), digits(0.776450, 6))
    assert made(of, area, 0.005)[0] == digits(15.251029, 6)


def built_on(of: tuple[Wafer, float, str], bonds: float, first: bool) -> tuple[list[tuple[str, float, str]], float]:
    """(what is bought, USD, the yield of the step) of an interposer package, chips placed *first* or last; and what its chips cost more."""
    base, area, faults = of
    chips = ("chips", 0.0, "" if first else good(bonds**2))
    wired = ("package", made(base, area, 0.005)[0], f"defects: {{per_unit_ppm: {faults}}}")
    return [*((chips, wired) if first else (wired, chips)), ("package", 4 * area * 0.005, good(0.99))], 0.010


def flip_chip(area: float, shape: float, dies: int) -> tuple[list[tuple[str, float, str]], float]:
    """A flip chip of *dies* with *area* mm² in all on an organic substrate, whose price its *shape* multiplies."""
    return [("package", 4 * area * 0.005 * shape, ""), ("chips", 0.0, good(0.99**dies))], 0.005


CASES = [
    ("flip chip", flip_chip(440, 2, 2), (220, 2), (77.134328, 16.231251, 17.6, 0.357351, 1.895699, 113.218630)),
    ("fan-out, chips last", built_on(FAN_OUT, 0.98, first=False), (220, 2), (79.334328, 16.231251, 25.811029, 5.514124, 4.945550, 131.836281)),
    ("fan-out, chips first", built_on(FAN_OUT, 0.98, first=True), (220, 2), (79.334328, 16.231251, 25.811029, 4.696048, 28.757852, 154.830507)),
    ("silicon interposer", built_on(SILICON, 0.95, first=False), (220, 2), (79.334328, 16.231251, 30.546854, 10.243415, 11.393854, 147.749701)),
    ("monolithic", flip_chip(400, 1, 1), (400, 1), (73.901008, 30.506673, 8.0, 0.080808, 1.054623, 113.543112)),
]


@pytest.mark.parametrize(("name", "package", "chips", "parts"), CASES, ids=[c[0] for c in CASES])
def test_chiplet_actuary_part_by_part(name: str, package: tuple[list[tuple[str, float, str]], float], chips: tuple[float, int],
                                      parts: tuple[float, ...], flow: Callable[..., Flow]) -> None:
    """Raw chips, defect chips, raw package, defect package, wasted chips and total of its 7 nm packages, each step tested by a perfect test:
    what a good unit uses of chips and of packages beyond one is what was wasted."""
    bought, bump = package
    area, count = chips
    raw, defect = (count * usd for usd in made(SEVEN_NM, area, bump))
    buys = [(what, raw + defect if what == "chips" else usd, chance) for what, usd, chance in bought]
    steps = [text for i, (what, usd, chance) in enumerate(buys)
             for text in (step(f"s{i}", usd, chance, on=what), inspected(f"t{i}", 1.0))]
    found = flow(*steps)
    used = tables.materials(found.plan, [found.still]).set_index("material")["cost_per_good_unit_usd"]
    box = sum(usd for what, usd, _ in buys if what == "package")
    got = (raw, defect, box, used["package"] - box, used["chips"] - raw - defect, found["cost_per_good_unit_direct"])
    assert got == tuple(digits(value, 6) for value in parts), name


@pytest.mark.parametrize(("price", "density", "total"), [(16988.0, 0.11, 36.009533), (3984.0, 0.08, 10.148005)])
def test_small_monolithic_packages(price: float, density: float, total: float, flow: Callable[..., Flow]) -> None:
    """100 mm² on an organic substrate at 5 nm and at 14 nm: the bases of its figures."""
    chip = sum(made(wafer(price, density, 10.0), 100, 0.005))
    found = flow(step("assemble", chip + 4 * 100 * 0.005, good(0.99)), inspected("t", 1.0))
    assert found["cost_per_good_unit_direct"] == digits(total, 6)


# RapidChiplet, Google ---------------------------------------------------------------------------------------------------


def test_rapid_chiplet_from_its_wafers(flow: Callable[..., Flow]) -> None:
    """367 chiplets of 1.8896457766 USD and 123 interposers of 14.6231778408 USD from a wafer: 49.8416780732 USD at a yield of 0.9."""
    def part(usd: float, radius: float, density: float, area: float) -> tuple[float, float]:
        chain = Wafer(price_usd=usd, diameter_mm=2 * radius, edge_mm=0.0, scribe_mm=0.0, count="area_down", defects_per_cm2=100 * density,
                      law="seeds").known_good(math.sqrt(area), math.sqrt(area))
        return chain.dies, chain.price_usd

    chiplet, interposer = part(500.0, 101.6, 0.005, 8.79772697916911**2), part(1100.0, 250.0, 0.0005, 1270.2743)
    assert chiplet == (367, digits(1.8896457766, 10))
    assert interposer == (123, pytest.approx(14.6231778408, abs=1e-7)), "its area is printed to four places"
    found = flow(step("package", 16 * chiplet[1] + interposer[1], good(0.9)), inspected("t", 1.0))
    assert found["cost_per_good_unit_direct"] == pytest.approx(49.8416780732, abs=1e-7)


# tool states and capacity -----------------------------------------------------------------------------------------------


def test_the_day_that_texts_get_wrong(flow: Callable[..., Flow]) -> None:
    """SEMI E10: of 1 440 min 1 080 productive, 120 standby, 60 engineering, 100 scheduled and 50 unscheduled down, 30 non-scheduled. Three
    ratios go by one name: productive / operations time 0.765957, / total 0.75, / uptime 0.857143; availability is 0.893617."""
    down = ("{shift: s, engineering: {e: {every_h: 24, takes_min: 60}}, maintenance: {m: {every_h: 24, takes_min: 100}}, "
            "failures: {f: {mtbf_min: {constant: {value: 1260}}, mttr_min: {constant: {value: 50}}}}}")
    found = flow("  - {id: s, tool: m, time_min: 30}\n", sets=[
        "line.shifts={s: {on_off_h: [23.5, 0.5]}}", f"line.tools.m={down}", "line.release={every_min: 40}", "run.warmup_h=96", "run.horizon_h=336"])
    minutes = found.still.state_hours[0] / 240 * 1440
    by = {"productive": (PRODUCTIVE, 1080), "standby": (STANDBY, 120), "engineering": (ENGINEERING, 60), "scheduled": (SCHEDULED, 100),
          "unscheduled": (UNSCHEDULED, 50), "non-scheduled": (NON_SCHEDULED, 30)}
    assert {name: minutes[state] for name, (state, _) in by.items()} == {name: close(value) for name, (_, value) in by.items()}
    tool = tables.tools(found.plan, [found.still], found.closed).iloc[0]
    uptime = tool["productive"] + tool["standby"] + tool["engineering"]
    assert tool["availability"] == digits(0.893617, 6)
    assert tool["productive"] / (1 - tool["non_scheduled"]) == digits(0.765957, 6)
    assert tool["utilisation"] == close(0.75)
    assert tool["operational_efficiency"] == digits(0.857143, 6) == tool["productive"] / uptime


def test_capacity_of_a_final_test(flow: Callable[..., Flow]) -> None:
    """Four testers, a unit a minute in 480 min each, 99 % up, 97 % good: 1 843.776 good units."""
    down = "line.tools.m={count: 4, failures: {f: {mtbf_h: 99, mttr_h: 1}}}"
    found = flow(f"  - {{id: test, tool: m, time_min: 1, {good(0.97)}}}\n", units=1, sets=[down])
    assert 8 * found.closed.starts.bottleneck_per_h * found.closed.flow.yield_ == digits(1843.776, 3)
