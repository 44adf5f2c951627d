"""Defines the part of a Plan that says which lots are in the line at time 0; a run leaves its state in the same form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procsim.maths.arrays import Ints

NEVER = -(2**62)
"""A time that does not come: no lot is released, or due, so long before the run."""


@dataclass(frozen=True, slots=True)
class Wip:
    """Of W lots in the line: (W,) each, but for *done_by*. *position* of the route, *panels*, times of the clock in µs: *released_us*,
    *since_us* (at its position, or coming to it), *due_us* (NEVER: no date); *left_us* of work on a tool of speed 1 (-1: it waits), by the
    *tool* of that number (-1: interrupted), or of way out where the lot is *past* the entrance of that in-line tool (1, else 0). *done_by*
    (W, A): the tools that did the A steps to whose tools lots return (-1: none yet, or not known)."""

    stream: Ints
    position: Ints
    panels: Ints
    released_us: Ints
    priority: Ints
    due_us: Ints
    since_us: Ints
    left_us: Ints
    tool: Ints
    past: Ints
    done_by: Ints

    def __len__(self) -> int:
        return len(self.stream)

    def of(self, stream: int) -> Ints:
        """Rows of the lots of a stream, in order."""
        return np.flatnonzero(self.stream == stream)
