"""Tests operating curves: cycle time against throughput at chosen loads, and a constant WIP between the curves of Factory Physics."""

from __future__ import annotations

import filecmp
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import PACKAGES, ROOT

from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.experiments import curve
from procsim.maths import queues
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.tables import operating_curve

THEORY = ROOT / "tests" / "theory"


@pytest.mark.parametrize("path", [*(path if path.stem in ("embodiment_1", "embodiment_4", "dual_heat_sink") else pytest.param(path, marks=pytest.mark.long)
                                    for path in PACKAGES), THEORY / "b00_full_batches.yaml", THEORY / "f01_outages.yaml", THEORY / "t01_minifab.yaml"],
                         ids=lambda p: p.stem)
def test_releases_are_paced_to_the_load(path: Path) -> None:
    """The bottleneck of the closed form has the load asked for, whatever batches, failures and upkeep do to it; the mix stays."""
    plan = make(load(path))
    for point in curve.at_loads(plan, [0.3, 0.9]):
        assert point.closed.tools.load.max() == pytest.approx(point.setting, rel=1e-6)
        paces = [a.interval.mean / b.interval.mean for a, b in zip(plan.streams, point.plan.streams, strict=True) if a.interval and b.interval]
        assert paces == pytest.approx([paces[0]] * len(plan.streams))
        assert [s.interval.scv for s in point.plan.streams if s.interval] == [s.interval.scv for s in plan.streams if s.interval]


def test_points_lie_where_the_curve_bends() -> None:
    """Five points are 0.5 … 0.95, each with 0.56 times the idle share of the one before."""
    found = curve.loads(5)
    assert (found[0], found[-1]) == (0.5, 0.95)
    idle = 1 - np.array(found)
    assert idle[1:] / idle[:-1] == pytest.approx(0.1**0.25, abs=0.01)
    assert len(curve.loads(2)) == 2


@pytest.mark.parametrize(("fab", "rate", "raw"), [("q10_penny_fab_one", 0.5, 8.0), ("q10_penny_fab_two", 0.4, 20.0)])
def test_reference_curves_of_the_penny_fabs(fab: str, rate: float, raw: float) -> None:
    """Q10. Best, practical worst and worst case (Hopp & Spearman, Factory Physics, ch. 7)."""
    plan = make(load(THEORY / f"{fab}.yaml"))
    closed = solve(plan)
    assert (closed.starts.bottleneck_per_h, closed.time.raw_process_h) == (pytest.approx(rate), pytest.approx(raw))
    found = operating_curve.references(rate, raw, [1, 4, 8, 12]).set_index("wip")
    best = {1: 0.125, 4: 0.5, 8: 0.5, 12: 0.5} if rate == 0.5 else {1: 0.05, 4: 0.2, 8: 0.4, 12: 0.4}
    practical = {1: 8, 4: 14, 8: 22, 12: 30} if rate == 0.5 else {1: 20, 4: 27.5, 8: 37.5, 12: 47.5}
    assert found["best_throughput_lots_per_h"].to_dict() == pytest.approx(best)
    assert found["practical_worst_cycle_time_h"].to_dict() == pytest.approx(practical)
    assert found["worst_cycle_time_h"].to_dict() == pytest.approx({w: w * raw for w in best})
    assert (found["best_cycle_time_h"] <= found["practical_worst_cycle_time_h"]).all()
    wip = np.array([plan.streams[0].conwip])
    assert closed.time.cycle_h == pytest.approx(wip[0] / queues.best_case(wip, rate, raw)[0]), "nothing varies: the line is the best case"


def test_curve_of_one_poisson_machine(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """M/M/1: cycle time is 1 / (1 - load) process times; found and closed form stand side by side."""
    recipe = (THEORY / "q01_station.yaml").read_text().replace("horizon_h: 62300", "horizon_h: 15300")
    (here / "mm1.yaml").write_text(recipe)
    assert main(["curve", "mm1.yaml", "--loads", "0.8,0.5", "--replications", "10"]) == 0
    folder = here / "reports" / "runs" / "mm1-curve"
    assert {p.name for p in folder.iterdir()} == {"curve.csv", "curve.svg", "index.html", "run.json"}
    table = pd.read_csv(folder / "curve.csv")
    assert table["load"].tolist() == [0.5, 0.8]
    assert table["expected_cycle_time_h"].tolist() == pytest.approx([2, 5])
    assert table["cycle_time_h"].tolist() == pytest.approx([2, 5], rel=0.08)
    assert table["throughput_lots_per_h"].tolist() == pytest.approx([0.5, 0.8], rel=0.03)
    assert table["x_factor"].tolist() == pytest.approx((table["cycle_time_h"] / table["raw_process_time_h"]).tolist(), rel=1e-8)
    assert table["wip_lots"].tolist() == pytest.approx((table["cycle_time_h"] * table["throughput_lots_per_h"]).tolist(), rel=0.02)
    assert "x-factor" in capsys.readouterr().out


@pytest.mark.drawn
def test_curve_of_a_constant_wip(here: Path) -> None:
    """Q10 without variability: the simulated line is the best case, at every level of WIP, and the picture has all three curves."""
    (here / "fab.yaml").write_text((THEORY / "q10_penny_fab_two.yaml").read_text().replace("60200", "2200"))
    assert main(["curve", "fab.yaml", "--wip", "4,8,12", "--replications", "1", "--out", "c"]) == 0
    table = pd.read_csv(here / "c" / "curve.csv").set_index("wip")
    assert table["throughput_lots_per_h"].tolist() == pytest.approx([0.2, 0.4, 0.4], rel=0.01)
    assert table["cycle_time_h"].tolist() == pytest.approx(table["best_cycle_time_h"].tolist(), rel=0.01)
    assert table["expected_cycle_time_h"].tolist() == pytest.approx(table["best_cycle_time_h"].tolist())
    assert table["expected_throughput_lots_per_h"].tolist() == pytest.approx(table["best_throughput_lots_per_h"].tolist())
    assert (set(table["expected_throughput_is"]), set(table["expected_cycle_time_is"])) == ({"exact"}, {"estimate"})
    picture = (here / "c" / "curve.svg").read_text()
    assert all(words in picture for words in ("best case", "practical worst case", "worst case", "simulated", "closed form"))
    assert main(["curve", "fab.yaml", "--points", "3", "--replications", "1", "--out", "d"]) == 0
    assert pd.read_csv(here / "d" / "curve.csv")["wip"].tolist() == [1, 5, 24]


def test_same_bytes_whatever_the_jobs(here: Path) -> None:
    """One worker or two; and other folders for an edited recipe."""
    for folder, jobs in (("a", "1"), ("b", "2")):
        assert main(["curve", "line.yaml", "--points", "2", "--jobs", jobs, "--out", folder]) == 0
    assert filecmp.cmpfiles(here / "a", here / "b", ["curve.csv", "curve.svg"], shallow=False)[0] == ["curve.csv", "curve.svg"]
    assert main(["curve", "line.yaml", "--loads", "0.4", "--set", "tools.a.count=2"]) == 0
    assert len(list((here / "reports" / "runs").glob("line-????????-curve"))) == 1


@pytest.mark.parametrize(("arguments", "words"), [
    (["--loads", "0.5,1.0"], "must be at least 1e-06 and below 1"), (["--loads", "0.5", "--points", "3"], "not allowed with"), (["--wip", "3"], "--loads 0.5"),
    (["--set", "line.release={conwip_lots: 3}", "--loads", "0.5"], "--wip 1,2,4,8"), (["--set", "line.release.lots=9"], "lots without end"),
    (["--set", "line.release={schedule: [{at_h: 1}]}"], "a schedule has its own times"), (["--points", "1"], "must be >= 2"), (["--wip", "0"], "must be >= 1"),
])
def test_a_curve_that_makes_no_sense_is_exit_2(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """And says what would make sense."""
    assert main(["curve", "line.yaml", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not (here / "reports").exists()
