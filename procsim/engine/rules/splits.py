"""Lets a lot go on in parts, each a lot of its own in queues and tools, and the parts become one lot again.

Parts that wait for one another take no place in a buffer; one of which nothing is left is not waited for.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.buffers import stays
from procsim.engine.rules.entering import leave
from procsim.engine.rules.log import MERGES, MOVES, SPLITS, tell
from procsim.engine.rules.marks import note
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.state import Line
from procsim.engine.rules.waiting import send, wait_at
from procsim.engine.rules.words import JOINED, LAST_LEGS, LEGS, NONE, WAY


def forward(line: Line, l: i64, now: i64) -> None:
    """Lot *l* goes to the queue of its stop."""
    move = line.move[l][line.lots[l].leg]
    if move:
        if line.clock[0].tells:
            tell(line, MOVES, l, NONE, now)
        send(line, l, now + move)
    else:
        arrive(line, l, now)


def arrive(line: Line, l: i64, now: i64) -> None:
    """Lot *l* comes to its stop, a part of one perhaps to where it only waits for the others."""
    lot = line.lots[l]
    lot.under_way = 0
    if lot.whole != NONE and stop_of(line, l).position == line.merges[lot.stretch]:
        line.groups[stop_of(line, l).group].inside -= 1
        come_together(line, l, True, now)
    else:
        wait_at(line, l, now)


def move_on(line: Line, l: i64, done: i64, t: i64, now: i64) -> None:
    """Lot *l*, whose visit of stop *done* is over, goes to its next stop, or stays in tool *t* until there is room for it."""
    if line.clock[0].buffers and t != NONE and stays(line, stop_of(line, l).group, l, t, done, now):
        return
    forward(line, l, now)


def split(line: Line, l: i64, stretch: i64, done: i64, t: i64, now: i64) -> None:
    """The parts of lot *l* go their ways through *stretch*; those that find the next buffer full stay in tool *t*."""
    clock, lot = line.clock[0], line.lots[l]
    lot.here = lot.last_here = NONE
    lot.going = 0
    clock.turn += 1
    lot.split = clock.turn
    if clock.tells:
        tell(line, SPLITS, l, t, now)
    first = lot.parts
    while first != NONE and line.lots[first].stretch != stretch:
        first = line.lots[first].next_part
    part = first
    while part != NONE and line.lots[part].stretch == stretch:
        if line.lots[part].legs > 0:
            lot.going += 1
            inherit(line, l, part)
        part = line.lots[part].next_part
    part = first
    while part != NONE and line.lots[part].stretch == stretch:
        if line.lots[part].legs > 0:
            move_on(line, part, done, t, now)
        part = line.lots[part].next_part


def inherit(line: Line, l: i64, part: i64) -> None:
    """A *part* remembers what lot *l* does."""
    lot, one = line.lots[l], line.lots[part]
    one.priority, one.due = lot.priority, lot.due
    for i in range(len(line.memory[l])):
        line.memory[part][i] = line.memory[l][i]
    for i in range(len(line.clocks[l])):
        line.clocks[part][i] = line.clocks[l][i]


def come_together(line: Line, part: i64, waits: bool, now: i64) -> None:
    """A *part* has come to the end of its way, and *waits* there if something is left of it. With the last one the lot goes on as one."""
    one = line.lots[part]
    l, lot = one.whole, line.lots[one.whole]
    lot.going -= 1
    if waits:
        one.since, one.behind = now, NONE
        if lot.here == NONE:
            lot.here = part
        else:
            line.lots[lot.last_here].behind = part
        lot.last_here = part
    if lot.going > 0:
        return
    note_waiting(line, l, now)
    merge = line.merges[one.stretch]
    if lot.here == NONE or merge == NONE:
        leave(line, l, now)
        return
    while stop_of(line, l).position != merge:
        lot.leg += 1
    if line.clock[0].tells:
        tell(line, MERGES, l, NONE, now)
    line.groups[stop_of(line, l).group].inside += 1
    wait_at(line, l, now)


def note_waiting(line: Line, l: i64, now: i64) -> None:
    """The waiting of the parts of lot *l* for one another is written down."""
    part = line.lots[l].here
    while part != NONE:
        one = line.lots[part]
        if now > one.since:
            note(line, JOINED, part, line.merges[one.stretch], one.since, now)
        part = one.behind


def end_of_way(line: Line, l: i64, now: i64) -> None:
    """Lot *l* has made its last visit: it leaves, or is a part that does. What is left of a part waits, where parts end, for the others."""
    lot = line.lots[l]
    if lot.whole == NONE:
        leave(line, l, now)
    else:
        come_together(line, l, line.merges[lot.stretch] == NONE and lot.remains == 1, now)


def next_stop(line: Line, l: i64, t: i64, now: i64) -> None:
    """Lot *l* has made its visit: it goes on, leaves, splits, or stays in tool *t* (NONE: is in none) until there is room for it."""
    lot = line.lots[l]
    done = line.path[l][lot.leg]
    if lot.leg + 1 == lot.legs:
        end_of_way(line, l, now)
        return
    stretch = line.stops[line.path[l][lot.leg + 1]].stretch
    if stretch != NONE and lot.whole == NONE:
        split(line, l, stretch, done, t, now)
        return
    lot.leg += 1
    if lot.leg == LEGS - LAST_LEGS and lot.legs > len(line.path[l]):
        line.clock[0].needs |= WAY
    move_on(line, l, done, t, now)
