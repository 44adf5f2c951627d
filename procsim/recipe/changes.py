"""Turns the edits of variants, or of ``--set``, into calls of the four verbs, in the order in which they are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from procsim.errors import Place, Problem, RecipeError
from procsim.model.document import LIBRARIES
from procsim.recipe import edits
from procsim.recipe.edits import Draft
from procsim.recipe.expand import Expansion, expand_items
from procsim.recipe.extends import Variant
from procsim.recipe.source import read_text
from procsim.recipe.tree import Node, kind
from procsim.recipe.verb_forms import assignments, change, new_steps, step_name, written


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit: a *verb*, or ``bring``, what it acts on and where it was written."""

    verb: str
    target: str
    value: Node
    place: Place
    path: Path
    after: bool = True


def from_texts(texts: Sequence[str], path: Path) -> list[Edit]:
    """Edits of ``--set address=value`` texts. The value is read as YAML."""
    found: list[Edit] = []
    for text in texts:
        if not text.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in text):
            raise RecipeError.at(Place("--set"), f"{text.encode('utf-8', 'backslashreplace').decode()} is not UTF-8")
        name = f"--set {text}"
        address, equals, value = text.partition("=")
        if not equals or not address.strip():
            raise RecipeError.at(Place("--set"), f"'{text}' is not address=value, such as --set layer.repeat=3")
        if not value.strip():
            raise RecipeError.at(Place("--set"), f"'{text}' has nothing behind =; null takes a value away")
        node = read_text(value, name)
        found.append(Edit("set", address.strip(), Node(node.value, Place(name), node.keys), Place(name), path))
    return found


def from_variants(variants: Iterable[Variant]) -> list[Edit]:
    """What each of *variants* brings, and then its ``changes``: a mapping of verbs or a list of such mappings."""
    found: list[Edit] = []
    problems: list[Problem] = []
    for variant in variants:
        block = variant.root.get("changes")
        items = () if block is None else block.items if isinstance(block.value, tuple) else (block,)
        for read, node in ((_brought, variant.root), *((_item, item) for item in items)):
            try:
                found += read(node, variant.path)
            except RecipeError as error:
                problems += error.problems
    if problems:
        raise RecipeError(*problems)
    return found


def _brought(root: Node, path: Path) -> list[Edit]:
    """What the sections of a variant, which are those of a library, hold."""
    found = []
    for section in LIBRARIES:
        entries = root.get(section)
        if entries is None:
            continue
        if not isinstance(entries.value, dict):
            raise RecipeError.at(entries.place, f"{section} must be a mapping (got {kind(entries.value)})", section)
        found += [Edit("bring", f"{section}.{name}", entry, entries.place_of(name), path) for name, entry in entries.mapping.items()]
    return found


def _item(item: Node, path: Path) -> list[Edit]:
    return [edit for verb in change(item) for edit in _VERB[verb](item, path)]


def _set(item: Node, path: Path) -> list[Edit]:
    node = item.mapping["set"]
    return [Edit("set", address, value, node.place_of(address), path) for address, value in assignments(node).items()]


def _remove(item: Node, path: Path) -> list[Edit]:
    node = item.mapping["remove"]
    ones = node.items if isinstance(node.value, tuple) else (node,)
    return [Edit("remove", step_name(one, "remove", "remove"), one, one.place, path) for one in ones]


def _insert(item: Node, path: Path) -> list[Edit]:
    sides = [side for side in ("before", "after") if side in item.mapping]
    if len(sides) != 1:
        raise RecipeError.at(item.place_of("insert"), f"insert goes with before or after, one of them; {written('insert')}", "changes.insert")
    anchor, new = step_name(item.mapping[sides[0]], "insert", sides[0]), new_steps(item.mapping["insert"], "insert")
    return [Edit("insert", anchor, new, item.place_of("insert"), path, sides[0] == "after")]


def _replace(item: Node, path: Path) -> list[Edit]:
    if "with" not in item.mapping:
        raise RecipeError.at(item.place_of("replace"), f"replace goes with 'with': the steps to put there; {written('replace')}", "changes.replace")
    old, new = step_name(item.mapping["replace"], "replace", "replace"), new_steps(item.mapping["with"], "replace")
    return [Edit("replace", old, new, item.place_of("replace"), path)]


_VERB = {"set": _set, "remove": _remove, "insert": _insert, "replace": _replace}


def is_repeat(edit: Edit) -> bool:
    """Whether *edit* acts before expansion."""
    return edit.verb == "set" and edit.target.endswith(".repeat")


def is_library(edit: Edit) -> bool:
    """Whether *edit* says which library file to read."""
    return edit.verb == "set" and (edit.target == "library" or edit.target.startswith("library."))


def apply(draft: Draft, edit: Edit, expansion: Expansion) -> Draft:
    """*draft* after one *edit*."""
    if edit.verb == "set":
        return edits.set_value(draft, edit.target, edit.value, edit.place)
    if edit.verb == "bring":
        return edits.bring(draft, edit.target, edit.value, edit.place)
    if edit.verb == "remove":
        return edits.remove(draft, edit.target, edit.place)
    new = tuple(expand_items(edit.value, edit.path, expansion))
    if edit.verb == "replace":
        return edits.replace_step(draft, edit.target, new, edit.place)
    return edits.insert(draft, new, edit.target, edit.after, edit.place)


def blamed(problem: Problem, texts: Sequence[str]) -> Problem:
    """*problem*, with one of the ``--set`` *texts* as its place where that text wrote what the problem is about: no line is blamed that it was
    written over."""
    if problem.place is not None and problem.place.file.startswith("--set "):
        return problem
    for text in reversed(texts):
        if _concerns(text.partition("=")[0].strip(), problem.address):
            return replace(problem, place=Place(f"--set {text}"))
    return problem


def once(problems: Sequence[Problem]) -> list[Problem]:
    """*problems*, of those that one edit makes at each of many steps only the first, which tells how many there are."""
    alike: dict[tuple[str, object], list[Problem]] = {}
    for problem in problems:
        edit = problem.place is not None and problem.place.file.startswith("--set")
        alike.setdefault((problem.message, problem.place if edit else problem), []).append(problem)
    return [replace(each[0], message=f"{each[0].message} (and so at {len(each) - 1} more)") if len(each) > 1 else each[0] for each in alike.values()]


def _concerns(target: str, address: str) -> bool:
    """Whether one of two addresses leads to the other or past it. A step's may have the numbers of its instance or not, and a tool's may begin with
    ``line`` or not."""
    one, other = (_path(text) for text in (target, address))
    if not address or not all(a == b or a == re.sub(r"\d+(?=/|$)", "", b) for a, b in zip(one[:1], other[:1], strict=False)):
        return False
    return all(a == b for a, b in zip(one[1:], other[1:], strict=False))


def leads_to(addresses: Iterable[str], address: str) -> bool:
    """Whether one of *addresses* is *address* or stands for it: that of all instances of a step, for each of them."""
    own = _path(address)
    return any(len(_path(one)) == len(own) and _concerns(one, address) for one in addresses)


def _path(address: str) -> list[str]:
    return address.removeprefix("line.").split(".") if address.startswith("line.tools") else address.split(".")
