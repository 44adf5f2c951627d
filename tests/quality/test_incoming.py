"""Tests that whatever comes into the line brings its chance of being good: the panel, what is bonded to it, parts and dies; per unit, each piece by
itself."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT

from procsim import tables
from procsim.cli import main
from procsim.closed_form.sensitivity import swings
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import one, replicate
from procsim.planning.make import make
from procsim.recipe.inputs import inputs
from procsim.recipe.load import load
from procsim.results import metrics

FLOWS = ROOT / "flows"
SHORT = ("run.horizon_h=450", "run.warmup_h=150", "run.replications=4")
KINDS = {
    "strip of substrates": ("dual_heat_sink", "parts.bga_substrate", 1),
    "ring": ("dual_heat_sink", "parts.stiffener_ring", 1),
    "lid": ("dual_heat_sink", "parts.heat_sink_lid", 1),
    "slug": ("dual_heat_sink", "parts.heat_slug", 1),
    "balls": ("dual_heat_sink", "parts.solder_ball", 850),
    "bare panel": ("embodiment_1", "parts.copper_panel", 1),
    "panel bonded below": ("embodiment_3", "parts.copper_base", 1),
    "panel bonded over it": ("embodiment_4", "parts.copper_panel", 1),
    "die": ("embodiment_1", "product.dies.logic", 1),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_comes_in_brings_its_chance_of_being_good(kind: str) -> None:
    """Yield is multiplied by the chance of every piece that a unit takes, and what it falls by is charged to what came in, whose share is then
    1 - the chance of all of it."""
    flow, address, pieces = KINDS[kind]
    good = 0.9 ** (1 / pieces)
    perfect, poor = (solve(make(load(FLOWS / f"{flow}.yaml", [f"{address}.known_good={k!r}"]))) for k in (1.0, good))
    assert poor.flow.yield_ == pytest.approx(0.9 * perfect.flow.yield_, rel=1e-9)
    assert poor.flow.lost[-1] > 0.09 * poor.flow.started * poor.flow.yield_
    if kind in ("strip of substrates", "bare panel"):  # before all else
        assert poor.flow.lost[-1] - 0.9 * perfect.flow.lost[-1] == pytest.approx(0.1 * poor.flow.started, rel=1e-9)


def test_a_panel_of_which_half_is_bad_halves_the_yield(capsys: pytest.CaptureFixture[str]) -> None:
    """As printed by estimate: of perfect places and of half of them."""
    yields = []
    for good in (1, 0.5):
        assert main(["estimate", str(FLOWS / "dual_heat_sink.yaml"), "--set", f"parts.bga_substrate.known_good={good}"]) == 0
        yields.append(float(next(line for line in capsys.readouterr().out.splitlines() if line.startswith("yield ")).split()[1]))
    assert yields[1] == pytest.approx(yields[0] / 2, abs=1e-6)


def test_a_number_of_a_part_that_never_comes_in_is_told() -> None:
    """No silent nothing: the slug of another package."""
    plan = make(load(FLOWS / "embodiment_1.yaml", ["parts.heat_slug.known_good=0.5"]))
    assert any("parts.heat_slug.known_good has no effect" in text for text in plan.warnings)
    assert not any("no effect" in text for text in make(load(FLOWS / "embodiment_1.yaml", ["parts.copper_panel.known_good=0.5"])).warnings)


def test_it_is_an_input_with_the_elasticity_of_its_loss() -> None:
    """Direct cost goes with 1 / k, but for what is saved on units that are found bad: per relative change of the loss, (1 - k) / k or less."""
    recipe = load(FLOWS / "dual_heat_sink.yaml", ["parts.bga_substrate.known_good=0.9"])
    (swing,) = swings(recipe, [one for one in inputs(recipe) if one.address == "parts.bga_substrate.known_good"])
    assert swing.direct == pytest.approx(0.1 / 0.9, rel=0.02)
    assert swing.known.survival


@pytest.mark.parametrize("sets", [(), ("test.coverage=null", "test.fault_coverage=0.9"),
                                  ("test.coverage=null", "test.fault_coverage=0.9", "product.dies.processor.known_good=0.95")],
                         ids=["units", "faults", "faults of both"])
def test_closed_form_mean_values_and_simulation_agree(sets: tuple[str, ...]) -> None:
    """On the strip of substrates: good units, escapes, and what came in bad, step by step."""
    plan = make(load(FLOWS / "dual_heat_sink.yaml", ["parts.bga_substrate.known_good=0.9", *SHORT, *sets]))
    closed, still, totals = solve(plan), one(plan, 0, variable=False), replicate(plan, 4)
    assert still.good / still.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-9)
    assert still.units_lost / still.sums["lots_left"] == pytest.approx(closed.flow.lost, abs=1e-9 * closed.flow.started)
    assert still.sums["escapes"] / still.sums["units_started"] == pytest.approx(closed.flow.escapes / closed.flow.started, rel=1e-9)
    for name in ("yield", "escapes_ppm"):
        metric = next(metric for metric in metrics.METRICS if metric.name == name)
        found = metrics.estimate(metric, totals, 0.95)
        assert abs(found.mean - metric.expected(closed)) <= 4 * found.se
    table = tables.yield_by_step(plan, totals)
    lost = [float(t.units_lost[-1] / t.sums["units_started"]) for t in totals]
    spread = pd.Series(lost).sem()
    assert table.loc[0, "step"] == "(incoming)"
    assert abs(sum(lost) / 4 - closed.flow.lost[-1] / closed.flow.started) <= 4 * spread


@pytest.mark.parametrize("seen", [True, False])
def test_inspections_find_it_if_they_see_it(seen: bool) -> None:
    """Bad places slip through a test that sees everything but what came in, and are shipped."""
    sets = ["test.coverage=1", "test.false_reject=0", "product.dies.processor.known_good=1", "parts.bga_substrate.known_good=0.8"]
    blind = ["test.sees=[attach, chip_reflow, underfill, stiffener, first_heat_sink, second_heat_sink, points, reflow]"]
    closed = solve(make(load(FLOWS / "dual_heat_sink.yaml", sets if seen else sets + blind)))
    share = closed.flow.escapes / (closed.flow.escapes + closed.flow.good)
    assert share == pytest.approx(0.0 if seen else 0.2, abs=4e-3)


def test_by_faults_a_bad_place_is_as_a_bad_die() -> None:
    """Where dies are attached first, it does not matter which of both came in bad with the chance: the same units are good, found and shipped."""
    sets = ("test.coverage=null", "test.fault_coverage=0.9")
    either = [solve(make(load(FLOWS / "dual_heat_sink.yaml", [f"parts.bga_substrate.known_good={place}", f"product.dies.processor.known_good={die}", *sets])))
              for place, die in ((0.8, 1), (1, 0.8))]
    assert [(x.flow.good, x.flow.escapes, x.flow.lost[-1]) for x in either] == [pytest.approx((either[0].flow.good, either[0].flow.escapes, either[0].flow.lost[-1]), rel=1e-12)] * 2


def test_each_package_of_a_mix_comes_in_on_its_own_panel(tmp_path: Path) -> None:
    """A package of which a fifth of all places is bad beside one whose panels are good."""
    path = tmp_path / "mix.yaml"
    path.write_text("packages:\n  good: {recipe: a.yaml, share: 1}\n  poor: {recipe: b.yaml, share: 1}\n"
                    "line: {lot: {panels: 12}, release: {panels_per_week: 1000}}\nrun: {horizon_h: 400, warmup_h: 200, replications: 1, seed: 1}\n")
    (tmp_path / "a.yaml").write_text("extends: flows:embodiment_1.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: flows:embodiment_1.yaml\nchanges: {set: {parts.copper_panel.known_good: 0.8}}\n")
    recipe = load(path)
    plan = make(recipe)
    alone = solve(make(recipe.packages["good"])).flow.yield_
    closed, still, drawn = solve(plan), one(plan, 0, variable=False), one(plan, 0)
    assert closed.flow.yield_ == pytest.approx(0.9 * alone, rel=1e-9)
    for totals, tolerance in ((still, 1e-9), (drawn, 0.01)):
        each = tables.products(plan, [totals], closed).set_index("product")["yield"]
        assert each["poor"] == pytest.approx(0.8 * each["good"], rel=tolerance)


@pytest.mark.parametrize("variable", [True, False])
def test_units_of_lots_in_the_line_at_time_0_are_good(tmp_path: Path, variable: bool) -> None:
    """What they have behind them is taken as good, the panel too."""
    wip = tmp_path / "wip.csv"
    wip.write_text("step\ntest\ntest\n")
    sets = ["parts.bga_substrate.known_good=0", "line.release.first_at_h=240", "run.horizon_h=250", "run.warmup_h=0",
            "tools.dry_oven.batch={min_panels: 12, max_panels: 180}"]     # two lots alone would never fill it
    totals = one(make(load(FLOWS / "dual_heat_sink.yaml", sets, start_wip=wip)), 0, variable=variable)
    assert totals.sums["lots_left"] == 2
    assert totals.units_lost[-1] == 0
    assert totals.good > 0.95 * totals.sums["units_started"]
