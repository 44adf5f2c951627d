"""The end check: a finished Section in, nothing out, or the refusal of a package that would not work."""

from __future__ import annotations

from procsim.errors import RecipeError
from procsim.recipe.load import Recipe
from procsim.section.layout import dies_of
from procsim.section.ops import Site
from procsim.section.shape import EPS, Section


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
                film = own.part != "" and own.part == other.part and own.material == other.material
                if (i + 1, k) in parent and (film or min(own.top, other.top) - max(own.bottom, other.bottom) > EPS):
                    parent[root((i, j))] = root((i + 1, k))
    number = {body: n for n, body in enumerate(sorted({root(slab) for slab in slabs}))}
    return {slab: number[root(slab)] for slab in slabs}


def check_nets(section: Section, site: Site, recipe: Recipe) -> None:
    """Refuses a package in which a bonding point reaches no pad of its net, or two nets are shorted."""
    last = recipe.steps[-1]
    missing = [name for name, _ in dies_of(site.product) if name not in section.dies]
    if missing:
        raise RecipeError.at(last.place, f"the finished package has no die {missing[0]}; attach it", "steps")
    if not section.points:
        raise RecipeError.at(last.place, "the finished package has no bonding points; attach balls, bumps or pins", "steps")
    if not section.singulated:
        raise RecipeError.at(last.place, "the packages are never cut apart; end with singulate", "steps")
    bodies = joined(section, site)
    pads: dict[str, set[int]] = {}
    points: dict[str, set[int]] = {}
    for (i, j), body in bodies.items():
        column, slab = section.columns[i], section.columns[i].stack[j]
        if slab.pad:
            pads.setdefault(column.net, set()).add(body)
        elif "bonding_pad" in column.masks and slab.part in site.parts and site.parts[slab.part].kind == "point":
            points.setdefault(column.net, set()).add(body)
    for net, ends in points.items():
        if not ends & pads.get(net, set()):
            raise RecipeError.at(last.place, f"the package does not work: the bonding point of net {net} is not connected to its die pad", "steps")
    owner: dict[int, str] = {}
    for net, ends in pads.items():
        for body in ends:
            if owner.setdefault(body, net) != net:
                raise RecipeError.at(last.place, f"the package does not work: nets {owner[body]} and {net} are shorted", "steps")

