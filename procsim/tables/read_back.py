"""Reads the tables of a report back as they were."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from procsim import report

TEXTS = frozenset({
    "step", "op", "process", "tool_group", "source", "metric", "figure", "unit", "note", "category", "material", "product", "stream", "pool", "shift",
    "limit", "from", "to", "action", "level", "cause", "address", "provenance", "written_at", "limited_by", "bottleneck", "one_more", "flow",
    "what_if", "variable"})
"""Columns of words, also where they look like numbers or nothing stands in them. One in which words and numbers stand is words, too."""
TEXTS_OF = {"marginal_cost": {"edit"}, "recipe_changes": {"base", "edit", "edited_at"}, "choices": {"before", "best"}}
"""The same, of tables in which such names are of words, where in others they are of numbers."""


def table_in(path: Path) -> pd.DataFrame:
    """The table in the file *path*. No number in a column of numbers is nan; a step called NA stays one."""
    found = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8").rename(columns=report.unguarded).map(report.unguarded)
    texts = TEXTS | TEXTS_OF.get(path.stem, set())
    return found.assign(**{str(name): _column(str(name) in texts or str(name).endswith("_is"), found[name]) for name in found})


def _column(words: bool, column: pd.Series[str]) -> pd.Series[float] | pd.Series[str] | pd.Series[bool]:
    """*column*, as numbers or as truths where it holds nothing else and is not one of *words*."""
    if words:
        return column
    if len(column) and column.isin(["True", "False"]).all():
        return column == "True"
    try:
        return pd.to_numeric(column.where(column != "", None))
    except ValueError:
        return column
