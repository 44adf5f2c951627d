"""Numbers lots and parts of lots so that they are in order at one instant, and says whose such a number is."""

from __future__ import annotations

import numpy as np

from procsim.engine.rules.words import NUMBER_BITS
from procsim.maths.arrays import Ints

_NUMBERS = 1 << 43
"""Numbers of parts begin here: above all numbers of lots, and by lot and then by part."""
_PARTS = 4096
"""More than the parts of a lot."""


def serial_of(number: int, stream: int, part: int = -1) -> int:
    """What orders the lot with that *number* of a stream, or *part* of it, at one instant, as of ``words.NUMBER_BITS``."""
    if part >= 0:
        number = _NUMBERS + number * _PARTS + part
    return (number << NUMBER_BITS) + 1 + stream


def who(serials: Ints) -> tuple[Ints, Ints, Ints]:
    """Stream, number and part (-1: the lot itself) of each serial number."""
    stream, number = (serials & (1 << NUMBER_BITS) - 1) - 1, serials >> NUMBER_BITS
    parts = number >= _NUMBERS
    lot, part = np.divmod(number - _NUMBERS, _PARTS)
    return stream, np.where(parts, lot, number), np.where(parts, part, -1)
