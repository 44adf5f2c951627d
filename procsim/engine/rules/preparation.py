"""Says what goes before a run, and counts as setup: what a tool takes to be made ready, and when it would be.

Each thing that a tool does then is a rule in a file of its own, and has its line in both.
"""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.runs import needed
from procsim.engine.rules.setups import change, change_time, found
from procsim.engine.rules.state import Line


def prepare(line: Line, t: i64, l: i64, lots: i64, now: i64) -> i64:
    """Tool *t* is made ready for a run of *l* and its mates, so many *lots*: how many µs that takes."""
    time: i64 = 0
    if line.groups[line.tools[t].group].setups:
        time += change(line, t, needed(line, l), lots, now)
    return time


def ready(line: Line, t: i64, l: i64, now: i64) -> i64:
    """When tool *t* would be ready for a run of *l* and its mates, taken now in the place of that for which it may be made ready just then."""
    time = now
    if line.groups[line.tools[t].group].setups:
        time += change_time(line, t, found(line, t), needed(line, l))
    return time
