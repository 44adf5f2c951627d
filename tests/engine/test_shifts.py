"""Tests shifts, operators and unlike tools, one rule at a time, against a trace made by hand."""

from __future__ import annotations

import pytest
from lines import Write, finished, plan_of_line
from tool_lines import WORK, states

from procsim.experiments.replicate import one

# shifts ----------------------------------------------------------------------------------------------------------------


def test_a_line_may_begin_with_time_off(write: Write) -> None:
    """Off for 3 h, on for 2 h, off for 3 h …: 3 h of work from 0 end at 9."""
    plan = plan_of_line(write, "release: {every_h: 50, lots: 1}\nshifts: {late: {on_off_h: [3, 2], starts: off}}", "t: {shift: late}",
                        "- {id: work, tool: t, time_h: 3}", 10)
    totals = one(plan, 0)
    assert finished(totals) == [9.0]
    assert states(totals) == (3, 1, 0, 0, 6)


def test_clocks_of_failures_stand_still_while_off(write: Write) -> None:
    """Up 4 h, then 1 h of repair; on 3 h, off 5 h. Failure after 4 h up: at 9; repair until 10; the next after 1 h up (to 11) and 3 h more: at 19."""
    tools = "    t: {shift: day, failures: {f: {mtbf_h: {constant: {value: 4}}, mttr_h: {constant: {value: 1}}}}}"
    totals = one(plan_of_line(write, "release: {every_h: 90, first_at_h: 90}\nshifts: {day: {on_off_h: [3, 5]}}", tools, WORK, 20), 0)
    assert totals.failures[0] == 2
    assert states(totals) == (0, 8, 0, 2, 10), "the failure at 19 is mended at 20, in time off"


def test_repairs_go_on_after_the_shift_and_work_waits_for_the_next(write: Write) -> None:
    """3 h of work, failing after 2 h of it; 2 h of repair from 2 to 4, the shift ends at 3: the rest is done from 5."""
    tools = "    t: {shift: day, failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 2}}, clock: busy}}}"
    head = "release: {every_h: 90, lots: 1}\nshifts: {day: {on_off_h: [3, 2], at_end: %s}}"
    for at_end, end, seen in (("suspend", 6.0, (3, 2, 0, 2, 3)), ("finish", 5.0, (3, 3, 0, 2, 2))):
        totals = one(plan_of_line(write, head % at_end, tools, "- {id: work, tool: t, time_h: 3}", 10), 0)
        assert finished(totals) == [end]
        assert states(totals) == seen


def test_what_would_not_end_in_the_shift_lets_shorter_work_go_first(write: Write) -> None:
    """At 2 h, with 2 h left, the run of 3 h that is first in the queue waits for the next shift, and one of 1 h starts."""
    steps = "  - {id: a, tool: t, time_h: 1}\n  - {id: b, tool: t, time_h: 3}"
    head = "release: {every_h: 0.75, lots: 3}\nshifts: {day: {on_off_h: [4, 6], at_end: no_start}}"
    assert states(one(plan_of_line(write, head, "t: {shift: day}", steps, 10), 0)) == (3, 1, 0, 0, 6)
    assert finished(one(plan_of_line(write, head, "t: {shift: day}", steps), 0)) == [13.0, 23.0, 33.0]


def test_a_run_that_no_shift_is_long_enough_for_is_told(write: Write) -> None:
    """It would wait for ever."""
    head = "release: {every_h: 10, lots: 1}\nshifts: {day: {on_off_h: [4, 6], at_end: no_start}}"
    plan = plan_of_line(write, head, "t: {shift: day}", "- {id: a, tool: t, time_h: 5}", 11)
    assert "takes longer than any shift of t" in one(plan, 0).stalled


# operators -------------------------------------------------------------------------------------------------------------


def test_an_operator_who_loads_is_free_during_the_run(write: Write) -> None:
    """Two tools, one loader: 1 h of load, 3 h of run, 1 h of unload. The second tool waits for 1 h, standing by, and again to unload."""
    tools = "    t: {count: 2, load_h: 1, unload_h: 1, attended: {pool: loaders, during: [load, unload]}}"
    totals = one(plan_of_line(write, "release: {every_h: 90, lots: 2, lots_at_once: 2}\noperators: {loaders: 1}", tools,
                              "- {id: a, tool: t, time_h: 3}", 10), 0)
    assert finished(totals) == [5.0, 6.0]
    assert states(totals) == (10, 10, 0, 0, 0)
    assert totals.pools.tolist() == [[4, 10, 1, 4]]


def test_an_attended_run_keeps_its_operator(write: Write) -> None:
    """Setup, load, run and unload attended: he stays, and the other tool waits for all of it."""
    tools = "    t: {count: 2, load_h: 1, attended: [{pool: crew, during: [setup, load]}, {pool: crew, during: [run, unload]}]}"
    totals = one(plan_of_line(write, "release: {every_h: 90, lots: 2, lots_at_once: 2}\noperators: {crew: 1}", tools, "- {id: a, tool: t, time_h: 3}",
                              10), 0)
    assert finished(totals) == [4.0, 8.0]
    assert totals.pools.tolist() == [[8, 10, 4, 2]]


def test_a_failure_sends_the_operator_away(write: Write) -> None:
    """Tool t fails at 2, in the first lot, and at 5, in the second: then the operator turns to u, where the first lot is worked on until
    8, and comes back at 8 though t was mended at 6. The second lot has 2 h to go at t and 3 h at u."""
    tools = """\
    t: {failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 1}}, clock: busy}}, attended: {pool: crew, during: [run]}}
    u: {attended: {pool: crew, during: [run]}}"""
    head = "releases:\n  A: {every_h: 90, lots: 1}\n  B: {every_h: 90, lots: 1}\noperators: {crew: 1}"
    steps = "  - {id: a, tool: t, time_h: 3}\n  - {id: b, tool: u, time_h: 3}"
    totals = one(plan_of_line(write, head, tools, steps, 30, ("line.releases.B.first_at_h=0.5",)), 0)
    assert totals.failures[0] == 2
    assert sorted(finished(totals)) == [8.0, 13.0]


def test_repairs_and_maintenance_wait_for_their_crew(write: Write) -> None:
    """Two tools fail at 4; one technician: the second is mended at 6. Waiting for repair is unscheduled down, for maintenance scheduled."""
    tools = "    t: {count: 2, failures: {f: {mtbf_h: {constant: {value: 4}}, mttr_h: {constant: {value: 1}}, crew: tech}}}"
    head = "release: {every_h: 90, first_at_h: 90}\noperators: {tech: 1}"
    totals = one(plan_of_line(write, head, tools, WORK, 8), 0)
    assert states(totals) == (0, 13, 0, 3, 0)
    assert totals.pools.tolist() == [[2, 8, 1, 2]]
    tools = "    t: {maintenance: {m: {every_h: 4, takes_h: 1, crew: tech}, n: {every_h: 4, takes_h: 1, crew: tech}}}"
    both = "    u: {maintenance: {m: {every_h: 4, takes_h: 2, crew: tech}}}"
    steps = WORK + "\n  - {id: more, tool: u, time_h: 1}"
    totals = one(plan_of_line(write, head, f"{tools}\n{both}", steps, 7.5), 0)
    assert states(totals) == (0, 4, 3.5, 0, 0), "1 h for m from 4, then n waits for the 2 h of u"


def test_operators_work_in_shifts_and_finish_what_they_began(write: Write) -> None:
    """On 2 h, off 8 h: he loads from 1 to 3, in overtime, so that he is there for 5 h, not 4; the next load waits until 10."""
    tools = "    t: {load_h: 2, attended: {pool: loaders, during: [load]}}"
    head = "release: {every_h: 1, first_at_h: 1, lots: 2}\noperators: {loaders: {count: 1, shift: day}}\nshifts: {day: {on_off_h: [2, 8]}}"
    totals = one(plan_of_line(write, head, tools, WORK, 20), 0)
    assert finished(totals) == [4.0, 13.0]
    assert totals.pools.tolist() == [[4, 5, 6, 2]]
    totals = one(plan_of_line(write, head.replace("every_h: 1, first_at_h: 1", "every_h: 0.5"), tools.replace("{load_h", "{count: 2, load_h"), WORK,
                              20), 0)
    assert finished(totals) == [3.0, 13.0], "nothing begins at the instant at which his shift ends"


def test_nothing_begins_when_the_shift_ends(write: Write) -> None:
    """Maintenance due at 4, as the shift ends and a run is over: it is done from 10, first thing in the next shift; a later run follows."""
    tools = "    t: {shift: day, maintenance: {m: {every_h: 4, takes_h: 1}, n: {every_h: 30, takes_h: 2}}}"
    head = "release: {every_h: %s, lots: 2}\nshifts: {day: {on_off_h: [4, 6]}}"
    for every, time, ends in ((1, 4, [4, 25]), (3, 1, [1, 4])):
        totals = one(plan_of_line(write, head % every, tools, f"- {{id: work, tool: t, time_h: {time}}}", 12), 0)
        assert finished(totals) == [end for end in ends if end <= 12]
        assert states(totals)[2] == 2, "due at 4 and 8: an hour each from 10"


# unlike tools ----------------------------------------------------------------------------------------------------------


def test_speed_divides_the_work_only_and_the_first_is_preferred(write: Write) -> None:
    """Load 1 h, work 2 h, unload 1 h at speeds 2, 0.5: 3 h on the first tool and 6 h on the second; a started lot stays."""
    tools = "    t: {speeds: [2, 0.5], load_h: 1, unload_h: 1}"
    plan = plan_of_line(write, "release: {every_h: 0.5, lots: 3}", tools, "- {id: a, tool: t, time_h: 2}", 20)
    totals = one(plan, 0)
    assert finished(totals) == [3.0, 6.5, 6.0]
    assert totals.by_step["process_us"][0] == pytest.approx(12 * 3.6e9)
    assert plan.groups.count.tolist() == [2]
