"""Writes the page of drivers: for each op, what a step of it may be timed or charged by, with what that comes to in a shipped recipe."""

from __future__ import annotations

from pathlib import Path

from generate.recipes import ROOT, built_of, recipe_of, recipes

from procsim.model.amounts import DRIVERS, Per
from procsim.model.descriptions import meaning
from procsim.model.facts import ALWAYS, COUNTED
from procsim.model.steps import OPS
from procsim.section.quantities import Amount, quantities

ITEMS = {"cm2": "cm²", "um": "µm", "cm3": "cm³", "m": "m"}
"""Driver → its unit, where it is measured and not counted."""
Counted = dict[tuple[str, str], dict[str, tuple[Amount, str, Path]]]
"""(op, driver) → basis → the amount of the first step that counts it, its name and its recipe."""


def write(folder: Path) -> None:
    """Writes drivers.md into *folder*."""
    found = counted()
    if beyond := [(op, driver) for op, driver in found if op and driver not in (*ALWAYS, *COUNTED[op])]:
        raise ValueError(f"procsim.model.facts.COUNTED leaves out what shipped recipes count: {beyond}")
    ops = [op for op in OPS if op]
    measured = [driver for driver in DRIVERS if driver not in ALWAYS]
    lines = ["# Drivers by op", "",
             "A time, a consumption, a defect density: each may be a sum over drivers, `time_s: {per_panel: 45, per_via: 0.0005}`. Which drivers a step has depends on its op. "
             "A step that is charged by a driver that it does not count is refused.", "",
             "The first table says what a step of each op may count. Some do by the mask on which they work: {doc}`/explain/quantities` has the definitions. "
             "The tables by op say what it comes to, in shipped recipes.", "",
             "Every step, of whatever op, may be per run, lot, panel and unit. Steps without an op count what lies there as well: dies, pads, bonding points and area.", "",
             "## At a glance", "", f"| op | {' | '.join(measured)} |", f"|---|{'---|' * len(measured)}"]
    lines += [f"| [{op}](#per-{op}) | " + " | ".join("●" if driver in COUNTED[op] else "" for driver in measured) + " |" for op in ops]
    lines += ["", "## What each driver counts", ""]
    for driver in DRIVERS:
        lines += [f"`per_{driver}`", f": {meaning(Per, f'per_{driver}')}", ""]
    for op in ops:
        lines += [f"(per-{op})=", f"## {op}", "", "| driver | for each | comes to | at the step | of |", "|---|---|---|---|---|"]
        for driver in DRIVERS:
            for basis, (amount, step, path) in sorted(found.get((op, driver), {}).items()):
                if driver not in ALWAYS:
                    lines.append(f"| `per_{driver}` | {basis} | {amount.value:.4g}{' ' if driver in ITEMS else ''}{ITEMS.get(driver, '')} | `{step}` | `{path.relative_to(ROOT)}` |")
        if not any((op, driver) in found for driver in measured):
            lines[-2:] = [f"A step of `{op}` counts runs, lots, panels and units only."]
        lines.append("")
    (folder / "drivers.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def counted() -> Counted:
    """Of all recipes, packages first."""
    found: Counted = {}
    for path in recipes():
        recipe = recipe_of(path)
        if recipe.document.product is None:
            continue
        for placed, one in zip(recipe.steps, quantities(recipe, built_of(path)), strict=True):
            for driver, amount in one.amounts.items():
                if amount.value > 0:
                    found.setdefault((placed.step.op or "", driver), {}).setdefault(amount.basis, (amount, placed.id, path))
    return found
