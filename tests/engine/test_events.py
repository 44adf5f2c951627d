"""Tests what a line tells of itself: all that happens, in order, and nothing else; from it come the hours of tools and the visits of lots."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest
from lines import Write
from random_plans import written
from trace_file import recorded
from traces import Trace, difference, trace

from procsim.engine.build_groups import returning
from procsim.engine.events import EVENTS, Events
from procsim.engine.rules.words import NONE
from procsim.engine.simulate import simulate
from procsim.lots.records import STATES
from procsim.planning.make import make
from procsim.planning.plan import HOUR, Plan
from procsim.planning.shifts import NO_START
from procsim.recipe.load import load

PLANS = 80
STATE_OF = {"work": "productive", "emptying": "productive", "idle": "standby", "blocked": "standby", "engineering": "engineering",
            "maintenance": "scheduled_down", "setup": "scheduled_down", "failure": "unscheduled_down", "off": "non_scheduled"}
"""What a tool enters, in the words of tools.csv."""
ENDS = ("end", "interrupt", "scrap")
Row = dict[str, Any]


def rows(found: list[Events]) -> Iterator[Row]:
    """Single events."""
    for block in found:
        for values in zip(*(getattr(block, name).tolist() for name in Events.__dataclass_fields__), strict=True):
            row = dict(zip(Events.__dataclass_fields__, values, strict=True))
            yield row | {"event": EVENTS[row["event"]], "who": (row["stream"], row["lot"], row["part"] + 1)}


def told(plan: Plan, replication: int = 0, variable: bool = True) -> tuple[list[Row], Trace]:
    """What a run tells, and its trace."""
    found: list[Events] = []
    made = trace(plan, simulate, replication, variable, events=found.append)
    return [*rows(found)], made


# by hand ----------------------------------------------------------------------------------------------------------------


def test_a_small_line_worked_out_by_hand(write: Write) -> None:
    """Two lots at 0 and 1 h: a (40 min on saw) and b (30 min on oven) for each; maintenance of the saw at 90 min takes 15 min; transport 6 min."""
    plan = make(load(write("""
        line:
          lot: {panels: 3, units_per_panel: 10}
          release: {every_h: 1, lots: 2}
          transport_min: 6
          tools: {saw: {maintenance: {clean: {every_min: 90, takes_min: 15}}}, oven: {}}
        run: {horizon_h: 3, warmup_h: 0}
        steps: [{id: a, tool: saw, time_min: 40}, {id: b, tool: oven, time_min: 30}]
        """)))
    found = [(round(row["time_us"] * 60 / HOUR), row["event"], row["lot"], row["position"], row["group"], row["tool"], row["panels"])
             for row in told(plan)[0]]
    none, nan = -1, "-"
    assert [(*row[:6], nan if np.isnan(row[6]) else row[6]) for row in found] == [
        (0, "release", 0, 0, 0, none, 3.0), (0, "wait", 0, 0, 0, none, 3.0), (0, "start", 0, 0, 0, 0, 3.0), (0, "work", 0, 0, 0, 0, nan),
        (40, "idle", none, none, 0, 0, nan), (40, "end", 0, 0, 0, 0, 3.0), (40, "move", 0, 1, 1, none, 3.0),
        (46, "wait", 0, 1, 1, none, 3.0), (46, "start", 0, 1, 1, 0, 3.0), (46, "work", 0, 1, 1, 0, nan),
        (60, "release", 1, 0, 0, none, 3.0), (60, "wait", 1, 0, 0, none, 3.0), (60, "start", 1, 0, 0, 0, 3.0), (60, "work", 1, 0, 0, 0, nan),
        (76, "idle", none, none, 1, 0, nan), (76, "end", 0, 1, 1, 0, 3.0), (76, "leave", 0, 1, 1, none, 3.0),
        (100, "end", 1, 0, 0, 0, 3.0), (100, "move", 1, 1, 1, none, 3.0), (100, "maintenance", none, none, 0, 0, nan), (100, "repair", none, none, 0, 0, nan),
        (106, "wait", 1, 1, 1, none, 3.0), (106, "start", 1, 1, 1, 0, 3.0), (106, "work", 1, 1, 1, 0, nan),
        (115, "up", none, none, 0, 0, nan), (115, "idle", none, none, 0, 0, nan),
        (136, "idle", none, none, 1, 0, nan), (136, "end", 1, 1, 1, 0, 3.0), (136, "leave", 1, 1, 1, none, 3.0)]


# against the books ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran() -> list[tuple[Plan, list[Row], Trace]]:
    """Random lines that do not come to a stand, what each tells, and its trace, which is the same as where nobody asks."""
    found = []
    for number in range(PLANS):
        recipe = written(number)
        plan = recipe.plan()
        happened, made = told(plan, recipe.replication, recipe.variable)
        assert not difference(plan, recorded()[number], made)
        if len(made.tables["tools"]):
            found.append((plan, happened, made))
    assert len(found) > 0.8 * PLANS
    return found


def test_everything_happens_somewhere_and_in_order(ran: list[tuple[Plan, list[Row], Trace]]) -> None:
    """Every kind of event is told in some of the lines, and time never runs back."""
    kinds = Counter(row["event"] for _, happened, _ in ran for row in happened)
    assert {*EVENTS} == {*kinds}
    assert all(one["time_us"] <= other["time_us"] < plan.horizon_us for plan, happened, _ in ran for one, other in pairwise(happened))


def test_hours_of_tools_come_out(ran: list[tuple[Plan, list[Row], Trace]]) -> None:
    """Each tool is in a state until it enters the next one, idle at first: to the microsecond what the run says, with setup, blocked and inside
    apart, and the number of failures."""
    for plan, happened, made in ran:
        expected = made.tables["tools"]
        tools = [(g, n) for g, count in enumerate(plan.groups.count.tolist()) for n in range(count)]
        spent = {tool: Counter[str]() for tool in tools}
        state = dict.fromkeys(tools, ("idle", 0))
        failures = Counter[tuple[int, int]]()
        ends = [{"event": "idle", "group": g, "tool": n, "time_us": plan.horizon_us} for g, n in tools]
        for row in [*happened, *ends]:
            if row["event"] in STATE_OF:
                tool, now = (row["group"], row["tool"]), row["time_us"]
                was, since = state[tool]
                spent[tool][was] += max(now, plan.warmup_us) - max(since, plan.warmup_us)
                state[tool] = row["event"], now
                failures[tool] += row["event"] == "failure" and now >= plan.warmup_us
        for tool, line in zip(tools, expected.tolist(), strict=True):
            hours = [sum(us for name, us in spent[tool].items() if STATE_OF[name] == one) for one in STATES]
            assert [tool[0], *hours, *(spent[tool][name] for name in ("setup", "blocked", "emptying")), failures[tool]] == line[:-1]


def test_visits_come_out(ran: list[tuple[Plan, list[Row], Trace]]) -> None:
    """A visit is a wait, a start and an end (or a lot was scrapped, or too late): to the microsecond, all of them, of lots that come in the run."""
    visits = 0
    for plan, happened, made in ran:
        found: dict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
        now: dict[tuple[int, ...], list[int]] = {}
        for row in happened:
            who, at = row["who"], row["time_us"]
            if row["event"] == "wait":
                now[who] = [row["position"], at]
            elif row["event"] == "start":
                now.setdefault(who, [row["position"], 0]).append(at)
            elif row["event"] in ("end", "scrap", "too_late") and who in now:
                position, arrived, *start = now.pop(who)
                found[who].append((position, arrived, *(start if row["event"] != "too_late" else [at]), at))
        for who, (position, arrived, *start) in now.items():
            found[who].append((position, arrived, *(start or [plan.horizon_us]), plan.horizon_us))
        expected: dict[tuple[int, ...], list[tuple[int, ...]]] = defaultdict(list)
        for stream, lot, part, *visit in made.tables["visits"].tolist():
            if lot >= 0:
                expected[stream, lot, part].append(tuple(visit))
        assert {who: own for who, own in found.items() if who[1] >= 0} == expected
        visits += sum(map(len, expected.values()))
    assert visits > 10_000


def waits_in_vain(plan: Plan, happened: list[Row]) -> list[tuple[int, int]]:
    """When, in µs, and at which groups somebody waits beside an idle tool once all of an instant is over, of groups whose tools may take anybody: not
    those with batches, with lots that return to their tool, or with shifts in which work must end. (Before 0 lots came that are there at the start.)"""
    duty, groups = plan.groups.duty, range(len(plan.groups.names))
    ends = {g for g in groups if duty.shift[g] >= 0 and duty.shifts[duty.shift[g]].at_end == NO_START}
    free = [g for g in groups if plan.groups.batch_max[g] == 0 and g not in ends and not returning(plan, g)]
    idle: dict[int, set[int]] = {g: set(range(plan.groups.count[g])) for g in groups}
    waiting: dict[int, set[tuple[int, ...]]] = {g: set() for g in groups}
    found = []
    for now, events in groupby(happened, key=lambda row: int(row["time_us"])):
        for row in events:
            g = row["group"]
            if row["event"] in ("wait", "interrupt"):
                waiting[g].add(row["who"])
            elif row["event"] in ("start", "resume", "too_late"):
                waiting[g].discard(row["who"])
            if row["event"] == "idle" and row["lot"] == NONE:  # else it waits for an operator
                idle[g].add(row["tool"])
            elif row["event"] in ("start", "resume") or row["event"] in STATE_OF:
                idle[g].discard(row["tool"])
        found += [(now, g) for g in free if now >= 0 and idle[g] and waiting[g]]
    return found


def test_nobody_waits_beside_an_idle_tool(ran: list[tuple[Plan, list[Row], Trace]]) -> None:
    """Whatever the rules, the setups with their minimum runs, the limits and the interruptions: a tool that may take a lot takes it at once."""
    assert [(number, waits_in_vain(plan, happened)[:3]) for number, (plan, happened, _) in enumerate(ran) if waits_in_vain(plan, happened)] == []


def test_what_starts_ends(ran: list[tuple[Plan, list[Row], Trace]]) -> None:
    """A lot that starts or resumes at a tool ends there, or is interrupted or scrapped, or is there at the horizon; who is let in was held; who
    comes leaves, or is in the line in the end."""
    for plan, happened, made in ran:
        at: dict[tuple[int, ...], tuple[int, int]] = {}
        held, inside = set(), len(plan.wip) if plan.wip is not None else 0
        for row in happened:
            who, tool = row["who"], (row["group"], row["tool"])
            if row["event"] in ("start", "resume"):
                assert who not in at
                at[who] = tool
            elif row["event"] in ENDS and (who in at or row["event"] != "scrap"):
                assert at.pop(who) == tool
            elif row["event"] == "held":
                assert who not in held
                held.add(who)
            elif row["event"] == "let_in":
                held.remove(who)
            inside += (row["event"] == "release") - (row["event"] == "leave")
        if not plan.route.stretches:
            assert inside == (made.tables["wip"][:, -2] < 0).sum()
        counts = Counter(row["event"] for row in happened)
        assert [counts["release"]] == made.tables["line"][:, 1].tolist()
        assert sum(row["event"] == "lost" and row["time_us"] >= plan.warmup_us for row in happened) == made.tables["line"][0, 2]


def test_blocks_are_bounded_and_nothing_is_torn(write: Write) -> None:
    """A long run is told in blocks of limited size; one block or many, the same is told."""
    text = """
        line: {lot: {panels: 1, units_per_panel: 1}, release: {every_min: 1}, tools: {t: {}, u: {}}}
        run: {horizon_h: 1000, warmup_h: 0}
        steps: [{id: a, tool: t, time_s: 50}, {id: b, tool: u, time_s: {exponential: {mean: 40}}}]
        """
    found: list[Events] = []
    simulate(make(load(write(text))), 0, lambda _: None, events=found.append)
    sizes = [len(block.event) for block in found]
    assert len(sizes) > 5
    assert max(sizes) < 80_000
    count = Counter(EVENTS[e] for block in found for e in block.event.tolist())
    assert count["release"] == 60_000
    assert count["start"] == count["work"]
    borders = [(one.time_us[-1], other.time_us[0]) for one, other in pairwise(found)]
    assert all(before < after for before, after in borders)
