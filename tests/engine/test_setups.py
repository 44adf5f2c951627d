"""Tests setups (when, how long, for whom) against traces made by hand."""

from __future__ import annotations

import pytest
from lines import ONE_LOT, Write, finished, finished_by_stream, plan_of, plan_of_line, text_of_line
from tool_lines import TWO, WORK, states

from procsim.errors import RecipeError
from procsim.experiments.replicate import one


def test_a_setup_is_done_when_the_next_lot_is_taken_and_kept_while_idle(write: Write) -> None:
    """A at 0 and 10, B at 5: the tool is set up at 5 (0.5 h) and at 10 (the pair that the table leaves out takes 2 h), not before."""
    tools = "    t: {setup: {by: product, time_h: 2, table_h: {A: {B: 0.5}}, first: A}}"
    totals = one(plan_of_line(write, TWO % (10, 2, 10, 1, 5), tools, WORK, 20), 0)
    assert sorted(finished(totals)) == [1.0, 6.5, 13.0]
    assert states(totals) == (3, 14.5, 2.5, 0, 0)
    assert (totals.setup_hours[0], totals.setups[0]) == (2.5, 2)


def test_the_first_lot_needs_no_setup_unless_a_state_is_given(write: Write) -> None:
    """``first`` is what the tool is set up for at the start."""
    for first, end in (("", 1.0), (", first: B", 3.0), (", first: A", 1.0)):
        tools = f"    t: {{setup: {{by: product, time_h: 2{first}}}}}"
        assert min(finished(one(plan_of_line(write, TWO % (10, 1, 10, 1, 50), tools, WORK), 0))) == end


def test_setup_by_step_and_by_process(write: Write) -> None:
    """Two steps of one process: set up again by step, not by process."""
    for by, end in (("step", 4.0), ("process", 2.0)):
        steps = "  - {id: a, process: p}\n  - {id: b, process: p}"
        plan = plan_of(write, text_of_line(ONE_LOT, f"t: {{setup: {{by: {by}, time_h: 2}}}}", steps, more="processes: {p: {tool: t, time_h: 1}}\n"))
        assert finished(one(plan, 0)) == [end]


def test_setup_by_step_and_product_at_once(write: Write) -> None:
    """Steps of 60 min, A at 0, B at 30: A first step to 60; B needs another product, 5 min, to 125; A another step and product, 12 min, to 197;
    B another product, 5 min, to 262. Where no time is given for both at once, it is the longer of the two: 10 for 12."""
    for both, ends in ((", step+product: 12", [197, 262]), ("", [195, 260])):
        tools = f"    t: {{setup: {{by: [step, product], changes_min: {{step: 10, product: 5{both}}}}}}}"
        plan = plan_of_line(write, TWO % (90, 1, 90, 1, 0.5), tools, "  - {id: one, tool: t, time_min: 60}\n  - {id: two, tool: t, time_min: 60}")
        assert [60 * end for end in sorted(finished(one(plan, 0)))] == pytest.approx(ends)


@pytest.mark.parametrize(("setup", "wrong"), [
    ("{by: [step, product], time_min: 5}", "needs changes_min"), ("{by: [step, step], changes_min: {step: 5}}", "each once"),
    ("{by: step, changes_min: {step: 5}}", "by several"), ("{by: [step, product], changes_min: {stepp: 5}}", "none of step, product"),
    ("{by: [step, product], changes_min: {step+product: 5, product + step: 6}}", "twice"),
    ("{by: [step, product], changes_min: {step: 5}, first: A}", "neither a time")])
def test_wrong_setups_by_several(setup: str, wrong: str, write: Write) -> None:
    """What cannot be meant is refused."""
    with pytest.raises(RecipeError, match=wrong):
        plan_of_line(write, TWO % (90, 1, 90, 1, 0.5), f"t: {{setup: {setup}}}", WORK)


def test_a_tool_runs_so_many_lots_before_it_changes_its_setup(write: Write) -> None:
    """A B A B A at once, in turn: by turns 4 setups; with at least 3 lots, A A A and one setup; B B alone do not wait for a third."""
    for least, ends, setups in ((1, [1, 3, 5, 7, 9], 4), (3, [1, 2, 3, 5, 6], 1), (2, [1, 2, 4, 5, 7], 2)):
        tools = f"    t: {{setup: {{by: product, time_h: 1, min_run_lots: {least}}}}}"
        totals = one(plan_of_line(write, TWO % (0.02, 3, 0.02, 2, 0.01), tools, WORK), 0)
        assert sorted(finished(totals)) == ends
        assert totals.setups[0] == setups


def test_the_first_lots_on_a_tool_count_too(write: Write) -> None:
    """A, B, A, B at 0, 0.1, 0.2, 0.3, and a tool that is set up for A: with at least 2 lots, A A B B."""
    tools = "    t: {setup: {by: product, time_h: 1, first: A, min_run_lots: 2}}"
    totals = one(plan_of_line(write, TWO % (0.2, 2, 0.2, 2, 0.1), tools, WORK), 0)
    assert finished(totals) == [1, 2, 4, 5]
    assert totals.setups[0] == 1


def test_of_free_tools_one_that_is_set_up_is_taken(write: Write) -> None:
    """Two tools, A at 0 and B at 0.5: then each goes where its setup is, though the first tool stands free."""
    tools = "    t: {count: 2, setup: {by: product, time_h: 1}}"
    totals = one(plan_of_line(write, TWO % (10, 3, 10, 3, 0.5), tools, WORK, 40), 0)
    assert totals.setups[0] == 0
    assert sorted(finished(totals)) == [1, 1.5, 11, 11.5, 21, 21.5]


def test_who_is_first_goes_first_where_no_minimum_run_is_asked_for(write: Write) -> None:
    """A tool that is set up for A works from 1 h on. B came at 0 and A at 0.5: B first, by way of a setup, 1–3; then A, 3–5."""
    line = TWO % (50, 1, 50, 1, 0) + "\nshifts: {late: {on_off_h: [1, 50], starts: 'off'}}"
    for least, ends in ((1, {"A": 5, "B": 3}), (2, {"A": 2, "B": 4})):
        tools = f"    t: {{shift: late, setup: {{by: product, time_h: 1, first: A, min_run_lots: {least}}}}}"
        plan = plan_of_line(write, line, tools, WORK, 40, ("line.releases.A.first_at_h=0.5",))
        assert finished_by_stream(one(plan, 0), plan) == {name: [end] for name, end in ends.items()}


def test_a_lot_that_was_passed_over_is_asked_again(write: Write) -> None:
    """Two tools that are set up for A, B the more urgent, both lots at 0: B is passed over for A, which takes one tool; then no A waits, and the
    other tool is set up for B at once."""
    tools = "    t: {count: 2, dispatch: priority, setup: {by: product, time_h: 1, first: A, min_run_lots: 2}}"
    plan = plan_of_line(write, TWO % (50, 1, 50, 1, 0), tools, WORK, 40, ("line.releases.B.priority=-1",))
    assert finished_by_stream(one(plan, 0), plan) == {"A": [1], "B": [2]}


def test_of_free_tools_the_one_with_the_shortest_setup_is_taken(write: Write) -> None:
    """A at 0 and B at 0.5 take a tool each. C at 5 needs 2 h from A and 0.5 h from B: it takes the second tool; a third, which was never set up,
    needs nothing."""
    line = TWO % (50, 1, 50, 1, 0.5) + "\n  C: {every_h: 50, lots: 1, first_at_h: 5}"
    for count, end in ((2, 6.5), (3, 6.0)):
        tools = f"    t: {{count: {count}, setup: {{by: product, table_h: {{A: {{C: 2}}, B: {{C: 0.5}}}}, time_h: 9}}}}"
        assert max(finished(one(plan_of_line(write, line, tools, WORK, 40), 0))) == end


def test_a_setup_that_a_failure_breaks_off_with_its_lot_is_lost(write: Write) -> None:
    """A to 1 h; B's setup of 2 h from 2 h on is lost with B at 3 h. After the repair, at 4 h, the tool is as it was: A, which came at 3.5, needs no
    setup and is done at 5. Where the work is resumed, B is done at 6."""
    failure = "failures: {f: {mtbf_h: {constant: {value: 3}}, mttr_h: {constant: {value: 1}}, work: %s}}"
    for work, ends in (("scrap", {"A": [1, 5], "B": [3]}), ("resume", {"A": [1], "B": [6]})):
        tools = f"    t: {{setup: {{by: product, time_h: 2}}, {failure % work}}}"
        plan = plan_of_line(write, TWO % (3.5, 2, 50, 1, 2), tools, WORK, 6.9)
        assert finished_by_stream(one(plan, 0), plan) == ends


def test_a_lot_pays_for_its_setup(write: Write) -> None:
    """Load, setup, run and unload are charged: 4 h and 6 h of a tool at 10 USD an hour, setup 2 h among them."""
    tools = "    t: {price_usd: 87600, life_years: 1, load_h: 2, unload_h: 1, setup: {by: product, time_h: 2}}"
    plan = plan_of_line(write, TWO % (10, 1, 10, 1, 10), tools, WORK, 40, ("economics.practical_capacity=1",))
    totals = one(plan, 0)
    assert totals.cost.sum() == pytest.approx(100)
    assert totals.by_step["process_us"][0] == pytest.approx(10 * 3.6e9)
