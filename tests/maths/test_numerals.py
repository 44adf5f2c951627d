"""Tests how numbers are written for readers."""

from __future__ import annotations

import pytest

from procsim.maths.numerals import number


@pytest.mark.parametrize(("value", "digits", "text"), [
    (1234567.0, 4, "1\u202f234\u202f567"), (0.0123456, 3, "0.0123"), (9.5, 4, "9.500"), (0.0, 4, "0"), (float("nan"), 4, "–"), (float("-inf"), 4, "-∞"),
    (2e-9, 3, "0.00000000200"), (6.7763e-21, 3, "6.78e-21"), (992.0, 4, "992"), (-2.0, 4, "-2"), (2.0000001, 4, "2"), (2.0001, 4, "2.000"), (0.99999999, 4, "1")])
def test_a_number_has_its_digits(value: float, digits: int, text: str) -> None:
    """As many as asked for, thousands apart, and no row of noughts where it is next to nothing."""
    assert number(value, digits) == text
