"""Tells those who ask what happens in the line, and when, to which lot at which tool: rows of numbers, of which traces and pictures are made.

Where nobody asks, nobody tells: each rule that has something to say looks at a flag first.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from procsim.engine.rules.marks import fault
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NONE, OUT_OF_NOTES, ROOM

CALLS: Final = 9
REPAIRS: Final = 10
UP_AGAIN: Final = 11
SHIFT_BEGINS: Final = 12
SHIFT_ENDS: Final = 13
COMES: Final = 14
TURNED_AWAY: Final = 15
MOVES: Final = 16
WAITS: Final = 17
STARTS: Final = 18
RESUMES: Final = 19
INTERRUPTED: Final = 20
ENDS: Final = 21
HELD: Final = 22
LET_IN: Final = 23
TOO_LATE: Final = 24
SCRAPPED: Final = 25
SPLITS: Final = 26
MERGES: Final = 27
LEAVES: Final = 28
"""What is told, besides the states of ``words``, which a tool enters. Of a tool: it CALLS an operator who is not there; somebody REPAIRS it, or does
what is planned for it, until it is UP_AGAIN; its shift. Of a lot: it COMES into the line, or is TURNED_AWAY; MOVES to a step, WAITS there, STARTS
in a tool (or RESUMES, having been INTERRUPTED) and ENDS; is HELD for want of room in the next queue until LET_IN; is TOO_LATE to start; is SCRAPPED
by a failure; SPLITS and MERGES; LEAVES."""
TOLD: Final = 6
"""Numbers of a row: when, what, tool, serial number of the lot, its stop, and parts of panels."""


def tell(line: Line, what: i64, l: i64, t: i64, now: i64) -> None:
    """*what* happens now to lot *l* at tool *t*; each may be NONE."""
    clock, log = line.clock[0], line.log
    i = clock.told
    if i + TOLD > len(log):
        fault(line, OUT_OF_NOTES, t)
        return
    log[i], log[i + 1], log[i + 2], log[i + 3], log[i + 4], log[i + 5] = now, what, t, NONE, NONE, 0
    if l != NONE:
        lot = line.lots[l]
        log[i + 3] = lot.serial
        if lot.leg < lot.legs:
            log[i + 4], log[i + 5] = line.path[l][lot.leg], line.panels[l][lot.leg]
    clock.told = i + TOLD
    if 2 * clock.told > len(log):
        clock.needs |= ROOM
