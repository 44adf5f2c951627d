"""Tests dies from wafers: how many there are, how good, at what price."""

from __future__ import annotations

import math
from typing import Any

import pytest
from conftest import LINE
from cost_lines import DIE, EMBODIMENT_1, C
from hypothesis import given, settings
from hypothesis import strategies as st
from lines import Write, plan_of
from tolerances import digits

from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.maths.yield_laws import LAWS, Spread
from procsim.model.product import Die
from procsim.model.wafer import Wafer
from procsim.model.wafer_price import COUNTS, Probe, by_area, by_area_down, by_area_google, by_grid, by_grid_catch, known_good
from procsim.planning.make import make
from procsim.planning.plan import UNIT
from procsim.recipe.load import load

ACTUARY = [(100, 9346, 0.09, 571.7124, 0.914299, 16.3474, 17.8797), (200, 9346, 0.09, 276.1954, 0.836608, 33.8384, 40.4471),
           (800, 9346, 0.09, 58.7930, 0.498944, None, 318.6017), (400, 3984, 0.08, 129.9843, 0.729799, None, 41.9977),
           (400, 16988, 0.11, None, None, None, 201.0279)]
"""Chiplet Actuary (Feng and Ma, DAC 2022): area mm², wafer USD, defects/cm², dies, yield, raw USD, known-good USD."""


@pytest.mark.parametrize(("area", "price", "density", "dies", "share", "raw", "kgd"), ACTUARY)
def test_chiplet_actuary_dies(area: float, price: float, density: float, dies: float | None, share: float | None, raw: float | None,
                              kgd: float) -> None:
    """300 mm, edge 5 mm, scribe 0.2 mm, negative binomial with clustering 10: its table, through the words of a recipe."""
    side = math.sqrt(area)
    wafer = Wafer(price_usd=float(price), edge_mm=5.0, scribe_mm=0.2, count="area", defects_per_cm2=density, law="negative_binomial", clustering=10.0)
    chain = wafer.known_good(side, side)
    for value, wanted, places in ((chain.dies, dies, 4), (chain.yield_, share, 6), (chain.raw_usd, raw, 4), (chain.price_usd, kgd, 4)):
        assert wanted is None or value == digits(wanted, places)
    assert chain.good == 1.0


def test_other_published_counts_of_dies() -> None:
    """A tutorial's 640.215 dies at 29.346 USD, RapidChiplet's 367 at 1.8896457766, Google's 150 and 219.4615, and CATCH's grid."""
    assert by_area(300, 10, 10) == digits(640.215, 3)
    tutorial = Wafer(price_usd=17000.0, edge_mm=0.0, scribe_mm=0.0, count="area", defects_per_cm2=0.1).known_good(10, 10)
    assert tutorial.price_usd == digits(29.346, 3)
    side = 8.79772697916911
    rapid = Wafer(price_usd=500.0, diameter_mm=203.2, edge_mm=0.0, scribe_mm=0.0, count="area_down", defects_per_cm2=0.5, law="seeds")
    assert rapid.known_good(side, side).dies == by_area_down(203.2, side, side) == 367
    assert rapid.known_good(side, side).price_usd == digits(1.8896457766, 10)
    wide, long = 14.5 + 0.1, 25.8 + 0.1
    assert wide * long == pytest.approx(378.14)
    google = Wafer(price_usd=16988.0, count="area_google", defects_per_cm2=0.2, critical=wide * long / (14.5 * 25.8), law="bose_einstein", layers=2)
    chain = google.known_good(14.5, 25.8)
    assert (chain.dies, by_area_google(300, wide, long)) == (150, 150)
    assert chain.yield_ == digits(0.5265, 4)
    assert 16988 / math.floor(chain.dies * chain.yield_) + 200 / 3600 * 30 == digits(219.4615, 4)  # it rounds good dies down, and probes for 1.6667 USD
    for area, dies in ((100, 637), (400, 148), (800, 70)):
        pitch = math.sqrt(area) + 0.13
        assert by_grid_catch(299.8, pitch, pitch, 0.13) == dies <= by_grid(299.8, pitch, pitch, 0.13)


@given(diameter=st.floats(50, 450), wide=st.floats(2, 40), long=st.floats(2, 40), scribe=st.floats(0, 0.5))
@settings(max_examples=60)
def test_a_grid_holds_no_more_than_the_area(diameter: float, wide: float, long: float, scribe: float) -> None:
    """Dies on a grid cover at most the wafer (their outer scribe lines may hang over its rim), and a quarter turn changes nothing."""
    count = by_grid(diameter, wide + scribe, long + scribe, scribe)
    assert count * wide * long <= math.pi * diameter**2 / 4
    assert by_grid(diameter, long + scribe, wide + scribe, scribe) == count


def test_known_good_dies_on_paper() -> None:
    """(C + t) / P and Y / P of a probe that finds each bad die (0.82 passed, 0.97561 good), and of one that finds each fault."""
    found = known_good(1000.0, 100.0, Spread(fixed=0.8), Probe(0.9, usd=1.0), finish_usd=0.5)
    assert found.passed == pytest.approx(0.82)
    assert found.good == digits(0.97561, 5)
    assert found.price_usd == pytest.approx(11 / 0.82 + 0.5)
    faults = known_good(1000.0, 100.0, Spread(fixed=0.8), Probe(0.9, by_faults=True))
    assert 1e6 * (1 - faults.good) == digits(22067, 0)
    assert faults.passed * faults.good == pytest.approx(0.8)


@pytest.mark.parametrize("law", [{"law": "poisson"}, {"law": "murphy"}, {"law": "negative_binomial", "clustering": 0.5}])
def test_a_probe_finds_clustered_faults_as_a_step_does(law: dict[str, Any], write: Write) -> None:
    """Of m faults per die, spread by any law, a probe that finds the share c of faults passes Y(c·m), of which Y(m) / Y(c·m) are good: the same
    numbers as of a step that makes these faults and one that finds them by ``fault_coverage``. On paper: (1 + 1/0.5)^-0.5 of a negative binomial one."""
    chain = Wafer.model_validate({"price_usd": 3000, "defects_per_cm2": 8, "coverage": 0.5, "finds": "faults", "count": "area", **law}).known_good(5, 5)
    defects = ", ".join(f"{key}: {value}" for key, value in law.items())
    steps = (f"  - {{id: one, tool: a, time_h: 1, defects: {{per_unit_ppm: 2000000, {defects}}}}}\n"
             "  - {id: two, op: test, tool: b, time_h: 1, fault_coverage: 0.5}\n")
    closed = solve(plan_of(write, LINE[:LINE.index("  - ")] + steps))
    assert chain.good == pytest.approx(closed.flow.good / (closed.flow.good + closed.flow.escapes))
    assert chain.passed == pytest.approx((closed.flow.good + closed.flow.escapes) / closed.flow.started)
    if law.get("clustering"):
        assert (chain.passed, chain.good, chain.price_usd) == (pytest.approx(3**-0.5), digits(0.77460, 5), digits(2.0936, 4))


def test_a_die_with_a_wafer_brings_price_and_chance() -> None:
    """The step that places it pays the chain's price, and its chance of being good is the chain's; a price and a wafer give way to each other."""
    recipe = load(EMBODIMENT_1, [DIE])
    assert recipe.document.product is not None
    chain = recipe.document.product.dies["logic"].chain
    assert chain is not None
    plan = make(recipe)
    s = plan.steps.index("attach")
    assert plan.money.direct[s, UNIT, C["die"]] == chain.price_usd
    assert plan.losses.incoming[s] == chain.good < 1
    dies = COUNTS["grid"](294, 8.1, 8.1, 0.1)
    share = LAWS["negative_binomial"](0.07 * 0.64, 10)
    assert chain.price_usd == pytest.approx((2891 / dies + 0.1) / (1 - (1 - share) * 0.9))
    back = load(EMBODIMENT_1, [DIE, "product.dies.logic.price_usd=2"]).document.product
    assert back is not None
    assert (back.dies["logic"].wafer, back.dies["logic"].cost_usd) == (None, 2)


@pytest.mark.parametrize(("edit", "words"), [
    ("product.dies.logic.known_good=0.9", "known_good follows from the wafer"),
    ("product.dies.logic.wafer.diameter_mm=9", "holds no die of 8 × 8 mm"),
    ("product.dies.logic.wafer.clustering=0", "must be > 0"),
    ("product.dies.logic.wafer.edge_mm=150", "edge_mm leaves nothing"),
    ("product.dies.logic.wafer.defects_per_cm2=1e9", "not one die of the wafer is good"),
])
def test_wafers_that_make_no_sense(edit: str, words: str) -> None:
    """Each is refused with what is wrong."""
    law = DIE.replace("negative_binomial, clustering: 10", "poisson") if "1e9" in edit else DIE
    with pytest.raises(RecipeError, match=words):
        load(EMBODIMENT_1, [law, edit])


def test_price_and_wafer_exclude_each_other() -> None:
    """Written side by side they contradict."""
    with pytest.raises(ValueError, match="price_usd follows from the wafer"):
        Die(width_mm=5.0, length_mm=5.0, thickness_um=300.0, pads=100, price_usd=1.0, wafer=Wafer(price_usd=1000.0))
