"""Makes small lines at random for runs of mean values: samples, rework, splits, inspections, and tools of every kind."""

from __future__ import annotations

import random

TIMES = ("time_h: 0.3", "time_h: {per_panel: 0.1}", "time_h: {per_lot: 0.2, per_panel: 0.07}", "time_h: {per_run: 0.21, per_unit: 0.003}")
LOOKS = ("", "", "op: inspect, coverage: 0.8, false_reject: 0.1")
YIELDS = ("", "", "yield: {unit: 0.9}", "yield: {panel: 0.9, unit: 0.95}")
USES = ("", "consumes: {x: {per_run: 2}}", "consumes: {x: {per_unit: 0.1, per_lot: 1}}")
RELEASES = ("release: {every_h: 6}", "release: {every_h: 6}", "releases: {A: {every_h: 6}, B: {every_h: 12}}")
LINE = """\
line:
  lot: {{panels: {panels}, units_per_panel: 20}}
  {release}
  operators: {{hands: 3}}
  shifts: {{day: {{on_off_h: [20, 4]}}, late: {{on_off_h: [20, 4], at_end: finish}}}}
  tools:
{tools}materials: {{x: {{price_usd_per_l: 2.5}}}}
economics: {{hours_per_year: 8400, practical_capacity: 0.8, life_years: 5}}
run: {{horizon_h: 1056, warmup_h: 192}}
steps:
{steps}"""


def kinds(panels: int, rng: random.Random) -> dict[str, str]:
    """Words for each kind of tool group, for lots of so many *panels*."""
    count, lots = f"count: {rng.choice([1, 2, 3])}", rng.choice([1, 2, 3])
    full = f"min_panels: {panels * lots}, max_panels: {panels * lots}"
    return {
        "plain": count,
        "fixed": f"{count}, batch: {{{full}, by: {rng.choice(['step', 'any', 'product'])}}}",
        "loaded in batches": f"{count}, load_h: 0.02, unload_h: 0.03, batch: {{{full}}}, attended: {{pool: hands, during: [load]}}",
        "ranged": f"{count}, batch: {{min_panels: {panels}, max_panels: {panels * (lots + 1)}}}",
        "patient": f"{count}, batch: {{min_panels: {panels * 2}, max_panels: {panels * 2}, longest_wait_h: 3}}",
        "inline": f"{count}, inline: {{panels: {rng.choice([2, 3])}}}",
        "set up": f"{count}, setup: {{by: {rng.choice(['step', 'product'])}, time_h: 0.1}}",
        "loaded": f"{count}, load_h: 0.05, attended: {{pool: hands, during: [load]}}",
        "attended": f"{count}, attended: {{pool: hands, during: [load, run, unload]}}",
        "shift": f"{count}, shift: day",
        "overtime": f"{count}, shift: late",
        "maintained": f"{count}, maintenance: {{m: {{every_panels: {panels * 8}, takes_h: 0.1}}}}",
        "failing": f"{count}, failures: {{f: {{mtbf_h: 20, mttr_h: 1, clock: busy}}}}",
        "unlike": "speeds: [1, 0.5]",
    }


def random_line(seed: int) -> tuple[str, dict[str, str]]:
    """A recipe as text, and the kind of each of its tool groups."""
    rng = random.Random(seed)
    panels = rng.choice([1, 2, 4])
    made = {tool: kinds(panels, rng) for tool in "abc"}
    chosen = {tool: rng.choice(["plain", "fixed", "fixed", *words]) for tool, words in made.items()}
    tools = "".join(f"    {tool}: {{price_usd: 100000, {made[tool][kind]}}}\n" for tool, kind in chosen.items())
    number, split = rng.randint(2, 5), panels > 1 and rng.random() < 0.25
    steps = []
    for s in range(number):
        words = [f"id: s{s}", f"tool: {rng.choice('abc')}", rng.choice(TIMES), _way(rng, s, number, panels if split else 0),
                 rng.choice(LOOKS), rng.choice(YIELDS), rng.choice(USES)]
        steps.append(", ".join(word for word in words if word))
    if any("strip" in step for step in steps):
        steps.append(f"id: strip, tool: {rng.choice('abc')}, time_h: 0.1, rework_only: true")
    text = LINE.format(panels=panels, release=rng.choice(RELEASES), tools=tools, steps="".join(f"  - {{{step}}}\n" for step in steps))
    return text, chosen


def _way(rng: random.Random, s: int, number: int, parts: int) -> str:
    """Who visits the step, and what comes after: a sample, rework, or, of a line that splits lots, *parts* of them."""
    if parts:
        return f"split_lots: {parts}" if s == 0 else "merge_lots: true" if s == number - 1 else ""
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(["sample: 0.5", "sample: 0.3", "sample: 0.11", "sample_every: 3"])
    if kind < 0.6:
        return (f"rework: {{chance: {rng.choice([0.05, 0.3, 0.8])}, {rng.choice(['', 'via: [strip], '])}to: s{rng.randint(0, s)}, "
                f"limit: {rng.randint(1, 2)}, after_limit: {rng.choice(['scrap', 'go_on'])}}}")
    return ""
