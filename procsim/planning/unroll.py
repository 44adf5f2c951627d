"""Lays out along the route what is known by step: a step that is passed again is met again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from procsim.maths.arrays import Floats
from procsim.maths.keyed_random import key_of
from procsim.maths.same import FLOWS, of_the_same
from procsim.planning.plan import CATEGORIES, Money, Route, Term, Use
from procsim.planning.quality import ALONE, Losses
from procsim.planning.route import position_names
from procsim.recipe.recipe import Recipe

_MASK = 2**64 - 1
ONCE = [CATEGORIES.index(name) for name in ("die", "panel")]
"""What is paid for when a step is done for the first time only."""


def terms(route: Route, known: Sequence[Term]) -> tuple[Term, ...]:
    """Terms of time by position; a further pass has random numbers of its own."""
    of_step: dict[int, list[Term]] = {}
    for term in known:
        of_step.setdefault(term.step, []).append(term)
    return tuple(term if (p, t) == (s, 0) else replace(term, step=p, key=(term.key + t * 0x9FB21C651E98DF25) & _MASK)
                 for p, (s, t) in enumerate(zip(route.step.tolist(), route.turn.tolist(), strict=True)) for term in of_step.get(s, ()))


def losses(route: Route, known: Losses, recipe: Recipe) -> Losses:
    """Chances by position. What a step brings in arrives on its first pass only; an inspection sees what any earlier pass of its steps did."""
    steps, at = recipe.steps, route.step
    size = len(at)
    sees = {p: np.append(known.sees[at[p]][at] & (np.arange(size) < p), known.sees[at[p]][-1]) for p in np.flatnonzero(known.inspects[at]).tolist()}
    names = position_names([placed.id for placed in steps], at, route.turn)
    return Losses(
        **{**{name: getattr(known, name)[at] for name in ALONE}, "incoming": np.where(route.fresh, known.incoming[at], 1.0)},
        panel_good=known.panel_good, spreads=tuple(known.spreads[s] for s in at), sees=sees,
        keys=np.array([key_of("yield", name) for name in names], dtype=np.uint64))


def money(route: Route, known: Money) -> Money:
    """Prices by position; row P stays what a panel costs before the first step."""
    direct = known.direct[np.append(route.step, len(known.direct) - 1)].copy()
    again = np.flatnonzero(~route.fresh)
    direct[again[:, None], :, ONCE] = 0.0
    return replace(known, direct=direct, tooling=_tooling(route, known.tooling), uses=_uses(route, known.uses))


@of_the_same(FLOWS)
def _uses(route: Route, known: tuple[Use, ...]) -> tuple[Use, ...]:
    """Uses by position."""
    of_step: dict[int, list[Use]] = {}
    for use in known:
        of_step.setdefault(use.step, []).append(use)
    return tuple(use if p == s else replace(use, step=p) for p, s in enumerate(route.step.tolist()) for use in of_step.get(s, ()))


def _tooling(route: Route, known: Floats) -> Floats:
    """(1, S) USD per panel started in, (R, P) at the first pass of each step out: those streams bear it all whose route has the step."""
    bears = route.streams & (route.turn == 0)
    share = route.mix @ bears
    return np.asarray(bears * known[:, route.step] / np.where(share > 0, share, 1.0))
