"""Several packages on a shared line: shares, tools, books by product."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from procsim import tables
from procsim.errors import RecipeError
from procsim.expected import expected
from procsim.experiments.replicate import one, replicate
from procsim.plan.make import make
from procsim.plan.shape import CATEGORIES, TOOLING, Plan
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
    closed = expected(mixed(tmp_path))
    thin, flat = (expected(make(load(ROOT / f"flows/embodiment_{n}.yaml"))) for n in (4, 1))
    assert closed.good == pytest.approx(0.25 * thin.good + 0.75 * flat.good)
    assert closed.cost[:, :TOOLING].sum() == pytest.approx(0.25 * thin.cost[:, :TOOLING].sum() + 0.75 * flat.cost[:, :TOOLING].sum())
    assert closed.raw_process_h == pytest.approx(0.25 * thin.raw_process_h + 0.75 * flat.raw_process_h)


def test_masks_and_engineering_are_paid_once(tmp_path: Path) -> None:
    """Each package's masks, at their steps, and the engineering of all are recovered over the volume, which is what all packages start together."""
    plan = mixed(tmp_path, MIX, "economics.volume_units=1e6", "economics.nre_usd=3e4")
    masks = np.array([placed.step.tooling_usd for placed in load(tmp_path / "mix.yaml").steps])
    assert len({name.split("/")[0] for name, usd in zip(plan.steps, masks, strict=True) if usd}) == 2
    closed = expected(plan)
    assert closed.cost[:-1, TOOLING] / closed.started == pytest.approx(masks / 1e6)
    assert closed.cost[:, CATEGORIES.index("nre")].sum() / closed.started == pytest.approx(3e4 / 1e6)
    for name, r in (("thin", 0), ("flat", 1)):
        units = plan.route.mix[r] * plan.units[r] / (plan.route.mix @ plan.units) * 1e6
        panels = units / plan.units[r]
        mine = np.array([step.startswith(f"{name}/") for step in plan.steps])
        assert plan.money.tooling[r].sum() * panels == pytest.approx(masks[mine].sum())


def test_luck_off_is_the_closed_form(tmp_path: Path) -> None:
    """Units and money by product, and of the whole, without variability."""
    plan = mixed(tmp_path)
    closed, totals = expected(plan), one(plan, 0, variable=False)
    made = tables.products(plan, [totals]).set_index("product")
    for name, n in (("thin", 4), ("flat", 1)):
        alone = expected(make(load(ROOT / f"flows/embodiment_{n}.yaml")))
        assert made["yield"][name] == pytest.approx(alone.yield_, rel=1e-9)
        direct = made["cost_per_good_unit_direct_usd"][name]
        assert direct == pytest.approx(alone.direct, rel=0.02)  # tools of another package may be there in another number
    assert made["lots_finished"]["flat"] / made["lots_finished"].sum() == pytest.approx(0.75, abs=0.02)
    assert float(totals.cost.sum() / totals.good) == pytest.approx(closed.direct, rel=0.01)


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
    assert count["exposure"] == 3 and count["grinder"] == 2 and count["pecvd"] == 2
    fewer = mixed(tmp_path, MIX, "tools.exposure.count=2")
    assert dict(zip(fewer.groups.names, fewer.groups.count.tolist(), strict=True))["exposure"] == 2


def test_a_package_is_edited_by_its_name(tmp_path: Path) -> None:
    """``flat/layer.repeat`` is that package's third layer and no other's."""
    base, more = mixed(tmp_path), mixed(tmp_path, MIX, "flat/layer.repeat=3")
    assert len(more.steps) == len(base.steps) + 12
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
