"""Lists what else a flow could be, one change at a time, and works out in closed form what each comes to: its what-ifs, and every other method, part
and price list that it can be made with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from procsim.errors import InfeasibleError, RecipeError
from procsim.experiments.points import Evaluator, Point
from procsim.model.steps import Attach
from procsim.recipe.expand import tree_of
from procsim.recipe.recipe import Recipe
from procsim.recipe.source import resolved
from procsim.recipe.whatifs import whatifs_of
from procsim.section.fitting import op_of, part_of, processes_for

KINDS = WHATIF, PRICES, PART, METHOD = "what-if", "price list", "part", "method"
"""Kinds of choices."""
AS_IT_IS = "as it is"
"""What stands for a kind of the flow itself."""
LIBRARY = "library"
"""The folder of a tree that its price lists lie in: files whose names begin with ``economics``."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One change of a flow, of a *kind*: the what-if *over* it, or else the *value* at an *address*."""

    kind: str
    address: str = ""
    value: str = ""
    over: Path | None = None

    @property
    def text(self) -> str:
        """It in a word, as the command line has it."""
        return f"{self.address}={self.value}" if self.over is None else self.over.stem


@dataclass(frozen=True, slots=True)
class Worth:
    """What the flow comes to with a *choice*, on the line as it is: USD per good unit *direct* and fully *loaded*, the *yield_*, and the *load* of
    the *bottleneck*. It is called *title*. *why*, where it cannot be built."""

    choice: Choice
    title: str = ""
    direct: float = float("nan")
    loaded: float = float("nan")
    yield_: float = float("nan")
    bottleneck: str = ""
    load: float = float("nan")
    why: str = ""


def choices(recipe: Recipe, over: Sequence[Path] | None = None) -> list[Choice]:
    """Every choice that *recipe* has, first the what-ifs *over* it, which are those of its tree unless they are given; whether it can be built so is
    not known yet."""
    found = [Choice(WHATIF, over=path) for path in (whatifs_of(recipe.path) if over is None else over)]
    if not recipe.packages:
        found += [*_price_lists(recipe), *_parts(recipe), *_methods(recipe)]
    return list(dict.fromkeys(found))


def _price_lists(recipe: Recipe) -> Iterator[Choice]:
    for path in sorted((tree_of(recipe.path) / LIBRARY).glob("economics*.yaml")):
        if resolved(path) not in recipe.files:
            yield Choice(PRICES, "library.economics", f"{LIBRARY}/{path.name}")


def _parts(recipe: Recipe) -> Iterator[Choice]:
    """Parts of the same kind: of the panel, and of what is attached."""
    product, parts = recipe.document.product, recipe.document.parts
    if product is None:
        return
    own = product.panel.part
    places = {"product.panel.part": own} | {f"{placed.base}.what": placed.step.what for placed in recipe.steps
                                            if isinstance(placed.step, Attach) and part_of(product, parts, placed.step) is not None}
    for address, part in places.items():
        for name, other in parts.items():
            if name != part and part in parts and other.kind == parts[part].kind:
                yield Choice(PART, address, name)


def _methods(recipe: Recipe) -> Iterator[Choice]:
    """Processes of the library that do the same op."""
    for placed in recipe.steps:
        for name in processes_for(recipe.document, op_of(placed.step)) if placed.step.process is not None else ():
            if name != placed.step.process:
                yield Choice(METHOD, f"{placed.base}.process", name)


def worth(flow: Evaluator, choice: Choice) -> Worth:
    """What *flow* comes to with *choice*, on the line as it is."""
    try:
        if choice.over is None:
            point = flow.at({choice.address: choice.value}, True)
            return _worth(choice, "", point)
        other = Evaluator(flow.path, flow.sets, (*flow.over, choice.over))
        return _worth(choice, other.recipe.title, other.at({}, True))
    except (RecipeError, InfeasibleError) as error:
        return Worth(choice, why=str(error).splitlines()[0])


def as_it_is(flow: Evaluator) -> Worth:
    """What *flow* comes to without any change."""
    return _worth(Choice(""), flow.recipe.title, flow.at({}, True))


def _worth(choice: Choice, title: str, point: Point) -> Worth:
    found, nan = point.figures(), float("nan")
    return Worth(choice, title, found.get("cost_per_good_unit_direct", nan), found.get("cost_per_good_unit_loaded", nan), found["yield"],
                 point.bottleneck, found["bottleneck_load"])


def cheapest_first(found: Sequence[Worth]) -> list[Worth]:
    """Those of *found* that can be built, the cheapest first; those without a cost come last."""
    built = [one for one in found if not one.why]
    return sorted(built, key=lambda one: (one.loaded != one.loaded, one.loaded, one.choice.text))
