"""Checks a value against a JSON schema, as far as ours go: a validator in a few lines, independent of what makes the values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float), "integer": int}
KNOWN = {"$schema", "title", "description", "type", "const", "enum", "required", "properties", "additionalProperties", "items", "allOf", "if", "then"}


def mistakes(value: Any, schema: dict[str, Any], at: str = "") -> Iterator[str]:
    """What of *value*, which stands *at* an address, is not as *schema* has it. Raises KeyError for a keyword that is not known here."""
    if unknown := set(schema) - KNOWN:
        raise KeyError(unknown)
    types = schema.get("type", [])
    if types and not any(_is(value, name) for name in ([types] if isinstance(types, str) else types)):
        yield f"{at}: {value!r} is no {types}"
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        yield f"{at}: {value!r} is not what it may be"
    if isinstance(value, dict):
        yield from (f"{at}: no {key}" for key in schema.get("required", []) if key not in value)
        for key, item in value.items():
            yield from mistakes(item, schema.get("properties", {}).get(key, schema.get("additionalProperties", {})), f"{at}.{key}")
    for n, item in enumerate(value if isinstance(value, list) else []):
        yield from mistakes(item, schema.get("items", {}), f"{at}[{n}]")
    for part in schema.get("allOf", []):
        yield from mistakes(value, part, at)
    if "if" in schema and not list(mistakes(value, schema["if"], at)):
        yield from mistakes(value, schema.get("then", {}), at)


def _is(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))
