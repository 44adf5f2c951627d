"""Tests lots that return to the very tool that had them, where tools need more than work, by traces worked out by hand."""

from __future__ import annotations

import pytest
from lines import Write, finished_by_stream, plan_of_line

from procsim.closed_form.solve import solve
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.experiments.replicate import one
from procsim.lots.records import NON_SCHEDULED, PRODUCTIVE, STANDBY

LINE = "releases: {x: {every_h: 50, lots: 1}, z: {every_h: 50, lots: 1, first_at_h: 1}, v: {every_h: 50, lots: 1, first_at_h: 3}}"
STEPS = "- {id: s, tool: t, time_h: 1}\n- {id: m, tool: u, time_h: 1}\n- {id: r, tool: t, time_h: 4, same_tool_as: s}"
"""Two tools t: x comes at 0, z at 1, v at 3; each is at t for an hour, elsewhere for an hour, and at the same t for four."""


def hours(totals: Totals, state: int) -> float:
    """Of tool group t in a state."""
    return float(totals.state_hours[0, state])


def test_a_tool_is_set_up_for_the_lot_that_returns(write: Write) -> None:
    """Half an hour of setup from step to step. x and z have tool 1, set up for s, at 0–1 and 1–2; x is back at 2: setup, 2.5–6.5; z is back at 3 and
    waits for tool 1, set up for r by then: 6.5–10.5. v takes tool 2, at 3 as new as at 0: 3–4, and, set up for r, 5.5–9.5."""
    plan = plan_of_line(write, LINE, "t: {count: 2, setup: {by: step, time_min: 30}}\nu: {count: 3}", STEPS, 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"x": [6.5], "z": [10.5], "v": [9.5]}
    assert (totals.setup_hours[0], totals.setups[0]) == (1, 2)
    assert (hours(totals, PRODUCTIVE), hours(totals, STANDBY)) == (15, 24)


def test_a_minimum_run_waits_for_lots_that_the_tool_may_take(write: Write) -> None:
    """Setups of an hour by product, after three lots. Tool 1 has B 0–1, then, set up anew, A2 2.05–3.05: one lot. There wait then B, for tool 1, and A3,
    for tool 2, which has A1 2.5–6.5: A3 is no reason for tool 1 to stay set up for A. B: 4.05–8.05; A2, back at 3.55: 9.05–13.05; A3: 6.5–10.5."""
    line = "releases: {B: {schedule: [{at_h: 0}]}, A: {schedule: [{at_h: 0.1}, {at_h: 1.05}, {at_h: 1.5}]}}"
    tools = "t: {count: 2, setup: {by: product, time_h: 1, min_run_lots: 3}}\nu: {count: 4}"
    plan = plan_of_line(write, line, tools, STEPS.replace("u, time_h: 1", "u, time_h: 0.5"))
    assert finished_by_stream(one(plan, 0), plan) == {"B": [8.05], "A": [6.5, 13.05, 10.5]}


def test_least_setup_asks_the_tool_that_the_lot_returns_to(write: Write) -> None:
    """Tool 1 is set up for A, and tool 2, which had B, for C, as a shift begins at 5. C2 waits, who needs 1 h of setup at tool 1 and none at tool 2, and B,
    who returns to tool 2 and needs half an hour there (2 h at tool 1): B goes first, 5.5–7.5, and C2 takes tool 1, 6–6.5."""
    line = ("releases:\n  A: {every_h: 1, lots: 2, route: [s]}\n  B: {every_h: 90, lots: 1, first_at_h: 0.1}\n"
            "  C: {schedule: [{at_h: 1.2}, {at_h: 3.5}], route: [s]}\nshifts: {d: {on_off_h: [3, 2]}}")
    tools = "t: {count: 2, shift: d, dispatch: least_setup, setup: {by: product, table_h: {A: {C: 1, B: 2}, B: {C: 1}, C: {B: 0.5}}}}\nu: {}"
    steps = "- {id: s, tool: t, time_h: 0.5}\n- {id: m, tool: u, time_h: 3.4}\n- {id: r, tool: t, time_h: 2, same_tool_as: s}"
    plan = plan_of_line(write, line, tools, steps)
    assert finished_by_stream(one(plan, 0), plan) == {"A": [0.5, 1.5], "B": [7.5], "C": [2.7, 6.5]}


def test_an_operator_loads_the_tool_that_the_lot_returns_to(write: Write) -> None:
    """One loader, half an hour a lot. x and z come at 0: tool 1 is loaded 0–0.5, tool 2 0.5–1. v comes at 2 and has tool 1 until 3.5, for which x, back at
    2.5, waits, though tool 2 stands free until z is back at 3: x 3.5–8, z 3–7.5, v, back at 4.5, 8–12.5."""
    line = LINE.replace("first_at_h: 1", "first_at_h: 0").replace("first_at_h: 3", "first_at_h: 2") + "\noperators: {loader: 1}"
    plan = plan_of_line(write, line, "t: {count: 2, load_h: 0.5, attended: {pool: loader, during: [load]}}\nu: {count: 3}", STEPS, 20)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"x": [8], "z": [7.5], "v": [12.5]}
    assert totals.pools.tolist() == [[3, 20, 0.5, 6]]
    assert (hours(totals, PRODUCTIVE), hours(totals, STANDBY)) == (18, 22)


@pytest.mark.parametrize(("shift", "ends", "off"), [("[3, 2], at_end: suspend", {"x": [8], "z": [16], "v": [13]}, 16),
                                                    ("[5, 2], at_end: no_start", {"x": [11], "z": [18], "v": [25]}, 10)])
def test_a_lot_returns_to_its_tool_in_a_shift(shift: str, ends: dict[str, list[float]], off: float, write: Write) -> None:
    """Suspended: x has tool 1 at 2–3 and 5–8, z at 10–13 and 15–16; v, which comes at 3, tool 2 at 5–6, 7–8 and 10–13. With no_start, neither x (back at 2)
    nor z fits into 0–5, and v passes both at tool 1, 3–4: it returns to that too. x 7–11, z 14–18, v 21–25: a run a shift."""
    plan = plan_of_line(write, LINE + f"\nshifts: {{d: {{on_off_h: {shift}}}}}", "t: {count: 2, shift: d}\nu: {count: 3}", STEPS,
                        20 if off == 16 else 26)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == ends
    assert hours(totals, NON_SCHEDULED) == 2 * off - (16 if off == 16 else 8)


def test_a_lot_returns_to_a_slow_tool_though_a_fast_one_is_free(write: Write) -> None:
    """Speeds 2 and 1: x on the first 0–0.5 and 1.5–3.5, z on the second 0–1 and 2–6."""
    plan = plan_of_line(write, LINE.replace("first_at_h: 1", "first_at_h: 0").replace(", v: {every_h: 50, lots: 1, first_at_h: 3}", ""),
                        "t: {speeds: [2, 1]}\nu: {count: 3}", STEPS)
    assert finished_by_stream(one(plan, 0), plan) == {"x": [3.5], "z": [6]}


def test_who_does_not_fit_keeps_his_place(write: Write) -> None:
    """x, back at 2, waits for tool 1, which has w 1.5–4.5, and L, which comes at 3, for a shift that is long enough. In the next one x, who came first,
    has tool 1, and L the other: nobody was put before x by being passed over."""
    line = ("releases: {x: {every_h: 90, lots: 1, route: [s, m, r]}, w: {every_h: 90, lots: 1, first_at_h: 1.5, route: [w]},\n"
            "  L: {every_h: 90, lots: 1, first_at_h: 3, route: [l]}}\nshifts: {d: {on_off_h: [5, 3], at_end: no_start}}")
    plan = plan_of_line(write, line, "t: {count: 2, shift: d}\nu: {}", "- {id: l, tool: t, time_h: 4}\n- {id: w, tool: t, time_h: 3}\n" + STEPS)
    assert finished_by_stream(one(plan, 0), plan) == {"x": [12], "w": [4.5], "L": [12]}


def test_a_lot_whose_own_tool_is_too_slow_for_any_shift_is_told(write: Write) -> None:
    """z returns to the tool of speed 1, whose shift of 3 h ends before its 4 h are over; the other one would do."""
    line = LINE.replace("first_at_h: 1", "first_at_h: 0").replace(", v: {every_h: 50, lots: 1, first_at_h: 3}", "")
    plan = plan_of_line(write, line + "\nshifts: {d: {on_off_h: [3, 2], at_end: no_start}}", "t: {speeds: [2, 1], shift: d}\nu: {count: 3}", STEPS,
                        101)
    run = simulate(plan, 0, lambda _block: None)
    assert "a lot waits at t for step r, which takes longer than any shift of t lasts" in run.stalled


def test_without_variability_dedicated_tools_are_as_busy_as_the_closed_form_says(write: Write) -> None:
    """Load of tools and operators to rounding: who does the work is no matter."""
    steps = STEPS.replace("time_h: 4", "time_h: {exponential: {mean: 1.5}}")
    plan = plan_of_line(write, "release: {every_h: 2}\noperators: {p: 1}",
                        "t: {count: 3, load_h: 0.25, attended: {pool: p, during: [load]}}\nu: {count: 3}", steps, 2000, ("run.warmup_h=200",))
    totals, closed = one(plan, 0, variable=False), solve(plan)
    assert totals.pools[0, 0] / totals.pools[0, 1] == pytest.approx(closed.operators.load[0], abs=1e-3)
    assert totals.state_hours[0, PRODUCTIVE] / totals.state_hours[0, [PRODUCTIVE, STANDBY]].sum() == pytest.approx(closed.tools.load[0], abs=1e-3)


def test_who_is_interrupted_where_he_returns_to_resumes_on_that_tool(write: Write) -> None:
    """x and y have the two tools from 0 on; H takes that of y 0.5–2.5. y, with half an hour of s to go, waits for it, though x's tool is free 1–2: for y is to
    return to the tool that did s. y 2.5–3, 4–8; x 2–6."""
    line = ("releases: {x: {every_h: 50, lots: 2, lots_at_once: 2, priority: 5, route: [s, m, r]}, "
            "H: {every_h: 50, lots: 1, first_at_h: 0.5, priority: 1, route: [q]}}")
    plan = plan_of_line(write, line, "t: {count: 2, dispatch: priority, preempt: true}\nu: {count: 3}", STEPS + "\n- {id: q, tool: t, time_h: 2}")
    assert finished_by_stream(one(plan, 0), plan) == {"x": [6, 8], "H": [2.5]}


def test_a_lot_interrupts_on_the_tool_that_it_returns_to(write: Write) -> None:
    """x, back at 2, takes tool 1 from z, of priority 5, and not tool 2 from w, of 9: 2–6. z, with 3 h to go, takes that one from w: 2–5, and w, with 3.2 h to
    go, ends at 8.2."""
    line = ("releases: {x: {every_h: 50, lots: 1, priority: 1, route: [s, m, r]}, z: {every_h: 50, lots: 1, first_at_h: 1, priority: 5, route: [q]}, "
            "w: {every_h: 50, lots: 1, first_at_h: 1.2, priority: 9, route: [q]}}\noperators: {p: 2}")
    for more in ("", ", attended: {pool: p, during: [run]}"):
        plan = plan_of_line(write, line, f"t: {{count: 2, dispatch: priority, preempt: true{more}}}\nu: {{}}",
                            STEPS + "\n- {id: q, tool: t, time_h: 4}")
        assert finished_by_stream(one(plan, 0), plan) == {"x": [6], "z": [5], "w": [8.2]}
