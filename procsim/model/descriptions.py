"""Says what every key of a recipe means: the sentence that stands below the field in its class, or, of an op, what its class says of itself.

Sources are read for it when somebody asks, so that loading a recipe does not wait for it. A duration is described once, in hours, for all its units.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from functools import cache
from inspect import cleandoc, getdoc
from pathlib import Path

from procsim.model.base import Model
from procsim.model.durations import MICROSECONDS


@cache
def descriptions(model: type[Model]) -> Mapping[str, str]:
    """Key, as a recipe writes it → its meaning and effect. A field that says nothing of itself is left out."""
    found: dict[str, str] = {}
    for name, field in model.model_fields.items():
        text = meaning(model, name)
        if text:
            found[field.alias or name] = text
    return found


def meaning(model: type[Model], name: str) -> str:
    """What the field *name* of *model* means; '' where nothing is said."""
    if name == "op":
        return " ".join((getdoc(model) or "").replace("``", "`").split())
    stem, _, unit = name.rpartition("_")
    written = [name, f"{stem}_h"] if unit in MICROSECONDS else [name]
    said = (_said(owner.__module__).get(owner.__name__, {}) for owner in model.__mro__ if issubclass(owner, Model))
    return next((texts[one] for texts in said for one in written if one in texts), "")


@cache
def _said(module: str) -> dict[str, dict[str, str]]:
    """Class → field → the text below it, of all classes of a *module*."""
    tree = ast.parse(Path(sys.modules[module].__file__ or "").read_text(encoding="utf-8"))
    return {node.name: _below(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _below(node: ast.ClassDef) -> dict[str, str]:
    found = {}
    for field, text in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = ast.literal_eval(text.value)
            found[field.target.id] = " ".join(cleandoc(value).split())
    return found
