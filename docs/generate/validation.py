"""Writes the table of cases with known answers from the tests that hold them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"Wq": "wait", "W": "cycle time", "Lq": "lots waiting", "L": "WIP", "rho": "load", "sd": "standard deviation of cycle time", "P95": "95 % quantile of cycle time"}


def write(folder: Path) -> None:
    """Writes cases.md into *folder*."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "support")]
    from theory_lines import CASES

    lines = ["# Cases of theory", "", "Each case is a recipe in `tests/theory/`. What is expected comes from queueing theory, Markov chains or published models, none of it from procsim. "
             "`make validate` runs each at full size: what is found must lie within 4 standard errors and within the tolerance.", "",
             "| case | recipe | expected | tolerance |", "|---|---|---|---|"]
    for case in CASES:
        told = ", ".join(f"{NAMES.get(name, name.replace('_', ' '))} {value:.6g}" for name, (_, value) in case.figures.items())
        lines.append(f"| {case.name} | `{case.recipe}.yaml` | {told} | {100 * case.tolerance:g} % |")
    (folder / "cases.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
