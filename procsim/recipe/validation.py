"""Checks a node against a model class, and says pydantic's errors in plain words, each with its place and a hint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ValidationError

from procsim.errors import Problem, RecipeError, did_you_mean
from procsim.maths import distributions
from procsim.model.amounts import TAGS
from procsim.model.base import FieldError, TooSmallError
from procsim.model.document import Document
from procsim.recipe.entries import with_entries
from procsim.recipe.known_keys import elsewhere, known_keys
from procsim.recipe.tree import Node, Range, bare, decimal_point, kind, locate, plain, quotes_help

_WANTED = {"float_type": "a number", "int_type": "a whole number", "int_from_float": "a whole number", "string_type": "text",
           "bool_type": "true or false", "list_type": "a list", "dict_type": "a mapping", "model_type": "a mapping",
           "model_attributes_type": "a mapping", "finite_number": "a finite number", "none_required": "left out"}
_BOUND = {"greater_than": (">", "gt"), "greater_than_equal": (">=", "ge"), "less_than": ("<", "lt"), "less_than_equal": ("<=", "le")}


def _bounds(error: Any, name: str) -> str:
    sign, key = _BOUND[error["type"]]
    limit = error["ctx"][key]
    limit = f"{limit:g}" if isinstance(limit, int | float) else str(limit)
    hint = ""
    if limit == "1" and key in ("le", "lt") and isinstance(error["input"], int | float) and 1 < error["input"] <= 100:
        hint = f"; a share of 1, so {error['input']:g} % is {error['input'] / 100:g}"
    if name.endswith("_mm") and key == "le" and isinstance(error["input"], int | float):
        hint = f"; did you mean {error['input'] / 1000:g}? {error['input']:g} µm are {error['input'] / 1000:g} mm"
    return f"{name} must be {sign} {limit} (got {error['input']:g}){hint}"


def _example(law: str) -> str:
    """How the distribution *law* is written."""
    takes = {"lognormal": ("mean", "cv"), "gamma": ("mean", "cv")}.get(law) or sorted(distributions.KINDS[law][0] - {"weights"})
    return f"{{{law}: {{{', '.join(f'{word}: …' for word in takes)}}}}}"


def _of_law(error: Any, path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    """What is wrong with a distribution, whose parameters stand one mapping further in than numbers do; "" where it is something else."""
    code, last, above = error["type"], str(path[-1]) if path else "", str(path[-2]) if len(path) > 1 else ""
    takes = ", ".join(sorted(distributions.KINDS[above][0])) if above in distributions.KINDS else ""
    if code == "model_type" and last in distributions.KINDS:
        return f"{last} needs its parameters by name: write {_example(last)} (got {kind(error['input'])})"
    if code == "extra_forbidden" and takes:
        return f"{above} has no parameter '{last}'; it takes {takes}"
    if code == "missing" and takes:
        return f"{above} needs {last}: write {_example(above)}"
    having = [law for law, (parameters, _) in distributions.KINDS.items() if last in parameters]
    if code == "extra_forbidden" and having and "exponential" in known_keys(model, path[:-1]):
        return f"'{last}' is a parameter of a distribution ({', '.join(having)}): name which one, as in {_example(having[0])}"
    if code == "float_type" and isinstance(error["input"], str) and error["input"] in distributions.KINDS:
        return f"{last} must be a number or a distribution, which is written {_example(error['input'])} (got {kind(error['input'])})"
    return ""


def _words(error: Any, path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    name = ".".join(str(key) for key in path[-2:] if not isinstance(key, int)) or "it"
    code = error["type"]
    if said := _of_law(error, path, model):
        return said
    if code == "extra_forbidden":
        key = str(path[-1])
        known = known_keys(model, path[:-1])
        of_sequences = {"repeat"} if "op" in known else set[str]()  # an edit of a sequence is one of each of its steps
        return f"unknown key '{key}'{did_you_mean(key, known | of_sequences) or elsewhere(key)}"
    if code == "missing":
        return f"'{path[-1]}' is missing"
    if code in _BOUND:
        return _bounds(error, name)
    if code in ("int_type", "int_from_float") and isinstance(error["input"], float) and error["input"].is_integer():
        return f"{name} must be a smaller whole number (got {error['input']:g})"
    if "(number or auto)" in error["loc"]:
        return f"{name} must be a whole number or auto (got {kind(error['input'])}){did_you_mean(error['input'], ['auto'])}"
    if code in _WANTED:
        hint = quotes_help(error["input"]) if code == "string_type" else decimal_point(error["input"])
        return f"{name} must be {_WANTED[code]} (got {kind(error['input'])}){hint}"
    if code == "literal_error":
        expected = [word.strip("' ") for word in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return f"{name} must be one of {', '.join(expected)} (got {kind(error['input'])}){did_you_mean(str(error['input']), expected)}"
    if code == "string_pattern_mismatch":
        return f"{name} '{str(error['input'])[:60]}' is not a name: letters, digits, _ and - only"
    if code == "value_error":
        cause = error["ctx"]["error"]
        return f"{name} {cause}" if isinstance(cause, TooSmallError) else str(cause)
    return f"{name}: {error['msg'][0].lower()}{error['msg'][1:]} (got {kind(error['input'])})"


def problems_of(error: ValidationError, node: Node, model: type[BaseModel], address: str = "",
                which: Callable[[Any], bool] = lambda _: True) -> list[Problem]:
    """One Problem for each of pydantic's errors about *node*, or for those of them that *which* asks for."""
    found = []
    for one in filter(which, error.errors()):
        path = tuple(key for key in one["loc"] if key not in TAGS and key != "[key]")
        cause = one.get("ctx", {}).get("error")
        path += (cause.field,) if isinstance(cause, FieldError) else ()
        where = locate(node, path)
        dotted = ".".join(str(key) for key in ((address,) if address else ()) + path)
        found.append(Problem(_words(one, path, model), where, dotted))
    return found


def validated(model: type[BaseModel], node: Node, address: str, ranges: dict[str, Range], problems: list[Problem]) -> Any:
    """*node* as an instance of *model*, or None and its *problems*. A key that null takes away counts as not written, but its name must be a key of
    the model."""
    return _validated(model, node, address, problems, lambda left: plain(left, address, ranges))


def document_of(sections: Node, ranges: dict[str, Range], problems: list[Problem]) -> Document | None:
    """As ``validated``, of a whole recipe's *sections*."""
    made: Document | None = _validated(Document, sections, "", problems, lambda left: with_entries(left, ranges))
    return made


def _validated(model: type[BaseModel], node: Node, address: str, problems: list[Problem], values: Callable[[Node], Any]) -> Any:
    left, before = bare(node), len(problems)
    try:
        if left is not node:
            problems += _no_such_keys(model, node, address)
        made = model.model_validate(values(left))
        return made if len(problems) == before else None
    except ValidationError as error:
        problems += problems_of(error, node, model, address)
    except RecipeError as error:
        problems += error.problems
    return None


def _no_such_keys(model: type[BaseModel], node: Node, address: str) -> list[Problem]:
    """The problems of keys that null takes away and that do not exist."""
    try:
        model.model_validate(plain(node))
    except ValidationError as error:
        return problems_of(error, node, model, address, lambda one: one["type"] == "extra_forbidden" and one["input"] is None)
    return []
