"""Says what may stand behind a key of a recipe: what kind of value, in which unit, within which range, and what holds where it is left out."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic_core import PydanticUndefined

from procsim.model.base import Model
from procsim.model.units import unit

SEVERAL = {"a number": "numbers", "a whole number": "whole numbers", "a name or text": "names or texts", "a mapping": "mappings",
           "a distribution": "distributions", "a sum over drivers": "sums over drivers"}
"""What one value is → what several are."""
ALWAYS = ("run", "lot", "panel", "unit")
"""What every step may be per, whatever its op."""
LOOKED_AT = ("die", "pad", "ball", "cm2")
"""What steps count that leave the shape alone: what lies there."""
WHOLE = ("cm2", "um", "cm3")
"""What steps count that work on the whole panel."""
COUNTED: dict[str, tuple[str, ...]] = {
    "attach": ("die", "pad", "ball", *WHOLE), "deposit": WHOLE, "fill": ("via", *WHOLE), "planarize": WHOLE,
    "pattern": ("pad", "via", "ball", *WHOLE), "etch": WHOLE, "plate": ("via", *WHOLE), "cavity": ("die", *WHOLE, "m"), "bond": WHOLE, "strip": WHOLE,
    "singulate": ("cm2", "um", "m"), "flip": LOOKED_AT, "inspect": LOOKED_AT, "test": LOOKED_AT, "clean": LOOKED_AT, "bake": LOOKED_AT}
"""Op → the drivers that a step of it may count besides."""


def facts(model: type[Model], name: str) -> str:
    """What may stand in the field *name* of *model*, in a few words: kind and range, unit, default."""
    schema = _schema(model)
    key = model.model_fields[name].alias or name
    told = ", ".join(filter(None, (kind(schema["properties"][key], schema), f"in {unit(key)}" if unit(key) else "", default(model, name))))
    return told[:1].upper() + told[1:]


@cache
def _schema(model: type[Model]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True)


def default(model: type[Model], name: str) -> str:
    """What holds where the key is left out, in words; '' where that says nothing."""
    field = model.model_fields[name]
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or value is PydanticUndefined or value in ([], {}) or isinstance(value, Model):
        return ""
    return f"left out: `{str(value).lower() if isinstance(value, bool) else f'{value:g}' if isinstance(value, float) else value}`"


def kind(node: dict[str, Any], schema: dict[str, Any]) -> str:
    """What may stand there, in words."""
    if "$ref" in node:
        return _named(node["$ref"].rsplit("/", 1)[-1], schema)
    if "allOf" in node:
        return kind(node["allOf"][0], schema)
    if "anyOf" in node or "oneOf" in node:
        found = list(dict.fromkeys(kind(one, schema) for one in node.get("anyOf", node.get("oneOf", [])) if one.get("type") != "null"))
        if found[1:] == [f"a list of {_several(found[0])}"]:
            return f"{found[0]}, or a list of these"
        return " or ".join(found)
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return _one_of([f"`{one}`" for one in node["enum"]])
    simple = {"string": "a name or text", "boolean": "`true` or `false`", "number": "a number", "integer": "a whole number"}
    if node.get("type") in simple:
        return simple[node["type"]] + _range(node)
    if node.get("type") == "array":
        return f"a list of {_several(kind(node.get('items', {}), schema))}"
    inner = node.get("additionalProperties")
    return f"a mapping from names to {_several(kind(inner, schema))}" if isinstance(inner, dict) else "a mapping"


def _several(one: str) -> str:
    """What *one* value is, of several such values."""
    for singular, plural in SEVERAL.items():
        one = re.sub(rf"\b{singular}\b", plural, one)
    return one.removeprefix("one of ")


def _one_of(names: list[str]) -> str:
    """What one of them is, in words: ``a`` or ``b``, and of more ``one of a, b or c``."""
    return " or ".join(names) if len(names) <= 2 else f"one of {', '.join(names[:-1])} or {names[-1]}"


def _named(name: str, schema: dict[str, Any]) -> str:
    known = {"Law": "a distribution", "Per": "a sum over drivers"}
    if name in known:
        return known[name]
    if schema["$defs"][name].get("type") != "object":
        return kind(schema["$defs"][name], schema)
    return f"a mapping ({'its parameters' if name.startswith('_') else name.lower()})"


def _range(node: dict[str, Any]) -> str:
    """≥ 0, < 1 … of a number; limits that are there to keep sums finite are left out."""
    least = node.get("exclusiveMinimum", node.get("minimum", -1e12))
    low = "" if least <= -1e8 else f" {'>' if 'exclusiveMinimum' in node else '≥'} {least:g}"
    most = node.get("exclusiveMaximum", node.get("maximum", 1e12))
    high = "" if most >= 1e8 else f" {'<' if 'exclusiveMaximum' in node else '≤'} {most:g}"
    return low + ("," if low and high else "") + high
