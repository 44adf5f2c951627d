"""Defines the part of a Plan that says what of it is still to be found: how many lots start, and how many tools there are."""

from __future__ import annotations

from dataclasses import dataclass

from procsim.maths.arrays import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Wanted:
    """*good* (K,) good units a week, each of the streams *of* (R,) that number (-1: of none), and as many tools of the groups that are *auto* (G,) as
    what is released takes."""

    good: Floats
    of: Ints
    auto: Bools
