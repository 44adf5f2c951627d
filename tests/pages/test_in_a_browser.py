"""Tests every kind of page in headless Chromium: at three widths, light and dark, with and without its script, and on paper."""

from __future__ import annotations

import csv
import os
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from browser import LOOK, WIDE, Tab
from conftest import ROOT, TINY

from procsim.cli import main, simulate
from procsim.closed_form.sensitivity import swings

pytestmark = pytest.mark.drawn

COST = "cost_per_good_unit_loaded"
EMBODIMENT = str(ROOT / "flows" / "embodiment_1.yaml")
KINDS = {
    "package": ["run", EMBODIMENT, "--replications", "2", "--set", "run.horizon_h=900"],
    "run": ["run", "line.yaml", "--replications", "2"],
    "estimate": ["estimate", "line.yaml", "--uncertainty", "20"],
    "whatif": ["whatif", "line.yaml", "--set", "tools.a.count=2", "--replications", "2"],
    "compare": ["compare", "line.yaml", "other.yaml", "--replications", "2"],
    "curve": ["curve", "line.yaml", "--points", "2", "--replications", "2"],
    "sweep": ["sweep", "line.yaml", "--vary", "tools.a.count=1,2,3"],
    "map": ["sweep", "line.yaml", "--vary", "tools.a.count=1,2,3", "--vary", "tools.b.price_usd=1e5,2e5,4e5"],
    "borders": ["sweep", "line.yaml", "other.yaml", "third.yaml", "--vary", "tools.a.count=1,2,3", "--vary", "tools.b.price_usd=1e5,2e5,4e5"],
    "size": ["size", "line.yaml"],
    "breakeven": ["breakeven", "line.yaml", "--vary", "tools.b.price_usd=1e5..9e5", "--target", "0.6", "--estimate"],
    "sensitivity": ["sensitivity", "line.yaml"],
    "optimise": ["optimise", "line.yaml", "--minimise", COST, "--over", "tools.a.count=1,2,3", "--no-simulate"],
}
"""What makes a page of each kind."""
EVIL = '=HYPERLINK("http://evil.example")</script><img src=x onerror=alert(1)>'
"""A title and a source that nobody trusts."""
FORM = """(() => ({
  headings: [...document.querySelectorAll("h1, h2, h3, h4")].map(h => Number(h.tagName[1])),
  unnamed: [...document.querySelectorAll("svg")].filter(s => s.getAttribute("aria-hidden") !== "true" && !(s.getAttribute("role") === "img" &&
    (s.getAttribute("aria-label") || document.getElementById(s.getAttribute("aria-labelledby"))))).length,
  twice: [...document.querySelectorAll("[id]")].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i),
  lost: [...document.querySelectorAll("nav a, .skip")].map(a => a.getAttribute("href")).filter(h => !document.getElementById(h.slice(1))),
  untitled: [...document.querySelectorAll("table")].filter(t => !t.closest("figure").querySelector("figcaption") || !t.tHead).length,
}))()"""
SCROLLED = "[...document.querySelectorAll('.picture .scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
"""Pictures of which only a part is seen at once."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind, and the one over all of them."""
    folder = tmp_path_factory.mktemp("pages")
    ranged = f"{{mid: 200000, low: 100000, high: 400000, source: '{EVIL}'}}"
    (folder / "line.yaml").write_text(TINY.replace("200000", ranged).replace("line:", f"name: '{EVIL}'\nline:", 1), encoding="utf-8")
    (folder / "other.yaml").write_text(TINY.replace("200000", "400000"), encoding="utf-8")
    (folder / "third.yaml").write_text(TINY.replace("200000", "300000"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, words in KINDS.items():
            patch.setattr(simulate, "swings", (lambda *_: ()) if name == "package" else swings)  # of 700 numbers, and no other page than that of the run
            assert main([*words, "--out", f"reports/{name}", "--quiet"]) == 0, name
        assert main(["report", "reports"]) == 0
    return {name: folder / "reports" / name / "index.html" for name in KINDS} | {"index": folder / "reports" / "index.html"}


def test_a_page_is_small(made: dict[str, Path]) -> None:
    """No page is over 3 MB."""
    assert max(path.stat().st_size for path in made.values()) < 3_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_what_nobody_trusts_stands_as_text_in_all_that_is_written(kind: str, made: dict[str, Path]) -> None:
    """In no cell of a table of any command a spreadsheet finds a formula, and in no page or picture a tag that is not ours."""
    for path in made[kind].parent.iterdir():
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                cells = [cell for row in csv.reader(file) for cell in row]
            assert not [cell for cell in cells if re.match(r"[=@\t\r]|[+-](?![\w./-]*%?$)", cell)], path
        elif path.suffix in (".html", ".svg"):
            assert "<img" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_of_an_earlier_result_is_made_again_to_the_byte(kind: str, made: dict[str, Path], tmp_path: Path) -> None:
    """Of what stands in its folder alone, whatever made it."""
    shutil.copytree(made[kind].parent, tmp_path / kind)
    assert main(["report", str(tmp_path / kind)]) == 0
    assert (tmp_path / kind / "index.html").read_bytes() == made[kind].read_bytes()


@pytest.mark.parametrize("kind", [*KINDS, "index"])
def test_a_page_reads_well_at_every_width_light_and_dark(kind: str, made: dict[str, Path], tab: Tab, tmp_path: Path) -> None:
    """No message on the console, no request but for the file itself, nothing wider than the window, every text readable, headings in order, and
    every picture named. Screenshots go to the folder that PAGES_SEEN names, if it does."""
    seen = Path(os.environ.get("PAGES_SEEN") or tmp_path)
    seen.mkdir(parents=True, exist_ok=True)
    tab.open(made[kind])
    for dark in (False, True):
        for width in (380, 800, 1600):
            tab.looks(width, dark=dark)
            inside, window = tab.tells(WIDE)
            assert inside <= window, f"{width} px: {inside}"
            assert width == 800 or tab.tells(SCROLLED) == 0, f"{width} px"
            if os.environ.get("PAGES_SEEN"):
                tab.picture(seen / f"{kind}-{width}-{'dark' if dark else 'light'}.png")
        assert tab.tells(LOOK) == []
    form = tab.tells(FORM)
    levels = form.pop("headings")
    assert levels[0] == 1 and levels.count(1) == 1 and all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert {name: found for name, found in form.items() if found} == {}
    assert (tab.said, tab.asked) == ([], [made[kind].resolve().as_uri()])


def test_with_its_script_a_table_sorts_and_shows_what_is_sought(made: dict[str, Path], tab: Tab) -> None:
    """A click on a head sorts by numbers, and again the other way; the field keeps only rows with the text; the keyboard reaches both."""
    tab.open(made["package"])
    tab.looks(1600)
    values = "[...document.querySelectorAll('#t-tools tbody tr')].map(r => Number(r.cells[4].dataset.k))"
    head = "document.querySelectorAll('#t-tools thead button')[4]"
    up = tab.tells(f"{head}.focus(), {head}.click(), {values}")
    down = tab.tells(f"{head}.click(), {values}")
    assert up == sorted(up) and down == up[::-1] and len(set(up)) > 5
    found = tab.tells("""(() => { const field = document.querySelector('#t-tools input[type=search]'); field.value = 'saw'; field.dispatchEvent(new Event('input'));
      return [...document.querySelectorAll('#t-tools tbody tr')].filter(r => r.offsetParent).map(r => r.cells[0].textContent.trim()); })()""")
    assert found == ["dicing_saw"]


def test_a_picture_of_a_step_and_its_row_of_the_cost_sheet_lead_to_each_other(made: dict[str, Path], tab: Tab) -> None:
    """By links, which need no script: a row that is folded opens. With the script the one marks the other."""
    tab.open(made["package"], script=False)
    tab.looks(1600)
    cell = "document.getElementById('cell-layer1/plate')"
    assert tab.tells(f"{cell}.querySelector('title').textContent").startswith("layer1/plate: ")
    ends = tab.tells(f"[{cell}.getAttribute('href'), document.getElementById('row-layer1/plate').querySelector('a').getAttribute('href')]")
    assert ends == ["#row-layer1/plate", "#cell-layer1/plate"]
    seen = "document.getElementById('row-layer1/plate').offsetParent !== null"
    assert [tab.tells(seen), tab.tells(f"location.hash = '{ends[0]}', {seen}")] == [False, True]
    tab.open(made["package"])
    marked = "[...document.querySelectorAll('.sheet .marked th')].map(head => head.id)"
    assert tab.tells(f"{cell}.dispatchEvent(new Event('pointerenter')), {marked}")[1:] == ["row-layer1/plate"]
    assert tab.tells(f"{cell}.dispatchEvent(new Event('pointerleave')), {marked}") == []


def test_a_phone_shows_a_picture_whole_and_larger_where_that_is_asked_for(made: dict[str, Path], tab: Tab) -> None:
    """By a box that needs no script; where there is room for the picture there is no box."""
    tab.open(made["curve"], script=False)
    tab.looks(380)
    box = "document.querySelector('.larger')"
    assert tab.tells(f"{box}.offsetParent !== null") and tab.tells(SCROLLED) == 0
    assert tab.tells(f"{box}.querySelector('input').checked = true, {SCROLLED}") == 1
    tab.looks(1600)
    assert tab.tells(f"{box}.offsetParent === null")


def test_a_lone_picture_has_its_words_beside_it(made: dict[str, Path], tab: Tab) -> None:
    """Where a page has room for two blocks side by side, and there is no second one."""
    tab.open(made["curve"])
    tab.looks(1600)
    ends = "(e => [e.querySelector('.scroll').getBoundingClientRect().right, e.querySelector('.told').getBoundingClientRect().left])"
    right, left = tab.tells(f"{ends}(document.querySelector('.picture'))")
    assert 900 < right < left < 1300


def test_without_its_script_all_can_be_read(made: dict[str, Path], tab: Tab) -> None:
    """Steps unfold, and rows that were left out come, by boxes that need no script."""
    tab.open(made["package"], script=False)
    tab.looks(1600)
    count = "[...document.querySelectorAll('#t-cost-sheet .step')].filter(r => r.offsetParent).length"
    folded = tab.tells(count)
    opened = tab.tells(f"document.querySelectorAll('#t-cost-sheet .group input').forEach(box => box.checked = true), {count}")
    assert (folded, opened) == (0, 56)
    assert tab.tells("document.querySelectorAll('.tools').length") == 0


def test_it_prints_with_its_steps_unfolded(made: dict[str, Path], tab: Tab, tmp_path: Path) -> None:
    """On paper nothing is folded, no control is printed, and a table that is not printed whole says so."""
    tab.open(made["package"])
    assert tab.tells("document.querySelector('#t-steps .cut').textContent") == "12 of 57 rows; all of them are in steps.csv"
    assert tab.tells("getComputedStyle(document.querySelector('#t-steps .cut')).display") == "none"
    tab.ask("Emulation.setEmulatedMedia", media="print")
    shown = "getComputedStyle(document.querySelector({})).display"
    try:
        assert tab.tells(shown.format("'#t-cost-sheet .step'")) == "table-row"
        assert tab.tells(shown.format("'nav'")) == tab.tells(shown.format("'.tools'")) == "none"
        assert tab.tells(shown.format("'#t-steps .cut'")) == "block"
        tab.tells("document.querySelector('#t-steps .all input').checked = true")
        assert tab.tells(shown.format("'#t-steps .cut'")) == "none"
    finally:
        tab.ask("Emulation.setEmulatedMedia", media="")
    paper = Path(os.environ.get("PAGES_SEEN") or tmp_path) / "package.pdf"
    tab.paper(paper)
    assert paper.read_bytes()[:4] == b"%PDF"
