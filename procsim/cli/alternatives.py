"""Lists what a folder of recipes shows of the source documents, read from their ``shows`` keys."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from procsim.cli.prepare import DONE
from procsim.errors import Place, RecipeError
from procsim.recipe.source import SHIPPED, read_file, shown

FORM = re.compile(r"(\[\d{4}(?:–\d{4})?\]|claim \d+):? (\S.*)")
"""A paragraph, a range of them or a claim, then the alternative in words."""


def alternatives_command(options: argparse.Namespace) -> int:
    """Prints the table as markdown, sorted by paragraph; claims come last."""
    folder = Path(options.folder) if options.folder else SHIPPED
    found = sorted(alternatives(folder).items(), key=lambda item: _order(*item[0]))
    print("| paragraph | alternative | file |\n|---|---|---|")
    for (paragraph, words), files in found:
        print(f"| {paragraph} | {words} | {', '.join(files)} |")
    return DONE


def alternatives(folder: Path) -> dict[tuple[str, str], list[str]]:
    """(paragraph, words) of every alternative that a recipe in *folder* or below it shows, with the files that show it.

    Raises RecipeError where a file cannot be read or a text does not begin with a paragraph.
    """
    if not folder.is_dir():
        raise RecipeError.at(Place(shown(folder)), "is no folder; name one that holds recipes")
    found: dict[tuple[str, str], list[str]] = {}
    for path in sorted(folder.rglob("*.yaml")):
        for text, place in _texts(path):
            parts = FORM.fullmatch(text)
            if parts is None:
                raise RecipeError.at(place, f"'{text}' has no paragraph; write '[0029] words', '[0026–0038] 1A: words' or 'claim 8: words'", "shows")
            found.setdefault((parts[1], parts[2]), []).append(path.relative_to(folder).as_posix())
    return found


def _texts(path: Path) -> Iterator[tuple[str, Place]]:
    """What the file *path* says that it shows, each with its place."""
    listed = read_file(path).get("shows")
    for item in listed.items if listed is not None else ():
        yield str(item.value), item.place


def _order(paragraph: str, words: str) -> tuple[bool, list[int], list[str | int]]:
    """Paragraphs by number before claims; words with their numbers as numbers, so that FIG. 9 comes before FIG. 10."""
    numbers = [int(n) for n in re.findall(r"\d+", paragraph)]
    return paragraph.startswith("claim"), numbers, [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", words)]
