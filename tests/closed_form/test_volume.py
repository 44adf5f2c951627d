"""Tests the cost of ownership, the cost of one more, and cost against volume."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import LINE, ROOT
from cost_lines import EMBODIMENT_1, LEARNING, C
from lines import Write, plan_of
from tolerances import digits

from procsim import tables
from procsim.cli import main
from procsim.closed_form.marginal_cost import left_out, marginal, volumes
from procsim.closed_form.solve import solve, stay_of
from procsim.errors import RecipeError
from procsim.experiments.replicate import replicate
from procsim.model.economics import Economics
from procsim.model.tool import Tool
from procsim.planning.make import make
from procsim.planning.money import group_fixed, group_hourly
from procsim.planning.plan import BY_THE_HOUR
from procsim.quality.learning import WEEK
from procsim.recipe.load import load


def test_cost_of_ownership_in_three_parts(write: Write) -> None:
    """Fixed, variable and yield loss of every tool group sum to its cost of ownership, each on paper."""
    plan = make(load(write(), ["tools.a.upkeep=0.1", "tools.a.footprint_m2=5", "economics.floor_usd_per_m2_year=900"]))
    totals = replicate(plan, 3)
    table = tables.tools(plan, totals, solve(plan)).set_index("tool_group")
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


def test_product_material_is_no_cost_of_ownership() -> None:
    """Dies and parts are bought to become part of the product, and owning a bonder costs none of them; tape, mould and chemicals are process material,
    a part of what is variable. Doubling the price of dies changes what the group's scrap destroys, and nothing else."""
    made = {}
    for factor in (1, 2):
        plan = make(load(ROOT / "flows/embodiment_1.yaml", [f"product.dies.logic.price_usd={3.5 * factor}", "run.horizon_h=150", "run.warmup_h=60"]))
        totals = replicate(plan, 1)
        made[factor] = tables.tools(plan, totals, solve(plan)).set_index("tool_group"), tables.cost_by_step(plan, totals).set_index("step")
    (cheap, steps), (dear, _) = made[1], made[2]
    for column in ("coo_fixed_usd", "coo_variable_usd", "coo_process_material_usd"):
        assert dear[column].to_numpy() == pytest.approx(cheap[column].to_numpy())
    assert (dear["coo_yield_loss_usd"] > cheap["coo_yield_loss_usd"]).any()
    assert cheap.loc["die_bonder", "coo_process_material_usd"] == pytest.approx(steps.loc["attach", "material_usd"])
    assert 0 < cheap.loc["die_bonder", "coo_variable_usd"] < 0.05 < steps.loc["attach", "die_usd"]


def test_parts_are_product_material_and_adhesives_process_material() -> None:
    """Of the package with a stiffener and two heat sinks: what is attached is paid for in pieces, and no tool's; the glue below is."""
    plan = make(load(ROOT / "flows/dual_heat_sink.yaml", ["run.horizon_h=150", "run.warmup_h=60"]))
    totals = replicate(plan, 1)
    bought = tables.materials(plan, totals).set_index("material")["cost_per_good_unit_usd"]
    parts = {plan.money.materials[use.material] for use in plan.money.uses if use.part}
    assert parts and parts <= set(load(ROOT / "flows/dual_heat_sink.yaml").document.parts)
    own = tables.tools(plan, totals, solve(plan))["coo_process_material_usd"]
    assert own.sum() == pytest.approx(bought.drop(list(parts)).sum()) and (own >= 0).all()


def test_published_cost_of_ownership_is_all_fixed() -> None:
    """5 M USD over 5 years at 10 % with 100 000 USD of floor, 40 wafers an hour at 80 %: 5.5429 USD, none of it variable."""
    tool, rates = Tool(price_usd=5e6, footprint_m2=100.0), Economics(hours_per_year=8000.0, interest=0.1, floor_usd_per_m2_year=1000.0)
    assert group_fixed(tool, rates) / 32 == digits(5.5429, 4)
    assert group_hourly(tool, rates).sum() == pytest.approx(group_fixed(tool, rates))


def test_one_more_panel_a_week_on_paper(write: Write) -> None:
    """Tools are there anyway, so the bill grows by what the panel buys; at practical rates it grows by the panel's direct cost."""
    recipe = load(write())
    plan = make(recipe)
    closed = solve(plan)
    (row,) = marginal(recipe, plan, closed)
    assert row.what == "one more panel a week"
    assert row.more(lambda w: w.panels) == pytest.approx(1)
    assert row.more(lambda w: w.good) == pytest.approx(50 * closed.flow.yield_)
    assert row.more(lambda w: w.direct) == pytest.approx(50 * closed.flow.yield_ * closed.direct)
    assert row.more(lambda w: w.loaded) == pytest.approx(closed.costs.per_lot[:, :BY_THE_HOUR].sum() / 2)
    assert row.before.loaded_each == pytest.approx(closed.loaded)


def test_one_more_panel_buys_no_more_of_a_minimum_lot(write: Write) -> None:
    """Where a lot of paste is thrown away half used, one more panel uses what is bought anyway; what was paid once is not paid again. So too where
    the recipe says itself how many packages there are."""
    sets = ["materials.paste={price_usd_per_g: 0.5, density_g_cm3: 2, minimum_lot: 1e6, shelf_life_days: 30}", "one.tooling_usd=3000",
            "economics.nre_usd=50000"]
    for more in ([], ["economics.units_per_year=400000"]):
        recipe = load(write(), [*sets, *more])
        plan = make(recipe)
        assert plan.money.surplus[0] > 1
        (row,) = marginal(recipe, plan, solve(plan))
        assert row.before.loaded > 1000
        assert row.more(lambda w: w.loaded) == pytest.approx(0.0, abs=1e-6)
        assert row.more(lambda w: w.one_off) == pytest.approx(0.0, abs=1e-6)


def test_tools_are_added_where_the_line_would_be_overloaded(write: Write) -> None:
    """Past practical capacity, but under 100 %, one more panel a week buys no tool; past 100 % it buys one."""
    for panels, added in ((160, 0), (167.5, 1)):  # a takes an hour and half a lot, which has two panels; b is idle for long
        recipe = load(write(), [f"line.release={{panels_per_week: {panels}}}", "one.time_h={per_panel: 0.75}", "one.yield=null"])
        plan = make(recipe)
        (row,) = marginal(recipe, plan, solve(plan))
        assert solve(plan).tools.load[0] > recipe.document.economics.practical_capacity
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
    closed = solve(plan)
    rows, steady = marginal(recipe, plan, closed), marginal(base, make(base), solve(make(base)))
    assert [row.what for row in rows] == [row.what for row in steady[1:]], "all but one more panel a week"
    each = [row.more(lambda w: w.direct_each) for row in rows]
    assert each == pytest.approx([row.more(lambda w: w.direct_each) for row in steady[1:]], rel=1e-6)
    table = tables.marginal_cost(rows)
    assert table.drop(columns=["one_more", "edit", "direct_usd_per_good_unit", "bottleneck", "expected_is"]).isna().all(axis=None)
    assert volumes(recipe, plan, closed) == []
    assert words in left_out(plan, closed)
    assert main(["estimate", str(EMBODIMENT_1), "--set", edit]) == 0
    assert words in " ".join(capsys.readouterr().out.split())


def test_where_lots_are_scrapped_no_cost_is_told(write: Write) -> None:
    """Failures that scrap lots leave no closed form of good units: no table, but words."""
    plan = make(load(write(), ["tools.a.failures={f: {mtbf_h: 100, mttr_h: 1, work: scrap}}"]))
    closed = solve(plan)
    assert marginal(load(write()), plan, closed) == volumes(load(write()), plan, closed) == []
    assert "how many units are good has no closed form (lots are scrapped whole by failures of a)" in left_out(plan, closed)
    assert left_out(make(load(write())), solve(make(load(write())))) == ""


def test_one_more_is_the_edit_by_hand() -> None:
    """One more layer, pad and bonding point: the difference of two estimates; what a recipe has no room for is left out."""
    sets = ["layer.repeat=1"]
    recipe = load(EMBODIMENT_1, sets)
    plan = make(recipe)
    found = {row.edit: row for row in marginal(recipe, plan, solve(plan))}
    for edit in ("layer.repeat=2", "product.dies.logic.pads=351", "product.bonding.count=301"):
        by_hand = solve(make(load(EMBODIMENT_1, [*sets, edit])))
        assert found[edit].after.direct_each == pytest.approx(by_hand.direct, rel=1e-12)
        assert found[edit].more(lambda w: w.panels) == 0
    assert found["layer.repeat=2"].more(lambda w: w.loaded_each) > 0
    full = load(EMBODIMENT_1, ["product.bonding.count=324"])
    assert not any(row.what == "one more bonding point" for row in marginal(full, make(full), solve(make(full))))


def test_cost_against_volume(write: Write) -> None:
    """What is paid once falls as 1 / volume; direct cost less that stays; at no volume is a tool group overloaded or doubled for nothing."""
    recipe = load(write(), ["economics.nre_usd=50000", "one.tooling_usd=3000"])
    plan = make(recipe)
    closed = solve(plan)
    table = tables.cost_by_volume(volumes(recipe, plan, closed)).set_index("volume")
    assert table.loc[1.0, "direct_usd"] == pytest.approx(closed.direct)
    once = table["one_off_usd"] * table.index.to_numpy()
    assert once.to_numpy() == pytest.approx(once.iloc[0])
    assert (table["direct_usd"] - table["one_off_usd"]).to_numpy() == pytest.approx(table["direct_usd"].iloc[0] - table["one_off_usd"].iloc[0])
    assert (table["bottleneck_load"] < 1).all()
    assert (table["unused_capacity_usd"] >= 0).all(), "no tool works more than its practical capacity"
    assert table["tools"].is_monotonic_increasing
    assert table.loc[0.1, "tools"] == 2
    work = np.bincount(plan.step_group, weights=closed.tools.held_h) * closed.starts.lots_per_h
    assert table.loc[10.0, "tools"] == np.ceil(10 * work / 0.8).sum(), "so many tools at 80 % of the clock"
    assert table.loc[0.1, "cost_per_good_unit_usd"] > table.loc[1.0, "cost_per_good_unit_usd"] > table.loc[10.0, "cost_per_good_unit_usd"]
    assert (table["direct_usd"] + table["unused_capacity_usd"]).to_numpy() == pytest.approx(table["cost_per_good_unit_usd"].to_numpy())


def warned(write: Write, *sets: str, text: str = LINE) -> str:
    return " ".join(plan_of(write, text, *sets).warnings)


def test_what_has_no_price_beside_others_that_have_one_is_named(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
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


@pytest.mark.parametrize(("flow", "sets", "told"), [
    ("embodiment_1", ["product.dies.logic.width_mm=10"], "price_usd of logic is per die and stays 3.56 though product.dies.logic.width_mm was edited"),
    ("embodiment_1", ["product.bonding.point_um=240"], "price_usd of solder_ball is per point and stays 2.5e-05 though product.bonding.point_um was edited"),
    ("dual_heat_sink", ["parts.heat_sink_lid.thickness_um=1200"], "price_usd of heat_sink_lid is per piece and stays 1.2"),
    ("embodiment_1", ["product.dies.logic.width_mm=10", "product.dies.logic.price_usd=5"], ""),
    ("dual_heat_sink", ["parts.heat_sink_lid.thickness_um=1200", "parts.heat_sink_lid.price_usd={mid: 2, low: 1, high: 3, source: a quotation}"], ""),
    ("embodiment_1", ["product.dies.logic.power_W=4", "product.package.width_mm=16"], ""), ("whatif/wafer_priced_dies", ["product.dies.logic.width_mm=7"], ""),
    ("whatif/gold_bumps", [], ""),
])
def test_a_size_that_is_edited_at_the_same_price_a_piece_is_named(flow: str, sets: list[str], told: str) -> None:
    """Of dies, parts and bonding points; not where the price is edited too, follows from a wafer, or is that of another part."""
    found = [warning for warning in make(load(ROOT / "flows" / f"{flow}.yaml", sets)).warnings if warning.startswith("price_usd of")]
    assert len(found) == bool(told)
    assert all(told in warning for warning in found)


def test_numbers_without_effect_are_named(write: Write) -> None:
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
def test_what_is_learned_over_time_is_learned_at_any_volume(panels_per_week: float, panels: int, write: Write) -> None:
    """One more panel a week brings the window's mean good units, whatever the lots; good units per panel and direct cost are the same at all
    volumes. On paper: half a fault a unit falls to 0.3 of that with 26 weeks' pace, over the weeks 1 … 9 less the time in the line."""
    learns = "{per_unit_ppm: 500000, learning: {floor: 0.3, tau_weeks: 26}}"
    recipe = load(write(LEARNING.format(panels=panels, rate=panels_per_week, learns=learns)))
    plan = make(recipe)
    closed = solve(plan)
    stay = stay_of(closed).us / WEEK
    week = np.linspace(1 - stay, 9 - stay, 100_001)
    good = 100 * np.exp(-0.5 * (0.3 + 0.7 * np.exp(-week / 26))).mean()
    (row,) = marginal(recipe, plan, closed)
    assert row.more(lambda w: w.good) == pytest.approx(good, rel=1e-6)
    assert row.more(lambda w: w.direct_each) == pytest.approx(0.0, abs=1e-9)
    table = tables.cost_by_volume(volumes(recipe, plan, closed))
    assert (table["good_units_per_week"] / table["panels_per_week"]).to_numpy() == pytest.approx(good, rel=1e-6)
    assert table["direct_usd"].to_numpy() == pytest.approx(table["direct_usd"].iloc[0], rel=1e-12)


def test_what_is_learned_with_volume_is_learned_sooner_at_a_larger_one(write: Write) -> None:
    """A factor per doubling of the units started: at double the volume, twice as many have been started at any time of the window."""
    learns = "{per_unit_ppm: 500000, learning: {per_doubling: 0.8, first_units: 1000}}"
    recipe = load(write(LEARNING.format(panels=10, rate=100, learns=learns)))
    plan = make(recipe)
    closed = solve(plan)
    table = tables.cost_by_volume(volumes(recipe, plan, closed)).set_index("volume")
    units = 100 * 100 * (np.linspace(1, 9, 100_001) - stay_of(closed).us / WEEK)
    for pace in (1.0, 2.0, 10.0):
        good = 100 * np.exp(-0.5 * (pace * units / 1000) ** math.log2(0.8)).mean()
        assert table.loc[pace, "good_units_per_week"] / table.loc[pace, "panels_per_week"] == pytest.approx(good, rel=1e-6)


def test_run_and_estimate_tell_of_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Write,
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
    row = volumes(recipe, plan, solve(plan))[-1].week
    count = int(solve(make(load(EMBODIMENT_1, ["line.release.panels_per_week=13440"]))).tools.needed[plan.groups.names.index(row.bottleneck)])

    def load_with(tools: int) -> float:
        other = make(load(EMBODIMENT_1, ["line.release.panels_per_week=13440", f"line.tools.{row.bottleneck}.count={tools}"]))
        return float(solve(other).tools.load[plan.groups.names.index(row.bottleneck)])

    assert any(abs(load_with(tools) - row.load) < 1e-12 for tools in range(count, count + 40))
    assert row.load < 1


def test_several_packages_on_one_line_have_volumes() -> None:
    """A mix sees volumes as one line does: one-off cost falls as 1 / volume; and one more of what each package has is the edit by hand."""
    recipe = load(ROOT / "flows" / "whatif" / "two_packages.yaml", sets := ["economics.nre_usd=100000"])
    plan = make(recipe)
    closed = solve(plan)
    table = tables.cost_by_volume(volumes(recipe, plan, closed)).set_index("volume")
    assert table.loc[1.0, "direct_usd"] == pytest.approx(closed.direct)
    assert table.loc[0.1, "one_off_usd"] == pytest.approx(100 * table.loc[10.0, "one_off_usd"])
    found = {row.edit: row for row in marginal(recipe, plan, closed)}
    assert found["flat/layer.repeat=3"].what == "one more flat/layer"
    for edit in ("flat/layer.repeat=3", "thin/product.dies.logic.pads=351", "flat/product.bonding.count=301"):
        by_hand = solve(make(load(recipe.path, [*sets, edit])))
        assert found[edit].after.direct_each == pytest.approx(by_hand.direct, rel=1e-12), edit
