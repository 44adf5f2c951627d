"""Says how much of the machine all pages together may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What all pages together may ask of the machine: so many simulations *at_once*, of so many *seconds* each, and so many *answers* in closed
    form at once, of *answer_s* seconds each."""

    at_once: int = 2
    seconds: float = 30.0
    answers: int = 3
    answer_s: float = 15.0


USUAL = Limits()
