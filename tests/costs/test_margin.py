"""Tests credit for scrap, cost that is paid once, margin, and price lists of other regions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from cost_lines import EMBODIMENT_1, EMBODIMENT_2, RECLAIM, SHORT, C

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.experiments.replicate import replicate
from procsim.planning.make import make
from procsim.planning.plan import SCRAPPED, UNIT
from procsim.recipe.load import load
from procsim.results.metrics import METRICS, PRICE, estimate


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
    before, after = solve(plain), solve(plan)
    assert after.direct - before.direct == pytest.approx(0.5 / after.flow.yield_)
    assert after.price == pytest.approx(after.loaded / 0.75)
    totals = replicate(plan, 3)
    cost, price = (estimate(metric, totals, 0.95).mean for metric in (METRICS[1], PRICE[0]))
    assert price == pytest.approx(cost / 0.75)
    names = [list(tables.summary(p, replicate(p, 2), solve(p))["metric"]) for p in (plain, plan)]
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
    one, two = solve(make(base)), solve(make(recipe))
    assert (one.flow.yield_, one.time.raw_process_h) == (two.flow.yield_, two.time.raw_process_h)
    assert one.direct != two.direct
    assert {a for a in recipe.ranges if a.startswith("economics.")} >= {"economics.labour_usd_per_h", "economics.electricity_usd_per_kwh",
                                                                         "economics.floor_usd_per_m2_year"}


def test_the_year_of_prices_is_told_with_the_cost(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """In the note of every cost per good unit, whose unit stays USD, and in print by ``estimate`` and ``run``; nothing where no year is written."""
    plan = make(load(write(), ["economics.year=2026"]))
    for table in (tables.summary(plan, replicate(plan, 2), solve(plan)), tables.closed_summary(plan, solve(plan))):
        cost = table[table["metric"].str.startswith("cost_per_good_unit")]
        assert len(cost) >= 2
        assert set(cost["unit"]) == {"USD"}
        assert set(cost["note"]) == {"USD of 2026"}
    path = str(write())
    for command in (["estimate", path], ["run", path, "--quiet", "--out", str(Path(path).parent / "out")]):
        assert main([*command, "--set", "economics.year=2026"]) == 0
        assert "USD of 2026" in capsys.readouterr().out
    undated = make(load(path))
    assert "USD of" not in tables.closed_summary(undated, solve(undated)).to_csv()
    assert make(load(ROOT / "flows" / "whatif" / "two_packages.yaml")).money.currency == "USD of 2024"


def test_regions_compare(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Four regions at least, side by side; wages order the cost of labour."""
    monkeypatch.chdir(ROOT)
    flows = [f"flows/whatif/made_in_{p.stem.removeprefix('economics_')}.yaml" for p in REGIONS]
    assert len(flows) >= 4
    assert main(["compare", "--estimate", *flows]) == 0
    assert "price_per_good_unit" in capsys.readouterr().out
    wages = {flow: solve(make(load(flow))).costs.per_lot[:, C["labour"]].sum() for flow in flows}
    assert sorted(wages, key=lambda f: wages[f])[0].endswith("south_east_asia.yaml")
    assert sorted(wages, key=lambda f: wages[f])[-1].endswith("germany.yaml")
