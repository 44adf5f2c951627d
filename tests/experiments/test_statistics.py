"""Tests intervals, replications and warm-up against published numbers (S: statistics)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tolerances import close

from procsim.maths import statistics

LAW = np.array([1.2, 1.5, 1.68, 1.89, 0.95, 1.49, 1.58, 1.55, 0.5, 1.09])


SLEEP = (np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]),
         np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))


SERIES = np.array([
    7.04, 8.86, 12.13, 15.51, 18.86, 20.0, 20.39, 20.83, 23.34, 26.06, 26.13, 24.65, 24.5, 27.72, 27.84, 25.75, 26.83, 26.2, 26.63, 27.11,
    27.17, 28.78, 28.91, 28.4, 29.39, 30.43, 28.02, 28.5, 27.9, 28.6, 27.62, 28.73, 29.22, 29.16, 28.25, 28.59, 27.93, 27.29, 28.87, 28.07,
    30.41, 31.04, 28.1, 29.36, 28.34, 29.19, 29.64, 27.42, 28.42, 28.89, 30.59, 28.87, 30.32, 28.83, 29.02, 28.5, 30.98, 31.17, 33.5, 32.52,
    32.27, 32.14, 30.34, 30.09, 31.66, 30.35, 30.4, 30.18, 30.82, 29.97, 29.8, 30.19, 30.22, 29.07, 30.61, 28.75, 27.93, 27.43, 29.87, 29.5,
    28.59, 27.93, 29.47, 28.47, 27.71, 29.59, 28.36, 28.79, 29.39, 29.16, 29.51, 31.36, 30.06, 28.52, 27.06, 28.28, 28.72, 29.68, 29.28, 29.07,
    28.67, 28.71, 29.55, 29.32, 29.78, 32.17, 31.66, 28.94, 31.55, 31.19, 29.47, 30.82, 30.43, 29.48, 28.98, 28.3, 29.21, 30.89, 30.05, 30.53,
])
"""S03's series of 120 observations."""


@pytest.mark.parametrize(("confidence", "half"), [(0.9, 0.237253414), (0.95, 0.292783113)])
def test_interval_of_a_mean_is_students(confidence: float, half: float) -> None:
    """S01. t, not z, and n - 1 in the variance (Law, Simulation Modeling and Analysis, example 4.27)."""
    found = statistics.mean(LAW, confidence)
    assert found.mean == close(1.343)
    assert found.se**2 * 10 == pytest.approx(0.167512222, rel=1e-8)
    assert found.half_width == pytest.approx(half, rel=1e-8)
    assert (found.low, found.high) == (close(found.mean - found.half_width), close(found.mean + found.half_width))


def test_replications_for_a_wanted_half_width() -> None:
    """S01. The least n with t(n - 1) · s / √n ≤ 0.1 at 90 % is 48."""
    s = statistics.mean(LAW).se * math.sqrt(10)
    assert next(n for n in range(2, 100) if statistics.t_quantile(0.9, n - 1) * s / math.sqrt(n) <= 0.1) == 48


def test_runs_on_the_same_random_numbers_are_compared_in_pairs() -> None:
    """S02. Student's sleep data: the paired interval, and the same from the ratio estimator where every total is 1."""
    found = statistics.paired(*SLEEP)
    assert (-found.mean, -found.high, -found.low) == (close(-1.58), pytest.approx(-2.45988576, rel=1e-8), pytest.approx(-0.700114237, rel=1e-8))
    assert found.se**2 * 10 == pytest.approx(1.51288889, rel=1e-8)
    assert -found.mean / found.se == pytest.approx(-4.06212768, rel=1e-8)
    ones = np.ones(10)
    same = statistics.ratio_difference(SLEEP, (ones, ones))
    assert (same.mean, same.low, same.high) == (close(found.mean), close(found.low), close(found.high))


def test_mser5_cuts_the_transient() -> None:
    """S03. Four batches of five go; the search stops at half the series, else its noisy end (22 batches) would win."""
    found = statistics.mser5(SERIES)
    assert (found.truncate, found.settled) == (20, True)
    assert SERIES[found.truncate:].mean() == close(29.4523)


def test_batch_means_widen_the_interval_of_correlated_data() -> None:
    """S04. Ten batches of ten after the cut: the interval is twice that of the same data taken as independent."""
    rest = SERIES[20:]
    found = statistics.mean(rest.reshape(10, 10).mean(axis=1))
    assert (found.mean, found.half_width) == (close(29.4523), pytest.approx(0.587483473, rel=1e-8))
    assert statistics.mean(rest).half_width == pytest.approx(0.254502821, rel=1e-8)
