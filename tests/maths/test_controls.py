"""Tests control variates, and corrections for many comparisons, against what is known of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from procsim.maths import statistics
from procsim.maths.controls import at_confidence, chance, controlled, holm, replications_to_tell, together


def test_without_controls_it_is_the_paired_t() -> None:
    """The same numbers as of ``statistics.paired``."""
    rng = np.random.default_rng(3)
    one, two = rng.normal(5, 1, 9), rng.normal(6, 1, 9)
    wanted, apart = statistics.paired(one, two), two - one
    found = controlled(float(apart.mean()), apart - apart.mean(), 6.0, 0.95)
    assert (found.mean, found.low, found.high, found.df) == pytest.approx((wanted.mean, wanted.low, wanted.high, 8))


def test_with_controls_it_is_the_intercept_of_a_regression() -> None:
    """Least squares of the differences over the controls, with an intercept: its value, its standard error, and n - 1 - k degrees of freedom."""
    rng = np.random.default_rng(4)
    x = rng.normal(0, 1, (12, 2))
    y = 3 + x @ [2.0, -1.0] + rng.normal(0, 0.1, 12)
    found = controlled(float(y.mean()), y - y.mean(), 5.0, 0.95, x)
    design = np.column_stack([np.ones(12), x])
    beta, residual, _, _ = np.linalg.lstsq(design, y, rcond=None)
    cov = float(residual[0]) / 9 * np.linalg.inv(design.T @ design)
    assert (found.mean, found.se, found.df) == pytest.approx((beta[0], math.sqrt(cov[0, 0]), 9))


@pytest.mark.parametrize("seed", range(3))
def test_intervals_hold_as_often_as_they_say(seed: int) -> None:
    """Of 1 000 intervals of 95 % from 8 replications and two controls 927 to 973 hold the truth (four standard errors)."""
    rng, held = np.random.default_rng(seed), 0
    for _ in range(1000):
        x = rng.normal(0, 1, (8, 2))
        y = 1 + x @ [1.0, 0.5] + rng.normal(0, 0.3, 8)
        found = controlled(float(y.mean()), y - y.mean(), 1.0, 0.95, x)
        held += found.low <= 1 <= found.high
    assert 920 <= held <= 978


def test_controls_that_say_nothing_cost_nothing() -> None:
    """Constant controls, and one that is there twice, take no degree of freedom more than there is to take."""
    y = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 2.5])
    x = np.array([0.1, -0.2, 0.3, 0.1, -0.4, 0.2])
    none = controlled(float(y.mean()), y - y.mean(), 5.0, 0.95)
    assert controlled(float(y.mean()), y - y.mean(), 5.0, 0.95, np.zeros((6, 2))).df == none.df == 5
    assert controlled(float(y.mean()), y - y.mean(), 5.0, 0.95, np.column_stack([x, 2 * x])).df == 4


def test_holm_by_hand() -> None:
    """0.01 × 3, 0.03 × 2 and 0.04, which may not be below the one before."""
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.5, math.nan, 0.6])[1] != 0
    assert holm([0.5, math.nan])[0] == 0.5


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_holm_lies_between_none_and_bonferroni(chances: list[float]) -> None:
    """And keeps the order."""
    found = holm(chances)
    assert all(p <= corrected <= min(1.0, len(chances) * p) + 1e-12 for p, corrected in zip(chances, found, strict=True))
    assert [chances[i] for i in np.argsort(found, kind="stable")] == pytest.approx(sorted(chances)) or len(set(found)) < len(found)


def test_intervals_that_hold_together() -> None:
    """Ten comparisons with 95 % together have 99.5 % each, and are wider."""
    assert together(0.95, 10) == pytest.approx(0.995)
    found = controlled(1.0, np.array([-0.1, 0.2, -0.1, 0.0]), 1.0, 0.95)
    wide = at_confidence(found, together(0.95, 10))
    assert wide.low < found.low < found.high < wide.high
    assert chance(found) == pytest.approx(statistics.p_value(found.t, 3))


def test_replications_that_would_tell() -> None:
    """With so many, a difference of the size is told in four of five samples; without spread no more are needed, without difference none is enough."""
    rng = np.random.default_rng(5)
    y = rng.normal(0.5, 1, 10)
    y = (y - y.mean()) / y.std(ddof=1) + 0.5  # a mean of half a deviation
    found = controlled(0.5, y - 0.5, 1.0, 0.95)
    n = int(replications_to_tell(found, 10, 0.95))
    told = 0
    for _ in range(2000):
        sample = rng.normal(0.5, 1, n)
        one = controlled(float(sample.mean()), sample - sample.mean(), 1.0, 0.95)
        told += one.low > 0 or one.high < 0
    assert 0.76 <= told / 2000 <= 0.85
    assert replications_to_tell(controlled(0.0, y - 0.5, 1.0, 0.95), 10, 0.95) == math.inf
    assert replications_to_tell(controlled(1.0, np.zeros(4), 1.0, 0.95), 4, 0.95) == 4
    assert math.isnan(replications_to_tell(controlled(1.0, np.zeros(1), 1.0, 0.95), 1, 0.95))
