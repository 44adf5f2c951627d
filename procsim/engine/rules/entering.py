"""Lets lots into the line and out of it; where a constant number is in the line, the one lets the other in."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.buffers import joins, keep
from procsim.engine.rules.calendar import push
from procsim.engine.rules.log import COMES, LEAVES, TURNED_AWAY, tell
from procsim.engine.rules.marks import fault, note
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.state import Line
from procsim.engine.rules.waiting import wait_at
from procsim.engine.rules.words import LEFT, LOST, LOTS, LOTS_IN_A_CIRCLE, MOST_LOTS, NEVER, NONE, NUMBER_BITS, RELEASE


def count_wip(line: Line, change: i64, now: i64) -> None:
    """Keeps ∫ WIP dt."""
    clock = line.clock[0]
    clock.wip_area += clock.wip * (now - clock.wip_since)
    clock.wip_since = now
    clock.wip += change


def take_lot(line: Line, r: i64, now: i64) -> i64:
    """The next lot of stream *r*, which comes now."""
    stream = line.streams[r]
    l = stream.head
    lot = line.lots[l]
    stream.head, lot.behind = lot.behind, NONE
    stream.ready -= 1
    stream.count += 1
    stream.present += 1
    lot.taken = 1
    if lot.due == NEVER and lot.allowed != NEVER:
        lot.due = now + lot.allowed
    return l


def enter(line: Line, l: i64, now: i64) -> None:
    """Lot *l* comes into the line, if its first buffer has room; else it waits outside, or is lost. One for whom nothing is on the route never
    does."""
    lot = line.lots[l]
    if line.clock[0].buffers and lot.legs > 0:
        g = stop_of(line, l).group
        if not joins(line, g):
            if line.streams[lot.stream].loses:
                lose(line, l, now)
            else:
                keep(line, g, l, NONE, now)
            return
    let_in(line, l, now)


def let_in(line: Line, l: i64, now: i64) -> None:
    """Lot *l* begins its way."""
    line.clock[0].released += 1
    line.lots[l].released = now
    count_wip(line, 1, now)
    if line.clock[0].tells:
        tell(line, COMES, l, NONE, now)
    if line.lots[l].legs == 0:
        go_out(line, l, now)
    else:
        wait_at(line, l, now)


def lose(line: Line, l: i64, now: i64) -> None:
    """Lot *l*, which found the first buffer full, is lost."""
    clock = line.clock[0]
    if now >= clock.warmup:
        clock.lost += 1
    note(line, LOST, l, 0, 0, 0)
    if clock.tells:
        tell(line, TURNED_AWAY, l, NONE, now)
    line.streams[line.lots[l].stream].present -= 1


def go_out(line: Line, l: i64, now: i64) -> None:
    """Lot *l* is in the line no longer."""
    note(line, LEFT, l, now, 0, 0)
    if line.clock[0].tells:
        tell(line, LEAVES, l, NONE, now)
    count_wip(line, -1, now)
    line.streams[line.lots[l].stream].present -= 1


def leave(line: Line, l: i64, now: i64) -> None:
    """Lot *l* is finished, or nothing is left of it; where a constant number is in the line, the next one enters."""
    go_out(line, l, now)
    r = line.lots[l].stream
    if line.streams[r].constant:
        refill(line, r, now)


def refill(line: Line, r: i64, now: i64) -> None:
    """Lots of stream *r* enter until as many are there as are to be; those with nothing to do leave meanwhile."""
    stream = line.streams[r]
    stream.rounds = stream.rounds + 1 if now == stream.instant else 0
    stream.instant, stream.short = now, 0
    while stream.count < stream.limit and stream.present < stream.constant:
        if stream.head == NONE:
            stream.short = 1
            break
        stream.rounds += 1
        if stream.rounds > MOST_LOTS + 2 * stream.constant:
            fault(line, LOTS_IN_A_CIRCLE, r)
            break
        enter(line, take_lot(line, r, now), now)
    if stream.ready < stream.constant and stream.count + stream.ready < stream.limit:
        line.clock[0].needs |= LOTS


def release(line: Line, r: i64, now: i64) -> None:
    """Lots of stream *r* come: those whose time it is, or as many as are to be there."""
    stream = line.streams[r]
    if stream.constant:
        refill(line, r, now)
        return
    last: i64 = NONE
    l = stream.head
    while l != NONE and line.lots[l].comes == now:
        last, l = l, line.lots[l].behind
    if l == NONE:
        line.clock[0].needs |= LOTS
    else:
        push(line, line.lots[l].comes, RELEASE, r << NUMBER_BITS, r, 0)
    while last != NONE:
        l = stream.head
        enter(line, take_lot(line, r, now), now)
        if l == last:
            break
