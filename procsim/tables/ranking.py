"""Makes the tables of several edits of one flow: ranked by a figure, with care that many comparisons do not make one of them look like a find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from procsim.maths.controls import at_confidence, chance, holm, together
from procsim.maths.statistics import Difference
from procsim.results.metrics import Metric
from procsim.results.paired import Line, change
from procsim.tables.edits import ALONE, CANNOT, SAME

BASE = "(base)"
"""What the flow without any edit is called among its edits."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What one line has more of a figure than another, *first* and *second* by name: the *difference* with an interval that holds together with all
    others of the family, and its chance *p* where there is none, corrected by Holm."""

    first: str
    second: str
    difference: Difference
    p: float

    def verdict(self, alpha: float) -> str:
        """Whether the two are told apart; "" where they are."""
        if self.difference.se != self.difference.se:
            return ALONE
        if self.difference.se == 0 and self.difference.mean == 0:
            return SAME
        return "" if self.p <= alpha else CANNOT


def pairs(metric: Metric, lines: Mapping[str, Line]) -> list[Pair]:
    """All pairs of *lines*: a family of comparisons, of which each interval is so wide that all hold together (Bonferroni)."""
    confidence = next(iter(lines.values())).plan.confidence
    named = list(combinations(lines, 2))
    found = [change(metric, lines[one], lines[two], confidence).difference for one, two in named]
    each = together(confidence, len(found))
    wide = [at_confidence(one, each) if one.se == one.se else one for one in found]
    return [Pair(*names, one, p) for names, one, p in zip(named, wide, holm([chance(one) for one in found]), strict=True)]


def ranked(metric: Metric, lines: Mapping[str, Line], high: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(One row per line, the best first: the lowest, or the highest where *high* ones are good; one row per pair.) Beside each stands which others it
    cannot be told from."""
    alpha = 1 - next(iter(lines.values())).plan.confidence
    found = pairs(metric, lines)
    to_base = {pair.second: pair for pair in found if pair.first == BASE}
    order = sorted(lines, key=lambda name: _value(to_base.get(name), high))
    unsure: dict[str, list[str]] = {name: [] for name in order}
    for pair in found:
        if pair.verdict(alpha):
            unsure[pair.first].append(pair.second)
            unsure[pair.second].append(pair.first)
    base = float(change(metric, lines[BASE], lines[BASE], 0.95).before)
    rows = [_row(rank, name, base, to_base.get(name), unsure[name], order, alpha) for rank, name in enumerate(order, start=1)]
    compared = ["difference", "ci_low", "ci_high", "p_corrected", "verdict"]
    ranking = pd.DataFrame(rows, columns=["rank", "what_if", metric.name, *compared, "not_told_from"])
    each = [(one.first, one.second, one.difference.mean, one.difference.low, one.difference.high, one.p, one.verdict(alpha)) for one in found]
    return ranking, pd.DataFrame(each, columns=["first", "second", *compared])


def _value(pair: Pair | None, high: bool) -> float:
    more = pair.difference.mean if pair is not None else 0.0
    return -more if high else more


def _row(rank: int, name: str, base: float, pair: Pair | None, unsure: list[str], order: list[str], alpha: float) -> tuple[object, ...]:
    others = ", ".join(one for one in order if one in unsure)
    if pair is None:
        return (rank, name, base, 0.0, 0.0, 0.0, float("nan"), "", others)
    apart = pair.difference
    return (rank, name, base + apart.mean, apart.mean, apart.low, apart.high, pair.p, pair.verdict(alpha), others)
