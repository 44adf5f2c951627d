"""Tests several packages on a shared line: shares, tools, books by product."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from lines import Write, plan_of

from procsim import tables
from procsim.cli import main
from procsim.closed_form.by_release import step_yields
from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.experiments.replicate import one, replicate
from procsim.planning.make import make
from procsim.planning.plan import CATEGORIES, TOOLING, Plan
from procsim.recipe.load import load

MIX = """name: A mix
packages:
  thin: {recipe: "flows:embodiment_4.yaml", share: 1}
  flat: {recipe: "flows:embodiment_1.yaml", share: 3}
line:
  lot: {panels: 12}
  release: {panels_per_week: 1344}
run: {horizon_h: 500, warmup_h: 200, replications: 2, seed: 1}
"""


def mixed(folder: Path, text: str = MIX, *sets: str) -> Plan:
    path = folder / "mix.yaml"
    path.write_text(text, encoding="utf-8")
    return make(load(path, sets))


def test_the_mix_is_the_weighted_sum_of_its_packages(tmp_path: Path) -> None:
    """Direct cost and good units of the mean lot: a quarter of the one and three quarters of the other."""
    closed = solve(mixed(tmp_path))
    thin, flat = (solve(make(load(ROOT / f"flows/embodiment_{n}.yaml"))) for n in (4, 1))
    assert closed.flow.good == pytest.approx(0.25 * thin.flow.good + 0.75 * flat.flow.good)
    assert closed.costs.per_lot[:, :TOOLING].sum() == pytest.approx(0.25 * thin.costs.per_lot[:, :TOOLING].sum() + 0.75 * flat.costs.per_lot[:, :TOOLING].sum())
    assert closed.time.raw_process_h == pytest.approx(0.25 * thin.time.raw_process_h + 0.75 * flat.time.raw_process_h)


def test_masks_and_engineering_are_paid_once(tmp_path: Path) -> None:
    """Each package's masks, at their steps, and the engineering of all are recovered over the volume, which is what all packages start together."""
    plan = mixed(tmp_path, MIX, "economics.volume_units=1e6", "economics.nre_usd=3e4")
    masks = np.array([placed.step.tooling_usd for placed in load(tmp_path / "mix.yaml").steps])
    assert len({name.split("/")[0] for name, usd in zip(plan.steps, masks, strict=True) if usd}) == 2
    closed = solve(plan)
    assert closed.costs.per_lot[:-1, TOOLING] / closed.flow.started == pytest.approx(masks / 1e6)
    assert closed.costs.per_lot[:, CATEGORIES.index("nre")].sum() / closed.flow.started == pytest.approx(3e4 / 1e6)
    for name, r in (("thin", 0), ("flat", 1)):
        units = plan.route.mix[r] * plan.units[r] / (plan.route.mix @ plan.units) * 1e6
        panels = units / plan.units[r]
        mine = np.array([step.startswith(f"{name}/") for step in plan.steps])
        assert plan.money.tooling[r].sum() * panels == pytest.approx(masks[mine].sum())


def test_mean_values_are_the_closed_form(tmp_path: Path) -> None:
    """Units and money by product, and of the whole, without variability."""
    plan = mixed(tmp_path)
    closed, totals = solve(plan), one(plan, 0, variable=False)
    made = tables.products(plan, [totals], closed).set_index("product")
    for name, n in (("thin", 4), ("flat", 1)):
        alone = solve(make(load(ROOT / f"flows/embodiment_{n}.yaml")))
        assert made["yield"][name] == pytest.approx(alone.flow.yield_, rel=1e-9)
        direct = made["cost_per_good_unit_direct_usd"][name]
        assert direct == pytest.approx(alone.direct, rel=0.02)  # tools of another package may be there in another number
    assert made["lots_finished"]["flat"] / made["lots_finished"].sum() == pytest.approx(0.75, abs=0.02)
    assert float(totals.cost.sum() / totals.good) == pytest.approx(closed.direct, rel=0.01)


def test_step_yields_are_of_those_that_visit(tmp_path: Path) -> None:
    """A step of one package has in a mix the yield that it has alone, in closed form and without variability, not the root of it."""
    plan = mixed(tmp_path)
    closed = solve(plan)
    found = dict(zip(plan.steps, step_yields(plan, closed), strict=True))
    run = tables.yield_by_step(plan, [one(plan, 0, variable=False)]).set_index("step")["step_yield"]
    for name, n in (("thin", 4), ("flat", 1)):
        alone = make(load(ROOT / f"flows/embodiment_{n}.yaml"))
        for step, share in zip(alone.steps, step_yields(alone, solve(alone)), strict=True):
            assert found[f"{name}/{step}"] == pytest.approx(share, rel=1e-9)
            assert run[f"{name}/{step}"] == pytest.approx(share, rel=1e-9)


def test_a_step_that_several_products_share(tmp_path: Path) -> None:
    """Two products of three share step b: its yield is of the good units that come to it, from wherever; that of c, of product y alone, is its own.
    By hand, of 100 lots of x and 50 of y: a takes 1/10 of all, b 1/5 of what is left of x, c half of what is left of y."""
    path = tmp_path / "line.yaml"
    path.write_text("""
line: {lot: {units_per_panel: 1000}, releases: {x: {every_h: 1, route: [a, b]}, y: {every_h: 2, route: [a, c]}}, tools: {t: {count: 1}}}
run: {horizon_h: 400}
steps:
  - {id: a, tool: t, time_h: 0.1, yield: {unit: 0.9}}
  - {id: b, tool: t, time_h: 0.1, yield: {unit: 0.8}}
  - {id: c, tool: t, time_h: 0.1, yield: {unit: 0.5}}
""", encoding="utf-8")
    plan = make(load(path))
    assert step_yields(plan, solve(plan)) == pytest.approx([0.9, 0.8, 0.5])
    for variable, near in ((False, 1e-9), (True, 0.01)):
        made = tables.yield_by_step(plan, [one(plan, 0, variable=variable)]).set_index("step")
        assert made["step_yield"].tolist()[1:] == pytest.approx([0.9, 0.8, 0.5], rel=near)
        assert made["units_in"]["a"] == made["units_in"]["b"] + made["units_in"]["c"]


def test_each_product_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``check``, ``estimate``, ``compare`` and ``run`` print yield, both costs and output of every product, as each has them in closed form."""
    path = tmp_path / "line.yaml"
    path.write_text("""
line: {lot: {units_per_panel: 1000}, releases: {x: {every_h: 1, route: [a, b]}, y: {every_h: 2, route: [a, c]}}, tools: {t: {price_usd: 1e6}}}
run: {horizon_h: 60, warmup_h: 5, replications: 2}
steps:
  - {id: a, tool: t, time_h: 0.1, yield: {unit: 0.9}}
  - {id: b, tool: t, time_h: 0.1, yield: {unit: 0.8}}
  - {id: c, tool: t, time_h: 0.3, yield: {unit: 0.5}}
""", encoding="utf-8")
    plan, flow = make(load(path)), str(path)
    made = tables.closed_products(plan, solve(plan)).set_index("product")
    assert made["expected_yield"].tolist() == pytest.approx([0.72, 0.45])
    wanted = made[[f"expected_{name}" for name in ("yield", "cost_per_good_unit_direct_usd", "cost_per_good_unit_loaded_usd", "good_units_per_week")]]
    for command in (["check"], ["estimate"], ["compare", "--estimate", flow], ["run", "--out", str(tmp_path / "out")]):
        assert main([*command, flow]) == 0
        printed = [re.sub("\u202f", "", line).split() for line in capsys.readouterr().out.splitlines()]
        for name in ("x", "y"):
            row = next(i for i, line in enumerate(printed) if line and line[0] == name)
            shown = printed[row + 1][2:] if command[0] == "run" else printed[row][1:]
            assert [float(cell) for cell in shown] == pytest.approx(wanted.loc[name].tolist(), rel=1e-4)


def test_books_by_product_add_up(tmp_path: Path) -> None:
    """What products gave and cost is what the line gave and cost."""
    plan = mixed(tmp_path)
    for totals in replicate(plan, 2):
        by = totals.by_stream.sum(axis=0)
        assert by[3] == pytest.approx(totals.good)
        assert by[-1] == pytest.approx(totals.cost.sum())
        assert by[-2] == pytest.approx(totals.lot_hours)


def test_tools_come_from_the_package_that_has_most(tmp_path: Path) -> None:
    """Unless the shared line names them."""
    plan = mixed(tmp_path)
    count = dict(zip(plan.groups.names, plan.groups.count.tolist(), strict=True))
    assert count["exposure"] == 3 and count["grinder"] == 2 and count["laser_drill"] == 2
    fewer = mixed(tmp_path, MIX, "tools.exposure.count=2")
    assert dict(zip(fewer.groups.names, fewer.groups.count.tolist(), strict=True))["exposure"] == 2


def test_a_package_is_edited_by_its_name(tmp_path: Path) -> None:
    """``flat/layer.repeat`` is that package's third layer and no other's."""
    base, more = mixed(tmp_path), mixed(tmp_path, MIX, "flat/layer.repeat=3")
    assert len(more.steps) == len(base.steps) + 13
    assert np.isin("flat/layer3/plate", more.steps)


@pytest.mark.parametrize(("old", "new", "words"), [
    ("share: 3", "share: 0", "share must be > 0"),
    ("flows:embodiment_1.yaml", "flows:nothing.yaml", "nothing.yaml"),
    ("packages:\n", "steps: []\npackages:\n", "unknown key 'steps'"),
    ("release: {panels_per_week: 1344}", "releases: {a: {every_h: 3}, b: {every_h: 5}}", "packages share one release"),
])
def test_mixes_that_cannot_be_are_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    """With file and line, like any recipe."""
    with pytest.raises(RecipeError, match=words):
        mixed(tmp_path, MIX.replace(old, new))


SHARED = """
line:
  lot: {panels: 2, units_per_panel: 50}
  releases:
    one: {every_h: 4, product: x}
    two: {every_h: 8, product: y, route: [a, b]}
    more: {every_h: 8, product: x, route: [b, c]}
  tools:
    m: {price_usd: 900000, setup: {by: product, time_min: 6}}
    k: {price_usd: 500000, batch: {min_panels: 2, max_panels: 2}}
    n: {price_usd: 300000}
run: {horizon_h: 1700, warmup_h: 100, replications: 4}
economics: {hours_per_year: 8000, practical_capacity: 0.8, volume_units: 100000, margin: 0.2}
materials: {paste: {price_usd_per_g: 3, density_g_cm3: 1}}
steps:
  - {id: a, tool: m, time_min: 30, yield: {panel: 0.95, unit: 0.9}, tooling_usd: 5000}
  - {id: b, tool: k, time_min: 40, consumes: {paste: {per_panel: 2}}, yield: {unit: 0.97}}
  - {id: c, op: inspect, tool: n, time_min: {per_panel: 9}, coverage: 0.8, tooling_usd: 700}
"""


def test_products_cost_together_what_the_line_costs(write: Write) -> None:
    """Direct, loaded, and units, in every run and in closed form; prices are loaded cost / (1 - margin), intervals surround the means."""
    plan = plan_of(write, SHARED)
    closed, totals = solve(plan), replicate(plan, 4)
    made = tables.products(plan, totals, closed)
    good = made["good_units_per_week"] / 168 * 1600 * 4
    for name, whole in (("direct", sum(t.cost.sum() for t in totals)), ("loaded", sum(t.cost.sum() + t.unused.sum() for t in totals))):
        assert (made[f"cost_per_good_unit_{name}_usd"] * good).sum() == pytest.approx(whole)
        assert (made[f"expected_cost_per_good_unit_{name}_usd"] * made["expected_good_units_per_week"]).sum() == pytest.approx(
            getattr(closed, name) * closed.flow.good * closed.starts.lots_per_h * 168)
    assert made["price_per_good_unit_usd"].to_numpy() == pytest.approx(made["cost_per_good_unit_loaded_usd"] / 0.8)
    for name in ("yield", "cycle_time_h", "cost_per_good_unit_loaded_usd"):
        assert (made[f"{name}_ci_low"] <= made[name]).all()
        assert (made[f"{name}_ci_high"] >= made[name]).all()


def test_a_product_is_what_its_closed_form_says(write: Write) -> None:
    """With mean values yield and cost of each product are those foreseen, but for the window's edges; on paper for the one whose way is short."""
    plan = plan_of(write, SHARED.replace("setup: {by: product, time_min: 6}", "count: 1"))
    closed = solve(plan)
    made = tables.products(plan, [one(plan, 0, variable=False)], closed).set_index("product")
    for name in ("yield", "escapes_ppm", "cost_per_good_unit_direct_usd"):
        assert made[name].to_numpy() == pytest.approx(made[f"expected_{name}"].to_numpy(), rel=1e-8), name
    for name in ("good_units_per_week", "cost_per_good_unit_loaded_usd"):
        assert made[name].to_numpy() == pytest.approx(made[f"expected_{name}"].to_numpy(), rel=0.01), name
    rate_m, rate_k = 900_000 / 5 / 8000 / 0.8, 500_000 / 5 / 8000 / 0.8
    masks = 5000 / (100_000 * 0.75)  # of a, for x and y, who are three quarters of the volume
    some = 1 - 0.05**2  # lots of which a panel comes to b
    y = (0.5 * rate_m + some * 40 / 60 * rate_k + 2 * 0.95 * 2 * 3) / 100 + masks
    assert made.loc["y", "expected_cost_per_good_unit_direct_usd"] == pytest.approx(y / (0.95 * 0.9 * 0.97), rel=1e-9)


def test_shared_setups_and_batches_are_those_of_the_mix(write: Write) -> None:
    """Simulated with variability and setups: within 4 standard errors of what is foreseen for each product."""
    plan = plan_of(write,
                   SHARED.replace("every_h: 4", "every_h: {exponential: {mean: 4}}").replace("every_h: 8", "every_h: {exponential: {mean: 8}}"))
    closed = solve(plan)
    made = tables.products(plan, replicate(plan, 8), closed)
    for name in ("yield", "cost_per_good_unit_direct_usd"):
        wide = made[f"{name}_ci_high"] - made[f"{name}_ci_low"]
        assert ((made[name] - made[f"expected_{name}"]).abs() <= 4 / 2 * wide).all(), name
        assert (wide < 0.1 * made[name]).all()
