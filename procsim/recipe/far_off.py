"""Warns of numbers that an edit puts far outside the range in which the library believes them, or far from what it says: likely a slip of a unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from procsim.errors import RecipeError
from procsim.recipe.changes import Edit
from procsim.recipe.edits import Draft
from procsim.recipe.inputs import DECIDED
from procsim.recipe.tree import Node, is_range, range_of

FAR = 10.0
"""How many times a number has to lie beyond its range to be told; a what-if may well leave it."""
VERY_FAR = 100.0
"""The same of a number without a range, whose value is all that is known of it."""
BELIEVED = frozenset({"tools", "processes", "materials", "economics"})
"""Sections of which a number without a range is believed as well, unless somebody decides it."""


class Watch:
    """What edits did to numbers that the library knows, in the order in which they were made."""

    def __init__(self) -> None:
        self.known: dict[str, Node] = {}
        self.told: dict[str, str] = {}

    def see(self, draft: Draft, edit: Edit) -> None:
        """Looks at an *edit* before it is made in *draft*."""
        if edit.verb != "set":
            return
        if edit.target not in self.known and (before := next(_before(draft, edit.target), None)) is not None:
            self.known[edit.target] = before
        said = _said(self.known[edit.target], edit) if edit.target in self.known else ""
        self.told.pop(edit.target, None)
        self.told |= {edit.target: said} if said else {}


def _before(draft: Draft, target: str) -> Iterator[Node]:
    """The numbers that stand at the address *target*, of a step or else of its process."""
    head, *path = target.removeprefix("line.").split(".") if target.startswith("line.tools.") else target.split(".")
    steps = [step for step in draft.steps if step.matches(head)]
    places = [(step.node, path, False) for step in steps]
    places += [(draft.sections, ["processes", step.node.text("process") or "", *path], True) for step in steps]
    for node, below, believed in places or [(draft.sections, [head, *path], head in BELIEVED)]:
        found = _below(node, below)
        if found is not None and (is_range(found) or (believed and not DECIDED & set(below))):
            yield found


def _below(node: Node, path: list[str]) -> Node | None:
    """What stands at *path* in *node*."""
    found: Node | None = node
    for key in path:
        if found is None:
            return None
        item = int(key) if key.isdecimal() else len(found.items)
        found = found.items[item] if item < len(found.items) else found.get(key)
    return found


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _said(before: Node, edit: Edit) -> str:
    """That the number of *edit* lies far from what was known *before*; "" where it does not, is 0, which stands for none, or brings its own range."""
    value = edit.value.value
    if not _is_number(value) or value == 0:
        return ""
    if _is_number(before.value):
        near = before.value == 0 or 1 / VERY_FAR <= value / before.value <= VERY_FAR
        return "" if near else f"{edit.place}: {edit.target} is {value:g}, and {before.value:g} in the library: more than {VERY_FAR:g} times apart"
    try:
        known = range_of(before, edit.target) if is_range(before) and _is_number(before.mapping["mid"].value) else None
    except RecipeError:
        known = None  # of a range that is wrong others tell
    if known is None or not known.low < known.high or known.low / FAR <= value <= known.high * FAR:
        return ""
    source = f" ({known.source})" if known.source else ""
    return (f"{edit.place}: {edit.target} is {value:g}, more than {FAR:g} times beyond the {known.low:g} to {known.high:g} in which it is "
            f"believed{source}")
