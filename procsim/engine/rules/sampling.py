"""Looks now and then at what tools do while lots wait for them: work sampling, as one does it on the floor with a clipboard."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import ATTENDED, DOING, INSIDE, LOOKS, NONE, PRODUCTIVE, RESET, SETTING_UP, WAITED


def expect_look(line: Line) -> None:
    """The next look will be taken, if there is one."""
    clock = line.clock[0]
    if clock.looks < len(line.looks):
        push(line, line.looks[clock.looks], RESET, 1, NONE, 0)


def look(line: Line) -> None:
    """Somebody looks at every tool group: does a lot wait for it, and if so, what does each of its tools do?"""
    line.clock[0].looks += 1
    for g in range(len(line.groups)):
        seen = line.seen[g]
        seen[LOOKS] += 1
        if not is_waited_for(line, g):
            continue
        seen[WAITED] += 1
        for t in range(line.groups[g].first_tool, line.groups[g].stop_tool):
            seen[what_it_does(line, t)] += 1
    expect_look(line)


def what_it_does(line: Line, t: i64) -> i64:
    """The place among what is counted of tool *t*: its state, or the pool that it waits for, to be worked by it, or to be repaired."""
    tool = line.tools[t]
    if tool.calls == NONE:
        return DOING + tool.state
    return ATTENDED + tool.calls + (len(line.pools) if tool.down else 0)


def is_waited_for(line: Line, g: i64) -> bool:
    """Whether a lot waits for group *g*: in its queue, for room in it, or in one of its tools that does not work on it."""
    group = line.groups[g]
    if group.waiting > 0 or group.first_kept != NONE:
        return True
    for t in range(group.first_tool, group.stop_tool):
        tool = line.tools[t]
        if tool.lot != NONE and tool.state not in (PRODUCTIVE, INSIDE, SETTING_UP):
            return True
    return False
