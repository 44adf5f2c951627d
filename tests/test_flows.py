"""Tests every recipe in flows/: it is checked, built and estimated; packages are run, and run and closed form agree."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PACKAGES, ROOT, WHATIFS, loaded
from ranged_lines import moved

from procsim import tables
from procsim.cli import main
from procsim.closed_form.marginal_cost import marginal, volumes
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.experiments.replicate import replicate
from procsim.planning.plan import CATEGORIES, Plan
from procsim.recipe.load import load
from procsim.recipe.source import read_file
from procsim.recipe.tree import walk
from procsim.results.metrics import METRICS, estimate, loads
from procsim.results.overload import refuse_overload
from procsim.section.build import build

SHOWN = ("cost_per_good_unit_direct", "yield", "raw_process_time", "escapes_ppm", "starts_per_good_unit")


@cache
def solved(path: Path) -> tuple[Plan, ClosedForm]:
    plan = settled(loaded(path))
    return plan, solve(plan)


@cache
def run(path: Path) -> list[Totals]:
    """The recipe's own replications."""
    plan, _ = solved(path)
    return replicate(plan, plan.replications)


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda p: p.stem)
def test_every_recipe_builds_and_is_a_line_that_runs(path: Path) -> None:
    """No tool group is overloaded, the bottleneck is well used, the package works."""
    plan, closed = solved(path)
    known = not any(limit.acts for limit in plan.discipline.limits)  # how many lots are over a limit has no closed form
    assert 0.5 < closed.flow.yield_ < 1 if known else np.isnan(closed.flow.yield_)
    assert closed.tools.load.max() < 0.95
    if path in PACKAGES:
        assert 0.8 <= closed.tools.load.max() <= 0.9, "sized so that the bottleneck is 80 to 90 % busy"
    assert closed.costs.per_lot.sum() > 0
    assert plan.units_per_panel > 10
    refuse_overload(plan, closed, False)


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_without_variability_run_and_closed_form_are_equal(path: Path) -> None:
    """Yield, direct cost, load and raw process time to rounding: two ways lead to one number."""
    recipe = load(path, ["line.transport_min=6"])
    plan = settled(recipe)
    closed = solve(plan)
    totals = replicate(plan, 1, variable=False)
    for metric in METRICS:
        if metric.name in SHOWN:
            found = estimate(metric, totals, 0.95).mean
            # raw process time rounds every visit to a µs; the others do not
            assert found == pytest.approx(metric.expected(closed), rel=1e-8), metric.name
    assert totals[0].units_lost / totals[0].sums["lots_left"] == pytest.approx(closed.flow.lost, abs=1e-9 * closed.flow.started)


SOME = [path if path.stem in ("embodiment_1", "embodiment_4", "dual_heat_sink") else pytest.param(path, marks=pytest.mark.long) for path in PACKAGES]
"""The packages, of which half are run by ``make validate`` alone."""


@pytest.mark.parametrize("path", [path if path.stem in ("embodiment_1", "dual_heat_sink") else pytest.param(path, marks=pytest.mark.long)
                                  for path in PACKAGES], ids=lambda p: p.stem)
def test_with_variability_they_agree_within_the_noise(path: Path) -> None:
    """Within 4 standard errors (the recipe's own replications here; 30 in ``make validate``)."""
    _agree(*solved(path), run(path))


@pytest.mark.long
@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_thirty_replications_agree(path: Path) -> None:
    """The recipe's own length, 30 replications, 4 standard errors; loads of every tool group too."""
    plan, closed = solved(path)
    totals = replicate(plan, 30)
    _agree(plan, closed, totals)
    found = loads(totals)
    se = found.std(axis=0, ddof=1) / np.sqrt(len(found))
    z = (found.mean(axis=0) - closed.tools.load) / np.where(se > 0, se, 1.0)
    print(path.stem, "load z:", dict(zip(plan.groups.names, np.round(z, 1).tolist(), strict=True)))
    assert np.abs(z).max() < 4


def _agree(plan: Plan, closed: ClosedForm, totals: list[Totals]) -> None:
    for metric in METRICS:
        if metric.name in SHOWN:
            found = estimate(metric, totals, 0.95)
            want = metric.expected(closed)
            print(f"{plan.flow} {metric.name}: expected {want:.6g}, found {found.mean:.6g}, se {found.se:.2g}")
            assert abs(found.mean - want) <= 4 * found.se, metric.name


@pytest.mark.parametrize("path", SOME, ids=lambda p: p.stem)
def test_money_and_units_balance_to_the_cent_and_the_unit(path: Path) -> None:
    """Spent = charged to good + escapes + scrap + change of WIP + unused capacity; started = good + escapes + removed + scrapped."""
    for totals in run(path):
        spent = totals.value.sum() + totals.wip_value[1] - totals.wip_value[0] + totals.unused.sum()
        assert spent == pytest.approx(totals.spent, abs=0.005)
        units = totals.sums
        assert units["units_started"] == units["good"] + units["escapes"] + units["removed"] + units["scrapped"]
        assert units["units_started"] == units["good"] + totals.units_lost.sum()
        assert units["good"] == int(units["good"])


@pytest.mark.parametrize("path", SOME, ids=lambda p: p.stem)
def test_tables_add_up(path: Path) -> None:
    """Rows and columns of the cost table sum to the fully loaded cost; yields multiply up; states sum to 1."""
    plan, closed = solved(path)
    totals = run(path)
    summary = tables.summary(plan, totals, closed).set_index("metric")["mean"]
    steps = tables.cost_by_step(plan, totals)
    assert steps["cost_per_good_unit_usd"].sum() == pytest.approx(summary["cost_per_good_unit_loaded"], rel=1e-9)
    categories = [f"{name}_usd" for name in CATEGORIES]
    assert steps[categories].sum(axis=1).to_numpy() == pytest.approx(steps["cost_per_good_unit_usd"].to_numpy(), abs=1e-12)
    by = tables.cost_by_category(plan, totals)
    assert by["cost_per_good_unit_usd"].sum() == pytest.approx(summary["cost_per_good_unit_loaded"], rel=1e-9)
    assert by["share"].sum() == pytest.approx(1)
    assert steps["scrap_caused_usd"].sum() == pytest.approx(steps["scrap_found_usd"].sum(), rel=1e-9)
    yields = tables.yield_by_step(plan, totals)
    assert yields["cumulative_yield"].iloc[-1] == pytest.approx(summary["yield"], rel=1e-9)
    assert yields["step_yield"].prod() == pytest.approx(summary["yield"], rel=1e-9)
    losses = tables.loss_pareto(plan, totals)
    sums = {name: sum(t.sums[name] for t in totals) / len(totals) for name in ("units_started", "good")}
    assert losses["units_lost"].sum() == pytest.approx(sums["units_started"] - sums["good"], rel=1e-12)
    assert losses["cumulative_share"].iloc[-1] == pytest.approx(1)
    assert losses["escapes_ppm"].sum() == pytest.approx(summary["escapes_ppm"])
    assert losses.groupby("step")["units_lost"].sum().to_dict() == pytest.approx(
        {name: lost for name, lost in yields.set_index("step")["units_lost"].items() if lost})
    for table in (tables.yield_per_panel(totals), tables.yield_per_lot(totals)):
        assert table["cumulative_share"].iloc[-1] == pytest.approx(1)
    states = tables.tools(plan, totals, closed)[["productive", "standby", "engineering", "scheduled_down", "unscheduled_down", "non_scheduled"]]
    assert states.sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-12)
    used = tables.materials(plan, totals)
    material = by.set_index("category")["cost_per_good_unit_usd"]["material"]
    assert used["cost_per_good_unit_usd"].sum() == pytest.approx(material, rel=1e-9)
    unused = tables.tools(plan, totals, closed)["unused_capacity_usd"].sum()
    assert unused == pytest.approx(by.set_index("category")["cost_per_good_unit_usd"]["unused capacity"], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("path", PACKAGES, ids=lambda p: p.stem)
def test_committed_tables_hold_without_a_run(path: Path) -> None:
    """What the closed form finds is in the tables under reports/ of every package, so none of them is older than its recipe."""
    plan, closed = solved(path)
    golden = committed(path, "summary").set_index("metric")["expected"]
    found = {metric.name: metric.expected(closed) for metric in METRICS if metric.name in golden.index}
    assert len(found) > 8
    assert golden[list(found)].to_numpy() == pytest.approx(list(found.values()), rel=1e-6, nan_ok=True)
    hold("marginal_cost", tables.marginal_cost(marginal(loaded(path), plan, closed)), committed(path, "marginal_cost"))
    hold("cost_by_volume", tables.cost_by_volume(volumes(loaded(path), plan, closed)), committed(path, "cost_by_volume"))


@pytest.mark.parametrize("path", SOME, ids=lambda p: p.stem)
def test_committed_tables_hold(path: Path) -> None:
    """The tables under reports/ are what the recipes give (``make golden`` rewrites them); what the cost rests on has a test of its own."""
    plan, closed = solved(path)
    totals = run(path)
    made = {"summary": tables.summary(plan, totals, closed), "cost_by_step": tables.cost_by_step(plan, totals),
            "cost_by_category": tables.cost_by_category(plan, totals), "yield_by_step": tables.yield_by_step(plan, totals),
            "tools": tables.tools(plan, totals, closed), "steps": tables.steps(plan, totals, closed), "materials": tables.materials(plan, totals),
            "loss_pareto": tables.loss_pareto(plan, totals), "yield_per_panel": tables.yield_per_panel(totals),
            "yield_per_lot": tables.yield_per_lot(totals)}
    for name, table in made.items():
        golden = committed(path, name)
        hold(name, table, golden[~rests(golden)] if name == "summary" else golden)


@pytest.mark.parametrize("path", [path if path.stem in ("embodiment_1", "dual_heat_sink") else pytest.param(path, marks=pytest.mark.long)
                                  for path in PACKAGES], ids=lambda p: p.stem)
def test_what_the_cost_rests_on_is_committed(path: Path) -> None:
    """The table of provenance, and the last rows of the summary, which come of the effects of some 300 numbers one by one."""
    plan, closed = solved(path)
    known = moved(path)
    hold("provenance", tables.provenance(known), committed(path, "provenance"), rel=2e-3, least=2e-6)  # effects are told to four digits
    table, golden = tables.summary(plan, run(path), closed, known), committed(path, "summary")
    assert rests(table).sum() > 8
    hold("summary", table[rests(table)], golden[rests(golden)])


def rests(summary: pd.DataFrame) -> pd.Series:
    """Which rows of a *summary* say what the cost rests on."""
    return summary["metric"].str.contains("resting_on|widest_estimate|largest_without_range")


def committed(path: Path, name: str) -> pd.DataFrame:
    """A table of a package as it stands under reports/."""
    return pd.read_csv(ROOT / "reports" / path.stem / f"{name}.csv", keep_default_na=False, na_values=[""])


def hold(name: str, table: pd.DataFrame, golden: pd.DataFrame, rel: float = 1e-6, least: float = 1e-9) -> None:
    """Whether *table* has the columns, words and numbers of *golden*."""
    assert list(golden.columns) == list(table.columns), name
    for column in table.select_dtypes(exclude="number").columns:
        assert golden[column].fillna("").astype(str).tolist() == table[column].fillna("").astype(str).tolist(), (name, column)
    for column in table.select_dtypes("number").columns:
        assert golden[column].to_numpy(dtype=float) == pytest.approx(table[column].to_numpy(dtype=float), rel=rel, abs=least, nan_ok=True), (name, column)


@pytest.mark.parametrize("path", sorted((ROOT / "flows" / "library").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_number_says_where_it_comes_from(path: Path) -> None:
    """Each entry of the libraries has a source, and speaks of no file that a reader does not have."""
    root = read_file(path)
    entries = {"economics": root} if path.stem.startswith("economics") else dict(root.mapping)
    for name, entry in entries.items():
        assert entry.get("source") is not None, name
    for node in walk(root):
        if isinstance(node.value, str):
            assert not re.search(r"\[S\d|process-data|reference/", node.value), node.value


RANGED = {"tools": ("price_usd", "footprint_m2", "operators", "power_kw"), "materials": ("usage",)}


def test_estimates_keep_their_range() -> None:
    """Prices, footprints, operators, power and usage of the libraries, what is consumed, losses of panels and hours of the year are estimates, so each
    says between what it is believed to lie."""
    bare = []
    for name, fields in RANGED.items():
        for entry, node in read_file(ROOT / "flows" / "library" / f"{name}.yaml").mapping.items():
            bare += [f"{entry}.{field}" for field in fields if (found := node.get(field)) is not None and "mid" not in found.mapping and found.value != 0]
    for entry, node in read_file(ROOT / "flows" / "library" / "processes.yaml").mapping.items():
        for name, amounts in (given.mapping if (given := node.get("consumes")) is not None else {}).items():
            bare += [f"{entry}.{name}.{key}" for key, item in amounts.mapping.items() if "mid" not in item.mapping]
        panel = survival.get("panel") if (survival := node.get("yield")) is not None else None
        if panel is not None and "mid" not in panel.mapping and panel.value != 1:
            bare.append(f"{entry}.yield.panel")
    for path in (ROOT / "flows" / "library").glob("economics*.yaml"):
        bare += [path.stem for item in [read_file(path).get("hours_per_year")] if item is None or "mid" not in item.mapping]
    assert bare == []


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS], ids=lambda p: p.stem)
def test_steps_carry_their_figure(path: Path) -> None:
    """Every step that changes the package says which figure it is laid beside (the flip-chip claims have none)."""
    recipe = loaded(path)
    if recipe.document.product is None or "processor" in recipe.document.product.dies:
        return
    for placed, one in zip(recipe.steps, build(recipe), strict=True):
        if one.before.columns != one.after.columns:
            assert placed.step.fig, placed.id


def test_reports_of_shipped_packages_are_all_there() -> None:
    """One folder of tables for each package."""
    assert {p.stem for p in PACKAGES} == {p.name for p in (ROOT / "reports").iterdir() if p.is_dir() and p.name != "runs"}


def test_a_third_wiring_layer_costs_money(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """``whatif --set layer.repeat=3`` shows a difference whose interval excludes zero."""
    monkeypatch.chdir(ROOT)
    assert main(["whatif", "flows/embodiment_1.yaml", "--set", "layer.repeat=3", "--replications", "3"]) == 0
    line = next(text for text in capsys.readouterr().out.splitlines() if text.startswith("cost_per_good_unit_direct "))
    low, high = (float(x) for x in re.findall(r"\[\+?(-?[\d.]+), \+?(-?[\d.]+)\]", line)[0])
    assert 0 < low < high
