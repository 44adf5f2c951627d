"""Flows as text, for the cost models of others: steps that buy everything as pieces of one dollar, so that their cost is plain to read. A Flow is
run in closed form and through the ledger with variability off, which must agree with the published figure and so with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.experiments.replicate import replicate
from procsim.plan.make import make
from procsim.plan.plan import Plan
from procsim.recipe.load import load
from procsim.results import metrics

EXACT = 1e-9
METRICS = {metric.name: metric for metric in metrics.METRICS}


def close(value: float, rel: float = EXACT) -> object:
    return pytest.approx(value, rel=rel)


def digits(value: float, places: int) -> object:
    """*value* as printed, with that many decimal places."""
    return pytest.approx(value, abs=0.5000001 * 10**-places)


HEAD = """
line:
  lot: {{panels: 1, units_per_panel: {units}}}
  release: {{every_h: 1}}
  tools: {{m: {{count: 1}}}}
materials:
  usd: {{price_usd_per_piece: 1}}
  chips: {{price_usd_per_piece: 1}}
  package: {{price_usd_per_piece: 1}}
run: {{horizon_h: {hours}, warmup_h: 20, replications: 20, seed: 1}}
steps:
"""


def step(name: str, usd: float = 0.0, more: str = "", on: str = "usd") -> str:
    """A step that spends *usd* on every unit that is not known to be bad, *on* something that costs a dollar apiece."""
    return f"  - {{id: {name}, tool: m, skip_known_bad: true, consumes: {{{on}: {{per_unit: {usd!r}}}}}{', ' + more if more else ''}}}\n"


def inspected(name: str, coverage: float, usd: float = 0.0) -> str:
    """A test that finds a bad unit with chance *coverage*; what it finds gets no more money."""
    return step(name, usd, f"op: test, coverage: {coverage!r}")


def good(chance: float) -> str:
    return f"yield: {{unit: {chance!r}}}"


@dataclass(frozen=True)
class Flow:
    """A plan, its closed form, and its totals with variability off."""

    plan: Plan
    closed: ClosedForm
    still: Totals

    def __getitem__(self, name: str) -> float:
        """A figure of summary.csv: from the ledger, after holding it to the closed form."""
        found = metrics.estimate(METRICS[name], [self.still], 0.95).mean
        assert found == close(METRICS[name].expected(self.closed)), name
        return found


def flows_in(folder: Path) -> Callable[..., Flow]:
    """What makes a Flow of steps written as text."""
    def of(*steps: str, units: int = 1000, hours: float = 120, sets: Sequence[str] = ()) -> Flow:
        path = folder / "flow.yaml"
        path.write_text(HEAD.format(units=units, hours=hours) + "".join(steps))
        plan = make(load(path, sets))
        return Flow(plan, solve(plan), replicate(plan, 1, variable=False)[0])
    return of
