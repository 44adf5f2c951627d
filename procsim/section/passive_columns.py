"""Lays out what stands for nets and passives in the row of columns: bonding pads, the pieces of a passive, and what runs over a die."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from procsim.model.passive import Passive
from procsim.model.product import Product
from procsim.section.section import Column


def column(region: str, masks: Iterable[str], width: float, net: str = "", passive: str = "") -> Column:
    """A column whose area is still to be shared out."""
    return Column(region, frozenset(masks), width, math.nan, net=net, passive=passive)


def bond(layers: int, net: str, passive: str = "") -> Column:
    """A bonding pad of *net* in the top one of *layers*."""
    return column("bond", ("bonding_pad", f"wiring{layers}", f"via{layers + 1}"), 3.0, net, passive)


def tower(layers: int, down_to: int = 1) -> set[str]:
    """The masks of wiring from layer *down_to* up to the top one of *layers*, joined by vias on top of each other."""
    return {f"wiring{k}" for k in range(down_to, layers + 1)} | {f"via{k}" for k in range(down_to + 1, layers + 1)}


def passive_columns(name: str, passive: Passive, layers: int, nets: Sequence[str] = ("", "")) -> list[Column]:
    """A passive from its second to its first end, each end tapped from the top wiring layer, where the bonding pads are; a printed one laps
    over the edges of the pads of its *nets*, first and second."""
    low, high = passive.layer, passive.layer + 1

    def body(*wired: int, width: float = 1.0, via: bool = False) -> Column:
        masks = {f"wiring{k}" for k in wired} | ({f"via{high}"} if via else set())
        return column("passive", masks | ({"passive"} if passive.kind == "sensor" else set()), width, passive=name)

    def tap(down_to: int) -> Column:
        return column("tap", tower(layers, down_to), 1.2, passive=name)

    if passive.kind == "printed":
        laps = [column("passive", ("passive", f"wiring{layers}"), 0.8, net, name) for net in nets]
        return [laps[1], column("passive", ("passive",), 2.2, passive=name), laps[0]]
    gap, line = body(width=0.6), body(low, width=0.8)
    if passive.kind == "plate":
        plates = body(low, high, width=4.0)
        plates = replace(plates, masks=plates.masks | {"passive"}) if passive.insulator else plates
        return [tap(high), body(high, width=0.8), plates, body(low, width=0.8), tap(low)]
    if passive.kind == "waveguide":  # cut along its line; the planes end before its ends
        return [tap(high), body(high, width=0.8), body(low, high, high + 1, width=5.0), body(high, width=0.8), tap(high)]
    if passive.kind in ("solenoid", "toroid"):
        loop = [body(low, high, via=True), body(low, high, width=1.5), body(low, high, via=True)]
        hole = body(width=3.0 if passive.kind == "toroid" else 0.8)
        return [tap(low), gap, *loop, hole, *loop, gap, tap(low)]
    inside = {
        "resistor": [body(low, width=4.0)],
        "spiral": [gap, line, gap, line, body(width=2.4), line, gap, line, gap],
    }.get(passive.kind, [gap, line, gap, line, gap, line, gap, line, gap])
    return [tap(low), *inside, tap(low)]


PAD = frozenset({"wiring1", "via1", "pad"})
"""The masks of a die pad and the wiring on it."""


def over_die(product: Product, die: str, nets: Sequence[str], layers: int, waiting: dict[str, Passive]) -> tuple[list[Column], list[Column]]:
    """What lies over *die* beside its outermost pads, from its left pad inwards and from its right pad inwards, with stretches of plain die
    between: passives of its sides that found no place beside it, each between a bonding pad of its own and one of the side's over a
    further die pad, and nets that run over the die. Their passives are *waiting* no longer.
    """
    found: list[list[Column]] = []
    for net in dict.fromkeys(nets):
        own: list[Column] = []
        for name, passive in list(waiting.items()):
            if product.net(passive.between[0]) == net:
                del waiting[name]
                ends = (net, product.net(passive.between[1]))
                block = reversed(passive_columns(name, passive, layers, ends))
                own += [_plain(), column("pad", PAD | tower(layers) | {"bonding_pad"}, 3.0, net), *block, bond(layers, ends[1], name)]
        found.append(own)
    left, right = found[0], (found[1] if len(found) > 1 else [])
    for name, over in product.through().items():
        if over == die:
            left += _across(name, name in product.buses, layers)
    return _on(die, left), _on(die, right)


def _across(net: str, bus: bool, layers: int) -> list[Column]:
    """A net over the die from pad to pad; a bus has a bonding pad in its middle."""
    run = column("run", ("wiring1",), 1.5, net)
    middle = [column("bond", tower(layers) | {"bonding_pad"}, 3.0, net)] if bus else []
    return [_plain(), column("pad", PAD, 1.2, net), run, *middle, run, column("pad", PAD, 1.2, net)]


def _plain() -> Column:
    return column("field", (), 3.0)


def _on(die: str, some: list[Column]) -> list[Column]:
    """*some* over *die*; those that are no passive have no area of their own, since the die's is shared out already."""
    return [replace(c, die=die, masks=c.masks | {"die", "cavity", f"cavity of {die}"}, area_cm2=c.area_cm2 if c.region == "passive" else 0.0,
                    region="passive" if c.region == "passive" else "die") for c in some]
