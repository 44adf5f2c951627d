"""Tests what commands may write over: only what procsim wrote, found before the work, in folders that are never absent, mixed or emptied of what is
not ours."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest
from conftest import ROOT, TINY
from lines import Write

from procsim import report
from procsim.cli import main
from procsim.cli.targets import names

FLOW = ["run", "line.yaml", "--quiet"]


@pytest.fixture
def here(here: Path, monkeypatch: pytest.MonkeyPatch, write: Write) -> Path:
    """The same with a shorter run, whose reports do without pictures, which take long."""
    monkeypatch.setattr("procsim.cli.simulate._pictures", lambda *_: {"section.svg": b"<svg/>"})
    write(TINY)
    return here


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be simulated."""
    def one(*_: object, **__: object) -> None:
        raise AssertionError("simulated before the target was checked")

    monkeypatch.setattr("procsim.experiments.replicate.one", one)


def pages(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


# files ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["line.yaml", "run.json", "table.csv", "fifo", "socket", "link", "loop", ".", "no/x.csv", "line.yaml/x.csv", "x" * 300,
                                  "nul\0"])
def test_save_wip_takes_the_place_of_nothing_else(here: Path, never: None, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """A recipe, another CSV, a pipe, a socket, a link to any of these: exit 2 with the reason before the run, and all is as it was."""
    (here / "run.json").write_text("{}")
    (here / "table.csv").write_text("step,usd\na,1\n")
    os.mkfifo(here / "fifo")
    (here / "link").symlink_to("line.yaml")
    (here / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    before = {p.name: (p.lstat().st_mode, p.lstat().st_ino) for p in here.iterdir()}
    assert main([*FLOW, "--save-wip", name]) == 2
    assert f"error: --save-wip {name[:3]}" in capsys.readouterr().err  # long names, and signs that are none, are told shorter
    assert {p.name: (p.lstat().st_mode, p.lstat().st_ino) for p in here.iterdir()} == before
    assert (here / "line.yaml").read_text() == TINY


def test_save_wip_writes_over_lots_that_it_saved(here: Path) -> None:
    """Again and through a link, which stays one; also over an empty file."""
    (here / "empty.csv").write_text("")
    (here / "link.csv").symlink_to("wip.csv")
    for name in ("wip.csv", "wip.csv", "link.csv", "empty.csv"):
        assert main([*FLOW, "--save-wip", name]) == 0
    assert (here / "link.csv").is_symlink()
    assert (here / "wip.csv").read_bytes() == (here / "empty.csv").read_bytes()
    assert main([*FLOW, "--start-wip", "wip.csv", "--save-wip", "wip.csv"]) == 0
    assert not [p for p in here.iterdir() if p.name.startswith(".")]


def test_lots_are_not_saved_into_the_report(here: Path, never: None) -> None:
    """--save-wip that names a file of the report, or its folder, is refused."""
    for name in ("out", "out/tools.csv", "reports/line/tools.csv"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        assert main([*FLOW, "--save-wip", name, *(["--out", "out"] if name.startswith("out") else [])]) == 2


def test_schema_takes_the_place_of_a_schema_only(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A new file, or one that schema wrote; a recipe stays."""
    for _ in range(2):
        assert main(["schema", "--out", "s.json"]) == 0
    assert (here / "s.json").read_bytes() == (ROOT / "flows" / "schema.json").read_bytes()
    assert main(["schema", "--out", "line.yaml"]) == 2
    assert "is no schema of recipes" in capsys.readouterr().err
    assert (here / "line.yaml").read_text() == TINY


# folders ----------------------------------------------------------------------------------------------------------------


COMMANDS = (FLOW, ["curve", "line.yaml", "--points", "2"], ["whatif", "line.yaml", "--set", "tools.a.price_usd=1"], ["compare", "line.yaml", "line.yaml"],
            ["estimate", "line.yaml", "--uncertainty", "10"], ["draw", str(ROOT / "flows" / "dual_heat_sink.yaml")])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("out", ["line.yaml", "fifo", "line.yaml/x", "loop", "/proc/x", "x" * 300, ""])
def test_a_target_that_cannot_be_written_is_found_before_the_work(here: Path, never: None, monkeypatch: pytest.MonkeyPatch, command: list[str],
                                                                   out: str) -> None:
    """Exit 2, nothing simulated or drawn, nothing left."""
    monkeypatch.setattr("procsim.studies.draw.finer", lambda *_: pytest.fail("built before the target was checked"))
    os.mkfifo(here / "fifo")
    (here / "loop").symlink_to("loop")
    before = sorted(here.rglob("*"))
    assert main([*command, "--out", out]) == 2
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize("command", [FLOW, ["curve", "line.yaml", "--points", "2"]], ids=lambda command: command[0])
def test_the_default_folder_is_checked_too(here: Path, never: None, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """Where reports is a file, say."""
    (here / "reports").write_text("mine")
    assert main(command) == 2
    assert "error: the report in reports/" in capsys.readouterr().err


def test_a_folder_with_other_things_is_refused(here: Path, never: None, capsys: pytest.CaptureFixture[str]) -> None:
    """As --out: without a record, with somebody else's run.json, and with a file in the way that the report there does not list."""
    (here / "mine").mkdir()
    for name, text, words in (("notes.txt", "mine", "other things in it"), ("run.json", '{"mine": 1}', "run.json that is no report's"),
                              ("run.json", '{"set": [], "recipe": {}, "files": ["run.json"]}', "")):
        (here / "mine" / name).write_text(text)
        if words:
            assert main([*FLOW, "--out", "mine"]) == 2
            assert words in capsys.readouterr().err
    (here / "mine" / "streams.csv").write_text("mine")
    assert main([*FLOW, "--out", "mine"]) == 2
    assert "holds streams.csv, which procsim did not write" in capsys.readouterr().err
    assert (here / "mine" / "streams.csv").read_text() == "mine"


def test_a_report_removes_what_the_last_one_wrote_and_nothing_else(here: Path) -> None:
    """run.json lists the files; those that the next report has not are gone, what the user put there stays, as file, folder or link."""
    out = here / "out"
    assert main(["curve", "line.yaml", "--points", "2", "--replications", "1", "--out", "out"]) == 0
    assert json.loads((out / "run.json").read_text())["files"] == ["curve.csv", "curve.svg", "index.html", "run.json"]
    (out / "notes.txt").write_text("mine")
    (out / "more").mkdir()
    (out / "more" / "data.csv").write_text("mine")
    (out / "link").symlink_to("notes.txt")
    identity = out.stat().st_ino
    assert main([*FLOW, "--out", "out"]) == 0
    made = json.loads((out / "run.json").read_text())["files"]
    assert "curve.csv" not in made
    assert {p.name for p in out.iterdir()} == {*made, "notes.txt", "more", "link"}
    assert (out / "notes.txt").read_text() == (out / "more" / "data.csv").read_text() == "mine"
    assert (out / "link").is_symlink()
    assert out.stat().st_ino == identity, "a folder with things of the user is not exchanged"
    assert set(made) <= names()


def test_a_link_as_out_is_followed(here: Path) -> None:
    """It stays a link, whether its folder is there or not."""
    (here / "link").symlink_to("real")
    for _ in range(2):
        assert main([*FLOW, "--out", "link"]) == 0
        assert (here / "link").is_symlink()
        assert (here / "real" / "summary.csv").exists()
    assert sorted(p.name for p in here.iterdir()) == ["line.yaml", "link", "real"]


def test_out_may_be_where_one_stands(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stands in the folder finds the report there, not in a folder that is gone."""
    (here / "in").mkdir()
    monkeypatch.chdir(here / "in")
    for _ in range(2):
        assert main(["run", "../line.yaml", "--quiet", "--out", "."]) == 0
        assert Path("summary.csv").exists()


def test_a_folder_that_cannot_be_renamed_is_written_in_place(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mount point, and a system without exchange: file by file, with the same outcome."""
    assert main([*FLOW, "--out", "out"]) == 0
    want, identity = set(pages(here / "out")), (here / "out").stat().st_ino
    for patch in (("procsim.report.files._exchanged", lambda *_: False), ("os.path.ismount", lambda path: Path(path).name == "out")):
        with monkeypatch.context() as patched:
            patched.setattr(*patch)
            assert main([*FLOW, "--seed", "5", "--out", "out"]) == 0
        assert set(pages(here / "out")) == want
        assert (here / "out").stat().st_ino == identity
    assert main([*FLOW, "--out", "out"]) == 0
    assert set(pages(here / "out")) == want
    assert not [p for p in here.iterdir() if p.name.startswith(".")]


def test_modes_follow_the_umask_and_the_folder_that_was_there(tmp_path: Path) -> None:
    """New folders are as the user makes them; one that others may not read stays so."""
    report.put(tmp_path / "new", {"a.csv": b"1"}, report.listed)
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "plain").chmod(0o700)
    report.put(tmp_path / "plain", {"a.csv": b"1"}, report.listed)
    assert (tmp_path / "plain").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mine", [False, True])
def test_two_writers_never_mix_and_the_folder_is_never_absent(tmp_path: Path, mine: bool) -> None:
    """Two reports into one folder again and again, with a file of the user in it and without: it is there at any time, and in the end holds
    the files of one of them and no others."""
    folder = tmp_path / "out"
    record = {"set": [], "recipe": {}}
    report.write(folder, {}, {"x.svg": b"0", "0.svg": b"0"}, record)
    if mine:
        (folder / "notes.txt").write_text("mine")
    absent, faults = [], []

    def writes(who: str) -> None:
        try:
            for _ in range(40):
                report.write(folder, {}, {"x.svg": who.encode(), f"{who}.svg": who.encode(), "y.svg": who.encode()}, {**record, "who": who})
        except BaseException as error:
            faults.append(error)

    writers = [threading.Thread(target=writes, args=(who,)) for who in "ab"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        absent += [] if folder.is_dir() and (not mine or (folder / "notes.txt").exists()) else [True]
    assert not faults
    assert not absent
    found = pages(folder)
    who = json.loads(found["run.json"])["who"]
    assert set(found) == {"x.svg", "y.svg", f"{who}.svg", "run.json", *(["notes.txt"] if mine else [])}
    assert found["x.svg"] == found["y.svg"] == who.encode()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_another_writer_that_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that names the folder, not a wait without end."""
    monkeypatch.setattr(report.files, "LOCK_S", 0.05)
    with report.files._alone(tmp_path), pytest.raises(OSError, match="another procsim writes there"):
        report.put(tmp_path / "out", {"a.csv": b"1"}, report.listed)
    assert not list(tmp_path.iterdir())


def test_pictures_take_the_place_of_pictures_that_were_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A drawing of one's own under such a name is refused before anything is drawn."""
    command = ["draw", str(ROOT / "flows" / "dual_heat_sink.yaml"), "--step", "points", "--out", str(tmp_path / "out")]
    for _ in range(2):
        assert main(command) == 0
    for name in ("step_points.svg", "step_points.png"):
        (tmp_path / "out" / name).write_bytes(b"mine")
    assert main(command) == 2
    assert "which procsim did not draw" in capsys.readouterr().err
    assert (tmp_path / "out" / "step_points.png").read_bytes() == b"mine"


# a disk that is full ----------------------------------------------------------------------------------------------------


HEADS = ("cost_per_good_unit_direct ", "cycle time h", "line  →  tools.a.price_usd=1", "cost_per_good_unit_direct ")


@pytest.mark.parametrize(("command", "printed"), [*zip(COMMANDS[:4], HEADS, strict=True)], ids=[command[0] for command in COMMANDS[:4]])
def test_results_are_printed_though_the_report_cannot_be_written(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                                                 command: list[str], printed: str) -> None:
    """Exit 1, the file is named by its name, what was there stays, and nothing half-written does."""
    full = Path.open

    def opened(self: Path, mode: str = "r", *rest: object, **more: object) -> object:
        if mode == "wb" and self.name.endswith(".csv"):
            raise OSError(28, "No space left on device")
        return full(self, mode, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opened)
    assert main([*command, "--out", "out"]) == 1
    out, err = capsys.readouterr()
    assert printed in out
    assert "error: " in err
    assert ".csv: No space left on device; out was not written" in err
    assert [p.name for p in here.iterdir()] == ["line.yaml"]


def test_results_are_printed_though_there_is_no_room_for_the_lots(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the folder for temporary files is full while lots are simulated: exit 1, and a report of all the rest."""
    full = Path.open

    def opened(self: Path, mode: str = "r", *rest: object, **more: object) -> object:
        if mode == "ab":
            raise OSError(28, "No space left on device")
        return full(self, mode, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", opened)
    assert main([*FLOW, "--out", "out"]) == 1
    out, err = capsys.readouterr()
    assert "cost_per_good_unit_loaded" in out
    assert "no room for the lots" in err
    assert "tools.csv" in json.loads((here / "out" / "run.json").read_text())["files"]
    assert not (here / "out" / "lots.csv").exists()
