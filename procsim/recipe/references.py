"""Sees that every name by which a recipe refers to a tool, process, material, part, die or step is spelled out and stands for something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from procsim.errors import Place, Problem, did_you_mean
from procsim.model.document import Document
from procsim.model.steps import OF_MATERIAL, SHAPELESS, Attach, Bond, Step
from procsim.recipe.edits import Draft, StepNode, lost
from procsim.recipe.names import Names
from procsim.recipe.recipe import Placed
from procsim.recipe.tree import Node, locate

REFERENCES = ("sees", "same_tool_as", "of")
"""Fields of a step that name other steps, beside those of its rework."""


def spelled_out(step: StepNode, made: Draft) -> StepNode:
    """*step* of *made* with its own figure out of a list of one per repeat, with the material of the step whose layer it opens, unless it names one,
    and with its references to other steps spelled out: a reference is looked up among siblings first, then further and further out."""
    node = step.node
    figures = node.get("fig")
    if figures is not None and figures.items:
        number = next((int(s.name.removeprefix(s.base)) for s in reversed(step.segments) if s.name != s.base), 1)
        node = node.with_item("fig", figures.items[min(number, len(figures.items)) - 1], node.place_of("fig"))
    rework = node.get("rework")
    if rework is not None and isinstance(rework.value, dict):
        node = node.with_item("rework", _references_in(rework, step, made.names), node.place_of("rework"))
    for key in REFERENCES:
        found = node.get(key)
        if found is not None:
            several = tuple(_spelled(one, step, made.names) for one in found.items)
            named = replace(found, value=several) if several else _spelled(found, step, made.names)
            node = node.with_item(key, named, node.place_of(key))
    below = node.text("of") if node.get("material") is None else None
    material = next((found for other in made.named(below) if (found := other.node.get("material"))), None) if below else None
    return replace(step, node=node if material is None else node.with_item("material", material, node.place_of("of")))


def _lost(made: Draft, step: StepNode, reference: str) -> str:
    """By which edit there is no step any more that *step* could mean by *reference*; "" where no edit is to blame."""
    heads = ["/".join(segment.name for segment in step.segments[:depth]) for depth in range(len(step.segments) - 1, 0, -1)]
    return next(filter(None, (lost(made, wanted) for wanted in (*(f"{head}/{reference}" for head in heads), reference))), "")


def unopened(made: Draft) -> Iterator[Problem]:
    """Steps that open a layer ``of`` what puts none there."""
    opening = [step for step in made.steps if step.node.get("of") is not None]
    known = {other.segments[-1].base for other in made.steps if other.segments} if opening else set()
    for step in opening:
        if spelled_out(step, made).node.get("material") is None:
            name = str(step.node.mapping["of"].value)
            why = _lost(made, step, name) or did_you_mean(name, known - {name})
            message = f"opens the layer of '{name}', but no such step puts a material on the surface{why}"
            yield Problem(message, step.node.place_of("of"), f"{step.id}.material")


def _references_in(rework: Node, step: StepNode, names: Names) -> Node:
    """*rework* with the names of the steps that it goes back to and goes via spelled out."""
    to, via = rework.get("to"), rework.get("via")
    if to is not None:
        rework = rework.with_item("to", _spelled(to, step, names), rework.place_of("to"))
    if via is not None and via.items:
        rework = rework.with_item("via", replace(via, value=tuple(_spelled(one, step, names) for one in via.items)), rework.place_of("via"))
    return rework


def _spelled(reference: Node, step: StepNode, names: Names) -> Node:
    for depth in range(len(step.segments) - 1, 0, -1):
        wanted = "/".join([segment.name for segment in step.segments[:depth]] + [str(reference.value)])
        if wanted in names:
            return replace(reference, value=wanted)
    return reference


FEW = 12
"""Names that a message lists at most."""


def _unknown(what: str, name: str, known: Sequence[str], placed: Placed, key: str, place: Place | None = None) -> Problem:
    hint = did_you_mean(name, known) or (f"; this recipe has {', '.join(sorted(known))}" if 0 < len(known) <= FEW else "")
    return Problem(f"no {what} '{name}'{hint}", place or placed.place, f"{placed.id}.{key}")


def _materials(step: Step) -> Iterator[tuple[str, str]]:
    """(path to it, name) of every material that a step names."""
    yield from ((field, name) for field in OF_MATERIAL if (name := getattr(step, field, None)) is not None)
    yield from (("materials", name) for name in step.materials() if name not in [getattr(step, field, None) for field in OF_MATERIAL])
    yield from ((f"consumes.{name}", name) for name in step.consumes or {})
    yield from (("wears", name) for name in step.wears or ())
    yield from ((f"cuts.{cut}.consumes.{name}", name) for cut, one in (step.cuts or {}).items() for name in one.consumes)
    yield from ((f"repair.consumes.{name}", name) for name in (step.repair.consumes if step.repair else ()))


def _spot(address: str, own: Node, process: Node | None) -> Place:
    """Where *address*, a path in a step, is written: in the step's *own* mapping, else in that of its *process*."""
    key, path = address.split(".")[0], address.split(".")
    return locate(own if key in own.mapping or process is None or key not in process.mapping else process, path)


def references(made: Draft, steps: list[Placed], empty: Set[str]) -> Iterator[Problem]:
    """The names that a step of *made* uses and that stand for nothing. A step that is itself wrong (and not among *steps*) still has its name."""
    sections, names = made.sections, made.names
    known = {key: sorted((sections.get(key) or sections).mapping) for key in ("processes", "tools", "materials", "parts")}
    product, processes = sections.get("product"), sections.get("processes")
    nodes = {step.id: step for step in made.steps}
    place = {step.id: s for s, step in reversed([*enumerate(made.steps)])}
    for placed in steps:
        step, own = placed.step, nodes[placed.id].node
        process = processes.get(placed.step.process) if processes is not None and placed.step.process is not None else None
        if step.process is not None and step.process not in known["processes"]:
            yield _unknown("process", step.process, known["processes"], placed, "process", _spot("process", own, None))
        elif step.tool is None:
            yield Problem("the step has no tool: name one, or a process that has one", placed.place, f"{step.id}.tool")
        elif step.tool not in known["tools"]:
            yield _unknown("tool", step.tool, known["tools"], placed, "tool", _spot("tool", own, process))
        for address, material in _materials(step):
            if material not in known["materials"]:
                yield _unknown("material", material, known["materials"], placed, address, _spot(address, own, process))
        for reference in step.sees or ():
            if reference in ("incoming", "(incoming)") or reference in empty:
                continue
            first = names.first(reference)
            if first is None:
                why = _lost(made, nodes[step.id], reference)
                told = Problem(f"no step '{reference}'{why}", placed.place, f"{step.id}.sees")
                yield told if why else _unknown("step", reference, list(place), placed, "sees")
            elif first >= place[step.id]:
                yield Problem(f"sees '{reference}', which comes later", placed.place, f"{step.id}.sees")
        misplaced = product is not None and step.can is not None and bool(step.can.ops) and step.op not in step.can.ops  # the section says so
        if step.op in ("inspect", "test") and not step.inspects and not misplaced:
            yield Problem(f"{step.op} needs coverage: the chance that a bad unit is found (or fault_coverage, that of a single fault)",
                          placed.place, f"{step.id}.coverage")
        yield from _shape(product, known["parts"], placed)


def _shape(product: Node | None, parts: Sequence[str], placed: Placed) -> Iterator[Problem]:
    step = placed.step
    if product is None:
        if step.op not in SHAPELESS:
            yield Problem(f"op {step.op} needs a product: this recipe has none and is a plain line", placed.place, f"{step.id}.op")
        return
    if isinstance(step, Attach):
        dies = sorted(_dies(product))
        if step.what != "dies" and step.what not in dies and step.what not in parts:
            yield _unknown("die or part", step.what, ["dies", *dies, *parts], placed, "what")
    if isinstance(step, Bond) and step.part not in parts:
        yield _unknown("part", step.part, parts, placed, "part")


def _dies(product: Node) -> Iterator[str]:
    """Kinds of die, and where several are alike the name of each."""
    for kind, die in (product.get("dies") or product).mapping.items():
        count = die.get("count")
        several = count.value if count is not None and isinstance(count.value, int) else 1
        yield from (kind, *(f"{kind}{n + 1}" for n in range(several if several > 1 else 0)))


def parts(document: Document, steps: list[Placed], sections: Node) -> Iterator[Problem]:
    """References from the product and from parts."""
    product = document.product
    if product is None:
        return
    attached = [placed.step.what for placed in steps if isinstance(placed.step, Attach)]
    bonded = [placed.step.part for placed in steps if isinstance(placed.step, Bond)]
    if product.panel.part not in document.parts:
        yield Problem(f"no part '{product.panel.part}'{did_you_mean(product.panel.part, document.parts)}",
                      locate(sections, ["product", "panel", "part"]), "product.panel.part")
    used = [document.parts[name] for name in (product.panel.part, *attached, *bonded) if name in document.parts]
    for material in sorted({layer.material for part in used for layer in part.stack()}
                           | {m for die in product.dies.values()
                              for m in (die.material, die.pad_material, *([die.bump_material] if die.bump_um else []))}):
        if material not in document.materials:
            yield Problem(f"no material '{material}'{did_you_mean(material, document.materials)}", locate(sections, ["product"]),
                          f"materials.{material}")
