"""Tests cost and states of tools against published models and worked examples. None of the expected numbers comes from procsim.

Sources by name: CATCH (UCLA NanoCAD, arXiv 2503.15753), Chiplet Actuary (Feng and Ma, DAC 2022), Google's chiplets-cost-model,
RapidChiplet, Sandborn's problems on test (University of Maryland), SEMI E10, E35 and E79.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from plain_flow import Flow, good
from tolerances import close, digits

from procsim import tables
from procsim.lots.records import PRODUCTIVE, SCHEDULED, STANDBY, UNSCHEDULED
from procsim.model.economics import Economics, capital_recovery
from procsim.model.tool import Tool
from procsim.planning.money import group_hourly
from procsim.planning.plan import CATEGORIES

# cost of tools ---------------------------------------------------------------------------------------------------------


def test_capital_recovery() -> None:
    """CRF(10 %, 5 years) = 0.26379748; without interest it is straight line."""
    assert capital_recovery(0.10, 5) == digits(0.26379748, 8)
    assert capital_recovery(0.0, 5) == 0.2
    assert capital_recovery(1e-9, 5) == pytest.approx(0.2, rel=1e-6)


TOOL = Tool(price_usd=5e6, footprint_m2=100.0)


RATES = Economics(hours_per_year=8000.0, practical_capacity=0.8, life_years=5.0, interest=0.10, floor_usd_per_m2_year=1000.0)


def test_cost_of_an_hour_of_a_tool() -> None:
    """A tool of 5 M USD over 5 years at 10 % with 100 000 USD of floor a year costs 1.419 M USD a year."""
    hourly = group_hourly(TOOL, RATES)
    by = dict(zip(CATEGORIES, hourly * 8000, strict=True))
    assert by["tool"] == digits(1.319e6, -3)
    assert by["floor"] == close(1e5)
    assert hourly.sum() * 8000 / (40 * 8000 * 0.8) == digits(5.5429, 4)
    assert group_hourly(TOOL.model_copy(update={"count": 3}), RATES).sum() == close(3 * hourly.sum())


COO = [
    "line.tools.m.price_usd=5000000", "line.tools.m.footprint_m2=100", "line.release.every_h=0.03125", "run.warmup_h=10", "run.horizon_h=1010",
    "economics.hours_per_year=8000", "economics.practical_capacity=0.8", "economics.life_years=5", "economics.interest=0.1",
    "economics.floor_usd_per_m2_year=1000",
]
"""The cost-of-ownership example as a line: 40 wafers an hour, used 80 % of the time."""


def test_cost_of_ownership(flow: Callable[..., Flow]) -> None:
    """At 40 wafers an hour and 80 % use a wafer costs 5.5429 USD: by rate × time, fully loaded, and in the form of SEMI E35."""
    found = flow("  - {id: s, tool: m, time_s: 90}\n", units=1, sets=COO)
    assert found["cost_per_good_unit_direct"] == digits(5.5429, 4)
    assert found["cost_per_good_unit_loaded"] == digits(5.5429, 4)
    tool = tables.tools(found.plan, [found.still], found.closed).iloc[0]
    assert tool["cost_of_ownership_usd"] == digits(5.5429, 4)
    assert tool["utilisation"] == close(0.8)


def test_unused_capacity_is_its_own_cost(flow: Callable[..., Flow]) -> None:
    """Used 40 % of the time, a wafer's direct cost stays and its fully loaded cost doubles; E35 falls with use alike."""
    found = flow("  - {id: s, tool: m, time_s: 90}\n", units=1, sets=[*COO, "line.release.every_h=0.0625"])
    assert found["cost_per_good_unit_direct"] == digits(5.5429, 4)
    assert found["cost_per_good_unit_loaded"] == close(2 * found["cost_per_good_unit_direct"])
    assert tables.tools(found.plan, [found.still], found.closed).iloc[0]["cost_of_ownership_usd"] == close(found["cost_per_good_unit_loaded"])


# tool states -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fails", "mends", "up"), [(9.0, 1.0, 0.90), (10080.0, 705.59, 0.934580)])
def test_availability(fails: float, mends: float, up: float, flow: Callable[..., Flow]) -> None:
    """Inherent availability MTBF / (MTBF + MTTR): 9 h and 1 h; SMT2020's lithography."""
    found = flow("  - {id: s, tool: m, time_s: 1}\n", sets=[f"line.tools.m.failures={{f: {{mtbf_min: {fails!r}, mttr_min: {mends!r}}}}}"])
    assert found.closed.tools.available[0] == digits(up, 6)


def test_tools_needed(flow: Callable[..., Flow]) -> None:
    """30 000 panels in 700 h, 4 passes, 20 an hour, 75 % available: ⌈11.43⌉ = 12 tools."""
    steps = [f"  - {{id: s{i}, tool: m, time_h: 0.05}}\n" for i in range(4)]
    found = flow(*steps, sets=["line.tools.m.failures={f: {mtbf_h: 3, mttr_h: 1}}", "line.tools.m.count=12", f"line.release.every_h={700 / 30000!r}"])
    assert found.closed.tools.needed[0] == 12
    assert found.closed.tools.load[0] == close(30000 * 4 / (20 * 700 * 0.75) / 12)


def test_a_group_that_is_always_busy_needs_one_more(flow: Callable[..., Flow]) -> None:
    """Two lots an hour of 1 h at two tools is 100 % load, which no queue stands: three are needed; with a little less work two do."""
    for hours, needed in ((1, 3), (0.999, 2)):
        found = flow(f"  - {{id: s, tool: m, time_h: {hours}}}\n", sets=["line.tools.m.count=2", "line.release.every_h=0.5"])
        assert found.closed.tools.needed[0] == needed


def test_queue_of_the_closed_form_is_exact_for_one_poisson_machine(flow: Callable[..., Flow]) -> None:
    """M/M/1 with 8 and 10 an hour waits 0.40 h, 3.2 in the queue; M/D/1 waits half of that."""
    poisson = "line.release.every_h={exponential: {mean: 0.125}}"
    assert flow("  - {id: s, tool: m, time_h: {exponential: {mean: 0.1}}}\n", sets=[poisson]).closed.time.queue_h[0] == close(0.40)
    assert flow("  - {id: s, tool: m, time_h: 0.1}\n", sets=[poisson]).closed.time.queue_h[0] == close(0.20)


def test_states_of_a_day(flow: Callable[..., Flow]) -> None:
    """SEMI E10: a day of 1 440 min with 1 080 productive, 100 of maintenance and 50 of repair; the rest is standby.

    Three ratios that texts confuse: productive / total 0.75, productive / uptime 1080 / 1290, uptime / total 1290 / 1440.
    """
    failures = "{f: {mtbf_min: {constant: {value: 1290}}, mttr_min: {constant: {value: 50}}}}"
    down = f"{{maintenance: {{daily: {{every_h: 24, takes_min: 100}}}}, failures: {failures}}}"
    found = flow("  - {id: s, tool: m, time_min: 30}\n",
                 sets=[f"line.tools.m={down}", "line.release={every_min: 40}", "run.warmup_h=48", "run.horizon_h=288"])
    hours = found.still.state_hours[0] / 240
    assert hours[PRODUCTIVE] == close(0.75)
    assert hours[SCHEDULED] == close(100 / 1440)
    assert hours[UNSCHEDULED] == close(50 / 1440)
    assert hours[STANDBY] == close(210 / 1440)
    assert hours[PRODUCTIVE] / (hours[PRODUCTIVE] + hours[STANDBY]) == close(1080 / 1290)
    assert hours.sum() == close(1.0)
    tool = tables.tools(found.plan, [found.still], found.closed).iloc[0]
    assert (tool["utilisation"], tool["load"]) == (close(0.75), close(1080 / 1290))


def test_overall_equipment_effectiveness(flow: Callable[..., Flow]) -> None:
    """SEMI E79: availability 0.90 × performance 0.95 × quality 0.99 = 0.84645."""
    failures = "line.tools.m.failures={f: {mtbf_h: {constant: {value: 9}}, mttr_h: {constant: {value: 1}}}}"
    found = flow(f"  - {{id: s, tool: m, time_h: 0.0855, {good(0.99)}}}\n",
                 sets=[failures, "line.release.every_h=0.1", "run.warmup_h=20", "run.horizon_h=1020"])
    tool = tables.tools(found.plan, [found.still], found.closed).iloc[0]
    assert tool["load"] == close(0.95)
    assert tool["oee"] == close(0.84645)
