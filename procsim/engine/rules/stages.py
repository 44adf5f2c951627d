"""Takes a run through its stages: setup, load, work and unload, with or without an operator; it stands still and goes on, or is broken off."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from procsim.engine.rules.inline import way_out
from procsim.engine.rules.log import INTERRUPTED, tell
from procsim.engine.rules.operators import call, let_go, withdraw
from procsim.engine.rules.preparation import prepare, ready
from procsim.engine.rules.runs import last_of, needed, phases, run_time
from procsim.engine.rules.setups import changing, found, lose
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import at_rest, become, proceed, rest_clocks
from procsim.engine.rules.words import NO_START, NONE, PRODUCTIVE, SETTING_UP

SETUP: Final = 0
LOAD: Final = 1
WORK: Final = 2
UNLOAD: Final = 3
"""Places of the pools of a group, in the order of the stages."""


def enter(line: Line, t: i64, now: i64) -> None:
    """Tool *t* begins, or goes on with, a stage, with its operator, if it needs one."""
    tool = line.tools[t]
    pool = tool.stage_pool[tool.at]
    if tool.operator != pool:
        let_go(line, t, now)
        if pool != NONE:
            if not call(line, pool, t, now):
                tool.waits = 1
                become(line, t, at_rest(line, t), now)
                return
            tool.operator = pool
    proceed(line, t, now)


def begin(line: Line, t: i64, l: i64, lots: i64, now: i64, rest: i64) -> None:
    """A run of *l* and its mates, so many *lots*, begins at tool *t*, or, with *rest* µs left, goes on."""
    tool = line.tools[t]
    group = line.groups[tool.group]
    tool.lot, tool.lots, tool.resumed, tool.at = l, lots, rest, 0
    if group.staged == 0:
        tool.took = run_time(line, l)
        tool.left = tool.took if rest < 0 else rest
        proceed(line, t, now)
        return
    setup = prepare(line, t, l, lots, now)
    load, work, unload = phases(line, t, l, rest)
    tool.took = setup + load + work + unload
    if rest >= 0:
        tool.took += line.lots[l].spent
    lay_out(line, t, setup, load, work, unload)
    tool.left = tool.stage_time[0]
    enter(line, t, now)


def lay_out(line: Line, t: i64, setup: i64, load: i64, work: i64, unload: i64) -> None:
    """The stages of a run: what needs the same operator, or none, is one stage, and what takes no time is none."""
    tool = line.tools[t]
    pools = line.attended[tool.group]
    tool.stages = 0
    if setup:
        add_stage(line, t, SETTING_UP, pools[SETUP], setup)
    if pools[LOAD] == pools[WORK]:
        work += load
    elif load:
        add_stage(line, t, PRODUCTIVE, pools[LOAD], load)
    if pools[UNLOAD] == pools[WORK]:
        work, unload = work + unload, 0
    add_stage(line, t, PRODUCTIVE, pools[WORK], work)
    if unload:
        add_stage(line, t, PRODUCTIVE, pools[UNLOAD], unload)


def add_stage(line: Line, t: i64, state: i64, pool: i64, time: i64) -> None:
    """One stage more."""
    tool = line.tools[t]
    i = tool.stages
    tool.stage_state[i], tool.stage_pool[i], tool.stage_time[i] = state, pool, time
    tool.stages = i + 1


def remaining(line: Line, t: i64, now: i64) -> i64:
    """µs of the run of tool *t* that are left, with an operator at hand."""
    tool = line.tools[t]
    time = tool.left if tool.down or tool.waits else tool.ends - now
    for i in range(tool.at + 1, tool.stages):
        time += tool.stage_time[i]
    return time


def stand_still(line: Line, t: i64, now: i64) -> None:
    """The run of tool *t* stands still; its operator goes away, or is no longer called."""
    tool = line.tools[t]
    if tool.waits:
        tool.waits = 0
        withdraw(line, t, now)
    else:
        tool.stamp += 1
        tool.left = tool.ends - now
    let_go(line, t, now)


def through(line: Line, t: i64, l: i64) -> i64:
    """µs from the beginning of a run of *l* and its mates at tool *t*, set up for them, until they are out."""
    load, work, unload = phases(line, t, l, line.lots[l].rest)
    time = load + work + unload
    return time + way_out(line, t, l) if line.groups[line.tools[t].group].inline else time


def in_time(line: Line, t: i64, l: i64, now: i64) -> bool:
    """Whether a run of *l* and its mates may start at tool *t*: under ``no_start``, only if it ends within the shift, failures apart."""
    tool = line.tools[t]
    if tool.shift == NONE or line.shifts[tool.shift].at_end != NO_START:
        return True
    return ready(line, t, l, now) + through(line, t, l) <= line.shifts[tool.shift].until


def is_set_up(line: Line, t: i64, l: i64) -> bool:
    """Whether lot *l*, to which tool *t* yields, needs no setup."""
    return line.groups[line.tools[t].group].setups == 0 or needed(line, l) == found(line, t)


def yields(line: Line, t: i64, l: i64, now: i64) -> bool:
    """Whether tool *t* breaks off its run for lot *l*, as of ``interruption``; besides, it is in its shift, the lot ends in time where it must,
    and no setup breaks off a minimum run of several lots."""
    tool = line.tools[t]
    if tool.off or tool.lot == NONE or tool.down or tool.overdue or line.lots[tool.lot].priority <= line.lots[l].priority:
        return False
    group = line.groups[tool.group]
    kept = group.setups and not changing(line, t) and tool.ran <= group.min_run and group.min_run > 1
    return (not kept or is_set_up(line, t, l)) and in_time(line, t, l, now)


def break_off(line: Line, t: i64, now: i64) -> i64:
    """Tool *t* gives up its run: the lot, with the rest of its load, work and unload."""
    tool = line.tools[t]
    l, left = tool.lot, remaining(line, t, now)
    if line.clock[0].tells:
        tell(line, INTERRUPTED, l, t, now)
    stand_still(line, t, now)
    if line.groups[tool.group].setups:
        lose(line, t)
    tool.lot, tool.lots = NONE, 0
    lot = line.lots[l]
    lot.spent = tool.took - left
    load, work, unload = phases(line, t, l, tool.resumed)
    load, work, unload = last_of(min(left, load + work + unload), work, unload)
    lot.rest = min(load + slowed(line, t, work) + unload, line.work[l][lot.leg])
    become(line, t, at_rest(line, t), now)
    rest_clocks(line, t, now)
    return l


def slowed(line: Line, t: i64, work: i64) -> i64:
    """µs that a tool of speed 1 takes for what tool *t* does in *work*."""
    speed = line.speeds[t]
    return work if speed == 1.0 else round(float(work) * speed)


def end_stage(line: Line, t: i64, now: i64) -> bool:
    """A stage of tool *t* is over; whether it was the last one of its run."""
    tool = line.tools[t]
    if tool.busy_clock:
        rest_clocks(line, t, now)
    tool.at += 1
    if tool.at < tool.stages:
        tool.left = tool.stage_time[tool.at]
        enter(line, t, now)
        return False
    let_go(line, t, now)
    return True
