"""Tests where the time of a lot goes at each step: work, waiting, transport, repair and blocked tools are all of it."""

from __future__ import annotations

from typing import Any

import pytest

import procsim

HOURS = ["queue_h", "process_h", "transport_h", "repair_h", "blocked_h"]


def line(**more: Any) -> dict[str, Any]:
    """Two tools one after the other, with a way between them."""
    tools = {"a": {"count": 1, **more.pop("a", {})}, "b": {"count": 1, **more.pop("b", {})}}
    return {"line": {"lot": {"panels": 1}, "release": {"every_h": 2}, "tools": tools, **more}, "run": {"horizon_h": 202, "warmup_h": 100},
            "steps": [{"id": "one", "tool": "a", "time_h": 1.0}, {"id": "two", "tool": "b", "time_h": 1.5}]}


def test_transport_is_told_at_the_step_that_it_leads_to() -> None:
    """A quarter of an hour to the second tool, which no lot has to wait for."""
    for found in (procsim.run(line(transport_h=0.25), replications=1), procsim.estimate(line(transport_h=0.25))):
        assert found.steps[HOURS].to_numpy().tolist() == [[0, 1, 0, 0, 0], [0, 1.5, 0.25, 0, 0]]


def test_a_tool_that_stands_with_a_lot_in_it_is_told_as_repair() -> None:
    """Of all visits that end in the window: what they take beyond their work. In closed form the parts are the cycle time."""
    broken = line(a={"failures": {"stop": {"mtbf_h": 10, "mttr_h": 1}}}, transport_h=0.25)
    run, closed = procsim.run(broken, replications=4), procsim.estimate(broken)
    assert run.steps["repair_h"].tolist()[0] == pytest.approx(0.1, abs=0.08) and run.steps["repair_h"].tolist()[1] == 0
    assert closed.steps[HOURS].to_numpy().sum() == pytest.approx(closed.summary.set_index("metric").loc["cycle_time", "mean"], rel=1e-9)


def test_a_tool_that_must_keep_a_lot_is_told_as_blocked() -> None:
    """The second tool is slower and has room for nobody before it: the first one keeps each lot until it is taken."""
    slow = line(b={"buffer_lots": 1})
    slow["steps"][1]["time_h"] = 2.5
    found = procsim.run(slow, replications=1, allow_overload=True)
    assert found.steps["blocked_h"].tolist()[0] > 0 and found.steps["blocked_h"].tolist()[1] == 0


def test_transport_of_streams_that_go_ways_of_their_own() -> None:
    """Each lot is carried a quarter of an hour to every step but its first, whichever steps its stream leaves out."""
    two = line(transport_h=0.25)
    two["steps"].append({"id": "three", "tool": "c", "time_h": 0.5})
    two["line"]["tools"]["c"] = {"count": 1}
    del two["line"]["release"]
    two["line"]["releases"] = {"all": {"every_h": 8}, "short": {"every_h": 8, "first_at_h": 4, "route": ["one", "three"]},
                               "last": {"every_h": 8, "first_at_h": 2, "route": ["three"]}}
    for found in (procsim.run(two, replications=1), procsim.estimate(two)):
        hours = dict(zip(found.steps["step"], found.steps["transport_h"], strict=True))
        assert hours["one"] == 0 and hours["two"] == pytest.approx(0.25)
        assert hours["three"] == pytest.approx(0.25 * 2 / 3, abs=0.02)
