"""Says how each verb of an edit is written, as far as it can in the words of who wrote it otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from procsim.errors import RecipeError, did_you_mean
from procsim.recipe.names import Names
from procsim.recipe.tree import Node, kind, quotes_help

BESIDE = {"set": (), "remove": (), "insert": ("before", "after"), "replace": ("with",)}
"""Verb → the words that may stand beside it."""
FORMS = {"set": "set: {ADDRESS: VALUE}", "remove": "remove: STEP", "insert": "insert: [NEW STEPS], after: STEP",
         "replace": "replace: STEP, with: [NEW STEPS]"}
"""Verb → how it is written; capitals stand for what the recipe says."""
ADDRESS = "an address is a name and a path, such as fill.thickness_um"


def change(item: Node) -> list[str]:
    """The verbs of one change. Raises RecipeError where it has none, or another word, and says what was to be written."""
    if not isinstance(item.value, dict):
        raise RecipeError.at(item.place, f"a change is one of {all_forms()} (got {kind(item.value)})", "changes")
    verbs = [key for key in item.mapping if key in FORMS]
    allowed = {*verbs, *(word for verb in verbs for word in BESIDE[verb])}
    for key in item.mapping:
        if key not in allowed:
            raise RecipeError.at(item.place_of(key), _unknown(item, key, verbs), "changes")
    if not verbs:
        raise RecipeError.at(item.place, f"a change is one of {all_forms()} (got nothing)", "changes")
    return verbs


def all_forms() -> str:
    """All verbs as they are written."""
    return " · ".join(FORMS.values())


def written(verb: str, form: str = "") -> str:
    """How *verb* is written: in its *form*, where that is known in the user's words."""
    return f"{verb} is written {form or FORMS[verb]}"


def _unknown(item: Node, key: str, verbs: list[str]) -> str:
    """What is wrong with the word *key* of a change that has these *verbs*."""
    if owner := next((verb for verb, words in BESIDE.items() if key in words), ""):
        return f"'{key}' goes with {owner}: {written(owner)}"
    if "." in key:
        return f"'{key}' is an address and no verb: {written('set', as_set(key, item.mapping[key]))}"
    if verbs == ["set"] and isinstance(item.mapping["set"].value, str):
        return f"unknown word '{key}' beside set: {written('set', as_set(item.mapping['set'].value, item.mapping[key]))}"
    if verbs:
        return f"unknown word '{key}' beside {verbs[0]}{did_you_mean(key, (*BESIDE[verbs[0]], *FORMS))}; {written(verbs[0])}"
    near = did_you_mean(key, FORMS)
    return f"unknown verb '{key}'{near or f'; a change is one of {all_forms()}'}"


def as_set(address: str, value: Node | None = None) -> str:
    """The edit that sets *address*, which may have its value behind ``=``, to *value*."""
    address, _, behind = (part.strip() for part in address.partition("="))
    return f"set: {{{address}: {behind or (VALUE if value is None else _short(value))}}}"


VALUE = "VALUE"


def _short(value: Node) -> str:
    """*value* as it is written, where it is a number or a word; else what stands for it."""
    if isinstance(value.value, bool):
        return str(value.value).lower()
    return str(value.value) if isinstance(value.value, int | float | str) and len(str(value.value)) <= 40 else VALUE


def assignments(node: Node) -> Mapping[str, Node]:
    """What ``set`` sets. Raises RecipeError where it is no mapping."""
    if not isinstance(node.value, dict):
        form = as_set(node.value) if isinstance(node.value, str) and "." in node.value else ""
        raise RecipeError.at(node.place, f"{written('set', form)} (got {kind(node.value)})", "changes.set")
    address = node.get("address")
    if set(node.mapping) == {"address", "value"} and address is not None and isinstance(address.value, str):
        raise RecipeError.at(node.place_of("address"), written("set", as_set(address.value, node.mapping["value"])), "changes.set")
    return node.mapping


def step_name(node: Node, verb: str, word: str) -> str:
    """The step that *node* names, behind the *word* of a *verb*. Raises RecipeError where it names none."""
    if isinstance(node.value, str) and node.value:
        return node.value
    name = node.get("id") if isinstance(node.value, dict) else None
    form = FORMS[verb].replace(f"{word}: STEP", f"{word}: {name.value}") if name is not None and isinstance(name.value, str) else ""
    got = f"got {kind(node.value)}){quotes_help(node.value)}"
    raise RecipeError.at(node.place, f"{word} names a step ({got}; {written(verb, form)}", f"changes.{word}")


def new_steps(node: Node, verb: str) -> Node:
    """*node*, the steps that *verb* puts in. Raises RecipeError where they are no list, or where ``insert`` has none."""
    if not isinstance(node.value, tuple):
        raise RecipeError.at(node.place, f"the new steps of {verb} are a list (got {kind(node.value)}); {written(verb)}", f"changes.{verb}")
    if verb == "insert" and not node.items:
        raise RecipeError.at(node.place, f"insert has no steps to put in; {written(verb)}", "changes.insert")
    return node


def no_address(address: str, value: Node, steps: Names) -> str:
    """What is wrong with *address*, which has no path, or blanks, and what was meant, where the *value* behind it or a stroke in it tells."""
    if address.strip() != address and "." in address:
        return f"'{address}' has blanks around it; write {address.strip()}"
    path, inner = [address], value
    while isinstance(inner.value, dict) and len(inner.mapping) == 1 and all(word.isidentifier() for word in inner.mapping):
        (key, inner), = inner.mapping.items()
        path.append(key)
    if len(path) > 1:
        return f"'{address}' is not an address; {written('set', as_set('.'.join(path), inner))}"
    head, stroke, tail = address.rpartition("/")
    meant = f"{head}.{tail}"
    return f"'{address}' is not an address; " + (f"did you mean '{meant}'?" if stroke and head in steps else ADDRESS)
