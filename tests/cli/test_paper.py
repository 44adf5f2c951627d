"""Tests what a reader sees: tables that fit, Markdown, colours, examples, completion, and what -v says; and the files that --also adds."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import LINE, ROOT, TINY
from json_schema import mistakes
from rich.cells import cell_len

from procsim import read_report, report
from procsim.cli import main
from procsim.cli.paper import escaped, folded, markdown
from procsim.cli.parser import COMMANDS, EXAMPLES, parse
from procsim.cli.show import table
from procsim.tables import parquet

WIDE = table(["step", "what it is", *(f"figure {n}" for n in range(12))], [["plate", "a | b", *(f"{10 ** n}" for n in range(12))]], left=2)
RUNS = ("=HYPERLINK(1)", "+cmd|x", "-1+1", "@SUM(A1)", "\tx", "'=x", "+49 1")


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example_that_may_be_said(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It stands at the end of its help, names files that there are, and is understood."""
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"example: procsim {EXAMPLES[command]}"
    options = parse(shlex.split(EXAMPLES[command]))
    assert options.command == command
    for path in [*getattr(options, "flows", []), *([options.flow] if hasattr(options, "flow") else [])]:
        assert (ROOT / path).is_file()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_table_that_is_too_wide_is_folded(width: int, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """No line is longer than the paper, and nothing is cut off: every column is there, under the first one."""
    pieces = [piece for piece in folded(WIDE, width) if not isinstance(piece, str)]
    assert [str(column.header) for piece in pieces for column in piece.columns[1:]] == [str(column.header) for column in WIDE.columns[1:]]
    (here / "line.yaml").write_text(LINE)
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["estimate", "line.yaml"]) == 0
    out = capsys.readouterr().out
    assert max(map(cell_len, out.splitlines())) <= width
    assert "…" not in out


def test_a_table_that_fits_stays_as_it_is(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As in a pipe, which has no edge."""
    assert folded(WIDE, 400) == [WIDE]
    monkeypatch.delenv("COLUMNS", raising=False)
    (here / "line.yaml").write_text(LINE)
    assert main(["estimate", "line.yaml"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) > 80


def test_markdown_is_a_table_whatever_stands_in_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of every command that prints tables; a name is no column, no tag and no link."""
    assert markdown(WIDE).splitlines()[1] == "| :-- | :-- |" + " --: |" * 12
    assert markdown(WIDE).splitlines()[2].startswith("| plate | a \\| b | 1 |")
    assert escaped("<script> [x](y) *b* `c` cost_per_unit _i_") == "\\<script\\> \\[x\\](y) \\*b\\* \\`c\\` cost_per_unit \\_i\\_"
    (here / "line.yaml").write_text(TINY)
    for words in (["run", "line.yaml"], ["whatif", "line.yaml", "--set", "one.yield.unit=0.9"], ["compare", "line.yaml", "line.yaml", "--estimate"]):
        assert main([*words, "--markdown"]) == 0
        lines = capsys.readouterr().out.splitlines()
        rows = [line for line in lines if line.startswith("|")]
        assert "| figure | unit |" in rows[0]
        assert rows[1].startswith("| :-- | :-- | --: |")
        assert lines[lines.index(rows[0]) - 1] == ""


def test_errors_have_a_colour_where_a_person_reads_them(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, not with NO_COLOR, and never in a pipe."""
    (here / "bad.yaml").write_text(LINE.replace("op: inspect", "op: inspekt"))

    def told() -> str:
        monkeypatch.setattr(sys, "stderr", stream := Terminal())
        assert main(["check", "bad.yaml"]) == 2
        return stream.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31merror\x1b[0m: " in told()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" not in told()
    done = subprocess.run([sys.executable, "-m", "procsim", "check", "bad.yaml"], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "FORCE_COLOR": "1"})
    assert "bad.yaml:13:16: error: " in done.stderr
    assert "\x1b" not in done.stderr


def test_verbose_says_what_is_done_and_how_long_it_took(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, every stage with its seconds; without -v nothing of it."""
    (here / "line.yaml").write_text(TINY)
    assert main(["run", "line.yaml", "-v", "--out", "out"]) == 0
    said = capsys.readouterr()
    for stage in ("recipe", "plan", "closed form", "provenance", "replications", "pictures", "workbook", "writing", "in all"):
        assert f"\n{stage}: " in "\n" + said.err
        assert f"\n{stage}: " not in "\n" + said.out
    assert main(["estimate", "line.yaml"]) == 0
    assert "in all" not in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(("typed", "wanted"), [
    (["procsim", "sen"], {"sensitivity"}), (["procsim", "run", "--prec"], {"--precision"}), (["procsim", "sensitivity", "--method", "m"], {"morris"}),
    (["procsim", "check", "lin"], {"line.yaml"}), (["procsim", "completion", "--j"], {"--json"})])
def test_bash_completes_commands_options_values_and_files(typed: list[str], wanted: set[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is meant, and nothing else."""
    assert main(["completion", "bash"]) == 0
    words = " ".join(map(shlex.quote, typed))
    ask = f'COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _procsim; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", capsys.readouterr().out + ask], capture_output=True, text=True, check=True, cwd=here)
    assert set(done.stdout.split()) == wanted


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_know_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With a word for each; where the shell is there, it reads the script without a complaint."""
    assert main(["completion", shell]) == 0
    text = capsys.readouterr().out
    for word in (*COMMANDS, "precision", "good-per-week", "morris"):
        assert word in text
    if (found := shutil.which(shell)) is not None:
        subprocess.run([found, "-n", "-c", text], check=True)


def test_a_report_also_as_parquet_and_png(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every table and picture, lots too, saying the same; the next report without them takes them away."""
    duckdb = pytest.importorskip("duckdb")
    (here / "line.yaml").write_text(TINY)
    assert main(["run", "line.yaml", "--also", "parquet,png", "--out", "out"]) == 0
    names = {path.name for path in (here / "out").iterdir()}
    for ending, also in ((".csv", ".parquet"), (".svg", ".png")):
        assert {Path(name).stem for name in names if name.endswith(ending)} == {Path(name).stem for name in names if name.endswith(also)} != set()
    found = read_report(here / "out").tables
    for name, table_ in found.items():
        again = duckdb.sql(f"SELECT * FROM '{here / 'out' / name}.parquet'").df()
        pd.testing.assert_frame_equal(again, table_, check_dtype=False)
    capsys.readouterr()
    monkeypatch.setattr(parquet, "find_spec", lambda _: None)
    assert main(["run", "line.yaml", "--also", "parquet", "--out", "out"]) == 0
    assert "without Parquet files" in capsys.readouterr().err
    assert not list((here / "out").glob("*.p*"))


@pytest.mark.parametrize(("words", "reason"), [(["--also", "pdf", "--out", "out"], "must be of parquet, png"), (["--also", "png"], "name one with --out")])
def test_what_cannot_be_added_is_refused(words: list[str], reason: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A format that there is none of, and a folder that nobody named."""
    assert main(["estimate", "line.yaml", *words]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("command", [["run"], ["estimate"], ["whatif", "--set", "one.yield.unit=0.9"], ["curve", "--loads", "0.5"], ["compare", "line.yaml"]])
def test_the_record_of_a_report_holds_its_results(command: list[str], here: Path) -> None:
    """run.json is as docs/result.schema.json says, with every table that the folder has but single lots."""
    (here / "line.yaml").write_text(TINY)
    assert main([command[0], "line.yaml", *command[1:], "--out", "out"]) == 0
    record = json.loads((here / "out" / "run.json").read_text())
    assert list(mistakes(record, json.loads((ROOT / "docs" / "result.schema.json").read_text(encoding="utf-8")))) == []
    assert set(record["tables"]) == {path.stem for path in (here / "out").glob("*.csv")} - {"lots", "lot_ways"}


def test_a_csv_file_holds_no_formula(tmp_path: Path) -> None:
    """A text that a spreadsheet would run has an apostrophe before it, which is gone when the report is read again; names, which cannot begin so, and
    numbers are as they are."""
    given = pd.DataFrame({"note": [*RUNS, "fine", "-a/b", "-1.5", "+3", "µ <b>"], "x": -1.0})
    report.write(tmp_path / "out", {"t": given}, {}, {"kind": "t", "title": "=t"})
    lines = (tmp_path / "out" / "t.csv").read_text().splitlines()
    assert [line[0] for line in lines[1:8]] == ["'"] * 7
    assert lines[8:] == ["fine,-1", "-a/b,-1", "-1.5,-1", "+3,-1", "µ <b>,-1"]
    assert read_report(tmp_path / "out").tables["t"]["note"].tolist() == given["note"].tolist()
