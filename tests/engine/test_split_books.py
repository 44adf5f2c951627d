"""Tests what always holds where lots go on in parts: books balance, and the simulation agrees with the closed form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, floats
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lines import Write, plan_of
from split_lines import blocks

from procsim import tables
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import one, replicate
from procsim.lots.records import Block
from procsim.maths import statistics
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.planning.split_span import rows_of
from procsim.recipe.load import load

BOOKS = """\
line:
  lot: {{panels: {panels}, units_per_panel: 12}}
  release: {{every_h: 8}}
  transport_min: 10
  tools:
    gate: {{count: 2, price_usd: 100000}}
    t: {{count: 3, price_usd: 300000, operators: 0.5}}
    oven: {{count: 2, price_usd: 100000, batch: {{min_panels: 1, max_panels: {oven}, longest_wait_h: 0.1}}}}
run: {{horizon_h: 900, warmup_h: 100, replications: 2, seed: {seed}}}
economics: {{hours_per_year: 8000, practical_capacity: 0.8, labour_usd_per_h: 20, overhead: 0.1}}
materials: {{paste: {{price_usd_per_g: 0.5, density_g_cm3: 2}}}}
steps:
  - {{id: cut, tool: gate, time_h: {{lognormal: {{mean: 0.5, cv: 0.3}}}}, yield: {{panel: {panel}, unit: 0.97}}, {split}}}
  - {{id: place, tool: t, time_min: {{per_panel: {{exponential: {{mean: 20}}}}}}, yield: {{panel: {panel}, unit: {unit}}}, consumes: {{paste: {{per_unit: 0.01}}}}}}
  - {{id: look, op: inspect, tool: t, time_min: {{per_unit: 0.1}}, coverage: {coverage}, false_reject: 0.01}}
  - {{id: cure, tool: oven, time_h: 1, yield: {{panel: {panel}}}, consumes: {{paste: {{per_panel: 2}}}}}}
  - {{id: pack, tool: gate, time_min: {{per_panel: 5}}, skip_known_bad: true{merge}}}
  - {{id: test, op: test, tool: t, time_min: {{per_panel: 2}}, coverage: 0.95}}
"""


SHAPES = [(4, 2), (4, 4), (12, 3), (1, 3), (2, 6), (3, 3)]
"""Panels of a lot, and parts."""


def books(write: Write, panels: int, parts: int, merge: bool, **more: Any) -> Plan:
    known = {"panel": 0.9, "unit": 0.95, "coverage": 0.8, "seed": 5, "oven": 2 * panels, **more}
    text = BOOKS.format(panels=panels, split=f"split_lots: {parts}", merge=", merge_lots: true" if merge else "", **known)
    return plan_of(write, text)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=st.sampled_from(SHAPES), merge=st.booleans(), panel=floats(0.3, 1), unit=floats(0.3, 1), coverage=floats(0, 1),
       seed=st.integers(0, 2**30))
def test_books_balance_whatever_is_split(write: Write, shape: tuple[int, int], merge: bool, panel: float, unit: float, coverage: float, seed: int) -> None:
    """Units, money and lot-hours balance (the run checks itself); parts hold together what their lot has; a lot goes on, or leaves, with the
    last of its parts, and a part has a visit for every step up to the one at which its last panel is lost."""
    plan = books(write, *shape, merge, panel=panel, unit=unit, coverage=coverage, seed=seed)
    found, totals = blocks(plan)
    assert totals.spent == pytest.approx(totals.value.sum() + totals.wip_value[1] - totals.wip_value[0] + totals.unused.sum(), abs=0.005)
    (stretch,) = plan.route.stretches
    assert (stretch.first, stretch.stop, stretch.parts) == (1, 4 if merge else 6, shape[1])
    for block in found:
        lots, table = len(block.left_us), block.table()
        (rows,) = rows_of(plan.route.stretches, lots)
        at = slice(stretch.first, stretch.stop)
        for name in ("panels", "live", "sites"):
            whole, parts = getattr(block.outcomes, name)[:lots, at], getattr(block.outcomes, name)[rows, at]
            assert parts.reshape(shape[1], lots, -1).sum(axis=0) == pytest.approx(whole)
        for lot in range(lots):
            if block.left_us[lot] >= 0:
                _meets(table, lot, lots, block, stretch.merge)


def _meets(table: np.ndarray, lot: int, lots: int, block: Block, merge: int) -> None:
    """A lot that left did so, or met, with the last of its parts; every part was wherever it had panels."""
    own, parts = table[table[:, 0] == lot], table[(table[:, 0] % lots == lot) & (table[:, 0] >= lots)]
    if not len(parts):
        return
    met = own[own[:, 1] == merge] if merge >= 0 else own[:0]
    if len(met):
        assert parts[:, 4].max() <= met[0, 2] <= parts[:, 4].max() + HOUR // 6
    elif not (merge >= 0 and block.outcomes.panels[lot, merge] > 0):
        assert block.left_us[lot] == parts[:, 4].max()
    last = merge if merge >= 0 else block.outcomes.panels.shape[1] - 1
    for row in range(lots + lot, len(block.visits), lots):
        assert len(block.visits[row]) == 3 * int((block.outcomes.panels[row, 1:last] > 0).sum())


@pytest.mark.parametrize("merge", [True, False], ids=["merged", "apart"])
@pytest.mark.parametrize(("panels", "parts"), SHAPES)
def test_without_variability_run_and_closed_form_are_equal(write: Write, panels: int, parts: int, merge: bool) -> None:
    """Yield, direct cost, visits and raw process time to rounding; batches here are of one part."""
    plan = books(write, panels, parts, merge, oven=1 if panels <= parts else panels // parts)
    if panels < parts:  # a batch of strips has no fixed size: leave it out
        plan = plan_of(write,
                       BOOKS.format(panels=panels, split=f"split_lots: {parts}", merge=", merge_lots: true" if merge else "", panel=0.9, unit=0.95,
                                            coverage=0.8, seed=5, oven=1).replace("tool: oven", "tool: gate"))
    totals, closed = one(plan, 0, variable=False), solve(plan)
    assert totals.good / totals.sums["units_started"] == pytest.approx(closed.flow.yield_, rel=1e-9)
    assert totals.cost.sum() / totals.good == pytest.approx(closed.direct, rel=1e-9)
    assert totals.cost.sum(axis=1) / totals.sums["lots_left"] == pytest.approx(closed.costs.per_lot.sum(axis=1), rel=1e-9)
    assert totals.per_lot_us["process_us"] / HOUR == pytest.approx(closed.time.raw_process_h, rel=1e-6)
    assert totals.by_step["visits"] / totals.sums["lots_left"] == pytest.approx(closed.flow.visits, rel=0.05)
    assert closed.flow.visits[1] == pytest.approx(parts * (1 - 0.1 ** max(panels // parts, 1)), rel=1e-9)


def test_simulated_runs_agree_with_the_closed_form(write: Write) -> None:
    """Yield and direct cost of many lots, within 4 standard errors, and visits of parts by the chance that they are there."""
    plan = books(write, 4, 4, True, oven=1, panel=0.8)
    totals, closed = replicate(plan, 10), solve(plan)
    for above, below, want in ((lambda t: t.good, lambda t: t.sums["units_started"], closed.flow.yield_), (lambda t: t.cost.sum(), lambda t: t.good, closed.direct),
                               (lambda t: t.by_step["visits"][3], lambda t: t.by_step["visits"][0], closed.flow.visits[3])):
        found = statistics.ratio(np.array([above(t) for t in totals]), np.array([below(t) for t in totals]))
        assert abs(found.mean - want) <= 4 * found.se
        assert found.se < 0.03 * want


def test_cycle_time_is_the_sum_of_its_parts(write: Write) -> None:
    """Where nothing is lost: cycle time = raw process time + waiting + transport, each a mean over the parts of a lot."""
    plan = books(write, 4, 4, True, panel=1)
    closed = solve(plan)
    for t in replicate(plan, 3):
        sides = sum(t.per_lot_us.values()) / HOUR + closed.time.move_h
        assert sides == pytest.approx(t.cycle_times.mean() / HOUR, rel=0.02), "but for lots on the window's edges"


def test_packages_on_one_line_split_each_for_itself(write: Write) -> None:
    """A package whose lots are tested in four parts beside one whose lots are not, on the same testers."""
    plan = plan_of(write, """\
packages:
  whole: {recipe: "flows:embodiment_1.yaml", share: 1}
  parts: {recipe: "flows:whatif/split_lots.yaml", share: 1}
line: {lot: {panels: 12}, release: {panels_per_week: 1344}}
run: {horizon_h: 336, warmup_h: 0, replications: 1}
""")
    steps = tables.steps(plan, [one(plan, 0)], solve(plan)).set_index("step")
    assert steps.loc["parts/test", "visits"] > 3 * steps.loc["whole/test", "visits"] > 0
    assert steps.loc["parts/test", "process_h"] == pytest.approx(steps.loc["parts/test", "expected_process_h"], rel=0.02)
    closed = solve(plan).flow.visits
    assert closed[plan.steps.index("parts/test")] == pytest.approx(4 * closed[plan.steps.index("whole/test")], rel=1e-3)


@pytest.mark.parametrize("lot", [1, 6])
def test_one_part_is_no_split(write: Write, lot: int) -> None:
    """split_lots: 1 and its merge leave every number as it is."""
    split = books(write, lot, 1, True)
    plain = plan_of(write, BOOKS.format(panels=lot, split="load_s: 0", merge="", panel=0.9, unit=0.95, coverage=0.8, seed=5, oven=2 * lot))
    for make_table in (tables.lots, lambda p, t: tables.steps(p, t, solve(p)), lambda p, t: tables.tools(p, t, solve(p))):
        assert make_table(split, replicate(split, 2)).to_csv() == make_table(plain, replicate(plain, 2)).to_csv()


def test_a_split_leaves_the_draws_of_panels_alone(write: Write) -> None:
    """Yield is drawn by panel: units by outcome are the same whether a lot goes in parts or not."""
    lots = [one(books(write, 4, parts, True), 0).lots for parts in (1, 4)]
    both = np.intersect1d(*(table[table[:, 3] >= 0][:, 1] for table in lots))
    assert len(both) > 80
    good = [table[np.isin(table[:, 1], both)][:, 5] for table in lots]
    assert good[0].tolist() == good[1].tolist()


@pytest.mark.parametrize(("shorten", "se"), [(8, 0.02), pytest.param(1, 0.01, marks=pytest.mark.long)], ids=["quick", "full size"])
def test_fork_and_join(shorten: int, se: float) -> None:
    """Two exponential times at ample stations, and the slower of them counts: 1 + 1/2 of their mean, half an hour of it a wait for the other."""
    plan = make(load(ROOT / "tests" / "theory" / "fork_join.yaml"))
    plan = replace(plan, horizon_us=plan.warmup_us + (plan.horizon_us - plan.warmup_us) // shorten)
    totals = replicate(plan, 10)
    lots = np.array([float(len(t.cycle_times)) for t in totals])
    cycle = statistics.ratio(np.array([t.cycle_times.sum() / HOUR for t in totals]), lots)
    print(f"\n  fork and join: expected 1.5 found {cycle.mean:.5g} se {cycle.se:.2g}")
    assert abs(cycle.mean - 1.5) <= 4 * cycle.se
    assert cycle.se < se
    waiting = statistics.ratio(lots * np.array([t.per_lot_us["queue_us"] / HOUR for t in totals]), lots)
    assert abs(waiting.mean - 0.5) <= 4 * waiting.se
    assert tables.steps(plan, totals, solve(plan)).set_index("step").loc["join", "queue_h"] == pytest.approx(waiting.mean)
