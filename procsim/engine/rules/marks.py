"""Keeps what events leave behind: marks of groups with news, notes for the books, and what rules need from outside."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.state import Line
from procsim.engine.rules.words import DRAWS, NOTE, OUT_OF_DRAWS, OUT_OF_NOTES, ROOM

FEW = 8
"""Draws that are left when more are asked for."""


def mark(line: Line, g: i64) -> None:
    """Something happened at group *g* that may let a run start. Marked groups stand in order, the first one last."""
    group = line.groups[g]
    if group.dirty:
        return
    group.dirty = 1
    clock, dirty = line.clock[0], line.dirty
    i = clock.dirty
    clock.dirty = i + 1
    while i > 0 and dirty[i - 1] < g:
        dirty[i] = dirty[i - 1]
        i -= 1
    dirty[i] = g


def draw(line: Line, d: i64) -> i64:
    """The next draw of *d*, in µs."""
    one = line.draws[d]
    if one.fixed:
        return line.drawn[d][0]
    i = one.at
    if i + FEW >= one.stop:
        line.clock[0].needs |= DRAWS
    if i >= one.stop:
        fault(line, OUT_OF_DRAWS, d)
        return 0
    one.at = i + 1
    return line.drawn[d][i]


def peek(line: Line, d: i64) -> i64:
    """What the next draw of *d* will be."""
    one = line.draws[d]
    if one.at >= one.stop and not one.fixed:
        fault(line, OUT_OF_DRAWS, d)
        return 0
    return line.drawn[d][one.at]


def fault(line: Line, error: i64, where: i64) -> None:
    """Something is wrong; what was so first counts."""
    clock = line.clock[0]
    if clock.error == 0:
        clock.error, clock.where = error, where


def note(line: Line, what: i64, l: i64, a: i64, b: i64, c: i64) -> None:
    """For the books: *what* happened to lot *l*."""
    clock, notes = line.clock[0], line.notes
    i = clock.notes
    if i + NOTE > len(notes):
        fault(line, OUT_OF_NOTES, l)
        return
    notes[i], notes[i + 1], notes[i + 2], notes[i + 3], notes[i + 4] = what, l, a, b, c
    clock.notes = i + NOTE
    if 2 * clock.notes > len(notes):
        clock.needs |= ROOM
