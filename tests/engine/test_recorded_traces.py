"""Tests that the engine does with 200 small random lines, which together use all that a line can do, what it did when their traces were written down.

Where a change is right, as of the order of what happens at one instant, ``make traces`` writes tests/engine/traces.xz anew; say why in the commit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from behaviours import ACTS, acted
from random_plans import Written, written
from trace_file import PLANS, packed, recorded, unpacked
from traces import TABLES, Simulate, Trace, difference, same, trace

from procsim.engine.simulate import simulate
from procsim.lots.records import Run
from procsim.planning.plan import Plan

Ran = list[tuple[Written, Plan, Trace]]


@pytest.fixture(scope="module")
def ran() -> Ran:
    """Every recipe of the file, with its plan and what the engine does with it now."""
    recipes = [written(number) for number in range(PLANS)]
    plans = [recipe.plan() for recipe in recipes]
    return [(recipe, plan, trace(plan, simulate, recipe.replication, recipe.variable)) for recipe, plan in zip(recipes, plans, strict=True)]


def test_the_engine_does_what_it_did(ran: Ran) -> None:
    """Every visit of every lot, and all else that a run says, to the microsecond. On the left what is written down, on the right what is done now."""
    before = recorded()
    assert len(before) == len(ran)
    found = [(number, difference(plan, old, new)) for number, (old, (_, plan, new)) in enumerate(zip(before, ran, strict=True))]
    odd = [f"plan {number}: {what}" for number, what in found if what]
    assert not odd, f"{len(odd)} of {PLANS} plans differ:\n" + "\n".join(odd[:10])


def test_every_behaviour_acts(ran: Ran) -> None:
    """What a recipe asks for and never comes to pass holds nothing: each behaviour acts in some of the lines, and most of them in ten or more."""
    count = Counter(name for recipe, plan, made in ran for name in acted(plan, made, recipe.variable))
    assert [name for name in ACTS if not count[name]] == []
    assert sum(count[name] >= 10 for name in ACTS) > 0.75 * len(ACTS), sorted((count[name], name) for name in ACTS)[:20]


def test_the_lines_are_small_and_busy(ran: Ran) -> None:
    """Most have 50 to 1 500 visits."""
    sizes = [len(made.tables["visits"]) for _, _, made in ran]
    assert max(sizes) < 4000
    assert sum(50 <= size <= 1500 for size in sizes) > 0.8 * PLANS


def test_traces_are_kept_as_they_are(ran: Ran) -> None:
    """What is packed is unpacked the same."""
    some = [made for _, _, made in ran[:20]]
    assert [difference(plan, one, other) for (_, plan, _), one, other in zip(ran, some, unpacked(packed(some)), strict=False)] == [""] * len(some)


# what must differ ------------------------------------------------------------------------------------------------------


def _other_seed(plan: Plan, *args: Any, **more: Any) -> Run:
    return simulate(plan, *args, **more, seed=plan.seed + 1)


def _other_rules(plan: Plan, *args: Any, **more: Any) -> Run:
    """Streams go by priority where they went by arrival, and the other way round."""
    streams = tuple(replace(stream, priority=-stream.priority) for stream in plan.streams)
    rule = tuple("priority" if one == "fifo" else one for one in plan.discipline.rule)
    return simulate(replace(plan, streams=streams, discipline=replace(plan.discipline, rule=rule)), *args, **more)


@pytest.mark.parametrize(("other", "share"), [(_other_seed, 0.8), (_other_rules, 0.2)])
def test_a_difference_is_found(ran: Ran, other: Simulate, share: float) -> None:
    """With other random numbers nearly all lines differ, with other rules of who goes first many; with the same, none."""
    lines = [(recipe, plan, made) for recipe, plan, made in ran[:30] if recipe.variable]
    found = [difference(plan, made, trace(plan, other, recipe.replication)) for recipe, plan, made in lines]
    assert sum(map(bool, found)) > share * len(lines)
    assert all(" ≠ " in what for what in found if what)
    assert [same(plan, simulate, simulate, recipe.replication) for recipe, plan, _ in lines[:5]] == [""] * 5


def test_a_microsecond_is_found(ran: Ran) -> None:
    """A single visit that ends a microsecond late is named, and so is a single number of any other table."""
    for name in TABLES:
        with_rows = [(plan, made) for _, plan, made in ran if len(made.tables[name])]
        assert with_rows
        for plan, made in with_rows[:4]:
            table = made.tables[name]
            row, changed = len(table) // 2, table.copy()
            changed[row, -1] += 1
            what = difference(plan, made, Trace({**made.tables, name: changed}, made.ended))
            assert (f"ended {table[row, -1]} µs ≠" if name == "visits" else f"{name}, row {row}: ") in what
    _, plan, made = ran[0]
    assert difference(plan, made, Trace(made.tables, "it stands")) == "ended: 'at the horizon' ≠ 'it stands'"
