"""Reads one step by its op; one that says the same as before, at the same place, is not read again."""

from __future__ import annotations

from dataclasses import dataclass

from procsim.errors import Place, Problem, did_you_mean
from procsim.model.document import Process
from procsim.model.steps import OPS
from procsim.recipe.edits import StepNode
from procsim.recipe.recipe import Placed
from procsim.recipe.tree import Node, Range, alike, overlay
from procsim.recipe.validation import validated

REMEMBERED = 8192
"""Steps, at most, of which it is remembered what they say: those of all shipped flows several times."""


@dataclass(slots=True)
class _Known:
    """What a step that was *found*, over the process *below* it, says, and its *ranges*. A recipe with one other step shares all its other steps
    with the recipe that it was made from, and so what follows from these."""

    found: StepNode
    below: Node | None
    ranges: dict[str, Range]
    placed: Placed | None = None

    def says(self, found: StepNode, below: Node | None) -> bool:
        """Whether another step says the same in the same words."""
        same = self.below is below or (self.below is not None and below is not None and alike(self.below, below))
        return same and (self.found.segments, self.found.edits) == (found.segments, found.edits) and alike(self.found.node, found.node)


_known: dict[tuple[str, Place], _Known] = {}


def placed_step(found: StepNode, processes: Node, ranges: dict[str, Range], problems: list[Problem]) -> Placed | None:
    """One step, read by its op, with its process's numbers below its own."""
    process = found.node.text("process")
    below = processes.get(process) if process else None
    key = found.id, found.node.place
    known = _known.get(key)
    if known is None or not known.says(found, below):
        known = _Known(found, below, {})
        known.placed = _placed(found, below, known.ranges, problems)
        if known.placed is not None and not problems:
            if len(_known) >= REMEMBERED:
                _known.clear()
            _known[key] = known
    ranges |= known.ranges
    return known.placed


def _placed(found: StepNode, below: Node | None, ranges: dict[str, Range], problems: list[Problem]) -> Placed | None:
    node = found.node
    if not found.segments:
        problems.append(Problem("a step needs an id", node.place))
        return None
    op = node.get("op")
    name = op.value if op is not None else None
    if not isinstance(name, str | None) or name not in OPS:
        ops = [word for word in OPS if word]
        problems.append(Problem(f"no op '{name}'{did_you_mean(str(name), ops)}; ops are {', '.join(ops)}", node.place_of("op"), f"{found.id}.op"))
        return None
    whole = overlay(below.without("source", "note"), node) if below is not None else node
    whole = whole.with_item("id", Node(found.id, node.place_of("id")))
    model = OPS[name]
    own: list[Problem] = []
    step = validated(model, whole, found.id, ranges, own)
    if below is not None and own:  # a mistake in the process itself is reported once, where it stands
        broken: list[Problem] = []
        validated(Process, below, f"processes.{node.text('process')}", {}, broken)
        if broken and not any(p.place and p.place.file == node.place.file for p in own):
            own = []
    problems += own
    base = "/".join(segment.base for segment in found.segments)
    return Placed(step, node.place, found.edits, base) if step is not None else None
