"""Works out what a run of lots takes: its leader, its time, and its load, work and unload on a tool of some speed."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.state import Line
from procsim.engine.rules.tools import at_speed
from procsim.engine.rules.words import NONE


def leader(line: Line, l: i64) -> i64:
    """The lot of the run of *l* and its mates that it takes its time and its setup from: of those whose stop has the longest shared part on
    average, the one with the lowest number."""
    first = l
    longest = line.stops[line.path[l][line.lots[l].leg]].shared
    l = line.lots[l].mate
    while l != NONE:
        lot = line.lots[l]
        mine = line.stops[line.path[l][lot.leg]].shared
        if mine > longest or (mine == longest and lot.serial < line.lots[first].serial):
            first, longest = l, mine
        l = lot.mate
    return first


def run_time(line: Line, l: i64) -> i64:
    """µs that a run of *l* and its mates takes: the shared part, which is the leader's, and each lot's own."""
    lot = line.lots[l]
    if lot.mate == NONE:
        return line.work[l][lot.leg]
    first = leader(line, l)
    time = line.shared[first][line.lots[first].leg]
    while l != NONE:
        lot = line.lots[l]
        time += line.work[l][lot.leg] - line.shared[l][lot.leg]
        l = lot.mate
    return time


def handling(line: Line, l: i64, total: list[list[i64]], shared: list[list[i64]]) -> i64:
    """µs of load (or unload) of a run of *l* and its mates, of which each lot takes so much in *total*, the *shared* part among it."""
    lot = line.lots[l]
    if lot.mate == NONE:
        return total[l][lot.leg]
    first = leader(line, l)
    time = shared[first][line.lots[first].leg]
    while l != NONE:
        lot = line.lots[l]
        time += total[l][lot.leg] - shared[l][lot.leg]
        l = lot.mate
    return time


def last_of(rest: i64, work: i64, unload: i64) -> tuple[i64, i64, i64]:
    """Load, work and unload in the last *rest* µs of a run with so many µs of *work* and *unload*."""
    unload = min(unload, rest)
    work = min(work, rest - unload)
    return rest - work - unload, work, unload


def phases(line: Line, t: i64, l: i64, rest: i64) -> tuple[i64, i64, i64]:
    """µs of load, work and unload of a run of *l* and its mates on tool *t*; only the work depends on its speed. Of a lot that was interrupted,
    *rest* are left, were the speed 1."""
    load: i64 = 0
    unload: i64 = 0
    if line.groups[line.tools[t].group].split:
        load, unload = handling(line, l, line.load, line.shared_load), handling(line, l, line.unload, line.shared_unload)
    work = max(run_time(line, l) - load - unload, 0)
    if rest >= 0:
        load, work, unload = last_of(rest, work, unload)
    return load, at_speed(line, t, work), unload


def needed(line: Line, l: i64) -> i64:
    """The state that a run of *l* and its mates needs."""
    first = leader(line, l)
    return line.stops[line.path[first][line.lots[first].leg]].setup
