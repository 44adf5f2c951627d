"""Defines the way into the rules for Python: what it may ask of compiled rules."""

from __future__ import annotations

from mypy_extensions import i64

from procsim.engine.fast.native import line_at
from procsim.engine.rules.requests import do


def act(address: i64, what: i64, who: i64, when: i64) -> i64:
    """Does *what* Python asks of the line at *address*, as ``requests.do`` does."""
    return do(line_at(address), what, who, when)
