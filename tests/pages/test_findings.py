"""Tests what pages say of tables: who is cheaper where, in which unit, of how many draws, and that no distribution is cut off."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from procsim.pages import findings, headline
from procsim.pages.answers import QUESTIONS
from procsim.pages.breakeven_findings import breakeven, of_crossings
from procsim.pages.content import Found
from procsim.pages.index_page import Entry, index_page
from procsim.pages.study_findings import FINDINGS
from procsim.pages.study_page import study_page
from procsim.pages.tables import in_percent, table
from procsim.pages.words import column

pytestmark = pytest.mark.drawn

AXIS = "product.dies.logic.price_usd"


def crossing(at: list[float], one: list[float], other: list[float], names: tuple[str, str] = ("a_1", "b_2"), simulated: float = float("nan"),
             **facts: Any) -> Found:
    """Two flows along 0, 1, 2 … that cross *at* some places."""
    curve = pd.DataFrame({AXIS: [float(x) for x in range(len(one))], names[0]: one, names[1]: other, f"tools_added, {names[0]}": 0.0})
    table = pd.DataFrame([{AXIS: x, "at_least": x, "at_most": x, "jumps": False, "gap_before": 0.0, "gap_after": 0.0, "simulated": simulated,
                           "ci_low": simulated - 1, "ci_high": simulated + 1, "verdict": "confirmed" if simulated == simulated else "closed form"}
                          for x in at])
    return Found("breakeven", "a against b", {"crossings": table, "curve": curve}, {},
                 {"figure": "cost_per_good_unit_loaded", "replications": 8, "target": None, **facts})


@pytest.mark.parametrize(("found", "words"), [
    (crossing([1.5], [1, 2, 3, 4], [2, 2.5, 2.9, 3]), f"a_1 is the cheaper where {AXIS} is below 1.5 USD, b_2 beyond."),
    (crossing([0.5, 2.5], [1, 3, 3, 1], [2, 2, 2, 2]), f"a_1 is the cheaper where {AXIS} is below 0.5 USD, b_2 up to 2.5 USD, a_1 beyond."),
    (crossing([1.5], [1, 2, 3, 4], [2.5] * 4, ("a_1", "target"), target=2.5),
     f"The cost of a good package (fully loaded) of a_1 is below 2.500 USD where {AXIS} is below 1.5 USD, above 2.500 USD beyond."),
    (crossing([1.5], [0.9, 0.8, 0.7, 0.6], [0.8, 0.75, 0.72, 0.7], figure="yield"),
     f"b_2 has the lower yield where {AXIS} is below 1.5 USD, a_1 beyond."),
    (crossing([1.5], [1, 3, 3, 4], [2, 2.5, 2.9, 3]), f"Break-even where {AXIS} is 1.5 USD."),  # the curve knows of one crossing more
    (crossing([], [1, 2, 3], [2, 4, 6]), "Nothing breaks even in that range: a_1 is below b_2 all along, by 1 USD at 0 USD and by 3 USD at 2 USD."),
    (crossing([], [1, 2, 3], [5, 5, 5], ("a_1", "target"), target=5),
     "Nothing breaks even in that range: a_1 is below the target all along, by 4 USD at 0 USD and by 2 USD at 2 USD."),
])
def test_a_break_even_says_who_is_cheaper_on_which_side(found: Found, words: str) -> None:
    """With units, and only where the curve bears it out."""
    assert breakeven(found) == [words]


def test_a_break_even_says_what_simulation_says_of_it() -> None:
    """Of none that was found nothing was simulated, whatever was asked for."""
    sure = crossing([1.5], [1, 2, 3, 4], [2, 2.5, 2.9, 3], simulated=1.6)
    assert breakeven(sure)[1] == "By simulation: 1.6 (0.6 to 2.6)." and of_crossings(sure) == "1 break-even, confirmed by simulation"
    assert "8 replications" in study_page(sure).under
    assert "closed form" in study_page(crossing([], [1, 2, 3], [2, 4, 6])).under


def test_columns_of_a_break_even_are_called_what_flows_are_called() -> None:
    """A flow keeps its underscore, an address stays whole, and each says its unit."""
    sure = crossing([1.5], [1, 2, 3, 4], [2, 2.5, 2.9, 3], simulated=1.6)
    (crossings, curve) = (block for section in study_page(sure).sections[:1] for block in section.blocks)
    assert [(head.head, head.unit) for head in curve.columns[:3]] == [(AXIS, "USD"), ("a_1", "USD"), ("b_2", "USD")]  # type: ignore[union-attr]
    assert [head.head for head in crossings.columns] == [AXIS, "simulated", "from", "to", "verdict"]  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "value", "head", "unit", "text"), [
    ("cost_per_good_unit_loaded", 4.5, "cost per good unit loaded", "USD", "4.500"),
    ("cycle_time", 97.25, "cycle time", "h", "97.25"),
    ("unused_capacity_usd", 0.125, "unused capacity", "USD per good unit", "0.1250"),
    ("cm2_per_panel", 2626.0, "area", "cm² per panel", "2\u202f626"),
    ("um", 25.0, "thickness", "µm", "25"),
    ("layer.repeat", 2.0, "layer.repeat", "", "2"),
    ("line.max_load", 0.85, "line.max_load", "", "0.8500"),
    ("processes.saw.time_s.per_panel", 90.0, "processes.saw.time_s.per_panel", "s/panel", "90"),
    ("bottleneck_load", 0.805, "bottleneck load", "%", "80.5"),
    ("unit", "m2", "unit", "", "m²"),
    ("unit", "1", "unit", "", ""),
    ("best", "1", "best", "", "1"),
    ("cheapest", True, "cheapest", "", "yes"),
])
def test_a_column_says_its_unit(name: str, value: Any, head: str, unit: str, text: str) -> None:
    """By its name, by that of the figure that it holds, or by the address that it is of; nothing that is no unit is taken for one."""
    found, cells = column(name, [value])
    assert (found.head, found.unit, cells[0].text) == (head, unit, text)


def test_shares_are_in_percent_among_other_figures() -> None:
    """A yield, a load and their changes; a count that has no unit either stays as it is."""
    found = pd.DataFrame({"metric": ["yield", "cycle_time", "wiring_layers"], "unit": ["1", "h", "1"], "base": [0.9, 100.0, 2.0],
                          "difference": [-0.02, 5.0, 1.0], "replications": [8, 8, 8]})
    told = in_percent(found)
    assert told["unit"].to_list() == ["%", "h", "1"]
    assert told[["base", "difference"]].to_numpy().tolist() == [[90.0, -2.0], [100.0, 5.0], [2.0, 1.0]] and (told["replications"] == 8).all()
    rows = [[cell.text for cell in row[:3]] for row in table("whatif", found, "").rows]
    assert rows == [["yield", "%", "90"], ["cycle time", "h", "100"], ["wiring layers", "", "2"]]


def test_a_distribution_is_shown_whole_with_a_bar_to_each_share() -> None:
    """The longest bar is that of the largest share; no bin ends above 100 %."""
    spread = pd.DataFrame({"yield_from": [0.0, 0.98, 1.0], "yield_to": [0.0, 0.99, 1.005], "panels": [1.0, 7.0, 2.0], "share": [0.1, 0.7, 0.2],
                           "cumulative_share": [0.1, 0.8, 1.0]})
    found = Found("run", "", {"yield_per_panel": spread}, {}, {})
    assert findings.of_spread(found, "yield_per_panel") == "Nine of ten panels yield 0 % to 100 %"
    bars = [row[3].bar for row in table("yield_per_panel", spread, "").rows]
    assert bars == pytest.approx([100 / 7, 100, 200 / 7])
    assert all(row[4].bar != row[4].bar for row in table("yield_per_panel", spread, "").rows)  # a running sum is no bar


def test_a_line_of_other_size_says_its_cost_and_counts_its_tools() -> None:
    """Tools are whole, the most first, and what is left is counted together."""
    tools = pd.DataFrame({"tool_group": list("abcdefgh"), "count_before": [9, 2, 2, 2, 2, 2, 2, 1], "count_after": [2, 1, 1, 1, 1, 1, 1, 4],
                          "added": [-7, -1, -1, -1, -1, -1, -1, 3]})
    figures = pd.DataFrame({"figure": ["cost_per_good_unit_loaded"], "unit": ["USD"], "before": [4.8589], "after": [9.6221]})
    limits = pd.DataFrame({"limit": ["max_load"], "costs_usd_per_good_unit": [0.0]})
    assert FINDINGS["size"](Found("size", "", {"tools": tools, "figures": figures, "limits": limits}, {}, {})) == [
        "22 tools before, 12 now; a good package costs 9.622 USD, 4.859 USD before.", "By group: −7 a, +3 h, −1 b, −1 c, −1 d, −3 in 3 other groups."]


def test_a_curve_says_where_cycle_time_is_least() -> None:
    """Lots wait for a batch to fill where few come."""
    curve = pd.DataFrame({"throughput_lots_per_h": [0.8, 1.1, 1.5], "cycle_time_h": [46.7, 43.6, 46.7], "bottleneck": "oven"})
    (said,) = FINDINGS["curve"](Found("curve", "", {"curve": curve}, {}, {}))
    assert said.endswith("oven limits it there. It is least at 1.10 lots an hour: 43.6 h.")
    (said,) = FINDINGS["curve"](Found("curve", "", {"curve": curve.assign(cycle_time_h=[40.0, 43.6, 46.7])}, {}, {}))
    assert "least" not in said


def test_how_sure_it_is_says_where_the_middle_lies_and_whether_the_line_keeps_up() -> None:
    """A mid that few draws fall below is no middle."""
    drawn = pd.DataFrame({"figure": ["cost_per_good_unit_loaded", "overloaded"], "unit": ["USD", "1"], "mid": [4.859, 0.0], "mean": [6.2, 0.795],
                          "p05": [4.483, None], "p50": [6.046, None], "p95": [8.585, None], "mid_percentile": [14.5, None], "draws": [200, 200]})
    summary = pd.DataFrame({"metric": ["cost_per_good_unit_loaded"], "mean": [4.859], "ci_low": [4.859], "ci_high": [4.859]})
    found = Found("estimate", "", {"summary": summary, "uncertainty": drawn, "cost_by_step": pd.DataFrame()}, {}, {})
    assert findings.of_draws(found) == ("Half of all draws of the inputs cost more than 6.05 USD; 4.86 USD, with every input at its mid, is less than "
                                        "86 % of them")
    said = {question: answer for question, answer, _ in QUESTIONS}["How sure is it?"]
    assert said(found) == ("Of 4.86 USD, over all draws of the inputs 9 of 10 are from 4.48 to 8.59 USD, half of them above 6.05; in 80 % of them the "
                            "line would be overloaded with the tools that it has.")
    assert [cell.text for cell in table("uncertainty", drawn, "").rows[1][:4]] == ["overloaded", "%", "0", "79.50"]


def test_a_band_says_of_how_many_draws_it_is() -> None:
    """Draws that overload a line have no cycle time: those that have one are no fair sample of all."""
    drawn = pd.DataFrame({"figure": ["yield", "cycle_time"], "p05": [0.75, 110.0], "p50": [0.84, 122.0], "p95": [0.88, 155.0], "draws": [200, 41]})
    ends = {name: [0.9, 116.0, 1000.0] for name in ("mean", "ci_low", "ci_high", "expected")}
    summary = pd.DataFrame({"metric": ["yield", "cycle_time", "escapes_ppm"], "unit": ["1", "h", "ppm"], **ends, "replications": 0})
    cards = {card.name: card.beside for card in headline.cards(Found("estimate", "", {"summary": summary, "uncertainty": drawn}, {}, {}))}
    assert "75 to 88 in 9 of 10 draws of the inputs" in cards["yield"]
    assert "110 to 155 in 9 of 10 of the 41 draws of 200 in which there is one" in cards["cycle time"]


@pytest.mark.parametrize(("costs", "said"), [
    ({"a": 4.6, "b": 37.06, "runs/c": 1.0}, ["A good package costs from 4.60 USD (a) to 37.1 USD (b)."]),
    ({"a": 4.6, "b": 4.6}, ["A good package costs 4.60 USD in each of 2 runs."]),
    ({"a": 4.6, "runs/c": 1.0}, []),
])
def test_the_page_over_all_runs_says_first_what_they_cost(costs: dict[str, float], said: list[str]) -> None:
    """Of runs as the recipes are; what was tried beside them does not count."""
    entries = [Entry(path, {"title": path}, {"cost_per_good_unit_loaded": cost}, True) for path, cost in costs.items()]
    page = index_page(entries)
    assert list(page.lead) == said and page.sections[0].heading == f"{len(costs)} runs"


def test_flows_side_by_side_have_the_room_that_they_take() -> None:
    """Four flows do not fit in half of a page; volumes are rows, flows columns, and the cheapest is named."""
    def blocks(count: int) -> list[Any]:
        flows = [f"flow_{n}" for n in range(count)]
        compare = pd.DataFrame([{"metric": "yield", "unit": "1", "flow": flow, "mean": 0.9} for flow in flows])
        volumes = pd.DataFrame([{"good_units_per_week": good, "flow": flow, "cost_per_good_unit_usd": 4.0 + n, "cheapest": n == 0}
                                for good in (1000.0, 2000.0) for n, flow in enumerate(flows)])
        page = study_page(Found("compare", "", {"compare": compare, "cost_at_volume": volumes}, {}, {}))
        return [block for section in page.sections for block in section.blocks if block.kind == "table" and block.source]

    assert [block.wide for block in blocks(3)] == [False, False] and [block.wide for block in blocks(4)] == [True, True]
    compare, volumes = blocks(3)
    assert [cell.text for cell in compare.rows[0]] == ["yield", "%", "90", "90", "90"]
    assert [[cell.text for cell in row] for row in volumes.rows] == [["1\u202f000", "4", "5", "6", "flow_0"], ["2\u202f000", "4", "5", "6", "flow_0"]]


def test_columns_that_say_nothing_are_left_out() -> None:
    """Also of those that a page names; a table with nothing in it keeps none of them."""
    found = pd.DataFrame({"a": ["x"], "b_usd": [float("nan")], "c": [""]})
    assert [head.head for head in table("t", found, "", ("a", "b_usd", "c")).columns] == ["a"]


def test_of_several_edits_all_headings_are_of_the_best() -> None:
    """What the lead names: not of the one that moves most, or comes first."""
    names = ["layers=3", "layers=1"]
    whatif = pd.DataFrame({"what_if": names, "metric": "cost_per_good_unit_loaded", "unit": "USD", "base": 4.85, "edit": [5.05, 4.68],
                           "difference": [0.2, -0.17], "ci_low": [0.1, -0.18], "ci_high": [0.3, -0.16]})
    cost = pd.DataFrame({"what_if": names, "category": "die", "difference_usd": [0.12, -0.11]})
    load = pd.DataFrame({"what_if": names, "tool_group": ["oven", "saw"], "base_load": [0.6, 0.806], "edit_load": [0.94, 0.807],
                         "edit_expected_load": [0.94, 0.807], "difference": [0.34, 0.001]})
    lost = pd.DataFrame({"what_if": names, "step": ["coat", "etch"], "difference": [0.004, -0.002]})
    found = Found("whatif", "", {"whatif": whatif, "by_category": cost, "load_change": load, "yield_change": lost}, {}, {})
    page = study_page(found)
    assert page.lead[0].startswith("Of 2 edits layers=1 is the best: it moves the cost of a good package (fully loaded) by −0.170 USD")
    assert [section.heading for section in page.sections] == [
        "With layers=1 most of it is die (−0.110 USD)", "With layers=1 saw is then the most loaded: 80.6 % → 80.7 %",
        "With layers=1 etch loses 0.20 % of the units less than before"]
    one = Found("whatif", "", {name: known[known["what_if"] == "layers=3"] for name, known in found.tables.items()}, {}, {})
    assert study_page(one).sections[0].heading == "Most of it is die (+0.120 USD)"


@pytest.mark.parametrize(("columns", "ends"), [
    ({"range": [1.0, 5.0], "change_at_low": [-0.5, -1.7], "change_at_high": [0.5, 3.3]}, "b moves the yield most, by −1.70 to +3.30 USD; then a."),
    ({"mu_star": [31.48, 11.5]}, "a moves the yield most, by 31.5 USD over its range; then b."),
    ({"total": [0.92, 0.05]}, "a moves the yield most, with 92 % of the variance; then b."),
])
def test_a_sensitivity_says_how_far_the_first_input_moves_the_figure(columns: dict[str, list[float]], ends: str) -> None:
    """Each method in its own measure; a tornado by range, whatever else its rows are ranked by."""
    known = pd.DataFrame({"address": ["a", "b"], **columns})
    assert FINDINGS["sensitivity"](Found("sensitivity", "", {"table": known}, {}, {"figure": "yield", "unit": "USD"})) == [ends]


def test_parts_of_a_curve_and_of_a_sensitivity_say_what_the_lead_does_not() -> None:
    """How much longer than its work a lot takes at the end, and how many inputs matter beside the first."""
    curve = pd.DataFrame({"throughput_lots_per_h": [0.8, 1.5], "cycle_time_h": [43.6, 46.7], "bottleneck": "oven", "bottleneck_load": [0.5, 0.953],
                          "x_factor": [1.9, 2.09]})
    known = pd.DataFrame({"address": list("abcd"), "mu_star": [30.0, 4.0, 3.0, 2.9]})
    assert study_page(Found("curve", "", {"curve": curve}, {}, {})).sections[0].heading == "At a load of 95.3 % a lot takes 2.09 times as long as its work"
    assert study_page(Found("sensitivity", "", {"morris": known}, {}, {})).sections[0].heading == "3 of 4 inputs move it by a tenth of that, or more"
