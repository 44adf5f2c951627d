"""Tests that ``size`` finds the cheapest tools: proven against every set of tools on small lines, never dearer than rules of thumb, saved and loaded."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from conftest import LINE, ROOT
from lines import Write

import procsim
from procsim.cli import main
from procsim.closed_form import tool_search
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import solve
from procsim.closed_form.tool_search import search
from procsim.errors import InfeasibleError, RecipeError
from procsim.maths.choices import by_cost, cheapest
from procsim.planning.fitted import with_counts
from procsim.planning.plan import Plan
from procsim.recipe.load import load

EMBODIMENT_1 = ROOT / "flows" / "embodiment_1.yaml"
SMALL = """
line:
  count: auto
  max_load: {load}
  release: {{every_h: {{exponential: {{mean: {every}}}}}}}
  tools:
    a: {{price_usd: 100000}}
    b: {{price_usd: 250000, failures: {{f: {{mtbf_h: 20, mttr_h: 2}}}}}}
    c: {{price_usd: 40000, batch: {{min_panels: 2, max_panels: 2}}}}
    d: {{price_usd: 700000}}
run: {{horizon_h: 400}}
economics: {{hours_per_year: 8000}}
steps:
  - {{id: one, tool: a, time_h: {{exponential: {{mean: 1}}}}, yield: {{unit: 0.9}}}}
  - {{id: two, tool: b, time_h: 0.7}}
  - {{id: three, tool: c, time_h: {{lognormal: {{mean: 1.5, cv: 0.5}}}}}}
  - {{id: four, tool: d, time_h: 0.4}}
  - {{id: again, tool: a, time_h: 0.5}}
"""


def small(write: Write, load_: float = 0.9, every: float = 0.4) -> Plan:
    return settled(load(write(SMALL.format(load=load_, every=every))))


def test_choices_that_are_all_mistakes_are_a_mistake(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """An address that leads nowhere is one, whatever stands there; where some are recipes that no tools make good, every reason is told."""
    path = write(SMALL.format(load=0.9, every=0.4))
    assert main(["size", str(path), "--over", "nosuch.x=1,2"]) == 2
    assert "nosuch" in capsys.readouterr().err
    assert main(["size", str(path), "--over", "one.yield.unit=7,0.9", "--max-cycle-time-h", "1"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "no choice of one.yield.unit will do: " in told
    assert "7" in told
    assert "no number of tools brings the cycle time down to 1 h" in told


@pytest.mark.parametrize("every", [0.4, 0.23])
def test_the_cheapest_tools_are_those_of_all_sets(write: Write, monkeypatch: pytest.MonkeyPatch, every: float) -> None:
    """Of all sets with up to three tools more than the fewest of each group, by the whole closed form: found by trying cheaper sets one by one, and
    (with none of that) by the integer program."""
    plan = small(write, every=every)
    price = plan.money.hourly.sum(axis=1) / plan.groups.count
    sets = [plan.groups.count + np.array(more) for more in product(range(4), repeat=len(price))]
    known = {tuple(count.tolist()): (float(price @ count), solve(with_counts(plan, count))) for count in sets}
    monkeypatch.setattr(tool_search, "solve", lambda made: known.get(tuple(made.groups.count.tolist()), (0.0, None))[1] or solve(made))
    quickest = min(closed.time.cycle_h for _, closed in known.values())
    for few, over in product([400, 0], [1.02, 1.1, 1.3]):
        monkeypatch.setattr(tool_search, "FEW", few)
        found = search(plan, plan.groups.count, quickest * over)
        assert found is not None
        assert found.closed.time.cycle_h <= quickest * over * (1 + 1e-9)
        cheapest_of_all = min(cost for cost, closed in known.values() if closed.time.cycle_h <= quickest * over)
        assert cheapest_of_all * (1 - 1e-9) <= float(price @ found.count) <= cheapest_of_all * (1 + 1e-4)
        assert found.proven
        assert all(float(price @ found.count) <= usd + 1e-9 for usd in found.rules.values())


def test_tools_named_by_their_speeds_stay(write: Write) -> None:
    """A line is made quicker by others alone."""
    plan = settled(load(write(SMALL.format(load=0.9, every=0.4).replace("d: {price_usd: 700000}", "d: {price_usd: 700000, speeds: [1, 1.5]}"))))
    most_h = solve(plan).time.cycle_h * 0.9
    found = search(plan, plan.groups.count, most_h)
    assert found is not None
    assert found.count[plan.groups.names.index("d")] == 2
    assert found.closed.time.cycle_h <= most_h * (1 + 1e-9)


def test_without_a_cycle_time_the_fewest_tools_are_the_cheapest(write: Write) -> None:
    """Each group by itself, so that nothing has to be searched."""
    plan = small(write)
    found = search(plan, plan.groups.count)
    assert found is not None
    assert found.proven
    assert found.tried == 1
    for g, count in enumerate(plan.groups.count.tolist()):
        fewer = plan.groups.count.copy()
        fewer[g] = count - 1
        assert count == 1 or solve(with_counts(plan, fewer)).tools.load[g] > plan.max_load


def test_knapsacks_against_every_choice() -> None:
    """The integer program, and sets in the order of their cost, against all of them."""
    random = np.random.default_rng(3)
    for _ in range(20):
        costs, takes = ([random.random(4) for _ in range(4)] for _ in range(2))
        sets = sorted((sum(costs[g][k] for g, k in enumerate(ks)), ks) for ks in product(range(4), repeat=4)
                      if sum(takes[g][k] for g, k in enumerate(ks)) <= 1.2)
        found = cheapest(costs, takes, 1.2)
        assert (found is None) == (not sets)
        if found is not None:
            assert tuple(found.tolist()) == sets[0][1]
            second = cheapest(costs, takes, 1.2, without=[found])
            assert second is None or tuple(second.tolist()) == sets[1][1]
    prices = np.array([3.0, 1.0, 2.5])
    rows = list(by_cost(prices, 9.0))
    paid = [float(prices @ np.array(row)) for row in rows]
    assert paid == sorted(paid)
    assert len(set(rows)) == len(rows) == sum(float(prices @ np.array(row)) <= 9.0 for row in product(range(10), repeat=3))


@pytest.mark.drawn
def test_size_of_a_package() -> None:
    """Half a million good units a week: tables and edits say the same, and the edits give that line."""
    found = procsim.size(EMBODIMENT_1, good_per_week=500_000)
    tools = found.tools.set_index("tool_group")
    assert tools["count_before"]["dicing_saw"] == 25
    assert tools["count_after"].sum() < tools["count_before"].sum()
    assert (tools["load_after"] <= 0.85).all()
    again = procsim.plan(EMBODIMENT_1, found.edits)
    assert again.groups.count.tolist() == tools["count_after"].tolist()
    closed = solve(again)
    assert closed.flow.good * closed.starts.lots_per_h * 168 == pytest.approx(500_000)
    figures = found.figures.set_index("figure")
    assert figures["after"]["cost_per_good_unit_loaded"] == pytest.approx(closed.loaded)
    limit = found.limits.iloc[0]
    assert limit["limit"] == "max_load"
    assert limit["costs_usd_per_good_unit"] > 0
    drawn = found.figure("size").svg.decode()
    assert all(name in drawn for name in tools.index)
    assert "25 → " in drawn
    assert json.loads(found.json())["kind"] == "size"


def test_a_cycle_time_costs_tools(write: Write) -> None:
    """And what it costs stands beside what the load costs."""
    path = write(SMALL.format(load=0.9, every=0.4))
    free = procsim.size(path)
    quick = procsim.size(path, max_cycle_time_h=float(free.figures.set_index("figure")["after"]["cycle_time"]) * 0.9)
    limits = quick.limits.set_index("limit")
    assert limits["costs_usd_per_good_unit"]["max_cycle_time"] > 0
    assert limits["without_usd"]["max_cycle_time"] == pytest.approx(free.figures.set_index("figure")["after"]["cost_per_good_unit_loaded"])
    assert quick.sized.sized.proven


def test_lots_are_chosen_at_equal_output(write: Write) -> None:
    """Of three sizes of lots the one that is cheapest with the tools that are best for it; all make the same."""
    path = write(LINE)
    found = procsim.size(path, choose=["line.lot.panels=1,2,4"], max_load=0.8)
    table = found.choices
    assert list(table["line.lot.panels"]) == ["1", "2", "4"]
    done = table[table["why"] == ""]
    assert found.sized.edits["line.lot.panels"] == done.loc[done["cost_per_good_unit_loaded"].idxmin(), "line.lot.panels"]
    figures = found.figures.set_index("figure")
    assert figures["before"]["good_units_per_week"] == pytest.approx(figures["after"]["good_units_per_week"])
    assert procsim.size(path, choose=["lots"]).choices.shape[0] == 3


def test_it_is_confirmed_by_simulation(write: Write) -> None:
    """Figures with intervals: what is asked for lies in that of the output."""
    found = procsim.size(write(LINE.replace("horizon_h: 400", "horizon_h: 4000")), good_per_week=4000, simulate=True, replications=5)
    row = found.figures.set_index("figure").loc["good_units_per_week"]
    assert row["ci_low"] - 20 <= 4000 <= row["ci_high"] + 20
    assert row["after"] == pytest.approx(4000)


def test_what_is_saved_loads_and_nothing_else_is_written_over(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The what-if extends the flow, with its edits; again it is written over, another file is not."""
    assert main(["size", "line.yaml", "--save", "whatif/sized.yaml"]) == 2
    assert "there is no folder whatif" in capsys.readouterr().err
    Path("whatif").mkdir()
    for _ in range(2):
        assert main(["size", "line.yaml", "--good-per-week", "4000", "--set", "tools.a.price_usd=3e5", "--save", "whatif/sized.yaml"]) == 0
    plan = procsim.plan("whatif/sized.yaml")
    closed = solve(plan)
    assert closed.flow.good * closed.starts.lots_per_h * 168 == pytest.approx(4000)
    assert plan.groups.count.tolist() == procsim.size("line.yaml", good_per_week=4000).tools["count_after"].tolist()
    assert load("whatif/sized.yaml").document.tools["a"].price_usd == 3e5
    capsys.readouterr()
    before = Path("line.yaml").read_bytes()
    for name, why in (("line.yaml", "was not saved by procsim size"), ("sized.txt", "ends in .yaml"), ("other/sized.yaml", "save it in")):
        Path("other").mkdir(exist_ok=True)
        assert main(["size", "line.yaml", "--save", name]) == 2
        assert why in capsys.readouterr().err
    assert Path("line.yaml").read_bytes() == before


def test_auto_counts_are_sized_too(write: Write) -> None:
    """A recipe that says auto itself is saved with numbers."""
    path = write(LINE.replace("line:\n", "line:\n  count: auto\n"))
    found = procsim.size(path)
    found.save_flow(path.parent / "sized.yaml")
    saved = load(path.parent / "sized.yaml")
    assert saved.document.line.count is None
    assert settled(saved).groups.count.tolist() == found.tools["count_after"].tolist()


def test_the_command_prints_json_and_tables(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` alone on stdout; ``--out`` has the tables."""
    assert main(["size", "line.yaml", "--json", "--out", "sized", "--max-cycle-time-h", "9"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["kind"] == "size"
    assert {row["tool_group"] for row in data["tables"]["tools"]} == {"a", "b"}
    assert sorted(path.name for path in (here / "sized").iterdir()) == ["figures.csv", "index.html", "limits.csv", "run.json", "size.svg", "tools.csv"]


@pytest.mark.parametrize(("asked", "why"), [
    ({"max_cycle_time_h": 0.1}, "no number of tools brings the cycle time down to 0.1"),
    ({"set": ["line.release={conwip_lots: 4}"]}, "a constant WIP has no rate"),
    ({"max_load": 85}, "85 % is 0.85"),
    ({"good_per_week": -1}, "must be above 0"),
    ({"choose": ["line.lot.panels"]}, "--over"),
    ({"set": ["two.yield.unit=0"], "good_per_week": 100}, "has no closed form"),
])
def test_what_cannot_be_sized_is_said(write: Write, asked: dict[str, object], why: str) -> None:
    """With what was meant."""
    with pytest.raises((RecipeError, InfeasibleError)) as said:
        procsim.size(write(LINE), **asked)  # type: ignore[arg-type]
    assert why in str(said.value)


@pytest.mark.long
@pytest.mark.parametrize(("flow", "share"), [("embodiment_1", 0.9), ("embodiment_2", 0.9), ("embodiment_3", 0.9), ("embodiment_4", 0.9),
                                             ("embodiment_5", 0.9), ("dual_heat_sink", 0.975)])
def test_packages_are_sized_no_dearer_than_by_rules(flow: str, share: float, record_property: pytest.FixtureRequest) -> None:
    """Of all six packages, with a cycle time that is a share of what the fewest tools take: no rule of thumb ends at cheaper tools."""
    path = ROOT / "flows" / f"{flow}.yaml"
    plain = procsim.size(path, good_per_week=1e6)
    hours = float(plain.figures.set_index("figure")["after"]["cycle_time"]) * share
    found = procsim.size(path, good_per_week=1e6, max_cycle_time_h=hours)
    assert (found.rules["dearer_usd_per_week"] >= -1e-6).all()
    assert found.figures.set_index("figure")["after"]["cycle_time"] <= hours * (1 + 1e-9)
    row = f"size\t{flow}: {hours:.4g} h, {found.limits.iloc[-1]['costs_usd_per_good_unit']:.4f} USD, {found.sized.sized.how}"
    record_property("row", row)  # type: ignore[operator]


def test_a_load_above_the_limit_is_told_where_batches_start_before_they_are_full(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """An oven that may start with 2 panels of 8, and gets 2 an hour for a run of 54 minutes, works for 90 % of the time, and would with full batches for
    22.5 %: it has the one tool that its limit of 85 % allows, and the load is explained."""
    line = write("""
line: {lot: {panels: 2}, release: {every_h: 1}, tools: {oven: {price_usd: 1000, batch: {min_panels: 2, max_panels: 8}}}}
run: {horizon_h: 100}
steps: [{id: bake, tool: oven, time_min: 54}]
""")
    assert main(["size", str(line), "--json"]) == 0
    told = capsys.readouterr()
    said = ("oven is 90 % loaded, since its batches start before they are full; max_load is kept by full ones, which would load it 22.5 %")
    assert f"warning: {said}" in told.err
    assert json.loads(told.out)["warnings"] == [said]
    assert procsim.size(write(LINE)).warnings == []
