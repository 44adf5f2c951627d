"""Takes material away: grinding and polishing, etching, cavities, stripping; what cannot be done is refused.

    planarize  ▃▅▃ → ▃▃▃      etch  takes named materials from exposed tops      cavity  ▇▇▇ → ▇▂▇
"""

from __future__ import annotations

from dataclasses import replace

from procsim.model.steps import Cavity, Etch, Planarize, Step, Strip
from procsim.section.fitting import ability
from procsim.section.layout import dies_of
from procsim.section.ops import Site, settled
from procsim.section.section import EPS, PANEL, Column, Section, Slab, illegal, surfaces


def _plane(section: Section, step: Planarize, site: Site) -> float:
    """The height at which planarizing stops."""
    if step.to_um is not None:
        return section.bottom + step.to_um
    if step.less_um is not None:
        return section.top - step.less_um
    if step.die_um is not None:
        floors = {s.part: s.bottom for c in section.columns for s in c.stack if s.part in section.dies and c.net == ""}
        if not floors:
            raise illegal(site.place, step.id, "there is no die to thin", "attach dies first")
        return max(floors.values()) + step.die_um
    name = step.downto or ""
    tops: dict[str, float] = {}
    for slab in _named(section, name, site):
        key = slab.part or slab.material
        tops[key] = max(tops.get(key, slab.top), slab.top)
    if not tops:
        raise illegal(site.place, step.id, f"there is no {'die' if name == 'dies' else name} to stop on", "attach or deposit it first")
    low = min(tops, key=lambda k: tops[k])
    if max(tops.values()) - tops[low] > step.tolerance_um:
        raise illegal(site.place, step.id, f"{low} lies {max(tops.values()) - tops[low]:g} µm lower than the highest: it would stay covered",
                      "make the heights equal, or thin by die_um")
    return tops[low]


def _named(section: Section, name: str, site: Site) -> list[Slab]:
    """What ``downto`` names: the dies, a part by its name, or a material. A panel of the same metal as the wiring is meant only where there is no
    wiring."""
    found = [s for c in section.columns for s in c.stack
             if (name in ("die", "dies") and s.part in section.dies) or s.material == name or s.part == name]
    return [s for s in found if s.part not in site.parts or s.part == name] or found


def planarize(section: Section, step: Planarize, site: Site) -> Section:
    plane = _plane(section, step, site)
    if plane >= section.top - EPS:
        raise illegal(site.place, step.id, f"there is nothing above {plane:g} µm to take off", "fill or deposit first")
    dies = dict(dies_of(site.product))
    _uncovered(section, step, site, plane)
    for column in section.columns:
        for slab in column.stack:
            if section.points and slab.part in site.parts and site.parts[slab.part].kind == "point" and slab.top > plane + EPS:
                raise illegal(site.place, step.id, f"would take {slab.top - plane:g} µm off the bonding points", "planarize before they are attached")
            if slab.part not in section.dies or slab.top <= plane + EPS:
                continue
            if slab.face == "up":
                if step.downto and slab.top - plane <= min(step.tolerance_um, dies[slab.part].pad_height_um / 2) + EPS:
                    continue  # dies that are not quite as high as each other
                um = slab.top - max(plane, slab.bottom)
                back = "it lies face up, and is thinned from its back: place it face down, or flip the panel"
                raise illegal(site.place, step.id, f"would grind {um:g} µm into the active surface of {slab.part}",
                              back if step.die_um else "stop downto: dies" + _less(column, slab, step))
            floor = min(s.bottom for s in column.stack if s.part == slab.part)
            limit, pads = dies[slab.part].thinnest_um, dies[slab.part].pad_height_um
            if plane - floor < limit - EPS:
                raise illegal(site.place, step.id, f"would leave {slab.part} {plane - floor:g} µm thick; it may not go below {limit:g} µm")
            bulk = site.materials[dies[slab.part].material].min_um or 0.0
            if plane - floor - pads < max(bulk - EPS, EPS):
                why = f"of which its pads take {pads:g}, and the rest must be at least {bulk:g} µm" if bulk else "no more than its pads"
                raise illegal(site.place, step.id, f"would leave {slab.part} {plane - floor:g} µm thick, {why}", "leave more of it")
    _held(section, site, step, plane)
    ground = section.map(lambda c: c.cut(plane))
    for before, after in zip(section.columns, ground.columns, strict=True):
        if before.region != "gap" and before.height() >= ability(step).thinnest_um:
            _carried(after, step, site)
    return ground


def _less(column: Column, die: Slab, step: Planarize) -> str:
    """What else mends a step that takes so many µm off that it reaches the *die*: less of them, or more over it."""
    over = column.top - die.top
    if step.less_um is None or over <= EPS:
        return ""
    above = column.stack[-1]
    more = f", or fill more ({above.by}.over_um)" if above.by else ""
    return f", make less_um less than the {over:g} µm of {above.material} that lie over it{more}"


def _carried(column: Column, step: Step, site: Site) -> None:
    """Refuses to leave a film that nobody can handle where there was a panel."""
    if 0 < column.height() < ability(step).thinnest_um:
        raise illegal(site.place, step.id, f"leaves {column.height():g} µm with nothing that carries them", "bond a second panel on first")


def _uncovered(section: Section, step: Planarize, site: Site, plane: float) -> None:
    """Refuses to grind dies that stand free, and says which step fills round them later, if any."""
    low = [c.top for c in section.columns if c.region != "gap" and c.stack and c.top < plane - step.tolerance_um - EPS]
    if not low or not any(s.part in section.dies and s.top > plane - EPS for c in section.columns for s in c.stack):
        return
    there = {s.by for c in section.columns for s in c.stack}
    later = next((name for name in site.fills if name not in there), None)
    told = f"{later} does, and comes later: put it before" if later is not None else "put a step with op fill before, which this recipe has not"
    raise illegal(site.place, step.id, f"the dies stand free: beside them the surface lies {plane - min(low):g} µm below the plane",
                  f"fill round the dies before this step ({told})" if not there & set(site.fills) else "fill round the dies before this step")


def _held(section: Section, site: Site, step: Planarize, plane: float) -> None:
    """Refuses to grind away a panel that was bonded on."""
    for slab in (s for c in section.columns for s in c.stack):
        if slab.part in site.parts and slab.by != PANEL and slab.bottom > plane - EPS:
            raise illegal(site.place, step.id, f"would take {slab.part} away again", "planarize before it is put on")


def etch(section: Section, step: Etch, site: Site) -> Section:
    wanted = set(step.materials_)
    _etchant_fits(step, site)

    def dissolve(column: Column) -> Column:
        stack = list(column.stack)
        while stack and stack[-1].material in wanted and stack[-1].part not in section.dies:
            stack.pop()
        return replace(column, stack=tuple(stack))

    etched = section.map(dissolve)
    _eats_no_more(section, etched, step, site)
    etchant = site.materials[step.etchant] if step.etchant else None
    attacked = set(etchant.attacks) - wanted if etchant else set()
    for before, after in zip(section.columns, etched.columns, strict=True):
        _stops(before, after, step, site, attacked)
    return replace(etched, layer=etched.layer + 1, drawn=False) if etched.drawn else etched


def _etchant_fits(step: Etch, site: Site) -> None:
    """Refuses an etchant that leaves alone what it is to take."""
    etchant = site.materials[step.etchant] if step.etchant else None
    unable = [m for m in step.materials_ if etchant and etchant.etches and m not in etchant.etches]
    if unable:
        raise illegal(site.place, step.id, f"{step.etchant} does not etch {unable[0]}", f"take an etchant that does ({step.etchant} etches "
                      f"{', '.join(etchant.etches if etchant else ())})")


def _eats_no_more(section: Section, etched: Section, step: Etch, site: Site) -> None:
    """Refuses to etch a die, or what was plated, along; and to etch nothing."""
    wanted = set(step.materials_)
    eaten = next((c.surface for c in etched.columns if c.surface and c.surface.part in section.dies and c.surface.material in wanted), None)
    if eaten is not None:
        raise illegal(site.place, step.id, f"would eat the {eaten.material} of {eaten.part} as well", "name only what is to go, or protect the die")
    if etched == section:
        raise illegal(site.place, step.id, f"no {' or '.join(step.materials_)} is exposed; the surface is {surfaces(section.columns)}",
                      "flip the panel, or take off what covers it")
    plated = next((s for b, a in zip(section.columns, etched.columns, strict=True) for s in b.stack[len(a.stack):] if s.by in site.platers), None)
    if plated is not None:
        raise illegal(site.place, step.id, f"would eat the {plated.material} that {plated.by} put there", "name only the seed between the lines")


def _stops(before: Column, after: Column, step: Etch, site: Site, attacked: set[str]) -> None:
    """Refuses an etch that does not stop in the column, or whose etchant reaches a material that it also attacks (*attacked*)."""
    ground = after.stack[0] if after.stack else None
    gone = any(s.by == PANEL for s in before.stack) and not any(s.by == PANEL for s in after.stack)
    if gone and ground is not None and ground.material in attacked | set(step.materials_):
        bath = step.etchant or "the etch"
        raise illegal(site.place, step.id, f"{bath} dissolves the panel that stays ({ground.material}) along with the first one",
                      "take a second panel that it leaves alone, or another etchant")
    if before.stack and not after.stack:
        raise illegal(site.place, step.id, f"etches right through {before.stack[0].material} with nothing to stop on",
                      "put an insulating layer or a filling below it")
    if gone:
        _carried(after, step, site)
    surface = after.surface
    if surface is not None and surface.material in attacked:
        raise illegal(site.place, step.id, f"{step.etchant} reaches and attacks {surface.material}",
                      "take an etchant that does not, or protect it with a layer")


def cavity(section: Section, step: Cavity, site: Site) -> Section:
    chosen = section.inside(step.mask)
    if not any(c.stack for c in chosen):
        raise illegal(site.place, step.id, f"there is nothing left inside {step.mask} to take away", "make the cavity once")
    deep = {id(c): _deep(c, step, site) for c in chosen}
    for column in chosen:
        depth, thin = deep[id(column)], column.top - (column.stack[0].bottom if column.stack else 0.0)
        if depth is not None and depth >= thin - EPS:
            raise illegal(site.place, step.id, f"a cavity {depth:g} µm deep goes through the panel, which is {thin:g} µm thick",
                          "say through: true if that is meant")
    name = section.mask(step.mask)

    def dug(column: Column) -> Column:
        depth = deep[id(column)]
        return replace(column, stack=()) if depth is None else column.cut(column.top - depth)

    return section.map(dug, lambda c: name in c.masks)


def _deep(column: Column, step: Cavity, site: Site) -> float | None:
    """How deep the cavity is at *column*: as deep as that of its die, where dies have cavities of their own depths; None where it goes through."""
    if not isinstance(step.depth_um, dict):
        return step.depth_um
    stray = [name for name in step.depth_um if name not in site.product.dies] + [name for name in site.product.dies if name not in step.depth_um]
    if stray:
        raise illegal(site.place, step.id, f"depth_um names the dies {', '.join(step.depth_um)}, the package has {', '.join(site.product.dies)}",
                      "give each kind of die its depth")
    kinds = site.product.numbered()
    return max((step.depth_um[kind] for name, kind in kinds if f"cavity of {name}" in column.masks), default=max(step.depth_um.values()))


def strip(section: Section, step: Strip, site: Site) -> Section:
    if site.materials[step.material].conductor:
        raise illegal(site.place, step.id, f"{step.material} is a metal, not a resist or film that strips", "etch it, with an etchant")

    if step.side == "below":
        peeled = section.map(lambda c: replace(c, stack=c.stack[1:]) if c.stack and c.stack[0].material == step.material else c)
        if peeled == section:
            raise illegal(site.place, step.id, f"there is no {step.material} on the lower side", "deposit it there first, with side: below")
        return settled(peeled)

    def bare(column: Column) -> Column:
        surface = column.surface
        return replace(column, stack=column.stack[:-1]) if surface is not None and surface.material == step.material else column

    stripped = section.map(bare)
    if stripped == section:
        raise illegal(site.place, step.id, f"no {step.material} is exposed; the surface is {surfaces(section.columns)}")
    return stripped
