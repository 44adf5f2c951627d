"""Keeps what tests against theory find beside what they expect, as the table theory/found.csv, of which the documentation shows every row."""

from __future__ import annotations

import ast
import csv
import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

THEORY = Path(__file__).parents[1] / "theory"
TABLE = THEORY / "found.csv"


class Row(NamedTuple):
    """What a *test* found of a *figure* of a *case* (of a worked example both are empty), with the standard error *se* of a simulated one (else 0)."""

    test: str
    case: str
    figure: str
    expected: float
    found: float
    se: float


TOLD: list[Row] = []
"""What the test that runs has told so far."""


def tell(*, expected: object, found: object, case: str = "", figure: str = "", se: float = 0.0) -> None:
    """Keeps one figure of the test that runs; what is no number is left out."""
    try:
        TOLD.append(Row("", case, figure, float(expected), float(found), se))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return


def taken() -> list[Row]:
    """What was told since this was asked last."""
    rows = TOLD[:]
    TOLD.clear()
    return rows


def wanted(test: str) -> bool:
    """Whether the table has what *test* finds: those against theory, at full size."""
    return test.startswith("tests/theory/") and "quick" not in test


def read(path: Path = TABLE) -> list[Row]:
    """The table as it is committed."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Row(one["test"], one["case"], one["figure"], float(one["expected"]), float(one["found"]), float(one["se"])) for one in csv.DictReader(file)]


def write(rows: Iterable[Row], path: Path = TABLE) -> None:
    """Writes what the tests of *rows* have found in the place of what stood there of them; what is said of a test that is no more goes."""
    new = [row for row in rows if wanted(row.test)]
    ran, there = {row.test for row in new}, {name for name, _ in tests()}
    kept = [row for row in read(path) if row.test not in ran and function_of(row.test) in there]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(Row._fields)
        for row in sorted([*kept, *new], key=lambda row: row.test):
            out.writerow([row.test, row.case, row.figure, *(f"{value:.10g}" for value in row[3:])])


def function_of(test: str) -> str:
    """A *test* without its parameters, such as ``tests/theory/test_traces.py::test_wait``."""
    return test.partition("[")[0]


@cache
def tests() -> list[tuple[str, str]]:
    """(name, docstring) of every test against theory, in order; not of those of the table itself."""
    return [(f"tests/theory/{path.name}::{node.name}", ast.get_docstring(node) or "") for path in sorted(THEORY.glob("test_*.py")) if path.stem != "test_found"
            for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def far(row: Row) -> bool:
    """Whether a simulated figure is more than 4 standard errors from what is expected, or no number."""
    return not math.isfinite(row.found) or (row.se > 0 and abs(row.found - row.expected) > 4 * row.se * (1 + 1e-6) + 1e-9 * abs(row.expected))
