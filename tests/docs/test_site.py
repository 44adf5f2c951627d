"""Tests what looks through the built documentation, and that figures of tests which it shows are near what is expected."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from found import TABLE, far, function_of, read
from found import tests as all_tests

sys.path.insert(0, str(ROOT / "docs"))  # the pages have what builds them beside them
from generate.links import wrong


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    """A file that is not there, an anchor that is not there, and a script from outside."""
    (tmp_path / "a.html").write_text('<a href="b.html#x">1</a><a href="b.html#y">2</a><a href="c.html">3</a><script src="https://cdn.example/x.js"></script>')
    (tmp_path / "b.html").write_text('<p id="x"></p><a href="https://example.org/z">4</a><a href="#">5</a>')
    assert wrong(tmp_path) == ["a.html loads https://cdn.example/x.js", "a.html: b.html#y leads nowhere", "a.html: c.html leads nowhere"]


def test_the_build_ends_with_it(tmp_path: Path) -> None:
    """With exit code 1 and what is wrong, or with 0."""
    page = tmp_path / "a.html"
    for text, code, told in (('<a href="a.html#x">1</a>', 1, "a.html: a.html#x leads nowhere"), ('<a href="a.html">1</a>', 0, "")):
        page.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, ROOT / "docs" / "generate" / "links.py", tmp_path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.strip()) == (code, told)
    assert "docs/generate/links.py docs/_site" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_what_was_found_is_near_what_is_expected() -> None:
    """Every figure of the committed table: simulated ones within 4 standard errors; each is of a test that there is."""
    rows = read()
    names = {name for name, _ in all_tests()}
    assert len(rows) > 50, f"{TABLE} is empty: make validate writes it"
    assert [row for row in rows if far(row) or function_of(row.test) not in names] == []
