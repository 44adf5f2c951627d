"""Says how near a number must be to the one that is expected of it."""

from __future__ import annotations

import pytest

EXACT = 1e-9
"""A relative error that is rounding only."""


def close(value: float, rel: float = EXACT) -> object:
    """*value*, but for rounding or the relative error *rel*."""
    return pytest.approx(value, rel=rel)


def digits(value: float, places: int) -> object:
    """*value* as printed, with that many decimal places."""
    return pytest.approx(value, abs=0.5000001 * 10**-places)
