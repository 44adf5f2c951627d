"""Tests what limits a tool group: one line per cause, each with the shares that work sampling must find, and the closed form's word for it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from lines import Write, plan_of_line

from procsim import tables
from procsim.cli.commands import run
from procsim.closed_form.solve import solve
from procsim.costs.totals import Totals
from procsim.engine.build import TIMES
from procsim.experiments.replicate import one, replicate
from procsim.lots.records import ATTENDED, BLOCKED, DOING, LOOKS, PRODUCTIVE, STANDBY, UNSCHEDULED, WAITED
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load
from procsim.results.limited_by import foreseen, limited_by
from procsim.results.metrics import bottleneck_name, named
from procsim.results.overload import overloads

WORK = "- {id: work, tool: m, time_h: 1}"
FULL = "release: {every_h: 0.5}"
"""Faster than any tool m of these lines works: a lot always waits."""


def line(write: Write, tool: str, release: str = FULL, steps: str = WORK, tools: str = "", more: str = "", horizon: float = 2000) -> Plan:
    return plan_of_line(write, f"{release}\n{more}", f"m: {{{tool}}}\n{tools}", steps, horizon)


CASES = [
    ("", FULL, "capacity"),
    ("count: 2", "release: {every_h: 1}", "demand"),
    ("setup: {by: product, time_h: 1}", "releases: {A: {every_h: 1}, B: {every_h: 1}}", "capacity"),
    ("failures: {f: {mtbf_h: 20, mttr_h: 10}}", FULL, "failures"),
    ("failures: {f: {mtbf_h: 20, mttr_h: 1}}", FULL, "capacity"),
    ("maintenance: {m: {every_h: 20, takes_h: 8}}, failures: {f: {mtbf_h: 20, mttr_h: 2}}", FULL, "maintenance"),
    ("engineering: {trials: {every_h: 20, takes_h: 8}}", FULL, "engineering"),
    ("shift: day", FULL, "shift"),
    ("shift: day", "release: {every_h: 9}", "demand"),
    ("count: 3, attended: {pool: hands, during: [run]}", FULL, "operators: hands"),
    ("count: 2, attended: {pool: hands, during: [load]}, load_h: 0.05", FULL, "capacity"),
    ("batch: {min_panels: 4, max_panels: 4}", "release: {every_h: 2}", "batch forming"),
    ("batch: {min_panels: 4, max_panels: 4}", "release: {every_h: 0.2}", "capacity"),
]


@pytest.mark.parametrize(("tool", "release", "word"), CASES)
def test_a_group_is_limited_by_what_stops_it_most(write: Write, tool: str, release: str, word: str) -> None:
    """Each cause in a line of its own, by the run and by the closed form; one that takes little time from a tool leaves its capacity the limit,
    and where hardly a lot waits nothing limits it."""
    plan = line(write, tool, release, more="operators: {hands: 1}\nshifts: {day: {on_off_h: [16, 8]}}")
    assert limited_by(plan, replicate(plan, 2)) == [word]
    assert foreseen(plan, solve(plan)) == [word]


def counts(totals: Totals, g: int = 0) -> tuple[float, ...]:
    """Share of looks at which lots waited, and then of tools at work, idle and blocked."""
    seen = totals.seen[g]
    tools = seen[DOING:].sum()
    return (seen[WAITED] / seen[LOOKS], *(seen[DOING + state] / tools for state in (PRODUCTIVE, STANDBY, BLOCKED)))


def test_a_blocked_group_is_limited_by_the_next_one(write: Write) -> None:
    """m works 1 h and then keeps its lot until b, which takes 2 h, has room: half of its time it is blocked, and never limits the line."""
    plan = line(write, "", "release: {every_h: 1}", WORK + "\n- {id: slow, tool: b, time_h: 2}", "b: {buffer_lots: 0}")
    totals = one(plan, 0)
    assert limited_by(plan, [totals]) == ["blocked", "capacity"]
    assert counts(totals) == pytest.approx((1, 0.5, 0, 0.5), abs=0.02)
    assert counts(totals, 1) == pytest.approx((0.5, 1, 0, 0), abs=0.02), "a lot that its tool must keep waits for the group that has no room"


def test_a_crew_that_does_not_come_is_told_from_the_repair(write: Write) -> None:
    """Four tools fail every two hours at work, and one technician mends each in an hour: the others wait for him most of the time."""
    plan = line(write, "count: 4, failures: {f: {mtbf_h: 2, mttr_h: 1, crew: fitter}}", "release: {every_h: 0.2}", more="operators: {fitter: 1}")
    totals = replicate(plan, 2)
    assert limited_by(plan, totals) == ["repair crew: fitter"]
    seen = totals[0].seen[0]
    assert seen[ATTENDED + 1] > seen[DOING + UNSCHEDULED] > 0
    assert bottleneck_name(plan, totals) == "m", "a tool that is down does not stand by: what it is loaded with is all that it can do"


def test_lots_that_wait_for_their_own_tool(write: Write) -> None:
    """Five lots, 0.1 h apart, have their first step at the first tool, which is free again for each, and must come back to it: from 1.2 to 9.1 h
    they wait for it while the other one stands idle."""
    plan = line(write, "count: 2", "release: {every_h: 0.1, lots: 5}", "- {id: first, tool: m, time_h: 0.1}\n- {id: other, tool: b, time_h: 1}\n"
                "- {id: again, tool: m, time_h: 2, same_tool_as: first}", "b: {count: 5}", horizon=10)
    totals = one(plan, 0)
    assert limited_by(plan, [totals]) == ["same tool", "demand"]
    assert counts(totals)[:3] == pytest.approx((0.8 - 0.01, 0.5, 0.5), abs=0.02)


def test_looks_are_spread_over_the_window_and_count_every_tool(write: Write) -> None:
    """``TIMES`` looks in the window; M/M/1 at 90 % has lots waiting for 81 % of the time, and then the tool works."""
    plan = line(write, "", "release: {every_h: {exponential: {mean: 1.1111111111}}}", "- {id: work, tool: m, time_h: {exponential: {mean: 1}}}", horizon=40000)
    totals = replicate(plan, 8)
    assert all(t.seen[0, LOOKS] == TIMES and t.seen[0, DOING:].sum() == t.seen[0, WAITED] for t in totals)
    assert sum(counts(t)[0] for t in totals) / 8 == pytest.approx(0.81, abs=0.02)
    assert [counts(t)[1] for t in totals] == [1.0] * 8


def test_looks_keep_step_with_nothing(write: Write) -> None:
    """A lot every hour works for a quarter of it; two at once, so that one waits for that quarter: 25 %, whatever the length of the run."""
    for horizon in (500, 1000, 1500):
        plan = line(write, "", "release: {every_h: 1, lots_at_once: 2}", "- {id: work, tool: m, time_h: 0.25}", horizon=horizon)
        assert counts(one(plan, 0))[0] == pytest.approx(0.25, abs=0.02)


def test_operators_loaded_more_than_any_tool_are_the_bottleneck(write: Write) -> None:
    """Three tools, 27 % busy each, and one operator who stands by all their work, 80 %: he is named, by the run and by the closed form."""
    plan = line(write, "count: 3, attended: {pool: hands, during: [run]}", "release: {every_h: 1.25}", more="operators: {hands: 1}")
    totals, closed = replicate(plan, 2), solve(plan)
    summary = tables.summary(plan, totals, closed).set_index("metric")
    foreseen_ = tables.closed_summary(plan, closed).set_index("metric")
    for table in (summary, foreseen_):
        assert table.loc["bottleneck_load", "note"] == "operators hands"
        assert table.loc["bottleneck_load", "expected"] == pytest.approx(0.8)
    assert summary.loc[["bottleneck_load", "utilisation"], "mean"].tolist() == pytest.approx([0.8, 0.8], abs=0.005)
    assert tables.tools(plan, totals, closed)["limited_by"].tolist() == ["demand"], "one lot at a time, and nobody waits"


HUNT = "\n".join(f"- {{id: s{i}, tool: {tool}, time_h: {{exponential: {{mean: 1}}}}}}" for i, tool in enumerate("mbc", 1))
"""Three stations with no room between them pass 0.5641 lots an hour where lots always wait before the first (Hunt 1956)."""


@pytest.mark.parametrize(("hours", "code"), [(1.5, 1), (2.5, 0)])
def test_a_line_that_blocking_overloads_is_refused_with_the_buffer_that_does_it(write: Write, hours: float, code: int, tmp_path: Path,
                                                                                capsys: pytest.CaptureFixture[str]) -> None:
    """Two thirds of a lot an hour are more than Hunt's line takes, though no tool would be busier than 67 %: the run says which tool keeps lots
    of which step for want of which room, and writes nothing; with 0.4 an hour, all is well. The closed form does not claim to know."""
    line(write, "", f"release: {{every_h: {hours}}}", HUNT, "b: {buffer_lots: 0}\nc: {buffer_lots: 0}", horizon=2000)
    text = (tmp_path / "line.yaml").read_text().replace(", allow_overload: true", ", replications: 3")
    path, out = str(write(text)), tmp_path / "out"
    assert run(["run", path, "--out", str(out)]) == code
    news = capsys.readouterr().err
    assert ("blocking overloads the line" in news and "step s2, buffer_lots: 0" in news and "tools.b.buffer_lots" in news) == bool(code)
    assert out.exists() != bool(code)
    assert run(["check", path]) == 0
    assert "buffers may be full at b (0), c (0)" in capsys.readouterr().err
    assert run(["run", path, "--out", str(out), "--allow-overload"]) == 0
    closed = solve(make(load(Path(path))))
    assert math.isnan(closed.time.cycle_h)
    assert math.isnan(closed.time.wip)


def test_an_overloaded_line_gives_what_its_bottleneck_can_take(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two lots an hour come, of which half is scrapped by the last step; m takes an hour each: the closed form passes on one an hour, half a
    finished lot, as the run does, has no waiting, and `estimate` says that it is overloaded."""
    end = "- {id: end, tool: b, time_h: 0.1, rework: {chance: 0.5, limit: 0, after_limit: scrap}}"
    plan = line(write, "", "release: {every_h: 0.5}", f"{WORK}\n{end}", "b: {}")
    closed, totals = solve(plan), replicate(plan, 4)
    assert closed.tools.load == pytest.approx([2, 0.2])
    assert closed.starts.lots_per_h == closed.starts.bottleneck_per_h == pytest.approx(1)
    assert closed.starts.lots_per_h * closed.flow.finished == pytest.approx(0.5)
    throughput = named("throughput", totals, 0.95)
    assert abs(throughput.mean - 0.5) < 4 * throughput.se
    assert math.isnan(closed.time.cycle_h)
    assert math.isnan(closed.time.wait_h)
    assert run(["estimate", str(tmp_path / "line.yaml")]) == 0
    assert "overloaded: m is 200 % loaded" in capsys.readouterr().err


def test_a_queue_that_loses_does_not_grow_and_a_crew_is_no_more_than_busy(write: Write) -> None:
    """M/M/2/4 at an offered load of 2 and four machines that one repairman cannot keep up with run as they are: no queue of theirs grows."""
    lossy = line(write, "count: 2, buffer_lots: 2", "release: {every_h: {exponential: {mean: 0.5}}, when_full: lose}",
                 "- {id: work, tool: m, time_h: {exponential: {mean: 1}}}", horizon=4000)
    crew = line(write, "count: 4, failures: {f: {mtbf_h: 10, mttr_h: 5, clock: calendar, crew: techs}}", "release: {every_h: 2}",
                "- {id: work, tool: m, time_h: 0.5}", more="operators: {techs: 1}")
    for plan in (lossy, crew):
        closed = solve(plan)
        assert max(*closed.tools.load, *closed.operators.load, 0.0) >= 1
        assert overloads(plan, closed) == []
    found = sum(t.sums["lots_finished"] / t.hours for t in replicate(lossy, 8)) / 8
    assert found == pytest.approx(14 / 9, rel=0.02)
