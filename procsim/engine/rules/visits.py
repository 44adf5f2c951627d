"""Ends runs: visits are written down, and lots go on, or into the row of an in-line tool, or leave the line because a failure spoiled them."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.entering import leave
from procsim.engine.rules.inline import enter_row, leave_row
from procsim.engine.rules.log import ENDS, SCRAPPED, tell
from procsim.engine.rules.marks import note
from procsim.engine.rules.outages import call_crew, count_panels, stop, turn
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.runs import run_time
from procsim.engine.rules.setups import changing, lose
from procsim.engine.rules.splits import next_stop
from procsim.engine.rules.stages import end_stage, remaining
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import at_rest, become, occupy
from procsim.engine.rules.words import CUT_SHORT, NONE, SPOILED, TOGETHER, UNSCHEDULED


def write_down(line: Line, l: i64, start: i64, end: i64) -> None:
    """The visit of lot *l* is over."""
    lot, book = line.lots[l], line.book[l]
    i = 3 * lot.visits
    lot.visits += 1
    book[i], book[i + 1], book[i + 2] = lot.arrived, start, end


def go_on(line: Line, l: i64, t: i64, now: i64) -> None:
    """The visit of lot *l* is over: it goes on from tool *t*."""
    clock = line.clock[0]
    write_down(line, l, line.lots[l].start, now)
    if clock.tells:
        tell(line, ENDS, l, t, now)
    if clock.limits:
        stop = stop_of(line, l)
        for k in range(stop.first_clock, stop.stop_clock):
            line.clocks[l][k] = now
    next_stop(line, l, t, now)


def finish_stage(line: Line, t: i64, stamp: i64, now: i64) -> None:
    """A stage of tool *t* is over, unless it was called off; with the last one its run."""
    tool = line.tools[t]
    if tool.stamp != stamp:
        return
    simple = tool.stages == 1 and tool.operator == NONE and tool.busy_clock == 0
    if simple or end_stage(line, t, now):
        finish_run(line, t, now)


def finish_run(line: Line, t: i64, now: i64) -> None:
    """The run of tool *t* is over; an in-line tool's entrance is free again, its lots still on the way out."""
    tool = line.tools[t]
    l = tool.lot
    if tool.counted:
        count_panels(line, t, panels_of(line, l), now)
    note_run(line, t, l)
    tool.lot, tool.lots = NONE, 0
    become(line, t, at_rest(line, t), now)
    inline = line.groups[tool.group].inline
    while l != NONE:
        follower = line.lots[l].mate
        line.lots[l].mate = NONE
        if inline:
            enter_row(line, t, l, now)
        else:
            go_on(line, l, t, now)
        l = follower
    turn(line, t, now)


def panels_of(line: Line, l: i64) -> i64:
    """Parts of panels in the run of *l* and its mates."""
    panels: i64 = 0
    while l != NONE:
        panels += line.panels[l][line.lots[l].leg]
        l = line.lots[l].mate
    return panels


def note_run(line: Line, t: i64, l: i64) -> None:
    """The run of *l* and its mates, which held tool *t*, is noted where lots shared it, or where it took other than the lot's own time."""
    tool = line.tools[t]
    if tool.lots == 1 and (tool.took == 0 or tool.took == line.work[l][line.lots[l].leg]):
        return
    first = l
    while l != NONE:
        note(line, TOGETHER, l, stop_of(line, l).position, tool.took, first)
        l = line.lots[l].mate


def come_out(line: Line, t: i64, stamp: i64, now: i64) -> None:
    """The first lot in the row of in-line tool *t* is out, unless that was called off; the tool may have to keep it. With the last one it may be
    its turn."""
    tool = line.tools[t]
    if tool.row_stamp != stamp:
        return
    go_on(line, leave_row(line, t, now), t, now)
    if tool.row == NONE and tool.drains:
        turn(line, t, now)


def fail(line: Line, k: i64, stamp: i64, now: i64) -> None:
    """Break *k* happens, unless it was called off."""
    one = line.breaks[k]
    if one.stamp != stamp:
        return
    t, tool = one.tool, line.tools[one.tool]
    if now >= line.clock[0].warmup:
        tool.failures += 1
    occupy(line, t)
    stop(line, t, UNSCHEDULED, now)
    if one.scraps:
        scrap_run(line, t, now)
    tool.broken = k
    call_crew(line, t, one.crew, now)


def scrap_run(line: Line, t: i64, now: i64) -> None:
    """A failure spoils the lots in tool *t*: they leave the line, and the tool's time for them is on the books. A setup for them is lost."""
    tool = line.tools[t]
    if line.groups[tool.group].setups and changing(line, t):
        lose(line, t)
    l = first = tool.lot
    if l != NONE:
        held = (tool.took if tool.took else run_time(line, l)) - remaining(line, t, now)
        while l != NONE:
            note(line, CUT_SHORT, l, stop_of(line, l).position, held, first)
            l = line.lots[l].mate
    row = tool.row
    tool.lot, tool.lots, tool.row, tool.row_tail = NONE, 0, NONE, NONE
    while row != NONE:
        follower = line.lots[row].behind
        spoil(line, row, t, now)
        row = follower
    l = first
    while l != NONE:
        follower = line.lots[l].mate
        spoil(line, l, t, now)
        l = follower


def spoil(line: Line, l: i64, t: i64, now: i64) -> None:
    """Lot *l* leaves the line, spoiled in tool *t*."""
    write_down(line, l, line.lots[l].start, now)
    if line.clock[0].tells:
        tell(line, SCRAPPED, l, t, now)
    note(line, SPOILED, l, stop_of(line, l).position, 0, 0)
    line.lots[l].mate = line.lots[l].behind = NONE
    leave(line, l, now)
