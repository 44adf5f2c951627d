"""Works out what one more panel, layer, die, pad or bonding point costs, and how cost goes with volume.

Where defects are learned away, all weeks see the curve of the same hours: lots leave evenly over the recipe's own window, as long after their
release as they do there. Lot by lot, another rate or a fuller line would move which lots fall into it, and that, not the edit, would be told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from procsim.closed_form.capacity import seen
from procsim.closed_form.mean_flow import because
from procsim.closed_form.settled import like, settled
from procsim.closed_form.solve import ClosedForm, solve, starting, stay_of
from procsim.closed_form.starts import half_clocked, released_per_h
from procsim.errors import RecipeError
from procsim.maths.arrays import Floats
from procsim.maths.same import of_the_same
from procsim.model.economics import Economics
from procsim.model.product import Product
from procsim.planning.geometry import Geometry, geometry
from procsim.planning.make import completed, put_together
from procsim.planning.pace import paced
from procsim.planning.plan import BY_THE_HOUR, CATEGORIES, Plan
from procsim.recipe.load import again
from procsim.recipe.recipe import Recipe

WEEK_H = 168.0
VOLUMES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Volumes that are looked at, as multiples of the recipe's own."""
ONE_OFF = [CATEGORIES.index(name) for name in ("tooling", "nre")]


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the line: *panels* started, *good* units at a direct cost of *direct_each*, *direct* and *loaded* cost and the *one_off* part of
    it (tooling and NRE) in USD, with so many *tools* in all, and the tool group *bottleneck* that is busiest, with its *load*: productive /
    (productive + standby) hours. Without a steady week all but *direct_each* are nan."""

    panels: float
    good: float
    direct_each: float
    direct: float
    loaded: float
    one_off: float
    tools: float
    bottleneck: str
    load: float

    @property
    def loaded_each(self) -> float:
        """Fully loaded cost per good unit, USD."""
        return self.loaded / self.good


@dataclass(frozen=True, slots=True)
class Marginal:
    """The week before and after *what* is added, by the *edit*."""

    what: str
    edit: str
    before: Week
    after: Week

    def more(self, of: Callable[[Week], float]) -> float:
        """How much more there is *of* something; 0 where the difference is rounding."""
        one, two = of(self.before), of(self.after)
        return 0.0 if abs(two - one) <= 1e-12 * abs(one) else two - one


@dataclass(frozen=True, slots=True)
class Volume:
    """A week at *pace* times the recipe's volume, *volume_units* packages bearing what is paid once."""

    pace: float
    volume_units: float
    week: Week


def week(plan: Plan, closed: ClosedForm, hold: bool) -> Week:
    """What the line costs and gives in a week, with as many tools as it takes: with *hold* those that the recipe has, and more of a group only
    where it would be overloaded; else as many as work no more than their practical capacity, one at least."""
    if math.isfinite(closed.starts.lots_per_h):  # all that is released, since the tools that it takes are there
        closed = starting(closed, released_per_h(plan))
    rate, count = closed.starts.lots_per_h * WEEK_H, plan.groups.count.astype(float)
    least = count if hold else np.ceil(_busy(plan, closed, closed.tools.held_h) / _practical(plan) - 1e-9)
    tools = np.maximum(closed.tools.needed, least) if rate > 0 else np.full(len(count), np.nan)
    by_item = float(closed.costs.per_lot[:, :BY_THE_HOUR].sum()) * rate
    by_hour = float((closed.costs.hourly.sum(axis=1) / count * tools).sum()) * WEEK_H
    load = seen(_loads(plan, closed, tools), closed.tools.manned) if rate > 0 else tools
    g = int(np.argmax(load))
    name = plan.groups.names[g] if rate > 0 else ""
    return Week(rate * plan.lot_panels, rate * closed.flow.good, closed.direct, float(closed.costs.per_lot.sum()) * rate, by_item + by_hour,
                float(closed.costs.per_lot[:, ONE_OFF].sum()) * rate, float(tools.sum()), name, float(load[g]))


def tools_held(plan: Plan, closed: ClosedForm) -> Floats:
    """Tools of each group, (G,): those that the line has, and those that it takes besides where it would be overloaded."""
    count = plan.groups.count.astype(float)
    return np.maximum(closed.tools.needed, count) if _endless(plan, closed) else count


def supplied(plan: Plan, closed: ClosedForm, tools: Floats | None = None) -> ClosedForm:
    """*closed* of a line that puts through all that is released, with so many *tools* (G,) (None: ``tools_held``) and what these cost by the hour; as
    it is where no clock releases lots without end. (Loads and waiting stay those of the tools that it has.)"""
    if not _endless(plan, closed):
        return closed
    more = (tools_held(plan, closed) if tools is None else tools) / plan.groups.count
    hourly = np.multiply(closed.costs.hourly, more[:, None], out=np.zeros_like(closed.costs.hourly), where=closed.costs.hourly > 0)
    return replace(starting(closed, released_per_h(plan)), costs=replace(closed.costs, hourly=hourly))


def _endless(plan: Plan, closed: ClosedForm) -> bool:
    """Whether a clock releases lots without end, of which some units are good."""
    return closed.flow.good > 0 and math.isfinite(closed.starts.lots_per_h) and released_per_h(plan) > 0


def _busy(plan: Plan, closed: ClosedForm, hours: Floats) -> Floats:
    """How many tools of each group are taken at a time on average, (G,), where a lot takes so many *hours* (S,) at each step."""
    return np.asarray(closed.starts.lots_per_h * np.bincount(plan.step_group, weights=hours, minlength=len(plan.groups.names)))


def _practical(plan: Plan) -> Floats:
    """The share of the clock in which a tool of each group can be expected to work, (G,), as its rate has it; 1 where it costs nothing."""
    full = plan.money.rate.sum(axis=1) * plan.groups.count
    return np.asarray(np.divide(plan.money.hourly.sum(axis=1), full, out=np.ones_like(full), where=full > 0))


def _loads(plan: Plan, closed: ClosedForm, tools: Floats) -> Floats:
    """Productive / available hours of each group where there are so many *tools*, (G,)."""
    known = closed.tools
    work = _busy(plan, closed, known.held_h - known.setup_h)
    came = plan.groups.count * (known.up - known.available) * np.clip(known.load, 1.0, 1e9)  # repairs and upkeep with all the work that comes
    free = tools * known.up - came
    return np.asarray(np.divide(work, free, out=np.where(work > 0, np.inf, 0.0), where=free > 0))


def left_out(plan: Plan, closed: ClosedForm) -> str:
    """What ``marginal`` and ``volumes`` leave out of a line that has prices, and why, in words; "" where they tell all."""
    if plan.money.free:
        return ""
    if not closed.flow.good > 0:
        why = ("no unit is good" if closed.flow.good == 0 else "how many lots of each stream come has no closed form" if half_clocked(plan)
               else f"how many units are good has no closed form{because(plan)}")
        return f"what one more costs, and cost against volume, are left out: {why}"
    why = ("a constant WIP has no rate of its own" if any(s.interval is None for s in plan.streams)
           else f"{plan.groups.names[int(closed.tools.load.argmax())]} is never up" if np.isinf(closed.tools.load).any()
           else "" if math.isfinite(closed.starts.lots_per_h)
           else "releases end, or lots are lost where there is no room, so that there is no steady week")
    return f"of what one more costs only the direct cost per good unit is told, and cost against volume is left out: {why}" if why else ""


def _priced(plan: Plan, closed: ClosedForm) -> bool:
    """Whether the closed form knows what a good unit costs."""
    return not plan.money.free and closed.flow.good > 0


def marginal(recipe: Recipe, plan: Plan, closed: ClosedForm) -> list[Marginal]:
    """One more of everything that the recipe can take more of. Tools are held as they are, however full, and added where the line would be
    overloaded without (the short run). Nothing where the closed form does not know the line; without a steady week, only what a good unit costs."""
    if not _priced(plan, closed):
        return []
    steady, stay = not left_out(plan, closed), stay_of(closed, evenly=True)

    def seen(made: Plan) -> Week:
        found = solve(made, stay, timed=False)
        return week(made, found if steady else starting(found, math.nan), hold=True)

    before = seen(plan)
    found = []
    if steady:
        more = at_pace(recipe, plan, (before.panels + 1) / before.panels)
        found.append(Marginal("one more panel a week", f"{before.panels:g} → {before.panels + 1:g}", before, seen(more)))
    for what, edit, other in (*_layers(recipe), *_products(recipe)):
        try:
            made = settled(other())
        except RecipeError:
            continue
        found.append(Marginal(what, edit, before, seen(made)))
    return found


def _layers(recipe: Recipe) -> Iterator[tuple[str, str, Remake]]:
    """One more of every sequence that is repeated."""
    number: dict[str, set[str]] = {}
    for placed in recipe.steps:
        names, bases = placed.id.split("/"), placed.base.split("/")
        for i, (name, base) in enumerate(zip(names, bases, strict=False)):
            if name != base:
                number.setdefault("/".join(bases[:i + 1]), set()).add(name)
                break
    for group, instances in number.items():
        edit = f"{group}.repeat={len(instances) + 1}"
        yield f"one more {group}", edit, Remake(recipe, sets=(edit,))


def _products(recipe: Recipe) -> Iterator[tuple[str, str, Remake]]:
    """One more die, one more pad on a die, one more bonding point, of every package."""
    for package, part in (recipe.packages or {"": recipe}).items():
        product, within = part.document.product, f"{package}/" if package else ""
        if product is None:
            continue
        for field, what in (("count", "die"), ("pads", "pad on")):
            for name, die in product.dies.items():
                yield (f"one more {what} {within}{name}", f"{within}product.dies.{name}.{field}={getattr(die, field) + 1}",
                       Remake(recipe, package=package, die=name, field=field))
        yield (f"one more bonding point{' on ' + package if package else ''}", f"{within}product.bonding.count={product.bonding.count + 1}",
               Remake(recipe, package=package))


@dataclass(frozen=True, slots=True)
class Remake:
    """The *recipe* again, read with the further edits *sets*, or with one more of a *field* of a *die*, or of the bonding points, of a *package* of
    a mix."""

    recipe: Recipe
    sets: tuple[str, ...] = ()
    package: str = ""
    die: str = ""
    field: str = ""

    def __call__(self) -> Recipe:
        """Raises RecipeError where the recipe cannot take it."""
        if self.sets:
            return again(self.recipe, self.sets)
        if not self.package:
            return self._with_more(self.recipe)
        parts = self.recipe.packages
        return replace(self.recipe, packages={**parts, self.package: self._with_more(parts[self.package])})

    def _with_more(self, recipe: Recipe) -> Recipe:
        known = recipe.product.model_dump(by_alias=True, exclude_unset=True)
        if self.die:
            known["dies"][self.die][self.field] = known["dies"][self.die].get(self.field, 1) + 1
        else:
            known["bonding"]["count"] += 1
        try:
            product = Product.model_validate(known)
        except ValueError as error:
            raise RecipeError.at(recipe.place("product"), str(error), "product") from None
        return replace(recipe, document=recipe.document.model_copy(update={"product": product}))


def volumes(recipe: Recipe, plan: Plan, closed: ClosedForm) -> list[Volume]:
    """The line at ``VOLUMES`` times its pace, with as many tools of each kind as that takes at their practical capacity, one at least."""
    if not _priced(plan, closed) or left_out(plan, closed):
        return []
    found, stay = [], stay_of(closed, evenly=True)
    for pace in VOLUMES:
        made = at_pace(recipe, plan, pace)
        found.append(Volume(pace, recipe.document.economics.volume_units * pace, week(made, solve(made, stay, timed=False), hold=False)))
    return found


def at_pace(recipe: Recipe, plan: Plan, pace: float) -> Plan:
    """The line of *plan*, which is that of *recipe*, with its tools, at *pace* times its volume: lots are released so much faster, and without end,
    minimum lots see so much more used, and what is paid once is spread over so many times more packages, as if the product lived as long."""
    economics = recipe.document.economics
    units = released_per_h(plan) * plan.lot_panels * plan.units_per_panel * economics.hours_per_year
    own = economics.model_copy(update={"volume_units": economics.volume_units * pace,
                                       "units_per_year": (economics.units_per_year or units) * pace})
    other, given = _with(recipe, own), _given(recipe)
    made = completed(other, like(other, given, put_together(other, given), plan))
    return paced(replace(made, streams=tuple(replace(stream, limit=0) for stream in made.streams)), pace)


@of_the_same(1)  # all volumes are of one package
def _given(recipe: Recipe) -> Geometry:
    return geometry(recipe)


def _with(recipe: Recipe, economics: Economics) -> Recipe:
    """*recipe*, and the packages in it, with other *economics*."""
    parts = {name: _with(part, economics) for name, part in recipe.packages.items()}
    return replace(recipe, document=recipe.document.model_copy(update={"economics": economics}), packages=parts)
