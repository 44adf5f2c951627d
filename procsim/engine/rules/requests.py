"""Does what somebody outside may ask of the rules: that a stream's lots come, that a lot leaves or goes on."""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

from procsim.engine.rules.calendar import push
from procsim.engine.rules.entering import leave, refill
from procsim.engine.rules.happen import run
from procsim.engine.rules.splits import forward
from procsim.engine.rules.state import Line
from procsim.engine.rules.words import NEED, NUMBER_BITS, RELEASE

RUN: Final = 0
COME: Final = 1
REFILL: Final = 2
LEAVE: Final = 3
FORWARD: Final = 4
"""What may be asked for: all events before an instant; a release of a stream then; lots of a constant number; that a lot leaves, or goes on."""


def do(line: Line, what: i64, who: i64, when: i64) -> i64:
    """Does *what* is asked for; whether, to go on with RUN, something is needed first."""
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
