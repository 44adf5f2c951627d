"""A line and the lots that are in it at time 0 in, each put in its place: a queue, a tool, or on its way. And the way back: where all lots are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from heapq import heappush
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from procsim.engine.calendar import DISPATCH
from procsim.lots.records import Needs
from procsim.maths.arrays import Ints
from procsim.planning.wip import NEVER, Wip

if TYPE_CHECKING:
    from procsim.engine.line import Line
    from procsim.engine.lot import Lot


def begun_needs(needs: Needs, wip: Wip, rows: Ints) -> Needs:
    """*needs* of the lots *rows* of *wip*, those that are worked on needing only what is left of the run, which of the way out is nothing."""
    at, left = wip.position[rows], np.where(wip.past[rows] > 0, np.minimum(wip.left_us[rows], 0), wip.left_us[rows])
    mine = np.flatnonzero(left >= 0)
    run, own, load, unload = (table.copy() for table in (needs.run, needs.own, needs.load, needs.unload))
    run[mine, at[mine]], own[mine, at[mine]] = left[mine], 0
    if load.size:
        load[:, mine, at[mine]] = unload[:, mine, at[mine]] = 0
    return replace(needs, run=run, own=own, load=load, unload=unload)


def place(line: Line, wip: Wip) -> None:
    """Puts the lots where they are at time 0: first those that are worked on, then the others in order of their coming to their step."""
    taken = [0] * len(line.sources)
    lots: list[Lot] = []
    for stream in wip.stream.tolist():
        lots.append(line.sources[stream].begun[taken[stream]])
        taken[stream] += 1
    line.count_wip(len(lots), 0)
    runs: dict[tuple[int, int], list[Lot]] = {}
    asked = line.plan.discipline.remembered
    working = np.where(wip.past > 0, -1, wip.tool).tolist()
    for lot, since, tool, had in zip(lots, wip.since_us.tolist(), working, wip.done_by.tolist(), strict=True):
        lot.arrived = lot.start = min(since, 0)
        lot.tools = {step: number for step, number in zip(asked, had, strict=True) if number >= 0}
        if tool < 0:
            _clocks(line, lot)
        else:
            runs.setdefault((line.group_of[lot.step], tool), []).append(lot)
    for (group, tool), together in runs.items():
        _work(line, group, tool, together)
    for i in np.argsort(wip.since_us, kind="stable").tolist():
        if wip.past[i]:
            _pass(line, lots[i], int(wip.tool[i]), int(wip.left_us[i]))
        elif working[i] < 0:
            _wait(line, lots[i], int(wip.since_us[i]), int(wip.left_us[i]))
    line.scheduled = True
    line.dispatcher.set(0, DISPATCH, 0)


def _clocks(line: Line, lot: Lot) -> None:
    """Limits of queue time that it is under run since it came to its step: what was before is not known."""
    step = line.step_of[lot.step]
    found = {limit.first: lot.arrived for limit in line.plan.discipline.limits if limit.first < step <= limit.last}
    if found:
        lot.block.clocks[lot.row] = lot.clocks = found


def _work(line: Line, group: int, number: int, lots: list[Lot]) -> None:
    """*lots* are in a tool, which is set up for them."""
    tool, since = line.tools[group][number], [lot.start for lot in lots]
    line.not_idle(tool)
    setup = tool.setup
    if setup is not None:
        setup.state = setup.needed(lots)
    line.start(tool, lots, 0)
    for lot, start in zip(lots, since, strict=True):
        lot.start = start


def _pass(line: Line, lot: Lot, number: int, left: int) -> None:
    """A lot is past the entrance of an in-line tool."""
    passing = line.tools[line.group_of[lot.step]][number].passing
    assert passing is not None
    heappush(line.calendar, passing.put(lot, left))


def _wait(line: Line, lot: Lot, since: int, left: int) -> None:
    """A lot is in a queue, or on its way."""
    group = line.group_of[lot.step]
    if line.buffers is not None:
        line.buffers.inside[group] += 1
    if since > 0:
        heappush(line.calendar, lot.carry(0, since))
        return
    lot.rest = left
    line.arrive(lot, since)


def state(line: Line) -> Wip:
    """Where all lots are now, as a run that begins now takes them; those in a tool that is blocked are at their next step. Of a line that
    splits lots, whose parts are not told of, nobody. All that is to come must be on the calendar: the loop of ``watch`` puts what it holds
    back there before the event in which it ends."""
    now, asked = line.env.now, line.plan.discipline.remembered
    found: list[tuple[int, ...]] = []
    if line.parts is not None:
        return _wip([], len(asked))

    def note(lot: Lot, since: int, left: int = -1, tool: int = -1, past: int = 0) -> None:
        block = lot.block
        due = lot.due - now if lot.due != NEVER else NEVER
        found.append((block.released_us[lot.row] - now, lot.stream, lot.number, lot.step, round(lot.panels), lot.priority, due, since, left, tool,
                      past, *(lot.tools.get(step, -1) for step in asked)))

    for queue in line.queues:
        for lot in queue.waiting():
            note(lot, lot.arrived - now, lot.rest)
    for tool in (tool for group in line.tools for tool in group):
        for lot in tool.runs:
            note(lot, lot.start - now, tool.remaining(now), tool.number)
        for lot, left in tool.passing.remaining(now) if tool.passing is not None else []:
            note(lot, lot.start - now, left, tool.number, 1)
    for lot, due in _under_way(line):
        note(lot, due - now)
    for kept in line.buffers.kept if line.buffers is not None else []:
        for lot, blocked, _, _ in kept:
            if blocked is not None:
                note(lot, 0)
    return _wip(found, len(asked))


def _wip(found: Sequence[tuple[int, ...]], asked: int) -> Wip:
    """The lots *found*, in order of release, that so many steps are *asked* for."""
    table = np.array(sorted(found), dtype=np.int64).reshape(-1, 11 + asked).T
    return Wip(stream=table[1], position=table[3], panels=table[4], released_us=table[0], priority=table[5], due_us=table[6], since_us=table[7],
               left_us=table[8], tool=table[9], past=table[10], done_by=table[11:].T)


def _under_way(line: Line) -> list[tuple[Lot, int]]:
    """Lots on their way to a step, with the time at which they are there."""
    return [(cast(Any, event).owner, time) for time, _, _, event in line.calendar if getattr(event, "call", None) is line.arrived]
