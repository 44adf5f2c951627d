"""Generates the JSON schema with which editors complete and check recipes as one types. It uses nothing beyond draft 7."""

from __future__ import annotations

import json
from typing import Any

from procsim.model.document import LIBRARIES, Document
from procsim.model.steps import OPS

_RANGE = {
    "type": "object", "additionalProperties": False, "required": ["mid"],
    "description": "A number and what is known about it: mid is used unless uncertainty is asked for.",
    "properties": {"mid": {"type": "number"}, "low": {"type": "number"}, "high": {"type": "number"}, "source": {"type": "string"}},
}


def _with_ranges(node: Any) -> Any:
    """*node* with a range allowed wherever a number is."""
    if isinstance(node, dict):
        if node.get("type") in ("number", "integer"):  # an integer is any number without a fraction: 3.0 is one
            extra = {k: node[k] for k in ("default", "title", "description") if k in node}
            bare = {k: v for k, v in node.items() if k not in extra}
            return {"anyOf": [bare, {"$ref": "#/$defs/Range"}], **extra}
        return {key: _with_ranges(value) for key, value in node.items()}
    return [_with_ranges(item) for item in node] if isinstance(node, list) else node


def _use() -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "required": ["use"], "description": "Stands for the steps of a module.",
        "properties": {"use": {"type": "string"}, "as": {"type": "string"}, "set": {"type": "object"}, "note": {"type": "string"},
                       "fig": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                       "repeat": {"type": "integer", "minimum": 0, "maximum": 100}},
    }


def _changes() -> dict[str, Any]:
    step_list = {"type": "array", "items": {"$ref": "#/$defs/StepOrUse"}}
    verbs = {"set": {"type": "object"}, "remove": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
             "insert": step_list, "before": {"type": "string"}, "after": {"type": "string"}, "replace": {"type": "string"}, "with": step_list}
    change = {"type": "object", "additionalProperties": False, "properties": verbs}
    return {"anyOf": [change, {"type": "array", "items": change}]}


def schema() -> dict[str, Any]:
    """The JSON schema of a recipe file: a whole recipe, a what-if that extends one, or a module."""
    found = Document.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
    definitions: dict[str, Any] = found.pop("$defs")
    properties: dict[str, Any] = found["properties"]
    names = []
    for model in OPS.values():
        made = model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}")
        definitions.update(made.pop("$defs", {}))
        made["required"] = [key for key in made.get("required", []) if key != "id" and (key != "material" or "of" not in made["properties"])]
        definitions[f"Step{model.__name__}" if model.__name__ != "Step" else "Step"] = made
        names.append(f"Step{model.__name__}" if model.__name__ != "Step" else "Step")
    definitions = _with_ranges(definitions)
    definitions["Range"] = _RANGE
    definitions["StepOrUse"] = {"anyOf": [*({"$ref": f"#/$defs/{name}"} for name in names), _use()]}
    definitions["Line"]["properties"]["tools"] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Tool"}}
    properties = _with_ranges(properties)  # tools stand in line, and only what extends a recipe brings some at its top
    files = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    properties["library"] = {"anyOf": [{"const": "shipped"},
                                       {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(LIBRARIES, files)}]}
    properties["steps"] = {"type": "array", "items": {"$ref": "#/$defs/StepOrUse"}}
    properties["extends"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    properties["changes"] = _changes()
    return {
        "$schema": "http://json-schema.org/draft-07/schema#", "title": "procsim recipe", "type": "object", "additionalProperties": False,
        "anyOf": [{"required": ["steps"]}, {"required": ["extends"]}], "properties": properties, "$defs": definitions,
    }


def text() -> str:
    """The schema as it stands in flows/schema.json: one definition or property a line, so that a change is a readable diff."""
    found = schema()
    parts = []
    for key, value in found.items():
        if key in ("properties", "$defs"):
            lines = [f"  {json.dumps(name)}: {_compact(item)}" for name, item in sorted(value.items())]
            parts.append(f" {json.dumps(key)}: {{\n" + ",\n".join(lines) + "\n }")
        else:
            parts.append(f" {json.dumps(key)}: {_compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
