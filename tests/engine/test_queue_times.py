"""Tests queue-time limits that count lots, and those that scrap them."""

from __future__ import annotations

from textwrap import indent

import pytest
from busy_calendar import hold_on_any_calendar
from lines import Write, finished, finished_by_stream, plan_of_line, refusal_of_line
from queue_lines import BUSY, BUSY_STEPS, BUSY_TOOLS, PAIR

from procsim import tables
from procsim.experiments.replicate import one
from procsim.planning.make import make
from procsim.recipe.load import load

CLOCK = """\
release: {every_h: 50, lots: 4, lots_at_once: 4}
queue_time_limits:
  quick: {from: s, to: r, limit_h: 3, action: %s}
  slow: {from: s, to: e, limit_min: 5400}
"""


CLOCK_STEPS = """\
- {id: s, tool: a, time_h: 1, consumes: {paste: {per_lot: 1}}}
- {id: r, tool: b, time_h: 3, consumes: {paste: {per_lot: 1}}}
- {id: e, tool: a, time_h: 0.5}
"""


PASTE = "a: {}\nb: {}"


def test_hits_of_a_limit_are_counted(write: Write) -> None:
    """s ends at 1, 2, 3 and 4 h, r starts at 1, 4, 7 and 10 h: 0, 2, 4 and 6 h. Two of four are over 3 h, none over 90 h."""
    plan = plan_of_line(write, CLOCK % "count", "a: {}\nb: {}", CLOCK_STEPS.replace(", consumes: {paste: {per_lot: 1}}", ""))
    totals = one(plan, 0)
    found = tables.queue_time(plan, [totals])
    assert found.to_dict("records") == [
        {"limit": "quick", "from": "s", "to": "r", "limit_h": 3, "lots_checked": 4, "hits": 2, "share": 0.5, "lots_reworked": 0,
         "lots_scrapped": 0, "action": "count"},
        {"limit": "slow", "from": "s", "to": "e", "limit_h": 90, "lots_checked": 4, "hits": 0, "share": 0, "lots_reworked": 0,
         "lots_scrapped": 0, "action": "count"}]
    assert totals.sums["lots_finished"] == 4


def test_lots_over_a_limit_leave_as_they_would_start(write: Write) -> None:
    """The third would start at 7 h, after 4 h, and leaves; the fourth takes its turn, after 3 h: in time. r is not paid for the third."""
    path = write("line:\n" + indent((CLOCK % "scrap").strip(), "  ") + "\n  tools: {a: {}, b: {price_usd: 87600, life_years: 1}}\nrun: {horizon_h: 100}\n"
                 "materials: {paste: {price_usd_per_g: 1, density_g_cm3: 1}}\neconomics: {practical_capacity: 1, hours_per_year: 8760}\nsteps:\n" + indent(CLOCK_STEPS, "  "))
    plan = make(load(path))
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [4.5, 7.5, 7, 10.5]
    assert (totals.sums["good"], totals.sums["scrapped"]) == (3, 1)
    assert totals.units_lost.tolist() == [0, 1, 0, 0], "charged to the step that it would have started"
    assert totals.by_step["visits"].tolist() == [4, 3, 3]
    assert totals.cost[:-1].sum(axis=1).tolist() == [pytest.approx(4), pytest.approx(3 + 9 * 10), 0], "the third used paste at s and nothing at r"
    assert totals.value.tolist() == [pytest.approx(3 * 32), 0, pytest.approx(1)]
    found = tables.queue_time(plan, [totals])
    assert found[["hits", "lots_reworked", "lots_scrapped"]].to_numpy().tolist() == [[1, 0, 1], [0, 0, 0]]


def test_a_batch_goes_on_without_those_over_their_limit(write: Write) -> None:
    """Batches of two: lots come to the oven at 1, 2, 3 and 4 h, it is busy 2–8; at 8 lot 3 has waited 5 h and leaves, lot 4 waits alone."""
    line = "release: {every_h: 50, lots: 4, lots_at_once: 4}\nqueue_time_limits: {q: {from: s, to: r, limit_h: 4.5, action: scrap}}"
    steps = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 6}"
    plan = plan_of_line(write, line, "a: {}\nb: {batch: {min_panels: 2, max_panels: 2}}", steps)
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"] == [8, 8, 8]
    assert (totals.sums["good"], totals.sums["scrapped"], totals.sums["in_line"]) == (2, 1, 1)
    assert "1 lots (1 panels) wait at b for step r" in totals.stalled


def test_limits_hold_with_everything_else(write: Write) -> None:
    """Scrapping by limits in the line that has everything: books balance and events one by one give the same numbers."""
    limits = "queue_time_limits: {q: {from: s2, to: s3, limit_h: 3, action: scrap}, w: {from: s3, to: s5, limit_h: 2.5, action: scrap}}\n"
    plan = plan_of_line(write, BUSY + limits, BUSY_TOOLS, BUSY_STEPS, 1500)
    hold_on_any_calendar(plan)
    assert (one(plan, 0).clocks[:, 1] > 0).all()
    wip = plan_of_line(write, "release: {conwip_lots: 5}\n" + "queue_time_limits: {q: {from: s, to: r, limit_h: 3, action: scrap}}", "a: {}\nb: {}",
                       PAIR)
    totals = one(wip, 0)
    assert totals.wip_lot_hours == 500, "who leaves is followed at once"
    assert totals.sums["scrapped"] > 0


def test_limits_that_nobody_can_keep_are_refused(write: Write) -> None:
    """Shorter than the work between, which steps that not every lot visits are no part of, and steps that are not there or in the wrong order."""
    steps = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: {per_panel: 3}}\n- {id: e, tool: a, time_h: 1}"
    line = "release: {every_h: 50}\ntransport_h: 0.5\nqueue_time_limits: {q: {from: %s, to: %s, limit_h: %s, action: %s}}"
    assert "the limit of 3.9 h from s to e is shorter than work and transport between, 4 h" in refusal_of_line(write, line % ("s", "e", 3.9, "count"), PASTE, steps)
    plan_of_line(write, line % ("s", "e", 4, "count"), PASTE, steps)
    assert "no step 'ss'" in refusal_of_line(write, line % ("ss", "e", 4, "count"), PASTE, steps)
    assert "'s' does not come after 'e'" in refusal_of_line(write, line % ("e", "s", 4, "count"), PASTE, steps)
    plan_of_line(write, line % ("s", "e", 1, "count"), PASTE, steps.replace("{per_panel: 3}", "{per_panel: 3}, sample: 0.5"))
    drawn = steps.replace("{per_panel: 3}", "{exponential: {mean: 3}}")
    assert "mean work and transport between, 4 h: about half" in plan_of_line(write, line % ("s", "e", 3.9, "count"), PASTE, drawn).warnings[0]
    assert plan_of_line(write, line % ("s", "e", 4.1, "count"), PASTE, drawn).warnings == ()
    assert "shorter than work and transport between, 1 h" in refusal_of_line(write, line % ("s", "e", 0.9, "count"), PASTE, drawn)


@pytest.mark.parametrize("order", [("p", "q"), ("q", "p")])
def test_limits_that_begin_together_each_have_a_clock(write: Write, order: tuple[str, str]) -> None:
    """From the end of a to b no more than 2 h, and to c no more than 5 h: the lot is at b in time, after 1 h of transport, and waits at c, for which it
    is too late when the tool is free at 20 h: it is scrapped, whichever limit is named first."""
    limits = {"p": "p: {from: a, to: b, limit_h: 2, action: scrap}", "q": "q: {from: a, to: c, limit_h: 5, action: scrap}"}
    line = "release: {every_h: 50, lots: 1}\ntransport_h: 1\nqueue_time_limits: {" + ", ".join(limits[name] for name in order) + "}"
    others = "\nstart_wip: [{step: c, remaining_h: 20}]"
    steps = "- {id: a, tool: t, time_h: 1}\n- {id: b, tool: u, time_h: 1}\n- {id: c, tool: v, time_h: 1}"
    totals = one(plan_of_line(write, line + others, "t: {}\nu: {}\nv: {}", steps), 0)
    assert sorted(finished(totals)) == [20, 20]
    assert dict(zip(order, totals.clocks.tolist(), strict=True)) == {"p": [1, 0, 0, 0], "q": [1, 1, 0, 1]}
