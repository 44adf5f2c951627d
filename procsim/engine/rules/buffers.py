"""Says who may join a queue of finite room, and who is kept in a finished tool, or outside the line, until there is room.

Blocking is after service: a tool keeps its finished lot, and does nothing else, until the next buffer has room for it. Whoever has waited longest
goes first. A free tool is room for one lot more, but not where lots wait for each other or for one tool of several; so is, for the lot that it
keeps, a tool that keeps nothing else. The place is the lot's even where the tool then fails before it comes.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.inline import halt
from procsim.engine.rules.log import HELD, tell
from procsim.engine.rules.marks import mark
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import become, occupy
from procsim.engine.rules.words import BLOCKED, NONE


def room(line: Line, g: i64) -> bool:
    """Whether one lot more may come to group *g*."""
    group = line.groups[g]
    if group.size < 0:
        return True
    return group.inside < group.size + (group.idle if group.direct else 0)


def joins(line: Line, g: i64) -> bool:
    """Takes a place at group *g*, if there is one and nobody waits for it."""
    group = line.groups[g]
    if group.first_kept != NONE or not room(line, g):
        return False
    group.inside += 1
    return True


def keep(line: Line, g: i64, l: i64, t: i64, now: i64) -> None:
    """Lot *l* waits for room at group *g*, in tool *t* (NONE: outside the line)."""
    clock, group, lot = line.clock[0], line.groups[g], line.lots[l]
    clock.turn += 1
    lot.turn, lot.keeper, lot.kept, lot.ahead, lot.behind = clock.turn, t, now, group.last_kept, NONE
    if group.last_kept == NONE:
        group.first_kept = l
    else:
        line.lots[group.last_kept].behind = l
    group.last_kept = l
    if clock.tells:
        tell(line, HELD, l, t, now)
    mark(line, g)


def kept_no_more(line: Line, g: i64, l: i64) -> None:
    """Lot *l* does not wait for room at group *g* any longer."""
    group, lot = line.groups[g], line.lots[l]
    if lot.ahead == NONE:
        group.first_kept = lot.behind
    else:
        line.lots[lot.ahead].behind = lot.behind
    if lot.behind == NONE:
        group.last_kept = lot.ahead
    else:
        line.lots[lot.behind].ahead = lot.ahead
    lot.ahead = lot.behind = NONE


def stays(line: Line, g: i64, l: i64, t: i64, done: i64, now: i64) -> bool:
    """Whether lot *l*, whose visit of stop *done* is over, must stay in tool *t*: there is no room for it at group *g*."""
    if joins(line, g):
        return False
    tool = line.tools[t]
    line.lots[l].kept_stop = done
    keep(line, g, l, t, now)
    tool.held += 1
    if line.groups[tool.group].inline:
        halt(line, t, now)
    if tool.free:  # an in-line tool, whose entrance was free
        occupy(line, t)
        become(line, t, BLOCKED, now)
    return True


def next_kept(line: Line, g: i64) -> i64:
    """The lot that may come to group *g* now: the first one kept, if there is room, or one that is all that a tool of the group is taken by; or
    NONE."""
    group = line.groups[g]
    l = group.first_kept
    if l == NONE or room(line, g):
        return l
    while l != NONE and group.direct:
        t = line.lots[l].keeper
        if t != NONE and line.tools[t].group == g and line.tools[t].lot == NONE and line.tools[t].held == 1:
            return l
        l = line.lots[l].behind
    return NONE
