"""Tests the picture of work in process and output over time: all that is drawn lies within its axes."""

from __future__ import annotations

import numpy as np
import pytest

from procsim.figures.warmup import warmup

pytestmark = pytest.mark.drawn


@pytest.mark.parametrize("pace", [0.02, 0.7, 3.5])
def test_no_output_is_above_its_axis(pace: float) -> None:
    """Of a slow line and of a fast one: the axis begins at 0, and the highest stretch fills most of it."""
    hours = np.arange(10.0, 110.0, 10.0)
    wip = np.full((2, 10), 40.0 * pace)
    left = pace * np.linspace(0.5, 1.0, 5)
    figure = warmup(hours, wip, wip.mean(axis=0), 30.0, (), "a line", (np.linspace(0.0, 100.0, 6), left))
    for axes, most in zip(figure.axes, (40.0 * pace, pace), strict=True):
        low, high = axes.get_ylim()
        assert low == 0.0 and most <= high < 1.2 * most
