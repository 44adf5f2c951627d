"""Offers ``procsim.compare``: flows side by side, in closed form or simulated, as they are or each sized for the same demand."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from procsim.closed_form.crossover import AtVolume, Line, comparable, side_by_side
from procsim.costs.totals import Totals
from procsim.engine.engines import using
from procsim.errors import InfeasibleError, Problem, RecipeError, did_you_mean
from procsim.experiments.demand import unlike_outputs
from procsim.experiments.mean_values import told, unknown
from procsim.experiments.replicate import Conditions, gather
from procsim.experiments.sizing import Ask, size_line
from procsim.experiments.threads import workers
from procsim.maths.numerals import number
from procsim.recipe.load import again
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import shipped
from procsim.section.build import build
from procsim.section.figures_of_merit import merits
from procsim.studies.also import Also
from procsim.studies.effect import refuse_unsimulated
from procsim.studies.flow import Flow, Sets, load, texts, told_apart
from procsim.studies.record import identity
from procsim.studies.result import Later, Result
from procsim.studies.run import Simulated, chosen
from procsim.studies.whatif import solved

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("cost_by_category", "cost_by_step", "yield_by_step", "tools")
"""Tables of a report that stand side by side, one flow below the other."""
WEEK_H = 168.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A flow by its *name*, what was *found* of it (without replications: in closed form), and with what *edits* it was sized."""

    name: str
    found: Simulated
    edits: Mapping[str, str]

    @property
    def weekly(self) -> float:
        """Good units a week, in closed form."""
        closed = self.found.closed
        return closed.flow.good * closed.starts.lots_per_h * WEEK_H


class CompareResult(Result):
    """Several *flows* side by side. Tables, one row per flow and figure, category, step, tool group and so on: *compare*, *cost_by_category*,
    *cost_by_step*, *yield_by_step*, *tools*, *package*, *heat*, and *cost_at_volume* where each has a price and a rate."""

    kind: ClassVar[str] = "compare"

    def __init__(self, flows: Sequence[Entry], demand: float | None = None, volumes: Sequence[AtVolume] | None = None) -> None:
        self.flows, self.demand, self._volumes = tuple(flows), demand, volumes

    @property
    def title(self) -> str:
        return " | ".join(flow.name for flow in self.flows)

    @property
    def simulated(self) -> bool:
        return all(len(flow.found.totals) for flow in self.flows)

    @property
    def warnings(self) -> list[str]:
        """That the flows do not make as many, if so."""
        said = unlike_outputs([flow.name for flow in self.flows], [flow.weekly for flow in self.flows])
        return [said] if said else []

    @property
    def recipes(self) -> Sequence[Recipe]:
        return [flow.found.recipe for flow in self.flows]

    def facts(self) -> Mapping[str, Any]:
        return {"flows": [identity(flow.found.recipe) for flow in self.flows], "good_per_week": self.demand,
                "sized": {flow.name: dict(flow.edits) for flow in self.flows if flow.edits},
                "seed": self.flows[0].found.plan.seed, "replications": len(self.flows[0].found.totals),
                "stopped": self.flows[0].found.stopped, "warnings": self.warnings}

    @property
    def lines(self) -> list[Line]:
        return [(flow.found.recipe, flow.found.plan, flow.found.closed) for flow in self.flows]

    @property
    def volumes(self) -> Sequence[AtVolume]:
        """What each costs at several volumes; none where that has no closed form."""
        if self._volumes is None:
            self._volumes = side_by_side(self.lines) if comparable(self.lines) else ()
        return self._volumes

    def _tables(self) -> Mapping[str, pd.DataFrame]:
        from procsim import tables

        makers: dict[str, Callable[[], pd.DataFrame]] = {"compare": self._summaries}
        for name in PARTS:
            if not (name.startswith("cost") and all(flow.found.plan.money.free for flow in self.flows)):
                makers[name] = partial(self._part, name)
        if any(flow.found.plan.product for flow in self.flows):
            makers |= {"package": lambda: self._stacked(_package), "heat": lambda: self._stacked(_heat)}
        if self.volumes:
            makers["cost_at_volume"] = lambda: tables.cost_at_volume([flow.name for flow in self.flows], self.volumes)
        return Later(makers)

    def of(self, flow: Entry) -> Mapping[str, pd.DataFrame]:
        """The tables of one flow's own report; made once."""
        return self._own[next(n for n, one in enumerate(self.flows) if one is flow)]

    @cached_property
    def _own(self) -> list[Mapping[str, pd.DataFrame]]:
        return [self._made(flow) for flow in self.flows]

    def _made(self, flow: Entry) -> Mapping[str, pd.DataFrame]:
        from procsim.tables.closed import closed_tables
        from procsim.tables.of_report import Findings, tables_of

        found = flow.found
        return tables_of(Findings(found.plan, found.closed, found.totals)) if self.simulated else closed_tables(found.plan, found.closed)

    def _summaries(self) -> pd.DataFrame:
        from procsim import tables

        return tables.compare({flow.name: self.of(flow)["summary"] for flow in self.flows})

    def _part(self, name: str) -> pd.DataFrame:
        return self._stacked(lambda flow: self.of(flow)[name])

    def _stacked(self, make: Callable[[Entry], pd.DataFrame]) -> pd.DataFrame:
        from procsim.tables.columns import stacked

        return stacked([(flow.name, make(flow)) for flow in self.flows], "flow")

    def _pictures(self) -> Mapping[str, Callable[[], bytes]]:
        return {"compare": self._drawn}

    def _drawn(self, png: bool = False) -> bytes:
        from procsim.figures import style
        from procsim.figures.compare import compare as drawn

        categories = self.tables.get("cost_by_category")
        what = "simulated" if self.simulated else "closed form"
        demand = f", each sized for {units_words(self.demand)} good units a week" if self.demand is not None else ""
        figure = drawn(self.tables["compare"], categories, [flow.name for flow in self.flows], what + demand)
        return style.png(figure) if png else style.svg(figure, "compare")

    def save(self, folder: Path | str, record: Mapping[str, Any] | None = None, also: Collection[Also] = ()) -> None:
        flows = [flow.found.recipe.resolved for flow in self.flows]
        files = {"compare.svg": self._drawn(), "compare.png": self._drawn(png=True)}
        self._write(folder, files, {"kind": self.kind, "title": self.title, **self.facts(), "recipes": flows, **(record or {})}, also)


def units_words(value: float) -> str:
    """A number of units, whole where it is large."""
    return number(value, max(4, len(f"{value:.0f}")))


def _package(flow: Entry) -> pd.DataFrame:
    from procsim.tables.recipe import package

    return package(flow.found.plan)


def _heat(flow: Entry) -> pd.DataFrame:
    from procsim.tables.recipe import heat

    recipe = flow.found.recipe
    single = bool(flow.found.plan.product) and recipe.document.product is not None
    return heat(merits(recipe, build(recipe)).paths if single else ())


def compare(flows: Sequence[Flow], set: Sets = (), over: Sequence[Path | str] = (), *, good_per_week: float | None = None,
            max_load: float | None = None, estimate: bool = False, replications: int | None = None, seed: int | None = None, jobs: int = 1,
            variability: bool = True, allow_overload: bool = False, engine: str | None = None,
            progress: Callable[[int], None] = lambda _: None) -> CompareResult:
    """*flows* side by side. *set* are edits of all, or of one where the flow's name, or its place, stands before the address:
    ``{"embodiment_1:layer.repeat": 3}``; a base stands beside its edit with ``compare([flow, flow], {"2:layer.repeat": 3})``.
    With *good_per_week* each is sized for that demand: it has the cheapest tools with no group loaded more than *max_load* (left out: each recipe's
    own). Simulated, unless it is an *estimate*. All else is as of ``run``.

    >>> found = compare(["flows:embodiment_1.yaml", "flows:whatif/flip_chip_bga.yaml"], {"embodiment_1:layer.repeat": 1}, estimate=True,
    ...                 good_per_week=500_000)
    >>> weekly = found.compare[found.compare["metric"] == "good_units_per_week"]
    >>> weekly["flow"].to_list(), weekly["mean"].round(3).to_list()
    (['embodiment_1', 'flip_chip_bga'], [500000.0, 500000.0])

    Raises RecipeError, and InfeasibleError where a line is overloaded, if that is not allowed, or cannot make what is asked.
    """
    refuse_unsimulated(not estimate, ", and estimate=True simulates nothing: leave one of them out", replications, seed, jobs)
    entries = entered(flows, set, over, good_per_week, max_load, allow_overload)
    entries = [replace(one, found=replace(one.found, plan=chosen(one.found.plan, seed, replications))) for one in entries]
    if estimate:
        return CompareResult(entries, good_per_week)
    plans = [one.found.plan for one in entries]
    counts = [plan.replications if variability else 1 for plan in plans]
    wanted = [(p, n) for n in range(max(counts)) for p in range(len(plans)) if n < counts[p]]
    with using(engine), workers(plans, len(wanted), jobs) as pool:
        harvest = gather(plans, wanted, Conditions(variability), executor=pool, progress=progress)
    if harvest.stopped:
        raise KeyboardInterrupt
    return CompareResult([_done(one, harvest.of(p), variability) for p, one in enumerate(entries)], good_per_week)


def _done(one: Entry, totals: list[Totals], variability: bool) -> Entry:
    found = one.found
    if not variability:
        totals = [told(found.plan, each, unknown(found.plan, found.closed)) for each in totals]
    return replace(one, found=replace(found, totals=totals, variable=variability))


def entered(flows: Sequence[Flow], set: Sets = (), over: Sequence[Path | str] = (), good_per_week: float | None = None, max_load: float | None = None,
            allow_overload: bool = False, progress: Callable[[int], None] = lambda _: None) -> list[Entry]:
    """Each flow as it stands before it is simulated; *progress* is told of each. Raises RecipeError and InfeasibleError."""
    if len(flows) < 2:
        raise RecipeError(Problem("compare needs two flows or more"))
    if good_per_week is not None and not 0 < good_per_week < math.inf:
        raise RecipeError(Problem(f"--good-per-week must be above 0 (got {good_per_week:g})"))
    if max_load is not None and good_per_week is None:
        raise RecipeError(Problem("--max-load goes with --good-per-week: it says how loaded tools may be that are sized"))
    bare = [load(flow) if isinstance(flow, Recipe | Mapping) else shipped(flow) for flow in flows]
    names = told_apart(bare)
    found = []
    for flow, name, own in zip(bare, names, parted(texts(set), names, flows), strict=True):
        recipe, edits = load(flow, own, over), dict[str, str]()
        try:
            if good_per_week is not None:
                edits = size_line(recipe, Ask(good_per_week, max_load)).edits
                recipe = again(recipe, [f"{address}={value}" for address, value in edits.items()])
            found.append(Entry(name, solved(recipe, allow_overload, ""), edits))
            progress(1)
        except InfeasibleError as error:
            raise InfeasibleError(f"{name}: {error}") from None
    return found


def parted(sets: Sequence[str], names: Sequence[str], flows: Sequence[Flow]) -> list[list[str]]:
    """The edits *sets* of each flow: those without a flow's name, or its place (1, 2 …), before the address are of all. Raises RecipeError where
    there is no flow of a name, or several."""
    found: list[list[str]] = [[] for _ in names]
    for text in sets:
        address, equals, value = text.partition("=")
        whose, colon, address = address.rpartition(":")
        if colon and whose.strip() and equals:
            called = [(name, str(flows[n]), Path(name.split(" (")[0]).stem) for n, name in enumerate(names)]
            hit = [n for n, each in enumerate(called) if whose.strip() in each] or [n for n in range(len(names)) if whose.strip() == str(n + 1)]
            if not hit:
                near = did_you_mean(whose.strip(), names)
                raise RecipeError(Problem(f"--set {text}: none of the flows is called '{whose.strip()}'{near}; they are {', '.join(names)}"))
            if len(hit) > 1:
                ways = " or ".join(f"{n + 1}:{address.strip()}" for n in hit)
                raise RecipeError(Problem(f"--set {text}: several flows are called '{whose.strip()}'; say which by its place: {ways}"))
        else:
            hit, address = list(range(len(names))), text.partition("=")[0]
        for n in hit:
            found[n].append(f"{address}{equals}{value}")
    return found
