"""Tests that what is to happen is taken in order of time, key and turn, by either of the two ways in which it is kept."""

from __future__ import annotations

import random

import pytest

from procsim.engine.rules.agenda import Agenda, Tuples
from procsim.engine.rules.words import ALWAYS


@pytest.mark.parametrize("kind", [Agenda, Tuples])
def test_events_are_taken_in_order(kind: type[Agenda]) -> None:
    """Of 20 000 events that are put down and taken in any order, many of them at one instant or with one key, each time the first one comes: the
    soonest, of these the one with the lowest key, and of these the one that was put down first."""
    dice, agenda, waiting = random.Random(5), kind(), []
    for _ in range(20_000):
        if waiting and dice.random() < 0.49:
            first = min(waiting)
            waiting.remove(first)
            assert (agenda.soonest(), agenda.key()) == first[:2]
            one = agenda.take()
            assert (one.when, one.key, one.order, one.who, one.stamp) == first
        else:
            when, key, who, stamp = dice.randrange(40) << 40, dice.randrange(-3, 4) << 55, dice.randrange(1 << 40), dice.randrange(9)
            waiting.append((when, key, agenda.put_down, who, stamp))
            agenda.put(when, key, who, stamp)
    assert len(waiting) > 100


@pytest.mark.parametrize("kind", [Agenda, Tuples])
def test_an_empty_agenda_has_nothing_soon(kind: type[Agenda]) -> None:
    """Before the first event and after the last one nothing is to happen, ever."""
    agenda = kind()
    assert agenda.soonest() == ALWAYS
    for when in (3, 1, 2):
        agenda.put(when, 0, 0, 0)
    assert [agenda.take().when for _ in range(3)] == [1, 2, 3]
    assert agenda.soonest() == ALWAYS
