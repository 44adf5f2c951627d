"""Lets a lot that may not wait interrupt somebody else's run; the interrupted lot resumes where it stopped when its turn comes.

A lot takes a tool only from one with a higher priority number, and only where it could take that tool if it were free: not one that is down, off
shift or in overtime, or owes maintenance; with ``no_start`` one where it ends in time; and, where it needs a setup, not from a lot of a minimum
run of several. The operator goes away. The interrupted lot resumes on any tool of the group: loaded once, with the rest of its work at that
tool's speed, and set up for again where that tool is set up for something else. A setup that is broken off comes to nothing: the tool is set up
as before it, and the lot pays for the time. A lot that returns to a tool takes no other from anybody; and one that is interrupted at a step to
whose tool it returns resumes on that very tool.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.dispatch import look_again, start
from procsim.engine.rules.limits import take_out
from procsim.engine.rules.marks import mark
from procsim.engine.rules.queues import before, first_of, leave
from procsim.engine.rules.stages import break_off, is_set_up, yields
from procsim.engine.rules.state import Line
from procsim.engine.rules.waiting import line_up
from procsim.engine.rules.words import BACK, NONE


def interrupt(line: Line, g: i64, now: i64) -> None:
    """Lots that still wait at group *g*, all tools having been given out, take tools from lots with a higher priority number, in the order in
    which they wait. A lot that is interrupted may find an idle tool that the other could not take."""
    clock, group = line.clock[0], line.groups[g]
    while group.waiting > 0:
        l, t = claim(line, g, now)
        if l == NONE:
            return
        if clock.limits and take_out(line, l, now):
            if clock.needs & BACK:
                return
            continue
        leave(line, l)
        line_up(line, break_off(line, t, now))
        start(line, t, l, now)
        if group.idle:
            mark(line, g)


def claim(line: Line, g: i64, now: i64) -> tuple[i64, i64]:
    """The first lot that waits at group *g* and to which a tool yields, and that tool; or NONE and NONE."""
    group = line.groups[g]
    most = highest(line, g)
    found: i64 = NONE
    while found == NONE:
        l = next_ahead(line, g, now)
        if l == NONE or line.lots[l].priority >= most:
            break
        found = yielding(line, g, l, now)
        if found != NONE:
            break
        group.passing = 1
        line.lots[l].passed = 1
        if group.unlike == 0:
            break  # nor does any tool yield to those behind it
    if group.passing:
        look_again(line, g)
    return (l, found) if found != NONE else (found, found)


def highest(line: Line, g: i64) -> i64:
    """The highest priority number of the runs of group *g*, 0 where there are none."""
    most: i64 = 0
    some = False
    for t in range(line.groups[g].first_tool, line.groups[g].stop_tool):
        l = line.tools[t].lot
        if l != NONE and (not some or line.lots[l].priority > most):
            most, some = line.lots[l].priority, True
    return most


def next_ahead(line: Line, g: i64, now: i64) -> i64:
    """The lot of group *g* that goes first of those not passed over, or NONE; ranks do not move where lots interrupt others."""
    best: i64 = NONE
    for b in range(line.groups[g].first_bucket, line.groups[g].stop_bucket):
        l = first_of(line, b, NONE, now)
        if l != NONE and (best == NONE or before(line, g, l, NONE, best, NONE, now)):
            best = l
    return best


def yielding(line: Line, g: i64, l: i64, now: i64) -> i64:
    """The tool that yields to lot *l*: the one with the highest priority number, of equals one that is set up for the lot, and of these the one
    that began last; or NONE."""
    best: i64 = NONE
    wanted = line.lots[l].wanted
    for t in range(line.groups[g].first_tool, line.groups[g].stop_tool):
        if (wanted < 0 or line.tools[t].number == wanted) and yields(line, t, l, now) and (best == NONE or rather(line, t, best, l)):
            best = t
    return best


def rather(line: Line, t: i64, u: i64, l: i64) -> bool:
    """Whether tool *t* yields to lot *l* rather than tool *u* with a lower number."""
    one, two = line.lots[line.tools[t].lot], line.lots[line.tools[u].lot]
    if one.priority != two.priority:
        return one.priority > two.priority
    mine, other = is_set_up(line, t, l), is_set_up(line, u, l)
    if mine != other:
        return mine
    return one.start >= two.start
