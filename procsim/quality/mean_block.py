"""Gives the outcomes of the mean lot as a block of lots would have them; panels and units are fractions."""

from __future__ import annotations

import numpy as np

from procsim.lots.branching import branching
from procsim.lots.records import Leavings, LotOutcomes
from procsim.lots.routing import Presence
from procsim.maths.arrays import Bools, Floats
from procsim.planning.plan import Plan
from procsim.quality.losses import Gone, blended, leavings
from procsim.quality.mean_lot import MeanLot, mean_lot


def average(plan: Plan, stream: int, who: Presence | None, learned: Floats | None, panels: int, begun: bool) -> LotOutcomes:
    """The mean outcomes of one lot of *stream* that begins (or had *begun*, at time 0) with so many *panels* and visits what *who* says
    (None: all of it), at whose steps densities are *learned* (P,) times what is written."""
    everywhere, nowhere = np.ones(len(plan.group_of)), np.zeros(len(plan.group_of))
    way = branching(plan.route.after, who.there[0], who.failed[0]) if who is not None else branching(plan.route.after, everywhere, nowhere)
    there = who.there[:1] if who is not None else everywhere[None]
    ways = way.apart(plan.losses.by_fault)
    return blended([_outcomes(plan, float(plan.units[stream]), mean_lot(plan, stream, one, learned, begun=begun), panels, there) for _, one in ways],
                   [chance for chance, _ in ways])


def _outcomes(plan: Plan, units: float, one: MeanLot, panels: int, there: Floats) -> LotOutcomes:
    """Of one lot that begins with so many *panels* of so many *units*."""
    each, held = _rows(plan, panels)
    left = np.divide(one.panels, one.lots, out=np.zeros_like(one.lots), where=one.lots > 0)
    some = 1.0 - (1.0 - np.minimum(left, 1.0)) ** np.maximum(each, 1.0)[:, None]  # panels are lost independently
    share, begun = each[:, None] * held, panels * units
    by_row = {name: share * units * np.append(getattr(one, name), 0.0) for name in ("again", "repaired")}
    return LotOutcomes(
        lots=np.where(share > 0, one.lots * some, 0.0), panels=share * one.panels, live=share * units * one.live, sites=share * units * one.sites,
        **by_row, panels_lost=panels * one.panels_lost[None], removed=begun * one.removed[None], scrapped=begun * one.scrapped[None],
        leavings=_left(one, begun), good=np.array([begun * one.good]), escapes=np.array([begun * float(one.latent.sum())]),
        escaped=begun * one.latent[None], infant=np.array([begun * one.infant]),
        panel_good=np.where(np.arange(plan.lot_panels) < panels, units * one.good, 0.0)[None], there=there)


def _rows(plan: Plan, panels: int) -> tuple[Floats, Bools]:
    """Panels that a lot, and each part of it, begins with, (rows,), and the positions to which it comes, (rows, P + 1)."""
    size = len(plan.group_of)
    each, held = [float(panels)], [np.ones(size + 1, dtype=bool)]
    for stretch in plan.route.stretches:
        come = np.zeros(size + 1, dtype=bool)
        come[stretch.first : stretch.stop] = True
        come[stretch.merge if stretch.merge >= 0 else size] = True
        share = plan.lot_panels / stretch.parts
        each += [min(max(panels - j * share, 0.0), share) for j in range(stretch.parts)]
        held += [come] * stretch.parts
    return np.array(each), np.array(held)


def _left(one: MeanLot, begun: float) -> Leavings:
    """What stopped being live, of *begun* units."""
    left: list[Gone] = []
    for loss in one.losses:
        way = np.flatnonzero(loss.bad)
        lot = np.zeros(len(way) + 1, dtype=np.int64)
        left.append((lot, loss.step, np.append(one.known.cause[way], loss.step), np.append(one.known.kind[way], loss.kind),
                     begun * np.append(loss.bad[way], loss.good), loss.found))
    return leavings(left)
