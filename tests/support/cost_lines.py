"""Holds options of cost as edits and lines of text."""

from __future__ import annotations

from conftest import ROOT

from procsim.planning.plan import CATEGORIES

C = {name: i for i, name in enumerate(CATEGORIES)}


EMBODIMENT_1, EMBODIMENT_2 = (ROOT / "flows" / f"embodiment_{n}.yaml" for n in (1, 2))


DIE = "product.dies.logic.wafer={price_usd: 2891, defects_per_cm2: 0.07, law: negative_binomial, clustering: 10, test_usd: 0.1, coverage: 0.9}"


PASTE = "materials.paste={price_usd_per_g: 0.5, density_g_cm3: 2, minimum_lot: 5000, shelf_life_days: 73}"
"""25 kg have to be bought a year."""


RECLAIM = ["materials.copper.reclaim_usd_per_kg=5", "materials.nickel_gold.reclaim_usd_per_kg=1000", "processes.mill_cavities.recovers=0.9",
           "economics.scrap_recovery=0.4"]


SHORT = ["run.horizon_h=330", "run.warmup_h=120", "run.replications=2"]


LEARNING = """\
line:
  lot: {{panels: {panels}, units_per_panel: 100}}
  release: {{panels_per_week: {rate}, first_at_h: 0}}
  tools: {{t: {{price_usd: 32000}}}}
materials: {{glue: {{price_usd_per_piece: 1}}}}
run: {{horizon_h: 1512, warmup_h: 168}}
steps:
  - {{id: a, tool: t, time_s: {{per_panel: 10}}, defects: {learns}, consumes: {{glue: {{per_panel: 10}}}}}}
"""
