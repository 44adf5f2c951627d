"""Every statement of the source documents is shown by a shipped recipe, as statements.csv says, or is a slip of the document for a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from conftest import PACKAGES, ROOT, WHATIFS
from evidence import KINDS, evaluate, in_order, pictures

TABLE = Path(__file__).with_name("statements.csv")
"""One row per piece of evidence: id of the statement (A: the document of the embodiments, B: the claims), kind, recipe, and what it shows."""


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row['id']}-{row['kind']}-{n}") for n, row in enumerate(rows())])
def test_a_statement_is_shown(row: dict[str, str]) -> None:
    """What the row says holds of its recipe as it is today."""
    evaluate(row["kind"], row["recipe"], row["what"])


def test_no_statement_is_left_out() -> None:
    """323 of the first document and 49 of the second, in order; each kind is known."""
    ids = list(dict.fromkeys(row["id"] for row in rows()))
    assert ids == [f"A{n:03}" for n in range(1, 324)] + [f"B{n:02}" for n in range(1, 50)]
    assert {row["kind"] for row in rows()} <= KINDS.keys()


FIGURES = {1: "ABCDEFGHI", 2: "ABC", 3: "ABC", 4: "ABCDEFGHI", 5: "ABCDE", 9: "AB", 10: "AB", 11: "ABC"}
"""The documents' figures by number, with their letters; 6, 7 and 8 have none."""


def test_every_figure_and_every_claim_has_its_picture() -> None:
    """1A to 11C, and claims 1 to 18, each in some recipe; the series of an embodiment in its own."""
    wanted = {f"{n}{letter}" for n, letters in FIGURES.items() for letter in letters} | {"6", "7", "8"} | {f"claim {n}" for n in range(1, 19)}
    for recipe in sorted({row["recipe"] for row in rows() if row["kind"] == "figure"}):
        wanted -= pictures(recipe)
    assert not wanted


@pytest.mark.parametrize("path", [*PACKAGES, *WHATIFS[::4], *(pytest.param(path, marks=pytest.mark.long) for n, path in enumerate(WHATIFS) if n % 4)],
                         ids=lambda path: path.stem)
def test_figures_come_in_the_order_of_their_letters(path: Path) -> None:
    """In every recipe: steps of FIG. 1A are done before the last of FIG. 1B."""
    in_order(path.relative_to(ROOT / "flows").with_suffix("").as_posix())
    for n in range(1, 6):
        assert {f"{n}{letter}" for letter in FIGURES[n]} <= pictures(f"embodiment_{n}")
