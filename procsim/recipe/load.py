"""Loads a recipe with its edits and checks it, or refuses it with all of its mistakes at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from procsim.errors import Place, Problem, RecipeError, did_you_mean
from procsim.model.document import Document
from procsim.recipe import changes, packages
from procsim.recipe.csv_files import inlined
from procsim.recipe.edits import Draft, StepNode
from procsim.recipe.expand import Expansion, draft, named_libraries, tree_of
from procsim.recipe.extends import Source, source_of
from procsim.recipe.far_off import Watch
from procsim.recipe.placed import placed_step
from procsim.recipe.plain import addressed, node_of
from procsim.recipe.recipe import Apart, Placed, Recipe, Resolved
from procsim.recipe.references import parts, references, spelled_out, unopened
from procsim.recipe.source import NAMELESS, resolved, shipped, shown
from procsim.recipe.tree import Node, Range, bare, plain
from procsim.recipe.unreached import unreached
from procsim.recipe.validation import document_of


def load(path: Path | str, sets: Sequence[str] = (), start_wip: Path | None = None, over: Sequence[Path | str] = ()) -> Recipe:
    """The recipe in the file *path* with the variants *over* it, the edits *sets* (``address=value``) made last, and with the lots of the
    file *start_wip* in the line. A path that begins with ``flows:`` is one of the flows that come with procsim.

    Raises RecipeError with every mistake that could be told apart.
    """
    path = shipped(path)
    made = edited(path, changes.from_texts(sets, path), start_wip, tuple(map(shipped, over)))
    return replace(made, sets=tuple(sets))


def built(recipe: Mapping[str, Any], base: Path | str = ".", sets: Sequence[str] = (), over: Sequence[Path | str] = ()) -> Recipe:
    """The Recipe that plain dictionaries and lists say, as if they were a file in the folder *base*; as ``load`` else."""
    path = Path(base) / NAMELESS
    return of_root(path, node_of(recipe), sets, tuple(map(Path, over)))


def again(recipe: Recipe, sets: Sequence[str] = (), over: Sequence[Path | str] = ()) -> Recipe:
    """*recipe* read again from where it came from, with its own edits and then *sets*, and its own variants and those *over* them."""
    more, all_over = [*recipe.sets, *sets], (*recipe.over, *map(Path, over))
    if recipe.root is not None:
        return of_root(recipe.path, recipe.root, more, all_over, recipe.apart)
    path = shipped(recipe.path)
    return replace(edited(path, changes.from_texts(more, path), over=tuple(map(shipped, all_over)), known=recipe.apart), sets=tuple(more))


def of_root(path: Path, root: Node, sets: Sequence[str], over: tuple[Path, ...], known: Mapping[str, Apart] | None = None) -> Recipe:
    """The recipe *root*, which says what a file at *path*, a name that no file has, would. Raises RecipeError."""
    try:
        return replace(edited(path, changes.from_texts(sets, path), over=over, written=root, known=known), sets=tuple(sets), root=root)
    except RecipeError as error:
        raise addressed(error, root) from None


@dataclass(frozen=True, slots=True)
class Composed:
    """What is written in a recipe file, the *source*, and all that it leads to, put together: *made* with the edits *wanted*, and those *inside* the
    packages of a mix; the *expansion* holds what was wrong on the way, *far_off* tells of numbers that the edits put far outside their ranges,
    the addresses *kept* hold again what was written, and these numbers *were* written over."""

    made: Draft
    source: Source
    wanted: list[changes.Edit]
    inside: dict[str, list[changes.Edit]]
    expansion: Expansion
    far_off: tuple[str, ...]
    kept: frozenset[str]
    were: dict[str, float]


def composed(path: Path, extra: Sequence[changes.Edit], start_wip: Path | None = None, over: tuple[Path, ...] = (),
             written: Node | None = None) -> Composed:
    """The file *path*, or *written*, which says what a file there would, with the variants *over* it and the edits *extra* made last."""
    expansion = Expansion(tuple(tree_of(one) for one in (path, *over)), read={} if written is None else {resolved(path): written})
    source = source_of(path, over, expansion)
    wanted = [*changes.from_variants(source.variants), *extra]
    inside: dict[str, list[changes.Edit]] = {}
    if "packages" in source.root.mapping:
        wanted, inside = packages.sorted_out(source.root.mapping["packages"], wanted)
    root = _early(source, wanted, expansion)
    made = draft(root, source.path, expansion)
    problems, watch = expansion.problems, Watch()
    for edit in wanted:
        if changes.is_repeat(edit) or changes.is_library(edit):
            continue
        watch.see(made, edit)
        try:
            made = changes.apply(made, edit, expansion)
        except RecipeError as error:
            problems += error.problems
    problems += _unused_repeats(wanted, expansion)
    whole = inlined(made, expansion, path, start_wip)
    return Composed(whole, source, wanted, inside, expansion, tuple(watch.told.values()), frozenset(watch.kept), watch.numbers())


def edited(path: Path, extra: Sequence[changes.Edit], start_wip: Path | None = None, over: tuple[Path, ...] = (), part: bool = False,
           written: Node | None = None, known: Mapping[str, Apart] | None = None) -> Recipe:
    """The recipe in the file *path*, or that of which *written* is what a file there would say, with the variants *over* it and the edits *extra*
    made last; of one that is *part* of a mix, packages of its own are not read. Of a mix, a package that is
    *known*, from the same file with the same edits inside it, is not read again."""
    found = composed(path, extra, start_wip, over, written)
    wanted, inside, expansion, source = found.wanted, found.inside, found.expansion, found.source
    whole = checked(path, found.made, tuple(f"{e.verb} {e.target}" for e in wanted if e.target not in found.kept),
                    expansion.problems, expansion.empty)
    files = frozenset(map(resolved, (path, *over))) | expansion.read.keys() | expansion.lines
    chosen = frozenset(place for e in wanted if e.verb == "set" for place in _bare(e.value))
    whole = replace(whole, over=over, files=files, warnings=found.far_off, chosen=chosen, were=found.were)
    if part or not whole.document.packages:
        return _warned(whole)
    apart = {name: _apart(packages.file_of(whole, name, source.path, expansion), tuple(inside.get(name, ())), (known or {}).get(name))
             for name in whole.document.packages}
    parts = {name: one.recipe for name, one in apart.items()}
    return _warned(replace(packages.joined(whole, parts, packages.named_tools(source.root, wanted)), apart=apart))


def _apart(path: Path, wanted: tuple[changes.Edit, ...], known: Apart | None) -> Apart:
    """The package in the file *path* with the edits *wanted*, which may be *known*."""
    if known is not None and known.recipe.path == path and known.edits == wanted:
        return known
    return Apart(edited(path, wanted, part=True), wanted)


def _warned(recipe: Recipe) -> Recipe:
    """*recipe* with warnings of what its own file says without any effect."""
    return replace(recipe, warnings=(*recipe.warnings, *unreached(recipe, shown(recipe.path))))


def _bare(node: Node) -> Iterator[Place]:
    """The places of all numbers that an edit wrote without a source."""
    if node.get("source") is None:
        yield node.place
        for item in (*node.mapping.values(), *node.items):
            yield from _bare(item)


def _early(source: Source, wanted: list[changes.Edit], expansion: Expansion) -> Node:
    """Edits that act before expansion: of ``repeat``, and of which library to read."""
    root = source.root
    for edit in wanted:
        if changes.is_repeat(edit):
            expansion.repeats[edit.target.removesuffix(".repeat")] = edit.value
        elif changes.is_library(edit):
            _, dot, name = edit.target.partition(".")
            value = _from(edit.value, edit.path, source.path)
            root = root.with_item("library", named_libraries(root).with_item(name, value, edit.place) if dot else value, edit.place)
    return root


def _from(written: Node, path: Path, base: Path) -> Node:
    """The files that an edit in the file *path* names, as its *base* would name them: those beside *path*, else those beside *base*."""
    if isinstance(written.value, dict):
        return replace(written, value={key: _from(one, path, base) for key, one in written.mapping.items()})
    if isinstance(written.value, tuple):
        return replace(written, value=tuple(_from(one, path, base) for one in written.items))
    text = written.value
    if not isinstance(text, str) or path.parent == base.parent or not (path.parent / text).is_file():
        return written
    return replace(written, value=os.path.relpath(resolved(path.parent / text), resolved(base.parent)))


def _unused_repeats(wanted: list[changes.Edit], expansion: Expansion) -> list[Problem]:
    found = []
    for edit in wanted:
        name = edit.target.removesuffix(".repeat")
        if changes.is_repeat(edit) and name not in expansion.used_repeats:
            known = sorted(expansion.groups)
            hint = did_you_mean(name, known) or (f"; this recipe has {', '.join(known)}" if known else "")
            found.append(Problem(f"nothing is used as '{name}', so there is nothing to repeat{hint}", edit.place, edit.target))
    return found


def checked(path: Path, made: Draft, edits_made: tuple[str, ...], before: Sequence[Problem] = (), empty: Set[str] = frozenset()) -> Recipe:
    """The Recipe that *made* says, after every check that needs no geometry; *before* are mistakes found on the way here, and *empty* are the groups
    that are repeated 0 times."""
    problems = list(before)
    ranges: dict[str, Range] = {}
    document = document_of(made.sections, ranges, problems)
    made = replace(made, sections=bare(made.sections))
    processes = made.sections.get("processes") or Node({}, made.sections.place, {})
    steps = [placed_step(spelled_out(step, made), processes, ranges, problems) for step in made.steps]
    closed = list(unopened(made))
    problems = [*(p for p in problems if p.address not in {other.address for other in closed}), *closed]
    placed = [step for step in steps if step is not None]
    problems += misnamed(made, placed, document, empty)
    if not made.steps and not problems and not (document is not None and document.packages):
        problems.append(Problem("the recipe has no steps", made.sections.place, "steps"))
    if problems or document is None:
        raise RecipeError(*_in_order(problems))
    return Recipe(path, document, tuple(placed), made, ranges, _resolved(made, placed), edits_made)


def misnamed(made: Draft, placed: list[Placed], document: Document | None, empty: Set[str]) -> Iterator[Problem]:
    """Ids that two steps of *made* have, and names that stand for nothing; groups that are *empty* may be named."""
    yield from _ids(made.steps)
    yield from references(made, placed, empty)
    if document is not None:
        yield from parts(document, placed, made.sections)


def _in_order(problems: list[Problem]) -> list[Problem]:
    """Each problem once, in the order a reader meets them."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.place.file, p.place.line, p.place.column) if p.place else ("", 0, 0))


def _resolved(made: Draft, steps: list[Placed]) -> Resolved:
    """What *made* says as plain Python, without the tools and processes that no step uses and the bounds, on which no figure depends, so that the
    record of a run holds what matters."""
    used = {"tools": {placed.step.tool for placed in steps}, "processes": {placed.step.process for placed in steps}}
    kept = {key: replace(section, value={name: node for name, node in section.mapping.items() if name in used[key]}) if key in used else section
            for key, section in made.sections.mapping.items() if key != "bounds"}
    return Resolved({"steps": [plain(step.node) for step in made.steps], **plain(replace(made.sections, value=kept))})


def _ids(steps: Sequence[StepNode]) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for step in steps:
        if not step.segments:
            continue
        if step.id in seen:
            first = seen[step.id]
            yield Problem(f"id '{step.id}' is used twice; first at {first}", step.node.place_of("id"), step.id)
        seen.setdefault(step.id, step.node.place_of("id"))
        if step.id in Document.model_fields or step.id in ("steps", "library"):
            yield Problem(f"'{step.id}' is a section's name and cannot be a step's id", step.node.place_of("id"), step.id)
