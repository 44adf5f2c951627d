"""Finds at which value of a number a state costs as much as its flow without the edits, both with that value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from procsim.errors import InfeasibleError, Problem, RecipeError
from procsim.experiments.points import Evaluator
from procsim.experiments.two_flows import Along
from procsim.experiments.vary import Span, number_text
from procsim.recipe.inputs import inputs
from procsim.serve.shown import COST
from procsim.serve.state import State
from procsim.serve.tree import Tree
from procsim.serve.written import recipe_of

BEYOND = 5.0
"""So many times past its range a number is looked at where it breaks even at none within."""


FIRST = "Make another edit first, or open an alternative: this then says at which value of this number both cost the same, with and without it."


@dataclass(frozen=True, slots=True)
class Even:
    """What there is to say in *words* of a number at *address*, and the *values* at which both cost the same."""

    address: str
    words: str
    values: tuple[str, ...] = ()


def even(tree: Tree, state: State, address: str) -> Even:
    """Where the number at *address* has *state* and its flow cost the same on their own tools, in closed form. (Runs in another process.)"""
    others = replace(state, edits=tuple(edit for edit in state.edits if edit.verb != "set" or edit.address != address))
    if not others.edited:
        return Even(address, FIRST)
    try:
        base = recipe_of(tree, state.base)
        known = next((one for one in inputs(base) if one.address == address and one.low < one.high), None)
        if known is None:
            raise RecipeError(Problem(f"{address[:100]} has no range in the flow without edits"))
        flows = [Evaluator(base), Evaluator(recipe_of(tree, others))]
        for span in _spans(address, float(known.low), float(known.high)):
            along = Along(flows, span, COST, fixed_line=True)
            if found := along.crossings():
                return _told(along, [one.at for one in found])
        way = _way(along.gap(span.at(0.5)))
        where = f"from {_text(span.low)} to {_text(span.high)}"
        return Even(address, f"It breaks even nowhere {where}: with the edits a good package costs {way} everywhere.")
    except (RecipeError, InfeasibleError) as error:
        return Even(address, str(error))


def _spans(address: str, low: float, high: float) -> Iterator[Span]:
    """Its range, and what lies beyond."""
    yield Span((address,), low, high)
    if low > 0:
        yield Span((address,), low / BEYOND, high * BEYOND)


def _told(along: Along, found: list[float]) -> Even:
    address, values = along.span.name, tuple(map(_text, found))
    low, which = _way(along.gap(along.span.low)), " the first" if len(found) > 1 else ""
    said = f"With the edits a good package costs as much as without them where both have {' or '.join(values)}, and {low} below{which}."
    return Even(address, said, values)


def _text(value: float) -> str:
    """A value as one types it."""
    return number_text(float(f"{value:.5g}"))


def _way(gap: float) -> str:
    return "more" if gap > 0 else "less" if gap < 0 else "as much"
