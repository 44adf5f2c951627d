"""Cuts from a Plan what lots of one release stream can meet, so that nothing is drawn, kept or summed for positions that they do not visit.

Random numbers keep their keys, and steps, tool groups and streams their numbers; positions are counted anew, along the stream's own route:

    route      coat  etch  print  bake  pack
    one's own  coat        print        pack      positions 0, 1, 2, which are 0, 2, 4 of the plan
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from procsim.maths.arrays import Bools, Ints
from procsim.maths.same import of_the_same
from procsim.planning.plan import Money, Plan, Route, Times
from procsim.planning.quality import ALONE, Losses, Whole
from procsim.planning.split_span import Stretch

Made = TypeVar("Made")

KEPT = 16
"""Plans, about, of which the parts that take long to cut are remembered, for all of their streams."""


@dataclass(frozen=True, slots=True)
class OwnRoute:
    """Of one stream: its own *plan*, with the *positions* (Q,) of the whole plan that its lots may visit, and, last, its end, *with_end* (Q + 1,);
    *stretches* are the numbers, in the whole plan, of those of its own plan."""

    plan: Plan
    positions: Ints
    with_end: Ints
    stretches: tuple[int, ...]

    @property
    def size(self) -> int:
        """Positions of its own."""
        return len(self.positions)

    @property
    def at(self) -> Ints | slice:
        """Where what is known by its own positions belongs among those of the whole plan."""
        return self.positions if self.size < self.with_end[-1] else slice(None)

    def columns(self) -> dict[int, int]:
        """Its own position, by that of the whole plan."""
        return {p: own for own, p in enumerate(self.positions.tolist())}


def own_route(plan: Plan, stream: int) -> OwnRoute:
    """The part of *plan* that is for lots of the stream with that number."""
    size = len(plan.group_of)
    if plan.route.streams[stream].all():
        at = np.arange(size)
        return OwnRoute(plan, at, np.append(at, size), tuple(range(len(plan.route.stretches))))
    return _cut(plan, stream)


def _cut(plan: Plan, stream: int) -> OwnRoute:
    """The part of *plan* for a stream that does not visit all of it."""
    where = (plan.route.streams, plan.route.after, plan.wip)  # the same in a plan with another mix, more tools or other prices
    at = _once(stream, lambda: np.flatnonzero(_visits(plan, stream)), *where)
    with_end = np.append(at, len(plan.group_of))
    stretches = {k: one for k, given in enumerate(plan.route.stretches) if (one := _stretch(given, at)) is not None}
    own = replace(
        plan, route=_route(plan.route, at, tuple(stretches.values())), group_of=plan.group_of[at], batch_key=plan.batch_key[at],
        batch_product=plan.batch_product[at], times=_once(stream, lambda: _times(plan.times, at), plan.times, *where),
        losses=_once(stream, lambda: _losses(plan.losses, at, with_end), plan.losses, *where),
        money=_money(plan.money, at, with_end), discipline=replace(plan.discipline, remaining=plan.discipline.remaining[:, at]), wip=None)
    return OwnRoute(own, at, with_end, tuple(stretches))


def _once(stream: int, cut: Callable[[], Made], *whence: object) -> Made:
    """What *cut* makes for the *stream* of these objects alone, or what it made of them before: the closed form, the engine and the books ask for the
    same, and so does each line with one more tool."""
    known = _by_stream(*whence)
    if stream not in known:
        known[stream] = cut()
    found: Made = known[stream]
    return found


@of_the_same(3 * KEPT)
def _by_stream(*_whence: object) -> dict[int, Any]:
    """What is cut of these objects, for ``_once`` to keep."""
    return {}


def _visits(plan: Plan, stream: int) -> Bools:
    """Whether a lot of the stream may come to each position, (P,): also one that is in the line at time 0, and to where that one failed."""
    after = plan.route.after
    found = plan.route.streams[stream].copy()
    for p in np.flatnonzero(after >= 0).tolist():  # loops stand behind what they come after
        found[p] &= found[after[p]]
    if plan.wip is not None:
        for p in np.unique(plan.wip.position[plan.wip.of(stream)]).tolist():
            while p >= 0:
                found[p] = True
                p = int(after[p])
    return np.asarray(found)


def _own(positions: Ints, at: Ints) -> Ints:
    """Their numbers among those *at*, -1 for one that is not there."""
    found = np.searchsorted(at, positions)
    return np.where(np.isin(positions, at), found, -1)


def _stretch(one: Stretch, at: Ints) -> Stretch | None:
    """*one* by positions of those *at*; None where none of them, nor where it merges, is among these."""
    first, stop = np.searchsorted(at, (one.first, one.stop)).tolist()
    merge = int(_own(np.array([one.merge]), at)[0])
    return Stretch(first, stop, merge, one.parts) if first < stop or merge >= 0 else None


def _route(route: Route, at: Ints, stretches: tuple[Stretch, ...]) -> Route:
    moved: dict[str, Any] = {name: _own(getattr(route, name)[at], at) for name in ("after", "origin")}
    names = ("step", "turn", "sample", "every", "fails", "final", "keys", "loop", "fresh")
    alone: dict[str, Any] = {name: getattr(route, name)[at] for name in names}
    detours = np.column_stack([route.detours[:, 0], _own(route.detours[:, 1], at)])
    return replace(route, **moved, **alone, streams=route.streams[:, at], reached=route.reached[:, at], detours=detours, stretches=stretches)


def _times(times: Times, at: Ints) -> Times:
    own = dict(zip(at.tolist(), range(len(at)), strict=True))
    terms = tuple(replace(term, step=own[term.step]) for term in times.terms if term.step in own)
    return Times(terms, times.inline[at], times.transport, times.transport_keys[at])


def _losses(losses: Losses, at: Ints, with_end: Ints) -> Losses:
    own = {p: i for i, p in enumerate(at.tolist())}
    sees = {own[p]: seen[with_end] for p, seen in losses.sees.items() if p in own}
    return replace(losses, **{name: getattr(losses, name)[at] for name in (*ALONE, "keys")}, spreads=tuple(losses.spreads[p] for p in at.tolist()),
                   sees=sees, whole=Whole(losses, at))


def _money(money: Money, at: Ints, with_end: Ints) -> Money:
    own = dict(zip(at.tolist(), range(len(at)), strict=True))
    uses = tuple(replace(use, step=own[use.step]) for use in money.uses if use.step in own)
    return replace(money, direct=money.direct[with_end], tooling=money.tooling[:, at], uses=uses)
