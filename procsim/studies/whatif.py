"""Offers ``procsim.whatif``: what edits of a flow change, on the same random numbers, where the difference comes from, and which edit is the best."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from procsim.closed_form.settled import settled
from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.engine.engines import using
from procsim.errors import InfeasibleError, Problem, RecipeError, did_you_mean
from procsim.experiments.mean_values import told, unknown
from procsim.experiments.replicate import Conditions, gather
from procsim.experiments.threads import workers
from procsim.planning.plan import Plan
from procsim.recipe.difference import differences
from procsim.recipe.recipe import Recipe
from procsim.results.overload import refuse_overload
from procsim.results.paired import Line, figures
from procsim.studies.also import Also
from procsim.studies.effect import refuse_idle
from procsim.studies.flow import Flow, Sets
from procsim.studies.record import circumstances, identity, of_run, whole
from procsim.studies.result import Later, Result
from procsim.studies.run import Simulated, chosen
from procsim.studies.whatif_edits import Edit, what_ifs

if TYPE_CHECKING:
    import pandas as pd

COST, TIME = "cost_per_good_unit_loaded", "cycle_time"
"""What edits are ranked by: where nothing costs anything, by time."""
LONG_RUN = "differences of the long run; the edit is the base and these"
"""What the picture says of differences that were controlled."""
DRAWN = 12
"""Edits of which there is a picture, at most."""
HIGH = frozenset({"yield", "good_units_per_week", "throughput"})
"""Figures of which more is better."""


@dataclass(frozen=True, slots=True)
class Edited:
    """An edit by its *name*, and what was simulated of the flow with it."""

    name: str
    found: Simulated

    @property
    def line(self) -> Line:
        return Line(self.found.plan, self.found.closed, self.found.totals)


class WhatIfResult(Result):
    """A *base* and *edits* of it, simulated on the same random numbers. Tables: *whatif* (every figure), *by_category*, *by_step*, *waterfall*,
    *yield_change*, *load_change*, *recipe_changes*, each with the edit in its first column; of several edits *ranking* and *pairs* first, by
    *figure*."""

    kind: ClassVar[str] = "whatif"

    def __init__(self, base: Simulated, edits: Sequence[Edited], figure: str = "") -> None:
        """Raises RecipeError where there is no such figure."""
        self.base, self.edits = base, tuple(edits)
        self.figure_name = figure_of(figure, [(one.plan, one.closed) for one in (base, *(edit.found for edit in edits))])

    @property
    def line(self) -> Line:
        return Line(self.base.plan, self.base.closed, self.base.totals)

    @property
    def priced(self) -> bool:
        """Whether there is a cost that can be parted."""
        return not self.base.plan.money.free and self.base.totals[0].charged == self.base.totals[0].charged

    @property
    def controlled(self) -> bool:
        """Whether differences of the cost are those of the long run, which the closed form knows more of than the replications."""
        table = self.tables["whatif"]
        return bool((table.loc[table["metric"] == COST, "controlled_by"] != "").any())

    @property
    def title(self) -> str:
        what = self.edits[0].name if len(self.edits) == 1 else f"{len(self.edits)} edits"
        return f"{self.base.recipe.title}  →  {what}"

    @property
    def effort(self) -> str:
        """How often it was simulated, in words."""
        n = len(self.base.totals)
        return f"{n} replication{'s' if n > 1 else ''}, same random numbers"

    def facts(self) -> Mapping[str, Any]:
        last = self.edits[-1].found
        named = {"edits": [{"what_if": edit.name, **identity(edit.found.recipe)} for edit in self.edits]}
        return {**identity(last.recipe if len(self.edits) == 1 else self.base.recipe), **named, "figure": self.figure_name,
                **of_run(self.base.plan, last.totals, last.variable, last.stopped)}

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None, also: Collection[Also] = ()) -> None:
        last = self.edits[-1].found
        files = {f"{name}.{ending}": self._drawn(ending == "png") for name in self._pictures() for ending in ("svg", "png")}
        facts = {"kind": self.kind, **whole(last.recipe), **self.facts(), **circumstances(last.plan, last.totals), "title": self.title}
        self._write(folder, files, {**facts, **(record or {})}, also)

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        from procsim.tables import edits as made

        makers: dict[str, Callable[[], pd.DataFrame]] = {}
        if len(self.edits) > 1:
            makers |= {"ranking": lambda: self._ranked[0], "pairs": lambda: self._ranked[1]}
        makers["whatif"] = partial(self._each, lambda edit: made.whatif(self.line, edit.line))
        if self.priced:
            makers |= {f"by_{key}": partial(self._each, partial(self._cost, key)) for key in ("category", "step")}
            makers["waterfall"] = partial(self._each, self._waterfall)
        makers["yield_change"] = partial(self._each, lambda edit: made.yield_change(self.line, edit.line))
        makers["load_change"] = partial(self._each, lambda edit: made.load_change(self.line, edit.line))
        makers["recipe_changes"] = partial(self._each, lambda edit: made.recipe_changes(differences(self.base.recipe, edit.found.recipe)))
        return Later(makers)

    def of(self, table: str, edit: Edited) -> pd.DataFrame:
        """The rows of one edit in a table."""
        found = self.tables[table]
        return found[found["what_if"] == edit.name].drop(columns="what_if").reset_index(drop=True)

    def _each(self, make: Callable[[Edited], pd.DataFrame]) -> pd.DataFrame:
        from procsim.tables.columns import stacked

        return stacked([(edit.name, make(edit)) for edit in self.edits], "what_if")

    def _cost(self, key: str, edit: Edited) -> pd.DataFrame:
        from procsim.tables.edits import cost_change

        return cost_change(self.line, edit.line, key)

    def _waterfall(self, edit: Edited) -> pd.DataFrame:
        from procsim.tables.columns import stacked
        from procsim.tables.edits import waterfall

        told = self.of("whatif", edit)
        [base] = told.loc[told["metric"] == COST, "base"].to_list()
        return stacked([(key, waterfall(self.of(f"by_{key}", edit), key, base)) for key in ("category", "step")], "by")

    @property
    def _ranked(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        from procsim.tables.ranking import BASE, ranked

        lines = {BASE: self.line} | {edit.name: edit.line for edit in self.edits}
        metric = next(one for one in figures(self.line, [edit.line for edit in self.edits]) if one.name == self.figure_name)
        return ranked(metric, lines, self.figure_name in HIGH)

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        return {"waterfall": self._drawn} if self.priced else {}

    def _drawn(self, png: bool = False) -> bytes:
        from procsim.figures import style
        from procsim.figures.waterfall import waterfall

        rows = []
        for edit in self.edits[:DRAWN]:
            table = self.of("waterfall", edit)
            rows.append((edit.name, [table[table["by"] == key] for key in ("category", "step")]))
        figure = waterfall(rows, self.title, LONG_RUN if self.controlled else "")
        return style.png(figure) if png else style.svg(figure, "waterfall")


def whatif(flow: Flow, edits: Edit | Sequence[Edit] | None = None, set: Sets = (), over: Sequence[Path | str] = (), *, figure: str = "",
           replications: int | None = None, seed: int | None = None, jobs: int = 1, variability: bool = True, allow_overload: bool = False,
           engine: str | None = None, progress: Callable[[int], None] = lambda _: None) -> WhatIfResult:
    """What each of *edits* changes of *flow*, simulated on the same random numbers. An edit is a mapping such as ``{"layer.repeat": 3}``, a text such
    as ``"layer.repeat=3;tools.exposure.count=4"``, the file of a what-if, or several of these with ``;`` between; several edits stand in a list and
    are ranked by *figure* (left out: the fully loaded cost). *set* and *over* are edits of the base, and so of all. Without *edits* what is asked is
    what *set* and *over* change, or, of a recipe that extends another, what that changes. All else is as of ``run``.

    >>> line = {"line": {"lot": {"panels": 2, "units_per_panel": 50}, "release": {"every_h": 1}, "tools": {"saw": {"count": 1, "price_usd": 1e5}}},
    ...         "run": {"horizon_h": 200, "warmup_h": 20, "replications": 6},
    ...         "steps": [{"id": "cut", "tool": "saw", "time_min": {"exponential": {"mean": 45}}, "yield": {"unit": 0.98}}]}
    >>> found = whatif(line, {"cut.yield.unit": 0.96})
    >>> row = found.whatif.set_index("metric").loc["yield"]
    >>> bool(row["ci_low"] < -0.02 < row["ci_high"]), found.recipe_changes["base"].item(), found.recipe_changes["edit"].item()
    (True, '0.98', '0.96')
    >>> found = whatif(line, ["cut.yield.unit=0.96", "tools.saw.count=2", "cut.yield.unit=0.99;cut.time_min=40"])
    >>> found.ranking["what_if"].iloc[0]
    'cut.yield.unit=0.99; cut.time_min=40'

    Raises RecipeError, and InfeasibleError where a line is overloaded, if that is not allowed.
    """
    refuse_idle(edits is not None, "says what several edits are ranked by: give edits, too, or leave it out", figure=bool(figure))
    base, others = what_ifs(flow, edits, set, over)
    lines = [solved(one, allow_overload, name) for name, one in [("base", base), *((other.name, other.recipe) for other in others)]]
    plans = alike([replace(found, plan=chosen(found.plan, seed, replications)) for found in lines])
    count = plans[0].plan.replications if variability else 1
    wanted = [(p, n) for n in range(count) for p in range(len(plans))]
    with using(engine), workers([found.plan for found in plans], len(wanted), jobs) as pool:
        harvest = gather([found.plan for found in plans], wanted, Conditions(variability), executor=pool, progress=progress)
    if harvest.stopped:
        raise KeyboardInterrupt
    made = [_simulated(found, harvest.of(p), variability) for p, found in enumerate(plans)]
    return WhatIfResult(made[0], [Edited(other.name, found) for other, found in zip(others, made[1:], strict=True)], figure)


def solved(recipe: Recipe, allow_overload: bool, name: str) -> Simulated:
    """*recipe* as it stands before it is simulated. Raises InfeasibleError, of the line that *name* stands for, where it cannot run."""
    plan = settled(recipe)
    closed = solve(plan)
    try:
        refuse_overload(plan, closed, allow_overload)
    except InfeasibleError as error:
        raise InfeasibleError(f"{name}: {error}" if name else str(error)) from None
    return Simulated(recipe, plan, closed, ())


def known_figures(lines: Sequence[tuple[Plan, ClosedForm]]) -> list[str]:
    """Names of all figures of which the differences of *lines* from the first are told."""
    first, *others = (Line(*one, ()) for one in lines)
    return [metric.name for metric in figures(first, others)]


def figure_of(name: str, lines: Sequence[tuple[Plan, ClosedForm]]) -> str:
    """The figure that edits are ranked by: that of the *name*, or where there is none the fully loaded cost, or without prices the cycle time. Raises
    RecipeError where there is no such figure."""
    known = known_figures(lines)
    found = name or (COST if COST in known else TIME)
    if found not in known:
        raise RecipeError(Problem(f"--figure: no figure '{found}'{did_you_mean(found, known)}; figures: {', '.join(known)}"))
    return found


def alike(lines: Sequence[Simulated]) -> list[Simulated]:
    """*lines* with the seed and the replications of the first, since they are compared on the same random numbers."""
    first = lines[0].plan
    return [replace(one, plan=replace(one.plan, seed=first.seed, replications=first.replications)) for one in lines]


def _simulated(found: Simulated, totals: list[Totals], variability: bool) -> Simulated:
    if not variability:
        totals = [told(found.plan, one, unknown(found.plan, found.closed)) for one in totals]
    return replace(found, totals=totals, variable=variability)

