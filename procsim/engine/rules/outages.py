"""Takes tools out of work and back: down and up again, upkeep that is due, the end and the beginning of a shift, and whose turn it is in between."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.inline import drain, go, halt
from procsim.engine.rules.log import SHIFT_BEGINS, SHIFT_ENDS, UP_AGAIN, tell
from procsim.engine.rules.marks import draw, mark
from procsim.engine.rules.operators import begin_repair, call, give_back
from procsim.engine.rules.stages import enter, stand_still
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import at_rest, become, closing, occupy, overtime, set_free, start_clocks, stop_clocks
from procsim.engine.rules.words import BLOCKED, DOWN, NON_SCHEDULED, NONE, NUMBER_BITS


def stop(line: Line, t: i64, state: i64, now: i64) -> None:
    """Tool *t* goes down into *state*: work in progress, its operator and the tool's clocks stand still."""
    tool = line.tools[t]
    tool.down = 1
    become(line, t, state, now)
    stop_clocks(line, t, now)
    if line.groups[tool.group].inline:
        halt(line, t, now)
    if tool.lot != NONE:
        stand_still(line, t, now)


def call_crew(line: Line, t: i64, crew: i64, now: i64) -> None:
    """Tool *t* is worked on as soon as somebody of its *crew*, if it needs one, is there."""
    if crew == NONE or call(line, crew, t, now):
        begin_repair(line, t, now)


def next_upkeep(line: Line, t: i64) -> i64:
    """The upkeep of tool *t* that fell due first: at one instant, that by panels before that by the clock, and that planned earlier before the
    others."""
    tool = line.tools[t]
    best: i64 = NONE
    for k in range(tool.first_upkeep, tool.stop_upkeep):
        if line.upkeeps[k].due and (best == NONE or was_due(line, k) < was_due(line, best)):
            best = k
    return best


def was_due(line: Line, k: i64) -> tuple[i64, i64, i64]:
    """Since when upkeep *k* is due, when that was planned, and, of those planned at one instant, who began later."""
    one = line.upkeeps[k]
    since = one.last - (one.due - 1) * one.every
    if one.every == 0:
        return since, -2, 0
    return since, -1 if since == one.first else since - one.every, -one.first


def keep_up(line: Line, k: i64, now: i64) -> None:
    """Upkeep *k* of a tool begins."""
    one = line.upkeeps[k]
    line.tools[one.tool].upkeep = k
    stop(line, one.tool, one.state, now)
    call_crew(line, one.tool, one.crew, now)


def turn(line: Line, t: i64, now: i64) -> None:
    """With nothing in tool *t*, or nothing at its entrance: off, upkeep that is due, else ready for the next run; blocked where it must keep what
    is done."""
    tool = line.tools[t]
    if tool.shift != NONE:
        over = closing(line, t, now)
        if tool.row != NONE and ((tool.off and overtime(line, t)) or (over and not tool.off)):
            drain(line, t, now)  # what is out at the very end of the shift is out in time
            return
        if tool.off or over:
            stop(line, t, NON_SCHEDULED, now)
            return
    tool.drains = 0
    if tool.held:
        become(line, t, BLOCKED, now)
        mark(line, tool.group)  # is this the last tool of a circle?
    elif tool.overdue and tool.row != NONE:
        drain(line, t, now)
    elif tool.overdue:
        k = next_upkeep(line, t)
        line.upkeeps[k].due -= 1
        tool.overdue -= 1
        keep_up(line, k, now)
    else:
        set_free(line, t)


def mark_where_interrupted(line: Line, t: i64) -> None:
    """Who came while the run of tool *t* could not be broken off may take it now."""
    if line.groups[line.tools[t].group].preempts:
        mark(line, line.tools[t].group)


def resume(line: Line, t: i64, now: i64) -> None:
    """Tool *t* comes up again, but for the time off: to the work that was stopped, else to its turn."""
    tool = line.tools[t]
    if tool.off and not ((tool.lot != NONE or tool.row != NONE) and overtime(line, t)):
        become(line, t, NON_SCHEDULED, now)
        return
    tool.down = 0
    go(line, t, now)
    if tool.lot != NONE:
        start_clocks(line, t, now)
        enter(line, t, now)
        mark_where_interrupted(line, t)
        return
    become(line, t, at_rest(line, t), now)
    start_clocks(line, t, now)
    turn(line, t, now)


def up_again(line: Line, t: i64, now: i64) -> None:
    """Repair or upkeep of tool *t* is over."""
    tool = line.tools[t]
    if tool.broken != NONE:
        one = line.breaks[tool.broken]
        one.left, crew = draw(line, one.to_fail), one.crew
    else:
        crew = line.upkeeps[tool.upkeep].crew
    tool.broken = tool.upkeep = NONE
    if tool.told:
        tell(line, UP_AGAIN, NONE, t, now)
    if crew != NONE:
        give_back(line, crew, now)
    resume(line, t, now)


def fall_due(line: Line, k: i64, now: i64) -> None:
    """Upkeep *k* is due by the clock."""
    one = line.upkeeps[k]
    push(line, now + one.every, DOWN, one.tool << NUMBER_BITS, -1 - k, 0)
    owe(line, k, now)


def owe(line: Line, k: i64, now: i64) -> None:
    """Upkeep *k* is due: it begins at once, if its tool is idle and empty."""
    one = line.upkeeps[k]
    t, tool = one.tool, line.tools[one.tool]
    if not (tool.lot != NONE or tool.down or tool.held or tool.row != NONE or closing(line, t, now)):
        occupy(line, t)
        keep_up(line, k, now)
        return
    one.due, one.last = one.due + 1, now
    tool.overdue += 1
    if tool.row != NONE and not (tool.lot != NONE or tool.down or tool.held or tool.drains):
        occupy(line, t)
        drain(line, t, now)


def count_panels(line: Line, t: i64, panels: i64, now: i64) -> None:
    """Tool *t* has worked so many parts of *panels*: upkeep may be due, once for all that fell due in the run."""
    tool = line.tools[t]
    for k in range(tool.first_upkeep, tool.stop_upkeep):
        one = line.upkeeps[k]
        if one.limit:
            one.panels += panels
            if one.panels >= one.limit:
                one.panels %= one.limit
                one.due, one.last = one.due + 1, now
                tool.overdue += 1


def leave_shift(line: Line, t: i64, now: i64) -> None:
    """The shift of tool *t* ends."""
    tool = line.tools[t]
    tool.off = 1
    if tool.told:
        tell(line, SHIFT_ENDS, NONE, t, now)
    late = overtime(line, t)
    if tool.down or (tool.lot != NONE and late):
        return
    occupy(line, t)
    if tool.row != NONE and tool.lot == NONE and late:
        drain(line, t, now)
    else:
        stop(line, t, NON_SCHEDULED, now)


def come_to_shift(line: Line, t: i64, now: i64) -> None:
    """A shift of tool *t* begins."""
    tool = line.tools[t]
    tool.off = 0
    if tool.told:
        tell(line, SHIFT_BEGINS, NONE, t, now)
    if tool.down and tool.state == NON_SCHEDULED:
        resume(line, t, now)
    elif tool.drains and tool.down == 0:
        turn(line, t, now)
    elif tool.lot != NONE:
        mark_where_interrupted(line, t)
