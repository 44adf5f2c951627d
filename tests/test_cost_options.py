"""What a cost engineer asks for beyond rates × time: dies from wafers, carriers, lots and lives of materials, capital that comes back, shifts,
scrap, one-off cost, regions, cost of ownership in parts, one more of everything, and volume. Worked out on paper, or by a law."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import LINE, ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procsim import tables
from procsim.cli import main
from procsim.costs.ledger import STREAM
from procsim.errors import RecipeError
from procsim.expected import expected, stay_of
from procsim.experiments.replicate import replicate
from procsim.marginal import left_out, marginal, volumes
from procsim.model.economics import Economics, capital_recovery, sinking_fund
from procsim.model.library import Part
from procsim.model.line import Tool
from procsim.model.product import Die
from procsim.model.wafer import Wafer
from procsim.plan.learning import WEEK
from procsim.plan.make import make, of_packages
from procsim.plan.money import group_fixed, group_hourly
from procsim.plan.shape import BY_THE_HOUR, CATEGORIES, PANEL, SCRAPPED, TOOLING, UNIT, Plan
from procsim.recipe.load import load
from procsim.results import METRICS, PRICE, estimate
from procsim.wafers import COUNTS, by_area, by_area_down, by_area_google, by_grid, known_good
from procsim.yields import LAWS

C = {name: i for i, name in enumerate(CATEGORIES)}
EMBODIMENT_1, EMBODIMENT_2 = (ROOT / "flows" / f"embodiment_{n}.yaml" for n in (1, 2))


def digits(value: float, places: int) -> object:
    """*value* as printed, with that many decimal places."""
    return pytest.approx(value, abs=0.5000001 * 10**-places)


# dies from wafers -------------------------------------------------------------------------------------------------------

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
        assert by_grid(299.8, pitch, pitch, 0.13) == dies


@given(diameter=st.floats(50, 450), wide=st.floats(2, 40), long=st.floats(2, 40), scribe=st.floats(0, 0.5))
@settings(max_examples=60)
def test_a_grid_holds_no_more_than_the_area(diameter: float, wide: float, long: float, scribe: float) -> None:
    """Dies on a grid cover at most the wafer (their outer scribe lines may hang over its rim), and a quarter turn changes little."""
    count = by_grid(diameter, wide + scribe, long + scribe, scribe)
    assert count * wide * long <= math.pi * diameter**2 / 4
    assert by_grid(diameter, long + scribe, wide + scribe, scribe) >= 0.8 * count - 4


def test_known_good_dies_on_paper() -> None:
    """(C + t) / P and Y / P of a probe that finds each bad die (0.82 passed, 0.97561 good), and of one that finds each fault."""
    found = known_good(1000.0, 100.0, 0.8, coverage=0.9, test_usd=1.0, finish_usd=0.5)
    assert found.passed == pytest.approx(0.82)
    assert found.good == digits(0.97561, 5)
    assert found.price_usd == pytest.approx(11 / 0.82 + 0.5)
    faults = known_good(1000.0, 100.0, 0.8, coverage=0.9, by_faults=True)
    assert 1e6 * (1 - faults.good) == digits(22067, 0)
    assert faults.passed * faults.good == pytest.approx(0.8)


@pytest.mark.parametrize("law", [{"law": "poisson"}, {"law": "murphy"}, {"law": "negative_binomial", "clustering": 0.5}])
def test_a_probe_finds_clustered_faults_as_a_step_does(law: dict[str, Any], write: Callable[..., Path]) -> None:
    """Of m faults per die, spread by any law, a probe that finds the share c of faults passes Y(c·m), of which Y(m) / Y(c·m) are good: the same
    numbers as of a step that makes these faults and one that finds them by ``fault_coverage``. On paper: (1 + 1/0.5)^-0.5 of a negative binomial one."""
    chain = Wafer.model_validate({"price_usd": 3000, "defects_per_cm2": 8, "coverage": 0.5, "finds": "faults", "count": "area", **law}).known_good(5, 5)
    defects = ", ".join(f"{key}: {value}" for key, value in law.items())
    steps = (f"  - {{id: one, tool: a, time_h: 1, defects: {{per_unit_ppm: 2000000, {defects}}}}}\n"
             "  - {id: two, op: test, tool: b, time_h: 1, fault_coverage: 0.5}\n")
    closed = expected(make(load(write(LINE[:LINE.index("  - ")] + steps))))
    assert chain.good == pytest.approx(closed.good / (closed.good + closed.escapes))
    assert chain.passed == pytest.approx((closed.good + closed.escapes) / closed.started)
    if law.get("clustering"):
        assert (chain.passed, chain.good, chain.price_usd) == (pytest.approx(3**-0.5), digits(0.77460, 5), digits(2.0936, 4))


DIE = "product.dies.logic.wafer={price_usd: 2891, defects_per_cm2: 0.07, law: negative_binomial, clustering: 10, test_usd: 0.1, coverage: 0.9}"


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


# carriers and materials -------------------------------------------------------------------------------------------------


@given(uses=st.integers(1, 40), loss=st.floats(0, 0.9))
def test_expected_uses_of_a_carrier(uses: int, loss: float) -> None:
    """It sees its k-th use if it survived k - 1: Σ (1 - loss)^k."""
    part = Part(material="glass", thickness_um=1000.0, price_usd=90.0, uses=uses, loss=loss)
    assert part.expected_uses == pytest.approx(sum((1 - loss) ** k for k in range(uses)), rel=1e-6)


def test_a_panel_costs_its_price_over_the_uses_that_it_sees() -> None:
    """One that always survives costs price / uses, one that breaks one time in two nearly half its price a use."""
    flow = ROOT / "flows" / "whatif" / "ceramic_first_panel.yaml"
    sets = ["parts.ceramic_panel.uses=10", "parts.ceramic_panel.price_usd_per_m2=100"]
    whole, broken = (make(load(flow, [*sets, f"parts.ceramic_panel.loss={loss}"])).money.direct[-1, PANEL, C["panel"]] for loss in (0.0, 0.5))
    assert whole == pytest.approx(100 * 0.510 * 0.515 / 10)
    assert broken == pytest.approx(100 * 0.510 * 0.515 / (2 - 2 * 0.5**10))


PASTE = "materials.paste={price_usd_per_g: 0.5, density_g_cm3: 2, minimum_lot: 5000, shelf_life_days: 73}"
"""25 kg have to be bought a year."""


def test_minimum_lots_on_paper(write: Callable[..., Path]) -> None:
    """A line that uses 10 kg a year, of which 25 have to be bought, pays 2.5 times the price; one that uses more pays the price."""
    path = write()
    per_panel = 50 * 0.01 + 2
    units = 50 * 10_000 / per_panel
    for volume, factor in ((units, 2.5), (2 * units, 1.25), (3 * units, 1.0)):
        money = make(load(path, [PASTE, f"economics.units_per_year={volume!r}"])).money
        assert money.surplus.tolist() == [pytest.approx(factor)]
        assert money.prices.tolist() == [pytest.approx(0.5 * factor)]
    released = make(load(path, [PASTE])).money  # a lot of 2 panels every 2 h: 8000 panels a year, 20 kg
    assert released.surplus.tolist() == [pytest.approx(25_000 / (8000 * per_panel))]
    with pytest.raises(RecipeError, match=r"give economics\.units_per_year"):
        make(load(path, [PASTE, "line.release={conwip_lots: 2}"]))
    with pytest.raises(RecipeError, match="minimum_lot and shelf_life_days go together"):
        load(path, ["materials.paste.minimum_lot=5"])


def test_packages_on_one_line_share_its_volume() -> None:
    """A package with a quarter of the lots uses a quarter of what it would alone, so four times as much of it grows too old."""
    path, sets = ROOT / "flows" / "whatif" / "two_packages.yaml", ["economics.units_per_year=1000000"]
    recipe = load(path, sets)
    shares = {name: one.share for name, one in recipe.document.packages.items()}
    drum = {"minimum_lot": 1e6, "shelf_life_days": 100.0}
    parts = {name: replace(part, document=part.document.model_copy(update={"materials": {
        key: m.model_copy(update=drum) if key == "polyimide" else m for key, m in part.document.materials.items()}}))
        for name, part in recipe.packages.items()}
    together = of_packages(replace(recipe, packages=parts))
    for name, part in parts.items():
        alone, shared = make(part).money, together[name].money
        i = alone.materials.index("polyimide")
        assert shared.surplus[i] == pytest.approx(alone.surplus[i] * sum(shares.values()) / shares[name])
    make(replace(recipe, packages=parts))


def test_what_wears_costs_its_price_over_its_life(write: Callable[..., Path]) -> None:
    """A pad that lasts 50 panels is a fiftieth of a pad a panel; one without a life cannot wear."""
    base = write(LINE.replace("materials:", "materials:\n  pad: {price_usd_per_piece: 100, life_panels: 50}\n  rag: {price_usd_per_piece: 1}"))
    worn, said = (make(load(base, [edit])) for edit in ("two.wears=[pad]", "two.consumes={pad: {per_panel: 0.02}, paste: {per_panel: 2}}"))
    assert worn.money.direct == pytest.approx(said.money.direct, rel=1e-14)
    with pytest.raises(RecipeError, match="wears rag, which has no life"):
        make(load(base, ["two.wears=[rag]"]))
    with pytest.raises(RecipeError, match="no material 'pda'; did you mean 'pad'"):
        load(base, ["two.wears=[pda]"])
    with pytest.raises(RecipeError, match=r"wears\.pad is per_via, but two has no via"):
        make(load(base, ["two.wears=[pad]", "materials.pad={price_usd_per_piece: 100, life_vias: 5}"]))


# tools and labour -------------------------------------------------------------------------------------------------------


@given(rate=st.floats(0, 0.3), years=st.floats(1, 15), residual=st.floats(0, 1))
def test_yearly_payments_are_worth_the_price_less_what_comes_back(rate: float, years: float, residual: float) -> None:
    """P·CRF - S·sinking fund, discounted over the life, is P - S / (1 + r)^n; without interest (P - S) / n."""
    economics = Economics(interest=rate)
    paid = economics.yearly(1000.0, 1.0, years, residual)
    worth = paid * years if rate == 0 else paid * -math.expm1(-years * math.log1p(rate)) / rate
    assert worth == pytest.approx(1000 * (1 - residual / (1 + rate) ** years), rel=1e-6, abs=1e-6)


def test_residual_value_on_paper() -> None:
    """CRF(10 %, 5) = 0.26379748 and sinking fund 0.16379748; a tool's own residual value wins over the economics'."""
    assert capital_recovery(0.1, 5) == digits(0.26379748, 8)
    assert sinking_fund(0.1, 5) == digits(0.16379748, 8)
    rates = Economics(hours_per_year=8000.0, interest=0.1, installation=0.2, residual_value=0.3)
    hourly = group_hourly(Tool(price_usd=1e6, residual_value=0.1), rates)
    assert hourly[C["tool"]] * 8000 == pytest.approx(1e6 * (1.2 * 0.26379748 - 0.1 * 0.16379748), rel=1e-7)
    line = group_hourly(Tool(price_usd=1e6), Economics(hours_per_year=8000.0, residual_value=0.3))
    assert line[C["tool"]] * 8000 == pytest.approx(1e6 * 0.7 / 5)


def test_labour_by_shifts_on_paper() -> None:
    """20 USD an hour, 1.2 paid per worked, 11 of 21 shifts a third dearer, half an engineer at 40 USD for each operator; two tools of 0.25."""
    rates = Economics(labour_usd_per_h=20.0, paid_per_worked=1.2, premium_shifts_per_week=11.0, shift_premium=1 / 3, indirect_per_direct=0.5,
                      indirect_usd_per_h=40.0)
    cost = group_hourly(Tool(count=2, operators=0.25), rates)
    assert cost[C["labour"]] == pytest.approx(0.5 * 20 * 1.2 * (1 + 11 / 21 / 3))
    assert cost[C["indirect_labour"]] == pytest.approx(0.5 * 0.5 * 40 * 1.2)
    with pytest.raises(ValueError, match="premium_shifts_per_week must be <= shifts_per_week, 5"):
        Economics(shifts_per_week=5.0, premium_shifts_per_week=6.0)


# scrap, one-off cost, margin --------------------------------------------------------------------------------------------

RECLAIM = ["materials.copper.reclaim_usd_per_kg=5", "materials.nickel_gold.reclaim_usd_per_kg=1000", "processes.mill_cavities.recovers=0.9",
           "economics.scrap_recovery=0.4"]
SHORT = ["run.horizon_h=330", "run.warmup_h=120", "run.replications=2"]


def test_credit_for_scrap_on_paper() -> None:
    """Chips of the cavities by volume × density × price × share recovered; gold that misses the pads; a package's own metal when it is scrapped."""
    plan = make(load(EMBODIMENT_2, RECLAIM))
    credit = plan.money.direct[:, :, C["credit_for_scrap"]]
    s = plan.steps.index("cavities")
    cm3 = 0.64 * plan.quantities[s, 9] * 1e-4  # at least the die's own area, cut to the depth
    assert -credit[s, UNIT] > cm3 * 8.96e-3 * 5 * 0.9
    units = plan.units_per_panel
    assert -credit[s, UNIT] == pytest.approx(plan.quantities[s, 10] / units * 8.96e-3 * 5 * 0.9, rel=1e-12)
    p = plan.steps.index("pad_finish")
    gold = next(use for use in plan.money.uses if use.step == p and plan.money.materials[use.material] == "nickel_gold")
    assert -credit[p, gold.basis] == pytest.approx(gold.amount * 0.2 * 1e-3 * 1000)
    first = plan.steps.index("cavities")
    left = 2.25 * 0.1 - plan.quantities[first, 10] / units  # a copper panel of 1 mm less its cavities
    assert -credit[first, SCRAPPED] == pytest.approx(left * 8.96e-3 * 5 * 0.4, rel=1e-6)
    assert (credit <= 0).all()
    assert not make(load(EMBODIMENT_2)).money.direct[:, :, C["credit_for_scrap"]].any()


def test_a_step_that_takes_nothing_off_recovers_nothing() -> None:
    """``recovers`` needs something that is taken off."""
    with pytest.raises(RecipeError, match="recovers is per_cm3, but singulate has no cm3 to count"):
        make(load(EMBODIMENT_2, ["singulate.recovers=0.5"]))


def test_scrap_is_credited_once_for_each_unit_that_is_found_or_lost() -> None:
    """Credit in the run = units removed and scrapped × what one brings where it was found; it lowers the scrap's value, and no good unit's."""
    sets = [*SHORT, "materials.copper.usage=1"]
    plan = make(load(EMBODIMENT_2, [*sets, "economics.scrap_recovery=0.4", "materials.copper.reclaim_usd_per_kg=5"]))
    each = plan.money.direct[:-1, SCRAPPED, C["credit_for_scrap"]]
    for one, other in zip(replicate(plan, 2), replicate(make(load(EMBODIMENT_2, sets)), 2), strict=True):
        gone, credit = one.sums["removed"] + one.sums["scrapped"], one.cost[:, C["credit_for_scrap"]].sum()
        assert each.min() * gone * (1 + 1e-9) <= credit <= each.max() * gone * (1 - 1e-9) < 0
        assert one.value[2] - other.value[2] == pytest.approx(credit)
        assert one.value[:2] == pytest.approx(other.value[:2], rel=1e-12)
        assert one.good == other.good


def test_engineering_and_margin(write: Callable[..., Path]) -> None:
    """NRE per good unit = NRE / volume / yield; the price is cost / (1 - margin) and stands in no cost."""
    path = write()
    plain, plan = (make(load(path, sets)) for sets in ([], ["economics.nre_usd=50000", "economics.volume_units=100000", "economics.margin=0.25"]))
    before, after = expected(plain), expected(plan)
    assert after.direct - before.direct == pytest.approx(0.5 / after.yield_)
    assert after.price == pytest.approx(after.loaded / 0.75)
    totals = replicate(plan, 3)
    cost, price = (estimate(metric, totals, 0.95).mean for metric in (METRICS[1], PRICE[0]))
    assert price == pytest.approx(cost / 0.75)
    names = [list(tables.summary(p, replicate(p, 2), expected(p))["metric"]) for p in (plain, plan)]
    assert ["price_per_good_unit" in each for each in names] == [False, True]
    assert "price_per_good_unit" in set(tables.closed_summary(plan, after)["metric"])
    by = tables.cost_by_category(plan, totals).set_index("category")["cost_per_good_unit_usd"]
    assert by.sum() == pytest.approx(cost)
    assert by["nre"] == pytest.approx(0.5 * sum(t.sums["units_started"] for t in totals) / sum(t.good for t in totals))


REGIONS = sorted((ROOT / "flows" / "library").glob("economics_*.yaml"))


@pytest.mark.parametrize("path", REGIONS, ids=lambda p: p.stem)
def test_price_lists_can_be_swapped(path: Path) -> None:
    """Every region's list stands in place of the default one, with currency and year; quantities and yields stay, money does not."""
    base, recipe = load(EMBODIMENT_1), load(EMBODIMENT_1, [f"library.economics=library/{path.name}"])
    assert (recipe.document.economics.currency, recipe.document.economics.year) == ("USD", 2024)
    one, two = expected(make(base)), expected(make(recipe))
    assert (one.yield_, one.raw_process_h) == (two.yield_, two.raw_process_h)
    assert one.direct != two.direct
    assert {a for a in recipe.ranges if a.startswith("economics.")} >= {"economics.labour_usd_per_h", "economics.electricity_usd_per_kwh",
                                                                         "economics.floor_usd_per_m2_year"}


def test_the_year_of_prices_is_told_with_the_cost(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """In the note of every cost per good unit, whose unit stays USD, and in print by ``estimate`` and ``run``; nothing where no year is written."""
    plan = make(load(write(), ["economics.year=2026"]))
    for table in (tables.summary(plan, replicate(plan, 2), expected(plan)), tables.closed_summary(plan, expected(plan))):
        cost = table[table["metric"].str.startswith("cost_per_good_unit")]
        assert len(cost) >= 2
        assert set(cost["unit"]) == {"USD"}
        assert set(cost["note"]) == {"USD of 2026"}
    path = str(write())
    for command in (["estimate", path], ["run", path, "--quiet", "--out", str(Path(path).parent / "out")]):
        assert main([*command, "--set", "economics.year=2026"]) == 0
        assert "USD of 2026" in capsys.readouterr().out
    undated = make(load(path))
    assert "USD of" not in tables.closed_summary(undated, expected(undated)).to_csv()
    assert make(load(ROOT / "flows" / "whatif" / "two_packages.yaml")).money.currency == "USD of 2024"


def test_regions_compare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Four regions at least, side by side; wages order the cost of labour."""
    monkeypatch.chdir(ROOT)
    flows = [f"flows/whatif/made_in_{p.stem.removeprefix('economics_')}.yaml" for p in REGIONS]
    assert len(flows) >= 4
    assert main(["compare", "--estimate", *flows]) == 0
    assert "price_per_good_unit" in capsys.readouterr().out
    wages = {flow: expected(make(load(flow))).cost[:, C["labour"]].sum() for flow in flows}
    assert sorted(wages, key=lambda f: wages[f])[0].endswith("south_east_asia.yaml")
    assert sorted(wages, key=lambda f: wages[f])[-1].endswith("germany.yaml")


# cost of ownership, one more, volume ------------------------------------------------------------------------------------


def test_cost_of_ownership_in_three_parts(write: Callable[..., Path]) -> None:
    """Fixed, variable and yield loss of every tool group sum to its cost of ownership, each on paper."""
    plan = make(load(write(), ["tools.a.upkeep=0.1", "tools.a.footprint_m2=5", "economics.floor_usd_per_m2_year=900"]))
    totals = replicate(plan, 3)
    table = tables.tools(plan, totals, expected(plan)).set_index("tool_group")
    parts = table[["coo_fixed_usd", "coo_variable_usd", "coo_yield_loss_usd"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(table["cost_of_ownership_usd"].to_numpy(), rel=1e-12)
    good, hours = np.mean([t.good for t in totals]), 300
    assert table.loc["a", "coo_fixed_usd"] == pytest.approx((100000 / 5 + 5 * 900) * 1.1 / 8000 * hours / good)
    assert table.loc["b", "coo_fixed_usd"] == pytest.approx(200000 / 5 * 1.1 / 8000 * hours / good)
    assert table.loc["b", "coo_variable_usd"] == pytest.approx(0.5 * 20 * 1.1 * hours / good)
    paste = np.mean([t.cost[:, C["material"]].sum() for t in totals]) / good
    assert table.loc["a", "coo_variable_usd"] == pytest.approx(100000 * 0.1 * 1.1 / 8000 * hours / good + paste)
    caused = np.mean([t.scrap_caused[[0, 2]].sum() for t in totals]) / good
    assert table.loc["a", "coo_yield_loss_usd"] == pytest.approx(caused)


def test_published_cost_of_ownership_is_all_fixed() -> None:
    """5 M USD over 5 years at 10 % with 100 000 USD of floor, 40 wafers an hour at 80 %: 5.5429 USD, none of it variable."""
    tool, rates = Tool(price_usd=5e6, footprint_m2=100.0), Economics(hours_per_year=8000.0, interest=0.1, floor_usd_per_m2_year=1000.0)
    assert group_fixed(tool, rates) / 32 == digits(5.5429, 4)
    assert group_hourly(tool, rates).sum() == pytest.approx(group_fixed(tool, rates))


def test_one_more_panel_a_week_on_paper(write: Callable[..., Path]) -> None:
    """Tools are there anyway, so the bill grows by what the panel buys; at practical rates it grows by the panel's direct cost."""
    recipe = load(write())
    plan = make(recipe)
    closed = expected(plan)
    (row,) = marginal(recipe, [], plan, closed)
    assert row.what == "one more panel a week"
    assert row.more(lambda w: w.panels) == pytest.approx(1)
    assert row.more(lambda w: w.good) == pytest.approx(50 * closed.yield_)
    assert row.more(lambda w: w.direct) == pytest.approx(50 * closed.yield_ * closed.direct)
    assert row.more(lambda w: w.loaded) == pytest.approx(closed.cost[:, :BY_THE_HOUR].sum() / 2)
    assert row.before.loaded_each == pytest.approx(closed.loaded)


def test_one_more_panel_buys_no_more_of_a_minimum_lot(write: Callable[..., Path]) -> None:
    """Where a lot of paste is thrown away half used, one more panel uses what is bought anyway; what was paid once is not paid again. So too where
    the recipe says itself how many packages there are."""
    sets = ["materials.paste={price_usd_per_g: 0.5, density_g_cm3: 2, minimum_lot: 1e6, shelf_life_days: 30}", "one.tooling_usd=3000",
            "economics.nre_usd=50000"]
    for more in ([], ["economics.units_per_year=400000"]):
        recipe = load(write(), [*sets, *more])
        plan = make(recipe)
        assert plan.money.surplus[0] > 1
        (row,) = marginal(recipe, [], plan, expected(plan))
        assert row.before.loaded > 1000
        assert row.more(lambda w: w.loaded) == pytest.approx(0.0, abs=1e-6)
        assert row.more(lambda w: w.one_off) == pytest.approx(0.0, abs=1e-6)


def test_tools_are_added_where_the_line_would_be_overloaded(write: Callable[..., Path]) -> None:
    """Past practical capacity, but under 100 %, one more panel a week buys no tool; past 100 % it buys one."""
    for panels, added in ((160, 0), (167.5, 1)):  # a takes an hour and half a lot, which has two panels; b is idle for long
        recipe = load(write(), [f"line.release={{panels_per_week: {panels}}}", "one.time_h={per_panel: 0.75}", "one.yield=null"])
        plan = make(recipe)
        (row,) = marginal(recipe, [], plan, expected(plan))
        assert expected(plan).load[0] > recipe.document.economics.practical_capacity
        assert row.more(lambda w: w.tools) == added


@pytest.mark.parametrize(("edit", "words"), [
    ("line.release={conwip_lots: 20}", "a constant WIP has no rate of its own"),
    ("line.release={panels_per_week: 1344, lots: 50}", "releases end"),
])
def test_without_a_steady_week_one_more_costs_what_a_good_unit_does(edit: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A constant WIP and a release that ends have no week to price: the direct cost of a good unit is told, which is the same as with a steady
    release; all else is nan, cost against volume is left out, and words say why."""
    recipe, base = load(EMBODIMENT_1, [edit]), load(EMBODIMENT_1)
    plan = make(recipe)
    closed = expected(plan)
    rows, steady = marginal(recipe, [edit], plan, closed), marginal(base, [], make(base), expected(make(base)))
    assert [row.what for row in rows] == [row.what for row in steady[1:]], "all but one more panel a week"
    each = [row.more(lambda w: w.direct_each) for row in rows]
    assert each == pytest.approx([row.more(lambda w: w.direct_each) for row in steady[1:]], rel=1e-6)
    table = tables.marginal_cost(rows)
    assert table.drop(columns=["one_more", "edit", "direct_usd_per_good_unit", "bottleneck"]).isna().all(axis=None)
    assert volumes(recipe, plan, closed) == []
    assert words in left_out(plan, closed)
    assert main(["estimate", str(EMBODIMENT_1), "--set", edit]) == 0
    assert words in " ".join(capsys.readouterr().out.split())


def test_where_lots_are_scrapped_no_cost_is_told(write: Callable[..., Path]) -> None:
    """Failures that scrap lots leave no closed form of good units: no table, but words."""
    plan = make(load(write(), ["tools.a.failures={f: {mtbf_h: 100, mttr_h: 1, work: scrap}}"]))
    closed = expected(plan)
    assert marginal(load(write()), [], plan, closed) == volumes(load(write()), plan, closed) == []
    assert "lots are scrapped whole" in left_out(plan, closed)
    assert left_out(make(load(write())), expected(make(load(write())))) == ""


def test_one_more_is_the_edit_by_hand() -> None:
    """One more layer, pad and bonding point: the difference of two estimates; what a recipe has no room for is left out."""
    sets = ["layer.repeat=1"]
    recipe = load(EMBODIMENT_1, sets)
    plan = make(recipe)
    found = {row.edit: row for row in marginal(recipe, sets, plan, expected(plan))}
    for edit in ("layer.repeat=2", "product.dies.logic.pads=351", "product.bonding.count=301"):
        by_hand = expected(make(load(EMBODIMENT_1, [*sets, edit])))
        assert found[edit].after.direct_each == pytest.approx(by_hand.direct, rel=1e-12)
        assert found[edit].more(lambda w: w.panels) == 0
    assert found["layer.repeat=2"].more(lambda w: w.loaded_each) > 0
    full = load(EMBODIMENT_1, ["product.bonding.count=324"])
    assert not any(row.what == "one more bonding point" for row in marginal(full, [], make(full), expected(make(full))))


def test_cost_against_volume(write: Callable[..., Path]) -> None:
    """What is paid once falls as 1 / volume; direct cost less that stays; at no volume is a tool group overloaded or doubled for nothing."""
    recipe = load(write(), ["economics.nre_usd=50000", "one.tooling_usd=3000"])
    plan = make(recipe)
    closed = expected(plan)
    table = tables.cost_by_volume(volumes(recipe, plan, closed)).set_index("volume")
    assert table.loc[1.0, "direct_usd"] == pytest.approx(closed.direct)
    once = table["one_off_usd"] * table.index.to_numpy()
    assert once.to_numpy() == pytest.approx(once.iloc[0])
    assert (table["direct_usd"] - table["one_off_usd"]).to_numpy() == pytest.approx(table["direct_usd"].iloc[0] - table["one_off_usd"].iloc[0])
    assert (table["bottleneck_load"] < 1).all()
    assert (table["unused_capacity_usd"] >= 0).all(), "no tool works more than its practical capacity"
    assert table["tools"].is_monotonic_increasing
    assert table.loc[0.1, "tools"] == 2
    work = np.bincount(plan.step_group, weights=closed.held_h) * closed.lots_per_h
    assert table.loc[10.0, "tools"] == np.ceil(10 * work / 0.8).sum(), "so many tools at 80 % of the clock"
    assert table.loc[0.1, "cost_per_good_unit_usd"] > table.loc[1.0, "cost_per_good_unit_usd"] > table.loc[10.0, "cost_per_good_unit_usd"]
    assert (table["direct_usd"] + table["unused_capacity_usd"]).to_numpy() == pytest.approx(table["cost_per_good_unit_usd"].to_numpy())


def warned(write: Callable[..., Path], *sets: str, text: str = LINE) -> str:
    return " ".join(make(load(write(text), sets)).warnings)


def test_what_has_no_price_beside_others_that_have_one_is_named(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """A tool, a material that is used and a die without a price are named, five at most; price 0 is a price; of a line without money nothing is
    said. ``check`` and ``run`` print it."""
    assert "without a price" not in warned(write)
    assert "taken as free: material paste, tool a; write price 0" in warned(write, "tools.a.price_usd=null", "materials.paste.price_usd_per_g=null")
    assert "without a price" not in warned(write, "tools.a.price_usd=0", "materials.paste.price_usd_per_g=0")
    plain = LINE.replace("price_usd: 100000", "").replace("price_usd: 200000, operators: 0.5", "").replace("price_usd_per_g: 0.5, ", "")
    assert "without a price" not in warned(write, text=plain)
    tools = "".join(f"    t{i}: {{}}\n" for i in range(6))
    steps = "".join(f"  - {{id: s{i}, tool: t{i}, time_h: 0.1}}\n" for i in range(6))
    many = LINE.replace("run:", tools + "run:", 1) + steps
    assert "tool t0, tool t1, tool t2, tool t3, tool t4 and 1 more;" in warned(write, text=many)
    die = make(load(EMBODIMENT_1, ["product.dies.logic.price_usd=null"]))
    assert any("die logic" in text for text in die.warnings)
    path = str(write())
    for command in ("check", "run"):
        assert main([command, path, "--set", "tools.a.price_usd=null", *(["--quiet", "--out", str(Path(path).parent / "out")] if command == "run" else [])]) == 0
        assert "taken as free: tool a;" in " ".join(capsys.readouterr().err.split())


def test_numbers_without_effect_are_named(write: Callable[..., Path]) -> None:
    """A premium that is paid in no shift, burn-in of units that nothing left weak, skipping units that nothing found bad; not where rework brings
    units back from an inspection, nor where the thing is there."""
    premium = "economics.shift_premium=0.2"
    assert "shift_premium has no effect" in warned(write, premium)
    assert "no effect" not in warned(write, premium, "economics.premium_shifts_per_week=5")
    assert "two: burn_in has no effect" in warned(write, "two.burn_in=0.5")
    assert "no effect" not in warned(write, "two.burn_in=0.5", "one.infant_ppm=100")
    assert "one: skip_known_bad has no effect" in warned(write, "one.skip_known_bad=true")
    assert "no effect" not in warned(write, "two.skip_known_bad=true")
    assert "no effect" not in warned(write, "one.skip_known_bad=true", "test.rework={chance: 0.1, to: one}")


def test_a_part_that_is_shipped_is_not_used_again() -> None:
    """A panel, or a ball, of which some is in the finished package cannot have ``uses``; a carrier that is taken off can."""
    with pytest.raises(RecipeError, match="copper_panel is used 10 times, but some of it is in the finished package"):
        make(load(EMBODIMENT_1, ["parts.copper_panel.uses=10"]))
    make(load(ROOT / "flows" / "whatif" / "ceramic_first_panel.yaml"))


@pytest.mark.parametrize(("panels_per_week", "panels"), [(100, 50), (97, 20), (1000, 10)])
def test_what_is_learned_over_time_is_learned_at_any_volume(panels_per_week: float, panels: int, write: Callable[..., Path]) -> None:
    """One more panel a week brings the window's mean good units, whatever the lots; good units per panel and direct cost are the same at all
    volumes. On paper: half a fault a unit falls to 0.3 of that with 26 weeks' pace, over the weeks 1 … 9 less the time in the line."""
    learns = "{per_unit_ppm: 500000, learning: {floor: 0.3, tau_weeks: 26}}"
    recipe = load(write(LEARNING.format(panels=panels, rate=panels_per_week, learns=learns)))
    plan = make(recipe)
    closed = expected(plan)
    stay = stay_of(closed).us / WEEK
    week = np.linspace(1 - stay, 9 - stay, 100_001)
    good = 100 * np.exp(-0.5 * (0.3 + 0.7 * np.exp(-week / 26))).mean()
    (row,) = marginal(recipe, [], plan, closed)
    assert row.more(lambda w: w.good) == pytest.approx(good, rel=1e-6)
    assert row.more(lambda w: w.direct_each) == pytest.approx(0.0, abs=1e-9)
    table = tables.cost_by_volume(volumes(recipe, plan, closed))
    assert (table["good_units_per_week"] / table["panels_per_week"]).to_numpy() == pytest.approx(good, rel=1e-6)
    assert table["direct_usd"].to_numpy() == pytest.approx(table["direct_usd"].iloc[0], rel=1e-12)


def test_what_is_learned_with_volume_is_learned_sooner_at_a_larger_one(write: Callable[..., Path]) -> None:
    """A factor per doubling of the units started: at double the volume, twice as many have been started at any time of the window."""
    learns = "{per_unit_ppm: 500000, learning: {per_doubling: 0.8, first_units: 1000}}"
    recipe = load(write(LEARNING.format(panels=10, rate=100, learns=learns)))
    plan = make(recipe)
    closed = expected(plan)
    table = tables.cost_by_volume(volumes(recipe, plan, closed)).set_index("volume")
    units = 100 * 100 * (np.linspace(1, 9, 100_001) - stay_of(closed).us / WEEK)
    for pace in (1.0, 2.0, 10.0):
        good = 100 * np.exp(-0.5 * (pace * units / 1000) ** math.log2(0.8)).mean()
        assert table.loc[pace, "good_units_per_week"] / table.loc[pace, "panels_per_week"] == pytest.approx(good, rel=1e-6)


LEARNING = """\
line:
  lot: {{panels: {panels}, units_per_panel: 100}}
  release: {{panels_per_week: {rate}, first_at_h: 0}}
  tools: {{t: {{price_usd: 32000}}}}
materials: {{glue: {{price_usd_per_piece: 1}}}}
run: {{horizon_h: 1512, warmup_h: 168}}
steps:
  - {{id: a, tool: t, time_s: {{per_panel: 10}}, defects: {learns}, consumes: {{glue: {{per_panel: 10}}}}}}
"""


def test_run_and_estimate_tell_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Path],
                                       capsys: pytest.CaptureFixture[str]) -> None:
    """``run`` writes marginal_cost.csv and cost_by_volume.csv, ``estimate`` prints them; a line without money has neither."""
    monkeypatch.chdir(tmp_path)
    write()
    assert main(["run", "line.yaml", "--quiet"]) == 0
    for name in ("marginal_cost", "cost_by_volume"):
        assert len(pd.read_csv(tmp_path / "reports" / "line" / f"{name}.csv"))
    assert main(["estimate", "line.yaml"]) == 0
    out = capsys.readouterr().out
    assert "one more panel a week" in out
    assert "panels/week" in out


def test_the_load_of_a_line_with_other_tools_is_that_of_a_recipe_that_has_them() -> None:
    """Ten times the volume with the tools that it takes: the busiest group is as busy as in a recipe written so."""
    recipe = load(EMBODIMENT_1)
    plan = make(recipe)
    row = volumes(recipe, plan, expected(plan))[-1].week
    count = int(expected(make(load(EMBODIMENT_1, ["line.release.panels_per_week=13440"]))).tools_needed[plan.groups.names.index(row.bottleneck)])
    found = []
    for tools in range(count, count + 40):
        other = make(load(EMBODIMENT_1, ["line.release.panels_per_week=13440", f"line.tools.{row.bottleneck}.count={tools}"]))
        found.append(float(expected(other).load[plan.groups.names.index(row.bottleneck)]))
    assert min(abs(load - row.load) for load in found) < 1e-12
    assert row.load < 1


def test_several_packages_on_one_line_have_volumes() -> None:
    """A mix sees volumes as one line does: one-off cost falls as 1 / volume; and one more of what each package has is the edit by hand."""
    recipe = load(ROOT / "flows" / "whatif" / "two_packages.yaml", sets := ["economics.nre_usd=100000"])
    plan = make(recipe)
    closed = expected(plan)
    table = tables.cost_by_volume(volumes(recipe, plan, closed)).set_index("volume")
    assert table.loc[1.0, "direct_usd"] == pytest.approx(closed.direct)
    assert table.loc[0.1, "one_off_usd"] == pytest.approx(100 * table.loc[10.0, "one_off_usd"])
    found = {row.edit: row for row in marginal(recipe, sets, plan, closed)}
    assert found["flat/layer.repeat=3"].what == "one more flat/layer"
    for edit in ("flat/layer.repeat=3", "thin/product.dies.logic.pads=351", "flat/product.bonding.count=301"):
        by_hand = expected(make(load(recipe.path, [*sets, edit])))
        assert found[edit].after.direct_each == pytest.approx(by_hand.direct, rel=1e-12), edit


# everything at once -----------------------------------------------------------------------------------------------------

shares = st.floats(0, 1)
OPTIONS = {
    "paid_per_worked": st.floats(1, 2), "premium_shifts_per_week": st.floats(0, 21), "shift_premium": shares, "indirect_per_direct": shares,
    "indirect_usd_per_h": st.floats(0, 90), "nre_usd": st.floats(0, 1e6), "scrap_recovery": shares, "margin": st.floats(0, 0.9), "interest": st.floats(0, 0.3),
    "residual_value": shares, "overhead": shares, "floor_usd_per_m2_year": st.floats(0, 2000), "units_per_year": st.floats(1e3, 1e8),
}
EVERYTHING = LINE.replace("materials:", "materials:\n  pad: {price_usd_per_piece: 100, life_panels: 50}").replace(
    "{price_usd_per_g: 0.5, density_g_cm3: 2}", "{price_usd_per_g: 0.5, density_g_cm3: 2, minimum_lot: 5000, shelf_life_days: 73}")


def _balances(plan: Plan, replications: int) -> None:
    """Spent = charged to good, escapes and scrap + change of WIP + unused; rows and columns sum to the cost; to 1e-9 relative."""
    for t in replicate(plan, replications):
        scale = abs(t.cost).sum() + abs(t.unused).sum()
        assert abs(t.spent - (t.value.sum() + t.wip_value[1] - t.wip_value[0] + t.unused.sum())) <= 1e-9 * scale
        table = tables.cost_by_step(plan, [t])
        categories = table[[f"{name}_usd" for name in CATEGORIES]]
        total = estimate(METRICS[1], [t], 0.95).mean
        each = 1e-9 * scale / t.good
        assert abs(categories.to_numpy().sum() - total) <= each
        assert abs(categories.sum(axis=1) - table["cost_per_good_unit_usd"]).max() <= each
        by = tables.cost_by_category(plan, [t]).set_index("category")["cost_per_good_unit_usd"]
        charged = categories.iloc[:-1].sum()
        assert all(abs(charged[f"{name}_usd"] - by[name]) <= each for name in CATEGORIES)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.fixed_dictionaries(OPTIONS), credits=st.lists(st.floats(-2, 0), min_size=4, max_size=4), scrap=st.booleans(), seed=st.integers(0, 2**40))
def test_money_balances_with_every_option_on(write: Callable[..., Path], values: dict[str, float], credits: list[float], scrap: bool, seed: int) -> None:
    """On a line that also loses lots to failures and queue time; with luck off closed form and run are one number."""
    sets = [f"economics.{name}={value!r}" for name, value in values.items()]
    sets += ["two.wears=[pad]", "one.tooling_usd=500", "tools.a.residual_value=0.2", f"run.seed={seed}"]
    if scrap:
        sets += ["tools.a.failures={f: {mtbf_h: 20, mttr_h: 1, work: scrap}}",
                 "line.queue_time_limits={q: {from: one, to: two, limit_h: 1.0, action: scrap}}"]
    plan = make(load(write(EVERYTHING), sets))
    direct = plan.money.direct.copy()
    direct[:-1, SCRAPPED, C["credit_for_scrap"]] = credits
    plan = replace(plan, money=replace(plan.money, direct=direct))
    _balances(plan, 2)
    if not scrap:
        still, closed = replicate(plan, 1, variable=False)[0], expected(plan)
        assert still.cost.sum() / still.good == pytest.approx(closed.direct, rel=1e-8, abs=1e-9)
        assert still.cost[:, C["credit_for_scrap"]].sum() / still.good == pytest.approx(closed.cost[:, C["credit_for_scrap"]].sum() / closed.good, rel=1e-8)


@settings(max_examples=4, deadline=None)
@given(values=st.fixed_dictionaries(OPTIONS), price=st.floats(0, 50), loss=st.floats(0, 0.5), recovers=shares)
def test_money_of_a_package_balances_with_every_option_on(values: dict[str, float], price: float, loss: float, recovers: float) -> None:
    """Embodiment 2 with dies from a wafer, a carrier that breaks, and metal that is sold."""
    sets = [*(f"economics.{name}={value!r}" for name, value in values.items()), *SHORT, DIE, f"parts.copper_panel.loss={loss!r}",
            "parts.copper_panel.uses=3", f"materials.copper.reclaim_usd_per_kg={price!r}", f"processes.mill_cavities.recovers={recovers!r}",
            "materials.cmp_pad.life_panels=80", "processes.cmp_flat.wears=[cmp_pad]",
            "materials.polyimide.minimum_lot=20", "materials.polyimide.shelf_life_days=180", "line.transport_min=6"]
    plan = make(load(EMBODIMENT_2, sets))
    _balances(plan, 1)
    still, closed = replicate(plan, 1, variable=False)[0], expected(plan)
    assert still.cost.sum() / still.good == pytest.approx(closed.direct, rel=1e-8)


@pytest.mark.parametrize("name", ["embodiment_1", "embodiment_4", "dual_heat_sink"])
def test_cost_falls_with_volume_and_volume_is_what_is_released(name: str) -> None:
    """Ten times the panels are ten times the panels, also past what today's tools can take, and what is bought for few packages is spread over more."""
    recipe = load(ROOT / "flows" / f"{name}.yaml")
    plan = make(recipe)
    found = volumes(recipe, plan, expected(plan))
    base = next(one for one in found if one.pace == 1.0)
    assert [one.week.panels / base.week.panels for one in found] == pytest.approx([one.pace for one in found])
    costs = [one.week.loaded_each for one in found]
    assert costs == sorted(costs, reverse=True)


MASKED = LINE.replace("id: two,", "id: two, tooling_usd: 10000,")
TWO_PRODUCTS = MASKED.replace("release: {every_h: 2}", "releases: {x: {every_h: 4}, y: {every_h: 8, route: [one, look, test]}}")


@pytest.mark.parametrize("sets", [
    ["one.yield.panel=0.5"], ["one.yield.unit=0.3", "look.coverage=1", "two.skip_known_bad=true"], ["two.sample=0.25"],
    ["test.tooling_usd=7000", "test.retest=3", "test.false_reject=0.5"],
    ["test.tooling_usd=7000", "test.rework={chance: 0.5, to: two, limit: 2}"],
    ["line.queue_time_limits={q: {from: one, to: two, limit_h: 0.5, action: scrap}}"],
])
def test_what_is_paid_once_is_recovered_over_the_volume(write: Callable[..., Path], sets: list[str]) -> None:
    """Masks / volume_units is charged for every unit of a panel that starts, at the step of the mask: not less where panels are lost before it, units are
    skipped or lots are sampled, not more where units are looked at or lots are worked on again; in closed form and in every run."""
    volume = 50_000.0
    plan = make(load(write(MASKED), [*sets, f"economics.volume_units={volume}"]))
    masks = 10_000 + 7_000 * any("tooling" in one for one in sets)
    closed = expected(plan)
    assert closed.cost[:, TOOLING].sum() / closed.started == pytest.approx(masks / volume)
    assert closed.cost[-1, TOOLING] == 0
    for t in replicate(plan, 2):
        assert t.cost[:, TOOLING].sum() / t.sums["units_started"] == pytest.approx(masks / volume)
        assert t.cost[plan.steps.index("two"), TOOLING] == pytest.approx(10_000 / masks * t.cost[:, TOOLING].sum())


def test_masks_are_borne_by_the_products_that_need_them(write: Callable[..., Path]) -> None:
    """Two thirds of the lots go by way of the mask: over two thirds of the volume they recover all of it, and the others pay nothing."""
    plan = make(load(write(TWO_PRODUCTS), ["economics.volume_units=50000"]))
    closed = expected(plan)
    assert closed.cost[:, TOOLING].sum() / closed.started == pytest.approx(10_000 / 50_000)
    for t in replicate(plan, 2):
        x = t.by_stream[0, STREAM.index("units_started")]
        assert t.cost[:, TOOLING].sum() / x == pytest.approx(10_000 / (50_000 * 2 / 3))
