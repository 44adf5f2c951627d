"""The chance of a normal deviation to stay within a room, against the table in every textbook."""

from __future__ import annotations

import pytest

from procsim.maths.distributions import normal_within


@pytest.mark.parametrize(("deviations", "chance"), [(0.0, 0.0), (1.0, 0.682689), (2.0, 0.954500), (3.0, 0.997300)])
def test_a_normal_deviation_stays_within_its_room(deviations: float, chance: float) -> None:
    """A room of so many standard deviations to either side holds the share that the normal table says, in whatever unit."""
    assert normal_within(5.0 * deviations, 15.0) == pytest.approx(chance, abs=1e-6)


def test_what_does_not_deviate_always_stays() -> None:
    """Without a tolerance everything lands, however little room there is."""
    assert normal_within(0.0, 0.0) == 1.0
