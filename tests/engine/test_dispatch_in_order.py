"""Tests dispatch rules that are compared in order, by a trace worked out by hand, against one rule, and by what is refused."""

from __future__ import annotations

import json

import pytest
from lines import Write, finished_by_stream, plan_of, plan_of_line

from procsim.engine.simulate import simulate
from procsim.errors import RecipeError
from procsim.experiments.replicate import one
from procsim.lots.records import Block
from procsim.planning.plan import HOUR, Plan


def line(dispatch: object, **tool: object) -> str:
    """Lots of two products wait for one tool, which is set up for A; changes take 1 h. When they come, how urgent and when due they are is their own."""
    starts = {"A": [(0, 2, 50), (1, 2, 40), (1, 2, 30)], "B": [(1, 2, 20), (1, 1, 60)]}
    return json.dumps({
        "line": {"lot": {"panels": 1, "units_per_panel": 1},
                 "releases": {name: {"schedule": [{"at_h": at, "priority": first, "due_h": due} for at, first, due in lots], "product": name}
                              for name, lots in starts.items()},
                 "tools": {"t": {"setup": {"by": "product", "time_h": 1, "first": "A"}, "dispatch": dispatch, **tool}}},
        "run": {"horizon_h": 100, "replications": 1, "allow_overload": True}, "steps": [{"id": "s", "tool": "t", "time_h": 5}]})


def order(plan: Plan) -> list[tuple[str, int, float]]:
    """(product, number, start in hours) of all lots, as they start."""
    found: list[Block] = []
    simulate(plan, 0, found.append)
    rows = [(plan.streams[b.stream].name, b.first + row, start / HOUR) for b in found for row, _, _, start, _ in b.table().tolist()]
    return sorted(rows, key=lambda row: row[2])


@pytest.mark.parametrize(("dispatch", "wanted"), [
    ("fifo", "A0 A1 A2 B0 B1"), (["fifo"], "A0 A1 A2 B0 B1"),
    ("priority", "A0 B1 A1 A2 B0"),
    ("least_setup", "A0 A1 A2 B0 B1"),
    (["priority", "least_setup"], "A0 B1 B0 A1 A2"),
    (["priority", "least_setup", "critical_ratio", "fifo"], "A0 B1 B0 A2 A1"),
    (["least_setup", "edd"], "A0 A2 A1 B0 B1"),
    (["least_setup", "priority", "edd"], "A0 A2 A1 B1 B0"),
])
def test_rules_in_order(write: Write, dispatch: object, wanted: str) -> None:
    """The hot lot goes first though it needs a setup, then who needs none, then who is late, then who came first: each where the rules before it leave it
    open."""
    found = order(plan_of(write, line(dispatch)))
    assert " ".join(f"{name}{number}" for name, number, _ in found) == wanted


def test_hot_lots_keep_their_rank_at_tools_with_setups(write: Write) -> None:
    """By hand, setups included: A0 0-5, the hot B1 5-11, B0 11-16 without one, A2, which is due before A1, 16-22, and A1 22-27."""
    found = order(plan_of(write, line(["priority", "least_setup", "critical_ratio", "fifo"])))
    assert [start for _, _, start in found] == [0, 5, 11, 16, 22]


@pytest.mark.parametrize(("dispatch", "message"), [
    (["fifo", "spt"], "fifo leaves nothing to decide"), (["spt", "spt"], "spt stands twice"), ([], "at least 1"),
    (["spt", "edd", "priority", "least_setup", "fifo"], "at most 4"), (["sooner"], "sooner"),
])
def test_what_decides_nothing_is_refused(write: Write, dispatch: object, message: str) -> None:
    """Rules that never come to decide, none, too many, or unknown ones."""
    with pytest.raises(RecipeError, match=message):
        plan_of(write, line(dispatch))


def test_interruption_goes_by_priority_first(write: Write) -> None:
    """A lot interrupts only where priority comes first, and ranks do not move."""
    for rules in (["spt", "priority"], ["priority", "critical_ratio"]):
        with pytest.raises(RecipeError, match="preempt goes with dispatch"):
            plan_of(write, line(rules, preempt=True))
    with pytest.raises(RecipeError, match="priority, and least_setup may not follow it"):
        plan_of(write, line(["priority", "least_setup"], preempt=True))
    plan_of(write, line(["priority", "edd"], preempt=True))


def test_work_left_is_the_rest_of_the_pass_and_what_follows(write: Write) -> None:
    """a 1 h, b 2 h, c 4 h for half of the lots. A lot at a has 1 + 2 + 2 h before it, in its first pass as in one of rework, ordered by b or by a
    limit of queue time; a lot that is at c has 4 h."""
    steps = "- {id: a, tool: t, time_h: 1}\n- {id: b, tool: t, time_h: 2%s}\n- {id: c, tool: t, time_h: 4, sample: 0.5}"
    limits = "release: {every_h: 9}\nqueue_time_limits: {q: {from: a, to: b, limit_h: 3, action: rework, rework: {limit: 2}}}"
    ordered = plan_of_line(write, "release: {every_h: 9}", "t: {}", steps % ", rework: {chance: 0.1, to: a, limit: 2}")
    late = plan_of_line(write, limits, "t: {}", steps % "")
    both = (steps % ", rework: {chance: 0.1, to: a}").replace("time_h: 1}", "time_h: 1, rework: {chance: 0.1, to: a}}")
    nested = plan_of_line(write, "release: {every_h: 9}", "t: {}", both)
    assert [left / HOUR for left in ordered.discipline.remaining[0]] == [5, 4, 5, 4, 5, 4, 4]
    assert [left / HOUR for left in late.discipline.remaining[0]] == [5, 4, 5, 4, 5, 4, 4]
    assert [left / HOUR for left in nested.discipline.remaining[0]] == [5, 5, 4, 5, 5, 4, 4]


def test_a_lot_in_rework_keeps_its_rank(write: Write) -> None:
    """Rework by the last step, of 4 h, at 4 h: the lot has 4 h before it until 10 h, a ratio of 1.5, and goes before the other with one of 2.
    As if nothing were left of it, it would go last."""
    line = "releases:\n  a: {every_h: 50, lots: 1, due_h: 10, route: [s]}\n  b: {every_h: 50, lots: 1, first_at_h: 1, due_h: 11}"
    steps = "- {id: s, tool: t, time_h: 4, rework: {chance: 1, to: s, after_limit: go_on}}"
    plan = plan_of_line(write, line, "t: {dispatch: critical_ratio}", steps)
    assert finished_by_stream(one(plan, 0), plan)["a"] == [8]
