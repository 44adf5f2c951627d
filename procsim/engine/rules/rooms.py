"""Lets those who were kept come in where there is room, after each round of dispatching; where nobody may, looks whether all is stuck for ever."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.buffers import kept_no_more, next_kept, room
from procsim.engine.rules.entering import let_in
from procsim.engine.rules.inline import go
from procsim.engine.rules.log import LET_IN, tell
from procsim.engine.rules.marks import fault, note
from procsim.engine.rules.outages import turn
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.splits import forward
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import at_rest, become
from procsim.engine.rules.words import DEADLOCK, KEPT, NONE


def let_kept_in(line: Line, now: i64) -> None:
    """Whoever there is room for comes in."""
    waiting = False
    for g in range(len(line.groups)):
        l = next_kept(line, g)
        while l != NONE:
            come_in(line, g, l, now)
            l = next_kept(line, g)
    for g in range(len(line.groups)):
        if line.groups[g].first_kept != NONE:
            waiting = True
    if waiting and line.clock[0].dirty == 0:
        look_for_deadlock(line)


def come_in(line: Line, g: i64, l: i64, now: i64) -> None:
    """Lot *l* is kept no longer, and comes to group *g*, or on its way there."""
    lot = line.lots[l]
    t = lot.keeper
    kept_no_more(line, g, l)
    lot.keeper = NONE
    line.groups[g].inside += 1
    if line.clock[0].tells:
        tell(line, LET_IN, l, t, now)
    if t == NONE:
        let_in(line, l, now)
        return
    if now > lot.kept:
        note(line, KEPT, l, line.stops[lot.kept_stop].position, lot.kept, now)
    tool = line.tools[t]
    tool.held -= 1
    forward(line, l, now)
    if tool.down == 0:
        go(line, t, now)
    if not (tool.held or tool.lot != NONE or tool.down):
        become(line, t, at_rest(line, t), now)
        turn(line, t, now)


def look_for_deadlock(line: Line) -> None:
    """Lots that wait for room that can never appear are a fault: a circle of full buffers and blocked tools."""
    for g in range(len(line.groups)):
        line.groups[g].alive = 1 if moves(line, g) else 0
    changed = True
    while changed:
        changed = False
        for g in range(len(line.groups)):
            if line.groups[g].alive == 0 and wakes(line, g):
                line.groups[g].alive = 1
                changed = True
    for g in range(len(line.groups)):
        if line.groups[g].first_kept != NONE and line.groups[g].alive == 0:
            fault(line, DEADLOCK, g)


def moves(line: Line, g: i64) -> bool:
    """Whether room appears at group *g* by itself: it is there, or a tool that keeps nothing is at work, under repair, or about to begin."""
    group = line.groups[g]
    if room(line, g):
        return True
    for t in range(group.first_tool, group.stop_tool):
        tool = line.tools[t]
        if tool.held == 0 and (tool.lot != NONE or tool.down or tool.drains):
            return True
    return group.idle > 0 and (group.direct == 1 or group.patience >= 0 or group.inside > group.waiting)


def wakes(line: Line, g: i64) -> bool:
    """Whether some tool of group *g* keeps only lots that will find room."""
    t = line.groups[g].first_tool
    while t < line.groups[g].stop_tool and (line.tools[t].held == 0 or keeps_for_dead(line, t)):
        t += 1
    return t < line.groups[g].stop_tool


def keeps_for_dead(line: Line, t: i64) -> bool:
    """Whether tool *t* keeps a lot for which no room will appear."""
    for g in range(len(line.groups)):
        if line.groups[g].alive:
            continue
        l = line.groups[g].first_kept
        while l != NONE:
            if line.lots[l].keeper == t and stop_of(line, l).group == g:
                return True
            l = line.lots[l].behind
    return False
