"""Shortens what a picture shows of a long flow: the largest bars by name, in the order of the flow, and all others as one."""

from __future__ import annotations

import pandas as pd

MOST = 80
"""Bars by step that one can still read in a picture; all steps stand in the tables."""


def largest(rows: pd.DataFrame, label: str, size: pd.Series[float], what: str = "steps", most: int = MOST) -> pd.DataFrame:
    """*rows* as they are, or, of more than can be read, the *most* that are largest by *size*, in their order, and, last, the sum of the others; its
    *label* says of how many of *what*."""
    if len(rows) <= most + 1:
        return rows
    kept = size.abs().reset_index(drop=True).fillna(0.0).sort_values(ascending=False, kind="stable").index[:most]
    small = rows.drop(index=rows.index[kept])
    other = small.sum(numeric_only=True).to_frame().T
    other[label] = f"other, {len(small)} {what}"
    return pd.concat([rows.iloc[sorted(kept)], other], ignore_index=True)


def said(rows: int, what: str = "steps") -> str:
    """What the title of a picture adds where it would have so many *rows*."""
    return f"; the {MOST} largest of {rows} {what}, the others as one bar" if rows > MOST + 1 else ""
