"""Tests that the documentation says what procsim does: files that it writes out are written, its commands are run, its Python is executed."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT

from procsim.cli import main
from procsim.cli.parser import parse
from procsim.maths.distributions import KINDS
from procsim.recipe.load import load

DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if not {"_site", "generated"} & set(path.parts))
FENCE = re.compile(r"^(`{3,})([^\n]*)\n(.*?)^\1\s*$", re.S | re.M)
CAPTION = re.compile(r":caption: (?P<file>[\w./]+)(?:, its (?P<key>\w+))?\n(?P<text>.*)", re.S)


def blocks(path: Path) -> list[tuple[str, str]]:
    """(what the fence says, text) of every block of a page, in order."""
    return [(head.strip(), text) for _, head, text in FENCE.findall(path.read_text(encoding="utf-8"))]


def written(text: str, folder: Path) -> None:
    """Writes the file that a block with a caption holds, or the part of one that it says anew."""
    found = CAPTION.match(text)
    assert found is not None, text
    path, body = folder / found["file"], found["text"]
    if found["key"]:
        before = path.read_text(encoding="utf-8")
        body, count = re.subn(rf"^{found['key']}:\n(?:[ \t#][^\n]*\n|\n)*", lambda _: body + "\n", before, flags=re.M)
        assert count == 1, f"{path.name} has no {found['key']}"
    path.write_text(body, encoding="utf-8")


def held(command: str, shown: str, code: int, printed: str) -> None:
    """Every line that is *shown*, but for those that are left out (…), is printed, and the exit code is the one that is told."""
    lines = {re.sub(r"\s+", " ", line).strip() for line in printed.splitlines()}
    for line in shown.splitlines():
        wanted = re.sub(r"\s+", " ", line).strip()
        if wanted.endswith("…") and wanted != "…":
            assert any(one.startswith(wanted[:-1].strip()) for one in lines), f"{command}: {wanted}"
        elif wanted and wanted != "…" and not wanted.startswith("# exit"):
            assert wanted in lines, f"{command}: {wanted}"
    told = re.search(r"# exit (\d+)", shown)
    assert code == (int(told[1]) if told else 0), command


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(DOCS).with_suffix("").as_posix())
def test_a_page_says_what_happens(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In an empty folder, beside which the shipped flows lie, from its first block to its last."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flows").symlink_to(ROOT / "flows")
    names: dict[str, Any] = {}
    for head, text in blocks(path):
        if head == "{code-block} yaml":
            written(text, tmp_path)
        elif head == "console":
            for command, shown in re.findall(r"^\$ procsim ([^\n]+)\n((?:(?!^\$ ).*\n?)*)", text, re.M):
                code = main(shlex.split(command))
                held(command, shown, code, "\n".join(capsys.readouterr()))
        elif head == "pycon":
            made = doctest.DocTestParser().get_doctest(text, names, path.name, None, None)
            told: list[str] = []
            assert doctest.DocTestRunner().run(made, out=told.append, clear_globs=False).failed == 0, "".join(told)
            names |= made.globs


def test_commands_are_shown_to_be_run() -> None:
    """A block of commands is of the kind that is run."""
    shown = [text for path in PAGES for head, text in blocks(path) if head == "console"]
    assert len(shown) >= 10
    assert all(text.startswith("$ procsim ") for text in shown)


def test_commands_that_are_only_named_are_commands() -> None:
    """Those in running text are not run, since they take long, but are read as the command line reads them."""
    named = [line.strip().removeprefix("procsim ").split(" | ")[0] for path in PAGES for line in path.read_text(encoding="utf-8").splitlines()
             if line.startswith("    procsim ")]
    assert len(named) > 8
    for command in named:
        assert parse(shlex.split(command)).command in command


@pytest.mark.parametrize("path", sorted((DOCS / "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_examples_load(path: Path) -> None:
    """Every recipe of which the reference takes examples."""
    assert load(path).steps


SHORT = DOCS / "examples" / "short_line.yaml"
LAID_OVER = {name: [text for head, text in blocks(DOCS / "recipe" / f"{name}.md") if head == "yaml"] for name in ("line", "waiting")}
WHOLE = ("release", "releases", "start_wip")
"""What takes the place of what the short line says, instead of being laid over it."""


def over(below: Any, above: Any) -> Any:
    """*above* laid over *below*, key by key; null takes away."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    kept = {key: value for key, value in below.items() if not (key == "release" and "releases" in above)}
    merged = {**kept, **{key: value if key in WHOLE else over(kept.get(key, {}), value) for key, value in above.items()}}
    return {key: value for key, value in merged.items() if value is not None}


@pytest.mark.parametrize(("page", "text"), [(page, text) for page, found in LAID_OVER.items() for text in found])
def test_examples_of_lines_run(page: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each over the short line that the page shows: it is simulated, and says something that the short line does not."""
    short, example = yaml.safe_load(SHORT.read_text(encoding="utf-8")), yaml.safe_load(text)
    path = tmp_path / f"{page}.yaml"
    path.write_text(yaml.safe_dump(over(short, example)), encoding="utf-8")
    assert load(path).document != load(SHORT).document
    assert main(["run", str(path), "--replications", "1", "--quiet", "--out", str(tmp_path / "out")]) == 0, capsys.readouterr().err


def test_lines_have_an_example_of_each_section() -> None:
    """But for those that only tell of words."""
    for page, found in LAID_OVER.items():
        sections = re.split(r"^## ", (DOCS / "recipe" / f"{page}.md").read_text(encoding="utf-8"), flags=re.M)[1:]
        without = [section.partition("\n")[0] for section in sections if "```yaml" not in section]
        assert without == {"line": ["At one instant"], "waiting": ["Due dates"]}[page]
        assert found


def test_every_distribution_has_a_row_and_an_example() -> None:
    """In the reference of numbers: its law, and its mean and scv computed."""
    text = (DOCS / "recipe" / "numbers.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`.*\|.*\|.*\|.*\|$", text, re.M)) == set(KINDS)
    assert set(re.findall(r"^(\w+) +\d+\.\d{4} +\d\.\d{4}$", text, re.M)) == set(KINDS)
