"""Warns of numbers that an edit puts far outside the range in which the library believes them, or far from what it says: likely a slip of a unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from procsim.errors import RecipeError
from procsim.recipe.changes import Edit
from procsim.recipe.edits import Draft
from procsim.recipe.inputs import SURVIVAL, is_input
from procsim.recipe.tree import Node, Range, is_range, range_of

FAR = 10.0
"""How many times a number has to lie beyond its range to be told; a what-if may well leave it. Of what survives the loss is meant, 1 - value."""
FAR_IN_TIME = 3.0
"""The same of times and rates, which chemistry and machines hold closer than prices."""
FAR_K = 30.0
"""The same of temperatures in kelvin, or half the width of the range where that is more: no ratio means anything there."""
VERY_FAR = 100.0
"""How many times a number has to differ from one without a range, whose value is all that is known of it."""
TIMES = frozenset({"time", "rate", "mm2", "current"})
"""First words of the fields of times and rates."""
LOSSES = frozenset({"defects", "false", "infant"})
"""The same of what is lost, of which none may well be asked, as a yield of 1 may."""


class Watch:
    """What edits did to numbers that the library knows, in the order in which they were made."""

    def __init__(self) -> None:
        self.known: dict[str, Node] = {}
        self.written: dict[str, Node] = {}
        self.told: dict[str, str] = {}
        self.kept: set[str] = set()

    def see(self, draft: Draft, edit: Edit) -> None:
        """Looks at an *edit* before it is made in *draft*: what it does to a number that is known, and whether it leaves what was *written* there
        first as it was (*kept*)."""
        if edit.verb != "set":
            return
        target = edit.target
        if target not in self.written:
            found = list(_before(draft, target))
            believed = [node for node, known in found if known]
            self.written |= {target: found[0][0]} if found else {}
            self.known |= {target: believed[0]} if believed else {}
        self.kept -= {target}
        self.kept |= {target} if target in self.written and _same(self.written[target], edit.value) else set()
        said = _said(self.known[target], edit) if target in self.known else ""
        self.told.pop(target, None)
        self.told |= {target: said} if said else {}

    def numbers(self) -> dict[str, float]:
        """The numbers that edits wrote over, of ranges the middle, as they were before the first."""
        nodes = {target: node.mapping["mid"] if is_range(node) else node for target, node in self.written.items() if target not in self.kept}
        return {target: float(node.value) for target, node in nodes.items() if _is_number(node.value)}


def _before(draft: Draft, target: str) -> Iterator[tuple[Node, bool]]:
    """What stands at the address *target*, of a step or else of its process, and whether it is a number that the library believes: one that has a
    range, or an input of the library."""
    head, *path = target.removeprefix("line.").split(".") if target.startswith("line.tools.") else target.split(".")
    steps = draft.named(head)
    places = [(step.node, path, False) for step in steps]
    places += [(draft.sections, ["processes", step.node.text("process") or "", *path], True) for step in steps]
    for node, below, known in places or [(draft.sections, [head, *path], True)]:
        found = _below(node, below)
        if found is not None:
            yield found, is_range(found) or (known and _is_number(found.value) and is_input(tuple(below)))


def _same(before: Node, after: Node) -> bool:
    """Whether *after* is the value that *before* is."""
    mid = before.mapping["mid"] if is_range(before) and not is_range(after) else before
    return not (after.mapping or after.items) and type(mid.value) is not bool and mid.value == after.value


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
    """That the number of *edit* lies far from what was known *before*, or is 0, which takes it away; "" where it does not, or brings its own
    range."""
    value, target = edit.value.value, edit.target
    if not _is_number(value):
        return ""
    if _is_number(before.value):
        return _apart(float(before.value), value, edit)
    known = _range(before, target)
    off = _off(value, known, target.split(".")) if known is not None else ""
    source = f" ({known.source})" if known is not None and known.source else ""
    return f"{edit.place}: {target} is {value:g}{off}{source}" if off else ""


def _range(before: Node, address: str) -> Range | None:
    """The range in which a number is believed; None where there is none, or one that is wrong, of which others tell."""
    try:
        known = range_of(before, address) if is_range(before) and _is_number(before.mapping["mid"].value) else None
    except RecipeError:
        return None
    return known if known is not None and known.low < known.high else None


def _off(value: float, known: Range, words: list[str]) -> str:
    """How far *value* lies outside what is *known* of the number whose address has these *words*; "" where that is near enough."""
    low, high = known.low, known.high
    if words[-1].endswith("_C"):
        kelvin = max(FAR_K, (high - low) / 2)
        return "" if low - kelvin <= value <= high + kelvin else f", more than {kelvin:g} K beyond the {low:g} to {high:g} °C in which it is believed"
    if SURVIVAL & set(words) or words[-2:-1] == ["wants"]:
        low, high = 1 - high, 1 - low
        return "" if _close(1 - value, low, high, FAR) else (
            f": that loses {100 * (1 - value):.3g} %, more than {FAR:g} times beyond the {100 * low:.2g} to {100 * high:.2g} % in which the loss is "
            "believed")
    if _taken_away(value, words) and low > 0:
        return f", which stands for none, and {low:g} to {high:g} in the library"
    far = FAR_IN_TIME if any(word.split("_")[0] in TIMES for word in words[1:]) else FAR
    return "" if _close(value, low, high, far) else f", more than {far:g} times beyond the {low:g} to {high:g} in which it is believed"


def _apart(before: float, value: float, edit: Edit) -> str:
    """That *value* is none, or very far from a number *before* of which no range is known."""
    said = f"{edit.place}: {edit.target} is {value:g}"
    if _taken_away(value, edit.target.split(".")):
        return f"{said}, which stands for none, and {before:g} in the library" if before > 0 else ""
    far = FAR if edit.target.startswith("materials.") else VERY_FAR  # handbooks know what a material is
    return "" if 0 in (before, value) or 1 / far <= value / before <= far else f"{said}, and {before:g} in the library: more than {far:g} times apart"


def _taken_away(value: float, words: list[str]) -> bool:
    """Whether *value* takes away what costs or takes time, and not only what is lost."""
    return value == 0 and not any(word.split("_")[0] in LOSSES for word in words)


def _close(value: float, low: float, high: float, far: float) -> bool:
    """Whether *value* lies within the range, or not *far* times beyond; 0, which stands for none, does."""
    return value == 0 or low / far * (1 - 1e-9) <= value <= high * far * (1 + 1e-9)
