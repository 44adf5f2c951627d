"""Tests the table of what a flow could be else: that of the command line, worked out for all pages, while others edit."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browser import LOOK, WIDE, Tab
from conftest import LINE

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from served import Client, served, tree

from procsim.experiments.choices import cheapest_first
from procsim.maths.numerals import number
from procsim.serve.shown import chosen
from procsim.serve.tree import Tree
from procsim.studies.alternatives_of import AlternativesOfResult, alternatives_of

WHATIFS = {"twice": "changes: [{set: {tools.a.count: 2}}]", "dear": "changes: [{set: {tools.a.price_usd: 900000}}]",
           "crowded": "changes: [{set: {line.release.every_h: 0.01}}]", "broken": "changes: [{set: {tools.a.count: -1}}]"}
DONE = "document.querySelector('#choices-run[role=status]')"
COSTS = "[...document.querySelectorAll('.choices tbody strong')].map(cell => cell.textContent).filter(text => text !== 'overloaded')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tree(tmp_path_factory.mktemp("served"))
    (made / "line.yaml").write_text(LINE, encoding="utf-8")
    for name, text in WHATIFS.items():
        (made / "whatif" / f"{name}.yaml").write_text(f"extends: ../line.yaml\nname: A line, {name}\n{text}\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Client]:
    with served(folder / "line.yaml") as client:
        yield client


def table(page: Client, flow: str, seconds: float = 90.0, **words: str) -> str:
    """The table of *flow* once all of it is worked out."""
    end, text = time.monotonic() + seconds, ""
    while 'id="choices-run" class="run" role="status"' not in text:
        text = page.gets(f"/choices?{urlencode({'flow': flow, 'waits': '1', **words})}", piece=True).text
        assert time.monotonic() < end, text[:500]
    return text


@pytest.fixture(scope="module")
def found(folder: Path) -> AlternativesOfResult:
    return alternatives_of(folder / "line.yaml")


def test_the_table_says_what_the_command_says(page: Client, found: AlternativesOfResult) -> None:
    """Row by row, the cheapest first, with the flow as it is among them; what cannot be built says why."""
    text, base = table(page, "line.yaml"), found.as_it_is
    rows = re.findall(r"<tr.*?</tr>", text.partition("<tbody>")[2], re.DOTALL)
    wanted = cheapest_first([base, *found.found])
    assert len(rows) == len(wanted) == 9
    for row, one in zip(rows, wanted, strict=True):
        shown = chosen(one, base, one.title, "")
        assert one.title in row and shown.load in row and f">{shown.direct}<" in row and f"{number(100 * one.yield_, 4)}" in row
        assert f"<strong>{shown.loaded}</strong>" in row and shown.change in row and ("overloaded" in row) == (one.load >= 1)
    assert "1 what-if cannot be built" in text and "broken.yaml" in text and "tools.a.count" in text
    assert 'href="/?flow=line.yaml&amp;with=whatif%2Ftwice.yaml"' in text


def test_a_row_opens_the_page_of_what_it_says(page: Client) -> None:
    """To the same figure."""
    rows = re.findall(r'<a href="([^"]+)" id="c\d+">.*?<strong>([^<]+)</strong>', table(page, "line.yaml"), re.DOTALL)
    assert len(rows) == 9
    for address, cost in rows:
        opened = page.gets(address.replace("&amp;", "&")).text
        now = re.search(r'<tr[^>]*class="now"[^>]*><th[^>]*>now</th><td[^>]*>([^< ]+)', opened)
        assert now is not None and now[1] == cost


def test_kinds_are_listed_alone(page: Client) -> None:
    """Beside the flow as it is; what is no kind is all."""
    for kind, many in (("price list", 5), ("what-if", 3), ("part", 0), ("nonsense", 8)):
        text = table(page, "line.yaml", kind=kind)
        assert len(re.findall("<tr", text)) == many + 2 and text.count('aria-pressed="true"') == (many > 0), kind
    assert page.gets("/choices?flow=../line.yaml", piece=True).status == 422
    assert page.gets("/choices?flow=line.yaml").status == 403


def test_edits_do_not_wait_for_it(folder: Path) -> None:
    """While the hundreds of choices of a package are worked out, an edit is answered as ever."""
    with served(folder / "embodiment_1.yaml") as page:
        first = page.gets("/choices?flow=embodiment_1.yaml&waits=1", piece=True).text
        took = []
        for n in range(5):
            begun = time.monotonic()
            assert page.posts("/edit", {"flow": "embodiment_1.yaml", "tab": "t", "do": "set", "address": "product.dies.logic.price_usd", "value": f"{4 + n}"}).status == 200
            took.append(time.monotonic() - begun)
        after = page.gets("/choices?flow=embodiment_1.yaml", piece=True).text
        assert 'class="runs"' in first and 'class="runs"' in after and min(took) < 0.5


def test_a_file_that_changes_is_worked_out_anew(page: Client, folder: Path) -> None:
    """And one that comes is listed."""
    before = table(page, "line.yaml")
    path = folder / "whatif" / "dear.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("900000", "1900000"), encoding="utf-8")
    assert table(page, "line.yaml") != before
    (folder / "whatif" / "new.yaml").write_text("extends: ../line.yaml\nname: A line, new\nchanges: [{set: {tools.b.count: 2}}]\n", encoding="utf-8")
    assert "A line, new" in table(page, "line.yaml")
    (folder / "whatif" / "new.yaml").unlink()


def test_shipped_what_ifs_are_those_of_a_shipped_flow(tmp_path: Path) -> None:
    """Where the tree is somebody's own, with their own what-ifs of it before."""
    (tmp_path / "whatif").mkdir()
    (tmp_path / "whatif" / "mine.yaml").write_text("extends: flows:embodiment_3.yaml\nchanges: []\n", encoding="utf-8")
    own = Tree(tmp_path)
    names = own.whatifs("flows:embodiment_3.yaml")
    assert names[0] == "whatif/mine.yaml" and "flows:whatif/alloy_layers.yaml" in names
    assert [own.called(own.path(name)) for name in names] == names


def test_it_is_worked_out_once_it_is_in_view(tab: Tab, page: Client) -> None:
    """Reached by a link at the top and read with the keyboard; grey until all is there, and nothing is cut off, light and dark."""
    tab.looks(1600, 500)
    tab.visit(page.address)
    assert "once they are in view" in tab.tells("document.querySelector('#choices').textContent")
    tab.tells("document.querySelector('.open a').focus()")
    for kind in ("keyDown", "keyUp"):
        tab.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\\r" if kind == "keyDown" else "")
    tab.until(DONE, 90)
    costs = [float(text) for text in tab.tells(COSTS) if text[0].isdigit()]
    assert costs == sorted(costs) and len(costs) >= 3 and tab.tells("document.querySelectorAll('.choices tr.own').length") == 1
    for dark in (False, True):
        for width in (320, 380, 900, 1300, 1600):
            tab.looks(width, dark=dark)
            inside, window = tab.tells(WIDE)
            assert inside <= window, width
        assert tab.tells(LOOK) == []
    tab.looks(1600)
    tab.tells("document.querySelector('.choices a[href*=twice]').click()")
    tab.until("document.readyState === 'complete' && location.search.includes('twice') && document.querySelector('#edits .list')")
    assert tab.said == []


def test_it_stays_grey_while_it_is_worked_out(tab: Tab, folder: Path) -> None:
    """Rows come as they are worked out, and none of them is taken for the last word."""
    with served(folder / "dual_heat_sink.yaml") as page:
        tab.visit(page.address)
        tab.tells("document.querySelector('#others').scrollIntoView()")
        tab.until("document.querySelector('#choices .runs') && document.querySelectorAll('.choices tbody tr').length > 2", 90)
        style = "getComputedStyle(document.querySelector('.choices tbody td')).fontStyle"
        assert tab.tells(style) == "italic" or tab.tells(f"!!{DONE}")
        tab.until(f"document.querySelector('#choices-run').textContent.includes('all what-ifs among them') || {DONE}", 90)
        tab.until(DONE, 120)
        assert tab.tells(style) == "normal" and "methods and parts cannot" in tab.tells("document.querySelector('#choices-run').textContent")
        tab.tells("(every => { every.focus(); every.click(); })(document.querySelector('#choices-every'))")
        tab.until("!document.querySelector('#choices-every') && document.querySelectorAll('.choices tbody tr').length > 21")
        tab.until("document.activeElement.getAttribute('aria-label') === 'Alternatives by cost'")
        tab.tells("document.querySelector('#choices-price-list').click()")
        tab.until("document.querySelectorAll('.choices tbody tr').length < 8")
