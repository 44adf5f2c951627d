"""Says what a tool is set up for, what another run takes to be set up, and what becomes of a setup that is broken off."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.marks import draw, peek
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NONE, SETTING_UP


def change_law(line: Line, t: i64, old: i64, new: i64) -> i64:
    """µs that tool *t* takes from state *old* to *new*; NONE: it is no change, -2 and below: the draw, counted from there down."""
    group = line.groups[line.tools[t].group]
    if old in (NONE, new) or new == NONE:
        return NONE
    return line.changes[group.changes + old * group.setups + new]


def change_time(line: Line, t: i64, old: i64, new: i64) -> i64:
    """µs that the next change of tool *t* from state *old* to *new* takes."""
    law = change_law(line, t, old, new)
    if law >= NONE:
        return max(law, 0)
    return peek(line, line.tools[t].first_change - 2 - law)


def change(line: Line, t: i64, new: i64, lots: i64, now: i64) -> i64:
    """A run of so many *lots* is taken by tool *t*, which is set up for its state: how many µs that takes."""
    tool = line.tools[t]
    tool.setup_before, tool.ran_before = tool.setup, tool.ran
    if new == tool.setup:
        tool.ran += lots
        return 0
    law = change_law(line, t, tool.setup, new)
    tool.setup, tool.ran = new, lots
    if law == NONE:
        return 0
    if now >= line.clock[0].warmup:
        tool.changes += 1
    return law if law >= 0 else draw(line, tool.first_change - 2 - law)


def changing(line: Line, t: i64) -> bool:
    """Whether tool *t* is being set up."""
    tool = line.tools[t]
    return tool.lot != NONE and tool.stage_state[tool.at] == SETTING_UP


def found(line: Line, t: i64) -> i64:
    """What tool *t* is set up for, for another lot than that for which it may be changing its setup now."""
    return line.tools[t].setup_before if changing(line, t) else line.tools[t].setup


def lose(line: Line, t: i64) -> None:
    """The lot that tool *t* took last goes away; while it is still being set up, that comes to nothing."""
    tool = line.tools[t]
    if changing(line, t):
        tool.setup, tool.ran = tool.setup_before, tool.ran_before
    else:
        tool.ran -= 1
