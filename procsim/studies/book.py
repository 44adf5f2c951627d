"""Makes the workbook of a run, or of a flow in closed form."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procsim.closed_form.sensitivity import Swing
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.planning.plan import CATEGORIES, Plan
from procsim.recipe.inputs import inputs
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import shown
from procsim.results.price_lines import PriceLines, price_lines

if TYPE_CHECKING:
    import pandas as pd

FILE = "report.xlsx"


def book(title: str, found: tuple[Recipe, Plan, ClosedForm], totals: Sequence[Totals], tables: Mapping[str, pd.DataFrame], facts: Mapping[str, Any],
         known: Sequence[Swing]) -> bytes:
    """The workbook of what was *found*: its *tables*, and its *totals* with the prices that they are made of. The same report has the same bytes."""
    from procsim.workbook.book import workbook
    from procsim.workbook.contents import Contents

    recipe, plan, closed = found
    good = any(one.good > 0 for one in totals)
    lines = price_lines(recipe, plan, closed, totals) if good and not plan.money.free else PriceLines((), (), ())
    return workbook(Contents(title, tables, {"made again by": command(recipe, facts), **facts}, inputs(recipe), known, lines, CATEGORIES))


def command(recipe: Recipe, facts: Mapping[str, Any]) -> str:
    """The command that finds the same again."""
    kind = "run" if "replications" in facts else "estimate"
    words = ["procsim", kind, shown(recipe.path)]
    words += [word for path in recipe.over for word in ("--with", shown(path))] + [word for text in recipe.sets for word in ("--set", text)]
    if kind == "run":
        words += ["--replications", str(facts["replications"]), "--seed", str(facts["seed"])]
        words += [] if facts.get("variability", True) else ["--no-variability"]
    return shlex.join(words)
