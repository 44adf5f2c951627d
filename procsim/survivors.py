"""Plan in, the mean fate of a lot out, in closed form: what is left of it before each position of its route, and where the rest went."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from procsim.plan.shape import Floats, Plan


@dataclass(frozen=True, slots=True)
class Flow:
    """What comes to each position and to the end, (P + 1,), of one lot started (*lots*: parts count one by one); *lost*
    units by cause (P + 1,), escapes included; *gone* (P,): units found bad or lost at each position."""

    lots: Floats
    panels: Floats
    live: Floats
    sites: Floats
    panels_lost: Floats
    found: Floats
    gone: Floats
    lost: Floats
    good: float
    escapes: float


def flow(plan: Plan) -> Flow:
    """Mean fate of one lot, position by position, over the mix of streams. Passes of rework count as independent of each other."""
    route = plan.route
    if (route.reached == route.reached[0]).all() and (plan.units == plan.units[0]).all():
        return _one(plan, 0)
    each = [_one(plan, r) for r in range(len(route.mix))]
    return Flow(**{f.name: sum(share * getattr(one, f.name) for share, one in zip(route.mix.tolist(), each, strict=True)) for f in fields(Flow)})


def _one(plan: Plan, stream: int) -> Flow:
    """Of a lot of one *stream*."""
    losses, n, size = plan.losses, plan.lot_panels, len(plan.group_of)
    there = np.append(plan.route.reached[stream], 1.0)
    again = np.where(plan.route.final, plan.route.reached[stream] * plan.route.fails, 0.0)
    units, parts = float(plan.units[stream]), np.append(plan.route.parts, 1)
    kept = 1.0  # lots not scrapped whole
    survive, alive, dead = 1.0, 1.0, 0.0  # panels not lost whole; of these, not taken out as all bad; taken out since the last removal
    good, known = 1.0, 0.0
    latent = np.zeros(size + 1)
    table = {name: np.zeros(size + 1) for name in ("lots", "panels", "live", "sites")}
    panels_lost, found, left, lost = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size + 1)

    def note(s: int) -> None:
        share = survive * alive
        table["lots"][s] = parts[s] * kept * (1.0 - (1.0 - share) ** max(n / parts[s], 1.0)) * there[s]
        table["panels"][s] = n * kept * share * there[s]
        table["live"][s] = n * units * kept * survive * (good + latent.sum()) * there[s]
        table["sites"][s] = table["live"][s] + n * units * kept * survive * known * there[s]

    for s in range(size):
        note(s)
        left[s] = kept * survive * (good + latent.sum())
        cells = losses.cells[losses.start[s] : losses.start[s + 1]]
        for cause, chance in ((size, losses.incoming[s]), (s, cells.mean())):
            spoiled = good * (1.0 - chance) * there[s]
            latent[cause] += spoiled
            good -= spoiled
        gone = survive * (1.0 - losses.panel[s]) * there[s]
        panels_lost[s] = n * kept * gone * alive
        lost += n * units * kept * gone * latent
        lost[s] += n * units * kept * gone * good
        survive -= gone
        if losses.inspects[s] and there[s] > 0:
            caught = np.where(losses.sees[s], latent * losses.coverage[s] * there[s], 0.0)
            latent = latent - caught
            rejected = good * losses.false_reject[s] * there[s]
            caught[s] += rejected
            good -= rejected
            known += caught.sum()
            lost += n * units * kept * survive * caught
            found[s] = n * units * kept * survive * caught.sum()
            here = known / (good + latent.sum() + known) if good + latent.sum() + known > 0 else 0.0
            now = (dead + (1.0 - dead) * here) ** units
            share = (now - dead) / (1.0 - dead) if dead < 1.0 else 0.0
            panels_lost[s] += n * kept * survive * alive * share
            known -= alive * share
            alive, dead = alive * (1.0 - share), now
        if losses.removes[s]:
            known, dead = known * (1.0 - there[s]), 0.0
        if again[s] > 0:
            share = kept * again[s]
            panels_lost[s] += n * share * survive * alive
            lost += n * units * share * survive * latent
            lost[s] += n * units * share * survive * good
            kept -= share
        left[s] -= kept * survive * (good + latent.sum())
    note(size)
    escaped = n * units * kept * survive * latent
    return Flow(**table, panels_lost=panels_lost, found=found, gone=n * units * left, lost=lost + escaped, good=n * units * kept * survive * good,
                escapes=float(escaped.sum()))
