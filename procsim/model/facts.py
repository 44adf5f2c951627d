"""Says what may stand behind a key of a recipe: what kind of value, in which unit, within which range, and what holds where it is left out."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic_core import PydanticUndefined

from procsim.model.base import Model

UNITS = {"um": "µm", "mm": "mm", "cm2": "cm²", "cm3": "cm³", "m2": "m²", "s": "s", "min": "min", "h": "h", "usd": "USD", "C": "°C", "W": "W",
         "kw": "kW",
         "ppm": "ppm", "g_cm3": "g/cm³", "um_per_min": "µm/min", "mm_per_s": "mm/s", "A_dm2": "A/dm²", "W_mK": "W/mK", "ppm_K": "ppm/K", "GPa": "GPa",
         "uohm_cm": "µΩ·cm", "mm2_per_s": "mm²/s", "years": "years", "weeks": "weeks", "days": "days", "usd_per_h": "USD/h", "usd_per_kg": "USD/kg",
         "usd_per_g": "USD/g", "usd_per_l": "USD/l", "usd_per_ml": "USD/ml", "usd_per_m2": "USD/m²", "usd_per_m": "USD/m", "usd_per_piece": "USD",
         "usd_per_kwh": "USD/kWh", "usd_per_m2_year": "USD/m² a year", "usd_per_mm2": "USD/mm²", "per_cm2": "1/cm²", "panels": "panels",
         "lots": "lots"}
"""How a key's name ends → the unit that it says; the longest ending counts."""


def unit(key: str) -> str:
    """The unit in a key's name; '' where it names none."""
    parts = key.split("_")
    return next((UNITS[end] for n in range(1, len(parts)) if (end := "_".join(parts[n:])) in UNITS), "")

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
        return " or ".join(dict.fromkeys(kind(one, schema) for one in node.get("anyOf", node.get("oneOf", [])) if one.get("type") != "null"))
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return " or ".join(f"`{one}`" for one in node["enum"])
    simple = {"string": "a name or text", "boolean": "`true` or `false`", "number": "a number", "integer": "a whole number"}
    if node.get("type") in simple:
        return simple[node["type"]] + _range(node)
    if node.get("type") == "array":
        return f"a list of {kind(node.get('items', {}), schema).removeprefix('a ')}"
    inner = node.get("additionalProperties")
    return f"a mapping from names to {kind(inner, schema).removeprefix('a ')}" if isinstance(inner, dict) else "a mapping"


def _named(name: str, schema: dict[str, Any]) -> str:
    return {"Law": "a distribution", "Per": "a sum over drivers"}.get(name) or (
        kind(schema["$defs"][name], schema) if schema["$defs"][name].get("type") != "object" else f"a mapping ({name.lower()})")


def _range(node: dict[str, Any]) -> str:
    """≥ 0, < 1 … of a number; limits that are there to keep sums finite are left out."""
    low = f" > {node['exclusiveMinimum']:g}" if "exclusiveMinimum" in node else f" ≥ {node['minimum']:g}" if "minimum" in node else ""
    most = node.get("exclusiveMaximum", node.get("maximum", 1e12))
    high = "" if most >= 1e8 else f" {'<' if 'exclusiveMaximum' in node else '≤'} {most:g}"
    return low + ("," if low and high else "") + high
