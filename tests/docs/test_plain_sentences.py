"""Tests that the documentation is in plain sentences: none is so long that it is read twice, and no paragraph holds more than an idea or two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from test_documentation import DOCS, PAGES

LONGEST, MOST = 35, 120
"""Words of a sentence, and of a paragraph."""
BLOCK = re.compile(r"^(`{3,})[^\n]*\n.*?^\1\s*$|^    [^\n]*$|^\$\$.*?\$\$", re.S | re.M)
START = re.compile(r"\n\s*\n|\n(?=[-*] |\d\. |: |\|)")
END = re.compile(r"(?<=[.!?:;])\s+(?=[A-Z`*\[(])")


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs, items and cells of a page, without its blocks and headings; what stands in code is one word, and of a link its text counts."""
    for part in START.split(BLOCK.sub("\n", text)):
        if not part.strip().startswith("#"):
            words = re.sub(r"\{\w+\}`[^`]*`|`[^`]*`", "`code`", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", part))
            yield from (cell for cell in words.split("|")) if part.strip().startswith("|") else (words,)


def long_winded(text: str) -> list[str]:
    """What is too long in a page."""
    found = [paragraph for paragraph in paragraphs(text) if len(paragraph.split()) > MOST]
    return found + [sentence for paragraph in paragraphs(text) for sentence in END.split(paragraph) if len(sentence.split()) > LONGEST]


def test_what_is_too_long_is_found() -> None:
    """A sentence by its words, also within a cell and an item; several short ones by the paragraph; no code."""
    sentence = " ".join(["Word", *["word"] * LONGEST]) + "."
    short = " ".join(["Word"] * 20) + ". "
    assert long_winded(sentence) == [sentence]
    assert len(long_winded(f"| a | {sentence} |\n- {sentence}\n")) == 2
    assert long_winded(short * 6) == [] and long_winded(short * 7) == [short * 7]
    assert long_winded(f"```\n{sentence}\n```\n\n    {sentence}\n\n# {sentence}\n\n`{sentence}`\n") == []


BESIDE = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]


@pytest.mark.parametrize("path", [*PAGES, *BESIDE], ids=lambda path: path.relative_to(DOCS if DOCS in path.parents else ROOT).as_posix())
def test_a_page_is_in_plain_sentences(path: Path) -> None:
    """Each of them, README, how to contribute, and what has changed."""
    assert long_winded(path.read_text(encoding="utf-8")) == []
