"""Plan in, the mean fate of a lot out, in closed form: what is left of it before each position of its route, and where the rest went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from procsim.faults import MeanFaults, cases
from procsim.plan.learning import factors, spread, window
from procsim.plan.shape import Bools, Floats, Plan
from procsim.plan.sources import sources
from procsim.verdicts import BAD, GOOD, SPOILED, look_at, verdict
from procsim.yields import Spread


@dataclass(frozen=True, slots=True)
class Flow:
    """What comes to each position and to the end, (P + 1,), of one lot started (*lots*: parts count one by one); *lost* units by cause
    (P + 1,), escapes included; *gone* (P,): units found bad or lost at each position, where others are looked at *again*, and *repaired*, (P,).
    *infant*: good units shipped that are weak."""

    lots: Floats
    panels: Floats
    live: Floats
    sites: Floats
    panels_lost: Floats
    found: Floats
    gone: Floats
    lost: Floats
    again: Floats
    repaired: Floats
    good: float
    escapes: float
    infant: float

    def worked(self, skips: Bools) -> Floats:
        """Units that are worked on at each position, (P,): all on the panels, or, where known-bad ones are skipped, the live ones; one that is
        looked at again counts again."""
        return np.where(skips, self.live[:-1], self.sites[:-1]) + self.again


def flow(plan: Plan, stay_us: float = 0.0) -> Flow:
    """Mean fate of one lot, position by position, over the mix of streams. Passes of rework count as independent of each other. Where defects
    are learned away, lots leave *stay_us* after their release."""
    route = plan.route
    alike = (route.reached == route.reached[0]).all() and (plan.units == plan.units[0]).all() and not plan.losses.learns.any()
    if alike:
        return _at(plan, 0)
    return _mean([_of_stream(plan, r, stay_us) for r in range(len(route.mix))], route.mix)


def _mean(flows: Sequence[Flow], weights: Floats) -> Flow:
    if len(flows) == 1:
        return flows[0]
    return Flow(**{f.name: sum(share * getattr(one, f.name) for share, one in zip(weights.tolist(), flows, strict=True)) for f in fields(Flow)})


def _of_stream(plan: Plan, stream: int, stay_us: float) -> Flow:
    """Of a lot of one *stream*; where defects are learned away, of the mean lot that leaves in the window."""
    lots, weights = window(plan, stream, stay_us)
    learned = factors(plan, stream, lots)
    return _at(plan, stream) if learned is None else _mean([_at(plan, stream, row) for row in learned], weights)


def _at(plan: Plan, stream: int, factor: Floats | None = None) -> Flow:
    """Of a lot of one *stream* at whose steps densities are *factor* (P,) times what is written."""
    found = cases(plan.losses, plan.route.reached[stream])
    return _mean([_one(plan, stream, there, factor) for _, there in found], np.array([chance for chance, _ in found]))


def _one(plan: Plan, stream: int, reached: Floats, factor: Floats | None) -> Flow:
    """The same, where the lot is at each position with the chance *reached* (P,)."""
    losses, n, size = plan.losses, plan.lot_panels, len(plan.group_of)
    there = np.append(reached, 1.0)
    again = np.where(plan.route.final, reached * plan.route.fails, 0.0)
    units, parts = float(plan.units[stream]), np.append(plan.route.parts, 1)
    kept = 1.0  # lots not scrapped whole
    survive, alive, dead = 1.0, 1.0, 0.0  # panels not lost whole; of these, not taken out as all bad; taken out since the last removal
    good, known = 1.0, 0.0
    ways = sources(losses)
    faults = MeanFaults(ways) if losses.by_fault.any() else None
    weak = np.zeros(size)
    latent = np.zeros(len(ways.cause))
    looks, repaired = np.zeros(size), np.zeros(size)
    table = {name: np.zeros(size + 1) for name in ("lots", "panels", "live", "sites")}
    panels_lost, found, left, lost = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size + 1)

    def note(s: int) -> None:
        share = survive * alive
        table["lots"][s] = parts[s] * kept * (1.0 - (1.0 - share) ** max(n / parts[s], 1.0)) * there[s]
        table["panels"][s] = n * kept * share * there[s]
        table["live"][s] = n * units * kept * survive * (good + latent.sum()) * there[s]
        table["sites"][s] = table["live"][s] + n * units * kept * survive * known * there[s]

    def by_cause(rows: Floats) -> Floats:
        return np.asarray(np.bincount(ways.cause, weights=rows, minlength=size + 1), dtype=float)

    for s in range(size):
        note(s)
        left[s] = kept * survive * (good + latent.sum())
        arrives, made = Spread(fixed=float(losses.incoming[s])), spread(losses, s, 1.0 if factor is None else float(factor[s]))
        for row, how in ((int(ways.arrival[s]), arrives), (s, made)):
            spoiled = good * (1.0 - how.power(1.0)) * there[s]
            latent[row] += spoiled
            good -= spoiled
            if faults is not None:
                faults.make(row, how, float(there[s]))
        weak[s] = losses.infant[s] * there[s]
        for k, row in ways.shown.get(s, ()):
            chance = weak[k] * losses.burn_in[s] * there[s]
            latent[row] += good * chance
            good -= good * chance
            weak[k] = (weak[k] - chance) / (1.0 - chance) if chance < 1.0 else 0.0
        gone = survive * (1.0 - losses.panel[s]) * there[s]
        panels_lost[s] = n * kept * gone * alive
        lost += n * units * kept * gone * by_cause(latent)
        lost[s] += n * units * kept * gone * good
        survive -= gone
        if losses.inspects[s] and there[s] > 0:
            seen = ways.seen(losses, s)
            hit = np.where(seen, losses.coverage[s], 0.0)
            if losses.by_fault[s] and faults is not None:
                hit = 1.0 - faults.miss(float(losses.coverage[s]), seen, float(there[s]))
            said = verdict(look_at(losses, s), latent * there[s], hit, np.zeros(len(latent), dtype=np.int64), np.array([good * there[s]]), _share)
            latent = latent - said.rejected[BAD] - said.cured
            if ways.damaged[s] >= 0:
                latent[ways.damaged[s]] += said.spoiled[0]
            good += said.good[0] - good * there[s]
            caught = by_cause(said.rejected[BAD])
            caught[s] += said.rejected[GOOD][0] + said.rejected[SPOILED][0]
            known += caught.sum()
            looks[s], repaired[s] = (n * units * kept * survive * number[0] for number in (said.again, said.repaired))
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
            lost += n * units * share * survive * by_cause(latent)
            lost[s] += n * units * share * survive * good
            kept -= share
        left[s] -= kept * survive * (good + latent.sum())
    note(size)
    escaped = n * units * kept * survive * by_cause(latent)
    shipped = n * units * kept * survive * good
    return Flow(**table, panels_lost=panels_lost, found=found, gone=n * units * left, lost=lost + escaped, again=looks, repaired=repaired,
                good=shipped, escapes=float(escaped.sum()), infant=shipped * float(1.0 - np.prod(1.0 - weak)))


def _share(_who: int, _number: int, units: Floats, chance: Floats | float) -> Floats:
    """The mean part of *units* for which something with a *chance* comes true."""
    return units * chance
