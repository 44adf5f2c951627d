"""Lists what a folder of recipes shows of the source documents, read from their ``shows`` keys."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from procsim.errors import Place, RecipeError
from procsim.recipe.source import SHIPPED, read_file, shown
from procsim.studies.result import Result

if TYPE_CHECKING:
    import pandas as pd

FORM = re.compile(r"(\[\d{4}(?:–\d{4})?\]|claim \d+):? (\S.*)")
"""A paragraph, a range of them or a claim, then the alternative in words."""


class AlternativesResult(Result):
    """What the recipes in a *folder* show, ``rows`` of paragraph, words and files, sorted by paragraph; claims come last."""

    kind = "alternatives"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.rows = [(*key, files) for key, files in sorted(found_in(folder).items(), key=lambda item: _order(*item[0]))]

    @property
    def title(self) -> str:
        return f"what {shown(self._folder)} shows"

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        from procsim.tables.recipe import alternatives

        return {"alternatives": alternatives(self.rows)}


def alternatives(folder: Path | str = SHIPPED) -> AlternativesResult:
    """Which recipe in *folder*, or below it, shows which alternative of the source documents: table ``alternatives``. Raises RecipeError where a
    file cannot be read, or a text under ``shows`` does not begin with a paragraph.

    >>> len(alternatives().rows) > 100
    True
    """
    return AlternativesResult(Path(folder))


def found_in(folder: Path) -> dict[tuple[str, str], list[str]]:
    """(paragraph, words) of every alternative that a recipe in *folder* or below it shows, with the files that show it.

    Raises RecipeError where a file cannot be read or a text does not begin with a paragraph.
    """
    if not folder.is_dir():
        raise RecipeError.at(Place(shown(folder)), "is no folder and no recipe; name one of these" if folder.exists() else "no such file or folder")
    found: dict[tuple[str, str], list[str]] = {}
    files = sorted(folder.rglob("*.yaml"))
    if not files:
        raise RecipeError.at(Place(shown(folder)), "holds no recipes")
    for path in files:
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
