"""Tests draws of all ranged numbers, each against an answer known beforehand, on any number of workers."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import LINE, ROOT
from lines import Write, plan_of
from ranged_lines import PRICED, by_address, drawn, known, ranged

from procsim import tables
from procsim.cli import main
from procsim.closed_form.sensitivity import Swing, swings
from procsim.closed_form.solve import solve
from procsim.errors import StoppedError
from procsim.experiments.processes import processes
from procsim.experiments.uncertainty import FIGURES, Sample, draw, figures_of
from procsim.maths import statistics
from procsim.planning.geometry import geometry
from procsim.planning.make import make
from procsim.recipe.inputs import inputs
from procsim.recipe.load import load
from procsim.results.metrics import METRICS

# --- draws -------------------------------------------------------------------------------------------------------------


def test_without_ignorance_every_draw_is_the_estimate() -> None:
    """Ranges of no width: each draw, so their mean too, is the closed form itself."""
    recipe, found = known(ROOT / "flows" / "embodiment_1.yaml")
    narrow = [Swing(replace(one, low=one.value, high=one.value), 1.0, 1.0, 0.0, 0.0, whole=False) for one in found if one.ranged]
    made = draw(recipe, narrow, Sample(3, seed=1))
    closed = solve(make(recipe))
    want = [*(metric.expected(closed) for metric in METRICS), math.nan, float(closed.tools.load.max()), 0.0]
    for row in [*made.figures, made.mid]:
        assert row.tolist() == pytest.approx(want, rel=1e-12, nan_ok=True)


def test_one_price_gives_its_triangle(write: Write) -> None:
    """Cost is linear in one ranged price: mean and variance are those of the triangle, within 4 standard errors."""
    recipe = load(write(PRICED))
    (one,), _, cost = drawn(recipe, 300)
    low, mid, high = 0.2, 0.5, 1.4
    slope = (one.high_usd - one.low_usd) / (high - low)
    mean = solve(make(recipe)).direct + slope * ((low + mid + high) / 3 - mid)
    variance = slope**2 * (low**2 + mid**2 + high**2 - low * mid - low * high - mid * high) / 18
    assert abs(cost.mean() - mean) <= 4 * math.sqrt(variance / len(cost))
    assert abs(cost.var(ddof=1) - variance) <= 4 * variance * math.sqrt((2.4 - 1) / len(cost)), "a triangle's kurtosis is 2.4"


def test_the_dominant_input_comes_first(write: Write) -> None:
    """Of a price that moves the cost by a factor and two that hardly do, the first is the first driver; shares sum to 1."""
    text = PRICED.replace("price_usd: 100000", "price_usd: {mid: 100000, low: 99000, high: 101000}").replace(
        "labour_usd_per_h: 20", "labour_usd_per_h: {mid: 20, low: 19.9, high: 20.1}")
    found, values, cost = drawn(load(write(text)), 100)
    table, fit = tables.drivers(found, values, cost)
    assert table["address"].iloc[0] == "materials.paste.price_usd_per_g"
    assert table["share_of_variance"].iloc[0] > 0.99
    assert table["spearman"].iloc[0] > 0.99
    assert table["share_of_variance"].sum() == pytest.approx(1)
    assert fit == pytest.approx(1, abs=1e-9), "the cost is a plane over prices"


def test_few_draws_regress_on_the_widest_only() -> None:
    """At most one input for five draws enters the regression: the widest swings; the others' shares are empty."""
    recipe, found = known(ROOT / "flows" / "embodiment_1.yaml")
    made = draw(recipe, swings(recipe, [one for one in found if one.ranged][::12]), Sample(20, 1))
    assert len(made.swings) > 5
    table, _ = tables.drivers(made.swings, made.values, made.of("cost_per_good_unit_loaded"))
    taken = table[table["share_of_variance"].notna()]["address"]
    assert set(taken) == {one.known.address for one in sorted(made.swings, key=lambda one: -one.half_usd)[:4]}
    assert table["spearman"].notna().all()


def test_draws_are_keyed_by_address_and_number(write: Write) -> None:
    """Another range, another number of draws or other workers move no draw of the price; another seed moves all."""
    _, values, cost = drawn(load(write(PRICED)), 45)
    more, others, _ = drawn(load(write(PRICED.replace("price_usd: 100000", "price_usd: {mid: 100000, low: 1, high: 200000}"))), 20)
    at = [one.known.address for one in more].index("materials.paste.price_usd_per_g")
    assert others[:, at].tolist() == values[:20, 0].tolist()
    recipe = load(write(PRICED))
    with processes(2) as pool:
        shared = draw(recipe, ranged(recipe), Sample(45, 1), executor=pool)
    assert shared.of("cost_per_good_unit_direct").tobytes() == cost.tobytes()
    assert not set(drawn(recipe, 45, seed=2)[1].ravel().tolist()) & set(values.ravel().tolist())


def test_counts_are_drawn_whole(write: Write) -> None:
    """A ranged number of uses is drawn as a whole number, and has no elasticity but a swing."""
    path = ROOT / "flows" / "whatif" / "glass_first_panel.yaml"
    recipe = load(path, ["parts.glass_panel.uses={mid: 15, low: 5, high: 30}"])
    one, = swings(recipe, [by_address(inputs(recipe))["parts.glass_panel.uses"]])
    assert one.whole
    assert math.isnan(one.elasticity)
    assert one.low_usd > 0 > one.high_usd
    values = draw(recipe, [one], Sample(30, 1)).values
    assert (values == np.rint(values)).all()
    assert len(set(values.ravel().tolist())) > 5


OVERLOADED = LINE.replace("time_min: 30,", "time_min: {mid: 30, low: 20, high: 200},")


@pytest.mark.parametrize(("minutes", "tools"), [(30, 1), (90, 2), (200, 3)])
def test_an_overloaded_draw_keeps_the_demand_and_adds_tools(write: Write, minutes: float, tools: int) -> None:
    """A draw's figures per good unit are those of the same line with the tools that it takes, at what is released: its swing is the same number."""
    recipe = load(write(OVERLOADED))
    slow = next(one for one in swings(recipe) if one.known.ranged)
    held = figures_of(recipe, geometry(recipe), (slow.known,), np.array([[minutes]]))[0]
    enough = solve(plan_of(write, LINE, f"two.time_min={minutes}", f"tools.a.count={tools}"))
    assert enough.loads.max() < 1
    for name in ("cost_per_good_unit_direct", "cost_per_good_unit_loaded", "cost_of_unused_capacity_per_good_unit", "cost_per_shipped_unit",
                 "good_units_per_week", "throughput", "yield"):
        want = next(metric for metric in METRICS if metric.name == name).expected(enough)
        assert held[FIGURES.index(name)] == pytest.approx(want, rel=1e-12), name
    assert held[FIGURES.index("tools_added")] == tools - 1
    if minutes == 200:
        assert held[FIGURES.index("cost_per_good_unit_loaded")] - solve(make(recipe)).loaded == pytest.approx(slow.high_usd)


def test_draws_are_compared_at_the_same_output(write: Write) -> None:
    """Where times alone are uncertain all draws put through what mid does, though most overload the line as it is; mid, mean and band stand side
    by side, mid at the share of draws that are cheaper."""
    recipe = load(write(OVERLOADED))
    made = draw(recipe, swings(recipe), Sample(60, 1))
    spread = tables.uncertainty(FIGURES, made.figures, made.mid).set_index("figure")
    output, loaded = spread.loc["good_units_per_week"], spread.loc["cost_per_good_unit_loaded"]
    assert output["p05"] == output["p95"] == output["mid"] == pytest.approx(output["mean"])
    assert (output["sd"], output["mid_percentile"]) == (0, 50), "all are equal but for rounding"
    assert 0.3 < spread.loc["overloaded", "mean"] < 1
    assert spread.loc["overloaded", "mid"] == 0
    assert spread.loc["cycle_time", "draws"] < loaded["draws"] == 60, "an overloaded line has no cycle time"
    closed, cost = solve(make(recipe)), made.of("cost_per_good_unit_loaded")
    assert loaded["mid"] == pytest.approx(closed.loaded)
    below = (cost < closed.loaded * (1 - 1e-12)).mean() + (abs(cost / closed.loaded - 1) <= 1e-12).mean() / 2
    assert loaded["mid_percentile"] == pytest.approx(100 * below)
    one, = (swing for swing in made.swings)
    assert cost.min() >= closed.loaded + min(one.low_usd, 0) - 1e-9
    assert cost.max() <= closed.loaded + one.high_usd + 1e-9


def test_a_line_overloaded_at_mid_adds_tools_there_too(write: Write) -> None:
    """Mid is treated as the draws are: the cost of a line with two tools, not that of the one that loses output."""
    text = OVERLOADED.replace("every_h: 2", "every_h: 1")
    recipe = load(write(text))
    mid = draw(recipe, swings(recipe), Sample(1, 1)).mid
    assert solve(make(recipe)).tools.load.max() > 1
    assert mid[FIGURES.index("cost_per_good_unit_loaded")] == pytest.approx(solve(plan_of(write, text, "tools.a.count=2")).loaded)


def test_a_price_has_a_band_where_there_is_a_margin(write: Write) -> None:
    """The price is the loaded cost over one less the margin, in every draw; without a margin there is no row of it."""
    for margin, factor in (("", None), (", margin: 0.2", 1.25)):
        recipe = load(write(PRICED.replace("overhead: 0.1", "overhead: 0.1" + margin)))
        made = draw(recipe, swings(recipe), Sample(20, 1))
        spread = tables.uncertainty(FIGURES, made.figures, made.mid).set_index("figure")
        assert ("price_per_good_unit" in spread.index) == bool(factor)
        if factor:
            for column in ("mid", "mean", "p05", "p95"):
                assert spread.loc["price_per_good_unit", column] == pytest.approx(factor * spread.loc["cost_per_good_unit_loaded", column])


# --- statistics --------------------------------------------------------------------------------------------------------


def test_ranks_and_rank_correlation_are_scipys() -> None:
    """Ties share their mean rank; Spearman's rho is scipy's."""
    from scipy.stats import rankdata, spearmanr

    x = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
    y = np.array([2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0, 8.0])
    assert statistics.ranks(x).tolist() == rankdata(x).tolist()
    assert statistics.correlation(statistics.ranks(x), statistics.ranks(y)) == pytest.approx(spearmanr(x, y).statistic)
    assert math.isnan(statistics.correlation(x, np.ones(8)))


def test_shares_of_a_plane() -> None:
    """y = 3a + 4b with a, b uncorrelated and of equal spread: shares 9/25 and 16/25, R² 1; a constant column has none."""
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(5.0), np.arange(5.0)))
    shares, fit = statistics.regression_shares(np.stack([a, b, np.ones(25)], axis=1), 3 * a + 4 * b)
    assert shares.tolist() == pytest.approx([9 / 25, 16 / 25, 0])
    assert fit == pytest.approx(1)


# --- on the command line -----------------------------------------------------------------------------------------------


def test_run_writes_its_provenance(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """With money: provenance.csv and rows in summary.csv; with --uncertainty two tables and a picture more, in a folder of their own, while
    every other table stays byte for byte; without money nothing of it."""
    monkeypatch.chdir(tmp_path)
    path = write(PRICED)
    assert main(["run", str(path)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"the fully loaded cost rests on published numbers 0 %, estimates [\d.]+ %, choices 0 %, numbers without a source [\d.]+ %\n"
                     r"  widest ranges: materials.paste.price_usd_per_g ± \S+ USD \(estimate\)\n"
                     r"  largest without a range: \S+, elasticity \S+ \(unsourced\); ", said)
    before = {file.name: file.read_bytes() for file in (tmp_path / "reports" / "line").iterdir()}
    assert b"cost_resting_on_estimates" in before["summary.csv"]
    assert main(["run", str(path), "--uncertainty", "30"]) == 0
    said = capsys.readouterr().out
    assert "of 30 draws" in said
    cost = next(line for line in said.splitlines() if line.startswith("cost_per_good_unit_loaded"))
    assert re.search(r"closed form.* +mid +mean of draws +5 % +95 % +draws below mid", said)
    assert len(cost.split()) == 12, "figure, unit, mean, ±, closed form; mid, mean, band, and where mid lies in it"
    folder, = (tmp_path / "reports" / "runs").iterdir()
    assert folder.name.endswith("uncertainty30")
    after = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set(after) - set(before) == {"uncertainty.csv", "uncertainty_drivers.csv", "uncertainty.svg"}
    assert {name for name in before if before[name] != after[name]} == {"run.json", "index.html"}
    assert main(["run", str(write(FREE, "free.yaml"))]) == 0
    assert not (tmp_path / "reports" / "free" / "provenance.csv").exists()
    assert b"resting" not in (tmp_path / "reports" / "free" / "summary.csv").read_bytes()


def test_the_same_bytes_on_any_number_of_workers(write: Write, tmp_path: Path) -> None:
    """``estimate --uncertainty`` with one worker and with two writes the same files."""
    path = write(PRICED)
    for jobs in ("1", "2"):
        assert main(["estimate", str(path), "--uncertainty", "50", "--jobs", jobs, "--out", str(tmp_path / jobs)]) == 0
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / jobs).iterdir()} for jobs in ("1", "2"))
    assert one == two
    assert {"run.json", "provenance.csv", "uncertainty.csv", "uncertainty_drivers.csv", "uncertainty.svg", "summary.csv"} < set(one)


def late(*_: object, **__: object) -> None:
    raise StoppedError("time is up")


def test_the_estimate_quotes_costs_with_their_band(write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both costs of the headline have mid, mean and band beside them; where time is up before the draws are done the closed form is told all the same."""
    path = write(PRICED)
    assert main(["estimate", str(path), "--uncertainty", "30"]) == 0
    said = capsys.readouterr().out
    for cost in ("direct cost", "fully loaded cost"):
        value, *band = re.search(rf"{cost} +(\S+) +USD per good unit +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) %", said).groups()  # type: ignore[union-attr]
        mid, mean, low, high, below = map(float, band)
        assert mid == pytest.approx(float(value), rel=1e-3)
        assert low < mean < high
        assert 0 < below < 100
    monkeypatch.setattr("procsim.studies.uncertainty.draw", late)
    assert main(["estimate", str(path), "--uncertainty", "30", "--max-wall-s", "60"]) == 1
    told = capsys.readouterr()
    assert "fully loaded cost" in told.out
    assert "not all of 30 draws were done" in told.err


@pytest.mark.parametrize("edit", [("every_h: 2", "every_h: 2, lots: 40"), ("a: {count: 1,", "a: {count: 1, failures: {f: {mtbf_h: 50, mttr_h: 2, work: scrap}},")])
def test_a_cost_without_closed_form_has_no_drivers(edit: tuple[str, str], write: Write, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody knows the cost, what is known of the rest is told, and that drivers are left out; no table of blanks."""
    assert main(["estimate", str(write(PRICED.replace(*edit))), "--uncertainty", "20", "--out", str(tmp_path / "out")]) == 0
    assert "drivers of cost_per_good_unit_loaded are left out" in capsys.readouterr().out
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"run.json", "provenance.csv", "uncertainty.csv"} < written
    assert not {"uncertainty_drivers.csv", "uncertainty.svg"} & written


FREE = re.sub(r"price_usd(_per_g)?: ([\d.]+|\{.*?\})(, )?", "", PRICED).replace(", labour_usd_per_h: 20", "")


@pytest.mark.parametrize(("text", "reason"), [(LINE, "no number that this recipe uses has a range"), (FREE, "nothing in this recipe has a price")])
def test_uncertainty_without_a_point_is_refused(write: Write, capsys: pytest.CaptureFixture[str], text: str, reason: str) -> None:
    """Nothing to draw, or no cost: a plain reason and exit code 2."""
    assert main(["estimate", str(write(text)), "--uncertainty", "20"]) == 2
    assert reason in capsys.readouterr().err


def test_interrupted_draws_write_nothing(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while drawing, and time that is up, end the command with nothing written; workers are let go."""
    path = write(PRICED)
    recipe = load(path)

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with processes(2) as pool, pytest.raises(KeyboardInterrupt):
        draw(recipe, swings(recipe), Sample(400, 1), executor=pool, progress=stop)
    assert main(["run", str(path), "--uncertainty", "100", "--max-wall-s", "0.000001", "--out", str(tmp_path / "out")]) == 1
    monkeypatch.setattr("procsim.experiments.uncertainty.figures_of", lambda *_: stop(0))
    assert main(["run", str(path), "--uncertainty", "100", "--jobs", "1", "--out", str(tmp_path / "out")]) == 130
    assert not (tmp_path / "out").exists()
