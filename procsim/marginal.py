"""Recipe and Plan in; in closed form: what one more panel, layer, die, pad or bonding point costs, and cost against volume."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from procsim.errors import RecipeError
from procsim.expected import Expected, expected, released_per_h
from procsim.model.economics import Economics
from procsim.model.product import Product
from procsim.plan.make import make
from procsim.plan.pace import paced
from procsim.plan.shape import BY_THE_HOUR, CATEGORIES, Plan
from procsim.recipe import changes
from procsim.recipe.load import Recipe, edited

WEEK_H = 168.0
VOLUMES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Volumes that are looked at, as multiples of the recipe's own."""
ONE_OFF = [CATEGORIES.index(name) for name in ("tooling", "nre")]


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the line: *panels* started, *good* units, *direct* and *loaded* cost and the *one_off* part of it (tooling and NRE) in USD, with
    so many *tools* in all, and the tool group *bottleneck* that is busiest, with its *load*."""

    panels: float
    good: float
    direct: float
    loaded: float
    one_off: float
    tools: float
    bottleneck: str
    load: float

    @property
    def direct_each(self) -> float:
        """Direct cost per good unit, USD."""
        return self.direct / self.good

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
        return two - one if abs(two - one) > 1e-12 * abs(one) else 0.0


@dataclass(frozen=True, slots=True)
class Volume:
    """A week at *pace* times the recipe's volume, *volume_units* packages bearing what is paid once."""

    pace: float
    volume_units: float
    week: Week


def week(plan: Plan, closed: Expected, hold: bool) -> Week:
    """What the line costs and gives in a week, with as many tools as it takes; with *hold* never fewer than the recipe has."""
    rate, count = released_per_h(plan) * WEEK_H, plan.groups.count.astype(float)
    tools = np.maximum(count, closed.tools_needed) if hold else closed.tools_needed
    by_item = float(closed.cost[:, :BY_THE_HOUR].sum()) * rate
    by_hour = float((closed.hourly.sum(axis=1) / count * tools).sum()) * WEEK_H
    g = int(np.argmax(closed.load * count / tools))
    return Week(rate * plan.lot_panels, rate * closed.good, float(closed.cost.sum()) * rate, by_item + by_hour,
                float(closed.cost[:, ONE_OFF].sum()) * rate, float(tools.sum()), plan.groups.names[g], float(closed.load[g] * count[g] / tools[g]))


def _known(plan: Plan, closed: Expected) -> bool:
    """Whether the closed form knows what a week costs: releases go by the clock, lots do not run out, and something is good."""
    money = plan.money.direct.any() or plan.money.hourly.any()
    return bool(money and all(s.interval is not None for s in plan.streams) and math.isfinite(closed.lots_per_h) and closed.good > 0)


def marginal(recipe: Recipe, sets: Sequence[str], plan: Plan, closed: Expected) -> list[Marginal]:
    """One more of everything that the recipe can take more of; *sets* are the edits that *recipe* was loaded with. Tools are held as they
    are, and added where the edit needs more. Nothing where the closed form does not know the line."""
    if not _known(plan, closed):
        return []
    before = week(plan, closed, hold=True)
    more = paced(plan, (before.panels + 1) / before.panels)
    found = [Marginal("one more panel a week", f"{before.panels:g} → {before.panels + 1:g}", before, week(more, expected(more), hold=True))]
    for what, edit, other in () if recipe.packages else (*_layers(recipe, sets), *_products(recipe)):
        try:
            made = make(other())
        except RecipeError:
            continue
        found.append(Marginal(what, edit, before, week(made, expected(made), hold=True)))
    return found


def _layers(recipe: Recipe, sets: Sequence[str]) -> Iterator[tuple[str, str, Remake]]:
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
        yield f"one more {group}", edit, Remake(recipe, sets=(*sets, edit))


def _products(recipe: Recipe) -> Iterator[tuple[str, str, Remake]]:
    """One more die, one more pad on a die, one more bonding point."""
    product = recipe.document.product
    if product is None:
        return
    for name, die in product.dies.items():
        yield f"one more die {name}", f"product.dies.{name}.count={die.count + 1}", Remake(recipe, die=name, field="count")
    for name, die in product.dies.items():
        yield f"one more pad on {name}", f"product.dies.{name}.pads={die.pads + 1}", Remake(recipe, die=name, field="pads")
    yield "one more bonding point", f"product.bonding.count={product.bonding.count + 1}", Remake(recipe)


@dataclass(frozen=True, slots=True)
class Remake:
    """The *recipe* again, read with other *sets*, or with one more of a *field* of a *die*, or of the bonding points."""

    recipe: Recipe
    sets: tuple[str, ...] = ()
    die: str = ""
    field: str = ""

    def __call__(self) -> Recipe:
        """Raises RecipeError where the recipe cannot take it."""
        if self.sets:
            return edited(self.recipe.path, changes.from_texts(self.sets, self.recipe.path))
        assert self.recipe.document.product is not None
        known = self.recipe.document.product.model_dump(by_alias=True, exclude_unset=True)
        if self.die:
            known["dies"][self.die][self.field] = known["dies"][self.die].get(self.field, 1) + 1
        else:
            known["bonding"]["count"] += 1
        try:
            product = Product.model_validate(known)
        except ValueError as error:
            raise RecipeError.at(self.recipe.place("product"), str(error), "product") from None
        return replace(self.recipe, document=self.recipe.document.model_copy(update={"product": product}))


def volumes(recipe: Recipe, plan: Plan, closed: Expected) -> list[Volume]:
    """The line at ``VOLUMES`` times its pace, with as many tools of each kind as that needs, one at least; what is paid once is spread over as
    many times more packages, and minimum lots see the volume."""
    if not _known(plan, closed):
        return []
    economics = recipe.document.economics
    units = released_per_h(plan) * plan.lot_panels * plan.units_per_panel * economics.hours_per_year
    found = []
    for pace in VOLUMES:
        own = economics.model_copy(update={"volume_units": economics.volume_units * pace,
                                           "units_per_year": (economics.units_per_year or units) * pace})
        made = paced(make(_with(recipe, own)), pace)
        found.append(Volume(pace, own.volume_units, week(made, expected(made), hold=False)))
    return found


def _with(recipe: Recipe, economics: Economics) -> Recipe:
    """*recipe*, and the packages in it, with other *economics*."""
    parts = {name: _with(part, economics) for name, part in recipe.packages.items()}
    return replace(recipe, document=recipe.document.model_copy(update={"economics": economics}), packages=parts)
