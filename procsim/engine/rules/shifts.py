"""Keeps shifts: one clock for all tools and operators that work in one. What ends at the instant of its end has ended in time; nothing starts
then."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.operators import change_shift
from procsim.engine.rules.outages import come_to_shift, leave_shift
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NUMBER_BITS, SHIFT


def expect_end(line: Line, k: i64) -> None:
    """Shift *k* will change."""
    push(line, line.shifts[k].until, SHIFT, k << NUMBER_BITS, k, 0)


def end_shift(line: Line, k: i64, now: i64) -> None:
    """Shift *k* is over, or begins."""
    shift = line.shifts[k]
    shift.on = 1 - shift.on
    shift.at += 1
    if shift.at == shift.stop_span:
        shift.at = shift.first_span
    shift.until = now + line.spans[shift.at]
    expect_end(line, k)
    for p in range(len(line.pools)):
        if line.pools[p].shift == k:
            change_shift(line, p, shift.on, now)
    for t in range(len(line.tools)):
        if line.tools[t].shift != k:
            continue
        if shift.on:
            come_to_shift(line, t, now)
        else:
            leave_shift(line, t, now)
