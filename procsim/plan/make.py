"""Recipe in, Plan out: steps bound to tools, drivers multiplied out, every name turned into an index or a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from procsim.dists import Constant, Distribution, Exponential
from procsim.errors import Problem, RecipeError
from procsim.luck import key_of
from procsim.model.base import DRIVERS, Law, in_unit, law_of, terms_of
from procsim.model.line import Batch, Release, Tool
from procsim.model.process import Defects
from procsim.plan.money import _groups, amount_at, make_money
from procsim.plan.scaled import Scaled
from procsim.plan.shape import (
    HOUR,
    INCOMING,
    LOAD,
    RUN,
    UNLOAD,
    WORK,
    Breakdown,
    Groups,
    Losses,
    Plan,
    Stream,
    Term,
    Times,
    Upkeep,
)
from procsim.quantities import BASES, Quantities, quantities
from procsim.recipe.load import Placed, Recipe, _within
from procsim.section.build import Built, build
from procsim.section.layout import dies_of, panel_geometry
from procsim.yields import LAWS, clusters

PLATING_UM_PER_MIN = 0.2205
"""Copper plated per A/dm² at full current efficiency: j·M/(2·F·ρ), Faraday's law (M 63.55 g/mol, ρ 8.96 g/cm³)."""


def make(recipe: Recipe) -> Plan:
    """The Plan of *recipe*. Raises RecipeError where the package cannot be built or a number has nothing to count."""
    built = build(recipe)
    known = quantities(recipe, built)
    document = recipe.document
    groups = _groups(recipe)
    tools = [document.tools[name] for name in groups]
    group_of = np.array([groups.index(p.step.tool or "") for p in recipe.steps], dtype=np.int64)
    problems: list[Problem] = []
    terms: list[Term] = []
    for s, (placed, amounts) in enumerate(zip(recipe.steps, known, strict=True)):
        try:
            terms += _terms(s, placed, amounts, tools[group_of[s]])
        except RecipeError as error:
            problems += error.problems
    problems += _batches(recipe, groups, tools)
    if problems:
        raise RecipeError(*problems)
    units = recipe.document.line.lot.units_per_panel or 1
    if document.product is not None:
        units = _units(recipe)
    warmup, horizon = document.run.window_us
    return Plan(
        flow=recipe.flow, title=recipe.title, hash=recipe.hash,
        steps=tuple(p.id for p in recipe.steps), ops=tuple(p.step.op or "" for p in recipe.steps),
        processes=tuple(p.step.process or "" for p in recipe.steps), sources=tuple(str(p.place) for p in recipe.steps),
        quantities=_per_panel(known, units), group_of=group_of, batch_key=_batch_keys(recipe.steps, tools, group_of),
        times=_times(recipe, terms, tools, group_of), losses=_losses(recipe, known, built),
        money=make_money(recipe, known, built), groups=_tool_groups(recipe, groups, tools),
        streams=tuple(_stream(recipe, name, release) for name, release in document.line.streams().items()),
        lot_panels=document.line.lot.panels, units_per_panel=units, product=document.product is not None,
        warmup_us=warmup, horizon_us=horizon, seed=document.run.seed, replications=document.run.replications,
        confidence=document.run.confidence, allow_overload=document.run.allow_overload)


def _per_panel(known: Sequence[Quantities], units: int) -> Any:
    """Amounts of every driver per panel, shape (S, drivers); 0 where a step has none."""
    scale = {"panel": 1.0, "unit": float(units), "run": 1.0, "lot": 1.0}
    return np.array([[a.value * scale[a.basis] if (a := one.get(driver)) else 0.0 for driver in DRIVERS] for one in known])


def _units(recipe: Recipe) -> int:
    assert recipe.document.product is not None
    if recipe.document.line.lot.units_per_panel is not None:
        raise RecipeError(Problem("units_per_panel is computed from the product; leave it out", None, "line.lot.units_per_panel"))
    return panel_geometry(recipe.document.product).units


def _terms(s: int, placed: Placed, known: Quantities, tool: Tool) -> list[Term]:
    """Every term of one step's time, in µs."""
    step = placed.step
    found: list[Term] = []

    def add(driver: str, law: Distribution, ticks: int, each: bool, phase: int, field: str) -> None:
        at = amount_at(placed, known, driver, field)
        key = key_of("time", step.id, field, driver)
        found.append(Term(s, BASES.index(at.basis), at.value, Scaled(law, ticks), each, phase, key))

    for phase, stem in ((LOAD, "load"), (WORK, "time"), (UNLOAD, "unload")):
        given = in_unit(step, stem) or (in_unit(tool, stem) if stem != "time" else None)
        if given is not None:
            for driver, law, each in terms_of(given[0]):
                add(driver, law, given[1], each, phase, stem)
    rate = _rate(placed, known)
    if rate is not None:
        driver, us_per_item = rate
        at = amount_at(placed, known, driver, "rate")
        basis = RUN if tool.batch is not None else BASES.index(at.basis)
        found.append(Term(s, basis, at.value, Constant(us_per_item), False, WORK, key_of("time", step.id, "rate", driver)))
    return found


def _rate(placed: Placed, known: Quantities) -> tuple[str, float] | None:
    """(driver, µs per item of it) where a speed stands for a time."""
    step = placed.step
    minute = 60e6
    if step.rate_um_per_min is not None:
        return "um", minute / step.rate_um_per_min
    if step.current_density_A_dm2 is not None:
        if step.op != "plate":
            raise RecipeError.at(placed.place, f"current_density_A_dm2 is for plating, not for {step.op}", f"{placed.id}.current_density_A_dm2")
        return "um", minute / (PLATING_UM_PER_MIN * step.current_density_A_dm2 * step.current_efficiency)
    if step.rate_mm_per_s is not None:
        return "m", 1e9 / step.rate_mm_per_s
    del known
    return None


def _times(recipe: Recipe, terms: Sequence[Term], tools: Sequence[Tool], group_of: Any) -> Times:
    moved = in_unit(recipe.document.line, "transport")
    transport = Scaled(law_of(moved[0]), moved[1]) if moved is not None else None
    inline = np.array([tools[g].inline.panels if tools[g].inline else 1 for g in group_of], dtype=np.int64)  # type: ignore[union-attr]
    keys = np.array([key_of("transport", p.id) for p in recipe.steps], dtype=np.uint64)
    return Times(tuple(terms), inline, transport, keys)


def _batch_keys(steps: Sequence[Placed], tools: Sequence[Tool], group_of: Any) -> Any:
    """Steps with the same number may share a batch."""
    names: list[str] = []
    for s, placed in enumerate(steps):
        batch = tools[group_of[s]].batch
        by = batch.by if batch else "step"
        names.append({"step": placed.id, "process": placed.step.process or placed.id, "any": ""}[by] + f"@{group_of[s]}")
    order = list(dict.fromkeys(names))
    return np.array([order.index(name) for name in names], dtype=np.int64)


def _batches(recipe: Recipe, groups: Sequence[str], tools: Sequence[Tool]) -> list[Problem]:
    """Batches that no lot fits."""
    lot = recipe.document.line.lot.panels
    return [Problem(f"a lot of {lot} panels does not fit {name}, which takes at most {tool.batch.max_panels} panels", None, f"tools.{name}.batch.max_panels")
            for name, tool in zip(groups, tools, strict=True) if tool.batch is not None and tool.batch.max_panels < lot]


def _mean_faults(defects: Defects, placed: Placed, known: Quantities) -> float:
    """Mean faults per unit of one step: Σ density × amount on that unit."""
    total = defects.per_cm2 * known.unit_cm2
    if defects.per_cm2 and not known.unit_cm2:
        raise RecipeError.at(placed.place, "defects.per_cm2 needs a product: a plain line has no area", f"{placed.id}.defects.per_cm2")
    for driver in ("unit", "die", "pad", "via", "ball"):
        ppm = getattr(defects, f"per_{driver}_ppm")
        if ppm:
            total += ppm * 1e-6 * amount_at(placed, known, driver, f"defects.per_{driver}_ppm").value
    return float(total)


def _cells(placed: Placed, known: Quantities) -> Any:
    """Equally likely unit survivals of one step, without bad incoming dies."""
    step = placed.step
    fixed = 1.0
    if step.yield_ is not None:
        fixed *= step.yield_.unit
        if step.yield_.die < 1:
            fixed *= step.yield_.die ** amount_at(placed, known, "die", "yield.die").value
    if step.defects is None:
        return np.array([fixed])
    faults = _mean_faults(step.defects, placed, known)
    assert step.defects.law in LAWS
    return fixed * clusters(step.defects.law, faults, step.defects.shape)


def _losses(recipe: Recipe, known: Sequence[Quantities], built: Sequence[Built]) -> Losses:
    steps = recipe.steps
    n = len(steps)
    tables = [_cells(placed, amounts) for placed, amounts in zip(steps, known, strict=True)]
    incoming = np.ones(n)
    product = recipe.document.product
    if product is not None:
        good = {name: die.known_good for name, die in dies_of(product)}
        for s, one in enumerate(built):
            for name in set(one.after.dies) - set(one.before.dies):
                incoming[s] *= good[name]
            what = getattr(one.step, "what", getattr(one.step, "part", None))
            if what in recipe.document.parts and what not in product.dies:
                incoming[s] *= recipe.document.parts[what].known_good
    inspects = np.array([p.step.coverage is not None for p in steps])
    sees = np.zeros((n, n + 1), dtype=bool)
    for s in np.flatnonzero(inspects):
        wanted = steps[s].step.sees
        sees[s, :s] = [wanted is None or any(_within(w, other) for w in wanted) for other in steps[:s]]
        sees[s, n] = wanted is None or "incoming" in wanted or INCOMING in wanted
    return Losses(
        panel=np.array([p.step.yield_.panel if p.step.yield_ else 1.0 for p in steps]),
        cells=np.concatenate(tables), start=np.cumsum([0, *(len(t) for t in tables)]), incoming=incoming,
        coverage=np.array([p.step.coverage or 0.0 for p in steps]), false_reject=np.array([p.step.false_reject for p in steps]),
        inspects=inspects, sees=sees, removes=np.array([p.step.op == "singulate" for p in steps]),
        skips=np.array([p.step.skip_known_bad for p in steps]), keys=np.array([key_of("yield", p.id) for p in steps], dtype=np.uint64))


def _mean_law(value: float | Law, ticks: int) -> Distribution:
    """A plain mean time is the mean of an exponential."""
    return Scaled(value.law() if isinstance(value, Law) else Exponential(float(value)) if value else Constant(0.0), ticks)


def _tool_groups(recipe: Recipe, names: tuple[str, ...], tools: Sequence[Tool]) -> Groups:
    breakdowns, upkeep = [], []
    for g, (name, tool) in enumerate(zip(names, tools, strict=True)):
        for kind, failure in tool.failures.items():
            fail, repair = in_unit(failure, "mtbf"), in_unit(failure, "mttr")
            assert fail is not None and repair is not None
            breakdowns.append(Breakdown(g, kind, _mean_law(*fail), _mean_law(*repair), failure.clock == "busy",
                                        failure.work == "scrap", key_of("failure", name, kind)))
        for kind, planned in tool.maintenance.items():
            every, takes = in_unit(planned, "every"), in_unit(planned, "takes")
            assert takes is not None
            upkeep.append(Upkeep(g, kind, round(every[0] * every[1]) if every else 0, planned.every_panels or 0.0,
                                 Scaled(law_of(takes[0]), takes[1]), key_of("maintenance", name, kind)))

    def batch(tool: Tool, pick: Any) -> int:
        return int(pick(tool.batch)) if tool.batch is not None else 0

    default = recipe.document.line.dispatch
    return Groups(
        names=names, count=np.array([t.count for t in tools], dtype=np.int64),
        batch_min=np.array([batch(t, lambda b: b.min_panels) for t in tools], dtype=np.int64),
        batch_max=np.array([batch(t, lambda b: b.max_panels) for t in tools], dtype=np.int64),
        wait_us=np.array([_wait(t.batch) for t in tools], dtype=np.int64),
        inline=np.array([t.inline.panels if t.inline else 1 for t in tools], dtype=np.int64),
        by_priority=np.array([(t.dispatch or default) == "priority" for t in tools]),
        breakdowns=tuple(breakdowns), upkeep=tuple(upkeep))


def _wait(batch: Batch | None) -> int:
    given = in_unit(batch, "longest_wait") if batch is not None else None
    return round(given[0] * given[1]) if given is not None else -1


def _stream(recipe: Recipe, name: str, release: Release) -> Stream:
    panels = recipe.document.line.lot.panels
    every, first = in_unit(release, "every"), in_unit(release, "first_at") or (0.0, 1)
    interval: Distribution | None = None
    if every is not None:
        interval = Scaled(law_of(every[0]), every[1])
    elif release.conwip_lots is None:
        lots = release.lots_per_week or (release.panels_per_week or 0.0) / panels
        mean = 168.0 * release.lots_at_once / lots
        interval = Scaled(Exponential(mean) if release.pattern == "exponential" else Constant(mean), HOUR)
    if interval is not None and not interval.mean > 0:
        raise RecipeError(Problem("lots must not start at once without end: the interval must be > 0", recipe.steps[0].place, "line.release"))
    return Stream(name, interval, round(first[0] * first[1]), release.lots or 0, release.lots_at_once, release.conwip_lots or 0,
                  release.priority, key_of("release", name))
