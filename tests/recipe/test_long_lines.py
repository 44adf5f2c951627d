"""Tests that a line of as many steps as there may be is read, checked and planned in reasonable time: nothing grows with the square of its steps."""

from __future__ import annotations

import time

import pytest
from lines import Write

from procsim.closed_form.solve import solve
from procsim.planning.make import make
from procsim.recipe.edits import MAX_STEPS
from procsim.recipe.load import load

STREAMS, GROUPS = 20, 40
HEAD = """\
name: long
line:
  lot: {{panels: 25}}
  releases:
{releases}
  tools:
{tools}
run: {{horizon_h: 100, replications: 1}}
steps:
{steps}
"""


def line_of(steps: int) -> str:
    """A line of *steps* in all, on which each of ``STREAMS`` release streams has a route of its own."""
    each = steps // STREAMS
    releases = "".join(f"    s{r}: {{every_h: 40, route: [r{r}]}}\n" for r in range(STREAMS))
    tools = "".join(f"    t{g}: {{count: 40}}\n" for g in range(GROUPS))
    rows = "".join(f"  - {{id: r{r}/{n}, tool: t{n * 7 % GROUPS}, time_min: {1 + n % 5}}}\n" for r in range(STREAMS) for n in range(each))
    return HEAD.format(releases=releases.rstrip(), tools=tools.rstrip(), steps=rows.rstrip())


def seconds(write: Write, steps: int) -> float:
    """CPU time of reading, checking and planning such a line, and of its closed form."""
    path, begun = write(line_of(steps), f"long{steps}.yaml"), time.process_time()
    plan = make(load(path))
    assert len(plan.steps) == steps
    assert solve(plan).time.raw_process_h > 0
    return time.process_time() - begun


@pytest.mark.long
def test_the_longest_line_takes_time_in_proportion(write: Write) -> None:
    """Five times the steps take no more than eight times as long."""
    seconds(write, 400)  # what is imported and kept
    small, large = (min(seconds(write, steps) for _ in range(2)) for steps in (MAX_STEPS // 5, MAX_STEPS))
    print(f"{MAX_STEPS // 5} steps {small:.1f} s, {MAX_STEPS} steps {large:.1f} s")
    assert large < 8 * small
