"""Makes one draft of a recipe and all that it shares: resolves ``use`` and joins the libraries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path

from procsim.errors import Place, Problem, RecipeError, did_you_mean
from procsim.model.document import FIELDS_OF_FILE, LIBRARIES
from procsim.recipe import edits
from procsim.recipe.edits import MAX_STEPS, Draft, StepNode, names_of
from procsim.recipe.names import Segment, segments
from procsim.recipe.source import SHIPPED, read_file, resolved, shown
from procsim.recipe.tree import Node, kind, overlay, quotes_help

MAX_NESTING = 12
MAX_REPEAT = 100
MAX_ITEMS = 5 * MAX_STEPS
"""Steps and ``use`` items that are read while a recipe is expanded, at most, whatever becomes of them."""


class EndlessError(RecipeError):
    """The recipe expands to more than it may, so the rest is not expanded."""


def tree_of(path: Path) -> Path:
    """The folder that paths in the recipe *path* may not leave: its own, or, for a folder called whatif, the one above."""
    folder = resolved(path).parent
    return folder.parent if folder.name == "whatif" else folder


@dataclass
class Expansion:
    """The working state of one load: the *trees* that paths may lead into, the files *read*, those of CSV *lines*, the edits of ``repeat``, the names
    of *groups*, those that are *empty* since they are repeated 0 times, and the *problems* so far."""

    trees: tuple[Path, ...]
    repeats: dict[str, Node] = field(default_factory=dict)
    used_repeats: set[str] = field(default_factory=set)
    read: dict[Path, Node] = field(default_factory=dict)
    lines: set[Path] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    items: int = 0

    def count(self, place: Place) -> None:
        """Counts one more step, ``use`` item or entry of ``extends``. Raises EndlessError where it is one too many."""
        self.items += 1
        if self.items > MAX_ITEMS:
            raise EndlessError.at(place, f"the recipe expands to more than {MAX_ITEMS} steps and uses of other files")

    def open(self, written: Node, beside: Path) -> tuple[Path, Node]:
        """The file that a ``use``, ``extends`` or ``library`` names, and what it holds."""
        target, text = self.find(written, beside), written.value
        if target not in self.read:
            try:
                self.read[target] = read_file(target)
            except RecipeError as error:
                if error.problems[0].place is not None and not error.problems[0].place.line:
                    raise RecipeError.at(written.place, f"'{text}' {error.problems[0].message}") from None
                raise
        return target, self.read[target]

    def find(self, written: Node, beside: Path) -> Path:
        """The path that *written* means, in a file *beside* it; never outside the recipe tree."""
        text = written.value
        if not isinstance(text, str) or not text:
            raise RecipeError.at(written.place, f"must name a file (got {kind(text)})")
        base, rest = (SHIPPED, text.removeprefix("flows:")) if text.startswith("flows:") else (beside.parent, text)
        try:
            target = resolved(base / rest)
        except (OSError, ValueError):
            raise RecipeError.at(written.place, f"'{text[:80]}' is no path") from None
        if not any(target.is_relative_to(resolved(root)) for root in (*self.trees, SHIPPED)):
            trees = ", ".join(dict.fromkeys(shown(tree) for tree in self.trees))
            near = any(target.is_relative_to(resolved(tree).parent) for tree in self.trees)
            hint = "; put both into one folder, or what extends into a folder called whatif, which belongs to the one above it" if near else ""
            raise RecipeError.at(written.place, f"'{text}' leads outside the recipe tree ({trees} and the shipped flows){hint}")
        return target


def check_keys(node: Node, what: str, kind_of_file: str) -> None:
    """Raises for keys that this kind of file does not have; all of them at once."""
    allowed = FIELDS_OF_FILE[kind_of_file]
    problems = [Problem(f"unknown key '{key}' in {what}{did_you_mean(key, allowed)}", node.place_of(key), key)
                for key in node.mapping if key not in allowed]
    if problems:
        raise RecipeError(*problems)


def expand_items(items: Node, path: Path, expansion: Expansion, prefix: tuple[Segment, ...] = (),
                 above: tuple[Path, ...] = ()) -> list[StepNode]:
    """The flat steps of a list of steps and ``use`` items in the file *path*, a module that those *above* use; items that are wrong are left
    out and noted as problems."""
    if not isinstance(items.value, tuple):
        raise RecipeError.at(items.place, f"steps must be a list (got {kind(items.value)})")
    found: list[StepNode] = []
    for item in items.items:
        expansion.count(item.place)
        try:
            if not isinstance(item.value, dict):
                raise RecipeError.at(item.place, f"a step is a mapping such as {{id: fill, op: fill, …}} (got {kind(item.value)})")
            if "use" in item.mapping:
                found += use(item, path, expansion, prefix, above)
            else:
                found.append(_step(item, prefix))
        except EndlessError:
            raise
        except RecipeError as error:
            expansion.problems += error.problems
        if len(found) > MAX_STEPS:
            raise EndlessError.at(item.place, f"the recipe expands to more than {MAX_STEPS} steps")
    return found


def _step(item: Node, prefix: tuple[Segment, ...]) -> StepNode:
    written = item.get("id")
    if written is None:
        return StepNode((), item)
    if not isinstance(written.value, str):
        raise RecipeError.at(written.place, f"an id is a word (got {kind(written.value)}){quotes_help(written.value)}")
    return StepNode((*prefix, *segments(written.value)), item)


def use(item: Node, path: Path, expansion: Expansion, prefix: tuple[Segment, ...], above: tuple[Path, ...]) -> list[StepNode]:
    """The steps that one ``use`` item of the file *path* stands for."""
    check_keys(item, "a use item", "use")
    if len(above) >= MAX_NESTING:
        raise RecipeError.at(item.mapping["use"].place, f"modules use each other more than {MAX_NESTING} deep")
    name = item.get("as")
    if name is not None and (not isinstance(name.value, str) or "/" in name.value or "." in name.value):
        raise RecipeError.at(name.place, f"'as' is one word (got {kind(name.value)}){quotes_help(name.value)}")
    times = _instances(item, name, expansion, prefix)
    target, root = expansion.open(item.mapping["use"], path)
    if times and target in (*above, path):
        raise RecipeError.at(item.mapping["use"].place, f"'{item.mapping['use'].value}' uses itself in a circle")
    check_keys(root, "a module", "module")
    if "steps" not in root.mapping:
        raise RecipeError.at(root.place, "a module needs 'steps'")
    found: list[StepNode] = []
    for n in times:
        own = prefix
        if name is not None:
            word = str(name.value)
            own = (*prefix, Segment(word if n is None else f"{word}{n}", word))
        steps = expand_items(root.mapping["steps"], target, expansion, own, (*above, path))
        figure = _figure(item, n)
        found += [_with_figure(step, figure) for step in _apply_set(steps, item.get("set"), own)]
        if len(found) > MAX_STEPS:
            raise EndlessError.at(item.place, f"the recipe expands to more than {MAX_STEPS} steps")
    return found


def _figure(item: Node, n: int | None) -> Node | None:
    """What a ``use`` item says of its *n*-th repeat's figure; of a list the last holds for all further ones. Of a use that is not repeated
    itself the list stays whole: a step takes its own out of it by the repeat that it stands in."""
    figure = item.get("fig")
    if figure is None or isinstance(figure.value, str):
        return figure
    if not figure.items or not all(isinstance(one.value, str) for one in figure.items):
        got = f"got {kind(figure.value)}"
        raise RecipeError.at(figure.place, f"fig is text, or a list of texts, one for each repeat ({got}){quotes_help(figure.value)}")
    return figure if n is None else figure.items[min(n, len(figure.items)) - 1]


def _with_figure(step: StepNode, figure: Node | None) -> StepNode:
    """*step* with the *figure* of the use that it comes from, unless it has its own."""
    if figure is None or step.node.get("fig") is not None:
        return step
    return replace(step, node=step.node.with_item("fig", figure))


def _instances(item: Node, name: Node | None, expansion: Expansion, prefix: tuple[Segment, ...]) -> list[int | None]:
    """The numbers of the instances of a ``use`` item called *name*, as it says itself, or as an edit of its ``repeat`` does."""
    repeat, label = item.get("repeat"), ""
    if name is not None:
        label, numbered = ("/".join([*above, str(name.value)]) for above in ([s.base for s in prefix], [s.name for s in prefix]))
        expansion.groups.add(label)
        for wanted, value in expansion.repeats.items():
            if wanted in (label, numbered):
                repeat = value if value.value is not None else None
                expansion.used_repeats.add(wanted)
    times = list(_times(repeat, name))
    if not times:
        expansion.empty.add(label)
    return times


def _times(repeat: Node | None, name: Node | None) -> Iterable[int | None]:
    if repeat is None:
        return [None]
    if isinstance(repeat.value, bool) or not isinstance(repeat.value, int) or not 0 <= repeat.value <= MAX_REPEAT:
        raise RecipeError.at(repeat.place, f"repeat must be a whole number from 0 to {MAX_REPEAT} (got {kind(repeat.value)})")
    if name is None:
        raise RecipeError.at(repeat.place, "repeat needs 'as', to tell the copies apart")
    return range(1, repeat.value + 1)


def _apply_set(steps: list[StepNode], changes: Node | None, own: tuple[Segment, ...]) -> list[StepNode]:
    if changes is None:
        return steps
    if not isinstance(changes.value, dict):
        raise RecipeError.at(changes.place, f"set is a mapping of address: value (got {kind(changes.value)})")
    within = tuple(replace(s, segments=s.segments[len(own):]) for s in steps)
    inside = Draft(Node({}, changes.place, {}), within, names_of(within))
    for address, value in changes.mapping.items():
        inside = edits.set_value(inside, address, value, changes.place_of(address))
    return [replace(s, segments=(*own, *s.segments)) for s in inside.steps]


SHIPPED_WORD = "shipped"
"""What stands for the library that comes with procsim, in the place of a file."""


def named_libraries(root: Node) -> Node:
    """The mapping of libraries to files that a recipe names; ``library: shipped`` names all that come with procsim. Raises RecipeError where it is
    something else."""
    named = root.get("library") or Node({}, root.place, {})
    if named.value == SHIPPED_WORD:
        return Node({key: Node(SHIPPED_WORD, named.place) for key in LIBRARIES}, named.place, dict.fromkeys(LIBRARIES, named.place))
    if not isinstance(named.value, dict):
        raise RecipeError.at(named.place, f"library is '{SHIPPED_WORD}' or a mapping of {', '.join(LIBRARIES)} to files (got {kind(named.value)})")
    return named


def libraries(root: Node, path: Path, expansion: Expansion) -> dict[str, Node]:
    """The shared libraries a recipe stands on: those it names, else (with a product) the shipped ones. Files in a list lie one over another."""
    named = named_libraries(root)
    wanted: dict[str, Node] = {}
    if root.get("product") is not None or root.get("packages") is not None:
        wanted = {key: Node(SHIPPED_WORD, root.place) for key in LIBRARIES}
    for key, value in named.mapping.items():
        if key not in LIBRARIES:
            raise RecipeError.at(named.place_of(key), f"no library '{key}'{did_you_mean(key, LIBRARIES)}", f"library.{key}")
        wanted[key] = value
    opened = {key: [expansion.open(_file(key, one), path)[1] for one in value.items or (value,)] for key, value in wanted.items()}
    return {key: reduce(overlay, files) for key, files in opened.items()}


def _file(key: str, written: Node) -> Node:
    """The file that an entry of a library means."""
    return replace(written, value=f"flows:library/{key}.yaml") if written.value == SHIPPED_WORD else written


def draft(root: Node, path: Path, expansion: Expansion) -> Draft:
    """Sections (libraries below, the recipe on top) and flat steps, before edits."""
    shared = libraries(root, path, expansion)
    empty = Node({}, root.place, {})
    sections = empty
    for key in ("name", "description", "shows", "product", "packages", "line", "run"):
        if key in root.mapping:
            sections = sections.with_item(key, root.mapping[key], root.place_of(key))
    line = sections.get("line") or empty
    own_tools = line.get("tools") or empty
    for key in LIBRARIES:
        own = own_tools if key == "tools" else root.get(key) or empty
        if not isinstance(own.value, dict):
            raise RecipeError.at(own.place, f"{key} must be a mapping (got {kind(own.value)})", key)
        sections = sections.with_item(key, overlay(shared.get(key, empty), own))
    sections = sections.with_item("line", line.without("tools"), root.place_of("line"))
    steps = tuple(expand_items(root.mapping["steps"], path, expansion)) if "steps" in root.mapping else ()
    return Draft(sections, steps, names_of(steps), repeats=dict(expansion.repeats))
