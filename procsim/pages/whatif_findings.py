"""Says what an edit changes, and of several edits what the best one does."""

from __future__ import annotations

import pandas as pd

from procsim.maths.numerals import number
from procsim.pages.content import Found
from procsim.pages.tables import most
from procsim.pages.words import listed, percent, signed, told

COST = "cost_per_good_unit_loaded"


def whatif(found: Found) -> list[str]:
    """By how much the edit moves the cost, and whether that is more than noise; of several edits the best."""
    which, rows = _foremost(found)
    if not len(rows):
        return []
    row = {str(key): value for key, value in most(rows, -rows["difference"]).items()}
    low, high, moved = (float(row[name]) for name in ("ci_low", "ci_high", "difference"))
    sure = "" if low != low else "" if low > 0 or high < 0 else ", which may be noise"
    ends = f" ({signed(low)} to {signed(high)})" if high > low else ""
    first = f"Of {len(rows)} edits {row['what_if']} is the best: it" if len(rows) > 1 else str(row["what_if"])
    way = f"{number(row['base'], 4)} → {number(row['edit'], 4)}"
    return [f"{first} moves the {told(which)} by {signed(moved)} {row['unit']}{ends}{sure}: {way}."]


def _foremost(found: Found) -> tuple[str, pd.DataFrame]:
    """The figure by which edits are told apart here, and its rows, an edit each."""
    table = found.tables["whatif"]
    which = COST if (table["metric"] == COST).any() else "cycle_time"
    return which, table[(table["metric"] == which) & table["difference"].notna()]


def _of_best(found: Found, name: str) -> tuple[pd.DataFrame, str]:
    """The rows of a table that are of the best edit, and what is said before them where there are others."""
    table, (_, rows) = found.tables.get(name, pd.DataFrame()), _foremost(found)
    if "what_if" not in table or table["what_if"].nunique() < 2 or not len(rows):
        return table, ""
    best = str(most(rows, -rows["difference"])["what_if"])
    return table[table["what_if"] == best], f"With {best} "


def of_cost_change(found: Found) -> str:
    """Which category, and which step, the difference comes from."""
    words, start = [], ""
    for name, key in (("by_category", "category"), ("by_step", "step")):
        table, of = _of_best(found, name)
        start = start or of
        if len(table) and table["difference_usd"].abs().max() > 0:
            row = most(table, table["difference_usd"].abs())
            words.append(f"{str(row[key]).replace('_', ' ') if key == 'category' else row[key]} ({signed(float(row['difference_usd']))} USD)")
    if not words:
        return "What changes"
    return f"{f'{start}most' if start else 'Most'} of it is {', by step '.join(words) if len(words) > 1 else listed(words)}"


def of_load_change(found: Found) -> str:
    """Which tools then have most to do."""
    table, start = _of_best(found, "load_change")
    row = most(table, table["edit_load"].fillna(table["edit_expected_load"]))
    return f"{start}{row['tool_group']} is then the most loaded: {percent(float(row['base_load']))} → {percent(float(row['edit_load']))}"


def of_yield_change(found: Found) -> str:
    """Where most units are lost more, or less, than before."""
    table, start = _of_best(found, "yield_change")
    if not table["difference"].abs().max() > 0:
        return f"{start}{'n' if start else 'N'}o step loses more or less than before"
    row = most(table, table["difference"].abs())
    way = "more" if row["difference"] > 0 else "less"
    return f"{start}{row['step']} loses {percent(abs(float(row['difference'])), 2)} of the units {way} than before"


def of_edits(found: Found) -> str:
    """How many places of the recipe change."""
    table, start = _of_best(found, "recipe_changes")
    return f"{start}{len(table)} place{'s' if len(table) != 1 else ''} of the recipe change{'s' if len(table) == 1 else ''}"
