"""Tests carriers, materials, tools and labour against sums on paper, and that money balances with every option on."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from conftest import LINE, ROOT, floats
from cost_lines import DIE, EMBODIMENT_2, PASTE, SHORT, C
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lines import Write, plan_of
from tolerances import digits

from procsim import tables
from procsim.closed_form.marginal_cost import volumes
from procsim.closed_form.solve import solve
from procsim.costs.totals import STREAM
from procsim.errors import RecipeError
from procsim.experiments.replicate import replicate
from procsim.model.economics import Economics, capital_recovery, sinking_fund
from procsim.model.library import Part
from procsim.model.tool import Tool
from procsim.planning.make import make, of_packages
from procsim.planning.money import group_hourly
from procsim.planning.plan import CATEGORIES, PANEL, SCRAPPED, TOOLING, Plan
from procsim.recipe.load import load
from procsim.results.metrics import METRICS, estimate

# carriers and materials ------------------------------------------------------------------------------------------------


@given(uses=st.integers(1, 40), loss=floats(0, 0.9))
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


def test_minimum_lots_on_paper(write: Write) -> None:
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


def test_what_wears_costs_its_price_over_its_life(write: Write) -> None:
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


# tools and labour ------------------------------------------------------------------------------------------------------


@given(rate=floats(0, 0.3), years=floats(1, 15), residual=floats(0, 1))
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


# everything at once ----------------------------------------------------------------------------------------------------


shares = floats(0, 1)


OPTIONS = {
    "paid_per_worked": floats(1, 2), "premium_shifts_per_week": floats(0, 21), "shift_premium": shares, "indirect_per_direct": shares,
    "indirect_usd_per_h": floats(0, 90), "nre_usd": floats(0, 1e6), "scrap_recovery": shares, "margin": floats(0, 0.9), "interest": floats(0, 0.3),
    "residual_value": shares, "overhead": shares, "floor_usd_per_m2_year": floats(0, 2000), "units_per_year": floats(1e3, 1e8),
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
@given(values=st.fixed_dictionaries(OPTIONS), credits=st.lists(floats(-2, 0), min_size=4, max_size=4), scrap=st.booleans(), seed=st.integers(0, 2**40))
def test_money_balances_with_every_option_on(write: Write, values: dict[str, float], credits: list[float], scrap: bool, seed: int) -> None:
    """On a line that also loses lots to failures and queue time; with mean values closed form and run are one number."""
    sets = [f"economics.{name}={value!r}" for name, value in values.items()]
    sets += ["two.wears=[pad]", "one.tooling_usd=500", "tools.a.residual_value=0.2", f"run.seed={seed}"]
    if scrap:
        sets += ["tools.a.failures={f: {mtbf_h: 20, mttr_h: 1, work: scrap}}",
                 "line.queue_time_limits={q: {from: one, to: two, limit_h: 1.0, action: scrap}}"]
    plan = plan_of(write, EVERYTHING, *sets)
    direct = plan.money.direct.copy()
    direct[:-1, SCRAPPED, C["credit_for_scrap"]] = credits
    plan = replace(plan, money=replace(plan.money, direct=direct))
    _balances(plan, 2)
    if not scrap:
        still, closed = replicate(plan, 1, variable=False)[0], solve(plan)
        assert still.cost.sum() / still.good == pytest.approx(closed.direct, rel=1e-8, abs=1e-9)
        assert still.cost[:, C["credit_for_scrap"]].sum() / still.good == pytest.approx(closed.costs.per_lot[:, C["credit_for_scrap"]].sum() / closed.flow.good, rel=1e-8)


@settings(max_examples=4, deadline=None)
@given(values=st.fixed_dictionaries(OPTIONS), price=floats(0, 50), loss=floats(0, 0.5), recovers=shares)
def test_money_of_a_package_balances_with_every_option_on(values: dict[str, float], price: float, loss: float, recovers: float) -> None:
    """Embodiment 2 with dies from a wafer, a carrier that breaks, and metal that is sold."""
    sets = [*(f"economics.{name}={value!r}" for name, value in values.items()), *SHORT, DIE, f"parts.copper_panel.loss={loss!r}",
            f"materials.copper.reclaim_usd_per_kg={price!r}", f"processes.mill_cavities.recovers={recovers!r}",
            "materials.cmp_pad.life_panels=80", "processes.cmp_flat.wears=[cmp_pad]",
            "materials.polyimide.minimum_lot=20", "materials.polyimide.shelf_life_days=180", "line.transport_min=6"]
    plan = make(load(EMBODIMENT_2, sets))
    _balances(plan, 1)
    still, closed = replicate(plan, 1, variable=False)[0], solve(plan)
    assert still.cost.sum() / still.good == pytest.approx(closed.direct, rel=1e-8)


@pytest.mark.parametrize("name", ["embodiment_1", "embodiment_4", "dual_heat_sink"])
def test_cost_falls_with_volume_and_volume_is_what_is_released(name: str) -> None:
    """Ten times the panels are ten times the panels, also past what today's tools can take, and what is bought for few packages is spread over more."""
    recipe = load(ROOT / "flows" / f"{name}.yaml")
    plan = make(recipe)
    found = volumes(recipe, plan, solve(plan))
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
def test_what_is_paid_once_is_recovered_over_the_volume(write: Write, sets: list[str]) -> None:
    """Masks / volume_units is charged for every unit of a panel that starts, at the step of the mask: not less where panels are lost before it, units are
    skipped or lots are sampled, not more where units are looked at or lots are worked on again; in closed form and in every run."""
    volume = 50_000.0
    plan = plan_of(write, MASKED, *sets, f"economics.volume_units={volume}")
    masks = 10_000 + 7_000 * any("tooling" in one for one in sets)
    closed = solve(plan)
    assert closed.costs.per_lot[:, TOOLING].sum() / closed.flow.started == pytest.approx(masks / volume)
    assert closed.costs.per_lot[-1, TOOLING] == 0
    for t in replicate(plan, 2):
        assert t.cost[:, TOOLING].sum() / t.sums["units_started"] == pytest.approx(masks / volume)
        assert t.cost[plan.steps.index("two"), TOOLING] == pytest.approx(10_000 / masks * t.cost[:, TOOLING].sum())


def test_masks_are_borne_by_the_products_that_need_them(write: Write) -> None:
    """Two thirds of the lots go by way of the mask: over two thirds of the volume they recover all of it, and the others pay nothing."""
    plan = plan_of(write, TWO_PRODUCTS, "economics.volume_units=50000")
    closed = solve(plan)
    assert closed.costs.per_lot[:, TOOLING].sum() / closed.flow.started == pytest.approx(10_000 / 50_000)
    for t in replicate(plan, 2):
        x = t.by_stream[0, STREAM.index("units_started")]
        assert t.cost[:, TOOLING].sum() / x == pytest.approx(10_000 / (50_000 * 2 / 3))
