"""Makes the tool groups of a Plan: how many tools, what a batch holds, how they fail and when they are looked after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from procsim.errors import Problem
from procsim.maths.distributions import Constant, Distribution, Exponential
from procsim.maths.keyed_random import key_of
from procsim.maths.same import STEPS, of_the_same
from procsim.model.amounts import Law, law_of
from procsim.model.base import Model
from procsim.model.durations import LONGEST_US, in_unit
from procsim.model.tool import Tool
from procsim.planning.clocks import too_often
from procsim.planning.groups import Breakdown, Groups, Upkeep
from procsim.planning.scaled import Scaled
from procsim.planning.shifts import Duty
from procsim.planning.shop import Shop
from procsim.recipe.recipe import Recipe


def make_groups(shop: Shop, duty: Duty) -> Groups:
    """The tool groups of *shop*, with the shifts and people that *duty* gives them."""
    batches = [tool.batch for tool in shop.tools]
    return Groups(
        names=shop.names, count=np.array([tool.size for tool in shop.tools], dtype=np.int64),
        batch_min=np.array([int(batch.min_panels) if batch is not None else 0 for batch in batches], dtype=np.int64),
        batch_max=np.array([int(batch.max_panels) if batch is not None else 0 for batch in batches], dtype=np.int64),
        inline=np.array([tool.inline.panels if tool.inline else 1 for tool in shop.tools], dtype=np.int64),
        breakdowns=tuple(one for g, (name, tool) in enumerate(shop.groups()) for one in _breakdowns(g, name, tool, duty)),
        upkeep=tuple(one for g, (name, tool) in enumerate(shop.groups()) for one in _upkeep(g, name, tool, duty)), duty=duty,
        fields={field: np.array([of(tool) for tool in shop.tools], dtype=np.int64) for field, of in FIELDS.items()})


def _us(said: Model | None, stem: str, without: int = -1) -> int:
    """The duration *stem* of what is *said*, in µs; *without* one, that."""
    given = in_unit(said, stem) if said is not None else None
    return round(given[0] * given[1]) if given is not None else without


FIELDS: dict[str, Callable[[Tool], int]] = {
    "patience": lambda tool: _us(tool.batch, "longest_wait"),
    "inline": lambda tool: int(tool.inline is not None),
}
"""Each field of ``engine.rules.columns.Group`` that a recipe says outright of a tool group → what it is, a whole number."""


def _pools(duty: Duty) -> dict[str | None, int]:
    """The number of each pool of operators, by name; -1 where there is none."""
    return {None: -1, **{pool.name: p for p, pool in enumerate(duty.pools)}}


@of_the_same(STEPS, lambda _, name, tool, duty: (name, tool, duty))
def _breakdowns(g: int, name: str, tool: Tool, duty: Duty) -> Sequence[Breakdown]:
    """How a group of *tool*, the one of number *g*, breaks down."""
    pools, found = _pools(duty), []
    for kind, failure in tool.failures.items():
        fail, repair = in_unit(failure, "mtbf"), in_unit(failure, "mttr")
        assert fail is not None and repair is not None
        found.append(Breakdown(g, kind, _mean_law(*fail), _mean_law(*repair), failure.clock == "busy", failure.work == "scrap",
                               key_of("failure", name, kind), pools[failure.crew]))
    return found


@of_the_same(STEPS, lambda _, name, tool, duty: (name, tool, duty))
def _upkeep(g: int, name: str, tool: Tool, duty: Duty) -> Sequence[Upkeep]:
    """What planned work it has."""
    pools, found = _pools(duty), []
    for work in ("maintenance", "engineering"):
        for kind, planned in getattr(tool, work).items():
            every, takes, first = in_unit(planned, "every"), in_unit(planned, "takes"), in_unit(planned, "first_at")
            assert takes is not None
            found.append(Upkeep(g, kind, round(every[0] * every[1]) if every else 0, planned.every_panels or 0.0,
                                Scaled(law_of(takes[0]), takes[1]), key_of(work, name, kind), pools[planned.crew], work == "engineering",
                                round(first[0] * first[1]) if first else None, planned.together))
    return found


def _mean_law(value: float | Law, ticks: int) -> Distribution:
    """A plain mean time is the mean of an exponential."""
    return Scaled(value.law if isinstance(value, Law) else Exponential(float(value)) if value else Constant(0.0), ticks)


def check_clocks(shop: Shop) -> Iterator[Problem]:
    """Failures and planned work that would come round in no time, without end."""
    for name, tool in shop.groups():
        yield from _of_clocks(name, tool, shop.recipe)


@of_the_same(STEPS, lambda name, tool, recipe: (name, tool, recipe.document.run))
def _of_clocks(name: str, tool: Tool, recipe: Recipe) -> Sequence[Problem]:
    """Those of one tool group."""
    found = []
    for work, stem in (("failures", "mtbf"), ("maintenance", "every"), ("engineering", "every")):
        for kind, given in getattr(tool, work).items():
            value, ticks = in_unit(given, stem) or (LONGEST_US, 1)
            mean = _mean_law(value, ticks).mean
            if often := too_often(mean, recipe):
                field = next(f"{stem}_{unit}" for unit in ("s", "min", "h") if getattr(given, f"{stem}_{unit}") is not None)
                address = f"tools.{name}.{work}.{kind}.{field}"
                least = "must be > 0 on average, a microsecond at least" if mean < 1.0 else often
                found.append(Problem(f"{field} {least} (got {mean / ticks:g})", recipe.place(address), address))
    return found
