"""Tests that the best of a few is selected as often as is promised, and that a cube is searched well, whoever works the points out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from procsim.maths.arrays import Floats
from procsim.maths.evolution import evolve
from procsim.maths.ranking import Race


def raced(random: np.random.Generator, means: Floats, shared: float, first: int, delta: float) -> tuple[int, int]:
    """(who is selected, values of each until then) of normal systems whose values share a part."""
    def row() -> Floats:
        return means + shared * random.normal() + random.normal(size=len(means))

    race = Race(np.array([row() for _ in range(first)]), delta)
    while not race.decided:
        values = row()
        race.take({i: float(values[i]) for i in race.alive})
    return race.alive[0], race.rounds


@pytest.mark.parametrize("shared", [0.0, 3.0])
def test_the_best_is_selected_as_often_as_is_promised(shared: float) -> None:
    """Of five systems, four of which are worse by just what matters, in 400 races: at least 95 %, within four standard errors; what all share
    changes nothing."""
    random = np.random.default_rng(11)
    found = [raced(random, np.array([0.5, 0.5, 0.0, 0.5, 0.5]), shared, 10, 0.5)[0] for _ in range(400)]
    assert found.count(2) / 400 >= 0.95 - 4 * math.sqrt(0.95 * 0.05 / 400)


def test_who_is_far_behind_costs_little() -> None:
    """Systems that are far apart are told by the first values, near ones take more; alike ones end by when they must."""
    random = np.random.default_rng(5)
    far = [raced(random, np.array([0.0, 9.0, 9.0]), 1.0, 10, 0.2)[1] for _ in range(20)]
    near = [raced(random, np.array([0.0, 0.2, 0.2]), 1.0, 10, 0.2)[1] for _ in range(20)]
    assert max(far) < 20 < np.mean(near)
    race = Race(random.normal(size=(10, 3)), 0.3)
    most = race.rounds_at_most
    while not race.decided:
        race.take(dict.fromkeys(race.alive, 1.0))
    assert race.rounds <= most
    assert Race(np.ones((2, 1)), 1.0).decided
    assert Race(np.array([[2.0, 1.0], [2.0, 1.0]]), 0.1).alive == [1]
    for values, delta in ((np.ones((1, 2)), 1.0), (np.ones((2, 2)), 0.0)):
        with pytest.raises(ValueError, match="select nothing"):
            Race(values, delta)


def test_generations_find_the_least_and_are_the_same_again() -> None:
    """Of a bowl with steps, from a far corner; the same seed asks for the same points, another one for others."""
    def asked(seed: int) -> list[Floats]:
        points: list[Floats] = []

        def values(found: Floats) -> Floats:
            points.append(found)
            return np.asarray(((np.floor(found * 20) / 20 - 0.35) ** 2).sum(axis=1))

        evolve(values, [0.99] * 4, seed, lambda: len(points) > 60)
        return points

    one, again, other = asked(1), asked(1), asked(2)
    assert np.array_equal(np.vstack(one), np.vstack(again))
    assert not np.array_equal(one[0], other[0])
    assert one[0][0] == pytest.approx([0.99] * 4)
    assert ((np.floor(np.vstack(one) * 20) / 20 - 0.35) ** 2).sum(axis=1).min() == pytest.approx(0.0, abs=1e-12)
