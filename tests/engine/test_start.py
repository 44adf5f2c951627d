"""Tests lots that are in the line at time 0, and the state that a run leaves: traces by hand, and runs that go on where another one ended."""

from __future__ import annotations

from pathlib import Path

import pytest
from busy_calendar import hold_on_any_calendar
from conftest import LINE as MONEY
from lines import Write, finished_by_stream, plan_of, plan_of_line, text_of_line
from queue_lines import BUSY, BUSY_STEPS, BUSY_TOOLS
from tool_lines import FULL, FULL_HEAD, FULL_STEPS

from procsim import tables
from procsim.cli import main
from procsim.errors import RecipeError
from procsim.experiments.replicate import one, replicate
from procsim.planning.make import make
from procsim.planning.plan import HOUR
from procsim.recipe.load import load
from procsim.report import save

STEPS = "- {id: s, tool: a, time_h: 2}\n- {id: r, tool: b, time_h: 3}\n- {id: e, tool: a, time_h: 1}"
TOOLS = "a: {}\nb: {}"


def test_lots_go_on_from_where_they_are(write: Write) -> None:
    """At time 0 a works at s (0.5 h left), one lot waits at r and one at e. Tool a: –0.5 the first, 0.5–1.5 the third at e, which leaves;
    b: 0–3 the second, 3–6 the first; then e: 3–4 the second, 6–7 the first. What came in earlier counts from then."""
    write("step,released_h,since_h,remaining_h\ns,-2,-1.5,0.5\nr,-4,-1,\ne,-9,-3,\n", "wip.csv")
    plan = plan_of(write, text_of_line("release: {every_h: 500, first_at_h: 99}\nstart_wip: wip.csv", TOOLS, STEPS))
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan) == {"main": [7, 4, 1.5]}
    found = tables.lots(plan, [totals])
    assert dict(zip(found["lot"], found["cycle_time_h"], strict=True)) == {-3: 9, -2: 8, -1: 10.5, 0: pytest.approx(float("nan"), nan_ok=True)}
    assert (totals.released, totals.sums["lots_started"], totals.sums["lots_left"]) == (1, 1, 3)
    assert totals.lot_hours == pytest.approx(7 + 4 + 1.5 + 1), "inside the window only"
    assert totals.by_step["visits"].tolist() == [1, 2, 3]
    assert totals.by_step["queue_us"][1] / HOUR == pytest.approx(1 + 2.5), "the second has waited for an hour before"
    assert totals.by_step["process_us"][0] / HOUR == pytest.approx(0.5)


def test_a_list_in_the_recipe_is_the_same_as_a_file(write: Write) -> None:
    """Also on the command line, from where the user stands; the recipe's hash knows the lots."""
    path = write("stream,step,panels\nmain,r,\nmain,e,1\n", "elsewhere/wip.csv")
    line = "release: {every_h: 500, first_at_h: 99}"
    alone = write(text_of_line(line, TOOLS, STEPS), "alone.yaml")
    lists = plan_of(write, text_of_line(line + "\nstart_wip: [{stream: main, step: r}, {product: main, step: e, panels: 1}]", TOOLS, STEPS))
    given = make(load(alone, start_wip=path))
    assert finished_by_stream(one(given, 0), given) == finished_by_stream(one(lists, 0), lists) == {"main": [4, 1]}
    assert given.hash != make(load(alone)).hash


def test_lots_wait_in_order_of_the_file_unless_they_say_since_when(write: Write) -> None:
    """Three lots at one tool of 2 h, and one that is on its way: at 1 h it joins the queue, ahead of what is released at 1.5 h."""
    line = "release: {every_h: 500, first_at_h: 1.5, lots: 1}\nstart_wip: [{step: e}, {step: e%s}, {step: e}, {step: e, since_h: 1}]"
    steps = "- {id: e, tool: a, time_h: 2}"
    plan = plan_of(write, text_of_line(line % "", "a: {}", steps))
    assert finished_by_stream(one(plan, 0), plan) == {"main": [2, 4, 6, 8, 10]}
    plan = plan_of(write, text_of_line(line % ", since_h: -3, released_h: -3", "a: {}", steps))
    assert finished_by_stream(one(plan, 0), plan) == {"main": [4, 2, 6, 8, 10]}


def test_priorities_and_due_dates_of_lots_in_the_line(write: Write) -> None:
    """A due date that has passed is late from the start; without one, the stream's allowance counts from the release."""
    line = ("release: {every_h: 500, first_at_h: 99, due_h: 4}\n"
            "start_wip: [{step: e, priority: 2, released_h: -1, since_h: 0}, {step: e, priority: 1, due_h: -2}, {step: e, due_h: 8}]")
    for rule, ends in (("priority", [6, 4, 2]), ("edd", [4, 2, 6]), ("fifo", [2, 4, 6])):
        plan = plan_of(write, text_of_line(line + f"\ndispatch: {rule}", "a: {}", "- {id: e, tool: a, time_h: 2}"))
        totals = one(plan, 0)
        assert finished_by_stream(totals, plan) == {"main": ends}
        assert totals.sums["tardy_us"] / HOUR == sum(max(end - due, 0) for end, due in zip(ends, (3, -2, 8), strict=True))


def test_a_constant_wip_releases_what_is_missing(write: Write) -> None:
    """Three of five are there, and two come; where one is wanted and three are there, nothing comes before all three have left."""
    line = "release: {conwip_lots: %d}\nstart_wip: [{step: s}, {step: r}, {step: e}]"
    plan = plan_of(write, text_of_line(line % 5, TOOLS, STEPS))
    totals = one(plan, 0)
    assert (totals.lots[:, 2] == 0).sum() == 5, "the three came at time 0 too"
    assert totals.wip_lot_hours == 500
    plan = plan_of(write, text_of_line(line % 1, TOOLS, STEPS))
    totals = one(plan, 0)
    assert finished_by_stream(totals, plan)["main"][:4] == [7, 4, 3, 13]
    assert totals.wip_lot_hours == pytest.approx(3 + 4 + 100)


def test_panels_that_are_left_and_books_that_balance(write: Write) -> None:
    """Two of four panels are left of a lot: units and time are of two; what it cost before is not in the books, and all of it balances."""
    base = text_of_line("lot: {panels: 4, units_per_panel: 10}\nrelease: {every_h: 5}\nstart_wip: [{step: r, panels: 2, released_h: -9}]",
                "a: {price_usd: 1000}\nb: {price_usd: 1000}",
                "- {id: s, tool: a, time_h: {per_panel: 0.2}, consumes: {paste: {per_panel: 1}}}\n"
                "- {id: r, tool: b, time_h: {per_panel: 0.5}, yield: {panel: 0.9, unit: 0.9}, consumes: {paste: {per_panel: 1}}}\n"
                "- {id: look, op: inspect, tool: a, time_h: 0.1, coverage: 0.9}", 40)
    plan = plan_of(write, base + "materials: {paste: {price_usd_per_g: 3, density_g_cm3: 1}}\n")
    for totals in (*replicate(plan, 4), one(plan, 0, variable=False)):
        assert totals.sums["units_started"] == 20 + 40 * (totals.sums["lots_left"] - 1)
    first = tables.lots(plan, [one(plan, 0, variable=False)]).iloc[0]
    assert (first["panels"], first["finished_h"]) == (2, pytest.approx(1 + 0.1 * 0.99)), "one in a hundred loses both panels"
    assert first["units_good"] == pytest.approx(20 * 0.9 * 0.9)
    rate = float(plan.money.rate.sum(axis=1)[0])
    assert first["cost_usd"] == pytest.approx(2 * 3 + (1 + 0.1 * 0.99) * rate, rel=1e-6), "s was paid for before"


def test_rework_may_be_under_way(write: Write) -> None:
    """A lot in its second try at s can fail once more, and then no more: it is at strip~1, s~1 or later, and comes to e at last."""
    steps = ("- {id: s, tool: a, time_h: 2}\n- {id: look, op: inspect, tool: b, time_h: 1, coverage: 1, "
             "rework: {chance: 1, via: [strip], to: s, limit: 2, after_limit: go_on}}\n"
             "- {id: strip, op: clean, tool: b, time_h: 0.5, rework_only: true}\n- {id: e, tool: a, time_h: 1}")
    line = "release: {every_h: 500, first_at_h: 99}\nstart_wip: [{step: %s, pass: %d}]"
    for step, turn, end in (("strip", 0, 0.5 + 3 + 3.5 + 1), ("s", 1, 3 + 3.5 + 1), ("look", 1, 1 + 3.5 + 1), ("s", 2, 3 + 1), ("s", 0, 3 + 7 + 1), ("e", 0, 1)):
        plan = plan_of(write, text_of_line(line % (step, turn), TOOLS, steps))
        assert finished_by_stream(one(plan, 0), plan) == {"main": [end]}, (step, turn)


LINES = {
    "queues": ("releases: {x: {every_h: 2}, y: {every_h: 3, priority: 1}}\ntransport_min: 12\ndispatch: priority", "a: {}\nb: {}\nc: {count: 2}",
               "- {id: s, tool: a, time_h: 0.7}\n- {id: r, tool: b, time_h: 1.1}\n- {id: e, tool: c, time_h: 2.2}"),
    "batches": ("lot: {panels: 2}\nrelease: {every_h: 1}", "a: {}\no: {count: 3, batch: {min_panels: 6, max_panels: 6}}\n"
                "i: {inline: {panels: 2}}", "- {id: s, tool: a, time_h: 0.9}\n- {id: r, tool: o, time_h: 7.3}\n"
                "- {id: e, tool: i, time_h: {per_panel: 0.6}}\n- {id: z, tool: a, time_h: 0.05}"),
    "hot lots": ("releases: {x: {every_h: 4, priority: 2}, y: {every_h: 6, priority: 1}}", "a: {dispatch: priority, preempt: true}\nb: {}",
                 "- {id: s, tool: a, time_h: 1.9}\n- {id: r, tool: b, time_h: 1}\n- {id: e, tool: a, time_h: 0.6}"),
    "limits": ("release: {every_h: 6, lots_at_once: 4}\nqueue_time_limits: {q: {from: s, to: r, limit_h: 2.5, action: scrap}}", "a: {}\nb: {}",
               "- {id: s, tool: a, time_h: 1.4}\n- {id: r, tool: b, time_h: 2.2}"),
    "going back": ("release: {every_h: 6, lots_at_once: 3}\n"
                   "queue_time_limits: {q: {from: s, to: r, limit_h: 2, action: rework, rework: {via: [strip], limit: 2}}}", "a: {}\nb: {}",
                   "- {id: s, tool: a, time_h: 0.8}\n- {id: strip, tool: a, time_h: 0.3, rework_only: true}\n- {id: r, tool: b, time_h: 2.1}"),
    "hot lots on unlike tools": ("releases: {x: {every_h: 4, priority: 2}, y: {every_h: 6, priority: 1}}\noperators: {p: 2}",
                                 "a: {speeds: [0.5, 2], dispatch: priority, preempt: true, attended: {pool: p, during: [run]}}\nb: {}",
                                 "- {id: s, tool: a, time_h: 2.9}\n- {id: r, tool: b, time_h: 1}\n- {id: e, tool: a, time_h: 0.6}"),
    "hot lots on own tools": ("releases: {x: {every_h: 3, priority: 2}, y: {every_h: 6, first_at_h: 5.5, priority: 1}}",
                              "a: {speeds: [0.5, 2], dispatch: priority, preempt: true}\nb: {}",
                              "- {id: s, tool: a, time_h: 2.9}\n- {id: r, tool: b, time_h: 1}\n- {id: e, tool: a, time_h: 0.6, same_tool_as: s}"),
    "own tools": ("release: {every_h: 6, lots_at_once: 4}\ntransport_min: 12", "a: {count: 3}\nb: {speeds: [0.5, 2]}",
                  "- {id: s, tool: a, time_h: 1.4}\n- {id: r, tool: b, time_h: 1}\n- {id: e, tool: a, time_h: 2.3, same_tool_as: s}\n"
                  "- {id: z, tool: b, time_h: 0.8, same_tool_as: r}"),
    "rows": ("lot: {panels: 3}\nrelease: {every_h: 12, lots_at_once: 7}", "a: {count: 2, inline: {panels: 4}}\nb: {}\nc: {inline: {panels: 2}, speeds: [0.8, 1.6]}",
             "- {id: s, tool: a, time_h: {per_panel: 2}}\n- {id: r, tool: b, time_h: 1.3}\n- {id: e, tool: c, time_h: {per_panel: 1.1}}"),
    "unlike tools": ("release: {every_h: 6, lots_at_once: 4}", "a: {}\nb: {speeds: [0.5, 2]}",
                 "- {id: s, tool: a, time_h: 1.4}\n- {id: r, tool: b, time_h: 2.2}"),
}


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("then", [24, 36, 60])
def test_a_run_goes_on_where_another_one_ended(write: Write, tmp_path: Path, name: str, then: int) -> None:
    """Saved after *then* hours, at which the release's clock is at its start again, and begun from there: lots leave when they would have
    left in the long run; and what is saved at the end is the same state."""
    line, tools, steps = LINES[name]
    long = plan_of(write, text_of_line(line, tools, steps, then + 60))
    short = make(load(write(text_of_line(line, tools, steps, then), "short.yaml")))
    save(tmp_path / "wip.csv", tables.wip(short, [one(short, 0)]))
    rest = make(load(write(text_of_line(line, tools, steps, 60), "rest.yaml"), start_wip=tmp_path / "wip.csv"))
    whole, after = one(long, 0), one(rest, 0)
    want = {stream: [x - then for x in hours if x >= then] for stream, hours in finished_by_stream(whole, long).items()}
    assert sum(map(len, want.values())) > 10
    assert {stream: sorted(hours) for stream, hours in finished_by_stream(after, rest).items()} == {
        stream: pytest.approx(sorted(hours), abs=1e-9) for stream, hours in want.items()}
    assert tables.wip(rest, [after]).equals(tables.wip(long, [whole]))


RESTARTED = {
    "queues": lambda write: plan_of_line(write, BUSY + LIMITS, BUSY_TOOLS, BUSY_STEPS, 300),
    "tools": lambda write: plan_of_line(write, FULL_HEAD, FULL, FULL_STEPS, 300, SETS["tools"]),
    "own tools and hot lots": lambda write: plan_of_line(write, FULL_HEAD, FULL, FULL_STEPS, 300, SETS["own tools and hot lots"]),
    "money": lambda write: plan_of(write, MONEY, *SETS["money"]),
}
SIZES = ("line.lot.panels=3", "line.lot.units_per_panel=40")
SETS: dict[str, tuple[str, ...]] = {
    "queues": (), "tools": SIZES, "money": ("run.warmup_h=0",),
    "own tools and hot lots": (*SIZES, "s4.same_tool_as=s1", "tools.b.dispatch=priority", "tools.b.preempt=true", "tools.d.speeds=[1, 0.5]"),
}
LIMITS = ("queue_time_limits: {q: {from: s2, to: s3, limit_h: 3, action: rework, rework: {limit: 2}}, w: {from: s5, to: s6, limit_h: 0.5, action: rework},"
          " n: {from: s1, to: s2, limit_h: 2}}\n")


@pytest.mark.parametrize("name", RESTARTED)
def test_any_state_can_be_begun_from(write: Write, tmp_path: Path, name: str) -> None:
    """Lines with all behaviours, begun with the state that they left: units, money, states and lot-hours balance with variability and without, and
    however events of one instant are gathered the numbers are the same."""
    first = RESTARTED[name](write)
    save(tmp_path / "wip.csv", tables.wip(first, [one(first, 0)]))
    path = Path(first.sources[0].rsplit(":", 1)[0])
    plan = make(load(path, SETS[name], tmp_path / "wip.csv"))
    assert plan.wip is not None
    assert len(plan.wip) >= 1
    assert (plan.wip.left_us >= 0).any()
    hold_on_any_calendar(plan)
    totals, *_ = one(plan, 0), one(plan, 1), one(plan, 0, variable=False)
    assert (totals.lots[:, 1] < 0).sum() == len(plan.wip)
    assert totals.sums["lots_left"] > 20


def test_packages_on_one_line_may_be_there_at_the_start(tmp_path: Path, write: Write) -> None:
    """Streams are the packages, steps are called package/step."""
    path = write('packages:\n  thin: {recipe: "flows:embodiment_4.yaml", share: 1}\n  flat: {recipe: "flows:embodiment_1.yaml", share: 3}\n'
                 "line:\n  lot: {panels: 12}\n  release: {panels_per_week: 1344}\n"
                 "  start_wip: [{stream: thin, step: thin/singulate, remaining_h: 0.5}, {stream: flat, step: flat/test, panels: 3}]\n"
                 "  tools: {dry_oven: {batch: {min_panels: 1, max_panels: 48}}}\nrun: {horizon_h: 100}\n")   # an oven that did not wait for full loads
    plan = make(load(path))
    totals = one(plan, 0)
    assert tables.lots(plan, [totals])[["lot", "product", "panels"]].to_numpy()[tables.lots(plan, [totals])["lot"] < 0].tolist() == [
        [-1, "flat", 3], [-1, "thin", 12]]
    assert totals.sums["lots_left"] >= 2
    with pytest.raises(RecipeError, match="lots of stream 'thin' do not visit flat/test"):
        make(load(path, ["line.start_wip=[{stream: thin, step: flat/test}]"]))


def test_saved_by_the_command_line(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``run --save-wip`` writes what ``--start-wip`` reads; mistakes in the command are told before anything is run."""
    path, wip = str(write(text_of_line("release: {every_h: 1}", TOOLS, STEPS, 30))), str(tmp_path / "state.csv")
    assert main(["run", path, "--quiet", "--out", str(tmp_path / "one"), "--save-wip", wip]) == 0
    assert (tmp_path / "state.csv").read_text().startswith("stream,step,pass,panels,released_h,priority,due_h,since_h,remaining_h,tool\nmain,")
    assert main(["run", path, "--quiet", "--out", str(tmp_path / "two"), "--start-wip", wip]) == 0
    assert main(["check", path, "--set", "line.start_wip=state.csv"]) in (0, 1)
    assert "in the line at time 0" in capsys.readouterr().out
    for option, value in (("--save-wip", str(tmp_path / "no" / "x.csv")), ("--save-wip", str(tmp_path)), ("--start-wip", "nothing.csv")):
        assert main(["run", path, "--quiet", "--out", str(tmp_path / "three"), option, value]) == 2
    assert main(["run", path, "--quiet", "--no-variability", "--out", str(tmp_path / "three"), "--save-wip", wip]) == 2
    assert not (tmp_path / "three").exists()


@pytest.mark.parametrize(("rows", "message"), [
    ("step\nss\n", "wip.csv:2:1: error: no step 'ss'"),
    ("stream,step\nmian,s\n", "wip.csv:2:1: error: no release stream 'mian'; did you mean 'main'?"),
    ("step,panels\ns,3\n", "wip.csv:2:3: error: 3 panels are more than a lot has (2)"),
    ("step,panels\ns,0\n", "wip.csv:2:3: error: panels must be >= 1 (got 0)"),
    ("step,released_h\ns,1\n", "wip.csv:2:3: error: released_h must be <= 0 (got 1)"),
    ("step,released_h,since_h\ns,-1,-2\n", "cannot come to its step before it is released"),
    ("step,remaining_h,since_h\ns,1,2\n", "is not on its way"),
    ("step,pass\ns,1\n", "wip.csv:2:3: error: step s has passes 0 to 0: pass 1 is none of them"),
    ("step,remaining_h\ns,1\ne,1\n", "wip.csv:3:3: error: more lots are being worked on at a than it has tools (1)"),
    ("step,remaining_h,tool\ns,1,2\n", "wip.csv:2:5: error: a has 1 tools: 2 is none of them"),
    ("step,remaining_h,tool\ns,1,1\ne,1,1\n", "wip.csv:3:5: error: tool 1 of a works on another lot already: it takes one lot at a time"),
    ("step,out_h\ns,1\n", "wip.csv:2:3: error: a is no in-line tool: nobody is past its entrance; give remaining_h"),
    ("step,out_h,remaining_h\ns,1,1\n", "give one of them"),
    ("step,out_h,since_h\ns,1,1\n", "is not on its way"),
    ("step,done_by\ne,ss=1\n", "wip.csv:2:3: error: no lot returns to the tool of a step 'ss'; did you mean 's'?"),
    ("step,done_by\ne,s=2\n", "wip.csv:2:3: error: a has 1 tools: 2, which did s, is none of them"),
    ("step,done_by\ne,s\n", "wip.csv:2:3: error: done_by holds step=tool, several apart by blanks (got 's')"),
    ("step,done_by\ne,s=x\n", "wip.csv:2:3: error: done_by.s must be a whole number"),
    ("step,tool\ns,1\n", "tool says which one works on the lot"),
    ("step,lot\ns,1\n", "wip.csv:1:6: error: no column 'lot'"),
    ("stream\nmain\n", "'step' is missing"),
])
def test_mistakes_say_where_they_are(write: Write, rows: str, message: str) -> None:
    """File, line and column of the cell."""
    write(rows, "wip.csv")
    with pytest.raises(RecipeError) as caught:
        plan_of(write, text_of_line("lot: {panels: 2}\nrelease: {every_h: 5}\nstart_wip: wip.csv", TOOLS, STEPS.replace("1}", "1, same_tool_as: s}")))
    assert message in str(caught.value)
    assert str(caught.value).count("error:") == 1
