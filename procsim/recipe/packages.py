"""Joins the recipes of several packages into one Recipe on a shared line, whose steps are ``package/step``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from procsim.errors import RecipeError
from procsim.model.steps import Step
from procsim.recipe.changes import Edit
from procsim.recipe.expand import Expansion
from procsim.recipe.recipe import Recipe, Resolved
from procsim.recipe.tree import Node, locate


def sorted_out(packages: Node, edits: Sequence[Edit]) -> tuple[list[Edit], dict[str, list[Edit]]]:
    """The edits of the shared line, and those of each package, which are addressed ``package/step.field`` or ``package/product.field``."""
    own: list[Edit] = []
    inside: dict[str, list[Edit]] = {}
    for edit in edits:
        name, slash, rest = edit.target.partition("/")
        if slash and name in packages.mapping:
            inside.setdefault(name, []).append(replace(edit, target=rest))
        else:
            own.append(edit)
    return own, inside


def file_of(whole: Recipe, name: str, beside: Path, expansion: Expansion) -> Path:
    """The file of the package *name*."""
    place = locate(whole.sections, ["packages", name, "recipe"])
    return expansion.open(Node(whole.document.packages[name].recipe, place), beside)[0]


def named_tools(root: Node, edits: Sequence[Edit]) -> dict[str, bool]:
    """The tool groups that the shared line itself names, and whether it says how many tools each has. Where it does not, there are as many as the
    package with most of them has."""
    line = root.get("line")
    tools = line.get("tools") if line is not None else None
    found = {name: _counted(tool.mapping) for name, tool in tools.mapping.items()} if tools is not None else {}
    for edit in edits:
        head, *path = edit.target.removeprefix("line.").split(".")
        if head == "tools" and path:
            inside = path[1:2] or (edit.value.mapping)
            found[path[0]] = found.get(path[0], False) or _counted(inside)
    return found


def _counted(keys: Iterable[str]) -> bool:
    return not {"count", "speeds"}.isdisjoint(keys)


def joined(whole: Recipe, parts: Mapping[str, Recipe], own: Mapping[str, bool]) -> Recipe:
    """*whole* with the steps and tools of its *parts*. Raises RecipeError where a part is no package, or releases several streams."""
    if len(whole.document.line.streams()) != 1:
        raise RecipeError.at(locate(whole.sections, ["line", "releases"]), "packages share one release, by their shares; keep one", "line.releases")
    tools, written = dict(whole.document.tools), whole.sections.get("tools") or Node({}, whole.sections.place, {})
    for name, part in parts.items():
        place = locate(whole.sections, ["packages", name])
        if part.document.packages or part.document.product is None:
            why = "packages of its own" if part.document.packages else "no product"
            raise RecipeError.at(place, f"{name}: {part.path.name} is no package: it has {why}", f"packages.{name}.recipe")
        for tool, known in part.document.tools.items():
            if not own.get(tool, False) and _more(known.count, tools[tool].count if tool in tools else 0):
                if tool not in own:
                    written = written.with_item(tool, part.sections.mapping["tools"].mapping[tool])
                tools[tool] = tools[tool].model_copy(update={"count": known.count}) if tool in own else known
    resolved = Resolved(whole.resolved, packages={name: {"share": whole.document.packages[name].share, "recipe": part.resolved}
                                                  for name, part in parts.items()})
    draft = replace(whole.draft, sections=whole.sections.with_item("tools", written))
    return assembled(replace(whole, document=whole.document.model_copy(update={"tools": tools}), draft=draft, resolved=resolved), parts)


def _more(one: int | str, other: int | str) -> bool:
    """Whether *one* is more tools than the *other*; auto, which is as many as it takes, is more than any number."""
    return other != "auto" and (one == "auto" or int(one) > int(other))


def assembled(whole: Recipe, parts: Mapping[str, Recipe]) -> Recipe:
    """*whole* with the steps of its *parts*, all of which have its line, its tools and its economics."""
    line, tools = whole.document.line, whole.document.tools
    own_line = line.model_copy(update={"start_wip": None, "queue_time_limits": {}})  # these speak of steps of the whole
    used = {placed.step.tool or "" for part in parts.values() for placed in part.steps}
    found = {}
    for name, part in parts.items():
        mine = {key: (tools[key] if key in used else value).model_copy(update={"setup": None})  # which speaks of the whole mix
                for key, value in part.document.tools.items()}
        document = part.document.model_copy(update={"tools": mine, "line": own_line, "run": whole.document.run,
                                                    "economics": whole.document.economics})
        found[name] = replace(part, document=document, draft=replace(part.draft, sections=_with_tools(part.sections, whole.sections, used)))
    steps = tuple(replace(placed, step=placed.step.model_copy(update=_renamed(name, placed.step)), base=f"{name}/{placed.base}")
                  for name, part in parts.items() for placed in part.steps)
    return replace(whole, steps=steps, packages=found)


def _with_tools(own: Node, shared: Node, used: Iterable[str]) -> Node:
    """*own* with the tools that are *used* as they stand in the *shared* line, so that an error shows the one that counts."""
    mine, all_tools = own.get("tools"), shared.get("tools")
    if mine is None or all_tools is None:
        return own
    for name in used:
        if name in mine.mapping and name in all_tools.mapping:
            mine = mine.with_item(name, all_tools.mapping[name], all_tools.place_of(name))
    return own.with_item("tools", mine, own.place_of("tools"))


def _renamed(package: str, step: Step) -> dict[str, str]:
    """The names that the step and the step to whose tool it returns have in the mix."""
    found = {"id": f"{package}/{step.id}"}
    return {**found, "same_tool_as": f"{package}/{step.same_tool_as}"} if step.same_tool_as is not None else found
