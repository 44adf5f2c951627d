"""Finds what a refusal offers instead: the names in the library that bear a role, do an op or give a state, and how they are listed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import get_args

from procsim.model.ability import Ability, Done
from procsim.model.document import Document
from procsim.model.library import Material, Part
from procsim.model.process import Numbers
from procsim.model.product import Product
from procsim.model.steps import Attach, Step
from procsim.recipe.recipe import Placed, Recipe

FEW = 6
"""Names that a message lists at most, and half as many roles of one material."""
PROPERTIES = frozenset({"photosensitive", "solderable", "wire_bondable", "machinable", "punchable", "transparent", "laminate"})
"""Roles that say what can be done with a material, not what it is; said only of one that has no others."""
SORTS = {"die": "dies face up without bumps", "face_down": "dies face down without bumps", "flip_chip": "dies face down on their bumps",
         "ring": "rings", "lid": "lids", "slug": "heat slugs",
         "passive": "passives", "ball": "balls", "bump": "printed bumps", "stud": "stud bumps", "pin": "pins"}
"""What an attach places, in words."""


def listed(names: Iterable[str], joint: str = "and", most: int = FEW) -> str:
    """Names as one says them, long lists cut: ``a, b and c``."""
    said = list(names)
    if len(said) > most:
        return f"{', '.join(said[:most])} and {len(said) - most} more"
    return f"{', '.join(said[:-1])} {joint} {said[-1]}" if len(said) > 1 else "".join(said)


def a(roles: Iterable[str]) -> str:
    """Roles as one says them: ``a moulding compound or filler``."""
    words = list(roles)
    said = listed([word.replace("_", " ") for word in words if word not in PROPERTIES] or [word.replace("_", " ") for word in words], "or", FEW // 2)
    return f"{'an' if said[:1] in 'aeiou' else 'a'} {said}"


def placing(sorts: Iterable[str]) -> str:
    """What an attach places, as one says it."""
    return listed([SORTS[sort] for sort in sorts], "or")


def would_fit(names: Iterable[str]) -> str:
    """The end of a refusal."""
    said = list(names)
    return f"{listed(said)} would fit" if said else "nothing in the library would fit"


def materials_for(document: Document, roles: Collection[str]) -> list[str]:
    """Materials that bear one of *roles*."""
    return [name for name, material in document.materials.items() if set(material.roles) & set(roles)]


def goes_again(material: Material) -> bool:
    """Whether it only lies on the panel for a while, as a resist does."""
    return material.sacrificial or bool({"resist", "masking_film", "release"} & set(material.roles))


@cache
def _unsaid() -> Ability:
    """What is known of a process that says nothing; nobody changes it."""
    return Ability()


def ability(of: Numbers) -> Ability:
    """What a process or step says that it can do: nothing where it says nothing."""
    return of.can if of.can is not None else _unsaid()


def doer(of: Numbers) -> str:
    """What a message calls the process of a step."""
    return getattr(of, "process", None) or "this process"


def op_of(step: Step) -> str:
    """The op of *step* as a process names it."""
    return step.op or "none"


def of_own(step: Step) -> bool:
    """Whether the op is one for which processes have no word yet."""
    return op_of(step) not in get_args(Done)


def unlike(roles: Collection[str], wanted: Collection[str]) -> bool:
    """Whether what bears *roles* is none of what is *wanted*; what bears none may be anything, and where nothing is wanted anything will do."""
    return bool(roles) and bool(wanted) and set(roles).isdisjoint(wanted)


def processes_for(document: Document, op: str = "", roles: Collection[str] = (), sorts: Collection[str] = (), gives: str = "", ends: str = "",
                  least_C: float | None = None) -> list[str]:  # noqa: N803  (unit as written by engineers)
    """Processes that do *op* (any, where none is named) with a material of one of *roles*, place one of *sorts*, give a state and end one, and are
    as hot as that needs; of those that give a state the coolest first."""
    found: list[tuple[float, str]] = []
    for name, process in document.processes.items():
        can = ability(process)
        does = not op or op in can.ops
        fits = not unlike(roles, can.takes) and (not sorts or bool(set(sorts) & set(can.places)))
        hot = least_C is None or can.temperature_C is None or can.temperature_C >= least_C
        if does and fits and hot and (not gives or gives in can.gives) and (not ends or ends in can.ends):
            found.append((can.temperature_C or 0.0 if gives else 0.0, name))
    return [name for _, name in sorted(found, key=lambda pair: pair[0])]


def made_for(names: Collection[str], *words: Collection[str]) -> list[str]:
    """*names* with those first that share a word with the first of *words*, then with the others: ``cure_mask`` for a ``solder_mask``."""
    def shared(name: str) -> tuple[int, ...]:
        own = set(name.split("_"))
        return tuple(-len(own & {part for one in some for part in one.replace("/", "_").split("_")}) for some in words)

    return sorted(names, key=shared)


def part_of(product: Product, parts: Mapping[str, Part], step: Step) -> Part | None:
    """The one of *parts* that an attach puts on a package; None where *step* puts dies, or is no attach."""
    return parts.get(step.what) if isinstance(step, Attach) and step.what not in product.dies else None


def dies_placed(recipe: Recipe, step: Attach) -> list[str]:
    """Kinds of die that an attach puts on; none where it puts a part."""
    product = recipe.product
    return [] if part_of(product, recipe.document.parts, step) is not None else list(dict.fromkeys(product.meant(step.what).values()))


def sorts_of(recipe: Recipe, step: Attach) -> set[str]:
    """What an attach places: a die with or without bumps, or a part of its kind; nothing where a bonding point does not say."""
    product = recipe.product
    dies = dies_placed(recipe, step)
    if dies:
        return {"die" if step.face == "up" else "flip_chip" if product.dies[name].bump_um > 0 else "face_down" for name in dies}
    part = recipe.document.parts[step.what]
    return set(part.roles) if part.kind == "point" else {part.kind}


def parts_attached(recipe: Recipe, *kinds: str) -> Iterator[tuple[Placed, Attach, Part]]:
    """Every attach of a ready-made part of one of *kinds*."""
    for placed in recipe.steps:
        part = part_of(recipe.product, recipe.document.parts, placed.step)
        if isinstance(placed.step, Attach) and part is not None and part.kind in kinds:
            yield placed, placed.step, part
