"""Tests releases by schedule, in the recipe or in a file beside it."""

from __future__ import annotations

import pytest
from lines import Write, finished_by_stream, plan_of_line, refusal_of_line

from procsim import tables
from procsim.experiments.replicate import one

ONE = "- {id: s, tool: t, time_h: 1}"


def test_a_schedule_in_the_recipe(write: Write) -> None:
    """Two lots at 5 h and one at 0, though written the other way round; a line's priority and due date are its own, else the stream's."""
    line = "release:\n  priority: 4\n  due_h: 10\n  schedule: [{at_h: 5, lots: 2, priority: 1, due_h: 6.5}, {at_h: 0}, {at_h: 500}]"
    plan = plan_of_line(write, line, "t: {}", ONE)
    totals = one(plan, 0)
    found = tables.lots(plan, [totals])
    assert found[["released_h", "finished_h", "due_h"]].to_numpy().tolist() == [[0, 1, 10], [5, 6, 6.5], [5, 7, 6.5]]
    assert plan.streams[0].schedule is not None
    assert plan.streams[0].schedule.priority.tolist() == [4, 1, 1, 4]
    assert totals.released == 3, "the horizon decides"
    assert one(plan_of_line(write, line + "\n  lots: 2", "t: {}", ONE), 0).released == 2


def test_a_schedule_in_a_file(write: Write) -> None:
    """Lines of a CSV file by stream, beside the recipe; the same as if they stood in it, so that the recipe's hash knows them."""
    write("at_h,product,lots,priority\n0,a,2,\n1,b,1,-3\n\n4,a,,\n", "plan/r.csv")
    line = "releases: {a: {schedule: plan/r.csv}, b: {schedule: plan/r.csv, priority: 7}}\ndispatch: priority"
    plan = plan_of_line(write, line, "t: {}", ONE)
    assert finished_by_stream(one(plan, 0), plan) == {"a": [1, 3, 5], "b": [2]}
    before = plan.hash
    write("at_h,product,lots,priority\n0,a,2,\n1,b,1,-3\n3,a,,\n", "plan/r.csv")
    assert plan_of_line(write, line, "t: {}", ONE).hash != before
    write("at_h\n0\n2\n", "plan/own.csv")
    alone = plan_of_line(write, "release: {schedule: plan/own.csv}", "t: {}", ONE)
    assert finished_by_stream(one(alone, 0), alone) == {"main": [1, 3]}
    assert finished_by_stream(one(edited := plan_of_line(write, "release: {every_h: 1}", "t: {}", ONE,
                                           sets=("line.release={schedule: plan/own.csv}",)), 0), edited) == {"main": [1, 3]}


@pytest.mark.parametrize(("text", "message"), [
    ("at_h,lost\n0,1\n", "r.csv:1:6: error: no column 'lost'; did you mean 'lots'?"),
    ("at_h,lots\n0,1\nx,1\n", "r.csv:3:1: error: at_h must be a number (got the text 'x')"),
    ("at_h,lots\n0,0\n", "r.csv:2:3: error: lots must be >= 1 (got 0)"),
    ("at_h,lots\n0\n", "r.csv:2:1: error: 1 cells under 2 columns"),
    ("lots\n3\n", "r.csv:2:1: error: 'at_h' is missing"),
    ("at_h,stream\n0,mian\n", "no release stream 'mian'; did you mean 'main'?"),
    ("at_h\n", "has no lines"),
])
def test_mistakes_in_a_schedule_say_where_they_are(write: Write, text: str, message: str) -> None:
    """File, line and column."""
    write(text, "r.csv")
    found = refusal_of_line(write, "release: {schedule: r.csv}", "t: {}", ONE)
    assert message in found
    assert found.count("error:") == 1


def test_a_schedule_stays_inside_the_recipe_tree(write: Write) -> None:
    """No file outside, none that is not there, and only one way to release."""
    assert "leads outside the recipe tree" in refusal_of_line(write, "release: {schedule: ../../r.csv}", "t: {}", ONE)
    assert "'r.csv' no such file" in refusal_of_line(write, "release: {schedule: r.csv}", "t: {}", ONE)
    assert "a release says one of" in refusal_of_line(write, "release: {every_h: 3, schedule: [{at_h: 1}]}", "t: {}", ONE)
    assert "leave first_at and lots_at_once out" in refusal_of_line(write, "release: {lots_at_once: 3, schedule: [{at_h: 1}]}", "t: {}", ONE)
