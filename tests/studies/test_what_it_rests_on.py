"""Tests sensitivity against functions whose indices are known, and a line whose variance is known by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import procsim
from procsim.cli import main
from procsim.closed_form.sensitivity import swings
from procsim.errors import RecipeError
from procsim.experiments.radial import all_bars, field_of
from procsim.maths.arrays import Floats
from procsim.maths.morris import effects, shifted, summed_up, tied
from procsim.maths.sobol import Indices, indices
from procsim.recipe.inputs import inputs
from procsim.recipe.load import load

Function = Callable[[Floats], Floats]
"""Of points (n, k) between 0 and 1."""


def ishigami(u: Floats) -> Floats:
    x = math.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


G = np.array([0.0, 1.0, 4.5, 9.0, 99.0])


def g_function(u: Floats) -> Floats:
    return np.asarray(((np.abs(4 * u - 2) + G) / (1 + G)).prod(axis=1))


def found(function: Function, k: int, groups: list[list[int]], n: int, seed: int) -> Indices:
    rng = np.random.default_rng(seed)
    a, b = rng.random((n, k)), rng.random((n, k))

    def around(base: Floats, other: Floats) -> Floats:
        columns = [function(base)]
        for group in groups:
            moved = base.copy()
            moved[:, group] = other[:, group]
            columns.append(function(moved))
        return np.array(columns).T

    return indices(around(a, b), around(b, a))


def test_ishigami() -> None:
    """Analytic indices (Ishigami & Homma 1990), alone and as a group, and scipy's own estimates of them."""
    variance = 7**2 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18 + 0.5
    v1, v2, v13 = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2, 7**2 / 8, 0.01 * math.pi**8 * (1 / 18 - 1 / 50)
    first, total = np.array([v1, v2, 0, v1 + v13]) / variance, np.array([v1 + v13, v2, v13, v1 + v13]) / variance
    got = found(ishigami, 3, [[0], [1], [2], [0, 2]], 20_000, 1)
    for estimates, true in ((got.first, first), (got.total, total)):
        for one, value in zip(estimates, true, strict=True):
            assert abs(one.mean - value) < 4 * one.se
            assert one.se < 0.01
    assert got.spread**2 == pytest.approx(variance, rel=0.03)
    from scipy import stats  # takes half a second, which only this test needs
    theirs = stats.sobol_indices(func=lambda x: ishigami(x.T), n=8192, dists=[stats.uniform()] * 3, rng=np.random.default_rng(2))
    assert theirs.first_order.ravel() == pytest.approx([one.mean for one in got.first[:3]], abs=0.03)
    assert theirs.total_order.ravel() == pytest.approx([one.mean for one in got.total[:3]], abs=0.03)


def test_the_intervals_of_indices_hold_them() -> None:
    """Sobol's G function, 60 samples of 300: 95 % intervals hold the analytic index in 88 % of all cases at least; small indices have small errors."""
    parts = 1 / (3 * (1 + G) ** 2)
    whole = (1 + parts).prod() - 1
    first, total = parts / whole, parts * (1 + parts).prod() / (1 + parts) / whole
    held, errors = [], []
    for seed in range(60):
        got = found(g_function, 5, [[i] for i in range(5)], 300, seed)
        held += [one.low <= true <= one.high for of, trues in ((got.first, first), (got.total, total)) for one, true in zip(of, trues, strict=True)]
        errors.append(got.total[4].se)
    assert np.mean(held) > 0.88
    assert np.median(errors) < 0.2 * total[4]


def test_elementary_effects_of_a_line_and_of_a_product() -> None:
    """A linear function has its slopes and no spread; of x y, whose partners are even between 0 and 1, µ is ½ and σ is 1 / √12."""
    rng = np.random.default_rng(3)
    u = rng.random((4000, 3))
    moved = shifted(u)
    steps = moved - u
    assert np.abs(steps).min() == pytest.approx(0.5)

    def of(function: Function) -> Floats:
        changes = [function(np.where(np.arange(3) == i, moved, u)) - function(u) for i in range(3)]
        return effects(np.array(changes).T, steps)

    line = summed_up(of(lambda x: x @ np.array([3.0, -2.0, 0.0])))
    assert line.mu == pytest.approx([3, -2, 0])
    assert line.mu_star == pytest.approx([3, 2, 0])
    assert line.sigma == pytest.approx([0, 0, 0])
    effects_of = of(lambda x: x[:, 0] * x[:, 1])
    product = summed_up(effects_of)
    assert (np.abs(product.mu - [0.5, 0.5, 0]) <= 4 * product.mu_se).all()
    assert (np.abs(product.sigma - [12**-0.5, 12**-0.5, 0]) <= 4 * product.sigma_se).all()
    assert product.mu_se[0] == pytest.approx(12**-0.5 / 4000**0.5, rel=0.05)
    assert product.sigma_se[0] < 0.01
    assert tied(effects_of, np.array([0.0, 1.0, 2.0])).tolist() == [True, False, False]


def test_an_input_that_cannot_be_moved_has_no_effect() -> None:
    none = summed_up(effects(np.zeros((5, 1)), np.zeros((5, 1))))
    assert (none.mu[0], none.mu_star[0], none.sigma[0]) == (0.0, 0.0, 0.0)


LINE = """
line: {lot: {panels: 1, units_per_panel: 100}, release: {every_h: 1}, tools: {m: {count: 1}}}
materials:
  one: {price_usd_per_piece: {mid: 2, low: 1, high: 3, source: an estimate}}
  two: {price_usd_per_piece: {mid: 4, low: 2, high: 6, source: a price list}}
  three: {price_usd_per_piece: {mid: 8, low: 5, high: 11}}
  rest: {price_usd_per_piece: 10}
run: {horizon_h: 200, replications: 2, seed: 1}
steps: [{id: a, tool: m, time_s: 60, consumes: {one: {per_unit: 1}, two: {per_unit: 1}, three: {per_unit: 1}, rest: {per_unit: 1}}}]
"""
PRICES = {f"materials.{name}.price_usd_per_piece": half for name, half in (("one", 1.0), ("two", 2.0), ("three", 3.0))}


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A line whose cost is the sum of four prices, three of them with symmetric ranges: their shares of the variance are as 1 : 4 : 9."""
    path = tmp_path / "line.yaml"
    path.write_text(LINE, encoding="utf-8")
    return path


def test_tornado(line: Path) -> None:
    """The widest range first, and the number without a range where its elasticity puts it; shares by width alone."""
    told = procsim.sensitivity(line)
    rows = told.tornado.set_index("address")
    for address, half in PRICES.items():
        assert (rows.loc[address, "change_at_low"], rows.loc[address, "change_at_high"]) == pytest.approx((-half, half))
    assert rows.loc["materials.rest.price_usd_per_piece", "elasticity"] == pytest.approx(10 / 24, abs=1e-4)
    assert rows["place_by_elasticity"].loc["materials.rest.price_usd_per_piece"] <= 2  # what is taken of it per package does as much
    first = told.measure_first.set_index("address")["share_of_variance"]
    assert list(first.index) == ["materials.three.price_usd_per_piece", "materials.one.price_usd_per_piece"]
    assert first.to_list() == pytest.approx([9 / 14, 1 / 14])
    assert b"<svg" in told.figure("tornado").svg


BUSY = """
line: {lot: {panels: 1}, release: {every_h: 1}, tools: {m: {count: 1}}}
run: {horizon_h: 200, replications: 2, seed: 1}
steps: [{id: a, tool: m, time_min: {mid: 40, low: 30, high: 70, source: an estimate}}]
"""


def test_a_time_at_an_end_that_would_be_overloaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The line takes the tools that this needs, and its cycle time is that of theirs; no end is left without a number, or without a reason."""
    path = tmp_path / "busy.yaml"
    path.write_text(BUSY, encoding="utf-8")
    found = procsim.sensitivity(path, figure="cycle_time")
    row = found.tornado.set_index("address").loc["a.time_min"]
    own, two = (procsim.estimate(path, edits).closed.time.cycle_h for edits in ({}, {"a.time_min": 70, "tools.m.count": 2}))
    assert row["change_at_high"] == pytest.approx(two - own, rel=1e-3)
    assert found.measure_first["address"].to_list() == ["a.time_min"]
    path.write_text(LINE.replace("time_s: 60,", "time_s: 60, yield: {unit: {mid: 0.9, low: 0, high: 1}},"), encoding="utf-8")
    assert main(["sensitivity", str(path), "--jobs", "1"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "a.yield.unit is not among what to measure first, since its whole range is not known: at its low: no unit is good" in told


def test_tornado_is_what_swings_are() -> None:
    """One figure of many, found by a way of its own; the loaded cost is that of ``swings``."""
    recipe = procsim.load("flows:whatif/qfn_wire_bonded.yaml")
    known = inputs(recipe)[::7]
    ours, theirs = all_bars(field_of(recipe, known, "cost_per_good_unit_loaded")), swings(recipe, known)
    for one, other in zip(ours, theirs, strict=True):
        assert one.known == other.known
        assert (one.low_usd, one.high_usd, one.elasticity) == pytest.approx((other.low_usd, other.high_usd, other.elasticity), nan_ok=True, abs=1e-9)


def test_morris_of_a_line(line: Path) -> None:
    """Prices act linearly: the whole range, no spread, no ties."""
    told = procsim.sensitivity(line, "morris", trajectories=5)
    assert told.morris["mu_star"].to_list() == pytest.approx([6, 4, 2])
    assert told.morris["sigma"].to_list() == pytest.approx([0, 0, 0], abs=1e-9)
    assert not told.morris["tied"].any()
    assert b"<svg" in told.figure("morris").svg


@pytest.mark.parametrize("first", [12, 1])
def test_sobol_of_a_line(line: Path, first: int) -> None:
    """Shares are 9, 4 and 1 of 14, nothing interacts; with the others as one group, 9 and 5."""
    told = procsim.sensitivity(line, "sobol", samples=100, first=first)
    true = [9 / 14, 4 / 14, 1 / 14] if first == 12 else [9 / 14, 5 / 14]
    table = told.sobol
    assert table["inputs"].to_list() == ([1, 1, 1] if first == 12 else [1, 2])
    for name in ("first", "total"):
        assert (np.abs(table[name] - true) < 4 * table[f"{name}_se"]).all()
    assert told.facts()["sd"] == pytest.approx((14 / 6) ** 0.5, rel=0.1)
    assert ("morris" in told.tables) == (first == 1)
    assert told.measure_first["address"].iloc[0] == "materials.three.price_usd_per_piece"
    assert b"<svg" in told.figure("sobol").svg


def test_indices_do_not_depend_on_the_workers(line: Path) -> None:
    one, two = (procsim.sensitivity(line, "sobol", samples=40, first=1, trajectories=3, jobs=jobs).json() for jobs in (1, 2))
    assert one == two
    assert one != procsim.sensitivity(line, "sobol", samples=40, first=1, trajectories=3, seed=2).json()


@pytest.mark.parametrize(("old", "new", "more", "told"), [
    ("", "", {"figure": "cost"}, "no figure 'cost'"),
    ("", "", {"method": "sobel"}, "did you mean 'sobol'"),
    ("", "", {"figure": "scrap_cost_per_good_unit"}, "no closed form"),
    ("{mid", "", {"method": "morris"}, "has a range; write one as"),
    ("price_usd_per_piece", "", {}, "nothing in this recipe has a price"),
])
def test_what_cannot_be_asked(line: Path, old: str, new: str, more: dict[str, str], told: str) -> None:
    text = LINE
    if old == "{mid":
        text = "\n".join(row.split("{mid")[0] + "3}" if "{mid" in row else row for row in LINE.split("\n"))
    elif old:
        text = "\n".join(row for row in LINE.split("\n") if old not in row and "materials" not in row).split("consumes")[0].rstrip(", ") + "}]\n"
    line.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=told):
        procsim.sensitivity(line, **more)  # type: ignore[arg-type]


def test_the_command(line: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints the table and what to measure first, or JSON alone, and writes tables and pictures, twice into the same folder."""
    def told(*words: str) -> str:
        assert main(["sensitivity", str(line), "--jobs", "1", *words]) == 0
        return capsys.readouterr().out

    out = tmp_path / "out"
    for _ in range(2):
        assert "measure first" in told("--out", str(out))
    assert {path.name for path in out.iterdir()} == {"tornado.csv", "measure_first.csv", "tornado.svg", "index.html", "run.json"}
    assert "materials.three" in told("--method", "morris", "--trajectories", "4")
    plain = json.loads(told("--method", "sobol", "--samples", "40", "--json"))
    assert (plain["kind"], plain["method"], plain["samples"]) == ("sensitivity", "sobol", 40)
    assert "pairs of draws" in told("--method", "sobol", "--samples", "40")
    assert main(["sensitivity", str(line), "--figure", "cost"]) == 2


def test_what_a_missing_cleaning_costs_is_an_input(tmp_path: Path) -> None:
    """Without the plasma before the underfill 0.985 of the packages survive, or 0.95 to 0.998: that is worth something; what finds what it wants
    moves nothing."""
    path = tmp_path / "unclean.yaml"
    path.write_text("extends: flows:dual_heat_sink.yaml\nchanges: {remove: plasma}\n", encoding="utf-8")
    recipe = load(path)
    found = {one.known.address.partition(".can.wants.")[2]: one for one in swings(recipe, [one for one in inputs(recipe) if ".can.wants." in one.address])}
    plasma = found["plasma_treated"]
    assert plasma.known.survival
    assert (plasma.known.low, plasma.known.high) == (0.95, 0.998)
    assert plasma.low_usd > 0 > plasma.high_usd
    assert plasma.elasticity > 0, "of the loss"
    assert not found["marked"].moves


def test_a_tornado_is_printed_as_it_is_drawn(line: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By range: the two have the same first five."""
    assert main(["sensitivity", str(line)]) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    printed = [row.split()[0] for row in rows if ".price_usd" in row.split()[0]]
    assert printed[:3] == [f"materials.{name}.price_usd_per_piece" for name in ("three", "two", "one")]


@pytest.mark.parametrize(("method", "told"), [("tornado", "no number that may be wrong moves yield"), ("morris", "no number that has a range moves yield"),
                                              ("sobol", "no number that has a range moves yield")])
def test_a_figure_that_nothing_moves_is_said_to_be(line: Path, method: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In the place of a table that says nothing, and in JSON."""
    if method != "sobol":  # whose many points take a second; it prints as the others do
        assert main(["sensitivity", str(line), "--method", method, "--figure", "yield", "--jobs", "1"]) == 0
        assert capsys.readouterr().out.splitlines()[1:] == [told]
    assert main(["sensitivity", str(line), "--method", method, "--figure", "yield", "--jobs", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["warnings"] == [told]
