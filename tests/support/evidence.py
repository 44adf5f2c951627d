"""Evaluates one row of the table of statements: what kind of evidence it is, of which recipe, and whether that recipe really shows it.

A recipe is named by its path in flows/ without .yaml, and may be edited: ``embodiment_1 --set product.panel.part=organic_panel``.

    kind      what it says                                     example
    step      a step of that id has these fields               attach: op=attach adhesive=die_tape
    no step   no step (after another) has these fields         after grind: op=attach what=dies
    order     steps come in this order                         attach < mould < layer1/coat
    stack     materials of a column from the bottom up         pad @ layer1/plate: */aluminium/ti_cu_seed/copper
    level     tops of two columns                              die = run @ polish
    metric    a figure of merit, against a number or recipe    net_delay_mean < whatif/flip_chip_bga
    cost      a figure in closed form, likewise                panel_usd < whatif/flip_chip_bga
    amount    what a driver counts at a step                   layer1/via/develop via > 1
    value     what a field of the recipe is                    materials.copper.conductor = True
    net       pads and bonding points of a net in one body     logic.left: 1 pad, 1 point
    refusal   an edit and the words that refuse it             {remove: polish} → holes land on
    warning   words of a warning                               bonding points stand
    figure    a picture of this name, after this step          1B: polish_clean
    slip      why the document is wrong there                  (prose)
"""

from __future__ import annotations

import operator
import re
import tempfile
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from conftest import ROOT, loaded
from step_words import has, means_something, plain

from procsim.closed_form.solve import ClosedForm, solve
from procsim.errors import RecipeError
from procsim.figures.cells import Cell, by_figure, numbers
from procsim.figures.finer import known_of
from procsim.figures.views import views
from procsim.planning.make import make
from procsim.planning.plan import CATEGORIES, INCOMING, Plan
from procsim.recipe.load import load
from procsim.recipe.recipe import Recipe
from procsim.results.metrics import METRICS
from procsim.section.build import Built, build
from procsim.section.connect import joined
from procsim.section.figures_of_merit import Merits, merits
from procsim.section.ops import Site
from procsim.section.quantities import quantities
from procsim.section.section import Column, Section

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": lambda a, b: abs(a - b) <= 1e-6 * max(1.0, abs(b))}


@cache
def recipe_of(name: str) -> Recipe:
    flow, *edits = name.split(" --set ")
    path = ROOT / "flows" / f"{flow.strip()}.yaml"
    return load(path, [edit.strip() for edit in edits]) if edits else loaded(path)


@cache
def built_of(name: str) -> tuple[Built, ...]:
    return build(recipe_of(name))


@cache
def merits_of(name: str) -> Merits:
    return merits(recipe_of(name), built_of(name))


@cache
def closed_of(name: str) -> tuple[Plan, ClosedForm]:
    plan = make(recipe_of(name))
    return plan, solve(plan)


def evaluate(kind: str, recipe: str, what: str) -> None:
    """Raises AssertionError where *recipe* does not show *what*."""
    KINDS[kind](recipe, what)


def _step(recipe: str, what: str) -> None:
    name, fields = what.split(": ", 1)
    found = [p.step for p in recipe_of(recipe).steps if p.id == name]
    assert found, f"no step {name}"
    means_something(recipe_of(recipe).document, fields)
    assert has(found[0], fields), f"{name} is {found[0]!r}"


def _no_step(recipe: str, what: str) -> None:
    steps = [p.step for p in recipe_of(recipe).steps]
    after = re.match(r"after (\S+): ", what)
    if after:
        assert after[1] in [s.id for s in steps]
        steps, what = steps[next(i for i, s in enumerate(steps) if s.id == after[1]) + 1:], what[after.end():]
    means_something(recipe_of(recipe).document, what)
    assert steps, "no step comes after"
    assert not [s.id for s in steps if has(s, what)]


def _order(recipe: str, what: str) -> None:
    ids = [p.id for p in recipe_of(recipe).steps]
    places = [ids.index(name) for name in what.split(" < ")]
    assert places == sorted(places)


def after(recipe: str, step: str) -> Section:
    """The package after *step*; ``start`` is before the first."""
    built = built_of(recipe)
    return built[0].before if step == "start" else next(one.after for one in built if one.step.id == step)


def columns(section: Section, name: str) -> list[Column]:
    """What *name* stands for: a region, a mask, ``net:bus`` or ``passive:coil``."""
    kinds: dict[str, Callable[[Column], bool]] = {
        "die": lambda c: bool(c.die) and c.region == "die" and not c.net and not c.passive, "pad": lambda c: "pad" in c.masks,
        "bond": lambda c: "bonding_pad" in c.masks and not c.passive, "via": lambda c: c.region == "via"}
    kind, _, own = name.partition(":")
    chosen = kinds.get(kind, lambda c: {"net": c.net, "passive": c.passive, "dice": c.die}.get(kind, c.region) == (own or kind))
    found = [c for c in section.columns if chosen(c)]
    assert found, f"no column {name}"
    return found


def _materials(column: Column) -> str:
    return "/".join(material for material, _ in groupby(slab.material for slab in column.stack))


def _stack(recipe: str, what: str) -> None:
    name, step, pattern = re.fullmatch(r"(\S+) @ (\S+): (.*)", what).groups()  # type: ignore[union-attr]
    stacks = {_materials(column) for column in columns(after(recipe, step), name)}
    assert any(fnmatchcase(stack, pattern) for stack in stacks), stacks


def _level(recipe: str, what: str) -> None:
    one, sign, other, step = re.fullmatch(r"(\S+) (\S+) (\S+) @ (\S+)", what).groups()  # type: ignore[union-attr]
    section = after(recipe, step)
    tops = [{round(column.top, 6) for column in columns(section, name)} for name in (one, other)]
    assert all(COMPARE[sign](a, b) for a in tops[0] for b in tops[1]), tops


def _compared(recipe: str, what: str, value: Callable[[str, str], float]) -> None:
    """``figure < 3``, ``figure < other recipe`` or ``figure < 0.5 * other recipe``; ``figure < other figure @ other recipe`` for unlike ones."""
    name, sign, right = re.fullmatch(r"(\S+) (<=|>=|<|>|=) (.*)", what).groups()  # type: ignore[union-attr]
    mine = value(recipe, name)
    if re.fullmatch(r"-?[\d.]+(e-?\d+)?", right):
        wanted = float(right)
    else:
        share, _, other = right.rpartition(" * ")
        figure, _, where = other.rpartition(" @ ")
        wanted = float(share or 1) * value(where, figure or name)
    assert COMPARE[sign](mine, wanted), (name, mine, sign, wanted)


def _merit(recipe: str, name: str) -> float:
    rows = {row[0]: row[2] for row in merits_of(recipe).rows}
    assert name in rows, f"no figure {name}"
    return rows[name]


def _closed(recipe: str, name: str) -> float:
    """A metric of summary.csv, or what a category costs per good unit (``panel_usd``), or all of some steps (``usd@attach+cure``;
    the panel that the line starts with is the step ``(incoming)``)."""
    plan, closed = closed_of(recipe)
    for metric in METRICS:
        if metric.name == name:
            return float(metric.expected(closed))
    paid, good, rows = closed.costs.per_lot, closed.flow.good, [*plan.steps, INCOMING]
    if name.startswith("usd@"):
        return sum(float(paid[rows.index(step)].sum()) for step in name[4:].split("+")) / good
    return float(paid[:, CATEGORIES.index(name.removesuffix("_usd"))].sum() / good)


def _amount(recipe: str, what: str) -> None:
    def value(where: str, name: str) -> float:
        step, driver = name.split(":")
        known = quantities(recipe_of(where), built_of(where))
        return next(q for one, q in zip(built_of(where), known, strict=True) if one.step.id == step).amounts[driver].value

    _compared(recipe, what, value)


def _value(recipe: str, what: str) -> None:
    address, sign, wanted = re.fullmatch(r"(\S+) (<=|>=|<|>|=|has) (.*)", what).groups()  # type: ignore[union-attr]
    value = field(recipe, address)
    if sign == "has":
        assert wanted in value, value
    elif sign == "=":
        assert plain(value) == wanted, value
    else:
        number = float(wanted) if re.fullmatch(r"[\d.]+", wanted) else field(*wanted.split(" @ ")[::-1]) if "@" in wanted else field(recipe, wanted)
        assert COMPARE[sign](value, number), (value, number)


def field(recipe: str, address: str) -> Any:
    value: Any = recipe_of(recipe).document
    for part in address.split("."):
        value = value[part] if isinstance(value, dict) else value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def _net(recipe: str, what: str) -> None:
    name, pads, points = re.fullmatch(r"(\S+): (\d+) pads?, (\d+) points?", what).groups()  # type: ignore[union-attr]
    document, end = recipe_of(recipe).document, built_of(recipe)[-1].after
    assert document.product is not None
    bodies = joined(end, Site(document.product, document.materials, document.parts, recipe_of(recipe).steps[-1].place))
    seen: dict[int, list[str]] = {}
    for (i, j), body in bodies.items():
        slab, column = end.columns[i].stack[j], end.columns[i]
        if slab.pad or (slab.part in document.parts and document.parts[slab.part].kind == "point"):
            seen.setdefault(body, []).append(f"{'pad' if slab.pad else 'point'} {column.net}")
    assert [f"pad {name}"] * int(pads) + [f"point {name}"] * int(points) in [sorted(some) for some in seen.values()], seen


def _refusal(recipe: str, what: str) -> None:
    edit, words = what.rsplit(" → ", 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "edited.yaml"
        path.write_text(f"extends: flows:{recipe}.yaml\nchanges: [{edit}]\n", encoding="utf-8")
        try:
            edited = load(path)
            build(edited)
        except RecipeError as error:
            assert any(words in problem.message for problem in error.problems), str(error)
        else:
            raise AssertionError(f"{edit} is not refused")


def _warning(recipe: str, what: str) -> None:
    assert any(what in warning for warning in merits_of(recipe).warnings), merits_of(recipe).warnings


@cache
def _cells(recipe: str) -> dict[str, Cell]:
    return by_figure(built_of(recipe), known_of(recipe_of(recipe)))


@cache
def pictures(recipe: str) -> frozenset[str]:
    """Names of the figures and claims that *recipe* has a picture of: the section after a step, or passives and circuitry from above."""
    return frozenset((*_cells(recipe), *views(recipe_of(recipe), built_of(recipe))))


def _figure(recipe: str, what: str) -> None:
    """The picture is that of the last step that names it (after *step*, if one is given), and 1A comes before 1B before 1C."""
    name, _, step = what.partition(": ")
    assert name in pictures(recipe), sorted(pictures(recipe))
    in_order(recipe)
    lasts, cell = last_steps(recipe), _cells(recipe).get(name)
    if cell is not None and name in lasts and not cell.note.startswith("before "):     # two panels apart are those before a step
        assert cell.after == after(recipe, step or lasts[name]), f"{name} shows another package than that after {step or lasts[name]}"
    assert not step or lasts[name] == step, lasts[name]


def last_steps(recipe: str) -> dict[str, str]:
    """Figure → the last step that names it, in order of these steps."""
    lasts: dict[str, str] = {}
    for placed in recipe_of(recipe).steps:
        for name in numbers(placed.step.fig):
            lasts.pop(name, None)
            lasts[name] = placed.id
    return lasts


def in_order(recipe: str) -> None:
    """Of the figures of one number, each ends before those of later letters do: a step of FIG. 1A after FIG. 1B is done has the wrong figure."""
    series: dict[str, list[str]] = {}
    for name in last_steps(recipe):
        if found := re.fullmatch(r"(\d+)[A-Z]", name):
            series.setdefault(found[1], []).append(name)
    assert all(names == sorted(names) for names in series.values()), series


def _slip(recipe: str, what: str) -> None:
    assert not recipe
    assert len(what) > 20, "a slip says why"


KINDS: dict[str, Callable[[str, str], None]] = {
    "step": _step, "no step": _no_step, "order": _order, "stack": _stack, "level": _level,
    "metric": lambda recipe, what: _compared(recipe, what, _merit), "cost": lambda recipe, what: _compared(recipe, what, _closed),
    "amount": _amount, "value": _value, "net": _net, "refusal": _refusal, "warning": _warning, "figure": _figure, "slip": _slip,
}
