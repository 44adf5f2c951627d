"""Tests that a user's own SimPy processes see the line as it is, change nothing by looking, and may take a tool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from lines import Write
from random_plans import written
from trace_file import recorded
from traces import difference, trace

import procsim
from procsim.engine.events import EVENTS, Events
from procsim.engine.simulate import simulate
from procsim.engine.view import LineView
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.recipe.load import load

PLANS = 60


def test_a_watcher_changes_nothing() -> None:
    """Many looks at all there is to see leave every visit, and all else of random lines, as they are; what is seen by step is what is in the line."""
    looks = 0
    for number in range(PLANS):
        recipe = written(number)
        plan = recipe.plan()

        def watch(env: Any, line: LineView, plan: Plan = plan) -> Iterator[Any]:
            nonlocal looks
            while True:
                yield env.timeout(max(plan.horizon_us // 97, 1))
                states = [state for group in plan.groups.names for state in line.tools(group)]
                assert {*states} <= {*EVENTS[:9]}
                assert len(states) == plan.groups.count.sum()
                if not plan.route.stretches:
                    assert sum(line.wip_by_step().values()) == line.wip
                    assert sum(line.waiting(group) for group in plan.groups.names) <= line.wip
                looks += 1

        assert not difference(plan, recorded()[number], trace(plan, simulate, recipe.replication, recipe.variable, processes=[watch]))
    assert looks > 50 * PLANS


LINE = """
    line:
      lot: {panels: 1, units_per_panel: 1}
      release: {every_h: 2, lots: 4}
      tools: {saw: {}, oven: {count: 2}}
    run: {horizon_h: 12, warmup_h: 0, replications: 2}
    steps: [{id: cut, tool: saw, time_h: 1}, {id: bake, tool: oven, time_h: 3}]
    """


def test_what_is_seen_by_hand(write: Write) -> None:
    """At half past each hour: lot n comes at 2 n h, is cut for one hour and baked for three, in the oven that is free."""
    seen = []

    def watch(env: Any, line: LineView) -> Iterator[Any]:
        yield env.timeout(line.hours(0.5))
        for _ in range(8):
            seen.append((line.time_h, line.wip, line.wip_by_step(), line.waiting("oven"), line.tools("saw"), line.tools("oven")))
            yield env.timeout(line.hours(1))

    simulate(make(load(write(LINE))), 0, lambda _: None, processes=[watch])
    assert seen[:5] == [(0.5, 1, {"cut": 1, "bake": 0}, 0, ("work",), ("idle", "idle")), (1.5, 1, {"cut": 0, "bake": 1}, 0, ("idle",), ("work", "idle")),
                        (2.5, 2, {"cut": 1, "bake": 1}, 0, ("work",), ("work", "idle")), (3.5, 2, {"cut": 0, "bake": 2}, 0, ("idle",), ("work", "work")),
                        (4.5, 2, {"cut": 1, "bake": 1}, 0, ("work",), ("idle", "work"))]


@pytest.mark.parametrize(("at", "begins"), [(1.5, 1.5), (0.25, 1.0)])
def test_a_tool_is_held(write: Write, at: float, begins: float) -> None:
    """At once where it is idle, else after its run: for an hour, as engineering, and lots wait for it meanwhile."""
    found: list[Events] = []

    def take(env: Any, line: LineView) -> Iterator[Any]:
        yield env.timeout(line.hours(at))
        line.hold("saw", 1, 1.25)

    run = simulate(make(load(write(LINE))), 0, lambda _: None, processes=[take], events=found.append)
    rows = [(EVENTS[event], us / HOUR) for block in found for event, us, group in zip(block.event, block.time_us, block.group, strict=True) if group == 0]
    held = rows.index(("engineering", begins))
    starts = [hour for event, hour in rows[held:] if event in ("work", "idle")]
    assert starts[0] == begins + 1.25
    assert run.tools.hours[0].tolist() == [4.0, 12 - 4 - 1.25, 1.25, 0.0, 0.0, 0.0]
    assert [hour for event, hour in rows if event == "start"][1] == max(2.0, begins + 1.25)


def test_tools_are_held_in_any_line() -> None:
    """In random lines with all that these can do, every tool is taken now and then: states add up, it is engineering, and who waits is served."""
    more = 0
    for number in range(PLANS):
        recipe = written(number)
        plan = recipe.plan()

        def take(env: Any, line: LineView, plan: Plan = plan) -> Iterator[Any]:
            tools = [(group, n + 1) for group, count in zip(plan.groups.names, plan.groups.count.tolist(), strict=True) for n in range(count)]
            for turn in range(60):
                yield env.timeout(max(plan.horizon_us // 61, 1))
                with suppress(ValueError):  # it is held from the turn before
                    line.hold(*tools[turn % len(tools)], plan.horizon_us / HOUR / 200)

        alone, held = recorded()[number], trace(plan, simulate, recipe.replication, recipe.variable, processes=[take])
        if len(alone.tables["tools"]) and len(held.tables["tools"]):
            engineering = [int(made.tables["tools"][:, 3].sum()) for made in (alone, held)]
            more += engineering[1] > engineering[0]
            assert len(held.tables["visits"]) > 0.5 * len(alone.tables["visits"])
    assert more > 0.7 * PLANS


def test_what_cannot_be_held_is_told(write: Write) -> None:
    """Another group, a tool too many, no time, a tool that is held, a time between two microseconds: each by its name, and the run is as it was."""
    said = []

    def take(env: Any, line: LineView) -> Iterator[Any]:
        def ask(*what: Any) -> None:
            with pytest.raises(ValueError) as error:  # noqa: PT011
                line.hold(*what)
            said.append(str(error.value))

        ask("sow", 1, 1)
        ask("oven", 3, 1)
        ask("oven", 1, float("nan"))
        yield env.timeout(0.5)
        ask("oven", 1, 1)
        yield env.timeout(0.5)
        line.hold("oven", 1, 1)
        ask("oven", 1, 1)
        yield env.timeout(line.hours(2))
        line.hold("oven", 1, 0)

    run = simulate(make(load(write(LINE))), 0, lambda _: None, processes=[take])
    assert all(words in text for words, text in zip(("no tool group 'sow'", "2 tools", "hours >= 0", "whole microsecond", "held already"), said, strict=True))
    assert run.tools.hours[:, 2].tolist() == [0.0, 1.0, 0.0]


def test_from_python(write: Write) -> None:
    """Each replication has its own; several jobs are refused, since a process of theirs would see nothing of the caller's."""
    seen = []

    def watch(env: Any, line: procsim.LineView) -> Iterator[Any]:
        yield env.timeout(line.hours(3))
        seen.append((line.replication, line.wip))

    flow = write(LINE)
    found, alone = procsim.run(flow, processes=[watch]), procsim.run(flow)
    assert seen == [(0, 2), (1, 2)]
    assert found.summary.equals(alone.summary)
    with pytest.raises(procsim.RecipeError, match="leave jobs at 1"):
        procsim.run(flow, processes=[watch], jobs=2)
