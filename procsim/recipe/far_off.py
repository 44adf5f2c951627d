"""Warns of numbers that an edit puts far outside the range in which the library believes them: likely a slip, or another unit."""

from __future__ import annotations

from collections.abc import Iterator

from procsim.errors import RecipeError
from procsim.recipe.changes import Edit
from procsim.recipe.edits import Draft
from procsim.recipe.tree import Node, is_range, range_of

FAR = 10.0
"""How many times a number has to lie beyond its range to be told; a what-if may well leave it."""


class Watch:
    """What edits did to numbers with a range, in the order in which they were made."""

    def __init__(self) -> None:
        self.ranges: dict[str, Node] = {}
        self.told: dict[str, str] = {}

    def see(self, draft: Draft, edit: Edit) -> None:
        """Looks at an *edit* before it is made in *draft*."""
        if edit.verb != "set":
            return
        before = next((node for node in _before(draft, edit.target) if is_range(node)), self.ranges.get(edit.target))
        if before is not None:
            self.ranges[edit.target] = before
            said = _said(before, edit)
            self.told = {target: text for target, text in self.told.items() if target != edit.target} | ({edit.target: said} if said else {})


def _before(draft: Draft, target: str) -> Iterator[Node]:
    """What stands at the address *target*, of a step or else of its process."""
    head, *path = target.removeprefix("line.").split(".") if target.startswith("line.tools.") else target.split(".")
    steps = [step for step in draft.steps if step.matches(head)]
    if not steps:
        yield from _below(draft.sections, [head, *path])
    for step in steps:
        yield from _below(step.node, path)
        yield from _below(draft.sections, ["processes", step.node.text("process") or "", *path])


def _below(node: Node, path: list[str]) -> Iterator[Node]:
    for key in path:
        found = node.get(key) if not node.items else node.items[int(key)] if key.isdecimal() and int(key) < len(node.items) else None
        if found is None:
            return
        node = found
    yield node


def _said(before: Node, edit: Edit) -> str:
    """That the number of *edit* lies far outside the range *before*; "" where it does not, is 0, which stands for none, or brings its own range."""
    value = edit.value.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    try:
        known = range_of(before, edit.target)
    except RecipeError:
        return ""  # of a range that is wrong others tell
    if not known.low < known.high or value == 0 or known.low / FAR <= value <= known.high * FAR:
        return ""
    source = f" ({known.source})" if known.source else ""
    return (f"{edit.place}: {edit.target} is {value:g}, more than {FAR:g} times beyond the {known.low:g} to {known.high:g} in which it is "
            f"believed{source}")
