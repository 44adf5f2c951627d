"""Tests release streams beside one another: what they take from each other, lots for which no time passes, and what a run is too short to say of them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lines import Write, plan_of

from procsim import tables
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError
from procsim.experiments.replicate import one
from procsim.planning.make import make
from procsim.planning.plan import HOUR
from procsim.recipe.load import load

TEXT = "line:\n  {line}\n  tools: {{{tools}}}\nrun: {{horizon_h: {horizon}, warmup_h: {warmup}, replications: 2}}\nsteps:\n{steps}\n"
STEP = "  - {id: a, tool: m, time_h: 1}"


def text(line: str, steps: str = STEP, tools: str = "m: {count: 1}", horizon: float = 2000, warmup: float = 100) -> str:
    return TEXT.format(line=line, tools=tools, steps=steps, horizon=horizon, warmup=warmup)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code of a command and all that it printed, on one line."""
    code = main(list(words))
    return code, " ".join("".join(capsys.readouterr()).split())


# lots for which no time passes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "why"), [("time_h: 0", "nothing takes time"), ("time_h: 1, sample: 0", "nothing is there for them to do")])
def test_lots_of_a_constant_wip_that_leave_at_once_are_refused(write: Write, capsys: pytest.CaptureFixture[str], step: str, why: str) -> None:
    """Each would let the next one in, for ever, at one instant: said before the run, and by the run where nobody asked before."""
    path = write(text("release: {conwip_lots: 2}", f"  - {{id: a, tool: m, {step}}}"))
    code, words = said(capsys, "check", str(path))
    assert code == 1
    assert why in words
    with pytest.raises(InfeasibleError, match=r"turns? in a circle"):
        one(make(load(path)), 0)


def test_lots_that_find_nothing_to_do_let_the_next_one_in(write: Write) -> None:
    """Two lots in a line whose only step sees one in a hundred: some thousand pass by, of which the tool does one an hour."""
    totals = one(plan_of(write, text("release: {conwip_lots: 2}", "  - {id: a, tool: m, time_h: 1, sample: 0.01}")), 0)
    assert totals.sums["lots_finished"] / 1900 == pytest.approx(100, rel=0.1)
    assert totals.by_step["visits"][0] == pytest.approx(1900, abs=1)
    assert totals.wip_lot_hours == pytest.approx(2 * 1900)


def test_a_limited_constant_wip_that_takes_no_time_just_ends(write: Write) -> None:
    """Ten lots, two at once: all gone at hour 0."""
    totals = one(plan_of(write, text("release: {conwip_lots: 2, lots: 10}", "  - {id: a, tool: m, time_h: 0}", warmup=0)), 0)
    assert totals.sums["lots_finished"] == 10
    assert totals.wip_lot_hours == 0


# one stream keeps another from the tools --------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["{conwip_lots: 1, priority: 1}", "{every_h: 10, priority: 1}"])
def test_a_stream_that_never_gets_a_tool_is_told(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str], other: str) -> None:
    """Three urgent lots keep the one tool busy for ever: the run names the other stream, where it stands, and at which step."""
    path = write(text(f"dispatch: priority\n  releases: {{A: {{conwip_lots: 3, priority: 0}}, B: {other}}}"))
    _, words = said(capsys, "run", str(path), "--out", str(tmp_path / "out"), "--quiet")
    assert "no lot of B is finished in the window of 1 900 h" in words
    assert "stand at m (step a) for more than half of it" in words
    _, words = said(capsys, "run", str(path), "--out", str(tmp_path / "out"), "--quiet", "--set", "tools.m.count=4")
    assert "no lot of" not in words


def test_a_constant_wip_beside_the_clock_has_no_closed_form_but_what_all_lots_share(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """How many lots the constant WIP sends through the line depends on what the others leave: nobody knows load, output and cycle time. Where all go the
    same way, a lot's own figures are known all the same."""
    line = "releases: {A: {conwip_lots: 3}, B: {every_h: 10}}"
    closed = solve(plan_of(write, text(line)))
    assert np.isnan([*closed.tools.load, closed.starts.lots_per_h, closed.time.cycle_h, closed.time.wip]).all()
    assert (closed.time.raw_process_h, closed.flow.yield_) == (1.0, 1.0)
    path = write(text("releases: {A: {conwip_lots: 3, route: [a]}, B: {every_h: 10}}", STEP + "\n  - {id: b, tool: m, time_h: 2, yield: {unit: 0.5}}"))
    closed = solve(plan := make(load(path)))
    assert np.isnan([closed.time.raw_process_h, closed.flow.good, *closed.flow.lost]).all()
    tools = tables.tools(plan, [one(plan, 0)], closed)
    assert tools["rate_efficiency"].tolist() == pytest.approx([1.0]), "what theory asks of a tool for a visit is known all the same"
    code, words = said(capsys, "estimate", str(path))
    assert code == 0
    assert "a constant WIP beside a release by the clock" in words
    assert "bottleneck – – % loaded" in words


@pytest.mark.parametrize(("by", "code"), [("product", 1), ("any", 0)])
def test_a_batch_of_one_product_has_but_its_own_lots(write: Write, capsys: pytest.CaptureFixture[str], by: str, code: int) -> None:
    """Three lots of either product, a batch of four: it fills only where they run together."""
    tools = f"m: {{batch: {{min_panels: 4, max_panels: 8, by: {by}}}}}"
    found, words = said(capsys, "check", str(write(text("releases: {A: {conwip_lots: 3}, B: {conwip_lots: 3}}", tools=tools))))
    assert found == code
    assert ("needs 4 lots of A of 1 panels, and no more than 3 are ever in the line" in words) == bool(code)


# too short a run --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("load_", "horizon", "short"), [(0.98, 3000, True), (0.98, 400_000, False), (0.5, 3000, False)])
def test_a_run_too_short_for_its_queue_is_told(write: Write, capsys: pytest.CaptureFixture[str], load_: float, horizon: float, short: bool) -> None:
    """M/M/1 forgets with τ = 2/(2.8·(1-√ρ)²) h that it began empty: 7 360 h at 98 % load, 8 h at 50 %."""
    line = f"release: {{every_h: {{exponential: {{mean: {1 / load_}}}}}}}"
    path = write(text(line, "  - {id: a, tool: m, time_h: {exponential: {mean: 1}}}", horizon=horizon))
    _, words = said(capsys, "check", str(path))
    assert (f"the run of {horizon:,.0f}".replace(",", " ") in words) == short
    tau = 2 / (2.8 * (1 - math.sqrt(load_)) ** 2)
    assert (f"its queue takes {tau:,.0f}".replace(",", " ") in words) == short


def test_a_run_told_to_be_short_falls_short(write: Write) -> None:
    """And it is true: from empty, at 98 % load, eight runs of 3 000 h miss a tenth of the cycle time of 50 h at least; at 50 % they miss nothing."""
    line = "release: {every_h: {exponential: {mean: %s}}}"
    step = "  - {id: a, tool: m, time_h: {exponential: {mean: 1}}}"
    seen = []
    for load_ in (0.98, 0.5):
        plan = plan_of(write, text(line % (1 / load_), step, horizon=3000))
        runs = [one(plan, n) for n in range(8)]
        seen.append(sum(t.cycle_times.sum() for t in runs) / sum(len(t.cycle_times) for t in runs) / HOUR * (1 - load_))
    assert seen[0] < 0.9
    assert seen[1] == pytest.approx(1, rel=0.1)


def test_names_may_be_words_of_a_range(write: Write) -> None:
    """Low, mid and high are streams here, and low and mid tools; beside them a number has a range."""
    line = "releases: {low: {every_h: 9, priority: 3}, mid: {every_h: 9, priority: 2}, high: {every_h: 9, priority: 1}}"
    steps = "  - {id: a, tool: low, time_h: {mid: 1, low: 0.5, high: 2, source: guess}}\n  - {id: b, tool: mid, time_h: 1}"
    recipe = load(write(text(line, steps, "low: {count: 1}, mid: {count: 2}")), ["tools.mid.count=3", "line.releases.mid.priority=4"])
    plan = make(recipe)
    assert [stream.name for stream in plan.streams] == ["low", "mid", "high"]
    assert plan.groups.count.tolist() == [1, 3]
    assert [stream.priority for stream in plan.streams] == [3, 4, 1]
    assert len(recipe.ranges) == 1


def test_hot_lots_of_one_product_have_rows_of_their_own(write: Write, tmp_path: Path) -> None:
    """One tool of an hour: at every tenth a lot of either stream comes, and the hot one goes first. It takes an hour, the other two."""
    line = "dispatch: priority\n  releases: {hot: {every_h: 10, priority: 0, product: x}, slow: {every_h: 10, priority: 1, product: x}}"
    path = write(text(line, horizon=1005, warmup=5))
    assert main(["run", str(path), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    found = pd.read_csv(tmp_path / "out" / "streams.csv").set_index("stream")
    assert found["product"].tolist() == ["x", "x"]
    assert found["cycle_time_h"].tolist() == pytest.approx([1, 2])
    assert found["lots_finished"].tolist() == [100, 100]
    lots = pd.read_csv(tmp_path / "out" / "lots.csv")
    assert lots.groupby("stream")["cycle_time_h"].mean().to_dict() == pytest.approx({"hot": 1, "slow": 2})
    assert not (tmp_path / "out" / "products.csv").exists()


def test_an_empty_line_is_saved_and_begun_with(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that ends between two lots leaves a file of heads alone, with which the next one begins: with nobody in the line."""
    path = write(text("release: {every_h: 10}", horizon=35, warmup=0))
    assert main(["run", str(path), "--out", str(tmp_path / "one"), "--save-wip", str(tmp_path / "wip.csv"), "--quiet"]) == 0
    assert (tmp_path / "wip.csv").read_text().count("\n") == 1
    assert main(["run", str(path), "--out", str(tmp_path / "two"), "--start-wip", str(tmp_path / "wip.csv"), "--quiet"]) == 0
    one_, two = (pd.read_csv(tmp_path / name / "lots.csv") for name in ("one", "two"))
    assert one_.equals(two)
    (tmp_path / "wip.csv").write_text("")
    assert main(["run", str(path), "--start-wip", str(tmp_path / "wip.csv")]) == 2
    assert "has no lines" in capsys.readouterr().err


def test_a_lot_that_finds_nothing_to_do_does_not_hurry_those_that_come_with_it(write: Write) -> None:
    """Four at once, of which every other one is for the oven, which takes two: the two that are run together, though one comes between them that leaves
    as it comes."""
    steps = "  - {id: a, tool: m, time_h: 3, sample_every: 2}"
    plan = plan_of(write, text("release: {every_h: 900, lots_at_once: 4}", steps, "m: {batch: {min_panels: 1, max_panels: 2}}", 100, 0))
    left = one(plan, 0).lots[:, 3] / HOUR
    assert left.tolist() == [3, 0, 3, 0]
