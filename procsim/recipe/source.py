"""Parses YAML strictly, within bounds and safely: one text becomes one tree of Nodes.

YAML 1.2 scalars (``1e-3`` is a number, ``no`` and ``12:30`` are text), no tags, a key written twice is a mistake,
aliases only as far as the bounds below allow.
"""

from __future__ import annotations

import gc
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import yaml

from procsim.errors import Place, RecipeError
from procsim.recipe.absent import beside
from procsim.recipe.tree import Node, Scalar

_PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = next(folder for folder in (_PACKAGE / "flows", _PACKAGE.parent / "flows") if folder.is_dir() or folder.parent != _PACKAGE)
"""The flows that come with procsim, ``flows:`` in a recipe: in the installed package, or beside it where it is worked on."""
NAMELESS = "<recipe>"
"""Stands for the file of a recipe that a program has built."""
MAX_BYTES = 2_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 40
LARGEST = 1e300
"""Beyond, a number is none that can be reckoned with; what a field may hold is less."""

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_ODD = re.compile("[\u00a0\u1680\u2000-\u200f\u202f\u205f-\u2060\u3000\ufeff]")
"""Blanks, and signs of no width, that are no space to YAML."""
_ODD_ENDS = re.compile(rf"^{_ODD.pattern}|{_ODD.pattern}$|^[\w./-]+:{_ODD.pattern}")
"""One at an end of a text, or behind a key where the space is to stand."""
_WORDS: dict[str, bool | None] = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
                                  "": None, "~": None, "null": None, "Null": None, "NULL": None}
_TAGS = {"tag:yaml.org,2002:" + kind for kind in ("str", "int", "float", "bool", "null", "map", "seq")}


class _TooDeepError(Exception):
    """A mapping or list stands inside too many others; the first argument is its mark."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's composer without its YAML 1.1 ideas of what a plain scalar is: everything plain comes as text. It goes no deeper than MAX_DEPTH, since
    it calls itself."""

    depth = 0

    def descend_resolver(self, above: yaml.Node | None, *_: object) -> None:
        """The composer calls this before it reads what stands in *above*."""
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            raise _TooDeepError(above.start_mark if above is not None else None)

    def ascend_resolver(self) -> None:
        self.depth -= 1

    def resolve(self, kind: type[yaml.Node], *_: object) -> str:
        """The tag of a node that has none written."""
        return _PLAIN[kind]


_PLAIN = {yaml.ScalarNode: "tag:yaml.org,2002:str", yaml.SequenceNode: "tag:yaml.org,2002:seq", yaml.MappingNode: "tag:yaml.org,2002:map"}


def shipped(path: Path | str) -> Path:
    """The file that *path*, which a user wrote, means: one that begins with ``flows:`` comes with procsim."""
    text = os.fspath(path)
    return SHIPPED / text.removeprefix("flows:") if text.startswith("flows:") else Path(path)

def resolved(path: Path) -> Path:
    """*path* with its links followed as far as they lead anywhere; never an error, even where they lead in a circle."""
    return Path(os.path.realpath(path))


def shown(path: Path) -> str:
    """*path* as an error names it: relative to where the user stands, or to the shipped flows."""
    if path.name == NAMELESS:
        return NAMELESS
    real = resolved(path)
    if real.is_relative_to(Path.cwd()):
        return str(real.relative_to(Path.cwd()))
    return f"flows:{real.relative_to(SHIPPED)}" if real.is_relative_to(SHIPPED) else str(path)


def file_text(path: Path, wanted: str = "recipe file", most: int = MAX_BYTES) -> str:
    """What the file *path* holds, which is to be such as is *wanted* and has *most* bytes at most. Raises RecipeError where it is no text file of
    a sane size."""
    name = shown(path)
    try:
        raw = _bytes(path, name, wanted, most)
    except FileNotFoundError:
        if path.is_symlink():
            raise RecipeError.at(Place(str(path)), f"is a link to {os.readlink(path)}, which is not there") from None
        raise RecipeError.at(Place(name), f"no such file{beside(path, '.csv' if 'CSV' in wanted else '.yaml')}") from None
    except (OSError, ValueError) as error:
        raise RecipeError.at(Place(name), f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > most:
        raise RecipeError.at(Place(name), f"is larger than {most // 1_000_000} MB; this is no {wanted}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RecipeError.at(Place(name), "is not a text file (UTF-8)") from None


def _bytes(path: Path, name: str, wanted: str, most: int) -> bytes:
    """The bytes of a regular file, at most one more than the *most* that it may have. Nothing else than a regular file is read, and nothing is waited
    for."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise RecipeError.at(Place(name), f"is {'a directory' if stat.S_ISDIR(mode) else 'no file but a device'}; name a {wanted}")
    found = b""
    with open(path, "rb", buffering=0, opener=lambda file, flags: os.open(file, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        while len(found) <= most:
            more = file.read(most + 1 - len(found))
            if more is None:
                raise RecipeError.at(Place(name), f"has no end: reading it would wait for what is still to come; name a {wanted}")
            if not more:
                break
            found += more
    return found


def read_file(path: Path) -> Node:
    """The Node tree of the file *path*. Raises RecipeError for anything that is not one mapping of plain YAML."""
    name = shown(path)
    root = read_text(file_text(path), name)
    if root.value is None:
        raise RecipeError.at(Place(name), "is empty; a recipe is a mapping with steps, line and run")
    if not isinstance(root.value, dict):
        raise RecipeError.at(root.place, "is not a recipe: the file must be a mapping (key: value)")
    return root


@lru_cache(maxsize=1024)
def read_text(text: str, name: str) -> Node:
    """The Node tree of a YAML *text*; *name* stands for the file in errors. The same text is parsed once: all recipes share the libraries, and
    Nodes are never changed. (What is set edit by edit counts, too, and must not take the place of the libraries every hundred edits.)"""
    lines = text.splitlines()

    def place(mark: yaml.Mark | None) -> Place:
        if mark is None:
            return Place(name)
        return Place(name, mark.line + 1, mark.column + 1, lines[mark.line] if mark.line < len(lines) else "")

    try:
        with _nothing_collected():
            found = yaml.compose(text, Loader=_Loader)
            return Node(None, Place(name)) if found is None else _Builder(place).build(found, 0)
    except _TooDeepError as error:
        raise RecipeError.at(place(error.args[0]), f"is nested deeper than {MAX_DEPTH} levels") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        unseen = next(filter(None, map(_unseen, lines[max(mark.line - 1, 0) if mark else 0:mark.line + 1 if mark else 0][::-1])), "")
        raise RecipeError.at(place(mark), f"not YAML: {error.problem or error.context}{unseen}") from None
    except yaml.YAMLError as error:
        raise RecipeError.at(Place(name), f"not YAML: {str(error).splitlines()[0]}") from None


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Has Python look for no garbage: a tree that grows holds none, and to look through all that lives, time and again, takes as long as to read."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _unseen(line: str) -> str:
    """The characters that nobody sees in a line that is not YAML."""
    if found := _ODD.search(line):
        return f"; {line.strip()!r} holds {_called(found[0])} in column {found.start() + 1}, which is no space"
    return "; a tab stands before it: YAML is indented by spaces" if line[:len(line) - len(line.lstrip())].count("\t") else ""


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
        if isinstance(found, yaml.ScalarNode):
            return Node(_scalar(found, where), where)
        if isinstance(found, yaml.MappingNode):
            return self.mapping(found, where, depth)
        if any(_empty(item) for item in found.value):
            raise RecipeError.at(where, "an item of this list has nothing written in it")
        return Node(tuple([self.build(item, depth + 1) for item in found.value]), where)

    def mapping(self, found: yaml.MappingNode, where: Place, depth: int) -> Node:
        items: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for key_node, _ in found.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise RecipeError.at(self.place(key_node.start_mark), "a key must be a plain word")
            if not key_node.value.isascii():
                _no_odd_blanks(key_node.value, self.place(key_node.start_mark))
        before: yaml.Node | None = None
        for key_node, value_node in found.value:
            at, key = self.place(key_node.start_mark), str(key_node.value)
            if _empty(value_node) and before is not None and (number := _comma(before, key_node)):
                raise RecipeError.at(self.place(before.start_mark), f"a number has a decimal point: write {number} (the comma ends the value here)")
            before = value_node
            if key == "<<" and not key_node.style:
                raise RecipeError.at(at, "'<<' (a merge key of YAML 1.1) merges nothing here: write the keys out, or share them by use, extends or a "
                                     "process in the library")
            if key in items:
                raise RecipeError.at(at, f"key '{key}' is written twice; first at line {keys[key].line}")
            if _empty(value_node):
                raise RecipeError.at(at, f"nothing is written behind '{key}:'; give it a value, leave it out, or write null to take one away")
            items[key], keys[key] = self.build(value_node, depth + 1), at
        return Node(items, where, keys)


def _comma(value: yaml.Node, key: yaml.Node) -> str:
    """The number that was meant where *value* and, right behind a comma, the *key* of nothing are its two halves: ``{time_h: 1,5}``; else ""."""
    whole, rest = str(value.value), str(key.value)
    apart = key.start_mark.index - value.end_mark.index
    return f"{whole}.{rest}" if apart == 1 and re.fullmatch(r"[+-]?\d+", whole) and rest.isdecimal() else ""


def _empty(found: yaml.Node) -> bool:
    """Whether nothing is written: no word, not even null."""
    return isinstance(found, yaml.ScalarNode) and not found.style and not found.value


def _scalar(found: yaml.ScalarNode, where: Place) -> Scalar:
    text = str(found.value)
    if found.style:  # quoted or a block: text, whatever it looks like
        return text
    if not text.isascii() and (_ODD_ENDS.search(text) or not isinstance(plain_scalar(_ODD.sub("", text), where), str)):
        _no_odd_blanks(text, where)  # elsewhere, inside a sentence, it does no harm
    return plain_scalar(text, where)


def _no_odd_blanks(text: str, where: Place) -> None:
    """Raises where *text* holds a blank that looks like a space and is not one."""
    found = _ODD.search(text)
    if found is not None:
        raise RecipeError.at(where, f"{_called(found[0])} stands here, which looks like a space and is none; write a plain space, or none")


def _called(sign: str) -> str:
    """A blank by its name, such as "a no-break space (U+00A0)"."""
    name = unicodedata.name(sign, "an unseen sign").lower()
    return f"{'' if name.startswith('an ') else 'a '}{name} (U+{ord(sign):04X})"


def plain_scalar(text: str, where: Place) -> Scalar:
    """What a plain word stands for: a number, true, false, nothing, or text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if text.lower() in (".nan", ".inf", "+.inf", "-.inf"):
        raise RecipeError.at(where, f"'{text}' is no number here; numbers are finite")
    if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
        return _number(text, where)
    return text


def _number(text: str, where: Place) -> int | float:
    """The number that *text* is; a whole one where it has no fraction, however it is written (3.0, 1e1)."""
    try:
        number = int(text, 0) if _INT.fullmatch(text) else float(text)
    except ValueError:
        raise RecipeError.at(where, f"'{text[:40]}' is too long for a number") from None
    if abs(number) > LARGEST:
        raise RecipeError.at(where, f"'{text[:40]}' is too large for a number")
    if number == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        raise RecipeError.at(where, f"'{text[:40]}' is too small for a number: it would be 0")
    return int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 2**53 else number
