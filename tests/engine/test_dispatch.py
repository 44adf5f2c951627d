"""Tests who goes first: every rule, preemption and dedication against a trace worked out by hand."""

from __future__ import annotations

import pytest
from lines import Write, finished_by_stream, plan_of, plan_of_line, refusal_of_line

from procsim import tables
from procsim.experiments.replicate import one
from procsim.lots.records import PRODUCTIVE, STANDBY
from procsim.planning.plan import HOUR
from procsim.results import metrics

# dispatch rules --------------------------------------------------------------------------------------------------------


JOBS = """\
releases:
  a: {every_h: 1, lots: 1, priority: 3, due_h: 30}
  b: {every_h: 1, lots: 1, first_at_h: 1, priority: 2, due_h: 20}
  c: {every_h: 1, lots: 1, first_at_h: 2, priority: 1, due_h: 40}
  d: {every_h: 1, lots: 1, first_at_h: 3, priority: 2, due_h: 10}
"""
"""a holds the tool until 4 h; b, c and d wait then, in this order."""


@pytest.mark.parametrize(
    ("rule", "order"),
    [("fifo", "bcd"), ("priority", "cbd"), ("edd", "dbc"), ("critical_ratio", "dbc"), ("least_setup", "bcd"), ("longest_remaining_work", "bcd")],
)
def test_rules_say_who_goes_first(write: Write, rule: str, order: str) -> None:
    """Lots of 4 h each: at 4, 8 and 12 h the tool takes what the rule puts first, ties by order of arrival (least_setup: no setups)."""
    plan = plan_of_line(write, JOBS, f"t: {{dispatch: {rule}}}", "- {id: s, tool: t, time_h: 4}")
    ends = finished_by_stream(one(plan, 0), plan)
    assert "".join(sorted("bcd", key=lambda name: ends[name][0])) == order
    assert sorted(x for hours in ends.values() for x in hours) == [4, 8, 12, 16]


def test_a_rule_of_the_line_holds_where_a_tool_group_has_none(write: Write) -> None:
    """The line says priority, the second tool group fifo."""
    plan = plan_of_line(write, JOBS + "dispatch: priority", "t: {}\nu: {dispatch: fifo}", "- {id: s, tool: t, time_h: 4}")
    assert plan.discipline.rule == ("priority",)
    plan = plan_of_line(write, JOBS + "dispatch: priority", "t: {}\nu: {dispatch: fifo}",
                        "- {id: s, tool: t, time_h: 4}\n- {id: r, tool: u, time_h: 1}")
    assert plan.discipline.rule == ("priority", "fifo")


def test_spt_takes_the_shortest_of_those_that_wait(write: Write) -> None:
    """At the second visit a lot takes 1 h, at the first 3 h: second visits go first. Lots at 0, 0.5, 1: 0–3 first, 3–4 second, …"""
    line, steps = "release: {every_h: 0.5, lots: 3}", "- {id: long, tool: t, time_h: 3}\n- {id: short, tool: t, time_h: 1}"
    assert finished_by_stream(one(plan := plan_of_line(write, line, "t: {dispatch: spt}", steps), 0), plan)["main"] == [4, 8, 12]
    assert finished_by_stream(one(plan := plan_of_line(write, line, "t: {dispatch: longest_remaining_work}", steps), 0), plan)["main"] == [10, 11, 12]
    assert finished_by_stream(one(plan := plan_of_line(write, line, "t: {dispatch: fifo}", steps), 0), plan)["main"] == [10, 11, 12]


def test_critical_ratio_is_asked_for_when_the_tool_is_free(write: Write) -> None:
    """Two steps of 4 h at one tool. At 4 h: b needs 8 h and is due at 21 h (ratio 17/8), a needs 4 h and is due at 9 h (5/4): a first.
    With a due at 16 h it is 12/4, and b goes first; at 8 h a has 8/4, b 13/4: a."""
    line = "releases:\n  a: {every_h: 1, lots: 1, due_h: %s}\n  b: {every_h: 1, lots: 1, first_at_h: 1, due_h: 20}"
    steps = "- {id: s, tool: t, time_h: 4}\n- {id: r, tool: t, time_h: 4}"
    for due, ends in ((9, {"a": [8], "b": [16]}), (16, {"a": [12], "b": [16]})):
        plan = plan_of_line(write, line % due, "t: {dispatch: critical_ratio}", steps)
        assert finished_by_stream(one(plan, 0), plan) == ends


def test_rules_order_batches_by_their_heads(write: Write) -> None:
    """Two pairs wait, of different steps; the pair whose head is due first runs first."""
    line = "release: {every_h: 1, lots: 4, due_h: 50}"
    tools = "t: {dispatch: %s, batch: {min_panels: 2, max_panels: 2}}\nu: {count: 1}"
    steps = "- {id: s, tool: t, time_h: 10}\n- {id: r, tool: t, time_h: 1}"
    fifo = plan_of_line(write, line, tools % "fifo", steps)
    assert finished_by_stream(one(fifo, 0), fifo)["main"] == [22, 22, 23, 23], "lots 3 and 4 came before lots 1 and 2 came back: 1–11, 11–21, 21–22, 22–23"
    edd = plan_of_line(write, line, tools % "edd", steps)
    assert finished_by_stream(one(edd, 0), edd)["main"] == [12, 12, 23, 23], "lots 1 and 2 are due first, again"


def test_rules_by_date_need_dates(write: Write) -> None:
    """edd and critical_ratio name the stream whose lots have none."""
    line = "releases: {a: {every_h: 1, due_h: 3}, b: {every_h: 1}}\ndispatch: edd"
    assert "lots of stream 'b' have no due date" in refusal_of_line(write, line, "t: {}", "- {id: s, tool: t, time_h: 1}")


def test_tardiness_counts_late_lots_only(write: Write) -> None:
    """Lots of 4 h that come together, allowed 5 h: 0, 3 and 7 h late; two of three are late. Without dates there is no such figure."""
    plan = plan_of_line(write, "release: {every_h: 50, lots: 3, lots_at_once: 3, due_min: 300}", "t: {}", "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    found = {m.name: metrics.estimate(m, [totals], 0.95).mean for m in metrics.metrics_of(plan)}
    assert (found["tardiness"], found["tardy_lots"]) == (pytest.approx(10 / 3), pytest.approx(2 / 3))
    assert list(tables.lots(plan, [totals])["due_h"]) == [5, 5, 5]
    plain = plan_of_line(write, "release: {every_h: 50}", "t: {}", "- {id: s, tool: t, time_h: 4}")
    assert "tardiness" not in {m.name for m in metrics.metrics_of(plain)}
    assert "due_h" not in tables.lots(plain, [one(plain, 0)])


def test_due_dates_may_vary_and_keep_their_random_numbers(write: Write) -> None:
    """An allowance by a distribution is each lot's own, whatever the dispatch rule."""
    line, steps = "release: {every_h: 1, lots: 50, due_h: {uniform: {low: 2, high: 40}}}", "- {id: s, tool: t, time_h: 1.5}"
    first, second = (tables.lots(p, [one(p, 0)]) for p in (plan_of_line(write, line, f"t: {{dispatch: {rule}}}", steps,
                                                                        200) for rule in ("fifo", "edd")))
    assert (first["due_h"] == second["due_h"]).all()
    assert first["due_h"].nunique() == 50
    assert (first["finished_h"] != second["finished_h"]).any()


# preemption ------------------------------------------------------------------------------------------------------------


HOT = """\
releases:
  slow: {every_h: 1, lots: 2, priority: 5}
  hot: {every_h: 3, lots: 2, first_at_h: 2, priority: 1}
"""


def test_a_hot_lot_interrupts_and_the_work_resumes(write: Write) -> None:
    """Slow lots of 4 h at 0 and 1, hot ones at 2 and 5: 0–2 slow 1, 2–6 hot 1, 6–10 hot 2, 10–12 slow 1 again (ahead of its class), 12–16 slow 2."""
    plan = plan_of_line(write, HOT, "t: {dispatch: priority, preempt: true, price_usd: 87600, life_years: 1}", "- {id: s, tool: t, time_h: 4}", 16.5,
                        ("economics.practical_capacity=1",))
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"slow": [12, 16], "hot": [6, 10]}
    assert totals.by_step["visits"].tolist() == [4]
    assert totals.by_step["queue_us"][0] / HOUR == 11 + 1, "slow 2 waits from 1 to 12, hot 2 from 5 to 6"
    assert totals.by_step["held_us"][0] / HOUR == 16
    assert totals.state_hours[0, [PRODUCTIVE, STANDBY]].tolist() == [16, 0.5]
    assert totals.cost.sum() == pytest.approx(16 * 10), "a tool of 10 USD an hour is paid for once"


def test_a_lot_that_comes_as_another_leaves_is_asked_too(write: Write) -> None:
    """One lot of each of two streams is in the line at any time, and the tool takes 1 h: as an urgent lot leaves, the next one comes, and goes
    ahead of the other stream's lot, which waits to the end."""
    text = """line:
  releases: {urgent: {conwip_lots: 1, priority: 1}, other: {conwip_lots: 1, priority: 2}}
  dispatch: priority
  tools: {t: {}}
run: {horizon_h: 9.5, warmup_h: 0, replications: 1}
steps: [{id: a, tool: t, time_h: 1}]
"""
    plan = plan_of(write, text)
    assert finished_by_stream(one(plan, 0), plan) == {"urgent": [1, 2, 3, 4, 5, 6, 7, 8, 9], "other": []}


def test_without_preemption_a_hot_lot_waits_for_the_run(write: Write) -> None:
    """0–4 slow 1, 4–8 and 8–12 hot, 12–16 slow 2."""
    plan = plan_of_line(write, HOT, "t: {dispatch: priority}", "- {id: s, tool: t, time_h: 4}")
    assert finished_by_stream(one(plan, 0), plan) == {"slow": [4, 16], "hot": [8, 12]}


def test_the_highest_number_is_interrupted_and_equals_are_not(write: Write) -> None:
    """Two tools work on priorities 5 and 7; a 6 takes the tool of the 7, another 6 takes none."""
    line = """\
releases:
  five: {every_h: 1, lots: 1, priority: 5}
  seven: {every_h: 1, lots: 1, priority: 7}
  six: {every_h: 1, lots: 2, first_at_h: 1, priority: 6}
"""
    plan = plan_of_line(write, line, "t: {count: 2, dispatch: priority, preempt: true}", "- {id: s, tool: t, time_h: 4}")
    assert finished_by_stream(one(plan, 0), plan) == {"five": [4], "seven": [8], "six": [5, 8]}, "the 7 has 3 h left at 5 h"


def test_what_ends_as_the_tool_fails_has_ended(write: Write) -> None:
    """5 h of work and a failure at 5 h: the lot is done and not scrapped; the next one, from 6, is done at 11, as the tool fails again."""
    for tool in ("work: scrap", "work: resume"):
        tools = f"t: {{failures: {{f: {{mtbf_h: {{constant: {{value: 5}}}}, mttr_h: {{constant: {{value: 1}}}}, {tool}}}}}}}"
        totals = one(plan := plan_of_line(write, "release: {every_h: 1, lots: 2}", tools, "- {id: s, tool: t, time_h: 5}", 20), 0)
        assert finished_by_stream(totals, plan)["main"] == [5, 11]
        assert totals.sums["scrapped"] == 0


def test_an_interrupted_lot_survives_a_breakdown_and_the_horizon(write: Write) -> None:
    """By busy time the tool breaks after every 3 h of work, whoever is in it: 0–2 slow, 2–3 hot, repair 3–4, 4–7 hot, …"""
    tools = "t: {dispatch: priority, preempt: true, failures: {f: {mtbf_h: {constant: {value: 3}}, mttr_h: {constant: {value: 1}}, clock: busy}}}"
    line = HOT.replace("lots: 2", "lots: 1")
    plan = plan_of_line(write, line, tools, "- {id: s, tool: t, time_h: 4}")
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"slow": [10], "hot": [7]}, "the run that ends at 7 h uses the clock up; the repair comes with the next run"
    short = one(plan_of_line(write, line, tools, "- {id: s, tool: t, time_h: 4}", 5), 0)
    assert short.sums["in_line"] == 2


def test_a_hot_lot_that_comes_during_a_repair_starts_when_it_ends(write: Write) -> None:
    """L works 0–2, when the tool fails; H comes at 3, works 4–6, when it fails again, and 8–9; L has 1 h to go: 9–10."""
    line = "releases: {L: {every_h: 90, lots: 1, priority: 5}, H: {every_h: 90, lots: 1, first_at_h: 3, priority: 1}}"
    tool = ("t: {dispatch: priority, preempt: true, "
            "failures: {f: {mtbf_h: {constant: {value: 2}}, mttr_h: {constant: {value: 2}}, clock: calendar}}}")
    plan = plan_of_line(write, line, tool, "- {id: s, tool: t, time_h: 3}")
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"L": [10], "H": [9]}
    assert totals.state_hours[0, PRODUCTIVE] == 6
    assert totals.by_step["process_us"][0] == 6 * HOUR


def test_preemption_is_refused_where_it_cannot_be(write: Write) -> None:
    """Batch and in-line tools are not interrupted, and it takes priorities to say who may."""
    steps = "- {id: s, tool: t, time_h: 4}"
    for kind in ("batch: {max_panels: 2}", "inline: {panels: 3}"):
        assert "cannot be interrupted" in refusal_of_line(write, HOT, f"t: {{dispatch: priority, preempt: true, {kind}}}", steps)
    assert "preempt goes with dispatch: priority (t dispatches by fifo)" in refusal_of_line(write, HOT, "t: {preempt: true}", steps)


# dedication ------------------------------------------------------------------------------------------------------------


def test_a_lot_returns_to_the_tool_that_had_it(write: Write) -> None:
    """x and z have the first tool at 0–1 and 1–2. x is back at 2 and has it 2–6; z is back at 3 and waits until 6, though the second
    tool is free, which v takes at 3, for it comes new; v returns to the second at 5. Without dedication z would be done at 7."""
    line = "releases: {x: {every_h: 50, lots: 1}, z: {every_h: 50, lots: 1, first_at_h: 1}, v: {every_h: 50, lots: 1, first_at_h: 3}}"
    steps = "- {id: s, tool: t, time_h: 1}\n- {id: m, tool: u, time_h: 1}\n- {id: r, tool: t, time_h: 4, same_tool_as: s}"
    plan = plan_of_line(write, line, "t: {count: 2}\nu: {count: 3}", steps)
    assert finished_by_stream(one(plan, 0), plan) == {"x": [6], "z": [10], "v": [9]}
    free = plan_of_line(write, line, "t: {count: 2}\nu: {count: 3}", steps.replace(", same_tool_as: s", ""))
    assert finished_by_stream(one(free, 0), free) == {"x": [6], "z": [7], "v": [12]}


def test_dedication_is_refused_where_it_cannot_be(write: Write) -> None:
    """Another tool group, a step that is not there or comes later, a batch tool."""
    steps = "- {id: s, tool: %s, time_h: 1}\n- {id: r, tool: t, time_h: 1, same_tool_as: %s}"
    line = "release: {every_h: 50}"
    assert "r is done by t and s by u: no tool does both" in refusal_of_line(write, line, "t: {}\nu: {}", steps % ("u", "s"))
    assert "no step 'ss'; did you mean 's'?" in refusal_of_line(write, line, "t: {}", steps % ("t", "ss"))
    assert "does not come earlier" in refusal_of_line(write, line, "t: {}", steps % ("t", "r"))
    assert "t is a batch tool" in refusal_of_line(write, line, "t: {batch: {max_panels: 2}}", steps % ("t", "s"))
