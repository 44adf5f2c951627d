"""Says of a step in evidence, ``key=value key=value``, whether a step is such a one, and whether any could be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal, get_args, get_origin

from procsim.model.document import Document
from procsim.model.steps import OPS, Step

NAMES: dict[str, Callable[[Document], Collection[str]]] = {
    "process": lambda d: d.processes, "part": lambda d: d.parts, "downto": lambda d: {"dies", *d.materials},
    "what": lambda d: {"dies", *(d.product.dies if d.product is not None else ()), *d.parts}, "through": lambda d: {"True", *d.materials},
    **dict.fromkeys(("material", "materials", "adhesive"), lambda d: d.materials)}
"""Fields of a step that name something, and what of that sort a recipe has."""


def means_something(document: Document, fields: str) -> None:
    """Raises AssertionError where one of ``key=value key=value`` is none that a step of the recipe could have, so that a slip of the pen does not
    pass for a step that is not there."""
    wanted = dict(field.split("=", 1) for field in fields.split())
    assert wanted.get("op") in OPS, wanted
    for key, word in wanted.items():
        own = [field for model in ([OPS[wanted["op"]]] if "op" in wanted else OPS.values()) for name, field in model.model_fields.items()
               if key in (name, field.alias)]
        assert own, f"no such step has a field {key}"
        known = NAMES[key](document) if key in NAMES else {str(one) for field in own for one in _literals(field.annotation)}
        assert not known or word == "None" or word in known, f"{key} is never {word}"


def _literals(annotation: Any) -> set[object]:
    """The words that an *annotation* spells out."""
    inside = get_args(annotation)
    return set(inside) if get_origin(annotation) is Literal else {word for one in inside for word in _literals(one)}


def has(step: Step, fields: str) -> bool:
    """Whether *step* has all of ``key=value key=value``; of a list, whether it holds the value."""
    for key, wanted in (field.split("=", 1) for field in fields.split()):
        own = getattr(step, {"materials": "materials_"}.get(key, key), None)
        if not (wanted in own if isinstance(own, list) else plain(own) == wanted):
            return False
    return True


def plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
