"""Tests that every crossing of a function is found: of smooth ones, of stairs, at whole numbers, and two close together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from procsim.maths.crossings import crossings

PLACES = [i / 20 for i in range(21)]


def test_polynomials_with_known_roots() -> None:
    """Every root of a random product of linear factors, wherever they lie, is found once, to nine digits."""
    rng = np.random.default_rng(7)
    for _ in range(50):
        roots = np.sort(rng.uniform(0.02, 0.98, 3))
        if np.diff(roots).min() < 0.06:  # nearer than the places that are looked at
            continue
        found = crossings(lambda x, roots=roots: float(np.prod(x - roots)), PLACES)  # type: ignore[misc]
        assert [one.at for one in found] == pytest.approx(roots.tolist(), abs=1e-8)
        assert not any(one.jumps for one in found)


def test_two_that_lie_between_neighbours_are_found() -> None:
    """A dip through nought between two places that do not show it."""
    found = crossings(lambda x: (x - 0.512) * (x - 0.53), PLACES)
    assert [one.at for one in found] == pytest.approx([0.512, 0.53], abs=1e-8)


def test_stairs_are_jumped() -> None:
    """A cost that goes down by a step has no place where both are equal."""
    [one] = crossings(lambda x: 1.0 if x < 0.345 else -2.0, PLACES)
    assert one.jumps
    assert one.low <= 0.345 <= one.high
    assert (one.before, one.after) == (1.0, -2.0)


def test_whole_numbers() -> None:
    """What can only be whole is asked for at whole numbers alone."""
    asked: list[float] = []

    def of(x: float) -> float:
        asked.append(x)
        return 10.5 - x

    [one] = crossings(of, [1, 8, 15, 22], whole=True)
    assert (one.low, one.high) == (10, 11)
    assert all(x == round(x) for x in asked)


def test_where_there_is_no_value_nothing_is_found() -> None:
    assert crossings(lambda x: math.nan if x > 0.3 else 1 - x, PLACES) == []
    assert crossings(lambda _: 1.0, PLACES) == []
