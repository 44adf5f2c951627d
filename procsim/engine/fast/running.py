"""The way in for Python: what it may ask of compiled rules."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.fast.native import line_at
from procsim.engine.rules.calendar import push
from procsim.engine.rules.entering import leave, refill
from procsim.engine.rules.happen import run
from procsim.engine.rules.splits import forward
from procsim.engine.rules.words import NEED, NUMBER_BITS, RELEASE

RUN, COME, REFILL, LEAVE, FORWARD = range(5)
"""What Python may ask for: all events before an instant; a release of a stream then; lots of a constant number; that a lot leaves, or goes on."""


def act(address: i64, what: i64, who: i64, when: i64) -> i64:
    """Does *what* Python asks of the line at *address*; whether, to go on with RUN, something is needed first."""
    line = line_at(address)
    if what == RUN:
        return run(line, when) & NEED
    if what == COME:
        push(line, when, RELEASE, who << NUMBER_BITS, who, 0)
    elif what == REFILL:
        refill(line, who, when)
    elif what == LEAVE:
        leave(line, who, when)
    elif what == FORWARD:
        forward(line, who, when)
    return 0
