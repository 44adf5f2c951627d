"""Tests in-line tools, which hold panels in a row, the next in before the last is out. Here a panel takes 4 h to pass a tool that holds four: 1 h at
the entrance."""

from __future__ import annotations

from pathlib import Path

import pytest
from busy_calendar import hold_on_any_calendar
from lines import Write, finished, plan_of, plan_of_line

from procsim.closed_form.solve import solve
from procsim.costs.totals import Totals
from procsim.errors import RecipeError
from procsim.experiments.replicate import one
from procsim.lots.records import STATES
from procsim.planning.checks.infeasible import infeasible
from procsim.planning.plan import HOUR, Plan
from procsim.results.metrics import loads

RELEASE = "release: {schedule: [{at_h: 0, lots: %d}]}"


def plan_inline(write: Write, tool: str, lots: str = RELEASE % 1, horizon: float = 20, line: str = "", steps: str = "", panels: int = 1) -> Plan:
    """Lots of so many *panels* at an in-line tool t, of which *tool* says more, and at a plain one u; *line* is what else the line has."""
    steps = steps or "- {id: a, tool: t, time_h: {per_panel: 4}}"
    return plan_of_line(write, f"lot: {{panels: {panels}}}\n{lots}\n{line}", f"t: {{inline: {{panels: 4}}, {tool}}}\nu: {{}}", steps, horizon)


@pytest.mark.parametrize("horizon", [3, 5.5, 9, 40])
def test_lots_inside_at_the_horizon_count_at_their_step(write: Write, horizon: float) -> None:
    """Wherever lots stand when the run ends, before the entrance, in it or behind it: the WIP of all steps is that of the line."""
    steps = "- {id: a, tool: t, time_h: {per_panel: 4}}\n- {id: b, tool: u, time_h: 1.5}"
    totals = one(plan_inline(write, "count: 2", "release: {every_h: 0.7}", horizon, steps=steps, panels=2), 0)
    assert totals.by_step["stay_area_us"].sum() / HOUR == pytest.approx(totals.wip_lot_hours)
    assert totals.wip_lot_hours > 0


def states(totals: Totals) -> dict[str, float]:
    """Hours of tool t by its state, where there are any."""
    return {name: hours for name, hours in zip(STATES, totals.state_hours[0].tolist(), strict=True) if hours}


def test_the_next_panel_enters_before_the_last_is_out(write: Write) -> None:
    """A lot of 4 is through after 4 × 1 h at the entrance and 3 h more, and the next may enter after 4 h."""
    assert finished(one(plan_inline(write, "", RELEASE % 2, panels=4), 0)) == [7, 11]


def test_lots_leave_in_the_order_in_which_they_entered(write: Write) -> None:
    """A lot of 8 h through it enters at 0, one of 4 h at 2: both are out at 8. On two tools nobody is in the way. Written out or not, it is the same."""
    steps = "- {id: a, tool: t, time_h: {per_panel: 8}}\n- {id: b, tool: t, time_h: {per_panel: 4}}"
    release = "releases:\n  x: {every_h: 50, lots: 1, route: [a]}\n  y: {every_h: 9, lots: 2, first_at_h: 0.5, route: [b]}"
    for count, ends in ((1, [8, 8, 13.5]), (2, [4.5, 8, 13.5])):
        plan = plan_inline(write, f"count: {count}", release, 100, steps=steps)
        assert sorted(finished(hold_on_any_calendar(plan))) == ends


def test_it_is_productive_while_a_panel_is_inside_and_loaded_while_its_entrance_is_taken(write: Write) -> None:
    """SEMI E10: lots come at 0, 10 and 11: in it 0–4 and 10–15, at its entrance for 3 h of 20. (It might take 20 lots: its load is 3/20.)"""
    plan = plan_inline(write, "", "release: {schedule: [{at_h: 0}, {at_h: 10}, {at_h: 11}]}")
    totals = one(plan, 0)
    assert finished(totals) == [4, 14, 15]
    assert states(totals) == {"productive": 9, "standby": 11}
    assert (totals.inside[0], loads([totals])[0, 0]) == (6, pytest.approx(3 / 20))


def test_a_failure_stops_all_that_is_inside(write: Write) -> None:
    """Down 2.5–7.5: the lot has 1.5 h to go, and the next, which comes at 2, half of its hour at the entrance. Calendar clocks run while up."""
    fails = "failures: {f: {mtbf_h: {constant: {value: 2.5}}, mttr_h: {constant: {value: 5}}}}"
    totals = one(plan_inline(write, fails, "release: {schedule: [{at_h: 0}, {at_h: 2}]}", 17), 0)
    assert finished(totals) == [9, 16], "the second is past the entrance at 8, and stands again 10–15 with an hour to go"
    totals = one(plan_inline(write, fails, "release: {schedule: [{at_h: 0}, {at_h: 2}]}", 9.5), 0)
    assert states(totals) == {"productive": 4.5, "unscheduled_down": 5}


def test_a_failure_that_scraps_spoils_all_that_is_inside(write: Write) -> None:
    """At 2.5 one lot is past the entrance, one at it; the third comes later."""
    fails = "failures: {f: {mtbf_h: {constant: {value: 2.5}}, mttr_h: {constant: {value: 1}}, work: scrap}}"
    totals = one(plan_inline(write, fails, "release: {schedule: [{at_h: 0}, {at_h: 2}]}", 9), 0)
    assert (totals.sums["lots_finished"], totals.sums["scrapped"], totals.sums["in_line"]) == (0, 2, 0)
    assert states(totals) == {"productive": 2.5, "standby": 4.5, "unscheduled_down": 2}


@pytest.mark.parametrize(("at_end", "ends", "seen"), [
    ("suspend", [6, 11], {"productive": 7, "standby": 1, "non_scheduled": 4}),
    ("finish", [4, 9], {"productive": 8, "standby": 2, "non_scheduled": 2})])
def test_the_end_of_a_shift(at_end: str, ends: list[float], seen: dict[str, float], write: Write) -> None:
    """On 0–3, 5–8, 10–12. A lot enters at 0, another, that comes at 4, at 5. Suspended, they stand from 3 h and from 8 h on; else the tool goes off
    when all are out, and lets nobody in before."""
    line = f"shifts: {{d: {{on_off_h: [3, 2], at_end: {at_end}}}}}"
    totals = one(plan_inline(write, "shift: d", "release: {schedule: [{at_h: 0}, {at_h: 4}]}", 12, line), 0)
    assert (finished(totals), states(totals)) == (ends, seen)


def test_nothing_starts_that_does_not_get_out_in_time(write: Write) -> None:
    """On 5 of 8 h, and 4 h inside: who comes at 2 enters at 8. A shift of 3 h is shorter than the way through."""
    line = "shifts: {d: {on_off_h: [%g, 3], at_end: no_start}}"
    assert finished(one(plan_inline(write, "shift: d", "release: {schedule: [{at_h: 0}, {at_h: 2}]}", 20, line % 5), 0)) == [4, 12]
    assert "takes 4 h at t, and no shift of d is longer than 3 h" in infeasible(plan_inline(write, "shift: d", RELEASE % 1, 20, line % 3))[0]


def test_maintenance_waits_until_all_are_out_and_lets_nobody_in(write: Write) -> None:
    """Due at 5 h: who entered at 4 is out at 8, it is done 8–9, and who came at 5.5 enters then."""
    plan = plan_inline(write, "maintenance: {m: {every_h: 5, takes_h: 1}}", "release: {schedule: [{at_h: 4}, {at_h: 5.5}]}", 9.5)
    totals = one(plan, 0)
    assert finished(totals) == [8]
    assert states(totals) == {"productive": 4.5, "standby": 4, "scheduled_down": 1}
    plan = plan_inline(write, "maintenance: {m: {every_panels: 2, takes_h: 1}}", "release: {schedule: [{at_h: 0, lots: 3}]}", 20)
    assert finished(one(plan, 0)) == [4, 5, 10], "after two panels, which are out at 5"


def test_a_tool_down_at_the_horizon_keeps_what_it_has(write: Write, tmp_path: Path) -> None:
    """What is left of the way out is counted from where the lot stands."""
    fails = "failures: {f: {mtbf_h: {constant: {value: 2.5}}, mttr_h: {constant: {value: 50}}}}"
    totals = one(plan_inline(write, fails, horizon=10), 0)
    assert [us / HOUR for us in totals.wip.left_us.tolist()] == [1.5]
    assert solve(plan_inline(write, "")).time.raw_process_h == 4


def test_what_is_out_as_the_shift_ends_is_out_in_time(write: Write) -> None:
    """A panel an hour, 3 h through: at 8 h the sixth is out, the seventh has just entered."""
    plan = plan_of(write, "line:\n  release: {every_h: 1, lots: 8}\n  shifts: {d: {on_off_h: [8, 16]}}\n"
                           "  tools: {t: {inline: {panels: 3}, shift: d}}\nrun: {horizon_h: 30, warmup_h: 0}\n"
                           "steps:\n  - {id: a, tool: t, time_h: {per_panel: 3}}\n")
    assert finished(one(plan, 0)) == [3, 4, 5, 6, 7, 8, 25, 26]


def test_nobody_overtakes_a_lot_that_is_kept_at_the_exit(write: Write) -> None:
    """Two lots enter at 0 and 0.75 for a machine of 5 h without room, a third at 1.5 for another: the row stands while the second is kept, 3.75–8, and
    the third is out as much later as it had to go."""
    line = "releases:\n    A: {every_h: 90, lots: 2, lots_at_once: 2, route: [a, b]}\n    B: {every_h: 90, lots: 1, first_at_h: 0.5, route: [a, c]}"
    plan = plan_of(write, f"line:\n  {line}\n  tools: {{t: {{inline: {{panels: 4}}}}, n: {{buffer_lots: 0}}, p: {{}}}}\n"
                           "run: {horizon_h: 40, warmup_h: 0}\nsteps:\n  - {id: a, tool: t, time_h: {per_panel: 3}}\n  - {id: b, tool: n, time_h: 5}\n"
                           "  - {id: c, tool: p, time_h: 1}\n")
    totals = one(plan, 0)
    assert sorted(finished(totals)) == [8, 8 + (4.5 - 3.75) + 1, 13]
    assert totals.blocked[0] == 8 - 3.75


def test_a_lot_past_the_entrance_at_the_horizon_is_no_visit_yet(write: Write) -> None:
    """Set up for an hour for every other product: of three lots two are past the entrance, or at it, when the run ends. The first, which needed no
    setup, is done, and has had the entrance for an hour."""
    plan = plan_inline(write, "setup: {by: product, time_h: 1}", "releases: {A: {schedule: [{at_h: 0}, {at_h: 4}]}, B: {schedule: [{at_h: 2}]}}", 6.2)
    totals = one(plan, 0)
    assert [totals.by_step[name][0] / HOUR for name in ("held_us", "process_us")] == [1, 4]
    assert totals.sums["in_line"] == 2


def test_the_way_through_takes_its_time_by_the_speed(write: Write) -> None:
    """Speeds 2 and 1: lots that come together are out after 2 and 4 h; the third enters the fast tool after half an hour. Both tools busy, a lot takes
    8/3 h on average, and has an entrance for 2/3 h."""
    plan = plan_inline(write, "speeds: [2, 1]", RELEASE % 3, 10)
    totals = one(plan, 0)
    assert sorted(finished(totals)) == [2, 2.5, 4]
    assert states(totals) == {"productive": 2.5 + 4, "standby": 13.5}
    assert [totals.by_step[name][0] / HOUR for name in ("held_us", "process_us")] == [2, 8]
    closed = solve(plan)
    assert (closed.time.raw_process_h, closed.tools.held_h[0]) == pytest.approx((8 / 3, 2 / 3))
    plan = plan_inline(write, "speeds: [2, 1]", "release: {every_h: 0.334}", 400)
    totals = one(plan, 0, variable=False)
    assert totals.by_step["process_us"][0] / totals.by_step["visits"][0] / HOUR == pytest.approx(8 / 3, rel=0.01)
    assert loads([totals])[0, 0] == pytest.approx(solve(plan).tools.load[0], rel=0.01)


def test_a_fast_tool_begins_what_the_slow_one_could_not_end_in_its_shift(write: Write) -> None:
    """3 of 8 h: 4 h at speed 1 and 2 h at speed 2. Nothing is longer than all shifts; on the fast tool lots enter at 0, 0.5 and 1, and the next at 8."""
    line = "shifts: {d: {on_off_h: [3, 5], at_end: no_start}}"
    plan = plan_inline(write, "speeds: [1, 2], shift: d", RELEASE % 4, 20, line)
    assert infeasible(plan) == ()
    assert finished(one(plan, 0)) == [2, 2.5, 3, 10]
    assert "takes 3.2 h at t, and no shift of d" in infeasible(plan_inline(write, "speeds: [1, 1.25], shift: d", RELEASE % 4, 20, line))[0]


def test_an_operator_loads_at_the_entrance(write: Write) -> None:
    """Half an hour each, one loader. Two lots at 0 on two tools: loaded 0–0.5 and 0.5–1, an hour at the entrance, out after three more: 4.5 and 5. The third
    is loaded 1.5–2, while the first is inside, and out at 6. The fourth's loader, who is to come at 2, comes at once: 2–2.5, 3.5, 6.5."""
    plan = plan_inline(write, "count: 2, load_h: 0.5, attended: {pool: p, during: [load]}", RELEASE % 4, 10, "operators: {p: 1}")
    totals = one(plan, 0)
    assert finished(totals) == [4.5, 5, 6, 6.5]
    assert states(totals) == {"productive": 6 + 6, "standby": 4 + 4}
    assert totals.pools.tolist() == [[2, 10, 0.5, 4]]
    assert totals.by_step["held_us"][0] / HOUR == 4 * 1.5


def test_without_variability_who_loads_is_as_busy_as_the_closed_form_says(write: Write) -> None:
    """Half an hour of every five, and the entrance for 2.5."""
    plan = plan_inline(write, "load_h: 0.5, attended: {pool: p, during: [load]}", "release: {every_h: 5}", 5000, "operators: {p: 1}", panels=2)
    totals, closed = one(plan, 0, variable=False), solve(plan)
    assert totals.pools[0, 0] / totals.pools[0, 1] == pytest.approx(closed.operators.load[0], rel=2e-3) == pytest.approx(0.1, rel=2e-3)
    assert loads([totals])[0, 0] == pytest.approx(closed.tools.load[0], rel=2e-3) == pytest.approx(0.5, rel=2e-3)


def test_nobody_unloads_at_the_entrance(write: Write) -> None:
    """What is unloaded is at the exit, with others behind it."""
    with pytest.raises(RecipeError, match="unloaded at its exit"):
        plan_inline(write, "unload_h: 0.5, attended: {pool: p, during: [unload]}", line="operators: {p: 1}")
