"""Tests sweeps: every point is what the flow is there, and a sweep that is ended in any way goes on to the same bytes."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import LINE, ROOT
from lines import Write

import procsim
from procsim import report
from procsim.cli import main
from procsim.closed_form.solve import solve
from procsim.errors import RecipeError
from procsim.experiments import parts as kept
from procsim.experiments.design import design
from procsim.experiments.replicate import replicate
from procsim.experiments.vary import Axis
from procsim.figures.sweep import Dimension, picture
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.recipe.points_file import points_file
from procsim.results.metrics import named
from procsim.tables import sweep as tables

pytestmark = pytest.mark.drawn  # what was begun by another process and ended by this one has one picture

COST = "cost_per_good_unit_loaded"
PRICES = "materials.paste.price_usd_per_g"
GRID = ["--vary", f"{PRICES}=0.1..1:20", "--vary", "economics.labour_usd_per_h=10..40:22"]
"""440 points in 9 parts, which take a second or two."""


def swept(*words: str) -> int:
    return main(["sweep", "line.yaml", "--quiet", *words])


def table(folder: str | Path) -> pd.DataFrame:
    return tables.read(Path(folder) / "points.csv", [])


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# points -----------------------------------------------------------------------------------------------------------------


def test_each_point_is_the_flow_with_its_edits(here: Path) -> None:
    """Of numbers, counts and several addresses that move together: as if each had been loaded, planned and solved by itself."""
    found = procsim.sweep("line.yaml", {PRICES: [0.1, 0.9], "one.yield.unit,two.yield.unit": "0.9..0.99:3"}, figures=[COST, "yield"])
    assert list(found.points.columns[:5]) == ["flow", PRICES, "one.yield.unit,two.yield.unit", COST, "yield"]
    assert len(found.points) == 6
    for row in found.points.to_dict("records"):
        both = row["one.yield.unit,two.yield.unit"]
        closed = solve(make(load("line.yaml", [f"{PRICES}={row[PRICES]}", f"one.yield.unit={both}", f"two.yield.unit={both}"])))
        assert row[COST] == pytest.approx(closed.loaded, rel=1e-9)
        assert row["yield"] == pytest.approx(closed.flow.yield_, rel=1e-9)


def test_points_without_a_closed_form_say_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where lots over a limit of queue time are sent back, no point has a cost; where only the last has such a limit, the others have one."""
    limit = "{from: one, to: two, limit_h: 99, action: %s}"
    axis = "line.queue_time_limits.aged.action"
    assert swept("--set", f"line.queue_time_limits.aged={limit % 'scrap'}", "--vary", f"{PRICES}=0.1,0.9", "--figures", f"{COST},yield", "--out", "none") == 2
    said = capsys.readouterr().err
    assert "no point of 2 has figures" in said
    assert f"no closed form of {COST}, yield (lots over the queue-time limit aged are scrapped or sent back" in said
    assert swept("--set", f"line.queue_time_limits.aged={limit % 'count'}", "--vary", f"{axis}=count,scrap", "--figures", COST, "--out", "some") == 0
    told = capsys.readouterr()
    assert "1 of 2 points have no figures" in told.err
    assert f"--set {axis}=count" in told.out
    assert "some/index.html" in told.out
    assert table("some")["why"].str.contains("--simulate finds it").to_list() == [False, True]
    assert swept("--set", f"line.queue_time_limits.aged={limit % 'scrap'}", "--vary", f"{PRICES}=0.1,0.9", "--figures", f"{COST},cycle_time", "--out", "half") == 0
    told = capsys.readouterr()
    assert table("half")["cycle_time"].notna().all()
    assert "next:" not in told.out


def test_a_word_among_numbers_may_be_meant(here: Path, write: Write) -> None:
    """A count of tools may be auto."""
    write("tools.a.count\n1\nauto\n2\n", "points.csv")
    assert procsim.sweep("line.yaml", points="points.csv", figures=[COST]).points[COST].notna().all()


def test_a_flow_is_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has swept a flow may stand elsewhere when it sweeps it again."""
    found = []
    for place in (ROOT, tmp_path):
        monkeypatch.chdir(place)
        found.append(procsim.sweep("flows:embodiment_1.yaml", {"layer.repeat": [1, 3]}, figures=[COST]).points)
    assert found[0].equals(found[1])


def test_a_recipe_that_is_no_file_is_swept_and_sized(here: Path) -> None:
    """Plain dictionaries give the points of their file, in this process and in others, which do not run a script again that has no main."""
    code = """
import procsim, yaml
plain = yaml.safe_load(open("line.yaml"))
axes = {"one.yield.unit": "0.9..0.99:26", "line.release.every_h": [2, 3]}
found = [procsim.sweep(flow, axes, jobs=jobs).points for flow, jobs in (("line.yaml", 1), (plain, 1), (plain, 2))]
assert found[0].iloc[:, 1:].equals(found[1].iloc[:, 1:]) and found[1].equals(found[2])
both = procsim.sweep([{**plain, "name": "one"}, {**plain, "name": "two"}], {"tools.a.count": [1, 2]}).points
assert both["flow"].to_list() == ["one", "one", "two", "two"]
sizes = [procsim.size(flow, good_per_week=9000).tools for flow in ("line.yaml", plain)]
assert sizes[0].equals(sizes[1])
print("once")
"""
    (here / "script.py").write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (done.stdout, done.returncode) == ("once\n", 0), done.stderr
    with pytest.raises(RecipeError, match="no file that a what-if could extend"):
        procsim.size(yaml.safe_load(LINE), good_per_week=9000).save_flow(here / "sized.yaml")


def test_a_file_of_points_holds_any_relation(here: Path, write: Write) -> None:
    """A column is an address, or several; an empty cell leaves what the recipe has; each line goes with each point of the grid."""
    write('"one.yield.unit,two.yield.unit",tools.a.count\n0.9,\n 0.95 ,2\n\n', "points.csv")
    found = procsim.sweep("line.yaml", {PRICES: [0.1, 0.2, 0.3]}, "points.csv", figures=[COST]).points
    assert found["tools.a.count"].fillna(0).tolist() == [0, 0, 0, 2, 2, 2]
    base = ["one.yield.unit=0.9", "two.yield.unit=0.9", f"{PRICES}=0.2"]
    assert found[COST][1] == pytest.approx(solve(make(load("line.yaml", base))).loaded, rel=1e-9)
    frame = pd.DataFrame({"one.yield.unit,two.yield.unit": [0.9, 0.95], "tools.a.count": [None, 2]})
    again = procsim.sweep("line.yaml", {PRICES: [0.1, 0.2, 0.3]}, frame, figures=[COST]).points
    assert again[COST].tolist() == found[COST].tolist()


@pytest.mark.parametrize(("text", "said"), [
    ("", "points.csv: error: has no points"),
    ("one.yield.unit\n", "points.csv: error: has no points"),
    ("yield\n0.9\n", "points.csv:1:1: error: 'yield' is not an address"),
    ("one.yield.unit,one.yield.unit\n1,1\n", "points.csv:1:16: error: 'one.yield.unit' is written twice"),
    ("one.yield.unit,tools.a.count\n0.9\n", "points.csv:2:1: error: 1 cell under 2 columns"),
    ("one.yield.unit;tools.a.count\n0.9;2\n", "semicolons stand between the cells"),
    ('one.yield.unit\n"0.9\n', "points.csv:2:1: error: this is no line of a CSV file"),
    ("one.yeild.unit\n0.9\n0.8\n", "points.csv:1:1: error: "),
    ("tools.a.count,one.yield.unit\n1,0.9\n2,0.8\n3,O.9\n4,0.7\n", "points.csv:4:1: error: yield.unit must be a number (got the text 'O.9')"),
    ("ones.yield.unit\n0.9\n0.8\n", "points.csv:1:1: error: no step or section 'ones'"),
])
def test_a_file_of_points_is_checked_where_it_is_written(here: Path, write: Write, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    """The file, line and column of what is wrong, before any point is worked out; exit 2."""
    write(text, "points.csv")
    assert swept("--points", "points.csv", "--out", "out") == 2
    assert said in capsys.readouterr().err
    assert not (here / "out").exists()


@pytest.mark.parametrize(("words", "said"), [
    ([], "nothing is varied"),
    (["--vary", "tools.a.count=1,2", "--vary", "tools.a.count=3"], "'tools.a.count' is varied twice"),
    (["--vary", "tools.a.count=1,2", "--figures", "cost_per_good_unit"], "no figure 'cost_per_good_unit'; did you mean 'scrap_cost_per_good_unit'"),
    (["--vary", "tools.c.cuont=1,2"], "tools.c"),
    (["--vary", "layer.repeat=1,2,3"], "nothing is used as 'layer'"),
    (["--vary", "one.yield.unit=7,8,9"], "no point of 3 has figures: at one.yield.unit=7: "),
    (["--vary", f"{PRICES}=0..1:1001", "--vary", "one.yield.unit=0.5..1:1001"], "1 002 001 points; there may be from 1 to 1 000 000"),
])
def test_what_cannot_be_swept_is_refused(here: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    """Exit 2, also where all points are illegal; an address that leads nowhere is found before the work."""
    assert swept(*words, "--out", "out") == 2
    assert said in capsys.readouterr().err.replace("\u202f", " ")
    assert not (here / "out" / "points.csv").exists()


def test_illegal_points_stop_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They have no figures, and say why on one line; a line on stderr counts them."""
    assert swept("--vary", "one.yield.unit=0.9,1.5,0.95", "--out", "out") == 0
    found = table("out")
    assert found[COST].isna().tolist() == [False, True, False]
    assert "1.5" in found["why"][1]
    assert "\n" not in found["why"][1]
    assert "line.yaml: 1 of 3 points" in capsys.readouterr().err.replace("line: 1", "line.yaml: 1")


def test_a_line_that_is_too_small_is_given_the_tools_that_it_lacks(here: Path) -> None:
    """As if they stood in the recipe, so that costs are of the same output; a fixed line keeps its own, and says what is overloaded."""
    every = {"line.release.every_h": [2, 1]}
    found = procsim.sweep("line.yaml", every).points
    assert found["tools_added"].tolist()[0] == 0
    added = found["tools_added"][1]
    assert added >= 1
    assert "a " in found["overloaded"][1]
    assert "(takes" in found["overloaded"][1]
    able = solve(make(load("line.yaml", ["line.release.every_h=1", f"tools.a.count={1 + added:.0f}"])))
    assert found[COST][1] == pytest.approx(able.loaded, rel=1e-9)
    fixed = procsim.sweep("line.yaml", every, fixed_line=True).points
    assert fixed["tools_added"].tolist() == [0, 0]
    assert fixed["good_units_per_week"][1] < found["good_units_per_week"][1]


def test_several_flows_are_one_table(here: Path, write: Write) -> None:
    """One after the other, each with the same points; two of one name bear their folder's."""
    write(LINE.replace("price_usd: 200000", "price_usd: 400000"), "other/line.yaml")
    found = procsim.sweep(["line.yaml", "other/line.yaml"], {PRICES: [0.1, 0.2]})
    assert found.points["flow"].tolist() == ["line", "line", "other/line", "other/line"]
    assert found.best["flow"].tolist() == ["line", "other/line"]
    with pytest.raises(RecipeError, match="named twice"):
        procsim.sweep(["line.yaml", "line.yaml"], {PRICES: [0.1, 0.2]})


def test_a_million_points_are_not_held() -> None:
    """They are numbered, and made when they are asked for, the last axis fastest."""
    made = design([Axis(("a.b",), tuple(map(str, range(1000)))), Axis(("c.d", "e.f"), tuple(map(str, range(1000))))])
    assert len(made) == 1_000_000
    assert made.cells(123_456) == ("123", "456")
    assert made.values(made.cells(1)) == {"a.b": "0", "c.d": "1", "e.f": "1"}


def test_a_long_file_of_points_is_held_as_its_text(tmp_path: Path) -> None:
    """100 000 lines in the memory of their letters, each read when it is asked for."""
    (tmp_path / "p.csv").write_text("a.b,c.d\n" + "".join(f"{n},x{n}\n" for n in range(100_000)))
    found = points_file(tmp_path / "p.csv")
    assert (len(found), found[99_999], found.numeric) == (100_000, ("99999", "x99999"), (True, False))


# simulated --------------------------------------------------------------------------------------------------------------


def test_simulated_points_share_their_random_numbers(here: Path) -> None:
    """Each is what a run of it finds, interval and all, with the closed form beside it; what an edit does not move is the same to every digit."""
    found = procsim.sweep("line.yaml", {PRICES: [0.1, 0.9]}, simulate=True, figures=[COST, "yield", "tools_added"], replications=2, seed=3).points
    plan = make(load("line.yaml", [f"{PRICES}=0.9", "run.seed=3"]))
    known = named(COST, replicate(plan, 2), plan.confidence)
    assert found.loc[1, [COST, f"{COST}_ci_low", f"{COST}_ci_high"]].tolist() == pytest.approx([known.mean, known.low, known.high], rel=1e-9)
    assert found[f"{COST}_expected"][1] == pytest.approx(solve(plan).loaded, rel=1e-9)
    assert found["yield"][0] == found["yield"][1]
    assert found["tools_added"].tolist() == [0, 0]


def test_a_simulated_line_is_given_its_tools_too(here: Path) -> None:
    """With a fixed line an overloaded point is not simulated: it says what it would take."""
    every = {"line.release.every_h": [2, 1]}
    found = procsim.sweep("line.yaml", every, simulate=True, figures=["good_units_per_week"], replications=1).points["good_units_per_week"]
    assert found[1] > 1.5 * found[0]
    fixed = procsim.sweep("line.yaml", every, simulate=True, figures=["good_units_per_week"], replications=1, fixed_line=True).points
    assert fixed["good_units_per_week"].isna().tolist() == [False, True]
    assert "would grow without end" in fixed["why"][1]


# its folder -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the sweep of ``GRID`` writes when nobody ends it."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "line.yaml").write_text(LINE)
    assert main(["sweep", str(folder / "line.yaml"), *GRID, "--quiet", "--out", str(folder / "out"), "--jobs", "1"]) == 0
    return everything(folder / "out")


def begun(*words: str) -> subprocess.Popen[str]:
    """The sweep of ``GRID`` in a process of its own, into ``out``."""
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); from procsim.cli import main; sys.exit(main())"
    return subprocess.Popen([sys.executable, "-c", code, "sweep", "line.yaml", *GRID, "--out", "out", *words], text=True, stderr=subprocess.PIPE,
                            env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True)


def after(count: int, child: subprocess.Popen[str], folder: Path) -> dict[str, int]:
    """Waits until so many parts are there; when each was written."""
    until = time.monotonic() + 60
    while time.monotonic() < until and child.poll() is None:
        found = {path.name: path.stat().st_mtime_ns for path in folder.glob("parts/[!.]*")}
        if len(found) >= count:
            return found
        time.sleep(0.002)
    raise AssertionError(f"no {count} parts: {child.communicate()[1]}")


def children(parent: int) -> list[int]:
    """Processes below that one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found + [below for pid in found for below in children(pid)]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="signals of POSIX")
def test_what_ends_a_sweep_costs_no_point(here: Path, whole: dict[str, bytes]) -> None:
    """kill -9, Ctrl-C and SIGTERM, one after the other: the same command goes on, makes no part twice, and ends with the same bytes. A part that is
    there by half, as a machine that loses its power may leave it, is made again."""
    old: dict[str, int] = {}
    for number, code, words in ((signal.SIGKILL, -9, ["--jobs", "2"]), (signal.SIGINT, 130, []), (signal.SIGTERM, 143, [])):
        child = begun(*words)
        seen = after(len(old) + 1, child, here / "out")
        assert {name: seen[name] for name in old} == old
        child.send_signal(number)
        told = child.communicate(timeout=60)[1]
        assert child.returncode == code
        if code > 0:
            assert re.search(r"interrupted: \d+ of 440 points are in out; the same command goes on:", told)
            assert "procsim sweep line.yaml --vary" in told
        old = {path.name: path.stat().st_mtime_ns for path in (here / "out").glob("parts/[!.]*")}
    half = here / "out" / "parts" / min(old)
    half.write_bytes(half.read_bytes()[:-20])
    assert swept(*GRID, "--out", "out", "--jobs", "1") == 0
    assert everything(here / "out") == whole
    assert not (here / "out" / "parts").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="signals of POSIX")
def test_a_worker_that_is_killed_is_replaced(here: Path, whole: dict[str, bytes]) -> None:
    """The sweep goes on by itself, and nothing is lost."""
    child = begun("--jobs", "2")
    after(1, child, here / "out")
    workers = [pid for pid in children(child.pid) if b"forkserver" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(max(workers), signal.SIGKILL)
    told = child.communicate(timeout=120)[1]
    assert child.returncode == 0, told
    assert everything(here / "out") == whole


def test_a_full_disk_is_told_and_the_same_command_goes_on(here: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    """Wherever it fills up: at a part, at the table, at a picture, at the record."""
    real, room = report.files._fill, [0]

    def fill(path: Path, content: object) -> None:
        room[0] -= 1
        if room[0] < 0:
            path.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, content)  # type: ignore[arg-type]

    monkeypatch.setattr(report.files, "_fill", fill)
    for more in (0, 4, 6, 1, 1):  # the state; parts; the table; what is best; the picture
        room[0] = more
        assert swept(*GRID, "--out", "out") == 1
        assert "No space left on device" in capsys.readouterr().err
    room[0] = 100
    assert swept(*GRID, "--out", "out") == 0
    assert everything(here / "out") == whole


SHORT = ["--vary", f"{PRICES}=0.1,0.2,0.3", "--out", "out"]


@pytest.mark.parametrize(("words", "text", "said"), [
    ([*SHORT, "--fixed-line"], LINE, "is of other options (fixed_line): nothing is mixed"),
    ([*SHORT, "--figures", "yield"], LINE, "is of other options (drawn, figures)"),
    (["--vary", f"{PRICES}=0.1,0.2,0.4", "--out", "out"], LINE, "is of other points"),
    ([*SHORT, "--set", "tools.a.count=2"], LINE, "is of another recipe, or of one that has been edited since (line, line tools.a.count=2)"),
    (SHORT, LINE.replace("time_min: 30", "time_min: 31"), "is of another recipe, or of one that has been edited since (line)"),
])
def test_a_folder_of_another_sweep_is_refused(here: Path, write: Write, capsys: pytest.CaptureFixture[str], words: list[str], text: str,
                                              said: str) -> None:
    """Another recipe, other options, other points: exit 2, what differs, and nothing is touched. Elsewhere than in ``--out`` each has its own."""
    assert swept(*SHORT) == 0
    before = everything(here / "out")
    write(text)
    assert swept(*words) == 2
    assert said in capsys.readouterr().err
    assert everything(here / "out") == before
    assert swept(*[word for word in words if word not in ("--out", "out")]) == 0
    assert len(list((here / "reports" / "runs").iterdir())) == 1


def test_a_folder_of_another_version_is_refused(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the program has changed, so may the figures."""
    assert swept(*SHORT) == 0
    monkeypatch.setattr("procsim.studies.sweep.made_by", lambda: "another one")
    assert swept(*SHORT) == 2
    assert "was begun by another version of procsim" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["notes.txt", "points.csv", "run.json", "sweep.json"])
def test_nothing_of_the_users_is_written_over(here: Path, write: Write, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A folder with other things in it is refused; so is one whose points were changed after they were written."""
    write("mine", f"out/{name}")
    assert swept(*SHORT) == 2
    assert "--out out: " in capsys.readouterr().err
    assert everything(here / "out") == {name: b"mine"}


def test_points_that_were_changed_are_not_taken_for_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A spreadsheet may have saved them in its own way; without that, the same command again is done at once."""
    assert swept(*SHORT) == 0
    before = {path.name: path.stat().st_mtime_ns for path in (here / "out").iterdir()}
    assert swept(*SHORT) == 0
    assert {path.name: path.stat().st_mtime_ns for path in (here / "out").iterdir()} == before
    (here / "out" / "points.csv").write_text("mine")
    assert swept(*SHORT) == 2
    assert "out/points.csv has been changed since it was written" in capsys.readouterr().err
    assert (here / "out" / "points.csv").read_text() == "mine"


def test_two_are_never_at_one_sweep(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one is told so."""
    said = {"kind": "sweep"}
    with kept.opened(here / "out", said, [1]), pytest.raises(OSError, match="another procsim is at this sweep"), kept.opened(here / "out", said, [1]):
        pytest.fail("both are in")


def test_a_recipe_that_is_edited_meanwhile_is_no_part_of_it(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What was found before stays, what comes after is another sweep."""
    def editing(work: Callable[[object], bytes], numbers: Sequence[int], task: Callable[[int], object], jobs: int) -> Iterator[tuple[int, bytes]]:
        yield numbers[0], work(task(numbers[0]))
        (here / "line.yaml").write_text(LINE.replace("time_min: 30", "time_min: 31"))
        yield numbers[1], work(task(numbers[1]))

    monkeypatch.setattr("procsim.studies.sweep_run.here", editing)
    assert swept(*GRID, "--out", "out") == 2
    assert "a file was edited while its points were worked out" in capsys.readouterr().err
    assert [path.name for path in (here / "out" / "parts").iterdir()] == ["000000.csv"]


# results ----------------------------------------------------------------------------------------------------------------


def test_parquet_holds_the_same(here: Path, whole: dict[str, bytes]) -> None:
    """Numbers as doubles, words as words."""
    duckdb = pytest.importorskip("duckdb")
    for name in ("points.csv", "points.parquet"):
        (here / name).write_bytes(whole[name])
    found = duckdb.sql("SELECT * FROM 'points.parquet'").df()
    assert list(found.columns) == list(table(".").columns)
    assert found[COST].tolist() == table(".")[COST].tolist()


def test_parquet_holds_texts_as_they_were(tmp_path: Path) -> None:
    """The apostrophe that keeps a spreadsheet from running a text is of CSV alone; one that is the text's own stays."""
    duckdb = pytest.importorskip("duckdb")
    texts = ["=1+1", "+cmd", "'=own", "'plain", "-x", "", 'a "b", c', "@x", "-1 + 2"]
    given = pd.DataFrame({"flow": texts, "word": texts[::-1], "cost": range(len(texts))})
    (tmp_path / "points.csv").write_text(report.csv(given), encoding="utf-8")
    assert tables.parquet(tmp_path / "points.csv", tmp_path / "points.parquet", ["word"])
    found = duckdb.sql(f"SELECT * FROM '{tmp_path / 'points.parquet'}'").df()
    assert [found[name].fillna("").tolist() for name in ("flow", "word", "cost")] == [texts, texts[::-1], [*range(len(texts))]]


def test_without_duckdb_one_line_says_so(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And all else is there."""
    monkeypatch.setattr(tables, "has_parquet", lambda: False)
    assert swept(*SHORT) == 0
    assert "pip install 'procsim[sweep]'" in capsys.readouterr().err
    assert {path.name for path in (here / "out").iterdir()} == {"best.csv", "points.csv", f"{COST}.svg", "index.html", "run.json", "sweep.json"}


def test_all_figures_are_of_the_line_with_its_added_tools(here: Path) -> None:
    """Load, waiting and cost of an overloaded point are those of the recipe with as many tools; the column overloaded tells of its own ones."""
    figures = [COST, "cycle_time", "bottleneck_load", "tools_added"]
    [row] = procsim.sweep("line.yaml", {"line.release.every_h": [0.6]}, figures=figures).points.to_dict("records")
    assert row["tools_added"] > 0
    assert row["overloaded"]
    assert row["bottleneck_load"] < 1
    counts = [f"tools.{one.split()[0]}.count={one.split('takes ')[1].rstrip(')')}" for one in row["overloaded"].split("; ")]
    closed = solve(make(load("line.yaml", ["line.release.every_h=0.6", *counts])))
    assert [row["cycle_time"], row[COST], row["bottleneck_load"]] == pytest.approx([closed.time.cycle_h, closed.loaded, closed.loads.max()], rel=1e-9)


def test_json_is_the_result(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone on stdout, with every point as a row."""
    assert swept(*SHORT, "--json", "--figures", "yield,cycle_time") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["schema"]) == ("sweep", 1)
    assert [row[PRICES] for row in found["tables"]["points"]] == [0.1, 0.2, 0.3]
    assert {"yield.svg", "cycle_time.svg"} <= {path.name for path in (here / "out").iterdir()}


def test_break_even_is_where_two_lines_cross(here: Path, write: Write) -> None:
    """Of two flows whose costs are straight lines of a price, exactly; it is drawn, and told."""
    write(LINE.replace("price_usd: 200000", "price_usd: 900000").replace("paste: {per_panel: 2}", "paste: {per_panel: 0.5}"), "dear.yaml")
    found = procsim.sweep(["line.yaml", "dear.yaml"], {PRICES: "0.1..20:30"})
    assert len(found.break_even) == 1
    at = float(found.break_even[PRICES][0])
    costs = [solve(make(load(name, [f"{PRICES}={at!r}"]))).loaded for name in ("line.yaml", "dear.yaml")]
    assert costs[0] == pytest.approx(costs[1], rel=1e-6)
    assert "break-even" in found.figure(COST).svg.decode()


@pytest.mark.parametrize("flows", [1, 2, 3])
def test_a_map_shows_where_flows_cost_the_same(flows: int) -> None:
    """Over two axes: contours of one flow, the break-even line of two, borders between several; what has no figures is grey."""
    rows = [(f"flow{n}", x, y, float("nan") if (n, x, y) == (0, 3, 3) else (n + 1) * x + (3 - n) * y)
            for n in range(flows) for x in range(1, 7) for y in range(1, 6)]
    points = pd.DataFrame(rows, columns=["flow", "a.b", "c.d", "cost"])
    made = [picture(points, [Dimension("a.b", "a.b", True), Dimension("c.d", "c.d", True)], "cost", "USD") for _ in range(2)]
    assert made[0] == made[1]
    assert (b"break-even" in made[0]) == (flows == 2)
    assert (b"no figures" in made[0]) == (flows < 3 or b"grey" in made[0])


# a cluster --------------------------------------------------------------------------------------------------------------


def test_a_cluster_that_is_not_there_is_told(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without Dask: the extra by its name. With it: that nobody answers."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert swept(*SHORT, "--scheduler", "tcp://127.0.0.1:1") == 2
    assert "pip install 'procsim[cluster]'" in capsys.readouterr().err


def test_a_cluster_finds_the_same_points(here: Path) -> None:
    """A cluster of one worker: the same bytes as this process."""
    pytest.importorskip("distributed")
    assert swept(*SHORT, "--out", "alone") == 0
    cluster = subprocess.Popen([sys.executable, "-m", "procsim", "cluster", "--workers", "1", "--port", "0"], text=True, stdout=subprocess.PIPE)
    try:
        assert cluster.stdout is not None
        assert swept(*SHORT, "--out", "by_cluster", "--scheduler", cluster.stdout.readline().split(": ")[0]) == 0
    finally:
        cluster.terminate()
        cluster.communicate(timeout=60)
    assert everything(here / "by_cluster") == everything(here / "alone")


@pytest.mark.long
def test_a_cluster_finds_the_same_bytes_whoever_is_killed(here: Path, write: Write, whole: dict[str, bytes]) -> None:
    """One command starts scheduler and workers; a worker is killed, then the client, then the same command goes on. The recipe travels along."""
    pytest.importorskip("distributed")
    elsewhere = here / "elsewhere"
    elsewhere.mkdir()
    cluster = subprocess.Popen([sys.executable, "-m", "procsim", "cluster", "--workers", "2", "--port", "0"], text=True, stdout=subprocess.PIPE,
                               cwd=elsewhere, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert cluster.stdout is not None
        address = cluster.stdout.readline().split(": ")[0]
        child = begun("--scheduler", address)
        after(2, child, here / "out")
        workers = [pid for pid in children(cluster.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(workers[0], signal.SIGKILL)
        after(4, child, here / "out")
        child.kill()
        child.communicate()
        again = begun("--scheduler", address)
        told = again.communicate(timeout=240)[1]
        assert again.returncode == 0, told
    finally:
        cluster.terminate()
        cluster.communicate(timeout=60)
    assert everything(here / "out") == whole


def test_a_value_that_is_there_twice_and_a_single_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one is refused; the other is a sweep of one point, which is called by what it sets."""
    assert swept("--vary", f"{PRICES}=0.1,0.2,0.1") == 2
    assert "0.1 is there twice" in capsys.readouterr().err
    assert swept("--vary", f"{PRICES}=0.1", "--out", "out") == 0
    assert f"line: 1 point of {PRICES}\n" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_done(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below a file there is no folder: exit code 2, as of every other command."""
    (here / "file").write_text("mine", encoding="utf-8")
    assert swept("--vary", f"{PRICES}=0.1,0.2", "--out", "file/below") == 2
    assert "--out file/below: cannot be written: Not a directory" in capsys.readouterr().err
