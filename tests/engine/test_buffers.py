"""Tests finite buffers: who waits where, who is blocked, and when all is stuck."""

from __future__ import annotations

from pathlib import Path

import pytest
from busy_calendar import hold_on_any_calendar
from lines import Write, finished_by_stream, plan_of_line, refusal_of_line
from queue_lines import BUSY, BUSY_STEPS, BUSY_TOOLS, PAIR, THREE

from procsim import tables
from procsim.cli.commands import run
from procsim.closed_form.solve import solve
from procsim.errors import InfeasibleError
from procsim.experiments.replicate import one
from procsim.lots.records import NON_SCHEDULED, PRODUCTIVE, STANDBY, UNSCHEDULED
from procsim.planning.plan import HOUR
from procsim.results import metrics

# finite buffers --------------------------------------------------------------------------------------------------------


def test_a_tool_keeps_what_the_next_buffer_has_no_room_for(write: Write) -> None:
    """No place between 1 h and 3 h: a works 0–1, 1–2, 4–5 and is blocked 2–4 and 5–7; b works 1–10."""
    plan = plan_of_line(write, THREE, "a: {}\nb: {buffer_lots: 0}", PAIR, 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [4, 7, 10]
    assert totals.blocked.tolist() == [4, 0]
    assert totals.state_hours[0, [PRODUCTIVE, STANDBY]].tolist() == [3, 17], "blocked is standby"
    assert tables.tools(plan, [totals], solve(plan))["blocked"].tolist() == [0.2, 0]
    assert totals.by_step["queue_us"].tolist() == [(0 + 1 + 4) * HOUR, 0], "lots wait in front of a, and none in front of b"
    assert totals.by_step["stay_area_us"].sum() / HOUR == totals.wip_lot_hours == 21, "a kept lot stays at the step that is over"


def test_places_in_a_buffer_count_lots_on_their_way(write: Write) -> None:
    """One place, half an hour of transport: lot 2 has it from 2 h, lot 3 is kept until b takes lot 2 at 4.5 h and comes at 5 h."""
    plan = plan_of_line(write, THREE + "\ntransport_h: 0.5", "a: {}\nb: {buffer_lots: 1}", PAIR, 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [4.5, 7.5, 10.5]
    assert totals.blocked.tolist() == [1.5, 0]


def test_whoever_is_blocked_longest_goes_first(write: Write) -> None:
    """b takes 3 h and has no place: lots that a has done at 1, 1 and 1.5 h go on in that order, at 1, 4 and 7 h."""
    line = "releases: {x: {every_h: 50, lots: 1}, y: {every_h: 50, lots: 1, priority: 9}, z: {every_h: 50, lots: 1, first_at_h: 0.5}}\ndispatch: priority"
    plan = plan_of_line(write, line, "a: {count: 3}\nb: {buffer_lots: 0, dispatch: priority}", PAIR, 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"x": [4], "y": [7], "z": [10]}, "y is kept from 1 h, z from 1.5: the priority number counts in a queue only"
    assert totals.blocked.tolist() == [3 + 5.5, 0]


def test_releases_wait_outside_a_full_buffer(write: Write) -> None:
    """One tool of 4 h, one place, a lot every hour: lots enter at 0, 1, 4, 8, … and their cycle time counts from there."""
    plan = plan_of_line(write, "release: {every_h: 1, lots: 4}", "t: {buffer_lots: 1}", "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    assert [x / HOUR for x in totals.lots[:, 2]] == [0, 1, 4, 8]
    assert finished_by_stream(totals, plan)["main"] == [4, 8, 12, 16]


def test_releases_may_be_lost(write: Write) -> None:
    """The same, and nobody waits: of eight lots at 0, 1, …, 7 those of 0, 1, 4 (as the tool is free) are taken, five are lost."""
    plan = plan_of_line(write, "release: {every_h: 1, lots: 8, when_full: lose}", "t: {buffer_lots: 1}", "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    assert [x / HOUR for x in totals.lots[:, 2]] == [0, 1, 4]
    assert finished_by_stream(totals, plan)["main"] == [4, 8, 12]
    assert {m.name: metrics.estimate(m, [totals], 0.95).mean for m in metrics.metrics_of(plan)}["lots_lost"] == 5


def test_a_lot_that_skips_every_step_needs_no_room(write: Write) -> None:
    """Every other lot is sampled: lots 2 and 4 leave as they come, whatever waits in front of the tool."""
    plan = plan_of_line(write, "release: {every_h: 1, lots: 4}", "t: {buffer_lots: 0}", "- {id: s, tool: t, time_h: 9, sample_every: 2}", 30)
    assert finished_by_stream(one(plan, 0), plan)["main"] == [9, 1, 18, 3]
    runs = plan_of_line(write, "release: {every_h: 1, lots: 40}", "t: {buffer_lots: 5}", "- {id: s, tool: t, time_h: 0.5, sample: 0.5}", 100)
    assert one(runs, 0).sums["lots_finished"] == 40


@pytest.mark.parametrize("tool", ["buffer_lots: 0", "buffer_lots: 0, batch: {min_panels: 1, max_panels: 2}"])
def test_a_lot_does_not_stand_in_its_own_way(write: Write, tool: str) -> None:
    """Two steps of 1 h and 2 h in a row on one tool without a place, an hour of work in front of it: lots are there 1–4 and 4–7, the second
    kept 2–4 in front. Rework on the same tool likewise, and maintenance that is due in between is done first."""
    line, front = "release: {every_h: 50, lots: 2, lots_at_once: 2}", "- {id: f, tool: u, time_h: 1}\n"
    steps = front + "- {id: a, tool: t, time_h: 1}\n- {id: b, tool: t, time_h: 2}"
    plan = plan_of_line(write, line, f"u: {{}}\nt: {{{tool}}}", steps, 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [4, 7]
    assert totals.blocked.tolist() == [2, 0]
    steps = front + "- {id: a, tool: t, time_h: 1, rework: {chance: 0.5, to: a, limit: 3}}"
    totals = one(plan_of_line(write, "release: {every_h: 1.5}", f"u: {{}}\nt: {{{tool}}}", steps, 200), 0)
    assert totals.sums["lots_finished"] > 50
    steps = "- {id: a, tool: t, time_h: 1}\n- {id: b, tool: t, time_h: 2}"
    plan = plan_of_line(write, "release: {every_h: 50, lots: 1, first_at_h: 3}", f"t: {{{tool}, maintenance: {{m: {{every_h: 4, takes_h: 1}}}}}}",
                        steps, 7.5)
    assert finished_by_stream(one(plan, 0), plan)["main"] == [7]


def test_a_batch_leaves_lot_by_lot_and_an_inline_tool_stands(write: Write) -> None:
    """An oven of two, then b of 2 h without a place: lots go on at 1 and 3 h, the oven is blocked 1–3 and bakes again 3–4."""
    line = "release: {every_h: 50, lots: 4, lots_at_once: 4}"
    plan = plan_of_line(write, line, "a: {batch: {min_panels: 2, max_panels: 2}}\nb: {buffer_lots: 0}",
                        "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 2}", 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [3, 5, 7, 9]
    assert totals.blocked.tolist() == [2 + 3, 0], "again from 4 h, when b works on lot 2 until 5, and on lot 3 until 7"
    plan = plan_of_line(write, line, "a: {inline: {panels: 2}}\nb: {buffer_lots: 0}",
                        "- {id: s, tool: a, time_h: {per_panel: 1}}\n- {id: r, tool: b, time_h: 2}", 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [3, 5, 7, 9]
    assert totals.blocked.tolist() == [3.5 + 1, 0], "lots 2 and 3 are out at 1.5 and 2 h and go on at 3 and 5; lot 4 enters at 5, is out at 6 and goes on at 7"


def test_a_blocked_tool_may_break_and_be_maintained(write: Write) -> None:
    """Down at 3 h for 2 h while blocked 2–4: its lot leaves at 4 all the same; states sum up."""
    tools = "a: {failures: {f: {mtbf_h: {constant: {value: 3}}, mttr_h: {constant: {value: 2}}}}}\nb: {buffer_lots: 0}"
    totals = one(plan := plan_of_line(write, THREE, tools, PAIR, 8), 0)
    assert finished_by_stream(totals, plan)["main"] == [4, 7]
    assert totals.blocked.tolist() == [1 + 1, 0], "2–3; down 3–5; 5–6 lot 3; 6–7 kept; free"
    assert totals.state_hours[0, UNSCHEDULED] == 2
    tools = "a: {maintenance: {m: {every_h: 3, takes_h: 2}}}\nb: {buffer_lots: 0}"
    totals = one(plan := plan_of_line(write, THREE, tools, PAIR, 20), 0)
    assert finished_by_stream(totals, plan)["main"] == [4, 7, 12], "due at 3, done 4–6, when the tool is empty; due at 6, done 6–8; lot 3 from 8 to 9"
    assert totals.blocked.tolist() == [2, 0]


def test_a_blocked_tool_goes_off_and_comes_back_blocked(write: Write) -> None:
    """On 0–2, 5–7, 10–12: lot 2 is done at 2 and kept through the time off, 5–7 as blocked, until b has room: at 10, or at 9 in the time off."""
    for time, ends, seen in ((9, [10, 19], (2, 2, 18)), (8, [9, 17], (2, 2, 18))):
        line = "release: {schedule: [{at_h: 0, lots: 2}]}\nshifts: {d: {on_off_h: [2, 3]}}"
        plan = plan_of_line(write, line, "m: {shift: d}\nn: {buffer_lots: 0}",
                            f"- {{id: a, tool: m, time_h: 1}}\n- {{id: b, tool: n, time_h: {time}}}", 30)
        totals = one(plan, 0)
        assert finished_by_stream(totals, plan)["main"] == ends
        assert (totals.state_hours[0, PRODUCTIVE], totals.blocked[0], totals.state_hours[0, NON_SCHEDULED]) == seen


def test_a_circle_of_blocked_tools_is_named(write: Write) -> None:
    """a → b → a with one place each: a keeps a lot for b, b one for a, and nothing moves any more. More places, or fewer lots, and it runs."""
    steps = "- {id: first, tool: a, time_h: 1}\n- {id: second, tool: b, time_h: 1}\n- {id: third, tool: a, time_h: 1}"
    line = "release: {conwip_lots: %s}"
    stuck = plan_of_line(write, line % 6, "a: {buffer_lots: 1}\nb: {buffer_lots: 1}", steps)
    with pytest.raises(InfeasibleError, match=r"deadlock by blocking at .* h: a is full .* keep lots that wait for room at b \(step second\).*; b is full "
                                              r".* at a \(step third\)"):
        one(stuck, 0)
    fine = one(plan_of_line(write, line % 2, "a: {buffer_lots: 1}\nb: {buffer_lots: 1}", steps), 0)
    assert fine.sums["lots_finished"] > 30


def test_a_full_buffer_in_which_no_batch_comes_together_is_named(write: Write) -> None:
    """Three places, batches of two lots of the same of two steps, and of none are two there."""
    steps = "- {id: one, tool: t, time_h: 1}\n- {id: two, tool: t, time_h: 1}"
    assert "it can never start" in refusal_of_line(write, "release: {every_h: 1}", "t: {buffer_lots: 1, batch: {min_panels: 2, max_panels: 2}}", steps)
    assert "its queue is never full" in refusal_of_line(write, "release: {every_h: 1, when_full: lose}", "t: {}", steps)


def test_all_of_it_together_balances_and_is_the_stated_order(write: Write) -> None:
    """Buffers, rules, preemption, dedication, failures: books balance, nobody exceeds a buffer, and events one by one give the same numbers."""
    plan = plan_of_line(write, BUSY, BUSY_TOOLS, BUSY_STEPS, 1500)
    totals = hold_on_any_calendar(plan)
    assert totals.sums["lots_lost"] > 0
    assert (totals.blocked[[1, 2, 4]] > 0).all()
    assert totals.sums["lots_finished"] > 200


# what can be said before a run -----------------------------------------------------------------------------------------


def test_a_batch_that_never_fills_is_named_before_the_run(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A constant WIP below the smallest batch is refused by check; a release that ends too soon is a warning."""
    tools = "oven: {batch: {min_panels: 4, max_panels: 6}}"
    step = "- {id: cure, tool: oven, time_h: 1}"
    plan = plan_of_line(write, "lot: {panels: 2}\nrelease: {conwip_lots: 1}", tools, step)
    path = str(next(Path(plan.sources[0].rsplit(":", 1)[0]).parent.glob("*.yaml")))
    assert run(["check", path]) == 1
    assert "the batch of oven at step cure never fills: needs 2 lots of 2 panels, and no more than 1 is ever in the line; raise conwip_lots" in " ".join(
        capsys.readouterr().err.split())
    assert plan_of_line(write, "lot: {panels: 2}\nrelease: {conwip_lots: 2}", tools, step).warnings == ()
    assert "never fills" in plan_of_line(write, "lot: {panels: 1}\nrelease: {every_h: 1, lots: 3}", tools, step).warnings[0]
    assert plan_of_line(write, "lot: {panels: 1}\nrelease: {every_h: 1, lots: 4}", tools, step).warnings == ()
    assert plan_of_line(write, "lot: {panels: 1}\nrelease: {conwip_lots: 1}", "oven: {batch: {min_panels: 4, max_panels: 6, longest_wait_h: 1}}",
                        step).warnings == ()


def test_a_line_that_takes_nobody_in_is_written_down_too(write: Write) -> None:
    """Lots that all stay outside have no visits: one tool is taken by another stream for the whole run."""
    line = "releases: {a: {schedule: [{at_h: 0, lots: 2}]}, b: {schedule: [{at_h: 1, lots: 3}]}, c: {schedule: [{at_h: 1}], when_full: lose}}"
    totals = one(plan_of_line(write, line, "t: {buffer_lots: 1}", "- {id: s, tool: t, time_h: 500}"), 0)
    assert (totals.released, totals.sums["lots_lost"], totals.sums["in_line"]) == (2, 1, 2)


def test_a_circle_that_maintenance_hides_for_a_while_is_named_when_it_closes(write: Write) -> None:
    """While a tool of the circle is maintained room might still appear; once it is up, and blocked like the others, none does."""
    tools = "o: {batch: {min_panels: 2, max_panels: 2, by: any}}\nt: {count: 3, inline: {panels: 3}, buffer_lots: 3, maintenance: {m: {every_h: 9, takes_h: 1}}}\nv: {count: 3, inline: {panels: 3}, buffer_lots: 3}"
    steps = "\n".join(f"- {{id: s{i}, tool: {tool}, time_h: 1}}" for i, tool in enumerate("otvtvo"))
    with pytest.raises(InfeasibleError, match=r"deadlock by blocking at .* t is full"):
        one(plan_of_line(write, "release: {every_h: 0.2}", tools, steps, 500), 0)
