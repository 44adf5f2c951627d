"""Reads ``--fail-if``, such as ``cost_per_good_unit_loaded>+1%``, and says whether an edit meets it, so that a script can stop there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from procsim.errors import Problem, RecipeError
from procsim.maths.numerals import number
from procsim.studies.whatif import WhatIfResult

_FORM = re.compile(r"\s*(?P<figure>[A-Za-z_]\w*)\s*(?P<sign>[<>])\s*(?P<value>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(?P<share>%?)\s*")


@dataclass(frozen=True, slots=True)
class Limit:
    """That the difference of a *figure*, edit less base, is above (or *below*) a *value*: in its own unit, or, as a *share*, in % of the base."""

    text: str
    figure: str
    below: bool
    value: float
    share: bool

    def met(self, row: Any) -> str:
        """What to say where the what-if's *row* of the figure meets it; '' where it does not."""
        base = abs(float(row["base"]))
        found = float(row["difference"]) * (100 / base if self.share and base else 1.0)
        if math.isnan(found) or (self.share and not base) or not (found < self.value if self.below else found > self.value):
            return ""
        unit = "%" if self.share else row["unit"]
        return f"{self.figure} changes by {'+' if found >= 0 else ''}{number(found)} {unit}: --fail-if {self.text} is met"


def limits(texts: Sequence[str], known: Sequence[str]) -> list[Limit]:
    """Each of *texts* as a Limit on one of the figures *known*. Raises RecipeError where one says no such thing."""
    found, problems = [], []
    for text in texts:
        read = _FORM.fullmatch(text)
        if read is None:
            problems.append(Problem(f"--fail-if '{text}' is not a figure, > or <, and a number or a percentage, "
                                    "such as cost_per_good_unit_loaded>+1%"))
        elif read["figure"] not in known:
            problems.append(Problem(f"--fail-if: no figure '{read['figure']}'; figures: {', '.join(known)}"))
        else:
            found.append(Limit(text.strip(), read["figure"], read["sign"] == "<", float(read["value"]), bool(read["share"])))
    if problems:
        raise RecipeError(*problems)
    return found


def met(found: WhatIfResult, wanted: Sequence[Limit]) -> Iterator[str]:
    """What to say of each limit that an edit meets."""
    for edit in found.edits:
        rows = found.of("whatif", edit).set_index("metric")
        for limit in wanted:
            if limit.figure in rows.index and (said := limit.met(rows.loc[limit.figure])):
                yield said if len(found.edits) == 1 else f"{edit.name}: {said}"
