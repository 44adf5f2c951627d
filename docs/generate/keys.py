"""Writes the reference of keys from the model: meaning, kind, unit, range, default and an example of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generate.examples import Examples, examples, owner, units

from procsim.model.ability import Ability
from procsim.model.amounts import Law, Per
from procsim.model.base import Model
from procsim.model.bound import Bound
from procsim.model.clustering import Clustering
from procsim.model.descriptions import meaning
from procsim.model.document import Document, Packaged
from procsim.model.durations import MICROSECONDS
from procsim.model.duty import Attended, Pool, Setup, Shift
from procsim.model.economics import Economics
from procsim.model.facts import facts
from procsim.model.library import Layer, Material, Part
from procsim.model.line import Line, Lot, Release, Run
from procsim.model.nets import Bus, Circuitry
from procsim.model.passive import Passive
from procsim.model.physics import Cut, Physics
from procsim.model.process import Defects, Learning, Numbers, Repair, Survival
from procsim.model.product import Bonding, Die, Outline, Panel, Product, Vias, Wiring
from procsim.model.rework import Again, Rework
from procsim.model.steps import Glued, Step
from procsim.model.tool import Batch, Failure, Inline, Maintenance, Tool
from procsim.model.wafer import Wafer
from procsim.model.waiting import Found, QueueTimeLimit, Start

PAGES: dict[str, tuple[str, str, list[tuple[str, type[Model]]]]] = {
    "recipe": ("A recipe file", "What stands at the top of a recipe.", [("the file", Document), ("packages.NAME", Packaged)]),
    "product": ("The product", "The package, from which every quantity of a step follows.", [
        ("product", Product), ("product.package", Outline), ("product.panel", Panel), ("product.dies.NAME", Die), ("product.dies.NAME.wafer", Wafer),
        ("product.dies.NAME.circuitry", Circuitry), ("product.wiring", Wiring), ("product.vias", Vias), ("product.bonding", Bonding),
        ("product.buses.NAME", Bus), ("product.passives.NAME", Passive)]),
    "steps": ("Keys of steps", "What any step may say, whatever its op; what the ops add stands on a page of its own. A step may also hold every key of its process.", [
        ("a step", Step), ("a step's rework", Again), ("rework by chance", Rework)]),
    "processes": ("Processes", "How a step is done. A step may hold any of these keys too, and then wins, key by key.", [
        ("a process", Numbers), ("physics of a process", Physics), ("cuts.MATERIAL", Cut), ("yield", Survival), ("defects", Defects),
        ("defects: the law", Clustering), ("defects.learning", Learning), ("repair", Repair), ("can", Ability)]),
    "amounts": ("Amounts and distributions", "What may stand where a recipe holds a number.", [("a sum over drivers", Per), ("a distribution", Law)]),
    "materials": ("Materials and parts", "What is laid, consumed and bought ready-made.", [
        ("materials.NAME", Material), ("parts.NAME", Part), ("parts.NAME.layers", Layer)]),
    "tools": ("Keys of tool groups", "Machines that share one queue.", [
        ("tools.NAME", Tool), ("batch", Batch), ("inline", Inline), ("failures.NAME", Failure), ("maintenance.NAME, engineering.NAME", Maintenance),
        ("setup", Setup), ("attended", Attended)]),
    "line": ("Keys of the line", "How lots come, and what holds for all tools.", [
        ("line", Line), ("line.lot", Lot), ("line.release, line.releases.NAME", Release), ("schedule", Start), ("start_wip", Found),
        ("queue_time_limits.NAME", QueueTimeLimit), ("shifts.NAME", Shift), ("operators.NAME", Pool)]),
    "economics": ("Economics", "The price list.", [("economics", Economics)]),
    "run": ("The run", "How long and how often to simulate.", [("run", Run)]),
    "bounds": ("Bounds", "What a library or a recipe says that numbers must, or usually do, lie between.", [("bounds.NAME", Bound)]),
}
"""Page → title, a sentence, and the models on it, each under the address that it stands at."""


def write(folder: Path) -> None:
    """Writes one page for each of ``PAGES`` into *folder*."""
    shown = examples()
    folder.mkdir(parents=True, exist_ok=True)
    for name, (title, sentence, models) in PAGES.items():
        lines = [f"# {title}", "", sentence, ""]
        for address, model in models:
            lines += [*_of_model(address, model, shown), *(_kinds_of_law(shown) if model is Law else [])]
        (folder / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _of_model(address: str, model: type[Model], shown: Examples) -> Iterator[str]:
    yield from (f"## {address}", "", " ".join((model.__doc__ or "").split()).replace("``", "`"), "")
    yield from fields(model, [field for field in model.model_fields if owner(model, field) is model or model in (Glued,)], shown)


def _kinds_of_law(shown: Examples) -> Iterator[str]:
    for kind, field in Law.model_fields.items():
        inner = next((part for part in getattr(field.annotation, "__args__", ()) if isinstance(part, type) and issubclass(part, Model)), None)
        if inner is not None:
            yield from (f"### {kind}", "", meaning(Law, kind), "")
            yield from fields(inner, list(inner.model_fields), shown)


def fields(model: type[Model], names: list[str], shown: Examples) -> Iterator[str]:
    """A definition list of the fields *names* of *model*; a duration stands there once, for all its units."""
    schema = model.model_json_schema(by_alias=True)
    for name in names:
        stem, _, end = name.rpartition("_")
        if end in MICROSECONDS and end != "h" and f"{stem}_h" in model.model_fields:
            continue
        key = model.model_fields[name].alias or name
        yield f"`{key}`" + "".join(f", `{stem}_{other}`" for other in units(model, name) if other != "h")
        yield f": {meaning(model, name)}"
        example = _example(model, name, shown)
        if example is None and not _has_parts(schema["properties"][key]):
            raise ValueError(f"no recipe shows {model.__name__}.{name}: write one into docs/examples that does")
        yield f"  *{facts(model, name)}.*" + (f" Example: `{example[0]}` ({example[1]})." if example else "")
        yield ""


def _has_parts(node: dict[str, Any]) -> bool:
    """Whether the value is, or holds, mappings whose keys have examples of their own; or one word, which stands there already."""
    if "$ref" in node:
        return node["$ref"].rsplit("/", 1)[-1] not in ("Law", "Per")
    held = [node.get("items"), node.get("additionalProperties"), *node.get("patternProperties", {}).values(), *node.get("anyOf", []), *node.get("oneOf", [])]
    return "const" in node or any(_has_parts(part) for part in held if isinstance(part, dict))


def _example(model: type[Model], name: str, shown: Examples) -> tuple[str, str] | None:
    """An example of the field, in whatever unit there is one."""
    holder, stem = owner(model, name).__name__, name.removesuffix("_h")
    found = [shown[holder, one] for one in (name, *(f"{stem}_{other}" for other in units(model, name))) if (holder, one) in shown]
    return min(found, key=lambda one: len(one[0]), default=None)
