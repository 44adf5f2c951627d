"""Keeps the calendar of compiled rules: a heap of events, each before the two at twice its place and on.

What is here takes the place of the rules of the same names: of all rules, these alone have two bodies.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from mypy_extensions import i64

from procsim.engine.rules.agenda import Event
from procsim.engine.rules.marks import fault
from procsim.engine.rules.words import ALWAYS, KIND_BIT, OUT_OF_EVENTS, ROOM

Heap: TypeAlias = Any
"""A line in arrays, with its ``events`` and the numbers of a ``calendar``."""

COUNT, PUT_DOWN = range(2)
"""Places of these: how many events are to come, and how many ever were."""


def push(line: Heap, when: i64, kind: i64, number: i64, who: i64, stamp: i64) -> None:
    """An event of *kind*, ordered by *number* at its instant, happens to *who* at *when*, unless its *stamp* is void by then."""
    events, calendar = line.events, line.calendar
    i = calendar[COUNT]
    if 2 * i > len(events):
        line.clock[0].needs |= ROOM
    if i == len(events):
        fault(line, OUT_OF_EVENTS, who)
        return
    key = (kind << KIND_BIT) + number
    calendar[COUNT] = i + 1
    calendar[PUT_DOWN] += 1
    while i > 0:
        above = (i - 1) >> 1
        if events[above].when < when or (events[above].when == when and events[above].key <= key):
            break
        events[i] = events[above]
        i = above
    one = events[i]
    one.when, one.key, one.order, one.who, one.stamp = when, key, calendar[PUT_DOWN], who, stamp


def goes_before(line: Heap, i: i64, j: i64) -> bool:
    """Whether event *i* happens before event *j*."""
    one, other = line.events[i], line.events[j]
    if one.when != other.when:
        return bool(one.when < other.when)
    if one.key != other.key:
        return bool(one.key < other.key)
    return bool(one.order < other.order)


def soonest(line: Heap) -> i64:
    """When the next event happens; ALWAYS where there is none."""
    return line.events[0].when if line.calendar[COUNT] else ALWAYS


def take_off(line: Heap) -> Event:
    """The next event, which happens now; there is one. What follows changes it no more: it is a copy."""
    events, calendar = line.events, line.calendar
    taken = line.taken
    taken[0] = events[0]
    n = calendar[COUNT] - 1
    calendar[COUNT] = n
    i = 0
    while 2 * i + 1 < n:
        below = 2 * i + 1
        if below + 1 < n and goes_before(line, below + 1, below):
            below += 1
        if goes_before(line, n, below):
            break
        events[i] = events[below]
        i = below
    events[i] = events[n]
    return taken[0]  # type: ignore[no-any-return]
