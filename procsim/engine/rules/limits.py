"""Takes lots out of a run that have waited too long: their clock of queue time has run out, so that they leave the line, or go back."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.entering import leave
from procsim.engine.rules.log import TOO_LATE, tell
from procsim.engine.rules.marks import note
from procsim.engine.rules.queues import leave as leave_queue
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.state import Line
from procsim.engine.rules.visits import write_down
from procsim.engine.rules.words import BACK, LATE, NEVER, NONE, SPOILED


def broken(line: Line, l: i64, now: i64) -> i64:
    """The limit that lot *l* is over so that it may not start, or NONE."""
    lot = line.lots[l]
    if lot.rest >= 0:
        return NONE
    stop = stop_of(line, l)
    for k in range(stop.first_limit, stop.stop_limit):
        limit = line.limits[k]
        since = line.clocks[l][limit.clock]
        if since != NEVER and now - since > limit.most and (limit.scraps or way_back(line, l, k) != NONE):
            return k
    return NONE


def way_back(line: Line, l: i64, k: i64) -> i64:
    """The loop by which lot *l*, over limit *k*, goes back, or NONE."""
    stop = stop_of(line, l)
    return line.ways_back[stop.first_way + k - stop.first_limit]


def meet(line: Line, l: i64) -> None:
    """*l* and its mates start, or go back: the clocks that end here have ended, so that another pass of the step meets none of them."""
    stop = stop_of(line, l)
    while l != NONE and stop.first_limit < stop.stop_limit:
        for k in range(stop.first_limit, stop.stop_limit):
            line.clocks[l][line.limits[k].clock] = NEVER
        l = line.lots[l].mate


def take_out(line: Line, l: i64, now: i64) -> bool:
    """Takes those of *l* and its mates who are over a limit out of the queue; if there are any, the others stay in it, and it is to be asked
    again."""
    some = False
    one = l
    while one != NONE:
        if broken(line, one, now) != NONE:
            some = True
        one = line.lots[one].mate
    while some and l != NONE:
        follower = line.lots[l].mate
        k = broken(line, l, now)
        if k != NONE:
            turn_away(line, l, k, now)
        l = follower
    return some


def turn_away(line: Line, l: i64, k: i64, now: i64) -> None:
    """Lot *l*, over limit *k*, does not start: it leaves, or is to go back."""
    clock, lot, loop = line.clock[0], line.lots[l], way_back(line, l, k)
    if lot.bucket != NONE:
        leave_queue(line, l)
    lot.mate = NONE
    write_down(line, l, now, now)
    if clock.tells:
        tell(line, TOO_LATE, l, NONE, now)
    note(line, LATE, l, line.limits[k].number, now, 1 if loop == NONE else 0)
    stop = stop_of(line, l)
    line.groups[stop.group].inside -= 1
    lot.loop, lot.behind = loop, NONE
    if loop == NONE:
        note(line, SPOILED, l, stop.position, 1, 0)
    else:
        meet(line, l)
        clock.needs |= BACK
    if loop == NONE and clock.back == NONE:
        leave(line, l, now)
    elif clock.back == NONE:
        clock.back = clock.last_back = l
    else:  # who leaves after somebody who goes back does so in turn
        line.lots[clock.last_back].behind = l
        clock.last_back = l
