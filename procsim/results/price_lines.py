"""Works out how much of every price a good unit takes, by step and category: the lines from which a cost sheet adds itself up again at other prices.

A cost is a sum of prices, each times what is used of it: in no cost do two prices multiply one another. So the lines hold for any prices at once, as
long as all else (yields, times, amounts, tools) stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from procsim.closed_form.basis import Basis
from procsim.closed_form.sensitivity import with_values
from procsim.closed_form.solve import ClosedForm
from procsim.costs.totals import Totals
from procsim.errors import RecipeError
from procsim.maths.arrays import Floats
from procsim.planning.geometry import geometry
from procsim.planning.make import of_packages
from procsim.planning.plan import Plan
from procsim.recipe.inputs import Input, inputs
from procsim.recipe.recipe import Recipe

NEAR = 1 - 2.0**-7
"""A price is moved to so much of itself: far enough for rounding, near enough for its bounds."""
DUST = 1e-12
"""Of a cell, or of all of them, what is rounding."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a good unit takes in one cell of the cost sheet: *amount* of the price *at* that place among the prices, or, with none, as many USD. The
    *row* is that of a step, 0 … S - 1, S is what comes in, and S + 1 + g the unused capacity of tool group g."""

    row: int
    category: int
    at: int | None
    amount: float


@dataclass(frozen=True, slots=True)
class PriceLines:
    """The *prices* of a recipe, what each comes to in the *direct* cost (that is: its amount), and the *lines* of the cost sheet."""

    prices: tuple[Input, ...]
    direct: tuple[float, ...]
    lines: tuple[Line, ...]


def price_lines(recipe: Recipe, plan: Plan, closed: ClosedForm, totals: Sequence[Totals]) -> PriceLines:
    """The lines of what *totals* found of *plan*. What a run has used of a price at a step is what the *closed* form has, times what the step's
    category cost in the run over what it costs in closed form; what has no closed form stands as USD."""
    found = cells(totals)
    known = _closed_cells(plan, closed)
    scale = np.divide(found, known, out=np.zeros_like(found), where=np.isfinite(known) & (np.abs(known) > 0))
    prices, slopes = _slopes(recipe, plan, closed, known)
    amounts = slopes * scale
    values = np.array([one.value for one in prices]).reshape(-1, 1, 1)
    rest = found - (amounts * values).sum(axis=0)
    rest[np.abs(rest) <= DUST * np.abs(found).sum()] = 0.0
    lines = [Line(int(r), int(c), int(k), float(amounts[k, r, c])) for k, r, c in zip(*np.nonzero(amounts), strict=True)]
    lines += [Line(int(r), int(c), None, float(rest[r, c])) for r, c in zip(*np.nonzero(rest), strict=True)]
    direct = amounts[:, : len(plan.steps) + 1].sum(axis=(1, 2))
    return PriceLines(prices, tuple(direct.tolist()), tuple(sorted(lines, key=partial(_place, len(plan.steps)))))


def _place(steps: int, line: Line) -> tuple[int, int, float]:
    """What comes in stands first."""
    return -1 if line.row == steps else line.row, line.category, np.inf if line.at is None else line.at


def cells(totals: Sequence[Totals]) -> Floats:
    """USD per good unit, (S + 1 + G, C): of each step, of what comes in, and of the unused capacity of each tool group; mean of *totals*."""
    good = float(np.mean([one.good for one in totals]))
    found = np.vstack([np.mean([one.cost for one in totals], axis=0), np.mean([one.unused for one in totals], axis=0)])
    return np.asarray(found / (good if good > 0 else np.nan))


def _closed_cells(plan: Plan, closed: ClosedForm) -> Floats:
    """The same in closed form."""
    money, groups = plan.money, len(plan.groups.names)
    paid = np.bincount(plan.step_group, closed.tools.held_h, groups)[:, None] * money.rate
    lots, good = closed.starts.lots_per_h, closed.flow.good
    unused = money.hourly / lots - paid if lots > 0 else np.full_like(paid, np.nan)
    return np.asarray(np.vstack([closed.costs.per_lot, unused]) / (good if good > 0 else np.nan))


def _slopes(recipe: Recipe, plan: Plan, closed: ClosedForm, known: Floats) -> tuple[tuple[Input, ...], Floats]:
    """Every price, and USD of each cell per USD of it, (k, S + 1 + G, C). The prices of tools are moved all at once: each has rows of its own."""
    basis = _basis(recipe, plan, closed)
    groups = {f"tools.{name}.price_usd": g for g, name in enumerate(plan.groups.names)}
    wanted = [one for one in inputs(recipe) if is_price(one)]
    tools = [one for one in wanted if one.address in groups]
    moved = _moved(basis, tools, known)
    found: list[tuple[Input, Floats]] = []
    for one in wanted:
        if one.address in groups and moved is not None:
            rows = np.append(plan.step_group, [-1, *range(len(plan.groups.names))]) == groups[one.address]
            found.append((one, np.where(rows[:, None], moved, 0.0) / _step(one)))
        elif (alone := _moved(basis, [one], known)) is not None:
            found.append((one, alone / _step(one)))
    return tuple(one for one, _ in found), np.array([slopes for _, slopes in found]).reshape(-1, *known.shape)


def is_price(one: Input) -> bool:
    """Whether an input is a price: all that it moves is money, in proportion (a wafer's by way of its die's)."""
    return one.piece in ("money", "rates", "all") and not one.shapes and any("usd" in str(word).split("_") for word in one.spots[0][1][-2:])


def _basis(recipe: Recipe, plan: Plan, closed: ClosedForm) -> Basis:
    if plan.wanted is not None:
        return Basis.of(recipe, timed=False)
    given = geometry(recipe)
    return Basis(recipe, given, plan, plan, closed, of_packages(recipe, given), None)


def _step(one: Input) -> float:
    """By how much a price is moved, USD."""
    return one.value * (NEAR - 1) if one.value else 1.0


def _moved(basis: Basis, prices: Sequence[Input], known: Floats) -> Floats | None:
    """By how much every cell moves with *prices*, each by its ``_step``; None where one of them may not be so."""
    try:
        moved = _closed_cells(*with_values(basis, [(one, one.value + _step(one)) for one in prices])) - known
    except RecipeError:
        return None
    return np.asarray(np.where(np.isfinite(moved) & (np.abs(moved) > DUST * np.abs(known)), moved, 0.0))
