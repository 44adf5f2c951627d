"""Tests that things are added as CONTRIBUTING.md shows: every diff there fits the tree as it is, and what it adds works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = {part.split("\n", 1)[0]: found[1] for part in PAGE.split("\n## ") if (found := re.search(r"```diff\n(.*?)```", part, re.DOTALL))}

LINE = """
line: {release: {every_h: 1.5, lots: 20}, tools: {t: {dispatch: least_remaining_work}, u: {}}}
run: {horizon_h: 200, warmup_h: 0, replications: 1}
steps:
  - {id: a, tool: t, time_h: 1, defects: {per_unit_ppm: 500000, law: erlang_2}}
  - {id: b, tool: u, time_h: 1}
  - {id: c, tool: t, time_h: 1}
"""

USES = {
    "A dispatch rule": """
def mean_cycle(*sets):
    return float(replicate(make(load(Path('line.yaml'), sets)), 1)[0].cycle_times.mean())
assert mean_cycle() < mean_cycle('line.tools.t.dispatch=longest_remaining_work')  # who is nearly done is out sooner
""",
    "A tool behaviour": """
# A lot comes every 3 h for 30 h. The saw cuts for 1.5 h and is then idle for more than 1 h, but before the first lot: 9 times 15 min. The oven bakes for
# 2.5 h, is idle for 1.5 h before its first lot, and for half an hour between lots: once.
plan = make(load(Path('warm.yaml')))
totals = replicate(plan, 1)
tools = tables_of(Findings(plan, solve(plan), totals))['tools'].set_index('tool_group')
assert abs(tools['setup']['saw'] * 30 - 9 * 0.25) < 1e-9
assert abs(tools['setup']['oven'] * 30 - 0.25) < 1e-9
assert abs(tools['productive']['saw'] * 30 - 10 * 1.5) < 1e-9
""",
    "A yield law": """
found = replicate(make(load(Path('line.yaml'))), 1, variable=False)[0]
assert abs(found.good / found.sums['units_started'] - 1.25 ** -2) < 1e-9
""",
    "An op": """
recipe = load(Path('flows/embodiment_1.yaml'), ['layer/coat.op=laminate'])
built = build(recipe)
assert any(one.step.op == 'laminate' and one.after.top > one.before.top for one in built)
assert make(recipe).quantities.any()
assert explained('laminate')[0].facts.endswith('per_cm2, per_um, per_cm3')
""",
    "A figure of summary.csv": """
plan = make(load(Path('line.yaml')))
assert named('x_factor', replicate(plan, 1), 0.95).mean >= 1.0
""",
    "A table": """
plan = make(load(Path('line.yaml')))
table = tables_of(Findings(plan, solve(plan), replicate(plan, 1)))['flow_time']
assert abs(table['share'].sum() - 1.0) < 1e-9
""",
    "A picture": """
recipe = load(Path('line.yaml'))
plan = make(recipe)
totals = replicate(plan, 1)
assert pictures_of(Shown(recipe, plan, totals, tables_of(Findings(plan, solve(plan), totals))))['waiting.svg'].startswith(b'<?xml')
""",
}


WARM = """
line:
  lot: {panels: 1, units_per_panel: 1}
  release: {every_h: 3}
  tools: {saw: {warm_up: {after_idle_h: 1, takes_min: 15}}, oven: {warm_up: {after_idle_h: 1, takes_min: 15}}}
run: {horizon_h: 30, warmup_h: 0, replications: 1}
steps: [{id: cut, tool: saw, time_h: 1.5}, {id: bake, tool: oven, time_h: 2.5}]
"""

IMPORTS = """
from pathlib import Path
from procsim.closed_form.solve import solve
from procsim.experiments.replicate import replicate
from procsim.figures.of_report import Shown, pictures_of
from procsim.model.explained import explained
from procsim.planning.make import make
from procsim.recipe.load import load
from procsim.results.metrics import named
from procsim.section.build import build
from procsim.tables.of_report import Findings, tables_of
"""


def test_every_way_to_add_a_thing_is_shown() -> None:
    """As many diffs as there are uses of them here."""
    assert SECTIONS.keys() == USES.keys()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, with every diff of the page in it."""
    root = tmp_path_factory.mktemp("tree")
    for folder in ("procsim", "flows"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for diff in SECTIONS.values():
        subprocess.run(["git", "apply", "-p0", "-"], input=diff, text=True, check=True, cwd=root,
                       env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)})
    for name, text in (("line.yaml", LINE), ("warm.yaml", WARM)):
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_every_diff_fits_and_what_it_adds_works(tree: Path) -> None:
    """Each is used from the copy, in one process."""
    cases = "".join(f"print({name!r}, flush=True)\n{code}" for name, code in USES.items())
    code = IMPORTS + cases
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == list(USES)
