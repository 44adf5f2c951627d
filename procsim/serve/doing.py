"""Carries out what a page asks for: each deed makes a new state of a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.serve.state import Edit, State

Words = Mapping[str, str]
"""What a page's form says, by name."""


@dataclass(frozen=True, slots=True)
class Done:
    """The *state* after a deed, the *edit* that it made, if it made one, and the *target* that it was about: an address or a step."""

    state: State
    target: str = ""
    edit: Edit | None = None


def _set(state: State, words: Words) -> Done:
    address, value = words.get("address", "").strip(), words.get("value", "").strip()
    return _edited(state, Edit("set", f"{address}={value}"), address)


def _several(state: State, words: Words) -> Done:
    """Several at once, one a line: what lifts an overload."""
    for line in words.get("value", "").splitlines():
        state = state.after(Edit("set", line.strip()))
    return Done(state, "")


def _reset(state: State, words: Words) -> Done:
    address = words.get("address", "")
    return Done(state.reset(address), address)


def _remove(state: State, words: Words) -> Done:
    return _edited(state, Edit("remove", words.get("step", "")), words.get("step", ""))


def _move(state: State, words: Words) -> Done:
    step = words.get("step", "")
    return _edited(state, Edit("move", f"{step} {words.get('side', '')} {words.get('anchor', '')}"), step)


def _insert(state: State, words: Words) -> Done:
    step = words.get("step", "")
    return _edited(state, Edit("insert", f"{words.get('side', 'after')} {step} {words.get('yaml', '').strip()}"), step)


def _replace(state: State, words: Words) -> Done:
    step = words.get("step", "")
    return _edited(state, Edit("replace", f"{step} {words.get('yaml', '').strip()}"), step)


def _over(state: State, words: Words) -> Done:
    name = words.get("value", "")
    return Done(replace(state, over=tuple(dict.fromkeys((*state.over, name)))) if name else state, "")


def _off(state: State, words: Words) -> Done:
    return Done(replace(state, over=tuple(name for name in state.over if name != words.get("value"))), "")


def _drop(state: State, words: Words) -> Done:
    number = words.get("number", "")
    if not number.isdecimal() or len(number) > 3 or int(number) >= len(state.edits):
        return Done(state)
    return Done(state.without(int(number)), state.edits[int(number)].address)


def _undo(state: State, _: Words) -> Done:
    return Done(state.undone(), state.edits[-1].address if state.edits else "")


def _clear(state: State, _: Words) -> Done:
    return Done(state.base, "")


def _edited(state: State, edit: Edit, target: str) -> Done:
    return Done(state.after(edit), target, edit)


DEEDS: dict[str, Callable[[State, Words], Done]] = {
    "set": _set, "several": _several, "reset": _reset, "remove": _remove, "move": _move, "insert": _insert, "replace": _replace, "over": _over,
    "off": _off, "drop": _drop, "undo": _undo, "clear": _clear}
"""What a page may ask for, by the word in its field ``do``."""


def done(state: State, words: Words) -> Done:
    """*state* after what *words* ask for. Raises RecipeError where there is no such deed."""
    deed = DEEDS.get(words.get("do", ""))
    if deed is None:
        word = words.get("do", "")[:40]
        raise RecipeError(Problem(f"nothing is called '{word}'{did_you_mean(word, DEEDS)}"))
    return deed(state, words)
