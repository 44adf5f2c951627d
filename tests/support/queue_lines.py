"""Lines of texts, one entry a line; one of them has all that may happen to lots that wait."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import indent

import pytest
from simpy import Environment

from procsim.costs.ledger import Ledger
from procsim.costs.totals import Totals
from procsim.engine.simulate import simulate
from procsim.errors import RecipeError
from procsim.plan.make import make
from procsim.plan.plan import HOUR, Plan
from procsim.recipe.load import load

HEAD = "line:\n{line}\n  tools:\n{tools}\nrun: {{horizon_h: {horizon}, warmup_h: 0, allow_overload: true}}\nsteps:\n{steps}\n"


def planned(write: Callable[..., Path], line: str, tools: str, steps: str, horizon: float = 100, sets: tuple[str, ...] = ()) -> Plan:
    """A line of the texts *line*, *tools* and *steps*, one entry a line."""
    texts = {key: indent(text.strip("\n"), "  " * deep) for key, text, deep in (("line", line, 1), ("tools", tools, 2), ("steps", steps, 1))}
    return make(load(write(HEAD.format(horizon=horizon, **texts)), sets))


def left(totals: Totals, plan: Plan) -> dict[str, list[float]]:
    """Hours at which lots left, by stream, in order of release."""
    lots = totals.lots
    return {stream.name: [float(x) / HOUR for x in lots[(lots[:, 0] == i) & (lots[:, 3] >= 0)][:, 3]] for i, stream in enumerate(plan.streams)}


def refused(write: Callable[..., Path], line: str, tools: str, steps: str) -> str:
    """What is wrong with the recipe."""
    with pytest.raises(RecipeError) as caught:
        planned(write, line, tools, steps)
    return str(caught.value)


PAIR = "- {id: s, tool: a, time_h: 1}\n- {id: r, tool: b, time_h: 3}"


THREE = "release: {every_h: 50, lots: 3, lots_at_once: 3}"


BUSY = """\
lot: {panels: 3}
transport_min: {exponential: {mean: 10}}
releases:
  main: {every_h: {exponential: {mean: 2.4}}, due_h: {uniform: {low: 20, high: 90}}, priority: 2}
  hot: {every_h: 9, first_at_h: 3, priority: 1, due_h: 30, when_full: lose}
"""


BUSY_TOOLS = """\
a: {count: 2, buffer_lots: 3, dispatch: edd, failures: {f: {mtbf_h: 20, mttr_h: 2}}, maintenance: {m: {every_h: 50, takes_h: 3}}}
b: {count: 2, dispatch: priority, preempt: true, failures: {f: {mtbf_h: 5, mttr_h: 1, clock: busy, work: scrap}}}
c: {count: 2, buffer_lots: 2, dispatch: critical_ratio, batch: {min_panels: 6, max_panels: 9, longest_wait_h: 4}}
d: {count: 1, buffer_lots: 2, inline: {panels: 5}, dispatch: spt, failures: {f: {mtbf_h: 30, mttr_h: 1}}}
e: {count: 3, dispatch: longest_remaining_work}
"""


BUSY_STEPS = """\
- {id: s1, tool: a, time_h: {per_panel: 1}}
- {id: s2, tool: b, time_h: {exponential: {mean: 2.5}}}
- {id: s3, tool: c, time_h: 2}
- {id: s4, tool: d, time_min: {per_panel: 15}}
- {id: s5, tool: e, time_h: 1, yield: {panel: 0.9}}
- {id: s6, tool: e, time_h: {uniform: {low: 0.5, high: 1.5}}, same_tool_as: s5}
- {id: s7, tool: d, time_min: {per_panel: 20}}
"""


def numbers(plan: Plan, env: Environment) -> list[object]:
    ledger = Ledger(plan, keep_lots=True)
    totals = ledger.close(simulate(plan, 0, ledger.add, env=env))
    return [totals.sums, totals.lots.tolist(), totals.state_hours.tolist(), totals.blocked.tolist(), {k: v.tolist() for k, v in totals.by_step.items()}]
