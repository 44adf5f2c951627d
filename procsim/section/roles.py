"""Checks what goes with what: that a process does the op of its step, and that materials and parts have roles that op and process take."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from procsim.errors import Problem
from procsim.model.ability import Ability
from procsim.model.library import Layer
from procsim.model.steps import Attach, Bond, Cavity, Deposit, Etch, Fill, Pattern, Plate, Step, Strip
from procsim.recipe.recipe import Placed, Recipe
from procsim.recipe.unreached import used_parts
from procsim.section.fitting import (
    SORTS,
    a,
    ability,
    dies_placed,
    doer,
    goes_again,
    listed,
    materials_for,
    of_own,
    op_of,
    placing,
    processes_for,
    sorts_of,
    unlike,
    would_fit,
)

Roles = frozenset[str]

ADHESIVES: Roles = frozenset({"adhesive", "thermal_interface", "release", "solder"})
FILMS: Roles = frozenset({"liquid_dielectric", "film_dielectric", "vapour_dielectric", "solder_mask", "resist", "masking_film", "release"})
COATS: Roles = FILMS | {"seed", "sputter_metal", "electroless_metal"}
FILLINGS: Roles = frozenset({"moulding_compound", "filler", "liquid_dielectric"})
OPENED: Roles = FILMS | {"moulding_compound", "filler"}
PADS: Roles = frozenset({"pad_metal", "plating_metal", "wire_bondable"})
POINTS: Roles = frozenset({"solder", "stud_metal", "pin_metal", "bump_metal"})
BODIES: dict[str, Roles] = {"sheet": frozenset({"sheet"}), "ring": frozenset({"body"}), "lid": frozenset({"body"}), "slug": frozenset({"body"}),
                            "point": POINTS}
"""What a ready-made part is made of, by its kind."""
SORTED: dict[str, Roles] = {"ball": frozenset({"solder"}), "bump": frozenset({"solder", "bump_metal"}), "stud": frozenset({"stud_metal"}),
                            "pin": frozenset({"pin_metal"})}
"""What a bonding point is made of, by its sort."""
LAYERED: Roles = BODIES["sheet"] | PADS | {"solder_mask", "film_dielectric", "liquid_dielectric", "finish", "laminate"}
"""What a substrate that comes with layers of its own is made of."""
CIRCUITS: Roles = frozenset({"plating_metal", "electroless_metal", "finish", "via_paste"})
"""What the lines, vias and pads of a substrate are of: what is plated or pressed in, not every metal."""
OPENINGS: Roles = frozenset({"solder_mask", "film_dielectric", "liquid_dielectric"})
"""What covers a substrate and leaves its pads open."""


def _filling(step: Fill) -> Roles:
    """What a fill fills with: below a die, into holes, between the ends of a passive, or round the dies."""
    if step.under is not None:
        return frozenset({"underfill"})
    return {"via": frozenset({"via_paste"}), "passive": frozenset({"passive_paste", "via_paste"})}.get(step.mask or "", FILLINGS)


def _wanted(step: Step) -> Iterator[tuple[str, str | None, Roles, str]]:
    """(field, material, roles that fit it, who asks for them) of every material that a step is about; what its process takes goes before
    what its op may take."""
    takes, who, op = frozenset(ability(step).takes), doer(step), f"op {op_of(step)}"
    narrowed = (takes, who) if takes else None
    if isinstance(step, Attach):
        yield "adhesive", step.adhesive, *(narrowed or (ADHESIVES, op))
        yield "rim_adhesive", step.rim_adhesive, frozenset({"adhesive"}), "the rim of a lid"
    elif isinstance(step, Bond):
        yield "adhesive", step.adhesive, *(narrowed or (frozenset({"adhesive"}), op))
    elif isinstance(step, Deposit):
        yield "material", step.material, *(narrowed or (COATS, op))
    elif isinstance(step, Fill):
        yield "material", step.material, *(narrowed or (_filling(step), op))
    elif isinstance(step, Pattern):
        yield "material", step.material, *(narrowed or (OPENED, op))
    elif isinstance(step, Plate):
        yield "material", step.material, *(narrowed or (frozenset({"plating_metal", "finish"}), op))
    elif isinstance(step, Strip):
        yield "material", step.material, *(narrowed or (frozenset({"resist", "masking_film", "release"}), op))
    elif isinstance(step, Etch):
        yield "etchant", step.etchant, frozenset({"etchant"}), op
        yield from (("materials", name, takes, who) for name in step.materials_ if takes)


def problems(recipe: Recipe) -> Iterator[Problem]:
    """Steps whose process, material or part is not for what they do."""
    laid: set[str] = set()
    for placed in recipe.steps:
        wrong = list(_process(recipe, placed))
        yield from wrong
        if not wrong:
            wrong = list(_materials(recipe, placed))
            yield from wrong or _styles(recipe, placed)
        if isinstance(placed.step, Attach):
            yield from _placed(recipe, placed, placed.step)
        if isinstance(placed.step, Cavity):
            yield from _panel(recipe, placed)
        yield from _freed(recipe, placed, laid)
        laid.update(placed.step.materials(), sorts_of(recipe, placed.step) if isinstance(placed.step, Attach) else ())
    yield from _bodies(recipe)


def _process(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """A process that does not do the step's op."""
    step, can, op = placed.step, ability(placed.step), op_of(placed.step)
    if not can.ops or op in can.ops or of_own(step):
        return
    if step.rework_only and op == "clean" and "strip" in can.ops:  # on the way back the shape is left alone
        return
    material = getattr(step, "material", None)
    roles = recipe.document.materials[material].roles if material is not None else ()
    sorts = sorts_of(recipe, step) if isinstance(step, Attach) else ()
    does = listed("a step without op" if word == "none" else f"op {word}" for word in can.ops)
    wanted = "a step without op" if op == "none" else f"op {op}"
    fit = _in_place(recipe, placed, processes_for(recipe.document, op, roles, sorts))
    yield Problem(f"{step.id}: {doer(step)} does {does}, not {wanted}; {would_fit(fit)}", placed.place, f"{step.id}.process")


def _in_place(recipe: Recipe, placed: Placed, names: list[str]) -> list[str]:
    """Of *names* those that give what the next step that needs a state still lacks, hot enough for what was laid last and cool enough for
    all that was; all of them where that leaves none."""
    document, at = recipe.document, recipe.steps.index(placed)
    lacks: set[str] = set()
    if op_of(placed.step) == "none":
        given: set[str] = set()
        for after in recipe.steps[at + 1:]:
            if lacks := {str(state) for state in ability(after.step).needs} - given:
                break
            given |= set(ability(after.step).gives)
    laid = [document.materials[name] for before in recipe.steps[:at] for name in before.step.materials()]
    laid = [material for material in laid if not goes_again(material) and "etchant" not in material.roles]
    cures = next((m.cures_C for m in reversed(laid) if "cure" in m.needs), None) if op_of(placed.step) == "bake" else None

    def suits(can: Ability) -> bool:
        hot = can.temperature_C
        stand = [m.peak_C or m.stands_C if "reflow" in can.gives else m.stands_C for m in laid]
        cool = hot is None or all(most is None or hot <= most for most in stand)
        warm = cures is None or ("cure" in can.gives and (hot is None or hot >= cures))
        return cool and warm and (not lacks or bool(lacks & set(can.gives)))

    return [name for name in names if suits(ability(document.processes[name]))] or names


def _materials(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """Materials that are not what the op, or the process, takes."""
    for field, name, wanted, who in _wanted(placed.step):
        roles = recipe.document.materials[name].roles if name is not None else []
        if unlike(roles, wanted):
            fit = [other for other in materials_for(recipe.document, wanted) if field != "materials" or other != name]
            stays = [other for other in fit if not goes_again(recipe.document.materials[other])] if isinstance(placed.step, Deposit) else fit
            able = _able(recipe, placed.step) if field in ("material", "adhesive") else []
            mend = f"{would_fit(able)}; or of materials {listed(stays or fit) or 'none'}" if able else would_fit(stays or fit)
            yield Problem(f"{placed.id}: {who} takes {a(sorted(wanted))}, and {name} is {a(roles)}; {mend}", placed.place, f"{placed.id}.{field}")


def _styles(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """A coat that should follow the surface and ends flat, or the other way round; a punched hole with a bottom."""
    step, styles, who = placed.step, ability(placed.step).styles, doer(placed.step)
    if isinstance(step, Deposit) and styles and step.style not in styles:
        yield Problem(f"{step.id}: what {who} lays down is {listed(styles)}, not {step.style}", placed.place, f"{step.id}.style")
    if isinstance(step, Fill) and styles == ["over"] and (step.over_um == 0 or step.mask is not None):
        flush = would_fit(name for name in _able(recipe, step) if name != step.process)
        yield Problem(f"{step.id}: {who} fills over the dies, not flush; give over_um, or take another process: {flush}", placed.place,
                      f"{step.id}.{'process' if step.mask else 'over_um'}")
    if isinstance(step, Pattern) and styles == ["vias"] and step.mask != "via":
        able = [name for name in _able(recipe, step) if "vias" not in ability(recipe.document.processes[name]).styles]
        mend = f", or take another process: {would_fit(able)}" if able else ""
        yield Problem(f"{step.id}: {who} opens vias, hole by hole, not {step.mask}; say mask: via{mend}", placed.place, f"{step.id}.mask")
    if isinstance(step, Cavity) and styles and _shape(step) not in styles:
        holes = ["openings right through", "cavities with a bottom"]
        makes, asked = reversed(holes) if step.through else holes
        mend = "give depth_um instead of through: true" if step.through else "say through: true"
        fit = would_fit(name for name in processes_for(recipe.document, "cavity", _sheet(recipe)) if _shape(step) in
                        ability(recipe.document.processes[name]).styles)
        yield Problem(f"{step.id}: {who} makes {makes}, not {asked}; {mend}, or take another process: {fit}", placed.place,
                      f"{step.id}.{'process' if step.through else 'depth_um'}")


def _able(recipe: Recipe, step: Step) -> list[str]:
    """Processes that say that they do the step's op with its material."""
    document, name = recipe.document, getattr(step, "material", None) or getattr(step, "adhesive", None)
    roles = set(document.materials[name].roles) if name is not None else set()
    sorts = sorts_of(recipe, step) if isinstance(step, Attach) else set()
    return [other for other in processes_for(document, op_of(step), roles, sorts) if roles & set(ability(document.processes[other]).takes)]


def _shape(step: Cavity) -> str:
    return "through" if step.through else "blind"


def _sheet(recipe: Recipe) -> set[str]:
    """Roles of what the panel is made of."""
    document = recipe.document
    assert document.product is not None
    return {role for layer in document.parts[document.product.panel.part].stack() for role in document.materials[layer.material].roles}


def _placed(recipe: Recipe, placed: Placed, step: Attach) -> Iterator[Problem]:
    """A process that does not place such a thing, or that needs an adhesive which is not given."""
    can, sorts, who = ability(step), sorts_of(recipe, step), doer(step)
    if can.places and sorts and not sorts <= set(can.places):
        fit = processes_for(recipe.document, "attach", sorts=sorts)
        given = placing(sort for sort in SORTS if sort in sorts)
        yield Problem(f"{step.id}: {who} places {placing(can.places)}, not {given} ({step.what}); {would_fit(fit)}", placed.place,
                      f"{step.id}.process")
    elif can.takes and step.adhesive is None and not (dies_placed(recipe, step) and sorts == {"flip_chip"}):
        yield Problem(f"{step.id}: nothing holds {step.what}: {who} takes {a(can.takes)}; give adhesive and adhesive_um: "
                      f"{would_fit(materials_for(recipe.document, can.takes))}", placed.place, f"{step.id}.adhesive")


def _panel(recipe: Recipe, placed: Placed) -> Iterator[Problem]:
    """A cavity cut into a panel that the process does not cut."""
    product, takes, who = recipe.document.product, ability(placed.step).takes, doer(placed.step)
    assert product is not None
    for material in sorted({layer.material for layer in recipe.document.parts[product.panel.part].stack()}):
        roles = recipe.document.materials[material].roles
        if unlike(roles, takes):
            what, own = (listed((role.replace("_", " ") for role in of), "or", 3) for of in (takes, roles))
            fit = would_fit(processes_for(recipe.document, "cavity", roles))
            yield Problem(f"{placed.id}: {who} cuts what is {what}, and {material} is {own}; {fit}", placed.place, f"{placed.id}.process")


def _freed(recipe: Recipe, placed: Placed, laid: Collection[str]) -> Iterator[Problem]:
    """A process that frees what lies on a release layer, where there is none."""
    step, frees = placed.step, ability(placed.step).frees
    if not frees or set(frees) & set(laid):
        return
    document, wanted = recipe.document, set(step.materials()) - {step.etchant}
    able = [name for name, process in document.processes.items() if process.etchant is not None and step.op in ability(process).ops
            and wanted <= set(document.materials[process.etchant].etches)]
    yield Problem(f"{step.id}: {doer(step)} works by freeing {listed(frees)}, and none of it was laid; lay it before, or take another "
                  f"process ({listed(able) or 'none in the library'})", placed.place, f"{step.id}.process")


def _bodies(recipe: Recipe) -> Iterator[Problem]:
    """Dies and ready-made parts of a material that no such thing is made of."""
    document = recipe.document
    assert document.product is not None

    def wrong(what: str, material: str, wanted: Collection[str], address: str, among: Collection[str] = ()) -> Iterator[Problem]:
        roles = document.materials[material].roles
        if unlike(roles, wanted) or (among and material not in among):
            fit = would_fit(name for name in materials_for(document, wanted) if not among or name in among)
            yield Problem(f"{what} of {material}, which is {a(roles)}; {fit}", recipe.place(address), address)

    for name, die in document.product.dies.items():
        yield from wrong(f"die {name} is", die.material, {"semiconductor"}, f"product.dies.{name}.material")
        yield from wrong(f"die {name} has pads", die.pad_material, PADS, f"product.dies.{name}.pad_material")
        if die.bump_um:
            yield from wrong(f"die {name} has bumps", die.bump_material, POINTS, f"product.dies.{name}.bump_material")
    for name in sorted(used_parts(recipe) & document.parts.keys()):
        part = document.parts[name]
        if part.material is not None and part.kind in BODIES:
            sorts = part.roles if part.kind == "point" else ()
            made_of = frozenset().union(*(SORTED.get(sort, POINTS) for sort in sorts)) or BODIES[part.kind]
            yield from wrong(f"part {name} ({part.kind}) is", part.material, made_of, f"parts.{name}.material")
        made_of = LAYERED if part.kind == "sheet" else BODIES.get(part.kind, LAYERED)
        for number, layer in enumerate(part.layers or ()):
            address = f"parts.{name}.layers.{number}"
            inner = _drawn(layer, document.materials[layer.material].conductor) if part.kind == "sheet" else None
            yield from wrong(f"part {name} ({part.kind}) has a layer", layer.material, inner or made_of, f"{address}.material")
            if layer.rest is not None:
                insulates = {other for other, one in document.materials.items() if not one.conductor}
                yield from wrong(f"part {name} ({part.kind}) has a layer", layer.rest, made_of, f"{address}.rest", insulates if inner else ())


def _drawn(layer: Layer, conducts: bool) -> Roles | None:
    """What a layer of a substrate is of that is drawn: lines and pads, or what leaves them open."""
    if layer.mask is None:
        return None
    return CIRCUITS if conducts else OPENINGS if layer.negate else None


def unstated(recipe: Recipe) -> list[str]:
    """One warning of materials, processes and steps that say nothing of what they are for, so that anything goes with them."""
    document, steps = recipe.document, recipe.steps
    points = [name for name in sorted(used_parts(recipe) & document.parts.keys()) if document.parts[name].kind == "point"]
    names = {"materials": [name for name in sorted(_solid(recipe)) if not document.materials[name].roles],
             "processes": sorted({p.step.process for p in steps if p.step.process is not None and not ability(p.step).ops}),
             "steps": [p.id for p in steps if p.step.process is None and not ability(p.step).ops],
             "parts": [name for name in points if not document.parts[name].roles]}
    said = [f"{key} {listed(found)}" for key, found in names.items() if found]
    return [f"what {'; '.join(said)} may go with is not said: they are allowed everywhere (give materials and parts roles, processes "
            "can: {ops: …})"] if said else []


def _solid(recipe: Recipe) -> set[str]:
    """Materials that the package is made of, or that lie on the panel for a while."""
    document = recipe.document
    product = document.product
    assert product is not None
    named = {name for placed in recipe.steps for name in placed.step.materials()}
    layers = [layer for name in used_parts(recipe) & document.parts.keys() for layer in document.parts[name].stack()]
    dies = {name for die in product.dies.values() for name in (die.material, die.pad_material, *([die.bump_material] if die.bump_um else []))}
    return named | dies | {name for layer in layers for name in (layer.material, layer.rest or layer.material)}
