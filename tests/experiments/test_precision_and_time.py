"""Tests how sure a figure is and how long a run may take: intervals, precision, time limits, Ctrl-C (cases S of known answer beside test_theory)."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import LINE, ROOT
from lines import Write
from test_statistics import LAW, SERIES, SLEEP

from procsim.cli import main
from procsim.errors import StoppedError
from procsim.experiments.precision import Goal, next_count
from procsim.experiments.processes import processes
from procsim.experiments.replicate import Conditions, gather, one, replicate
from procsim.maths import statistics, yield_laws
from procsim.planning.make import make
from procsim.planning.plan import HOUR
from procsim.recipe.load import load

NOISY = LINE.replace("every_h: 2}", "every_h: {exponential: {mean: 2}}}")
ENDLESS = NOISY.replace("horizon_h: 400", "horizon_h: 2000000")


@pytest.fixture
def here(here: Path, write: Write) -> Path:
    """The same with a line whose releases vary."""
    write(NOISY)
    return here


# plain arrays -----------------------------------------------------------------------------------------------------------


def test_sequential_rule_gives_the_replications_needed() -> None:
    """S01. n*(β): 48 for ± 0.1 at 90 %; never fewer than there are; impossible wishes are refused."""
    found = statistics.mean(LAW, 0.9)
    assert statistics.replications_needed(found, 0.1, 0.9) == 48
    assert statistics.replications_needed(found, 1.0, 0.9) == 10
    for wrong, half in ((found, 0.0), (found, -1.0), (statistics.mean(LAW[:1]), 0.1)):
        with pytest.raises(ValueError, match="no number of replications"):
            statistics.replications_needed(wrong, half)
    assert statistics.replications_needed(statistics.mean(np.ones(5)), 0.0) == 5


def test_welch_compares_samples_that_share_nothing() -> None:
    """S02. The same data taken as unpaired: a wider interval, 17.8 degrees of freedom, p 0.079 in place of 0.0028."""
    found = statistics.welch(*SLEEP)
    assert (-found.t, found.df, found.p) == pytest.approx((-1.86081347, 17.7764735, 0.0793941402), rel=1e-8)
    assert (-found.high, -found.low) == pytest.approx((-3.36548323, 0.205483231), rel=1e-8)
    pair = statistics.paired(*SLEEP)
    assert statistics.p_value(pair.mean / pair.se, pair.n - 1) == pytest.approx(0.0028328902, rel=1e-8)
    same = statistics.welch(np.ones(3), np.ones(4))
    assert (same.mean, same.low, same.high) == (0, 0, 0)


def test_batch_means_of_one_long_run() -> None:
    """S04. Ten batches after the cut; what does not divide goes at the beginning; the batches' own lag-1 correlation."""
    found = statistics.batch_means(SERIES[20:], 10)
    assert (found.mean, found.half_width, found.n) == pytest.approx((29.4523, 0.587483473, 10), rel=1e-8)
    assert statistics.batch_means(np.append(1e6, SERIES[20:]), 10) == found
    assert statistics.autocorrelation(SERIES[20:].reshape(10, 10).mean(axis=1)) == pytest.approx(0.406271336, rel=1e-8)
    with pytest.raises(ValueError, match="do not make"):
        statistics.batch_means(SERIES, 121)


def test_interval_of_a_quantile_by_ranks() -> None:
    """Ranks 40 and 61 of 100 hold the median at 95 % (Hahn & Meeker, table A.15a); ten values hold no upper end for the 99th percentile."""
    ranks = np.arange(1.0, 101.0)
    assert statistics.quantile_interval(ranks, 0.5) == (40, 61)
    assert statistics.quantile_interval(ranks[:6], 0.5) == (1, 6)
    low, high = statistics.quantile_interval(ranks[:10], 0.99)
    assert low == 9
    assert np.isnan(high)


def test_interval_of_a_quantile_holds_what_it_promises() -> None:
    """Over 2000 samples of 60 from an exponential, the true 90th percentile is inside at least 95 % of the time (4 standard errors)."""
    draws = np.random.default_rng(1).exponential(size=(2000, 60))
    inside = np.mean([low <= np.log(10) <= high for low, high in (statistics.quantile_interval(row, 0.9) for row in draws)])
    assert inside >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_scores_of_mser5() -> None:
    """S03. z(d) of every cut, in one pass; a constant series needs no cut, and a drift has its minimum at the bound."""
    scores = statistics.mser_scores(SERIES.reshape(24, 5).mean(axis=1))
    wanted = {0: 0.590054923, 1: 0.156260773, 2: 0.0727021446, 3: 0.0583967796, 4: 0.0436860855, 5: 0.0459252812, 12: 0.0621013958}
    assert len(scores) == 13
    assert {d: scores[d] for d in wanted} == pytest.approx(wanted, rel=1e-8)
    assert statistics.mser5(np.full(1000, 0.1)) == statistics.Warmup(0, True)
    assert statistics.mser5(np.arange(1000.0)) == statistics.Warmup(500, False)


def test_fault_coverage_and_unit_coverage() -> None:
    """A test that finds each bad unit, and one that finds each fault (Williams & Brown 1981), differ; both have known numbers."""
    assert [1e6 * yield_laws.williams_brown(y, c) for y, c in ((0.8, 0.9), (0.5, 0.95), (0.9, 0.99))] == pytest.approx([22067, 34064, 1053], abs=0.5)
    assert (yield_laws.passed(0.8, 0.9), 1 - yield_laws.escapes(0.8, 0.9)) == (pytest.approx(0.82), pytest.approx(0.97561, abs=5e-6))
    final = 0.93168306
    assert (yield_laws.passed_by_faults(final, 0.95), 1e6 * yield_laws.williams_brown(final, 0.95)) == (
        pytest.approx(0.934985, abs=5e-7), pytest.approx(3531.9, abs=0.05))
    assert (yield_laws.passed(final, 0.95), 1e6 * yield_laws.escapes(final, 0.95)) == (pytest.approx(0.935099, abs=5e-7), pytest.approx(3652.9, abs=0.05))
    into = np.exp(-200e-6)  # Sandborn's problem: 500 parts of 150 USD with 200 ppm of defects, a test of 20 USD that covers 90 %
    assert (170 / yield_laws.passed_by_faults(into, 0.9), 500 * yield_laws.passed_by_faults(into, 0.9)) == (
        pytest.approx(170.0306, abs=5e-5), pytest.approx(499.910, abs=5e-4))
    assert 1 - yield_laws.williams_brown(into, 0.9) == pytest.approx(0.99998, abs=5e-6)


@pytest.mark.parametrize(("y", "c"), [(0.8, 0.9), (0.99, 0.5), (0.3, 1.0), (0.7, 0.0), (1.0, 0.6)])
def test_fault_coverage_written_as_unit_coverage(y: float, c: float) -> None:
    """The converted coverage passes as many and lets as many escape."""
    same = yield_laws.unit_coverage(y, c)
    assert yield_laws.passed(y, same) == pytest.approx(yield_laws.passed_by_faults(y, c), abs=1e-12)
    assert yield_laws.escapes(y, same) == pytest.approx(yield_laws.williams_brown(y, c), abs=1e-12)


# precision --------------------------------------------------------------------------------------------------------------


def test_rounds_lead_to_the_precision(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The interval ends within the share asked for, and not with many more replications than it takes."""
    assert main(["run", "line.yaml", "--precision", "cycle_time=10%", "--out", "p"]) == 0
    row = pd.read_csv(here / "p" / "summary.csv").set_index("metric").loc["cycle_time"]
    assert (row["ci_high"] - row["ci_low"]) / 2 <= 0.1 * row["mean"]
    assert 10 < row["replications"] < 100
    assert f"after {row['replications']} replications in" in capsys.readouterr().err
    plan = replace(make(load(here / "line.yaml")), replications=3)
    goals = [Goal("cycle_time", 0.1)]
    totals = replicate(plan, int(row["replications"]))
    assert next_count(goals, totals, 200, 0.95) == len(totals)
    assert 5 < next_count(goals, totals[:5], 200, 0.95) <= 10, "at most doubled"
    assert next_count(goals, totals[:5], 7, 0.95) == 7


def test_precision_gives_the_same_bytes_on_any_number_of_workers(here: Path) -> None:
    """Rounds depend on results alone."""
    for folder, jobs in (("a", "1"), ("b", "2")):
        assert main(["run", "line.yaml", "--precision", "cycle_time=15%", "--jobs", jobs, "--out", folder]) == 0
    names = sorted(p.name for p in (here / "a").iterdir() if p.name != "run.json")
    assert filecmp.cmpfiles(here / "a", here / "b", names, shallow=False)[0] == names


def test_a_limit_met_first_is_a_warning(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--max-replications bounds the effort; the default figure is the fully loaded cost, on a line without money the cycle time."""
    assert main(["run", "line.yaml", "--precision", "0.01%", "--max-replications", "5"]) == 0
    assert "warning: cost_per_good_unit_loaded is known to" in (err := capsys.readouterr().err)
    assert "after 5 replications" in err and "--max-replications is reached" in err
    assert not (here / "reports" / "line").exists(), "not a run with default options"


@pytest.mark.parametrize(("arguments", "words"), [
    (["--precision", "0"], "must be at least 1e-06"), (["--precision", "cycletime=1%"], "did you mean 'cycle_time'"),
    (["--precision", "1%", "--no-variability"], "needs variability"), (["--precision", "1%", "--max-replications", "2"], "less than the 3"),
    (["--max-wall-s", "-1"], "above 0"), (["--precision", "x"], "invalid"),
])
def test_a_wrong_limit_is_exit_2(here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    """And says why."""
    assert main(["run", "line.yaml", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert not (here / "reports").exists()


# warm-up and steadiness -------------------------------------------------------------------------------------------------


def test_course_is_the_whole_run_hour_by_hour(here: Path) -> None:
    """Its area inside the window is the WIP that the engine counted, and each five lots have their mean cycle time."""
    plan = make(load(here / "line.yaml"))
    totals = replicate(plan, 1)[0]
    course = totals.time_series
    assert (course.bin_h, len(course.wip)) == (1.0, 400)
    assert course.wip[100:].sum() == pytest.approx(totals.wip_lot_hours, rel=1e-12)
    inside = course.cycles[course.cycles[:, 0] > plan.warmup_us / HOUR]
    assert inside[1:, 1].mean() == pytest.approx(totals.cycle_times[-5 * (len(inside) - 1):].mean() / HOUR, rel=0.05)
    short = make(load(here / "line.yaml", ["run.horizon_h=5.5", "run.warmup_h=0"]))
    course = replicate(short, 1)[0].time_series
    assert (course.bin_h, len(course.wip)) == (pytest.approx(0.055), 100)


def test_course_of_a_trace() -> None:
    """D12. Lots every 2 h at a tool that takes 3 h: one lot in the line until the second comes, then two until the first is done."""
    plan = make(load(ROOT / "tests" / "theory" / "d12_window.yaml", ["run.warmup_h=0"]))
    wip = replicate(plan, 1)[0].time_series.wip
    assert len(wip) == 100, "13 hours make a hundred bins"
    assert wip.mean() == pytest.approx(2.07692308, rel=1e-8)
    assert wip[:15] == pytest.approx(1.0)
    assert wip[16:23] == pytest.approx(2.0)


@pytest.mark.drawn
def test_warmup_advice(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Silent where the recipe's warm-up is long enough; where there is none, MSER-5 says what to cut; the picture shows both."""
    assert main(["run", "line.yaml", "--replications", "20", "--out", "a"]) == 0
    assert capsys.readouterr().err == ""
    assert "MSER-5 on WIP" in (here / "a" / "warmup.svg").read_text()
    assert main(["run", "line.yaml", "--replications", "20", "--set", "run.warmup_h=0", "--out", "b"]) == 0
    assert "the warm-up of 0 h is short: by WIP, MSER-5 advises" in capsys.readouterr().err
    assert {a["series"] for a in json.loads((here / "b" / "run.json").read_text())["warmup_advice"]} == {"WIP", "cycle time"}


def test_a_line_that_never_settles_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Overloaded: WIP grows, MSER's minimum lies at its bound, and the window is short against the cycle time; with what-ifs too."""
    edit = ["--set", "line.release.every_h=0.7", "--allow-overload"]
    for command in (["run", "line.yaml", *edit], ["whatif", "line.yaml", *edit]):
        assert main(command) == 0
        err = capsys.readouterr().err
        assert "WIP grows inside the window" in err
        assert "does not settle in the first half" in err
        assert "less than 3 cycle times" in err


@pytest.mark.parametrize(("edits", "words"), [
    (["line.release.first_at_h=400"], "nothing is released before the horizon of 400"),
    (["run.horizon_h=2", "run.warmup_h=0"], "shorter than the raw process time of 2.083"),
    (["run.warmup_h=1"], "shorter than the estimated cycle time"),
    (["run.warmup_h=300"], "more of the run could count"),
])
def test_check_foresees_a_run_that_tells_nothing(here: Path, capsys: pytest.CaptureFixture[str], edits: list[str], words: str) -> None:
    """Before anything is simulated; the line as it stands has nothing to complain of."""
    assert main(["check", "line.yaml"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["check", "line.yaml", *(word for edit in edits for word in ("--set", edit))]) == 0
    assert words in capsys.readouterr().err


def test_outer_quantiles_need_lots(here: Path) -> None:
    """5, 90 and 99 % from a hundred lots per replication on."""
    few, many = {"cycle_time_p50", "cycle_time_p95"}, {"cycle_time_p05", "cycle_time_p90", "cycle_time_p99"}
    for hours, wanted in (("250", few), ("400", few | many)):
        assert main(["run", "line.yaml", "--set", f"run.horizon_h={hours}", "--out", "q"]) == 0
        found = pd.read_csv(here / "q" / "summary.csv").set_index("metric")["mean"]
        assert {name for name in found.index if name.startswith("cycle_time_p")} == wanted
    assert found["cycle_time_p05"] < found["cycle_time_p50"] < found["cycle_time_p90"] < found["cycle_time_p95"] < found["cycle_time_p99"]


# time and Ctrl-C --------------------------------------------------------------------------------------------------------


def test_asking_for_the_time_changes_no_result(here: Path) -> None:
    """A replication that is asked whether to stop is the same, to the last bit."""
    plan = make(load(here / "line.yaml"))
    plain, asked = replicate(plan, 1)[0], one(plan, 0, deadline=time.monotonic() + 1000)
    assert (plain.cycle_times == asked.cycle_times).all()
    assert plain.sums == asked.sums
    with pytest.raises(StoppedError):
        one(plan, 0, deadline=time.monotonic())


@pytest.mark.parametrize("jobs", [1, 2])
def test_time_is_up_inside_a_replication(here: Path, jobs: int) -> None:
    """What is finished is kept; a replication that would take long is dropped at once."""
    (here / "long.yaml").write_text(ENDLESS)
    plans = [make(load(here / "line.yaml")), make(load(here / "long.yaml"))]
    with processes(jobs) as pool:
        for allowed in (0.3, 3, 30, 300):  # however busy this machine is
            harvest = gather(plans, [(0, 0), (0, 1), (1, 0), (0, 2)], Conditions(deadline=time.monotonic() + allowed), executor=pool)
            assert harvest.stopped == "time"
            if len(harvest.of(0)) > 1:
                break
    assert len(harvest.of(0)) in (2, 3)
    assert harvest.of(1) == []
    harvest.totals[1, 1] = harvest.of(0)[1]
    harvest.keep_pairs()
    assert sorted(harvest.totals) == [(0, 1), (1, 1)]


def test_wall_time_bounds_a_command(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1 where nothing was finished; else a report of what was, which does not pass for the whole."""
    (here / "long.yaml").write_text(ENDLESS)
    for command in (["run", "long.yaml"], ["whatif", "long.yaml", "--set", "tools.a.count=2"], ["compare", "line.yaml", "long.yaml"]):
        assert main([*command, "--max-wall-s", "0.5"]) == 1
        assert "no replication was finished within 0.5 s" in capsys.readouterr().err
    assert not (here / "reports").exists()
    assert main(["run", "line.yaml", "--replications", "5000", "--jobs", "1", "--max-wall-s", "2"]) == 0
    folder = next((here / "reports" / "runs").iterdir())
    record = json.loads((folder / "run.json").read_text())
    assert record["stopped"] == "time"
    assert 0 < record["replications"] < 5000
    assert f"{record['replications']} of 5000 replications were finished" in capsys.readouterr().err


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_keeps_what_is_finished(here: Path, jobs: int) -> None:
    """Exit 130, a report marked as interrupted, and no traceback."""
    command = [sys.executable, "-m", "procsim", "run", "line.yaml", "--replications", "50000", "--jobs", jobs, "--out", "o"]
    for seconds in (0.5, 4, 20):  # after the first lots are there: on a busy machine no replication may be finished so soon
        held = Path(tempfile.mkdtemp(dir="/tmp"))  # workers' sockets lie in it: their path has room for 107 bytes, fewer than pytest's folders may take
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(held)},
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler)) as run:  # what runs in the background ignores it
            while run.poll() is None and not any(held.glob("*/lots")):
                time.sleep(0.05)
            time.sleep(seconds)
            run.send_signal(signal.SIGINT)
            err = run.communicate(timeout=60)[1]
        shutil.rmtree(held, ignore_errors=True)
        if run.returncode == 130 and "nothing was" not in err:
            break
    assert run.returncode == 130
    assert "warning: interrupted" in err
    assert "Traceback" not in err
    assert json.loads((here / "o" / "run.json").read_text())["stopped"] == "interrupt"


def test_check_knows_lines_of_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """Rework, unlike tools, operators, schedules, buffers: each recipe of the theory cases is checked without a fault."""
    for path in sorted((ROOT / "tests" / "theory").glob("*.yaml")):
        assert main(["check", str(path)]) in (0, 1), path.name
    assert "Traceback" not in capsys.readouterr().err
