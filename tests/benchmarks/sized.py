"""Writes the recipe of a line of any size: so many tools, with as many lots for each, and always 40 steps."""

from __future__ import annotations

from itertools import cycle

STEPS, LOAD, LOTS_PER_TOOL_H = 40, 0.85, 0.02
GROUPS = {5: (1, 2, 2), 50: (1, 2, 3, 1, 3) * 5, 500: (12, 13) * 20}
"""Tool groups by how many tools they have."""


def recipe(tools: int, horizon_h: float) -> str:
    """Groups take turns along the route; each is loaded to 85 %."""
    counts, rate = GROUPS[tools], LOTS_PER_TOOL_H * tools
    visits = [len(range(g, STEPS, len(counts))) for g in range(len(counts))]
    lines = [f"name: {tools} tools", "line:", "  lot: {panels: 4, units_per_panel: 100}", f"  release: {{every_h: {{exponential: {{mean: {1 / rate:g}}}}}}}",
             "  tools:", *(f"    t{g}: {{count: {count}, price_usd: 100000}}" for g, count in enumerate(counts)),
             "materials: {chemistry: {price_usd_per_l: 2.5}}", f"run: {{horizon_h: {horizon_h:g}, warmup_h: 0, replications: 1}}", "steps:"]
    for s, g in zip(range(STEPS), cycle(range(len(counts))), strict=False):
        mean = LOAD * counts[g] / visits[g] / rate
        coverage = ", op: inspect, coverage: 0.9" if s % 20 == 19 else ""
        lines.append(f"  - {{id: s{s}, tool: t{g}, time_h: {{lognormal: {{mean: {mean:.6g}, cv: 0.3}}}}, yield: {{panel: 0.9995, unit: 0.999}}, "
                     f"consumes: {{chemistry: {{per_panel: 0.5}}}}{coverage}}}")
    return "\n".join(lines) + "\n"
