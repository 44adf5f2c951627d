"""A step as written in, the same with its references to other steps spelled out: they look at siblings first, then further out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from procsim.recipe.edits import StepNode
from procsim.recipe.tree import Node

REFERENCES = ("sees", "same_tool_as")
"""Fields of a step that name other steps, beside those of its rework."""


def spelled_out(step: StepNode, steps: Sequence[StepNode]) -> StepNode:
    """*step* with its own figure out of a list of one per repeat, and with its references to other steps spelled out: they look at
    siblings first, then further and further out."""
    node = step.node
    figures = node.get("fig")
    if figures is not None and figures.items:
        numbers = [int(s.name.removeprefix(s.base)) for s in step.segments if s.name != s.base]
        node = node.with_item("fig", figures.items[min([*numbers[-1:], len(figures.items)]) - 1], node.place_of("fig"))
    rework = node.get("rework")
    if rework is not None and isinstance(rework.value, dict):
        node = node.with_item("rework", _references_in(rework, step, steps), node.place_of("rework"))
    for key in REFERENCES:
        found = node.get(key)
        if found is not None:
            named = replace(found, value=tuple(_spelled(one, step, steps) for one in found.items)) if found.items else _spelled(found, step, steps)
            node = node.with_item(key, named, node.place_of(key))
    return replace(step, node=node)


def _references_in(rework: Node, step: StepNode, steps: Sequence[StepNode]) -> Node:
    """What *rework* goes back to and goes via, spelled out."""
    to, via = rework.get("to"), rework.get("via")
    if to is not None:
        rework = rework.with_item("to", _spelled(to, step, steps), rework.place_of("to"))
    if via is not None and via.items:
        rework = rework.with_item("via", replace(via, value=tuple(_spelled(one, step, steps) for one in via.items)), rework.place_of("via"))
    return rework


def _spelled(reference: Node, step: StepNode, steps: Sequence[StepNode]) -> Node:
    for depth in range(len(step.segments) - 1, 0, -1):
        wanted = "/".join([segment.name for segment in step.segments[:depth]] + [str(reference.value)])
        if any(other.matches(wanted) for other in steps):
            return replace(reference, value=wanted)
    return reference
