"""Tests lots that go on in parts and as one again: traces worked out by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from lines import Write, finished
from split_lines import blocks, plan_of_parts, text_of_parts, visits

from procsim.cli.commands import run
from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.planning.plan import HOUR

# traces ----------------------------------------------------------------------------------------------------------------


def test_parts_queue_on_their_own_and_the_lot_leaves_with_its_last(write: Write) -> None:
    """Split into two at 1 h; of two panels at an hour each, the parts are in the tool from 1 to 3 and 3 to 5, and the lot is out at 5.

    Waiting: the second part 2 h before the tool, the first 2 h for the second: a mean of 2 h, and 1 + 2 + 2 = 5.
    """
    plan = plan_of_parts(write, "  - {id: cut, tool: gate, time_h: 1, split_lots: 2}\n  - {id: work, tool: t, time_h: {per_panel: 1}}")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(1, 1, 3), (1, 3, 5)]
    assert finished(totals) == [5]
    assert totals.by_step["visits"].tolist() == [1, 2]
    assert totals.per_lot_us == {"queue_us": 2 * HOUR, "process_us": 3 * HOUR}
    assert totals.wip_lot_hours == 5, "one lot, not two"


def test_a_merge_waits_for_the_last_part(write: Write) -> None:
    """As above, and a step for the whole lot behind: it begins at 5 h, with all panels, and the first part has waited for it since 3 h."""
    plan = plan_of_parts(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2}
  - {id: work, tool: t, time_h: {per_panel: 1}}
  - {id: pack, tool: gate, time_h: {per_panel: 0.5}, merge_lots: true}
  - {id: ship, tool: gate, time_h: 1}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "pack") == [(5, 5, 7)]
    assert finished(totals) == [8]
    assert totals.by_step["queue_us"] / HOUR == pytest.approx([0, 2, 1, 0]), "parts: 0 and 2 before the tool, 2 and 0, halved, for each other"
    assert totals.by_step["queue_area_us"] / HOUR == pytest.approx([0, 1, 1, 0]), "a part is half a lot"
    assert sum(totals.per_lot_us.values()) / HOUR == pytest.approx(8)


def test_a_panel_cut_into_strips(write: Write) -> None:
    """One panel into four strips of an hour each (4 h a panel), 2 units of 20 an hour long (0.1 h each) and, per run, half an hour in full."""
    plan = plan_of_parts(write, """\
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
    assert finished(totals) == [7]


def test_parts_share_batches(write: Write) -> None:
    """A tool that takes two panels at once, for 3 h: four parts of one panel go in two runs, where the lot of four would not even fit."""
    plan = plan_of_parts(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 4}
  - {id: work, tool: t, time_h: 3}
  - {id: pack, tool: gate, time_h: 1, merge_lots: true}""", tool="{batch: {min_panels: 2, max_panels: 2}}")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(1, 1, 4), (1, 1, 4), (1, 4, 7), (1, 4, 7)]
    assert finished(totals) == [8]
    assert solve(plan).tools.held_h == pytest.approx([1, 6, 1])


def test_each_part_is_carried(write: Write) -> None:
    """2 h between tool groups: parts come at 3 h, end at 4 and 5, and come to their merge at 6 and 7; transport is 4 h of the lot's 8 h."""
    plan = plan_of_parts(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2}
  - {id: work, tool: t, time_h: {per_panel: 0.5}}
  - {id: pack, tool: u, time_h: 1, merge_lots: true}""", line="transport_min: 120")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(3, 3, 4), (3, 4, 5)]
    assert visits(plan, block, "pack") == [(7, 7, 8)]
    assert sum(totals.per_lot_us.values()) / HOUR + solve(plan).time.move_h == pytest.approx(8)


def test_a_blocked_splitter_keeps_what_finds_no_room(write: Write) -> None:
    """One place before a tool of 1 h: of three parts made at 1 h, one is worked on, one waits, and the third stays in the splitter until 2 h."""
    plan = plan_of_parts(write, "  - {id: cut, tool: u, time_h: 1, split_lots: 3}\n  - {id: work, tool: t, time_h: 1}", panels=3, tool="{buffer_lots: 1}")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "work") == [(1, 1, 2), (1, 2, 3), (2, 3, 4)]
    assert totals.blocked[plan.groups.names.index("u")] == pytest.approx(1)
    assert totals.by_step["stay_area_us"] / HOUR == pytest.approx([1 + 1 / 3, (1 + 2 + 2) / 3])


def test_split_again_after_a_merge(write: Write) -> None:
    """Two, then one, then four; a step may merge and split: 1 + 2 · 2 h, 1 h, and four of an hour one after the other."""
    plan = plan_of_parts(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2}
  - {id: work, tool: t, time_h: {per_panel: 1}}
  - {id: turn, tool: gate, time_h: 1, merge_lots: true, split_lots: 4}
  - {id: again, tool: t, time_h: {per_panel: 1}}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "turn") == [(5, 5, 6)]
    assert visits(plan, block, "again") == [(6, 6, 7), (6, 7, 8), (6, 8, 9), (6, 9, 10)]
    assert finished(totals) == [10]


@pytest.mark.parametrize("merge", ["true", "false"])
def test_a_lot_of_which_nothing_is_left_leaves(write: Write, merge: str) -> None:
    """All panels are lost at the parts' first step, at 3 and 5 h: the lot is gone then, and nobody waits for it."""
    plan = plan_of_parts(write, f"""\
  - {{id: cut, tool: gate, time_h: 1, split_lots: 2}}
  - {{id: work, tool: t, time_h: {{per_panel: 1}}, yield: {{panel: 0}}}}
  - {{id: pack, tool: gate, time_h: 1, merge_lots: {merge}}}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "pack") == []
    assert block.left_us == [5 * HOUR]
    assert totals.sums["lots_finished"] == 0
    assert totals.sums["scrapped"] == 80


# what is refused -------------------------------------------------------------------------------------------------------


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
        (CUT + WORK + PACK, {"line": "queue_time_limits: {q: {from: cut, to: work, limit_h: 9}}"}, "one end where lots are in parts"),
        (CUT + WORK + WORK.replace("work", "next") + PACK, {"line": "queue_time_limits: {q: {from: work, to: next, limit_h: 9, action: scrap}}"},
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
        plan_of_parts(write, steps, **more)
    assert said in str(caught.value)
    assert all(problem.place is not None for problem in caught.value.problems)


def test_rework_on_one_side_of_the_border(write: Write) -> None:
    """A step that splits may have rework of its own, and parts theirs: the lot splits after the last pass, and its parts are reworked together."""
    plan = plan_of_parts(write, """\
  - {id: cut, tool: gate, time_h: 1, split_lots: 2, rework: {chance: 1, limit: 1, after_limit: go_on}}
  - {id: work, tool: t, time_h: {per_panel: 1}, rework: {chance: 1, limit: 1, via: [fix], after_limit: go_on}}
  - {id: fix, tool: u, time_h: 1, rework_only: true}
  - {id: pack, tool: gate, time_h: 1, merge_lots: true, rework: {chance: 1, limit: 1, after_limit: go_on}}""")
    (block,), totals = blocks(plan)
    assert visits(plan, block, "cut") == [(0, 0, 1), (1, 1, 2)]
    assert visits(plan, block, "work") == [(2, 2, 4), (2, 4, 6), (5, 6, 8), (7, 8, 10)]
    assert visits(plan, block, "pack") == [(10, 10, 11), (11, 11, 12)]
    assert finished(totals) == [12]


def test_check_tells_where_lots_go_in_parts(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The behaviour is shown beside the steps."""
    path = write(text_of_parts(CUT + WORK + PACK))
    assert run(["check", str(path)]) == 0
    assert "2 parts" in capsys.readouterr().out
