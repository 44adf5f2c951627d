"""Lets one event happen; and, when nothing else happens at its instant, works off what follows from all of them, round by round.

Events of one instant only change the state and leave marks. A round gives out work at every group with news, in route order, and then lets in who
waited for room; what is news by that is for the next round.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import soonest, take_off
from procsim.engine.rules.dispatch import give_out, wait_for_more
from procsim.engine.rules.entering import count_wip, release
from procsim.engine.rules.interruption import interrupt
from procsim.engine.rules.marks import fault, mark
from procsim.engine.rules.operators import count_from
from procsim.engine.rules.outages import fall_due, up_again
from procsim.engine.rules.rooms import let_kept_in
from procsim.engine.rules.sampling import look
from procsim.engine.rules.shifts import end_shift
from procsim.engine.rules.splits import arrive
from procsim.engine.rules.state import Line
from procsim.engine.rules.visits import come_out, fail, finish_stage
from procsim.engine.rules.words import (
    ARRIVE,
    ASK,
    BACK,
    DONE,
    DOWN,
    EVENTS,
    KIND_BIT,
    MOST_ROUNDS,
    NEED,
    NEWS,
    NONE,
    NUMBER_BITS,
    RELEASE,
    RESET,
    SHIFT,
    STATES,
    TIMER,
    TURNS_IN_A_CIRCLE,
    UP,
)


def run(line: Line, until: i64) -> i64:
    """All that happens before *until*, when somebody else's event is to happen, and what follows from it; what is ``left_over`` then, or as soon as
    something is needed."""
    clock = line.clock[0]
    while clock.needs == 0 and clock.error == 0:
        when = soonest(line)
        if clock.round > 0 or (clock.dirty > 0 and clock.now < when and clock.now < until):
            settle(line, clock.now)
        elif when < until and (clock.dirty == 0 or when == clock.now):
            step(line)
        else:
            break
    return left_over(line)


def step(line: Line) -> None:
    """The next event happens."""
    clock, one = line.clock[0], take_off(line)
    clock.now = one.when
    clock.events += 1
    if clock.events == EVENTS:
        clock.events = 0
        clock.needs |= ASK
    happen(line, one.when, one.key, one.who, one.stamp)


def happen(line: Line, now: i64, key: i64, who: i64, stamp: i64) -> None:
    """An event changes the state, and leaves marks."""
    kind = (key + (1 << (KIND_BIT - 7))) >> KIND_BIT  # numbers may be below 0
    if kind == DONE:
        if key & ((1 << NUMBER_BITS) - 1):
            come_out(line, who, stamp, now)
        else:
            finish_stage(line, who, stamp, now)
    elif kind == ARRIVE:
        arrive(line, who, now)
    elif kind == RELEASE:
        release(line, who, now)
    elif kind == UP:
        up_again(line, who, now)
    elif kind == DOWN:
        if who >= 0:
            fail(line, who, stamp, now)
        else:
            fall_due(line, -1 - who, now)
    elif kind == TIMER:
        if line.groups[who].idle:
            mark(line, who)
    elif kind == SHIFT:
        end_shift(line, who, now)
    elif kind == RESET:
        if who == NONE:
            look(line)
        else:
            open_window(line, now)


def left_over(line: Line) -> i64:
    """What is to be done next, as bits: NEWS and NEED."""
    clock = line.clock[0]
    left: i64 = 0
    if clock.dirty > 0:
        left = NEWS
    return left | NEED if clock.needs or clock.error else left


def open_window(line: Line, now: i64) -> None:
    """States of tools, operators' work and WIP are counted from here."""
    for t in range(len(line.tools)):
        tool = line.tools[t]
        for state in range(STATES):
            tool.spent[state] = 0
        tool.spent[tool.state] = tool.since - now
    for p in range(len(line.pools)):
        count_from(line, p, now)
    count_wip(line, 0, now)
    line.clock[0].wip_area = 0


def begin_round(line: Line, now: i64) -> None:
    """All groups with news are looked at, and have none then."""
    clock = line.clock[0]
    clock.rounds = clock.rounds + 1 if now == clock.instant else 1
    clock.instant = now
    if clock.rounds > MOST_ROUNDS:
        fault(line, TURNS_IN_A_CIRCLE, NONE)
        return
    for i in range(clock.dirty):
        g = line.dirty[i]
        line.round[i] = g
        line.groups[g].dirty = 0
    clock.round, clock.dirty = clock.dirty, 0


def settle(line: Line, now: i64) -> i64:
    """One round, and what is ``left_over``; where lots are to go back first, it is called again to go on."""
    clock = line.clock[0]
    if clock.round == 0:
        begin_round(line, now)
    while clock.round > 0:
        g = line.round[clock.round - 1]
        give_out(line, g, now)
        if line.groups[g].preempts and clock.needs & BACK == 0:
            interrupt(line, g, now)
        if clock.needs & BACK:
            return left_over(line)
        if line.groups[g].most:
            wait_for_more(line, g, now)
        clock.round -= 1
    if clock.buffers:
        let_kept_in(line, now)
    return left_over(line)
