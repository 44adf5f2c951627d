"""Writes tables as text: CSV whose cells no spreadsheet runs, and rows as JSON has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from procsim.maths.plain import plain

if TYPE_CHECKING:
    import pandas as pd

RUNS = r"('*)(?=[=@\t\r]|\+(?![\d.]+%?$)|-(?![\w./-]*$))"
"""How a text begins that a spreadsheet would take for a formula. (No name of a recipe does, but texts may: sources, say.)"""


def guarded(text: str) -> str:
    """*text* with an apostrophe before it where a spreadsheet would run it."""
    return f"'{text}" if re.match(RUNS, text) else text


def unguarded(text: str) -> str:
    """*text* as it was before ``guarded``."""
    return re.sub(f"^'{RUNS}", r"\1", text)


def csv(table: pd.DataFrame, names: bool = True) -> str:
    """*table* as CSV: 10 significant digits, empty where there is no number, Unix line ends; *names* of columns first. A text that a spreadsheet
    would run has an apostrophe before it."""
    for name in table.select_dtypes(["str", "object"]):
        if (runs := table[name].astype(str).str.match(RUNS)).any():
            table = table.assign(**{str(name): table[name].where(~runs, "'" + table[name].astype(str))})
    heads = [guarded(str(name)) for name in table.columns] if names else False
    return str(table.to_csv(index=False, header=heads, float_format="%.10g", lineterminator="\n"))


def encoded(text: str) -> bytes:
    """*text* in UTF-8; what has no letters of its own, such as a byte of a file's name that is no UTF-8, as an escape."""
    return text.encode("utf-8", "backslashreplace")


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """*table* as JSON has it."""
    return [{str(key): plain(value) for key, value in row.items()} for row in table.to_dict("records")]
