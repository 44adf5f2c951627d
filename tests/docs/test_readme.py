"""Tests README: that it is short, that what it shows is printed, and that what it names is there. And what the documentation shows of whole recipes and of committed tables."""

from __future__ import annotations

import csv
import re
import shlex
from pathlib import Path

import pytest
from conftest import ROOT
from test_documentation import DOCS, PAGES, blocks, held

import procsim
from procsim.cli import main
from procsim.cli.parser import EXAMPLES

README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
SCREENS = 900
"""The words of two screens, the blocks of output and the table counted."""
RECIPES = [(path, text) for path in PAGES for head, text in blocks(path) if head == "yaml" and text.startswith("name:")]


def test_readme_is_of_two_screens() -> None:
    """At most, besides pictures."""
    assert len(TEXT.split()) <= SCREENS


def test_readme_shows_what_the_commands_print(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line of each block that shows a command, number for number."""
    monkeypatch.chdir(ROOT)
    shown = [re.findall(r"^\$ procsim ([^\n]+)\n(.*)", text, re.S) for head, text in blocks(README) if head == "console"]
    assert shown
    for command, lines in (found for block in shown for found in block):
        code = main(shlex.split(command))
        held(command, lines, code, "\n".join(capsys.readouterr()))


def test_readme_names_every_command() -> None:
    """In its table."""
    assert set(EXAMPLES) <= set(re.findall(r"`(\w+)`", TEXT))


def test_what_readme_links_to_is_there() -> None:
    """Pages, pictures and files."""
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) > 10
    assert [link for link in links if not (ROOT / link).is_file()] == []


@pytest.mark.parametrize(("page", "text"), RECIPES, ids=lambda value: value.stem if isinstance(value, Path) else "")
def test_whole_recipes_of_the_documentation_fit_their_lines(page: Path, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a page writes out as a whole recipe is one that runs: nothing in it is overloaded."""
    path = tmp_path / f"{page.stem}.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["check", str(path)]) == 0, capsys.readouterr().err


def test_whole_recipes_are_shown() -> None:
    """So that the test above tries some."""
    assert len(RECIPES) >= 2


def test_the_documentation_shows_what_the_cost_of_embodiment_1_rests_on() -> None:
    """Number for number as its committed tables have it."""
    text = (DOCS / "howto" / "how_sure.md").read_text(encoding="utf-8")
    with (ROOT / "reports" / "embodiment_1" / "summary.csv").open(encoding="utf-8", newline="") as file:
        summary = {row["metric"]: float(row["mean"]) for row in csv.DictReader(file) if row["mean"]}
    shown = re.search(r"published numbers (\S+) %, estimates (\S+) %.*?price_usd ± (\S+) USD.*?elasticity (\S+) ", text, re.S)
    assert shown is not None
    exact = [100 * summary["cost_resting_on_published"], 100 * summary["cost_resting_on_estimates"], summary["widest_estimate_1"]]
    assert list(shown.groups()) == [f"{value:.3g}" for value in exact] + [f"{summary['largest_without_range_1']:.2g}"]


def test_the_reference_has_all_that_python_offers() -> None:
    """Each function that ``import procsim`` offers, errors and views apart."""
    page = (DOCS / "reference" / "python.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"auto(?:function|class|exception):: procsim\.(\w+)", page))
    assert documented == set(procsim.OFFERED)
