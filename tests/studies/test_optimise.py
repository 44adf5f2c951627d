"""Tests that ``optimise`` finds what is best: proven against all points, never worse than one variable at a time, and simulated as surely as it says."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from conftest import LINE, PACKAGES, ROOT
from lines import Write

import procsim
from procsim.cli import main
from procsim.errors import InfeasibleError, RecipeError, StoppedError
from procsim.experiments import search
from procsim.experiments.points import Evaluator, figure_units
from procsim.experiments.search import Search
from procsim.experiments.space import Variable, space, standing
from procsim.experiments.trials import Limit, goal, tried
from procsim.recipe.load import load
from procsim.recipe.source import read_text
from procsim.recipe.tree import plain
from procsim.studies.optimise import OptimiseResult

COST = "cost_per_good_unit_loaded"
LOTS = "line.lot.panels=1..8"
OVER = [LOTS, "tools.a.count=1..4", "tools.b.count=1..3", "look.time_min=10,30"]
LIMITS = ["cycle_time<6", "bottleneck_load<0.95"]
COUNTS = """
line:
  release: {every_h: {exponential: {mean: 0.4}}}
  tools:
    a: {price_usd: 100000, count: 6}
    b: {price_usd: 250000, count: 4, failures: {f: {mtbf_h: 20, mttr_h: 2}}}
    d: {price_usd: 700000, count: 3}
run: {horizon_h: 400}
economics: {hours_per_year: 8000}
steps:
  - {id: one, tool: a, time_h: {exponential: {mean: 1}}, yield: {unit: 0.9}}
  - {id: two, tool: b, time_h: 0.7}
  - {id: four, tool: d, time_h: 0.4}
  - {id: again, tool: a, time_h: 0.5}
"""
YIELDS = """
line:
  lot: {panels: 1, units_per_panel: 40}
  release: {every_h: 1}
  tools: {a: {price_usd: 100000}}
run: {horizon_h: 150, replications: 3}
economics: {hours_per_year: 8000}
materials: {paste: {price_usd_per_g: 0.5, density_g_cm3: 2}}
steps:
  - {id: one, tool: a, time_h: 0.5, yield: {unit: 0.8}, consumes: {paste: {per_unit: 1}}}
"""

ALIKE = ["one.time_h={exponential: {mean: 0.5}},{lognormal: {mean: 0.5, cv: 1}},{gamma: {mean: 0.5, cv: 1}}"]
"""Three laws that have the same mean."""


def best_of_all(path: Path, over: Sequence[str], limits: Sequence[str], figure: str = COST) -> float:
    """The least figure of all points, each of them read and solved from the ground; whatever is not within the limits, or overloaded, is none."""
    axes = [Variable.of(text) if "=1.." not in text else Variable(tuple(text.split("=")[0].split(",")), tuple(map(str, range(1, int(text.rsplit("..", 1)[1]) + 1))))
            for text in over]
    best = math.inf
    for cells in product(*(one.values for one in axes)):
        edits = [f"{one.name}={cell}" for one, cell in zip(axes, cells, strict=True)]
        try:
            point = Evaluator(path, edits).at({}, fixed_line=True)
        except RecipeError:
            continue
        found = point.figures()
        if found["bottleneck_load"] < 1 and all(eval(limit, {}, found) for limit in limits) and found[figure] < best:
            best = found[figure]
    return best


def by_coordinates(search_: Search) -> float:
    """What one variable at a time ends at, from the flow as it stands: each is moved to the best of its values (nine of a range) until none moves."""
    def value(cells: tuple[str, ...]) -> float:
        files, values = search_.space.parted(cells)
        assert not files
        return search_.value(tried(search_.flow, values, cells, search_.goal))

    at, before = search_.start, math.inf
    while value(at) < before:
        before = value(at)
        for n, one in enumerate(search_.space.variables):
            others = [(*at[:n], cell, *at[n + 1:]) for cell in (one.values or [one.cell(i / 8) for i in range(9)])]
            at = min([at, *others], key=value)
    return before


# --- the search -----------------------------------------------------------------------------------------------------------


def test_all_points_of_a_small_space_are_tried(write: Write) -> None:
    """The best is that of all, each read from the ground; it says so, and its edits give it."""
    path = write()
    over, limits = [LOTS, "tools.a.count=1..3", "look.time_min=10,30"], ["cycle_time<6"]
    found = procsim.optimise(path, over, minimise=COST, subject_to=limits, fixed_line=True, simulate=False)
    assert found.search.how == "all 48 points: there is none better among them"
    assert found.search.proven
    assert found.best.figures[COST] == pytest.approx(best_of_all(path, over, limits), rel=1e-12)
    closed = procsim.estimate(path, found.edits).summary.set_index("metric")["mean"]
    assert closed[COST] == pytest.approx(found.best.figures[COST])
    assert closed["cycle_time"] < 6
    assert len(found.trials) == 48
    assert found.trials["best"].sum() == 1
    assert (found.trials.loc[~found.trials["will_do"], "why"] != "").all()


def test_a_large_space_is_searched_with_few_trials(write: Write) -> None:
    """The best of 192 points is found with 80 trials, by two seeds; whole numbers are known for such, and nothing is said to be proven."""
    path = write()
    known = procsim.optimise(path, OVER, minimise=COST, subject_to=LIMITS, simulate=False)
    assert len(known.trials) == 192
    for seed in (1, 2):
        found = procsim.optimise(path, OVER, minimise=COST, subject_to=LIMITS, simulate=False, trials=80, seed=seed)
        assert len(found.trials) <= 80
        assert not found.search.proven
        assert found.best.figures[COST] == pytest.approx(known.best.figures[COST], rel=1e-3)


def test_what_is_most_is_found_too(write: Write) -> None:
    """Of a range of rates, as much as the limits let through: at the bound, by any number of the range."""
    over = ["line.release.every_h=log:0.5..4", "tools.a.count=1..3"]
    found = procsim.optimise(write(), over, maximise="good_units_per_week", subject_to=["bottleneck_load<=0.8", f"{COST}<0.9"], simulate=False, trials=120)
    assert found.best.will_do
    assert found.best.figures["bottleneck_load"] == pytest.approx(0.8, abs=0.01) or found.best.figures[COST] == pytest.approx(0.9, abs=0.01)
    assert found.goal.word == "most"
    will = found.trials[found.trials["will_do"]]
    assert found.best.figures["good_units_per_week"] == will["good_units_per_week"].max()


def test_numbers_of_tools_alone_are_found_as_lines_are_sized(write: Write) -> None:
    """By the integer program, against all sets of tools; within their ranges."""
    path = write(COUNTS)
    over = ["tools.a.count=1..7", "tools.b.count=1..5", "tools.d.count=1..4"]
    for limits, high in (([], 4), (["cycle_time<4"], 4), (["cycle_time<=4.4"], 2)):
        asked = [*over[:2], f"tools.d.count=1..{high}"]
        known = procsim.optimise(path, asked, minimise=COST, subject_to=limits, simulate=False, fixed_line=True)
        found = procsim.optimise(path, asked, minimise=COST, subject_to=limits, simulate=False, fixed_line=True, trials=30)
        assert known.search.how.startswith("all ")
        assert found.search.how.startswith("numbers of tools as a line is sized")
        assert found.search.proven
        assert found.best.figures[COST] == pytest.approx(known.best.figures[COST], rel=1e-4)
        assert int(dict(edit.split("=") for edit in found.edits)["tools.d.count"]) <= high


def test_numbers_of_tools_are_found_for_each_of_a_few_other_choices(write: Write) -> None:
    """Lots and tools together, against all points; a choice that no tools make good says why."""
    path, limits = write(COUNTS), ["cycle_time<5"]
    over = ["line.lot.panels=1,2,3", "tools.a.count=1..7", "one.time_h=0.8,1.2,9", "tools.b.count=1..5"]
    known = procsim.optimise(path, over, minimise=COST, subject_to=limits, simulate=False, fixed_line=True)
    found = procsim.optimise(path, over, minimise=COST, subject_to=limits, simulate=False, fixed_line=True, trials=60)
    assert known.search.how == "all 315 points: there is none better among them"
    assert found.search.how.startswith("numbers of tools as a line is sized, for each of 9 other choices")
    assert found.search.proven
    assert found.best.figures[COST] == pytest.approx(known.best.figures[COST], rel=1e-4)
    assert found.trials.set_index("one.time_h").loc[9.0, "why"].str.contains("grow without end|not < 5").all()


def test_a_line_takes_the_tools_that_a_point_lacks(write: Write) -> None:
    """At equal output, and the edits hold them; of a fixed line, and where their number is chosen, such a point will not do, and says why."""
    over = ["one.time_h={per_panel: 0.5},{per_panel: 2}"]
    found = procsim.optimise(write(), over, minimise="raw_process_time", simulate=False)
    taken = found.trials.set_index("one.time_h").loc["{per_panel: 2}"]
    assert (taken["tools_added"], taken["tools_taken"]) == (2, "tools.a.count=3")
    assert found.best.more == {}
    most = procsim.optimise(write(), over, maximise="raw_process_time", simulate=False)
    assert "tools.a.count=3" in most.edits
    assert most.choices["variable"].to_list() == ["one.time_h", "tools.a.count"]
    for asked in ({"choose": over, "fixed_line": True}, {"choose": [*over, "tools.a.count=1,2"]}):
        fixed = procsim.optimise(write(), maximise="raw_process_time", simulate=False, **asked)  # type: ignore[arg-type]
        assert fixed.trials["why"].str.contains("its queue would grow without end").any()
        assert fixed.best.more == {}


def test_methods_and_what_ifs_are_chosen(write: Write) -> None:
    """Among words, and among files that are laid over; what is no recipe says why, and is not chosen."""
    path = write(LINE.replace("{id: one, tool: a,", "{id: one, tool: a, process: slow,").replace(
        "time_h: {per_panel: 0.5},", "").replace("materials:", "processes:\n  slow: {time_h: {per_panel: 0.6}}\n  fast: {time_h: {per_panel: 0.3}}\n"
                                                 "  bad: {time_h: -1}\nmaterials:"))
    with pytest.raises(RecipeError, match="bad"):
        procsim.optimise(path, ["one.process=fast"], minimise=COST, simulate=False)
    path.write_text(path.read_text().replace("  bad: {time_h: -1}\n", ""))
    cheap = write("extends: line.yaml\nchanges:\n  - set: {tools.b.price_usd: 1000}\n", "cheap.yaml")
    gone = write("extends: line.yaml\nchanges:\n  - remove: two\n", "gone.yaml")
    found = procsim.optimise(path, {"one.process": ["slow", "fast", "none_such"], "with": ["none", str(cheap), f"{cheap}+{gone}"],
                                    "two.time_min": [20, 40]}, minimise=COST, simulate=False)
    assert found.best.cells[:2] == ("fast", f"{cheap}+{gone}") or found.best.cells[1] == str(cheap)
    assert found.over == tuple(found.best.cells[1].split("+"))
    assert procsim.estimate(path, found.edits, found.over).summary.set_index("metric")["mean"][COST] == pytest.approx(found.best.figures[COST])
    told = found.trials.set_index(["one.process", "with"])["why"]
    assert told["none_such"].str.contains("none_such").all()
    assert told["fast", f"{cheap}+{gone}"].str.contains("two").all()


def test_the_same_seed_gives_the_same_trials_whoever_makes_them(write: Write) -> None:
    """Two processes, or none beside this one; another seed gives others."""
    asked = {"choose": [*OVER, "two.time_min=10..40"], "minimise": COST, "subject_to": LIMITS, "simulate": False, "trials": 50}
    one, two, other = (procsim.optimise(write(), jobs=jobs, seed=seed, **asked) for jobs, seed in ((1, 4), (2, 4), (1, 5)))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(one.trials, two.trials)
    assert list(one.search.found) != list(other.search.found)


def test_a_recipe_that_is_no_file_is_optimised_too(tmp_path: Path) -> None:
    """In other processes as well; it cannot be kept as a what-if, since there is nothing to extend."""
    read = plain(read_text(LINE, tmp_path / "line.yaml"))
    assert isinstance(read, dict)
    one, two = (procsim.optimise(read, [LOTS, "tools.a.count=1..2"], minimise=COST, simulate=False, jobs=jobs) for jobs in (1, 2))
    assert one.best.cells == two.best.cells
    with pytest.raises(RecipeError, match="has no file that a what-if could extend"):
        one.save_flow(tmp_path / "best.yaml")


def never_worse(path: Path, over: list[str], limits: list[str], trials: int) -> OptimiseResult:
    """Than the flow as it stands, and than one variable at a time from there."""
    found = procsim.optimise(path, over, minimise=COST, subject_to=limits, simulate=False, trials=trials)
    best = found.search.value(found.search.best)
    assert best <= found.search.value(found.search.found[found.search.start])
    assert best <= by_coordinates(found.search) * (1 + 1e-9)
    return found


OF_ALL = ["line.lot.panels=4..24:6", "line.release.panels_per_week=300..1400"]


def test_a_package_is_no_worse_than_by_one_variable_at_a_time() -> None:
    """The package that takes the least time, with a few trials."""
    never_worse(ROOT / "flows" / "dual_heat_sink.yaml", ["line.lot.panels=2,4,6,8", "tools.dry_oven.count=1..2", "tools.underfill_dispenser.count=1..2"],
                ["cycle_time<50"], 12)


@pytest.mark.long
@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.stem)
def test_every_package_is_no_worse_than_by_one_variable_at_a_time(path: Path, record_property: pytest.FixtureRequest) -> None:
    """Lots, rate and the numbers of the three groups that are loaded most, with 300 trials."""
    point = Evaluator(path).at({})
    groups, loads = point.plan.groups, point.closed.tools.load
    most = sorted(range(len(loads)), key=lambda g: -loads[g])[:3]
    over = [f"tools.{groups.names[g]}.count={max(int(groups.count[g]) - 3, 1)}..{int(groups.count[g]) + 3}" for g in most]
    rate = standing(load(path), "line.release.panels_per_week")
    over += ["line.lot.panels=2..24", *([f"line.release.panels_per_week={0.5 * float(rate):g}..{1.3 * float(rate):g}"] if rate else [])]
    found = never_worse(path, over, [f"cycle_time<{1.05 * point.figures()['cycle_time']:g}"], 300)
    record_property("row", f"optimise\t{path.stem}: {found.base.figures[COST]:.4f} → {found.best.figures[COST]:.4f} USD, {len(found.trials)} trials")  # type: ignore[operator]


# --- simulation -----------------------------------------------------------------------------------------------------------


def test_the_best_is_confirmed_by_simulation(write: Write) -> None:
    """Of three yields the highest, beyond doubt; of three laws that are alike, nobody can tell with few replications."""
    path = write(YIELDS)
    found = procsim.optimise(path, {"one.yield.unit": [0.8, 0.85, 0.9]}, minimise=COST, replications=20)
    assert found.confirmed.probability == 0.95
    assert found.confirmed.words.startswith("the best of 3 with a probability of 95 % at least")
    assert found.edits == ["one.yield.unit=0.9"]
    table = found.tables["confirmed"]
    assert table["verdict"].to_list() == ["best", "beaten", "beaten"]
    assert (table["more_than_best"][1:] > 0).all()
    assert ((table["ci_low"] <= table["expected"]) & (table["expected"] <= table["ci_high"])).sum() >= 2
    near = procsim.optimise(path, ALIKE, minimise="raw_process_time", replications=12, indifference=1e-4)
    assert near.confirmed.best is None
    assert near.confirmed.words.startswith("cannot tell which of")
    assert near.best == near.search.best
    assert math.isnan(near.confirmed.probability)
    assert json.loads(near.json())["probability_of_correct_selection"] is None


def test_what_misses_a_limit_in_simulation_is_not_the_best(write: Write) -> None:
    """The closed form is of a line that has been running: one that begins empty and takes long makes less, surely, which is said; the next is best."""
    asked = {"maximise": "raw_process_time", "subject_to": ["good_units_per_week>5100"], "set": {"tools.a.count": 60}, "replications": 10}
    found = procsim.optimise(write(YIELDS), ["one.time_h=0.4,0.5,40"], **asked)  # type: ignore[arg-type]
    table = found.tables["confirmed"].set_index("one.time_h")
    assert table["verdict"]["40"] == "misses good_units_per_week > 5100"
    assert table["good_units_per_week_ci_high"]["40"] < 5100 < table["good_units_per_week_ci_high"]["0.5"]
    assert found.search.best.cells == ("40",)
    assert found.best.cells == ("0.5",)
    assert table["limits"].to_dict()["40"] == "missed"


def test_where_nothing_keeps_a_limit_in_simulation_nothing_is_best(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """The next best are simulated then, until one does what is asked; where none does, the command fails and keeps nothing."""
    asked = {"maximise": "raw_process_time", "subject_to": ["good_units_per_week>5100"], "set": {"tools.a.count": 60}, "replications": 10}
    next_best = procsim.optimise(write(YIELDS), ["one.time_h=0.4,38,39,40"], few=2, **asked)  # type: ignore[arg-type]
    assert next_best.best.cells == ("0.4",)
    assert next_best.confirmed.words.startswith("the only one that does in simulation what is asked")
    path = write(YIELDS)
    words = ["optimise", str(path), "--over", "one.time_h=39,40", "--maximise", "raw_process_time", "--subject-to", "good_units_per_week>5100",
             "--set", "tools.a.count=60", "--save", str(path.parent / "best.yaml")]
    assert main(words) == 1
    told = capsys.readouterr()
    assert not told.out
    assert "none of the 2 trials that were simulated does what is asked" in " ".join(told.err.split())
    assert not (path.parent / "best.yaml").exists()


def test_what_may_miss_a_limit_is_told(write: Write) -> None:
    """A limit within the interval of its figure: it cannot be told whether that is kept."""
    own = procsim.run(write(YIELDS), replications=10).summary.set_index("metric").loc["good_units_per_week"]
    found = procsim.optimise(write(YIELDS), ["one.time_h=0.5"], minimise=COST, subject_to=[f"good_units_per_week>{own['mean'] - own['ci_high'] / 1e3:g}"])
    assert found.confirmed.shown[0].kept == "cannot tell"
    assert "cannot tell whether it keeps good_units_per_week >" in found.confirmed.words


def test_ties_are_told(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Where others are as good but for rounding, the first is the best, which is the flow as it stands where that is one of them."""
    path = write()
    found = procsim.optimise(path, [LOTS], minimise="yield", simulate=False)
    assert found.ties == len(found.trials) - 1
    assert found.best.cells == found.search.start
    assert main(["optimise", str(path), "--over", LOTS, "--minimise", "yield", "--no-simulate"]) == 0
    assert f"all {len(found.trials)} trials that will do have the same yield: it does not depend on what was chosen" in capsys.readouterr().out


@pytest.mark.long
def test_the_best_is_selected_as_often_as_is_promised(write: Write, record_property: pytest.FixtureRequest) -> None:
    """A case whose best is known: three laws, of which the means of two are longer by just what matters. Over 200 seeds the shortest is selected with
    a probability of 95 %, within four standard errors."""
    laws = ["{exponential: {mean: 0.5}}", "{lognormal: {mean: 0.5075, cv: 1}}", "{gamma: {mean: 0.5075, cv: 0.8}}"]
    path, asked = write(YIELDS.replace("horizon_h: 150", "horizon_h: 30")), {"choose": [f"one.time_h={','.join(laws)}"], "minimise": "raw_process_time"}
    found = [procsim.optimise(path, seed=seed, indifference=0.015, replications=1000, **asked) for seed in range(200)]  # type: ignore[arg-type]
    right = sum(one.confirmed.best is not None and one.edits == [f"one.time_h={laws[0]}"] for one in found)
    assert right / 200 >= 0.95 - 4 * math.sqrt(0.95 * 0.05 / 200)
    told = sum(one.confirmed.best is not None for one in found)
    record_property("row", f"optimise\tselected rightly with {right} of 200 seeds, told with {told}; "  # type: ignore[operator]
                           f"{sum(one.confirmed.shown[0].replications for one in found) / 200:.1f} replications of the best")


# --- what it says ---------------------------------------------------------------------------------------------------------


def test_the_frontier_is_what_nothing_beats(write: Write) -> None:
    """In output and in cost, of all trials that will do; both ends are named, and it is drawn."""
    found = procsim.optimise(write(), ["line.release.every_h=0.9..3:6", "tools.a.count=1..3", "tools.b.count=1,2"], minimise=COST, simulate=False)
    will, edge = found.trials[found.trials["will_do"]], found.frontier
    pairs = [(row["good_units_per_week"], row[COST]) for _, row in will.iterrows()]
    kept = {(x, y) for x, y in pairs if not any(u >= x and v <= y and (u, v) != (x, y) for u, v in pairs)}
    assert {(row["good_units_per_week"], row[COST]) for _, row in edge.iterrows()} == kept
    assert edge["end"].iloc[0].startswith("least cost")
    assert edge["end"].iloc[-1].endswith("most output")
    assert edge["good_units_per_week"].is_monotonic_increasing
    for name in found.pictures:
        assert b"<svg" in found.figure(name).svg
    assert found.pictures == ("frontier", "history")


def test_a_line_without_prices_has_no_frontier(write: Write) -> None:
    """Nor a cost that could be least; what is quickest is found all the same."""
    path = write("line: {release: {every_h: {exponential: {mean: 1}}}, tools: {a: {count: 2}}}\nrun: {horizon_h: 100}\n"
                 "steps: [{id: one, tool: a, time_h: 0.7}]\n")
    found = procsim.optimise(path, ["tools.a.count=1..3"], minimise="cycle_time", simulate=False)
    assert found.edits == ["tools.a.count=3"]
    assert found.frontier.empty
    assert found.pictures == ("history",)
    with pytest.raises(RecipeError, match="no figure 'cost_per_good_unit_loaded'"):
        procsim.optimise(path, ["tools.a.count=1..3"], minimise=COST)


def test_what_is_saved_is_the_best(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``--save`` writes a what-if that costs what the best does; ``--out`` the tables; ``--json`` stands alone."""
    (here / "cheap.yaml").write_text("extends: line.yaml\nchanges:\n  - set: {tools.b.price_usd: 1000}\n")
    arguments = ["optimise", "line.yaml", "--minimise", COST, "--over", LOTS, "--over", "with=none,cheap.yaml", "--no-simulate", "--set", "one.yield.unit=0.97"]
    assert main([*arguments, "--save", "best.yaml", "--out", "out", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["kind"] == "optimise"
    assert data["proven"]
    best = next(row for row in data["tables"]["trials"] if row["best"])
    assert best["with"] == "cheap.yaml"
    saved = procsim.estimate("best.yaml").summary.set_index("metric")["mean"]
    assert saved[COST] == pytest.approx(best[COST])
    assert {"trials.csv", "frontier.csv", "choices.csv", "figures.csv", "frontier.svg", "history.svg", "run.json"} <= {one.name for one in (here / "out").iterdir()}
    assert main([*arguments, "--save", "best.yaml"]) == 0, "its own file may be written over"
    said = capsys.readouterr().out
    assert "all 16 points: there is none better among them" in said
    assert main([*arguments, "--save", "line.yaml"]) == 2
    assert "was not saved by procsim optimise" in capsys.readouterr().err


def test_what_was_found_is_kept_when_it_is_interrupted(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C after some trials: the best of these, which says so; before any, nothing."""
    made, first = search.tried, 20

    def counted(*arguments: object) -> object:
        nonlocal first
        first -= 1
        if first < 0:
            raise KeyboardInterrupt
        return made(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(search, "tried", counted)
    found = procsim.optimise("line.yaml", OVER, minimise=COST, simulate=True)
    assert found.search.stopped == "interrupt"
    assert len(found.trials) == 20
    assert found.confirmed.words == "not simulated: it was stopped before"
    first = 20
    assert main(["optimise", "line.yaml", "--minimise", COST, *(word for text in OVER for word in ("--over", text))]) == 0
    assert "interrupted: this is the best of what was tried until then" in capsys.readouterr().err
    first = 0
    with pytest.raises(KeyboardInterrupt):
        procsim.optimise("line.yaml", OVER, minimise=COST)
    with pytest.raises(StoppedError):
        procsim.optimise("line.yaml", OVER, minimise=COST, deadline=0.0)


@pytest.mark.parametrize(("asked", "why"), [
    ({"minimise": "cost_per_good_unit_loadet"}, "did you mean 'cost_per_good_unit_loaded'?"),
    ({"minimise": COST, "maximise": "yield"}, "either --minimise FIGURE or --maximise FIGURE"),
    ({"minimise": "scrap_cost_per_good_unit"}, "scrap_cost_per_good_unit has no closed form"),
    ({"minimise": ""}, "either --minimise FIGURE or --maximise FIGURE"),
    ({"subject_to": ["cycle_tim<80"]}, "did you mean 'cycle_time'?"),
    ({"subject_to": ["cycle_time=80"]}, "it says FIGURE<VALUE"),
    ({"subject_to": ["cycle_time<fast"]}, "a limit is a number (got 'fast')"),
    ({"choose": []}, "nothing is chosen"),
    ({"choose": ["tools.a.count"]}, "--over tools.a.count: it says ADDRESS=VALUES"),
    ({"choose": ["tools.a.count=1,2", "tools.a.count,tools.b.count=1..2"]}, "'tools.a.count' is there twice"),
    ({"choose": ["tools.c.count=1..2"]}, "no tool 'c'"),
    ({"choose": ["one.yeild.unit=0.5..0.9"]}, "yield"),
    ({"choose": ["with=none,nowhere.yaml", "tools.a.count=2..1"]}, "a lower number to a higher one"),
    ({"choose": ["with=nowhere.yaml"]}, "nowhere.yaml"),
    ({"choose": ["with=none,nowhere.yaml"]}, "--over with: nowhere.yaml: no such file"),
    ({"choose": ["tools.a.count=1,1"]}, "1 is there twice"),
    ({"choose": ["line.release.every_h=0.1,0.2"], "fixed_line": True}, "grow without end"),
    ({"subject_to": ["cycle_time<0.1"]}, "none of 2 trials does what is asked; the nearest, tools.a.count="),
])
def test_what_cannot_be_is_said(write: Write, asked: dict[str, object], why: str) -> None:
    """With what was meant, or with what is nearest."""
    with pytest.raises((RecipeError, InfeasibleError)) as said:
        procsim.optimise(write(), **{"choose": ["tools.a.count=1,2"], "minimise": COST, "simulate": False, **asked})  # type: ignore[arg-type]
    assert why in str(said.value)


def test_variables_and_limits_are_read() -> None:
    """Whole numbers where only these may stand; a value's place and the value there and back; how far a limit is missed."""
    flow = Evaluator(ROOT / "flows" / "dual_heat_sink.yaml")
    found = space(["line.lot.panels=2..9", "line.release.panels_per_week=log:10..1000", "die_bond.process=b,a", "x.y=0.5..2:4"], flow).variables
    assert [len(one.values) for one in found] == [8, 0, 2, 4]
    assert [one.ordered for one in found] == [True, True, False, True]
    for one in found:
        cells = {one.cell(i / 20) for i in range(21)}
        assert all(one.cell(one.share(cell)) == cell for cell in cells)
    assert found[1].cell(0.5) == "100"
    assert standing(load(ROOT / "flows" / "embodiment_1.yaml"), "layer.repeat") == "2"
    known = list(figure_units(flow.plan))
    limit = goal(COST, "", ["cycle_time <= 80"], known, False).limits[0]
    assert limit == Limit("cycle_time", "<=", 80.0)
    assert limit.broken(80) == 0 < limit.broken(80.1) < limit.broken(100) == 0.25
    assert Limit("yield", ">", 0.9).broken(0.9) > 0
