"""One YAML text in, one Node tree out: strict, bounded and safe.

YAML 1.2 scalars (``1e-3`` is a number, ``no`` and ``12:30`` are text), no tags, a key written twice is a mistake,
aliases only as far as the bounds below allow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import yaml

from procsim.errors import Place, RecipeError
from procsim.tree import Node, Scalar

SHIPPED = Path(__file__).resolve().parents[2] / "flows"
"""The flows that come with procsim; ``flows:`` in a recipe."""
MAX_BYTES = 2_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 40

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
                                  "": None, "~": None, "null": None, "Null": None, "NULL": None}
_TAGS = {"tag:yaml.org,2002:" + kind for kind in ("str", "int", "float", "bool", "null", "map", "seq")}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's composer without its YAML 1.1 ideas of what a plain scalar is: everything plain comes as text."""

    yaml_implicit_resolvers: dict[str, object] = {}


def shown(path: Path) -> str:
    """*path* as an error names it: relative to where the user stands, or to the shipped flows."""
    real = path.resolve()
    if real.is_relative_to(Path.cwd()):
        return str(real.relative_to(Path.cwd()))
    return f"flows:{real.relative_to(SHIPPED)}" if real.is_relative_to(SHIPPED) else str(path)


def file_text(path: Path) -> str:
    """What the file *path* holds. Raises RecipeError where it is no text file of a sane size."""
    name = shown(path)
    try:
        if path.is_dir():
            raise RecipeError.at(Place(name), "is a directory; name a recipe file")
        if path.exists() and not path.is_file():
            raise RecipeError.at(Place(name), "is no file but a device; name a recipe file")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        hint = f"; this folder has {', '.join(near[:8])}" if near else ""
        raise RecipeError.at(Place(name), f"no such file{hint}") from None
    except (OSError, ValueError) as error:
        raise RecipeError.at(Place(name), f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > MAX_BYTES:
        raise RecipeError.at(Place(name), f"is larger than {MAX_BYTES // 1_000_000} MB; this is no recipe")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecipeError.at(Place(name), "is not a text file (UTF-8)") from None


def read_file(path: Path) -> Node:
    """The Node tree of the file *path*. Raises RecipeError for anything that is not one mapping of plain YAML."""
    name = shown(path)
    root = read_text(file_text(path), name)
    if root.value is None:
        raise RecipeError.at(Place(name), "is empty; a recipe is a mapping with steps, line and run")
    if not isinstance(root.value, dict):
        raise RecipeError.at(root.place, "is not a recipe: the file must be a mapping (key: value)")
    return root


@lru_cache(maxsize=64)
def read_text(text: str, name: str) -> Node:
    """The Node tree of a YAML *text*; *name* stands for the file in errors. The same text is parsed once: all recipes share the libraries, and
    Nodes are never changed."""
    lines = text.splitlines()

    def place(mark: yaml.Mark | None) -> Place:
        if mark is None:
            return Place(name)
        return Place(name, mark.line + 1, mark.column + 1, lines[mark.line] if mark.line < len(lines) else "")

    try:
        found = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise RecipeError.at(place(mark), f"not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise RecipeError.at(Place(name), f"not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise RecipeError.at(Place(name), f"is nested deeper than {MAX_DEPTH} levels") from None
    if found is None:
        return Node(None, Place(name))
    return _Builder(place).build(found, 0)


class _Builder:
    """Turns PyYAML's nodes into ours, counting, so that aliases cannot blow up."""

    def __init__(self, place: Callable[[yaml.Mark | None], Place]) -> None:
        self.place = place
        self.count = 0

    def build(self, found: yaml.Node, depth: int) -> Node:
        where = self.place(found.start_mark)
        self.count += 1
        if self.count > MAX_VALUES:
            raise RecipeError.at(where, f"expands to more than {MAX_VALUES} values (are aliases nested?)")
        if depth > MAX_DEPTH:
            raise RecipeError.at(where, f"is nested deeper than {MAX_DEPTH} levels")
        if found.tag not in _TAGS:
            raise RecipeError.at(where, f"tag '{found.tag}' is not allowed; recipes hold plain values only")
        if isinstance(found, yaml.MappingNode):
            return self.mapping(found, where, depth)
        if isinstance(found, yaml.SequenceNode):
            if any(_empty(item) for item in found.value):
                raise RecipeError.at(where, "an item of this list has nothing written in it")
            return Node(tuple(self.build(item, depth + 1) for item in found.value), where)
        assert isinstance(found, yaml.ScalarNode)
        return Node(_scalar(found, where), where)

    def mapping(self, found: yaml.MappingNode, where: Place, depth: int) -> Node:
        items: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for key_node, value_node in found.value:
            at = self.place(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                raise RecipeError.at(at, "a key must be a plain word")
            key = str(key_node.value)
            if key in items:
                raise RecipeError.at(at, f"key '{key}' is written twice; first at line {keys[key].line}")
            if _empty(value_node):
                raise RecipeError.at(at, f"nothing is written behind '{key}:'; give it a value, leave it out, or write null to take one away")
            items[key], keys[key] = self.build(value_node, depth + 1), at
        return Node(items, where, keys)


def _empty(found: yaml.Node) -> bool:
    """Whether nothing is written: no word, not even null."""
    return isinstance(found, yaml.ScalarNode) and not found.style and not found.value


def _scalar(found: yaml.ScalarNode, where: Place) -> Scalar:
    text = str(found.value)
    if found.style:  # quoted or a block: text, whatever it looks like
        return text
    return plain_scalar(text, where)


def plain_scalar(text: str, where: Place) -> Scalar:
    """What a plain word stands for: a number, true, false, nothing, or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text.lower() in (".nan", ".inf", "+.inf", "-.inf"):
        raise RecipeError.at(where, f"'{text}' is no number here; numbers are finite")
    try:
        if _INT.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            return float(text)
    except ValueError:
        raise RecipeError.at(where, f"'{text[:40]}' is too long for a number") from None
    return text
