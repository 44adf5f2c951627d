"""Generates the JSON schema with which editors complete and check recipes as one types. It uses nothing beyond draft 7."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from procsim.model.base import Model
from procsim.model.descriptions import descriptions
from procsim.model.document import LIBRARIES, Document
from procsim.model.steps import OPS
from procsim.model.waiting import Found, Start

RANGE = {
    "mid": "The value that is used unless uncertainty is asked for.",
    "low": "As small as it may be believed to be, by a knowledgeable person.",
    "high": "As large as it may be believed to be, by a knowledgeable person.",
    "source": "Where the number comes from.",
}
"""What is known about a number; not a distribution, which says how it varies."""
USE = {
    "use": "A file of the recipe tree whose steps stand here.",
    "as": "Prefix of their names: `as: layer` makes `layer/coat` of coat.",
    "repeat": "How often they come, numbered `layer1/…`, `layer2/…`; 0 is legal.",
    "fig": "Figures of the source document; a list has one entry for each repeat.",
    "set": "Fields of the steps that are changed here: `{coat.thickness_um: 12}`.",
    "note": "For the reader; without effect.",
}
VERBS = {
    "set": "Address → new value, such as `{layer.repeat: 3, tools.plater.count: 4}`.",
    "remove": "A step's name or prefix, or several, whose steps go.",
    "insert": "Steps that come, before or after a named one.",
    "before": "The step before which they are inserted.",
    "after": "The step after which they are inserted.",
    "replace": "The step that goes, for those of `with`, the first of which keeps its name unless it has one.",
    "with": "What stands in its place.",
}
LIBRARY = {
    "tools": "One file or several that hold tool groups.", "processes": "One file or several with how steps can be done.",
    "materials": "One file or several with what is laid and consumed, and its price.", "parts": "One file or several with what comes ready-made.",
    "economics": "One price list or several.", "bounds": "One file or several with bounds on numbers, wherever they stand.",
}
"""Of several files of one kind, the later lie over the earlier."""
FILE = {
    "extends": "The recipe that this one changes, or several variants of one recipe, laid over each other in order.",
    "changes": "Edits of what is extended, in written order: set, remove, insert, replace.",
    "library": "The files that numbers come from: `shipped` for all that come with procsim, or files by kind.",
    "steps": "What is done, in order: each a step, or a module's steps by `use`.",
}


class _Described(GenerateJsonSchema):
    """Writes what each key means beside it."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """As pydantic does it, with descriptions. Beside a reference, draft 7 overlooks them: the reference goes one deeper."""
        found = super().model_schema(schema)
        properties = found.get("properties", {})
        model: type[Model] = schema["cls"]
        for key, text in descriptions(model).items():
            held = properties[key]
            if "$ref" in held:
                held = {"allOf": [{"$ref": held["$ref"]}], **{name: value for name, value in held.items() if name != "$ref"}}
            properties[key] = {**held, "description": text}
        return found


def _with_ranges(node: Any) -> Any:
    """*node* with a range allowed wherever a number is."""
    if isinstance(node, dict):
        if node.get("type") in ("number", "integer"):  # an integer is any number without a fraction: 3.0 is one
            extra = {k: node[k] for k in ("default", "title", "description") if k in node}
            bare = {k: v for k, v in node.items() if k not in extra}
            return {"anyOf": [bare, {"$ref": "#/$defs/Range"}], **extra}
        return {key: _with_ranges(value) for key, value in node.items()}
    return [_with_ranges(item) for item in node] if isinstance(node, list) else node


def _told(properties: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """*properties*, each with what it means."""
    return {key: {**value, "description": texts[key]} for key, value in properties.items()}


def _range() -> dict[str, Any]:
    kinds = {"mid": {"type": "number"}, "low": {"type": "number"}, "high": {"type": "number"}, "source": {"type": "string"}}
    return {"type": "object", "additionalProperties": False, "required": ["mid"], "properties": _told(kinds, RANGE),
            "description": "A number and what is known about it: mid is used unless uncertainty is asked for."}


def _use() -> dict[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "required": ["use"], "description": "Stands for the steps of a module.",
        "properties": _told({"use": {"type": "string"}, "as": {"type": "string"}, "set": {"type": "object"}, "note": {"type": "string"},
                       "fig": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                       "repeat": {"type": "integer", "minimum": 0, "maximum": 100}}, USE),
    }


def _changes() -> dict[str, Any]:
    step_list = {"type": "array", "items": {"$ref": "#/$defs/StepOrUse"}}
    verbs = {"set": {"type": "object"}, "remove": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
             "insert": step_list, "before": {"type": "string"}, "after": {"type": "string"}, "replace": {"type": "string"}, "with": step_list}
    change = {"type": "object", "additionalProperties": False, "properties": _told(verbs, VERBS)}
    return {"anyOf": [change, {"type": "array", "items": change}]}


def schema() -> dict[str, Any]:
    """The JSON schema of a recipe file: a whole recipe, a what-if that extends one, or a module."""
    found = Document.model_json_schema(by_alias=True, ref_template="#/$defs/{model}", schema_generator=_Described)
    definitions: dict[str, Any] = found.pop("$defs")
    properties: dict[str, Any] = found["properties"]
    names = []
    for model in OPS.values():
        made = model.model_json_schema(by_alias=True, ref_template="#/$defs/{model}", schema_generator=_Described)
        definitions.update(made.pop("$defs", {}))
        made["required"] = [key for key in made.get("required", []) if key != "id" and (key != "material" or "of" not in made["properties"])]
        definitions[f"Step{model.__name__}" if model.__name__ != "Step" else "Step"] = made
        names.append(f"Step{model.__name__}" if model.__name__ != "Step" else "Step")
    definitions = _with_ranges(definitions)
    definitions["Range"] = _range()
    definitions["StepOrUse"] = {"anyOf": [*({"$ref": f"#/$defs/{name}"} for name in names), _use()]}
    definitions["Line"]["properties"]["tools"] = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Tool"},
                                                  "description": "Tool groups by name, laid over those of the library."}
    for owner, name, entry in (("Line", "start_wip", Found), ("Release", "schedule", Start)):
        lines = definitions[owner]["properties"][name]["anyOf"][1]["items"]
        lines["properties"] = _told(lines["properties"], descriptions(entry))
    properties = _with_ranges(properties)  # tools stand in line, and only what extends a recipe brings some at its top
    files = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    own = {"type": "object", "additionalProperties": False, "properties": _told(dict.fromkeys(LIBRARIES, files), LIBRARY)}
    properties["library"] = {"anyOf": [{"const": "shipped"}, own]}
    properties["steps"] = {"type": "array", "items": {"$ref": "#/$defs/StepOrUse"}}
    properties["extends"] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    properties["changes"] = _changes()
    properties.update(_told({key: properties[key] for key in FILE}, FILE))
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
