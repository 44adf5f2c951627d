"""Lots that go on in parts and as one again: traces worked out by hand, books that balance, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procsim import stats, tables
from procsim.cli.commands import run
from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.errors import RecipeError
from procsim.expected import expected
from procsim.experiments.replicate import one, replicate
from procsim.plan.make import make
from procsim.plan.shape import HOUR, Plan
from procsim.plan.stretch import rows_of
from procsim.recipe.load import load
from procsim.records import Block

Write = Callable[..., Path]

HEAD = """\
line:
  lot: {{panels: {panels}, units_per_panel: 20}}
  release: {{every_h: 100, lots: 1}}
  tools: {{gate: {{count: 9}}, t: {tool}, u: {{}}}}
{line}run: {{horizon_h: 400, warmup_h: 0}}
steps:
{steps}
"""


def planned(write: Write, steps: str, panels: int = 4, tool: str = "{}", line: str = "", sets: tuple[str, ...] = ()) -> Plan:
    """One lot of *panels* through *steps*, at a tool group t of one tool."""
    return make(load(write(HEAD.format(panels=panels, tool=tool, line=line, steps=steps)), sets))


def blocks(plan: Plan, variable: bool = True) -> tuple[list[Block], Totals]:
    """What one replication hands to its books, and the books."""
    found: list[Block] = []
    ledger = Ledger(plan, keep_lots=True)

    def sink(block: Block) -> None:
        found.append(block)
        ledger.add(block)

    done = simulate(plan, 0, sink, variable=variable)
    return found, ledger.close(done)


def visits(plan: Plan, block: Block, step: str) -> list[tuple[float, float, float]]:
    """(arrived, start, end) in hours of all visits of *step*, in order of their start."""
    at = [p for p, s in enumerate(plan.route.step) if plan.steps[s] == step]
    return sorted(tuple(x / HOUR for x in row[2:].tolist()) for row in block.table() if row[1] in at)


def hours(totals: Totals) -> list[float]:
    """When lots left."""
    return [float(x) / HOUR for x in totals.lots[:, 3]]


# traces -------------------------------------------------------------------------------------------------------------------


def test_parts_queue_on_their_own_and_the_lot_leaves_with_its_last(write: Write) -> None:
    """Split into two at 1 h; of two panels at an hour each, the parts are in the tool from 1 to 3 and 3 to 5, and the lot is out at 5.

    Waiting: the second part 2 h before the tool, the first 2 h for the second: a mean of 2 h, and 1 + 2 + 2 = 5.
    """
    plan = planned(write, "  - {id: cut, tool: gate, time_h: 1, split_lots: 2}\n  - {id: work, tool: t, time_h: {per_panel: 1}}")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(1, 1, 3), (1, 3, 5)]
    assert hours(totals) == [5]
    assert totals.by_step["visits"].tolist() == [1, 2]
    assert totals.per_lot_us == {"queue_us": 2 * HOUR, "process_us": 3 * HOUR}
    assert totals.wip_lot_hours == 5, "one lot, not two"


def test_a_merge_waits_for_the_last_part(write: Write) -> None:
    """As above, and a step for the whole lot behind: it begins at 5 h, with all panels, and the first part has waited for it since 3 h."""
    plan = planned(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2}
  - {id: work, tool: t, time_h: {per_panel: 1}}
  - {id: pack, tool: gate, time_h: {per_panel: 0.5}, merge_lots: true}
  - {id: ship, tool: gate, time_h: 1}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "pack") == [(5, 5, 7)]
    assert hours(totals) == [8]
    assert totals.by_step["queue_us"] / HOUR == pytest.approx([0, 2, 1, 0]), "parts: 0 and 2 before the tool, 2 and 0, halved, for each other"
    assert totals.by_step["queue_area_us"] / HOUR == pytest.approx([0, 1, 1, 0]), "a part is half a lot"
    assert sum(totals.per_lot_us.values()) / HOUR == pytest.approx(8)


def test_a_panel_cut_into_strips(write: Write) -> None:
    """One panel into four strips of an hour each (4 h a panel), 2 units of 20 an hour long (0.1 h each) and, per run, half an hour in full."""
    plan = planned(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 4}
  - {id: panel, tool: u, time_h: {per_panel: 4}}
  - {id: units, tool: t, time_h: {per_unit: 0.1}}
  - {id: oven, tool: gate, time_h: 0.5}
  - {id: pack, tool: gate, time_h: {per_panel: 1}, merge_lots: true}""", panels=1)
    (block,), totals = blocks(plan)
    assert visits(plan, block, "panel") == [(1, 1, 2), (1, 2, 3), (1, 3, 4), (1, 4, 5)]
    assert visits(plan, block, "units") == [(2, 2, 2.5), (3, 3, 3.5), (4, 4, 4.5), (5, 5, 5.5)]
    assert [end - start for _, start, end in visits(plan, block, "oven")] == [0.5] * 4
    assert visits(plan, block, "pack") == [(6, 6, 7)]
    assert hours(totals) == [7]


def test_parts_share_batches(write: Write) -> None:
    """A tool that takes two panels at once, for 3 h: four parts of one panel go in two runs, where the lot of four would not even fit."""
    plan = planned(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 4}
  - {id: work, tool: t, time_h: 3}
  - {id: pack, tool: gate, time_h: 1, merge_lots: true}""", tool="{batch: {min_panels: 2, max_panels: 2}}")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(1, 1, 4), (1, 1, 4), (1, 4, 7), (1, 4, 7)]
    assert hours(totals) == [8]
    assert expected(plan).held_h == pytest.approx([1, 6, 1])


def test_each_part_is_carried(write: Write) -> None:
    """2 h between tool groups: parts come at 3 h, end at 4 and 5, and come to their merge at 6 and 7; transport is 4 h of the lot's 8 h."""
    plan = planned(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2}
  - {id: work, tool: t, time_h: {per_panel: 0.5}}
  - {id: pack, tool: u, time_h: 1, merge_lots: true}""", line="  transport_min: 120\n")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(3, 3, 4), (3, 4, 5)]
    assert visits(plan, block, "pack") == [(7, 7, 8)]
    assert sum(totals.per_lot_us.values()) / HOUR + expected(plan).move_h == pytest.approx(8)


def test_a_blocked_splitter_keeps_what_finds_no_room(write: Write) -> None:
    """One place before a tool of 1 h: of three parts made at 1 h, one is worked on, one waits, and the third stays in the splitter until 2 h."""
    plan = planned(write, "  - {id: cut, tool: u, time_h: 1, split_lots: 3}\n  - {id: work, tool: t, time_h: 1}", panels=3, tool="{buffer_lots: 1}")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(1, 1, 2), (1, 2, 3), (2, 3, 4)]
    assert totals.blocked[plan.groups.names.index("u")] == pytest.approx(1)
    assert totals.by_step["stay_area_us"] / HOUR == pytest.approx([1 + 1 / 3, (1 + 2 + 2) / 3])


def test_split_again_after_a_merge(write: Write) -> None:
    """Two, then one, then four; a step may merge and split: 1 + 2 · 2 h, 1 h, and four of an hour one after the other."""
    plan = planned(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2}
  - {id: work, tool: t, time_h: {per_panel: 1}}
  - {id: turn, tool: gate, time_h: 1, merge_lots: true, split_lots: 4}
  - {id: again, tool: t, time_h: {per_panel: 1}}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "turn") == [(5, 5, 6)]
    assert visits(plan, block, "again") == [(6, 6, 7), (6, 7, 8), (6, 8, 9), (6, 9, 10)]
    assert hours(totals) == [10]


@pytest.mark.parametrize("merge", ["true", "false"])
def test_a_lot_of_which_nothing_is_left_leaves(write: Write, merge: str) -> None:
    """All panels are lost at the parts' first step, at 3 and 5 h: the lot is gone then, and nobody waits for it."""
    plan = planned(write, f"""\
  - {{id: cut, tool: gate, time_h: 1, split_lots: 2}}
  - {{id: work, tool: t, time_h: {{per_panel: 1}}, yield: {{panel: 0}}}}
  - {{id: pack, tool: gate, time_h: 1, merge_lots: {merge}}}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "pack") == []
    assert block.left_us == [5 * HOUR]
    assert totals.sums["lots_finished"] == 0
    assert totals.sums["scrapped"] == 80


# what always holds --------------------------------------------------------------------------------------------------------

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
    return make(load(write(text)))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=st.sampled_from(SHAPES), merge=st.booleans(), panel=st.floats(0.3, 1), unit=st.floats(0.3, 1), coverage=st.floats(0, 1),
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
            whole, parts = getattr(block.fates, name)[:lots, at], getattr(block.fates, name)[rows, at]
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
    elif not (merge >= 0 and block.fates.panels[lot, merge] > 0):
        assert block.left_us[lot] == parts[:, 4].max()
    last = merge if merge >= 0 else block.fates.panels.shape[1] - 1
    for row in range(lots + lot, len(block.visits), lots):
        assert len(block.visits[row]) == 3 * int((block.fates.panels[row, 1:last] > 0).sum())


@pytest.mark.parametrize("merge", [True, False], ids=["merged", "apart"])
@pytest.mark.parametrize(("panels", "parts"), SHAPES)
def test_with_luck_off_run_and_closed_form_are_equal(write: Write, panels: int, parts: int, merge: bool) -> None:
    """Yield, direct cost, visits and raw process time to rounding; batches here are of one part."""
    plan = books(write, panels, parts, merge, oven=1 if panels <= parts else panels // parts)
    if panels < parts:  # a batch of strips has no fixed size: leave it out
        plan = make(load(write(BOOKS.format(panels=panels, split=f"split_lots: {parts}", merge=", merge_lots: true" if merge else "", panel=0.9, unit=0.95,
                                            coverage=0.8, seed=5, oven=1).replace("tool: oven", "tool: gate"))))
    totals, closed = one(plan, 0, variable=False), expected(plan)
    assert totals.good / totals.sums["units_started"] == pytest.approx(closed.yield_, rel=1e-9)
    assert totals.cost.sum() / totals.good == pytest.approx(closed.direct, rel=1e-9)
    assert totals.cost.sum(axis=1) / totals.sums["lots_left"] == pytest.approx(closed.cost.sum(axis=1), rel=1e-9)
    assert totals.per_lot_us["process_us"] / HOUR == pytest.approx(closed.raw_process_h, rel=1e-6)
    assert totals.by_step["visits"] / totals.sums["lots_left"] == pytest.approx(closed.visits, rel=0.05)
    assert closed.visits[1] == pytest.approx(parts * (1 - 0.1 ** max(panels // parts, 1)), rel=1e-9)


def test_luck_agrees_with_the_closed_form(write: Write) -> None:
    """Yield and direct cost of many lots, within 4 standard errors, and visits of parts by the chance that they are there."""
    plan = books(write, 4, 4, True, oven=1, panel=0.8)
    totals, closed = replicate(plan, 10), expected(plan)
    for above, below, want in ((lambda t: t.good, lambda t: t.sums["units_started"], closed.yield_), (lambda t: t.cost.sum(), lambda t: t.good, closed.direct),
                               (lambda t: t.by_step["visits"][3], lambda t: t.by_step["visits"][0], closed.visits[3])):
        found = stats.ratio(np.array([above(t) for t in totals]), np.array([below(t) for t in totals]))
        assert abs(found.mean - want) <= 4 * found.se
        assert found.se < 0.03 * want


def test_cycle_time_is_the_sum_of_its_parts(write: Write) -> None:
    """Where nothing is lost: cycle time = raw process time + waiting + transport, each a mean over the parts of a lot."""
    plan = books(write, 4, 4, True, panel=1)
    closed = expected(plan)
    for t in replicate(plan, 3):
        sides = sum(t.per_lot_us.values()) / HOUR + closed.move_h
        assert sides == pytest.approx(t.cycle_times.mean() / HOUR, rel=0.02), "but for lots on the window's edges"


def test_packages_on_one_line_split_each_for_itself(write: Write) -> None:
    """A package whose lots are tested in four parts beside one whose lots are not, on the same testers."""
    plan = make(load(write("""\
packages:
  whole: {recipe: "flows:embodiment_1.yaml", share: 1}
  parts: {recipe: "flows:whatif/split_lots.yaml", share: 1}
line: {lot: {panels: 12}, release: {panels_per_week: 1344}}
run: {horizon_h: 336, warmup_h: 0, replications: 1}
""")))
    steps = tables.steps(plan, [one(plan, 0)], expected(plan)).set_index("step")
    assert steps.loc["parts/test", "visits"] > 3 * steps.loc["whole/test", "visits"] > 0
    assert steps.loc["parts/test", "process_h"] == pytest.approx(steps.loc["parts/test", "expected_process_h"], rel=0.02)
    closed = expected(plan).visits
    assert closed[plan.steps.index("parts/test")] == pytest.approx(4 * closed[plan.steps.index("whole/test")], rel=1e-3)


@pytest.mark.parametrize("lot", [1, 6])
def test_one_part_is_no_split(write: Write, lot: int) -> None:
    """split_lots: 1 and its merge leave every number as it is."""
    split = books(write, lot, 1, True)
    plain = make(load(write(BOOKS.format(panels=lot, split="load_s: 0", merge="", panel=0.9, unit=0.95, coverage=0.8, seed=5, oven=2 * lot))))
    for make_table in (tables.lots, lambda p, t: tables.steps(p, t, expected(p)), lambda p, t: tables.tools(p, t, expected(p))):
        assert make_table(split, replicate(split, 2)).to_csv() == make_table(plain, replicate(plain, 2)).to_csv()


def test_a_split_leaves_the_luck_of_panels_alone(write: Write) -> None:
    """Yield is drawn by panel: units by outcome are the same whether a lot goes in parts or not."""
    lots = [one(books(write, 4, parts, True), 0).lots for parts in (1, 4)]
    both = np.intersect1d(*(table[table[:, 3] >= 0][:, 1] for table in lots))
    assert len(both) > 80
    good = [table[np.isin(table[:, 1], both)][:, 5] for table in lots]
    assert good[0].tolist() == good[1].tolist()


def test_fork_and_join() -> None:
    """Two exponential times at ample stations, and the slower of them counts: 1 + 1/2 of their mean, half an hour of it a wait for the other."""
    plan = make(load(ROOT / "tests" / "theory" / "fork_join.yaml"))
    totals = replicate(plan, 10)
    cycle = stats.ratio(np.array([t.cycle_times.sum() / HOUR for t in totals]), np.array([float(len(t.cycle_times)) for t in totals]))
    print(f"\n  fork and join: expected 1.5 found {cycle.mean:.5g} se {cycle.se:.2g}")
    assert abs(cycle.mean - 1.5) <= 4 * cycle.se
    assert cycle.se < 0.01
    waiting = stats.mean(np.array([t.per_lot_us["queue_us"] / HOUR for t in totals]))
    assert abs(waiting.mean - 0.5) <= 4 * waiting.se
    assert tables.steps(plan, totals, expected(plan)).set_index("step").loc["join", "queue_h"] == pytest.approx(waiting.mean)


# what is refused ----------------------------------------------------------------------------------------------------------

CUT = "  - {id: cut, tool: gate, time_h: 1, split_lots: 2}\n"
WORK = "  - {id: work, tool: t, time_h: 1}\n"
PACK = "  - {id: pack, tool: u, time_h: 1, merge_lots: true}\n"


@pytest.mark.parametrize(
    ("steps", "more", "said"),
    [
        (CUT + WORK.replace("time_h: 1", "time_h: 1, split_lots: 2") + PACK, {}, "lots are in parts already, since cut"),
        (WORK + PACK, {}, "nothing to merge"),
        (CUT + PACK + PACK.replace("pack", "more"), {}, "nothing to merge"),
        (CUT.replace("2}", "3}") + WORK, {}, "a lot of 4 panels cannot go on in 3 equal parts"),
        (CUT.replace("2}", "6}") + WORK, {}, "6 must divide 4, or be a multiple"),
        (CUT.replace("split", "sample: 0.5, split") + WORK, {}, "split at cut, which only a sample"),
        (CUT + WORK + PACK.replace("merge", "sample_every: 2, merge"), {}, "merged at pack, which only a sample"),
        (CUT + WORK.replace("1}", "1, rework: {chance: 0.1, to: cut}}") + PACK, {}, "rework from work back to cut would cross"),
        (CUT + WORK + PACK.replace("merge", "rework: {chance: 0.1, to: work}, merge"), {}, "rework from pack back to work would cross"),
        (CUT + WORK + PACK + "  - {id: end, tool: u, time_h: 1, rework: {chance: 0.1, to: cut}}", {}, "would cross the border"),
        (CUT + WORK + PACK, {"sets": ("line.release.route=[cut, work]",)}, "but not pack"),
        (CUT + WORK + PACK, {"sets": ("line.release.route=[work, pack]",)}, "but not cut"),
        (CUT + WORK + PACK, {"tool": "{failures: {jam: {mtbf_h: 9, mttr_h: 1, work: scrap}}}"}, "failure of t scraps its work, but step work"),
        (CUT + WORK + PACK, {"line": "  queue_time_limits: {q: {from: cut, to: work, limit_h: 9}}\n"}, "one end where lots are in parts"),
        (CUT + WORK + WORK.replace("work", "next") + PACK, {"line": "  queue_time_limits: {q: {from: work, to: next, limit_h: 9, action: scrap}}\n"},
         "scraps lots, but next works on parts"),
        (CUT + WORK + PACK + "  - {id: back, tool: t, time_h: 1, same_tool_as: work}", {}, "same_tool_as work, where the lot was in parts"),
        (CUT + WORK + PACK, {"sets": ("tools.u.buffer_lots=2",)}, "merged at pack, where parts wait for one another and take no place"),
        (CUT.replace("split_lots: 2", "rework_only: true, split_lots: 2") + WORK.replace("1}", "1, rework: {chance: 0.1, via: [cut]}}"), {},
         "a step of rework neither splits nor merges"),
        (CUT + WORK + PACK, {"tool": "{batch: {min_panels: 1, max_panels: 1}}"}, "a lot of 2 panels does not fit t"),
    ],
)
def test_what_makes_no_sense_is_refused(write: Write, steps: str, more: dict[str, Any], said: str) -> None:
    """With its place in the recipe and a reason."""
    with pytest.raises(RecipeError) as caught:
        planned(write, steps, **more)
    assert said in str(caught.value)
    assert all(problem.place is not None for problem in caught.value.problems)


def test_rework_on_one_side_of_the_border(write: Write) -> None:
    """A step that splits may have rework of its own, and parts theirs: the lot splits after the last pass, and its parts are reworked together."""
    plan = planned(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2, rework: {chance: 1, limit: 1, after_limit: go_on}}
  - {id: work, tool: t, time_h: {per_panel: 1}, rework: {chance: 1, limit: 1, via: [fix], after_limit: go_on}}
  - {id: fix, tool: u, time_h: 1, rework_only: true}
  - {id: pack, tool: gate, time_h: 1, merge_lots: true, rework: {chance: 1, limit: 1, after_limit: go_on}}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "cut") == [(0, 0, 1), (1, 1, 2)]
    assert visits(plan, block, "work") == [(2, 2, 4), (2, 4, 6), (5, 6, 8), (7, 8, 10)]
    assert visits(plan, block, "pack") == [(10, 10, 11), (11, 11, 12)]
    assert hours(totals) == [12]


def test_check_tells_where_lots_go_in_parts(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The behaviour is shown beside the steps."""
    path = write(HEAD.format(panels=4, tool="{}", line="", steps=CUT + WORK + PACK))
    assert run(["check", str(path)]) == 0
    assert "2 parts" in capsys.readouterr().out
