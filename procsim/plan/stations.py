"""Recipe in, tool groups and release streams out, as numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.maths.arrays import Bools, Ints
from procsim.maths.distributions import Constant, Distribution, Exponential
from procsim.maths.keyed_random import key_of
from procsim.model.base import LONGEST_H, LONGEST_US, Law, in_unit, law_of
from procsim.model.line import Batch, Release, Tool
from procsim.plan.clocks import too_often
from procsim.plan.discipline import address_of, due_of, schedule_of
from procsim.plan.plan import HOUR, Breakdown, Groups, Upkeep
from procsim.plan.scaled import Scaled
from procsim.plan.shifts import Duty
from procsim.plan.splits import largest_lots, parts_of
from procsim.plan.traffic import Stream
from procsim.recipe.recipe import Placed, Recipe


def batch_keys(steps: Sequence[Placed], tools: Sequence[Tool], group_of: Ints) -> Ints:
    """Steps with the same number may share a batch."""
    names: list[str] = []
    for s, placed in enumerate(steps):
        batch = tools[group_of[s]].batch
        by = batch.by_at(placed.id) if batch else "step"
        names.append({"step": placed.id, "process": placed.step.process or placed.id, "product": placed.id, "any": ""}[by] + f"@{group_of[s]}")
    order = list(dict.fromkeys(names))
    return np.array([order.index(name) for name in names], dtype=np.int64)


def batch_products(steps: Sequence[Placed], tools: Sequence[Tool], group_of: Ints) -> Bools:
    """Steps at which only lots of one product share a batch."""
    batches = [tools[g].batch for g in group_of.tolist()]
    return np.array([batch is not None and batch.by_at(placed.id) == "product" for placed, batch in zip(steps, batches, strict=True)], dtype=bool)


def check_batches(recipe: Recipe, groups: Sequence[str], tools: Sequence[Tool]) -> list[Problem]:
    """Batches that no lot fits, or that whole lots never fill."""
    found = [Problem(f"a lot of {lot:g} panels does not fit {name}, which takes at most {tool.batch.max_panels} panels",
                    recipe.place(f"tools.{name}.batch.max_panels"),
                    f"tools.{name}.batch.max_panels")
            for name, tool, lot in zip(groups, tools, largest_lots(recipe, groups), strict=True)
            if tool.batch is not None and tool.batch.max_panels < lot]
    for name, tool in zip(groups, tools, strict=True):
        mine = [placed.id for placed in recipe.steps if placed.step.tool == name]
        for step in tool.batch.by if tool.batch is not None and isinstance(tool.batch.by, dict) else ():
            if step not in mine:
                address = f"tools.{name}.batch.by"
                found.append(Problem(f"no step '{step}' at {name}{did_you_mean(step, mine)}", recipe.place(address), address))
    for placed, parts in zip(recipe.steps, parts_of(recipe.steps), strict=True):
        batch = tools[groups.index(placed.step.tool or "")].batch
        lot = recipe.document.line.lot.panels / parts
        most = math.floor(batch.max_panels / lot + 1e-9) * lot if batch is not None else 0.0
        if batch is not None and 0 < most < batch.min_panels - 1e-9:
            address = f"tools.{placed.step.tool}.batch.min_panels"
            found.append(Problem(f"a batch of {placed.step.tool} at step {placed.id} never has min_panels {batch.min_panels}: of lots of {lot:g} "
                                 f"panels, {most:g} fit into max_panels {batch.max_panels}, and {most + lot:g} do not; raise max_panels to "
                                 f"{math.ceil(most + lot)} or lower min_panels to {most:g}", recipe.place(address), address))
    return found


def check_clocks(recipe: Recipe, groups: Sequence[str], tools: Sequence[Tool]) -> Iterator[Problem]:
    """Failures and planned work that would come round in no time, without end."""
    for name, tool in zip(groups, tools, strict=True):
        for work, stem in (("failures", "mtbf"), ("maintenance", "every"), ("engineering", "every")):
            for kind, given in getattr(tool, work).items():
                value, ticks = in_unit(given, stem) or (LONGEST_US, 1)
                mean = _mean_law(value, ticks).mean
                if often := too_often(mean, recipe):
                    field = next(f"{stem}_{unit}" for unit in ("s", "min", "h") if getattr(given, f"{stem}_{unit}") is not None)
                    address = f"tools.{name}.{work}.{kind}.{field}"
                    least = "must be > 0 on average, a microsecond at least" if mean < 1.0 else often
                    yield Problem(f"{field} {least} (got {mean / ticks:g})", recipe.place(address), address)


def _mean_law(value: float | Law, ticks: int) -> Distribution:
    """A plain mean time is the mean of an exponential."""
    return Scaled(value.law() if isinstance(value, Law) else Exponential(float(value)) if value else Constant(0.0), ticks)


def make_groups(names: tuple[str, ...], tools: Sequence[Tool], duty: Duty) -> Groups:
    breakdowns, upkeep = [], []
    pools: dict[str | None, int] = {None: -1, **{pool.name: p for p, pool in enumerate(duty.pools)}}
    for g, (name, tool) in enumerate(zip(names, tools, strict=True)):
        for kind, failure in tool.failures.items():
            fail, repair = in_unit(failure, "mtbf"), in_unit(failure, "mttr")
            assert fail is not None and repair is not None
            breakdowns.append(Breakdown(g, kind, _mean_law(*fail), _mean_law(*repair), failure.clock == "busy",
                                        failure.work == "scrap", key_of("failure", name, kind), pools[failure.crew]))
        for work in ("maintenance", "engineering"):
            for kind, planned in getattr(tool, work).items():
                every, takes, first = in_unit(planned, "every"), in_unit(planned, "takes"), in_unit(planned, "first_at")
                assert takes is not None
                upkeep.append(Upkeep(g, kind, round(every[0] * every[1]) if every else 0, planned.every_panels or 0.0,
                                     Scaled(law_of(takes[0]), takes[1]), key_of(work, name, kind), pools[planned.crew], work == "engineering",
                                     round(first[0] * first[1]) if first else None, planned.together))

    def batch(tool: Tool, pick: Callable[[Batch], int]) -> int:
        return int(pick(tool.batch)) if tool.batch is not None else 0

    return Groups(
        names=names, count=np.array([t.size for t in tools], dtype=np.int64),
        batch_min=np.array([batch(t, lambda b: b.min_panels) for t in tools], dtype=np.int64),
        batch_max=np.array([batch(t, lambda b: b.max_panels) for t in tools], dtype=np.int64),
        wait_us=np.array([_wait(t.batch) for t in tools], dtype=np.int64),
        inline=np.array([t.inline.panels if t.inline else 1 for t in tools], dtype=np.int64),
        breakdowns=tuple(breakdowns), upkeep=tuple(upkeep), duty=duty)


def _wait(batch: Batch | None) -> int:
    given = in_unit(batch, "longest_wait") if batch is not None else None
    return round(given[0] * given[1]) if given is not None else -1


def _check_interval(recipe: Recipe, name: str, release: Release, mean_us: float) -> None:
    """Raises RecipeError where lots come all at once, for ever, or at no time that the clock holds."""
    address = address_of(recipe, name)
    place = recipe.place(address)
    fault = ""
    if not mean_us >= 1.0:
        fault = "lots must not start at once without end: the interval must be > 0 on average, a microsecond at least"
    elif mean_us > LONGEST_US:
        fault = f"a release every {mean_us / HOUR:.4g} h is longer than the clock holds, {LONGEST_H:.4g} h"
    elif not release.lots and (often := too_often(mean_us, recipe)):
        fault = f"a release every {mean_us / HOUR:.4g} h {often}"
    if fault:
        raise RecipeError.at(place, fault, address)


def make_stream(recipe: Recipe, name: str, release: Release) -> Stream:
    panels = recipe.document.line.lot.panels
    schedule = schedule_of(release)
    every, first = in_unit(release, "every"), in_unit(release, "first_at") or (0.0, 1)
    interval: Distribution | None = None
    if every is not None:
        interval = Scaled(law_of(every[0]), every[1])
    elif schedule is not None:  # its mean rate up to the horizon is what the closed form reads
        horizon = recipe.document.run.window_us[1]
        interval = Constant(horizon / max(int((schedule.at_us < horizon).sum()), 1))
        first = (int(schedule.at_us[0]), 1)
    elif release.conwip_lots is None:
        lots = release.lots_per_week or (release.panels_per_week or 0.0) / panels
        mean = 168.0 * release.lots_at_once / lots
        interval = Scaled(Exponential(mean) if release.pattern == "exponential" else Constant(mean), HOUR)
    if interval is not None:
        _check_interval(recipe, name, release, interval.mean)
    count = min(release.lots or len(schedule.at_us), len(schedule.at_us)) if schedule is not None else release.lots or 0
    return Stream(name, interval, round(first[0] * first[1]), count, release.lots_at_once, release.conwip_lots or 0,
                  release.priority, key_of("release", name), release.product or name, due_of(release), schedule, release.when_full == "lose")
