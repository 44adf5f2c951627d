"""Tests the built documentation where it is there, as after ``make docs``: every link within it leads somewhere, and nothing is asked of outside."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import ROOT
from found import TABLE, far, function_of, read
from found import tests as all_tests

SITE = ROOT / "docs" / "_site"
LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "object": "data", "audio": "src", "video": "src"}
"""Tags that a browser follows by itself."""


class Page(HTMLParser):
    """What a page names: its *anchors*, the *links* that a reader may follow, and what is *loaded* without asking."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in LOADED and LOADED[tag] in found and found.get("rel") != "canonical":
            self.loaded.append(found[LOADED[tag]])


def wrong(site: Path) -> list[str]:
    """Every link of the pages in *site* to a file or an anchor that is not there, and all that they load from outside, each with its page."""
    pages = {path.resolve(): Page(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        found += [f"{name} loads {address}" for address in page.loaded if urlsplit(address).scheme not in ("", "data") or address.startswith("//")]
        for address in [*page.links, *page.loaded]:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https", "mailto", "data") or parts.netloc:
                found += [f"{name}: {address} is no address"] if parts.scheme.startswith("http") and "." not in parts.netloc else []
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = goal.exists() and (goal not in pages or unquote(parts.fragment) in pages[goal].anchors)
            found += [] if there else [f"{name}: {address} leads nowhere"]
    return found


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    """A file that is not there, an anchor that is not there, and a script from outside."""
    (tmp_path / "a.html").write_text('<a href="b.html#x">1</a><a href="b.html#y">2</a><a href="c.html">3</a><script src="https://cdn.example/x.js"></script>')
    (tmp_path / "b.html").write_text('<p id="x"></p><a href="https://example.org/z">4</a><a href="#">5</a>')
    assert wrong(tmp_path) == ["a.html loads https://cdn.example/x.js", "a.html: b.html#y leads nowhere", "a.html: c.html leads nowhere"]


def test_every_link_of_the_site_leads_somewhere() -> None:
    """``make docs`` asks for this after each build."""
    if not (SITE / "index.html").is_file():
        pytest.skip("git does not know this folder: make docs has not built the site")
    assert wrong(SITE) == []


def test_what_was_found_is_near_what_is_expected() -> None:
    """Every figure of the committed table: simulated ones within 4 standard errors; each is of a test that there is."""
    rows = read()
    names = {name for name, _ in all_tests()}
    assert len(rows) > 50, f"{TABLE} is empty: make validate writes it"
    assert [row for row in rows if far(row) or function_of(row.test) not in names] == []
