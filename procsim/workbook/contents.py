"""Defines what a workbook tells, and where on its sheets what others refer to stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from procsim.closed_form.sensitivity import Swing
from procsim.recipe.inputs import Input
from procsim.results.price_lines import PriceLines

if TYPE_CHECKING:
    import pandas as pd

SUMMARY, INPUTS, COST, LINES, TOOLS, YIELD, LOSSES, PROVENANCE = (
    "Summary", "Inputs", "Cost sheet", "Price lines", "Tools", "Yield", "Losses", "Provenance")


@dataclass(frozen=True, slots=True)
class Contents:
    """A report's *title*, its *tables* by name, the *facts* of its record, the recipe's *inputs*, what the cost owes to each where *known*, and the
    *lines* of its cost sheet, whose columns are *categories*."""

    title: str
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any]
    inputs: Sequence[Input]
    known: Sequence[Swing]
    lines: PriceLines
    categories: Sequence[str]


def quoted(name: str) -> str:
    """The *name* of a sheet as formulas have it."""
    return f"'{name}'!"


def worth(contents: Contents) -> list[float]:
    """What each line comes to, USD per good unit."""
    prices = [one.value for one in contents.lines.prices]
    return [line.amount * (prices[line.at] if line.at is not None else 1.0) for line in contents.lines.lines]
