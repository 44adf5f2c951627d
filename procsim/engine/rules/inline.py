"""Lots past the entrance of an in-line tool stand in a row: they come out one after the other, and stand while the tool is down or keeps a lot."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.marks import note
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import at_speed, become
from procsim.engine.rules.words import DONE, INSIDE, NONE, STANDBY, WAY_OUT


def expect(line: Line, t: i64) -> None:
    """The first one in the row of tool *t* will be out."""
    tool = line.tools[t]
    lot = line.lots[tool.row]
    push(line, lot.out, DONE, lot.serial, t, tool.row_stamp)


def way_out(line: Line, t: i64, l: i64) -> i64:
    """µs of lot *l* from the entrance of tool *t* to its exit, were nobody ahead."""
    return at_speed(line, t, line.tail[l][line.lots[l].leg])


def enter_row(line: Line, t: i64, l: i64, now: i64) -> None:
    """Lot *l* is past the entrance of tool *t*, which is at work as long as it is in it."""
    tool, lot = line.tools[t], line.lots[l]
    time = way_out(line, t, l)
    if line.speeds[t] != 1.0:
        note(line, WAY_OUT, l, line.stops[line.path[l][lot.leg]].position, time, 0)
    lot.out = (now if tool.row_since == NONE else tool.row_since) + time
    if tool.state == STANDBY:
        become(line, t, INSIDE, now)
    lot.behind = NONE
    if tool.row == NONE:
        tool.row = tool.row_tail = l
        if tool.row_since == NONE:
            expect(line, t)
        return
    lot.out = max(lot.out, line.lots[tool.row_tail].out)
    line.lots[tool.row_tail].behind = l
    tool.row_tail = l


def leave_row(line: Line, t: i64, now: i64) -> i64:
    """The first one in the row of tool *t* is out: the lot. With the last one the tool has nothing in it, unless its entrance is taken."""
    tool = line.tools[t]
    l = tool.row
    lot = line.lots[l]
    tool.row, lot.behind = lot.behind, NONE
    if tool.row != NONE:
        expect(line, t)
        return l
    tool.row_tail = NONE
    if tool.state == INSIDE:
        become(line, t, STANDBY, now)
    return l


def halt(line: Line, t: i64, now: i64) -> None:
    """The row of tool *t* stands still."""
    tool = line.tools[t]
    if tool.row_since == NONE:
        tool.row_since = now
        tool.row_stamp += 1


def go(line: Line, t: i64, now: i64) -> None:
    """The row of tool *t* goes on, unless the tool keeps the one that was first."""
    tool = line.tools[t]
    if tool.row_since == NONE or tool.held:
        return
    stood, tool.row_since = now - tool.row_since, NONE
    l = tool.row
    while l != NONE:
        line.lots[l].out += stood
        l = line.lots[l].behind
    if tool.row != NONE:
        expect(line, t)


def drain(line: Line, t: i64, now: i64) -> None:
    """Nothing may enter tool *t* until all is out, and then it is its turn."""
    become(line, t, INSIDE, now)
    line.tools[t].drains = 1
