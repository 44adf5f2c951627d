"""Writes numbers for readers."""

from __future__ import annotations

import math

LEAST = -9
"""Smaller powers of ten are written as such."""
BEYOND = 3
"""Decimals beyond those shown in which a number has to be whole for it to be written as a whole one."""


def number(value: float, digits: int = 4) -> str:
    """*value* with *digits* significant digits and thousands apart, without decimals where it is whole, as a power of ten where it is next to
    nothing; '–' where there is none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < LEAST:
        return f"{value:.{digits - 1}e}"
    places = max(digits - 1 - size, 0)
    if round(value, places + BEYOND) == round(value):
        places = 0
    return f"{value:,.{places}f}".replace(",", "\u202f")


def plus_minus(mean: float, low: float, high: float) -> str:
    """Half of an interval about *mean*: its longer part, where the other one ends because the figure must."""
    return "± " + number(max(high - mean, mean - low), 2)


def about(text: str, estimate: bool) -> str:
    """*text*, marked where the figure in it is an *estimate* and exists."""
    return f"≈ {text}" if estimate and not text.startswith("–") else text
