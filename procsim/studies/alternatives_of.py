"""Offers ``procsim.alternatives_of``: all that a flow could be else, one change at a time, by cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procsim.experiments.choices import AS_IT_IS, Worth, as_it_is, cheapest_first, choices, worth
from procsim.experiments.points import Evaluator
from procsim.recipe.recipe import Recipe
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.record import identity
from procsim.studies.result import Result

if TYPE_CHECKING:
    import pandas as pd


COLUMNS = ["kind", "alternative", "title", "cost_per_good_unit_loaded_usd", "change_usd", "cost_per_good_unit_direct_usd", "yield", "bottleneck",
           "bottleneck_load"]
"""Of the table; the change is of the fully loaded cost."""


class AlternativesOfResult(Result):
    """What the flow *recipe* comes to *as_it_is* and with each choice that was *found*. Table: *alternatives*, the cheapest first; *refused* are the
    choices that cannot be built, each with the reason."""

    kind = "alternatives"

    def __init__(self, recipe: Recipe, as_it_is: Worth, found: Sequence[Worth]) -> None:
        self.recipe, self.as_it_is, self.found = recipe, as_it_is, list(found)

    @property
    def title(self) -> str:
        return f"what {self.recipe.title} could be else, by cost"

    @property
    def recipes(self) -> Sequence[Recipe]:
        return [self.recipe]

    @property
    def refused(self) -> dict[str, str]:
        """Each choice that cannot be built, and why."""
        return {one.choice.text: one.why for one in self.found if one.why}

    def facts(self) -> Mapping[str, Any]:
        return {**identity(self.recipe), "refused": self.refused}

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        import pandas as pd

        rows = [(one.choice.kind or AS_IT_IS, one.choice.text if one.choice.kind else "", one.title, one.loaded, one.loaded - self.as_it_is.loaded,
                 one.direct, one.yield_, one.bottleneck, one.load) for one in cheapest_first([self.as_it_is, *self.found])]
        return {"alternatives": pd.DataFrame(rows, columns=COLUMNS)}


def alternatives_of(flow: Flow, *, set: Sets = (), news: Callable[[int, int], None] = lambda *_: None) -> AlternativesOfResult:
    """Each what-if of *flow*, and each other method, part and price list that it can be made with, alone and in closed form on the line as it is:
    table ``alternatives``, the cheapest first. *news* is told how many of how many are worked out. Raises RecipeError where the flow is wrong.

    >>> line = {"library": "shipped", "line": {"lot": {"panels": 2, "units_per_panel": 50}, "release": {"every_h": 1}},
    ...         "run": {"horizon_h": 100}, "steps": [{"id": "bake", "op": "bake", "process": "dry_bake"}]}
    >>> found = alternatives_of(line).alternatives
    >>> list(found["cost_per_good_unit_loaded_usd"]) == sorted(found["cost_per_good_unit_loaded_usd"])
    True
    """
    of = Evaluator(load(flow, set))
    wanted, found = choices(of.recipe), list[Worth]()
    for choice in wanted:
        found.append(worth(of, choice))
        news(len(found), len(wanted))
    return AlternativesOfResult(of.recipe, as_it_is(of), found)
