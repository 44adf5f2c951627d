"""Works out how many lots share a run: exact for batches of fixed size, else an estimate.

A tool that may start with fewer lots than it can take does so while it has time to: batches are as small as their minimum and the
patience of their first lot allow. Where that would take more time than there is, lots gather while the tools are at work, and batches
grow until the group keeps up, or are full. So a group is overloaded only if full batches overload it. That is so where all is regular; where all
comes by chance, the chain of ``markov.bulk_queue`` tells the size; and between them variability does, (ca² + ce²) / 2. Of K kinds, which do not
share a run, the chain counts less, 10 / (K + 9): a fit to simulations of three and eight kinds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from procsim.closed_form.arrivals import arrival_scv
from procsim.closed_form.terms import visit_scv
from procsim.maths.arrays import Bools, Floats, Ints
from procsim.maths.markov import bulk_queue
from procsim.planning.plan import HOUR, Plan

KEEPING_UP = 0.97
"""Load at which a group whose batches grow with the lots that wait is taken to keep up: it is hardly ever idle."""


STATES = 400
"""States of an idle group that ``markov.bulk_queue`` solves at most: a moment's work; beyond, batches are estimated as others are."""


@dataclass(frozen=True, slots=True)
class Forming:
    """How a batch forms: of *least* to *most* lots, of one of so many *kinds*, which are kept apart."""

    least: int = 1
    most: int = 1
    kinds: int = 1


def formed(plan: Plan, s: int, visited: Bools) -> Forming:
    """How batches form at position *s*; of one lot where nobody shares a run, or the chain of ``bulk_queue`` does not say how: where a batch goes
    when patience ends, where some lots run with all others, or there are more than ``STATES`` states. *visited* (P,) are the positions that lots
    come to."""
    g = int(plan.group_of[s])
    least, most = bounds(plan, s)
    known = int(plan.groups.count[g]) * least <= STATES and (least == 1 or plan.groups.wait_us[g] < 0)
    if not known or (plan.discipline.guests[g] >= 0).any():
        return Forming()
    return Forming(least, most, len(_kinds(plan, np.flatnonzero((plan.group_of == g) & visited))))


def bounds(plan: Plan, s: int) -> tuple[int, int]:
    """The fewest and the most lots that may run together at position *s*."""
    g, panels = int(plan.group_of[s]), plan.lot_panels / float(plan.route.parts[s])
    most = max(math.floor(plan.groups.batch_max[g] / panels + 1e-9), 1)
    return min(max(math.ceil(plan.groups.batch_min[g] / panels - 1e-9), 1), most), most


def _kinds(plan: Plan, at: Ints) -> set[tuple[int, str]]:
    """What keeps lots apart that come to the positions *at*: the batch key and, where that asks for it, the product."""
    return {(int(plan.batch_key[p]), release.product if plan.batch_product[p] else "")
            for p in at.tolist() for release, reached in zip(plan.streams, plan.route.reached[:, p], strict=True) if reached > 0}


def sizes(plan: Plan, rate: Floats, run_h: Floats, room: Floats) -> Floats:
    """Lots in a run at each position, (P,): 1 where lots run alone. *rate* (P,) lots an hour and *run_h* (P,) hours of a run there, *room*
    (G,) tools that are up."""
    found = np.ones(len(rate))
    random = np.minimum((arrival_scv(plan) + visit_scv(plan, run_h, np.zeros(len(rate)))) / 2, 1.0)
    for g in np.flatnonzero(plan.groups.batch_max).tolist():
        at = np.flatnonzero(plan.group_of == g)
        if not len(at):  # its only steps are of rework that is never done
            continue
        _, kind = np.unique(plan.batch_key[at], return_inverse=True)
        lots = np.asarray(np.bincount(kind, weights=rate[at]), dtype=float)
        hours = np.asarray(np.bincount(kind, weights=rate[at] * run_h[at]), dtype=float)
        parts = np.zeros(len(lots))
        np.maximum.at(parts, kind, plan.route.parts[at].astype(float))
        found[at] = _grown(lots, hours, *_bounds(plan, g, lots, plan.lot_panels / parts), KEEPING_UP * float(room[g]))[kind]
        exact, weight = _by_chance(plan, at, rate, float(hours.sum()), float(room[g]))
        found[at] += random[at] * weight * (exact - found[at])
    return found


def _by_chance(plan: Plan, at: Ints, rate: Floats, hours: float, room: float) -> tuple[float, float]:
    """Mean lots in a run of the group whose positions are *at*, were all times exponential, and how much that counts; 0 where the chain does not
    know. The group is busy for *hours* per hour if lots run alone, and has *room* tools that are up."""
    most_visited = int(at[rate[at].argmax()])
    forms = formed(plan, most_visited, rate > 0) if rate[most_visited] > 0 else Forming()
    if forms.least == forms.most or not 0 < hours < forms.most * room:
        return 0.0, 0.0
    total, tools = float(rate[at].sum()), int(plan.groups.count[plan.group_of[most_visited]])
    return bulk_queue(total, hours / total * tools / room, tools, forms.least, forms.most)[1], 10.0 / (forms.kinds + 9.0)


def _bounds(plan: Plan, g: int, lots: Floats, panels: Floats) -> tuple[Floats, Floats]:
    """The smallest and the largest run of each kind, whose *lots* of so many *panels* come so many an hour."""
    most = np.maximum(np.floor(plan.groups.batch_max[g] / panels + 1e-9), 1.0)
    least = np.clip(np.ceil(plan.groups.batch_min[g] / panels - 1e-9), 1.0, most)
    patience = int(plan.groups.wait_us[g])
    came = 1.0 + lots * patience / HOUR if patience >= 0 else np.inf  # with the first lot, when its patience ends
    return np.minimum(least, came), most


def _grown(lots: Floats, hours: Floats, least: Floats, most: Floats, room: float) -> Floats:
    """Sizes of runs, each at least *least*, that leave *lots* an hour, *hours* of run each if alone, no more than *room* tools busy."""

    def after(gap: float) -> Floats:
        """Sizes where *gap* hours pass between two runs of a kind."""
        return np.clip(lots * gap, least, most)

    def busy(gap: float) -> float:
        return float((hours / after(gap)).sum())

    longest = float((most / np.maximum(lots, 1e-300)).max())
    if busy(0.0) <= room or busy(longest) >= room:
        return after(0.0 if busy(0.0) <= room else longest)
    low, high = 0.0, longest
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if busy(middle) > room else (low, middle)
    return after(high)


def longest(plan: Plan, hours: Floats, batch: Floats) -> Floats:
    """*hours* (P,) of a run at each position where lots share it, *batch* (P,) of them, with lots at others: those of the longest, an estimate
    (some runs hold lots of one position only)."""
    found = hours.copy()
    for key in np.unique(plan.batch_key[batch > 1]).tolist():
        mine = (plan.batch_key == key) & (batch > 1)
        found[mine] = hours[mine].max()
    return found
