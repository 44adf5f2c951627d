"""Tests that what is read is bounded before anything recurses or waits: depth, expansions, links in circles, files without an end, long cells, long
lines."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import LINE
from lines import Write, problems_of

from procsim.cli import main
from procsim.errors import Place, Problem
from procsim.recipe import expand, source
from procsim.recipe.edits import MAX_STEPS
from procsim.recipe.expand import MAX_ITEMS
from procsim.recipe.load import load

DEEP = ["[" * 30_000, "{a: " * 30_000, "- " * 30_000, "? " * 30_000, "\n".join(" " * n + "a:" for n in range(900))]


@pytest.mark.parametrize("deep", DEEP, ids=["lists", "mappings", "items", "keys", "blocks"])
def test_depth_is_bounded_before_the_parser_calls_itself(write: Write, deep: str) -> None:
    """In a file and in an edit: an error with its place, never the end of the process."""
    assert "nested deeper than 40" in problems_of(write(deep))[0].message
    assert "nested deeper than 40" in problems_of(write(LINE), f"one.time_h={deep}")[0].message


def test_addresses_are_bounded(write: Write) -> None:
    """An address of thirty thousand parts leads nowhere."""
    assert "is not an address" in problems_of(write(LINE), "one." + "a." * 30_000 + "b=1")[0].message


def used(file: str, times: int = 1, repeat: int | None = None) -> str:
    again = f", repeat: {repeat}" if repeat is not None else ""
    return "".join(f"  - {{use: {file}, as: m{n}{again}}}\n" for n in range(times))


@pytest.mark.parametrize("repeat", [1, 10])
def test_a_module_that_uses_itself_is_a_circle(write: Write, repeat: int) -> None:
    """Also over another module, and by an edit; not where it is used no times."""
    path = write(LINE.replace("steps:\n", "steps:\n" + used("a.yaml", 1, repeat)))
    write("steps:\n" + used("a.yaml", 3, repeat), "a.yaml")
    assert {problem.message for problem in problems_of(path)} == {"'a.yaml' uses itself in a circle"}
    write("steps:\n" + used("b.yaml", 3, repeat), "a.yaml")
    write("steps:\n" + used("a.yaml", 3, repeat), "b.yaml")
    assert {problem.message for problem in problems_of(path)} == {"'a.yaml' uses itself in a circle"}
    write("steps:\n" + used("a.yaml", 1, 0), "a.yaml")
    assert load(path).steps[0].id == "one"


def test_a_mix_in_itself_is_refused(write: Write) -> None:
    """Packages of packages are not read, so that a mix may not go round in a circle."""
    path = write("packages: {a: {recipe: mix.yaml, share: 1}}\nline: {release: {every_h: 1}}\nrun: {horizon_h: 1}\n", "mix.yaml")
    assert "has packages of its own" in problems_of(path)[0].message


@pytest.mark.parametrize(("last", "most"), [("steps: []\n", MAX_ITEMS // 10), pytest.param("steps: []\n", MAX_ITEMS, marks=pytest.mark.long),
                                            ("steps:\n  - {id: s, tool: a, time_h: 1}\n", MAX_ITEMS), (None, MAX_ITEMS)],
                         ids=["nothing", "nothing, up to the bound", "a step", "too many"])
def test_expansions_are_bounded_and_not_only_steps(write: Write, monkeypatch: pytest.MonkeyPatch, last: str | None, most: int) -> None:
    """Ten modules each of which uses the next six times, 6 ** 10 uses, whether or not there is a step at the end of it."""
    path = write(LINE.replace("steps:\n", "steps:\n" + used("m0.yaml")))
    for n in range(10):
        write("steps:\n" + used(f"m{n + 1}.yaml", 6), f"m{n}.yaml")
    write(last or "steps:\n" + "".join(f"  - {{id: s{n}, tool: a, time_h: 1}}\n" for n in range(MAX_STEPS + 1)), "m10.yaml")
    monkeypatch.setattr(expand, "MAX_ITEMS", most)
    message = f"more than {most} steps and uses" if last == "steps: []\n" else f"more than {MAX_STEPS} steps"
    assert [message in problem.message for problem in problems_of(path)] == [True]


def test_insertions_are_bounded(write: Write) -> None:
    """So many steps beside each of so many: refused before they are made."""
    write(LINE.replace("steps:\n", "steps:\n" + used("m.yaml", 1, 100)), "base.yaml")
    write("steps:\n" + "".join(f"  - {{id: s{n}, tool: a, time_h: 1}}\n" for n in range(10)), "m.yaml")
    many = "".join(f"      - {{id: t{n}, tool: a, time_h: 1}}\n" for n in range(MAX_STEPS // 100))
    for verb in (f"  - insert:\n{many}    after: m0/s0\n", f"  - replace: m0/s0\n    with:\n{many}"):
        assert f"more than {MAX_STEPS} steps" in problems_of(write(f"extends: base.yaml\nchanges:\n{verb}", "v.yaml"))[0].message


@pytest.fixture
def scheduled(write: Write) -> Callable[[str], Path]:
    """A recipe whose schedule is the file of that name beside it."""
    return lambda name: write(LINE.replace("{every_h: 2}", f"{{schedule: {name}}}"))


def test_links_in_a_circle_are_plain_errors(write: Write, scheduled: Callable[[str], Path], tmp_path: Path) -> None:
    """Wherever a file is named: the recipe itself, use, extends, library, schedule."""
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    library = write(LINE + "library: {tools: one}\n", "library.yaml")
    use = write(LINE.replace("steps:\n", "steps:\n  - {use: one}\n"), "use.yaml")
    for path in (tmp_path / "one", write("extends: one\n", "v.yaml"), use, library, scheduled("one")):
        assert "cannot be read" in problems_of(path)[0].message


def test_only_regular_files_are_read(write: Write, scheduled: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe nobody writes to, a folder, and what calls itself a file and has no end are errors, and nobody waits."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", scheduled("pipe"), write("extends: pipe\n", "v.yaml")):
        assert "is no file but a device" in problems_of(path)[0].message
    assert "is a directory" in problems_of(tmp_path)[0].message
    monkeypatch.setattr(source.stat, "S_ISREG", lambda _: True)  # as files of the kernel say of themselves
    keep = os.open(tmp_path / "pipe", os.O_RDWR | os.O_NONBLOCK)
    try:
        assert "has no end" in problems_of(tmp_path / "pipe")[0].message
    finally:
        os.close(keep)


@pytest.mark.parametrize(("text", "message"), [
    ("at_h,lots\n" + "1" * 140_000 + ",1\n", "no line of a CSV file"), ('at_h,lots\n"1,2\n', "no line of a CSV file"),
    ("at_h;lots\n1;2\n", "semicolons stand between"), ("at_h\tlots\n1\t2\n", "tabs stand between"), ("at_h,lots\n1;2\n", "semicolons stand between"),
    ("at_h,lots\n1,2.5\n", "lots must be a whole number"), ("at_h,lots,lots\n1,2,3\n", "'lots' is written twice"), ("at_h,lots\n1,1,5\n", "3 cells under 2"),
])
def test_wrong_csv_files_say_what_is_wrong(write: Write, scheduled: Callable[[str], Path], text: str, message: str) -> None:
    """Cells that are too long, other signs than commas, quotes left open: with file and line."""
    write(text, "s.csv")
    problem = problems_of(scheduled("s.csv"))[0]
    assert message in problem.message
    assert problem.place is not None and problem.place.file.endswith("s.csv") and problem.place.line in (1, 2)


def test_error_lines_stay_short(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a long line what stands about the mistake is shown, the caret under it; of what is quoted a hundred characters."""
    place = Place("f", 7, 5001, "a" * 5000 + "B" + "c" * 4000)
    first, line, caret = str(Problem(f"unknown key '{'x' * 3000}'", place, "y" * 3000)).split("\n")
    assert len(line) <= 200 and line[len(caret) - 1] == "B"
    assert len(first) <= 300
    whole = str(Problem("m", Place("f", 3, 3, "  abc"))).split("\n")
    assert whole[1:] == ["    3 |   abc", "          ^"]
    for text in ("one.tool=" + "a" * 9000, "a" * 9000 + ".x=1", f"one.x={'b c ' * 3000}", "one.time_h=" + "9" * 4000, f"one.{'z' * 3000}=1"):
        assert main(["check", str(write(LINE)), "--set", text]) == 2
        assert max(map(len, capsys.readouterr().err.split("\n"))) < 500
