"""Checks that what is laid down gets its cure or reflow before a step needs it, and that what is developed was exposed.

    coat ─▶ expose ─▶ develop ─▶ cure ─▶ seed …        a coat that is not cured refuses the seed
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from procsim.errors import Problem
from procsim.model.library import Material
from procsim.model.steps import Attach, Bond, Deposit, Etch, Fill, Pattern, Step, Strip
from procsim.recipe.recipe import Placed, Recipe
from procsim.section.fitting import (
    a,
    ability,
    dies_placed,
    doer,
    listed,
    made_for,
    materials_for,
    of_own,
    op_of,
    part_of,
    processes_for,
    sorts_of,
    unlike,
    would_fit,
)

DONE = {"cure": "cured", "expose": "exposed", "reflow": "reflowed"}
FROM = {"cure": "cures", "reflow": "is molten"}
"""What a material does from a temperature up, by the state that it is brought to there."""
MAY_WAIT = {"cure": frozenset({"none", "inspect", "clean", "bake", "pattern", "attach"}), "reflow": frozenset({"none", "inspect", "bake", "attach"})}
"""Ops that may come before a cure, or a reflow, is given. An attach may only where ``_together`` says so."""


@dataclass
class _Laid:
    """A *material* that the step *placed* laid down, what it still *owes* and what it has *had*; *what* it belongs to, in words, and *short*
    of which temperature a bake remained."""

    material: str
    placed: Placed
    what: str
    owes: set[str]
    had: set[str] = field(default_factory=set)
    short: str = ""


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Obligations that are still open when a step comes that may not wait, and what is developed or drilled in the wrong state."""
    laid: list[_Laid] = []
    for placed in recipe.steps:
        if placed.step.rework_only:
            continue
        yield from _overdue(recipe, placed, laid)
        yield from _opened(recipe, placed, laid)
        yield from _soft(recipe, placed, laid)
        yield from _lit(recipe, placed, laid)
        _taken_off(placed.step, laid)
        laid += _put_on(recipe, placed)
        yield from _given(recipe, placed, laid)
    for one in laid:
        for state in sorted(one.owes):
            yield _unpaid(recipe, one, state, one.placed, "in the finished package")


def _material(recipe: Recipe, name: str) -> Material:
    return recipe.document.materials[name]


def _put_on(recipe: Recipe, placed: Placed) -> Iterator[_Laid]:
    """What a step lays down, and owes from then on; a step that says nothing of what it does owes nothing."""
    step = placed.step
    known = bool(ability(step).ops)

    def one(material: str, what: str, needs: tuple[str, ...] = ()) -> _Laid:
        owes = {*_material(recipe, material).needs, *needs} - {"expose"} if known else set()
        return _Laid(material, placed, what, set(owes), set() if known else set(DONE))

    if isinstance(step, Deposit | Fill):
        yield one(step.material, step.material)
    if isinstance(step, Attach | Bond):
        for name in dict.fromkeys((step.adhesive, getattr(step, "rim_adhesive", None))):
            if name is not None:
                yield one(name, name)
    if isinstance(step, Attach):
        product = recipe.product
        for name in dies_placed(recipe, step):
            if "flip_chip" in sorts_of(recipe, step) and product.dies[name].bump_um > 0:
                yield one(product.dies[name].bump_material, f"{product.dies[name].bump_material} of the bumps of {name}")
        part = part_of(product, recipe.document.parts, step)
        if part is not None and part.kind == "point":
            yield one(part.stack()[0].material, step.what, tuple(part.needs))


def _taken_off(step: Step, laid: list[_Laid]) -> None:
    """Forgets what is stripped, etched or freed: it owes nothing any more."""
    gone = {step.material} if isinstance(step, Strip) else set(step.materials_) if isinstance(step, Etch) else set()
    laid[:] = [one for one in laid if one.material not in gone]


def _overdue(recipe: Recipe, placed: Placed, laid: list[_Laid]) -> Iterator[Problem]:
    """A step that may not come before what an earlier one laid has its state; each debt is told once."""
    for one in laid:
        for state in sorted(one.owes):
            op = op_of(placed.step)
            if op in MAY_WAIT[state] and not (op == "attach" and not _together(recipe, one, state, placed)):
                continue
            one.owes.discard(state)
            yield _unpaid(recipe, one, state, placed, f"before op {op}")


def _together(recipe: Recipe, one: _Laid, state: str, placed: Placed) -> bool:
    """Whether a second thing may be attached before the first has its state: dies with dies, a lid with the ring that it rests on."""
    first, second = one.placed.step, placed.step
    if not isinstance(first, Attach) or not isinstance(second, Attach):
        return False
    before, after = sorts_of(recipe, first), sorts_of(recipe, second)
    bodies = {"ring", "lid", "slug"}
    if state == "cure" and before <= bodies:
        return after <= bodies
    small = {"die", "face_down", "flip_chip", "passive", "ball", "bump", "stud", "pin"}
    return (before <= small and after <= {"die", "face_down", "flip_chip", "passive"}) or (state == "reflow" and before == after)


def _least(recipe: Recipe, one: _Laid, state: str) -> float | None:
    """The temperature that *state* takes, where it is said."""
    material = _material(recipe, one.material)
    return {"cure": material.cures_C, "reflow": material.melts_C}.get(state)


def _unpaid(recipe: Recipe, one: _Laid, state: str, placed: Placed, when: str) -> Problem:
    by = "" if one.placed is placed else f" of {one.placed.id}"
    least = _least(recipe, one, state)
    own, step = _material(recipe, one.material), one.placed.step
    fit = made_for(processes_for(recipe.document, "bake", gives=state, least_C=least), [one.material, *own.roles], [doer(step), step.id])
    hot = f" at {least:g} °C or more" if least is not None else ""
    cold = f" ({one.short})" if one.short and state in FROM else ""
    return Problem(f"{placed.id}: {one.what}{by} is not {DONE[state]} {when}{cold}; put a step with op bake before it that does that{hot}: "
                   f"{would_fit(fit)}", placed.place, placed.id)


def _opened(recipe: Recipe, placed: Placed, laid: list[_Laid]) -> Iterator[Problem]:
    """A pattern of a material that is not exposed, or not cured, as its process needs it."""
    step, can = placed.step, ability(placed.step)
    if not isinstance(step, Pattern):
        return
    layer = next((one for one in reversed(laid) if one.material == step.material), None)
    if layer is None:
        return
    if "expose" in can.needs and "expose" not in layer.had and "expose" not in can.gives:
        fit = processes_for(recipe.document, "none", _material(recipe, step.material).roles, gives="expose")
        yield Problem(f"{step.id}: {step.material} of {layer.placed.id} is not exposed, so {doer(step)} has nothing to develop; "
                      f"expose it before, in a step without op: {would_fit(fit)}", placed.place, step.id)
    if "expose" in can.needs and "expose" not in can.gives and {"cure", "expose"} <= layer.had and ability(layer.placed.step).ops:
        yield Problem(f"{step.id}: {step.material} of {layer.placed.id} is cured already, and {doer(step)} develops it only before; cure it after "
                      "that", placed.place, step.id)
    if "cure" in can.needs and "cure" in layer.owes:
        fit = processes_for(recipe.document, "bake", gives="cure", least_C=_material(recipe, step.material).cures_C)
        yield Problem(f"{step.id}: {doer(step)} opens {step.material} that is cured, and that of {layer.placed.id} is not; "
                      f"cure it before: {would_fit(fit)}", placed.place, step.id)
        layer.owes.discard("cure")


def _soft(recipe: Recipe, placed: Placed, laid: list[_Laid]) -> Iterator[Problem]:
    """What has no cure yet, or never gets one, at a step that is too hot for it or would wash it away."""
    can, who, hot = ability(placed.step), doer(placed.step), ability(placed.step).temperature_C
    for one in laid:
        material, of = _material(recipe, one.material), f"{one.material} of {one.placed.id}"
        raw = "cure" in one.owes
        cured = "cure" in can.gives and (material.cures_C is None or hot is None or hot >= material.cures_C)
        if set(material.roles) & set(can.spoils) and (raw or not material.needs) and one.placed is not placed:
            what = "is not cured yet" if raw else "still lies there"
            mend = "cure" if raw else "strip"
            yield Problem(f"{placed.id}: {of} {what}, and {who} would spoil it; {mend} it before, or take another process: "
                          f"{would_fit(_gentle(recipe, placed, material))}", placed.place, f"{placed.id}.process")
        elif raw and hot is not None and material.soft_C is not None and hot > material.soft_C and not cured:
            one.owes.discard("cure")
            fit = processes_for(recipe.document, "bake", gives="cure", least_C=material.cures_C)
            at = (f"{placed.id} reaches {hot:g} °C, and {one.material} cures from {material.cures_C:g} °C up; until it is cured {of}"
                  if "cure" in can.gives else f"{who} is done at {hot:g} °C, and {of} is not cured by then: until it is, it")
            yield Problem(f"{placed.id}: {at} stands {material.soft_C:g} °C; cure it before: {would_fit(fit)}", placed.place, placed.id)


def _gentle(recipe: Recipe, placed: Placed, material: Material) -> list[str]:
    """Processes for the step's op that do not spoil *material*."""
    own = getattr(placed.step, "material", None)
    fit = processes_for(recipe.document, op_of(placed.step), material.roles if own is not None and recipe.document.materials[own] is material else ())
    return [name for name in fit if not set(material.roles) & set(ability(recipe.document.processes[name]).spoils)]


def _lit(recipe: Recipe, placed: Placed, laid: list[_Laid]) -> Iterator[Problem]:
    """An exposure, in a step without op, where nothing takes light, or of what its process is not for."""
    step, can = placed.step, ability(placed.step)
    if "expose" not in can.gives or op_of(step) not in can.ops or op_of(step) != "none":
        return
    if not all(_material(recipe, one.material).roles for one in laid) or any(of_own(other.step) for other in recipe.steps):
        return
    layer = next((one for one in reversed(laid) if "photosensitive" in _material(recipe, one.material).roles), None)
    if layer is None:
        light = listed([name for name, material in recipe.document.materials.items() if "photosensitive" in material.roles])
        yield Problem(f"{step.id}: {doer(step)} exposes what takes light, and nothing of the kind lies there ({light} would); lay it before",
                      placed.place, step.id)
        return
    roles = _material(recipe, layer.material).roles
    if unlike(roles, can.takes):
        fit = [name for name in processes_for(recipe.document, "none", roles, gives="expose") if name != step.process]
        able = [name for name in materials_for(recipe.document, can.takes) if "photosensitive" in _material(recipe, name).roles]
        yield Problem(f"{step.id}: {doer(step)} exposes {a(can.takes)}, and {layer.material} of {layer.placed.id} is {a(roles)}; {would_fit(fit)}"
                      f"; or lay {listed(able, 'or')} there instead", placed.place, f"{step.id}.process")


def warnings(recipe: Recipe) -> Iterator[str]:
    """Cures and reflows of nothing, and more reflows than what is soldered usually sees."""
    laid: list[_Laid] = []
    melted: dict[str, tuple[str, int, int]] = {}
    known = not any(of_own(placed.step) for placed in recipe.steps)
    for placed in recipe.steps:
        if placed.step.rework_only:
            continue
        gives = {state for state in ability(placed.step).gives if state in MAY_WAIT} if op_of(placed.step) == "bake" else set()
        if known and gives and not any(one.owes & gives for one in laid):
            told = listed([DONE[state] for state in sorted(gives)], "or")
            yield f"{placed.id}: {doer(placed.step)} works on nothing: all that lies there and is to be {told} is so already; leave it out"
        yield from _twice(recipe, placed, laid)
        _taken_off(placed.step, laid)
        laid += _put_on(recipe, placed)
        known = known and bool(ability(placed.step).ops)
        list(_given(recipe, placed, laid))
        for one in laid if "reflow" in gives else ():
            most = _material(recipe, one.material).usual_reflows
            if most is not None:
                melted[one.what] = (one.placed.id, melted.get(one.what, ("", 0, 0))[1] + 1, most)
    for what, (by, times, most) in melted.items():
        if times > most:
            yield f"{what} of {by} is melted {times} times, and stands {most} before its joints grow brittle; the board's own reflow comes on top"


def _twice(recipe: Recipe, placed: Placed, laid: list[_Laid]) -> Iterator[str]:
    """An exposure of what was exposed before."""
    layer = next((one for one in reversed(laid) if "photosensitive" in _material(recipe, one.material).roles), None)
    if op_of(placed.step) == "none" and "expose" in ability(placed.step).gives and layer is not None and "expose" in layer.had:
        yield f"{placed.id}: {layer.material} of {layer.placed.id} is exposed already; a second exposure blurs the first, so leave one of them out"


def _given(recipe: Recipe, placed: Placed, laid: list[_Laid]) -> Iterator[Problem]:
    """Gives the state that a step gives: a cure to all that is hot enough, an exposure to the last photosensitive layer. A bake or a step
    without op that says nothing of what it does gives every state."""
    step, can = placed.step, ability(placed.step)
    unknown = not can.ops and op_of(step) in ("none", "bake")
    for one in laid:
        for state in ("cure", "reflow"):
            if state not in can.gives and not unknown:
                continue
            needs = _least(recipe, one, state)
            if needs is None or can.temperature_C is None or can.temperature_C >= needs:
                one.owes.discard(state)
                one.had.add(state)
            else:
                one.short = f"{step.id} reaches {can.temperature_C:g} °C, and {one.material} {FROM[state]} from {needs:g} °C up"
    if "expose" in can.gives or unknown:
        layer = next((one for one in reversed(laid) if "photosensitive" in _material(recipe, one.material).roles or unknown), None)
        if layer is not None:
            if op_of(step) == "none" and not unknown and {"cure"} <= layer.had and ability(layer.placed.step).ops:
                yield Problem(f"{step.id}: {layer.material} of {layer.placed.id} is cured already, and light does nothing to it any more; "
                              "expose and develop it before its cure", placed.place, step.id)
            layer.had.add("expose")
