"""Follows ``extends`` down to the whole recipe at its bottom, and keeps the variants that are laid over it, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from procsim.errors import Place, Problem, RecipeError
from procsim.model.document import FIELDS_OF_FILE
from procsim.recipe.expand import MAX_NESTING, Expansion, check_keys, tree_of
from procsim.recipe.source import read_file, resolved, shown
from procsim.recipe.tree import Node, kind


@dataclass(frozen=True, slots=True)
class Variant:
    """A file that extends another recipe: what it holds, and its *path*."""

    root: Node
    path: Path


@dataclass(frozen=True, slots=True)
class Source:
    """A recipe file and what stands above it: the base *root* of the file *path*, under the name that it bears in the end, and the *variants*
    that are laid over it, each once."""

    root: Node
    path: Path
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """What leads to a recipe: a text *written* in an ``extends`` or on the command line, and the recipe."""

    written: str
    place: Place
    source: Source


def source_of(path: Path, over: Sequence[Path], expansion: Expansion) -> Source:
    """The recipe *path*, which *expansion* has read already or which is read now, with the variants *over* it, which the command line names.
    Raises RecipeError with the place of what is wrong."""
    root = expansion.read.get(resolved(path))
    first = chain(resolved(path), read_file(path) if root is None else root, expansion)
    if not over:
        return first
    further = [Entry(str(one), Place(f"--with {one}"), chain(resolved(one), read_file(one), expansion)) for one in over]
    return _laid([Entry(str(path), Place(shown(path)), first), *further])


def base_of(path: Path) -> Path | None:
    """What the recipe file *path* is to be compared with: what it extends, or, where that are several, the recipe at their bottom."""
    root, expansion = read_file(path), Expansion((tree_of(path),))
    if root.get("extends") is None:
        return None
    entries = _entries(root.mapping["extends"])
    if len(entries) == 1:
        return expansion.open(entries[0], resolved(path))[0]
    return chain(resolved(path), root, expansion).path


def chain(path: Path, root: Node, expansion: Expansion, above: tuple[Path, ...] = ()) -> Source:
    """Follows ``extends`` from the file *path*, which holds *root* and which those *above* extend, down to a whole recipe."""
    if "extends" not in root.mapping:
        return Source(_whole(root), path)
    _check_variant(root, "a recipe that extends another", "variant")
    here = root.mapping["extends"]
    if len(above) >= MAX_NESTING:
        raise RecipeError.at(here.place, f"more than {MAX_NESTING} recipes extend each other")
    base = _laid([_entry(one, path, expansion, (*above, path)) for one in _entries(here)])
    if "packages" in base.root.mapping:
        _check_variant(root, "a recipe that extends one of several packages", "variant of a mix")
    named = base.root.without("shows")  # what a recipe shows of the source documents is its own
    for key in ("name", "description", "shows"):
        if key in root.mapping:
            named = named.with_item(key, root.mapping[key], root.place_of(key))
    return Source(named, base.path, (*base.variants, Variant(root, path)))


def _whole(root: Node) -> Node:
    """*root*, the mapping of a file that extends none. Raises RecipeError where it is no whole recipe."""
    mix = "packages" in root.mapping
    check_keys(root, "a recipe of several packages" if mix else "a recipe", "mix" if mix else "recipe")
    missing = [key for key in (("line", "run") if mix else ("steps", "line", "run")) if key not in root.mapping]
    if missing:
        raise RecipeError.at(root.place, f"a recipe needs {' and '.join(repr(m) for m in missing)}")
    return root


def _check_variant(root: Node, what: str, kind_of_file: str) -> None:
    """As ``check_keys``, and says of what only a whole recipe holds how a variant edits it."""
    whole = {*FIELDS_OF_FILE["recipe"], *FIELDS_OF_FILE["mix"]} - {*FIELDS_OF_FILE[kind_of_file]}
    problems = [Problem(f"{what} has no '{key}'; what it edits of the recipe that it extends stands under changes", root.place_of(key), key)
                for key in root.mapping if key in whole]
    if problems:
        raise RecipeError(*problems)
    check_keys(root, what, kind_of_file)


def _entries(extends: Node) -> tuple[Node, ...]:
    """What ``extends`` names: one file, or several."""
    if not isinstance(extends.value, tuple):
        return (extends,)
    if not extends.items:
        raise RecipeError.at(extends.place, f"extends names a file, or several (got {kind(extends.value)} without any)")
    return extends.items


def _entry(written: Node, path: Path, expansion: Expansion, above: tuple[Path, ...]) -> Entry:
    """The recipe that one entry of ``extends`` in the file *path* leads to."""
    expansion.count(written.place)
    target, root = expansion.open(written, path)
    if target in above:
        raise RecipeError.at(written.place, f"'{written.value}' extends itself in a circle")
    return Entry(str(written.value), written.place, chain(target, root, expansion, above))


def _laid(entries: Sequence[Entry]) -> Source:
    """What all *entries* lead to, with the variants of the first below those of the next, each once. Raises RecipeError where they lead to
    several recipes."""
    first = entries[0]
    for other in entries[1:]:
        if other.source.path != first.source.path:
            bases = f"'{other.written}' is of {shown(other.source.path)}, but '{first.written}' of {shown(first.source.path)}"
            raise RecipeError.at(other.place, f"{bases}: only variants of one recipe can be laid one over the other", "extends")
    variants = {variant.path: variant for entry in entries for variant in entry.source.variants}
    called = [entry.source.root for entry in entries if entry.source.variants] or [first.source.root]
    return replace(first.source, root=_joined(called), variants=tuple(variants.values()))


def _joined(roots: Sequence[Node]) -> Node:
    """One of *roots*, which differ in name, description and what they show alone, called as all of them are."""
    if len(roots) == 1:
        return roots[0]
    found = roots[0].without("shows")
    for key, between in (("name", " + "), ("description", " ")):
        texts = list(dict.fromkeys(text for root in roots if (text := root.text(key))))
        if texts:
            found = found.with_item(key, Node(between.join(texts), roots[-1].place_of(key)), roots[-1].place_of(key))
    return found
