"""Makes flows of steps written as text, whose steps may buy everything as pieces of one dollar, so that their cost is plain to read. A figure of a
Flow is worked out in closed form and by the ledger with mean values; the two must agree, and a test holds them to what is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from tolerances import EXACT, close

from procsim.closed_form.solve import ClosedForm, solve
from procsim.costs.totals import Totals
from procsim.experiments.replicate import replicate
from procsim.planning.make import make
from procsim.planning.plan import Plan
from procsim.recipe.load import load
from procsim.results import metrics

METRICS = {metric.name: metric for metric in (*metrics.METRICS, *metrics.WEAK)}
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


class Flow:
    """A plan, its closed form, and its totals with mean values."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def closed(self) -> ClosedForm:
        return solve(self.plan)

    @cached_property
    def still(self) -> Totals:
        return replicate(self.plan, 1, variable=False)[0]

    @property
    def passed(self) -> float:
        """Share of units shipped."""
        return (self.closed.flow.good + self.closed.flow.escapes) / self.closed.flow.started

    def __getitem__(self, name: str) -> float:
        """A figure of summary.csv: from the ledger, after holding it to the closed form. Times are whole µs."""
        found = metrics.named(name, [self.still], 0.95).mean
        assert found == close(METRICS[name].expected(self.closed), 1e-6 if "time" in name else EXACT), name
        return found


def flows_in(folder: Path, head: str = HEAD) -> Callable[..., Flow]:
    """What makes a Flow of *steps*, each the text of an item, below *head*, whose fields are numbers by name."""
    def of(*steps: str, sets: Sequence[str] = (), units: int = 1000, hours: float = 120, panels: int = 1, every: str = "1") -> Flow:
        path = folder / "flow.yaml"
        path.write_text(head.format(units=units, hours=hours, panels=panels, every=every) + "".join(steps))
        return Flow(make(load(path, sets)))
    return of
