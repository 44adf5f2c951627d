"""Puts the lots that are in the line at time 0 in their places: a queue, a tool, or on their way. And the way back: where all lots are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from procsim.engine.books import Books, chain, mates, position_of
from procsim.engine.rules import words
from procsim.engine.rules.dispatch import start
from procsim.engine.rules.entering import count_wip
from procsim.engine.rules.inline import expect
from procsim.engine.rules.log import STARTS, tell
from procsim.engine.rules.queues import stop_of
from procsim.engine.rules.runs import needed
from procsim.engine.rules.stages import remaining
from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import become, occupy
from procsim.engine.rules.waiting import send, wait_at
from procsim.engine.supply import Supply
from procsim.planning.plan import Plan
from procsim.planning.wip import NEVER, Wip


def place(plan: Plan, supply: Supply, wip: Wip) -> None:
    """Puts the lots where they are at time 0: first those that are worked on, then the others in order of their coming to their step."""
    line = supply.line
    lots = _lots(supply, wip)
    count_wip(line, len(lots), 0)
    runs: dict[int, list[int]] = {}
    working = np.where(wip.past > 0, -1, wip.tool).tolist()
    for l, since, tool, had in zip(lots, wip.since_us.tolist(), working, wip.done_by.tolist(), strict=True):
        line.lots[l].arrived = line.lots[l].start = min(since, 0)
        line.memory[l] = list(had)
        if tool < 0:
            _clocks(plan, supply.books, line, l)
        else:
            runs.setdefault(line.groups[stop_of(line, l).group].first_tool + tool, []).append(l)
    for t, together in runs.items():
        _work(line, t, together)
    for i in np.argsort(wip.since_us, kind="stable").tolist():
        if wip.past[i]:
            _pass(line, lots[i], int(wip.tool[i]), int(wip.left_us[i]))
        elif working[i] < 0:
            _wait(line, lots[i], int(wip.since_us[i]), int(wip.left_us[i]))


def _lots(supply: Supply, wip: Wip) -> list[int]:
    """The places of the lots of *wip*, in its order."""
    line, places = supply.line, {}
    for source in supply.sources:
        for rows, drawn in source.begun(wip):
            for row, l in zip(rows.tolist(), supply.put(source, drawn), strict=True):
                places[row] = l
                line.lots[l].taken, line.lots[l].released = 1, int(wip.released_us[row])
            line.streams[source.number].present += len(rows)
    return [places[row] for row in range(len(wip))]


def _clocks(plan: Plan, books: Books, line: Line, l: int) -> None:
    """Limits of queue time that lot *l* is under run since it came to its step: what was before is not known."""
    step, since = stop_of(line, l).step, line.lots[l].arrived
    limits = plan.discipline.limits
    under = {i for i, limit in enumerate(limits) if limit.first < step <= limit.last}
    if under:
        block, row = books.at(l)
        block.clocks[row] = dict.fromkeys((limits[i].first for i in sorted(under)), since)
    for limit in line.limits:
        if limit.number in under:
            line.clocks[l][limit.clock] = since


def _work(line: Line, t: int, lots: list[int]) -> None:
    """*lots* are in tool *t*, which is set up for them."""
    since = [line.lots[l].start for l in lots]
    for l, mate in zip(lots, [*lots[1:], words.NONE], strict=True):
        line.lots[l].mate = mate
    occupy(line, t)
    if line.groups[line.tools[t].group].setups:
        line.tools[t].setup = needed(line, lots[0])
    start(line, t, lots[0], 0)
    for l, begun in zip(lots, since, strict=True):
        line.lots[l].start = begun


def _pass(line: Line, l: int, number: int, left: int) -> None:
    """Lot *l* is past the entrance of the in-line tool with that *number* of its group, and out of it in so many µs."""
    t = line.groups[stop_of(line, l).group].first_tool + number
    tool = line.tools[t]
    line.lots[l].out = left
    row = [*chain(line, tool.row)]
    row.insert(sum(line.lots[other].out <= left for other in row), l)
    for one, behind in zip(row, [*row[1:], words.NONE], strict=True):
        line.lots[one].behind = behind
    tool.row, tool.row_tail = row[0], row[-1]
    tool.row_stamp += 1
    if line.clock[0].tells:
        tell(line, STARTS, l, t, 0)
    if tool.state == words.STANDBY:
        become(line, t, words.INSIDE, 0)
    expect(line, t)


def _wait(line: Line, l: int, since: int, left: int) -> None:
    """Lot *l* is in a queue, or on its way."""
    line.groups[stop_of(line, l).group].inside += 1
    if since > 0:
        send(line, l, since)
        return
    line.lots[l].rest = left
    wait_at(line, l, since)


def state(plan: Plan, line: Line, books: Books, now: int) -> Wip:
    """Where all lots are now, as a run that begins now takes them; those in a tool that is blocked are at their next step. Of a line that splits
    lots, whose parts are not told of, nobody."""
    asked = len(plan.discipline.remembered)
    found: list[tuple[int, ...]] = []
    if plan.route.stretches:
        return _wip([], asked)

    def note(l: int, since: int, left: int = -1, tool: int = -1, past: int = 0) -> None:
        lot, position, (block, row) = line.lots[l], position_of(line, l), books.at(l)
        due = lot.due - now if lot.due != NEVER else NEVER
        panels = round(float(block.outcomes.panels[row, books.column(block, position)]))
        found.append((lot.released - now, lot.stream, lot.serial >> words.NUMBER_BITS, position, panels, lot.priority, due, since, left, tool, past,
                      *line.memory[l]))

    for bucket in line.buckets:
        for l in chain(line, bucket.head):
            note(l, line.lots[l].arrived - now, line.lots[l].rest)
    for t, tool in enumerate(line.tools):
        for l in mates(line, tool.lot):
            note(l, line.lots[l].start - now, remaining(line, t, now), tool.number)
        for l in chain(line, tool.row):
            note(l, line.lots[l].start - now, line.lots[l].out - (now if tool.row_since < 0 else tool.row_since), tool.number, 1)
    gone = set(books.free)
    for l, lot in enumerate(line.lots):
        if lot.under_way and l not in gone:
            note(l, lot.there - now)
    for group in line.groups:
        for l in chain(line, group.first_kept):
            if line.lots[l].keeper != words.NONE:
                note(l, 0)
    return _wip(found, asked)


def _wip(found: Sequence[tuple[int, ...]], asked: int) -> Wip:
    """The lots *found*, in order of release, that so many steps are *asked* for."""
    table = np.array(sorted(found), dtype=np.int64).reshape(-1, 11 + asked).T
    return Wip(stream=table[1], position=table[3], panels=table[4], released_us=table[0], priority=table[5], due_us=table[6], since_us=table[7],
               left_us=table[8], tool=table[9], past=table[10], done_by=table[11:].T)
