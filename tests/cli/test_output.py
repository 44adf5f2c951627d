"""Tests standard output and standard error: whatever their encoding and whoever reads them, no command fails for it and no report is lost."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT, TINY
from matplotlib.figure import Figure

from procsim.cli import main
from procsim.cli.outlet import Outlet, outlets, plain
from procsim.figures import style


def command(*arguments: str, **how: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **how.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.Popen([sys.executable, "-m", "procsim", *arguments], text=True, env=env, **how)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437", "gbk", "utf-8", "utf-16"])
def test_every_encoding_says_the_same(encoding: str) -> None:
    """What it lacks is written plainly: a space between thousands, +- for ±, an escape for a letter."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding) as file:
        Outlet(file, "standard output").write("1\u202f234 × 2 µm ± 3 → ∞ 晶 \udcff\n")
        file.flush()
        text = raw.getvalue().decode(encoding)
    said = {"×": "x", "µ": "u", "±": "+-", "→": "->", "∞": "inf", "晶": "\\u6676", "\u202f": " "}
    for letter, instead in said.items():
        try:
            letter.encode(encoding)
        except UnicodeEncodeError:
            assert letter not in text
        else:
            instead = letter
        assert instead in text
    assert text.endswith("\\xff\n")


def test_plain_text_is_left_alone() -> None:
    """Where the encoding can say all of it, nothing changes."""
    for encoding in ("ascii", "utf-8"):
        assert plain("a b-c", encoding) == "a b-c"


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _: str) -> int:
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize(("number", "code"), [(errno.EPIPE, 0), (errno.EBADF, 0), (errno.ENOSPC, 1), (errno.EIO, 1)])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_stream_that_breaks_loses_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int,
                                              code: int, stream: str) -> None:
    """A reader who has left changes nothing; a target that is full is exit 1 and named; the report is whole either way."""
    (tmp_path / "line.yaml").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("procsim.cli.simulate._pictures", lambda *_: {})
    with monkeypatch.context() as patched:
        patched.setattr(sys, stream, Broken(number))
        assert main(["run", "line.yaml", "--out", "out"]) == code  # it warns that few lots were finished
    assert (tmp_path / "out" / "run.json").exists()
    err = capsys.readouterr().err
    if stream == "stdout":
        assert ("error: standard output: " + os.strerror(number) in err) == bool(code)


def test_closed_streams_take_nothing_and_stop_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python has no stream at all then."""
    (tmp_path / "line.yaml").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert main(["check", "line.yaml"]) == 0
    assert main(["check", "nothing.yaml"]) == 2
    with outlets() as lost:
        print("nobody hears")
    assert lost == []


def test_a_program_whose_output_goes_nowhere_ends_as_with_a_reader(tmp_path: Path) -> None:
    """Files that are closed, a pipe whose reader has left: the same exit code, nothing on stderr; Python's own end is quiet too."""
    (tmp_path / "line.yaml").write_text(TINY)
    reads, writes = os.pipe()
    os.close(reads)
    left = command("estimate", "line.yaml", cwd=tmp_path, stdout=writes, stderr=subprocess.PIPE)
    closed = command("estimate", "line.yaml", cwd=tmp_path, preexec_fn=lambda: [os.close(n) for n in (0, 1, 2)])
    os.close(writes)
    assert left.communicate(timeout=60)[1] == ""
    assert (left.returncode, closed.wait(timeout=60)) == (0, 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no file that is always full")
def test_a_target_that_is_full_is_named(tmp_path: Path) -> None:
    """Exit 1 for a result that nobody gets; the message says which file."""
    with Path("/dev/full").open("w") as full:
        run = command("schema", cwd=tmp_path, stdout=full, stderr=subprocess.PIPE)
        assert run.communicate(timeout=60)[1] == "error: standard output (/dev/full): No space left on device\n"
    assert run.returncode == 1


@pytest.mark.drawn
def test_files_whose_names_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A recipe, and a folder, with a byte that is no UTF-8 in its name: read, run, reported and drawn; the byte is said as \\xNN."""
    monkeypatch.chdir(tmp_path)
    flow, out = os.fsdecode(b"caf\xe9.yaml"), os.fsdecode(b"\xff")
    Path(flow).write_text(TINY)
    Path(os.fsdecode(b"bad\xe9.yaml")).write_text("steps: 3\n")
    assert main(["run", flow, "--out", out]) == 0
    assert main(["show", flow]) == 0
    assert main(["check", os.fsdecode(b"bad\xe9.yaml")]) == 2
    told = capsys.readouterr()
    assert "caf\\xe9: 1 replication" in told.out
    assert "bad\\xe9.yaml:1:" in told.err
    for path in (path for path in Path(out).iterdir() if path.suffix != ".xlsx"):
        text = path.read_bytes().decode("utf-8")
        if path.suffix == ".svg":
            ElementTree.fromstring(text)
            assert "caf\\xe9" in text or path.stem in ("section", "tornado")


@pytest.mark.parametrize("name", ["晶圆级封装", "ウェーハ", "وحدة", "𝛼🙂", "a\x01b\x0b\ufffe", "$5 $\\foo$ <&>"])
@pytest.mark.drawn
def test_any_name_can_be_drawn(name: str) -> None:
    """Without a warning, as a picture and as XML that can be read; a font without the letter is no fault of the name."""
    figure = Figure()
    figure.suptitle(name, parse_math=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = style.svg(figure, "x").decode()
        style.png(figure)
    ElementTree.fromstring(text)


@pytest.mark.drawn
def test_names_in_other_scripts_pass_through_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Path],
                                                   capfd: pytest.CaptureFixture[str]) -> None:
    """Tables, pictures and run.json hold them, and nothing is said on stderr about fonts."""
    monkeypatch.chdir(tmp_path)
    write("name: 晶圆级封装 パッケージ\n" + TINY, "洗.yaml")
    assert main(["run", "洗.yaml", "--out", "o"]) == 0
    assert "Glyph" not in capfd.readouterr().err
    assert "洗" in (tmp_path / "o" / "lots.csv").read_text(encoding="utf-8")
    assert "晶圆级封装" in (tmp_path / "o" / "run.json").read_text(encoding="utf-8")
