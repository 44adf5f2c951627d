"""Gives out work: which free tool of a group does which waiting run.

Runs are offered in the order of the group's rules. Each goes to a free tool that is set up for it, else to the one with the shortest setup that
may change it, which it may not before its minimum run, while a lot waits that it is set up for. A lot that must return to a tool goes to that one
only, and is no reason for another one to keep its setup; with ``least_setup`` it counts with the setup that it would ask of its own tool. A run
that no free tool may start is passed over, and the next is offered; once that is taken, who was passed over is offered again where a minimum run
may have ended.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.batches import alone, gather
from procsim.engine.rules.calendar import push
from procsim.engine.rules.limits import meet, take_out
from procsim.engine.rules.log import RESUMES, STARTS, tell
from procsim.engine.rules.queues import before, first_of, in_order, leave, next_of, stop_of
from procsim.engine.rules.runs import needed
from procsim.engine.rules.setups import change_time
from procsim.engine.rules.stages import begin, in_time
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import occupy
from procsim.engine.rules.words import BACK, NONE, NUMBER_BITS, TIMER


def first_free(line: Line, g: i64) -> i64:
    """The free tool of group *g* with the lowest number; there is one."""
    group, tools = line.groups[g], line.tools
    t = group.first_free
    while tools[t].free == 0:
        t += 1
    group.first_free = t
    return t


def choose(line: Line, g: i64, t: i64, now: i64) -> i64:
    """The lot of group *g* that goes first if tool *t* takes it or, where it must return to another one that is free, that one; or NONE."""
    group = line.groups[g]
    if group.stop_bucket - group.first_bucket == 1 and group.scans == 0:
        return next_of(line, line.buckets[group.first_bucket].head)
    best: i64 = NONE
    there: i64 = NONE
    for b in range(group.first_bucket, group.stop_bucket):
        bucket = line.buckets[b]
        if bucket.head == NONE or (bucket.tool != NONE and line.tools[bucket.tool].free == 0):
            continue
        u = t if bucket.tool == NONE else bucket.tool
        l = first_of(line, b, u, now)
        if l != NONE and (best == NONE or before(line, g, l, u, best, there, now)):
            best, there = l, u
    return best


def choose_run(line: Line, g: i64, t: i64, now: i64) -> i64:
    """As ``choose``, where lots run in batches: the first lot of the run, whose mates hang on it."""
    group = line.groups[g]
    group.due = NONE
    best: i64 = NONE
    bucket: i64 = NONE
    for b in range(group.first_bucket, group.stop_bucket):
        if group.moving:
            in_order(line, b, t, now)
    for b in range(group.first_bucket, group.stop_bucket):
        l = leads(line, b, t, now)
        if l != NONE and (best == NONE or before(line, g, l, t, best, t, now)) and gather(line, b, t, now) != NONE:
            best, bucket = l, b
    return best if best == NONE else gather(line, bucket, t, now)


def leads(line: Line, b: i64, t: i64, now: i64) -> i64:
    """The lot that is first of those who may run together by bucket *b*, a guest perhaps; NONE for nobody."""
    bucket = line.buckets[b]
    l = next_of(line, bucket.head)
    if l == NONE or (bucket.visiting and not alone(line, b)):
        return NONE
    guest: i64 = NONE if bucket.guests == NONE else next_of(line, line.buckets[bucket.guests].head)
    if guest != NONE and before(line, bucket.group, guest, t, l, t, now):
        return guest
    return l


def more_of(line: Line, t: i64, l: i64) -> bool:
    """Whether lots wait, but for *l* and its mates, that tool *t* is set up for, and may take."""
    tool = line.tools[t]
    group = line.groups[tool.group]
    for b in range(group.first_bucket, group.stop_bucket):
        bucket = line.buckets[b]
        if bucket.head == NONE or (bucket.tool != NONE and bucket.tool != t):
            continue
        if group.most == 0:
            if bucket.setup == tool.setup:
                return True
            continue
        one = bucket.head
        while one != NONE:
            if stop_of(line, one).setup == tool.setup and not offered(line, one, l):
                return True
            one = line.lots[one].behind
    return False


def offered(line: Line, one: i64, l: i64) -> bool:
    """Whether lot *one* is in the run of *l* and its mates."""
    while l != NONE and l != one:
        l = line.lots[l].mate
    return l != NONE


def tool_for(line: Line, g: i64, l: i64, first: i64, now: i64) -> i64:
    """The free tool, from *first* on, for the run of *l* and its mates, or NONE."""
    group, wanted = line.groups[g], line.lots[l].wanted
    state = needed(line, l) if group.setups else NONE
    best: i64 = NONE
    shortest: i64 = 0
    for t in range(first, group.stop_tool):
        tool = line.tools[t]
        if tool.free == 0 or (wanted >= 0 and tool.number != wanted) or (group.picky and not in_time(line, t, l, now)):
            continue
        if state == NONE or state == tool.setup:
            return t
        takes = change_time(line, t, tool.setup, state)
        if (best == NONE or takes < shortest) and (tool.ran >= group.min_run or not more_of(line, t, l)):
            best, shortest = t, takes
    return best


def start(line: Line, t: i64, l: i64, now: i64) -> None:
    """A run of *l* and its mates, who wait no longer, begins at tool *t*, or that of a lot that was interrupted goes on."""
    clock, rest = line.clock[0], line.lots[l].rest
    if clock.limits:
        meet(line, l)
    lots: i64 = 0
    one = l
    while one != NONE:
        lot = line.lots[one]
        lots += 1
        if clock.tells:
            tell(line, STARTS if lot.rest < 0 else RESUMES, one, t, now)
        if lot.rest < 0:
            lot.start = now
        lot.rest = lot.wanted = NONE
        if clock.returns:
            place = stop_of(line, one).keeps
            if place != NONE:
                line.memory[one][place] = line.tools[t].number
        one = lot.mate
    begin(line, t, l, lots, now, rest)


def take(line: Line, g: i64, t: i64, l: i64, now: i64) -> None:
    """Tool *t* takes *l* and its mates out of their queue."""
    occupy(line, t)
    one = l
    while one != NONE:
        leave(line, one)
        line.groups[g].inside -= 1
        one = line.lots[one].mate
    start(line, t, l, now)


def pass_over(line: Line, l: i64) -> None:
    """No free tool may start *l* and its mates now."""
    while l != NONE:
        line.lots[l].passed = 1
        l = line.lots[l].mate


def give_out(line: Line, g: i64, now: i64) -> None:
    """Free tools of group *g* take what they can. It may be called again where lots are to go back first."""
    clock, group = line.clock[0], line.groups[g]
    while group.idle > 0 and group.waiting > 0:
        t = first_free(line, g)
        l = choose_run(line, g, t, now) if group.most else choose(line, g, t, now)
        if l == NONE:
            break
        if clock.limits and take_out(line, l, now):
            if clock.needs & BACK:
                return
        else:
            if group.unlike:
                t = tool_for(line, g, l, t, now)
                if t == NONE:
                    group.passing = 1
                    pass_over(line, l)
                    continue
            take(line, g, t, l, now)
        if group.passing and group.min_run:
            look_again(line, g)  # perhaps for this lot a tool was to keep its setup
    if group.passing:
        look_again(line, g)


def look_again(line: Line, g: i64) -> None:
    """Nobody in group *g* is passed over any longer."""
    group = line.groups[g]
    group.passing = 0
    for b in range(group.first_bucket, group.stop_bucket):
        l = line.buckets[b].head
        while l != NONE:
            line.lots[l].passed = 0
            l = line.lots[l].behind


def wait_for_more(line: Line, g: i64, now: i64) -> None:
    """Tools of group *g* stand idle, and lots wait for others to fill a batch: for no longer than their patience."""
    group = line.groups[g]
    if group.due > now and group.due != group.alarm:
        group.alarm = group.due
        push(line, group.due, TIMER, g << NUMBER_BITS, g, 0)
