"""Estimates a flow in closed form: yield, cost, load and cycle time in an instant, with the tables of a run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from procsim.closed_form import marginal_cost
from procsim.closed_form.exactness import says
from procsim.closed_form.one_more_tool import one_more_tool
from procsim.closed_form.sensitivity import Swing, swings
from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.experiments.processes import processes
from procsim.planning.plan import Plan
from procsim.recipe.recipe import Recipe
from procsim.results import expected
from procsim.results.diagnostics import of_buffers, of_release, of_yield
from procsim.results.overload import overloads
from procsim.studies.also import Also
from procsim.studies.book import FILE, book
from procsim.studies.effect import refuse_idle
from procsim.studies.flow import Flow, Sets, load
from procsim.studies.record import identity, whole
from procsim.studies.result import Later, Result
from procsim.studies.uncertainty import Uncertainty, refuse, uncertain

if TYPE_CHECKING:
    import pandas as pd


class EstimateResult(Result):
    """A flow in closed form: the *recipe*, its *plan* and *closed* form, what the cost owes to each input where that is *known*, and the draws of
    these, if any. Its tables are those of a run; what has no closed form is empty in them, and listed among the facts."""

    kind = "estimate"

    def __init__(self, recipe: Recipe, plan: Plan, closed: ClosedForm, known: Sequence[Swing] = (), uncertainty: Uncertainty | None = None) -> None:
        self.recipe, self.plan, self.closed, self.known, self.uncertain = recipe, plan, closed, known, uncertainty

    @property
    def title(self) -> str:
        return f"{self.recipe.title}: closed form"

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        from procsim.tables.closed import closed_tables

        made = closed_tables(self.plan, self.closed, self.known)
        drawn = self.uncertain.tables if self.uncertain is not None else {}
        known = {name: partial(_itself, table) for name, table in (made | dict(drawn)).items()}
        return Later(known | volume_tables(self.recipe, self.plan, self.closed))

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        from procsim.figures.of_report import Shown, drawers

        drawn = self.uncertain.pictures if self.uncertain is not None else {}
        return {**drawers(Shown(self.recipe, self.plan, (), self.tables)), **drawn}

    @property
    def overloads(self) -> list[str]:
        """Every tool group and pool that cannot take what comes, with what it would take; the figures are then of what it can give."""
        return overloads(self.plan, self.closed)

    @property
    def warnings(self) -> list[str]:
        """What is suspicious about the recipe, or beyond the closed form."""
        return [*self.plan.warnings, *of_yield(self.plan, self.closed), *of_release(self.plan), *of_buffers(self.plan, self.closed)]

    def facts(self) -> Mapping[str, Any]:
        from procsim.tables.closed import WITHOUT, empty_columns

        draws = {} if self.uncertain is None else {"seed": self.plan.seed, "draws": int(self.uncertain.tables["uncertainty"]["draws"].max())}
        return {**identity(self.recipe), **draws, "overloads": self.overloads, "warnings": self.warnings,
                "no_closed_form": [*WITHOUT, *empty_columns(self.tables)], "left_out": marginal_cost.left_out(self.plan, self.closed)}

    def attachments(self) -> Mapping[str, bytes]:
        """The workbook."""
        totals = [expected.totals(self.plan, self.closed)]
        return {FILE: book(self.title, (self.recipe, self.plan, self.closed), totals, self.tables, self.facts(), self.known)}

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None, also: Collection[Also] = ()) -> None:
        super().save(folder, {**whole(self.recipe), **(record or {})}, also)


def volume_tables(recipe: Recipe, plan: Plan, closed: ClosedForm) -> dict[str, Callable[[], pd.DataFrame]]:
    """What makes the tables of one more and of cost against volume, where there is something to tell."""
    from procsim import tables

    if plan.money.free or not closed.flow.good > 0:
        return {}
    word = says(plan, "cost_per_good_unit_direct")
    found = {"marginal_cost": lambda: tables.marginal_cost(marginal_cost.marginal(recipe, plan, closed), word)}
    found["one_more_tool"] = lambda: tables.one_more_tool(plan, one_more_tool(plan, closed))
    if not marginal_cost.left_out(plan, closed):
        found["cost_by_volume"] = lambda: tables.cost_by_volume(marginal_cost.volumes(recipe, plan, closed), word)
    return found


def _itself(table: pd.DataFrame) -> pd.DataFrame:
    return table


def estimate(flow: Flow, set: Sets = (), over: Sequence[Path | str] = (), *, inputs: bool = False, uncertainty: int = 0, seed: int | None = None,
             jobs: int = 1) -> EstimateResult:
    """The closed form of *flow* with the what-ifs *over* it and the edits *set*; nothing is simulated.

    With *inputs* the table ``provenance`` says for every number that the cost depends on by how much, which takes some seconds. *uncertainty* draws
    every number that has a range so many times, with that *seed* (the recipe's, where left out) in *jobs* processes.

    Raises RecipeError. A line that cannot take what comes is no error: its figures are of what it can give, and ``overloads`` says what it would
    take.

    >>> found = estimate("flows:embodiment_1.yaml", set={"layer.repeat": 3})
    >>> found.closed.flow.yield_ < estimate("flows:embodiment_1.yaml").closed.flow.yield_
    True
    >>> cost = found.cost_by_category.set_index("category")["cost_per_good_unit_usd"]
    >>> bool(abs(cost.sum() - found.closed.loaded) < 1e-9), cost.idxmax()
    (True, 'die')
    >>> found.pictures
    ('tool_use', 'loss_pareto', 'cost_by_step', 'cost_along_the_flow', 'dollars', 'cycle_time', 'package', 'section')
    """
    refuse_idle(bool(uncertainty), "is of draws, of which uncertainty=N makes some", seed=seed is not None, jobs=jobs != 1)
    recipe = load(flow, set, over)
    plan = settled(recipe)
    closed = solve(plan)
    if not (inputs or uncertainty):
        return EstimateResult(recipe, plan, closed)
    known = swings(recipe) if not plan.money.free else ()
    if not uncertainty:
        return EstimateResult(recipe, plan, closed, known)
    refuse(plan, known)
    plan = plan if seed is None else replace(plan, seed=seed)
    with processes(min(jobs, uncertainty)) as pool:
        return EstimateResult(recipe, plan, closed, known, uncertain(recipe, plan, known, uncertainty, executor=pool))
