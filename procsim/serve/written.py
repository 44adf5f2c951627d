"""Turns a state into what says the same: the recipe, the text of a what-if file, and the command to type."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from procsim.errors import RecipeError, did_you_mean
from procsim.recipe.edits import StepNode
from procsim.recipe.load import load, of_root
from procsim.recipe.plain import as_yaml, plain_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import NAMELESS, read_text, shown
from procsim.recipe.tree import Node
from procsim.serve.state import Edit, State
from procsim.serve.tree import OURS, Tree

Before = Callable[[State], Recipe]
"""The recipe of a state with fewer edits."""


def recipe_of(tree: Tree, state: State, before: Before | None = None) -> Recipe:
    """The recipe of *state*: edits that set something as ``--set`` reads them, all others as the ``changes`` of a what-if. *before* knows recipes of
    fewer edits, which a step that moves is taken from. Raises RecipeError with the messages that the command line has."""
    path, over = tree.paths(state)
    if all(edit.verb == "set" for edit in state.edits):
        return load(path, [edit.text for edit in state.edits], over=over)
    blocks, sets = changes_of(state, before or (lambda fewer: recipe_of(tree, fewer)))
    place = state.edits[0].place
    ways = tuple(Node(Path(os.path.relpath(one, path.parent)).as_posix(), place) for one in (path, *over))
    root = Node({"extends": Node(ways, place), "changes": Node(tuple(blocks), place)}, place, {})
    return of_root(path.parent / NAMELESS, root, sets, ())


def changes_of(state: State, before: Before) -> tuple[list[Node], list[str]]:
    """The edits of *state* as the changes of a what-if, and the last of them that only set, as ``--set`` takes them."""
    last = max(n for n, edit in enumerate(state.edits, 1) if edit.verb != "set")
    blocks: list[Node] = []
    for n, edit in enumerate(state.edits[:last]):
        blocks += _blocks(edit, lambda n=n: before(State(state.flow, state.over, state.edits[:n])))  # type: ignore[misc]
    return blocks, [edit.text for edit in state.edits[last:]]


def _blocks(edit: Edit, before: Callable[[], Recipe]) -> Iterator[Node]:
    """One edit in the words of recipes."""
    if edit.verb == "set":
        yield _block(edit, set=Node({edit.address: _value(edit)}, edit.place, {edit.address: edit.place}))
    elif edit.verb == "remove":
        yield _block(edit, remove=Node(edit.words(1)[0], edit.place))
    elif edit.verb == "insert":
        side, anchor, yaml = edit.words(3)
        yield _beside(edit, _side(edit, side), anchor, edit.steps(yaml))
    elif edit.verb == "replace":
        step, yaml = edit.words(2)
        yield _block(edit, replace=Node(step, edit.place), **{"with": edit.steps(yaml)})
    else:
        yield from _moved(edit, before())


def _value(edit: Edit) -> Node:
    """What a ``set`` sets, which was written where the whole of it was."""
    if not edit.value or "=" not in edit.text:
        raise RecipeError.at(edit.place, f"'{edit.text}' is not address=value, such as --set layer.repeat=3")
    node = read_text(edit.value, edit.label)
    return Node(node.value, edit.place, node.keys)


def _block(edit: Edit, **words: Node) -> Node:
    return Node(words, edit.place, dict.fromkeys(words, edit.place))


def _beside(edit: Edit, side: str, anchor: str, steps: Node) -> Node:
    return _block(edit, insert=steps, **{side: Node(anchor, edit.place)})


def _side(edit: Edit, word: str) -> str:
    if word not in ("before", "after"):
        raise RecipeError.at(edit.place, f"a step stands before or after another (got '{word[:40]}')")
    return word


def _moved(edit: Edit, recipe: Recipe) -> Iterator[Node]:
    """A step that is taken out and put in again elsewhere: in every instance of a group where neither of the two names one alone."""
    name, word, anchor = edit.words(3)
    side = _side(edit, word)
    if name == anchor:
        raise RecipeError.at(edit.place, "a step does not stand beside itself", name)
    found = [step for step in recipe.draft.steps if name in (step.id, _base(step))]
    if not found:
        known = [step.id for step in recipe.draft.steps]
        raise RecipeError.at(edit.place, f"no step '{name}'{did_you_mean(name, known)}", name)
    home, there = (one.rpartition("/")[0] for one in (name, anchor))
    own = name.rpartition("/")[2] if home == there else name
    node = found[0].node.with_item("id", Node(own, edit.place), edit.place)
    yield _block(edit, remove=Node(name, edit.place))
    yield _beside(edit, side, anchor, Node((node,), edit.place))


def _base(step: StepNode) -> str:
    return "/".join(segment.base for segment in step.segments)


def yaml_of(tree: Tree, state: State, target: Path, title: str, before: Before) -> str:
    """The text of the what-if file *target* that says what *state* does; *title* is that of the flow."""
    ways = [tree.way(target, name) for name in (state.flow, *state.over)]
    lines = [f"{OURS}{_line(title)}", f"extends: {as_yaml(ways[0]) if len(ways) == 1 else as_yaml(ways)}",
             f"name: {as_yaml(f'{_line(title)}, {target.stem}')}"]
    blocks, sets = changes_of(state, before) if any(edit.verb != "set" for edit in state.edits) else ([], [edit.text for edit in state.edits])
    blocks += [Node({"set": Node({edit.address: _value(edit)}, edit.place)}, edit.place) for edit in (Edit("set", text) for text in sets)]
    if blocks:
        lines += ["changes:", *(line for block in _joined(blocks) for line in _lines(block))]
    return "\n".join([*lines, ""])


def _joined(blocks: Sequence[Node]) -> list[dict[str, object]]:
    """*blocks* as plain values, those that set and follow each other as one, where they set each address once."""
    found: list[dict[str, object]] = []
    for block in map(plain_of, blocks):
        last = found[-1].get("set") if found else None
        if isinstance(last, dict) and "set" in block and not last.keys() & block["set"].keys():
            last.update(block["set"])
        else:
            found.append(dict(block))
    return found


def _lines(block: dict[str, object]) -> Iterator[str]:
    """One item of ``changes``: what is set on lines of its own, and every step of a list."""
    start = "  - "
    for key, value in block.items():
        if key == "set" and isinstance(value, dict):
            yield f"{start}set:"
            yield from (f"      {as_yaml(address)}: {as_yaml(item)}" for address, item in value.items())
        elif isinstance(value, list):
            yield f"{start}{key}:"
            yield from (f"      - {as_yaml(item)}" for item in value)
        else:
            yield f"{start}{key}: {as_yaml(value)}"
        start = "    "


def command_of(tree: Tree, state: State, yaml: str) -> str:
    """What to type for the same what-if; edits of steps stand in a file, which the command writes first."""
    path, over = tree.paths(state)
    if not state.edited:
        return shlex.join(["procsim", "estimate", shown(path)])
    if all(edit.verb == "set" for edit in state.edits):
        words = [word for one in over for word in ("--with", shown(one))] + [word for edit in state.edits for word in ("--set", edit.text)]
        return shlex.join(["procsim", "whatif", shown(path), *words])
    target = shown(tree.target("edited"))
    return f"cat > {shlex.quote(target)} <<'EOF'\n{yaml}EOF\n{shlex.join(['procsim', 'whatif', target])}"


def _line(text: str) -> str:
    return " ".join(text.split())
