"""Keeps what one machine does, and the clocks of its failures, which run while it is up, or while it works."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.log import tell
from procsim.engine.rules.marks import mark
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import DONE, DOWN, FINISH, INSIDE, NONE, NUMBER_BITS, PRODUCTIVE, STANDBY


def become(line: Line, t: i64, state: i64, now: i64) -> None:
    """Tool *t* enters *state*."""
    tool = line.tools[t]
    tool.spent[tool.state] += now - tool.since
    if tool.told and state != tool.state:
        tell(line, state, tool.lot, t, now)
    tool.state, tool.since = state, now


def set_free(line: Line, t: i64) -> None:
    """Tool *t* can take work."""
    tool = line.tools[t]
    group = line.groups[tool.group]
    tool.free = 1
    group.idle += 1
    if t < group.first_free:
        group.first_free = t
    mark(line, tool.group)


def occupy(line: Line, t: i64) -> None:
    """Tool *t* stops being free, if it was."""
    tool = line.tools[t]
    if tool.free:
        tool.free = 0
        line.groups[tool.group].idle -= 1


def at_rest(line: Line, t: i64) -> i64:
    """The state of tool *t* with nothing at its entrance."""
    return STANDBY if line.tools[t].row == NONE else INSIDE


def at_speed(line: Line, t: i64, time: i64) -> i64:
    """µs that tool *t* takes for what one of speed 1 does in *time*."""
    speed = line.speeds[t]
    return time if speed == 1.0 else round(float(time) / speed)


def closing(line: Line, t: i64, now: i64) -> bool:
    """Whether the shift of tool *t* ends at this very instant, so that nothing begins."""
    tool = line.tools[t]
    if tool.shift == NONE:
        return False
    shift = line.shifts[tool.shift]
    return shift.on == 1 and now == shift.until


def overtime(line: Line, t: i64) -> bool:
    """Whether tool *t* finishes after its shift what it has begun."""
    tool = line.tools[t]
    return tool.shift != NONE and line.shifts[tool.shift].at_end == FINISH


def start_clock(line: Line, k: i64, now: i64) -> None:
    """The clock of break *k* runs, and will end."""
    one = line.breaks[k]
    one.since = now
    one.stamp += 1
    push(line, now + one.left, DOWN, one.tool << NUMBER_BITS, k, one.stamp)


def stop_clock(line: Line, k: i64, now: i64) -> None:
    """The clock of break *k* stands still."""
    one = line.breaks[k]
    if one.since != NONE:
        one.left -= now - one.since
        one.since = NONE
        one.stamp += 1


def start_clocks(line: Line, t: i64, now: i64) -> None:
    """Tool *t* is up: clocks run that run by the calendar."""
    for k in range(line.tools[t].first_break, line.tools[t].stop_break):
        if line.breaks[k].busy == 0:
            start_clock(line, k, now)


def stop_clocks(line: Line, t: i64, now: i64) -> None:
    """All clocks of tool *t* stand still."""
    for k in range(line.tools[t].first_break, line.tools[t].stop_break):
        stop_clock(line, k, now)


def work_clocks(line: Line, t: i64, now: i64, time: i64) -> None:
    """Tool *t* works for *time*: busy clocks run, and matter if they end first."""
    for k in range(line.tools[t].first_break, line.tools[t].stop_break):
        one = line.breaks[k]
        if one.busy and one.left < time:
            start_clock(line, k, now)
        elif one.busy:
            one.since = now


def rest_clocks(line: Line, t: i64, now: i64) -> None:
    """Tool *t* does not work: busy clocks stand still."""
    for k in range(line.tools[t].first_break, line.tools[t].stop_break):
        if line.breaks[k].busy:
            stop_clock(line, k, now)


def proceed(line: Line, t: i64, now: i64) -> None:
    """Tool *t* begins, or goes on with, the stage that it is at; its operator, if it needs one, is there."""
    tool = line.tools[t]
    state = tool.stage_state[tool.at]
    if state != tool.state:
        become(line, t, state, now)
    tool.ends = now + tool.left
    if tool.busy_clock and state == PRODUCTIVE:
        work_clocks(line, t, now, tool.left)
    push(line, tool.ends, DONE, t << NUMBER_BITS, t, tool.stamp)
