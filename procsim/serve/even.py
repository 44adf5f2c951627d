"""Finds at which value of a number a state costs as much as its flow without the edits: both with that value, unless the state has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.experiments.points import Evaluator
from procsim.experiments.two_flows import Along
from procsim.experiments.vary import Span, number_text
from procsim.recipe.inputs import inputs
from procsim.recipe.recipe import Recipe
from procsim.serve.fields import Fields
from procsim.serve.shown import COST
from procsim.serve.state import State
from procsim.serve.tree import Tree
from procsim.serve.written import recipe_of

BEYOND = 5.0
"""So many times past its range a number is looked at where it breaks even at none within."""
FIRST = "Make another edit first, or open an alternative: this then says at which value of this number both cost the same, with and without it."
ABSENT = "With the edits there is no such number. "


@dataclass(frozen=True, slots=True)
class Even:
    """What there is to say in *words* of a number at *address*, and the *values* that it may be set to with the edits so that both cost the same."""

    address: str
    words: str
    values: tuple[str, ...] = ()


def even(tree: Tree, state: State, address: str) -> Even:
    """Where the number at *address* has *state* and its flow cost the same on their own tools, in closed form. What the edits give another value by
    the way, as a what-if does whose dies are paid for with their wafer, keeps that value: then only the flow without them is moved. (Runs in another
    process.)"""
    others = replace(state, edits=tuple(edit for edit in state.edits if edit.verb != "set" or edit.address != address))
    if not others.edited:
        return Even(address, FIRST)
    try:
        base = recipe_of(tree, state.base)
        known = next((one for one in inputs(base) if one.address == address and one.low < one.high), None)
        if known is None:
            raise RecipeError(Problem(f"{address[:100]} has no range in the flow without edits"))
        edited = recipe_of(tree, others)
        flows, kept = [Evaluator(base), Evaluator(edited)], _kept(base, edited, address)
        for span in _spans(address, float(known.low), float(known.high)):
            along = Along(flows, span, COST, fixed_line=True, stays=bool(kept))
            if found := along.crossings():
                return _told(along, [one.at for one in found], kept)
        way = _way(along.gap(span.at(0.5)))
        where = f"from {_text(span.low)} to {_text(span.high)}"
        return Even(address, f"{kept}It breaks even nowhere {where}: with the edits a good package costs {way} everywhere.")
    except (RecipeError, InfeasibleError) as error:
        return Even(address, str(error))


def _spans(address: str, low: float, high: float) -> Iterator[Span]:
    """Its range, and what lies beyond."""
    yield Span((address,), low, high)
    if low > 0:
        yield Span((address,), low / BEYOND, high * BEYOND)


def _kept(base: Recipe, edited: Recipe, address: str) -> str:
    """What is said of a number that the edits give a value of its own, or leave none of; nothing where both flows have the same."""
    was, own = Fields(base).at(address), Fields(edited).at(address)
    if own is None:
        return ABSENT
    return "" if was is None or own.value == was.value else f"The edits themselves make this number {own.value}, which they keep here. "


def _told(along: Along, found: list[float], kept: str) -> Even:
    address, values = along.span.name, tuple(map(_text, found))
    low, which, where = _way(along.gap(along.span.low)), " the first" if len(found) > 1 else "", " or ".join(values)
    if kept:
        same = f"A good package costs the same with and without them where it is {where} without them"
        return Even(address, f"{kept}{same}; below{which} it costs {low} with them.")
    return Even(address, f"With the edits a good package costs as much as without them where both have {where}, and {low} below{which}.", values)


def _text(value: float) -> str:
    """A value as one types it."""
    return number_text(float(f"{value:.5g}"))


def _way(gap: float) -> str:
    return "more" if gap > 0 else "less" if gap < 0 else "as much"
