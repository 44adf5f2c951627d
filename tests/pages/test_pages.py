"""Tests pages as files: what they hold adds up, names nobody trusts stand as text, and the same run makes the same bytes."""

from __future__ import annotations

import base64
import doctest
import hashlib
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from conftest import TINY
from markupsafe import escape

from procsim.cli import main
from procsim.maths.numerals import number
from procsim.pages.notes import NOTES
from procsim.tables import step_groups

pytestmark = pytest.mark.drawn

EVIL = '</script><img src=x onerror=alert(1)>'
FORMULA = '=HYPERLINK("http://evil.example","x")'
FLOW = TINY.replace("line:", f"name: '{EVIL} {FORMULA}'\nline:", 1).replace("200000", f"{{mid: 200000, low: 100000, high: 400000, source: '{EVIL}'}}")


class Reader(HTMLParser):
    """Tags with their attributes, headings, and the cells of each table's foot."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a small line whose names are nobody's friends."""
    place = tmp_path_factory.mktemp("page")
    (place / "line.yaml").write_text(FLOW, encoding="utf-8")
    assert main(["run", str(place / "line.yaml"), "--replications", "2", "--quiet", "--out", str(place / "out")]) == 0
    return place / "out"


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


def test_a_page_is_one_file_that_allows_itself_nothing_else(page: str) -> None:
    """Its security policy names its own style and script by their hashes; nothing is fetched, and no attribute holds style or script."""
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None and "default-src 'none'" in policy[1].replace("&#39;", "'")
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy[1].replace("&#39;", "'")
    for tag, attributes in Reader(page).tags:
        assert tag not in ("link", "img", "iframe", "object", "embed", "image")
        assert not any(name == "style" or name.startswith("on") or name == "src" for name in attributes), (tag, attributes)
        for name in ("href", "xlink:href"):
            assert not re.match(r"[a-z]+:|//", attributes.get(name) or ""), attributes


def test_headings_are_in_order_and_pictures_are_named(page: str) -> None:
    """One h1, no level left out, and every picture has words or is an ornament."""
    tags = Reader(page).tags
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(later <= earlier + 1 for earlier, later in pairwise(levels))
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or attributes.get("aria-label") or attributes.get("aria-labelledby") in ids, attributes


def test_names_that_nobody_trusts_stand_as_text(page: str) -> None:
    """Title and source of a recipe may hold anything."""
    assert EVIL not in page and "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in page and "=HYPERLINK(&#34;http://evil.example" in page
    assert "<img" not in page and page.count("<script") == 1


def test_what_heads_of_tables_cannot_say_stands_under_them(folder: Path, page: str) -> None:
    """Under each table that a line has, and under no other; what another volume costs is answered on top."""
    told = {name for name, note in NOTES.items() if escape(note) in page}
    assert told == {name for name in NOTES if (folder / f"{name}.csv").exists()} and len(told) > 5
    volume = pd.read_csv(folder / "cost_by_volume.csv")["cost_per_good_unit_usd"]
    answer = page.split("What would it cost at another volume?", 1)[1].split("</dd>", 1)[0]
    assert f"<dd>{number(volume.iloc[0], 3)} USD at 0.1 times" in answer and f"and {number(volume.iloc[-1], 3)} USD at 10 times" in answer


def test_the_cost_sheet_adds_up_to_the_tables(folder: Path, page: str) -> None:
    """At its foot stand the sums of cost_by_step.csv, per good unit, per started unit and per panel; folded groups hold the sums of their steps."""
    sheet = page.split('id="t-cost-sheet"', 1)[1].split("</table>", 1)[0]

    def keys(row: str) -> list[float]:
        return [float(found) if found else float("nan") for found in re.findall(r'<td class="n"(?: data-k="([^"]*)")?>', row)]

    cost = pd.read_csv(folder / "cost_by_step.csv")
    summary = pd.read_csv(folder / "summary.csv").set_index("metric")["mean"]
    direct, total = (keys(row) for row in re.findall(r"<tr>.*?</tr>", sheet.split("<tfoot>", 1)[1], re.S))
    whole = cost["cost_per_good_unit_usd"].sum()
    assert whole == pytest.approx(summary["cost_per_good_unit_loaded"], rel=1e-9)
    kinds, (good, started, panel, so_far), (_, reached) = total[1:7], total[7:11], total[11:]
    assert [sum(kinds), good, so_far] == pytest.approx([whole] * 3, rel=1e-5)
    assert [sum(direct[1:7]), direct[7], direct[10]] == pytest.approx([summary["cost_per_good_unit_direct"]] * 3, rel=1e-5)
    assert [started, panel] == pytest.approx([whole * summary["yield"], whole * summary["yield"] * 50], rel=1e-5)
    assert reached == pytest.approx(summary["yield"], rel=1e-5)
    steps = [keys(row)[7] for row in re.findall(r'<tr class="step">.*?</tr>', sheet, re.S)]
    groups = [keys(row)[7] for row in re.findall(r'<tr class="group">.*?</tr>', sheet, re.S)]
    assert sum(groups) == pytest.approx(whole, rel=1e-5) and sum(steps) == pytest.approx(groups[1], rel=1e-5)


def test_the_same_run_makes_the_same_bytes_and_so_does_its_folder(folder: Path, tmp_path: Path) -> None:
    """Run again elsewhere, and made again from its folder, a page is the same to the byte; nothing of it says when or where."""
    first = (folder / "index.html").read_bytes()
    assert main(["run", str(folder.parent / "line.yaml"), "--replications", "2", "--quiet", "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "index.html").read_bytes() == first
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "index.html").unlink()
    assert main(["report", str(copy)]) == 0
    assert (copy / "index.html").read_bytes() == first


def test_report_lists_all_runs_and_refuses_what_is_not_its_own(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a folder of reports it makes the page over them, with a link to each; a page that somebody else wrote stays."""
    home = tmp_path / "reports"
    for name in ("one", "two", "runs/three"):
        shutil.copytree(folder, home / name)
    assert main(["report", str(home)]) == 0
    text = (home / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}/index.html"' in text for name in ("one", "two", "runs/three"))
    (home / "index.html").write_text("mine", encoding="utf-8")
    assert main(["report", str(home)]) == 2
    assert (home / "index.html").read_text(encoding="utf-8") == "mine" and "did not write it" in capsys.readouterr().err
    assert main(["report", str(tmp_path / "none")]) == 2


def test_runs_of_default_options_have_a_page_over_all_of_them(here: Path) -> None:
    """What goes to reports/ is listed there."""
    assert main(["run", "line.yaml", "--quiet"]) == 0
    assert 'href="line/index.html"' in (here / "reports" / "index.html").read_text(encoding="utf-8")


def test_a_what_if_says_what_it_changes(here: Path) -> None:
    """The page of a variant holds the addresses that it changes, with both values."""
    assert main(["run", "line.yaml", "--set", "tools.a.count=3", "--replications", "1", "--quiet", "--out", "out"]) == 0
    text = (here / "out" / "index.html").read_text(encoding="utf-8")
    changes = text.split('id="t-changes"', 1)[1].split("</table>", 1)[0].replace("<wbr>", "")
    assert re.search(r"tools\.a\.count</th><td>1</td><td>3</td>", changes.replace("\n", ""))
    assert "procsim run line.yaml --set tools.a.count=3 --replications 1" in text


def test_steps_are_gathered_in_groups_that_a_reader_knows() -> None:
    """By prefix, by module, by stretch of the recipe; of a mix, within each package."""
    found = doctest.testmod(step_groups)
    assert (found.failed, found.attempted) == (0, 3)


def test_a_line_without_prices_speaks_of_no_cost(here: Path) -> None:
    """No column and no sentence of it; what it says of yield it says once."""
    (here / "free.yaml").write_text(
        "name: free\nline: {lot: {panels: 2}, release: {every_h: 1}, tools: {saw: {count: 1}, oven: {count: 1}}}\nrun: {horizon_h: 60}\n"
        "steps: [{id: cut, tool: saw, time_min: 45}, {id: cure, tool: oven, time_min: 20}]\n", encoding="utf-8")
    assert main(["run", "free.yaml", "--replications", "2", "--quiet", "--out", "free"]) == 0
    text = (here / "free" / "index.html").read_text(encoding="utf-8")
    shown = re.sub(r"<(style|script)>.*?</\1>|<p class=.note.>.*?</p>", "", text, flags=re.S)
    assert "USD" not in shown and "Nine of ten panels yield 100 %<" in shown
