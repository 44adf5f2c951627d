"""Tests lots that interrupt others where tools need more than work, by traces worked out by hand and by hours that add up."""

from __future__ import annotations

import pytest
from busy_calendar import hold_on_any_calendar
from lines import Write, finished_by_stream, plan_of_line

from procsim.experiments.replicate import one
from procsim.lots.records import NON_SCHEDULED, PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED
from procsim.planning.plan import HOUR

WORK = "- {id: s, tool: t, time_h: 4}"


PAIR = ("releases: {L: {every_h: 90, lots: 1, priority: %d}, M: {every_h: 90, lots: 1, first_at_h: 0.5, priority: %d}, "
        "H: {every_h: 90, lots: 1, first_at_h: 1, priority: 1}}")


def lots(hot_at: float, others: int = 1, hot: str = "", every: float = 90) -> str:
    """L, who comes at 0 with priority 5, and so many of them; and H with priority 1."""
    return (f"releases: {{L: {{every_h: {every}, lots: {others}, priority: 5}}, "
            f"H: {{every_h: 90, lots: 1, first_at_h: {hot_at}, priority: 1{hot}}}}}")


def tool(text: str) -> str:
    return f"t: {{dispatch: priority, preempt: true, {text}}}"


def test_what_resumes_is_set_up_for_again(write: Write) -> None:
    """Setups of an hour. L 0–2; H: setup 2–3, work 3–7; L: setup 7–8, and the two hours that are left: 8–10. Each pays for its own."""
    plan = plan_of_line(write, lots(2), tool("price_usd: 87600, life_years: 1, setup: {by: product, time_h: 1}"), WORK, 12,
                        ("economics.practical_capacity=1",))
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": [10], "H": [7]}
    assert totals.state_hours[0, [PRODUCTIVE, STANDBY, SCHEDULED]].tolist() == [8, 2, 2]
    assert (totals.by_step["visits"][0], totals.by_step["queue_us"][0]) == (2, 0)
    assert totals.by_step["held_us"][0] / HOUR == 10
    assert totals.cost.sum() == pytest.approx(100)


def test_a_setup_that_is_broken_off_is_lost(write: Write) -> None:
    """The tool is set up for H; L's setup, 0–1, is broken off at 0.5: H needs none (not the three hours from L to H) and has the tool 0.5–4.5; L is set
    up for anew, 4.5–5.5, and works 5.5–9.5. Half an hour more is set up, and paid for by L."""
    plan = plan_of_line(write, lots(0.5), tool("setup: {by: product, table_h: {H: {L: 1}, L: {H: 3}}, first: H}"), WORK, 12)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": [9.5], "H": [4.5]}
    assert (totals.setup_hours[0], totals.setups[0]) == (1.5, 2)
    assert totals.by_step["held_us"][0] / HOUR == 9.5


def test_what_is_set_up_is_asked_as_before_a_setup_that_is_broken_off(write: Write) -> None:
    """The same in a shift of 6 h that all must end in: H, 0.5–4.5, does, with no setup; L does not, 4.5–9.5, and waits for the next one: 8–13."""
    setup = "setup: {by: product, table_h: {H: {L: 1}, L: {H: 3}}, first: H}, shift: d"
    plan = plan_of_line(write, lots(0.5) + "\nshifts: {d: {on_off_h: [6, 2], at_end: no_start}}", tool(setup), WORK)
    assert finished_by_stream(one(plan, 0), plan) == {"L": [13], "H": [4.5]}


@pytest.mark.parametrize(("hot_at", "ends"), [(0.25, [6, 3.25]), (1, [6, 4]), (2.75, [6, 5.75])], ids=["load", "run", "unload"])
def test_a_lot_is_loaded_once(hot_at: float, ends: list[float], write: Write) -> None:
    """Half an hour of load, 2 h of run, half an hour of unload; one operator for both ends. Broken off in any of them, L goes on where it was: in all 6 h of
    the tool and 2 h of the operator, who comes for load and unload of both, and once more for what he was called away from."""
    tools = tool("load_h: 0.5, unload_h: 0.5, attended: {pool: p, during: [load, unload]}")
    plan = plan_of_line(write, lots(hot_at) + "\noperators: {p: 1}", tools, WORK.replace("4", "2"), 8)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": ends[:1], "H": ends[1:]}
    assert totals.state_hours[0, [PRODUCTIVE, STANDBY]].tolist() == [6, 2]
    assert totals.pools.tolist() == [[2, 8, 0, 4 if hot_at == 1 else 5]]
    assert totals.by_step["held_us"][0] / HOUR == 6


def test_the_operator_goes_to_who_called_first(write: Write) -> None:
    """One operator attends the runs of two tools. L, who is interrupted at 1, has him; M, whose tool waits for him since 0.5, gets him 1–5, then H, in L's
    place, 5–9, and L, on M's tool, for the three hours that are left. He is waited for 0.5 h, 4 h and 4 h."""
    plan = plan_of_line(write, PAIR % (6, 5) + "\noperators: {p: 1}", tool("count: 2, attended: {pool: p, during: [run]}"), WORK, 13)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": [12], "M": [5], "H": [9]}
    assert totals.pools.tolist() == [[12, 13, 8.5, 4]]


@pytest.mark.parametrize(("ranks", "speeds", "ends"), [
    ((6, 7), "[2, 1]", {"L": [2], "M": [3.75], "H": [5]}), ((8, 7), "[2, 1]", {"L": [4], "M": [4.5], "H": [3]}),
    ((8, 7), "[2, 4]", {"L": [2], "M": [1.5], "H": [3]})])
def test_the_rest_of_the_work_takes_its_time_on_the_other_tool(ranks: tuple[int, int], speeds: str, ends: dict[str, list[float]], write: Write) -> None:
    """4 h of work; L is on the tool of speed 2 from 0 on, M on the other from 0.5 on, H comes at 1. Taken from M on the slow one, it works 1–5; M has 3.5 h
    to go, and is done in 1.75 h on the fast one, free at 2. Taken from L, it works 1–3; L, with 2 h to go, has the same tool again, 3–4, or, where M is
    done at 1.5 with speed 4, that one, 1.5–2."""
    plan = plan_of_line(write, PAIR % ranks, tool(f"speeds: {speeds}"), WORK)
    assert finished_by_stream(one(plan, 0), plan) == ends


@pytest.mark.parametrize(("shift", "hot_at", "ends"), [
    ("[3, 2], at_end: suspend", 4, [12, 11]), ("[3, 2], at_end: finish", 3.5, [4, 9]), ("[3, 20], at_end: finish", 2.5, [24.5, 6.5]),
    ("[5, 2], at_end: no_start", 2, [4, 11]), ("[6, 2], at_end: no_start", 2, [10, 6])])
def test_in_a_shift_only(shift: str, hot_at: float, ends: list[float], write: Write) -> None:
    """L works 0–3 and is suspended; H, who comes at 4, has the tool as the next shift begins: 5–8, 10–11, L then 11–12. In overtime nobody is interrupted: L
    is done at 4, H 5–9; who comes at 2.5 does it, and ends in overtime himself. With no_start H, who would end at 6, waits for the next shift
    where this one ends at 5, and else interrupts."""
    plan = plan_of_line(write, lots(hot_at) + f"\nshifts: {{d: {{on_off_h: {shift}}}}}", tool("shift: d"), WORK, 30)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": ends[:1], "H": ends[1:]}
    assert totals.by_step["held_us"][0] / HOUR == totals.state_hours[0, PRODUCTIVE] == 8


def test_a_shift_that_begins_while_overtime_goes_on_lets_who_waits_interrupt(write: Write) -> None:
    """On 0–3 and 5–8; L takes 10 h, in overtime 3–5. H, who comes at 4, has the tool from 5 on, for ten hours too."""
    plan = plan_of_line(write, lots(4) + "\nshifts: {d: {on_off_h: [3, 2], at_end: finish}}", tool("shift: d"), WORK.replace("4", "10"), 30)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": [20], "H": [15]}
    assert totals.state_hours[0, NON_SCHEDULED] == 4, "from 20 on: 23–25, 28–30"


@pytest.mark.parametrize(("least", "hot_at", "product", "ends"), [
    (1, 1, "", 6), (2, 1, "", 13), (2, 5, "", 13), (2, 9, "", 14), (2, 1, ", product: L", 5)])
def test_a_minimum_run_of_several_is_not_broken_off_by_a_setup(least: int, hot_at: float, product: str, ends: float, write: Write) -> None:
    """Three lots L of 4 h, setups of an hour. From the first of them, 0–4, H takes the tool where there is no minimum run, or where it needs no setup; of at
    least two it waits for both, until 8; the third, 8–12, is interrupted at 9."""
    plan = plan_of_line(write, lots(hot_at, 3, product, 0.1), tool(f"setup: {{by: product, time_h: 1, min_run_lots: {least}}}"), WORK)
    assert finished_by_stream(one(plan, 0), plan)["H"] == [ends]


def test_a_lot_counts_once_for_the_minimum_run(write: Write) -> None:
    """Runs of at least two lots. L 0–1, H, of the same product, 1–5, and L again, 5–8: two lots, so that K, who comes at 6, waits for the end of L, and is
    set up for 8–9."""
    line = lots(1, hot=", product: L").replace("}}", "}, K: {every_h: 90, lots: 1, first_at_h: 6, priority: 1}}")
    plan = plan_of_line(write, line, tool("setup: {by: product, time_h: 1, min_run_lots: 2}"), WORK)
    assert finished_by_stream(one(plan, 0), plan) == {"L": [8], "H": [5], "K": [13]}


def test_of_equals_the_tool_that_is_set_up_is_taken(write: Write) -> None:
    """A and B, of one priority, are on two tools, B since later; H, of A's product, takes A's tool; of another, B's."""
    line = ("releases: {A: {every_h: 90, lots: 1, priority: 5}, B: {every_h: 90, lots: 1, first_at_h: 1, priority: 5}, "
            "H: {every_h: 90, lots: 1, first_at_h: 2, priority: 1%s}}")
    for product, ends in ((", product: A", {"A": [8], "B": [5], "H": [6]}), ("", {"A": [4], "B": [8], "H": [7]})):
        plan = plan_of_line(write, line % product, tool("count: 2, setup: {by: product, time_h: 1}"), WORK)
        assert finished_by_stream(one(plan, 0), plan) == ends


def test_who_is_interrupted_may_find_a_tool_that_the_other_could_not_take(write: Write) -> None:
    """Speeds 2 and 1, in a shift of 5 h that all must end in. L is on the fast tool, 0–2. At 1.5 H, of 4 h, would end at 5.5 on the slow one, which stands
    idle: it takes the fast one, 1.5–3.5, and L, with 1 h to go, the slow one, 1.5–2.5."""
    plan = plan_of_line(write, lots(1.5) + "\nshifts: {d: {on_off_h: [5, 3], at_end: no_start}}", tool("speeds: [2, 1], shift: d"), WORK)
    assert finished_by_stream(one(plan, 0), plan) == {"L": [2.5], "H": [3.5]}


def test_a_hot_lot_that_comes_during_a_repair_starts_when_it_ends(write: Write) -> None:
    """As at a tool that is one lump of work: L works 0–2, when the tool fails; H comes at 3, works 4–6 and 8–9; L has 1 h to go: 9–10. The operator
    is there whenever the tool works."""
    fails = "failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 2}}, clock: calendar}}"
    plan = plan_of_line(write, lots(3) + "\noperators: {p: 1}", tool(f"attended: {{pool: p, during: [run]}}, {fails}"), WORK.replace("4", "3"), 10)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": [], "H": [9]}
    assert totals.state_hours[0, [PRODUCTIVE, UNSCHEDULED]].tolist() == [6, 4]
    assert totals.pools[0, 0] == 6


def test_a_run_that_is_spoiled_after_it_was_interrupted_is_on_the_books_in_full(write: Write) -> None:
    """L 0–2, H 2–3, L from 3 on; after 4.5 h of work the tool fails and spoils L, which had it for 3.5 h."""
    fails = "failures: {f: {mtbf_h: {constant: {value: 4.5}}, mttr_h: 1, clock: busy, work: scrap}}"
    line = lots(2).replace("H: {", "H: {route: [r], ").replace("L: {", "L: {route: [s], ") + "\noperators: {p: 1}"
    plan = plan_of_line(write, line, tool(f"attended: {{pool: p, during: [run]}}, {fails}"), WORK + "\n- {id: r, tool: t, time_h: 1}", 5)
    totals = one(plan, 0)
    assert (totals.by_step["held_us"] / HOUR).tolist() == [3.5, 1]
    assert totals.state_hours[0, PRODUCTIVE] == totals.pools[0, 0] == 4.5


ALL = ("t: {speeds: [1.5, 1, 0.5], load_min: 10, unload_min: 5, dispatch: priority, preempt: true, shift: d, "
       "attended: [{pool: p, during: [setup, load]}, {pool: q, during: [unload]}], setup: {by: product, time_min: {uniform: {low: 5, high: 25}}, "
       "min_run_lots: %d}, failures: {f: {mtbf_h: 9, mttr_h: 1}, g: {mtbf_h: 7, mttr_h: 0.5, clock: busy, crew: q}}, "
       "maintenance: {m: {every_h: 20, takes_h: 1}}}")


@pytest.mark.parametrize("at_end", ["suspend", "finish", "no_start"])
@pytest.mark.parametrize("least", [1, 3])
def test_hours_add_up_with_all_of_it(at_end: str, least: int, write: Write) -> None:
    """Of lots that have all left, hours charged are productive hours and setup of the tools, operators work as long as is loaded, set up and unloaded
    (with repairs), visits last from their start to their end, and events one by one give the same numbers."""
    line = ("releases:\n" + "\n".join(f"  {name}: {{every_h: {{exponential: {{mean: {mean}}}}}, lots: {count}, priority: {rank}}}"
                                      for name, mean, count, rank in (("a", 2.5, 100, 5), ("b", 4, 60, 5), ("c", 6, 40, 3), ("h", 8, 30, 1)))
            + f"\nshifts: {{d: {{on_off_h: [8, 2, 9, 5], at_end: {at_end}}}}}\noperators: {{p: 1, q: 1}}")
    plan = plan_of_line(write, line, ALL % least, "- {id: s, tool: t, time_h: {uniform: {low: 1, high: 3}}}\n- {id: r, tool: t, time_h: 1}", 3000)
    totals = one(plan, 0)
    assert totals.sums["lots_finished"] == 230
    assert totals.by_step["held_us"].sum() / HOUR == pytest.approx(totals.state_hours[0, PRODUCTIVE] + totals.setup_hours[0], abs=1e-6)
    assert totals.pools[0, 0] == pytest.approx(totals.setup_hours[0] + 460 / 6, abs=1e-6)
    assert totals.pools[1, 0] > 460 / 12
    assert totals.state_hours.sum() == pytest.approx(3 * 3000)
    hold_on_any_calendar(plan)
    one(plan, 0, variable=False)
