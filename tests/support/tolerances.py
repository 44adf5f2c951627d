"""Says how near a number must be to the one that is expected of it, and tells what was found."""

from __future__ import annotations

from typing import Any

import pytest
from found import tell

EXACT = 1e-9
"""A relative error that is rounding only."""


class Near:
    """A *value* that a number is equal to where it is as near as *near* wants it, and which tells what it was compared with."""

    __array_ufunc__ = None  # so that numbers of numpy leave the comparison to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: float, near: Any) -> None:
        self.value, self.near = value, near

    def __eq__(self, found: object) -> bool:
        tell(expected=self.value, found=found)
        return bool(self.near == found)

    def __repr__(self) -> str:
        return repr(self.near)


def close(value: float, rel: float = EXACT) -> object:
    """*value*, but for rounding or the relative error *rel*."""
    return Near(value, pytest.approx(value, rel=rel))


def digits(value: float, places: int) -> object:
    """*value* as printed, with that many decimal places."""
    return Near(value, pytest.approx(value, abs=0.5000001 * 10**-places))
