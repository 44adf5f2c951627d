"""Checks that a finished package would work, and refuses one that would not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from procsim.errors import Place, RecipeError
from procsim.recipe.recipe import Recipe
from procsim.section.layout import dies_of
from procsim.section.ops import Site
from procsim.section.section import EPS, Column, Section, Slab, surfaces


def joined(section: Section, site: Site) -> dict[tuple[int, int], int]:
    """Every conducting slab, as (column, slab), with the number of the conducting body it belongs to.

    Slabs touch when they lie on each other, or side by side in neighbouring columns; a film covers walls, so that neighbouring
    slabs of one film touch whatever their heights.
    """
    slabs = [(i, j) for i, c in enumerate(section.columns) for j, s in enumerate(c.stack) if site.conductor(s)]
    parent = {slab: slab for slab in slabs}

    def root(slab: tuple[int, int]) -> tuple[int, int]:
        while parent[slab] != slab:
            parent[slab] = parent[parent[slab]]
            slab = parent[slab]
        return slab

    for i, j in slabs:
        own = section.columns[i].stack[j]
        if (i, j + 1) in parent and abs(section.columns[i].stack[j + 1].bottom - own.top) <= EPS:
            parent[root((i, j))] = root((i, j + 1))
        if i + 1 < len(section.columns):
            for k, other in enumerate(section.columns[i + 1].stack):
                film = own.part != "" and (own.part, own.material, own.by) == (other.part, other.material, other.by)
                if (i + 1, k) in parent and (film or min(own.top, other.top) - max(own.bottom, other.bottom) > EPS):
                    parent[root((i, j))] = root((i + 1, k))
    number = {body: n for n, body in enumerate(sorted({root(slab) for slab in slabs}))}
    return {slab: number[root(slab)] for slab in slabs}


@dataclass(frozen=True, slots=True)
class _Ends:
    """The conducting bodies at the *pads* of each net, at its *points*, and at the points of each passive by net."""

    pads: dict[str, list[int]]
    points: dict[str, list[int]]
    passives: dict[str, dict[str, int]]


def _ends(section: Section, site: Site, bodies: dict[tuple[int, int], int]) -> _Ends:
    found = _Ends({}, {}, {})
    for (i, j), body in bodies.items():
        column, slab = section.columns[i], section.columns[i].stack[j]
        if slab.pad:
            found.pads.setdefault(column.net, []).append(body)
        elif "bonding_pad" in column.masks and slab.part in site.parts and site.parts[slab.part].kind == "point":
            if column.passive:
                found.passives.setdefault(column.passive, {})[column.net] = body
            else:
                found.points.setdefault(column.net, []).append(body)
    return found


def check_nets(section: Section, site: Site, recipe: Recipe) -> None:
    """Refuses a package that would not work: a die missing, a bonding point that reaches no pad of its net, a pad that reaches
    nothing, two nets shorted, a passive that is not built, resist left in it."""
    _complete(section, site, recipe)
    bodies = joined(section, site)
    ends = _ends(section, site, bodies)
    _reached(section, recipe, bodies, ends)
    _shorts(section, site, recipe, bodies, ends)
    _passives_work(section, site, recipe, ends)


def _complete(section: Section, site: Site, recipe: Recipe) -> None:
    """Refuses a package in which something is missing, or left."""
    last = recipe.steps[-1].place
    missing = [name for name, _ in dies_of(site.product) if name not in section.dies]
    if missing:
        raise RecipeError.at(last, f"the finished package has no die {missing[0]}; attach it", "steps")
    left = [s for c in section.columns for s in c.stack if site.materials[s.material].sacrificial]
    if left:
        raise _broken(recipe, left[0].by, f"{left[0].material} is left in the finished package", "strip it")
    if not section.points:
        raise RecipeError.at(last, "the finished package has no bonding points; attach balls, bumps or pins", "steps")
    if not section.singulated:
        raise RecipeError.at(last, "the packages are never cut apart; end with singulate", "steps")
    buried = [c.stack[-1] for c in section.inside("bonding_pad") if c.stack and not (
        c.stack[-1].part in site.parts or (c.stack[0].part in site.parts and site.parts[c.stack[0].part].kind == "point"))]
    if buried:
        raise _broken(recipe, buried[0].by, f"{buried[0].material} covers the bonding points", "put it on before them")


def _passives_work(section: Section, site: Site, recipe: Recipe, ends: _Ends) -> None:
    """Refuses passives that are not there, that nothing joins, or that see nothing."""
    last = recipe.steps[-1].place
    for name, passive in site.product.passives.items():
        drawn = {c.passive for c in section.columns}
        if name not in drawn:
            raise RecipeError.at(last, f"the package has no place for passive {name}", f"product.passives.{name}")
        one, two = (_owned(ends, name, site.product.net(end)) for end in passive.between)
        if passive.kind in ("printed", "resistor") and not one & two:  # a cut through a winding shows no whole turn
            mend = "print a conducting paste there, on its bonding pads: op fill, mask: passive" if passive.kind == "printed" else "wire its layers"
            raise RecipeError.at(last, f"the package does not work: passive {name} is not built; nothing joins its bonding pads; {mend}",
                                 f"product.passives.{name}")
        if passive.insulator is not None:
            _insulated(section, site, name, passive.insulator, last)
        over = [c for c in section.columns if c.passive == name and c.region == "passive" and any(m.startswith("wiring") for m in c.masks)
                  and not site.conductor(c.surface)]
        if passive.kind == "sensor" and over:
            raise RecipeError.at(last, f"the package does not work: sensor {name} lies below {surfaces(over)}; open a window over it: "
                                 "op pattern, mask: passive", f"product.passives.{name}")


def _insulated(section: Section, site: Site, name: str, insulator: str, last: Place) -> None:
    """Refuses a plate capacitor between whose plates lies something else than the *insulator* that it says."""
    for column in section.columns:
        if column.passive == name and "passive" in column.masks:
            metal = [i for i, s in enumerate(column.stack) if site.conductor(s) and s.part not in site.parts and not s.pad]
            between = {s.material for s in column.stack[metal[0]:metal[-1]] if not site.conductor(s)} if metal else set()
            if between != {insulator}:
                found = ", ".join(sorted(between)) or "nothing"
                raise RecipeError.at(last, f"the package does not work: between the plates of {name} lies {found}, not {insulator}; open the "
                                     "dielectric there and fill it: op pattern, then op fill, both with mask: passive",
                                     f"product.passives.{name}.insulator")


def _owned(ends: _Ends, passive: str, net: str) -> set[int]:
    """The conducting bodies that belong to *net*, including those at the points of *passive*."""
    return {*ends.pads.get(net, ()), *ends.points.get(net, ()), *(body for n, body in ends.passives.get(passive, {}).items() if n == net)}


def _broken(recipe: Recipe, step: str, why: str, mend: str) -> RecipeError:
    """The error of a package that does not work because of *step*, which is where the error stands."""
    placed = next((p for p in recipe.steps if p.id == step), recipe.steps[-1])
    return RecipeError.at(placed.place, f"{placed.id}: the package does not work: {why}; {mend}", placed.id)


def _slabs(section: Section, bodies: dict[tuple[int, int], int], body: int) -> list[tuple[Column, Slab]]:
    return [(section.columns[i], section.columns[i].stack[j]) for (i, j), own in bodies.items() if own == body]


def _reached(section: Section, recipe: Recipe, bodies: dict[tuple[int, int], int], ends: _Ends) -> None:
    """Checks that every point reaches a pad of its net, and every pad a point of its net or another die's pad."""
    for net, points in ends.points.items():
        for body in points:
            if body not in ends.pads.get(net, []):
                low = min((s for _, s in _slabs(section, bodies, body)), key=lambda s: abs(s.bottom - _active(section, net)))
                raise _broken(recipe, low.by, f"the bonding point of net {net} is not connected to its die pad: its metal ends at {low.material}",
                              "open a via below it")
    for net, pads in ends.pads.items():
        reached = set(ends.points.get(net, ())) | {body for own in ends.passives.values() for n, body in own.items() if n == net}
        for body in pads:
            if body not in reached and pads.count(body) < 2:
                top = max((s for _, s in _slabs(section, bodies, body)), key=lambda s: abs(s.bottom - _active(section, net)))
                raise _broken(recipe, top.by, f"the die pad of net {net} is connected to no bonding point: its metal ends at {top.material}",
                              "build the wiring out to a bonding pad")


def _active(section: Section, net: str) -> float:
    """The height of the pads of *net*."""
    return next((s.bottom for c in section.columns if c.net == net for s in c.stack if s.pad), 0.0)


def _shorts(section: Section, site: Site, recipe: Recipe, bodies: dict[tuple[int, int], int], ends: _Ends) -> None:
    """Checks that no body belongs to two nets, unless a conducting passive joins them on purpose."""
    joins = {frozenset(site.product.net(end) for end in p.between) for p in site.product.passives.values() if p.conducting}
    owners: dict[int, set[str]] = {}
    for net, found in (*ends.pads.items(), *ends.points.items(), *((n, [b]) for own in ends.passives.values() for n, b in own.items())):
        for body in found:
            owners.setdefault(body, set()).add(net)
    for body, nets in owners.items():
        for one, other in combinations(sorted(nets), 2):
            if frozenset((one, other)) not in joins and not _chained(one, other, nets, joins):
                by = _bridge(section, bodies, body)
                raise _broken(recipe, by.by, f"nets {one} and {other} are shorted by {by.material}", "take it off between the nets")


def _chained(one: str, other: str, nets: set[str], joins: set[frozenset[str]]) -> bool:
    """Whether passives join *one* and *other* by way of further *nets*."""
    reached, fresh = {one}, [one]
    while fresh:
        here = fresh.pop()
        new = {n for n in nets - reached if frozenset((here, n)) in joins}
        reached |= new
        fresh += new
    return other in reached


def _bridge(section: Section, bodies: dict[tuple[int, int], int], body: int) -> Slab:
    """The slab of *body* that should not be there: one in a column of no net and no passive, or else any that is not a pad."""
    slabs = [(c, s) for c, s in _slabs(section, bodies, body) if not s.pad]
    free = [s for c, s in slabs if not c.net and not c.passive]
    return min(free or [s for _, s in slabs], key=lambda s: s.thickness)
